"""Policies (C2SP tlog-policy): which logs a verifier accepts, and how many witnesses must have seen the same tree.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…
    quorum <name>|none                  exactly once

A checkpoint is valid when any listed log signed it and the quorum cosigned it. Names of witnesses and groups mean
something inside the file only, and are bytes. House rule: logs use types 01 and 06, witnesses 04 and 06.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sanad.base.errors import Malformed
from sanad.log import note
from sanad.log.checkpoint import Checkpoint, log_signature_missing
from sanad.log.cosignature import time_signed_by
from sanad.log.note import VerifierKey

POLICY_LENGTH_MAX = 1 << 20
OF_EACH_MAX = 100
"""Most logs, witnesses and groups of a policy; the standard asks for at least 32."""
NO_QUORUM = b"none"

LOG_TYPES = (note.TYPE_ED25519, note.TYPE_COSIGNATURE_ML_DSA_44)
WITNESS_TYPES = (note.TYPE_COSIGNATURE_ED25519, note.TYPE_COSIGNATURE_ML_DSA_44)

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(rb"[ \t]+")
_THRESHOLD = re.compile(rb"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Log:
    """A log that the verifier accepts; the key's name is its origin."""

    key: VerifierKey
    url: bytes | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness that the verifier knows, under a name of this policy."""

    name: bytes
    key: VerifierKey
    url: bytes | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group has witnessed what at least `threshold` of its members have witnessed."""

    name: bytes
    threshold: int
    members: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a policy says of one signed checkpoint."""

    checkpoint: Checkpoint
    logs: tuple[Log, ...]
    """The lines of the policy whose key signed it, one or more; all name the checkpoint's origin."""
    witnesses: tuple[tuple[Witness, int], ...]
    """The witnesses that cosigned, each once, with the newest time in seconds since 1970."""
    quorum_met: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, in the order of its file: groups name only what stands above them."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: bytes | None
    """Name of a witness or group; None asks for no witness at all."""

    def encode(self) -> bytes:
        """A policy file that `decode` reads as this policy."""
        lines = [_join(b"log", log.key.encode(), log.url) for log in self.logs]
        lines += [_join(b"witness", witness.name, witness.key.encode(), witness.url) for witness in self.witnesses]
        lines += [_join(b"group", group.name, b"%d" % group.threshold, *group.members) for group in self.groups]
        lines.append(_join(b"quorum", NO_QUORUM if self.quorum is None else self.quorum))
        return b"".join(line + b"\n" for line in lines)

    @classmethod
    def decode(cls, data: bytes) -> "Policy":
        """Read a policy file. Raises `Malformed` that names the line, counted from 1."""
        if len(data) > POLICY_LENGTH_MAX:
            raise Malformed("policy", "policy_too_long", f"a policy has at most {POLICY_LENGTH_MAX} bytes")
        if _FORBIDDEN.search(data):
            raise Malformed("policy", "control_character", "tab and newline are the only control characters")
        if not data.endswith(b"\n"):
            raise Malformed("policy", "last_line_open", "end each line with a newline, the last one too")
        draft = _Draft()
        for number, line in enumerate(data[:-1].split(b"\n"), start=1):
            words = _SPACES.split(line.strip(b" \t"))
            if words != [b""] and not words[0].startswith(b"#"):
                draft.take_line(f"policy line {number}", words)
        if not draft.quorums:
            raise Malformed("policy", "quorum_missing", "write one quorum line; `quorum none` asks for no witness")
        quorum = None if draft.quorums[0] == NO_QUORUM else draft.quorums[0]
        return cls(tuple(draft.logs), tuple(draft.witnesses), tuple(draft.groups), quorum)

    def evaluate(self, signed: bytes, now: int) -> Evaluation:
        """Verify every line by a known key in the signed note of a checkpoint, and count; `now` in seconds since 1970.

        Raises `Malformed`: the note or checkpoint is malformed, a line by a known key fails (`signature_bad`), a time
        is wrong (`cosignature`), or no listed log with that origin signed (`log_signature_missing`). A missing quorum
        is no error here: read `quorum_met`, or call `verify`.
        """
        parsed = note.decode(signed)
        checkpoint = Checkpoint.decode(parsed.text)
        signers = [log for log in self.logs if _is_signed_by(parsed, log.key, now)]
        logs = tuple(log for log in signers if log.key.name == checkpoint.origin)
        if not logs:
            raise log_signature_missing()
        checkpoint.check_empty_root()
        witnesses: list[tuple[Witness, int]] = []
        for witness in self.witnesses:
            time = time_signed_by(parsed, witness.key, now)
            if time is not None:
                witnesses.append((witness, time))
        return Evaluation(checkpoint, logs, tuple(witnesses), self._is_met([witness.name for witness, _ in witnesses]))

    def verify(self, signed: bytes, now: int) -> Evaluation:
        """As `evaluate`; raises `Malformed` with code `quorum_not_met` too."""
        evaluation = self.evaluate(signed, now)
        if not evaluation.quorum_met:
            raise Malformed(
                "checkpoint", "quorum_not_met", "too few known witnesses cosigned; ask again a little later"
            )
        return evaluation

    def _is_met(self, names: Sequence[bytes]) -> bool:
        """Whether these witnesses make the quorum. Groups come after their members, so one pass is enough."""
        if self.quorum is None:
            return True
        met = set(names)
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        return self.quorum in met


@dataclass(slots=True)
class _Draft:
    """What has been read of a policy file so far."""

    logs: list[Log] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorums: list[bytes] = field(default_factory=list)
    names: set[bytes] = field(default_factory=set)
    members: set[bytes] = field(default_factory=set)

    def take_line(self, where: str, words: list[bytes]) -> None:
        keyword, arguments = words[0], words[1:]
        if keyword == b"log" and len(arguments) in (1, 2):
            self._take_log(where, arguments)
        elif keyword == b"witness" and len(arguments) in (2, 3):
            self._take_witness(where, arguments)
        elif keyword == b"group" and len(arguments) >= 3:
            self._take_group(where, arguments)
        elif keyword == b"quorum" and len(arguments) == 1:
            self._take_quorum(where, arguments[0])
        else:
            raise Malformed(where, "policy_line_bad", "start with log, witness, group or quorum and give its parts")

    def _take_log(self, where: str, arguments: list[bytes]) -> None:
        key = _decode_key(where, arguments[0], LOG_TYPES, [log.key for log in self.logs])
        self.logs.append(Log(key, *arguments[1:]))

    def _take_witness(self, where: str, arguments: list[bytes]) -> None:
        self._define(where, arguments[0], len(self.witnesses))
        key = _decode_key(where, arguments[1], WITNESS_TYPES, [witness.key for witness in self.witnesses])
        self.witnesses.append(Witness(arguments[0], key, *arguments[2:]))

    def _take_group(self, where: str, arguments: list[bytes]) -> None:
        name, threshold_word, members = arguments[0], arguments[1], tuple(arguments[2:])
        for member in members:
            if member not in self.names:
                raise Malformed(where, "name_unknown", "name only witnesses and groups that stand above")
            if member in self.members:  # also in another group: a witness may count in one way only
                raise Malformed(where, "member_twice", "name each member once in the whole policy")
            self.members.add(member)
        self._define(where, name, len(self.groups))
        self.groups.append(Group(name, _decode_threshold(where, threshold_word, len(members)), members))

    def _take_quorum(self, where: str, name: bytes) -> None:
        if self.quorums:
            raise Malformed(where, "quorum_twice", "write exactly one quorum line")
        if name != NO_QUORUM and name not in self.names:
            raise Malformed(where, "name_unknown", "name a witness or group that stands above, or none")
        self.quorums.append(name)

    def _define(self, where: str, name: bytes, count: int) -> None:
        if name == NO_QUORUM:
            raise Malformed(where, "name_reserved", "the name none is reserved")
        if name in self.names:
            raise Malformed(where, "name_twice", "give each witness and group a name of its own")
        if count >= OF_EACH_MAX:
            raise Malformed(where, "policy_too_long", f"a policy has at most {OF_EACH_MAX} of each")
        self.names.add(name)


def _decode_key(where: str, word: bytes, types: tuple[int, ...], known: Sequence[VerifierKey]) -> VerifierKey:
    key = VerifierKey.decode(word)
    if key.type not in types:
        raise Malformed(where, "key_type_bad", "logs have keys of type 01 or 06, witnesses of type 04 or 06")
    if any(key.public_key == other.public_key for other in known):
        raise Malformed(where, "key_twice", "one public key stands for one log or one witness, whatever its name")
    if len(known) >= OF_EACH_MAX:
        raise Malformed(where, "policy_too_long", f"a policy has at most {OF_EACH_MAX} of each")
    return key


def _decode_threshold(where: str, word: bytes, members: int) -> int:
    if word == b"any":
        return 1
    if word == b"all":
        return members
    if not _THRESHOLD.fullmatch(word) or int(word) > members:
        raise Malformed(where, "threshold_bad", "write all, any or a number from 1 to the number of members")
    return int(word)


def _is_signed_by(parsed: note.Note, key: VerifierKey, now: int) -> bool:
    if key.type == note.TYPE_ED25519:
        return note.is_signed_by(parsed, key)
    return time_signed_by(parsed, key, now) is not None


def _join(*words: bytes | None) -> bytes:
    return b" ".join(word for word in words if word is not None)
