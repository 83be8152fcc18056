"""`POST /messages`: from the bytes of a request to the receipt, without a framework.

A bare ASGI function, and the parts that it shares with the short way (`http_direct`), which most messages take.
What it checks is the edge only: size, time, memory, rate. Form, signature and order are the core's.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.node import http_json, receipts
from sanad.node.http_limits import BytesInFlight, Limits, RateLimiter
from sanad.node.http_problems import Answer, method_not_allowed, options
from sanad.node.service import NodeService
from sanad.rulebook.message import HEADER_SIZE

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

METHODS = "POST, OPTIONS"
BODY_IS_READ = "sanad.body_is_read"
"""Set in a scope once nothing of its body is left on the connection."""
_OCTETS = b"application/octet-stream"
_RECEIPT_HEADERS = [(b"content-type", _OCTETS), (b"cache-control", b"no-store")]
_JSON_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class ClientLeft(Exception):
    """The sender closed the connection before its message was whole."""


class Submission:
    """Takes messages from connections to the core, and receipts back."""

    def __init__(self, service: NodeService, limits: Limits) -> None:
        self._service = service
        self._limits = limits
        self._rates = RateLimiter(limits.messages_per_second, limits.messages_at_once)
        self.arrivals = Arrivals()
        self.in_flight = BytesInFlight(limits.bytes_in_flight_max)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer to a request for /messages.

        Raises `Malformed`, `Refused` and `Unavailable`, of the edge or of the core, and `ClientLeft`.
        """
        if scope["method"] != "POST":
            return options(METHODS) if scope["method"] == "OPTIONS" else method_not_allowed(METHODS, close=True)
        declared, accepts_json, tongue = self._head(scope)
        self.in_flight.check(declared)
        counted = _Counted(self.in_flight)
        try:
            raw = await self._body(receive, counted)
            scope[BODY_IS_READ] = True
            client = scope.get("client")
            future = self.take(raw, client[0] if client else "")
            receipt = await self.arrivals.wait(future, self._limits.answer_seconds)
        finally:
            counted.release()
        if not accepts_json:
            return receipt_answer(receipt)
        parsed = receipts.decode(receipt)
        orders: Mapping[int, int] = {}
        if http_json.asks_for_orders(parsed):
            orders = await asyncio.to_thread(self._service.orders_behind, parsed.entry)
        document = http_json.receipt(parsed, receipt, http_json.language(tongue), orders)
        return Answer(200, _JSON_HEADERS, http_json.encode(document))

    def take(self, raw: bytes, address: str) -> Future[bytes]:
        """Hand a whole message to the core, if its sender may send one now. Raises what `answer` raises."""
        self._check_rate(raw, address)
        return self._service.submit(raw)

    def _head(self, scope: Scope) -> tuple[int, bool, str]:
        """Declared length (0 = not known), whether JSON is asked for, the languages asked for."""
        declared, accepts_json, tongue = 0, False, ""
        for name, value in scope["headers"]:
            if name == b"content-length":
                declared = self._length(value)
            elif name == b"accept":
                accepts_json = b"application/json" in value
            elif name == b"content-type":
                if value.partition(b";")[0].strip().lower() != _OCTETS:
                    raise Malformed(
                        "content-type", "content_type", "send the message's bytes as application/octet-stream"
                    )
            elif name == b"content-encoding":
                raise Malformed("content-encoding", "content_encoding", "send the message as it is, not compressed")
            elif name == b"accept-language":
                tongue = value.decode("latin-1")
        return declared, accepts_json, tongue

    def _length(self, value: bytes) -> int:
        if not value.isdigit() or len(value) > 18:
            raise Malformed("content-length", "out_of_range", "give the number of bytes in digits")
        if int(value) > self._limits.message_size_max:
            raise self._oversize()
        return int(value)

    def _oversize(self) -> Refused:
        return Refused(
            "message size", f"a message has at most {self._limits.message_size_max} bytes; send several messages", 413
        )

    async def _body(self, receive: Receive, counted: "_Counted") -> bytes:
        """The whole body, joined once. Raises when it is too long, too slow, or breaks off."""
        pieces: list[bytes] = []
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    event = await receive()
                    if event["type"] != "http.request":
                        raise ClientLeft
                    piece = event.get("body", b"")
                    counted.add(len(piece))
                    if counted.size > self._limits.message_size_max:
                        raise self._oversize()
                    if not event.get("more_body", False):
                        break
                    pieces.append(piece)
        except TimeoutError:
            raise body_too_slow(self._limits) from None
        return b"".join([*pieces, piece]) if pieces else piece

    def _check_rate(self, raw: bytes, address: str) -> None:
        """Count the message for the institution that it claims, at the address that it came from."""
        institution = int.from_bytes(raw[24:28], "little") if len(raw) >= HEADER_SIZE else 0
        if self._service.institution_class(institution) is None:
            institution = 0  # all that is claimed and does not exist shares one bucket an address
        self._rates.take((institution, address))


def receipt_answer(receipt: bytes) -> Answer:
    """The answer that is a receipt's bytes."""
    return Answer(200, _RECEIPT_HEADERS, receipt)


def body_too_slow(limits: Limits) -> Refused:
    """The end of waiting for a body."""
    advice = f"the message was not here within {limits.body_seconds:g} s; send it again, faster"
    return Refused("body time", advice, 408)


def no_answer_yet() -> Unavailable:
    """The end of waiting for the core."""
    return Unavailable("the message was taken and has no answer yet; the same message is safe to send")


def result_of(future: Future[bytes]) -> bytes:
    """The receipt of a future that is done. Raises what it raises, `Unavailable` when it was cancelled."""
    try:
        return future.result()
    except CancelledError:
        raise Unavailable("the node is stopping; the same message is safe to send when it is back") from None


class _Counted:
    """The bytes of one message, while they are in flight."""

    __slots__ = ("_all", "size")

    def __init__(self, in_flight: BytesInFlight) -> None:
        self._all = in_flight
        self.size = 0

    def add(self, size: int) -> None:
        self._all.add(size)
        self.size += size

    def release(self) -> None:
        self._all.remove(self.size)


class Arrivals:
    """Brings answers from the writer's thread to the loop's, all that are ready in one step.

    The writer ends thousands of futures at once, and waking the loop for each would cost it more than its own work.
    """

    def __init__(self) -> None:
        self._ready: deque[tuple[Callable[[Future[bytes]], None], Future[bytes]]] = deque()
        self._is_woken = False

    def tell(self, future: Future[bytes], then: Callable[[Future[bytes]], None]) -> None:
        """Call `then(future)` on the loop's thread once it is done: now, if it is. `then` must not raise."""
        if future.done():
            then(future)
        else:
            future.add_done_callback(functools.partial(self._arrived, asyncio.get_running_loop(), then))

    async def wait(self, future: Future[bytes], seconds: float) -> bytes:
        """The future's result or exception. Raises `Unavailable` when it does not come, or was cancelled."""
        if not future.done():
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.tell(future, functools.partial(_wake, waiter))
            try:
                async with asyncio.timeout(seconds):
                    await waiter
            except TimeoutError:
                raise no_answer_yet() from None
        return result_of(future)

    def _arrived(
        self, loop: asyncio.AbstractEventLoop, then: Callable[[Future[bytes]], None], future: Future[bytes]
    ) -> None:
        """On the writer's thread. The flag is cleared before the queue is emptied, so nothing is left behind."""
        self._ready.append((then, future))
        if not self._is_woken:
            self._is_woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._is_woken = False
        while self._ready:
            then, future = self._ready.popleft()
            then(future)


def _wake(waiter: "asyncio.Future[None]", _: Future[bytes]) -> None:
    if not waiter.done():  # it has timed out, or the connection went away
        waiter.set_result(None)
