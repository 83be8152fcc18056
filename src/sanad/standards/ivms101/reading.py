"""Reads what is sent as IVMS101, whoever wrote it: both issues, and the spellings that live in the wild.

Roots and members may begin with a capital or be in snake case, lists may be in the singular or the plural or be one
object instead of a list, an institution may stand in a second object of the same name or not, a name may be a list.
What is not known is passed over. Whether the contents keep the standard's constraints is for `constraints`.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from sanad.base.errors import Malformed
from sanad.standards.ivms101.model import (
    Address,
    AddressType,
    Birth,
    Identifier,
    IdentifierType,
    Identity,
    Intermediary,
    Issue,
    LegalName,
    LegalNameType,
    LegalPerson,
    NaturalName,
    NaturalNameType,
    NaturalPerson,
    Party,
    Person,
    Transliteration,
)

OCTETS_MAX = 512 * 1_024
LIST_MAX = 50
TEXT_CHARACTERS_MAX = 1_000

_ACCOUNTS = ("accountnumber", "accountnumbers")

_Code = TypeVar("_Code", bound=StrEnum)
_Object = dict[str, Any]
_PREFIX = re.compile(
    r"^(NATURAL_PERSON_NAME|LEGAL_PERSON_NAME|ADDRESS|NATIONAL_IDENTIFIER|TRANSLITERATION_METHOD)_(TYPE_)?CODE_"
)


def read(data: bytes) -> Identity:
    """The payload. Raises `Malformed` naming the member that cannot be read, never its value."""
    if len(data) > OCTETS_MAX:
        raise Malformed("IVMS101", "ivms101.size", f"send at most {OCTETS_MAX:,} bytes of personal data")
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("IVMS101", "ivms101.json", "send a JSON object in UTF-8") from None
    return read_document(document)


def read_document(document: object) -> Identity:
    """As `read`, of a decoded JSON value."""
    root = _Reader(document, "IVMS101")
    if len(root.members) == 1 and (inner := root.object_of("ivms101", "identitypayload", "identity")) is not None:
        root = inner
    metadata = root.object_of("payloadmetadata")
    return Identity(
        originator=_party(root.object_of("originator"), "originator"),
        beneficiary=_party(root.object_of("beneficiary"), "beneficiary"),
        originating_institution=_institution(root, "originatingvasp"),
        beneficiary_institution=_institution(root, "beneficiaryvasp"),
        transfer_path=_path(root),
        transliterations=_transliterations(metadata),
        issue=_issue(root, metadata),
    )


# --- the parts ------------------------------------------------------------------------------------------------------


def _party(found: "_Reader | None", name: str) -> Party | None:
    if found is None:
        return None
    persons = found.objects_of(f"{name}persons", f"{name}person", "persons", "person")
    if not persons and found.has("naturalperson", "legalperson"):
        persons = [found]
    # The issue of 2023 has them beside each person, the one of 2020 beside all.
    accounts = [found.texts_of(*_ACCOUNTS), *(each.texts_of(*_ACCOUNTS) for each in persons)]
    unlike = dict.fromkeys(account for some in accounts for account in some)
    return Party(tuple(_person(each) for each in persons), tuple(unlike))


def _institution(root: "_Reader", name: str) -> Person | None:
    """With the second object of the same name, or without."""
    found = root.object_of(name)
    while found is not None and (inner := found.object_of(name)) is not None:
        found = inner
    if found is None or not found.members:
        return None
    return _person(found)


def _path(root: "_Reader") -> tuple[Intermediary, ...]:
    found = root.object_of("transferpath") if root.is_object("transferpath") else None
    rows = (found or root).objects_of("transferpath", "intermediaryvasps", "intermediaryvasp")
    path = []
    for each in rows:
        person = each.object_of("intermediaryvasp", "person") or each
        path.append(Intermediary(_person(person), each.whole_number("sequence")))
    return tuple(path)


def _transliterations(metadata: "_Reader | None") -> tuple[Transliteration, ...]:
    if metadata is None:
        return ()
    texts = metadata.texts_of("transliterationmethod", "transliterationmethods")
    return tuple(_code(Transliteration, each.lower(), metadata.path) for each in texts)


def _issue(root: "_Reader", metadata: "_Reader | None") -> Issue:
    """By the version that it states, else by the word that only the issue of 2023 has."""
    stated = metadata.text("payloadversion").upper().removeprefix("IVMS") if metadata is not None else ""
    if stated:
        return Issue.OF_2023 if stated.endswith("2023") else Issue.OF_2020
    originator = root.object_of("originator")
    return Issue.OF_2023 if originator is not None and originator.has("originatorperson") else Issue.OF_2020


def _person(found: "_Reader") -> Person:
    natural, legal = found.object_of("naturalperson"), found.object_of("legalperson")
    if (natural is None) == (legal is None):
        raise found.wrong("ivms101.person", "give either naturalPerson or legalPerson")
    return _natural(natural) if natural is not None else _legal(legal or found)


def _natural(found: "_Reader") -> NaturalPerson:
    names = found.objects_of("name")
    return NaturalPerson(
        names=_natural_names(names, "nameidentifier", "primaryidentifier"),
        local_names=_natural_names(names, "localnameidentifier"),
        phonetic_names=_natural_names(names, "phoneticnameidentifier"),
        addresses=_addresses(found),
        identification=_identifier(found),
        customer_identification=found.text("customeridentification", "customernumber"),
        birth=_birth(found),
        country_of_residence=found.text("countryofresidence", "country").upper(),
    )


def _names(names: "list[_Reader]", member: str, own: str) -> "Iterator[_Reader]":
    """The rows of a list of names. Several names may stand where one is meant, or the rows themselves."""
    for name in names:
        yield from [name] if own and name.has(own) else name.objects_of(member, f"{member}s")


def _natural_names(names: "list[_Reader]", member: str, own: str = "") -> tuple[NaturalName, ...]:
    return tuple(
        NaturalName(
            each.text("primaryidentifier", "lastname", "surname", "familyname"),
            each.text("secondaryidentifier", "firstname", "forename", "givenname"),
            each.code(NaturalNameType, "nameidentifiertype", "naturalpersonnameidentifiertype"),
        )
        for each in _names(names, member, own)
    )


def _legal(found: "_Reader") -> LegalPerson:
    names = found.objects_of("name")
    return LegalPerson(
        names=_legal_names(names, "nameidentifier", "legalpersonname"),
        local_names=_legal_names(names, "localnameidentifier"),
        phonetic_names=_legal_names(names, "phoneticnameidentifier"),
        addresses=_addresses(found),
        identification=_identifier(found),
        customer_number=found.text("customernumber", "customeridentification"),
        country_of_registration=found.text("countryofregistration", "country").upper(),
    )


def _legal_names(names: "list[_Reader]", member: str, own: str = "") -> tuple[LegalName, ...]:
    return tuple(
        LegalName(
            each.text("legalpersonname", "name"),
            each.code(LegalNameType, "legalpersonnameidentifiertype", "nameidentifiertype"),
        )
        for each in _names(names, member, own)
    )


def _addresses(found: "_Reader") -> tuple[Address, ...]:
    rows = found.objects_of("geographicaddress", "geographicaddresses", "addresses", "address")
    return tuple(
        Address(
            kind=each.code(AddressType, "addresstype"),
            country=each.text("country", "countrycode").upper(),
            department=each.text("department"),
            sub_department=each.text("subdepartment"),
            street_name=each.text("streetname", "street"),
            building_number=each.text("buildingnumber", "number"),
            building_name=each.text("buildingname"),
            floor=each.text("floor"),
            post_box=each.text("postbox"),
            room=each.text("room"),
            post_code=each.text("postcode", "postalcode", "zipcode", "zip"),
            town_name=each.text("townname", "town", "city"),
            town_location_name=each.text("townlocationname"),
            district_name=each.text("districtname", "district"),
            country_sub_division=each.text("countrysubdivision", "state", "province"),
            lines=each.texts_of("addressline", "addresslines"),
        )
        for each in rows
    )


def _identifier(found: "_Reader") -> Identifier | None:
    each = found.object_of("nationalidentification", "nationalidentifier")
    if each is None:
        return None
    return Identifier(
        each.text("nationalidentifier", "identifier"),
        each.code(IdentifierType, "nationalidentifiertype", "identifiertype"),
        each.text("countryofissue", "country").upper(),
        each.text("registrationauthority", "ra").upper(),
    )


def _birth(found: "_Reader") -> Birth | None:
    each = found.object_of("dateandplaceofbirth")
    if each is None:
        return None
    return Birth(each.text("dateofbirth", "dob"), each.text("placeofbirth", "pob"))


# --- members, whatever they are called ------------------------------------------------------------------------------


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _code(kind: type[_Code], text: str, path: str) -> _Code:
    plain = _PREFIX.sub("", text.upper())
    for each in kind:
        if each.value.upper() == plain:
            return each
    known = ", ".join(kind)
    raise Malformed(path, "ivms101.code", f"use a code of the list: {known}")


class _Reader:
    """An object of the document, and where it stands."""

    def __init__(self, document: object, path: str) -> None:
        self.path = path
        if not isinstance(document, dict):
            raise self.wrong("ivms101.object", "an object must stand here")
        self.members: _Object = {}
        for name, value in document.items():
            plain = _plain(str(name))
            if value is not None and self.members.setdefault(plain, value) != value:
                raise self.wrong("ivms101.twice", "send a member once, in one spelling", plain)

    def wrong(self, code: str, advice: str, member: str = "") -> Malformed:
        return Malformed(f"{self.path}.{member}" if member else self.path, code, advice)

    def has(self, *names: str) -> bool:
        return any(each in self.members for each in names)

    def _take(self, names: tuple[str, ...]) -> tuple[str, Any]:
        return next(((each, self.members[each]) for each in names if each in self.members), (names[0], None))

    def is_object(self, name: str) -> bool:
        return isinstance(self.members.get(name), dict)

    def object_of(self, *names: str) -> "_Reader | None":
        name, value = self._take(names)
        return None if value is None else _Reader(value, f"{self.path}.{name}")

    def objects_of(self, *names: str) -> "list[_Reader]":
        name, value = self._take(names)
        rows = value if isinstance(value, list) else [] if value is None else [value]
        if len(rows) > LIST_MAX:
            raise self.wrong("ivms101.list", f"at most {LIST_MAX} may stand here", name)
        return [_Reader(each, f"{self.path}.{name}[{at}]") for at, each in enumerate(rows)]

    def texts_of(self, *names: str) -> tuple[str, ...]:
        name, value = self._take(names)
        rows = value if isinstance(value, list) else [] if value is None else [value]
        if len(rows) > LIST_MAX:
            raise self.wrong("ivms101.list", f"at most {LIST_MAX} may stand here", name)
        return tuple(self._text(each, name) for each in rows)

    def text(self, *names: str) -> str:
        name, value = self._take(names)
        return "" if value is None else self._text(value, name)

    def _text(self, value: object, name: str) -> str:
        if not isinstance(value, str) or len(value) > TEXT_CHARACTERS_MAX:
            raise self.wrong(
                "ivms101.text", f"a text of at most {TEXT_CHARACTERS_MAX} characters must stand here", name
            )
        return value.strip()

    def code(self, kind: type[_Code], *names: str) -> _Code:
        name, value = self._take(names)
        return _code(kind, self._text("" if value is None else value, name), f"{self.path}.{name}")

    def whole_number(self, name: str) -> int:
        value = self.members.get(name, 0)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6:
            value = int(value)
        if type(value) is not int or not 0 <= value < 100_000:
            raise self.wrong("ivms101.number", "a whole number from 0 must stand here", name)
        return value
