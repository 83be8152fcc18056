"""What must be clear before a payment is sent: the gateway asks each check, binds its answer, else holds the payment.

A check lives above the gateway (screening, Travel Rule) and is handed to it; so nothing below calls anything above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sanad.base import canonical
from sanad.base.errors import ensure
from sanad.standards.iso20022.payment import Payment

CONTENTS_BYTES_MAX = 1 << 16
"""Of one check's answer for one payment."""
SUMMARY_CHARACTERS_MAX = 300
CANDIDATES_MAX = 64


class Finding(StrEnum):
    """What a check found of a payment. Only `CLEAR` lets it go; silence, errors and stale lists are `UNRESOLVED`."""

    CLEAR = "clear"
    CANDIDATES = "candidates"
    """Somebody listed may be meant: a person decides."""
    MISSING = "missing"
    """Data that the law asks for is not there."""
    UNRESOLVED = "unresolved"
    """The check could not answer."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of one check for one payment."""

    finding: Finding
    contents: canonical.Value
    """What is bound into the payment's evidence: the answer with its reasons, list versions and digests."""
    summary: str = ""
    """A sentence for whoever decides, without personal data."""
    candidates: tuple[str, ...] = ()
    """Names of the list's entries that may be meant, the same in every version of the list: what a person decides on.

    A payment that a person released is asked about again before it is sent. It goes if nobody but these is found then;
    without names only if the contents are the same.
    """


class Check(Protocol):
    """One check. Safe for threads; it raises nothing: what fails is `UNRESOLVED`."""

    @property
    def name(self) -> str:
        """What its answers are kept under (`screening`, `travel_rule`)."""

    def screened(self) -> int:
        """The number on the record of the newest list version that all answers of now are against; 0 for none."""

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        """One answer a payment, in order."""


@dataclass(frozen=True, slots=True)
class AbsentCheck:
    """Stands for a check that the institution requires and that this program was not given: nothing is clear."""

    name: str

    def screened(self) -> int:
        """None."""
        return 0

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        """Unresolved, all of them."""
        told = f"The check {self.name} is required and not at hand in the program that took the payment."
        return [Checked(Finding.UNRESOLVED, ["absent"], told)] * len(payments)


# --- asking them ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check said of a payment, as it is bound: `contents` are canonical bytes."""

    check: str
    finding: Finding
    contents: bytes
    summary: str
    candidates: tuple[str, ...]

    def is_covered_by(self, decided: "Answer") -> bool:
        """Whether a person who decided about that answer has decided about this one too."""
        if self.finding is Finding.CLEAR:
            return True
        if self.check != decided.check or self.finding is not decided.finding:
            return False
        if self.finding is not Finding.CANDIDATES:
            return True
        if self.candidates:
            return set(self.candidates) <= set(decided.candidates)
        return self.contents == decided.contents

    def says_the_same_as(self, other: "Answer") -> bool:
        """Whether asking again brought nothing new: contents may name another time, but the summary says the same."""
        told, before = ((each.check, each.finding, each.candidates, each.summary) for each in (self, other))
        alike = told == before
        named = self.finding is not Finding.CANDIDATES or bool(self.candidates)
        return alike and (named or self.contents == other.contents)


Answers = tuple[Answer, ...]
"""Of all checks about one payment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What all checks said of several payments, in their order, and the list version that all were screened against."""

    screened: int
    answers: list[Answers]


def is_clear(answers: Answers) -> bool:
    """Whether nothing holds the payment."""
    return all(each.finding is Finding.CLEAR for each in answers)


def ask(checks: Sequence[Check], payments: Sequence[Payment]) -> Asked:
    """Ask every check about every payment. A check that fails all the same has resolved nothing."""
    versions, columns = [], []
    for check in checks:
        version, answers = _ask_one(check, payments)
        columns.append(answers)
        versions.append(version)
    named = [version for version in versions if version]
    return Asked(min(named, default=0), list(zip(*columns, strict=True)) if columns else [()] * len(payments))


def _ask_one(check: Check, payments: Sequence[Payment]) -> tuple[int, list[Answer]]:
    try:
        version = check.screened()  # first: a list that comes meanwhile makes the answers newer, never older
        found = check.check(payments)
        ensure(len(found) == len(payments), "a check answers for each payment")
        return version, [_answer(check.name, each) for each in found]
    except Exception:  # noqa: BLE001 - whatever went wrong in there, these payments are not clear
        failed = Answer(check.name, Finding.UNRESOLVED, canonical.encode(["failed"]), "The check failed.", ())
        return 0, [failed] * len(payments)


def _answer(name: str, checked: Checked) -> Answer:
    contents = canonical.encode(checked.contents)
    ensure(len(contents) <= CONTENTS_BYTES_MAX, "an answer has a bounded size")
    ensure(len(checked.candidates) <= CANDIDATES_MAX, "an answer names a bounded number of entries")
    return Answer(
        name, Finding(checked.finding), contents, checked.summary[:SUMMARY_CHARACTERS_MAX], checked.candidates
    )
