"""Pages of files of names: given, their progress, their answers as a file, removed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening import queries
from sanad.compliance.screening.desk import name_files as desk
from sanad.compliance.screening.desk.asking import COLUMNS
from sanad.compliance.screening.forms import ADVICE, FILE_ADVICE, NameFileForm
from sanad.compliance.screening.models import NameFile, NameFileState
from sanad.compliance.screening.pages.matches import signed_in
from sanad.compliance.screening.pages.sides import score_text
from sanad.people.access import require, route
from sanad.people.rights import Right
from sanad.tables.export import csv_response

_SEARCH = Right.OWN_SCREENING_SEARCH


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
    found = desk.find(signed_in(request), name_file)
    told = {
        "file": found, "findings": _findings(found), "more": max(0, found.findings_count - len(found.findings)),
        "is_open": found.state in desk.OPEN, "days": desk.KEPT_DAYS,
        "problem": ADVICE.get(found.problem, found.problem),
        "is_done": found.state == NameFileState.DONE, "is_refused": found.state == NameFileState.REFUSED,
        "is_removed": found.state == NameFileState.REMOVED,
    }  # fmt: skip
    return render(request, "screening/file.html", told)


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
    route("files/<uuid:name_file>/remove/", remove_name_file, open_to=_SEARCH, name="remove_name_file"),
]
