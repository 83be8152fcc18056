"""A real process, killed between any two steps of reserving and giving back: nothing is reserved or freed twice."""

import os
from pathlib import Path

from sanad.base.errors import Refused
from sanad.gateway.gateway import Gateway
from sanad.gateway.reservation_rows import ReservationState
from sanad.rulebook.edition1.words import TransferFlag
from sanad.standards.iso20022.payment import Payment
from tests.unit.gateway.fakes import Customers, FakeNode, open_gateway, payment
from tests.unit.gateway.test_crashes import Steps

FIRST = 8_192
RESERVED, FREED = int(TransferFlag.PENDING), int(TransferFlag.VOID | TransferFlag.BOUND)


def opened(folder: Path, node: FakeNode) -> Gateway:
    gateway = open_gateway(folder, node)
    gateway.reservations._lanes = range(1, 2)  # one by one, so that every step has its number
    return gateway


def work_through(gateway: Gateway, payments: list[Payment]) -> None:
    """Reserve two, and give the first back."""
    gateway.outbox.resume()
    gateway.reservations.reserve(payments, "settlement 1")
    try:
        gateway.reservations.give_back(FIRST, who="decision 1", why="Listed since today.")
    except Refused as refusal:
        assert "ended already" in str(refusal)  # noqa: PT017 - the work before this kill had done it


def is_killed_at(fatal: int, folder: Path, record: Path, payments: list[Payment]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            gateway = opened(folder, FakeNode(record))
            Steps(fatal).watch()
            work_through(gateway, payments)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_anywhere_each_is_reserved_once_and_given_back_once(
    folder: Path, customers: Customers, tmp_path: Path
) -> None:
    payments = [payment(customers.own[n], customers.theirs[n], n + 1) for n in range(2)]
    with open_gateway(folder, FakeNode()) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        customers.note(gateway)
    kills = 0
    while True:
        copy, record = tmp_path / f"bank {kills}", tmp_path / f"record {kills}"
        copy.mkdir()
        for each in folder.iterdir():
            (copy / each.name).write_bytes(each.read_bytes())
        if not is_killed_at(kills, copy, record, payments):
            break
        node = FakeNode(record)
        with opened(copy, node) as gateway:
            work_through(gateway, payments)
            flags = [int(row["flags"]) for message in node.messages for row in message.transfers()]
            assert flags == [RESERVED, RESERVED, FREED]
            assert gateway.reservations.find(FIRST).state is ReservationState.GIVEN_BACK
            assert [each.position for each in gateway.reservations.page()] == [FIRST + 1]
        kills += 1
    assert kills > 15
