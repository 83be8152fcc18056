"""Pages of a compliance officer: searching, matches side by side, decisions, customers, terms."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening import queries
from sanad.compliance.screening.desk import customers as customer_desk
from sanad.compliance.screening.desk import matches as desk
from sanad.compliance.screening.desk.answers import Answer
from sanad.compliance.screening.forms import ADVICE, NOTES, CustomerForm, DecisionForm, QueryForm, TermsForm
from sanad.compliance.screening.models import CustomerState, DecisionState, MatchState, Scope, VerdictWord
from sanad.compliance.screening.pages.sides import side_by_side
from sanad.matching.words import Query
from sanad.people.access import person_of, require, route
from sanad.people.models import Person
from sanad.people.rights import Right

_HIDDEN = ("name", "schema", "father_name", "birth_date", "country", "identifier", "wallet")


def signed_in(request: HttpRequest) -> Person:
    """Who has signed in; the URL has seen to it that somebody has."""
    person = person_of(request)
    if person is None:
        raise Refused("sign in", _("sign in first"), 401)
    return person


def cursor_number(request: HttpRequest) -> int:
    """After how many, or which number, a list goes on; 0 from the beginning. Raises `Malformed`."""
    cursor = request.GET.get("cursor", "") or "0"
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 18):
        raise Malformed("cursor", "cursor_unknown", _("take the cursor from the page before, or begin without one"))
    return int(cursor)


@require_http_methods(["GET", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Is somebody listed? What is asked travels in the body, never in the address, and is not kept."""
    person = signed_in(request)
    membership = require(person, Right.OWN_SCREENING_SEARCH)
    form = QueryForm(request.POST if request.method == "POST" else None)
    told: dict[str, Any] = {"form": form, "may_decide": Right.OWN_SCREENING_DECIDE in membership.rights}
    if form.is_bound and form.is_valid():
        asked = [(name, form.cleaned_data.get(name, "")) for name in _HIDDEN]
        told |= shown(desk.search(person, form.query), form.query)
        told |= {"asked": asked, "take_up": reverse("screening:take_up")}
    return render(request, "screening/search.html", told)


def shown(answer: Answer, query: Query) -> dict[str, Any]:
    """What a page shows of an answer."""
    return {
        "answer": answer,
        "advice": ADVICE.get(answer.code, answer.advice),
        "notes": [NOTES.get(each, each) for each in answer.notes],
        "hits": [(hit, side_by_side(query, hit.candidate)) for hit in answer.hits],
        "expires_at": desk.moment_of(answer.expires_ms),
    }


@require_POST
def take_up(request: HttpRequest) -> HttpResponse:
    """From a candidate of a search to a match that can be decided."""
    form = QueryForm(request.POST)
    person = signed_in(request)
    if not form.is_valid():
        raise Malformed("search", "search_bad", _("search again, and take up a candidate from there"))
    return taken_up(request, person, form.query)


def taken_up(request: HttpRequest, person: Person, query: Query) -> HttpResponse:
    """The candidate that the request names, as a match; on to its page."""
    try:
        entry_digest = bytes.fromhex(request.POST.get("entry_digest", "")[:64])
    except ValueError:
        raise Malformed("candidate", "candidate_bad", _("search again, and take up a candidate from there")) from None
    named = (request.POST.get("source", "")[:31], request.POST.get("reference", "")[:200], entry_digest)
    return redirect("screening:match", desk.take_up(person, query, named).id)


@require_GET
def matches(request: HttpRequest) -> HttpResponse:
    """The matches of one's own institution."""
    membership = require(signed_in(request), Right.OWN_SCREENING_READ)
    state = request.GET.get("state", MatchState.OPEN)
    page = queries.page_of_matches(membership.institution, state, request.GET.get("cursor", ""))
    told = {
        "rows": page.rows, "next_cursor": page.next_cursor, "state": state,
        "tabs": [*MatchState.choices, ("all", _("All"))],
    }  # fmt: skip
    return render(request, "screening/match_list.html", told)


@require_GET
def match(request: HttpRequest, match: UUID) -> HttpResponse:
    """One match side by side, and what was decided about it."""
    return _match(request, match, None)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, match: UUID) -> HttpResponse:
    """Decide about a match, or propose to."""
    if request.method != "POST":  # whoever changes the language of a form with errors comes here
        return _match(request, match, None)
    person = signed_in(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _match(request, match, form)
    given = form.cleaned_data
    verdict, scope = VerdictWord(given["verdict"]), Scope(given["scope"])
    try:
        decision = desk.decide(person, match, verdict, scope, given["reason"], given["days"])
    except Malformed as error:
        form.add_error("days" if error.code == "days_bad" else "reason", error.advice)
        return _match(request, match, form)
    waits = decision.state == DecisionState.PROPOSED
    messages.success(request, _("It waits for a second person.") if waits else _("It is decided."))
    return redirect("screening:match", match)


def _match(request: HttpRequest, identifier: UUID, form: DecisionForm | None) -> HttpResponse:
    person = signed_in(request)
    membership = require(person, Right.OWN_SCREENING_READ)
    opened = desk.opened(person, identifier)
    days = desk.terms_of(membership.institution).days
    proposal = next((each for each, _why in opened.decisions if each.state == DecisionState.PROPOSED), None)
    told = {
        "opened": opened, "match": opened.match, "candidate": opened.snapshot.candidate,
        "sides": side_by_side(opened.snapshot.query, opened.snapshot.candidate),
        "form": form or DecisionForm(initial={"days": days}),
        "proposal": proposal, "is_own_proposal": proposal is not None and proposal.author_id == person.id,
        "may_decide": Right.OWN_SCREENING_DECIDE in membership.rights,
        "may_confirm": Right.OWN_SCREENING_CONFIRM in membership.rights,
        "in_force": next((each for each, _why in opened.decisions if each.state == DecisionState.IN_FORCE), None),
    }  # fmt: skip
    return render(request, "screening/match.html", told)


@require_POST
def confirm(request: HttpRequest, match: UUID) -> HttpResponse:
    """The second person agrees."""
    desk.confirm(signed_in(request), match)
    messages.success(request, _("The decision is in force."))
    return redirect("screening:match", match)


@require_POST
def decline(request: HttpRequest, match: UUID) -> HttpResponse:
    """The second person does not agree, or the first takes it back."""
    desk.decline(signed_in(request), match)
    messages.success(request, _("The match is to be decided again."))
    return redirect("screening:match", match)


@require_POST
def reopen(request: HttpRequest, match: UUID) -> HttpResponse:
    """A decision ends before its time."""
    desk.reopen(signed_in(request), match)
    messages.success(request, _("The match is to be decided again."))
    return redirect("screening:match", match)


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """Customers of one's own institution, by their numbers alone."""
    return _customers(request, CustomerForm())


@require_POST
def add_customer(request: HttpRequest) -> HttpResponse:
    """Take a customer in, or what is new about one."""
    person = signed_in(request)
    form = CustomerForm(request.POST)
    if not form.is_valid():
        return _customers(request, form)
    customer = customer_desk.add(person, form.cleaned_data["reference"], form.query)
    if customer.state == CustomerState.CLEAR:
        messages.success(request, _("The customer is clear, and is screened again whenever a list changes."))
    else:
        told = _("The customer is kept, and is not clear: decide its matches, or mend what was told of it.")
        messages.warning(request, told)
    return redirect("screening:customers")


def _customers(request: HttpRequest, form: CustomerForm) -> HttpResponse:
    membership = require(signed_in(request), Right.OWN_SCREENING_READ)
    state = request.GET.get("state", "all")
    page = queries.page_of_customers(membership.institution, state, request.GET.get("cursor", ""))
    told = {
        "rows": page.rows, "next_cursor": page.next_cursor, "state": state, "form": form,
        "sweeps": queries.sweeps(membership.institution),
        "tabs": [("all", _("All")), *CustomerState.choices],
        "may_decide": Right.OWN_SCREENING_DECIDE in membership.rights,
    }  # fmt: skip
    return render(request, "screening/customer_list.html", told)


@require_POST
def remove_customer(request: HttpRequest) -> HttpResponse:
    """A customer is screened no more."""
    customer_desk.remove(signed_in(request), request.POST.get("reference", "")[:40])
    messages.success(request, _("The customer is screened no more; what you told of it is erased."))
    return redirect("screening:customers")


@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """How one's institution screens."""
    person = signed_in(request)
    institution = require(person, Right.OWN_SCREENING_CONFIRM).institution
    now = desk.terms_of(institution)
    form = TermsForm(
        request.POST if request.method == "POST" else None, initial={"needs_two": now.needs_two, "days": now.days}
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        desk.set_terms(person, needs_two=form.cleaned_data["needs_two"], days=form.cleaned_data["days"])
        messages.success(request, _("Your terms are kept; they hold for decisions from now on."))
        return redirect("screening:terms")
    told = {"form": form, "terms": now, "in_force": queries.in_force(institution), "now": timezone.now()}
    return render(request, "screening/terms.html", told)


_READ, _DECIDE, _CONFIRM = Right.OWN_SCREENING_READ, Right.OWN_SCREENING_DECIDE, Right.OWN_SCREENING_CONFIRM

match_routes = [
    route("search/", search, open_to=Right.OWN_SCREENING_SEARCH, name="search", menu=gettext_lazy("Search")),
    route("search/take-up/", take_up, open_to=_DECIDE, name="take_up"),
    route("matches/", matches, open_to=_READ, name="matches", menu=gettext_lazy("Matches")),
    route("matches/<uuid:match>/", match, open_to=_READ, name="match"),
    route("matches/<uuid:match>/decide/", decide, open_to=_DECIDE, name="decide"),
    route("matches/<uuid:match>/confirm/", confirm, open_to=_CONFIRM, name="confirm"),
    route("matches/<uuid:match>/decline/", decline, open_to=_CONFIRM, name="decline"),
    route("matches/<uuid:match>/reopen/", reopen, open_to=_DECIDE, name="reopen"),
    route("customers/", customers, open_to=_READ, name="customers", menu=gettext_lazy("Customers")),
    route("customers/add/", add_customer, open_to=_DECIDE, name="add_customer"),
    route("customers/remove/", remove_customer, open_to=_DECIDE, name="remove_customer"),
    route("terms/", terms, open_to=_CONFIRM, name="terms", menu=gettext_lazy("Terms of screening")),
]
