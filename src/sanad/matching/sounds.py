"""The sounds that names are compared by, and what it costs to hear one for another.

Every script is read into one alphabet of some fifty codes. Letters that stand for several sounds (Arabic و: w, v, o or
u) have codes of their own, so that the ambiguity is kept and not guessed away. Costs are in thousandths of one wrong
consonant.
"""

import functools
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

VOWELS: Final = ["a", "e", "i", "o", "u"]
CONSONANTS: Final = [
    "p", "b", "t", "d", "k", "g", "q", "f", "v", "w", "m", "n", "r", "l", "s", "z",
    "sh", "zh", "ch", "j", "kh", "gh", "th", "dh", "h", "y", "ts", "c",
]  # fmt: skip
ABJAD: Final = ["A", "W", "Y", "H", "'", "D", "X", "G"]
"""Letters of scripts without vowels: alif; waw; ya; a last ha; ain and hamza; dad and za; Pashto's khin and ge."""
DIGITS: Final = list("0123456789")

SOUNDS: Final = ["", *VOWELS, *CONSONANTS, *ABJAD, *DIGITS]
CODE: Final = {sound: code for code, sound in enumerate(SOUNDS) if sound}
COUNT: Final = len(SOUNDS)
FAR: Final = 1000
SLIPPED: Final = 850
"""A consonant lost between like scripts: rather a slip of the hand than another word."""

_NEAR: Final = """
p b 250   p f 350   b v 350   b w 600   f v 250   v w 50   w u 50   w o 150  v u 300
t d 250   t th 80   d dh 80   th s 150  th dh 350 dh z 150 d z 450  th f 600 th z 400
k q 50    k g 250   q g 200   k kh 250  q kh 350  kh h 150 kh gh 300 k gh 450 g gh 80  gh h 450 q gh 250 h gh 450
k c 150   s c 150   ch c 100  ts c 80   sh c 250  c z 350  c j 400
s z 250   s sh 250  z zh 250  sh zh 350 ch sh 250 ch j 250 j zh 150 j z 400  sh j 500 ts s 300 ts ch 250 ts z 250
t ch 600  k ch 550  k sh 700  kh sh 600 g j 300   y j 300  y i 50   y e 150  g h 400  h kh 150 d j 600  ts t 500
m n 450   l r 500   r n 850   l n 700   n ng 200  l w 700  d t 250  d r 700  l d 800  h w 800  p m 850  b m 800  v m 900
a e 250   a o 350   a u 400   a i 450   e i 200   e o 400  e u 450  i o 450  i u 400  o u 200
A a 0     A e 50    A o 100   A u 200   A i 200   A ' 100  A y 400  A h 500
W w 0     W v 0     W u 0     W o 0     W b 600   W a 350  W f 500  W e 450 W i 450
Y y 0     Y i 0     Y e 20    Y a 150   Y j 300   Y u 400  Y o 400
H h 0     H t 100   H a 20    H e 20    H A 100   H i 150  H o 150  H H 0
' a 20    ' e 30    ' i 30    ' o 30    ' u 30    ' y 250  ' h 400
D zh 100  D d 0     D z 0     D dh 0    D t 350   D s 350   D th 300 D j 500 D l 800
X sh 0    X kh 0    X h 250   X k 300   X s 250
G g 0     G zh 0    G j 150   G z 250   G gh 150
"""
"""Pairs that are heard or written for one another. What is not here costs a whole consonant."""

_DROPPED_SAME: Final = {"h": 350, "y": 250, "w": 450, "'": 60, "H": 80, "A": 300, "W": 450, "Y": 350}
_DROPPED_MIXED: Final = {"h": 350, "y": 450, "w": 450, "'": 30, "H": 50, "A": 180, "W": 500, "Y": 400}


@functools.cache
def costs() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """What it costs to hear one sound for another; and to lose one, first between like scripts, then with an abjad."""
    other = np.full((COUNT, COUNT), FAR, np.int32)
    words = _NEAR.split()
    for one, two, cost in zip(words[::3], words[1::3], words[2::3], strict=True):
        if one in CODE and two in CODE:
            other[CODE[one], CODE[two]] = other[CODE[two], CODE[one]] = int(cost)
    np.fill_diagonal(other, 0)
    lost = np.full((2, COUNT), FAR, np.int32)
    for row, (vowel_cost, special) in enumerate(((400, _DROPPED_SAME), (40, _DROPPED_MIXED))):
        lost[row] = (SLIPPED, FAR)[row]
        lost[row, CODE["a"] : CODE["u"] + 1] = vowel_cost
        for sound, loss in special.items():
            lost[row, CODE[sound]] = loss
    return other, lost


@functools.cache
def halves() -> npt.NDArray[np.uint8]:
    """For a sound that two Latin letters may write, of which the second is h: the first (sh: s), else 0."""
    table = np.zeros(COUNT, np.uint8)
    for sound in ["sh", "th", "dh", "gh", "kh", "zh", "ch"]:
        table[CODE[sound]] = CODE["k" if sound == "ch" else sound[0]]
    return table


@functools.cache
def lengths() -> npt.NDArray[np.int32]:
    """How much a sound tells, in thousandths of a consonant: between like scripts, then with an abjad."""
    tells = np.full((2, COUNT), FAR, np.int32)
    for row, vowel_tells in enumerate((500, 150)):
        tells[row, CODE["a"] : CODE["u"] + 1] = vowel_tells
        for sound in ["A", "W", "Y", "H", "'", "y"]:
            tells[row, CODE[sound]] = 300 if sound in "'H" else 500
    return tells


_CLASSES: Final = {
    "P": "p b f",
    "T": "t d th dh D",
    "K": "k q g gh kh G",
    "S": "s z sh zh ch j ts c X",
    "M": "m",
    "N": "n",
    "R": "r",
    "L": "l",
    "H": "h",
}


_FINE_CLASSES: Final = "p|b|f|t th|d dh|k q|g gh|kh|s|z|sh|j zh|ch ts c|m|n|r|l|h"


def _numbered(groups: Iterable[str]) -> npt.NDArray[np.uint8]:
    """The number of each sound's group, from 1; the digits one by one; 0 for those that are in none."""
    table = np.zeros(COUNT, np.uint8)
    for number, sounds in enumerate((*groups, *DIGITS), start=1):
        for sound in sounds.split():
            table[CODE[sound]] = number
    return table


@functools.cache
def classes() -> npt.NDArray[np.uint8]:
    """The coarse class of each sound, 0 for those a skeleton leaves out: vowels and what may stand for one."""
    return _numbered(_CLASSES.values())


@functools.cache
def fine_classes() -> npt.NDArray[np.uint8]:
    """As `classes`, but for sounds that one writes otherwise, not for those that one mishears."""
    return _numbered(_FINE_CLASSES.split("|"))
