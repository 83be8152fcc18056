"""The wire of the Travel Rule Protocol: an application that others call over mutual TLS, in a process of its own.

Headers first, then the size, then the desk. Whatever is wrong has its own answer: 400 not readable or a version that
nobody here speaks, 403 another certificate, 404, 405, 409 what does not fit what was said before, 413, 415, 422, 429,
503 not now. Bodies of errors are problem documents (RFC 9457) without personal data.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import anyio
import anyio.to_thread
import h11
import msgspec
import uvicorn
from django.db import DatabaseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

import sanad
from sanad.base.errors import Malformed, Refused, SanadError, Unavailable
from sanad.compliance.travel_rule.desk.counterparties import Caller
from sanad.compliance.travel_rule.desk.keeping import EXTENSION
from sanad.compliance.travel_rule.desk.receiving import (
    Message,
    Reply,
    receive_confirmation,
    receive_inquiry,
    receive_resolution,
)
from sanad.standards.trp import messages, versions
from sanad.standards.trp.messages import BODY_OCTETS_MAX, PeerExtensions, PeerIdentity, PeerVersion, Unreadable
from sanad.standards.trp.versions import NEWEST, OLDEST, USUAL, Version, negotiated

BODY_SECONDS = 30
HEAD_OCTETS_MAX = 16_384
DRAINED_OCTETS_MAX = 64 << 20
HEAD_SECONDS = 15
CONNECTIONS_A_CERTIFICATE_MAX = 50
THREADS = 8
JSON, TEXT, PROBLEM = "application/json; charset=utf-8", "text/plain; charset=utf-8", "application/problem+json"
EXTENSIONS = (versions.EXTENDED_IDENTITY, EXTENSION)
_TOKEN_CHARACTERS_MAX = 64

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Who answers."""

    institution: UUID
    name: str
    lei: str
    certificate: Path

    def identity(self) -> bytes:
        """Name, LEI and the certificate that we call with; only the leaf of the chain."""
        end = "-----END CERTIFICATE-----"
        leaf = self.certificate.read_text("ascii").partition(end)[0] + end + "\n"
        return messages.write(PeerIdentity(self.name, self.lei, leaf[leaf.index("-----BEGIN") :]))


def application(ourselves: Ourselves) -> Starlette:
    """What the server serves."""
    started, identity = time.monotonic(), ourselves.identity()
    limiter = anyio.CapacityLimiter(THREADS)

    async def tell_identity(_: Request) -> Response:
        return Response(identity, media_type=JSON)

    async def tell_version(_: Request) -> Response:
        return Response(messages.write(PeerVersion(str(NEWEST), f"Sanad {sanad.__version__}")), media_type=JSON)

    async def tell_uptime(_: Request) -> Response:
        return Response(str(int(time.monotonic() - started)), media_type=TEXT)

    async def tell_extensions(_: Request) -> Response:
        return Response(messages.write(PeerExtensions([], list(EXTENSIONS))), media_type=JSON)

    async def take(request: Request, act: Callable[[Message], Reply]) -> Response:
        message = await _message_of(request)
        # Threads hold the tables' connections; what is decided is on the disk before the answer goes.
        reply = await anyio.to_thread.run_sync(act, message, limiter=limiter)
        return Response(reply.body, reply.status, media_type=JSON if reply.body else None)

    async def inquiry(request: Request) -> Response:
        if request.query_params.get("t", "i") != "i":
            raise Unreadable("t", "trp.query", "ask with t=i; there is nothing else here")
        token = str(request.path_params.get("account", ""))
        if len(token) > _TOKEN_CHARACTERS_MAX:
            raise HTTPException(404)
        return await take(request, partial(receive_inquiry, ourselves.institution, account_token=token))

    async def resolution(request: Request) -> Response:
        return await take(request, partial(receive_resolution, ourselves.institution, request.path_params["transfer"]))

    async def confirmation(request: Request) -> Response:
        return await take(
            request, partial(receive_confirmation, ourselves.institution, request.path_params["transfer"])
        )

    routes = [
        *(
            Route(f"/{name}", _checked(handler, is_strict=name != "version"), methods=["GET"])
            for name, handler in (
                ("identity", tell_identity), ("version", tell_version), ("uptime", tell_uptime),
                ("extensions", tell_extensions),
            )
        ),
        *(
            Route(path, _checked(inquiry), methods=["POST"])
            for path in ("/transfers", "/transfers/a/{account}", "/transfers/w/{account}")
        ),
        Route("/transfers/{transfer:uuid}/resolve", _checked(resolution), methods=["POST"]),
        Route("/transfers/{transfer:uuid}/confirm", _checked(confirmation), methods=["POST"]),
    ]  # fmt: skip
    served = Starlette(routes=routes, exception_handlers={HTTPException: _of_the_framework})
    served.router.redirect_slashes = False  # whoever sends personal data is not sent elsewhere with it
    return served


# --- headers and bodies -----------------------------------------------------------------------------------------------


def _checked(handler: Handler, *, is_strict: bool = True) -> Handler:
    """Version and identifier are looked at before anything else, and echoed with every answer."""

    async def checked(request: Request) -> Response:
        if sum(len(name) + len(value) for name, value in request.headers.raw) > HEAD_OCTETS_MAX:
            return _problem(431, "trp.head", f"send headers of at most {HEAD_OCTETS_MAX:,} bytes")
        spoken = negotiated(Version.parse(request.headers.get(versions.HEADER, "")))
        identifier = request.headers.get(versions.IDENTIFIER_HEADER, "")
        if spoken is None and is_strict:
            advice = f"send {versions.HEADER} from {OLDEST} up to {NEWEST}, such as {USUAL}"
            answer = _problem(400, "trp.version", advice)
        else:
            request.state.version = str(spoken or USUAL)
            answer = await _answered(handler, request)
        answer.headers[versions.HEADER] = str(spoken or USUAL)
        if _is_uuid(identifier):
            answer.headers[versions.IDENTIFIER_HEADER] = identifier
        return answer

    return checked


async def _answered(handler: Handler, request: Request) -> Response:
    try:
        return await handler(request)
    except HTTPException as error:
        return _problem(error.status_code, "http", error.detail)
    except ClientDisconnect:
        return _problem(400, "trp.body", "the message ended before its end")
    except TimeoutError:
        return _problem(408, "trp.time", f"send a message within {BODY_SECONDS} seconds")
    except (SanadError, DatabaseError) as error:
        return _of_error(error)


def _of_error(error: SanadError | DatabaseError) -> Response:
    if isinstance(error, Unreadable):
        return _problem(400, error.code, f"{error.field}: {error.advice}")
    if isinstance(error, Malformed):
        return _problem(422, error.code, f"{error.field}: {error.advice}")
    if isinstance(error, Refused):
        return _problem(error.status, error.right, error.advice)
    seconds = error.retry_after_seconds if isinstance(error, Unavailable) else 5
    answer = _problem(503, "unavailable", "we cannot take it now; the same message again is safe")
    answer.headers["retry-after"] = str(seconds)
    return answer


async def _message_of(request: Request) -> Message:
    identifier = request.headers.get(versions.IDENTIFIER_HEADER, "")
    if not _is_uuid(identifier):
        raise Unreadable(versions.IDENTIFIER_HEADER, "trp.identifier", "send a UUID that names the transfer")
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media != "application/json":
        raise HTTPException(415, "send application/json")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, "send the message as it is, without a content-encoding")
    body = await _body_of(request)
    return Message(Caller(request.state.peer_certificate), UUID(identifier), request.state.version, body)


async def _body_of(request: Request) -> bytes:
    """The body, at most `BODY_OCTETS_MAX`. What is longer is read and forgotten, so that the answer can be heard."""
    body, octets = bytearray(), 0
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.stream():
            octets += len(chunk)
            if octets <= BODY_OCTETS_MAX:
                body += chunk
            elif octets > DRAINED_OCTETS_MAX:
                break
    if octets > BODY_OCTETS_MAX:
        raise HTTPException(413, f"send at most {BODY_OCTETS_MAX:,} bytes")
    return bytes(body)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) == 36


def _problem(status: int, code: str, advice: str) -> Response:
    document = {"type": "about:blank", "status": status, "code": code, "detail": advice}
    return Response(msgspec.json.encode(document), status, media_type=PROBLEM)


async def _of_the_framework(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = _problem(status, "http", str(getattr(error, "detail", "")))
    answer.headers.update(getattr(error, "headers", None) or {})
    answer.headers[versions.HEADER] = str(USUAL)
    return answer


# --- connections ------------------------------------------------------------------------------------------------------


class CertifiedConnection(H11Protocol):
    """A connection that tells the application whose certificate it came with.

    It is broken off when no request comes, when a head, or what is left of a body that nobody reads, comes too slowly,
    and when a certificate has too many others: one institution must not keep all the rest out.
    """

    _open: ClassVar[Counter[bytes]] = Counter()
    _certificate = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """TLS has verified the certificate already; without one there is no connection."""
        super().connection_made(transport)
        self._patience: asyncio.TimerHandle | None = None
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        if not certificate or self._open[certificate] >= CONNECTIONS_A_CERTIFICATE_MAX:
            transport.abort()
            return
        self._certificate = certificate
        self._open[certificate] += 1
        self.app_state = {**self.app_state, "peer_certificate": certificate}
        self._wait(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """As the protocol takes it; what is not whole yet has its time."""
        super().data_received(data)
        self._wait_for_the_rest()

    def on_response_complete(self) -> None:
        """As the protocol does; a body that was not read to its end has its time."""
        super().on_response_complete()
        self._wait_for_the_rest()

    def _wait_for_the_rest(self) -> None:
        is_in_head = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        is_left_over = self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE
        if is_in_head or is_left_over:
            self._wait(HEAD_SECONDS if is_in_head else BODY_SECONDS)
        else:
            self._stop_waiting()

    def _wait(self, seconds: float) -> None:
        if self._patience is None:
            # Not closed but broken off: to close TLS waits for the other side, who has shown how long that can take.
            self._patience = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock, and the connection."""
        self._stop_waiting()
        if self._certificate:
            self._open[self._certificate] -= 1
            if not self._open[self._certificate]:
                del self._open[self._certificate]
            self._certificate = b""
        super().connection_lost(exc)


class PeerServer(uvicorn.Server):
    """A server that says when it can be reached."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], object]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()
