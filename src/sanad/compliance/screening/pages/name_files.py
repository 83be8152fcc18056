"""Pages of files of names: given, their progress, their answers as a file, removed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening import queries
from sanad.compliance.screening.desk import matches as match_desk
from sanad.compliance.screening.desk import name_files as desk
from sanad.compliance.screening.desk.asking import COLUMNS
from sanad.compliance.screening.forms import ADVICE, FILE_ADVICE, NameFileForm
from sanad.compliance.screening.models import NameFile, NameFileState
from sanad.compliance.screening.pages.matches import cursor_number, shown, signed_in, taken_up
from sanad.compliance.screening.pages.sides import score_text
from sanad.people.access import require, route
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.tables.export import csv_response

_SEARCH, _DECIDE = Right.OWN_SCREENING_SEARCH, Right.OWN_SCREENING_DECIDE


@require_http_methods(["GET", "POST"])
def files(request: HttpRequest) -> HttpResponse:
    """The files of one's institution; another is given here."""
    person = signed_in(request)
    institution = require(person, _SEARCH).institution
    form = NameFileForm(request.POST, request.FILES) if request.method == "POST" else NameFileForm()
    if form.is_bound and form.is_valid():
        try:
            made = desk.add(person, form.cleaned_data["document"].chunks())
        except Malformed as error:
            form.add_error("document", error.advice)
        except Refused as error:
            if error.status != 409:
                raise
            form.add_error("document", error.advice)
        else:
            messages.success(request, _("The file is taken, and is screened in the background."))
            return redirect("screening:name_file", made.id)
    page = queries.page_of_files(institution, request.GET.get("cursor", ""))
    told = {
        "rows": page.rows, "next_cursor": page.next_cursor, "form": form, "columns": list(COLUMNS),
        "days": desk.KEPT_DAYS,
    }  # fmt: skip
    return render(request, "screening/file_list.html", told)


@require_GET
def name_file(request: HttpRequest, name_file: UUID) -> HttpResponse:
    """How far one is, what cannot be asked about, and its counts."""
    person = signed_in(request)
    found = desk.find(person, name_file)
    rows, cursor = _candidates(request, person, found)
    told = {
        "rows": rows, "next_cursor": str(cursor or ""),
        "file": found, "findings": _findings(found), "more": max(0, found.findings_count - len(found.findings)),
        "is_open": found.state in desk.OPEN, "days": desk.KEPT_DAYS,
        "problem": ADVICE.get(found.problem, found.problem),
        "is_done": found.state == NameFileState.DONE, "is_refused": found.state == NameFileState.REFUSED,
        "is_removed": found.state == NameFileState.REMOVED,
    }  # fmt: skip
    return render(request, "screening/file.html", told)


def _candidates(request: HttpRequest, person: Person, found: NameFile) -> tuple[list[tuple[desk.Told, str]], int]:
    """A page of the rows that somebody listed may be meant by, each with its score in words."""
    if found.state != NameFileState.DONE or not found.candidates:
        return [], 0
    rows, cursor = desk.candidates(person, found.id, cursor_number(request))
    return [(each, score_text(each.score)) for each in rows], cursor


@require_GET
def name_file_row(request: HttpRequest, name_file: UUID, line: int) -> HttpResponse:
    """One row opened: both sides of whoever may be meant. Personal data."""
    person = signed_in(request)
    query = desk.asked(person, name_file, line)
    membership = require(person, _SEARCH)
    told = {
        **shown(match_desk.search(person, query), query), "file": name_file, "line": line,
        "take_up": reverse("screening:take_up_row", args=[name_file, line]),
        "may_decide": _DECIDE in membership.rights,
    }  # fmt: skip
    return render(request, "screening/file_row.html", told)


@require_POST
def take_up_row(request: HttpRequest, name_file: UUID, line: int) -> HttpResponse:
    """From a candidate of a row to a match that can be decided."""
    person = signed_in(request)
    return taken_up(request, person, desk.asked(person, name_file, line))


def _findings(found: NameFile) -> list[tuple[int, str, Any]]:
    return [(line, column, ADVICE.get(code, FILE_ADVICE.get(code, code))) for line, column, code in found.findings]


@require_GET
def name_file_csv(request: HttpRequest, name_file: UUID) -> HttpResponseBase:
    """The answers, row by row. Personal data."""
    rows = (
        [each.line, each.name, each.result, each.code, each.column, each.candidates,
         score_text(each.score) if each.candidates else "", each.source, each.reference, each.listed]
        for each in desk.answers(signed_in(request), name_file)
    )  # fmt: skip
    response = csv_response("screened-names", desk.HEAD, rows)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def remove_name_file(request: HttpRequest, name_file: UUID) -> HttpResponse:
    """Away with it and its answers."""
    desk.remove(signed_in(request), name_file)
    messages.success(request, _("The file and its answers are removed for ever."))
    return redirect("screening:name_files")


file_routes = [
    route("files/", files, open_to=_SEARCH, name="name_files", menu=gettext_lazy("Files of names")),
    route("files/<uuid:name_file>/", name_file, open_to=_SEARCH, name="name_file"),
    route("files/<uuid:name_file>/answers.csv", name_file_csv, open_to=_SEARCH, name="name_file_csv"),
    route("files/<uuid:name_file>/<int:line>/", name_file_row, open_to=_SEARCH, name="name_file_row"),
    route(
        "files/<uuid:name_file>/<int:line>/take-up/",
        take_up_row,
        open_to=_DECIDE,
        name="take_up_row",
    ),
    route("files/<uuid:name_file>/remove/", remove_name_file, open_to=_SEARCH, name="remove_name_file"),
]
