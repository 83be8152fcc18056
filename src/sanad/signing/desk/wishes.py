"""What is to be signed, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sanad.base.digests import digest
from sanad.gateway.gateway import act_body
from sanad.gateway.outbox import Answer
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.message import Kind


@dataclass(frozen=True, slots=True)
class Sent:
    """The entry and its outcome. A rejection is an answer: the page shows its sentence."""

    entry: int
    outcome: Outcome

    @property
    def is_admitted(self) -> bool:
        """Whether it took effect."""
        return self.outcome is Outcome.ADMITTED


def sent(answer: Answer) -> Sent:
    """The answer to a message of one act."""
    receipt = answer.decoded()
    return Sent(receipt.entry, Outcome(next((code for code in receipt.codes if code), 0)))


@dataclass(frozen=True, slots=True)
class Wish:
    """One message of one act, to be signed by a person. The same `order` comes on the record once."""

    kind: Kind
    body: bytes
    order: str
    goes_on: str
    """Name of the URL that takes a signature made elsewhere."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What whoever goes on there needs to know; it is kept as JSON."""
    proposal: bytes = b""
    names: Mapping[int, str] = field(default_factory=dict)
    """Institutions named in it, by number: shown beside the number, and said to be the portal's word."""


def decision_body(entry: int, proposal: bytes, recipients: list[int]) -> bytes:
    """The body that confirms or withdraws the proposal at an entry."""
    return act_body(0, [], recipients, [entry], [digest(proposal)])
