"""Steps of an exchange, and messages that wait to be sent: written in the transaction that decides them."""

from datetime import timedelta

from django.utils import timezone

from sanad.compliance.travel_rule.models import Delivery, DeliveryKind, Step, StepKind, Transfer
from sanad.people.models import Person

DELIVER_DAYS = 7
"""How long an answer or a confirmation is tried to be delivered."""
REPEATED_STEPS_MAX = 100
_REPEATED = frozenset({StepKind.ACKNOWLEDGED, StepKind.REFUSED_BY_US})


def step(transfer: Transfer, kind: StepKind, detail: str = "", person: Person | None = None) -> None:
    """Note what happened. `detail`: a code, never personal data. What others can say without end is noted so often."""
    if kind in _REPEATED and transfer.steps.filter(kind=kind).count() >= REPEATED_STEPS_MAX:
        return
    Step.objects.create(transfer=transfer, kind=kind, detail=detail[:80], person=person)


def deliver_inquiry(transfer: Transfer) -> None:
    """Send the inquiry, as long as an answer would be in time."""
    _deliver(transfer, DeliveryKind.INQUIRY, transfer.travel_address, until=None)


def deliver_resolution(transfer: Transfer) -> None:
    """Send our answer."""
    _deliver(transfer, DeliveryKind.RESOLUTION, transfer.their_callback, until=timedelta(days=DELIVER_DAYS))


def deliver_confirmation(transfer: Transfer) -> None:
    """Tell the transaction, or that there is none."""
    _deliver(transfer, DeliveryKind.CONFIRMATION, transfer.their_callback, until=timedelta(days=DELIVER_DAYS))


def _deliver(transfer: Transfer, kind: DeliveryKind, url: str, until: timedelta | None) -> None:
    if not url:  # the other side has no peer: it was asked through a link, and is told by who sent it
        return
    now = timezone.now()
    Delivery.objects.get_or_create(
        transfer=transfer, kind=kind,
        defaults={"url": url, "next_at": now, "until": transfer.answer_by if until is None else now + until},
    )  # fmt: skip
