"""Reading words of any script: which script it is, and the sounds of it.

Latin, Arabic (with Persian, Urdu, Pashto), Cyrillic, Greek and Hebrew have tables here; other scripts go through
anyascii first and are read as Latin.
"""

import functools
import re
import unicodedata
from enum import IntEnum
from itertools import pairwise
from typing import Final

from anyascii import anyascii

from sanad.matching.sounds import CODE

SOUNDS_MAX: Final = 32
"""Of a longer word only this many sounds are compared."""


class Script(IntEnum):
    """How a word is written."""

    __hash__ = int.__hash__  # an enumeration hashes its name, in Python

    LATIN = 0
    ARABIC = 1
    CYRILLIC = 2
    GREEK = 3
    HEBREW = 4
    HAN = 5
    HANGUL = 6
    INDIC = 7
    """Scripts of South and South-East Asia, whose short a is not written."""
    OTHER = 8


ABJADS: Final = frozenset([Script.ARABIC, Script.HEBREW, Script.INDIC])
"""Scripts whose vowels are left out."""

_RANGES: Final = (
    (0x0000, 0x024F, Script.LATIN), (0x0250, 0x02FF, Script.LATIN), (0x1E00, 0x1EFF, Script.LATIN),
    (0x0370, 0x03FF, Script.GREEK), (0x1F00, 0x1FFF, Script.GREEK),
    (0x0400, 0x052F, Script.CYRILLIC), (0x1C80, 0x1C8F, Script.CYRILLIC), (0xA640, 0xA69F, Script.CYRILLIC),
    (0x0590, 0x05FF, Script.HEBREW),
    (0x0600, 0x06FF, Script.ARABIC), (0x0750, 0x077F, Script.ARABIC), (0x0870, 0x08FF, Script.ARABIC),
    (0x0900, 0x0DFF, Script.INDIC), (0x0E00, 0x0FFF, Script.INDIC), (0x1000, 0x109F, Script.INDIC),
    (0x1780, 0x17FF, Script.INDIC),
    (0x1100, 0x11FF, Script.HANGUL), (0xAC00, 0xD7AF, Script.HANGUL),
    (0x2E80, 0x2FDF, Script.HAN), (0x3400, 0x9FFF, Script.HAN), (0xF900, 0xFAFF, Script.HAN),
    (0x20000, 0x3FFFF, Script.HAN),
)  # fmt: skip


@functools.lru_cache(maxsize=8192)
def script_of(letter: str) -> Script:
    """The script of one letter."""
    point = ord(letter)
    for first, last, script in _RANGES:
        if first <= point <= last:
            return script
    return Script.OTHER


@functools.lru_cache(maxsize=8192)
def letter_in_latin(letter: str) -> str:
    """What anyascii makes of a letter: letters and digits alone, in lower case."""
    return "".join(one for one in anyascii(letter).lower() if one.isascii() and one.isalnum())


_LATIN_LETTERS: Final = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "dh", "þ": "th", "đ": "d", "ł": "l", "ı": "i", "ə": "a", "ħ": "h",
    "ŋ": "ng", "ĸ": "k", "ŧ": "t", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ʼ": "", "ʻ": "", "ʿ": "", "ʾ": "",
})  # fmt: skip


def plain_latin(word: str) -> str:
    """The word in letters a to z, without marks."""
    if word.isascii():
        return word
    spread = unicodedata.normalize("NFKD", word.translate(_LATIN_LETTERS))
    return "".join(letter for letter in spread if letter.isascii())


_LATIN_SOUNDS: Final = {
    "sch": "sh", "tsch": "ch", "tch": "ch", "dj": "j", "dzh": "j", "sh": "sh", "ch": "ch", "kh": "kh", "gh": "gh",
    "th": "th", "dh": "dh", "zh": "zh", "ph": "f", "ck": "k", "cq": "k", "cz": "ch", "sz": "sh",
    "shch": "sh", "qu": "k", "x": "k s", "ng": "n g", "wh": "w", "rh": "r", "bh": "b", "aa": "a", "ee": "i", "ii": "i",
    "oo": "u", "uu": "u", "ou": "u", "eau": "o", "ie": "i", "ae": "e", "oe": "o", "ue": "u", "iy": "i", "yi": "i",
    "ai": "a y", "ay": "a y", "ei": "e y", "ey": "e y", "oi": "o y", "oy": "o y", "uy": "u y", "ui": "u i",
    "au": "a w", "aw": "a w", "ow": "o w", "ew": "e w", "iou": "i u", "aou": "a u", "ya": "y a", "yo": "y o",
    "yu": "y u", "ye": "y e", "ije": "i y e", "cc": "k", "sc": "s", "tzh": "t z h",
    **{letter: letter for letter in "abdefghijklmnopqrstuvwz0123456789"}, "c": "k", "y": "i",
}  # fmt: skip
_MARKED: Final = str.maketrans({"š": "sh", "ş": "sh", "ș": "sh", "č": "ch", "ć": "ch", "ž": "zh"})
_LATIN_SPLIT: Final = re.compile("|".join(sorted(_LATIN_SOUNDS, key=len, reverse=True)))
_LATIN_CODES: Final = {part: bytes(map(CODE.__getitem__, sounds.split())) for part, sounds in _LATIN_SOUNDS.items()}
_SOFT_C, _IY_APART = bytes([CODE["c"]]), bytes([CODE["i"], CODE["y"]])
_LAST_J: Final = re.compile("(?<=[aeiouy])j$")
_FIRST_X: Final = re.compile("^(?:x|hs)")
_DOUBLE_PAIR: Final = re.compile(r"(sh|kh|th|dh|gh|ch)\1+")
_VOWEL_TWICE: Final = re.compile(rb"([%c-%c])\1+" % (CODE["a"], CODE["u"]))


def _said_once(codes: bytes) -> bytes:
    """Codes of sounds, a vowel that follows itself said once."""
    if _VOWEL_TWICE.search(codes) is not None:
        codes = _VOWEL_TWICE.sub(rb"\1", codes)
    return codes[:SOUNDS_MAX]


def _codes(sounds: list[str]) -> bytes:
    return _said_once(bytes(map(CODE.__getitem__, sounds)))


def latin_sounds(plain: str) -> bytes:
    """Sounds of a word in letters a to z."""
    text = _DOUBLE_PAIR.sub(r"\1", plain) if plain.count("h") > 1 else plain
    if text[-1:] == "j":
        text = _LAST_J.sub("y", text)
    if text[:1] in ("x", "h"):
        text = _FIRST_X.sub("sh", text)
    parts = _LATIN_SPLIT.findall(text)
    codes = [_LATIN_CODES[part] for part in parts]
    if "c" in parts or "iy" in parts:
        for n, (part, following) in enumerate(pairwise(parts)):
            if part == "c" and following[0] in "eiy":
                codes[n] = _SOFT_C
            elif part == "iy" and following[0] in "aeou":
                codes[n] = _IY_APART
    return _said_once(b"".join(codes))


_ARABIC_SOUNDS: Final = {
    "ا": "A", "أ": "A", "إ": "A", "آ": "A", "ٱ": "A", "ٲ": "A", "ٳ": "A", "ء": "'", "ؤ": "W", "ئ": "Y", "ع": "'",
    "ب": "b", "پ": "p", "ت": "t", "ٹ": "t", "ټ": "t", "ث": "th", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "ځ": "z",
    "څ": "t s", "د": "d", "ڈ": "d", "ډ": "d", "ذ": "dh", "ر": "r", "ڑ": "r", "ړ": "r", "ز": "z", "ژ": "zh", "ږ": "G",
    "س": "s", "ش": "sh", "ښ": "X", "ص": "s", "ض": "D", "ط": "t", "ظ": "D", "غ": "gh", "ف": "f", "ڤ": "v", "ق": "q",
    "ک": "k", "ك": "k", "ڪ": "k", "ګ": "g", "گ": "g", "ڭ": "n g", "ل": "l", "ڵ": "l", "م": "m", "ن": "n", "ں": "n",
    "ڼ": "n", "ه": "h", "ہ": "h", "ھ": "h", "ة": "H", "ۃ": "H", "ۀ": "H", "ە": "H", "و": "W", "ۆ": "W", "ۇ": "W",
    "ۋ": "W", "ي": "Y", "ی": "Y", "ى": "Y", "ې": "Y", "ۍ": "Y", "ے": "Y", "ۓ": "Y", "ێ": "Y", "ٻ": "b", "ڀ": "b",
    "ٺ": "t", "ٿ": "t", "ڄ": "j", "ڃ": "n", "ڇ": "ch", "ڌ": "d", "ڏ": "d", "ڊ": "d", "ڙ": "r", "ڦ": "f", "ڳ": "g",
    "ڱ": "n g", "ڻ": "n",
}  # fmt: skip
ARABIC_SAME: Final = str.maketrans({
    "ك": "ک", "ڪ": "ک", "ي": "ی", "ى": "ی", "ۍ": "ی", "ې": "ی", "ے": "ی", "ئ": "ی", "ه": "ہ", "ھ": "ہ", "ة": "ہ",
    "ۃ": "ہ", "ۀ": "ہ", "ە": "ہ", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ڼ": "ن", "ں": "ن", "ګ": "گ",
    "ـ": "",
})  # fmt: skip
"""Letters that Arabic, Persian and Urdu keyboards write for one another."""


def arabic_sounds(word: str) -> bytes:
    """Sounds of a word in Arabic letters, without its article. A last ha may be silent."""
    sounds: list[str] = []
    for place, letter in enumerate(word):
        sound = _ARABIC_SOUNDS.get(letter)
        if sound is None:
            sound = " ".join(one for one in letter_in_latin(letter) if one in CODE)
        elif sound == "h" and place == len(word) - 1 and letter != "ح":
            sound = "H"
        sounds += sound.split()
    return _codes(sounds)


_HEBREW_SOUNDS: Final = {
    "א": "A", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "W", "ז": "z", "ח": "kh", "ט": "t", "י": "Y", "כ": "k",
    "ך": "kh", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "'", "פ": "p", "ף": "f", "צ": "t s",
    "ץ": "t s", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
}  # fmt: skip


def hebrew_sounds(word: str) -> bytes:
    """Sounds of a word in Hebrew letters."""
    sounds: list[str] = []
    for place, letter in enumerate(word):
        sound = _HEBREW_SOUNDS.get(letter, "")
        sounds += ["H"] if sound == "h" and place == len(word) - 1 else sound.split()
    return _codes(sounds)


_CYRILLIC_LATIN: Final = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ў": "w", "ј": "y", "љ": "l", "њ": "n", "ћ": "ch", "ђ": "j", "џ": "j",
    "ѓ": "g", "ќ": "k", "ѕ": "dz", "қ": "k", "ғ": "gh", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "ә": "a",
    "ҳ": "h", "ҷ": "j", "ӣ": "i", "ӯ": "u", "ѝ": "i", "ӏ": "",
})  # fmt: skip
_HEARD_SIGN: Final = re.compile("[ьъ](?=[еи])")
"""Before е and и the signs are heard: Соловьева is Solovyeva."""
_GREEK_PAIRS: Final = (
    ("ου", "u"), ("αυ", "av"), ("ευ", "ev"), ("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("γγ", "ng"), ("τζ", "j"),
    ("τσ", "ts"), ("ει", "i"), ("οι", "i"), ("αι", "e"), ("υι", "i"),
)  # fmt: skip
_GREEK_LATIN: Final = str.maketrans({
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "i", "φ": "f",
    "χ": "kh", "ψ": "ps", "ω": "o",
})  # fmt: skip
_HAN_IN_NAMES: Final = str.maketrans({
    "曾": "zeng", "解": "xie", "单": "shan", "單": "shan", "仇": "qiu", "区": "ou", "區": "ou", "查": "zha",
    "盖": "ge", "蓋": "ge", "翟": "zhai", "乐": "yue", "樂": "yue", "覃": "qin", "朴": "piao",
    "缪": "miao", "繆": "miao", "冼": "xian", "员": "yun", "員": "yun",
})  # fmt: skip
"""Characters that are read otherwise as a family's name than in most words."""
_HANGUL_VOWELS: Final = (("yeo", "yo"), ("eo", "o"), ("eu", "u"), ("ui", "i"), ("wo", "wo"))


def _without_marks(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


def romanised(word: str, script: Script) -> str:
    """The word in letters a to z. An abjad's letters give consonants alone."""
    if script is Script.LATIN:
        return plain_latin(word)
    if script is Script.CYRILLIC:
        kept = _HEARD_SIGN.sub("y", word).translate(_CYRILLIC_LATIN)
        return plain_latin(kept) if kept.isascii() else plain_latin(_without_marks(kept).translate(_CYRILLIC_LATIN))
    if script is Script.GREEK:
        bare = _without_marks(word)
        for pair, latin in _GREEK_PAIRS:
            bare = bare.replace(pair, latin)
        return plain_latin(bare.translate(_GREEK_LATIN))
    latin = "".join(map(letter_in_latin, word.translate(_HAN_IN_NAMES) if script is Script.HAN else word))
    if script is Script.HANGUL:
        for long, short in _HANGUL_VOWELS:
            latin = latin.replace(long, short)
    return latin


def sounds_of(word: str, script: Script, latin: str) -> bytes:
    """Codes of the sounds of a word in lower case."""
    if script is Script.ARABIC:
        return arabic_sounds(word)
    if script is Script.HEBREW:
        return hebrew_sounds(word)
    if script is Script.LATIN and not word.isascii():
        latin = plain_latin(unicodedata.normalize("NFC", word).translate(_MARKED))
    return latin_sounds(latin)
