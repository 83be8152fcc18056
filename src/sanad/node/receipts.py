"""Receipts: what a sender holds in its hand the moment its message is on disk (formats.md §5, "Receipt").

    outcomes ──┐
    message ───┴► entry leaf ─path─► block leaf ◄── signature of the node

The node's signature of the block leaf makes it evidence before the next checkpoint. `verify` checks that the entry is
in the signed block; only `verify_for`, which needs the message, also checks that these are *its* outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed
from sanad.log import leaves, tree
from sanad.log.note import check_ed25519
from sanad.rulebook.message import TRANSFER_KINDS, TRANSFER_SIZE, TRANSFERS_MAX, Message

SCHEMA = "sanad/receipt/v1"
RECEIPT_SIZE_MAX = 1 << 15
"""Largest receipt in bytes: 8,190 outcomes, 64 hashes and what is fixed."""
BLOCK_SIGNATURE_PREFIX = b"sanad/block/v1\n"
SIGNATURE_LENGTH = 64
_NUMBER_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt's parts, of the right shape; true only after `verify`."""

    message_digest: bytes
    entry: int
    """Number of the entry in the whole record, from 1."""
    height: int
    """Of its block, from 1."""
    outcomes: bytes
    """u16 little-endian an item; 0 = admitted."""
    salt: bytes
    """The entry's salt: keep it as secret as the message."""
    entry_leaf: bytes
    index: int
    """Of the entry in its block, from 0."""
    entries: int
    """How many the block has. No more than a claim: the path alone does not fix it."""
    path: tuple[bytes, ...]
    block_leaf: bytes
    node_signature: bytes

    @property
    def codes(self) -> tuple[int, ...]:
        """The outcome of each item."""
        return tuple(int.from_bytes(self.outcomes[at : at + 2], "little") for at in range(0, len(self.outcomes), 2))

    @property
    def time_ms(self) -> int:
        """Time of the block."""
        return leaves.BlockLeaf.decode(self.block_leaf).time_ms


def encode(receipt: Receipt) -> bytes:
    """The receipt as canonical msgpack."""
    return canonical.encode_known(
        [
            SCHEMA, receipt.message_digest, receipt.entry, receipt.height, receipt.outcomes, receipt.salt,
            receipt.entry_leaf, receipt.index, receipt.entries, list(receipt.path), receipt.block_leaf,
            receipt.node_signature,
        ]
    )  # fmt: skip


def decode(data: bytes) -> Receipt:
    """The receipt that `data` is, every part of the right shape. Raises `Malformed`; nothing is verified."""
    if len(data) > RECEIPT_SIZE_MAX:
        raise Malformed("receipt", "oversize", f"a receipt has at most {RECEIPT_SIZE_MAX} bytes")
    values = canonical.decode(data, "receipt")
    if not isinstance(values, list) or len(values) != 12 or values[0] != SCHEMA:
        raise Malformed("receipt", "schema_unknown", f'give the twelve parts of "{SCHEMA}"')
    _, message_digest, entry, height, outcomes, salt, entry_leaf, index, entries, path, block_leaf, signature = values
    receipt = Receipt(
        octets("message digest", message_digest, 32),
        number("entry", entry),
        number("height", height),
        _outcomes(outcomes),
        octets("salt", salt, 32),
        octets("entry leaf", entry_leaf, leaves.ENTRY_LEAF_LENGTH),
        number("index in block", index),
        number("entries in block", entries),
        hashes("path", path),
        octets("block leaf", block_leaf, leaves.BLOCK_LEAF_LENGTH),
        octets("node signature", signature, SIGNATURE_LENGTH),
    )
    leaves.EntryLeaf.decode(receipt.entry_leaf)
    leaves.BlockLeaf.decode(receipt.block_leaf)
    return receipt


def block_signature_message(network: bytes, block_leaf: bytes) -> bytes:
    """What the node signs of a block (Ed25519, RFC 8032): prefix ‖ network 16 ‖ block leaf 128."""
    return BLOCK_SIGNATURE_PREFIX + network + block_leaf


def verify(receipt: Receipt, network: bytes, node_public_key: bytes) -> leaves.BlockLeaf:
    """The block leaf, when the node signed it and the entry leaf is in it. Raises `Malformed`.

    This says nothing of `message_digest`, `outcomes` and `salt`: who has the message calls `verify_for`.
    """
    entry = leaves.EntryLeaf.decode(receipt.entry_leaf)
    block = leaves.BlockLeaf.decode(receipt.block_leaf)
    if entry.entry != receipt.entry or block.height != receipt.height:
        raise _bad("the receipt names another entry or block than its leaves do")
    tree.check_inclusion(receipt.index, receipt.entries, entry.leaf_hash(), receipt.path, block.entries_root)
    check_ed25519(node_public_key, block_signature_message(network, receipt.block_leaf), receipt.node_signature)
    return block


def verify_for(receipt: Receipt, message: Message, network: bytes, node_public_key: bytes) -> leaves.BlockLeaf:
    """As `verify`, and that the entry is this message with exactly these outcomes. Raises `Malformed`."""
    block = verify(receipt, network, node_public_key)
    if message.header.network != network:
        raise _bad("the message is of another network")
    if receipt.message_digest != message.digest:
        raise _bad("the receipt is of another message")
    if len(receipt.outcomes) != 2 * message.header.items:
        raise _bad("the receipt has not one outcome for each item")
    entry = leaves.EntryLeaf.decode(receipt.entry_leaf)
    sealed = leaves.sealed_digest(
        receipt.salt, message.header_bytes, digest(message.signatures_bytes), digest(receipt.outcomes)
    )
    if sealed != entry.sealed_digest:
        raise _bad("the sealed digest is not of this message, these outcomes and this salt")
    if body_root(message, receipt.salt, receipt.codes) != entry.body_root:
        raise _bad("the body root is not of this body and these outcomes")
    return block


def body_root(message: Message, salt: bytes, codes: Sequence[int]) -> bytes:
    """Root of what a message holds: over its transfers with their outcomes, or the one leaf of a control act."""
    if message.header.kind not in TRANSFER_KINDS:
        return leaves.control_leaf(salt, message.header.body_digest, codes[0])
    body = message.body
    return tree.root(
        [
            leaves.transfer_leaf(body[at : at + TRANSFER_SIZE], code)
            for at, code in zip(range(0, len(body), TRANSFER_SIZE), codes, strict=True)
        ]
    )


def octets(field: str, value: object, length: int) -> bytes:
    """`value` as a byte string of that length. Raises `Malformed`."""
    if not isinstance(value, bytes) or len(value) != length:
        raise Malformed(field, "length_bad", f"give exactly {length} bytes")
    return value


def number(field: str, value: object) -> int:
    """`value` as a number from 0 to 2⁶³ − 1. Raises `Malformed`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _NUMBER_MAX:
        raise Malformed(field, "out_of_range", "give a number from 0 to 2^63 - 1")
    return value


def hashes(field: str, value: object) -> tuple[bytes, ...]:
    """`value` as an inclusion path. Raises `Malformed`."""
    if not isinstance(value, list) or len(value) > tree.PATH_HASHES_MAX:
        raise Malformed(field, "proof_too_long", f"give a list of at most {tree.PATH_HASHES_MAX} hashes")
    return tuple(octets(field, one, tree.HASH_LENGTH) for one in value)


def _outcomes(value: object) -> bytes:
    if not isinstance(value, bytes) or len(value) % 2 or not 2 <= len(value) <= 2 * TRANSFERS_MAX:
        raise Malformed("outcomes", "length_bad", f"give two bytes for each of 1 to {TRANSFERS_MAX} items")
    return value


def _bad(advice: str) -> Malformed:
    return Malformed("receipt", "receipt_bad", f"{advice}; fetch the receipt again and keep both")
