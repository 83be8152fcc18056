"""What others send us: an inquiry, an answer to one of ours, what became of a transfer. Each message is answered once;
the same again gets the same answer, and what comes late or out of order is told so, kept, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.desk.counterparties import Caller, host_of, is_known_caller, met
from sanad.compliance.travel_rule.desk.queueing import deliver_confirmation, step
from sanad.compliance.travel_rule.models import (
    Counterparty,
    CounterpartyState,
    Direction,
    Heard,
    StepKind,
    Transfer,
    TransferState,
)
from sanad.compliance.travel_rule.queries.directory import requirements_now
from sanad.compliance.travel_rule.queries.requirements import missing
from sanad.standards.ivms101 import constraints, reading
from sanad.standards.trp import assets, messages
from sanad.standards.trp.messages import Inquiry
from sanad.tables.names import WORKING

OPEN_A_COUNTERPARTY_MAX = 10_000
OPEN_UNVERIFIED_MAX = 100
FINDINGS_MAX = 50
HEARD_A_CALLBACK_MAX = 100
INQUIRY = "inquiry"
_DAY_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it came."""

    caller: Caller
    identifier: UUID
    version: str
    """The one that is spoken."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller gets."""

    status: int
    body: bytes = b""


# --- inquiries --------------------------------------------------------------------------------------------------------


def receive_inquiry(institution: UUID, message: Message, account_token: str = "") -> Reply:
    """Somebody asks whether they may send. Kept for the officer; answered with a version: an answer will come.

    Raises `Unreadable`, `Malformed`, `Refused`.
    """
    inquiry = messages.read_inquiry(message.body)
    identity = reading.read(inquiry.identity)
    payload, is_shared = keeping.received_payload(inquiry.identity, inquiry.extensions)
    known = assets.known(inquiry.asset)
    minor = messages.minor_units(inquiry.amount, known.exponent) if known else None
    if known is not None and minor is None:
        advice = f"give at most {known.exponent} decimals, and no more than 63 bits of its smallest units"
        raise Malformed("amount", "trp.amount", advice)
    counterparty = met(institution, host_of(inquiry.callback), message.caller)
    if (again := _answered_before(counterparty, message)) is not None:
        return again
    requirements = requirements_now()
    # A day ahead: a clock that differs, or another time zone, makes nobody be born tomorrow.
    found = constraints.breaches(identity, (timezone.now() + _DAY_AHEAD).date())
    transfer = Transfer(
        institution_id=institution, counterparty=counterparty, direction=Direction.RECEIVED,
        request_identifier=message.identifier, body_digest=digest(message.body), caller_digest=message.caller.digest,
        state=TransferState.RECEIVED, dti=inquiry.asset.dti, slip0044=_slip(inquiry), amount=inquiry.amount,
        amount_minor=minor, account_token=account_token, their_callback=inquiry.callback,
        payload_digest=payload.digest, is_shared_digest=is_shared,
        findings=[[each.constraint, each.path] for each in found[:FINDINGS_MAX]],
        missing_fields=int(missing(identity, requirements.fields)),
        answer_by=timezone.now() + timedelta(hours=requirements.answer_hours),
    )  # fmt: skip
    transfer.evidence_digest = keeping.seal_payload(payload, bytes(transfer.subject))
    answer = messages.write(messages.Resolution(version=message.version))
    try:
        with transaction.atomic(WORKING):
            _ensure_room(counterparty)
            transfer.save()
            step(transfer, StepKind.INQUIRY_RECEIVED)
            Counterparty.objects.filter(id=counterparty.id).update(issue=identity.issue.value)
            _note_answer(counterparty, INQUIRY, message, 200, answer)
    except IntegrityError:  # the same message came twice at once, and the other was quicker
        return _answered_before(counterparty, message) or _raise_unclear()
    return Reply(200, answer)


def _slip(inquiry: Inquiry) -> str:
    return "" if inquiry.asset.slip0044 is None else str(inquiry.asset.slip0044)


def _answered_before(counterparty: Counterparty, message: Message) -> Reply | None:
    """The answer to the same inquiry. Raises `Refused` when its identifier names another one."""
    same = Transfer.objects.filter(
        counterparty=counterparty, direction=Direction.RECEIVED, request_identifier=message.identifier
    ).first()
    if same is None:
        return None
    if bytes(same.body_digest or b"") != digest(message.body):
        advice = "this request-identifier names another inquiry of yours; take a new one"
        raise Refused("request-identifier", advice, 409)
    return _heard(counterparty, INQUIRY, message) or Reply(
        200, messages.write(messages.Resolution(version=message.version))
    )


def _ensure_room(counterparty: Counterparty) -> None:
    waiting = Transfer.objects.filter(counterparty=counterparty, state=TransferState.RECEIVED)
    is_verified = counterparty.state == CounterpartyState.VERIFIED
    if waiting.count() >= (OPEN_A_COUNTERPARTY_MAX if is_verified else OPEN_UNVERIFIED_MAX):
        raise Refused("inquiries", "too many of your inquiries wait for an answer; try again later", 429)


def _raise_unclear() -> Reply:
    raise Refused("request-identifier", "this identifier is in use; take a new one", 409)


# --- answers to ours --------------------------------------------------------------------------------------------------


def receive_resolution(institution: UUID, identifier: UUID, message: Message) -> Reply:
    """The other side approves or rejects. Raises `Unreadable`, `Malformed`, `Refused`."""
    resolution = messages.read_resolution(message.body)
    return _receive(institution, identifier, message, Direction.SENT, lambda transfer: resolve(transfer, resolution))


def resolve(transfer: Transfer, resolution: messages.Resolution) -> Refused | None:
    """Take an answer to an inquiry of ours, within a transaction, however it came. What is not taken is given back."""
    if resolution.version:
        step(transfer, StepKind.ACKNOWLEDGED, resolution.version[:12])
        return None
    approved = resolution.approved
    kind = StepKind.APPROVED_BY_THEM if approved else StepKind.REJECTED_BY_THEM
    if transfer.state not in (TransferState.QUEUED, TransferState.ASKED):
        return _resolve_again(transfer, resolution, kind)
    answer = keeping.open_answer(transfer)
    answer = keeping.Answer(approved.address if approved else "", resolution.rejected or "", answer.txid)
    transfer.answer_evidence = keeping.seal_answer(answer, bytes(transfer.subject))
    transfer.state = TransferState.APPROVED if approved else TransferState.REJECTED
    transfer.their_callback = approved.callback if approved else ""
    transfer.changed_at = timezone.now()
    transfer.save()
    step(transfer, kind)
    return None


def _resolve_again(transfer: Transfer, resolution: messages.Resolution, kind: StepKind) -> Refused | None:
    """An answer that is not the first: the same is nothing new, another is refused; late, it is told that it is off."""
    answer, approved = keeping.open_answer(transfer), resolution.approved
    settled = (TransferState.APPROVED, TransferState.CONFIRMED, TransferState.REJECTED)
    if transfer.state in settled:
        is_same = (
            approved is not None and answer.address == approved.address and transfer.their_callback == approved.callback
        ) or (approved is None and transfer.state == TransferState.REJECTED and answer.reason == resolution.rejected)
        if is_same:
            return None
        step(transfer, StepKind.REFUSED_BY_US, f"{kind}: already answered")
        return Refused("resolution", "this inquiry was answered before, and differently; the first answer stays", 409)
    step(transfer, StepKind.REFUSED_BY_US, f"{kind}: too late, {transfer.state}")
    if approved is not None and host_of(approved.callback) == transfer.counterparty.host:
        transfer.their_callback = approved.callback
        transfer.answer_evidence = keeping.seal_answer(
            keeping.Answer("", answer.reason or "The answer came too late.", answer.txid), bytes(transfer.subject)
        )
        transfer.save()
        deliver_confirmation(transfer)
    return Refused(
        "resolution", f"this inquiry is over ({transfer.state}); your answer was kept and changes nothing", 409
    )


# --- what became of theirs --------------------------------------------------------------------------------------------


def receive_confirmation(institution: UUID, identifier: UUID, message: Message) -> Reply:
    """The other side tells the transaction, or that there is none. Raises `Unreadable`, `Malformed`, `Refused`."""
    confirmation = messages.read_confirmation(message.body)
    return _receive(
        institution, identifier, message, Direction.RECEIVED, lambda transfer: _confirm(transfer, confirmation)
    )


def _confirm(transfer: Transfer, confirmation: messages.Confirmation) -> Refused | None:
    answer = keeping.open_answer(transfer)
    kind = StepKind.CARRIED_OUT_BY_THEM if confirmation.txid else StepKind.CANCELED_BY_THEM
    if transfer.state in (TransferState.CONFIRMED, TransferState.CANCELED):
        is_same = answer.txid == (confirmation.txid or "") and (
            bool(confirmation.txid) == (transfer.state == TransferState.CONFIRMED)
        )
        if is_same:
            return None
        step(transfer, StepKind.REFUSED_BY_US, f"{kind}: already told")
        return Refused("confirmation", "this transfer was told to be over before, and differently", 409)
    is_canceled = confirmation.txid is None  # before our answer too: whoever asked may withdraw
    if transfer.state != TransferState.APPROVED and not (is_canceled and transfer.state == TransferState.RECEIVED):
        step(transfer, StepKind.REFUSED_BY_US, f"{kind}: not approved, {transfer.state}")
        return Refused("confirmation", f"this transfer was not approved by us ({transfer.state})", 409)
    answer = keeping.Answer(answer.address, confirmation.canceled or answer.reason, confirmation.txid or "")
    transfer.answer_evidence = keeping.seal_answer(answer, bytes(transfer.subject))
    transfer.state = TransferState.CONFIRMED if confirmation.txid else TransferState.CANCELED
    transfer.changed_at = timezone.now()
    transfer.save()
    step(transfer, kind)
    return None


# --- callbacks --------------------------------------------------------------------------------------------------------


def _receive(
    institution: UUID,
    identifier: UUID,
    message: Message,
    direction: Direction,
    take: Callable[[Transfer], Refused | None],
) -> Reply:
    """A message to one of our callbacks: from the right institution, about this transfer, and not answered before."""
    target = f"{direction}:{identifier}"
    with transaction.atomic(WORKING):
        found = Transfer.objects.select_for_update().select_related("counterparty")
        transfer = found.filter(id=identifier, institution_id=institution, direction=direction).first()
        if transfer is None:
            raise Refused("callback", "there is no such transfer; take the callback that we gave you", 404)
        if not is_known_caller(transfer.counterparty, message.caller):
            step(transfer, StepKind.REFUSED_BY_US, "another certificate")
            refused: Refused | None = Refused(
                "certificate", "this transfer is with another institution than your certificate's", 403
            )
        elif (again := _heard(transfer.counterparty, target, message)) is not None:
            return again
        elif _is_of_another(transfer, message):
            step(transfer, StepKind.REFUSED_BY_US, "identifier of another transfer")
            refused = Refused("request-identifier", "it names another transfer than this callback is for", 409)
        else:
            refused = take(transfer)
        if refused is None:
            _note_answer(transfer.counterparty, target, message, 204, b"")
    if refused is not None:  # outside, so that the step stays
        raise refused
    return Reply(204)


def _is_of_another(transfer: Transfer, message: Message) -> bool:
    """Whether the identifier is that of another exchange with the same institution."""
    if message.identifier == transfer.request_identifier:
        return False
    others = Transfer.objects.filter(counterparty=transfer.counterparty, request_identifier=message.identifier)
    return others.exclude(id=transfer.id).exists()


def _heard(counterparty: Counterparty, target: str, message: Message) -> Reply | None:
    row = Heard.objects.filter(
        counterparty=counterparty, target=target, request_identifier=message.identifier,
        body_digest=digest(message.body),
    ).first()  # fmt: skip
    return Reply(row.status, bytes(row.answer)) if row else None


def _note_answer(counterparty: Counterparty, target: str, message: Message, status: int, answer: bytes) -> None:
    Counterparty.objects.filter(id=counterparty.id).update(heard_at=timezone.now(), silent_since=None)
    heard = Heard.objects.filter(counterparty=counterparty, target=target)
    if target != INQUIRY and heard.count() >= HEARD_A_CALLBACK_MAX:
        return  # what comes again is told by the state of the exchange
    Heard.objects.create(
        counterparty=counterparty, target=target, request_identifier=message.identifier,
        body_digest=digest(message.body), status=status, answer=answer,
    )  # fmt: skip
