"""The table of control acts: schema number, fields, whether two persons are needed, the right, check and write.

A schema never changes meaning; a new meaning takes a new number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sanad.base.canonical import Value, decode, encode
from sanad.base.digests import digest
from sanad.base.errors import Malformed
from sanad.rulebook.edition1 import accounts, institutions, licensing, orders, signing, statements, terms
from sanad.rulebook.edition1.acting import Act, Acting, is_institution
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.state import State
from sanad.rulebook.edition1.words import Right

DECISION_SCHEMA = 0
RECIPIENTS_MAX = 64
NUMBER_MAX = 2**63 - 1

Check = Callable[[State, Acting, Act], Outcome]
Write = Callable[[State, Acting, Act], list[Value]]


@dataclass(frozen=True, slots=True)
class Schema:
    """One row of the table. `fields` are (name, Python type); `right` is the direct sender's or the proposer's."""

    number: int
    name: str
    fields: tuple[tuple[str, type[Any]], ...]
    needs_two: bool
    right: Right
    check: Check
    write: Write


def _schema(number: int, name: str, fields: str, needs_two: bool, right: Right, check: Check, write: Write) -> Schema:
    """Fields as a line: `name:int`, `name:bytes`, `name:str` or `name:list`."""
    types: dict[str, type[Any]] = {"int": int, "bytes": bytes, "str": str, "list": list}
    pairs = (pair.split(":") for pair in fields.split())
    return Schema(number, name, tuple((field, types[kind]) for field, kind in pairs), needs_two, right, check, write)


_P = Right.PROPOSE

SCHEMAS: dict[int, Schema] = {
    schema.number: schema
    for schema in (
        _schema(1, "register_institution", "class:int status:int name:str bic:str lei:str quota_bytes:int", True, _P,
                institutions.check_register_institution, institutions.write_register_institution),
        _schema(2, "set_status", "institution:int status:int", True, _P,
                institutions.check_set_status, institutions.write_set_status),
        _schema(3, "set_quota", "institution:int quota_bytes:int", True, _P,
                institutions.check_set_quota, institutions.write_set_quota),
        _schema(4, "register_person", "institution:int recovery:int", True, _P,
                institutions.check_register_person, institutions.write_register_person),
        _schema(5, "deactivate_person", "person:int", True, _P,
                institutions.check_deactivate_person, institutions.write_deactivate_person),
        _schema(6, "register_key",
                "institution:int person:int suite:int public_key:bytes possession:bytes rights:int lane_first:int "
                "lane_last:int ceiling:int", True, _P,
                institutions.check_register_key, institutions.write_register_key),
        _schema(7, "revoke_key", "key_id:bytes", False, Right.KEY,
                institutions.check_revoke_key, institutions.write_revoke_key),
        _schema(8, "rotate_key", "suite:int public_key:bytes possession:bytes", False, Right(0),
                institutions.check_rotate_key, institutions.write_rotate_key),
        _schema(9, "recover",
                "institution:int suite:int public_key:bytes possession:bytes lane_first:int lane_last:int", True,
                Right.RECOVER, institutions.check_recover, institutions.write_recover),
        _schema(20, "register_asset", "identifier:str issuer:int exponent:int bound_from:int holder_classes:int", True,
                _P, terms.check_register_asset, terms.write_register_asset),
        _schema(21, "set_bound_from", "asset:int amount:int", True, _P,
                terms.check_set_bound_from, terms.write_set_bound_from),
        _schema(22, "set_purpose",
                "purpose:int known:int default_timeout_seconds:int longest_timeout_seconds:int none_allowed:int", True,
                _P, terms.check_set_purpose, terms.write_set_purpose),
        _schema(23, "set_permissions", "rows:list", True, _P,
                terms.check_set_permissions, terms.write_set_permissions),
        _schema(24, "set_limit", "asset:int tier:int transfer_max:int daily_max:int", True, _P,
                terms.check_set_limit, terms.write_set_limit),
        _schema(25, "set_parameter", "parameter:int value:int", True, _P,
                terms.check_set_parameter, terms.write_set_parameter),
        _schema(40, "open_accounts", "kind:int asset:int holder_class:int tier:int flags:int count:int", False,
                Right.ACCOUNT, accounts.check_open_accounts, accounts.write_open_accounts),
        _schema(41, "set_account", "account:int tier:int flags:int", False, Right.ACCOUNT,
                accounts.check_set_account, accounts.write_set_account),
        _schema(42, "freeze", "account:int frozen_flags:int", True, _P,
                accounts.check_freeze, accounts.write_freeze),
        _schema(43, "move_account", "account:int institution:int", True, _P,
                accounts.check_move_account, accounts.write_move_account),
        _schema(50, "court_order", "transfers:list", True, _P,
                orders.check_court_order, orders.write_court_order),
        _schema(51, "reassign_releaser", "position:int releaser:int", True, _P,
                orders.check_reassign_releaser, orders.write_reassign_releaser),
        _schema(60, "statement", "type:int deadline_ms:int number:int", False, Right.STATEMENT,
                statements.check_statement, statements.write_statement),
        _schema(70, "set_rule", "rule:int value:int valid_from_ms:int", True, _P,
                terms.check_set_rule, terms.write_set_rule),
        _schema(71, "certificate_applied", "", False, Right.STATEMENT,
                licensing.check_certificate_applied, licensing.write_certificate_applied),
        _schema(72, "certificate_issued", "institution:int valid_until_ms:int", True, _P,
                licensing.check_certificate_issued, licensing.write_certificate_issued),
        _schema(73, "certificate_progress", "institution:int state:int", True, _P,
                licensing.check_certificate_progress, licensing.write_certificate_progress),
        _schema(74, "certificate_revoked", "institution:int ground:int", True, _P,
                licensing.check_certificate_revoked, licensing.write_certificate_revoked),
        _schema(75, "licence_granted",
                "institution:int number:str kind:int services:int valid_until_ms:int", True, _P,
                licensing.check_licence_granted, licensing.write_licence_granted),
        _schema(76, "licence_varied", "institution:int kind:int services:int", True, _P,
                licensing.check_licence_varied, licensing.write_licence_varied),
        _schema(77, "licence_status", "institution:int state:int ground:int effective_ms:int", True, _P,
                licensing.check_licence_status, licensing.write_licence_status),
        _schema(78, "emergency_freeze", "institution:int until_ms:int ground:int", True, _P,
                licensing.check_emergency_freeze, licensing.write_emergency_freeze),
        _schema(79, "emergency_lifted", "institution:int", True, _P,
                licensing.check_emergency_lifted, licensing.write_emergency_lifted),
        _schema(80, "appoint_administrator",
                "institution:int suite:int public_key:bytes possession:bytes lane_first:int lane_last:int", True, _P,
                licensing.check_appoint_administrator, licensing.write_appoint_administrator),
        _schema(81, "appeal_noted", "institution:int", True, _P,
                licensing.check_appeal_noted, licensing.write_appeal_noted),
        _schema(82, "warning_published", "name:str website:str ground:int", True, _P,
                licensing.check_warning_published, licensing.write_warning_published),
        _schema(83, "warning_removed", "warning:int", True, _P,
                licensing.check_warning_removed, licensing.write_warning_removed),
        _schema(orders.TIME_CAME_SCHEMA, "time_came", "entry:int", False, Right(0),
                licensing.check_time_came, licensing.write_time_came),
        _schema(90, "set_signing_origin", "relying_party:str origins:list", True, _P,
                signing.check_set_signing_origin, signing.write_set_signing_origin),
        _schema(61, "state_digest", "height:int digest:bytes", False, Right(0),
                statements.check_state_digest, statements.write_state_digest),
    )
}  # fmt: skip
STATE_DIGEST_SCHEMA = 61
ROTATE_KEY_SCHEMA = 8
RECOVER_SCHEMA = 9
SYSTEM_ONLY = frozenset({STATE_DIGEST_SCHEMA, orders.TIME_CAME_SCHEMA})


_BY_NAME = {schema.name: schema for schema in SCHEMAS.values()}


def encode_act(
    name: str,
    *fields: Value,
    recipients: Sequence[int] = (),
    refers: Sequence[int] = (),
    digests: Sequence[bytes] = (),
) -> bytes:
    """The body of a control message: the act `name` with its fields, in the order of the table."""
    return encode([_BY_NAME[name].number, list(recipients), list(refers), list(digests), *fields])


def encode_decision(proposal_entry: int, proposal_body: bytes) -> bytes:
    """The body of a `confirm` or `withdraw`."""
    return encode([DECISION_SCHEMA, [], [proposal_entry], [digest(proposal_body)]])


def parse_act(body: bytes) -> Act:
    """The act in a control message's body. Raises `Malformed`: this is the edge."""
    value = decode(body, "act")
    if not isinstance(value, list) or len(value) < 4:
        raise Malformed("act", "not_an_act", "an act is [schema, recipients, refers, digests, …fields]")
    schema, recipients, refers, digests = value[:4]
    if not _is_number(schema) or not _are_rising(recipients) or not _are_rising(refers) or not _are_digests(digests):
        raise Malformed(
            "act", "not_an_act", "recipients and refers are rising numbers, digests have 32 bytes, ≤ 64 each"
        )
    return Act(schema, tuple(recipients), tuple(refers), tuple(digests), tuple(value[4:]))  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= NUMBER_MAX


def _are_rising(value: object) -> bool:
    if not isinstance(value, list) or len(value) > RECIPIENTS_MAX or not all(_is_number(each) for each in value):
        return False
    return all(before < after for before, after in pairwise(value))


def _are_digests(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= RECIPIENTS_MAX
        and all(isinstance(each, bytes) and len(each) == 32 for each in value)
    )


def check_shape(state: State, act: Act) -> Outcome:
    """Schema known, fields of its types, recipients and entries known."""
    schema = SCHEMAS.get(act.schema)
    if schema is None:
        return Outcome.ACT_UNKNOWN
    if len(act.fields) != len(schema.fields):
        return Outcome.ACT_FIELDS_WRONG
    for value, (_, kind) in zip(act.fields, schema.fields, strict=True):
        if type(value) is not kind or (kind is int and not _is_number(value)):
            return Outcome.ACT_FIELDS_WRONG
    return check_references(state, act)


def check_references(state: State, act: Act) -> Outcome:
    """Recipients are institutions, and what the act refers to came before it."""
    if any(not is_institution(state, number) for number in act.recipients):
        return Outcome.RECIPIENT_UNKNOWN
    if any(not 0 < entry < state.entry for entry in act.refers):
        return Outcome.ENTRY_UNKNOWN
    return Outcome.ADMITTED


def check_act(state: State, by: Acting, act: Act) -> Outcome:
    """Everything that can be wrong with an act, in order."""
    outcome = check_shape(state, act)
    if outcome is not Outcome.ADMITTED:
        return outcome
    return SCHEMAS[act.schema].check(state, by, act)
