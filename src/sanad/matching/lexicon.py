"""What is known of single words: particles, titles, legal forms, what many bear, one word in two spellings."""

import functools
import re
import tomllib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files

from sanad.matching.scripts import ARABIC_SAME, Script, plain_latin, script_of


class Kind(IntEnum):
    """What a word does in a name."""

    __hash__ = int.__hash__  # an enumeration hashes its name, in Python

    NAME = 0
    PARTICLE = 1
    HONORIFIC = 2
    FORM = 3
    GENERIC = 4
    COMMON = 5
    NUMBER = 6
    INITIAL = 7
    KUNYA = 8
    COMPOUND = 10
    """Half a name: servant (of), (of) God, (of) the faith."""
    PREFIX = 11
    """A name put before the name that one is called by: Muhammad, Sayyid."""
    ACRONYM = 9
    """First letters of the words of a firm's name."""


KIN_FIRST = 10_000
"""Concepts from this number on are names related across languages; below it, one name in two spellings."""


DISTINCT_FIRST = 20_000
"""Concepts from this number on are names that sound near and are not the same: one of them is not another of them."""


@dataclass(frozen=True)
class Lexicon:
    """The words of `lexicon.toml`, by the form that `word_key` gives."""

    kinds: dict[str, Kind]
    person_particles: frozenset[str]
    firm_particles: frozenset[str]
    generic: frozenset[str]
    forms: dict[tuple[str, ...], str]
    form_words: dict[str, int]
    """How many words the longest legal form has that begins with this one; one for all others."""
    form_ends: frozenset[str]
    """The last words of legal forms."""
    concepts: dict[str, int]
    misspelt_forms: dict[str, str]
    """Long words of legal forms with one letter lost or two swapped."""
    abbreviations: dict[str, tuple[str, ...]]
    """Words that firms cut short, and what they are in full."""
    shortened: dict[str, str]
    """Beginnings of words, of three letters and more, and the words: with a dot they are cut short."""
    numbers: dict[str, str]
    read: dict[str, str]
    """Words in Arabic letters, and how they are read."""
    no_article: frozenset[str]
    descent: frozenset[str]
    """Particles that say whose child somebody is."""


_ENDING = re.compile(
    "(?<=....)(?:[ое]го|[ое]му|[ыиая]ми|[оеыи][йемх]|ая|яя|ую|юю|[оеая]в|[ая][мх]|и[яюи]|[аяоеуыиьюй])$"
)
"""How Russian words end by case, number and gender, after four letters at least."""


def word_key(word: str) -> str:
    """How a word is looked up: Latin without marks; letters of Arabic script that keyboards confuse made one.

    Of a Russian word what stays the same in all cases.
    """
    if word.isascii():
        return word
    script = script_of(word[0])
    if script is Script.LATIN:
        return plain_latin(word)
    if script is Script.CYRILLIC:
        return _ENDING.sub("", word.replace("ё", "е"))
    return word.translate(ARABIC_SAME) if script is Script.ARABIC else word


def _with_translations(words: list[str], translations: dict[str, str]) -> Iterator[str]:
    """These words, and what they are called in other languages."""
    yield from map(word_key, words)
    for main, others in translations.items():
        alike = [main, *others.split()]
        if not set(words).isdisjoint(alike):
            yield from map(word_key, alike)


def _beginnings(words: list[str], forms: Container[tuple[str, ...]]) -> dict[str, str]:
    """The words by what they begin with, the first of those that begin alike; legal forms are cut short already."""
    found: dict[str, str] = {}
    for word in words:
        for end in range(3, len(word)):
            if (word[:end],) not in forms:
                found.setdefault(word[:end], word)
    return found


@functools.cache
def lexicon() -> Lexicon:
    """Read once."""
    read = tomllib.loads(files("sanad.matching").joinpath("lexicon.toml").read_text("utf-8"))
    kinds: dict[str, Kind] = {}
    for name, kind in (
        ("common", Kind.COMMON), ("prefixes", Kind.PREFIX), ("compound", Kind.COMPOUND), ("kunya", Kind.KUNYA),
        ("honorifics", Kind.HONORIFIC), ("particles", Kind.PARTICLE), ("descent", Kind.PARTICLE),
    ):  # fmt: skip
        kinds.update(dict.fromkeys(map(word_key, read[name].split()), kind))
    concepts: dict[str, int] = {}
    for first, section in ((DISTINCT_FIRST, "distinct"), (1, "names"), (5000, "words"), (KIN_FIRST, "kin")):
        for number, (main, others) in enumerate(read[section].items(), start=first):
            for word in (main, *others.split()):
                concepts.setdefault(word_key(word), number)
    forms = {
        tuple(map(word_key, phrase.split())): form
        for form, phrases in read["forms"].items()
        for phrase in (form, *phrases.split("|"))
    }
    longest: dict[str, int] = {}
    for phrase in forms:
        longest[phrase[0]] = max(longest.get(phrase[0], 1), len(phrase))
    misspelt = {
        wrong: word
        for phrase in forms
        for word in phrase
        if len(word) >= 7 and word.isascii()
        for place in range(1, len(word))
        for wrong in (
            word[:place] + word[place + 1 :],
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
        )
        if (wrong,) not in forms
    }
    numbers = {word: number for number, words in read["numbers"].items() for word in words.split()}
    return Lexicon(
        kinds,
        frozenset(read["person_particles"].split()),
        frozenset(read["firm_particles"].split()),
        frozenset(_with_translations(read["generic"].split(), read["words"])),
        forms,
        longest,
        frozenset(phrase[-1] for phrase in forms),
        concepts,
        misspelt,
        {short: tuple(full.split()) for full, shorts in read["abbreviations"].items() for short in shorts.split()},
        _beginnings(read["shortened"].split(), forms),
        numbers,
        {word_key(word): latin.rstrip("2") for latin, words in read["read"].items() for word in words.split()},
        frozenset(map(word_key, read["no_article"].split())),
        frozenset(map(word_key, read["descent"].split())),
    )
