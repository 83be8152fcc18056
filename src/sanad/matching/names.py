"""A name taken apart: cleaned of what is not to be seen, split into words, each word read.

Everything here depends on the text alone, never on an identifier, so that what is remembered (`lru_cache`) is
remembered by content.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

from sanad.base.errors import Malformed
from sanad.matching.lexicon import Kind, lexicon, word_key
from sanad.matching.scripts import Script, romanised, script_of, sounds_of
from sanad.matching.words import Schema

CHARACTERS_MAX: Final = 500
WORDS_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name, or several next to one another that may be written as one."""

    text: str
    """As it stood, cleaned."""
    latin: str
    """In letters a to z; empty where vowels are not written."""
    sounds: bytes
    is_abjad: bool
    kind: Kind
    concept: int
    """Number of the words that mean or spell the same, 0 when there are none."""
    script: Script


@dataclass(frozen=True, slots=True)
class Name:
    """The words of a name in their order, and the words that neighbours make when written together."""

    text: str
    words: tuple[Word, ...]
    joined: tuple[tuple[int, int, Word], ...]
    """First word, last word, and what they make together."""


_APOSTROPHES: Final = re.compile("['’‘`´ʼʻʿʾ′＇ʹ״׳\"“”]")
_LOOKALIKE: Final = str.maketrans(
    "аеорсухіѕјԁӏһԛԝвмнткзАВЕКМНОРСТУХІЅЈαορνικυτβηΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjdlhqwbmhtkzABEKMHOPCTYXISJaopvikutbnABEZHIKMNOPTYX",
)
_DIGIT_LOOKALIKE: Final = str.maketrans("013457", "oieast")
_ONE_AS_L: Final = re.compile("(?<=[aeiouAEIOU])1(?=[aeiouAEIOU])")
_DIGIT_INSIDE: Final = re.compile(r"^[^\W\d_]+\d+[^\W\d_]+$")
_CAMEL: Final = re.compile(r"(?<=[a-zß-ÿ]{2})(?=[A-Z][A-Za-z])")
_TWO_INITIALS: Final = re.compile("^[BCDFGHJKLMNPQRSTVWXZ]{2}$")
_ABD: Final = re.compile(r"^[ae]b[dt](?:[aeuo]{1,2}l(?=[^aeiou])|[aeuo]{1,2}(?=(?:([rnsztd])\1|ssh|shsh)))(.{3,})$")
_DIN: Final = re.compile(r"^(.{3,}?)(?:[aeuoi]{1,2}l?|l)d?d(?:een|in|ine|yn|ene|iin)$")
_ALLAH: Final = re.compile(r"^(.{3,}?)(?:ull?ah?|oull?ah?|oll?ah?|all?ah)$")
_ABD_ALONE: Final = re.compile("^abd(?:ul|el|al|ol|oul|ool|ur|us|ush|ar|er|u|il)$")


def clean(text: str, field: str = "name", bounded: bool = True) -> str:
    """The text without what is not to be seen; Malformed when it is too long or nothing is left to compare."""
    if bounded and len(text) > CHARACTERS_MAX:
        raise Malformed(field, "name_too_long", f"give a name of at most {CHARACTERS_MAX} characters")
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
    cleaned = " ".join("".join(kept).split())[:CHARACTERS_MAX]
    if not any(letter.isalnum() for letter in cleaned):
        raise Malformed(field, "name_empty", "give a name with at least one letter or digit")
    return cleaned


def _is_part(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter)[0] == "M"


def _pieces(cleaned: str) -> list[tuple[str, str]]:
    """Runs of letters and digits, each with what separates it from the one before."""
    pieces: list[tuple[str, str]] = []
    run, gap = "", ""
    for letter in _APOSTROPHES.sub("", cleaned):
        if _is_part(letter):
            run += letter
        else:
            if run:
                pieces.append((run, gap))
                run, gap = "", ""
            gap += letter
    if run:
        pieces.append((run, gap))
    return pieces


def _without_disguise(piece: str, latin_elsewhere: bool) -> str:
    """Letters of other scripts that look like Latin ones, made Latin where Latin is meant; digits inside a word too."""
    scripts = {script_of(letter) for letter in piece if letter.isalpha()}
    foreign = scripts & {Script.CYRILLIC, Script.GREEK}
    if foreign and (Script.LATIN in scripts or latin_elsewhere):
        as_latin = piece.translate(_LOOKALIKE)
        if as_latin.isascii() or (Script.LATIN in scripts and len(scripts) > 1):
            piece = as_latin
    if _DIGIT_INSIDE.match(piece):
        piece = _ONE_AS_L.sub("l", piece).translate(_DIGIT_LOOKALIKE)
    return piece


def _by_script(piece: str) -> list[tuple[str, Script]]:
    """The piece, cut where the script changes; digits go with either side only if there are no letters."""
    parts: list[tuple[str, Script]] = []
    for letter in piece:
        if unicodedata.category(letter)[0] == "M" and parts:
            parts[-1] = (parts[-1][0] + letter, parts[-1][1])
            continue
        script = Script.LATIN if letter.isdigit() else script_of(letter)
        digit = letter.isdigit()
        if parts and parts[-1][1] is script and parts[-1][0][-1].isdigit() == digit:
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
        rest = bare[3:]
        return ["عبد", *_arabic_words(rest)]
    if key.endswith("اللہ") and len(key) >= 6:
        return [bare[:-4], "الله"]
    if key.endswith("الدین") and len(key) >= 7:
        return [bare[:-5], "دين"]
    if key.startswith("ابو") and len(key) >= 6:
        return ["ابو", *_arabic_words(bare[3:])]
    return [bare] if bare else []


def _latin_words(word: str) -> list[str]:
    """A Latin word, compounds of Arabic names in their parts."""
    if _ABD_ALONE.match(word):
        return ["abd"]
    found = _ABD.match(word)
    if found:
        rest = found.group(2)
        rest = rest[1:] if rest[0] == rest[1] else rest
        return ["abd", "allah" if rest in ("lah", "la", "lla") else rest]
    found = _ALLAH.match(word)
    if found and len(word) >= 7:
        return [found.group(1), "allah"]
    found = _DIN.match(word)
    if found and len(word) >= 7:
        return [found.group(1), "din"]
    return [word]


def _split(piece: str, script: Script, person: bool) -> list[tuple[str, str]]:
    """Words of a piece: how each looks, and its letters in lower case."""
    if script in (Script.HAN, Script.HANGUL):
        return [(letter, letter) for letter in piece if letter.isalnum()]
    if script is Script.ARABIC:
        return [(part, part) for part in _arabic_words(piece)]
    if script is Script.LATIN:
        words: list[tuple[str, str]] = []
        if person and _TWO_INITIALS.match(piece):
            return [(letter, letter.casefold()) for letter in piece]
        for part in _CAMEL.split(piece):
            low = part.casefold()
            parts = _latin_words(low) if low.isascii() else [low]
            words += [(part, low)] if len(parts) == 1 and parts[0] == low else [(one, one) for one in parts]
        return words
    return [(piece, piece.casefold())]


@functools.lru_cache(maxsize=65536)
def _read(text: str, low: str, script: Script, kind: Kind) -> Word:
    written = script
    if script is Script.ARABIC and (known := lexicon().read.get(word_key(low))):
        low, script = known, Script.LATIN
    latin = romanised(low, script)
    number = lexicon().numbers.get(low) if kind is Kind.NUMBER else None
    sounds = sounds_of(number or low, script, number or latin)
    concept = 0
    if kind in (Kind.NAME, Kind.COMMON, Kind.GENERIC, Kind.KUNYA, Kind.COMPOUND, Kind.PREFIX):
        concept = lexicon().concepts.get(word_key(low), 0) or lexicon().concepts.get(latin, 0)
    return Word(text, "" if script.is_abjad else latin, sounds, script.is_abjad, kind, concept, written)


def _kind(low: str, person: bool) -> Kind:
    words = lexicon()
    key = word_key(low)
    key = words.read.get(key, key)
    if key.isdigit():
        return Kind.NUMBER
    if person:
        if key in words.person_particles:
            return Kind.PARTICLE
    elif key in words.generic:
        return Kind.GENERIC
    kind = words.kinds.get(key, Kind.NAME)
    if not person and kind is Kind.HONORIFIC:
        return Kind.COMMON
    return kind


Raw = tuple[str, str, Script, str]
"""As it looks, in lower case, its script, and what stood before it."""


def _raw_words(cleaned: str, person: bool) -> list[Raw]:
    pieces = _pieces(cleaned)
    plain_words = [piece for piece, _ in pieces if piece[0].isascii() and piece[0].isalpha()]
    if person and sum("," in gap for _, gap in pieces) == 1:  # LAST, First
        cut = next(n for n, (_, gap) in enumerate(pieces) if "," in gap)
        pieces = [*pieces[cut:], *pieces[:cut]]
    raw: list[Raw] = []
    for piece, gap in pieces:
        honest = _without_disguise(piece, bool(plain_words))
        for number, (part, script) in enumerate(_by_script(honest)):
            for order, (text, low) in enumerate(_split(part, script, person)):
                if low:
                    raw.append((text, low, script, gap if number == order == 0 else ""))
    return raw


def _acronyms_joined(raw: list[Raw]) -> list[Raw]:
    """Letters with dots between them, as one word: A.B.C., s.p.a."""
    joined: list[Raw] = []
    run = 0
    for text, low, script, gap in raw:
        single = len(low) == 1 and low.isalpha() and script not in (Script.HAN, Script.HANGUL)
        if single and run and gap in (".", ". ", " "):
            before = joined.pop()
            joined.append((before[0] + text, before[1] + low, script, before[3]))
        else:
            joined.append((text, low, script, gap))
        run = run + 1 if single else 0
    return joined


def _forms_at(raw: list[Raw]) -> dict[int, tuple[int, str]]:
    """Where legal forms stand: first word -> how many words, and which form."""
    found: dict[int, tuple[int, str]] = {}
    place = 0
    keys = [word_key(low) if script is not Script.CYRILLIC else romanised(low, script) for _, low, script, _ in raw]
    keys = [lexicon().misspelt_forms.get(key, key) for key in keys]
    while place < len(keys):
        for size in (5, 4, 3, 2, 1):
            form = lexicon().forms.get(tuple(keys[place : place + size]))
            if form is not None and size <= len(keys) - place:
                found[place] = (size, form)
                place += size - 1
                break
        place += 1
    return found


def _words(raw: list[Raw], person: bool) -> list[Word]:
    forms = _forms_at(raw)
    if person:  # in a person's name the letters of a legal form are a name, unless they end it
        forms = {at: form for at, form in forms.items() if at > 0 and at + form[0] == len(raw)}
    if forms and sum(size for size, _ in forms.values()) == len(raw):
        forms = {}
    shouted = all(text.isupper() for text, *_ in raw)
    words: list[Word] = []
    place = 0
    while place < len(raw):
        text, low, script, gap = raw[place]
        if place in forms:
            size, form = forms[place]
            shown = " ".join(one[0] for one in raw[place : place + size])
            words.append(_read(shown, form, Script.LATIN, Kind.FORM))
            place += size
            continue
        kind = _kind(low, person)
        after_gap = raw[place + 1][3] if place + 1 < len(raw) else ""
        if len(low) == 1 and low.isalpha() and script not in (Script.HAN, Script.HANGUL):
            if low in "ei" and "-" in gap and "-" in after_gap:
                kind = Kind.PARTICLE
            elif person and (kind is not Kind.PARTICLE or "." in after_gap or (text.isupper() and not shouted)):
                kind = Kind.INITIAL
        if not person and place > 0 and low in lexicon().numbers and (len(low) > 1 or place == len(raw) - 1):
            kind = Kind.NUMBER
        if not person and place == 0 and low in ("first", "second", "third"):
            kind = Kind.NUMBER
        words.append(_read(text, low, script, kind))
        place += 1
    return words


def _numbers_joined(words: list[Word]) -> list[Word]:
    """Tens and ones spelled out, as one number: forty-four."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        tens = before is not None and before.kind is Kind.NUMBER and len(before.sounds) == 2 and before.text.isalpha()
        if before is not None and tens and word.kind is Kind.NUMBER and len(word.sounds) == 1:
            joined[-1] = replace(before, text=f"{before.text} {word.text}", sounds=before.sounds[:1] + word.sounds)
        else:
            joined.append(word)
    return joined


_PROMOTED: Final = (Kind.PARTICLE, Kind.HONORIFIC, Kind.KUNYA, Kind.COMPOUND, Kind.PREFIX)


def _joins(words: list[Word]) -> list[tuple[int, int, Word]]:
    joins: list[tuple[int, int, Word]] = []
    for first in range(len(words)):
        for last in range(first + 1, min(first + 3, len(words))):
            part = words[first : last + 1]
            if any(word.kind in (Kind.NUMBER, Kind.FORM, Kind.INITIAL) for word in part):
                continue
            if last - first == 2 and part[1].kind is not Kind.PARTICLE and sum(len(one.sounds) for one in part) > 12:
                continue
            script = part[0].script
            if part[0].kind is Kind.COMPOUND and part[0].latin != "abd":
                continue  # allah and din end a name
            abjad = any(one.is_abjad for one in part)
            latin = "".join(one.latin for one in part)
            text = " ".join(one.text for one in part)
            sounds = b"".join(one.sounds for one in part) if abjad else sounds_of(latin, Script.LATIN, latin)
            if all(one.kind is Kind.PARTICLE for one in part):
                continue
            joins.append((first, last, Word(text, "" if abjad else latin, sounds[:32], abjad, Kind.NAME, 0, script)))
    return joins


def _acronyms(words: list[Word]) -> list[tuple[int, int, Word]]:
    """The first letters of all words of a firm's name, of three to six words."""
    real = [n for n, word in enumerate(words) if word.kind not in (Kind.FORM, Kind.PARTICLE, Kind.NUMBER)]
    if not 3 <= len(real) <= 6 or any(not words[n].latin or words[n].script is not Script.LATIN for n in real):
        return []
    letters = "".join(words[n].latin[0] for n in real)
    first, last = real[0], real[-1]
    text = " ".join(word.text for word in words[first : last + 1])
    return [(first, last, Word(text, letters, b"\x01", False, Kind.ACRONYM, 0, Script.LATIN))]


@functools.lru_cache(maxsize=8192)
def parse(text: str, person: bool, field: str = "name", bounded: bool = True) -> Name:
    """Take a name apart; Malformed when it is empty, too long, or of too many words.

    Of a listed name that is too long (`bounded` false) the beginning is kept.
    """
    cleaned = clean(text, field, bounded)
    raw = _raw_words(cleaned, person)
    if not person:
        raw = _acronyms_joined(raw)
    words = _words(raw, person)
    words = _numbers_joined([word for word in words if word.sounds])
    if not words:
        words = [Word(cleaned, cleaned.casefold(), b"\x01", False, Kind.NAME, 0, Script.OTHER)]
    if len(words) > WORDS_MAX and not bounded:
        words = words[:WORDS_MAX]
    if len(words) > WORDS_MAX:
        raise Malformed(field, "name_too_many_words", f"give a name of at most {WORDS_MAX} words")
    if not any(word.kind in (Kind.NAME, Kind.COMMON, Kind.GENERIC, Kind.NUMBER, Kind.INITIAL) for word in words):
        words = [
            Word(one.text, one.latin, one.sounds, one.is_abjad, Kind.NAME, one.concept, one.script)
            if one.kind in _PROMOTED
            else one
            for one in words
        ]
    joins = _joins(words) if person else _joins(words) + _acronyms(words)
    return Name(cleaned, tuple(words), tuple(joins))


def is_person(schema: Schema) -> bool:
    """Whether names of it follow the ways of persons' names."""
    return schema is Schema.PERSON


_ALTERNATIVES: Final = re.compile(r"\s*[;/|]\s*|\s+(?:a\.?k\.?a\.?|f\.?k\.?a\.?|alias)\s+", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"[(\[{（]([^()\[\]{}（）]*)[)\]}）]?")
_READINGS_MAX: Final = 8


def readings(text: str) -> tuple[str, ...]:
    """The names that a text may give: as it stands, without what is in brackets, and each of its alternatives."""
    found = [text]
    if any(sign in text for sign in "([{（"):
        outside = _BRACKETS.sub(" ", text)
        inside = [part for part in _BRACKETS.findall(text) if " " in part.strip() or not part.isascii()]
        found += [outside, *inside]
    for part in list(found):
        pieces = [piece for piece in _ALTERNATIVES.split(part) if len(piece) >= 4]
        if len(pieces) > 1:
            found += pieces
    kept = dict.fromkeys(one for one in found if any(letter.isalnum() for letter in one))
    return tuple(kept)[:_READINGS_MAX] or (text,)
