"""The root of the portal's API: `/api/v1/`, OpenAPI at `/api/v1/openapi.json`, errors as problem+json (RFC 9457).

Programmes bring `api.py` with a `router`; each operation says whom it is for with `people.access.api_access`.
"""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

import sanad
from sanad.base.errors import SanadError
from sanad.interfaces.frame.errors import Problem, answer, note_refusal, problem_of
from sanad.people.access import PUBLIC, api_access

api = NinjaAPI(title="Sanad", version=sanad.__version__, urls_namespace="api", docs_url=None)


@api.exception_handler(SanadError)
def _of_house(request: HttpRequest, error: SanadError) -> HttpResponse:
    note_refusal(request, error)
    return answer(request, problem_of(error))


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    findings = [{"field": ".".join(map(str, each["loc"])), "advice": each["msg"]} for each in error.errors]
    advice = "see the findings; the shape is described in openapi.json"
    return answer(request, Problem(422, "malformed", "Something in this is not right", advice, {"findings": findings}))


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    del error
    return answer(request, Problem(401, "refused", "Sign in first", "this needs somebody who has signed in", {}))


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer(request, Problem(error.status_code, "refused", "This cannot be done", str(error), {}))


class NetworkAnswer(Schema):
    """What the node says of its network."""

    name: str
    demonstration: bool
    ready: bool
    height: int
    time_ms: int
    views_entry: int
    """The newest entry that the portal's pages know."""


@api.get("/network", response=NetworkAnswer, tags=["network"])
@api_access(PUBLIC)
def network(request: HttpRequest) -> NetworkAnswer:
    """The network behind this portal. 503 while its node is silent."""
    from django.conf import settings

    from sanad.base.errors import Unavailable
    from sanad.tables.projection import position

    del request
    health, cursor = settings.NETWORK.health(), position()
    if health is None:
        raise Unavailable("the node is silent", 5)
    return NetworkAnswer(
        name=health.name, demonstration=health.demonstration, ready=health.ready, height=health.height,
        time_ms=health.time_ms, views_entry=cursor.entry if cursor else 0,
    )  # fmt: skip
