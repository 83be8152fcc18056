"""Who acts, and what an act answers: the words that all modules of acts share."""

from dataclasses import dataclass
from typing import Any

from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.state import State, count
from sanad.rulebook.edition1.words import InstitutionClass


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts and when. `person` 0 = a system. At genesis `founding` is true and institution 0."""

    institution: int
    person: int
    key: bytes
    entry: int
    time_ms: int
    founding: bool = False
    recovering: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A control act, taken apart: `[schema, recipients, refers, digests, …fields]`."""

    schema: int
    recipients: tuple[int, ...]
    refers: tuple[int, ...]
    digests: tuple[bytes, ...]
    fields: tuple[Any, ...]


def is_institution(state: State, number: int) -> bool:
    """Whether an institution has this number."""
    return 0 < number <= count(state, "institutions")


def is_asset(state: State, number: int) -> bool:
    """Whether an asset has this number."""
    return 0 < number <= count(state, "assets")


def is_account(state: State, number: int) -> bool:
    """Whether an account has this number."""
    return 0 < number <= count(state, "accounts")


def class_of(state: State, institution: int) -> int:
    """The class of a registered institution."""
    return int(state.institutions[institution]["class"])


def by_authority(state: State, by: Acting) -> Outcome:
    """`ADMITTED` for an authority's persons and at genesis."""
    if by.founding or class_of(state, by.institution) == InstitutionClass.AUTHORITY:
        return Outcome.ADMITTED
    return Outcome.NOT_IN_FORCE_HERE


def unless(condition: bool, outcome: Outcome) -> Outcome:
    """`ADMITTED` if the condition holds, else `outcome`.

    `ADMITTED` is 0, so rules are joined by `or`: the first that fails names the reason, and none after it is asked.
    """
    return Outcome.ADMITTED if condition else outcome
