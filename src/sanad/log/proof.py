"""Proof files, `.tlog-proof` (C2SP tlog-proof): that one entry is in a log that witnesses saw, checked offline.

    c2sp.org/tlog-proof@v1
    extra <base64>                 optional; nobody signed it
    index <decimal>
    <base64 hash>                  the inclusion path, leaf side first, 0 to 64 lines
                                   an empty line
    <the signed checkpoint, verbatim>

How the leaf hash follows from `extra` and from what the verifier holds is for the caller to say (DESIGN §4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sanad.base.errors import Malformed, ensure
from sanad.log import note
from sanad.log.checkpoint import Checkpoint
from sanad.log.policy import Evaluation, Policy
from sanad.log.text import decode_base64, decode_decimal, encode_base64, encode_decimal
from sanad.log.tree import HASH_LENGTH, PATH_HASHES_MAX, SIZE_MAX, check_inclusion

PROOF_LENGTH_MAX = 1 << 20

_FIRST_LINE = b"c2sp.org/tlog-proof@v1"
_EXTRA = b"extra "
_INDEX = b"index "


@dataclass(frozen=True, slots=True)
class Proof:
    """The contents of a proof file; nothing in it is true before `verify`."""

    index: int
    """Index of the leaf in the log, counted from 0."""
    path: tuple[bytes, ...]
    """The inclusion path in the checkpoint's tree."""
    checkpoint: bytes
    """The signed note, verbatim."""
    extra: bytes = b""
    """Opaque and unauthenticated; empty when the line is not there."""

    def encode(self) -> bytes:
        """The file."""
        ensure(0 <= self.index <= SIZE_MAX, "an index has 63 bits")
        ensure(len(self.path) <= PATH_HASHES_MAX, "a path has at most 64 hashes")
        ensure(all(len(one) == HASH_LENGTH for one in self.path), "a hash is 32 bytes")
        lines = [_FIRST_LINE]
        if self.extra:
            lines.append(_EXTRA + encode_base64(self.extra))
        lines.append(_INDEX + encode_decimal(self.index))
        lines += [encode_base64(one) for one in self.path]
        return b"".join(line + b"\n" for line in lines) + b"\n" + self.checkpoint

    @classmethod
    def decode(cls, data: bytes) -> "Proof":
        """The opposite of `encode`. Raises `Malformed`, also when the checkpoint in it is none."""
        if len(data) > PROOF_LENGTH_MAX:
            raise Malformed("proof", "proof_too_long", f"a proof file has at most {PROOF_LENGTH_MAX} bytes")
        head, empty_line, signed = data.partition(b"\n\n")  # the first one: a checkpoint holds another
        if not empty_line:
            raise Malformed("proof", "proof_bad", "put an empty line before the checkpoint")
        lines = head.split(b"\n", PATH_HASHES_MAX + 3)
        if lines.pop(0) != _FIRST_LINE:
            raise Malformed("proof", "proof_bad", "the first line names the format: c2sp.org/tlog-proof@v1")
        extra = b""
        if lines and lines[0].startswith(_EXTRA):
            extra = decode_base64("proof extra", lines.pop(0).removeprefix(_EXTRA))
            if not extra:
                raise Malformed("proof extra", "extra_empty", "leave the line out when there is no extra data")
        if not lines or not lines[0].startswith(_INDEX):
            raise Malformed("proof", "proof_bad", "write the line index <number>")
        index = decode_decimal("proof index", lines.pop(0).removeprefix(_INDEX))
        path = _decode_path(lines)
        Checkpoint.decode(note.decode(signed).text)
        return cls(index, path, signed, extra)

    def verify(self, leaf: bytes, policy: Policy, now: int) -> Evaluation:
        """Check that the log which `policy` accepts has the leaf hash `leaf` at `index`, witnessed by its quorum.

        `now` is in seconds since 1970. Raises `Malformed` when anything does not hold: see `Policy.verify` and
        `tree.check_inclusion`. `extra` is not looked at.
        """
        evaluation = policy.verify(self.checkpoint, now)
        check_inclusion(self.index, evaluation.checkpoint.size, leaf, self.path, evaluation.checkpoint.root)
        return evaluation


def _decode_path(lines: Sequence[bytes]) -> tuple[bytes, ...]:
    if len(lines) > PATH_HASHES_MAX:
        raise Malformed("proof path", "proof_too_long", f"a path has at most {PATH_HASHES_MAX} hashes")
    path = tuple(decode_base64("proof path", line) for line in lines)
    if any(len(one) != HASH_LENGTH for one in path):
        raise Malformed("proof path", "hash_length_bad", "a hash is 32 bytes")
    return path
