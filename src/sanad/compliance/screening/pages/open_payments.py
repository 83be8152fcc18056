"""Pages of payments that are not final, held by the gateway or reserved on the record: what was found, and deciding."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed
from sanad.compliance.screening import queries
from sanad.compliance.screening.desk import held as desk
from sanad.compliance.screening.desk.found import Found
from sanad.compliance.screening.desk.held import OpenedPayment, OpenRow
from sanad.compliance.screening.desk.matches import moment_of
from sanad.compliance.screening.forms import ADVICE, ISO_REASON_WORDS, GiveBackForm, HeldForm
from sanad.compliance.screening.models import OpenKind, PaymentDecisionState, PaymentVerdict
from sanad.compliance.screening.pages.matches import cursor_number, signed_in
from sanad.compliance.screening.pages.sides import REASON_WORDS, score_text
from sanad.people.access import Words, require, route
from sanad.people.rights import Right
from sanad.rulebook.edition1.words import TravelRuleField
from sanad.tables.export import csv_response

CHECK_WORDS: dict[str, Words] = {
    "screening": gettext_lazy("Screening"), "travel_rule": gettext_lazy("Travel Rule"),
    "names": gettext_lazy("Names"),
}  # fmt: skip
FINDING_WORDS: dict[str, Words] = {
    "clear": gettext_lazy("clear"), "candidates": gettext_lazy("candidates"),
    "missing": gettext_lazy("data are missing"), "unresolved": gettext_lazy("unresolved"),
}  # fmt: skip
STATE_WORDS: dict[str, Words] = {
    "held": gettext_lazy("Held"), "released": gettext_lazy("Released, being sent"), "sent": gettext_lazy("Sent"),
    "rejected": gettext_lazy("Sent, and rejected by the record"),
    "refused": gettext_lazy("Refused"), "reserved": gettext_lazy("Reserved"), "posted": gettext_lazy("Posted"),
    "given_back": gettext_lazy("Given back"), "expired": gettext_lazy("Expired"), "ended": gettext_lazy("Ended"),
}  # fmt: skip
EVENT_WORDS: dict[str, Words] = {
    "HELD": gettext_lazy("held"), "ASKED_AGAIN": gettext_lazy("asked about again; still held"),
    "CLEARED": gettext_lazy("clear when asked about again"), "RELEASED": gettext_lazy("released by a person"),
    "REFUSED": gettext_lazy("refused by a person"),
    "HELD_AGAIN": gettext_lazy("held again: something new was found before it was sent"),
    "SENT": gettext_lazy("sent"),
}  # fmt: skip
MISSING_WORDS: dict[TravelRuleField, Words] = {
    TravelRuleField.ORIGINATOR_NAME: gettext_lazy("the payer's name"),
    TravelRuleField.ORIGINATOR_ACCOUNT: gettext_lazy("the payer's account or wallet"),
    TravelRuleField.ORIGINATOR_IDENTITY: gettext_lazy("the payer's address, official number or birth"),
    TravelRuleField.BENEFICIARY_NAME: gettext_lazy("the payee's name"),
    TravelRuleField.BENEFICIARY_ACCOUNT: gettext_lazy("the payee's account or wallet"),
    TravelRuleField.BENEFICIARY_INSTITUTION: gettext_lazy("the payee's institution"),
}
VERDICT_WORDS: dict[str, Words] = {
    PaymentVerdict.RELEASE: gettext_lazy("Release"), PaymentVerdict.REFUSE: gettext_lazy("Refusal"),
    PaymentVerdict.GIVE_BACK: gettext_lazy("Giving the money back"),
}  # fmt: skip
ROLE_WORDS: dict[str, Words] = {"debtor": gettext_lazy("Payer"), "creditor": gettext_lazy("Payee")}
TABS: dict[OpenKind, list[tuple[str, Words]]] = {
    OpenKind.HELD: [
        ("held", gettext_lazy("To be decided")), ("released", gettext_lazy("Released, being sent")),
        ("sent", gettext_lazy("Sent")), ("refused", gettext_lazy("Refused")), ("all", gettext_lazy("All")),
    ],
    OpenKind.RESERVED: [
        ("found", gettext_lazy("Somebody comes near")), ("open", gettext_lazy("Reserved")),
        ("ended", gettext_lazy("Ended")), ("all", gettext_lazy("All")),
    ],
}  # fmt: skip
"""The states of each list; the first is shown to who asks for none."""


# --- lists ------------------------------------------------------------------------------------------------------------


@require_GET
def listed(request: HttpRequest, kind: OpenKind) -> HttpResponse:
    """What the gateway holds or held, or money of ours that is or was reserved on the record."""
    state = request.GET.get("state", TABS[kind][0][0])
    page = desk.page(signed_in(request), kind, state, cursor_number(request))
    told = {
        "rows": [_shown(each) for each in page.rows], "next_cursor": str(page.next_after or ""), "state": state,
        "is_history": state in ("sent", "refused", "ended", "all"),
        "tabs": TABS[kind], "is_hosted": page.is_hosted, "kind": kind, "address": f"screening:{kind}_one",
        "export_urls": [("CSV", reverse(f"screening:{kind}_csv") + f"?state={state}")] if page.rows else [],
    }  # fmt: skip
    return render(request, "screening/open_list.html", told)


def _shown(row: OpenRow) -> dict[str, Any]:
    return {
        "row": row, "state": STATE_WORDS[row.state],
        "findings": [(CHECK_WORDS.get(check, check), finding, FINDING_WORDS.get(finding, finding))
                     for check, finding in row.findings],
    }  # fmt: skip


@require_GET
def as_csv(request: HttpRequest, kind: OpenKind) -> HttpResponseBase:
    """The list as a file, without names."""
    person = signed_in(request)
    require(person, Right.OWN_HELD_READ)
    rows = list(desk.all_rows(person, kind, request.GET.get("state", TABS[kind][0][0])))
    head = ["number", "state", "amount", "found", "for whoever decides", "reason", "since", "changed"]
    lines = (
        [each.number, each.state, each.amount, " ".join(":".join(pair) for pair in each.findings), each.summary,
         each.reason, moment_of(each.since_ms).isoformat(), moment_of(each.changed_ms).isoformat()]
        for each in rows
    )  # fmt: skip
    return csv_response(f"{kind}-payments", head, lines)


# --- one of them ------------------------------------------------------------------------------------------------------


def _one(request: HttpRequest, kind: OpenKind, number: int, form: HeldForm | GiveBackForm | None) -> HttpResponse:
    person = signed_in(request)
    membership = require(person, Right.OWN_HELD_READ)
    found = desk.opened(person, kind, number)
    may_decide = Right.OWN_HELD_DECIDE in membership.rights and found.is_open and not found.is_waiting
    proposal = found.proposal
    checks = [_check(queries.MatchesOf(membership.institution), each) for each in found.found]
    entries = [each for check in checks for party in check["parties"] for each in party["entries"]]
    told = {
        **_shown(found.row), "found": found, "kind": kind, "payment": found.payment, "checks": checks,
        "has_matches": kind == OpenKind.HELD and any(match is not None for *_told, match in entries),
        "events": [(each, EVENT_WORDS[each.what.name], _who(each.who)) for each in found.events],
        "decisions": [
            (each, VERDICT_WORDS[each.verdict], why, ISO_REASON_WORDS.get(each.iso_reason))
            for each, why in found.decisions
        ],
        "refused_with": ISO_REASON_WORDS.get(found.row.reason, found.row.reason),
        "is_under_way": any(each.state == PaymentDecisionState.IN_FORCE for each, _why in found.decisions),
        "uetr": str(UUID(bytes=found.uetr)), "proposal": proposal,
        "is_own_proposal": proposal is not None and proposal.author_id == person.id,
        "may_confirm": Right.OWN_HELD_CONFIRM in membership.rights,
        "form": (form or _form(found)) if may_decide else None, "releaser": found.releaser,
        "releaser_name": desk.name_of(found.releaser),
        "decide": f"screening:{kind}_decide", "confirm": f"screening:{kind}_confirm",
        "decline": f"screening:{kind}_decline", "back": f"screening:{kind}",
    }  # fmt: skip
    return render(request, "screening/open_payment.html", told)


def _form(found: OpenedPayment, given: Any = None) -> HeldForm | GiveBackForm | None:
    """What can be decided about it; None for what another institution alone can."""
    if found.kind == OpenKind.HELD:
        return HeldForm(given, may_release=not found.is_true_match)
    return None if found.releaser else GiveBackForm(given)


def _check(matches: queries.MatchesOf, found: Found) -> dict[str, Any]:
    """What one check found, in words, with the match that each listed one is."""
    parties = [
        {
            "role": ROLE_WORDS.get(party.role, party.role), "party": party,
            "advice": ADVICE.get(party.code, party.code), "asked_at": moment_of(party.asked_ms),
            "entries": [
                (entry, score_text(entry.score), [REASON_WORDS[each] for each in entry.reasons],
                 matches.find(entry.source, entry.reference, entry.entry_digest))
                for entry in party.entries
            ],
        }
        for party in found.parties
    ]  # fmt: skip
    missing = [words for each, words in MISSING_WORDS.items() if found.missing & each]
    return {
        "words": CHECK_WORDS.get(found.check, found.check), "found": found, "parties": parties, "missing": missing,
        "finding": FINDING_WORDS.get(found.finding, found.finding), "is_travel_rule": found.check == "travel_rule",
    }  # fmt: skip


def _who(name: str) -> object:
    """Whom the gateway's name stands for; as it is where the portal does not know it."""
    return desk.decision_named(name) or name


@require_GET
def one(request: HttpRequest, number: int, kind: OpenKind) -> HttpResponse:
    """One held payment or reservation: who, what was found and when, what was done."""
    return _one(request, kind, number, None)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, number: int, kind: OpenKind) -> HttpResponse:
    """Release or refuse, give the money back, or propose to."""
    if request.method != "POST":  # whoever changes the language of a form with errors comes here
        return _one(request, kind, number, None)
    person = signed_in(request)
    found = desk.opened(person, kind, number)
    form = _form(found, request.POST)
    if form is None or not form.is_valid():
        return _one(request, kind, number, form)
    given = form.cleaned_data
    verdict = PaymentVerdict(given.get("verdict") or PaymentVerdict.GIVE_BACK)
    iso_reason = given.get("iso_reason", "") if verdict == PaymentVerdict.REFUSE else ""
    try:
        decision = desk.decide(person, kind, number, verdict, given["reason"], iso_reason)
    except Malformed as error:
        form.add_error(error.field if error.field in form.fields else None, error.advice)
        return _one(request, kind, number, form)
    if decision.state == PaymentDecisionState.PROPOSED:
        messages.success(request, _("It waits for a second person."))
    else:
        messages.success(request, _("It is decided; the gateway carries it out in a moment."))
    return redirect(f"screening:{kind}_one", number)


@require_POST
def confirm(request: HttpRequest, number: int, kind: OpenKind) -> HttpResponse:
    """The second person agrees."""
    desk.confirm(signed_in(request), kind, number)
    messages.success(request, _("It is decided; the gateway carries it out in a moment."))
    return redirect(f"screening:{kind}_one", number)


@require_POST
def decline(request: HttpRequest, number: int, kind: OpenKind) -> HttpResponse:
    """The second person does not agree, or the first takes it back."""
    desk.decline(signed_in(request), kind, number)
    messages.success(request, _("Nothing was decided; it is to be decided again."))
    return redirect(f"screening:{kind}_one", number)


_READ, _DECIDE, _CONFIRM = Right.OWN_HELD_READ, Right.OWN_HELD_DECIDE, Right.OWN_HELD_CONFIRM


def _routes(kind: OpenKind, menu: Words) -> list[URLPattern]:
    """The list of one kind, and what can be done with one of it."""
    page = partial(partial, kind=kind)
    return [
        route(f"{kind}/", page(listed), open_to=_READ, name=str(kind), menu=menu),
        route(f"{kind}/export.csv", page(as_csv), open_to=_READ, name=f"{kind}_csv"),
        route(f"{kind}/<int:number>/", page(one), open_to=_READ, name=f"{kind}_one"),
        route(f"{kind}/<int:number>/decide/", page(decide), open_to=_DECIDE, name=f"{kind}_decide"),
        route(f"{kind}/<int:number>/confirm/", page(confirm), open_to=_CONFIRM, name=f"{kind}_confirm"),
        route(f"{kind}/<int:number>/decline/", page(decline), open_to=_CONFIRM, name=f"{kind}_decline"),
    ]


open_routes = [
    *_routes(OpenKind.HELD, gettext_lazy("Held payments")),
    *_routes(OpenKind.RESERVED, gettext_lazy("Reserved payments")),
]
