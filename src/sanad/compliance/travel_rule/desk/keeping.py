"""What of an exchange is personal data: sealed under the exchange's own key, opened for who may, erased with the key.

A payload's digest is H(32 random ‖ payload bytes as sent). Whoever sends it sends the random along, so that both sides
can show the same digest later; random and payload lie sealed together.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.conf import settings

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused, Unavailable, ensure
from sanad.compliance.travel_rule.models import Transfer
from sanad.evidence.store import RANDOM_SIZE, Contents, EvidenceStore

EXTENSION = "sanad-evidence"
_PAYLOAD = "sanad/travel-rule/payload/v1"
_ANSWER = "sanad/travel-rule/answer/v1"


@dataclass(frozen=True, slots=True)
class Payload:
    """The identity bytes of an inquiry, and the random that hides them in their digest."""

    random: bytes
    identity: bytes

    @property
    def digest(self) -> bytes:
        """What both sides can show."""
        return digest(self.random, self.identity)


@dataclass(frozen=True, slots=True)
class Answer:
    """What followed an inquiry. Texts are "" while they are not known."""

    address: str = ""
    reason: str = ""
    """Of a rejection or a cancellation."""
    txid: str = ""


def new_payload(identity: bytes) -> Payload:
    """With random bytes of our own."""
    return Payload(secrets.token_bytes(RANDOM_SIZE), identity)


def extension_of(payload: Payload) -> dict[str, dict[str, str]]:
    """What is sent along."""
    return {EXTENSION: {"random": payload.random.hex(), "digest": payload.digest.hex()}}


def received_payload(identity: bytes, extensions: dict[str, object]) -> tuple[Payload, bool]:
    """With the sender's random, and whether it was sent. Raises `Malformed` when the digest is not of this payload."""
    given = extensions.get(EXTENSION)
    if given is None:
        return new_payload(identity), False
    advice = "send random and digest as 64 hexadecimal digits each, the digest of this very payload"
    try:
        stated = [bytes.fromhex(str(given[name])) for name in ("random", "digest")] if isinstance(given, dict) else []
    except (KeyError, ValueError):
        stated = []
    if [len(each) for each in stated] != [32, 32]:
        raise Malformed(f"extensions.{EXTENSION}", "evidence.form", advice)
    payload = Payload(stated[0], identity)
    if payload.digest != stated[1]:
        raise Malformed(f"extensions.{EXTENSION}", "evidence.digest", advice)
    return payload, True


def seal_payload(payload: Payload, subject: bytes) -> bytes:
    """Keep it; the digest under which it is found. Raises as the evidence store does."""
    return seal(canonical.encode([_PAYLOAD, payload.random, payload.identity]), subject)


def open_payload(transfer: Transfer) -> Payload:
    """The payload of an exchange. Raises `Refused` when it was erased."""
    schema, random, identity = _opened(bytes(transfer.evidence_digest))
    ensure(schema == _PAYLOAD and isinstance(random, bytes) and isinstance(identity, bytes), "a payload was sealed")
    return Payload(bytes(random), bytes(identity))  # type: ignore[arg-type]


def seal_answer(answer: Answer, subject: bytes) -> bytes:
    """As `seal_payload`."""
    return seal(canonical.encode([_ANSWER, answer.address, answer.reason, answer.txid]), subject)


def open_answer(transfer: Transfer) -> Answer:
    """What followed the inquiry, empty before anything did."""
    if transfer.answer_evidence is None:
        return Answer()
    schema, address, reason, txid = _opened(bytes(transfer.answer_evidence))
    ensure(schema == _ANSWER, "an answer was sealed")
    return Answer(str(address), str(reason), str(txid))


def seal(contents: bytes, subject: bytes) -> bytes:
    """Keep contents under a subject's key; the digest under which they are found."""
    with _evidence() as store:
        return store.seal_many([Contents(subject, contents)])[0].digest


def open_sealed(evidence_digest: bytes) -> list[canonical.Value]:
    """The parts of contents that were sealed as an array."""
    return _opened(evidence_digest)


def _opened(evidence_digest: bytes) -> list[canonical.Value]:
    with _evidence() as store:
        _, contents = store.open(evidence_digest)
    parts = canonical.decode(contents, "evidence")
    ensure(isinstance(parts, list), "arrays were sealed")
    return parts if isinstance(parts, list) else []


@contextmanager
def _evidence() -> Iterator[EvidenceStore]:
    """The store, opened for one use. Raises `Unavailable` while another process has it."""
    with ExitStack() as stack:
        try:
            store: EvidenceStore = stack.enter_context(settings.HOSTING.evidence())
        except Refused as error:
            raise Unavailable(f"the evidence store is busy ({error.right})", 2) from None
        yield store
