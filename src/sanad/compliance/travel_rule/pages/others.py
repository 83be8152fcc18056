"""Counterparties, missing data, wallets, and the page behind a secure link."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed
from sanad.compliance.travel_rule.desk import counterparties as desk
from sanad.compliance.travel_rule.desk import links, parties, transfers, wallets
from sanad.compliance.travel_rule.forms import (
    LinkAnswerForm,
    PersonForm,
    SignatureForm,
    SmallPaymentForm,
    WalletForm,
)
from sanad.compliance.travel_rule.models import Counterparty, CounterpartyState, ProofKind, ProofState
from sanad.compliance.travel_rule.pages.exchanges import signed_in
from sanad.compliance.travel_rule.queries import directory, lists, wording
from sanad.people.access import PUBLIC, require, route
from sanad.people.rights import Right
from sanad.standards.ivms101.model import NaturalPerson, Party, display_name
from sanad.standards.trp.messages import amount_of

# --- counterparties ---------------------------------------------------------------------------------------------------


@require_GET
def counterparties(request: HttpRequest) -> HttpResponse:
    """Who the others are, how they were verified, and who is silent."""
    person = signed_in(request)
    page = lists.counterparties(person, request.GET.get("cursor", ""))
    told = {
        "rows": [_counterparty(each) for each in page.rows], "next_cursor": page.next_cursor,
        "may_answer": Right.OWN_TRAVEL_RULE_ANSWER in person.rights, "reading": directory.last_reading(),
        "is_stale": directory.is_stale(), "silent": lists.silent(person),
        "travel_address": request.session.pop("travel-address", ""),
    }  # fmt: skip
    return render(request, "travel_rule/counterparties.html", told)


def _counterparty(each: Counterparty) -> dict[str, object]:
    member = directory.member_of(each)
    ends = [pin.valid_until for pin in each.certificates.all()]
    return {
        "counterparty": each, "badge": wording.badge(each.state), "problem": wording.problem(each.problem),
        "status": wording.STATUSES.get(member.status) if member else None, "certificate_until": min(ends, default=None),
        "is_silent": each.silent_since is not None and each.silent_since < timezone.now() - lists.SILENT_AFTER,
        "is_clock_off": abs(each.clock_difference_seconds or 0) >= lists.CLOCK_OFF_SECONDS,
        "may_verify": bool(each.host) and each.state != CounterpartyState.VERIFIED,
        "may_block": bool(each.host) and each.state != CounterpartyState.BLOCKED,
    }  # fmt: skip


@require_POST
def verify(request: HttpRequest, counterparty: UUID) -> HttpResponse:
    """Verify it anew."""
    desk.ask_again(signed_in(request), counterparty)
    messages.success(request, _("It will be asked who it is, and what it shows is pinned."))
    return redirect("travel_rule:counterparties")


@require_POST
def block(request: HttpRequest, counterparty: UUID) -> HttpResponse:
    """Block it."""
    desk.block(signed_in(request), counterparty)
    messages.success(request, _("Blocked: nothing is taken from it or sent to it."))
    return redirect("travel_rule:counterparties")


@require_POST
def travel_address(request: HttpRequest) -> HttpResponse:
    """A travel address of our own, for a customer's next transfer; shown on the next page."""
    request.session["travel-address"] = transfers.new_travel_address(signed_in(request))
    return redirect("travel_rule:counterparties")


# --- missing data -----------------------------------------------------------------------------------------------------


@require_GET
def gaps(request: HttpRequest) -> HttpResponse:
    """Accounts whose payments lack what must travel with them."""
    page = lists.gaps(signed_in(request), request.GET.get("cursor", ""))
    told = {"rows": [(each, wording.fields(each.fields)) for each in page.rows], "next_cursor": page.next_cursor}
    return render(request, "travel_rule/gaps.html", told)


@require_http_methods(["GET", "POST"])
def gap(request: HttpRequest, gap: UUID) -> HttpResponse:
    """Fill in what is missing."""
    person = signed_in(request)
    require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    found = parties.gap(person, gap)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            parties.fill_in(person, gap, form.person)
        except Malformed as error:
            form.add_error(None, wording.advice(error))
        else:
            messages.success(request, _("Kept, sealed. Payments that were held for it can go at the next check."))
            return redirect("travel_rule:gaps")
    told = {"form": form, "gap": found, "fields": wording.fields(found.row.fields)}
    response = render(request, "travel_rule/gap.html", told)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# --- wallets ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def wallet_list(request: HttpRequest) -> HttpResponse:
    """Wallets whose control was asked for, and asking for another."""
    person = signed_in(request)
    may_answer = Right.OWN_TRAVEL_RULE_ANSWER in person.rights
    form = WalletForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            proof = wallets.ask(person, ProofKind(given["kind"]), given["symbol"], given["address"])
        except Malformed as error:
            form.add_error("address", wording.advice(error))
        else:
            return redirect("travel_rule:wallet", proof.id)
    page = lists.proofs(person, request.GET.get("cursor", ""))
    told = {
        "rows": [(each, wording.badge(each.state)) for each in page.rows], "next_cursor": page.next_cursor,
        "form": form, "may_answer": may_answer,
    }  # fmt: skip
    return render(request, "travel_rule/wallets.html", told)


@require_http_methods(["GET", "POST"])
def wallet(request: HttpRequest, proof: UUID) -> HttpResponse:
    """One question: what to sign or pay, and the answer."""
    person = signed_in(request)
    found, asked = wallets.question(person, proof)
    is_payment = found.kind == ProofKind.SATOSHI
    data = request.POST if request.method == "POST" else None
    form = SmallPaymentForm(data) if is_payment else SignatureForm(data)
    if data is not None and form.is_valid():
        given = form.cleaned_data
        try:
            if is_payment:
                found = wallets.answer_by_payment(person, proof, given["txid"], given["amount"])
            else:
                found = wallets.answer_by_signature(person, proof, given["signature"])
        except Malformed as error:
            form.add_error(None, wording.advice(error))
        else:
            if found.state == ProofState.PROVED:
                messages.success(request, _("Proved: whoever answered controls the wallet."))
            else:
                messages.error(request, _("This does not prove it: it is not of this wallet, or not what was asked."))
            return redirect("travel_rule:wallet", proof)
    told = {
        "proof": found, "asked": asked, "form": form, "badge": wording.badge(found.state),
        "amount": f"{amount_of(found.amount_minor, wallets.exponent_of(found))} {found.symbol}" if is_payment else "",
        "attempts_left": wallets.ATTEMPTS_MAX - found.attempts,
        "may_answer": found.state == ProofState.WAITING and Right.OWN_TRAVEL_RULE_ANSWER in person.rights,
    }  # fmt: skip
    response = render(request, "travel_rule/wallet.html", told)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# --- secure links -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What an institution without a peer is asked, and its answer."""
    reader = str(request.META.get("REMOTE_ADDR", ""))
    form = LinkAnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        transfer = links.answer(token, reader, given["address"], given["reason"])
        response = render(request, "travel_rule/link_answered.html", {"state": transfer.state})
    else:
        found, identity = links.read(token, reader)
        asked, answers = found.transfer, identity
        told = {
            "form": form, "link": found, "transfer": asked, "asset": lists.asset_words(asked),
            "asking": asked.institution.name,
            "originators": _names(answers.originator), "beneficiaries": _names(answers.beneficiary),
            "accounts": answers.beneficiary.accounts if answers.beneficiary else (),
        }  # fmt: skip
        response = render(request, "travel_rule/link.html", told)
    response.headers["Cache-Control"] = "private, no-store"
    # The link's secret goes to nobody. "no-referrer" would hide the form's origin, too, and the answer be refused.
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _names(party: Party | None) -> list[str]:
    """In Latin letters, with the original beside, since it is that which the other institution knows."""
    names = []
    for person in party.persons if party else ():
        natural = person.local_names if isinstance(person, NaturalPerson) else ()
        own_script = [f"{each.secondary} {each.primary}".strip() for each in natural]
        names.append(" · ".join([display_name(person), *own_script]))
    return names


other_routes = [
    route(
        "counterparties/", counterparties, open_to=Right.OWN_TRAVEL_RULE_READ, name="counterparties",
        menu=gettext_lazy("Counterparties"),
    ),
    route("counterparties/<uuid:counterparty>/verify/", verify, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="verify"),
    route("counterparties/<uuid:counterparty>/block/", block, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="block"),
    route("travel-address/", travel_address, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="travel_address"),
    route("missing/", gaps, open_to=Right.OWN_TRAVEL_RULE_READ, name="gaps", menu=gettext_lazy("Missing data")),
    route("missing/<uuid:gap>/", gap, open_to=Right.OWN_TRAVEL_RULE_ANSWER, name="gap"),
    route("wallets/", wallet_list, open_to=Right.OWN_TRAVEL_RULE_READ, name="wallets", menu=gettext_lazy("Wallets")),
    route("wallets/<uuid:proof>/", wallet, open_to=Right.OWN_TRAVEL_RULE_READ, name="wallet"),
    route("link/<str:token>/", link, open_to=PUBLIC, name="link"),
]  # fmt: skip
