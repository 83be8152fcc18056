"""What happened to an object, act by act, and who signed: keys of institutions, never names of persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.base.errors import Refused
from sanad.people.access import Words
from sanad.programmes.licensing.models.view import Proposal, PublicAct
from sanad.programmes.licensing.models.working import Application, Decision, DecisionState
from sanad.programmes.licensing.queries.register import NUMBER_MAX
from sanad.programmes.licensing.queries.wording import title_of
from sanad.rulebook.edition1.words import RegisterType
from sanad.tables.lists import Page, page_of


class Object(Enum):
    """Kinds of public objects; the values stand in addresses, for ever."""

    FIRM = "firm"
    LICENCE = "licence"
    CERTIFICATE = "certificate"
    WARNING = "warning"
    RULE = "rule"


_LICENCE = Q(what__startswith="licence") | Q(what__startswith="emergency") | Q(what="appoint_administrator")
_CERTIFICATE = Q(what__startswith="certificate")
RECORD_TYPES = {
    Object.FIRM: RegisterType.INSTITUTION, Object.LICENCE: RegisterType.LICENCE,
    Object.CERTIFICATE: RegisterType.CERTIFICATE, Object.WARNING: RegisterType.WARNING, Object.RULE: RegisterType.RULE,
}  # fmt: skip
"""The record of the public register that an object's acts changed."""


def page_of_acts(kind: Object, number: int, cursor: str, limit: int) -> Page[PublicAct]:
    """The acts on one object, oldest first. Raises `Refused` (404) when there are none."""
    found = _acts_on(kind, min(number, NUMBER_MAX))
    page = page_of(found, ("entry", "index"), cursor, limit)
    if not page.rows and not cursor:
        raise Refused("existence", str(_("nothing of this kind and number is in the public register")), 404)
    return page


def _acts_on(kind: Object, number: int) -> QuerySet[PublicAct]:
    if kind is Object.WARNING:
        return PublicAct.objects.filter(number=number, what__startswith="warning")
    if kind is Object.RULE:
        return PublicAct.objects.filter(kind=number, what="set_rule")
    acts = PublicAct.objects.filter(institution=number)
    if kind is Object.LICENCE:
        return acts.filter(_LICENCE)
    return acts.filter(_CERTIFICATE) if kind is Object.CERTIFICATE else acts


def changed(act: PublicAct) -> tuple[Object, int] | None:
    """The object whose public record an act wrote anew. None: it took effect later, or wrote none."""
    if act.what in ("licence_status_ordered", "appoint_administrator"):
        return None
    if act.what.startswith("warning"):
        return Object.WARNING, act.number
    if act.what == "set_rule":
        return Object.RULE, act.kind
    if act.what.startswith("certificate"):
        return Object.CERTIFICATE, act.institution
    is_licence = act.what.startswith(("licence", "emergency"))
    return (Object.LICENCE if is_licence else Object.FIRM), act.institution


# --- applications and decisions: for their parties --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """A key that signed. `institution` 0: nobody, since time itself brought it."""

    institution: int
    person: int
    key: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened. `entry` 0: it is not on the record, only the portal noted it."""

    time: datetime | int
    words: Words
    entry: int = 0
    height: int = 0
    signed: Signed | None = None
    of: Words = ""
    """Whose act it was, where no key tells it."""


_FIRM, _AUTHORITY = gettext_lazy("The firm"), gettext_lazy("The authority")


def of_application(application: Application, *, as_authority: bool) -> list[Happened]:
    """What happened to an application, oldest first. The firm sees what it was told, and no proposal."""
    found: list[Happened] = []
    if application.filed_at is not None and application.filed_entry:
        found.append(_on_record(application.filed_entry, application.filed_at, _("Filed"), _FIRM))
    for request in application.requests.order_by("asked_at"):
        found.append(Happened(request.asked_at, _("Information asked for"), of=_AUTHORITY))
        if request.answered_at is not None:
            found.append(Happened(request.answered_at, _("Question answered"), of=_FIRM))
    if application.complete_at is not None:
        found.append(Happened(application.complete_at, _("The file was found complete"), of=_AUTHORITY))
    for decision in application.decisions.order_by("proposed_entry"):
        told = of_decision(decision)
        found += told if as_authority else [each for each in told if decision.state == DecisionState.CONFIRMED][1:]
    if application.state == "withdrawn" and application.ended_at is not None:
        found.append(Happened(application.ended_at, _("Withdrawn"), of=_FIRM))
    return sorted(found, key=lambda each: _milliseconds(each.time))


def of_decision(decision: Decision) -> list[Happened]:
    """Proposed, confirmed or withdrawn, and what time brought because of it."""
    title = str(title_of(decision))
    proposal = Proposal.objects.filter(entry=decision.proposed_entry).first()
    words = _("Proposed: %(decision)s") % {"decision": title}
    found = [Happened(decision.proposed_at, words, decision.proposed_entry, of=_AUTHORITY)]
    if proposal is not None:
        signed = Signed(proposal.institution, proposal.person, proposal.key)
        found = [Happened(proposal.time_ms, words, proposal.entry, proposal.height, signed)]
    if decision.ended_at is not None and decision.ended_entry:
        done = _("Confirmed: %(decision)s") if decision.state == DecisionState.CONFIRMED else _("Withdrawn")
        found.append(_on_record(decision.ended_entry, decision.ended_at, done % {"decision": title}, _AUTHORITY))
        for act in PublicAct.objects.filter(ordered_entry=decision.ended_entry).order_by("entry")[:10]:
            brought = _("What it had ordered for this time took effect, or ended")
            found.append(Happened(act.time_ms, brought, act.entry, act.height, Signed(0, 0, "")))
    return found


def _on_record(entry: int, noted: datetime, words: str, of: Words) -> Happened:
    """An entry, with its signer if the public register has it; else with the time that the portal noted."""
    act = PublicAct.objects.filter(entry=entry).first()
    if act is None:
        return Happened(noted, words, entry, of=of)
    signed = Signed(act.signer_institution, act.signer_person, act.signer_key)
    return Happened(act.time_ms, words, entry, act.height, signed)


def _milliseconds(time: datetime | int) -> int:
    return time if isinstance(time, int) else int(time.timestamp() * 1_000)


def houses(rows: Sequence[PublicAct | Happened]) -> set[int]:
    """Institutions whose keys signed."""
    found: set[int] = set()
    for each in rows:
        if isinstance(each, PublicAct):
            found |= {each.signer_institution, each.proposer_institution}
        elif each.signed is not None:
            found.add(each.signed.institution)
    return found - {0}
