"""More than a node takes in: 503 with Retry-After, bounded memory, and an answer to everything that was taken."""

import http.client
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest

from sanad.base.errors import Unavailable
from sanad.node import writer
from sanad.node.receipts import decode
from sanad.rulebook.message import TRANSFERS_MAX, Kind, Message
from tests.faults.kills import Network, Tally
from tests.faults.running import Launcher
from tests.faults.town import FIRST_OF_ALPHA, FIRST_OF_BETA, Move, submit, transfers_of
from tests.unit.node import conftest
from tests.unit.node.conftest import ALPHA, Bank, Town, key_of

folder, town = conftest.folder, conftest.town
MEBIBYTE = 1 << 20
CONNECTIONS = 130
REFUSED_MIN = 50
FIRST_LANE = 100
MEMORY_MAX = 64 * MEBIBYTE
"""What messages in flight may take (`Limits.bytes_in_flight_max`)."""
SEGMENT_LARGE = 64 << 20


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with Launcher(tmp_path / "processes") as launcher:
        yield Network(launcher, tmp_path / "network", 91, Tally(), SEGMENT_LARGE)


def large_messages(network: Network) -> list[Message]:
    """One of a megabyte for each of many lanes; the same body, since what is decided does not matter here."""
    made = transfers_of([Move(FIRST_OF_ALPHA, FIRST_OF_BETA, 1)] * TRANSFERS_MAX).tobytes()
    bank = Bank(network.genesis.network, ALPHA, key_of(f"system {ALPHA}"))
    return [
        bank.message(made, Kind.TRANSFERS, TRANSFERS_MAX, 1, lane=FIRST_LANE + number) for number in range(CONNECTIONS)
    ]


def offer(address: tuple[str, int], message: Message) -> socket.socket:
    """A connection that has sent all but the last byte, or as much as the node would take."""
    connection = socket.create_connection(address, timeout=30)
    head = "POST /messages HTTP/1.1\r\nhost: node\r\ncontent-type: application/octet-stream\r\n"
    head += f"content-length: {len(message.raw)}\r\n\r\n"
    with suppress(OSError):  # refused, and closed
        connection.sendall(head.encode() + message.raw[:-1])
    return connection


def answer_of(connection: socket.socket) -> tuple[int, http.client.HTTPMessage, bytes]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, response.headers, response.read()


@pytest.mark.timeout(180)
def test_a_flood_of_large_messages_is_bounded(network: Network) -> None:
    messages = large_messages(network)
    network.node.ready()
    network.node.forget_peak_memory()
    before = network.node.peak_memory_bytes()
    with ExitStack() as connections:
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            offered = list(threads.map(partial(offer, network.node.host_port), messages))
        wait_for_refusals(offered)
        for connection in offered:
            connections.enter_context(connection)
        refused = finish(offered, messages)
    assert network.node.peak_memory_bytes() - before < 4 * MEMORY_MAX
    again = http.client.HTTPConnection(*network.node.host_port, timeout=60)
    for message in refused:
        assert submit(again, message)[0] == 200
    again.close()
    network.node.stop()


def wait_for_refusals(offered: list[socket.socket]) -> None:
    """Until the node has seen so much of what was offered that it has refused fifty."""
    deadline = time.monotonic() + 8  # bodies must be whole after 10 s
    while len(select.select(offered, [], [], 0)[0]) < REFUSED_MIN:
        assert time.monotonic() < deadline, "it takes in more than its memory allows"
        time.sleep(0.05)


def finish(offered: list[socket.socket], messages: list[Message]) -> list[Message]:
    """Send the last byte wherever the node still listens, read all answers; the messages that were refused."""
    for connection, message in zip(offered, messages, strict=True):
        with suppress(OSError):
            connection.sendall(message.raw[-1:])
    refused = []
    for connection, message in zip(offered, messages, strict=True):
        status, headers, body = answer_of(connection)
        if status == 200:
            assert decode(body).message_digest == message.digest
            continue
        assert status == 503, body
        assert int(headers["retry-after"]) >= 1
        assert b"as many messages as its memory allows" in body
        refused.append(message)
    assert REFUSED_MIN <= len(refused) <= CONNECTIONS - REFUSED_MIN
    return refused


def test_a_full_queue_refuses_and_what_it_took_is_answered(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_MESSAGES_MAX", 50)
    messages = [town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1) for _ in range(300)]
    taken: list[Future[bytes]] = []
    with town.node.writer.state_lock:  # nothing is decided meanwhile
        for message in messages:
            try:
                taken.append(town.send(message))
            except Unavailable as full:
                assert "queue is full" in str(full)  # noqa: PT017
                assert full.retry_after_seconds >= 1  # noqa: PT017
                break
    assert 50 <= len(taken) < 300
    assert [decode(future.result(20)).message_digest for future in taken] == [
        message.digest for message in messages[: len(taken)]
    ]
    assert decode(town.send(messages[len(taken)]).result(20)).message_digest == messages[len(taken)].digest
