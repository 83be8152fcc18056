"""A small nation in which one bank is curious, and what happens on the days that it looks at.

Alpha is the curious bank, Beta's customers are what it is curious about. `live` founds the nation in a folder, lets
things happen, and gives both what Alpha then knows and what is true. `Blinding` says what is switched off.
"""

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from nacl.signing import SigningKey

from sanad.gateway.keys import lane_of_person
from sanad.interfaces.demonstration import Plan
from sanad.log import leaves
from sanad.node import core, reading, sealing
from sanad.node.founding import Genesis, NodeKeys, commitment, create_folder
from sanad.node.receipts import Receipt
from sanad.node.receipts import decode as decode_receipt
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import AccountFlag, AccountKind, HolderClass, InstitutionClass, Purpose, TransferFlag
from sanad.rulebook.message import (
    POSITIONS_PER_ENTRY,
    Header,
    Kind,
    Message,
    Signature,
    Suite,
    assemble,
    key_id,
    new_transfers,
    with_signatures,
)
from tests.attacker.dense_tree import DenseTree
from tests.attacker.knowledge import Knowledge, OwnMessage, Rumour, read_log

HOUR_MS = 3_600_000
CONSTANT = b"\x01" * 32
FUNDS = 1_234
FIRST_PERSON = 1
SECOND_PERSON = 2


@dataclass(frozen=True, slots=True)
class Blinding:
    """What hides the record. A test switches one off and the attacker must succeed."""

    secret: bool = True
    """Off: the record secret is the same known value after every entry."""
    evidence: bool = True
    """Off: evidence digests, and digests of orders, are one constant."""
    places: bool = True
    """Off: a block's entries hang in a dense RFC 6962 tree."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the attacker would like to know."""

    balance: int
    """Of Beta's customer, after Alpha's second payment of one minor unit."""
    sibling: tuple[int, int]
    """Credited account and amount of the fee that rode in the chain of a payment to Alpha."""
    kinds: dict[int, str]
    """Of the blocks that Alpha asks itself about."""
    messages: int
    """How many the crowded block held."""


@contextmanager
def switched(blinding: Blinding) -> Generator[None, None, None]:
    """Take the blinding out of the running code."""
    with pytest.MonkeyPatch.context() as patch:
        if not blinding.secret:
            patch.setattr(leaves, "next_secret", lambda _previous, _nonce: bytes(32))
        if not blinding.places:
            patch.setattr(sealing, "EntriesTree", DenseTree)
            patch.setattr(reading, "EntriesTree", DenseTree)
        yield


class Nation:
    """An authority, a central bank, and the two banks; who has which account."""

    def __init__(self) -> None:
        plan = self.plan = Plan()
        self.authority = plan.institution(InstitutionClass.AUTHORITY, "Authority")
        self.central_bank = plan.institution(InstitutionClass.CENTRAL_BANK, "Central Bank")
        self.alpha = plan.institution(InstitutionClass.BANK, "Alpha")
        self.beta = plan.institution(InstitutionClass.BANK, "Beta")
        for person in range(1, 6):
            plan.person(self.authority, key_of(f"person {person}"), recovery=person > 3)
        plan.person(self.alpha, key_of("curious person"))
        for institution in (self.central_bank, self.alpha, self.beta):
            plan.system_key(institution, key_of(f"system {institution}"))
        plan.rules()
        plan.parameter(3, 1 << 10)
        self.rupee = plan.asset("PKR", self.central_bank, 2)
        self.issuance = plan.open(self.central_bank, AccountKind.ISSUANCE, self.rupee)
        self.alphas = plan.open(self.alpha, AccountKind.CUSTOMER, self.rupee, 3, HolderClass.NATURAL_PERSON)
        self.betas = plan.open(self.beta, AccountKind.CUSTOMER, self.rupee, 6, HolderClass.NATURAL_PERSON)
        self.fees = plan.open(self.beta, AccountKind.FEE, self.rupee)

    @property
    def customers(self) -> range:
        """All accounts with money of their own."""
        return range(self.alphas, self.fees + 1)


def key_of(name: str) -> SigningKey:
    """The same key for the same name."""
    return SigningKey(sha256(name.encode()).digest())


@dataclass(slots=True)
class Sender:
    """One institution's or person's way to the node."""

    genesis: Genesis
    institution: int
    key: SigningKey
    lane: int = 0
    sequence: int = 0

    def message(self, kind: Kind, body: bytes, items: int = 1) -> Message:
        """The lane's next message, signed."""
        self.sequence += 1
        expiry_ms = int(time.time() * 1_000) + HOUR_MS
        header = Header(
            kind, self.genesis.network, self.institution, self.lane, self.sequence, expiry_ms, items, 0, 0,
            os.urandom(16), bytes(32),
        )  # fmt: skip
        message = assemble(header, body, ())
        identifier = key_id(Suite.ED25519, bytes(self.key.verify_key))
        signature = self.key.sign(message.digest).signature
        return with_signatures(message, (Signature(Suite.ED25519, identifier, signature),))


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer to be."""

    debit: int
    credit: int
    amount: int
    purpose: Purpose = Purpose.PAYMENT


class Life:
    """A running node of the nation, and its senders."""

    def __init__(self, folder: Path, blinding: Blinding) -> None:
        self.nation = Nation()
        self.blinding = blinding
        keys, secret, acts = NodeKeys.create("attacked.example/log"), os.urandom(32), self.nation.plan.acts
        self.genesis = Genesis(
            "Attacked", int(time.time() * 1_000), 0, True, commitment(secret, acts),
            keys.log_signer.verifier_key.encode().decode(), bytes(keys.block_key.verify_key),
        )  # fmt: skip
        create_folder(folder, keys, self.genesis)
        core.found(folder, self.genesis, keys, secret, acts, post)
        self.node = core.Node(folder, post)
        banks = (self.nation.central_bank, self.nation.alpha, self.nation.beta)
        self._systems = {each: Sender(self.genesis, each, key_of(f"system {each}")) for each in banks}

    def system(self, institution: int) -> Sender:
        """The institution's own process."""
        return self._systems[institution]

    def person(self, number: int, institution: int, name: str = "") -> Sender:
        """A person with a key, on the lane that is his."""
        return Sender(self.genesis, institution, key_of(name or f"person {number}"), lane_of_person(number))

    def evidence(self) -> bytes:
        """An evidence digest: 32 random bytes, unless that is switched off."""
        return os.urandom(32) if self.blinding.evidence else CONSTANT

    def transfers(self, institution: int, legs: list[Leg], uetr: bytes | None = None) -> Message:
        """A message of one payment with its legs, linked so that they stand or fall together."""
        rows = new_transfers(len(legs))
        uetr = uetr or new_uetr()
        for index, (row, leg) in enumerate(zip(rows, legs, strict=True)):
            row["uetr"] = np.frombuffer(uetr, dtype=np.uint8)
            row["debit"], row["credit"], row["amount"], row["purpose"] = leg.debit, leg.credit, leg.amount, leg.purpose
            row["evidence"] = np.frombuffer(self.evidence(), dtype=np.uint8)
            row["asset"], row["leg"] = self.nation.rupee, index
            row["flags"] = 0 if index == len(legs) - 1 else TransferFlag.LINKED
        return self.system(institution).message(Kind.TRANSFERS, rows.tobytes(), len(legs))

    def decide(self, message: Message) -> Receipt:
        """Submit and wait, so that the message has a block of its own. It must be admitted."""
        receipt = decode_receipt(self.node.submit(message.raw).result(10))
        assert set(receipt.codes) == {0}
        return receipt

    def decide_together(self, messages: list[Message]) -> list[Receipt]:
        """Submit to a node that is not started yet, so that all get one block; then start it."""
        waiting = [self.node.submit(message.raw) for message in messages]
        self.node.start()
        receipts = [decode_receipt(future.result(10)) for future in waiting]
        assert len({receipt.height for receipt in receipts}) == 1
        return receipts

    def wait_for_checkpoint(self) -> None:
        """Wait until the public can see everything."""
        wait_until(lambda: self.node.reading.checkpoint is not None and self._is_all_signed())

    def _is_all_signed(self) -> bool:
        signed = self.node.reading.checkpoint
        return signed is not None and signed.size == self.node.health().height


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Look again and again, for a bounded time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def new_uetr() -> bytes:
    """A version 4 UUID."""
    return UUID(bytes=os.urandom(16), version=4).bytes


@contextmanager
def living(folder: Path, blinding: Blinding | None = None) -> Generator[Life, None, None]:
    """A node of the nation, not started yet."""
    blinding = blinding or Blinding()
    with switched(blinding):
        life = Life(folder, blinding)
        try:
            yield life
        finally:
            life.node.close(snapshot=False)


def live(folder: Path, blinding: Blinding) -> tuple[Knowledge, Truth]:
    """Everything that happens, what Alpha knows of it, and what is true."""
    with living(folder, blinding) as life:
        own, messages = crowded_block(life)
        proof, sibling = payment_with_a_fee(life)
        payee = life.nation.betas
        own += [pay_one_minor_unit(life, payee), pay_one_minor_unit(life, payee)]
        balance = balance_of(life, payee)
        rumours = {number: rumour(life, number) for number in range(payee, life.nation.fees + 1)}
        kinds, uetr = mysteries(life)
        life.wait_for_checkpoint()
        knowledge = Knowledge(
            genesis=life.genesis,
            blocks=read_log(life.node, life.genesis),
            own=own,
            lines=[line for number in alphas(life) for line in life.node.statement(number, 0, 100).lines],
            proofs=[proof],
            uetrs=[uetr],
            rumours=rumours,
            fee_accounts=range(life.nation.fees - 8, life.nation.fees + 8),
            asset=life.nation.rupee,
            mysteries=sorted(kinds),
        )
        return knowledge, Truth(balance, sibling, kinds, messages)


def alphas(life: Life) -> range:
    """Alpha's own accounts, whose statements it reads."""
    return range(life.nation.alphas, life.nation.betas)


def crowded_block(life: Life) -> tuple[list[OwnMessage], int]:
    """Issuance, three payments at Beta, and Alpha's own: five messages in one block."""
    nation = life.nation
    issued = [Leg(nation.issuance, number, FUNDS, Purpose.ISSUANCE) for number in nation.customers]
    messages = [life.transfers(nation.central_bank, issued)]
    payments = [Leg(nation.betas, nation.betas + step, 100 * step) for step in range(1, 4)]
    messages += [life.transfers(nation.beta, [payment]) for payment in payments]
    messages.append(life.transfers(nation.alpha, [Leg(nation.alphas, nation.alphas + 1, 5)]))
    receipts = life.decide_together(messages)
    return [OwnMessage(messages[-1], receipts[-1])], len(messages)


def payment_with_a_fee(life: Life) -> tuple[bytes, tuple[int, int]]:
    """Beta's customer pays Alpha's, and a fee in the same chain. Alpha fetches the proof of what it was paid."""
    nation = life.nation
    payer, fee = nation.betas + 4, 17
    legs = [Leg(payer, nation.alphas, 250), Leg(payer, nation.fees, fee, Purpose.FEE)]
    receipt = life.decide(life.transfers(nation.beta, legs))
    life.wait_for_checkpoint()
    proof = life.node.transfer_proof(receipt.entry * POSITIONS_PER_ENTRY)
    assert proof is not None
    return proof, (nation.fees, fee)


def pay_one_minor_unit(life: Life, payee: int) -> OwnMessage:
    """Alpha's probe."""
    message = life.transfers(life.nation.alpha, [Leg(life.nation.alphas + 2, payee, 1)])
    return OwnMessage(message, life.decide(message))


def mysteries(life: Life) -> tuple[dict[int, str], bytes]:
    """A freeze, proposed and confirmed, and a payment at Beta whose UETR Alpha has heard of; their heights."""
    nation = life.nation
    freeze = encode_act("freeze", nation.betas + 2, int(AccountFlag.FROZEN_DEBIT), digests=[life.evidence()])
    proposed = life.decide(life.person(FIRST_PERSON, nation.authority).message(Kind.PROPOSE, freeze))
    decision = encode_decision(proposed.entry, freeze)
    confirmed = life.decide(life.person(SECOND_PERSON, nation.authority).message(Kind.CONFIRM, decision))
    uetr = new_uetr()
    paid = life.decide(life.transfers(nation.beta, [Leg(nation.betas + 3, nation.betas + 1, 42)], uetr))
    return {confirmed.height: "freeze", paid.height: "payment"}, uetr


def balance_of(life: Life, account: int) -> int:
    """What the account has, from the node itself."""
    view = life.node.account(account)
    assert view is not None
    return view.balance


def rumour(life: Life, account: int) -> Rumour:
    """All that the record says of an account, as if it had leaked."""
    view = life.node.account(account)
    assert view is not None
    return Rumour(view.balance, view.reserved, view.last_position)
