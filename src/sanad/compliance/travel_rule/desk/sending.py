"""Sends what waits: at least once, under one request identifier, with growing pauses, until it arrives, is refused or
its time is over. All that is under way is in tables; a process that dies goes on where it was.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock

from django.db import connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.desk.counterparties import host_of, is_known_server, verify
from sanad.compliance.travel_rule.desk.queueing import step
from sanad.compliance.travel_rule.desk.receiving import resolve
from sanad.compliance.travel_rule.desk.wire import Told, Unreached, Wire
from sanad.compliance.travel_rule.models import (
    Counterparty,
    CounterpartyState,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Direction,
    Peer,
    StepKind,
    Transfer,
    TransferState,
)
from sanad.standards.trp import assets, messages, versions
from sanad.standards.trp.messages import Approval, Asset, Confirmation, Inquiry, Resolution
from sanad.standards.trp.versions import USUAL, Version, negotiated
from sanad.tables.names import WORKING

AT_ONCE_MAX = 8
STRANGERS_AT_ONCE_MAX = 3
"""Institutions that are not verified have threads of their own: whoever brings many keeps no others waiting."""
LOOKED_AT_MAX = 200
PAUSE_SECONDS_MAX = 900
_PAUSE_UNVERIFIED = timedelta(seconds=2)
_AGAIN = frozenset({408, 425, 429})
_DELIVERED = {
    DeliveryKind.INQUIRY: StepKind.INQUIRY_DELIVERED,
    DeliveryKind.RESOLUTION: StepKind.ANSWER_DELIVERED,
    DeliveryKind.CONFIRMATION: StepKind.CONFIRMATION_DELIVERED,
}


def _may_hear(counterparty: Counterparty, delivery: Delivery, certificate: bytes) -> bool:
    """Whether a server's certificate is the one that was verified.

    A confirmation goes where the verified institution said, which may be another host of its: there TLS alone vouches,
    and nothing but a transaction or a reason is told.
    """
    if delivery.kind == DeliveryKind.CONFIRMATION and host_of(delivery.url) != counterparty.host:
        return True
    return is_known_server(counterparty, certificate)


class Sender:
    """One institution's sender: run by one process at a time. A slow counterparty keeps nobody else waiting."""

    def __init__(self, peer: Peer, wire: Wire, failed: Callable[[Exception], object]) -> None:
        """`failed` is told what went wrong in a thread; what was to be sent is tried again."""
        self.peer, self._wire, self._failed = peer, wire, failed
        self._pool = ThreadPoolExecutor(AT_ONCE_MAX, "travel-rule")
        self._strangers = ThreadPoolExecutor(STRANGERS_AT_ONCE_MAX, "travel-rule-new")
        self._busy: set[int] = set()
        self._lock = Lock()

    def run_once(self) -> int:
        """Begin what is due: to verify, to send, to expire. How many counterparties were turned to."""
        self._expire()
        now = timezone.now()
        due = Counterparty.objects.filter(institution_id=self.peer.pk).filter(
            Q(verify_at__lte=now)
            | Q(transfers__deliveries__state=DeliveryState.WAITING, transfers__deliveries__next_at__lte=now)
        )
        verified = Q(state=CounterpartyState.VERIFIED)
        return self._begin(due.filter(verified), self._pool) + self._begin(due.exclude(verified), self._strangers)

    def _begin(self, due: QuerySet[Counterparty], pool: ThreadPoolExecutor) -> int:
        begun = 0
        for serial in due.order_by("serial").values_list("serial", flat=True).distinct()[:LOOKED_AT_MAX]:
            with self._lock:
                if serial in self._busy:
                    continue
                self._busy.add(serial)
            pool.submit(self._turn_to, serial)
            begun += 1
        return begun

    def close(self) -> None:
        """Begin nothing more; what is on its way ends within its time-out."""
        for pool in (self._pool, self._strangers):
            pool.shutdown(wait=False, cancel_futures=True)

    def _turn_to(self, serial: int) -> None:
        """All that is due with one counterparty, one message after the other."""
        try:
            now = timezone.now()
            counterparty = Counterparty.objects.get(serial=serial)
            if counterparty.verify_at is not None and counterparty.verify_at <= now:
                verify(counterparty, self._wire)
            due = Delivery.objects.filter(
                transfer__counterparty=counterparty, state=DeliveryState.WAITING, next_at__lte=now
            ).order_by("next_at", "id")
            for delivery in due.select_related("transfer__counterparty")[:AT_ONCE_MAX]:
                self._try(delivery)
        except Exception as error:  # noqa: BLE001 - whatever fails now may work in a moment; nothing was lost
            connections.close_all()
            self._failed(error)
        finally:
            with self._lock:
                self._busy.discard(serial)

    # --- one delivery -------------------------------------------------------------------------------------------------

    def _try(self, delivery: Delivery) -> None:
        transfer, now = delivery.transfer, timezone.now()
        counterparty = transfer.counterparty
        if now >= delivery.until or counterparty.state == CounterpartyState.BLOCKED:
            return self._give_up(delivery, delivery.problem or "time is over")
        if counterparty.state != CounterpartyState.VERIFIED:
            # Personal data, and answers, go to nobody who was not verified.
            delivery.problem, delivery.next_at = counterparty.problem or "not_verified", now + _PAUSE_UNVERIFIED
            delivery.save(update_fields=["problem", "next_at"])
            return None
        try:
            told = self._wire.call(
                "POST", delivery.url, version=counterparty.version, identifier=transfer.request_identifier,
                body=self._body(transfer, DeliveryKind(delivery.kind)), extensions=self._extensions(delivery),
                is_known=lambda certificate: _may_hear(counterparty, delivery, certificate),
            )  # fmt: skip
        except Unreached as error:
            return self._unreached(delivery, error.code)
        except (Refused, Unavailable):  # the evidence is busy, or was erased
            return self._again(delivery, "evidence")
        self._answered(counterparty, told)
        if 200 <= told.status < 300:
            return self._delivered(delivery, told)
        if told.status in _AGAIN or told.status >= 500 or self._speaks_otherwise(counterparty, told):
            return self._again(delivery, f"http_{told.status}", told.headers.get("retry-after", ""))
        step(transfer, StepKind.REFUSED_BY_THEM, f"{delivery.kind}: http_{told.status}")
        return self._give_up(delivery, f"http_{told.status}")

    @staticmethod
    def _extensions(delivery: Delivery) -> tuple[str, ...]:
        is_inquiry = delivery.kind == DeliveryKind.INQUIRY
        return (versions.EXTENDED_IDENTITY, keeping.EXTENSION) if is_inquiry else ()

    def _body(self, transfer: Transfer, kind: DeliveryKind) -> bytes:
        if kind == DeliveryKind.INQUIRY:
            payload = keeping.open_payload(transfer)
            slip: int | str | None = transfer.slip0044 or None
            slip = int(slip) if isinstance(slip, str) and slip.isdecimal() else slip
            callback = f"{self.peer.address}/transfers/{transfer.id}/resolve"
            version = Version.parse(transfer.counterparty.version) or USUAL
            asset, extension = assets.spoken_as(Asset(transfer.dti, slip), version), keeping.extension_of(payload)
            return messages.write_inquiry(Inquiry(asset, transfer.amount, callback, payload.identity, extension))
        answer = keeping.open_answer(transfer)
        if kind == DeliveryKind.CONFIRMATION:
            is_done = transfer.state == TransferState.CONFIRMED
            return messages.write(Confirmation(txid=answer.txid) if is_done else Confirmation(canceled=answer.reason))
        if transfer.state == TransferState.REJECTED:
            return messages.write(Resolution(rejected=answer.reason))
        callback = f"{self.peer.address}/transfers/{transfer.id}/confirm"
        return messages.write(Resolution(approved=Approval(answer.address, callback)))

    def _delivered(self, delivery: Delivery, told: Told) -> None:
        """The other side has it; the answer to an inquiry may be in its reply."""
        given, unclear = None, ""
        try:
            if delivery.kind == DeliveryKind.INQUIRY and told.body.strip():
                given = messages.read_resolution(told.body)
        except Malformed as error:
            unclear = error.code  # it has the inquiry, and says something that is no answer
        with transaction.atomic(WORKING):
            found = Transfer.objects.select_for_update().select_related("counterparty")
            transfer = found.get(pk=delivery.transfer_id)
            delivery.state, delivery.problem, delivery.attempts = DeliveryState.DONE, "", delivery.attempts + 1
            delivery.save()
            step(transfer, _DELIVERED[DeliveryKind(delivery.kind)], f"http_{told.status}")
            if delivery.kind == DeliveryKind.INQUIRY and transfer.state == TransferState.QUEUED:
                transfer.state, transfer.changed_at = TransferState.ASKED, timezone.now()
                transfer.save(update_fields=["state", "changed_at"])
            if unclear:
                step(transfer, StepKind.REFUSED_BY_US, f"answer: {unclear}")
            if given is not None:
                resolve(transfer, given)

    def _unreached(self, delivery: Delivery, code: str) -> None:
        counterparty, now = delivery.transfer.counterparty, timezone.now()
        if code == "certificate_changed" and host_of(delivery.url) == counterparty.host:
            changed = Counterparty.objects.filter(id=counterparty.id, state=CounterpartyState.VERIFIED)
            changed.update(state=CounterpartyState.CHANGED, problem=code)
        else:
            counterparty.silent_since = counterparty.silent_since or now
            counterparty.failures += 1
            counterparty.save(update_fields=["silent_since", "failures"])
        self._again(delivery, code)

    @staticmethod
    def _answered(counterparty: Counterparty, told: Told) -> None:
        counterparty.heard_at, counterparty.silent_since, counterparty.failures = timezone.now(), None, 0
        counterparty.clock_difference_seconds = told.clock_difference_seconds
        counterparty.save(update_fields=["heard_at", "silent_since", "failures", "clock_difference_seconds"])

    @staticmethod
    def _speaks_otherwise(counterparty: Counterparty, told: Told) -> bool:
        """Whether the other side refused our version: it named one that we speak too, or named none, and there is the
        usual one to try yet. That is spoken from now on.
        """
        stated = told.headers.get(versions.HEADER, "")
        theirs = negotiated(Version.parse(stated)) if stated.strip() else USUAL
        if told.status != 400 or theirs is None or str(theirs) == counterparty.version:
            return False
        counterparty.version = str(theirs)
        counterparty.save(update_fields=["version"])
        return True

    def _again(self, delivery: Delivery, problem: str, asked_for: str = "") -> None:
        """Later; not before the pause that the other side asked for, within ours."""
        delivery.attempts += 1
        theirs = int(asked_for) if asked_for.isascii() and asked_for.isdecimal() and len(asked_for) < 9 else 0
        pause = min(max(2 ** min(delivery.attempts, 20), theirs), PAUSE_SECONDS_MAX)
        spread = secrets.randbelow(max(1, pause * 250)) / 1_000  # so that many do not come back at one moment
        delivery.problem, delivery.next_at = problem[:80], timezone.now() + timedelta(seconds=pause + spread)
        delivery.save(update_fields=["attempts", "problem", "next_at"])

    @staticmethod
    def _give_up(delivery: Delivery, problem: str) -> None:
        with transaction.atomic(WORKING):
            delivery.state, delivery.problem = DeliveryState.FAILED, problem[:80]
            delivery.save(update_fields=["state", "problem"])
            transfer = Transfer.objects.select_for_update().get(pk=delivery.transfer_id)
            step(transfer, StepKind.GIVEN_UP, f"{delivery.kind}: {problem}")
            if delivery.kind == DeliveryKind.INQUIRY and transfer.state == TransferState.QUEUED:
                transfer.state, transfer.changed_at = TransferState.FAILED, timezone.now()
                transfer.save(update_fields=["state", "changed_at"])

    def _expire(self) -> None:
        """Inquiries that nobody answered in time are over: an answer that comes yet changes nothing."""
        now = timezone.now()
        waiting = Q(state=TransferState.ASKED) | Q(state=TransferState.QUEUED)
        late = Transfer.objects.filter(
            waiting, institution_id=self.peer.pk, direction=Direction.SENT, answer_by__lte=now
        )[:LOOKED_AT_MAX]
        for transfer in late:
            with transaction.atomic(WORKING):
                is_first = Transfer.objects.filter(waiting, id=transfer.id).update(
                    state=TransferState.EXPIRED, changed_at=now
                )
                if is_first:
                    step(transfer, StepKind.EXPIRED)
