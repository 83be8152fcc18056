"""What a list says of one designated person, firm, vessel or wallet, whatever format it came in."""

from dataclasses import dataclass
from enum import StrEnum


class Schema(StrEnum):
    """What is listed or asked for. The names are those of FollowTheMoney, as files of pairs use them."""

    PERSON = "Person"
    ORGANIZATION = "Organization"
    COMPANY = "Company"
    LEGAL_ENTITY = "LegalEntity"
    VESSEL = "Vessel"
    WALLET = "CryptoWallet"

    @property
    def is_firm(self) -> bool:
        """Whether it is a body of persons; `LegalEntity` may also be a person."""
        return self in (Schema.ORGANIZATION, Schema.COMPANY, Schema.LEGAL_ENTITY)


class NameKind(StrEnum):
    """What the list says of a name."""

    MAIN = "main"
    GOOD = "good"
    """An alias of good quality, or "strong"."""
    LOW = "low"
    """An alias of low quality, or "weak": alone it is a faint hint."""
    FORMER = "former"
    ORIGINAL = "original"
    """In the script of its language."""


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name as the list writes it."""

    text: str
    kind: NameKind = NameKind.MAIN


@dataclass(frozen=True, slots=True)
class BirthDate:
    """What is known of a birth date: a first and a last day that it may be, ISO 8601 (`1968-01-01`, `1968-12-31`)."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that a state or registrar gave: `kind` as the list names it, lower case (`passport`, `cnic`, `imo`)."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a list. Two entries with the same contents are the same, whatever a file's order."""

    schema: Schema
    reference: str
    """The list's own permanent number of it (`QDi.401`)."""
    names: tuple[ListedName, ...]
    father_names: tuple[str, ...] = ()
    birth_dates: tuple[BirthDate, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 codes, upper case: nationality, residence, registration."""
    identifiers: tuple[Identifier, ...] = ()
    wallets: tuple[str, ...] = ()
    """Addresses on a blockchain, as the list writes them."""
    programme: str = ""
    """Under which regime it is listed."""
    remarks: str = ""
