"""Pages of the authority: inbox, assessment, and decisions by two persons."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.people.access import Words, route
from sanad.people.models import Membership, Person
from sanad.people.rights import Right
from sanad.programmes.licensing.desk import assessing
from sanad.programmes.licensing.desk import decisions as desk
from sanad.programmes.licensing.desk.decisions import Decided, Order
from sanad.programmes.licensing.forms.applications import WordsForm
from sanad.programmes.licensing.forms.decisions import FORMS, OrderForm
from sanad.programmes.licensing.models import Certificate, Firm, Licence
from sanad.programmes.licensing.models.working import ApplicationState, DecisionState
from sanad.programmes.licensing.pages.answers import say
from sanad.programmes.licensing.pages.applications import signed_in
from sanad.programmes.licensing.permissions import may_confirm, may_withdraw, right_to_propose
from sanad.programmes.licensing.queries import applications as queries
from sanad.programmes.licensing.queries.choices import appealable
from sanad.programmes.licensing.queries.classifier import SERVICE_WORDS, services_of
from sanad.programmes.licensing.queries.completeness import Position, looked_through, percent
from sanad.programmes.licensing.queries.ownership import controllers
from sanad.programmes.licensing.queries.wording import ACT_WORDS, lines_of, title_of
from sanad.rulebook.edition1.words import CertificateState, InstitutionClass, LicenceState
from sanad.signing.pages import to_sign, with_signature

READERS = frozenset({Right.AUTHORITY_APPLICATION_READ, Right.AUDIT_APPLICATION_READ})
PROPOSERS = frozenset(
    {Right.AUTHORITY_DECISION_PROPOSE, Right.AUTHORITY_ORDER_PROPOSE, Right.AUTHORITY_WARNING_PROPOSE}
)
CONFIRMERS = frozenset(
    {Right.AUTHORITY_DECISION_CONFIRM, Right.AUTHORITY_ORDER_CONFIRM, Right.AUTHORITY_WARNING_CONFIRM}
)


def _reader(request: HttpRequest) -> Membership:
    """Who reads, for the authority or as auditor."""
    person = signed_in(request)
    membership = person.membership
    if membership is None or not READERS & membership.rights:
        raise Refused(Right.AUTHORITY_APPLICATION_READ, _("your role does not have this right"))
    return membership


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Filed applications by state and clock."""
    _reader(request)
    state = request.GET.get("state", "")
    rows, cursor = queries.inbox(state, request.GET.get("cursor", ""))
    counted = queries.counts()
    filed_states = [each for each in ApplicationState if each != ApplicationState.DRAFT]
    told = {
        "rows": rows, "next_cursor": cursor, "state": state,
        "states": [(each.value, each.label, counted[each]) for each in filed_states],
    }  # fmt: skip
    return render(request, "licensing/decision_inbox.html", told)


@require_GET
def assess(request: HttpRequest, application: UUID) -> HttpResponse:
    """One filed application, whole, with notes and what can be done next."""
    return render(request, "licensing/decision_application.html", _assessment(_reader(request), application))


def _assessment(membership: Membership, identifier: UUID) -> dict[str, Any]:
    found = queries.for_authority(identifier)
    owners = found.sections.get("owners", [])
    persons = dict(Position.choices)
    return {
        "application": found,
        "clock": queries.clock_of(found),
        "services": [SERVICE_WORDS[each] for each in services_of(found.sections.get("services", 0))],
        "firm": found.sections.get("firm", {}),
        "owners": [{**each, "percent": percent(each["ppm"])} for each in owners],
        "controllers": [(name, percent(ppm)) for name, ppm in _controllers(owners)],
        "persons": [{**each, "position": persons.get(each["position"])} for each in found.sections.get("persons", [])],
        "declaration": found.sections.get("declaration", {}),
        "documents": list(found.documents.order_by("kind", "added_at")),
        "requests": list(found.requests.order_by("asked_at")),
        "notes": list(found.notes.order_by("-written_at")),
        "decisions": list(found.decisions.order_by("-proposed_entry")),
        "note_form": WordsForm(label=_("Note")),
        "ask_form": WordsForm(label=_("What the firm shall answer")),
        "may_assess": Right.AUTHORITY_APPLICATION_ASSESS in membership.rights,
        "may_ask": Right.AUTHORITY_INFORMATION_REQUEST in membership.rights and found.state in ("filed", "complete"),
        "may_decide": Right.AUTHORITY_DECISION_PROPOSE in membership.rights and found.is_open,
    }


def _controllers(owners: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return controllers(looked_through(owners), queries.owner_threshold_ppm())


@require_POST
def note(request: HttpRequest, application: UUID) -> HttpResponse:
    """Keep a note."""
    return _with_words(request, application, "note_form", _("Note"), assessing.write_note, _("The note is kept."))


@require_POST
def ask(request: HttpRequest, application: UUID) -> HttpResponse:
    """Ask for information."""
    said = _("The firm is asked. The clock stands still until it answers.")
    return _with_words(request, application, "ask_form", _("What the firm shall answer"), assessing.ask, said)


def _with_words(
    request: HttpRequest, identifier: UUID, name: str, label: str, do: Callable[[Person, UUID, str], object], said: str
) -> HttpResponse:
    person = signed_in(request)
    queries.for_authority(identifier)
    form = WordsForm(request.POST, label=label)
    if not form.is_valid():
        told = _assessment(_reader(request), identifier) | {name: form}
        return render(request, "licensing/decision_application.html", told)
    do(person, identifier, form.cleaned_data["words"])
    messages.success(request, said)
    return redirect("licensing:assess", identifier)


@require_POST
def complete(request: HttpRequest, application: UUID) -> HttpResponse:
    """Find the file complete."""
    assessing.mark_complete(signed_in(request), application)
    messages.success(request, _("The file is marked as complete."))
    return redirect("licensing:assess", application)


# --- decisions ------------------------------------------------------------------------------------------------------


@require_GET
def firms(request: HttpRequest) -> HttpResponse:
    """Firms of the record, to decide on."""
    membership = _reader(request)
    licensed = (InstitutionClass.BANK, InstitutionClass.EXCHANGE, InstitutionClass.REMITTER)
    told = {
        "firms": list(Firm.objects.filter(kind__in=[int(each) for each in licensed]).order_by("name")[:200]),
        "may_warn": Right.AUTHORITY_WARNING_PROPOSE in membership.rights,
    }
    return render(request, "licensing/decision_firms.html", told)


@require_GET
def firm(request: HttpRequest, institution: int) -> HttpResponse:
    """One firm: where it stands, what may be decided now, what was decided."""
    membership = _reader(request)
    found = _firm(institution)
    certificate = Certificate.objects.filter(pk=institution).first()
    licence = Licence.objects.filter(pk=institution).first()
    possible = [*_possible(certificate, licence), *(["appeal_noted"] if appealable(institution) else [])]
    acts = [each for each in possible if right_to_propose(each) in membership.rights]
    told = {
        "firm": found,
        "application": queries.newest_open_application(institution),
        "withdrawn": queries.withdrawn_application(institution) if _is_applied_for(certificate) else None,
        "acts": [(each, ACT_WORDS[each], _route_of(each)) for each in acts],
        "decisions": [(each, title_of(each)) for each in queries.decisions_about(institution)],
    }
    return render(request, "licensing/decision_firm.html", told)


def _is_applied_for(certificate: Certificate | None) -> bool:
    return certificate is not None and certificate.state == CertificateState.APPLIED


def _firm(institution: int) -> Firm:
    found = Firm.objects.filter(number=institution).first()
    if found is None:
        raise Refused("institution", _("no firm of this number is on the record"), 404)
    return found


def _route_of(act: str) -> str:
    return "licensing:decide" if right_to_propose(act) == Right.AUTHORITY_DECISION_PROPOSE else "licensing:order"


def _possible(certificate: Certificate | None, licence: Licence | None) -> list[str]:
    """What the rules would not reject at once, from what the views hold: the record decides."""
    acts: list[str] = []
    if certificate is not None and certificate.state == CertificateState.APPLIED:
        acts.append("certificate_issued")
    if certificate is not None and CertificateState.ISSUED <= certificate.state < CertificateState.LICENCE_FILED:
        acts.append("certificate_progress")
    if certificate is not None and certificate.state <= CertificateState.LICENCE_FILED and licence is None:
        acts.append("certificate_revoked")
    ended = (LicenceState.REVOKED, LicenceState.SURRENDERED, LicenceState.LAPSED)
    if licence is None or licence.state in ended:
        return [*acts, "licence_granted"]
    if licence.state == LicenceState.WINDING_DOWN:
        acts.append("appoint_administrator")
    acts += ["licence_status", "licence_varied"]
    if licence.frozen_until_ms:
        return [*acts, "emergency_lifted"]
    return [*acts, "emergency_freeze"] if licence.state == LicenceState.IN_FORCE else acts


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, act: str, institution: int) -> HttpResponse:
    """Propose a decision about a firm."""
    kind = FORMS.get(act)
    is_order = right_to_propose(act) == Right.AUTHORITY_ORDER_PROPOSE if kind else False
    is_here = request.resolver_match is not None and is_order == (request.resolver_match.url_name == "order")
    if kind is None or act.startswith("warning") or not is_here:
        raise Refused("decision", _("no such decision is here"), 404)
    return _propose(request, act, kind, institution, _firm(institution).name)


@require_http_methods(["GET", "POST"])
def warn(request: HttpRequest) -> HttpResponse:
    """Propose a public warning."""
    return _propose(request, "warning_published", FORMS["warning_published"], None, "")


@require_http_methods(["GET", "POST"])
def end_warning(request: HttpRequest) -> HttpResponse:
    """Propose that a warning ends; `?warning=<number>` chooses it."""
    return _propose(request, "warning_removed", FORMS["warning_removed"], None, "")


def _propose(request: HttpRequest, act: str, kind: type[OrderForm], institution: int | None, name: str) -> HttpResponse:
    person = signed_in(request)
    chosen = {"warning": request.GET.get("warning", "")}
    form = kind(request.POST or None, institution=institution, initial=chosen)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        order = Order(
            form.identifier, act, institution, form.act_fields, given["grounds"], given.get("conditions", ""),
            form.act_refers,
        )  # fmt: skip
        decided = desk.propose(person, order)
        if decided.ticket is not None or decided.decision is not None:
            return _after(request, decided, _PROPOSED)
        say(request, decided.answer, "")
    told = {"form": form, "title": ACT_WORDS[act], "firm": name, "institution": institution}
    return render(request, "licensing/decision_propose.html", told)


@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """All decisions; those that wait for a second person by default."""
    _reader(request)
    state = request.GET.get("state", DecisionState.PROPOSED)
    page = queries.decisions(state, request.GET.get("cursor", ""))
    told = {
        "rows": [(each, title_of(each), lines_of(each)[0].words) for each in page.rows],
        "next_cursor": page.next_cursor, "state": state, "states": DecisionState.choices,
    }  # fmt: skip
    return render(request, "licensing/decision_list.html", told)


@require_GET
def decision(request: HttpRequest, decision: UUID) -> HttpResponse:
    """One decision: what is signed, in words and as a digest, and by whom."""
    membership = _reader(request)
    found = queries.decision(decision)
    told = {
        "decision": found,
        "title": title_of(found),
        "lines": lines_of(found),
        "digest": digest(bytes(found.body)).hex(),
        "reasons_digest": bytes(found.digest or b"").hex(),
        "may_confirm": may_confirm(membership, found),
        "may_withdraw": may_withdraw(membership, found),
        "is_own": found.proposed_by_id == membership.person_id,
    }
    return render(request, "licensing/decision_page.html", told)


@require_POST
def confirm(request: HttpRequest, decision: UUID) -> HttpResponse:
    """Confirm with one's own key."""
    return _after(request, desk.confirm(signed_in(request), decision), _CONFIRMED)


@require_POST
def withdraw(request: HttpRequest, decision: UUID) -> HttpResponse:
    """Take a proposal back."""
    return _after(request, desk.withdraw(signed_in(request), decision), _WITHDRAWN)


@require_POST
def signed(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """The signing page made the signature and brought it back."""

    def send(signature: bytes) -> Decided:
        return desk.go_on(signed_in(request), ticket, signature)

    def after(request: HttpRequest, decided: Decided) -> HttpResponse:
        ended = decided.decision.state if decided.decision is not None else DecisionState.PROPOSED
        return _after(request, decided, _SAID[DecisionState(ended)])

    return with_signature(request, ticket, send, after)


_PROPOSED = gettext_lazy("Proposed, and signed by you. Another person must confirm it.")
_CONFIRMED = gettext_lazy("Confirmed, and signed by you. It is in force from this entry on.")
_WITHDRAWN = gettext_lazy("The proposal is withdrawn.")
_SAID = {
    DecisionState.PROPOSED: _PROPOSED, DecisionState.CONFIRMED: _CONFIRMED, DecisionState.WITHDRAWN: _WITHDRAWN,
}  # fmt: skip


def _after(request: HttpRequest, decided: Decided, said: Words) -> HttpResponse:
    """On to signing, or to the decision with what the record answered."""
    if decided.ticket is not None:
        return to_sign(decided.ticket)
    say(request, decided.answer, str(said))
    if decided.decision is None:
        return redirect("licensing:firms")
    return redirect("licensing:decision", decided.decision.id)


_ASSESS, _ASK = Right.AUTHORITY_APPLICATION_ASSESS, Right.AUTHORITY_INFORMATION_REQUEST

decision_routes = [
    route("inbox/", inbox, open_to=READERS, name="inbox", menu=gettext_lazy("Inbox")),
    route("inbox/<uuid:application>/", assess, open_to=READERS, name="assess"),
    route("inbox/<uuid:application>/note/", note, open_to=_ASSESS, name="note"),
    route("inbox/<uuid:application>/ask/", ask, open_to=_ASK, name="ask"),
    route("inbox/<uuid:application>/complete/", complete, open_to=_ASSESS, name="complete"),
    route("firms/", firms, open_to=READERS, name="firms", menu=gettext_lazy("Firms")),
    route("firms/<int:institution>/", firm, open_to=READERS, name="firm_desk"),
    route(
        "firms/<int:institution>/decide/<slug:act>/", propose, open_to=Right.AUTHORITY_DECISION_PROPOSE, name="decide"
    ),
    route("firms/<int:institution>/order/<slug:act>/", propose, open_to=Right.AUTHORITY_ORDER_PROPOSE, name="order"),
    route("warn/", warn, open_to=Right.AUTHORITY_WARNING_PROPOSE, name="warn"),
    route("warn/end/", end_warning, open_to=Right.AUTHORITY_WARNING_PROPOSE, name="end_warning"),
    route("decisions/", decisions, open_to=READERS, name="decisions", menu=gettext_lazy("Decisions")),
    route("decisions/<uuid:decision>/", decision, open_to=READERS, name="decision"),
    route("decisions/<uuid:decision>/confirm/", confirm, open_to=CONFIRMERS, name="confirm"),
    route("decisions/signed/<uuid:ticket>/", signed, open_to=PROPOSERS | CONFIRMERS, name="signed"),
    route("decisions/<uuid:decision>/withdraw/", withdraw, open_to=PROPOSERS, name="withdraw_decision"),
]
