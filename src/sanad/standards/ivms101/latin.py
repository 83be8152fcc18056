"""Names in Latin letters, beside the original: what the standard asks of whoever sends a name in another script."""

import unicodedata

from anyascii import anyascii

from sanad.standards.ivms101.model import LegalName, LegalPerson, NaturalName, NaturalPerson, Person, Transliteration

_SCRIPTS = {
    "ARABIC": Transliteration.ARABIC, "ARMENIAN": Transliteration.ARMENIAN, "CYRILLIC": Transliteration.CYRILLIC,
    "DEVANAGARI": Transliteration.DEVANAGARI, "BENGALI": Transliteration.DEVANAGARI,
    "GURMUKHI": Transliteration.DEVANAGARI, "GUJARATI": Transliteration.DEVANAGARI,
    "TAMIL": Transliteration.DEVANAGARI, "GEORGIAN": Transliteration.GEORGIAN, "GREEK": Transliteration.GREEK,
    "CJK": Transliteration.HAN, "HEBREW": Transliteration.HEBREW, "HIRAGANA": Transliteration.KANA,
    "KATAKANA": Transliteration.KANA, "HANGUL": Transliteration.KOREAN, "THAI": Transliteration.THAI,
}  # fmt: skip


def script_of(text: str) -> Transliteration | None:
    """The script of the first letter that is not Latin; None when all are."""
    for character in text:
        if character.isalpha() and not character.isascii():
            first = unicodedata.name(character, "OTHER").split()[0].partition("-")[0]
            if first != "LATIN":
                return _SCRIPTS.get(first, Transliteration.OTHER)
    return None


def in_latin(text: str) -> str:
    """The text in plain Latin letters, each word with a capital; as it is when it has no other letters."""
    if script_of(text) is None:
        return text
    plain = "".join(each for each in anyascii(text) if each not in "`'\"")
    return " ".join(word[:1].upper() + word[1:] for word in plain.split())


def with_latin(person: Person) -> tuple[Person, frozenset[Transliteration]]:
    """The person with all names in Latin letters, the originals kept as local names; and from which scripts."""
    scripts: set[Transliteration] = set()
    if isinstance(person, NaturalPerson):
        local = list(person.local_names)
        names = []
        for name in person.names:
            script = script_of(f"{name.primary} {name.secondary}")
            names.append(NaturalName(in_latin(name.primary), in_latin(name.secondary), name.kind))
            if script is not None:
                scripts.add(script)
                local += [] if name in local else [name]
        return _replaced(person, tuple(names), tuple(local)), frozenset(scripts)
    legal_local = list(person.local_names)
    legal_names = []
    for legal in person.names:
        script = script_of(legal.name)
        legal_names.append(LegalName(in_latin(legal.name), legal.kind))
        if script is not None:
            scripts.add(script)
            legal_local += [] if legal in legal_local else [legal]
    return _replaced_legal(person, tuple(legal_names), tuple(legal_local)), frozenset(scripts)


def _replaced(person: NaturalPerson, names: tuple[NaturalName, ...], local: tuple[NaturalName, ...]) -> NaturalPerson:
    return NaturalPerson(
        names, local, person.phonetic_names, person.addresses, person.identification, person.customer_identification,
        person.birth, person.country_of_residence,
    )  # fmt: skip


def _replaced_legal(person: LegalPerson, names: tuple[LegalName, ...], local: tuple[LegalName, ...]) -> LegalPerson:
    return LegalPerson(
        names, local, person.phonetic_names, person.addresses, person.identification, person.customer_number,
        person.country_of_registration,
    )  # fmt: skip
