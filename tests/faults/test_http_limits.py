"""The interface on real sockets, against clients that are slow, wrong or hostile. After each it still serves."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from sanad.base.errors import Unavailable
from sanad.node.client import NodeClient
from sanad.node.load_client import LoadClient
from sanad.rulebook.message import MESSAGE_SIZE_MAX
from tests.unit.node_http.fake import RAW, RECEIPT

ROOT = Path(__file__).parents[2]
LIMITS = {"body_seconds": 0.5, "head_seconds": 0.5, "idle_seconds": 2, "connections_max": 40, "shutdown_seconds": 2}
HEAD = b"POST /messages HTTP/1.1\r\nhost: node\r\n"


class Node:
    """A serving process."""

    def __init__(self, port: int = 0, **limits: float) -> None:
        command = [sys.executable, "-m", "tests.faults.http_node", str(port), json.dumps({**LIMITS, **limits})]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline().strip()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.first_line.rpartition(":")[2])

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=5)

    def says(self, *parts: bytes, pause_seconds: float = 0) -> bytes:
        """What comes back, until the node closes, when `parts` are sent one after the other."""
        with self.connect() as client:
            try:
                for part in parts:
                    client.sendall(part)
                    time.sleep(pause_seconds)
            except OSError:
                pass  # it has answered and closed while we were still sending
            return read_all(client)

    def still_serves(self) -> None:
        with NodeClient(self.first_line) as client:
            assert client.submit(RAW) == RECEIPT

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=10)


def read_all(client: socket.socket) -> bytes:
    answer = b""
    try:
        while piece := client.recv(65_536):
            answer += piece
    except ConnectionError:
        pass
    return answer


@pytest.fixture(scope="module")
def node() -> Generator[Node, None, None]:
    serving = Node()
    yield serving
    serving.stop()


def test_a_message_over_a_socket_alone_and_pipelined(node: Node) -> None:
    request = HEAD + b"content-length: %d\r\n\r\n" % len(RAW) + RAW
    last = request.replace(b"host: node", b"host: node\r\nconnection: close")
    answer = node.says(request + request + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(RECEIPT) == 3


def test_a_message_in_chunks(node: Node) -> None:
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(RAW), RAW)
    answer = node.says(HEAD + b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n" + chunks)
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (HEAD + b"content-length: %d\r\n\r\n" % (MESSAGE_SIZE_MAX + 1), b"413"),
        (HEAD + b"content-length: 99999999999999999999999999\r\n\r\n", b"400"),
        (HEAD + b"content-length: -5\r\n\r\n", b"400"),
        (HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef", b"400"),
        (HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (HEAD + b"x\x00y: z\r\n\r\n", b"400"),
        (HEAD + b"a: b\r\n" * 65 + b"\r\n", b"431"),
        (HEAD + b"a: " + b"b" * 700_000, b"431"),
        (b"GET /" + b"a" * 3_000 + b" HTTP/1.1\r\nhost: node\r\n\r\n", b"431"),
        (b"GET /health HTTP/1.1\r\nhost: node\r\ncontent-length: 9999999\r\n\r\n", b"422"),
        (b"GET /%2e%2e/health HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n", b"404"),
        (b"GET //health HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n", b"404"),
        (b"GET http://other/health HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n", b"200"),
        (b"GET /health HTTP/1.1\r\nhost: node\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n", b"200"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"snd1" + bytes(200), b"400"),
        (b"CONNECT node:1 HTTP/1.1\r\n\r\n", b"400"),
    ],
)
def test_what_is_wrong_is_answered_and_ends_the_connection(node: Node, request_bytes: bytes, status: bytes) -> None:
    answer = node.says(request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    if status != b"200":
        assert b"application/problem+json" in answer
    node.still_serves()


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"POST /mess", b"ages HTTP/1.1\r\n", b"a: b\r\n", b"c: d\r\n", b"e: f\r\n", b"g: h\r\n"],
        [HEAD + b"content-length: 300\r\n\r\n", b"a", b"b", b"c", b"d", b"e"],
        [HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"1\r\nb\r\n", b"1\r\nc\r\n", b"1\r\nd\r\n"],
        [HEAD + b"content-length: 300\r\nexpect: 100-continue\r\n\r\n", b"a"],
        [b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\r\n"],
    ],
)
def test_slow_senders_are_ended(node: Node, parts: list[bytes]) -> None:
    started = time.monotonic()
    answer = node.says(*parts, pause_seconds=0.3)
    assert time.monotonic() - started < 4
    assert b"HTTP/1.1 408" in answer
    node.still_serves()


def test_a_length_that_lies(node: Node) -> None:
    with node.connect() as client:
        client.sendall(HEAD + b"content-length: 314\r\n\r\nonly this")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"" or b" 408 " in read_all(client)
    node.still_serves()


def test_what_follows_a_refused_body_is_never_read_as_a_request(node: Node) -> None:
    inner = b"GET /health HTTP/1.1\r\nhost: node\r\n\r\n"
    length = MESSAGE_SIZE_MAX + 1
    answer = node.says(HEAD + b"content-length: %d\r\n\r\n" % length + inner)
    assert answer.count(b"HTTP/1.1") == 1


def test_a_client_that_never_reads_is_ended(node: Node) -> None:
    request = b"GET / HTTP/1.1\r\nhost: node\r\n\r\n"
    with node.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        ends = time.monotonic() + 15
        with pytest.raises(ConnectionError):  # noqa: PT012 - the node aborts while we send
            while time.monotonic() < ends:
                client.sendall(request * 16)
                time.sleep(0.005)
    assert time.monotonic() < ends
    node.still_serves()


def test_a_queue_of_requests_on_one_connection_is_bounded(node: Node) -> None:
    answer = node.says(b"GET /health HTTP/1.1\r\nhost: node\r\n\r\n" * 20_000)
    assert answer.count(b"HTTP/1.1 200") < 200
    node.still_serves()


def test_many_connections_that_say_nothing_leave_room(node: Node) -> None:
    idle = [node.connect() for _ in range(60)]
    time.sleep(0.2)
    refused = [client for client in idle if _has_answer(client)]
    assert any(client.recv(12) == b"HTTP/1.1 503" for client in refused)
    time.sleep(1.5)
    node.still_serves()
    for client in idle:
        client.close()


def _has_answer(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except OSError:
        return False
    finally:
        client.settimeout(5)


def test_many_senders_at_once(node: Node) -> None:
    seen: list[int] = []
    result = LoadClient(node.first_line, 16).run(
        (RAW for _ in range(2_000)), on_receipt=lambda number, receipt: seen.append(number)
    )
    assert sorted(seen) == list(range(2_000))
    assert result.statuses == {200: 2_000}
    assert len(result.latencies_ns) == 2_000
    paced = LoadClient(node.first_line, 4).run([RAW] * 200, per_second=1_000)
    assert 0.18 < paced.seconds < 2
    assert paced.summary()["messages_per_second"] < 1_100


def test_the_load_client_waits_and_sends_again() -> None:
    serving = Node(messages_per_second=50, messages_at_once=20)
    try:
        result = LoadClient(serving.first_line, 4).run([RAW] * 60)
        assert result.statuses == {200: 60}
        assert result.sent_again > 0
    finally:
        serving.stop()
    with pytest.raises(Unavailable, match="start the node"):
        LoadClient(serving.first_line, 1).run([RAW])


def test_an_address_in_use_is_said_so(node: Node) -> None:
    second = Node(port=node.address[1])
    assert "is in use; stop the program that has it or choose another port" in second.first_line
    assert second.process.wait(10) == 3
    second.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(number: signal.Signals) -> None:
    serving = Node()
    with httpx.Client(base_url=serving.first_line) as client, ThreadPoolExecutor(1) as thread:
        assert client.get("/health").status_code == 200
        slow = thread.submit(serving.says, HEAD + b"content-length: 300\r\n\r\n", b"a")
        time.sleep(0.1)
        serving.process.send_signal(number)
        out, _ = serving.process.communicate(timeout=10)
        assert slow.result(5).startswith(b"HTTP/1.1 408"), "what is under way is still answered"
    assert (serving.process.returncode, out) == (0, "stopped\n")
