"""The four attacks. Each takes what a curious bank knows, tries candidates against every hash, and answers or gives up.

They are the same for a network as it is and for one whose blinding is switched off; nothing in them looks which it is.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product

from sanad.base.canonical import Value, encode
from sanad.base.errors import Malformed
from sanad.log import leaves, tree
from sanad.node.proofs import Transfer
from sanad.node.receipts import body_root
from sanad.node.sealing import ENTRIES_DEPTH, ENTRIES_MAX
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.words import Purpose, TransferFlag
from sanad.rulebook.message import Kind
from tests.attacker.knowledge import Knowledge, OwnMessage

BALANCES_TO_TRY = range(1_000)
AMOUNTS_TO_TRY = range(1, 51)
LEGS_TO_TRY = range(3)
PURPOSES_TO_TRY = (Purpose.PAYMENT, Purpose.FEE, Purpose.TAX)
FROZEN_FLAGS_TO_TRY = (32, 64, 96)
PROPOSALS_TO_TRY = range(1, 20)
FREEZE_SCHEMA = 42
_TRANSFER = struct.Struct("<16sQQQQ32s16sIIIHHHH")
_EFFECT = struct.Struct("<qqqQQ")
_ADMITTED = bytes(2)


@dataclass(frozen=True, slots=True)
class Sibling:
    """A transfer that rode in the same chain as one that the bank received."""

    debit: int
    credit: int
    amount: int


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages a block held."""

    at_least: int
    at_most: int


# --- 1. the payee's balance -----------------------------------------------------------------------------------------


def attack_balance(knowledge: Knowledge) -> int | None:
    """The balance of the account that the bank last paid one minor unit to, after that payment.

    The payment had a block of its own, so its chain digest holds the payee's balance, and all else is known.
    """
    probe = knowledge.own[-1]
    sent = Transfer.decode(probe.message.body)
    root = body_root(probe.message, probe.receipt.salt, probe.receipt.codes)
    own_side, own_previous = _own_effect(knowledge, sent)
    earlier = [line.position for line in knowledge.lines if line.counter_account == sent.credit]
    for credit_previous, balance in product(sorted({0, *earlier}, reverse=True), BALANCES_TO_TRY):
        effect = _EFFECT.pack(*own_side, balance, own_previous, credit_previous)
        effects = sha256(_ADMITTED + effect).digest()
        if _fits_chain(knowledge, probe.receipt.height, root, effects, knowledge.secrets_of_own):
            return balance
    return None


def _own_effect(knowledge: Knowledge, sent: Transfer) -> tuple[tuple[int, int], int]:
    """Balance and reserved after the payment, and the position before it, from the bank's own statement."""
    mine = [line for line in knowledge.lines if line.is_debit and line.counter_account == sent.credit]
    newest = max(mine, key=lambda line: line.position)
    before = [line.position for line in mine if line.position < newest.position]
    return (newest.balance, newest.reserved or 0), max(before, default=0)


# --- 2. sibling legs of a payment -----------------------------------------------------------------------------------


def attack_siblings(knowledge: Knowledge) -> Sibling | None:
    """Another leg of a payment whose proof the bank was given: the proof's path holds the hash of its leaf."""
    seen = knowledge.hashes
    for inner in knowledge.received():
        received = Transfer.decode(inner.transfer)
        evidence = knowledge.evidence_to_try(received.uetr.bytes)
        for candidate in _legs_to_try(knowledge, received):
            for each in evidence:
                leaf = leaves.transfer_leaf(_encode(replace(candidate, evidence=each)), inner.outcome)
                if leaf in seen:
                    return Sibling(candidate.debit, candidate.credit, candidate.amount)
    return None


def _legs_to_try(knowledge: Knowledge, received: Transfer) -> Iterator[Transfer]:
    flags = (TransferFlag(0), TransferFlag.LINKED)
    choices = product(knowledge.fee_accounts, AMOUNTS_TO_TRY, LEGS_TO_TRY, PURPOSES_TO_TRY[1:], flags)
    for credit, amount, leg, purpose, flag in choices:
        yield replace(received, credit=credit, amount=amount, leg=leg, purpose=purpose, flags=flag)


# --- 3. a freeze or a payment ---------------------------------------------------------------------------------------


def attack_kinds(knowledge: Knowledge) -> dict[int, str] | None:
    """What happened in the blocks that the bank asks itself about; nothing when no candidate fits any of them."""
    found: dict[int, str] = {}
    for height in knowledge.mysteries:
        if _is_freeze(knowledge, height):
            found[height] = "freeze"
        elif _is_payment(knowledge, height):
            found[height] = "payment"
    return found or None


def _is_freeze(knowledge: Knowledge, height: int) -> bool:
    """Whether the confirmation of a freeze of some account fits: its body names the proposal, which is guessed too."""
    orders = knowledge.evidence_to_try(bytes(16))
    for account, flags, order in product(knowledge.rumours, FROZEN_FLAGS_TO_TRY, orders):
        written: list[Value] = [int(Kind.CONFIRM), 0, FREEZE_SCHEMA, account, flags]
        effects = sha256(_ADMITTED + bytes(_EFFECT.size) + encode(written)).digest()
        proposal = encode_act("freeze", account, flags, digests=[order])
        for entry in PROPOSALS_TO_TRY:
            body = sha256(encode_decision(entry, proposal)).digest()
            if _control_fits_chain(knowledge, height, body, effects):
                return True
    return False


def _control_fits_chain(knowledge: Knowledge, height: int, body_digest: bytes, effects: bytes) -> bool:
    """As `_fits_chain`; the leaf of a control act is made of the entry's salt, which the secret gives."""
    before, after = knowledge.chain_before(height), knowledge.block(height).chain_digest
    for secret, salt in knowledge.secrets:
        root = sha256(b"\0" + salt + body_digest + _ADMITTED).digest()
        if sha256(before + secret + root + effects).digest() == after:
            return True
    return False


def _is_payment(knowledge: Knowledge, height: int) -> bool:
    """Whether a payment between two accounts of which everything was rumoured fits."""
    for uetr in knowledge.uetrs:
        choices = product(knowledge.rumours, knowledge.rumours, AMOUNTS_TO_TRY, knowledge.evidence_to_try(uetr))
        for debit, credit, amount, evidence in choices:
            payer, payee = knowledge.rumours[debit], knowledge.rumours[credit]
            if debit == credit or amount > payer.balance:
                continue
            transfer = _TRANSFER.pack(
                uetr, debit, credit, amount, 0, evidence, bytes(16), knowledge.asset, 0, 0, Purpose.PAYMENT, 0, 0, 0
            )
            effect = _EFFECT.pack(
                payer.balance - amount, payer.reserved, payee.balance + amount, payer.last_position, payee.last_position
            )
            root = leaves.transfer_leaf(transfer, 0)
            if _fits_chain(knowledge, height, root, sha256(_ADMITTED + effect).digest(), knowledge.secrets):
                return True
    return False


# --- 4. how many messages a block held ------------------------------------------------------------------------------


def attack_message_count(knowledge: Knowledge) -> MessageCount | None:
    """Bounds on the messages in the block of the bank's first message; nothing when only the capacity is known."""
    mine = knowledge.own[0]
    return _count_by_length_of_path(mine) or _count_by_empty_places(knowledge, mine)


def _count_by_length_of_path(mine: OwnMessage) -> MessageCount | None:
    """A path of the full depth fits any count; a shorter one, and its index, fit few."""
    receipt = mine.receipt
    if len(receipt.path) == ENTRIES_DEPTH:
        return None
    leaf, root = tree.leaf_hash(receipt.entry_leaf), leaves.BlockLeaf.decode(receipt.block_leaf).entries_root
    counts = range(receipt.index + 1, ENTRIES_MAX + 1)
    fitting = [count for count in counts if _leads(receipt.index, count, leaf, mine, root)]
    return MessageCount(fitting[0], fitting[-1]) if fitting else None


def _leads(index: int, count: int, leaf: bytes, mine: OwnMessage, root: bytes) -> bool:
    try:
        tree.check_inclusion(index, count, leaf, mine.receipt.path, root)
    except Malformed:
        return False
    return True


def _count_by_empty_places(knowledge: Knowledge, mine: OwnMessage) -> MessageCount | None:
    """Who knows the secret knows where the block's entries begin, and which of the path's hashes stand for nothing."""
    place, path = mine.receipt.index, mine.receipt.path
    for secret, _ in knowledge.secrets_of_own:
        seed = sha256(b"sanad/places/v1\n" + secret).digest()
        empty = 0
        for height, node in enumerate(path):
            index = (place >> height) ^ 1
            blind = sha256(b"sanad/nothing/v1\n" + seed + bytes((height,)) + index.to_bytes(2, "little")).digest()
            empty += (1 << height) * (blind == node)
        if empty:
            before = (place - int.from_bytes(seed[:2], "little")) % ENTRIES_MAX
            return MessageCount(before + 1, ENTRIES_MAX - empty)
    return None


# --- what they share ------------------------------------------------------------------------------------------------


def _fits_chain(
    knowledge: Knowledge, height: int, root: bytes, effects: bytes, secrets: list[tuple[bytes, bytes]]
) -> bool:
    """Whether the block's chain digest is made of these under a secret that can be guessed, or they are seen bare."""
    before, after = knowledge.chain_before(height), knowledge.block(height).chain_digest
    if effects in knowledge.hashes or sha256(before + root + effects).digest() == after:
        return True
    tail = root + effects
    return any(sha256(before + secret + tail).digest() == after for secret, _ in secrets)


def _encode(transfer: Transfer) -> bytes:
    return _TRANSFER.pack(
        transfer.uetr.bytes, transfer.debit, transfer.credit, transfer.amount, transfer.pending, transfer.evidence,
        transfer.reference, transfer.asset, transfer.releaser, transfer.timeout_seconds, transfer.purpose,
        transfer.flags, transfer.leg, 0,
    )  # fmt: skip
