"""Names as columns of numbers, as the compiled functions take them; and the weights of what differs."""

import functools
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sanad.matching.lexicon import Kind
from sanad.matching.measures import HAS_PAIR, IS_ABJAD, IS_MANY, LONGEST
from sanad.matching.names import Name, Word
from sanad.matching.scripts import SOUNDS_MAX, latin_sounds
from sanad.matching.sounds import COUNT, classes, costs, fine_classes, halves, lengths

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
_LINE: Final = 64
_TELLS_STEP: Final = 50
_TELLS: Final = [bytes((row // _TELLS_STEP).tolist()).ljust(256, b"\0") for row in lengths()]
_PAIRS: Final = frozenset(np.flatnonzero(halves()).tolist())
_TWICE: Final = re.compile(rb"(.)\1+", re.DOTALL)
_UNIT: Final = struct.Struct("<6i8s32s")


@functools.lru_cache(maxsize=65536)
def unit(sounds: bytes, latin: str, is_abjad: bool, kind: int, concept: int, many: bool) -> bytes:
    """A unit as the compiled functions take it, see `measures`. A sound that follows itself tells nothing."""
    once = _TWICE.sub(rb"\1", sounds) if _TWICE.search(sounds) is not None else sounds
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
    """Units as rows of an array."""
    return _writable(b"".join(lines), np.int32).reshape(-1, UNIT)


def _writable(octets: bytes, kind: npt.DTypeLike) -> Numbers:
    """An array of these octets: one that may be written to, as others that go the same way, or code is made twice."""
    return np.frombuffer(bytearray(octets), kind)


def in_lines_of_memory(units: Numbers) -> Numbers:
    """These units, each in a line of memory of its own."""
    room = np.empty(units.size + UNIT, np.int32)
    aligned = room[(-room.ctypes.data % _LINE) // 4 :][: units.size].reshape(units.shape)
    aligned[:] = units
    return aligned


def unit_lines(name: Name) -> list[bytes]:
    """The units of a name: its single words, then what is read as one."""
    words = name.words
    lines = [unit(word.sounds, word.latin, word.is_abjad, word.kind, word.concept, False) for word in words]
    for first, last, many, letters in name.joined:
        if letters:
            lines.append(unit(b"\x01", letters, False, Kind.ACRONYM, 0, True))
        else:
            lines.append(unit(*_read_as_one(words[first : last + 1]), Kind.NAME, 0, many))
    return lines


def _read_as_one(words: Sequence[Word]) -> tuple[bytes, str, bool]:
    """The sounds of several words, their Latin letters, and whether one leaves out vowels."""
    sounds, latin, meets_h = b"", "", False
    for word in words:
        if word.is_abjad:
            return b"".join([each.sounds for each in words])[:SOUNDS_MAX], "", True
        meets_h = meets_h or (latin != "" and word.latin[:1] == "h")
        sounds += word.sounds
        latin += word.latin
    # Two letters that meet may be one sound: hab hab, written habhab.
    return latin_sounds(latin) if meets_h else sounds[:SOUNDS_MAX], latin, False


def table() -> Numbers:
    """The one table of sounds that the compiled functions take."""
    return np.ascontiguousarray(np.vstack((*costs(), halves(), classes(), fine_classes())).astype(np.int32))


def rooms() -> tuple[Any, ...]:
    """Where words are compared, see `measures.many_apart`: by sounds, and by letters; the letters of two.

    Of each: the own sounds, what it costs to lose each, and to hear each for another; in which places each sound
    stands, a bit a place; rows of costs, and the least of each row; the sounds heard last; what is known.
    """

    def packed() -> Numbers:
        return np.zeros(LONGEST // 4, np.int32)

    def room() -> tuple[Numbers, ...]:
        return (
            np.zeros(LONGEST, np.uint8), np.zeros((2, LONGEST), np.int32), np.zeros((COUNT, LONGEST), np.int32),
            np.zeros(COUNT, np.int64), np.zeros((LONGEST + 1, LONGEST + 1), np.int32),
            np.zeros(LONGEST + 1, np.int32), packed(), np.zeros(5, np.int64),
        )  # fmt: skip

    return room(), room(), packed(), packed()


class NameColumns(NamedTuple):
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
        single = bytes(range(len(words)))
        firsts, lasts = bytes([span.first for span in joined]), bytes([span.last for span in joined])
        places = _writable(b"".join((single, firsts, single, lasts, bytes([word.kind for word in words]))), np.int8)
        units = len(words) + len(joined)
        return cls(
            name.text, words, units_of(unit_lines(name)), places[:units], places[units : 2 * units], places[2 * units :]
        )

    def words_of(self, number: int) -> tuple[Word, ...]:
        """The words of a unit."""
        return self.words[self.first[number] : self.last[number] + 1]
