"""A real process, killed between any two steps of holding, deciding and sending: nothing goes twice, or undecided."""

import os
from collections import Counter
from pathlib import Path

import pytest

from sanad.gateway import payments as payments_module
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import HoldState, What
from sanad.standards.iso20022 import pacs002
from tests.unit.gateway.fakes import LISTED, Customers, FakeNode, NameCheck, open_gateway, payment, write_file
from tests.unit.gateway.test_crashes import Steps

PAYMENTS, PLACES = 6, (1, 4)


@pytest.fixture
def file(customers: Customers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(payments_module, "PART_PAYMENTS", 4)
    payments = [payment(customers.own[n], customers.theirs[n], n + 1) for n in range(PAYMENTS)]
    for place in PLACES:
        payments[place] = payment(customers.own[place], customers.theirs[place], place + 1, creditor_name=LISTED)
    return write_file(tmp_path / "in.xml", payments)


@pytest.fixture
def ready(folder: Path, customers: Customers) -> Path:
    with open_gateway(folder, FakeNode()) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        customers.note(gateway)
    return folder


def opened(folder: Path, node: FakeNode) -> Gateway:
    gateway = open_gateway(folder, node)
    gateway.payments._lanes = gateway.holds._lanes = range(1, 2)  # one by one, so that every step has its number
    gateway.attach([NameCheck()])
    return gateway


def work_through(gateway: Gateway, path: Path, answer: Path) -> None:
    """What a bank's day does: post the file, release one and refuse the other, answer finally."""
    gateway.outbox.resume()
    gateway.payments.post_file(path, answer, wait_seconds=0)
    for hold in gateway.holds.page():
        if hold.place == PLACES[0]:
            gateway.holds.release(hold.number, who="person 7", why="another date of birth")
        else:
            gateway.holds.refuse(hold.number, who="person 7", why="it is he")
    gateway.payments.post_file(path, answer, wait_seconds=0)


def killed_at(fatal: int, folder: Path, record: Path, path: Path, answer: Path) -> bool:
    """Whether the child was killed, and did not come to its end before."""
    child = os.fork()
    if child == 0:
        try:
            gateway = opened(folder, FakeNode(record))
            Steps(fatal).watch()
            work_through(gateway, path, answer)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def sent(node: FakeNode) -> Counter[bytes]:
    return Counter(row["uetr"].tobytes() for message in node.messages for row in message.transfers())


def check_held(gateway: Gateway, node: FakeNode) -> None:
    """What is on the record of held payments was released by somebody, and what is not sent is not there."""
    for hold in gateway.holds.page(tuple(HoldState), limit=200):
        decided = {event.what for event in gateway.holds.events(hold.number)}
        assert sent(node)[hold.uetr] <= (What.RELEASED in decided)
        assert hold.state is not HoldState.REFUSED or sent(node)[hold.uetr] == 0


def test_killed_anywhere_nothing_is_sent_twice_or_undecided(ready: Path, tmp_path: Path, file: Path) -> None:
    kills = 0
    while True:
        folder, record, answer = tmp_path / f"bank {kills}", tmp_path / f"record {kills}", tmp_path / "answer.xml"
        folder.mkdir()
        for each in ready.iterdir():
            (folder / each.name).write_bytes(each.read_bytes())
        if not killed_at(kills, folder, record, file, answer):
            break
        node = FakeNode(record)
        with opened(folder, node) as gateway:
            check_held(gateway, node)
            work_through(gateway, file, answer)
            check_held(gateway, node)
            assert [hold.state for hold in gateway.holds.page(tuple(HoldState))].count(HoldState.SENT) == 1
        assert len(sent(node)) == PAYMENTS - 1
        assert set(sent(node).values()) == {1}
        statuses = [status.status for status in pacs002.read(answer)[1]]
        assert statuses == ["ACSC", "ACSC", "ACSC", "ACSC", "RJCT", "ACSC"]
        kills += 1
    assert kills > 40
