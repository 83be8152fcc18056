"""Who pays whom, as typed values: the one form in which both issues of IVMS101 are kept.

Texts are as sent. What may be absent is "" or empty. Personal data throughout: never in logs, addresses or errors.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec


class NaturalNameType(StrEnum):
    """Nature of a person's name."""

    ALIAS = "ALIA"
    BIRTH = "BIRT"
    MAIDEN = "MAID"
    LEGAL = "LEGL"
    MISCELLANEOUS = "MISC"


class LegalNameType(StrEnum):
    """Nature of a name of a company or body."""

    LEGAL = "LEGL"
    SHORT = "SHRT"
    TRADING = "TRAD"


class AddressType(StrEnum):
    """Nature of an address."""

    HOME = "HOME"
    BUSINESS = "BIZZ"
    GEOGRAPHIC = "GEOG"


class IdentifierType(StrEnum):
    """Nature of an official identifier."""

    ALIEN_REGISTRATION = "ARNU"
    PASSPORT = "CCPT"
    REGISTRATION_AUTHORITY = "RAID"
    DRIVER_LICENCE = "DRLC"
    FOREIGN_INVESTMENT = "FIIN"
    TAX = "TXID"
    SOCIAL_SECURITY = "SOCS"
    IDENTITY_CARD = "IDCD"
    LEI = "LEIX"
    UNSPECIFIED = "MISC"


class Transliteration(StrEnum):
    """The script from which a name was written in Latin letters. There is none for Urdu: it is `ARABIC`."""

    ARABIC = "arab"
    PERSIAN = "aran"
    ARMENIAN = "armn"
    CYRILLIC = "cyrl"
    DEVANAGARI = "deva"
    GEORGIAN = "geor"
    GREEK = "grek"
    HAN = "hani"
    HEBREW = "hebr"
    KANA = "kana"
    KOREAN = "kore"
    THAI = "thai"
    OTHER = "othr"


class NaturalName(msgspec.Struct, frozen=True):
    """A person's name in two parts; the whole name is in `primary` where it has no parts."""

    primary: str
    secondary: str = ""
    kind: NaturalNameType = NaturalNameType.LEGAL


class LegalName(msgspec.Struct, frozen=True):
    """A name of a company or body."""

    name: str
    kind: LegalNameType = LegalNameType.LEGAL


class Address(msgspec.Struct, frozen=True):
    """A postal address: in parts, or as up to seven lines."""

    kind: AddressType
    country: str
    """ISO 3166-1 alpha-2, or XX."""
    department: str = ""
    sub_department: str = ""
    street_name: str = ""
    building_number: str = ""
    building_name: str = ""
    floor: str = ""
    post_box: str = ""
    room: str = ""
    post_code: str = ""
    town_name: str = ""
    town_location_name: str = ""
    district_name: str = ""
    country_sub_division: str = ""
    lines: tuple[str, ...] = ()


class Identifier(msgspec.Struct, frozen=True):
    """A number that a state or authority gave."""

    identifier: str
    kind: IdentifierType
    country_of_issue: str = ""
    registration_authority: str = ""
    """Code of GLEIF's list of registration authorities, such as RA000472."""


class Birth(msgspec.Struct, frozen=True):
    """When (YYYY-MM-DD) and where somebody was born."""

    date: str
    place: str


class NaturalPerson(msgspec.Struct, frozen=True, tag="natural"):
    """A human being."""

    names: tuple[NaturalName, ...]
    local_names: tuple[NaturalName, ...] = ()
    phonetic_names: tuple[NaturalName, ...] = ()
    addresses: tuple[Address, ...] = ()
    identification: Identifier | None = None
    customer_identification: str = ""
    birth: Birth | None = None
    country_of_residence: str = ""


class LegalPerson(msgspec.Struct, frozen=True, tag="legal"):
    """A company or body."""

    names: tuple[LegalName, ...]
    local_names: tuple[LegalName, ...] = ()
    phonetic_names: tuple[LegalName, ...] = ()
    addresses: tuple[Address, ...] = ()
    identification: Identifier | None = None
    customer_number: str = ""
    country_of_registration: str = ""


Person: TypeAlias = NaturalPerson | LegalPerson


class Party(msgspec.Struct, frozen=True):
    """Originator or beneficiary: one or more persons, and their account numbers or wallet addresses."""

    persons: tuple[Person, ...] = ()
    accounts: tuple[str, ...] = ()


class Intermediary(msgspec.Struct, frozen=True):
    """An institution between the two, with its place in the chain, from 0."""

    person: Person
    sequence: int


class Issue(StrEnum):
    """The two issues of the standard, by the code of their version."""

    OF_2020 = "101"
    OF_2023 = "101.2023"


class Identity(msgspec.Struct, frozen=True):
    """The whole payload."""

    originator: Party | None = None
    beneficiary: Party | None = None
    originating_institution: Person | None = None
    beneficiary_institution: Person | None = None
    transfer_path: tuple[Intermediary, ...] = ()
    transliterations: tuple[Transliteration, ...] = ()
    issue: Issue = Issue.OF_2020
    """In which issue it was written; decides nothing else."""


def display_name(person: Person) -> str:
    """The legal name, else the first, in reading order."""
    if isinstance(person, LegalPerson):
        legal = [each for each in person.names if each.kind is LegalNameType.LEGAL]
        return (legal or list(person.names))[0].name if person.names else ""
    natural = [each for each in person.names if each.kind is NaturalNameType.LEGAL] or list(person.names)
    return f"{natural[0].secondary} {natural[0].primary}".strip() if natural else ""


def lei_of(person: Person | None) -> str:
    """The Legal Entity Identifier of an institution, "" when it has none."""
    found = person.identification if person is not None else None
    return found.identifier if found is not None and found.kind is IdentifierType.LEI else ""
