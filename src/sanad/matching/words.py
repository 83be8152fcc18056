"""What is asked of the lists and what they answer. Scores are whole thousandths: 0 nothing in common, 1000 the same."""

from dataclasses import dataclass
from enum import StrEnum

from sanad.standards.sanctions.listed import BirthDate, Identifier, Listed, ListedName, NameKind, Schema

SCORE_MAX = 1_000
DEFAULT_THRESHOLD = 740
"""From which score on a candidate is one to look at."""


@dataclass(frozen=True, slots=True)
class Query:
    """Whom to look for. What is not known stays empty: absence lowers no score."""

    schema: Schema
    names: tuple[str, ...]
    father_name: str = ""
    birth: BirthDate | None = None
    countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 codes, upper case."""
    identifiers: tuple[Identifier, ...] = ()
    wallets: tuple[str, ...] = ()


class ReasonKind(StrEnum):
    """Why a score is what it is."""

    SAME_WORD = "same_word"
    OTHER_SPELLING = "other_spelling"
    OTHER_SCRIPT = "other_script"
    TYPING_ERROR = "typing_error"
    INITIAL = "initial"
    """A first letter, or the first letters of several words."""
    JOINED = "joined"
    """One word here, two words there."""
    OTHER_ORDER = "other_order"
    OTHER_WORD = "other_word"
    """Words stand where others stand: a contradiction."""
    MISSING_WORD = "missing_word"
    """A word of one side that the other lacks."""
    WEAK_ALIAS = "weak_alias"
    SAME_FATHER = "same_father"
    OTHER_FATHER = "other_father"
    SAME_BIRTH = "same_birth"
    OTHER_BIRTH = "other_birth"
    SAME_COUNTRY = "same_country"
    OTHER_COUNTRY = "other_country"
    SAME_IDENTIFIER = "same_identifier"
    OTHER_IDENTIFIER = "other_identifier"
    SAME_WALLET = "same_wallet"
    OTHER_KIND = "other_kind"
    """A person against a firm, a vessel against either."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a score: what stood on each side, and what it added or took, in thousandths.

    A name begins with all thousand; what differs takes from them. The same word takes nothing.
    """

    kind: ReasonKind
    asked: str
    listed: str
    points: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed one that may be meant."""

    source: str
    """Which list: its name in the set of lists (`un`, `ofac`, `nacta`)."""
    listed: Listed
    name: ListedName
    """The listed name that came nearest."""
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two names stand to each other, whatever list they are on."""

    score: int
    matches: bool
    """Whether the score reaches the threshold."""
    reasons: tuple[Reason, ...]


__all__ = [
    "DEFAULT_THRESHOLD", "SCORE_MAX", "BirthDate", "Candidate", "Comparison", "Identifier", "Listed", "ListedName",
    "NameKind", "Query", "Reason", "ReasonKind", "Schema",
]  # fmt: skip
