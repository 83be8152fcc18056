import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Malformed
from sanad.standards.iso20022.currencies import AMOUNT_MINOR_MAX, exponent, format_amount, parse_amount


@pytest.mark.parametrize(("currency", "decimals"), [("PKR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_currencies_have_their_own_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize("currency", ["", "XQX", "XAU", "XXX", "pkr", "PKRR"])
def test_what_has_no_minor_unit_is_no_currency_here(currency: str) -> None:
    with pytest.raises(Malformed) as caught:
        exponent(currency)
    assert caught.value.code == "currency.unknown"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1000.50", "PKR", 100_050),
        ("1000.5", "PKR", 100_050),
        ("1000", "PKR", 100_000),
        ("0.01", "PKR", 1),
        (".01", "PKR", 1),
        ("5.", "PKR", 500),
        ("+5", "JPY", 5),
        (" 1.234\n", "KWD", 1_234),
        ("0", "PKR", 0),
        ("0" * 50 + "1", "JPY", 1),
        ("9223372036854775807", "JPY", AMOUNT_MINOR_MAX),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("1.000", "PKR", "amount.decimals"),
        ("1.0", "JPY", "amount.decimals"),
        ("9223372036854775808", "JPY", "amount.range"),
        ("1" * 5000, "PKR", "amount.range"),
        ("", "PKR", "amount.form"),
        (".", "PKR", "amount.form"),
        ("-1", "PKR", "amount.form"),
        ("1e3", "PKR", "amount.form"),
        ("1,000", "PKR", "amount.form"),
        ("1.2.3", "PKR", "amount.form"),
        ("٣", "PKR", "amount.form"),
        ("NaN", "PKR", "amount.form"),
        ("1_000", "PKR", "amount.form"),
    ],
)
def test_what_is_no_amount_is_malformed(text: str, currency: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_amount(text, currency)
    assert caught.value.code == code


@given(st.integers(0, AMOUNT_MINOR_MAX), st.sampled_from(["PKR", "JPY", "KWD", "CLF"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse_amount(format_amount(minor, currency), currency) == minor
