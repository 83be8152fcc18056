"""The twelve constraints of IVMS101, the lengths of its texts and their letters: what of a payload breaks them, where.

C1   an originator who is a natural person has an address, a customer number, an official number or birth data
C2   a date of birth is in the past
C3   countries are of ISO 3166-1, or XX
C4   an originator that is a legal person has an address that is GEOG, a customer number or an official number
C5   a legal person has a legal name
C6   a natural person has a legal name
C7   a legal person's official number is RAID, MISC, LEIX or TXID
C8   an address has lines, or a street with a building's name or number
C9   a legal person's number has no country of issue, and a registration authority unless it is an LEI
C10  a registration authority is on GLEIF's list
C11  an LEI has right check digits
C12  intermediaries are numbered from 0 without gaps
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sanad.standards.identifiers import is_lei
from sanad.standards.ivms101.codes import is_country, is_registration_authority
from sanad.standards.ivms101.latin import script_of
from sanad.standards.ivms101.model import (
    Address,
    AddressType,
    Identifier,
    IdentifierType,
    Identity,
    Issue,
    LegalNameType,
    LegalPerson,
    NaturalName,
    NaturalNameType,
    NaturalPerson,
    Person,
)

TEXT, LETTERS = "text", "letters"
"""In place of a constraint's number: a text is missing or too long for its data type; or it is of another script than
Latin, where only local names may be."""

_LEGAL_IDENTIFIERS = frozenset(
    {IdentifierType.REGISTRATION_AUTHORITY, IdentifierType.UNSPECIFIED, IdentifierType.LEI, IdentifierType.TAX}
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME_MAX, _IDENTIFIER_MAX, _CUSTOMER_MAX, _PLACE_MAX = 100, 35, 50, 70
_ACCOUNT_MAX = {Issue.OF_2020: 100, Issue.OF_2023: 512}
_ADDRESS_MAX = {
    "department": 50, "sub_department": 70, "street_name": 70, "building_number": 16, "building_name": 35, "floor": 70,
    "post_box": 16, "room": 70, "post_code": 16, "town_name": 35, "town_location_name": 35, "district_name": 35,
    "country_sub_division": 35,
}  # fmt: skip
_LINE_MAX, _LINES_MAX = 70, 7


@dataclass(frozen=True, slots=True)
class Breach:
    """A constraint that is not kept: its number, where, and what to do. Holds no personal data."""

    constraint: str
    path: str
    advice: str


def breaches(identity: Identity, today: date) -> list[Breach]:
    """All that is wrong, in the order of the payload; empty when every constraint is kept."""
    return list(_of_identity(identity, today))


def _of_identity(identity: Identity, today: date) -> Iterator[Breach]:
    for name, party in (("originator", identity.originator), ("beneficiary", identity.beneficiary)):
        if party is None:
            continue
        if not party.persons:
            yield Breach(TEXT, name, "name at least one person")
        for at, person in enumerate(party.persons):
            path = f"{name}.persons[{at}]"
            yield from _of_person(person, path, today)
            if name == "originator":
                yield from _of_originator(person, path)
        for at, account in enumerate(party.accounts):
            yield from _text(account, f"{name}.accountNumber[{at}]", _ACCOUNT_MAX[identity.issue], is_required=True)
    institutions = (
        ("originatingVASP", identity.originating_institution), ("beneficiaryVASP", identity.beneficiary_institution),
    )  # fmt: skip
    for name, institution in institutions:
        if institution is not None:
            yield from _of_person(institution, name, today)
    for at, each in enumerate(identity.transfer_path):
        yield from _of_person(each.person, f"transferPath[{at}]", today)
    numbers = [each.sequence for each in identity.transfer_path]
    if sorted(numbers) != list(range(len(numbers))):
        yield Breach("C12", "transferPath", "number the intermediaries from 0, without gaps and repeats")


def _of_originator(person: Person, path: str) -> Iterator[Breach]:
    if isinstance(person, NaturalPerson):
        known = (person.addresses, person.customer_identification, person.identification, person.birth)
        if not any(known):
            yield Breach(
                "C1", path, "add an address, a customer number, an official number, or date and place of birth"
            )
        return
    has_address = any(each.kind is AddressType.GEOGRAPHIC for each in person.addresses)
    if not (has_address or person.customer_number or person.identification):
        yield Breach("C4", path, "add a geographic address (GEOG), a customer number or an official number")


def _of_person(person: Person, path: str, today: date) -> Iterator[Breach]:
    if isinstance(person, NaturalPerson):
        yield from _of_natural(person, path, today)
    else:
        yield from _of_legal(person, path)
    for at, address in enumerate(person.addresses):
        yield from _of_address(address, f"{path}.geographicAddress[{at}]")


def _of_natural(person: NaturalPerson, path: str, today: date) -> Iterator[Breach]:
    if not any(each.kind is NaturalNameType.LEGAL for each in person.names):
        yield Breach("C6", f"{path}.name", "give the legal name (LEGL)")
    lists = (("name", person.names), ("localName", person.local_names), ("phoneticName", person.phonetic_names))
    for member, names in lists:
        for at, name in enumerate(names):
            where = f"{path}.name.{member}Identifier[{at}]"
            yield from _of_natural_name(name, where, is_local=member != "name")
    yield from _text(person.customer_identification, f"{path}.customerIdentification", _CUSTOMER_MAX)
    yield from _country(person.country_of_residence, f"{path}.countryOfResidence")
    if person.birth is not None:
        yield from _text(person.birth.place, f"{path}.dateAndPlaceOfBirth.placeOfBirth", _PLACE_MAX, is_required=True)
        if not _is_past(person.birth.date, today):
            yield Breach("C2", f"{path}.dateAndPlaceOfBirth.dateOfBirth", "give a day in the past as YYYY-MM-DD")
    if person.identification is not None:
        yield from _of_identifier(person.identification, f"{path}.nationalIdentification")


def _of_natural_name(name: NaturalName, path: str, *, is_local: bool) -> Iterator[Breach]:
    yield from _text(name.primary, f"{path}.primaryIdentifier", _NAME_MAX, is_required=True, is_local=is_local)
    yield from _text(name.secondary, f"{path}.secondaryIdentifier", _NAME_MAX, is_local=is_local)


def _of_legal(person: LegalPerson, path: str) -> Iterator[Breach]:
    if not any(each.kind is LegalNameType.LEGAL for each in person.names):
        yield Breach("C5", f"{path}.name", "give the legal name (LEGL)")
    for at, name in enumerate((*person.names, *person.local_names, *person.phonetic_names)):
        is_local = at >= len(person.names)
        where = f"{path}.name[{at}].legalPersonName"
        yield from _text(name.name, where, _NAME_MAX, is_required=True, is_local=is_local)
    yield from _text(person.customer_number, f"{path}.customerNumber", _CUSTOMER_MAX)
    yield from _country(person.country_of_registration, f"{path}.countryOfRegistration")
    found = person.identification
    if found is None:
        return
    where = f"{path}.nationalIdentification"
    yield from _of_identifier(found, where)
    if found.kind not in _LEGAL_IDENTIFIERS:
        yield Breach("C7", where, "use RAID, MISC, LEIX or TXID for a company")
    if found.country_of_issue:
        yield Breach("C9", f"{where}.countryOfIssue", "leave it out for a company")
    if found.kind is not IdentifierType.LEI and not found.registration_authority:
        yield Breach("C9", f"{where}.registrationAuthority", "name the registration authority, or give an LEI")
    if found.kind is IdentifierType.LEI and found.registration_authority:
        yield Breach("C9", f"{where}.registrationAuthority", "leave it out beside an LEI")


def _of_identifier(found: Identifier, path: str) -> Iterator[Breach]:
    yield from _text(found.identifier, f"{path}.nationalIdentifier", _IDENTIFIER_MAX, is_required=True)
    yield from _country(found.country_of_issue, f"{path}.countryOfIssue")
    if found.registration_authority and not is_registration_authority(found.registration_authority):
        yield Breach("C10", f"{path}.registrationAuthority", "use a code of GLEIF's list, such as RA000472")
    if found.kind is IdentifierType.LEI and not is_lei(found.identifier):
        yield Breach("C11", f"{path}.nationalIdentifier", "this is no LEI: its last two digits do not fit")


def _of_address(address: Address, path: str) -> Iterator[Breach]:
    in_parts = address.street_name and (address.building_name or address.building_number)
    if not address.lines and not in_parts:
        yield Breach("C8", path, "give address lines, or a street with a building's name or number")
    yield from _country(address.country, f"{path}.country", is_required=True)
    for name, most in _ADDRESS_MAX.items():
        yield from _text(getattr(address, name), f"{path}.{name}", most)
    if len(address.lines) > _LINES_MAX:
        yield Breach(TEXT, f"{path}.addressLine", f"give at most {_LINES_MAX} lines")
    for at, line in enumerate(address.lines[:_LINES_MAX]):
        yield from _text(line, f"{path}.addressLine[{at}]", _LINE_MAX)


def _country(code: str, path: str, *, is_required: bool = False) -> Iterator[Breach]:
    if (code or is_required) and not is_country(code):
        yield Breach("C3", path, "use two letters of ISO 3166-1, or XX")


def _text(text: str, path: str, most: int, *, is_required: bool = False, is_local: bool = False) -> Iterator[Breach]:
    if is_required and not text:
        yield Breach(TEXT, path, "it must not be empty")
    if len(text) > most:
        yield Breach(TEXT, path, f"shorten it to {most} characters")
    if not is_local and script_of(text) is not None:
        yield Breach(LETTERS, path, "write it in Latin letters; a name's original may stand beside it as a local name")


def _is_past(text: str, today: date) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        return date.fromisoformat(text) < today
    except ValueError:
        return False
