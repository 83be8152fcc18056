"""What the checks found of an open payment, read back from their answers, for pages. Personal data is in none of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sanad.base import canonical
from sanad.base.errors import Malformed
from sanad.compliance.screening.desk.answers import Verdict
from sanad.compliance.screening.desk.check import NAME, SCHEMA
from sanad.gateway.checks import Answer, Finding
from sanad.matching.words import ReasonKind

TRAVEL_RULE = "travel_rule"


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A listed one who may be meant."""

    source: str
    reference: str
    entry_digest: bytes
    score: int
    """Thousandths."""
    reasons: tuple[ReasonKind, ...]
    verdict: str
    """What was decided about the two when it was asked; "" for nothing."""


@dataclass(frozen=True, slots=True)
class FoundParty:
    """The answer about one party."""

    role: str
    """debtor or creditor."""
    result: str
    code: str
    """Why it is unresolved."""
    versions: tuple[tuple[str, int], ...]
    """Lists and their versions."""
    entries: tuple[FoundEntry, ...]
    asked_ms: int


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found. Of an answer whose form is not known here, only `finding` and `summary` tell."""

    check: str
    finding: str
    summary: str
    parties: tuple[FoundParty, ...] = ()
    missing: int = 0
    """Fields that the Travel Rule asks for and that are not there (`TravelRuleField`)."""

    @property
    def is_clear(self) -> bool:
        """Whether nothing stands against the payment."""
        return self.finding == Finding.CLEAR

    @property
    def is_true_match(self) -> bool:
        """Whether somebody decided that a party is the listed one."""
        return any(entry.verdict == Verdict.TRUE_MATCH for party in self.parties for entry in party.entries)


def found_in(answers: Sequence[Answer]) -> tuple[Found, ...]:
    """What each check found."""
    return tuple(_found(each) for each in answers)


def _found(answer: Answer) -> Found:
    plain = Found(answer.check, str(answer.finding), answer.summary)
    try:
        contents: Any = canonical.decode(answer.contents, "answer")
        if answer.check == NAME and contents[0] == SCHEMA and isinstance(contents[2], list):
            return Found(answer.check, str(answer.finding), answer.summary, tuple(_party(each) for each in contents[2]))
        if answer.check == TRAVEL_RULE and answer.finding is Finding.MISSING:
            return Found(answer.check, str(answer.finding), answer.summary, (), int(contents[3]))
    except (Malformed, TypeError, ValueError, IndexError):
        pass  # an answer of another release: its summary is shown
    return plain


def _party(row: Any) -> FoundParty:
    role, answer, _ = row
    entries = tuple(
        FoundEntry(
            str(hit[0]), str(hit[1]), bytes(hit[2]), int(hit[3]),
            tuple(dict.fromkeys(ReasonKind(kind) for kind, _ in hit[4])), str(hit[5][1]) if hit[5] else "",
        )
        for hit in answer[7]
    )  # fmt: skip
    versions = tuple((str(each[0]), int(each[1])) for each in answer[4])
    return FoundParty(str(role), str(answer[1]), str(answer[2]), versions, entries, int(answer[9]))
