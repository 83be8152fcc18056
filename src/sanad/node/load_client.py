"""A client that costs little, for `sanad bench`: many messages over a few kept connections, each latency measured.

Plain callbacks on sockets: no task, no object for a request or response, so that on two cores it is the node that is
measured. One message at a time on each connection: the number of connections bounds what is in flight.
"""

import asyncio
import re
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import uvloop

from sanad.base.errors import Malformed, Unavailable

CONNECTIONS_MAX = 256
ATTEMPTS_MAX = 100
"""Most times that one message is sent, when the node answers 429 or 503 or closes the connection."""
_ANSWER_SIZE_MAX = 1 << 20
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,9})\r\n", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *([0-9]{1,4})\r\n", re.IGNORECASE)
_TICK_SECONDS = 0.001

OnReceipt = Callable[[int, bytes], None]


@dataclass(slots=True)
class LoadResult:
    """What a run measured."""

    seconds: float = 0.0
    latencies_ns: "array[int]" = field(default_factory=lambda: array("q"))
    """Of each answered message: from when it was due (at a rate) or sent, to its last byte back."""
    statuses: Counter[int] = field(default_factory=Counter)
    sent_again: int = 0

    def summary(self) -> dict[str, float]:
        """Messages a second, and milliseconds at p50, p99, p99.9 and the most."""
        ordered = sorted(self.latencies_ns)

        def at(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6, 3) if ordered else 0.0

        return {
            "messages_per_second": round(len(ordered) / self.seconds, 1) if self.seconds else 0.0,
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "p99_9_ms": at(0.999),
            "max_ms": at(1.0),
            "refused": sum(count for status, count in self.statuses.items() if status != 200),
            "sent_again": self.sent_again,
        }


class LoadClient:
    """Sends messages to `http://host:port` over so many connections."""

    def __init__(self, address: str, connections: int, *, stall_seconds: float = 60.0) -> None:
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname is None or parts.port is None:
            raise Malformed("address", "address_bad", "write the node's address as http://host:port")
        if not 1 <= connections <= CONNECTIONS_MAX:
            raise Malformed("connections", "out_of_range", f"use 1 to {CONNECTIONS_MAX} connections")
        self._host, self._port = parts.hostname, parts.port
        self._connections = connections
        self._stall_seconds = stall_seconds

    def run(
        self, messages: Iterable[bytes], per_second: float | None = None, on_receipt: OnReceipt | None = None
    ) -> LoadResult:
        """Send all; at a rate if one is given, else as fast as answers come. `on_receipt` gets (number from 0, bytes).

        Raises `Unavailable` when the node goes away or gives no answer for `stall_seconds`.
        """
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(self._run(messages, per_second, on_receipt))

    async def _run(
        self, messages: Iterable[bytes], per_second: float | None, on_receipt: OnReceipt | None
    ) -> LoadResult:
        run = _Run(asyncio.get_running_loop(), iter(messages), self._host, self._port, per_second, on_receipt)
        started = time.perf_counter_ns()
        await run.connect(self._connections)
        run.start()
        try:
            while not run.finished.done():
                seen = len(run.result.latencies_ns)
                await asyncio.wait([run.finished], timeout=self._stall_seconds)
                if not run.finished.done() and len(run.result.latencies_ns) == seen:
                    raise Unavailable(f"no answer came for {self._stall_seconds:g} s; see that the node runs")
            run.finished.result()
        finally:
            run.close()
        run.result.seconds = (time.perf_counter_ns() - started) / 1e9
        return run.result


@dataclass(slots=True)
class _Job:
    """One message on its way."""

    number: int
    raw: bytes
    since_ns: int
    attempts: int = 0


class _Run:
    """One run: hands out messages to connections, and ends when all are answered."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        messages: Iterator[bytes],
        host: str,
        port: int,
        per_second: float | None,
        on_receipt: OnReceipt | None,
    ) -> None:
        self.loop = loop
        self.result = LoadResult()
        self.finished: asyncio.Future[None] = loop.create_future()
        self.head = (
            f"POST /messages HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/octet-stream\r\n".encode()
        )
        self._messages = messages
        self._address = (host, port)
        self._per_second = per_second
        self._on_receipt = on_receipt
        self._number = 0
        self._open_jobs = 0
        self._exhausted = False
        self._start_ns = 0
        self._connections: list[_Connection] = []
        self._idle: list[_Connection] = []
        self._again: deque[_Job] = deque()

    async def connect(self, count: int) -> None:
        try:
            for _ in range(count):
                _, connection = await self.loop.create_connection(lambda: _Connection(self), *self._address)
                self._connections.append(connection)
        except OSError as error:
            raise Unavailable(f"no connection to {self._address[0]}:{self._address[1]}; start the node") from error

    def start(self) -> None:
        self._start_ns = time.perf_counter_ns()
        self._idle = list(self._connections)
        self._feed()
        if self._per_second is not None:
            self._tick()

    def close(self) -> None:
        for connection in self._connections:
            connection.abandon()

    def answered(self, connection: "_Connection", job: _Job, status: int, body: bytes) -> None:
        """Count the answer, and give the connection its next message."""
        self.result.latencies_ns.append(time.perf_counter_ns() - job.since_ns)
        self.result.statuses[status] += 1
        self._open_jobs -= 1
        if self._on_receipt is not None and status == 200:
            self._on_receipt(job.number, body)
        self._idle.append(connection)
        self._feed()

    def send_again(self, connection: "_Connection", job: _Job, after_seconds: float) -> None:
        """The same message once more: the node answered 429 or 503."""
        if job.attempts >= ATTEMPTS_MAX:
            self.fail(Unavailable(f"the node did not take a message in {ATTEMPTS_MAX} attempts"))
            return
        self.result.sent_again += 1
        self.loop.call_later(after_seconds, self._ready_again, connection, job)

    def lost(self, connection: "_Connection", job: _Job | None) -> None:
        """The node closed a connection: open another, and send again what was on it."""
        if self.finished.done():
            return
        self._connections.remove(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if job is not None:
            if job.attempts >= ATTEMPTS_MAX:
                self.fail(Unavailable("the node closes its connections; see its log"))
                return
            self._again.append(job)
        task = self.loop.create_task(self._replace())
        task.add_done_callback(self._replaced)

    def fail(self, error: Exception) -> None:
        """End the run."""
        if not self.finished.done():
            self.finished.set_exception(error)

    def _ready_again(self, connection: "_Connection", job: _Job) -> None:
        self._again.append(job)
        if connection.is_open:
            self._idle.append(connection)
        self._feed()

    async def _replace(self) -> None:
        await self.connect(1)
        self._idle.append(self._connections[-1])
        self._feed()

    def _replaced(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.fail(error)

    def _tick(self) -> None:
        if not self.finished.done():
            self._feed()
            self.loop.call_later(_TICK_SECONDS, self._tick)

    def _feed(self) -> None:
        """Messages that are due, to connections that are idle."""
        while self._idle and (job := self._next_job()) is not None:
            self._idle.pop().send(job)
        if self._exhausted and not self._open_jobs and not self.finished.done():
            self.finished.set_result(None)

    def _next_job(self) -> _Job | None:
        """What is to be sent now: something once more, or the next message when it is due."""
        if self._again:
            return self._again.popleft()
        now = time.perf_counter_ns()
        due = now
        if self._per_second is not None:
            # At a rate a message's time runs from when it was due, so that a stall is not left out of the figures.
            due = self._start_ns + int(self._number * 1e9 / self._per_second)
        if self._exhausted or due > now:
            return None
        raw = next(self._messages, None)
        if raw is None:
            self._exhausted = True
            return None
        self._open_jobs += 1
        self._number += 1
        return _Job(self._number - 1, raw, due)


class _Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._job: _Job | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport) or hasattr(transport, "write"):
            self._transport = transport  # type: ignore[assignment]
            self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        if self.is_open:
            self.is_open = False
            job, self._job = self._job, None
            self._run.lost(self, job)

    def abandon(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def send(self, job: _Job) -> None:
        self._job = job
        job.attempts += 1
        if self._transport is not None:
            self._transport.writelines([self._run.head, b"content-length: %d\r\n\r\n" % len(job.raw), job.raw])

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            self._check_size()
            return
        head = self._buffer[:end]
        length = _LENGTH.search(head)
        if length is None or self._job is None or not head.startswith(b"HTTP/1.1 "):
            self._run.fail(Unavailable("what answers there does not answer as a node; check the address"))
            return
        whole = end + int(length[1])
        if len(self._buffer) < whole:
            self._check_size()
            return
        status, body = int(head[9:12]), self._buffer[end:whole]
        self._buffer = self._buffer[whole:]
        job, self._job = self._job, None
        if status in {429, 503}:
            after = _RETRY_AFTER.search(head)
            self._run.send_again(self, job, min(1.0, float(after[1])) if after else 0.1)
            return
        self._run.answered(self, job, status, body)

    def _check_size(self) -> None:
        if len(self._buffer) > _ANSWER_SIZE_MAX:
            self._run.fail(Unavailable("an answer is larger than a node's; check the address"))
