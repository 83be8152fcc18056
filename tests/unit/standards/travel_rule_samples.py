"""A payload of our own in the forms that live in the wild."""

from typing import Any


def natural(member: str = "nameIdentifierType") -> dict[str, Any]:
    """A person with a name, an address and a birth."""
    return {
        "naturalPerson": {
            "name": {
                "nameIdentifier": [{"primaryIdentifier": "Khan", "secondaryIdentifier": "Ayesha", member: "LEGL"}]
            },
            "geographicAddress": [
                {"addressType": "HOME", "streetName": "Canal Road", "buildingNumber": "12", "townName": "Lahore",
                 "country": "PK"}
            ],
            "dateAndPlaceOfBirth": {"dateOfBirth": "1990-05-04", "placeOfBirth": "Multan"},
        }
    }  # fmt: skip


def legal(lei: str = "506700T7Z685VUOZL877") -> dict[str, Any]:
    """A company with an LEI."""
    return {
        "legalPerson": {
            "name": {"nameIdentifier": [{"legalPersonName": "Ravi Exchange", "legalPersonNameIdentifierType": "LEGL"}]},
            "nationalIdentification": {"nationalIdentifier": lei, "nationalIdentifierType": "LEIX"},
        }
    }


def payload_2020() -> dict[str, Any]:
    """As the first issue has it."""
    return {
        "originator": {"originatorPersons": [natural()], "accountNumber": ["addr-1"]},
        "beneficiary": {"beneficiaryPersons": [natural()], "accountNumber": ["addr-2"]},
        "originatingVASP": {"originatingVASP": legal()},
        "beneficiaryVASP": {"beneficiaryVASP": legal()},
    }


def payload_2023() -> dict[str, Any]:
    """As the second issue has it."""
    own = natural("naturalPersonNameIdentifierType")
    return {
        "originator": {"originatorPerson": [own], "accountNumber": ["addr-1"]},
        "beneficiary": {"beneficiaryPerson": [own], "accountNumber": ["addr-2"]},
        "originatingVASP": {"originatingVASP": legal()},
        "beneficiaryVASP": {"beneficiaryVASP": legal()},
        "payloadMetadata": {"payloadVersion": "101.2023"},
    }
