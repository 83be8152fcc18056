"""Suite 2: what two browsers send is a signature; whatever differs by a byte that matters is not."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sanad.rulebook.message import Suite
from sanad.rulebook.signature_webauthn import SigningOrigins
from sanad.rulebook.signatures import is_at_signing_page, is_signature
from tests import authenticator
from tests.authenticator import (
    ATTESTED_KEY,
    BACKED_UP,
    EXTENSIONS,
    GREASE,
    ORDER,
    SYNCED,
    USER_PRESENT,
    USER_VERIFIED,
    Answer,
    Browser,
    client_data,
    create,
    packed,
    signature_value,
)
from tests.scenarios.founding import SIGN_IN_HOST, SIGN_IN_ORIGIN, SIGNING_HOST, SIGNING_ORIGIN

SIGNED = sha256(b"a message").digest()
PASSKEY = create("Amina", SIGNING_HOST, SIGNING_ORIGIN)
PAGE = SigningOrigins(SIGNING_HOST, ("https://sign.nation.example:8443", SIGNING_ORIGIN), bytes(32))
ORIGIN = SIGNING_ORIGIN.encode()


def is_right(value: bytes, public: bytes = PASSKEY.public, page: SigningOrigins = PAGE, signed: bytes = SIGNED) -> bool:
    """Both halves of the rule."""
    return is_signature(Suite.WEBAUTHN_ES256, public, signed, value) and is_at_signing_page(
        Suite.WEBAUTHN_ES256, value, page
    )


def over(client: bytes) -> bytes:
    """An honest device's signature over any client data."""
    return signature_value(PASSKEY.answer(client))


def ending(rest: bytes) -> bytes:
    return over(client_data(SIGNED, ORIGIN, rest))


def numbers(answer: Answer) -> tuple[int, int]:
    r, s = decode_dss_signature(answer.der)
    return r, min(s, ORDER - s)


@pytest.mark.parametrize("browser", Browser)
def test_what_browsers_send_is_a_signature(browser: Browser) -> None:
    passkey = replace(PASSKEY, browser=browser)
    assert is_right(passkey.sign(SIGNED))
    assert is_right(passkey.sign(sha256(b"+/ in base64").digest()), signed=sha256(b"+/ in base64").digest())


def test_each_browsers_client_data_is_known_to_the_byte() -> None:
    challenge = bytes([0xFB, 0xFF]) * 16
    start = b'{"type":"webauthn.get","challenge":"' + b"-__7__v_" * 5 + b'-_8","origin":"https://sign.nation.example"'
    ends = {
        Browser.SAFARI: b"}",
        Browser.FIREFOX: b',"crossOrigin":false}',
        Browser.CHROMIUM: b',"crossOrigin":false,"other_keys_can_be_added_here":"do not compare clientDataJSON against '
        b'a template. See https://goo.gl/yabPex"}',
    }
    for browser, end in ends.items():
        assert replace(PASSKEY, browser=browser).assertion(challenge).client_data == start + end


@pytest.mark.parametrize(
    "passkey",
    [
        replace(PASSKEY, flags=SYNCED),
        replace(PASSKEY, counter=2**32 - 1),
        replace(PASSKEY, flags=USER_PRESENT | USER_VERIFIED | EXTENSIONS, extensions=b"\xa1\x61x\xf5"),
        replace(PASSKEY, flags=USER_PRESENT | USER_VERIFIED | 0x22),
        PASSKEY.at(SIGNING_HOST, "https://sign.nation.example:8443"),
    ],
)
def test_what_devices_may_report(passkey: authenticator.Passkey) -> None:
    assert is_right(passkey.sign(SIGNED))


@pytest.mark.parametrize(
    "passkey",
    [
        PASSKEY.at(SIGN_IN_HOST, SIGN_IN_ORIGIN),  # sign-in is not signing
        PASSKEY.at(SIGN_IN_HOST, SIGNING_ORIGIN),
        PASSKEY.at(SIGNING_HOST, SIGN_IN_ORIGIN),
        PASSKEY.at(SIGNING_HOST, "http://sign.nation.example"),
        PASSKEY.at(SIGNING_HOST, SIGNING_ORIGIN + "/"),
        PASSKEY.at(SIGNING_HOST, SIGNING_ORIGIN + ".evil.example"),
        PASSKEY.at(SIGNING_HOST, SIGNING_ORIGIN[:-1]),
        PASSKEY.at(SIGNING_HOST, "HTTPS://sign.nation.example"),
        PASSKEY.at(SIGNING_HOST, "https:\\/\\/sign.nation.example"),
        PASSKEY.at(SIGNING_HOST, "https://sign.nation.e\\u0078ample"),
        PASSKEY.at(SIGNING_HOST, ""),
    ],
)
def test_another_place_is_not_the_signing_page(passkey: authenticator.Passkey) -> None:
    value = passkey.sign(SIGNED)
    assert is_signature(Suite.WEBAUTHN_ES256, passkey.public, SIGNED, value)
    assert not is_at_signing_page(Suite.WEBAUTHN_ES256, value, PAGE)


def test_before_a_page_is_set_nothing_is_signed_there() -> None:
    assert not is_right(PASSKEY.sign(SIGNED), page=SigningOrigins())
    assert not is_right(PASSKEY.at("", "").sign(SIGNED), page=SigningOrigins())


@pytest.mark.parametrize(
    "passkey",
    [
        replace(PASSKEY, flags=USER_VERIFIED),
        replace(PASSKEY, flags=USER_PRESENT),
        replace(PASSKEY, flags=0),
        replace(PASSKEY, flags=USER_PRESENT | USER_VERIFIED | ATTESTED_KEY),
        replace(PASSKEY, flags=USER_PRESENT | USER_VERIFIED | ATTESTED_KEY, extensions=bytes(60)),
        replace(PASSKEY, flags=USER_PRESENT | USER_VERIFIED | EXTENSIONS),
        replace(PASSKEY, extensions=b"\xa0"),
        replace(PASSKEY, flags=USER_PRESENT | USER_VERIFIED | BACKED_UP),
    ],
)
def test_a_device_that_did_not_verify_the_user_did_not_sign(passkey: authenticator.Passkey) -> None:
    assert not is_right(passkey.sign(SIGNED))


@pytest.mark.parametrize(
    "rest",
    [
        b"", b"}}", b" }", b"} ", b"},", b",}", b',"crossOrigin":true}', b',"crossOrigin": false}',
        b',"crossOrigin":false', b',"crossOrigin":false,', b',"crossOrigin":falsehood}', b',"crossOrigin":false }',
        b',"crossOrigin":false,"topOrigin":"https://bank.example"}', b',"crossOrigin":false}}',
        b',"crossOrigin":false' + GREASE + b',"topOrigin":"https://bank.example"}',
        GREASE + b"}", b',"androidPackageName":"com.android.chrome"}',
    ],
)  # fmt: skip
def test_client_data_may_not_end_so(rest: bytes) -> None:
    assert not is_right(ending(rest))


@pytest.mark.parametrize("rest", [b',"crossOrigin":false,}', b',"crossOrigin":false,"tokenBinding":{"status":"x"}}'])
def test_what_browsers_add_behind_is_not_read(rest: bytes) -> None:
    assert is_right(ending(rest))


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text.replace(b"webauthn.get", b"webauthn.create"),
        lambda text: text.replace(b"webauthn.get", b"payment.get"),
        lambda text: text.replace(b'{"type"', b'{ "type"'),
        lambda text: text.replace(b'":"', b'": "'),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b'","origin', b'=","origin'),
        lambda text: text.replace(b"-", b"+").replace(b"_", b"/"),
        lambda text: text.replace(b"webauthn.get", b"webauthn\\u002eget"),
        lambda text: b"",
        lambda text: b"{}",
    ],
)
def test_client_data_written_otherwise(changed: Callable[[bytes], bytes]) -> None:
    signed = bytes([0xFB, 0xFF]) * 16
    text = client_data(signed, ORIGIN, b"}")
    assert is_right(over(text), signed=signed)
    assert not is_right(over(changed(text)), signed=signed)


def test_members_in_another_order_are_not_read() -> None:
    """Older versions of Firefox sorted them by name."""
    challenge = client_data(SIGNED, ORIGIN, b"}")[36:79]
    text = b'{"challenge":"%b","clientExtensions":{},"hashAlgorithm":"SHA-256","origin":"%b","type":"webauthn.get"}'
    assert not is_right(over(text % (challenge, ORIGIN)))


def test_another_challenge() -> None:
    assert not is_right(PASSKEY.sign(sha256(b"another message").digest()))
    assert not is_right(PASSKEY.sign(SIGNED), signed=SIGNED[:31])
    assert not is_right(PASSKEY.sign(b""), signed=b"")


def test_s_is_low_and_both_numbers_are_in_range() -> None:
    answer = PASSKEY.assertion(SIGNED)
    r, s = numbers(answer)
    assert is_right(packed(answer.authenticator_data, answer.client_data, r, s))
    for wrong in ((r, ORDER - s), (r, 0), (0, s), (ORDER, s), (r, ORDER), (r, ORDER // 2 + 1), (2**256 - 1, s), (s, r)):
        assert not is_right(packed(answer.authenticator_data, answer.client_data, *wrong))


def test_no_der() -> None:
    answer = PASSKEY.assertion(SIGNED)
    whole = packed(answer.authenticator_data, answer.client_data, 1, 1)
    assert not is_right(whole[:-64] + answer.der)


def test_every_byte_counts() -> None:
    value = PASSKEY.sign(SIGNED)
    for at in range(len(value)):
        assert not is_right(value[:at])
        assert not is_right(value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :])
    assert not is_right(value + b"\0")
    assert not is_right(b"\0" + value)


def test_lengths_are_the_parts_own() -> None:
    answer = PASSKEY.assertion(SIGNED)
    value = PASSKEY.sign(SIGNED)
    size = len(answer.authenticator_data)
    for lengths in ((0, 0), (size + 1, len(answer.client_data) - 1), (0, size + len(answer.client_data)), (65_535, 1)):
        changed = b"".join(each.to_bytes(2, "little") for each in lengths)
        assert not is_right(changed + value[4:])


def test_a_public_key_is_33_bytes_of_a_point() -> None:
    value = PASSKEY.sign(SIGNED)
    point = PASSKEY.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    other_side = bytes([5 - PASSKEY.public[0]]) + PASSKEY.public[1:]
    off_the_curve = next(x for x in range(1, 50) if not is_point(b"\2" + x.to_bytes(32, "big")))
    too_large = next(x for x in range(50) if is_point(b"\2" + x.to_bytes(32, "big"))) + prime
    for wrong in (
        point, point[1:], b"", b"\0", bytes(33), PASSKEY.public[:32], PASSKEY.public + b"\0", other_side,
        b"\4" + PASSKEY.public[1:], b"\2" + off_the_curve.to_bytes(32, "big"), b"\2" + too_large.to_bytes(32, "big"),
        create("Bilal", SIGNING_HOST, SIGNING_ORIGIN).public,
    ):  # fmt: skip
        assert not is_right(value, public=wrong)


def is_point(public: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError:
        return False
    return True


def test_suites_are_not_mixed() -> None:
    value = PASSKEY.sign(SIGNED)
    assert not is_signature(Suite.ED25519, PASSKEY.public, SIGNED, value)
    assert not is_signature(Suite.ED25519, PASSKEY.public[1:], SIGNED, value[:64])
    assert not is_signature(3, PASSKEY.public, SIGNED, value)
    assert is_at_signing_page(Suite.ED25519, bytes(64), SigningOrigins())
