"""One signature rule an edition: it is consensus (DESIGN §4 "Keys"). Suite 1 is as libsodium verifies, suite 2 bytes.

For suite 2 the rule has two halves, asked at different moments, so that no two who decide can disagree:

- **Is it this key's signature over these bytes?** (`is_signature`) Depends on nothing but bytes that never change: a
  key id names one key for ever. So it may be asked at any time, by anyone, with the same answer: by the node at its
  edge, before a message waits for its place, and by an auditor years later.
- **Was it made at the signing page in force?** (`is_at_signing_page`) Depends on the state, which a message may change
  between edge and order. So the edge does not ask it; ordered admission does, of every message, with the state at
  that message's place, as does the check of a key's possession. A message verified under the old page and ordered
  after the new one is refused, by every node and at every replay, with signatures verified or not.

Were the edge to ask the second too, the same message sent again after the page changed would be refused there instead
of getting its receipt.
"""

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from sanad.base.digests import digest
from sanad.rulebook.message import Message, Suite, key_id
from sanad.rulebook.signature_webauthn import PUBLIC_SIZE, SigningOrigins, is_assertion, is_made_at

PUBLIC_SIZES: dict[int, int] = {Suite.ED25519: 32, Suite.WEBAUTHN_ES256: PUBLIC_SIZE}
"""Bytes of a suite's public key."""


def is_signature(suite: int, public: bytes, signed: bytes, value: bytes) -> bool:
    """Whether `value` is the signature of `signed` under `public`. Wrong lengths and forms are simply false.

    For suite 2 half of the rule: `is_at_signing_page` is the other.
    """
    if len(public) != PUBLIC_SIZES.get(suite):
        return False
    if suite == Suite.WEBAUTHN_ES256:
        return is_assertion(public, signed, value)
    if len(value) != 64:
        return False
    try:
        crypto_sign_open(value + signed, public)
    except BadSignatureError:
        return False
    return True


def is_at_signing_page(suite: int, value: bytes, signing: SigningOrigins) -> bool:
    """Whether the state allows a signature made where this one was. A system's key signs anywhere."""
    return suite != Suite.WEBAUTHN_ES256 or is_made_at(value, signing)


def is_signed(message: Message, public_of: dict[bytes, bytes]) -> bool:
    """Whether every signature of `message` is right under the public key that its key id names."""
    return all(
        is_signature(each.suite, public_of.get(each.key_id, b""), message.digest, each.value)
        for each in message.signatures
    )


def possession_bytes(network: bytes, institution: int, person: int, suite: int, public: bytes) -> bytes:
    """What a new key signs to prove possession (formats.md §1)."""
    return digest(
        b"sanad/possession/v1\n",
        network,
        institution.to_bytes(4, "little"),
        person.to_bytes(4, "little"),
        key_id(Suite(suite), public),
    )
