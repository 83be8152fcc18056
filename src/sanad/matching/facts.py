"""What stands beside a name: father, birth, countries, numbers, wallets. Contradiction takes, absence does not."""

import re
from collections.abc import Callable
from typing import Final

from sanad.base.errors import Malformed
from sanad.matching.comparison import name_score
from sanad.matching.words import (
    SCORE_MAX,
    BirthDate,
    Listed,
    ListedName,
    NameKind,
    Query,
    Reason,
    ReasonKind,
    Schema,
)

_OTHER_BIRTH, _NEAR_BIRTH, _OTHER_DAY, _OTHER_FATHER, _OTHER_COUNTRY, _OTHER_KIND, _WEAK = (
    200,
    60,
    40,
    200,
    40,
    300,
    250,
)
_SAME_BIRTH, _SAME_DAY, _SAME_FATHER, _SAME_COUNTRY = 30, 50, 40, 10
_IDENTIFIER_FLOOR: Final = 900
"""An identifier in common is worth so much, whatever the names."""
_SIGNS: Final = re.compile(r"[\W_]+")
_SAME_FATHER_FROM, _OTHER_FATHER_UNTIL = 700, 550


def identifier_key(value: str) -> str:
    """An identifier without what people put between its characters."""
    return _SIGNS.sub("", value).casefold()


def _years(date: BirthDate) -> tuple[int, int]:
    return int(date.first[:4]), int(date.last[:4])


def _birth(query: Query, listed: Listed) -> Reason | None:
    if query.birth is None or not listed.birth_dates:
        return None
    asked = query.birth
    best: Reason | None = None
    for date in listed.birth_dates:
        reason = _one_birth(asked, date)
        if best is None or reason.points > best.points:
            best = reason
    return best


def _shown(date: BirthDate) -> str:
    return date.first if date.first == date.last else f"{date.first}/{date.last}"


def _one_birth(asked: BirthDate, date: BirthDate) -> Reason:
    shown = _shown(asked), _shown(date)
    if asked.first <= date.last and date.first <= asked.last:
        exact = asked.first == asked.last == date.first == date.last
        return Reason(ReasonKind.SAME_BIRTH, *shown, _SAME_DAY if exact else _SAME_BIRTH)
    (first1, last1), (first2, last2) = _years(asked), _years(date)
    gap = max(first1 - last2, first2 - last1, 0)
    taken = _OTHER_DAY if gap == 0 else _NEAR_BIRTH if gap == 1 else _OTHER_BIRTH
    return Reason(ReasonKind.OTHER_BIRTH, *shown, -taken)


def _father(query: Query, listed: Listed) -> Reason | None:
    if not query.father_name.strip() or not listed.father_names:
        return None
    score, name = max((name_score(Schema.PERSON, query.father_name, name), name) for name in listed.father_names)
    if score >= _SAME_FATHER_FROM:
        return Reason(ReasonKind.SAME_FATHER, query.father_name, name, _SAME_FATHER)
    taken = _OTHER_FATHER if score < _OTHER_FATHER_UNTIL else _OTHER_FATHER // 2
    return Reason(ReasonKind.OTHER_FATHER, query.father_name, name, -taken)


def _country(query: Query, listed: Listed) -> Reason | None:
    if not query.countries or not listed.countries:
        return None
    both = sorted(set(query.countries) & set(listed.countries))
    if both:
        return Reason(ReasonKind.SAME_COUNTRY, both[0], both[0], _SAME_COUNTRY)
    return Reason(ReasonKind.OTHER_COUNTRY, " ".join(query.countries), " ".join(listed.countries), -_OTHER_COUNTRY)


def _kind(query: Query, listed: Listed) -> Reason | None:
    asked, found = query.schema, listed.schema
    if asked is found or (asked.is_firm and found.is_firm):
        return None
    if Schema.LEGAL_ENTITY in (asked, found) and Schema.PERSON in (asked, found):
        return None
    return Reason(ReasonKind.OTHER_KIND, asked.value, found.value, -_OTHER_KIND)


def _sure(query: Query, listed: Listed) -> Reason | None:
    """A wallet or an identifier in common."""
    wallets = {wallet.strip() for wallet in listed.wallets}
    for wallet in query.wallets:
        if wallet.strip() in wallets:
            return Reason(ReasonKind.SAME_WALLET, wallet, wallet, 0)
    for asked in query.identifiers:
        for identifier in listed.identifiers:
            kinds_agree = asked.kind == identifier.kind or not asked.kind or not identifier.kind
            if kinds_agree and identifier_key(asked.value) == identifier_key(identifier.value):
                return Reason(ReasonKind.SAME_IDENTIFIER, asked.value, identifier.value, 0)
    return None


def _weak(listed_name: ListedName) -> Reason | None:
    if listed_name.kind is not NameKind.LOW:
        return None
    return Reason(ReasonKind.WEAK_ALIAS, "", listed_name.text, -_WEAK)


_FACTS: Final[tuple[Callable[[Query, Listed], Reason | None], ...]] = (_kind, _birth, _father, _country)


def weighed(query: Query, listed: Listed, listed_name: ListedName, score: int) -> tuple[int, tuple[Reason, ...]]:
    """The score of a name, with what is known beside it; and the reasons of what was added or taken."""
    reasons = [reason for fact in _FACTS if (reason := fact(query, listed)) is not None]
    weak = _weak(listed_name)
    if weak is not None and score > 0:
        reasons.insert(0, weak)
    final = min(SCORE_MAX, max(0, score + sum(reason.points for reason in reasons)))
    sure = _sure(query, listed)
    if sure is not None:
        floor = SCORE_MAX if sure.kind is ReasonKind.SAME_WALLET else _IDENTIFIER_FLOOR
        raised = max(final, floor)
        reasons.append(Reason(sure.kind, sure.asked, sure.listed, raised - final))
        final = raised
    return final, tuple(reasons)


def most_added(query: Query) -> int:
    """How much what is known beside the name may add to a score."""
    birth = _SAME_DAY if query.birth is not None else 0
    father = _SAME_FATHER if query.father_name.strip() else 0
    return birth + father + (_SAME_COUNTRY if query.countries else 0)


def checked(query: Query) -> Query:
    """The query, if its dates can be read."""
    if query.birth is not None:
        for field, day in (("birth.first", query.birth.first), ("birth.last", query.birth.last)):
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
                raise Malformed(field, "birth_not_a_date", "give a date as year-month-day: 1968-01-31")
    return query
