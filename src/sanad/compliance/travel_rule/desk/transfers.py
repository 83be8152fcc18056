"""What an officer does with an exchange: ask, approve, reject, tell the transaction, cancel, read what was sent."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.desk.counterparties import host_of, is_verified_caller, met
from sanad.compliance.travel_rule.desk.payloads import in_latin, payload_of
from sanad.compliance.travel_rule.desk.queueing import (
    deliver_confirmation,
    deliver_inquiry,
    deliver_resolution,
    step,
)
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
from sanad.compliance.travel_rule.queries.directory import requirements_now
from sanad.compliance.travel_rule.queries.requirements import missing
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.standards.ivms101 import constraints, reading
from sanad.standards.ivms101.model import Identity, Issue
from sanad.standards.trp import addresses, assets, messages
from sanad.standards.trp.messages import Asset
from sanad.tables.names import WORKING

TEXT_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A transfer that an institution wants to make."""

    travel_address: str
    asset: Asset
    amount: str
    """Decimal text as typed."""
    identity: Identity
    issue: Issue | None = None
    """In which issue of IVMS101 it is sent: programs exist that read the first one alone. None: the one in which the
    other institution last wrote to us, else the newest."""


def send(person: Person, wanted: Wanted) -> Transfer:
    """Ask the other institution whether the transfer may be made; the peer's process sends it.

    Raises `Refused` without the right, `Malformed` for what may not be sent so.
    """
    membership = require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    return queue(membership.institution_id, wanted, person)


def queue(institution: UUID, wanted: Wanted, person: Person | None = None) -> Transfer:
    """As `send`, for whoever has asked about the right already."""
    url = addresses.decode(wanted.travel_address)
    transfer = prepared(institution, wanted, url, person)
    with transaction.atomic(WORKING):
        counterparty = met(institution, host_of(url))
        if counterparty.state == CounterpartyState.BLOCKED:
            raise Refused("counterparty", _("your institution blocked this counterparty; verify it anew first"), 409)
        transfer.counterparty = counterparty
        transfer.save()
        step(transfer, StepKind.CREATED, person=person)
        deliver_inquiry(transfer)
    return transfer


def prepared(institution: UUID, wanted: Wanted, url: str, person: Person | None) -> Transfer:
    """An exchange that may be begun, its payload sealed, not saved yet. Raises `Malformed` for what may not be sent."""
    amount = messages.plain_amount(wanted.amount)
    known = assets.known(wanted.asset)
    minor = messages.minor_units(amount, known.exponent) if known else None
    if known is not None and minor is None:
        raise Malformed("amount", "trp.amount", _("give no more decimals than the asset has"))
    found = constraints.breaches(in_latin(wanted.identity), timezone.now().date())
    if found:
        raise Malformed(found[0].path, f"ivms101.{found[0].constraint.lower()}", found[0].advice)
    requirements = requirements_now()
    lacking = missing(wanted.identity, requirements.fields)
    if lacking:
        names = ", ".join(str(each.name).lower().replace("_", " ") for each in lacking)
        raise Malformed("IVMS101", "travel_rule.missing", _("the Travel Rule asks for: %(names)s") % {"names": names})
    payload = keeping.new_payload(payload_of(wanted.identity, wanted.issue or _issue_of(institution, url)))
    slip = "" if wanted.asset.slip0044 is None else str(wanted.asset.slip0044)
    transfer = Transfer(
        institution_id=institution, direction=Direction.SENT, request_identifier=uuid4(), state=TransferState.QUEUED,
        dti=wanted.asset.dti, slip0044=slip, amount=amount, amount_minor=minor, travel_address=url,
        payload_digest=payload.digest, is_shared_digest=True, created_by=person,
        answer_by=timezone.now() + timedelta(hours=requirements.answer_hours),
    )  # fmt: skip
    transfer.evidence_digest = keeping.seal_payload(payload, bytes(transfer.subject))
    return transfer


def _issue_of(institution: UUID, url: str) -> Issue:
    host = host_of(url) if url else ""
    found = Counterparty.objects.filter(institution_id=institution, host=host).exclude(issue="").first()
    return Issue(found.issue) if found is not None and host else Issue.OF_2023


def approve(person: Person, identifier: UUID, address: str) -> Transfer:
    """Let the transfer come, to a payment address. Only for an institution that is verified.

    Raises `Refused`: not one's own, not waiting, not from a verified institution; `Malformed`.
    """
    return approve_own(_own_institution(person), identifier, address, person)


def approve_own(institution: UUID, identifier: UUID, address: str, person: Person | None = None) -> Transfer:
    """As `approve`, for whoever has asked about the right already."""
    address = _text(address, "address")
    with transaction.atomic(WORKING):
        transfer = _locked(institution, identifier, Direction.RECEIVED, TransferState.RECEIVED)
        if not is_verified_caller(transfer.counterparty, bytes(transfer.caller_digest or b"")):
            advice = _("the other institution is not verified yet; verify it, then approve")
            if transfer.counterparty.state == CounterpartyState.VERIFIED:
                advice = _(
                    "this inquiry came with a certificate that the institution does not show as its own; reject it"
                )
            raise Refused("counterparty", advice, 409)
        _answer(transfer, TransferState.APPROVED, keeping.Answer(address))
        step(transfer, StepKind.APPROVED_BY_US, person=person)
        deliver_resolution(transfer)
    return transfer


def reject(person: Person, identifier: UUID, reason: str) -> Transfer:
    """Refuse the transfer, with a sentence for the other side. Raises as `approve`."""
    return reject_own(_own_institution(person), identifier, reason, person)


def reject_own(institution: UUID, identifier: UUID, reason: str, person: Person | None = None) -> Transfer:
    """As `reject`, for whoever has asked about the right already."""
    reason = _text(reason, "reason")
    with transaction.atomic(WORKING):
        transfer = _locked(institution, identifier, Direction.RECEIVED, TransferState.RECEIVED)
        _answer(transfer, TransferState.REJECTED, keeping.Answer(reason=reason))
        step(transfer, StepKind.REJECTED_BY_US, person=person)
        deliver_resolution(transfer)
    return transfer


def confirm(person: Person, identifier: UUID, txid: str) -> Transfer:
    """Tell the other side the transaction. Raises `Refused` unless it approved."""
    return confirm_own(_own_institution(person), identifier, txid, person)


def confirm_own(institution: UUID, identifier: UUID, txid: str, person: Person | None = None) -> Transfer:
    """As `confirm`, for whoever has asked about the right already."""
    txid = _text(txid, "txid")
    with transaction.atomic(WORKING):
        transfer = _locked(institution, identifier, Direction.SENT, TransferState.APPROVED)
        answer = keeping.open_answer(transfer)
        _answer(transfer, TransferState.CONFIRMED, keeping.Answer(answer.address, txid=txid))
        step(transfer, StepKind.CARRIED_OUT, person=person)
        deliver_confirmation(transfer)
    return transfer


def cancel(person: Person, identifier: UUID, reason: str) -> Transfer:
    """Give a transfer of ours up; the other side is told as soon as it has said where. Raises `Refused`."""
    return cancel_own(_own_institution(person), identifier, reason, person)


def cancel_own(institution: UUID, identifier: UUID, reason: str, person: Person | None = None) -> Transfer:
    """As `cancel`, for whoever has asked about the right already."""
    reason = _text(reason, "reason")
    open_states = (TransferState.QUEUED, TransferState.ASKED, TransferState.APPROVED)
    with transaction.atomic(WORKING):
        transfer = _locked(institution, identifier, Direction.SENT, *open_states)
        was_approved = transfer.state == TransferState.APPROVED
        _answer(transfer, TransferState.CANCELED, keeping.Answer(reason=reason))
        step(transfer, StepKind.CANCELED_BY_US, person=person)
        waiting = Delivery.objects.filter(transfer=transfer, kind=DeliveryKind.INQUIRY, state=DeliveryState.WAITING)
        waiting.update(state=DeliveryState.FAILED, problem="canceled")
        if was_approved:
            deliver_confirmation(transfer)
    return transfer


def own(person: Person, identifier: UUID) -> Transfer:
    """An exchange of the person's institution. Raises `Refused` (404)."""
    membership = require(person, Right.OWN_TRAVEL_RULE_READ)
    found = Transfer.objects.select_related("counterparty").filter(id=identifier, institution=membership.institution)
    transfer = found.first()
    if transfer is None:
        raise _unknown()
    return transfer


def read_contents(person: Person, identifier: UUID) -> tuple[Transfer, Identity, keeping.Answer]:
    """An exchange with its personal data. Raises `Refused`."""
    transfer = own(person, identifier)
    return transfer, reading.read(keeping.open_payload(transfer).identity), keeping.open_answer(transfer)


def new_travel_address(person: Person) -> str:
    """A travel address of our own for one customer's next transfer; opaque, and nothing is kept of it.

    Raises `Refused` when our side of the wire is not set up.
    """
    membership = require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    peer = Peer.objects.filter(institution=membership.institution).first()
    if peer is None:
        advice = _("your institution's peer is not set up; its operator runs: sanad travel-rule set-up")
        raise Refused("peer", advice, 409)
    return addresses.encode(f"{peer.address}/transfers/a/{secrets.token_hex(8)}")


def _own_institution(person: Person) -> UUID:
    institution: UUID = require(person, Right.OWN_TRAVEL_RULE_ANSWER).institution_id
    return institution


def _locked(institution: UUID, identifier: UUID, direction: Direction, *states: TransferState) -> Transfer:
    found = Transfer.objects.select_for_update().select_related("counterparty")
    transfer = found.filter(id=identifier, institution_id=institution, direction=direction).first()
    if transfer is None:
        raise _unknown()
    if transfer.state not in states:
        state = TransferState(transfer.state).label
        raise Refused("transfer", _("this cannot be done now; the exchange is: %(state)s") % {"state": state}, 409)
    return transfer


def _answer(transfer: Transfer, state: TransferState, answer: keeping.Answer) -> None:
    transfer.answer_evidence = keeping.seal_answer(answer, bytes(transfer.subject))
    transfer.state, transfer.changed_at = state, timezone.now()
    transfer.save()


def _text(text: str, field: str) -> str:
    text = text.strip()
    if not text or len(text) > TEXT_CHARACTERS_MAX:
        raise Malformed(field, "travel_rule.text", _("write something, at most 1,000 characters"))
    return text


def _unknown() -> Refused:
    return Refused("transfer", _("your institution has no such exchange"), 404)
