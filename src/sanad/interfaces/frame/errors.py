"""Errors as sentences that say what to do: pages for people, problem+json (RFC 9457) for programs."""

import logging
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, MalformedFile, Refused, SanadError, Unavailable
from sanad.people import trail
from sanad.people.access import person_of
from sanad.people.rights import Right

log = logging.getLogger("sanad.portal")
API_PREFIX = "/api/"
_TYPE = "urn:sanad:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as page and as document say it."""

    status: int
    family: str
    title: str
    detail: str
    facts: dict[str, Any]
    retry_after_seconds: int = 0


class Answers:
    """Middleware: what a desk raises becomes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """One request."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The answer to an error of the five families; others are faults of ours."""
        if not isinstance(error, SanadError):
            return None
        problem = problem_of(error)
        note_refusal(request, error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
            log.error("%s at %s", type(error).__name__, request.resolver_match and request.resolver_match.view_name)
        if problem.status == HTTPStatus.UNAUTHORIZED and not is_api(request):
            return redirect_to_login(request.get_full_path())
        return answer(request, problem)


def note_refusal(request: HttpRequest, error: SanadError) -> None:
    """A right that somebody lacks goes into the security trail; what is only not there, or not now, does not."""
    person = person_of(request) if hasattr(request, "user") else None
    if person is None or not isinstance(error, Refused) or error.right not in set(Right):
        return
    if error.status == HTTPStatus.FORBIDDEN:
        match = request.resolver_match
        trail.note_refusal(person.id, str(error.right), match.view_name if match else "")


def problem_of(error: SanadError) -> Problem:
    """An error of the five families as a problem, in the reader's language where there is a translation."""
    if isinstance(error, MalformedFile):
        findings = [{"line": each.line, "code": each.code, "advice": _said(each.advice)} for each in error.findings]
        facts = {"field": error.field, "code": error.code, "findings": findings}
        return Problem(422, "malformed", _title(422), _said(error.advice), facts)
    if isinstance(error, Malformed):
        return Problem(422, "malformed", _title(422), _said(error.advice), {"field": error.field, "code": error.code})
    if isinstance(error, Refused):
        return Problem(error.status, "refused", _title(error.status), _said(error.advice), {"right": str(error.right)})
    if isinstance(error, Unavailable):
        return Problem(503, "unavailable", _title(503), _said(error.what), {}, error.retry_after_seconds)
    return Problem(500, "fault", _title(500), _("It has been noted. Nothing was changed; try again later."), {})


def _said(advice: str) -> str:
    """Advice as a sentence; what comes from the rooms below may have its Urdu in a catalogue."""
    sentence = _(advice) if advice else ""
    return sentence[:1].upper() + sentence[1:]


def _title(status: int) -> str:
    titles = {
        400: _("This request could not be read"),
        401: _("Sign in first"),
        403: _("This is not open to you"),
        404: _("Nothing is here"),
        409: _("This cannot be done now"),
        413: _("This is too large"),
        422: _("Something in this is not right"),
        429: _("Too many attempts"),
        500: _("Something went wrong on our side"),
        503: _("Not available for the moment"),
    }
    return titles.get(status, titles[400])


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks."""
    return request.path.startswith(API_PREFIX)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a page, or as a document."""
    if is_api(request):
        document = {
            "type": _TYPE + problem.family, "title": problem.title, "status": problem.status, "detail": problem.detail,
            **problem.facts,
        }  # fmt: skip
        if problem.retry_after_seconds:
            document["retry_after_seconds"] = problem.retry_after_seconds
        response: HttpResponse = JsonResponse(document, status=problem.status, content_type="application/problem+json")
    else:
        response = render(request, "frame/error.html", {"problem": problem}, status=problem.status)
    if problem.retry_after_seconds:
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what came is no request of ours."""
    del exception
    return answer(request, Problem(400, "malformed", _title(400), _("Go back, and try again."), {}))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 of the framework."""
    del exception
    return answer(request, Problem(403, "refused", _title(403), _("Ask the administrator of your institution."), {}))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    del exception
    return answer(
        request, Problem(404, "refused", _title(404), _("Check the address, or begin at the front page."), {})
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form did not come from one of our own pages, or is too old."""
    del reason
    advice = _(
        "This form is too old, or your browser keeps no cookies from us. Open the page again and send it once more."
    )
    return answer(request, Problem(403, "refused", _("The form was not accepted"), advice, {}))


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429."""
    del exception
    return answer(request, Problem(429, "refused", _title(429), _("Wait a few minutes, then try again."), {}, 300))


def fault(request: HttpRequest) -> HttpResponse:
    """500: plain, without anything that may be what is broken."""
    detail = _("It has been noted. Nothing was changed; try again later.")
    problem = Problem(500, "fault", _title(500), detail, {})
    if is_api(request):
        return answer(request, problem)
    language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return render(None, "frame/fault.html", {"problem": problem, "language": language}, status=500)


def note_fault(sender: object, request: HttpRequest | None = None, **_: Any) -> None:
    """Log what nobody caught (Django's `got_request_exception`): where in the code, never who asked for what."""
    del sender
    kind, _error, trace = sys.exc_info()
    match = request.resolver_match if request else None
    where = "".join(traceback.format_tb(trace))
    log.error("%s at %s\n%s", kind.__name__ if kind else "a fault", match.view_name if match else "?", where)
