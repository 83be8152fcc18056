"""One connection of the node's interface: uvicorn's protocol, bounded where it is not.

uvicorn bounds neither the size nor the time of a request's head, nor how long a client may leave what we wrote unread.
Here it is bounded, and what is no HTTP is answered as problem+json too.
"""

from asyncio import Transport
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sanad.base.errors import Unavailable
from sanad.node.http_limits import Limits
from sanad.node.http_problems import Answer, from_error, problem

_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
_CLOSE = (b"connection", b"close")


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    limits: Limits
    _head_since: float | None = None
    _head_bytes = 0
    _unread = 0
    _watch: Any = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin the time of the first head; refuse what is one connection too many."""
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._watch = self.loop.call_later(self.limits.head_seconds, self._look_after)
        if len(self.connections) > self.limits.connections_max:
            self._refuse(from_error(Unavailable("the node has as many connections as it takes")))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking after it."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; end a head that grows without end."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._head_since is None and self._is_between_requests():
            self._head_since = self.loop.time()  # bytes of no request, such as empty lines: they have their time too
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes_max:
                self._refuse(_head_too_large())

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head_since = self.loop.time()
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head ends."""
        self._head_since = None
        if len(self.headers) > self.limits.headers_max or len(self.url) > self.limits.target_bytes_max:
            raise ValueError("the head is too large")  # the parser gives up; uvicorn calls send_400_response
        if len(self.pipeline) >= self.limits.pipelined_max:
            raise ValueError("too many requests are waiting")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's sentence, we have our own
        """Answer what the parser does not take."""
        too_large = (
            len(self.headers or ()) > self.limits.headers_max or len(self.url or b"") > self.limits.target_bytes_max
        )
        self._refuse(_head_too_large() if too_large else _not_http())

    def _is_between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _is_in_a_body(self) -> bool:
        return self.cycle.more_body and not self.cycle.response_started and not self.pipeline

    def _look_after(self) -> None:
        """Once each `head_seconds`: end a head that is too slow, and a client that reads nothing."""
        self._watch = self.loop.call_later(self.limits.head_seconds, self._look_after)
        unread = self.transport.get_write_buffer_size()
        if unread and unread == self._unread:
            self.transport.abort()
        self._unread = unread
        if self._head_since is not None and self.loop.time() - self._head_since >= self.limits.head_seconds:
            self._refuse(_head_too_slow())

    def _refuse(self, answer: Answer) -> None:
        """Answer what is not a whole request, unless an earlier one waits for its own answer; end the connection."""
        if self.transport.is_closing():
            return
        if self._is_between_requests() or self._is_in_a_body():
            self.transport.write(as_bytes(answer, close=True))
        self.transport.close()


def _head_too_large() -> Answer:
    return problem("refused", 431, "path or headers are too large; send less", code="head_size", right="head size")


def _head_too_slow() -> Answer:
    return problem(
        "refused", 408, "the request's head did not come in time; send it at once", code="head_time", right="head time"
    )


def _not_http() -> Answer:
    return problem("malformed", 400, "this is not HTTP/1.1; see RFC 9112", code="not_http", field="request")


def as_bytes(answer: Answer, first: Sequence[tuple[bytes, bytes]] = (), *, close: bool) -> bytes:
    """The answer as it travels (RFC 9112 §4), with other headers before its own; `close` when it is the last one."""
    lines = [_STATUS_LINES[answer.status]]
    lines += [b"%b: %b\r\n" % header for header in first]
    lines += [b"%b: %b\r\n" % header for header in answer.headers]
    lines.append(b"content-length: %d\r\n" % len(answer.body))
    lines.append(b"connection: close\r\n\r\n" if close and _CLOSE not in answer.headers else b"\r\n")
    lines.append(answer.body)
    return b"".join(lines)
