"""Proofs of one payment, checked offline with nothing but the file and a policy (formats.md §5, "Proof").

    transfer, outcome ─path─► body root in the entry leaf ─path─► entries root in the block leaf ─path─► checkpoint
    ╰──────────────────────── `extra` of the file ────────────────────────────────────────────╯  ╰─ the file ─╯

What it proves: this transfer, to the byte, had this outcome in that entry of that block. Its identity is the evidence
digest, which is never repeated on a record. What it does not prove is the place of the transfer within its entry: a
Merkle path at the right edge of a tree fits several (index, size) pairs, so `index` is the prover's word.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sanad.base import canonical
from sanad.base.errors import Malformed, ensure
from sanad.log import leaves, tree
from sanad.log.policy import Policy
from sanad.log.proof import Proof
from sanad.node.receipts import hashes, number, octets
from sanad.rulebook.edition1.words import TransferFlag
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER_SIZE, TRANSFERS_MAX

SCHEMA = "sanad/proof/v1"
_TRANSFER = struct.Struct("<16sQQQQ32s16sIIIHHHH")


@dataclass(frozen=True, slots=True)
class Transfer:
    """The fields of a transfer (formats.md §1). `amount` is in minor units of `asset`."""

    uetr: UUID
    debit: int
    credit: int
    amount: int
    pending: int
    evidence: bytes
    reference: bytes
    asset: int
    releaser: int
    timeout_seconds: int
    purpose: int
    flags: TransferFlag
    leg: int

    @classmethod
    def decode(cls, data: bytes) -> "Transfer":
        """The fields of 116 bytes."""
        ensure(len(data) == TRANSFER_SIZE, "a transfer is 116 bytes")
        (
            uetr, debit, credit, amount, pending, evidence, reference, asset, releaser, timeout_seconds, purpose, flags,
            leg, _,
        ) = _TRANSFER.unpack(data)  # fmt: skip
        return cls(
            UUID(bytes=uetr), debit, credit, amount, pending, evidence, reference, asset, releaser, timeout_seconds,
            purpose, TransferFlag(flags), leg,
        )  # fmt: skip

    @property
    def movement(self) -> str:
        """In a word, what the transfer did if it was admitted: a pending has reserved money, not paid it."""
        if TransferFlag.PENDING in self.flags:
            return "reserved"
        if TransferFlag.VOID in self.flags:
            return "released"
        return "paid"


@dataclass(frozen=True, slots=True)
class TransferInBlock:
    """The inner two thirds of a proof: from the transfer to the block leaf."""

    transfer: bytes
    outcome: int
    index: int
    """Of the transfer in its message, from 0."""
    items: int
    body_path: tuple[bytes, ...]
    entry_leaf: bytes
    entry_index: int
    """Of the entry in its block, from 0."""
    entries: int
    entries_path: tuple[bytes, ...]
    block_leaf: bytes

    def encode(self) -> bytes:
        """The proof file's `extra`: canonical msgpack."""
        return canonical.encode(
            [
                SCHEMA, self.transfer, self.outcome, self.index, self.items, list(self.body_path), self.entry_leaf,
                self.entry_index, self.entries, list(self.entries_path), self.block_leaf,
            ]
        )  # fmt: skip

    @classmethod
    def decode(cls, data: bytes) -> "TransferInBlock":
        """The opposite of `encode`. Raises `Malformed`; nothing is verified."""
        values = canonical.decode(data, "proof extra")
        if not isinstance(values, list) or len(values) != 11 or values[0] != SCHEMA:
            raise Malformed("proof extra", "schema_unknown", f'give the eleven parts of "{SCHEMA}"')
        _, transfer, outcome, index, items, body_path, entry_leaf, entry_index, entries, entries_path, leaf = values
        inner = cls(
            octets("transfer", transfer, TRANSFER_SIZE),
            number("outcome", outcome),
            number("index", index),
            number("items", items),
            hashes("body path", body_path),
            octets("entry leaf", entry_leaf, leaves.ENTRY_LEAF_LENGTH),
            number("entry index in block", entry_index),
            number("entries in block", entries),
            hashes("entries path", entries_path),
            octets("block leaf", leaf, leaves.BLOCK_LEAF_LENGTH),
        )
        if inner.outcome >= 2**16:
            raise Malformed("outcome", "out_of_range", "an outcome is a 16-bit code")
        if not 1 <= inner.items <= TRANSFERS_MAX:
            raise Malformed("items", "out_of_range", f"a message has 1 to {TRANSFERS_MAX} transfers")
        return inner

    def verify(self) -> tuple[leaves.EntryLeaf, leaves.BlockLeaf]:
        """Both leaves, when the paths lead from the transfer to the block leaf. Raises `Malformed`."""
        entry = leaves.EntryLeaf.decode(self.entry_leaf)
        block = leaves.BlockLeaf.decode(self.block_leaf)
        leaf = leaves.transfer_leaf(self.transfer, self.outcome)
        tree.check_inclusion(self.index, self.items, leaf, self.body_path, entry.body_root)
        tree.check_inclusion(
            self.entry_index, self.entries, entry.leaf_hash(), self.entries_path, block.entries_root
        )  # fmt: skip
        return entry, block


@dataclass(frozen=True, slots=True)
class VerifiedPayment:
    """What a valid proof says."""

    transfer: Transfer
    outcome: int
    """0 = admitted; anything else proves that it was rejected, and why."""
    entry: int
    index: int
    """Place in the entry, as the prover says: see the module's first words."""
    height: int
    time_ms: int
    """Time of the block, ms since 1970 UTC."""
    origin: str
    """Of the log, as the policy names its key."""
    size: int
    """Of the checkpoint's tree."""
    root: bytes
    witnesses: tuple[tuple[str, int], ...]
    """Name in the policy and time of cosigning (seconds since 1970) of each witness."""

    @property
    def position(self) -> int:
        """Entry × 8,192 + index: what the node is asked by."""
        return self.entry * POSITIONS_PER_ENTRY + self.index

    @property
    def is_admitted(self) -> bool:
        """Whether the rules let it happen."""
        return self.outcome == 0


def build(inner: TransferInBlock, log_path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The proof file. `log_path` leads from the block leaf (log index = height − 1) to the checkpoint's root."""
    block = leaves.BlockLeaf.decode(inner.block_leaf)
    return Proof(block.log_index, tuple(log_path), checkpoint, inner.encode()).encode()


def verify(data: bytes, policy: Policy, now: int) -> VerifiedPayment:
    """What the proof file `data` proves to one who trusts `policy`. `now` is in seconds since 1970 UTC.

    Raises `Malformed` when anything does not hold: form, a path, the log's signature, the quorum of witnesses.
    """
    proof = Proof.decode(data)
    inner = TransferInBlock.decode(proof.extra)
    entry, block = inner.verify()
    if proof.index != block.log_index:
        raise Malformed("proof index", "index_bad", "the block's place in the log is its height less one")
    evaluation = proof.verify(block.leaf_hash(), policy, now)
    return VerifiedPayment(
        Transfer.decode(inner.transfer),
        inner.outcome,
        entry.entry,
        inner.index,
        block.height,
        block.time_ms,
        evaluation.checkpoint.origin,
        evaluation.checkpoint.size,
        evaluation.checkpoint.root,
        tuple((witness.name.decode(errors="replace"), time) for witness, time in evaluation.witnesses),
    )
