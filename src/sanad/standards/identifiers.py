"""Identifiers of accounts, institutions and legal entities: IBAN, BIC, LEI.

Each function answers yes or no for the electronic form (capitals, no spaces), as a file must carry it.
"""

import re
from functools import cache, lru_cache

from schwifty import BIC
from schwifty.exceptions import SchwiftyException
from schwifty.registry import get_iban_spec
from stdnum import lei

_LETTERS_AS_NUMBERS = {ord(letter): str(number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10)}

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")


@cache
def _bban_form(country: str) -> re.Pattern[str] | None:
    """Give the form of a country's account numbers by the IBAN registry, or None where there is none."""
    try:
        return get_iban_spec(country).regex
    except SchwiftyException:
        return None


def is_iban(text: str) -> bool:
    """Say whether `text` is an IBAN: known country, its length and form, right check digits (ISO 13616-1).

    The registry of forms is schwifty's. The remainder by 97 is written out, since a bulk file asks 200,000 times and
    the library's own check takes ten times as long; a test holds both to the same answers.
    """
    if not _IBAN.fullmatch(text):
        return False
    form = _bban_form(text[:2])
    if form is None or not form.fullmatch(text[4:]):
        return False
    # 98 minus a remainder: 00, 01 and 99 leave the remainder 1 too, but no bank computes them.
    if not "02" <= text[2:4] <= "98":
        return False
    return int((text[4:] + text[:4]).translate(_LETTERS_AS_NUMBERS)) % 97 == 1


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
