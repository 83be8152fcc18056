r"""Cosignatures (C2SP tlog-cosignature v1.0.1, type 06 of 1.1.0): a witness says what it saw, and when.

    type  algorithm   signature field        signed bytes
    04    Ed25519     time u64 ‖ 64          "cosignature/v1\ntime <decimal>\n" ‖ text of the checkpoint
    06    ML-DSA-44   time u64 ‖ 2,420       "subtree/v1\n\0" ‖ cosigner name ‖ time ‖ origin ‖ start ‖ end ‖ root

It says: at that time, the largest tree of this log that I saw has this size and root, and it continues all that I saw
before. Integers are big-endian here, unlike in our own formats. House rules: time 0 ("I don't claim it is the largest")
is refused, and so is a time more than 300 s ahead of the verifier's clock. Type 04 does not sign the cosigner's name,
so an operator uses one key for one name, ever.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from nacl.signing import SigningKey

from sanad.base.errors import Malformed, ensure
from sanad.log.checkpoint import Checkpoint
from sanad.log.note import (
    TYPE_COSIGNATURE_ED25519,
    TYPE_COSIGNATURE_ML_DSA_44,
    Note,
    SignatureLine,
    VerifierKey,
    check_ed25519,
    signature_bad,
)
from sanad.log.text import encode_decimal

TIME_MAX = 2**63 - 1
FUTURE_SECONDS_MAX = 300
ML_DSA_44_SIGNATURE_LENGTH = 2420


def ed25519_message(checkpoint: Checkpoint, time: int) -> bytes:
    """What a cosigner of type 04 signs at `time`, in seconds since 1970 (Ed25519 signed message)."""
    return b"cosignature/v1\ntime " + encode_decimal(time) + b"\n" + checkpoint.encode()


def ml_dsa_44_message(cosigner: str, checkpoint: Checkpoint, time: int) -> bytes:
    """What the cosigner of that name signs as type 06 at `time`, in seconds since 1970 (ML-DSA-44 signed message)."""
    name, origin = cosigner.encode(), checkpoint.origin.encode()
    return b"".join(
        [
            b"subtree/v1\n\0",
            bytes([len(name)]),
            name,
            time.to_bytes(8, "big"),
            bytes([len(origin)]),
            origin,
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        ]
    )


class Ed25519Cosigner:
    """Makes cosignatures of type 04. Holds a secret; never print or store it with data."""

    def __init__(self, name: str, seed: bytes) -> None:
        ensure(len(seed) == 32, "an Ed25519 seed is 32 bytes")
        self._key = SigningKey(seed)
        self.verifier_key = VerifierKey(name, TYPE_COSIGNATURE_ED25519, bytes(self._key.verify_key))

    def line(self, checkpoint: Checkpoint, time: int) -> SignatureLine:
        """The signature line at `time`, seconds since 1970. The caller has checked that the log only grew."""
        _ensure_time(time)
        signature = self._key.sign(ed25519_message(checkpoint, time)).signature
        return SignatureLine(self.verifier_key.name, self.verifier_key.key_id, time.to_bytes(8, "big") + signature)


class MlDsa44Cosigner:
    """Makes cosignatures of type 06, for a witness or for the log itself. Holds a secret, as above."""

    def __init__(self, name: str, seed: bytes) -> None:
        ensure(len(seed) == 32, "an ML-DSA-44 seed is 32 bytes (FIPS 204)")
        self._key = MLDSA44PrivateKey.from_seed_bytes(seed)
        public_key = self._key.public_key().public_bytes_raw()
        self.verifier_key = VerifierKey(name, TYPE_COSIGNATURE_ML_DSA_44, public_key)

    def line(self, checkpoint: Checkpoint, time: int) -> SignatureLine:
        """The signature line at `time`, seconds since 1970; other bytes each time, since the algorithm is hedged."""
        _ensure_time(time)
        signature = self._key.sign(ml_dsa_44_message(self.verifier_key.name, checkpoint, time))
        return SignatureLine(self.verifier_key.name, self.verifier_key.key_id, time.to_bytes(8, "big") + signature)


def time_signed_by(note: Note, key: VerifierKey, now: int) -> int | None:
    """When `key`, of type 04 or 06, cosigned the checkpoint in `note`: the newest of its times, None when it did not.

    Times and `now` are seconds since 1970. Raises `Malformed` when the text is no checkpoint, and when any line by
    `key` does not verify (`signature_bad`), has time 0 or above 2^63 - 1 (`time_bad`) or is more than 300 s ahead of
    `now` (`time_in_future`).
    """
    ensure(key.type in (TYPE_COSIGNATURE_ED25519, TYPE_COSIGNATURE_ML_DSA_44), "only types 04 and 06 carry a time")
    lines = note.lines_of(key)
    if not lines:
        return None
    checkpoint = Checkpoint.decode(note.text)
    return max(_check_line(line, key, checkpoint, now) for line in lines)


def _check_line(line: SignatureLine, key: VerifierKey, checkpoint: Checkpoint, now: int) -> int:
    time, signature = int.from_bytes(line.signature[:8], "big"), line.signature[8:]
    if not 1 <= time <= TIME_MAX:
        raise Malformed("cosignature", "time_bad", "a time is 1 to 2^63 - 1 seconds; time 0 claims nothing")
    if time > now + FUTURE_SECONDS_MAX:
        raise Malformed("cosignature", "time_in_future", "compare both clocks; at most 300 s ahead is accepted")
    if key.type == TYPE_COSIGNATURE_ED25519:
        check_ed25519(key.public_key, ed25519_message(checkpoint, time), signature)
    else:
        _check_ml_dsa_44(key.public_key, ml_dsa_44_message(key.name, checkpoint, time), signature)
    return time


def _check_ml_dsa_44(public_key: bytes, message: bytes, signature: bytes) -> None:
    if len(signature) != ML_DSA_44_SIGNATURE_LENGTH:
        raise signature_bad()
    try:
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        raise signature_bad() from None


def _ensure_time(time: int) -> None:
    ensure(1 <= time <= TIME_MAX, "a cosigner signs a true time in whole seconds")
