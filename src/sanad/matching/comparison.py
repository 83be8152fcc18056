"""Two names held against each other: the score, and why, word by word."""

import functools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sanad.matching import measures, pairing
from sanad.matching.columns import CONTRADICTS as CONTRADICTS_WEIGHTS
from sanad.matching.columns import FIRM_WEIGHTS, PERSON_WEIGHTS, TELLS_ABSENT, NameColumns, Numbers, rooms, table
from sanad.matching.lexicon import Kind
from sanad.matching.names import Word, is_person, may_be_compared, parse, readings
from sanad.matching.words import DEFAULT_THRESHOLD, Comparison, Reason, ReasonKind, Schema

TABLE = table()
ABSENT = np.array(TELLS_ABSENT, np.int64)
CONTRADICTS = np.array(CONTRADICTS_WEIGHTS, np.int64)
PERSON = np.array(PERSON_WEIGHTS, np.int64)
FIRM = np.array(FIRM_WEIGHTS, np.int64)


class _Working(threading.local):
    """What the compiled functions write into; each thread has its own."""

    def __init__(self) -> None:
        self.rooms = rooms()


_WORKING = _Working()


@functools.lru_cache(maxsize=8192)
def columns(text: str, person: bool) -> NameColumns:
    """The columns of a name, remembered by its text."""
    return NameColumns.of(parse(text, person))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The score of two names, and where it comes from."""

    score: int
    pairs: list[list[int]]
    """Unit of the one, unit of the other, how far apart, and what that took."""
    taken: list[int]
    """For other words, for missing words, for another order."""
    left: tuple[list[int], list[int]]
    """Words of each that found no partner."""


def judge(one: NameColumns, two: NameColumns, person: bool) -> Judgement:
    """Compare two names. The order of the two makes no difference: equal claims are settled in one order."""
    if (one.text, len(one.words)) <= (two.text, len(two.words)):
        return _judge(one, two, person)
    turned = _judge(two, one, person)
    pairs = [[v, u, apart, points] for u, v, apart, points in turned.pairs]
    return Judgement(turned.score, pairs, turned.taken, turned.left[::-1])


def _judge(one: NameColumns, two: NameColumns, person: bool) -> Judgement:
    words1, words2 = len(one.words), len(two.words)
    pairs, taken = np.zeros((words1, 4), np.int64), np.zeros(3, np.int64)
    matched1, matched2 = np.zeros(words1, np.uint8), np.zeros(words2, np.uint8)
    score, count = pairing.compared(
        (one.units, one.first, one.last, one.kinds), (two.units, two.first, two.last, two.kinds),
        TABLE, _WORKING.rooms, (ABSENT, CONTRADICTS, PERSON if person else FIRM), (pairs, taken, matched1, matched2),
    )  # fmt: skip
    left1, left2 = _left(one, matched1), _left(two, matched2)
    return Judgement(score, pairs[:count].tolist(), taken.tolist(), (left1, left2))


def _left(name: NameColumns, matched: Numbers) -> list[int]:
    """The words that found no partner and say something."""
    return [n for n, found in enumerate(matched.tolist()) if not found and name.words[n].kind not in _SILENT]


_SILENT = (Kind.PARTICLE, Kind.HONORIFIC)
_TYPING_FROM = 250
"""A single other letter that takes at least so much is a slip of the hand; below it, a spelling."""


def _single_slip(one: str, two: str) -> bool:
    """Whether one letter more, less or other, or two swapped, make the one word the other."""
    if abs(len(one) - len(two)) > 1 or one == two:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    rest1, rest2 = one[start:], two[start:]
    swapped = len(rest1) > 1 and rest1[1::-1] == rest2[:2] and rest1[2:] == rest2[2:]
    return swapped or rest1[1:] == rest2 or rest1 == rest2[1:] or rest1[1:] == rest2[1:]


def _pair_kind(one: NameColumns, u: int, two: NameColumns, v: int, apart: int) -> ReasonKind:
    """What to call the way in which two units are alike."""
    words1, words2 = one.words_of(u), two.words_of(v)
    if len(words1) == len(words2) == 1:
        if (words1[0].kind is Kind.INITIAL) != (words2[0].kind is Kind.INITIAL):
            return ReasonKind.INITIAL
        return _words_kind(words1[0], words2[0], apart)
    kinds = {int(one.units[u, measures.KIND]), int(two.units[v, measures.KIND])}
    return ReasonKind.JOINED if kinds.isdisjoint((Kind.INITIAL, Kind.ACRONYM)) else ReasonKind.INITIAL


def _words_kind(one: Word, two: Word, apart: int) -> ReasonKind:
    if one.script is not two.script:
        return ReasonKind.OTHER_SCRIPT
    if apart == 0 and one.text.casefold() == two.text.casefold():
        return ReasonKind.SAME_WORD
    if apart >= _TYPING_FROM and _single_slip(one.latin or one.text, two.latin or two.text):
        return ReasonKind.TYPING_ERROR
    return ReasonKind.OTHER_SPELLING


def _spaced(words: Iterable[Word]) -> str:
    return " ".join([word.text for word in words])


def explained(one: NameColumns, two: NameColumns, person: bool) -> tuple[int, tuple[Reason, ...]]:
    """The score of two names, and its reasons: from a thousand, each takes its points, down to nothing at least."""
    judgement = judge(one, two, person)
    reasons: list[Reason] = []
    for u, v, apart, points in sorted(judgement.pairs, key=lambda pair: int(one.first[pair[0]])):
        words1, words2 = one.words_of(u), two.words_of(v)
        if len(words1) == 1 and words1[0].kind is Kind.PARTICLE:
            continue
        kind = _pair_kind(one, u, two, v, apart)
        reasons.append(Reason(kind, _spaced(words1), _spaced(words2), -points))
    left1, left2 = (
        _spaced([name.words[n] for n in left]) for name, left in zip((one, two), judgement.left, strict=True)
    )
    other, missing, order = judgement.taken
    if other:
        reasons.append(Reason(ReasonKind.OTHER_WORD, left1, left2, -other))
    if missing:
        more1 = len(judgement.left[0]) > len(judgement.left[1])
        reasons.append(Reason(ReasonKind.MISSING_WORD, left1 if more1 else "", "" if more1 else left2, -missing))
    if order:
        reasons.append(Reason(ReasonKind.OTHER_ORDER, one.text, two.text, -order))
    return judgement.score, tuple(reasons)


def _comparable(name1: str, name2: str) -> Iterator[tuple[str, str]]:
    """Readings of two names that are held against each other."""
    for one in readings(name1):
        for two in readings(name2):
            if may_be_compared(name1, one, name2, two):
                yield one, two


def name_score(schema: Schema, name1: str, name2: str) -> int:
    """The score of two names, the best of what they may be read as."""
    person = is_person(schema)
    return max(
        judge(columns(one, person), columns(two, person), person).score for one, two in _comparable(name1, name2)
    )


def compare(schema: Schema, name1: str, name2: str, *, threshold: int = DEFAULT_THRESHOLD) -> Comparison:
    """How near two names are, and why. Malformed if one of them is empty or too long."""
    person = is_person(schema)
    best: tuple[int, tuple[Reason, ...]] = (-1, ())
    for one, two in _comparable(name1, name2):
        found = explained(columns(one, person), columns(two, person), person)
        best = max(best, found, key=lambda seen: seen[0])
    return Comparison(best[0], best[0] >= threshold, best[1])
