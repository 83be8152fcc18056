"""IVMS101: every spelling of the wild is read as the same payload, both issues are written, no constraint is missed."""

import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sanad.base.errors import Malformed
from sanad.standards.ivms101 import constraints, latin, reading, writing
from sanad.standards.ivms101.model import (
    Address,
    AddressType,
    Birth,
    Identity,
    Issue,
    LegalName,
    LegalPerson,
    NaturalName,
    NaturalPerson,
    Transliteration,
    display_name,
    lei_of,
)
from tests.unit.standards.travel_rule_samples import legal, natural, payload_2020, payload_2023

TODAY = date(2026, 11, 25)


def read(document: object) -> Identity:
    return reading.read(json.dumps(document).encode())


def same(found: Identity) -> Identity:
    """Without the one thing in which two issues differ."""
    return msgspec.structs.replace(found, issue=Issue.OF_2020)


def broken(document: object) -> set[str]:
    return {each.constraint for each in constraints.breaches(read(document), TODAY)}


# --- reading --------------------------------------------------------------------------------------------------------


def test_both_issues_say_the_same() -> None:
    old, new = read(payload_2020()), read(payload_2023())
    assert (old.issue, new.issue) == (Issue.OF_2020, Issue.OF_2023)
    assert same(old) == same(new)
    assert old.originator is not None
    assert display_name(old.originator.persons[0]) == "Ayesha Khan"
    assert lei_of(old.originating_institution) == "506700T7Z685VUOZL877"


def test_capitalised_roots_are_the_same_payload() -> None:
    document = payload_2020()
    names = {
        "Originator": "originator", "Beneficiary": "beneficiary", "OriginatingVASP": "originatingVASP",
        "BeneficiaryVASP": "beneficiaryVASP",
    }  # fmt: skip
    capital = {name: document[old] for name, old in names.items()}
    capital["OriginatingVASP"] = {"OriginatingVASP": legal()}
    assert read(capital) == read(document)
    assert read({"ivms101": document}) == read(document)


def test_an_institution_may_stand_without_its_second_object() -> None:
    document = payload_2023()
    flat = document | {"originatingVASP": legal(), "beneficiaryVASP": legal()}
    assert read(flat) == read(document)


def test_one_object_stands_for_a_list_of_one() -> None:
    document = payload_2023()
    single = deepcopy(document)
    single["originator"]["originatorPerson"] = single["originator"]["originatorPerson"][0]
    single["originator"]["accountNumber"] = "addr-1"
    assert read(single) == read(document)


def test_snake_case_and_loose_words_are_understood() -> None:
    loose = {
        "natural_person": {
            "name": {"name_identifiers": [{"surname": "Khan", "first_name": "Ayesha",
                                           "name_identifier_type": "NATURAL_PERSON_NAME_TYPE_CODE_LEGL"}]},
            "geographic_addresses": [{"address_type": "home", "street": "Canal Road", "number": "12", "city": "Lahore",
                                      "country": "pk"}],
            "date_and_place_of_birth": {"dob": "1990-05-04", "pob": "Multan"},
        }
    }  # fmt: skip
    document = payload_2020()
    document["originator"] = {"originator_persons": [loose], "account_numbers": ["addr-1"]}
    assert read(document) == read(payload_2020())


def test_the_stated_version_may_be_written_both_ways() -> None:
    for stated in ("101.2023", "IVMS101.2023"):
        assert read(payload_2020() | {"payloadMetadata": {"payloadVersion": stated}}).issue is Issue.OF_2023
    assert read(payload_2020() | {"payloadMetadata": {"payloadVersion": "101"}}).issue is Issue.OF_2020


def test_a_name_may_be_a_list() -> None:
    """Two libraries that live in the wild: one has several names where one is meant, one has no object for a name."""
    name = natural()["naturalPerson"]["name"]
    legal_name = legal()["legalPerson"]["name"]
    for form, legal_form in (([name], [legal_name]), (name["nameIdentifier"], legal_name["nameIdentifier"])):
        document = payload_2020()
        document["originator"]["originatorPersons"][0]["naturalPerson"]["name"] = form
        document["originatingVASP"]["originatingVASP"]["legalPerson"]["name"] = legal_form
        assert read(document) == read(payload_2020())


def test_account_numbers_may_stand_beside_a_person() -> None:
    """Where the issue of 2023 has them; each is told once, wherever it stands."""
    document = json.loads(json.dumps(payload_2023()))
    accounts = document["originator"].pop("accountNumber")
    document["originator"]["originatorPerson"][0] |= {"accountNumber": accounts}
    assert read(document) == read(payload_2023())
    document["originator"]["accountNumber"] = accounts
    assert read(document) == read(payload_2023())


def test_what_is_unknown_is_passed_over() -> None:
    assert read(payload_2020() | {"somethingNew": {"a": 1}}) == read(payload_2020())


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"originator": []}, "IVMS101.originator", "ivms101.object"),
        ({"originator": {"originatorPersons": ["A"]}}, "IVMS101.originator.originatorpersons[0]", "ivms101.object"),
        ({"originator": {"originatorPersons": [{}]}}, "IVMS101.originator.originatorpersons[0]", "ivms101.person"),
        ({"originator": {"originatorPersons": [natural() | legal()]}}, "IVMS101.originator.originatorpersons[0]",
         "ivms101.person"),
        ({"originator": {"originatorPersons": [natural()] * 51}}, "IVMS101.originator.originatorpersons",
         "ivms101.list"),
        ({"originator": {"accountNumber": ["x" * 1_001]}}, "IVMS101.originator.accountnumber", "ivms101.text"),
        ({"originator": {"accountNumber": [7]}}, "IVMS101.originator.accountnumber", "ivms101.text"),
        ({"originator": {"accountNumber": ["a"], "account_number": ["b"]}}, "IVMS101.originator.accountnumber",
         "ivms101.twice"),
        ({"payloadMetadata": {"transliterationMethod": ["klingon"]}}, "IVMS101.payloadmetadata", "ivms101.code"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(change: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Malformed) as error:
        read(payload_2020() | change)
    assert (error.value.field, error.value.code) == (field, code)


def test_a_refusal_tells_no_personal_data() -> None:
    document = payload_2020()
    document["originator"]["originatorPersons"][0]["naturalPerson"]["name"]["nameIdentifier"][0] |= {
        "nameIdentifierType": "Ayesha Khan"
    }
    with pytest.raises(Malformed) as error:
        read(document)
    assert "Ayesha" not in str(error.value)


def test_too_much_and_no_json_at_all() -> None:
    with pytest.raises(Malformed) as error:
        reading.read(b" " * (reading.OCTETS_MAX + 1))
    assert error.value.code == "ivms101.size"
    for data in (b"", b"{", b"[1]", b"\xff", b"[" * 100_000):
        with pytest.raises(Malformed):
            reading.read(data)


# --- writing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("issue", Issue)
def test_what_is_written_is_read_again(issue: Issue) -> None:
    found = read(payload_2020())
    written = writing.write(found, issue)
    assert same(reading.read(written)) == same(found)
    assert writing.write(reading.read(written), issue) == written


def test_each_issue_is_written_in_its_own_words() -> None:
    found = read(payload_2020())
    old, new = writing.document(found, Issue.OF_2020), writing.document(found, Issue.OF_2023)
    assert "originatorPersons" in old["originator"]
    assert "payloadMetadata" not in old
    written = msgspec.structs.replace(found, transliterations=(Transliteration.ARABIC,))
    assert set(writing.document(written, Issue.OF_2020)) == set(old), "a strict reader knows these four alone"
    assert new["payloadMetadata"] == {"payloadVersion": "101.2023"}
    name = new["originator"]["originatorPerson"][0]["naturalPerson"]["name"]["nameIdentifier"][0]
    assert name["naturalPersonNameIdentifierType"] == "LEGL"
    assert "nameIdentifierType" not in name
    assert new["originatingVASP"]["originatingVASP"]["legalPerson"]["name"]
    assert new["originator"]["originatorPerson"][0]["accountNumber"] == ["addr-1"], "where the issue has it"
    assert new["originator"]["accountNumber"] == ["addr-1"], "and where older programs look"
    assert "accountNumber" not in old["originator"]["originatorPersons"][0]


def test_a_companys_number_at_its_institution_has_the_name_of_the_standards_table() -> None:
    document = company(customerNumber="C-7")
    for issue, member in ((Issue.OF_2020, "originatorPersons"), (Issue.OF_2023, "originatorPerson")):
        person = writing.document(read(document), issue)["originator"][member][0]["legalPerson"]
        assert person["customerIdentification"] == "C-7"
        assert "customerNumber" not in person


# --- constraints ----------------------------------------------------------------------------------------------------


def test_a_sound_payload_breaks_nothing() -> None:
    assert broken(payload_2020()) == set()
    assert broken(payload_2023()) == set()


def originator(**change: Any) -> dict[str, Any]:
    person = natural()["naturalPerson"] | change
    person = {name: value for name, value in person.items() if value is not None}
    return payload_2020() | {"originator": {"originatorPersons": [{"naturalPerson": person}]}}


def company(**change: Any) -> dict[str, Any]:
    person = legal()["legalPerson"] | change
    person = {name: value for name, value in person.items() if value is not None}
    return payload_2020() | {"originator": {"originatorPersons": [{"legalPerson": person}]}}


def number(kind: str, text: str = "12345", **more: str) -> dict[str, str]:
    return {"nationalIdentifier": text, "nationalIdentifierType": kind, **more}


ADDRESS = {"addressType": "GEOG", "country": "PK"}


@pytest.mark.parametrize(
    ("constraint", "document"),
    [
        ("C1", originator(geographicAddress=None, dateAndPlaceOfBirth=None)),
        ("C2", originator(dateAndPlaceOfBirth={"dateOfBirth": "2026-11-25", "placeOfBirth": "Multan"})),
        ("C2", originator(dateAndPlaceOfBirth={"dateOfBirth": "1990-02-30", "placeOfBirth": "Multan"})),
        ("C2", originator(dateAndPlaceOfBirth={"dateOfBirth": "4.5.1990", "placeOfBirth": "Multan"})),
        ("C3", originator(countryOfResidence="QQ")),
        ("C3", originator(geographicAddress=[{"addressType": "HOME", "addressLine": ["1 Canal Road"]}])),
        ("C4", company(nationalIdentification=None)),
        ("C6", originator(name={"nameIdentifier": [{"primaryIdentifier": "Khan", "nameIdentifierType": "ALIA"}]})),
        ("C5", company(name={"nameIdentifier": [{"legalPersonName": "R", "legalPersonNameIdentifierType": "TRAD"}]})),
        ("C7", company(nationalIdentification=number("CCPT", registrationAuthority="RA000472"))),
        ("C8", originator(geographicAddress=[ADDRESS | {"streetName": "Canal Road"}])),
        ("C8", originator(geographicAddress=[ADDRESS])),
        ("C9", company(nationalIdentification=number("TXID"))),
        ("C9", company(nationalIdentification=number("TXID", countryOfIssue="PK", registrationAuthority="RA000472"))),
        ("C9", company(nationalIdentification=number("LEIX", "506700T7Z685VUOZL877",
                                                     registrationAuthority="RA000472"))),
        ("C10", company(nationalIdentification=number("TXID", registrationAuthority="RA000191"))),
        ("C11", company(nationalIdentification=number("LEIX", "506700T7Z685VUOZL878"))),
        ("C12", payload_2020() | {"transferPath": [{"intermediaryVASP": legal(), "sequence": 1}]}),
        ("C12", payload_2020() | {"transferPath": [{"intermediaryVASP": legal(), "sequence": 0}] * 2}),
        ("text", originator(customerIdentification="x" * 51)),
        ("letters", originator(name={"nameIdentifier": [{"primaryIdentifier": "خان", "nameIdentifierType": "LEGL"}]})),
        ("letters", originator(geographicAddress=[ADDRESS | {"addressLine": ["مال روڈ 5"]}])),
        ("text", payload_2020() | {"beneficiary": {"accountNumber": ["a"]}}),
    ],
)  # fmt: skip
def test_each_constraint_is_seen_and_no_other(constraint: str, document: dict[str, Any]) -> None:
    assert broken(document) == {constraint}


def test_local_names_are_in_any_script_and_accents_break_nothing() -> None:
    own = {"primaryIdentifier": "Müller", "nameIdentifierType": "LEGL"}
    local = {"primaryIdentifier": "خان", "nameIdentifierType": "LEGL"}
    assert broken(originator(name={"nameIdentifier": [own], "localNameIdentifier": [local]})) == set()


def test_account_numbers_are_longer_in_the_issue_of_2023() -> None:
    for length, issue, expected in ((101, "101", {"text"}), (512, "101.2023", set()), (513, "101.2023", {"text"})):
        document = payload_2020() | {"payloadMetadata": {"payloadVersion": issue}}
        document["beneficiary"]["accountNumber"] = ["x" * length]
        assert broken(document) == expected


def test_unknown_countries_and_authorities_have_their_signs() -> None:
    assert broken(originator(countryOfResidence="XX")) == set()
    assert broken(company(nationalIdentification=number("TXID", registrationAuthority="RA999999"))) == set()


def test_intermediaries_in_any_order() -> None:
    rows = [{"intermediaryVASP": legal(), "sequence": each} for each in (1, 0)]
    assert broken(payload_2020() | {"transferPath": rows}) == set()
    assert broken(payload_2020() | {"transferPath": {"transferPath": rows}}) == set()


# --- other scripts --------------------------------------------------------------------------------------------------


def test_urdu_names_are_sent_in_latin_with_the_original_beside() -> None:
    urdu = NaturalName("جناح", "محمد علی")
    person, scripts = latin.with_latin(NaturalPerson((urdu,)))
    assert isinstance(person, NaturalPerson)
    assert scripts == {Transliteration.ARABIC}
    assert person.local_names == (urdu,)
    assert person.names[0].primary.isascii()
    assert person.names[0].primary
    assert latin.with_latin(person)[0] == person


def test_latin_names_stay_as_they_are() -> None:
    person = LegalPerson((LegalName("Baker & Sons"),))
    assert latin.with_latin(person) == (person, frozenset())


def test_accents_go_since_the_standard_has_printable_ascii_alone() -> None:
    name = LegalName("Bürgers & Söhne")
    person, scripts = latin.with_latin(LegalPerson((name,)))
    assert person == LegalPerson((LegalName("Burgers & Sohne"),), (name,))
    assert scripts == frozenset(), "no script was left"


def test_streets_and_birthplaces_are_written_in_latin_too() -> None:
    address = Address(AddressType.HOME, "PK", street_name="مال روڈ", town_name="لاہور", lines=("گلی 5",))
    birth = Birth("1990-05-04", "ملتان")
    person, scripts = latin.with_latin(
        NaturalPerson((NaturalName("Khan", "Ayesha"),), addresses=(address,), birth=birth)
    )
    assert scripts == {Transliteration.ARABIC}
    assert isinstance(person, NaturalPerson)
    found = person.addresses[0]
    assert found.country == "PK"
    for text in (found.street_name, found.town_name, *found.lines, person.birth.place if person.birth else ""):
        assert text
        assert text.isascii()
    assert person.local_names == (), "her name was in Latin letters"


def test_words_that_are_known_are_written_with_their_vowels() -> None:
    known = {"محمد": "Muhammad"}
    assert latin.in_latin("محمد Khan جناح", lambda word: known.get(word, "")) == "Muhammad Khan Jnh"


@pytest.mark.parametrize(
    ("text", "script"),
    [("Иван", "cyrl"), ("गांधी", "deva"), ("Ελένη", "grek"), ("王", "hani"), ("さくら", "kana"), ("김", "kore"),
     ("ไทย", "thai"), ("שרה", "hebr"), ("Անի", "armn"), ("ანა", "geor")],
)  # fmt: skip
def test_the_script_is_told(text: str, script: str) -> None:
    assert latin.script_of(text) == Transliteration(script)
    assert latin.in_latin(text).isascii()


# --- what others wrote ----------------------------------------------------------------------------------------------


@pytest.mark.needs_test_data
def test_payloads_of_another_program_in_its_two_spellings(test_data: Path) -> None:
    plain, loose = (
        reading.read((test_data / "ivms101" / name).read_bytes())
        for name in ("trisa_identity_payload.json", "trisa_identity_payload_alt.json")
    )
    assert plain == loose
    assert plain.originator is not None
    assert plain.originator.accounts
    assert constraints.breaches(plain, TODAY) == []
