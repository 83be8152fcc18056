"""A person's authenticator and browser in software: passkeys of P-256, assertions byte for byte as browsers give them.

`create` makes a passkey, the same for the same seed; `Passkey.sign` goes the whole way from the challenge to a
signature of suite 2. `Passkey.assertion` stops half-way, as `navigator.credentials.get` does; `Passkey.answer` signs
any client data, as a hostile or broken browser would. From there on it is the signing page's work: `signature_value`.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED_KEY, EXTENSIONS = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
SYNCED = USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP
GREASE = (
    b',"other_keys_can_be_added_here":"do not compare clientDataJSON against a template. See https://goo.gl/yabPex"'
)


class Browser(Enum):
    """What follows the origin in client data. Chromium adds its remark to one assertion in five."""

    SAFARI = b"}"
    FIREFOX = b',"crossOrigin":false}'
    CHROMIUM = b',"crossOrigin":false' + GREASE + b"}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser hands to the page: authenticatorData, clientDataJSON and a signature in DER."""

    authenticator_data: bytes
    client_data: bytes
    der: bytes


@dataclass(frozen=True, slots=True)
class Passkey:
    """A credential for one relying party, used at one origin. `flags` and `counter` are what the device reports."""

    private: ec.EllipticCurvePrivateKey
    rp_id: str
    origin: str
    browser: Browser
    flags: int = USER_PRESENT | USER_VERIFIED
    counter: int = 0
    extensions: bytes = b""

    @property
    def public(self) -> bytes:
        """The 33 bytes that are registered."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def at(self, rp_id: str, origin: str) -> "Passkey":
        """The same key, used for another relying party at another origin: what no honest browser does."""
        return replace(self, rp_id=rp_id, origin=origin)

    def sign(self, signed: bytes) -> bytes:
        """A signature of suite 2 over 32 bytes."""
        return signature_value(self.assertion(signed))

    def assertion(self, challenge: bytes) -> Answer:
        """The browser's answer to `challenge`."""
        return self.answer(client_data(challenge, self.origin.encode(), self.browser.value))

    def answer(self, client: bytes) -> Answer:
        """The authenticator's signature over any client data."""
        authenticator_data = (
            sha256(self.rp_id.encode()).digest() + bytes([self.flags]) + self.counter.to_bytes(4, "big")
        ) + self.extensions
        # RFC 6979: the same assertion each time, as the golden vectors need.
        rule = ec.ECDSA(SHA256(), deterministic_signing=True)
        return Answer(authenticator_data, client, self.private.sign(authenticator_data + sha256(client).digest(), rule))


def create(seed: str, rp_id: str, origin: str, browser: Browser = Browser.CHROMIUM) -> Passkey:
    """The passkey that a seed always gives."""
    number = int.from_bytes(sha256(b"a test's passkey: " + seed.encode()).digest(), "big") % (ORDER - 1) + 1
    return Passkey(ec.derive_private_key(number, ec.SECP256R1()), rp_id, origin, browser)


def client_data(challenge: bytes, origin: bytes, end: bytes) -> bytes:
    """clientDataJSON in the order of WebAuthn Level 2 §5.8.1.1."""
    encoded = urlsafe_b64encode(challenge).rstrip(b"=")
    return b'{"type":"webauthn.get","challenge":"' + encoded + b'","origin":"' + origin + b'"' + end


def signature_value(answer: Answer) -> bytes:
    """What the signing page makes of a browser's answer: lengths, both data, r and the low one of s and n − s."""
    r, s = decode_dss_signature(answer.der)
    return packed(answer.authenticator_data, answer.client_data, r, min(s, ORDER - s))


def packed(authenticator_data: bytes, client: bytes, r: int, s: int) -> bytes:
    """The bytes of a signature of suite 2 (formats.md §1)."""
    lengths = len(authenticator_data).to_bytes(2, "little") + len(client).to_bytes(2, "little")
    return lengths + authenticator_data + client + r.to_bytes(32, "big") + s.to_bytes(32, "big")
