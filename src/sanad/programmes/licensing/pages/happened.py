"""What happened here, and who signed it: a page for each object. Public objects for everybody, others for parties."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sanad.base.errors import Refused
from sanad.people.access import PUBLIC, Words, route
from sanad.people.rights import Right
from sanad.programmes.licensing.desk import applications as desk
from sanad.programmes.licensing.models.words import RULES
from sanad.programmes.licensing.pages.applications import signed_in
from sanad.programmes.licensing.pages.register import FILE_TYPE, ToldAct, houses_of, proof_address, time_given, told
from sanad.programmes.licensing.queries import applications as application_queries
from sanad.programmes.licensing.queries import happened as queries
from sanad.programmes.licensing.queries import register as register_queries
from sanad.programmes.licensing.queries.happened import RECORD_TYPES, Happened, Object
from sanad.programmes.licensing.queries.wording import title_of
from sanad.tables.lists import ROWS_DEFAULT

READERS = frozenset({Right.AUTHORITY_APPLICATION_READ, Right.AUDIT_APPLICATION_READ})
_PARTS = {Object.FIRM: _("Everything"), Object.LICENCE: _("Licence"), Object.CERTIFICATE: _("Certificate")}


@dataclass(frozen=True, slots=True)
class Row:
    """An act with the names of those who signed, and the address of its proof."""

    told: ToldAct
    proposer: str
    signer: str
    proof: str


@require_safe
def acts(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Acts on a public object: entry, block, time, keys, proof."""
    known = _object(kind)
    page = queries.page_of_acts(known, number, request.GET.get("cursor", ""), ROWS_DEFAULT)
    names = register_queries.names(queries.houses(page.rows))
    rows = []
    for act in page.rows:
        proposer, signer = (names.get(each, "") for each in houses_of(act))
        rows.append(Row(told(act), proposer, signer, proof_address(act)))
    is_firm = known in _PARTS
    shown = {
        "rows": rows,
        "next_cursor": page.next_cursor,
        "about": _about(known, number, rows),
        "back": reverse("licensing:firm", args=[number]) if is_firm else "",
        "parts": [(each.value, words, each is known) for each, words in _PARTS.items()] if is_firm else [],
        "number": number,
    }
    return render(request, "licensing/register_acts.html", shown)


def _object(kind: str) -> Object:
    if kind not in [each.value for each in Object]:
        raise Refused("existence", str(_("nothing of this kind and number is in the public register")), 404)
    return Object(kind)


def _about(kind: Object, number: int, rows: list[Row]) -> Words:
    if kind is Object.RULE:
        return RULES.get(number, "")
    if kind is Object.WARNING:
        return rows[0].told.act.subject if rows else ""
    return register_queries.firm(number).name


@require_safe
def proof(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The register's record of an object at a time, `?at=<ms since 1970>`, with its proof: `sanad verify` reads it."""
    at_ms = time_given(request.GET.get("at", ""))
    data = register_queries.answer_file(number, at_ms, RECORD_TYPES[_object(kind)])
    if data is None:
        raise Refused("existence", str(_("the record began later")), 404)
    response = HttpResponse(data, content_type=FILE_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{kind}-{number}-{at_ms}.sanad-register"'
    return response


# --- for their parties ------------------------------------------------------------------------------------------------


@require_safe
def of_own_application(request: HttpRequest, application: UUID) -> HttpResponse:
    """An application of one's own institution."""
    found = desk.own(signed_in(request), application)
    rows = queries.of_application(found, as_authority=False)
    return private(request, _("Application for a certificate"), "licensing:application", found.id, rows)


@require_safe
def of_application(request: HttpRequest, application: UUID) -> HttpResponse:
    """A filed application, for the authority and its auditors."""
    found = application_queries.for_authority(application)
    rows = queries.of_application(found, as_authority=True)
    return private(request, found.institution.name, "licensing:assess", found.id, rows)


@require_safe
def of_decision(request: HttpRequest, decision: UUID) -> HttpResponse:
    """A decision, for the authority and its auditors."""
    found = application_queries.decision(decision)
    return private(request, title_of(found), "licensing:decision", found.id, queries.of_decision(found))


def private(request: HttpRequest, about: Words, page: str, identifier: UUID, rows: list[Happened]) -> HttpResponse:
    """The page of an object that only its parties see; `page` names the URL of the object itself."""
    names = register_queries.names(queries.houses(rows))
    told_rows = [(each, names.get(each.signed.institution, "") if each.signed else "") for each in rows]
    shown = {"rows": told_rows, "about": about, "back": reverse(page, args=[identifier])}
    return render(request, "licensing/happened.html", shown)


_OWN = Right.OWN_APPLICATION_READ
happened_routes = [
    route("register/acts/<slug:kind>/<int:number>/", acts, open_to=PUBLIC, name="acts"),
    route("register/proofs/<slug:kind>/<int:number>", proof, open_to=PUBLIC, name="proof"),
    route("applications/<uuid:application>/acts/", of_own_application, open_to=_OWN, name="own_acts"),
    route("inbox/<uuid:application>/acts/", of_application, open_to=READERS, name="application_acts"),
    route("decisions/<uuid:decision>/acts/", of_decision, open_to=READERS, name="decision_acts"),
]
