"""Errors as `application/problem+json` (RFC 9457): the five families of `sanad.base.errors`, one shape.

    type     urn:sanad:problem:<family>      status   also the status of the answer
    title    the family in words             detail   what is wrong and what to do
    code     stable, for programs            field, right, retry_after_seconds: where the family has them

A rejection is no error here: it is an outcome in a receipt, which is an answer like any other.
"""

import traceback
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog

from sanad.base.errors import Fault, Malformed, Refused, SanadError, Unavailable

RawHeaders = list[tuple[bytes, bytes]]
CONTENT_TYPE = b"application/problem+json"

log = structlog.get_logger("sanad.node.http")

_TITLES = {
    "malformed": "The request is not what it should be",
    "refused": "You may not, or not now",
    "unavailable": "The node cannot answer now",
    "fault": "The node has found a fault in itself",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; the length is added when it is sent."""

    status: int
    headers: RawHeaders
    body: bytes


def answer_to(error: Exception, *, close: bool = False) -> Answer:
    """The answer to whatever was raised. A fault of ours is told to the operator: what it was, no byte of the request.

    `close` ends the connection, for a body that was not read.
    """
    if isinstance(error, SanadError) and not isinstance(error, Fault):
        return from_error(error, close=close)
    invariant = str(error) if isinstance(error, Fault) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name} {frames[-1].lineno}" if frames else ""
    log.error("fault", invariant=invariant, where=where, advice="stop the node, run `sanad audit`, report this line")
    return fault()


def from_error(error: SanadError, *, close: bool = False) -> Answer:
    """The answer that says what `error` says; `close` ends the connection, for a body that was not read."""
    if isinstance(error, Malformed):
        return problem("malformed", 422, error.advice, code=error.code, close=close, field=error.field)
    if isinstance(error, Refused):
        after = getattr(error, "retry_after_seconds", None)
        code = error.right.lower().replace(" ", "_")
        return problem(
            "refused", error.status, error.advice, code=code, close=close, retry_after_seconds=after, right=error.right
        )
    if isinstance(error, Unavailable):
        return problem(
            "unavailable", 503, str(error), code="unavailable", close=close,
            retry_after_seconds=error.retry_after_seconds,
        )  # fmt: skip
    return fault()


def fault() -> Answer:
    """For what is our own fault: says nothing of its inside, which is in the operator's log."""
    detail = "an invariant is broken; the operator has been told, and the same request is safe once it is repaired"
    return problem("fault", 500, detail, code="fault", close=True)


def not_found(code: str = "not_found", detail: str = "nothing is here, or nothing that you may see") -> Answer:
    """One answer for what does not exist and for what is another's, where that is secret."""
    return problem("refused", 404, detail, code=code, right="existence")


def method_not_allowed(allowed: str, *, close: bool = False) -> Answer:
    """405 with the methods that are (RFC 9110 §15.5.6)."""
    answer = problem(
        "refused", 405, f"use one of {allowed} here", code="method_not_allowed", close=close, right="method"
    )
    answer.headers.append((b"allow", allowed.encode()))
    return answer


def options(allowed: str) -> Answer:
    """The answer to OPTIONS."""
    return Answer(HTTPStatus.NO_CONTENT, [(b"allow", allowed.encode())], b"")


def problem(
    family: str,
    status: int,
    detail: str,
    *,
    code: str,
    close: bool = False,
    retry_after_seconds: int | None = None,
    **more: str,
) -> Answer:
    """One problem document."""
    document: dict[str, str | int] = {
        "type": f"urn:sanad:problem:{family}",
        "title": _TITLES[family],
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    headers = [
        (b"content-type", CONTENT_TYPE),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if retry_after_seconds is not None:
        document["retry_after_seconds"] = retry_after_seconds
        headers.append((b"retry-after", b"%d" % retry_after_seconds))
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Sanad"))
    if close:
        headers.append((b"connection", b"close"))
    return Answer(status, headers, msgspec.json.encode(document))
