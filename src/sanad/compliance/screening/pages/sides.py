"""A query and a candidate side by side: each fact of both, and whether the two agree."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sanad.matching.words import BirthDate, Candidate, Query, Reason, ReasonKind
from sanad.people.access import Words

REASON_WORDS: dict[ReasonKind, Words] = {
    ReasonKind.SAME_WORD: _("the same word"),
    ReasonKind.OTHER_SPELLING: _("another spelling"),
    ReasonKind.OTHER_SCRIPT: _("another script"),
    ReasonKind.TYPING_ERROR: _("a typing error"),
    ReasonKind.INITIAL: _("an initial"),
    ReasonKind.JOINED: _("written as one word, or as two"),
    ReasonKind.OTHER_ORDER: _("another order of words"),
    ReasonKind.MISSING_WORD: _("a word is missing"),
    ReasonKind.WEAK_ALIAS: _("an alias of low quality"),
    ReasonKind.SAME_FATHER: _("the same father's name"),
    ReasonKind.OTHER_FATHER: _("another father's name"),
    ReasonKind.SAME_BIRTH: _("the birth dates fit"),
    ReasonKind.OTHER_BIRTH: _("the birth dates do not fit"),
    ReasonKind.SAME_COUNTRY: _("a country is the same"),
    ReasonKind.OTHER_COUNTRY: _("the countries differ"),
    ReasonKind.SAME_IDENTIFIER: _("a number is the same"),
    ReasonKind.OTHER_IDENTIFIER: _("a number differs"),
    ReasonKind.SAME_WALLET: _("the same wallet"),
    ReasonKind.OTHER_KIND: _("one is a person, the other is none"),
}
_SAME, _DIFFERS, _UNKNOWN = "same", "differs", "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One fact."""

    words: Words
    asked: tuple[str, ...]
    listed: tuple[str, ...]
    state: str
    """same, differs, or unknown where one side says nothing."""


@dataclass(frozen=True, slots=True)
class Sides:
    """All facts, and the steps of the score."""

    rows: tuple[Row, ...]
    reasons: tuple[tuple[Words, Reason], ...]
    score: str


def side_by_side(query: Query, candidate: Candidate) -> Sides:
    """Set a query beside a candidate."""
    listed = candidate.listed
    told = {each.kind for each in candidate.reasons}
    names = [candidate.name.text, *(each.text for each in listed.names if each.text != candidate.name.text)]
    rows = (
        Row(_("Names"), query.names, tuple(names[:12]), _names_state(told)),
        _row(_("Father's name"), [query.father_name], listed.father_names, told,
             ReasonKind.SAME_FATHER, ReasonKind.OTHER_FATHER),
        _row(_("Birth date"), [_birth(query.birth)] if query.birth else [], map(_birth, listed.birth_dates), told,
             ReasonKind.SAME_BIRTH, ReasonKind.OTHER_BIRTH),
        _row(_("Countries"), query.countries, listed.countries, told,
             ReasonKind.SAME_COUNTRY, ReasonKind.OTHER_COUNTRY),
        _row(_("Numbers"), [each.value for each in query.identifiers],
             [f"{each.value} ({each.kind})" for each in listed.identifiers[:12]], told,
             ReasonKind.SAME_IDENTIFIER, ReasonKind.OTHER_IDENTIFIER),
        _row(_("Wallets"), query.wallets, listed.wallets[:12], told, ReasonKind.SAME_WALLET, None),
        Row(_("Regime"), (), (listed.programme,) if listed.programme else (), _UNKNOWN),
        Row(_("Remarks"), (), (listed.remarks[:600],) if listed.remarks else (), _UNKNOWN),
    )  # fmt: skip
    reasons = tuple((REASON_WORDS[each.kind], each) for each in candidate.reasons)
    return Sides(tuple(row for row in rows if row.asked or row.listed), reasons, score_text(candidate.score))


def score_text(score: int) -> str:
    """Thousandths as a number from 0 to 1."""
    return f"{score // 1000}.{score % 1000:03d}"


def _names_state(told: set[ReasonKind]) -> str:
    plain = {ReasonKind.SAME_WORD, ReasonKind.OTHER_ORDER}
    of_names = {each for each in told if each.value in _OF_NAMES}
    return _SAME if of_names and of_names <= plain else _DIFFERS


_OF_NAMES = frozenset(
    ["same_word", "other_spelling", "other_script", "typing_error", "initial", "joined", "other_order", "missing_word",
     "weak_alias"]
)  # fmt: skip


def _row(
    words: Words, asked: Iterable[str], listed: Iterable[str], told: set[ReasonKind], same: ReasonKind,
    other: ReasonKind | None,
) -> Row:  # fmt: skip
    left, right = (tuple(each for each in side if each) for side in (asked, listed))
    state = _SAME if same in told else _DIFFERS if other in told else _UNKNOWN
    return Row(words, left, right, state)


def _birth(birth: BirthDate) -> str:
    """A day, a year, or from when to when."""
    if birth.first == birth.last:
        return birth.first
    if birth.first.endswith("-01-01") and birth.last.endswith("-12-31"):
        first, last = birth.first[:4], birth.last[:4]
        return first if first == last else f"{first} – {last}"
    return f"{birth.first} – {birth.last}"
