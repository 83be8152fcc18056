"""Decisions of the authority: proposed by one person, confirmed or withdrawn by another, each with an own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.errors import Malformed, Refused
from sanad.evidence.store import new_subject
from sanad.gateway.gateway import act_body
from sanad.people.access import require
from sanad.people.models import Membership, Person
from sanad.programmes.licensing.desk.sending import Sent
from sanad.programmes.licensing.desk.signing import signer_of
from sanad.programmes.licensing.models.working import Application, ApplicationState, Decision, DecisionState
from sanad.programmes.licensing.permissions import ACTS, right_to_confirm, right_to_propose
from sanad.programmes.licensing.queries.applications import decision, newest_open_application
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import Outcome
from sanad.tables.names import WORKING

_DECISION = "sanad/decision/v1"
_SCHEMA_OF = {schema.name: number for number, schema in SCHEMAS.items()}
_ENDS_APPLICATION = ("certificate_issued", "certificate_revoked")
Field = int | str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be decided. `identifier` is the form's: sending the same form again decides nothing twice."""

    identifier: UUID
    act: str
    institution: int | None
    fields: Sequence[Field]
    grounds: str
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and what the record answered; without a decision, the record rejected the proposal."""

    decision: Decision | None
    answer: Sent


def propose(person: Person, order: Order) -> Decided:
    """Propose an act on the record with the person's own key. Raises `Refused`, `Malformed`."""
    if order.act not in ACTS:
        raise Malformed("act", "act_unknown", _("choose one of the decisions that the page offers"))
    membership = require(person, right_to_propose(order.act))
    known = Decision.objects.filter(id=order.identifier).first()
    if known is not None:
        return Decided(known, Sent(known.proposed_entry, Outcome.ADMITTED))
    recipients = [order.institution] if order.institution is not None else []
    digests = [_sealed(order)]
    schema = _SCHEMA_OF[order.act]
    with settings.HOSTING.gateway(_house(membership)) as gateway:
        signer = signer_of(membership, gateway)
        answer = signer.sign_proposal(schema, list(order.fields), recipients, digests, f"{order.identifier}/propose")
    if not answer.is_admitted:
        return Decided(None, answer)
    about = newest_open_application(order.institution) if order.institution is not None else None
    made = Decision.objects.create(
        id=order.identifier, act=order.act, institution=order.institution,
        application=about if order.act in _ENDS_APPLICATION else None, fields=list(order.fields),
        conditions=order.conditions, grounds=order.grounds, digest=digests[0],
        body=act_body(schema, list(order.fields), recipients, (), digests), proposed_by=person,
        proposed_entry=answer.entry,
    )  # fmt: skip
    return Decided(made, answer)


def confirm(person: Person, identifier: UUID) -> Decided:
    """Confirm what another proposed, with the person's own key: it takes effect with this entry.

    That the two differ is the record's rule: the proposer's confirmation is sent and rejected, and the answer says so.
    """
    found = _waiting(identifier)
    membership = require(person, right_to_confirm(found.act))
    with settings.HOSTING.gateway(_house(membership)) as gateway:
        answer = signer_of(membership, gateway).sign_confirmation(
            found.proposed_entry, bytes(found.body), _recipients(found), f"{found.id}/confirm/{person.id}"
        )
    if answer.is_admitted:
        with transaction.atomic(WORKING):
            _end(found, person, DecisionState.CONFIRMED, answer.entry)
            _end_application(found)
    return Decided(found, answer)


def withdraw(person: Person, identifier: UUID) -> Decided:
    """Take a proposal back, by whoever could have made it."""
    found = _waiting(identifier)
    membership = require(person, right_to_propose(found.act))
    with settings.HOSTING.gateway(_house(membership)) as gateway:
        answer = signer_of(membership, gateway).sign_withdrawal(
            found.proposed_entry, bytes(found.body), f"{found.id}/withdraw/{person.id}"
        )
    if answer.is_admitted:
        _end(found, person, DecisionState.WITHDRAWN, answer.entry)
    return Decided(found, answer)


def _waiting(identifier: UUID) -> Decision:
    """Nothing is locked while the record is asked: of two who end it at once, the record admits one."""
    found = decision(identifier)
    if not found.is_waiting:
        raise Refused("decision", _("it is on the record or withdrawn already"), 409)
    return found


def _recipients(found: Decision) -> list[int]:
    return [found.institution] if found.institution is not None else []


def _end(found: Decision, person: Person, state: DecisionState, entry: int) -> None:
    found.state, found.ended_by, found.ended_at, found.ended_entry = state, person, timezone.now(), entry
    found.save()


def _end_application(found: Decision) -> None:
    if found.application_id is None:
        return
    open_one = Application.objects.filter(id=found.application_id, ended_at=None)
    open_one.update(state=ApplicationState.DECIDED, ended_at=timezone.now(), changed_at=timezone.now())


def _sealed(order: Order) -> bytes:
    """Grounds and conditions, sealed by the authority: what the record holds is H(32 random ‖ canonical words)."""
    words = canonical.encode([_DECISION, order.identifier.bytes, order.act, order.grounds, order.conditions])
    with settings.HOSTING.evidence() as evidence:
        return bytes(evidence.seal(new_subject(), words).digest)


def _house(membership: Membership) -> int:
    number: int | None = membership.institution.number
    if number is None:
        raise Refused("institution", _("your institution is not on the record yet"), 409)
    return number
