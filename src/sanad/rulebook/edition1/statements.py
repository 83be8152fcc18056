"""Statements: everything without money (DESIGN §4), and the state digest that a system entry carries."""

from sanad.base.canonical import Value
from sanad.rulebook.edition1.acting import Act, Acting, by_authority, unless
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.register import publish
from sanad.rulebook.edition1.state import LIST_TIMES_KEPT, State
from sanad.rulebook.edition1.words import RegisterType, StatementType


def check_statement(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: type, deadline ms (0 none), number. Its digests are H(32 random ‖ text).

    The number is that of a list version, which an authority gives and which must be the next; else 0.
    """
    statement_type, deadline_ms, number = act.fields
    is_list = statement_type == StatementType.LIST_VERSION
    return (
        unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or (by_authority(state, by) if is_list else Outcome.ADMITTED)
        or unless(statement_type in StatementType.__members__.values(), Outcome.NUMBER_OUT_OF_RANGE)
        or unless(deadline_ms == 0 or deadline_ms > by.time_ms, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(number == (state.list_version + 1 if is_list else 0), Outcome.LIST_VERSION_NOT_NEXT)
    )


def write_statement(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers type and number."""
    statement_type, _, number = act.fields
    if statement_type == StatementType.LIST_VERSION:
        state.list_version = number
        state.list_times = [*state.list_times, by.time_ms][-LIST_TIMES_KEPT:]
        publish(state, RegisterType.LIST_VERSION, number, [act.digests[0], by.entry, by.time_ms])
    return [statement_type, number]


def list_time(state: State, version: int) -> int:
    """The block time, ms, at which a list version came on the record; 0 for one that is not, or long ago."""
    age = state.list_version - version
    return state.list_times[-1 - age] if 0 <= age < len(state.list_times) else 0


def check_state_digest(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: height, state digest after that block. Only in a system entry; heights rise."""
    height, _ = act.fields
    return unless(height > state.digest_height, Outcome.NUMBER_OUT_OF_RANGE)


def write_state_digest(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers height and digest."""
    state.digest_height = act.fields[0]
    return list(act.fields)
