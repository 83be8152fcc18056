"""From the record to the register's tables: what each act of licensing wrote, told in rows.

A firm's status follows from its licence exactly as `rulebook/edition1/licensing.py` says; a test compares every row
with the record that the rulebook published.
"""

from collections.abc import Callable
from typing import Any

from sanad.base.errors import ensure
from sanad.node.events import Event
from sanad.programmes.licensing.models.view import (
    Certificate,
    Firm,
    Licence,
    Proposal,
    PublicAct,
    PublicWarning,
    RuleValue,
)
from sanad.rulebook.edition1.acting import Act
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.licensing import STATUS_OF
from sanad.rulebook.edition1.words import CertificateState, InstitutionStatus, LicenceKind, LicenceState
from sanad.rulebook.message import Kind

VERSION = 3
Told = dict[str, Any]
"""What an act says of itself: fields of `PublicAct`."""


def project(event: Event) -> None:
    """Write what the event changed in the register."""
    if event.kind == Kind.PROPOSE and event.outcome == 0:
        Proposal.objects.create(
            entry=event.entry, institution=event.sender, person=event.person, key=event.key.hex(),
            height=event.height, time_ms=event.time_ms,
        )  # fmt: skip
    if event.carried_out is None:
        return
    name = SCHEMAS[event.carried_out.schema].name
    handler = _HANDLERS.get(name)
    told = handler(event, event.carried_out) if handler is not None else None
    if told is not None:
        _tell(event, told.pop("what", name), told)


def _tell(event: Event, what: str, told: Told) -> None:
    """The row of a public act, with those who signed it."""
    proposal = None
    if event.kind == Kind.CONFIRM:
        proposal = Proposal.objects.filter(entry=event.act.refers[0]).first()
        ensure(proposal is not None, "what is confirmed was proposed before")
    facts: Told = {
        "institution": 0, "state": 0, "ground": 0, "kind": 0, "services": 0, "until_ms": 0, "subject": "",
        "number": 0, "ordered_entry": 0,
    }  # fmt: skip
    PublicAct.objects.create(
        entry=event.entry,
        index=event.index,
        height=event.height,
        time_ms=event.time_ms,
        what=what,
        proposed_entry=proposal.entry if proposal else 0,
        proposer_institution=proposal.institution if proposal else 0,
        proposer_person=proposal.person if proposal else 0,
        proposer_key=proposal.key if proposal else "",
        signer_institution=event.sender,
        signer_person=event.person,
        signer_key=event.key.hex(),
        **{**facts, **told},
    )


def _written(event: Event, at: int) -> int:
    """A number that the rules wrote."""
    value = event.written[at]
    ensure(isinstance(value, int), "what the rules write for licensing are numbers")
    return value if isinstance(value, int) else 0


# --- institutions -----------------------------------------------------------------------------------------------------


def _institution_registered(event: Event, act: Act) -> Told:
    kind, status, name, bic, lei, _quota = act.fields
    number = _written(event, 0)
    Firm.objects.create(
        number=number, name=name, sought=_sought(name, lei), lei=lei, bic=bic, kind=kind, status=status,
        status_entry=event.entry, status_ms=event.time_ms,
    )  # fmt: skip
    return {"institution": number, "kind": kind, "state": status}


def _sought(*parts: str) -> str:
    return "\n".join(part.casefold() for part in parts)


def _status_set(event: Event, act: Act) -> Told:
    number, status = act.fields
    Firm.objects.filter(number=number).update(status=status, status_entry=event.entry, status_ms=event.time_ms)
    return {"institution": number, "state": status}


def _follow_licence(licence: Licence, entry: int, time_ms: int) -> None:
    """The firm's status as its licence has it; `entry` is the order that a rejection will name."""
    status = STATUS_OF.get(licence.state)
    if status is None:
        provisional = licence.kind == LicenceKind.PROVISIONAL
        status = InstitutionStatus.PROVISIONAL if provisional else InstitutionStatus.ACTIVE
        if licence.frozen_until_ms:
            status, entry = InstitutionStatus.SUSPENDED, licence.frozen_entry
    firms = Firm.objects.filter(number=licence.firm_id).exclude(status=int(status))
    firms.update(status=int(status), status_entry=entry, status_ms=time_ms)


# --- no-objection certificate -----------------------------------------------------------------------------------------


def _certificate_applied(event: Event, act: Act) -> Told:
    del act
    state = int(CertificateState.APPLIED)
    Certificate.objects.update_or_create(firm_id=event.sender, defaults={"state": state, "valid_until_ms": 0})
    return {"institution": event.sender, "state": state}


def _certificate_issued(event: Event, act: Act) -> Told:
    del event
    number, valid_until_ms = act.fields
    state = int(CertificateState.ISSUED)
    Certificate.objects.filter(firm=number).update(state=state, valid_until_ms=valid_until_ms)
    return {"institution": number, "state": state, "until_ms": valid_until_ms}


def _certificate_progress(event: Event, act: Act) -> Told:
    del event
    number, state = act.fields
    Certificate.objects.filter(firm=number).update(state=state)
    return {"institution": number, "state": state}


def _certificate_revoked(event: Event, act: Act) -> Told:
    del event
    number, ground = act.fields
    Certificate.objects.filter(firm=number).update(state=int(CertificateState.REVOKED))
    return {"institution": number, "state": int(CertificateState.REVOKED), "ground": ground}


# --- licence ----------------------------------------------------------------------------------------------------------


def _licence_granted(event: Event, act: Act) -> Told:
    institution, number, kind, services, valid_until_ms = act.fields
    licence = Licence(
        firm_id=institution, number=number, kind=kind, services=services, state=int(LicenceState.IN_FORCE),
        valid_until_ms=valid_until_ms, frozen_until_ms=0, frozen_entry=0,
    )  # fmt: skip
    firm = licence.firm
    firm.sought = _sought(firm.name, firm.lei, number)
    firm.save(update_fields=["sought"])
    return {**_licence_became(licence, event, event.entry), "subject": number, "until_ms": valid_until_ms}


def _licence_varied(event: Event, act: Act) -> Told:
    institution, kind, services = act.fields
    licence = Licence.objects.get(firm=institution)
    licence.kind, licence.services = kind, services
    return _licence_became(licence, event, event.entry)


def _licence_status(event: Event, act: Act) -> Told:
    institution, reached, ground, effective_ms = act.fields
    licence = Licence.objects.get(firm=institution)
    if effective_ms:
        return {
            "what": "licence_status_ordered", "institution": institution, "state": reached, "ground": ground,
            "until_ms": effective_ms, "kind": licence.kind, "services": licence.services,
        }  # fmt: skip
    licence.state = reached
    return {**_licence_became(licence, event, event.entry), "ground": ground}


def _licence_became(licence: Licence, event: Event, order: int) -> Told:
    """Save the licence, let the firm's status follow, and tell it."""
    before = Licence.objects.filter(pk=licence.firm_id).first()
    if before is None or _stands(before) != _stands(licence):
        licence.standing_entry, licence.standing_ms = event.entry, event.time_ms
    licence.save()
    _follow_licence(licence, order, event.time_ms)
    return {
        "institution": licence.firm_id, "state": licence.state, "kind": licence.kind, "services": licence.services,
    }  # fmt: skip


def _stands(licence: Licence) -> tuple[int, bool]:
    """What the register shows: the state, or that an emergency order stops a licence in force."""
    return licence.state, licence.state == LicenceState.IN_FORCE and licence.frozen_until_ms > 0


def _emergency_freeze(event: Event, act: Act) -> Told:
    institution, until_ms, ground = act.fields
    licence = Licence.objects.get(firm=institution)
    licence.frozen_until_ms, licence.frozen_entry = until_ms, event.entry
    return {**_licence_became(licence, event, event.entry), "ground": ground, "until_ms": until_ms}


def _emergency_lifted(event: Event, act: Act) -> Told:
    licence = Licence.objects.get(firm=act.fields[0])
    licence.frozen_until_ms = licence.frozen_entry = 0
    return _licence_became(licence, event, event.entry)


def _administrator_appointed(event: Event, act: Act) -> Told:
    """Customers must know who pays them out. The firm's own keys are gone with this entry."""
    del event
    return {"institution": act.fields[0], "state": int(LicenceState.WINDING_DOWN)}


# --- warnings, rule values --------------------------------------------------------------------------------------------


def _warning_published(event: Event, act: Act) -> Told:
    name, website, ground = act.fields
    number = _written(event, 0)
    PublicWarning.objects.create(
        number=number, name=name, website=website, ground=ground, entry=event.entry, time_ms=event.time_ms,
        ended_ms=0,
    )  # fmt: skip
    return {"ground": ground, "subject": name, "number": number}


def _warning_removed(event: Event, act: Act) -> Told:
    warning = PublicWarning.objects.get(number=act.fields[0])
    warning.ended_ms = event.time_ms
    warning.save(update_fields=["ended_ms"])
    return {"ground": warning.ground, "subject": warning.name, "number": warning.number}


def _rule_set(event: Event, act: Act) -> Told:
    rule, value, valid_from_ms = act.fields
    RuleValue.objects.create(rule=rule, value=value, valid_from_ms=valid_from_ms, entry=event.entry)
    return {"kind": rule, "subject": str(value), "until_ms": valid_from_ms}


# --- what time brings -------------------------------------------------------------------------------------------------


def _time_came(event: Event, act: Act) -> Told | None:
    """What an earlier entry had ordered for this time, when it still applied."""
    order = act.fields[0]
    if len(event.written) < 2:
        return None
    institution = _written(event, 1)
    ordered = PublicAct.objects.filter(entry=order, institution=institution).order_by("-index").first()
    if ordered is None:
        return None
    if ordered.what == "certificate_issued":
        state = int(CertificateState.LAPSED)
        Certificate.objects.filter(firm=institution).update(state=state)
        return {"what": "certificate_lapsed", "institution": institution, "state": state, "ordered_entry": order}
    licence = Licence.objects.get(firm=institution)
    ground = 0
    if ordered.what == "emergency_freeze":
        what, licence.frozen_until_ms, licence.frozen_entry = "emergency_ended", 0, 0
        return {"what": what, **_licence_became(licence, event, event.entry), "ordered_entry": order}
    if ordered.what == "licence_granted":
        what, licence.state = "licence_lapsed", int(LicenceState.LAPSED)
    else:
        what, licence.state, ground = "licence_status", ordered.state, ordered.ground
    return {"what": what, **_licence_became(licence, event, order), "ground": ground, "ordered_entry": order}


_HANDLERS: dict[str, Callable[[Event, Act], Told | None]] = {
    "register_institution": _institution_registered,
    "set_status": _status_set,
    "certificate_applied": _certificate_applied,
    "certificate_issued": _certificate_issued,
    "certificate_progress": _certificate_progress,
    "certificate_revoked": _certificate_revoked,
    "licence_granted": _licence_granted,
    "licence_varied": _licence_varied,
    "licence_status": _licence_status,
    "emergency_freeze": _emergency_freeze,
    "emergency_lifted": _emergency_lifted,
    "appoint_administrator": _administrator_appointed,
    "warning_published": _warning_published,
    "warning_removed": _warning_removed,
    "set_rule": _rule_set,
    "time_came": _time_came,
}
