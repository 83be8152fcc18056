"""What the payee's institution checks: before it posts what was reserved, and after an immediate credit."""

import pytest

from sanad.base.errors import Malformed, Refused
from sanad.gateway import incoming, opened_evidence
from sanad.gateway.checks import Finding
from sanad.gateway.gateway import Gateway
from sanad.gateway.incoming import Arrived
from sanad.rulebook.edition1.acts import parse_act
from sanad.rulebook.edition1.words import StatementType, TransferFlag
from tests.unit.gateway.fakes import LISTED, Customers, FakeNode, NameCheck, payment

AUTHORITY = 1


@pytest.fixture(autouse=True)
def check(gateway: Gateway, customers: Customers) -> NameCheck:
    customers.note(gateway)
    made = NameCheck()
    gateway.attach([made])
    return made


def arrived(customers: Customers, position: int, **changes: object) -> Arrived:
    told = payment(customers.theirs[0], customers.own[0], 1, **changes)
    assert told.uetr is not None
    return Arrived(position, told.uetr, 1_001, 1, 1, told.amount_minor, told)


def test_what_was_credited_is_stated_with_its_position(gateway: Gateway, node: FakeNode, customers: Customers) -> None:
    clear, listed = arrived(customers, 40_961), arrived(customers, 49_152, debtor_name=LISTED)
    one, two = gateway.incoming.state([listed, clear], recipients=[AUTHORITY])
    assert (one.is_clear, two.is_clear) == (True, False)
    first, second = (parse_act(message.body) for message in node.messages)
    assert (first.fields[0], first.recipients, first.refers) == (StatementType.SCREENING, (), (5,))
    assert (second.fields[0], second.recipients, second.refers) == (StatementType.FINDING, (AUTHORITY,), (6,))
    assert second.digests == (two.evidence,)
    found = incoming.read_stated(two.evidence, *gateway.evidence.open(two.evidence))
    assert (found.position, found.screened, found.answers[0].finding) == (49_152, 1, Finding.CANDIDATES)
    with pytest.raises(Malformed, match="does not lead"):
        incoming.read_stated(one.evidence, *gateway.evidence.open(two.evidence))
    # Once more: nothing is stated twice. Under a newer list, which names somebody else, it is.
    assert gateway.incoming.state([clear, listed], recipients=[AUTHORITY]) == [one, two]
    assert len(node.messages) == 2


def test_a_hit_that_a_later_list_brings_is_stated(
    gateway: Gateway, node: FakeNode, customers: Customers, check: NameCheck
) -> None:
    credited = arrived(customers, 40_961)
    assert gateway.incoming.state([credited])[0].is_clear
    check.version, check.listed = 2, {"فاطمہ بی بی": "Q-2"}
    (stated,) = gateway.incoming.state([credited], recipients=[AUTHORITY])
    assert not stated.is_clear
    assert incoming.read_stated(stated.evidence, *gateway.evidence.open(stated.evidence)).screened == 2
    with pytest.raises(Malformed):
        gateway.incoming.state([credited] * 65)


def test_what_is_reserved_is_posted_with_evidence_of_our_own(
    gateway: Gateway, node: FakeNode, customers: Customers
) -> None:
    reserved = arrived(customers, 40_961)
    gateway.incoming.post(reserved)
    (row,) = node.messages[0].transfers()
    assert (row["pending"], row["flags"]) == (40_961, TransferFlag.POST | TransferFlag.BOUND)
    assert (row["debit"], row["credit"], row["amount"]) == (1_001, 1, reserved.amount)
    assert node.messages[0].header.screened == 1
    what = opened_evidence.read(gateway.evidence_of(8_192))
    assert (what.is_bound, what.debtor.name, what.answers[0].finding) == (True, "فاطمہ بی بی", Finding.CLEAR)
    gateway.incoming.post(reserved)
    assert len(node.messages) == 1


def test_what_is_not_clear_stays_reserved_until_a_person_decides(
    gateway: Gateway, node: FakeNode, customers: Customers
) -> None:
    reserved = arrived(customers, 40_961, debtor_name=LISTED)
    with pytest.raises(Refused, match="stays reserved: One candidate"):
        gateway.incoming.post(reserved)
    assert node.messages == []
    decision = gateway.evidence.seal(bytes(16), b"it is he").digest
    gateway.incoming.void(reserved, decision=decision)
    (row,) = node.messages[0].transfers()
    assert (row["pending"], row["amount"]) == (40_961, 0)
    assert row["flags"] == TransferFlag.VOID | TransferFlag.BOUND
    assert opened_evidence.read(gateway.evidence_of(8_192)).decision == decision
