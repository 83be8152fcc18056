"""Text cut into the parts of a name: cleaned of what is not to be seen, disguises taken off, compounds split."""

import functools
import re
import unicodedata
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final, NamedTuple

from sanad.base.errors import Malformed
from sanad.matching.chinese import FAMILIES_OF_TWO
from sanad.matching.lexicon import lexicon, word_key
from sanad.matching.scripts import Script, script_of

CHARACTERS_MAX: Final = 500
_APOSTROPHES: Final = re.compile("['’‘`´ʼʻʿʾ′＇ʹ״׳\"“”]")
_LOOKALIKE: Final = str.maketrans(
    "аеорсухіѕјԁӏһԛԝвмнткзАВЕКМНОРСТУХІЅЈαορνικυτβηΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjdlhqwbmhtkzABEKMHOPCTYXISJaopvikutbnABEZHIKMNOPTYX",
)
_DIGIT_LOOKALIKE: Final = str.maketrans("013457", "oieast")
_ONE_AS_L: Final = re.compile("(?<=[aeiouAEIOU])1(?=[aeiouAEIOU])")
_DIGIT_INSIDE: Final = re.compile(r"^[^\W\d_]+(?:\d+[^\W\d_]+)+$")
_DIGIT_AT_THE_END: Final = re.compile(r"^[^\W\d_]{3,}[013457]$")
_ORDINAL: Final = re.compile(r"^(\d{1,3})(?:st|nd|rd|th)$", re.IGNORECASE)
_ASCII_PIECE: Final = re.compile("([^A-Za-z0-9]*)([A-Za-z0-9]*)")
_STUCK_FORM: Final = re.compile(
    "^(.{3,})(company|corporation|incorporated|limited|gmbh|corp|ltd|llc|aktiengesellschaft)$"
)
_CAMEL: Final = re.compile(r"(?<=[a-zß-ÿ]{2})(?=[A-Z][A-Za-z])")
_TWO_INITIALS: Final = re.compile("^[BCDFGHJKLMNPQRSTVWXZ]{2}$")
_ABD: Final = re.compile(r"^[ae]b[dt](?:[aeuo]{1,2}l(?=[^aeiou])|[aeuo]{1,2}(?=(?:([rnsztd])\1|ssh|shsh)))(.{2,})$")
_DIN: Final = re.compile(r"^(.{3,}?)(?:[aeuoi]{1,2}l?|l)d?d(?:een|in|ine|yn|ene|iin)$")
_ALLAH: Final = re.compile(r"^(.{3,}?)(?:ull?ah?|oull?ah?|oll?ah?|all?ah)$")
_ABD_ALONE: Final = frozenset([
    "abdul", "abdel", "abdal", "abdol", "abdoul", "abdool", "abdur", "abdus", "abdush", "abdar", "abder", "abdu",
    "abdil", "abdlu", "abdl", "abudl", "adbul", "audbl",
])  # fmt: skip
_COMPOUND_FROM: Final = 7
"""So many letters make a name with -ullah or -uddin."""


def clean(text: str, field: str = "name", bounded: bool = True) -> str:
    """The text without what is not to be seen; Malformed when it is too long or nothing is left to compare."""
    if bounded and len(text) > CHARACTERS_MAX:
        raise Malformed(field, "name_too_long", f"give a name of at most {CHARACTERS_MAX} characters")
    if text.isascii() and text.isprintable():
        return _not_empty(" ".join(text.split())[:CHARACTERS_MAX], field)
    kept: list[str] = []
    for letter in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(letter)
        if letter == "\u200c" and kept and script_of(kept[-1]) is Script.ARABIC:
            kept.append(" ")
        elif category in ("Cf", "Cs", "Co", "Cn") or letter == "ـ":
            continue
        elif category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        else:
            kept.append(letter)
    return _not_empty(" ".join("".join(kept).split())[:CHARACTERS_MAX], field)


def _not_empty(cleaned: str, field: str) -> str:
    if not any(map(str.isalnum, cleaned)):
        raise Malformed(field, "name_empty", "give a name with at least one letter or digit")
    return cleaned


class Part(NamedTuple):
    """A part of a name that may become a word."""

    text: str
    """As it looks."""
    low: str
    """In lower case, without article."""
    script: Script
    gap: str
    """What stood before it."""
    group: int
    """Parts of one number were written as one word."""


_BY_LETTER: Final = frozenset([Script.HAN, Script.HANGUL])
"""Each letter of these scripts is a word."""


def is_letter(part: Part) -> bool:
    """Whether it is a single letter of an alphabet."""
    return len(part.low) == 1 and part.low.isalpha() and part.script not in _BY_LETTER


def _pieces(cleaned: str) -> list[tuple[str, str]]:
    """Runs of letters and digits, each with what separates it from the one before."""
    text = _APOSTROPHES.sub("", cleaned)
    if text.isascii():
        return [(piece, gap) for gap, piece in _ASCII_PIECE.findall(text) if piece]
    pieces: list[tuple[str, str]] = []
    run, gap = "", ""
    for letter in text:
        if letter.isalnum() or unicodedata.category(letter)[0] == "M":
            run += letter
        else:
            if run:
                pieces.append((run, gap))
                run, gap = "", ""
            gap += letter
    if run:
        pieces.append((run, gap))
    return pieces


def _without_disguise(piece: str, latin_elsewhere: bool, person: bool) -> str:
    """Letters of other scripts that look like Latin ones, made Latin where Latin is meant; digits inside a word too.

    Ordinals are numbers, and nobody's name ends in a digit.
    """
    if not piece.isascii():
        scripts = {script_of(letter) for letter in piece if letter.isalpha()}
        foreign = scripts & {Script.CYRILLIC, Script.GREEK}
        if foreign and (Script.LATIN in scripts or latin_elsewhere):
            as_latin = piece.translate(_LOOKALIKE)
            if as_latin.isascii() or (Script.LATIN in scripts and len(scripts) > 1):
                piece = as_latin
    if piece.isalpha() or piece.isdigit():
        return piece
    if (ordinal := _ORDINAL.match(piece)) is not None:
        return ordinal.group(1)
    if _DIGIT_INSIDE.match(piece) or (person and _DIGIT_AT_THE_END.match(piece)):
        piece = _ONE_AS_L.sub("l", piece).translate(_DIGIT_LOOKALIKE)
    return piece


def _by_script(piece: str) -> list[tuple[str, Script]]:
    """The piece, cut where the script changes, and where letters and digits meet."""
    if piece.isascii() and (piece.isalpha() or piece.isdigit()):
        return [(piece, Script.LATIN)]
    parts: list[tuple[str, Script]] = []
    for letter in piece:
        digit = letter.isdigit()
        script = Script.LATIN if digit else script_of(letter)
        if parts and unicodedata.category(letter)[0] == "M":
            parts[-1] = (parts[-1][0] + letter, parts[-1][1])
        elif parts and parts[-1][1] is script and parts[-1][0][-1].isdigit() == digit:
            parts[-1] = (parts[-1][0] + letter, script)
        else:
            parts.append((letter, script))
    return parts


def _arabic_words(word: str) -> list[str]:
    """A word in Arabic letters, without marks and article, compounds in their parts."""
    bare = "".join(letter for letter in word if unicodedata.category(letter)[0] != "M")
    key = word_key(bare)
    if key in ("اللہ", "الہ"):
        return ["الله"]
    for prefix in () if key in lexicon().no_article else ("وال", "بال", "فال", "لل", "ال"):
        if key.startswith(prefix) and len(key) >= len(prefix) + (2 if prefix == "ال" else 3):
            bare, key = bare[len(prefix) :], key[len(prefix) :]
            break
    if key.startswith("عبدال") and len(key) >= 7:
        return ["عبد", *_arabic_words(bare[3:])]
    if key.endswith("اللہ") and len(key) >= 6:
        return [bare[:-4], "الله"]
    if key.endswith("الدین") and len(key) >= 7:
        return [bare[:-5], "دين"]
    if key.startswith("ابو") and len(key) >= 6:
        return ["ابو", *_arabic_words(bare[3:])]
    return [bare] if bare else []


def _slips(word: str) -> Iterator[str]:
    """What a slip of the hand makes of a word: a letter twice, two swapped, another one. One lost may be Adel."""
    for place, letter in enumerate(word):
        yield word[:place] + letter + word[place:]
        if place:
            yield word[: place - 1] + letter + word[place - 1] + word[place + 1 :]
        for other in ascii_lowercase:
            yield word[:place] + other + word[place + 1 :]


_ABD_MISSPELT: Final = frozenset(slip for word in ("abdul", "abdel") for slip in _slips(word))
"""Abd al-, written wrong."""


def _latin_words(word: str) -> list[str]:
    """A Latin word, compounds of Arabic names in their parts. Somalis write c for ain and x for h.

    How a word begins and ends tells at once that most are none, before it is searched.
    """
    if word.startswith("cabd"):
        word = word[1:].replace("x", "h")
    if word in _ABD_ALONE or word in _ABD_MISSPELT:
        return ["abd"]
    if word[1:2] == "b" and (found := _ABD.match(word)) is not None:
        rest = found.group(2)
        rest = rest[1:] if rest[0] == rest[1] else rest
        return ["abd", "allah" if rest in ("lah", "la", "lla", "aye") else rest]
    if len(word) < _COMPOUND_FROM:
        return [word]
    if word[-1] in "ah" and (found := _ALLAH.match(word)) is not None:
        return [found.group(1), "allah"]
    if word[-1] in "ne" and (found := _DIN.match(word)) is not None:
        return [found.group(1), "din"]
    return [word]


def _firm_words(word: str) -> list[str]:
    """A Latin word of a firm's name: a legal form that is stuck to it is cut off."""
    found = _STUCK_FORM.match(word)
    return [found.group(1), found.group(2)] if found else [word]


@functools.lru_cache(maxsize=65536)
def _cut(piece: str, person: bool, shouted: bool) -> tuple[tuple[str, str, Script], ...]:
    """The parts of a piece: how each looks, its letters in lower case, its script."""
    found: list[tuple[str, str, Script]] = []
    for part, script in _by_script(piece):
        if script in _BY_LETTER:
            family = part[:2] if person and part[:2] in FAMILIES_OF_TWO else ""
            letters = [family, *part[len(family) :]]
            found += [(letter, letter, script) for letter in letters if letter.isalnum()]
        elif script is Script.ARABIC:
            found += [(one, one, script) for one in _arabic_words(part)]
        elif script is not Script.LATIN:
            found.append((part, part.casefold(), script))
        elif person and not shouted and len(part) == 2 and _TWO_INITIALS.match(part):
            found += [(letter, letter.casefold(), script) for letter in part]
        else:
            for camel in (part,) if part[1:].islower() or part.isupper() else _CAMEL.split(part):
                low = camel.casefold()
                lows = [low] if not low.isascii() else _latin_words(low) if person else _firm_words(low)
                found += [(camel if len(lows) == 1 else one, one, script) for one in lows]
    return tuple(one for one in found if one[1])


def parts_of(cleaned: str, person: bool) -> list[Part]:
    """The parts of a name in their order; of "LAST, First" the first name first."""
    pieces = _pieces(cleaned)
    if person and "," in cleaned and sum("," in gap for _, gap in pieces) == 1:
        cut = next(n for n, (_, gap) in enumerate(pieces) if "," in gap)
        pieces = [*pieces[cut:], *pieces[:cut]]
    latin_elsewhere = any(piece[0].isascii() and piece[0].isalpha() for piece, _ in pieces)
    shouted = cleaned.isupper()
    parts: list[Part] = []
    for group, (piece, gap) in enumerate(pieces):
        honest = _without_disguise(piece, latin_elsewhere, person)
        for order, (text, low, script) in enumerate(_cut(honest, person, shouted)):
            own = order if script in _BY_LETTER else 0
            parts.append(Part(text, low, script, "" if order else gap, (group << 10) + own))
    return parts if person else _letters_joined(parts)


def _letters_joined(parts: list[Part]) -> list[Part]:
    """Letters with dots between them, as one word: A.B.C., s.p.a."""
    joined: list[Part] = []
    run = 0
    for part in parts:
        single = is_letter(part)
        if single and run and part.gap in (".", ". ", " "):
            before = joined.pop()
            part = before._replace(  # noqa: PLW2901 -- the letter and those before it
                text=before.text + part.text, low=before.low + part.low
            )
        joined.append(part)
        run = run + 1 if single else 0
    return joined
