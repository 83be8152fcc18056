"""What the authority decided about one's own institution, with the reasons that only it and the authority have."""

from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.people.access import require, route
from sanad.people.rights import Right
from sanad.programmes.licensing.models.working import Decision
from sanad.programmes.licensing.pages.applications import signed_in
from sanad.programmes.licensing.pages.happened import private
from sanad.programmes.licensing.permissions import is_told
from sanad.programmes.licensing.queries import applications as queries
from sanad.programmes.licensing.queries.choices import NO_DECISION
from sanad.programmes.licensing.queries.happened import of_decision
from sanad.programmes.licensing.queries.wording import lines_of, title_of
from sanad.rulebook.edition1.words import Rule

_READ = Right.OWN_APPLICATION_READ


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Confirmed decisions about one's own institution, newest first."""
    membership = require(signed_in(request), _READ)
    page = queries.decisions_told(membership.institution.number, request.GET.get("cursor", ""))
    shown = {"rows": [(each, title_of(each)) for each in page.rows], "next_cursor": page.next_cursor}
    return render(request, "licensing/own_decisions.html", {**shown, "institution": membership.institution})


@require_safe
def decision(request: HttpRequest, decision: UUID) -> HttpResponse:
    """One of them: what was decided, why, under which conditions, and until when to appeal."""
    found = _told(request, decision)
    shown = {
        "decision": found,
        "title": title_of(found),
        "lines": lines_of(found),
        "digest": digest(bytes(found.body)).hex(),
        "appeal_until": _appeal_until(found),
    }
    return render(request, "licensing/own_decision.html", shown)


@require_safe
def acts(request: HttpRequest, decision: UUID) -> HttpResponse:
    """What happened to it on the record, and who signed."""
    found = _told(request, decision)
    return private(request, title_of(found), "licensing:own_decision", found.id, of_decision(found))


def _told(request: HttpRequest, identifier: UUID) -> Decision:
    """A decision that the person's institution was told of. To all others it is not there: 404."""
    membership = require(signed_in(request), _READ)
    found = queries.decision(identifier)
    if not is_told(membership, found):
        raise Refused("decision", str(_("no decision is here")), 404)
    return found


def _appeal_until(found: Decision) -> date | None:
    """The last day to appeal, by the rule in force when it was confirmed; None where there is nothing to appeal."""
    if found.ended_at is None or found.act in (*NO_DECISION, "appeal_noted"):
        return None
    days = queries.rule_value(Rule.APPEAL_DAYS, int(found.ended_at.timestamp() * 1_000))
    return timezone.localdate(found.ended_at) + timedelta(days=days)


own_decision_routes = [
    route("decided/", decisions, open_to=_READ, name="own_decisions", menu=_("Decisions about us")),
    route("decided/<uuid:decision>/", decision, open_to=_READ, name="own_decision"),
    route("decided/<uuid:decision>/acts/", acts, open_to=_READ, name="own_decision_acts"),
]
