"""A name taken apart into words, each read by its sounds.

Everything here depends on the text alone, never on an identifier, so that what is remembered (`lru_cache`) is
remembered by content.
"""

import functools
import re
from typing import Final, NamedTuple

from sanad.base.errors import Malformed
from sanad.matching.chinese import wade_giles
from sanad.matching.lexicon import Kind, lexicon, word_key
from sanad.matching.measures import DESCENT
from sanad.matching.scripts import ABJADS, Script, plain_latin, romanised, sounds_of
from sanad.matching.splitting import Part, clean, is_letter, parts_of
from sanad.matching.words import Schema

WORDS_MAX: Final = 32


class Word(NamedTuple):
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


class Joined(NamedTuple):
    """Neighbouring words read as one."""

    first: int
    last: int
    many: bool
    """Whether they were written apart; else they are a compound that was written as one word."""
    letters: str = ""
    """If they are read as an acronym: its letters."""


class Name(NamedTuple):
    """The words of a name in their order, and what neighbours make when written together."""

    text: str
    words: tuple[Word, ...]
    joined: tuple[Joined, ...]


_NAMES_AT_THE_END: Final = ("il", "un")
"""Articles that, as a person's last word, are part of a Korean name: Kim Jong Il is not Kim Jong Un."""
_WITH_CONCEPT: Final = frozenset([Kind.NAME, Kind.COMMON, Kind.GENERIC, Kind.KUNYA, Kind.COMPOUND, Kind.PREFIX])
_PROMOTED: Final = frozenset([Kind.PARTICLE, Kind.HONORIFIC, Kind.KUNYA, Kind.COMPOUND, Kind.PREFIX])
"""Kinds of words that are taken for names where there is no other."""


@functools.lru_cache(maxsize=65536)
def _read(text: str, low: str, script: Script, kind: Kind) -> Word:
    known, written, key = lexicon(), script, word_key(low)
    if script is Script.ARABIC and (as_read := known.read.get(key)):
        low = key = as_read
        script = Script.LATIN
    latin = romanised(low, script)
    number = known.numbers.get(low) if kind is Kind.NUMBER else None
    sounds = sounds_of(number or low, script, number or latin)
    concept = 0
    if kind in _WITH_CONCEPT:
        concept = known.concepts.get(key, 0)
        if not concept and script is not Script.HAN:  # very many characters are read alike
            concept = known.concepts.get(latin, 0)
    elif kind is Kind.PARTICLE and key in known.descent:
        concept = DESCENT
    is_abjad = script in ABJADS
    return Word(text, "" if is_abjad else latin, sounds, is_abjad, kind, concept, written)


@functools.lru_cache(maxsize=65536)
def _kind(low: str, person: bool) -> Kind:
    words = lexicon()
    key = word_key(low)
    key = words.read.get(key, key)
    if key.isdigit():
        return Kind.NUMBER
    if person:
        if key in words.person_particles:
            return Kind.PARTICLE
    elif key in words.firm_particles:
        return Kind.PARTICLE
    elif key in words.generic:
        return Kind.GENERIC
    kind = words.kinds.get(key, Kind.NAME)
    if not person and kind is Kind.HONORIFIC:
        return Kind.COMMON
    return kind


def _kind_at(parts: list[Part], place: int, person: bool) -> Kind:
    """What the part does where it stands."""
    part = parts[place]
    kind = _kind(part.low, person)
    if person and part.low in _SRI and _is_title_of_two(parts, place):
        return Kind.HONORIFIC
    if is_letter(part):
        gap_after = parts[place + 1].gap if place + 1 < len(parts) else ""
        if part.low in "ei" and "-" in part.gap and "-" in gap_after:
            return Kind.PARTICLE
        if person and (kind is not Kind.PARTICLE or "." in gap_after or _is_capital(parts, part)):
            return Kind.INITIAL
    if part.low in lexicon().numbers:
        if person:
            return Kind.NUMBER if _is_generation(parts, place) else kind
        spelled = len(part.low) > 1 or place == len(parts) - 1
        counts = place > 0 or part.low in ("first", "second", "third")
        if spelled and (counts or _counts_on(parts, place)):
            return Kind.NUMBER
    return kind


_SRI: Final = frozenset(["sri", "seri", "tan"])


def _is_title_of_two(parts: list[Part], place: int) -> bool:
    """Whether it is half of a title that is a name elsewhere: Dato Sri, Tan Sri."""
    if parts[place].low != "tan":
        return place > 0 and parts[place - 1].low in ("dato", "datuk", "datin", "tan")
    return place + 1 < len(parts) and parts[place + 1].low in ("sri", "seri")


def _is_capital(parts: list[Part], part: Part) -> bool:
    """Whether a letter stands out as a capital: not all are."""
    return part.text.isupper() and not all(each.text.isupper() for each in parts)


_GENERATIONS: Final = frozenset(["ii", "iii", "iv", "vi", "vii", "viii", "ix", "second", "third", "fourth", "fifth"])


def _is_generation(parts: list[Part], place: int) -> bool:
    """Whether it tells a person from a forebear of the same name: Smith III."""
    return place > 0 and place == len(parts) - 1 and parts[place].low in _GENERATIONS


def _counts_on(parts: list[Part], place: int) -> bool:
    """Whether a number in words goes on: twenty first."""
    following = parts[place + 1 : place + 2]
    return parts[place].low.endswith("ty") and any(part.low in lexicon().numbers for part in following)


def _written_out(parts: list[Part], cleaned: str) -> list[Part]:
    """Words of a firm's name that are cut short, in full: known ones, and those with a dot that begin a common word."""
    words = lexicon()
    found: list[Part] = []
    for place, part in enumerate(parts):
        full = words.abbreviations.get(part.low, ())
        if len(full) > 1 and not part.text.isupper():
            full = ()
        if not full and (word := words.shortened.get(part.low)) is not None:
            dotted = parts[place + 1].gap.startswith(".") if place + 1 < len(parts) else cleaned.endswith(".")
            full = (word,) if dotted else ()
        if not full:
            found.append(part)
        elif len(full) == 1:
            found.append(part._replace(low=full[0]))
        else:
            found += [part._replace(text=one.title(), low=one) for one in full]
    return found


def _may_end_in_form(parts: list[Part]) -> bool:
    """Whether a person's name may end in a legal form, as most do not."""
    if not parts:
        return False
    last, known = word_key(parts[-1].low), lexicon()
    if last in known.form_ends or last in known.misspelt_forms or not last.isascii():
        return True
    return len(parts) > 1 and (word_key(parts[-2].low) + last,) in known.forms


def _forms_at(parts: list[Part], person: bool) -> dict[int, tuple[int, str]]:
    """Where legal forms stand: first part -> how many parts, and which form."""
    words = lexicon()
    if person and not _may_end_in_form(parts):
        return {}
    keys = [romanised(one.low, one.script) if one.script is Script.CYRILLIC else word_key(one.low) for one in parts]
    keys = [words.misspelt_forms.get(key, key) for key in keys]
    found: dict[int, tuple[int, str]] = {}
    place = 0
    while place < len(keys):
        for size in range(min(words.form_words.get(keys[place], 1), len(keys) - place), 0, -1):
            form = words.forms.get(tuple(keys[place : place + size]))
            if form is not None:
                found[place] = (size, form)
                place += size - 1
                break
        else:
            pair = "".join(keys[place : place + 2])
            if len(pair) >= 6 and (form := words.forms.get((pair,))) is not None:
                found[place] = (2, form)
                place += 1
        place += 1
    if person and "," in parts[0].gap:  # the family that was put first: PAO, Min
        return {}
    if person:  # in a person's name the letters of a legal form are a name, unless they end it
        found = {at: form for at, form in found.items() if at > 0 and at + form[0] == len(parts)}
    whole = bool(found) and sum(size for size, _ in found.values()) == len(parts)
    return {} if whole else found


Grouped = tuple[Word, int]
"""A word, and the number of the group it was written in."""


def _ends(parts: list[Part], place: int) -> bool:
    """Whether a name ends with this part, or what stands before the family that was put first: KIM, Jong Il."""
    if place == 0 or place == len(parts) - 1:
        return place > 0
    following = parts[place + 1]
    return "," in parts[0].gap and not following.gap and following.group != parts[place].group


def _words(parts: list[Part], person: bool) -> list[Grouped]:
    forms = _forms_at(parts, person)
    words: list[Grouped] = []
    place = 0
    while place < len(parts):
        part = parts[place]
        if place in forms:
            size, form = forms[place]
            shown = " ".join([one.text for one in parts[place : place + size]])
            words.append((_read(shown, form, Script.LATIN, Kind.FORM), -1 - place))
            place += size
            continue
        kind = _kind_at(parts, place, person)
        if kind is Kind.PARTICLE and part.low in _NAMES_AT_THE_END and _ends(parts, place):
            kind = Kind.NAME
        words.append((_read(part.text, part.low, part.script, kind), part.group))
        place += 1
    return [one for one in words if one[0].sounds]


def _numbers_joined(words: list[Grouped]) -> list[Grouped]:
    """Tens and ones spelled out, as one number: forty-four."""
    joined: list[Grouped] = []
    for word, group in words:
        before = joined[-1][0] if joined else None
        tens = before is not None and before.kind is Kind.NUMBER and len(before.sounds) == 2 and before.text.isalpha()
        if before is not None and tens and word.kind is Kind.NUMBER and len(word.sounds) == 1:
            both = before._replace(text=f"{before.text} {word.text}", sounds=before.sounds[:1] + word.sounds)
            joined[-1] = (both, joined[-1][1])
        else:
            joined.append((word, group))
    return joined


def _joins(grouped: list[Grouped]) -> list[Joined]:
    """Each compound as it was written, and neighbouring groups that may be written together."""
    groups: list[tuple[int, list[Word]]] = []
    number = None
    for place, (word, group) in enumerate(grouped):
        if group == number:
            groups[-1][1].append(word)
        else:
            groups.append((place, [word]))
        number = group
    joins = [Joined(first, first + len(words) - 1, many=False) for first, words in groups if len(words) > 1]
    for n, (first, words) in enumerate(groups[:-1]):
        both = words + groups[n + 1][1]
        if _may_be_one(both):
            joins.append(Joined(first, first + len(both) - 1, many=True))
        if n + 2 < len(groups):
            three = both + groups[n + 2][1]
            short = sum([len(word.sounds) for word in three]) <= _SHORT_TOGETHER
            linked = short or all(word.kind is Kind.PARTICLE for word in groups[n + 1][1])
            if linked and _may_be_one(three):
                joins.append(Joined(first, first + len(three) - 1, many=True))
    return joins


_SHORT_TOGETHER: Final = 12
_NEVER_JOINED: Final = frozenset([Kind.NUMBER, Kind.FORM])
_JOINED_TO_OTHERS: Final = frozenset([Kind.PARTICLE, Kind.INITIAL])


def _may_be_one(words: list[Word]) -> bool:
    """Whether these may be written together: no numbers and legal forms, and not of particles alone."""
    says_something = False
    for word in words:
        if word.kind in _NEVER_JOINED:
            return False
        says_something = says_something or word.kind not in _JOINED_TO_OTHERS
    return says_something


_SAID_IN_FULL: Final = 6
"""A legal form of so many letters is a word that may give a letter to an acronym: Corporation."""


def _acronyms(words: list[Word]) -> list[Joined]:
    """The first letters of all words of a firm's name, of three to six words; and with its legal form, if in full."""
    found: dict[str, Joined] = {}
    for with_form in (False, True):
        real = [
            n
            for n, word in enumerate(words)
            if word.kind not in (Kind.FORM, Kind.PARTICLE, Kind.NUMBER)
            or (with_form and word.kind is Kind.FORM and len(word.text) >= _SAID_IN_FULL and word.text.isalpha())
        ]
        if 3 <= len(real) <= 6 and all(words[n].latin and words[n].script is Script.LATIN for n in real):
            letters = "".join(
                words[n].text[0].lower() if words[n].kind is Kind.FORM else words[n].latin[0] for n in real
            )
            found[letters] = Joined(real[0], real[-1], many=True, letters=letters)
    return list(found.values())


def parse(text: str, person: bool, field: str = "name", bounded: bool = True) -> Name:
    """Take a name apart; Malformed when it is empty, too long, or of too many words.

    Of a listed name that is too long (`bounded` false) the beginning is kept.
    """
    cleaned = clean(text, field, bounded)
    parts = parts_of(cleaned, person)
    grouped = _numbers_joined(_words(parts if person else _written_out(parts, cleaned), person))
    if not grouped:
        grouped = [(Word(cleaned, cleaned.casefold(), b"\x01", False, Kind.NAME, 0, Script.OTHER), 0)]
    if len(grouped) > WORDS_MAX:
        if bounded:
            raise Malformed(field, "name_too_many_words", f"give a name of at most {WORDS_MAX} words")
        grouped = grouped[:WORDS_MAX]
    if all(word.kind in _PROMOTED or word.kind is Kind.FORM for word, _ in grouped):
        grouped = [
            (word._replace(kind=Kind.NAME) if word.kind in _PROMOTED else word, group) for word, group in grouped
        ]
    words = [word for word, _ in grouped]
    joined = _joins(grouped) if person else [*_joins(grouped), *_acronyms(words)]
    return Name(cleaned, tuple(words), tuple(joined))


def is_person(schema: Schema) -> bool:
    """Whether names of it follow the ways of persons' names."""
    return schema is Schema.PERSON


_ALTERNATIVES: Final = re.compile(r"\s*[;/|]\s*|\s+(?:a\.?k\.?a\.?|f\.?k\.?a\.?|alias)\s+", re.IGNORECASE)
_VESSEL: Final = re.compile(r"^(?:m\s?[/.]\s?[vt]\.?|m[vt])\s+(?=\S)", re.IGNORECASE)
"""Motor vessel and motor tanker, as papers write them before a ship's name."""
_BRACKETS: Final = re.compile(r"[(\[{（]([^()\[\]{}（）]*)[)\]}）]?")
_MAY_BE_MANY: Final = re.compile(r"[;/|(\[{（\u3400-\u9fff]|[Aa][Ll][Ii][Aa][Ss]|[AaFf]\.?[Kk]\.?[Aa]")
"""Without any of these, a text that is no ship's is one name."""
_NOTE: Final = re.compile(
    r"[(\[{（]\s*(?:former|previous|also|now|known|alias|n[ée]e|ex[\s-]|trading|[adfnpt][./]?[kb][./]?a)", re.IGNORECASE
)
_READINGS_MAX: Final = 8


def readings(text: str) -> tuple[str, ...]:
    """The names that a text may give: as it stands, without what is in brackets, and each of its alternatives.

    What may be a Chinese person's name is read in pinyin, and in Wade-Giles too.
    """
    if _MAY_BE_MANY.search(text) is None and (text[:1] not in ("m", "M") or _VESSEL.match(text) is None):
        return (text,)
    found = [text]
    if (without := _VESSEL.sub("", text)) != text:
        found.append(without)
    if otherwise := wade_giles(text.strip()):
        found.append(otherwise)
    found += _around_brackets(text)
    for part in list(found):
        pieces = [piece for piece in _ALTERNATIVES.split(part) if len(piece) >= 4]
        if len(pieces) > 1:
            found += pieces
    kept = dict.fromkeys(one for one in found if any(letter.isalnum() for letter in one))
    return tuple(kept)[:_READINGS_MAX] or (text,)


def has_brackets(text: str) -> bool:
    """Whether something stands in brackets."""
    return _BRACKETS.search(text) is not None


def _around_brackets(text: str) -> list[str]:
    """The name without what is in brackets, and what in them may be a name of its own."""
    if not has_brackets(text):
        return []
    inside = [part for part in _BRACKETS.findall(text) if " " in part.strip() or not part.isascii()]
    return [_BRACKETS.sub(" ", text), *inside, *_acronyms_in_brackets(text)]


@functools.lru_cache(maxsize=8192)
def _acronyms_in_brackets(text: str) -> tuple[str, ...]:
    """What in brackets is another name, for the words outside spell it by their beginnings: (PKK), (NORINCO)."""
    if not has_brackets(text):
        return ()
    outside = re.findall(r"\w+", plain_latin(_BRACKETS.sub(" ", text)).lower())[:WORDS_MAX]
    inside = [part.strip() for part in _BRACKETS.findall(text)]
    return tuple(part for part in inside if _ACRONYM.match(part) and _spelled_by(part.lower(), outside))


_ACRONYM: Final = re.compile("[A-Z]{3,10}$")


def _spelled_by(letters: str, words: list[str]) -> bool:
    """Whether the letters are beginnings of these words, in their order; two words at least must give some."""
    givers = {0: 0}  # so many letters are spelled -> by so many words
    for word in words:
        for spelled, count in list(givers.items()):
            for size in range(1, len(letters) - spelled + 1):
                if not word.startswith(letters[spelled : spelled + size]):
                    break
                givers[spelled + size] = max(givers.get(spelled + size, 0), count + 1)
    return givers.get(len(letters), 0) >= 2


def _is_full(name: str, reading: str) -> bool:
    """Whether a name is there in full: in three words that might be cut down to letters, or beside its letters."""
    return len(reading.split()) >= 3 or reading in _acronyms_in_brackets(name)


def may_be_compared(name1: str, reading1: str, name2: str, reading2: str) -> bool:
    """Whether these readings of two names may be held against each other.

    What stands in brackets may be part of a name: Bank of China (Hong Kong) is not Bank of China (Australia), nor
    another bank (Hong Kong). So where both have brackets they are kept, unless a note says that it is another name, or
    it is the acronym of the words outside. But an acronym says nothing where both names are there in full.
    """
    short1, short2 = _acronyms_in_brackets(name1), _acronyms_in_brackets(name2)
    if (reading1 in short1 and _is_full(name2, reading2)) or (reading2 in short2 and _is_full(name1, reading1)):
        return False
    around1, around2 = _around_brackets(name1), _around_brackets(name2)
    if not around1 or not around2 or _NOTE.search(name1) or _NOTE.search(name2):
        return True
    return (bool(short1) or reading1 not in around1) and (bool(short2) or reading2 not in around2)
