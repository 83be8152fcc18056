"""The short way of `POST /messages`: from the connection to the core and back, without parser, task or ASGI.

A submission with a plain head (`http_head`) is gathered and answered by the connection itself. It meets the same
bounds and gets the same bytes as on the long way, through uvicorn and `http_application`, for a third of the cost.
All else is handed to the long way untouched, and only where a request begins: between two requests, with the parser at
rest, so that the two ways can never disagree on where a request ends.
"""

import time
from asyncio import TimerHandle
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sanad.node.http_application import Application
from sanad.node.http_head import plain_head
from sanad.node.http_limits import Limits
from sanad.node.http_problems import Answer, answer_to
from sanad.node.http_protocol import BoundedProtocol, as_bytes
from sanad.node.http_submit import body_too_slow, no_answer_yet, receipt_answer, result_of


def direct_protocol(given: Limits, serving: Application) -> type[HttpToolsProtocol]:
    """The protocol class with these limits, before this application: uvicorn makes the objects."""

    class WithLimits(DirectProtocol):
        limits = given
        application = serving

    return WithLimits


@dataclass(slots=True, eq=False)
class _Request:
    """One submission under way."""

    missing: int
    """Bytes of the body that are still to come."""
    started_ns: int
    size: int = 0
    """Bytes that are counted as in flight."""
    pieces: list[bytes] = field(default_factory=list)


class DirectProtocol(BoundedProtocol):
    """One connection: one submission at a time, or the long way."""

    application: Application

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._request: _Request | None = None
        self._kept = b""
        """What came before its turn; reading is paused while there is any."""
        self._parser_rests = True
        self._is_last = False
        self._deadline: float | None = None
        self._timer: TimerHandle | None = None
        self._timer_at = 0.0

    # --- what comes in ------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes of the submission under way, or what comes next."""
        if self.transport.is_closing():
            return
        if self._request is not None and self._request.missing:
            self._gather(self._request, data)
        elif self._request is not None or self._kept:
            self._keep(data)
        elif not self._parser_rests or not self._is_between_requests():
            super().data_received(data)
        elif self.flow.write_paused:
            self._keep(data)  # the client does not read its answers: it gets no more of them
        elif not self._begin(data):
            self._deadline = None  # the long way has its own times
            super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins on the long way."""
        self._parser_rests = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """It has ended, its body too: what comes next is a new request, whoever reads it."""
        self._parser_rests = not self.parser.should_upgrade()
        super().on_message_complete()

    def _begin(self, data: bytes) -> bool:
        """Begin a submission, unless its head or the state of the node calls for the long way."""
        head = plain_head(data)
        limits, in_flight = self.limits, self.application.submission.in_flight
        if (
            head is None
            or head.size > limits.head_bytes_max
            or head.headers > limits.headers_max
            or head.length > limits.message_size_max
            or in_flight.now + head.length > in_flight.most
        ):
            return False
        self._head_since, self._head_bytes = None, 0
        self._unset_keepalive_if_required()
        self._request = _Request(head.length, time.perf_counter_ns())
        if len(data) - head.size < head.length:
            self._expect_within(limits.body_seconds)
        self._gather(self._request, data[head.size :])
        return True

    def _gather(self, request: _Request, piece: bytes) -> None:
        if len(piece) > request.missing:
            self._keep(piece[request.missing :])
            piece = piece[: request.missing]
        try:
            self.application.submission.in_flight.add(len(piece))
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender gets an answer
            self._finish(request, answer_to(error, close=True))
            return
        request.size += len(piece)
        request.missing -= len(piece)
        request.pieces.append(piece)
        if not request.missing:
            self._submit(request)

    def _keep(self, data: bytes) -> None:
        self._kept += data
        self.flow.pause_reading()

    def _go_on(self) -> None:
        """With what came before its turn, if its turn has come."""
        if self._request is None and self._kept and not self.flow.write_paused and not self.transport.is_closing():
            data, self._kept = self._kept, b""
            self.flow.resume_reading()
            self.data_received(data)

    # --- the core and its answer --------------------------------------------------------------------------------

    def _submit(self, request: _Request) -> None:
        raw = request.pieces[0] if len(request.pieces) == 1 else b"".join(request.pieces)
        request.pieces = []
        submission = self.application.submission
        try:
            future = submission.take(raw, self.client[0] if self.client else "")
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender gets an answer
            self._finish(request, answer_to(error))
            return
        self._expect_within(self.limits.answer_seconds)
        submission.arrivals.tell(future, partial(self._answered, request))

    def _answered(self, request: _Request, future: Future[bytes]) -> None:
        if self._request is not request:  # it came too late and was answered so
            return
        try:
            answer = receipt_answer(result_of(future))
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender gets an answer
            answer = answer_to(error)
        self._finish(request, answer)

    def _finish(self, request: _Request, answer: Answer) -> None:
        """Answer, and be ready for the next request."""
        self._request, self._deadline = None, None
        self.application.submission.in_flight.remove(request.size)
        self.application.submitted(answer.status, request.started_ns)
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._stop_timer()
            return
        closes = self._is_last or (b"connection", b"close") in answer.headers
        self.transport.write(as_bytes(answer, self.server_state.default_headers, close=closes))
        if closes:
            self.transport.close()
        elif self._kept:
            self.loop.call_soon(self._go_on)  # not at once: many small requests would be as many calls deep
        else:
            self._expect_within(self.limits.idle_seconds)

    # --- time and end -------------------------------------------------------------------------------------------

    def _expect_within(self, seconds: float) -> None:
        """Something comes within so many seconds, or it is too late. One timer a connection, which is seldom moved."""
        self._deadline = self.loop.time() + seconds
        if self._timer is None or self._timer_at > self._deadline:
            self._set_timer(self._deadline)

    def _set_timer(self, at: float) -> None:
        self._stop_timer()
        self._timer, self._timer_at = self.loop.call_at(at, self._look_at_deadline), at

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at_deadline(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self.loop.time() < self._deadline:
            self._set_timer(self._deadline)
        elif self._request is None:
            self.transport.close()
        elif self._request.missing:
            self._finish(self._request, answer_to(body_too_slow(self.limits), close=True))
        else:
            self._finish(self._request, answer_to(no_answer_yet()))

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._kept:
            self.loop.call_soon(self._go_on)

    def shutdown(self) -> None:
        """The node stops: answer what is under way, then end."""
        if self._request is None:
            super().shutdown()
        else:
            self._is_last = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a message that is not whole. One that is whole stays counted until the core has answered."""
        self._kept = b""
        if self._request is not None and self._request.missing:
            self.application.submission.in_flight.remove(self._request.size)
            self.application.log_request("POST", "/messages", 0, self._request.started_ns)
            self._request = None
        if self._request is None:
            self._stop_timer()
        super().connection_lost(exc)
