import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN
from stdnum import lei

from sanad.standards.identifiers import is_bic, is_iban, is_lei

IBANS = [
    "PK36SCBL0000001123456702",
    "GB82WEST12345698765432",
    "DE89370400440532013000",
    "FR7630006000011234567890189",
    "MT84MALT011000012345MTLCAST001S",
    "NO9386011117947",
    "SA0380000000608010167519",
    "AE070331234567890123456",
]


def by_the_library(text: str) -> bool:
    """What schwifty says of exactly this text; it forgives blanks and small letters, a file must not have them."""
    try:
        return str(IBAN(text)) == text
    except ValueError:
        return False


@pytest.mark.parametrize("text", IBANS)
def test_right_ibans_are_known(text: str) -> None:
    assert is_iban(text)
    assert by_the_library(text)


@pytest.mark.parametrize(
    "text", ["", "PK", "PK36", "XX36SCBL0000001123456702", "pk36scbl0000001123456702", "PK36 SCBL 0000 0011 2345 6702"]
)
def test_what_is_no_iban_is_known(text: str) -> None:
    assert not is_iban(text)


@pytest.mark.parametrize(("right", "digits"), [("98", "01"), ("97", "00"), ("02", "99")])
def test_check_digits_that_only_leave_the_same_remainder_are_wrong(right: str, digits: str) -> None:
    for account in range(1000):
        text = str(IBAN.generate("PK", bank_code="SCBL", account_code=f"{account:016d}"))
        if text[2:4] == right:
            assert is_iban(text)
            assert not is_iban(text[:2] + digits + text[4:])
            return
    pytest.fail("no account with these check digits")


@given(st.sampled_from(IBANS), st.integers(0, 33), st.sampled_from("0123456789ABCXYZabc ٣é\n"))
def test_one_changed_character_is_judged_as_the_library_judges_it(text: str, at: int, character: str) -> None:
    changed = text[:at] + character + text[at + 1 :]
    assert is_iban(changed) == (by_the_library(changed) and changed.isascii() and changed.isupper())


@given(st.text(alphabet="PKGBDE0123456789", max_size=34))
def test_any_text_is_judged_as_the_library_judges_it(text: str) -> None:
    assert is_iban(text) == by_the_library(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("SCBLPKKX", True),
        ("HABBPKKAXXX", True),
        ("AAAAGB2LXXX", True),
        ("NOTABIC", False),
        ("SCBLQQKX", False),
        ("scblpkkx", False),
        ("SCBLPKKX ", False),
        ("", False),
    ],
)
def test_bics(text: str, right: bool) -> None:
    assert is_bic(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("5493001KJTIIGC8Y1R12", True),
        ("213800WSGIIZCXF1P572", True),
        ("5493001KJTIIGC8Y1R13", False),
        ("5493001kjtiigc8y1r12", False),
        ("5493001KJTIIGC8Y1R1", False),
        ("", False),
    ],
)
def test_leis(text: str, right: bool) -> None:
    assert is_lei(text) is right
    assert not right or lei.is_valid(text)
