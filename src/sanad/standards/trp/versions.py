"""Versions of the protocol: which we speak, and how two peers find the one to speak."""

import re
from dataclasses import dataclass
from typing import Self

HEADER = "api-version"
EXTENSIONS_HEADER = "api-extensions"
IDENTIFIER_HEADER = "request-identifier"
EXTENDED_IDENTITY = "extended-ivms101"
"""The extension by which more than names and accounts may be sent; some demand that a request says so."""

_FORM = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Major, minor, patch."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The version, None for what is none."""
        found = _FORM.fullmatch(text.strip())
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


OLDEST = Version(2, 1, 0)
NEWEST = Version(3, 2, 1)
USUAL = Version(3, 1, 0)
"""What we begin with: peers exist that take nothing newer."""


def negotiated(theirs: Version | None) -> Version | None:
    """The version to speak with a peer that offers one: its own if we know it, else our newest of the same major.

    None when there is none: it is older than what we know, or of a later major.
    """
    if theirs is None or theirs < OLDEST or theirs.major > NEWEST.major:
        return None
    return min(theirs, NEWEST)


def extensions_of(header: str) -> tuple[str, ...]:
    """Names of the header `api-extensions`; those that are unknown are passed over by whoever reads them."""
    names = [each.strip() for each in header.split(",")]
    return tuple(each for each in names if each and len(each) <= 80)[:50]
