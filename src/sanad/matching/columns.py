"""Names as columns of numbers, as the compiled functions take them; and the weights of what differs."""

import functools
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sanad.matching.lexicon import Kind
from sanad.matching.measures import HAS_PAIR, IS_ABJAD, IS_MANY, LANES, LONGEST, SIZES
from sanad.matching.names import Name, Word
from sanad.matching.scripts import SOUNDS_MAX, latin_sounds
from sanad.matching.sounds import classes, costs, fine_classes, halves, lengths

Numbers = npt.NDArray[Any]

#                          name  part honor  form generic common number initial kunya acronym compound prefix
TELLS_ABSENT: Final = (1000, 0, 60, 60, 450, 600, 500, 300, 500, 1000, 150, 450)
"""What is missing when a word of this kind is missing, in thousandths of a whole name."""
CONTRADICTS: Final = (1000, 0, 60, 100, 900, 900, 800, 900, 900, 1000, 900, 900)
"""What it says when another word stands in its place."""

PERSON_WEIGHTS: Final = (290, 560, 12, 150, 50, 300, 60, 300, 250, 300)
FIRM_WEIGHTS: Final = (290, 600, 10, 60, 30, 300, 60, 300, 0, 30)
"""What is taken, in thousandths: for a distance of 1000; if all words were missing; exponent, times ten, of the share
missing; more if all hangs on one word; other order; another number; another legal form; exponent, in thousandths, by
which many small distances damp one another; more if a person's own name, the first, is missing; other order, where both
names say whose child somebody is."""


UNIT: Final = 16
"""So many numbers make a unit."""
_TELLS_STEP: Final = 50
_TELLS: Final = [bytes((row // _TELLS_STEP).tolist()).ljust(256, b"\0") for row in lengths()]
_PAIRS: Final = frozenset(np.flatnonzero(halves()).tolist())
_TWICE: Final = re.compile(rb"(.)\1+", re.DOTALL)
_UNIT: Final = struct.Struct("<6i8s32s")


@functools.lru_cache(maxsize=65536)
def unit(sounds: bytes, latin: str, is_abjad: bool, kind: int, concept: int, many: bool) -> bytes:
    """A unit as the compiled functions take it, see `measures`. A sound that follows itself tells nothing."""
    once = _TWICE.sub(rb"\1", sounds)
    return _UNIT.pack(
        len(sounds),
        is_abjad * IS_ABJAD + HAS_PAIR * (not _PAIRS.isdisjoint(sounds)) + many * IS_MANY,
        kind,
        concept,
        sum(once.translate(_TELLS[0])) * _TELLS_STEP,
        sum(once.translate(_TELLS[1])) * _TELLS_STEP,
        hashlib.blake2b(latin.encode(), digest_size=8).digest() if latin else bytes(8),
        sounds,
    )


def sounds_of_unit(line: bytes) -> bytes:
    """The sounds of a unit."""
    return line[-SOUNDS_MAX : len(line) - SOUNDS_MAX + line[0]]


def units_of(lines: Iterable[bytes]) -> Numbers:
    """Units as rows of an array, each in a line of memory of its own."""
    octets = b"".join(lines)
    rows = np.empty(len(octets) // 4 + 16, np.int32)
    aligned = rows[(-rows.ctypes.data % 64) // 4 :][: len(octets) // 4]
    aligned[:] = np.frombuffer(octets, np.int32)
    return aligned.reshape(-1, UNIT)


def unit_lines(name: Name) -> list[bytes]:
    """The units of a name: its single words, then what is read as one."""
    words = name.words
    lines = [unit(word.sounds, word.latin, word.is_abjad, word.kind, word.concept, False) for word in words]
    for span in name.joined:
        if span.letters:
            lines.append(unit(b"\x01", span.letters, False, Kind.ACRONYM, 0, True))
            continue
        together = words[span.first : span.last + 1]
        if any(word.is_abjad for word in together):
            sounds, latin, abjad = _sounds_together(together), "", True
        else:
            latin, abjad = "".join([word.latin for word in together]), False
            # Two letters that meet may be one sound: hab hab, written habhab.
            meets_h = any(word.latin.startswith("h") for word in together[1:])
            sounds = latin_sounds(latin) if meets_h else _sounds_together(together)
        lines.append(unit(sounds, latin, abjad, Kind.NAME, 0, span.many))
    return lines


def _sounds_together(words: Sequence[Word]) -> bytes:
    return b"".join([word.sounds for word in words])[:SOUNDS_MAX]


def table() -> Numbers:
    """The one table of sounds that the compiled functions take."""
    return np.ascontiguousarray(np.vstack((*costs(), halves(), classes(), fine_classes())).astype(np.int32))


def lanes() -> tuple[Numbers, ...]:
    """Where words are compared side by side, see `measures.sounds_apart`.

    The sounds of the one unit, and what each costs in each lane; the sounds of the others, what each costs; rows of
    costs; how long the others are, whether they are of another kind of script, what they cost in the end; whose turn
    each is; whose turn it is to be spelled; letters of two; who waits, by length, and how many.
    """
    wide, long = (LANES,), (LONGEST, LANES)
    return (
        np.zeros(LONGEST, np.uint8), np.zeros(long, np.int32), np.zeros(long, np.int32), np.zeros(long, np.int32),
        np.zeros((4, LONGEST + 1, LANES), np.int32), np.zeros(wide, np.int64), np.zeros(wide, np.uint8),
        np.zeros(wide, np.int64), np.zeros(wide, np.int64), np.zeros(2 * LANES, np.int64),
        np.zeros((2, LONGEST), np.uint8), np.zeros((SIZES, LANES), np.int64), np.zeros(SIZES, np.int64),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameColumns:
    """A name: its units, single words first, and the first and last word of each."""

    text: str
    words: tuple[Word, ...]
    """The single words."""
    units: Numbers
    first: Numbers
    last: Numbers
    kinds: Numbers
    """Of the single words."""

    @classmethod
    def of(cls, name: Name) -> "NameColumns":
        """The columns of this name."""
        words, joined = name.words, name.joined
        count = len(words)
        return cls(
            name.text,
            words,
            units_of(unit_lines(name)),
            np.array([*range(count), *[span.first for span in joined]], np.int32),
            np.array([*range(count), *[span.last for span in joined]], np.int32),
            np.frombuffer(bytes([word.kind for word in words]), np.uint8),
        )

    def words_of(self, number: int) -> tuple[Word, ...]:
        """The words of a unit."""
        return self.words[self.first[number] : self.last[number] + 1]
