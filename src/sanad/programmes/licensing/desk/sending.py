"""What the record answered to a message of ours."""

from dataclasses import dataclass

from sanad.gateway.outbox import Answer
from sanad.rulebook.edition1.codes import Outcome


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
