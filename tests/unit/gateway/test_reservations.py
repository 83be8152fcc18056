"""What a bank reserved on the record: noted with its receipt, looked at again, given back by a person's decision."""

from pathlib import Path

import pytest

from sanad.base.errors import Malformed, Refused
from sanad.gateway import opened_evidence
from sanad.gateway.checks import ask
from sanad.gateway.gateway import Gateway
from sanad.gateway.reservation_rows import ReservationState
from sanad.node.service import AccountView, StatementLine, StatementPage
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import TransferFlag
from sanad.standards.iso20022.payment import Payment
from tests.unit.gateway.fakes import LISTED, POOR_ACCOUNT, Customers, FakeNode, NameCheck, open_gateway, payment, silent

OPEN, ENDED = ReservationState.OPEN, ReservationState.ENDED
POSTED, GIVEN_BACK, EXPIRED = ReservationState.POSTED, ReservationState.GIVEN_BACK, ReservationState.EXPIRED
WHO, WHY = "decision 7", "The list names the payee since today."
POSTED_MS = 1_790_000_060_000
FIRST = 8_192
"""The first position of the first entry."""


@pytest.fixture(autouse=True)
def check(gateway: Gateway, customers: Customers) -> NameCheck:
    customers.note(gateway)
    made = NameCheck()
    gateway.attach([made])
    return made


@pytest.fixture
def several(customers: Customers) -> list[Payment]:
    return [payment(customers.own[n], customers.theirs[n], n + 1, creditor_name=f"ریحانہ {n}") for n in range(3)]


class Lines:
    """A node's account and statement, made up: newest first."""

    def __init__(self, *lines: tuple[int, int, int], reserved: int = 1, uetr: bytes = bytes(range(16))) -> None:
        self.reserved = reserved
        self.lines = [
            StatementLine(position, 1, POSTED_MS, uetr, True, 2, 5, 5, 5, 1, flags, 0, pending, bytes(16))
            for position, pending, flags in lines
        ]

    def account(self, number: int) -> AccountView | None:
        return AccountView(number, 3, 1, "PKR", 2, 1, 1, 1, 0, 100, self.reserved, 1, 1, 1, 1)

    def statement(self, account: int, before: int = 0, limit: int = 50) -> StatementPage:
        del account, limit
        first = next((each for each in self.lines if not before or each.position < before), None)
        is_last = first is None or first is self.lines[-1]
        return StatementPage([first] if first else [], 0 if is_last or first is None else first.position)


def test_what_is_admitted_is_noted_with_its_receipt(
    gateway: Gateway, node: FakeNode, customers: Customers, several: list[Payment]
) -> None:
    gateway.addresses.add(customers.own[1], POOR_ACCOUNT, 3)
    outcomes = gateway.reservations.reserve(several, "dvp 1", releaser=9, timeout_seconds=600)
    rejected = Outcome.INSUFFICIENT_BALANCE
    assert outcomes == [(FIRST, Outcome.ADMITTED), (FIRST + 1, rejected), (FIRST + 2, Outcome.ADMITTED)]
    assert {int(row["flags"]) for row in node.messages[0].transfers()} == {TransferFlag.PENDING | TransferFlag.BOUND}
    first, last = gateway.reservations.page()
    assert (first.position, last.position, gateway.reservations.count()) == (FIRST, FIRST + 2, 2)
    assert (first.debit, first.credit, first.amount, first.releaser) == (1, 1_001, several[0].amount_minor, 9)
    assert first.since_ms == node.time_ms
    opened = gateway.reservations.open(FIRST)
    assert (opened.payment.creditor_name, opened.payment.debtor_iban) == ("ریحانہ 0", customers.own[0])
    assert gateway.reservations.reserve(several, "dvp 1", releaser=9, timeout_seconds=600) == outcomes
    assert (gateway.reservations.count(), node.submissions) == (2, 1)


def test_immediate_payments_leave_no_reservation(gateway: Gateway, make_file: object, tmp_path: Path) -> None:
    file = make_file(3)  # type: ignore[operator]
    assert gateway.payments.post_file(file, tmp_path / "out.xml", wait_seconds=0).admitted == 3
    assert gateway.reservations.count() == 0


def test_what_is_not_clear_or_not_known_is_not_reserved(
    gateway: Gateway, node: FakeNode, customers: Customers, several: list[Payment]
) -> None:
    listed = payment(customers.own[0], customers.theirs[0], 9, creditor_name=LISTED)
    with pytest.raises(Refused, match="1 of them are not clear"):
        gateway.reservations.reserve([*several, listed], "dvp")
    with pytest.raises(Refused, match="address book"):
        gateway.reservations.reserve([payment("PK00NOBODY", customers.theirs[0])], "other")
    with pytest.raises(Malformed):
        gateway.reservations.reserve([], "none")
    assert node.messages == []


def test_what_a_list_brings_is_noted_and_forgotten_when_it_is_clear_again(
    gateway: Gateway, folder: Path, check: NameCheck, several: list[Payment]
) -> None:
    gateway.reservations.reserve(several, "dvp")
    check.version, check.listed = 2, {"ریحانہ 2": "Q-9"}
    opened = gateway.reservations.open(FIRST + 2)
    asked = ask([check], [opened.payment])
    gateway.reservations.note(opened, asked.screened, asked.answers[0])
    (found,) = gateway.reservations.page(only_found=True)
    assert (found.position, found.findings, found.summary) == (
        FIRST + 2, "screening:candidates", "One candidate of the list.",
    )  # fmt: skip
    again = gateway.reservations.open(FIRST + 2)
    assert (again.payment.creditor_name, again.answers[0].candidates) == ("ریحانہ 2", ("Q-9",))
    check.listed = {}
    gateway.reservations.note(again, 2, ask([check], [again.payment]).answers[0])
    assert gateway.reservations.count(only_found=True) == 0
    gateway.close()
    assert "ریحانہ".encode() not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_it_is_given_back_by_a_decision_that_is_bound_into_what_is_sent(
    gateway: Gateway, node: FakeNode, several: list[Payment]
) -> None:
    gateway.reservations.reserve(several, "dvp")
    with pytest.raises(Malformed):
        gateway.reservations.give_back(FIRST, who=WHO, why="  ")
    ended = gateway.reservations.give_back(FIRST, who=WHO, why=WHY)
    assert (ended.state, ended.changed_ms, gateway.reservations.count()) == (GIVEN_BACK, node.time_ms, 2)
    assert [each.position for each in gateway.reservations.history(only_ended=True)] == [FIRST]
    first, second = gateway.reservations.history(limit=2)
    assert (first.position, second.position) == (FIRST + 2, FIRST + 1), "a history begins with the newest"
    assert [each.position for each in gateway.reservations.history(before=FIRST + 1)] == [FIRST]
    (row,) = node.messages[-1].transfers()
    assert (row["pending"], row["amount"], row["flags"]) == (FIRST, 0, TransferFlag.VOID | TransferFlag.BOUND)
    assert row["uetr"].tobytes() == several[0].uetr, "one UETR rides through all legs"
    what = opened_evidence.read(gateway.evidence_of(2 * FIRST))
    decision = gateway.holds.open_decision(what.decision)
    assert decision is not None
    assert (decision.released, decision.who, decision.why) == (False, WHO, WHY)
    with pytest.raises(Refused, match="ended already"):
        gateway.reservations.give_back(FIRST, who=WHO, why=WHY)
    with pytest.raises(Refused, match="reserved nothing"):
        gateway.reservations.give_back(5 * FIRST, who=WHO, why=WHY)


def test_a_silent_node_is_asked_again_with_the_first_decision(
    gateway: Gateway, folder: Path, node: FakeNode, several: list[Payment]
) -> None:
    gateway.reservations.reserve(several, "dvp")
    node.after = [silent()]
    with pytest.raises(Exception, match="does not answer"):
        gateway.reservations.give_back(FIRST, who=WHO, why=WHY, wait_seconds=0)
    gateway.close()
    with open_gateway(folder, node) as again:
        assert again.reservations.give_back(FIRST, who="somebody else", why="Later.").state is GIVEN_BACK
        decision = again.holds.open_decision(again.reservations.find(FIRST).decision)
        assert decision is not None
        assert decision.who == WHO
    assert len(node.messages) == 2


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        (Lines(reserved=0), ENDED),
        (Lines((90_000, FIRST, TransferFlag.VOID), (FIRST, 0, TransferFlag.PENDING)), GIVEN_BACK),
        (Lines((90_000, FIRST, TransferFlag.VOID), uetr=bytes(16)), EXPIRED),
        (Lines((90_000, 0, 0), (80_000, FIRST, TransferFlag.POST), (FIRST, 0, TransferFlag.PENDING)), POSTED),
        (Lines((90_000, FIRST, TransferFlag.POST | TransferFlag.KEEP), (FIRST, 0, TransferFlag.PENDING)), OPEN),
        (Lines((90_000, FIRST + 1, TransferFlag.POST), (FIRST, 0, TransferFlag.PENDING)), OPEN),
        (Lines(), OPEN),
    ],
)  # fmt: skip
def test_what_others_ended_is_seen_on_the_record(
    gateway: Gateway, several: list[Payment], lines: Lines, state: ReservationState
) -> None:
    gateway.reservations.reserve(several, "dvp")
    found = gateway.reservations.ask_whether_open(FIRST, lines)
    assert found.state is state
    if state in (POSTED, GIVEN_BACK, EXPIRED):
        assert found.changed_ms == POSTED_MS, "when it ended on the record, not when it was looked at"
    assert gateway.reservations.count() == (3 if state is OPEN else 2)
