"""The short way of `POST /messages` on real sockets: the same answers to the byte as the long way, and no third way.

A head with one more header, `accept-language`, takes the long way; nothing else differs.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from sanad.base.errors import Fault, Malformed, Refused, SanadError, Unavailable
from sanad.node.http import HttpServer
from sanad.node.http_direct import DirectProtocol
from sanad.node.http_limits import Limits
from sanad.rulebook.message import MESSAGE_SIZE_MAX
from tests.unit.node_http.fake import RAW, RECEIPT, FakeService

LIMITS = {"body_seconds": 0.4, "head_seconds": 0.4, "answer_seconds": 0.4, "idle_seconds": 0.4, "shutdown_seconds": 2}
SHORT = b"POST /messages HTTP/1.1\r\nhost: node\r\n"
LONG = SHORT + b"accept-language: en\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nhost: node\r\n\r\n"


def request(head: bytes, body: bytes = RAW) -> bytes:
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


class Core(FakeService):
    """A core whose answers the test gives, or raises, at once or later."""

    def __init__(self, error: Exception | None = None, *, holds: bool = False, raises: bool = False) -> None:
        super().__init__(error=error)
        self.holds = holds
        self.raises = raises
        self.held: list[Future[bytes]] = []

    def submit(self, raw: bytes) -> Future[bytes]:
        if self.raises and self.error is not None:
            raise self.error
        if not self.holds:
            return super().submit(raw)
        self.taken.append(raw)
        self.held.append(Future())
        return self.held[-1]


class Serving:
    """The interface on a port, in a thread."""

    def __init__(self, core: Core, **limits: float) -> None:
        started = threading.Event()
        self.core = core
        self.server = HttpServer(core, port=0, limits=Limits(**{**LIMITS, **limits}), started=started.set)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        assert started.wait(10)

    def connect(self) -> socket.socket:
        host, port = self.server.address.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=10)

    def says(self, *parts: bytes, pause_seconds: float = 0.02) -> bytes:
        """All that comes until the node closes: at the latest when the connection has been idle."""
        with self.connect() as client:
            for part in parts:
                client.sendall(part)
                time.sleep(pause_seconds)
            answer = b""
            while piece := client.recv(65_536):
                answer += piece
            return answer

    @property
    def in_flight(self) -> int:
        return self.server._application.submission.in_flight.now

    def stop(self) -> None:
        for future in self.core.held:
            future.cancel()
        self.server.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@contextmanager
def serving(core: Core | None = None, **limits: float) -> Iterator[Serving]:
    one = Serving(core or Core(), **limits)
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def short_ways(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each attempt at the short way was taken."""
    seen: list[bool] = []
    begin = DirectProtocol._begin

    def counted(self: DirectProtocol, data: bytes) -> bool:
        seen.append(begin(self, data))
        return seen[-1]

    monkeypatch.setattr(DirectProtocol, "_begin", counted)
    return seen


def without_date(answer: bytes) -> bytes:
    return re.sub(rb"\r\ndate: [^\r]*", b"\r\ndate: ", answer)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("core", "limits", "body"),
    [
        (Core(), {}, RAW),
        (Core(), {}, bytes(MESSAGE_SIZE_MAX)),
        (Core(Malformed("body", "truncated", "send all")), {}, RAW),
        (Core(Malformed("body", "truncated", "send all"), raises=True), {}, RAW),
        (Core(Refused("key", "use another", 401), raises=True), {}, RAW),
        (Core(Refused("sequence", "it is taken", 409)), {}, RAW),
        (Core(Unavailable("the queue is full", 7), raises=True), {}, RAW),
        (Core(Fault("books balance"), raises=True), {}, RAW),
        (Core(Fault("books balance")), {}, RAW),
        (Core(KeyError("secret")), {}, RAW),
        (Core(SanadError("another"), raises=True), {}, RAW),
        (Core(holds=True), {}, RAW),
        (Core(), {"messages_at_once": 1, "messages_per_second": 1}, RAW),
        (Core(), {"bytes_in_flight_max": 100}, RAW),
        (Core(), {"message_size_max": 100}, RAW),
    ],
)
def test_both_ways_give_the_same_bytes(
    core: Core, limits: dict[str, float], body: bytes, short_ways: list[bool]
) -> None:
    core.held.clear()
    with serving(core, **limits) as node:
        short = node.says(request(SHORT, body) * 2)
    takes_short_way = "bytes_in_flight_max" not in limits and "message_size_max" not in limits
    assert short_ways[0] == takes_short_way
    with serving(core, **limits) as node:
        long = node.says(request(LONG, body) * 2)
        assert node.in_flight == 0
    assert without_date(short) == without_date(long)
    assert short.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize("head", [SHORT, LONG])
def test_a_body_that_is_too_slow(head: bytes) -> None:
    with serving() as node:
        answer = node.says(head + b"content-length: 314\r\n\r\nab", b"c", pause_seconds=0.1)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"not here within 0.4 s" in answer
        assert answer.count(b"connection: close\r\n") == 1
        assert node.in_flight == 0


def test_a_message_cut_anywhere_is_the_same_message() -> None:
    whole = request(SHORT)
    with serving() as node, node.connect() as client:
        for size in [*range(1, len(whole), 17), len(whole) - 1]:
            client.sendall(whole[:size])
            time.sleep(0.002)
            client.sendall(whole[size:])
            until(lambda: len(client.recv(65_536, socket.MSG_PEEK)) >= len(RECEIPT))
            assert RECEIPT in client.recv(65_536)
        assert set(node.core.taken) == {RAW}


def test_many_messages_in_one_piece_are_answered_in_turn(short_ways: list[bool]) -> None:
    """Three thousand: no call inside the call before, and none is lost."""
    # The client reads nothing before it has sent all: on a slow machine that takes longer than the other tests allow.
    with serving(head_seconds=10, body_seconds=10, answer_seconds=10, idle_seconds=1) as node:
        answer = node.says(*[request(SHORT) * 100] * 30, pause_seconds=0)
        assert answer.count(b"HTTP/1.1 200 OK") == 3_000
        assert len(node.core.taken) == 3_000
        assert short_ways.count(True) > 2_900


def test_the_two_ways_take_turns_on_one_connection(short_ways: list[bool]) -> None:
    with serving() as node:
        parts = [request(SHORT), HEALTH, b"\r\n" + request(SHORT), request(LONG), request(SHORT), HEALTH]
        answer = node.says(*parts)
        assert answer.count(b"HTTP/1.1 200 OK") == 6
        assert short_ways.count(True) == 2, "one began with an empty line"
        answer = node.says(b"".join(parts))
        assert answer.count(b"HTTP/1.1 200 OK") == 6


@pytest.mark.parametrize("cut", [0, 5, 60])
def test_a_message_inside_a_body_that_nobody_reads_is_no_message(cut: int) -> None:
    """OPTIONS is answered before its body is here: what comes then is the rest of a body, whatever it looks like."""
    inner = request(SHORT)
    outer = b"OPTIONS /messages HTTP/1.1\r\nhost: node\r\ncontent-length: %d\r\n\r\n" % len(inner)
    with serving() as node:
        answer = node.says(outer + inner[:cut], inner[cut:], HEALTH, pause_seconds=0.1)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"204", b"200"]
        assert node.core.taken == []


def test_a_head_that_came_in_two_parts_is_never_read_by_both_ways() -> None:
    head = b"POST /messages HTTP/1.1\r\nhost: node\r\nx: "
    inner = request(SHORT)
    with serving() as node:
        answer = node.says(head, inner, pause_seconds=0.1)
        assert b"HTTP/1.1 200 OK" not in answer or node.core.taken == [RAW]
        assert len(node.core.taken) <= 1


def test_memory_is_counted_as_it_comes_and_bounded(short_ways: list[bool]) -> None:
    """A length that is only promised holds no memory; what has come does."""
    with serving(Core(), bytes_in_flight_max=1_000, body_seconds=2) as node:
        clients = [node.connect() for _ in range(3)]
        for client in clients:
            client.sendall(SHORT + b"content-length: 900\r\n\r\n")
        until(lambda: short_ways == [True] * 3)
        assert node.in_flight == 0
        for client in clients:
            client.sendall(bytes(300))
        until(lambda: node.in_flight == 900)
        clients[0].sendall(bytes(200))
        assert clients[0].recv(65_536).startswith(b"HTTP/1.1 503 ")
        assert clients[0].recv(1) == b"", "the rest of its body is not read"
        until(lambda: node.in_flight == 600)
        for client in clients:
            client.close()
        until(lambda: node.in_flight == 0)
        assert node.core.taken == []


def test_a_client_that_leaves_before_its_answer_frees_nothing_too_early() -> None:
    with serving(Core(holds=True), answer_seconds=5) as node:
        with node.connect() as client:
            client.sendall(request(SHORT))
            until(lambda: len(node.core.held) == 1)
        time.sleep(0.1)
        assert node.in_flight == len(RAW)
        node.core.held[0].set_result(RECEIPT)
        until(lambda: node.in_flight == 0)
        assert b'{part="submit",status="200"} 1\n' in node.server._application.figures()


def test_an_answer_that_is_late_does_not_answer_the_next_message() -> None:
    with serving(Core(holds=True)) as node, node.connect() as client:
        client.sendall(request(SHORT))
        assert client.recv(65_536).startswith(b"HTTP/1.1 503 ")
        client.sendall(request(SHORT))
        until(lambda: len(node.core.held) == 2)
        node.core.held[0].set_result(b"old")
        node.core.held[1].set_result(b"new")
        assert client.recv(65_536).endswith(b"\r\n\r\nnew")
        assert node.in_flight == 0


def test_a_client_that_never_reads_is_ended(short_ways: list[bool]) -> None:
    """It gets no more answers than the sockets between us hold, then it is cut off."""
    with serving() as node, node.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(0.2)
        with pytest.raises(OSError):  # noqa: PT012 - no room, or cut off already
            while True:
                client.sendall(request(SHORT) * 16)
        until(lambda: not node.server._server.server_state.connections)
        assert len(node.core.taken) < 50_000
        assert short_ways.count(True) > 0


def test_an_idle_connection_is_closed_in_its_time() -> None:
    with serving() as node:
        started = time.monotonic()
        answer = node.says(request(SHORT), request(SHORT), pause_seconds=0.2)
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert 0.6 <= time.monotonic() - started < 3


@pytest.fixture
def stopping() -> Generator[Serving, None, None]:
    node = Serving(Core(holds=True), answer_seconds=5)
    yield node
    node.stop()


def test_a_node_that_stops_answers_what_is_under_way_and_says_that_it_is_the_last(stopping: Serving) -> None:
    with stopping.connect() as client:
        client.sendall(request(SHORT) * 2)
        until(lambda: len(stopping.core.held) == 1)
        stopping.server.stop()
        time.sleep(0.3)
        stopping.core.held[0].set_result(RECEIPT)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
        assert answer.count(b"HTTP/1.1 200 OK") == 1
        assert b"connection: close\r\n" in answer
        assert len(stopping.core.held) == 1
