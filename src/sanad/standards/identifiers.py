"""Identifiers of accounts, institutions and legal entities: IBAN, BIC, LEI.

Each function answers yes or no for the electronic form (capitals, no spaces), as a file must carry it.
"""

import re
from functools import lru_cache

from schwifty import BIC
from schwifty.exceptions import SchwiftyException
from schwifty.registry import get_iban_spec
from stdnum import lei

_AS_NUMBERS = {character: str(int(character, 36)) for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


@lru_cache(maxsize=1_024)
def _iban_form(country: str) -> re.Pattern[str] | None:
    """Give the form of a country's IBANs by the registry, or None where the country has none."""
    try:
        bban = get_iban_spec(country).regex.pattern.strip("^$")
    except SchwiftyException:
        return None
    # The registry's forms take small letters and the digits of all scripts; the electronic form has neither.
    bban = bban.replace("A-Za-z", "A-Z").replace(r"\d", "[0-9]")
    # Check digits are 98 minus a remainder: 00, 01 and 99 would satisfy the formula too, but no bank computes them.
    return re.compile(rf"{country}(?:0[2-9]|[1-8][0-9]|9[0-8]){bban}")


@lru_cache(maxsize=65_536)
def _as_number(characters: str) -> str:
    """Replace letters by numbers from 10 (A) to 35 (Z), as ISO 13616-1 does before dividing."""
    return "".join([_AS_NUMBERS[character] for character in characters])


def is_iban(text: str) -> bool:
    """Say whether `text` is an IBAN: known country, its length and form, right check digits (ISO 13616-1).

    The registry of forms is schwifty's. The division by 97 is written out, since a bulk file asks 200,000 times and the
    library's own check takes ten times as long; a test holds both to the same answers.
    """
    form = _iban_form(text[:2])
    if form is None or not form.fullmatch(text):
        return False
    # Country, check digits and bank repeat within a file; what follows is mostly digits already.
    rest = text[8:]
    number = _as_number(text[4:8]) + (rest if rest.isdecimal() else _as_number(rest)) + _as_number(text[:4])
    return int(number) % 97 == 1


@lru_cache(maxsize=65_536)
def is_bic(text: str) -> bool:
    """Say whether `text` is a BIC of 8 or 11 characters of a country that exists (ISO 9362; no check digit)."""
    try:
        return str(BIC(text)) == text
    except SchwiftyException:
        return False


@lru_cache(maxsize=65_536)
def is_lei(text: str) -> bool:
    """Say whether `text` is a legal entity identifier: 20 characters with right check digits (ISO 17442)."""
    return len(text) == 20 and text.isascii() and text.isalnum() and text == text.upper() and lei.is_valid(text)
