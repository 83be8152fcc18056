"""Answers of the public register: "was X licensed for Y on date T?", one file, checked offline against a policy.

    record ─map proof─► register root in the block leaf ─path─► checkpoint ◄─path─ next block leaf

A block's register root is that after its last entry, and stands until the next block. So the record at time T is proved
by the last block with time ≤ T together with the next one, whose time is > T: no block in between was left out. The
file is canonical msgpack, ten parts, at most 512 KiB:

    ["sanad/register/v1", asked ms, key 32, value or nil, map proof, block leaf 128, [hash…],
     next block leaf 128 or nil, [hash…], checkpoint]

asked ms = T, milliseconds since 1970 UTC; the lists are the inclusion paths of the two leaves in the checkpoint's tree,
leaf side first, the second empty with nil; map proof as in `register_map`; checkpoint = the signed note, verbatim.

With nil the block is the newest of the checkpoint. Then nothing in the file says that it is still the newest *now*: the
answer is good up to the times at which witnesses saw that checkpoint, and whoever shows it shows those.
"""

from dataclasses import dataclass

from sanad.base import canonical
from sanad.base.errors import Malformed
from sanad.log import note, register_map
from sanad.log.checkpoint import Checkpoint
from sanad.log.cosignature import FUTURE_SECONDS_MAX
from sanad.log.leaves import BlockLeaf
from sanad.log.policy import Policy
from sanad.log.register_map import KEY_LENGTH, VALUE_LENGTH_MAX, MapProof
from sanad.log.tree import HASH_LENGTH, PATH_HASHES_MAX, check_inclusion

SCHEMA = "sanad/register/v1"
ANSWER_LENGTH_MAX = 1 << 19
"""Room for the largest record and for a hundred witnesses with ML-DSA-44."""


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """The contents of the file; nothing in it is true before `verify`."""

    asked_ms: int
    """The time that was asked about, ms since 1970 UTC."""
    key: bytes
    """Of the record: `register_key(record type, id)`."""
    value: bytes | None
    """The record, None when there was none."""
    map_proof: MapProof
    block: BlockLeaf
    """The last block with time ≤ asked."""
    path: tuple[bytes, ...]
    """Its inclusion path in the checkpoint's tree."""
    next_block: BlockLeaf | None
    """The block after it, None when there is none in the checkpoint's tree."""
    next_path: tuple[bytes, ...]
    checkpoint: bytes
    """The signed note, verbatim."""

    def encode(self) -> bytes:
        """The file."""
        return canonical.encode(
            [
                SCHEMA, self.asked_ms, self.key, self.value, self.map_proof.encode(), self.block.encode(),
                list(self.path), self.next_block.encode() if self.next_block else None, list(self.next_path),
                self.checkpoint,
            ]
        )  # fmt: skip

    @classmethod
    def decode(cls, data: bytes) -> "RegisterAnswer":
        """The opposite of `encode`. Raises `Malformed`; nothing is verified."""
        if len(data) > ANSWER_LENGTH_MAX:
            raise _bad("length_bad", f"an answer has at most {ANSWER_LENGTH_MAX} bytes")
        values = canonical.decode(data, "register answer")
        if not isinstance(values, list) or len(values) != 10 or values[0] != SCHEMA:
            raise _bad("schema_unknown", f'give the ten parts of "{SCHEMA}"')
        _, asked_ms, key, value, map_proof, block, path, next_block, next_path, checkpoint = values
        if not isinstance(asked_ms, int) or isinstance(asked_ms, bool) or asked_ms < 0:
            raise _bad("time_bad", "write the time asked about in milliseconds since 1970")
        answer = cls(
            asked_ms,
            _octets("key", key),
            None if value is None else _octets("value", value),
            MapProof.decode(_octets("map proof", map_proof)),
            BlockLeaf.decode(_octets("block leaf", block)),
            _hashes("path", path),
            None if next_block is None else BlockLeaf.decode(_octets("next block leaf", next_block)),
            _hashes("next path", next_path),
            _octets("checkpoint", checkpoint),
        )
        if len(answer.key) != KEY_LENGTH:
            raise _bad("length_bad", f"a key is {KEY_LENGTH} bytes")
        if answer.value is not None and not 1 <= len(answer.value) <= VALUE_LENGTH_MAX:
            raise _bad("length_bad", f"a record has 1 to {VALUE_LENGTH_MAX} bytes")
        if answer.next_block is None and answer.next_path:
            raise _bad("path_without_leaf", "leave the second path empty when there is no next block")
        Checkpoint.decode(note.decode(answer.checkpoint).text)
        return answer

    def check_times(self, now: int) -> None:
        """Raise `Malformed` unless the blocks are neighbours and hold the time asked between them.

        `now` is in seconds since 1970: what is still to come can't be proved, so such a question has no answer.
        """
        if self.asked_ms > (now + FUTURE_SECONDS_MAX) * 1000:
            raise _bad("time_in_future", "ask about a time that has come; else compare both clocks")
        if self.block.time_ms > self.asked_ms:
            raise _bad("time_outside", "the block is later than the time asked about; ask again")
        if self.next_block is None:
            return
        if self.next_block.height != self.block.height + 1:
            raise _bad("not_neighbours", "the two blocks do not follow one another; ask again")
        if self.next_block.time_ms <= self.asked_ms:
            raise _bad("time_outside", "the next block is not later than the time asked about; ask again")


@dataclass(frozen=True, slots=True)
class VerifiedRegister:
    """What a valid answer says. The reader still compares `key` and `asked_ms` with the own question."""

    asked_ms: int
    key: bytes
    value: bytes | None
    """The record as it stood at `asked_ms`, None when there was none."""
    height: int
    time_ms: int
    """Of the block whose register it is: it holds from this time on."""
    next_time_ms: int | None
    """Until this time, excluded. None: the block is the newest in the checkpoint, see the module's last words."""
    origin: str
    """Of the log, as the policy names its key."""
    size: int
    """Of the checkpoint's tree."""
    witnesses: tuple[tuple[str, int], ...]
    """Name in the policy and time of cosigning (seconds since 1970) of each witness."""

    @property
    def is_newest(self) -> bool:
        """Whether the block is the newest in the checkpoint, so that a later change would not be seen here."""
        return self.next_time_ms is None


def verify(data: bytes, policy: Policy, now: int) -> VerifiedRegister:
    """What the answer file `data` proves to one who trusts `policy`. `now` is in seconds since 1970 UTC.

    Raises `Malformed` when anything does not hold: form, times, a path, the log's signature, the quorum of witnesses.
    """
    answer = RegisterAnswer.decode(data)
    answer.check_times(now)
    block, next_block = answer.block, answer.next_block
    evaluation = policy.verify(answer.checkpoint, now)
    size, root = evaluation.checkpoint.size, evaluation.checkpoint.root
    if next_block is None and size != block.height:
        raise _bad("next_block_missing", "the checkpoint has a later block; the answer must hold it")
    check_inclusion(block.log_index, size, block.leaf_hash(), answer.path, root)
    if next_block is not None:
        check_inclusion(next_block.log_index, size, next_block.leaf_hash(), answer.next_path, root)
    register_map.verify(block.register_root, answer.key, answer.value, answer.map_proof)
    return VerifiedRegister(
        answer.asked_ms,
        answer.key,
        answer.value,
        block.height,
        block.time_ms,
        None if next_block is None else next_block.time_ms,
        evaluation.checkpoint.origin,
        size,
        tuple((witness.name.decode(errors="replace"), time) for witness, time in evaluation.witnesses),
    )


def _octets(part: str, value: canonical.Value) -> bytes:
    if not isinstance(value, bytes):
        raise _bad("type_bad", f"write the {part} as bytes")
    return value


def _hashes(part: str, value: canonical.Value) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > PATH_HASHES_MAX:
        raise _bad("proof_too_long", f"write the {part} as a list of at most {PATH_HASHES_MAX} hashes")
    hashes = tuple(_octets(part, one) for one in value)
    if any(len(one) != HASH_LENGTH for one in hashes):
        raise _bad("hash_length_bad", "a hash is 32 bytes")
    return hashes


def _bad(code: str, advice: str) -> Malformed:
    return Malformed("register answer", code, advice)
