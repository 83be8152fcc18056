"""Writes IVMS101 as JSON in the issue asked for; the same value gives the same bytes."""

from typing import Any

import msgspec

from sanad.standards.ivms101.model import (
    Address,
    Identifier,
    Identity,
    Issue,
    LegalName,
    LegalPerson,
    NaturalName,
    NaturalPerson,
    Party,
    Person,
)

_Object = dict[str, Any]
_ADDRESS_WORDS = {
    "department": "department", "sub_department": "subDepartment", "street_name": "streetName",
    "building_number": "buildingNumber", "building_name": "buildingName", "floor": "floor", "post_box": "postBox",
    "room": "room", "post_code": "postCode", "town_name": "townName", "town_location_name": "townLocationName",
    "district_name": "districtName", "country_sub_division": "countrySubDivision",
}  # fmt: skip


def write(identity: Identity, issue: Issue = Issue.OF_2023) -> bytes:
    """The payload in UTF-8, without blanks, members in alphabetical order."""
    return msgspec.json.encode(document(identity, issue), order="sorted")


def document(identity: Identity, issue: Issue = Issue.OF_2023) -> _Object:
    """As `write`, before it becomes text."""
    is_new = issue is Issue.OF_2023
    found: _Object = {}
    for name, party in (("originator", identity.originator), ("beneficiary", identity.beneficiary)):
        if party is not None:
            found[name] = _party(party, f"{name}Person" if is_new else f"{name}Persons", is_new=is_new)
    if identity.originating_institution is not None:
        found["originatingVASP"] = {"originatingVASP": _person(identity.originating_institution, is_new=is_new)}
    if identity.beneficiary_institution is not None:
        found["beneficiaryVASP"] = {"beneficiaryVASP": _person(identity.beneficiary_institution, is_new=is_new)}
    if identity.transfer_path:
        rows = [
            {"intermediaryVASP": _person(each.person, is_new=is_new), "sequence": each.sequence}
            for each in identity.transfer_path
        ]
        found["transferPath"] = {"transferPath": rows}
    if not is_new:  # metadata may be left out, and readers of the first issue exist that refuse them
        return found
    metadata: _Object = {"payloadVersion": Issue.OF_2023.value}
    if identity.transliterations:
        metadata["transliterationMethod"] = [each.value for each in identity.transliterations]
    return found | {"payloadMetadata": metadata}


def _party(party: Party, member: str, *, is_new: bool) -> _Object:
    persons = [_person(each, is_new=is_new) for each in party.persons]
    accounts = {"accountNumber": list(party.accounts)} if party.accounts else {}
    if is_new:  # the issue of 2023 has them beside each person; programs exist that look where they were in 2020
        persons = [each | accounts for each in persons]
    return {member: persons} | accounts


def _person(person: Person, *, is_new: bool) -> _Object:
    if isinstance(person, LegalPerson):
        return {"legalPerson": _legal(person)}
    return {"naturalPerson": _natural(person, is_new=is_new)}


def _natural(person: NaturalPerson, *, is_new: bool) -> _Object:
    own = "naturalPersonNameIdentifierType" if is_new else "nameIdentifierType"
    name = _without_empty({
        "nameIdentifier": [_natural_name(each, own) for each in person.names],
        "localNameIdentifier": [_natural_name(each, "nameIdentifierType") for each in person.local_names],
        "phoneticNameIdentifier": [_natural_name(each, "nameIdentifierType") for each in person.phonetic_names],
    })  # fmt: skip
    birth = person.birth
    return _without_empty({
        "name": name,
        "geographicAddress": [_address(each) for each in person.addresses],
        "nationalIdentification": _identifier(person.identification),
        "customerIdentification": person.customer_identification,
        "dateAndPlaceOfBirth": {"dateOfBirth": birth.date, "placeOfBirth": birth.place} if birth else None,
        "countryOfResidence": person.country_of_residence,
    })  # fmt: skip


def _natural_name(name: NaturalName, member: str) -> _Object:
    return _without_empty(
        {"primaryIdentifier": name.primary, "secondaryIdentifier": name.secondary, member: name.kind.value}
    )


def _legal(person: LegalPerson) -> _Object:
    name = _without_empty({
        "nameIdentifier": [_legal_name(each) for each in person.names],
        "localNameIdentifier": [_legal_name(each) for each in person.local_names],
        "phoneticNameIdentifier": [_legal_name(each) for each in person.phonetic_names],
    })  # fmt: skip
    return _without_empty({
        "name": name,
        "geographicAddress": [_address(each) for each in person.addresses],
        "customerIdentification": person.customer_number,
        "nationalIdentification": _identifier(person.identification),
        "countryOfRegistration": person.country_of_registration,
    })  # fmt: skip


def _legal_name(name: LegalName) -> _Object:
    return {"legalPersonName": name.name, "legalPersonNameIdentifierType": name.kind.value}


def _address(address: Address) -> _Object:
    parts = {word: getattr(address, name) for name, word in _ADDRESS_WORDS.items()}
    return _without_empty(
        {"addressType": address.kind.value, **parts, "addressLine": list(address.lines), "country": address.country}
    )


def _identifier(found: Identifier | None) -> _Object | None:
    if found is None:
        return None
    return _without_empty({
        "nationalIdentifier": found.identifier, "nationalIdentifierType": found.kind.value,
        "countryOfIssue": found.country_of_issue, "registrationAuthority": found.registration_authority,
    })  # fmt: skip


def _without_empty(found: _Object) -> _Object:
    return {name: value for name, value in found.items() if value not in ("", None, [], {})}
