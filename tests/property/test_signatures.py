"""Whatever comes as a signature has an answer; what an authenticator signed is true, and nothing near it."""

from dataclasses import replace
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from sanad.rulebook.message import SIGNATURE_SIZE_MAX, Suite
from sanad.rulebook.signature_webauthn import SigningOrigins, read_assertion
from sanad.rulebook.signatures import is_at_signing_page, is_signature
from tests.authenticator import Browser, client_data, create, packed
from tests.scenarios.founding import SIGNING_HOST, SIGNING_ORIGIN

PASSKEY = create("a property's", SIGNING_HOST, SIGNING_ORIGIN)
PAGE = SigningOrigins(SIGNING_HOST, (SIGNING_ORIGIN,), bytes(32))
CHALLENGES = st.binary(min_size=32, max_size=32)
ORIGINS = st.sampled_from((SIGNING_ORIGIN.encode(), b"https://portal.nation.example", b"", b'"', b"\\u0022"))
ENDS = st.one_of(st.sampled_from([browser.value for browser in Browser]), st.binary(max_size=40))
NUMBERS = st.integers(0, 2**256 - 1)
LIKELY = st.builds(
    packed,
    st.builds(lambda flags, more: sha256(SIGNING_HOST.encode()).digest() + bytes([flags]) + bytes(4) + more,
              st.integers(0, 255), st.binary(max_size=3)),
    st.builds(client_data, CHALLENGES, ORIGINS, ENDS), NUMBERS, NUMBERS,
)  # fmt: skip
VALUES = st.one_of(st.binary(max_size=SIGNATURE_SIZE_MAX), LIKELY)
PUBLICS = st.one_of(st.binary(max_size=70), st.binary(min_size=33, max_size=33), st.just(PASSKEY.public))


@given(st.integers(0, 3), PUBLICS, CHALLENGES, VALUES)
def test_random_bytes_never_raise_and_never_sign(suite: int, public: bytes, signed: bytes, value: bytes) -> None:
    assert is_signature(suite, public, signed, value) is False
    assert is_at_signing_page(suite, value, PAGE) in (True, False)


@given(VALUES)
def test_what_is_read_is_read_whole(value: bytes) -> None:
    read = read_assertion(value)
    if read is not None:
        assert packed(read.authenticator_data, read.client_data, read.r, read.s) == value


@given(CHALLENGES, CHALLENGES, st.sampled_from(Browser), st.integers(0, 2**32 - 1), st.integers(1, 255))
def test_an_assertion_signs_its_challenge_only(
    signed: bytes, other: bytes, browser: Browser, at: int, change: int
) -> None:
    value = bytearray(replace(PASSKEY, browser=browser).sign(signed))
    assert is_signature(Suite.WEBAUTHN_ES256, PASSKEY.public, signed, bytes(value))
    assert is_at_signing_page(Suite.WEBAUTHN_ES256, bytes(value), PAGE)
    assert is_signature(Suite.WEBAUTHN_ES256, PASSKEY.public, other, bytes(value)) is (other == signed)
    value[at % len(value)] ^= change
    assert not is_signature(Suite.WEBAUTHN_ES256, PASSKEY.public, signed, bytes(value))
