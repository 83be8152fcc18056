"""Pages of lists: what is in use, versions with their differences, importing, publishing, health."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed, MalformedFile, Refused
from sanad.compliance.screening import queries
from sanad.compliance.screening.desk import importing
from sanad.compliance.screening.desk.matches import folder
from sanad.compliance.screening.forms import FORMAT_WORDS, ListForm
from sanad.compliance.screening.pages.matches import signed_in
from sanad.people.access import route
from sanad.people.rights import Right
from sanad.standards.sanctions.formats import Format
from sanad.standards.sanctions.listed import Schema

CHANGES_SHOWN = 200
READERS = frozenset({Right.OWN_SCREENING_READ, Right.AUTHORITY_LIST_PUBLISH, Right.AUDIT_SCREENING_READ})


_KINDS = {
    Schema.PERSON: gettext_lazy("Person"), Schema.ORGANIZATION: gettext_lazy("Firm or organisation"),
    Schema.COMPANY: gettext_lazy("Firm or organisation"), Schema.LEGAL_ENTITY: gettext_lazy("Person or firm"),
    Schema.VESSEL: gettext_lazy("Vessel or aircraft"), Schema.WALLET: gettext_lazy("Wallet"),
}  # fmt: skip


@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """The lists in use."""
    person = signed_in(request)
    now = timezone.now()
    told = {
        "rows": [queries.list_health(each, now) for each in folder().current()],
        "may_publish": Right.AUTHORITY_LIST_PUBLISH in person.rights,
    }
    return render(request, "screening/lists.html", told)


@require_GET
def versions(request: HttpRequest, source: str) -> HttpResponse:
    """All versions of a list."""
    now = timezone.now()
    told = {
        "source": source,
        "rows": [queries.list_health(each, now) for each in folder().versions(source)[:CHANGES_SHOWN]],
        "may_publish": Right.AUTHORITY_LIST_PUBLISH in signed_in(request).rights,
    }
    return render(request, "screening/list_versions.html", told)


@require_GET
def version(request: HttpRequest, source: str, number: int) -> HttpResponse:
    """One version, and what it changed."""
    signed_in(request)
    found = folder().version(source, number)
    changes = folder().difference(found)
    rows: list[tuple[str, Any]] = [("added", each) for each in changes.added]
    rows += [("removed", each) for each in changes.removed] + [("changed", after) for _before, after in changes.changed]
    told = {
        "health": queries.list_health(found, timezone.now()), "told": found,
        "format": FORMAT_WORDS.get(Format(found.format), found.format), "counts": _in_words(found.counts),
        "rows": rows[:CHANGES_SHOWN], "more": max(0, len(rows) - CHANGES_SHOWN),
    }  # fmt: skip
    return render(request, "screening/list_version.html", told)


def _in_words(counts: dict[str, int]) -> list[tuple[str, int]]:
    """How many of each kind are listed, as people call them."""
    found: dict[str, int] = {}
    for kind, count in counts.items():
        words = str(_KINDS[Schema(kind)]) if kind in list(Schema) else kind
        found[words] = found.get(words, 0) + count
    return sorted(found.items())


@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    """A file as the newest version of a list. One that is bad changes nothing, and is told line by line."""
    person = signed_in(request)
    form = ListForm(request.POST or None, request.FILES or None) if request.method == "POST" else ListForm()
    findings: list[Any] = []
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            imported = importing.import_upload(
                person, given["source"], [(each.name or "file", each.chunks()) for each in given["documents"]],
                file_format=Format(given["file_format"]) if given["file_format"] else None,
                accepts_smaller=given["accepts_smaller"], expected_digest=given["expected_digest"],
                fresh_hours=given["fresh_hours"],
            )  # fmt: skip
        except MalformedFile as error:
            findings = error.findings
            form.add_error("documents", _("The file was refused as a whole; nothing was changed."))
        except Malformed as error:
            form.add_error("documents", error.advice)
        except Refused as error:
            if error.status != 409:
                raise
            form.add_error("accepts_smaller" if error.right == "list size" else "source", _smaller(error))
        else:
            version = imported.version
            if imported.is_new:
                messages.success(
                    request, _("The list has a new version. Customers and open payments are screened again now.")
                )
            else:
                messages.success(request, _("Nothing new: it was noted that you looked."))
            return redirect("screening:version", version.source, version.number)
    return render(request, "screening/list_import.html", {"form": form, "findings": findings})


def _smaller(error: Refused) -> str:
    if error.right == "list size":
        return _("The file has far fewer entries than the version in use: it may be cut off. Get it again; if the "
                 "list really shrank, tick here.")  # fmt: skip
    return error.advice


@require_POST
def publish(request: HttpRequest, source: str) -> HttpResponse:
    """The newest version onto the record."""
    published = importing.publish(signed_in(request), source)
    facts = {"number": published.record_number, "entry": published.record_entry}
    messages.success(request, _("It is on the record as list version %(number)s, entry %(entry)s.") % facts)
    return redirect("screening:version", published.source, published.number)


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether screening can answer, and what runs."""
    person = signed_in(request)
    membership = person.membership
    if membership is None:
        raise Refused("membership", _("you belong to no institution"))
    found = queries.health(folder(), membership.institution, timezone.now())
    told = {
        "health": found,
        "sweeps": queries.sweeps(membership.institution),
        "is_own": Right.OWN_SCREENING_READ in membership.rights,
    }
    return render(request, "screening/health.html", told)


_PUBLISH = Right.AUTHORITY_LIST_PUBLISH

list_routes = [
    route("lists/", lists, open_to=READERS, name="lists", menu=gettext_lazy("Lists")),
    route("lists/import/", import_list, open_to=_PUBLISH, name="import_list"),
    route("lists/<slug:source>/", versions, open_to=READERS, name="versions"),
    route("lists/<slug:source>/publish/", publish, open_to=_PUBLISH, name="publish"),
    route("lists/<slug:source>/<int:number>/", version, open_to=READERS, name="version"),
    route("health/", health, open_to=READERS, name="health", menu=gettext_lazy("Health of screening")),
]
