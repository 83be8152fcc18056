"""From a person's decision about a match to the payment that waits for it; with real matching, lists and gateway."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from sanad.compliance.screening.desk.answers import Lists, Named, Ruling, Verdict
from sanad.compliance.screening.desk.check import ScreeningCheck
from sanad.compliance.screening.desk.lists import ListFolder
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import HoldState, What
from sanad.interfaces import demonstration_checks
from sanad.interfaces.demonstration_file import LISTED_PERSON, NEAR_MISS
from sanad.matching.words import Query
from sanad.wiring.holding import go_through
from tests.unit.gateway.fakes import (
    PASSPHRASE,
    QUICK,
    Customers,
    FakeNode,
    ibans,
    open_gateway,
    payment,
    write_file,
)

MINUTE = 60.0


class Decisions:
    """What was decided so far, as the tables of screening would say it."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}

    def __call__(self, query: Query, named: Sequence[Named]) -> Mapping[Named, Ruling]:
        return {
            each: Ruling(f"D-{each[1]}", self.verdicts[each[1]], 2**62) for each in named if each[1] in self.verdicts
        }


@pytest.fixture
def decisions() -> Decisions:
    return Decisions()


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
def bank(tmp_path: Path, node: FakeNode, decisions: Decisions) -> Iterator[Gateway]:
    """A bank that screens against the list of the demonstration, and has posted a file with two who may be listed."""
    listed, lists = tmp_path / "list.csv", ListFolder(tmp_path / "lists")
    demonstration_checks.write_list(listed)
    lists.import_file("demonstration", [listed])
    Gateway.init(tmp_path / "bank", PASSPHRASE, limits=QUICK)
    customers = Customers(ibans("SCBL", 3), ibans("HABB", 3))
    named = (LISTED_PERSON, NEAR_MISS, "عائشہ صدیقی")
    payments = [
        payment(own, theirs, at, creditor_name=name)
        for at, (own, theirs, name) in enumerate(zip(customers.own, customers.theirs, named, strict=True), 1)
    ]
    with open_gateway(tmp_path / "bank", node) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        customers.note(gateway)
        gateway.require_checks(["screening"])
        gateway.attach([ScreeningCheck(Lists(lists), decisions, seconds=3 * MINUTE)])
        file = write_file(tmp_path / "in.xml", payments)
        result = gateway.payments.post_file(file, tmp_path / "out.xml")
        assert (result.admitted, result.held) == (1, 2)
        yield gateway


def test_while_nobody_decides_nothing_goes(bank: Gateway, node: FakeNode) -> None:
    assert go_through(bank) == 0
    assert (bank.holds.count(), len(node.messages)) == (2, 1)


def test_somebody_else_is_sent_and_the_listed_one_is_refused(
    bank: Gateway, node: FakeNode, decisions: Decisions
) -> None:
    decisions.verdicts = {"DEMO-001": Verdict.TRUE_MATCH, "DEMO-002": Verdict.FALSE_POSITIVE}
    assert go_through(bank) == 2
    by_state = {each.state: each for each in bank.holds.page(tuple(HoldState))}
    assert set(by_state) == {HoldState.SENT, HoldState.REFUSED}
    refused = by_state[HoldState.REFUSED]
    assert (refused.reason, bank.holds.events(refused.number)[-1].who) == ("RR04", "decision D-DEMO-001")
    sent = [event.what for event in bank.holds.events(by_state[HoldState.SENT].number)]
    assert sent[-2:] == [What.CLEARED, What.SENT]
    assert len(node.messages) == 2
    assert go_through(bank) == 0
