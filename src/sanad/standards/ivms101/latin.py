"""Texts in Latin letters, with names in the original beside: what the standard asks of whoever sends another script.

Nothing but ASCII may stand outside local names, so accents go too; streets and birthplaces have no place for an
original.
"""

import unicodedata
from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

import msgspec
from anyascii import anyascii

from sanad.standards.ivms101.model import Address, LegalName, NaturalName, NaturalPerson, Person, Transliteration

ReadWord: TypeAlias = Callable[[str], str]
"""How a word is read whose script leaves vowels out; "" where that is not known."""

_Name = TypeVar("_Name")
_SCRIPTS = {
    "ARABIC": Transliteration.ARABIC, "ARMENIAN": Transliteration.ARMENIAN, "CYRILLIC": Transliteration.CYRILLIC,
    "DEVANAGARI": Transliteration.DEVANAGARI, "BENGALI": Transliteration.DEVANAGARI,
    "GURMUKHI": Transliteration.DEVANAGARI, "GUJARATI": Transliteration.DEVANAGARI,
    "TAMIL": Transliteration.DEVANAGARI, "GEORGIAN": Transliteration.GEORGIAN, "GREEK": Transliteration.GREEK,
    "CJK": Transliteration.HAN, "HEBREW": Transliteration.HEBREW, "HIRAGANA": Transliteration.KANA,
    "KATAKANA": Transliteration.KANA, "HANGUL": Transliteration.KOREAN, "THAI": Transliteration.THAI,
}  # fmt: skip


def by_letters(_: str) -> str:
    """Knows no word: each is written letter by letter."""
    return ""


def script_of(text: str) -> Transliteration | None:
    """The script of the first letter that is not Latin; None when all are."""
    for character in text:
        if character.isalpha() and not character.isascii():
            first = unicodedata.name(character, "OTHER").split()[0].partition("-")[0]
            if first != "LATIN":
                return _SCRIPTS.get(first, Transliteration.OTHER)
    return None


def in_latin(text: str, read: ReadWord = by_letters) -> str:
    """The text in ASCII, words of other scripts with a capital; as it is when it is ASCII already."""
    if text.isascii():
        return text
    return " ".join(word if word.isascii() else read(word) or _letters_of(word) for word in text.split())


def _letters_of(word: str) -> str:
    plain = "".join(each for each in anyascii(word) if each not in "`'\"")
    return plain if script_of(word) is None else plain[:1].upper() + plain[1:]


def with_latin(person: Person, read: ReadWord = by_letters) -> tuple[Person, frozenset[Transliteration]]:
    """The person with all texts in Latin letters, names as they were kept as local names; and from which scripts."""
    scripts = frozenset(found for text in _texts_of(person) if (found := script_of(text)) is not None)
    addresses = tuple(_address(each, read) for each in person.addresses)
    changed: Person
    if isinstance(person, NaturalPerson):
        names = tuple(
            NaturalName(in_latin(each.primary, read), in_latin(each.secondary, read), each.kind)
            for each in person.names
        )
        birth = person.birth and msgspec.structs.replace(person.birth, place=in_latin(person.birth.place, read))
        local = _with_originals(person.local_names, person.names, names)
        changed = msgspec.structs.replace(person, names=names, local_names=local, addresses=addresses, birth=birth)
        return changed, scripts
    legal_names = tuple(LegalName(in_latin(each.name, read), each.kind) for each in person.names)
    legal_local = _with_originals(person.local_names, person.names, legal_names)
    changed = msgspec.structs.replace(person, names=legal_names, local_names=legal_local, addresses=addresses)
    return changed, scripts


def _with_originals(local: tuple[_Name, ...], before: tuple[_Name, ...], after: tuple[_Name, ...]) -> tuple[_Name, ...]:
    """Local names, and each name that was changed."""
    changed = [old for old, new in zip(before, after, strict=True) if old != new and old not in local]
    return (*local, *changed)


def _texts_of(person: Person) -> Iterator[str]:
    if isinstance(person, NaturalPerson):
        yield from (text for each in person.names for text in (each.primary, each.secondary))
        if person.birth is not None:
            yield person.birth.place
    else:
        yield from (each.name for each in person.names)
    for address in person.addresses:
        yield from (text for text in msgspec.structs.astuple(address) if isinstance(text, str))
        yield from address.lines


def _address(address: Address, read: ReadWord) -> Address:
    texts = msgspec.structs.asdict(address)
    changed = {
        name: in_latin(text, read)
        for name, text in texts.items()
        if name not in ("kind", "country") and isinstance(text, str)
    }
    lines = tuple(in_latin(each, read) for each in address.lines)
    return msgspec.structs.replace(address, **changed, lines=lines)
