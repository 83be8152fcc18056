"""Names as columns of numbers, as the compiled functions take them; and the weights of what differs."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sanad.matching.measures import LANES, LONGEST
from sanad.matching.names import Name, Word
from sanad.matching.sounds import classes, costs, fine_classes, halves, lengths

Numbers = npt.NDArray[Any]

#                          name  part honor  form generic common number initial kunya acronym compound prefix
TELLS_ABSENT: Final = (1000, 0, 60, 60, 450, 600, 500, 300, 500, 1000, 150, 450)
"""What is missing when a word of this kind is missing, in thousandths of a whole name."""
CONTRADICTS: Final = (1000, 0, 60, 100, 900, 900, 800, 900, 900, 1000, 900, 900)
"""What it says when another word stands in its place."""

PERSON_WEIGHTS: Final = (290, 560, 12, 150, 50, 250, 60, 300, 250, 300)
FIRM_WEIGHTS: Final = (290, 600, 10, 60, 30, 250, 60, 300, 0, 30)
"""What is taken, in thousandths: for a distance of 1000; if all words were missing; exponent, times ten, of the share
missing; more if all hangs on one word; other order; another number; another legal form; exponent, in thousandths, by
which many small distances damp one another; more if a person's own name, the first, is missing; other order, where both
names say whose child somebody is."""


_TELLS: Final = [row.tolist() for row in lengths()]


_PAIRS: Final = frozenset(np.flatnonzero(halves()).tolist())


def _tell(sounds: bytes) -> tuple[int, int]:
    """How much these sounds tell; one that follows itself tells nothing."""
    if any(map(eq, sounds, sounds[1:])):
        sounds = bytes(sound for place, sound in enumerate(sounds) if place == 0 or sounds[place - 1] != sound)
    return sum(map(_TELLS[0].__getitem__, sounds)), sum(map(_TELLS[1].__getitem__, sounds))


@functools.lru_cache(maxsize=65536)
def _fact(sounds: bytes, latin: str, is_abjad: bool, kind: int, concept: int) -> tuple[int, ...]:
    """A row of `facts`, but for where the sounds stand."""
    digest = hashlib.blake2b(latin.encode(), digest_size=8).digest() if latin else bytes(8)
    return (
        is_abjad + 2 * (not _PAIRS.isdisjoint(sounds)),
        kind,
        concept,
        *_tell(sounds),
        int.from_bytes(digest[:4], "little", signed=True),
        int.from_bytes(digest[4:], "little", signed=True),
    )


def units_of(words: Sequence[Word], many: Sequence[bool]) -> tuple[Numbers, Numbers]:
    """The two columns of these units: see `measures`."""
    rows = []
    start = 0
    for word, joined in zip(words, many, strict=True):
        end = start + len(word.sounds)
        rows.append((start, end, *_fact(word.sounds, word.latin, word.is_abjad, word.kind, word.concept), joined))
        start = end
    return np.array(rows, np.int32).reshape(-1, 10), np.frombuffer(b"".join([word.sounds for word in words]), np.uint8)


def table() -> Numbers:
    """The one table of sounds that the compiled functions take."""
    return np.ascontiguousarray(np.vstack((*costs(), halves(), classes(), fine_classes())).astype(np.int32))


def lanes() -> tuple[Numbers, ...]:
    """Where words are compared side by side, see `measures.sounds_apart`.

    The sounds of the one unit, and what each costs in each lane; the sounds of the others, their halves, what each
    costs; rows of costs; how long the others are, whether they are of another kind of script, what they cost in the
    end; whose turn each is; whose turn it is to be spelled; letters of two.
    """
    wide, long = (LANES,), (LONGEST, LANES)
    return (
        np.zeros(LONGEST, np.uint8), np.zeros(long, np.int32), np.zeros(long, np.int32), np.zeros(long, np.uint8),
        np.zeros(long, np.int32), np.zeros((4, LONGEST + 1, LANES), np.int32), np.zeros(wide, np.int64),
        np.zeros(wide, np.uint8), np.zeros(wide, np.int64), np.zeros(wide, np.int64), np.zeros(2 * LANES, np.int64),
        np.zeros((2, LONGEST), np.uint8),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameColumns:
    """A name: its units, single words first, and the first and last word of each."""

    text: str
    words: tuple[Word, ...]
    facts: Numbers
    sounds: Numbers
    first: Numbers
    last: Numbers
    kinds: Numbers
    """Of the single words."""

    @classmethod
    def of(cls, name: Name) -> "NameColumns":
        """The columns of this name."""
        words = (*name.words, *(joined.word for joined in name.joined))
        count = len(name.words)
        many = [False] * count + [joined.many for joined in name.joined]
        return cls(
            name.text,
            words,
            *units_of(words, many),
            np.array([*range(count), *(joined.first for joined in name.joined)], np.int32),
            np.array([*range(count), *(joined.last for joined in name.joined)], np.int32),
            np.array([word.kind for word in name.words], np.uint8),
        )
