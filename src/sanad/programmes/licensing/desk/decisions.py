"""Decisions of the authority: proposed by one person, confirmed or withdrawn by another, each with an own key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.errors import Fault, Malformed, Refused
from sanad.evidence.store import new_subject
from sanad.gateway.gateway import act_body
from sanad.people.access import require
from sanad.people.models import Membership, Person
from sanad.programmes.licensing.desk import telling
from sanad.programmes.licensing.models.working import Application, ApplicationState, Decision, DecisionState
from sanad.programmes.licensing.permissions import ACTS, right_to_confirm, right_to_propose
from sanad.programmes.licensing.queries.applications import decision, firm_name, newest_open_application
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.message import Kind
from sanad.signing.desk import tickets
from sanad.signing.desk.signers import signer_of
from sanad.signing.desk.wishes import Sent, Wish, decision_body
from sanad.signing.models import Ticket
from sanad.signing.queries import ticket_of
from sanad.tables.names import WORKING

_DECISION = "sanad/decision/v1"
_SCHEMA_OF = {schema.name: number for number, schema in SCHEMAS.items()}
GOES_ON = "licensing:signed"
"""Name of the URL that takes a signature made elsewhere."""
_PROPOSE, _CONFIRM, _WITHDRAW = "propose", "confirm", "withdraw"
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
    refers: Sequence[int] = ()
    """Entries that the act speaks of."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a step: a ticket while the person's passkey has not signed; else the record's answer.

    Without a decision, the record rejected the proposal.
    """

    decision: Decision | None
    sent: Sent | None = None
    ticket: Ticket | None = None

    @property
    def answer(self) -> Sent:
        """What the record answered. There is none while a ticket waits."""
        if self.sent is None:
            raise Fault("nothing was sent yet; the ticket is signed first")
        return self.sent


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
    body = act_body(_SCHEMA_OF[order.act], _signed_fields(order), recipients, order.refers, digests)
    about = {
        "step": _PROPOSE, "decision": str(order.identifier), "act": order.act, "institution": order.institution,
        "fields": list(order.fields), "grounds": order.grounds, "conditions": order.conditions,
        "digest": digests[0].hex(),
    }  # fmt: skip
    wish = Wish(Kind.PROPOSE, body, f"{order.identifier}/propose", GOES_ON, about, b"", _names(order.institution))
    return _signed(person, membership, wish)


def confirm(person: Person, identifier: UUID) -> Decided:
    """Confirm what another proposed, with the person's own key: it takes effect with this entry.

    That the two differ is the record's rule: the proposer's confirmation is sent and rejected, and the answer says so.
    """
    found = _waiting(identifier)
    membership = require(person, right_to_confirm(found.act))
    return _signed(person, membership, _decision_on(found, person, Kind.CONFIRM, _recipients(found)))


def withdraw(person: Person, identifier: UUID) -> Decided:
    """Take a proposal back, by whoever could have made it."""
    found = _waiting(identifier)
    membership = require(person, right_to_propose(found.act))
    return _signed(person, membership, _decision_on(found, person, Kind.WITHDRAW, []))


def go_on(person: Person, ticket: UUID, signature: bytes) -> Decided:
    """The passkey's signature came back: send what the ticket holds, and note what became of it.

    Whether the person still may is asked again: roles change while a message waits.
    """
    found = ticket_of(person, ticket)
    if found.goes_on != GOES_ON:
        raise Refused("ticket", _("nothing of yours waits to be signed here; begin again where you came from"), 404)
    act = found.about["act"]
    require(person, right_to_confirm(act) if found.about["step"] == _CONFIRM else right_to_propose(act))
    return _noted(person, found.about, bytes(found.body), tickets.send(person, ticket, signature))


def _decision_on(found: Decision, person: Person, kind: Kind, recipients: list[int]) -> Wish:
    """The wish to confirm or withdraw a proposal."""
    step = _CONFIRM if kind is Kind.CONFIRM else _WITHDRAW
    return Wish(
        kind, decision_body(found.proposed_entry, bytes(found.body), recipients), f"{found.id}/{step}/{person.id}",
        GOES_ON, {"step": step, "decision": str(found.id), "act": found.act}, bytes(found.body),
        _names(found.institution),
    )  # fmt: skip


def _signed(person: Person, membership: Membership, wish: Wish) -> Decided:
    """At once, or by a ticket."""
    with settings.HOSTING.gateway(_house(membership)) as gateway:
        answer = signer_of(membership, gateway).sign(wish)
    if isinstance(answer, Ticket):
        return Decided(None, ticket=answer)
    return _noted(person, wish.about, wish.body, answer)


def _noted(person: Person, about: Mapping[str, Any], body: bytes, answer: Sent) -> Decided:
    """What an answered message made of a decision. It can be repeated."""
    identifier = UUID(about["decision"])
    if about["step"] == _PROPOSE:
        return Decided(_proposed(person, identifier, about, body, answer) if answer.is_admitted else None, answer)
    found = decision(identifier)
    if answer.is_admitted and found.is_waiting:
        state = DecisionState.CONFIRMED if about["step"] == _CONFIRM else DecisionState.WITHDRAWN
        with transaction.atomic(WORKING):
            _end(found, person, state, answer.entry)
            if state is DecisionState.CONFIRMED:
                _end_application(found)
        if state is DecisionState.CONFIRMED:
            telling.decided(found)
    return Decided(found, answer)


def _proposed(person: Person, identifier: UUID, about: Mapping[str, Any], body: bytes, answer: Sent) -> Decision:
    institution: int | None = about["institution"]
    application = newest_open_application(institution) if institution is not None else None
    made, _is_new = Decision.objects.get_or_create(
        id=identifier,
        defaults={
            "act": about["act"], "institution": institution,
            "application": application if about["act"] in _ENDS_APPLICATION else None, "fields": about["fields"],
            "conditions": about["conditions"], "grounds": about["grounds"], "digest": bytes.fromhex(about["digest"]),
            "body": body, "proposed_by": person, "proposed_entry": answer.entry,
        },
    )  # fmt: skip
    telling.proposed(made)
    return made


def _signed_fields(order: Order) -> list[canonical.Value]:
    """The fields as the rulebook has them: what is kept and typed as hexadecimal digits is signed as bytes."""
    kinds = [kind for _name, kind in SCHEMAS[_SCHEMA_OF[order.act]].fields]
    if len(kinds) != len(order.fields):
        raise Malformed("act", "fields_wrong", _("choose one of the decisions that the page offers"))
    return [bytes.fromhex(str(each)) if kind is bytes else each for kind, each in zip(kinds, order.fields, strict=True)]


def _names(institution: int | None) -> dict[int, str]:
    return {} if institution is None else {institution: firm_name(institution)}


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
