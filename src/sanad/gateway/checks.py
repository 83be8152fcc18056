"""What must be clear before a payment is sent: the gateway asks each check, binds its answer, else holds the payment.

A check lives above the gateway (screening, Travel Rule) and is handed to it; so nothing below calls anything above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sanad.base import canonical
from sanad.standards.iso20022.payment import Payment


class Finding(StrEnum):
    """What a check found of a payment. Only `CLEAR` lets it go; silence, errors and stale lists are `UNRESOLVED`."""

    CLEAR = "clear"
    CANDIDATES = "candidates"
    """Somebody listed may be meant: a person decides."""
    MISSING = "missing"
    """Data that the law asks for is not there."""
    UNRESOLVED = "unresolved"
    """The check could not answer."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of one check for one payment."""

    finding: Finding
    contents: canonical.Value
    """What is bound into the payment's evidence: the answer with its reasons, list versions and digests."""
    summary: str = ""
    """A sentence for whoever decides, without personal data."""


class Check(Protocol):
    """One check. Safe for threads; it raises nothing: what fails is `UNRESOLVED`."""

    @property
    def name(self) -> str:
        """What its answers are kept under (`screening`, `travel_rule`)."""

    def screened(self) -> int:
        """The number on the record of the newest list version that all answers of now are against; 0 for none."""

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        """One answer a payment, in order."""
