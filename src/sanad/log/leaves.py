"""What this system's record puts into its trees, byte for byte (DESIGN §4, "Blindness").

Three trees, one inside the other:

    block tree    public, the log itself      leaf = `BlockLeaf`    (height, time, roots: says only that it exists)
    entry tree    one for each block          leaf = `EntryLeaf`     (one message and what became of it)
    body tree     one for each entry          leaf = `transfer_leaf` or, alone, `control_leaf`

Everything below the block leaf is blinded with values that only parties know. All integers are little-endian;
a digest is SHA-256, 32 bytes; an outcome is a permanent 16-bit code.
"""

import struct
from dataclasses import dataclass
from hashlib import sha256

from sanad.base.errors import Malformed, ensure
from sanad.log.tree import HASH_LENGTH, SIZE_MAX, leaf_hash, node_hash

TRANSFER_LENGTH = 116
HEADER_LENGTH = 112
NONCE_LENGTH = 16

LEAF_VERSION = 1
ENTRY_MAGIC = b"sanadent"
BLOCK_MAGIC = b"sanadblk"

_ENTRY = struct.Struct("<8sH6sQ32s32s")
_BLOCK = struct.Struct("<8sH6sQQ32s32s32s")
ENTRY_LEAF_LENGTH = _ENTRY.size
BLOCK_LEAF_LENGTH = _BLOCK.size
_RESERVED = bytes(6)

MAP_HEIGHT = 256


def transfer_leaf(transfer: bytes, outcome: int) -> bytes:
    """Leaf hash of a transfer and its outcome: SHA256(00 ‖ transfer 116 ‖ outcome u16).

    Blinded by the evidence digest inside the transfer. Proves a payment, not a submission.
    """
    ensure(len(transfer) == TRANSFER_LENGTH, "a transfer is 116 bytes")
    return leaf_hash(transfer + _outcome(outcome))


def control_leaf(salt_of_entry: bytes, body_digest: bytes, outcome: int) -> bytes:
    """Leaf hash, and so the body root, of a control act: SHA256(00 ‖ eₙ 32 ‖ H(body) 32 ‖ outcome u16)."""
    _ensure_digests(salt_of_entry, body_digest)
    return leaf_hash(salt_of_entry + body_digest + _outcome(outcome))


def sealed_digest(salt_of_entry: bytes, header: bytes, signatures_digest: bytes, outcomes_digest: bytes) -> bytes:
    """What the record keeps of who sent a message: SHA256(eₙ ‖ header 112 ‖ H(signatures) ‖ H(outcomes))."""
    _ensure_digests(salt_of_entry, signatures_digest, outcomes_digest)
    ensure(len(header) == HEADER_LENGTH, "a message header is 112 bytes")
    return sha256(salt_of_entry + header + signatures_digest + outcomes_digest).digest()


def next_secret(previous: bytes, nonce: bytes) -> bytes:
    r"""The record secret of an entry: Sₙ = H("sanad/secret/v1\n" ‖ Sₙ₋₁ ‖ nonceₙ 16). Nodes and supervisors only."""
    _ensure_digests(previous)
    ensure(len(nonce) == NONCE_LENGTH, "a nonce is 16 bytes")
    return sha256(b"sanad/secret/v1\n" + previous + nonce).digest()


def salt(secret: bytes) -> bytes:
    r"""The entry salt eₙ = H("sanad/salt/v1\n" ‖ Sₙ), told to the sender and the named recipients."""
    _ensure_digests(secret)
    return sha256(b"sanad/salt/v1\n" + secret).digest()


def system_nonce(previous_secret: bytes) -> bytes:
    r"""The nonce, 16 bytes, of an entry that nobody sent: H("sanad/system/v1\n" ‖ Sₙ₋₁)[:16]."""
    _ensure_digests(previous_secret)
    return sha256(b"sanad/system/v1\n" + previous_secret).digest()[:NONCE_LENGTH]


def blind(secret: bytes, index: int) -> bytes:
    r"""The evidence digest of transfer `index` of a system entry: H("sanad/blind/v1\n" ‖ Sₙ ‖ index u64)."""
    _ensure_digests(secret)
    _ensure_u64(index)
    return sha256(b"sanad/blind/v1\n" + secret + index.to_bytes(8, "little")).digest()


def chain_digest(previous: bytes, secret: bytes, body_root: bytes, effects_digest: bytes) -> bytes:
    """H(previous ‖ Sₙ ‖ body root ‖ effects digest): machines that differ in one balance differ here, at that entry.

    `effects_digest` = H(outcomes ‖ balances after ‖ canonical control records written).
    """
    _ensure_digests(previous, secret, body_root, effects_digest)
    return sha256(previous + secret + body_root + effects_digest).digest()


@dataclass(frozen=True, slots=True)
class EntryLeaf:
    """One entry of a block, 88 bytes.

    `"sanadent" 8 · version u16 · reserved 6 zero · entry u64 · body root 32 · sealed digest 32`.
    """

    entry: int
    """Number of the entry in the whole record, counted from 1."""
    body_root: bytes
    sealed_digest: bytes

    def __post_init__(self) -> None:
        ensure(1 <= self.entry < 2**64, "entries count from 1 and have 64 bits")
        _ensure_digests(self.body_root, self.sealed_digest)

    def encode(self) -> bytes:
        """The 88 bytes."""
        return _ENTRY.pack(ENTRY_MAGIC, LEAF_VERSION, _RESERVED, self.entry, self.body_root, self.sealed_digest)

    @classmethod
    def decode(cls, data: bytes) -> "EntryLeaf":
        """The opposite of `encode`. Raises `Malformed` on any other bytes."""
        _check_frame("entry leaf", data, ENTRY_LEAF_LENGTH, ENTRY_MAGIC)
        _, _, _, entry, body_root, sealed = _ENTRY.unpack(data)
        if entry == 0:
            raise Malformed("entry leaf", "entry_bad", "entries count from 1")
        return cls(entry, body_root, sealed)

    def leaf_hash(self) -> bytes:
        """The hash to put into the tree of the block's entries (RFC 6962 §2.1)."""
        return leaf_hash(self.encode())


@dataclass(frozen=True, slots=True)
class BlockLeaf:
    """One block, the only thing that the public sees of it, 128 bytes.

    `"sanadblk" 8 · version u16 · reserved 6 zero · height u64 · time ms u64 · entries root 32 · chain digest 32 ·
    register root 32`.
    """

    height: int
    """1 for the first block, then without gaps."""
    time_ms: int
    """Milliseconds since 1970-01-01T00:00:00Z; larger than the time of the block before."""
    entries_root: bytes
    chain_digest: bytes
    register_root: bytes
    """Root of the map of public registers; `EMPTY_MAP_ROOT` while there are none."""

    def __post_init__(self) -> None:
        ensure(1 <= self.height <= SIZE_MAX, "heights count from 1 and have 63 bits")
        _ensure_u64(self.time_ms)
        _ensure_digests(self.entries_root, self.chain_digest, self.register_root)

    @property
    def log_index(self) -> int:
        """Index of this leaf in the log, counted from 0."""
        return self.height - 1

    def encode(self) -> bytes:
        """The 128 bytes."""
        return _BLOCK.pack(
            BLOCK_MAGIC,
            LEAF_VERSION,
            _RESERVED,
            self.height,
            self.time_ms,
            self.entries_root,
            self.chain_digest,
            self.register_root,
        )

    @classmethod
    def decode(cls, data: bytes) -> "BlockLeaf":
        """The opposite of `encode`. Raises `Malformed` on any other bytes."""
        _check_frame("block leaf", data, BLOCK_LEAF_LENGTH, BLOCK_MAGIC)
        _, _, _, height, time_ms, entries_root, chain, register_root = _BLOCK.unpack(data)
        if not 1 <= height <= SIZE_MAX:
            raise Malformed("block leaf", "height_bad", "heights count from 1 and have 63 bits")
        return cls(height, time_ms, entries_root, chain, register_root)

    def leaf_hash(self) -> bytes:
        """The hash to put into the log (RFC 6962 §2.1)."""
        return leaf_hash(self.encode())


def empty_map_root(height: int = MAP_HEIGHT) -> bytes:
    r"""Root of an empty sparse Merkle map of 2^height places.

    The empty leaf is H("sanad/map/empty/v1\n"); each level above joins the hash below with itself by `node_hash`.
    """
    running = sha256(b"sanad/map/empty/v1\n").digest()
    for _ in range(height):
        running = node_hash(running, running)
    return running


EMPTY_MAP_ROOT = empty_map_root()
"""The register root until there are registers: an empty sparse Merkle map of 256 levels, one place for each SHA-256."""


def _outcome(outcome: int) -> bytes:
    ensure(0 <= outcome < 2**16, "an outcome is a 16-bit code")
    return outcome.to_bytes(2, "little")


def _ensure_u64(number: int) -> None:
    ensure(0 <= number < 2**64, "the number has 64 bits")


def _ensure_digests(*digests: bytes) -> None:
    for digest in digests:
        ensure(len(digest) == HASH_LENGTH, "a digest is 32 bytes")


def _check_frame(field: str, data: bytes, length: int, magic: bytes) -> None:
    """Length, magic, version and reserved bytes, common to both leaves."""
    if len(data) != length:
        raise Malformed(field, "length_bad", f"give exactly {length} bytes")
    if data[:8] != magic:
        raise Malformed(field, "magic_bad", "these bytes are of another kind")
    if int.from_bytes(data[8:10], "little") != LEAF_VERSION:
        raise Malformed(field, "version_bad", "a newer release of this software may read it")
    if data[10:16] != _RESERVED:
        raise Malformed(field, "reserved_not_zero", "reserved bytes are zero in this version")
