"""A real process, killed between any two steps of posting a file, and what the next one makes of it."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from sanad.evidence.store import EvidenceStore
from sanad.gateway import payments as payments_module
from sanad.gateway.database import Database
from sanad.gateway.gateway import Gateway
from sanad.standards.iso20022 import pacs002
from tests.unit.gateway.fakes import Customers, FakeNode, MakeFile, open_gateway

PAYMENTS = 12


class Steps:
    """Counts what a crash can fall between, and kills the process before the step that it is told."""

    def __init__(self, fatal: int) -> None:
        self.count, self.fatal = 0, fatal

    def step(self) -> None:
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = call(*arguments, **named)
            self.step()
            return result

        return stepped

    def watch(self) -> None:
        """Every transaction of the outbox, in its middle too, every sealing and every question to the node."""
        writing = Database.writing

        @contextmanager
        def stepped(database: Database) -> Iterator[apsw.Connection]:
            self.step()
            with writing(database) as connection:
                yield connection
                self.step()
            self.step()

        Database.writing = stepped  # type: ignore[assignment,method-assign]
        EvidenceStore.seal_many = self.around(EvidenceStore.seal_many)  # type: ignore[method-assign]
        FakeNode.submit = self.around(FakeNode.submit)  # type: ignore[method-assign]
        FakeNode._take = self.around(FakeNode._take)  # type: ignore[method-assign]


def post_in_a_child(folder: Path, record: Path, path: Path, answer: Path, fatal: int) -> bool:
    """Whether the child came to its end before the fatal step."""
    child = os.fork()
    if child == 0:
        try:
            gateway = open_gateway(folder, FakeNode(record))
            gateway.payments._lanes = range(1, 2)  # one by one, so that every step has its number
            Steps(fatal).watch()
            gateway.outbox.resume()
            gateway.payments.post_file(path, answer, wait_seconds=0)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments_module, "PART_PAYMENTS", 4)


@pytest.fixture
def ready(folder: Path, customers: Customers) -> Path:
    with open_gateway(folder, FakeNode()) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        customers.note(gateway)
    return folder


def check(gateway: Gateway, node: FakeNode, path: Path, answer: Path) -> None:
    gateway.outbox.resume()
    result = gateway.payments.post_file(path, answer)
    assert result.admitted == PAYMENTS
    posted = Counter(row.tobytes() for message in node.messages for row in message.transfers()["uetr"])
    assert len(posted) == PAYMENTS
    assert set(posted.values()) == {1}
    assert [message.header.sequence for message in node.messages] == [1, 2, 3]
    assert [status.original_uetr in posted for status in pacs002.read(answer)[1]] == [True] * PAYMENTS


def test_killed_anywhere_every_payment_is_on_the_record_once(
    ready: Path, tmp_path: Path, make_file: MakeFile, small_parts: None
) -> None:
    path, kills = make_file(PAYMENTS), 0
    while True:
        folder, record = tmp_path / f"bank {kills}", tmp_path / f"record {kills}"
        folder.mkdir()
        for each in ready.iterdir():
            (folder / each.name).write_bytes(each.read_bytes())
        if post_in_a_child(folder, record, path, tmp_path / "answer.xml", kills):
            break
        node = FakeNode(record)
        with open_gateway(folder, node) as gateway:
            gateway.payments._lanes = range(1, 2)
            check(gateway, node, path, tmp_path / "answer.xml")
        kills += 1
    assert kills > 20


def test_killed_again_and_again_the_file_still_comes_through(
    ready: Path, tmp_path: Path, make_file: MakeFile, small_parts: None
) -> None:
    path, record, answer = make_file(PAYMENTS), tmp_path / "record", tmp_path / "answer.xml"
    fatal = 3
    while not post_in_a_child(ready, record, path, answer, fatal):
        fatal += 1
    node = FakeNode(record)
    with open_gateway(ready, node) as gateway:
        gateway.payments._lanes = range(1, 2)
        check(gateway, node, path, answer)
