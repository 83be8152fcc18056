"""Pages of the security trail: its rows, what the record says of it, and the files that prove that."""

from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from sanad.base.errors import Refused
from sanad.interfaces.frame.pages import signed_in
from sanad.node.receipts import decode
from sanad.people import anchoring, trail
from sanad.people.access import require, route
from sanad.people.models import TrailAnchor, TrailRow
from sanad.people.rights import Right
from sanad.people.trail import Happening
from sanad.tables.lists import page_of

ROWS_PER_PAGE = 50


@require_GET
def security_trail(request: HttpRequest) -> HttpResponse:
    """The security trail, newest first."""
    require(signed_in(request), Right.AUDIT_TRAIL_READ)
    page = page_of(TrailRow.objects.all(), ["-number"], request.GET.get("cursor", ""), ROWS_PER_PAGE)
    told = {
        "rows": [(row, Happening(row.event).label) for row in page.rows],
        "next_cursor": page.next_cursor,
        "head": trail.head(),
        "newest": TrailAnchor.objects.exclude(entry=None).order_by("-day").first(),
    }
    return render(request, "frame/trail.html", told)


@require_GET
def anchors(request: HttpRequest) -> HttpResponse:
    """What is on the record of the trail, day by day, and whether it fits what is kept here."""
    require(signed_in(request), Right.AUDIT_TRAIL_READ)
    page = page_of(TrailAnchor.objects.exclude(entry=None), ["-rows", "-entry"], request.GET.get("cursor", ""))
    health = settings.NETWORK.health()
    wrong = {each.day: each.why for each in anchoring.faults(health.node_public_key, list(page.rows))} if health else {}
    told = {
        "rows": [(each, decode(bytes(each.receipt)).height, wrong.get(each.day, "")) for each in page.rows],
        "next_cursor": page.next_cursor,
        "is_checked": health is not None,
        "is_whole": not wrong,
    }
    return render(request, "frame/trail_anchors.html", told)


@require_GET
def proof(request: HttpRequest, day: str, part: str) -> HttpResponse:
    """One of the files that prove an anchor: the signed message, the signed receipt, or what the digest is of."""
    require(signed_in(request), Right.AUDIT_TRAIL_READ)
    anchor = TrailAnchor.objects.filter(day=_day(day)).exclude(entry=None).first()
    parts = ("message", "receipt", "opening")
    if anchor is None or part not in parts:
        raise Refused("anchor", _("nothing of this day is on the record"), 404)
    contents = anchoring.opening(anchor) if part == "opening" else bytes(getattr(anchor, part))
    response = HttpResponse(contents, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="trail-{anchor.day.isoformat()}.{part}"'
    return response


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Refused("anchor", _("nothing of this day is on the record"), 404) from None


_READ = Right.AUDIT_TRAIL_READ
trail_routes = [
    route("trail/", security_trail, open_to=_READ, name="trail", menu=gettext_lazy("Security trail")),
    route("trail/anchors/", anchors, open_to=_READ, name="trail_anchors"),
    route("trail/anchors/<slug:day>/<slug:part>/", proof, open_to=_READ, name="trail_proof"),
]
