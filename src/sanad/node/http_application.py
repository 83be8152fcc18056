"""What the node answers over HTTP: one ASGI application over a `NodeService`.

    POST /messages              `http_submit`; most messages come by the short way, `http_direct`
    everything that is read     `http_reads`, routed by Starlette
    errors                      `http_problems` (RFC 9457)
    one connection              `http_protocol`
    the process                 `http`

Paths have one spelling: letters, digits, `.`, `_`, `-` and single slashes. Whatever else comes (`//`, `%2e`, `/../`) is
404 before any routing, so that no two parts can read one path in two ways.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sanad.base.errors import Malformed
from sanad.node.http_limits import DEFAULT, Limits
from sanad.node.http_problems import Answer, answer_to, from_error, method_not_allowed, not_found, options
from sanad.node.http_reads import Handler, Reads, as_response, now_ms
from sanad.node.http_submit import BODY_IS_READ, ClientLeft, Receive, Scope, Send, Submission
from sanad.node.service import NodeService

READ_METHODS = "GET, HEAD, OPTIONS"
_STRICT_PATH = re.compile(rb"/|(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
_MESSAGES = b"/messages"


class Application:
    """The ASGI application. `access_log` writes one JSON line a request to standard error: method, route, status, µs.

    The line names the route and never the path or query, which hold numbers of accounts and payments.
    """

    def __init__(
        self,
        service: NodeService,
        limits: Limits = DEFAULT,
        *,
        access_log: bool = False,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self.submission = Submission(service, limits)
        self._reads = Reads(service, limits, self.figures, clock_ms)
        self._router = _router(self._reads)
        self._access_log = _access_logger() if access_log else None
        self._answers: Counter[tuple[str, int]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        started = time.perf_counter_ns()
        if scope["raw_path"] == _MESSAGES:
            await self._submit(scope, receive, send)
            route = "/messages"
        else:
            await self._read(scope, receive, send)
            route = getattr(scope.get("endpoint"), "__name__", "unknown")
        self.log_request(scope["method"], route, scope.get("sanad.status", 0), started)

    def close(self) -> None:
        """Let go of the threads."""
        self._reads.close()

    def submitted(self, status: int, started_ns: int) -> None:
        """Count a submission that the connection itself has answered."""
        self._answers["submit", status] += 1
        self.log_request("POST", "/messages", status, started_ns)

    def log_request(self, method: str, route: str, status: int, started_ns: int) -> None:
        """A line of the access log, if there is one."""
        if self._access_log is not None:
            spent_us = (time.perf_counter_ns() - started_ns) // 1_000
            self._access_log.info("request", method=method, route=route, status=status, spent_us=spent_us)

    def figures(self) -> bytes:
        """The interface's own figures, in Prometheus' text form."""
        lines = ["# TYPE sanad_http_answers_total counter"]
        for (part, status), count in sorted(self._answers.items()):
            lines.append(f'sanad_http_answers_total{{part="{part}",status="{status}"}} {count}')
        lines.append("# TYPE sanad_http_message_bytes_in_flight gauge")
        lines.append(f"sanad_http_message_bytes_in_flight {self.submission.in_flight.now}")
        return "".join(f"{line}\n" for line in lines).encode()

    async def _submit(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self.submission.answer(scope, receive)
        except ClientLeft:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender gets an answer and the operator a line
            # What is left of a body would be read as the next request: end the connection.
            answer = answer_to(error, close=not scope.get(BODY_IS_READ, False))
        await self._send(answer, "submit", scope, send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope)
        if refusal is not None:
            await self._send(refusal, "read", scope, send)
            return

        async def counted(event: Any) -> None:
            if event["type"] == "http.response.start":
                self._count("read", event["status"], scope)
            await send(event)

        await self._router(scope, receive, counted)

    async def _send(self, answer: Answer, part: str, scope: Scope, send: Send) -> None:
        self._count(part, answer.status, scope)
        length = (b"content-length", b"%d" % len(answer.body))
        headers = [*answer.headers, length] if answer.status != HTTPStatus.NO_CONTENT else answer.headers
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _count(self, part: str, status: int, scope: Scope) -> None:
        self._answers[part, status] += 1
        scope["sanad.status"] = status


def _refusal(scope: Scope) -> Answer | None:
    """What is answered before any routing."""
    if not _STRICT_PATH.fullmatch(scope["raw_path"]) or len(scope["raw_path"]) > 200:
        return not_found()
    if scope["method"] == "OPTIONS":
        return options(READ_METHODS)
    if scope["method"] not in {"GET", "HEAD"}:
        return method_not_allowed(READ_METHODS, close=True)
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            return from_error(Malformed("body", "body_not_read", "send no body with a request that reads"), close=True)
    return None


def _router(reads: Reads) -> Starlette:
    handlers: dict[str, Handler] = {
        "/": reads.front,
        "/health": reads.health,
        "/checkpoint": reads.checkpoint,
        "/log/key": reads.log_key,
        "/register/{type}": reads.register,
        "/register/{type}/{number}": reads.register_answer,
        "/metrics": reads.metrics,
        "/receipts/{institution}/{lane}/{sequence}": reads.receipt,
        "/lanes/{institution}/{lane}": reads.lane,
        "/accounts/{account}": reads.account,
        "/accounts/{account}/statement": reads.statement,
        "/payments/{institution}/{uetr}": reads.payment,
        "/proofs/{position}": reads.proof,
        "/messages/{entry}": reads.message,
        "/tile/{path:path}": reads.tile,
    }
    router = Starlette(
        routes=[Route(path, _guarded(handler), name=path) for path, handler in handlers.items()],
        exception_handlers={HTTPException: _http_exception},
    )
    router.router.redirect_slashes = False
    return router


def _guarded(handler: Handler) -> Handler:
    """The handler, with every exception answered."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:  # noqa: BLE001 - the reader gets an answer and the operator a line
            return as_response(answer_to(error))

    guarded.__name__ = getattr(handler, "__name__", "read")
    return guarded


async def _http_exception(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == HTTPStatus.NOT_FOUND:
        return as_response(not_found())
    return as_response(method_not_allowed(READ_METHODS))


def _access_logger() -> Any:
    return structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer()],
    )
