"""Suite 2: what a person's authenticator signed, read as bytes. No JSON parser, no CBOR, no DER (formats.md §1).

The rule has two halves. `is_assertion` asks what never changes: form, challenge, flags, and P-256 under the key.
`is_made_at` asks what a message can change: whether it was made at the signing page in force. Both are needed; who asks
which and when stands in `signatures.py`.
"""

from binascii import b2a_base64
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from sanad.base.digests import digest

PUBLIC_SIZE = 33
LENGTHS_SIZE = 4
AUTHENTICATOR_DATA_SIZE = 37
"""Without extensions: rpIdHash 32, flags 1, counter 4."""

_FIELD_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BEFORE_CHALLENGE = b'{"type":"webauthn.get","challenge":"'
_CHALLENGE_SIZE = 43
_BEFORE_ORIGIN = b'","origin":"'
_SAME_ORIGIN = b',"crossOrigin":false'

_USER_PRESENT, _USER_VERIFIED, _BACKUP_ELIGIBLE, _BACKED_UP = 0x01, 0x04, 0x08, 0x10
_ATTESTED_KEY, _EXTENSIONS = 0x40, 0x80


@dataclass(frozen=True, slots=True)
class SigningOrigins:
    """Where persons sign: the relying party, the page's origins and its digest. Changed by `set_signing_origin` only.

    Without origins, as before the first such act, no signature of suite 2 is made anywhere.
    """

    rp_id: str = ""
    origins: tuple[str, ...] = ()
    page_digest: bytes = b""


class Assertion(NamedTuple):
    """The parts of a signature of suite 2, their form right, nothing verified."""

    authenticator_data: bytes
    client_data: bytes
    challenge: bytes
    origin: bytes
    r: int
    s: int


def read_assertion(value: bytes) -> Assertion | None:
    """The parts of `value`, or `None` if its form is another."""
    authenticator_size = int.from_bytes(value[0:2], "little")
    client_size = int.from_bytes(value[2:4], "little")
    if len(value) != LENGTHS_SIZE + authenticator_size + client_size + 64:
        return None
    at = LENGTHS_SIZE + authenticator_size
    authenticator_data, client_data = value[LENGTHS_SIZE:at], value[at : at + client_size]
    named = _challenge_and_origin(client_data)
    if named is None or not _is_by_verified_user(authenticator_data):
        return None
    r, s = int.from_bytes(value[-64:-32], "big"), int.from_bytes(value[-32:], "big")
    if not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        return None
    return Assertion(authenticator_data, client_data, *named, r, s)


def _challenge_and_origin(client_data: bytes) -> tuple[bytes, bytes] | None:
    """Both at their fixed places, as WebAuthn Level 2 §5.8.1.2 serialises them; what may follow is `_may_end_so`.

    The origin ends at the first quotation mark: registered origins hold neither that nor a backslash, so one that is
    written with an escape equals none of them.
    """
    challenge_at = len(_BEFORE_CHALLENGE)
    before_origin_at = challenge_at + _CHALLENGE_SIZE
    origin_at = before_origin_at + len(_BEFORE_ORIGIN)
    if client_data[:challenge_at] != _BEFORE_CHALLENGE or client_data[before_origin_at:origin_at] != _BEFORE_ORIGIN:
        return None
    origin_end = client_data.find(b'"', origin_at)
    if origin_end < 0 or not _may_end_so(client_data[origin_end + 1 :]):
        return None
    return client_data[challenge_at:before_origin_at], client_data[origin_at:origin_end]


def _may_end_so(rest: bytes) -> bool:
    """`}` alone, or `,"crossOrigin":false` and then `}` or a comma and anything to a last `}` that has no topOrigin.

    Browsers add members at will, to keep everyone from comparing with a template. They change nothing: type,
    challenge and origin were read at their places.
    """
    if rest == b"}":
        return True
    if not rest.startswith(_SAME_ORIGIN) or b'"topOrigin"' in rest:
        return False
    more = rest[len(_SAME_ORIGIN) :]
    return more == b"}" or (len(more) >= 2 and more.startswith(b",") and more.endswith(b"}"))


def _is_by_verified_user(authenticator_data: bytes) -> bool:
    """User present and verified, no new key attested, bytes behind the counter only if the flag says extensions.

    Extensions are CBOR that nobody here reads; the signature covers them. The counter and reserved bits are not read.
    """
    if len(authenticator_data) < AUTHENTICATOR_DATA_SIZE:
        return False
    flags = authenticator_data[32]
    wanted = _USER_PRESENT | _USER_VERIFIED
    has_more = len(authenticator_data) > AUTHENTICATOR_DATA_SIZE
    return (
        flags & (wanted | _ATTESTED_KEY) == wanted
        and bool(flags & _EXTENSIONS) == has_more
        and not (flags & _BACKED_UP and not flags & _BACKUP_ELIGIBLE)
    )


def is_assertion(public: bytes, signed: bytes, value: bytes) -> bool:
    """Whether `value` is an assertion over the challenge `signed` under `public`, wherever it was made."""
    assertion = read_assertion(value)
    if assertion is None or assertion.challenge != encoded_challenge(signed):
        return False
    key = _public_key(public)
    if key is None:
        return False
    covered = assertion.authenticator_data + digest(assertion.client_data)
    try:
        key.verify(encode_dss_signature(assertion.r, assertion.s), covered, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def is_made_at(value: bytes, signing: SigningOrigins) -> bool:
    """Whether `value` names one of the signing page's origins and was made for its relying party."""
    assertion = read_assertion(value)
    return (
        assertion is not None
        and assertion.origin in [origin.encode() for origin in signing.origins]
        and assertion.authenticator_data[:32] == digest(signing.rp_id.encode())
    )


def encoded_challenge(signed: bytes) -> bytes:
    """How client data shows 32 bytes: base64url without padding."""
    return b2a_base64(signed, newline=False).rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_"))


def _public_key(public: bytes) -> EllipticCurvePublicKey | None:
    """The point that 33 bytes compress; `None` for another length, another prefix, or what is no point of P-256."""
    if len(public) != PUBLIC_SIZE or public[0] not in (2, 3) or int.from_bytes(public[1:], "big") >= _FIELD_PRIME:
        return None
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
    except ValueError:
        return None
