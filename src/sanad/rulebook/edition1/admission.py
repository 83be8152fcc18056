"""Ordered refusals: who is asking, on which lane, in time, within quota.

Pure functions of state and block time. A refused message changes nothing and leaves no trace on the record; the same
message is refused by every node that orders it at that point. Refusals at the edge (load, credential, rate) are
another thing and live in the node.
"""

from dataclasses import dataclass

from sanad.base.errors import Malformed
from sanad.rulebook.edition1.acting import Act, is_institution
from sanad.rulebook.edition1.acts import RECOVER_SCHEMA, ROTATE_KEY_SCHEMA, SCHEMAS, SYSTEM_ONLY, parse_act
from sanad.rulebook.edition1.state import Key, State, day_of
from sanad.rulebook.edition1.words import Right
from sanad.rulebook.message import FROM_OUTSIDE, Kind, Message
from sanad.rulebook.signatures import is_at_signing_page


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not let in: the right or limit, what to do, and the HTTP status that says the same."""

    right: str
    advice: str
    status: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A message that may become an entry: who signed it, with what ceiling, and its act if it is control."""

    person: int
    key: bytes
    ceiling: int
    recovering: bool
    act: Act | None


def admit(state: State, message: Message, time_ms: int) -> Admission | Refusal:
    """Key, lane, expiry, quota, in this order. Raises `Malformed` for an act.

    Signatures were verified at the edge, but for one thing that the state may have changed since: where persons sign.
    """
    header = message.header
    if header.kind not in FROM_OUTSIDE:
        raise Malformed("kind", "system_kind", "system entries and genesis are made by the node only")
    if header.network != state.network:
        return Refusal("network", "the message is for another network; sign it for this one", 403)
    if not is_institution(state, header.institution):
        return Refusal("institution", "no institution has this number", 403)
    act = None if header.kind == Kind.TRANSFERS else parse_act(message.body)
    keys = _keys(state, message)
    if isinstance(keys, Refusal):
        return keys
    refusal = _scope(message, keys, act) or _lane(state, message, keys) or _expiry(message, time_ms)
    if keys[0].person == 0:
        # Persons are not held to it: a stolen system's key must not keep them from revoking it.
        refusal = refusal or _quota(state, message, time_ms)
    if refusal is not None:
        return refusal
    first = keys[0]
    return Admission(
        first.person, first.identifier, min(key.ceiling for key in keys), bool(first.rights & Right.RECOVER), act
    )


def _keys(state: State, message: Message) -> list[Key] | Refusal:
    """The keys that signed, all in force, of the sender, and used where persons sign; two only from two persons."""
    keys: list[Key] = []
    for signature in message.signatures:
        key = state.key_table.get(signature.key_id)
        if key is None:
            return Refusal("key", "no such key is registered; register it first", 401)
        if key.institution != message.header.institution:
            return Refusal("key", "the key belongs to another institution", 403)
        if key.revoked:
            return Refusal("key", f"the key was revoked by entry {key.revoked}; sign with another", 403)
        if not is_at_signing_page(key.suite, signature.value, state.signing):
            return Refusal("signing page", "the signature was made on another page than the one in force", 401)
        keys.append(key)
    if not keys:
        return Refusal("signature", "the message is not signed", 401)
    return keys


def _scope(message: Message, keys: list[Key], act: Act | None) -> Refusal | None:
    """Whether the keys' rights cover what the message does."""
    persons = frozenset(key.person for key in keys)
    if len(keys) > 1:
        bulk = message.header.kind == Kind.TRANSFERS and all(key.rights & Right.SIGN_BULK for key in keys)
        if not bulk or len(persons) < 2 or 0 in persons:
            return Refusal("key scope", "several signatures only on a bulk file, by different persons who may", 403)
        return None
    key = keys[0]
    wanted = _right_for(message.header.kind, act, key)
    if wanted is None:
        return Refusal("key scope", "this act is made by the node only", 403)
    if wanted and not key.rights & wanted:
        return Refusal("key scope", f"the key lacks the right {_name(wanted)}", 403)
    return None


def _right_for(kind: Kind, act: Act | None, key: Key) -> Right | None:
    """The rights of which one is needed; none (0) for a key that replaces itself; `None` = not from outside."""
    if act is None:
        return Right.TRANSFER
    if kind in (Kind.CONFIRM, Kind.WITHDRAW):
        return Right.CONFIRM | Right.RECOVER
    if act.schema in SYSTEM_ONLY:
        return None
    if kind == Kind.PROPOSE:
        return Right.RECOVER if act.schema == RECOVER_SCHEMA else Right.PROPOSE
    if act.schema == ROTATE_KEY_SCHEMA:
        return Right(0)
    schema = SCHEMAS.get(act.schema)
    return schema.right if schema else Right.STATEMENT | Right.ACCOUNT | Right.KEY | Right.PROPOSE


def _name(rights: Right) -> str:
    return " or ".join((right.name or "").lower() for right in Right if right & rights)


def _lane(state: State, message: Message, keys: list[Key]) -> Refusal | None:
    header = message.header
    if any(not key.lane_first <= header.lane <= key.lane_last for key in keys):
        return Refusal("lane", "the key's scope does not hold this lane; use your own process's lane", 403)
    following = next_sequence(state, header.institution, header.lane)
    if header.sequence < following:
        return Refusal("sequence", "this sequence is used by another message; ask for its receipt", 409)
    if header.sequence > following:
        return Refusal("sequence", f"the next sequence of this lane is {following}; close the gap", 409)
    return None


def next_sequence(state: State, institution: int, lane: int) -> int:
    """The sequence that (institution, lane) must use next."""
    return state.lanes.get((institution, lane), 1)


def _expiry(message: Message, time_ms: int) -> Refusal | None:
    if message.header.expiry_ms <= time_ms:
        return Refusal("expiry", "the message has expired; sign it again with a later expiry", 409)
    return None


def _quota(state: State, message: Message, time_ms: int) -> Refusal | None:
    institution = state.institution_table[message.header.institution]
    used = institution.used if institution.day == day_of(state, time_ms) else 0
    if used + message.size > institution.quota:
        return Refusal("quota", "the institution's bytes for today are used up; go on tomorrow or ask for more", 429)
    return None
