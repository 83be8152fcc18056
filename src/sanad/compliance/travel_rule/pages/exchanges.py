"""Inbox, outbox, one exchange with its steps, and what an officer does with it."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed, Refused
from sanad.compliance.travel_rule.desk import links, transfers
from sanad.compliance.travel_rule.desk.transfers import Wanted
from sanad.compliance.travel_rule.forms import (
    AddressForm,
    BeneficiaryForm,
    OriginatorForm,
    ReasonForm,
    SendForm,
    TransactionForm,
)
from sanad.compliance.travel_rule.models import Direction, Peer, Transfer, TransferState
from sanad.compliance.travel_rule.queries import directory, lists, wording
from sanad.people.access import person_of, require, route
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.standards.ivms101.model import (
    Identifier,
    IdentifierType,
    Identity,
    LegalName,
    LegalPerson,
    NaturalPerson,
    Party,
    display_name,
)
from sanad.standards.trp import assets

_STEPS_SHOWN = 500
_OPEN_SENT = (TransferState.QUEUED, TransferState.ASKED, TransferState.APPROVED)


def signed_in(request: HttpRequest) -> Person:
    """Who asks. Raises `Refused`."""
    person = person_of(request)
    if person is None:
        raise Refused("sign in", _("sign in first"), 401)
    return person


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What others asked us."""
    return _list(request, Direction.RECEIVED)


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """What we asked others."""
    return _list(request, Direction.SENT)


def _list(request: HttpRequest, direction: Direction) -> HttpResponse:
    person = signed_in(request)
    state = request.GET.get("state", "")
    page = lists.transfers(person, direction, state, request.GET.get("cursor", ""))
    counts = lists.counts(person, direction)
    told = {
        "rows": [_row(each) for each in page.rows], "next_cursor": page.next_cursor, "state": state,
        "states": [(value, TransferState(value).label, number) for value, number in counts.items()],
        "direction": direction, "silent": lists.silent(person), "is_stale": directory.is_stale(),
        "has_peer": lists.has_peer(person), "is_peer_down": lists.is_peer_down(person),
        "may_answer": Right.OWN_TRAVEL_RULE_ANSWER in person.rights,
    }  # fmt: skip
    return render(request, "travel_rule/exchanges.html", told)


def _row(each: Transfer) -> dict[str, object]:
    return {
        "transfer": each, "asset": lists.asset_words(each), "badge": wording.badge(each.state),
        "who": each.counterparty.name or each.counterparty.host,
    }  # fmt: skip


@require_GET
def exchange(request: HttpRequest, transfer: UUID) -> HttpResponse:
    """One exchange: who and what, its steps with their times, what can be done now."""
    return _exchange(request, transfer)


def _exchange(request: HttpRequest, identifier: UUID, status: int = 200, **forms: object) -> HttpResponse:
    person = signed_in(request)
    found, identity, answer = transfers.read_contents(person, identifier)
    may_answer = Right.OWN_TRAVEL_RULE_ANSWER in person.rights
    is_sent = found.direction == Direction.SENT
    token = request.session.pop(f"travel-rule-link/{found.id}", "")
    told = {
        **_row(found), "counterparty": found.counterparty, "answer": answer, "is_sent": is_sent,
        "parties": [
            (_("Originator"), _party(identity.originator)), (_("Beneficiary"), _party(identity.beneficiary)),
        ],
        "institutions": [
            (words, display_name(each))
            for words, each in (
                (_("Originator's institution"), identity.originating_institution),
                (_("Beneficiary's institution"), identity.beneficiary_institution),
            )
            if each
        ],
        "findings": [wording.CONSTRAINTS.get(number, number) for number in sorted({row[0] for row in found.findings})],
        "named_otherwise": [wording.NAMED_OTHERWISE[each] for each in directory.named_otherwise(found, identity)],
        "is_unconfirmed": directory.is_unconfirmed(found), "missing": wording.fields(found.missing_fields),
        "steps": [
            (each, wording.problem(each.detail))
            for each in found.steps.select_related("person").order_by("at", "id")[:_STEPS_SHOWN]
        ],
        "deliveries": [(each, wording.problem(each.problem)) for each in found.deliveries.order_by("id")],
        "problem": wording.problem(found.counterparty.problem),
        "link": settings.ORIGIN.text + reverse("travel_rule:link", args=[token]) if token else "",
        "may_link": may_answer and is_sent and found.state == TransferState.ASKED and not found.counterparty.host,
        "may_decide": may_answer and not is_sent and found.state == TransferState.RECEIVED,
        "may_confirm": may_answer and is_sent and found.state == TransferState.APPROVED,
        "may_cancel": may_answer and is_sent and found.state in _OPEN_SENT,
        "approve_form": AddressForm(prefix="approve"), "reject_form": ReasonForm(prefix="reject"),
        "confirm_form": TransactionForm(prefix="confirm"), "cancel_form": ReasonForm(prefix="cancel"), **forms,
    }  # fmt: skip
    response = render(request, "travel_rule/exchange.html", told, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _party(party: Party | None) -> list[dict[str, object]]:
    """Persons as rows of facts for a page."""
    rows: list[dict[str, object]] = []
    for person in party.persons if party else ():
        natural = person if isinstance(person, NaturalPerson) else None
        local = [f"{each.secondary} {each.primary}".strip() for each in natural.local_names] if natural else []
        found = person.identification
        rows.append({
            "name": display_name(person), "local_names": local,
            "addresses": [
                ", ".join(part for part in (
                    f"{each.street_name} {each.building_number or each.building_name}".strip(), *each.lines,
                    each.post_code, each.town_name, each.country_sub_division, each.country,
                ) if part)
                for each in person.addresses
            ],
            "number": f"{found.identifier} ({found.kind.value})" if found else "",
            "customer": natural.customer_identification if natural else getattr(person, "customer_number", ""),
            "birth": natural.birth if natural else None,
        })  # fmt: skip
    if rows and party:
        rows[0]["accounts"] = list(party.accounts)
    return rows


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask whether a transfer may be made."""
    person = signed_in(request)
    membership = require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    data = request.POST if request.method == "POST" else None
    form, originator = SendForm(data), OriginatorForm(data, prefix="originator")
    beneficiary = BeneficiaryForm(data, prefix="beneficiary")
    if data is not None and form.is_valid() and originator.is_valid() and beneficiary.is_valid():
        peer = Peer.objects.filter(institution=membership.institution).first()
        ours = LegalPerson(
            (LegalName(peer.name if peer else membership.institution.name),),
            identification=Identifier(peer.lei, IdentifierType.LEI) if peer and peer.lei else None,
        )
        identity = Identity(originator.party, beneficiary.party, ours, form.institution)
        given = form.cleaned_data
        asset = assets.by_symbol(given["asset"])
        wanted = Wanted(given["travel_address"], asset, given["amount"], identity, form.wanted_issue)
        try:
            if wanted.travel_address:
                sent, told = transfers.send(person, wanted), _("The inquiry is kept and will be sent.")
            else:
                sent = links.send_without_peer(person, wanted, given["institution_name"])
                told = _("The inquiry is kept. Make a secure link, so that the other institution can answer it.")
        except Malformed as error:
            form.add_error("amount" if error.field == "amount" else None, wording.advice(error))
        else:
            messages.success(request, told)
            return redirect("travel_rule:exchange", sent.id)
    forms = {"form": form, "originator": originator, "beneficiary": beneficiary}
    return render(request, "travel_rule/new.html", forms)


@require_POST
def approve(request: HttpRequest, transfer: UUID) -> HttpResponse:
    """Approve an inquiry."""
    form = AddressForm(request.POST, prefix="approve")
    if not form.is_valid():
        return _exchange(request, transfer, 422, approve_form=form)
    transfers.approve(signed_in(request), transfer, form.cleaned_data["address"])
    messages.success(request, _("Approved. The other institution is told."))
    return redirect("travel_rule:exchange", transfer)


@require_POST
def reject(request: HttpRequest, transfer: UUID) -> HttpResponse:
    """Reject an inquiry."""
    form = ReasonForm(request.POST, prefix="reject")
    if not form.is_valid():
        return _exchange(request, transfer, 422, reject_form=form)
    transfers.reject(signed_in(request), transfer, form.cleaned_data["reason"])
    messages.success(request, _("Rejected. The other institution is told."))
    return redirect("travel_rule:exchange", transfer)


@require_POST
def confirm(request: HttpRequest, transfer: UUID) -> HttpResponse:
    """Tell the transaction."""
    form = TransactionForm(request.POST, prefix="confirm")
    if not form.is_valid():
        return _exchange(request, transfer, 422, confirm_form=form)
    transfers.confirm(signed_in(request), transfer, form.cleaned_data["txid"])
    messages.success(request, _("The other institution is told the transaction."))
    return redirect("travel_rule:exchange", transfer)


@require_POST
def cancel(request: HttpRequest, transfer: UUID) -> HttpResponse:
    """Give it up."""
    form = ReasonForm(request.POST, prefix="cancel")
    if not form.is_valid():
        return _exchange(request, transfer, 422, cancel_form=form)
    transfers.cancel(signed_in(request), transfer, form.cleaned_data["reason"])
    messages.success(request, _("Cancelled."))
    return redirect("travel_rule:exchange", transfer)


@require_POST
def make_link(request: HttpRequest, transfer: UUID) -> HttpResponse:
    """A secure link for an institution without a peer; shown on the next page, once."""
    made = links.make(signed_in(request), transfer)
    request.session[f"travel-rule-link/{transfer}"] = made.token
    return redirect("travel_rule:exchange", transfer)


exchange_routes = [
    route("", inbox, open_to=Right.OWN_TRAVEL_RULE_READ, name="inbox", menu=gettext_lazy("Inbox")),
    route("sent/", outbox, open_to=Right.OWN_TRAVEL_RULE_READ, name="outbox", menu=gettext_lazy("Outbox")),
    route("new/", new, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="new"),
    route("exchanges/<uuid:transfer>/", exchange, open_to=Right.OWN_TRAVEL_RULE_READ, name="exchange"),
    route("exchanges/<uuid:transfer>/approve/", approve, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="approve"),
    route("exchanges/<uuid:transfer>/reject/", reject, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="reject"),
    route("exchanges/<uuid:transfer>/confirm/", confirm, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="confirm"),
    route("exchanges/<uuid:transfer>/cancel/", cancel, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="cancel"),
    route("exchanges/<uuid:transfer>/link/", make_link, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="make_link"),
]
