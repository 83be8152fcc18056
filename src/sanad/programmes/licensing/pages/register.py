"""Pages of the public register: for everybody, without signing in and without script."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sanad.base.errors import Malformed, Refused
from sanad.people.access import PUBLIC, route
from sanad.programmes.licensing.models.view import Firm, Licence, PublicAct
from sanad.programmes.licensing.models.words import (
    ACTS,
    CERTIFICATE_STATES,
    CLASSES,
    GROUNDS,
    KINDS,
    LICENCE_ACTS,
    LICENCE_STATES,
    RULES,
    SERVICES,
    STATUSES,
    code,
    services_in,
)
from sanad.programmes.licensing.queries import happened
from sanad.programmes.licensing.queries import register as queries
from sanad.programmes.licensing.queries.register import (
    STANDING_BADGES,
    STANDING_WORDS,
    Reason,
    Standing,
    certificate_of,
    licence_of,
    since,
    standing,
)
from sanad.rulebook.edition1.words import RegisterType
from sanad.tables.export import csv_response
from sanad.tables.lists import ROWS_DEFAULT

FILE_TYPE = "application/octet-stream"
_GOOD = frozenset({"licence_granted", "emergency_lifted", "emergency_ended", "certificate_issued"})
_BAD = frozenset({"emergency_freeze", "certificate_revoked", "licence_lapsed", "certificate_lapsed"})


# --- list, exports ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FirmRow:
    """A firm as a list shows it."""

    firm: Firm
    licence: Licence | None
    words: Promise
    badge: str
    services: list[Promise]
    since_ms: int
    since_entry: int


def _row(firm: Firm) -> FirmRow:
    licence = licence_of(firm)
    where = standing(licence)
    services = [SERVICES[each] for each in services_in(licence.services)] if licence else []
    badge = STANDING_BADGES.get(where, "badge-plain")
    return FirmRow(firm, licence, STANDING_WORDS[where], badge, services, *since(firm))


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Firms of the register, to be searched."""
    given = {name: request.GET.get(name, "") for name in ("q", "service", "status")}
    page = queries.page_of_firms(_found(request), request.GET.get("cursor", ""), ROWS_DEFAULT)
    query = request.GET.copy()
    query.pop("cursor", None)
    tail = f"?{query.urlencode()}" if query else ""
    return render(
        request,
        "licensing/register_list.html",
        {
            **given,
            "rows": [_row(firm) for firm in page.rows],
            "next_cursor": page.next_cursor,
            "services": [(code(each), words) for each, words in SERVICES.items()],
            "standings": [(each.value, words) for each, words in STANDING_WORDS.items()],
            "is_searched": any(given.values()),
            "export_urls": [
                ("CSV", reverse("licensing:register_csv") + tail),
                ("JSON", reverse("licensing:register_json") + tail),
            ],
        },
    )


def _found(request: HttpRequest) -> Any:
    return queries.firms(*(request.GET.get(name, "") for name in ("q", "service", "status")))


@require_safe
def register_csv(request: HttpRequest) -> HttpResponseBase:
    """The register, or what a search finds in it, as CSV."""
    return csv_response("register", queries.EXPORT_HEAD, queries.export_rows(_found(request)))


@require_safe
def register_json(request: HttpRequest) -> HttpResponse:
    """The same as JSON, with the services as a list."""
    firms = []
    for row in queries.export_rows(_found(request)):
        named = dict(zip(queries.EXPORT_HEAD, row, strict=True))
        firms.append({**named, "services": str(named["services"]).split()})
    response = JsonResponse({"schema": "sanad/register-list/v1", "firms": firms})
    response["Content-Disposition"] = 'attachment; filename="register.json"'
    return response


# --- one firm, one entry ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToldAct:
    """A public act in words."""

    act: PublicAct
    words: str | Promise
    tone: str
    """`good`, `bad` or `plain`: how the timeline marks it."""
    detail: str | Promise
    ground: str | Promise
    services: list[Promise]
    kind: str | Promise


def told(act: PublicAct) -> ToldAct:
    """A public act in the reader's language."""
    words: str | Promise = ACTS[act.what]
    detail: str | Promise = ""
    tone = "plain"
    if act.what == "licence_status":
        words, tone = LICENCE_ACTS[act.state], "good" if act.state == 1 else "bad"
    elif act.what == "licence_status_ordered":
        detail = LICENCE_ACTS[act.state]
    elif act.what == "certificate_progress":
        detail = CERTIFICATE_STATES[act.state]
    elif act.what == "set_status":
        detail = STATUSES[act.state]
    elif act.what == "register_institution":
        detail = CLASSES[act.kind]
    elif act.what == "set_rule":
        detail = RULES[act.kind]
    if act.what in _GOOD | _BAD:
        tone = "good" if act.what in _GOOD else "bad"
    is_licence = act.what.startswith(("licence", "emergency"))
    return ToldAct(
        act, words, tone, detail, GROUNDS.get(act.ground, ""),
        [SERVICES[each] for each in services_in(act.services)] if is_licence else [],
        KINDS[act.kind] if is_licence else "",
    )  # fmt: skip


def _about(firm: Firm) -> dict[str, Any]:
    """What every page of a firm shows."""
    licence, certificate = licence_of(firm), certificate_of(firm)
    return {
        "row": _row(firm),
        "firm": firm,
        "licence": licence,
        "certificate": certificate,
        "class_words": CLASSES[firm.kind],
        "status_words": STATUSES[firm.status],
        "kind_words": KINDS[licence.kind] if licence else "",
        "certificate_words": CERTIFICATE_STATES[certificate.state] if certificate else "",
        "is_frozen": standing(licence) is Standing.FROZEN,
        "service": next((code(each) for each in services_in(licence.services)), "") if licence else "",
        "service_choices": [(code(each), words) for each, words in SERVICES.items()],
        "today": datetime.now(ZoneInfo(settings.TIME_ZONE)).date().isoformat(),
    }


@require_safe
def firm(request: HttpRequest, number: int) -> HttpResponse:
    """One institution: where it stands, its whole history, and a question about any day."""
    about = _about(queries.firm(number))
    history = [told(act) for act in queries.history(number)]
    return render(request, "licensing/register_firm.html", {**about, "history": history})


@require_safe
def check(request: HttpRequest, number: int) -> HttpResponse:
    """Was this firm licensed for a service on a day? The answer, its file, and a check in the browser."""
    about = _about(queries.firm(number))
    service_given, day_given = request.GET.get("service", ""), request.GET.get("date", "")
    shown: dict[str, Any] = {**about, "service": service_given, "date": day_given, "number": number}
    try:
        service, day = queries.service_of(service_given), queries.day_of(day_given)
    except Malformed as error:
        return render(request, "licensing/register_check.html", {**shown, "problem": error.advice}, status=422)
    at_ms = queries.end_of(day)
    answer = queries.was_licensed(number, service, at_ms)
    if answer is None:
        return render(request, "licensing/register_check.html", {**shown, "is_before": True})
    with settings.NETWORK.client() as client:
        log_key = client.log_key().decode("ascii", "replace")
    shown |= {
        "answer": answer,
        "at_ms": at_ms,
        "log_key": log_key,
        "service_words": SERVICES[service],
        "reason": answer.reason.value,
        "answer_state_words": LICENCE_STATES.get(answer.state, ""),
        "answer_services": [SERVICES[each] for each in services_in(answer.services)],
        "file_url": f"{reverse('licensing:answer', args=[number])}?at={at_ms}",
        "record_type": int(RegisterType.LICENCE),
        "service_bit": int(service),
        "is_never": answer.reason is Reason.NEVER,
    }
    return render(request, "licensing/register_check.html", shown)


@require_safe
def answer_file(request: HttpRequest, number: int) -> HttpResponse:
    """The answer file of a firm's licence at a time, `?at=<ms since 1970>`: as the node gives it, byte for byte."""
    queries.firm(number)
    at_ms = time_given(request.GET.get("at", ""))
    data = queries.answer_file(number, at_ms)
    if data is None:
        raise Refused("existence", str(_("the record began later")), 404)
    response = HttpResponse(data, content_type=FILE_TYPE)
    response["Content-Disposition"] = f'attachment; filename="licence-{number}-{at_ms}.sanad-register"'
    return response


def time_given(text: str) -> int:
    """A time that has come, in ms since 1970 UTC. Raises `Malformed`."""
    now_ms = time.time_ns() // 1_000_000
    if not (text.isascii() and text.isdecimal() and len(text) <= 15 and int(text) <= now_ms + 1_000):
        raise Malformed("at", "time_bad", str(_("write a time that has come, in milliseconds since 1970")))
    return int(text)


@require_safe
def act(request: HttpRequest, entry: int) -> HttpResponse:
    """What happened at an entry of the record, and who signed it."""
    acts = [told(each) for each in queries.acts_of(entry)]
    names = queries.names({number for each in acts for number in (each.act.institution, *houses_of(each.act))})
    rows = []
    for each in acts:
        about, proposer, signer = (names.get(number, "") for number in (each.act.institution, *houses_of(each.act)))
        rows.append((each, about, proposer, signer, proof_address(each.act)))
    return render(request, "licensing/register_act.html", {"entry": entry, "rows": rows, "first": acts[0].act})


def houses_of(act: PublicAct) -> tuple[int, int]:
    """The institutions of those who proposed and signed it."""
    return act.proposer_institution, act.signer_institution


def proof_address(act: PublicAct) -> str:
    """Where the file is that proves what the register said right after an act; "" when the act wrote nothing there."""
    changed = happened.changed(act)
    if changed is None:
        return ""
    return reverse("licensing:proof", args=[changed[0].value, changed[1]]) + f"?at={act.time_ms}"


# --- warnings, rule values --------------------------------------------------------------------------------------------


@require_safe
def warnings(request: HttpRequest) -> HttpResponse:
    """Providers without a licence that the authority warns of."""
    page = queries.page_of_warnings(request.GET.get("cursor", ""), ROWS_DEFAULT)
    rows = [(warning, GROUNDS.get(warning.ground, "")) for warning in page.rows]
    return render(
        request,
        "licensing/register_warnings.html",
        {
            "rows": rows,
            "next_cursor": page.next_cursor,
            "export_urls": [("CSV", reverse("licensing:warnings_csv"))],
        },
    )


@require_safe
def warnings_csv(request: HttpRequest) -> HttpResponseBase:
    """The warning list as CSV."""
    del request
    return csv_response("warnings", queries.WARNING_HEAD, queries.warning_rows())


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The numbers that the regulator has fixed, and from when on they are valid."""
    found = queries.rules_in_force(time.time_ns() // 1_000_000)
    return render(request, "licensing/register_rules.html", {"rows": [(each, RULES[each.rule]) for each in found]})


register_routes = [
    route("register/", register, open_to=PUBLIC, name="register", menu=_("Public register")),
    route("register/export.csv", register_csv, open_to=PUBLIC, name="register_csv"),
    route("register/export.json", register_json, open_to=PUBLIC, name="register_json"),
    route("register/warnings/", warnings, open_to=PUBLIC, name="warnings", menu=_("Warning list")),
    route("register/warnings.csv", warnings_csv, open_to=PUBLIC, name="warnings_csv"),
    route("register/rules/", rules, open_to=PUBLIC, name="rules"),
    route("register/entries/<int:entry>/", act, open_to=PUBLIC, name="act"),
    route("register/<int:number>/", firm, open_to=PUBLIC, name="firm"),
    route("register/<int:number>/check/", check, open_to=PUBLIC, name="check"),
    route("register/<int:number>/answer", answer_file, open_to=PUBLIC, name="answer"),
]
