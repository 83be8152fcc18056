"""Pages of the applicant: which services, drafts section by section, documents, filing, answering, withdrawing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Refused
from sanad.people.access import PUBLIC, person_of, require, route
from sanad.people.models import Membership, Person
from sanad.people.rights import Right
from sanad.programmes.licensing.desk import applications as desk
from sanad.programmes.licensing.desk import documents
from sanad.programmes.licensing.forms.applications import (
    ClassifierForm,
    DeclarationForm,
    DocumentForm,
    FirmForm,
    KeyPersonForm,
    OwnerForm,
    ServicesForm,
    WordsForm,
    rows_of,
)
from sanad.programmes.licensing.models.working import Application, DocumentKind
from sanad.programmes.licensing.pages.answers import say
from sanad.programmes.licensing.queries import applications as queries
from sanad.programmes.licensing.queries.classifier import REASONS, SERVICE_WORDS, classify, services_of
from sanad.programmes.licensing.queries.completeness import (
    SECTION_WORDS,
    Section,
    is_complete,
    looked_through,
    percent,
)
from sanad.programmes.licensing.queries.ownership import controllers


def signed_in(request: HttpRequest) -> Person:
    """Who has signed in; the URL has seen to it that somebody has."""
    person = person_of(request)
    if person is None:
        raise Refused("sign in", _("sign in first"), 401)
    return person


@require_GET
def which(request: HttpRequest) -> HttpResponse:
    """Do I need a licence, and for what? For everybody; nothing is kept."""
    form = ClassifierForm(request.GET if "asked" in request.GET else None)
    told: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        result = classify(form.services_chosen, form.carve_outs_chosen)
        person = person_of(request)
        told |= {
            "result": result,
            "services": [SERVICE_WORDS[each] for each in services_of(int(result.services))],
            "reasons": [REASONS[each] for each in result.carve_outs],
            "may_start": person is not None and Right.OWN_APPLICATION_DRAFT in person.rights,
        }
    return render(request, "licensing/application_which.html", told)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The applications of one's own institution."""
    membership = require(signed_in(request), Right.OWN_APPLICATION_READ)
    rows, next_cursor = queries.own_applications(membership, request.GET.get("cursor", ""))
    told = {
        "rows": [(each.application, each.clock) for each in rows],
        "next_cursor": next_cursor,
        "may_start": Right.OWN_APPLICATION_DRAFT in membership.rights,
        "institution": membership.institution,
    }
    return render(request, "licensing/application_list.html", told)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    given = request.POST.get("services", "")
    services = int(given) if given.isascii() and given.isdecimal() and len(given) <= 4 else 0
    application = desk.start(signed_in(request), services)
    messages.success(request, _("Your draft is kept. Fill in its sections in any order, and come back at any time."))
    return redirect("licensing:application", application.id)


@require_GET
def application(request: HttpRequest, application: UUID) -> HttpResponse:
    """One application: how far it is, what is missing, what was asked."""
    person = signed_in(request)
    membership = require(person, Right.OWN_APPLICATION_READ)
    found = desk.own(person, application)
    return render(request, "licensing/application_own.html", overview(found, membership))


def overview(found: Application, membership: Membership) -> dict[str, Any]:
    """What the page of one's own application shows."""
    lacks = desk.missing(found)
    parts = [(each, SECTION_WORDS[each], lacks[each]) for each in Section]
    requests = list(found.requests.order_by("asked_at"))
    return {
        "application": found,
        "institution": membership.institution,
        "sections": parts,
        "done": sum(not missing for _section, _words, missing in parts),
        "is_complete": is_complete(lacks),
        "clock": queries.clock_of(found),
        "requests": requests,
        "answer_form": WordsForm(label=_("Your answer")),
        "may_draft": Right.OWN_APPLICATION_DRAFT in membership.rights,
        "may_file": Right.OWN_APPLICATION_FILE in membership.rights,
        "may_upload": Right.OWN_DOCUMENT_UPLOAD in membership.rights,
    }


@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, application: UUID, section: str) -> HttpResponse:
    """Fill in one section. Saved as it is typed, complete or not; what is missing is told beside it."""
    person = signed_in(request)
    require(person, Right.OWN_APPLICATION_DRAFT)
    found = desk.own(person, application)
    if section not in list(Section) or section == Section.DOCUMENTS:
        raise Refused("section", _("an application has no such section"), 404)
    if not found.is_draft:
        raise Refused("application", _("it was filed and can no longer be changed"), 409)
    part = Section(section)
    form = _form_of(part, found, request)
    if request.method == "POST" and form.is_valid():
        found = desk.save_section(person, application, part, form.contents)
        if "more" in request.POST:
            return redirect("licensing:section", found.id, section)
        lacks = desk.missing(found)[part]
        for each in lacks:
            messages.warning(request, each)
        messages.success(request, _("Saved."))
        if lacks:
            return redirect("licensing:section", found.id, section)
        return redirect("licensing:application", found.id)
    told = {
        "application": found, "form": form, "section": part, "words": SECTION_WORDS[part],
        "is_rows": part in (Section.OWNERS, Section.PERSONS), "number": list(Section).index(part) + 1,
        "of": len(Section), "controllers": _controllers(found) if part is Section.OWNERS else [],
    }  # fmt: skip
    return render(request, "licensing/application_section.html", told)


def _form_of(part: Section, found: Application, request: HttpRequest) -> Any:
    """The form of a section, with what was typed before, here or elsewhere."""
    data = request.POST if request.method == "POST" else None
    kept = found.sections.get(str(part))
    if part is Section.SERVICES:
        return ServicesForm(data, initial={"services": [str(int(each)) for each in services_of(kept or 0)]})
    if part is Section.FIRM:
        known = {"legal_name": found.institution.name, "email": found.started_by.email}
        return FirmForm(data, initial=kept or known)
    if part is Section.OWNERS:
        return rows_of(OwnerForm)(data, initial=[OwnerForm.initial_of(each) for each in kept or []])
    if part is Section.PERSONS:
        return rows_of(KeyPersonForm)(data, initial=[KeyPersonForm.initial_of(each) for each in kept or []])
    return DeclarationForm(data, initial=kept or {}, persons=found.sections.get(str(Section.PERSONS), []))


def _controllers(found: Application) -> list[tuple[str, str]]:
    rows = found.sections.get(str(Section.OWNERS), [])
    found_controllers = controllers(looked_through(rows), queries.owner_threshold_ppm())
    return [(name, percent(ppm)) for name, ppm in found_controllers]


@require_http_methods(["GET", "POST"])
def add_document(request: HttpRequest, application: UUID) -> HttpResponse:
    """The documents of an application, and adding one."""
    person = signed_in(request)
    require(person, Right.OWN_DOCUMENT_UPLOAD)
    found = desk.own(person, application)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        kind = DocumentKind(form.cleaned_data["kind"])
        documents.add(person, found.id, kind, file.name, file.chunks())
        messages.success(request, _("The document is kept, sealed."))
        return redirect("licensing:documents", found.id)
    told = {
        "application": found, "form": form, "documents": list(found.documents.order_by("kind", "added_at")),
        "lacks": desk.missing(found)[Section.DOCUMENTS],
    }  # fmt: skip
    return render(request, "licensing/application_documents.html", told)


@require_POST
def remove_document(request: HttpRequest, document: UUID) -> HttpResponse:
    """Take a document out of a draft."""
    found = documents.remove(signed_in(request), document)
    messages.success(request, _("The document is removed."))
    return redirect("licensing:documents", found.id)


@require_GET
def document(request: HttpRequest, document: UUID) -> HttpResponse:
    """A document, as a download: what strangers sent is never shown inside our pages."""
    found, contents = documents.read(signed_in(request), document)
    response = HttpResponse(contents, content_type=found.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.name) or ""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
def file(request: HttpRequest, application: UUID) -> HttpResponse:
    """File it."""
    filed = desk.file(signed_in(request), application)
    say(request, filed.answer, _("The application is filed. Its digest is on the record, and the clock runs."))
    return redirect("licensing:application", filed.application.id)


@require_POST
def answer(request: HttpRequest, application: UUID) -> HttpResponse:
    """Answer a request for information."""
    person = signed_in(request)
    membership = require(person, Right.OWN_APPLICATION_FILE)
    found = desk.own(person, application)
    form = WordsForm(request.POST, label=_("Your answer"))
    if not form.is_valid():
        told = overview(found, membership) | {"answer_form": form}
        return render(request, "licensing/application_own.html", told)
    desk.answer_request(person, application, form.cleaned_data["words"])
    messages.success(request, _("Your answer is with the authority. The clock runs again from tomorrow."))
    return redirect("licensing:application", found.id)


@require_POST
def withdraw(request: HttpRequest, application: UUID) -> HttpResponse:
    """Withdraw it."""
    found = desk.withdraw(signed_in(request), application)
    messages.success(request, _("The application is withdrawn."))
    return redirect("licensing:application", found.id)


_AUTHORITY_OR_AUDIT = (Right.AUTHORITY_APPLICATION_READ, Right.AUDIT_APPLICATION_READ)

application_routes = [
    route("which/", which, open_to=PUBLIC, name="which", menu=gettext_lazy("Do I need a licence?")),
    route(
        "applications/", mine, open_to=Right.OWN_APPLICATION_READ, name="mine", menu=gettext_lazy("Applications")
    ),
    route("applications/start/", start, open_to=Right.OWN_APPLICATION_DRAFT, name="start"),
    route("applications/<uuid:application>/", application, open_to=Right.OWN_APPLICATION_READ, name="application"),
    route(
        "applications/<uuid:application>/documents/", add_document, open_to=Right.OWN_DOCUMENT_UPLOAD,
        name="documents",
    ),
    route("applications/<uuid:application>/file/", file, open_to=Right.OWN_APPLICATION_FILE, name="file"),
    route("applications/<uuid:application>/answer/", answer, open_to=Right.OWN_APPLICATION_FILE, name="answer_request"),
    route("applications/<uuid:application>/withdraw/", withdraw, open_to=Right.OWN_APPLICATION_FILE, name="withdraw"),
    route(
        "applications/<uuid:application>/<slug:section>/", section, open_to=Right.OWN_APPLICATION_DRAFT,
        name="section",
    ),
    route("documents/<uuid:document>/remove/", remove_document, open_to=Right.OWN_DOCUMENT_UPLOAD,
          name="remove_document"),
    route(
        "documents/<uuid:document>/", document,
        open_to=frozenset({Right.OWN_APPLICATION_READ, *_AUTHORITY_OR_AUDIT}), name="document",
    ),
]  # fmt: skip
