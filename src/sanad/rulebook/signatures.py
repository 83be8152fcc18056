"""One signature rule an edition: it is consensus (DESIGN §4 "Keys"). Ed25519 as libsodium verifies it."""

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from sanad.base.digests import digest
from sanad.rulebook.message import Message, Suite, key_id


def is_signature(suite: int, public: bytes, signed: bytes, value: bytes) -> bool:
    """Whether `value` is the signature of `signed` under `public`. Wrong lengths are simply false."""
    if suite != Suite.ED25519 or len(public) != 32 or len(value) != 64:
        return False
    try:
        crypto_sign_open(value + signed, public)
    except BadSignatureError:
        return False
    return True


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
