"""Amounts as ISO 20022 writes them, and the minor units of ISO 4217: text to whole numbers and back, exactly."""

from functools import cache

from iso4217 import Currency

from sanad.base.errors import Malformed, ensure

AMOUNT_MINOR_MAX = 2**63 - 1
"""The largest amount that the record can hold, in minor units."""


@cache
def _exponents() -> dict[str, int]:
    """Give the number of decimals of each currency; metals, test codes and funds without a minor unit are left out."""
    return {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency by ISO 4217: PKR 2, JPY 0, KWD 3.

    Raises `Malformed` (`currency.unknown`) for what is no currency or has no minor unit.
    """
    found = _exponents().get(currency)
    if found is None:
        raise Malformed("currency", "currency.unknown", "use the three-letter code of a currency in ISO 4217")
    return found


def parse_amount(text: str, currency: str) -> int:
    """Read a decimal text as whole minor units, exactly: `"1000.50"` of PKR is 100050.

    Takes what XML Schema calls a decimal, not negative (surrounding blanks and a plus sign are allowed). Raises
    `Malformed`: `currency.unknown`, `amount.form`, `amount.decimals` (more decimals than the currency has, even zeros:
    ISO 20022 wants the currency's own), `amount.range` (above 2^63 - 1).
    """
    decimals = exponent(currency)
    whole, _, fraction = text.strip(" \t\r\n").removeprefix("+").partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdecimal()):
        raise Malformed("amount", "amount.form", "write the amount in digits with a point before the decimals")
    if len(fraction) > decimals:
        raise Malformed("amount", "amount.decimals", f"{currency} has {decimals} decimals; write no more than these")
    # No amount that fits has so many digits; Python reads only 4,300 and takes the square of their number in time.
    if len(digits) > 100:
        raise Malformed("amount", "amount.range", "no amount has more than 100 digits")
    minor = int(digits.ljust(len(whole) + decimals, "0"))
    if minor > AMOUNT_MINOR_MAX:
        raise Malformed("amount", "amount.range", f"the record holds at most {AMOUNT_MINOR_MAX} minor units")
    return minor


def format_amount(amount_minor: int, currency: str) -> str:
    """Write whole minor units as a decimal text with the currency's own decimals: 100050 of PKR is `"1000.50"`.

    Raises `Malformed` (`currency.unknown`).
    """
    ensure(amount_minor >= 0, "an amount in a message is not negative")
    decimals = exponent(currency)
    digits = str(amount_minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
