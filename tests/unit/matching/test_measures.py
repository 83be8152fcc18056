"""How far two words are apart: many after one another as one by one, and as a plain reading of the rules says."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sanad.matching import measures
from sanad.matching.columns import rooms, unit, units_of
from sanad.matching.comparison import TABLE
from sanad.matching.lexicon import Kind
from sanad.matching.names import Word
from sanad.matching.scripts import Script
from sanad.matching.sounds import ABJAD, CODE, CONSONANTS, COUNT, VOWELS

pytestmark = pytest.mark.timeout(600)  # the first comparison compiles, which takes long on a busy machine

sounds = st.lists(st.sampled_from([CODE[one] for one in (*VOWELS, *CONSONANTS)]), min_size=1, max_size=12)
abjad = st.lists(st.sampled_from([CODE[one] for one in (*CONSONANTS, *ABJAD)]), min_size=1, max_size=12)


def word(codes: list[int], is_abjad: bool = False) -> Word:
    script = Script.ARABIC if is_abjad else Script.LATIN
    return Word("?", "", bytes(codes), is_abjad, Kind.NAME, 0, script)


def line(one: Word) -> bytes:
    return unit(one.sounds, one.latin, one.is_abjad, one.kind, one.concept, False)


words = st.one_of(sounds.map(word), abjad.map(lambda codes: word(codes, is_abjad=True)))


def together(one: Word, others: list[Word]) -> list[int]:
    """Distances of one word from others, all at once."""
    units1, units2 = units_of([line(one)]), units_of(map(line, others))
    apart = np.zeros(len(others), np.int64)
    everyone = np.arange(len(others))
    until = measures.PAIRED_MAX + 1
    measures.many_apart(0, units1, everyone, len(others), units2, TABLE, rooms(), until, apart)
    return [int(one) for one in apart]


def lost(codes: list[int], place: int, mixed: int) -> int:
    sound, before = codes[place], codes[max(place - 1, 0)]
    return int(measures.loss(sound, before, place, len(codes), int(TABLE[COUNT + mixed, sound]), mixed))


def plainly(one: list[int], two: list[int], mixed: int) -> int:
    """The least cost of turning the one into the other, cell by cell, the whole table."""
    table, half = TABLE, TABLE[COUNT + 2]
    costs = {(0, 0): 0}
    for j in range(len(two)):
        costs[0, j + 1] = costs[0, j] + lost(two, j, mixed)
    if len(two) >= 5 and 1 <= two[0] <= 2 and two[1] == measures.SOUND_L:
        costs[0, 2] = min(costs[0, 2], measures.ARTICLE_LOST)
    for i, sound in enumerate(one):
        costs[i + 1, 0] = costs[i, 0] + lost(one, i, mixed)
        if i == 1 and len(one) >= 5 and 1 <= one[0] <= 2 and one[1] == measures.SOUND_L:
            costs[2, 0] = min(costs[2, 0], measures.ARTICLE_LOST)
        for j, other in enumerate(two):
            ways = [
                costs[i, j] + int(table[sound, other]),
                costs[i, j + 1] + lost(one, i, mixed),
                costs[i + 1, j] + lost(two, j, mixed),
            ]
            if i and j and sound == two[j - 1] and one[i - 1] == other:
                ways.append(costs[i - 1, j - 1] + measures.SWAPPED)
            if j and other == measures.SOUND_H and half[sound]:
                ways.append(costs[i, j - 1] + int(table[half[sound], two[j - 1]]) + measures.HALVED)
            if i and sound == measures.SOUND_H and half[other]:
                ways.append(costs[i - 1, j] + int(table[half[other], one[i - 1]]) + measures.HALVED)
            costs[i + 1, j + 1] = min(ways)
    return costs[len(one), len(two)]


def heard(one: Word, others: list[Word], limit: int) -> list[int]:
    """Costs of turning a word into others, one after the other in one room."""
    room = rooms()[0]
    measures.taken_up(units_of([line(one)])[0], measures.SOUNDS, len(one.sounds), TABLE, room)
    costs = []
    for other in others:
        row, mixed = units_of([line(other)])[0], int(one.is_abjad != other.is_abjad)
        cost = measures.sounds_apart(row, measures.SOUNDS, len(other.sounds), mixed, limit, TABLE, room)
        costs.append(int(cost))
    return costs


@settings(deadline=None, max_examples=300)
@given(words, st.lists(words, min_size=1, max_size=8), st.integers(0, 6000))
def test_sounds_are_compared_as_the_rules_say(one: Word, others: list[Word], limit: int) -> None:
    for other, cost in zip(others, heard(one, others, limit), strict=True):
        plain = plainly(list(one.sounds), list(other.sounds), int(one.is_abjad != other.is_abjad))
        assert cost == plain if plain <= limit else cost > limit


@settings(deadline=None, max_examples=100)
@given(sounds, st.lists(sounds, min_size=2, max_size=6), st.booleans())
def test_what_words_have_in_common_is_heard_once_and_makes_no_difference(
    one: list[int], ends: list[list[int]], is_abjad: bool
) -> None:
    others = [word([*one[:4], *end]) for end in ends] + [word(one[:3]), word(one)]
    alone = [heard(word(one, is_abjad), [other], 4000)[0] for other in others]
    assert heard(word(one, is_abjad), others, 4000) == alone


@settings(deadline=None, max_examples=100)
@given(words, st.lists(words, min_size=1, max_size=80))
def test_neighbours_make_no_difference(one: Word, others: list[Word]) -> None:
    assert together(one, others) == [together(one, [other])[0] for other in others]


@settings(deadline=None, max_examples=300)
@example(word([6]), word([8, 15, 15, 6]))
@given(words, words)
def test_it_is_as_far_there_as_back(one: Word, other: Word) -> None:
    assert together(one, [other]) == together(other, [one])
