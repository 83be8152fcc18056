"""What is sent as IVMS101: all texts in Latin letters with names in the original beside, in the issue asked for."""

import msgspec

from sanad.matching.lexicon import lexicon, word_key
from sanad.standards.ivms101 import latin, writing
from sanad.standards.ivms101.model import Identity, Issue, Party, Person, Transliteration

_ARTICLE, _SERVANT = "ال", "عبد"


def payload_of(identity: Identity, issue: Issue = Issue.OF_2023) -> bytes:
    """The canonical bytes of a payload."""
    return writing.write(in_latin(identity), issue)


def in_latin(identity: Identity) -> Identity:
    """The same with every text in Latin letters, and which scripts there were."""
    scripts: set[Transliteration] = set(identity.transliterations)

    def converted(person: Person) -> Person:
        found, of = latin.with_latin(person, read_word)
        scripts.update(of)
        return found

    def party(found: Party | None) -> Party | None:
        return Party(tuple(converted(each) for each in found.persons), found.accounts) if found else None

    originator, beneficiary = party(identity.originator), party(identity.beneficiary)
    institutions = [
        converted(each) if each else None
        for each in (identity.originating_institution, identity.beneficiary_institution)
    ]
    path = tuple(msgspec.structs.replace(each, person=converted(each.person)) for each in identity.transfer_path)
    return msgspec.structs.replace(
        identity, originator=originator, beneficiary=beneficiary, originating_institution=institutions[0],
        beneficiary_institution=institutions[1], transfer_path=path, transliterations=tuple(sorted(scripts)),
    )  # fmt: skip


def read_word(word: str) -> str:
    """How a common name in Arabic letters is read, vowels and all, as screening knows it; "" for any other word."""
    names, key = lexicon().read, word_key(word)
    if found := names.get(key):
        return found.capitalize()
    for before, words in ((_SERVANT + _ARTICLE, "Abdul "), (_ARTICLE, "al-")):
        if key.startswith(before) and (found := names.get(key.removeprefix(before))):
            return words + found.capitalize()
    return ""
