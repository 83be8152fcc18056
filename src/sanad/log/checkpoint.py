"""Checkpoints (C2SP tlog-checkpoint v1.0.0): what a log says about its whole tree at one size, as a signed note.

    origin
    size in decimal
    base64(root)

House rules: the origin is the name of the log's key; no extension lines (ML-DSA-44 cosignatures leave them out, so
nobody would have signed them); size below 2^63.

Whoever signs must first store (size, root) on disk: a log never signs what is inconsistent with anything it signed
before, not even after a restore.
"""

from dataclasses import dataclass

from sanad.base.errors import Malformed
from sanad.log import note
from sanad.log.text import decode_base64, decode_decimal, encode_base64, encode_decimal
from sanad.log.tree import EMPTY_ROOT, HASH_LENGTH, SIZE_MAX


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and root of a log, named by its origin. Raises `Malformed` when a part has the wrong shape."""

    origin: str
    """1 to 255 bytes; should be the log's address without scheme and last slash."""
    size: int
    """Number of leaves."""
    root: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        note.check_name("origin", self.origin)
        if not 0 <= self.size <= SIZE_MAX:
            raise Malformed("checkpoint", "tree_size_bad", "a tree size is a number from 0 to 2^63 - 1")
        if len(self.root) != HASH_LENGTH:
            raise Malformed("checkpoint", "hash_length_bad", "a root is 32 bytes")

    def encode(self) -> bytes:
        """The text that is signed: three lines."""
        return b"\n".join([self.origin.encode(), encode_decimal(self.size), encode_base64(self.root), b""])

    @classmethod
    def decode(cls, text: bytes) -> "Checkpoint":
        """The opposite of `encode`. Raises `Malformed`, also for extension lines."""
        lines = text.split(b"\n", 4)
        if len(lines) != 4 or lines[3]:
            raise Malformed("checkpoint", "checkpoint_bad", "write origin, size and root, one a line, and nothing more")
        try:
            origin = lines[0].decode()
        except UnicodeDecodeError:
            raise Malformed("origin", "not_utf8", "write the origin as UTF-8") from None
        size = decode_decimal("checkpoint size", lines[1])
        return cls(origin, size, decode_base64("checkpoint root", lines[2]))

    def check_empty_root(self) -> None:
        """Raise `Malformed` when size 0 comes with another root than that of the empty tree."""
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("checkpoint root", "empty_root_bad", "the root of an empty tree is SHA-256 of nothing")


def sign(checkpoint: Checkpoint, signer: note.NoteSigner) -> bytes:
    """The signed note of a checkpoint. The signer's name is the origin, else `Malformed`."""
    _check_origin(checkpoint, signer.verifier_key)
    checkpoint.check_empty_root()
    return note.sign(checkpoint.encode(), signer)


def verify(data: bytes, key: note.VerifierKey) -> Checkpoint:
    """The checkpoint in a signed note, when the log's `key` (type 01) signed it. Cosignatures are not looked at.

    Raises `Malformed` with code `log_signature_missing` when no line is by that key, `signature_bad` when one fails.
    """
    signed = note.decode(data)
    checkpoint = Checkpoint.decode(signed.text)
    _check_origin(checkpoint, key)
    if not note.is_signed_by(signed, key):
        raise log_signature_missing()
    checkpoint.check_empty_root()
    return checkpoint


def log_signature_missing() -> Malformed:
    """What a verifier raises when no log that it knows signed a checkpoint."""
    return Malformed("checkpoint", "log_signature_missing", "the log named by the origin has not signed; ask it again")


def _check_origin(checkpoint: Checkpoint, key: note.VerifierKey) -> None:
    if checkpoint.origin != key.name:
        raise Malformed("origin", "origin_bad", "the origin is not the name of the log's key: it is another log")
