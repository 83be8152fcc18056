"""Which order a rejection names: of a firm's status, or of its licence; at the time, not as it is now."""

import pytest

from sanad.rulebook.edition1 import posting
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.standing import order_behind
from sanad.rulebook.edition1.words import Ground, InstitutionStatus, LicenceKind, LicenceState, Service
from sanad.rulebook.message import Kind
from tests.scenarios.founding import act_body
from tests.scenarios.nation import Entry, Nation, found

SENT, GOT = Outcome.DEBIT_NOT_PERMITTED, Outcome.CREDIT_NOT_PERMITTED


@pytest.fixture
def nation() -> Nation:
    return found(posting.post)


def decided(nation: Nation, name: str, *fields: int | str) -> int:
    """The entry at which Amina and Bilal's act took effect."""
    body = act_body(name, *fields, digests=[nation.draw("order", 32)])
    (proposed,) = nation.block(nation.message(Kind.PROPOSE, body, [nation.signers["Amina"]]))
    assert isinstance(proposed, Entry)
    assert proposed.outcome is Outcome.ADMITTED
    confirmed = nation.decision("Bilal", Kind.CONFIRM, proposed)
    assert isinstance(confirmed, Entry)
    assert confirmed.outcome is Outcome.ADMITTED
    return confirmed.number


def test_a_suspension_and_what_came_after_it(nation: Nation) -> None:
    indus = nation.institutions["Indus"]
    granted = decided(nation, "licence_granted", indus, "L1", int(LicenceKind.FULL), int(Service.CUSTODY), 0)
    status = (int(LicenceState.SUSPENDED), int(Ground.CONDITION_BREACHED), 0)
    suspended = decided(nation, "licence_status", indus, *status)
    while_suspended = suspended + 1
    assert order_behind(nation.state, SENT, indus, while_suspended) == suspended
    assert order_behind(nation.state, GOT, indus, while_suspended) == suspended
    decided(nation, "licence_status", indus, int(LicenceState.IN_FORCE), 0, 0)
    assert order_behind(nation.state, SENT, indus, while_suspended) == suspended
    assert order_behind(nation.state, SENT, indus, nation.state.entry + 1) == 0
    assert order_behind(nation.state, SENT, indus, granted + 1) == 0


def test_a_licence_that_does_not_cover_it(nation: Nation) -> None:
    indus = nation.institutions["Indus"]
    granted = decided(nation, "licence_granted", indus, "L1", int(LicenceKind.FULL), int(Service.CUSTODY), 0)
    varied = decided(nation, "licence_varied", indus, int(LicenceKind.LIMITED), int(Service.ADVISORY))
    assert order_behind(nation.state, Outcome.DEBIT_NOT_LICENSED, indus, granted + 1) == granted
    assert order_behind(nation.state, Outcome.CREDIT_NOT_LICENSED, indus, varied + 1) == varied


def test_a_status_without_a_licence_is_named_while_it_stands(nation: Nation) -> None:
    ravi = nation.institutions["Ravi"]
    suspended = decided(nation, "set_status", ravi, int(InstitutionStatus.SUSPENDED))
    assert order_behind(nation.state, SENT, ravi, suspended + 1) == suspended
    active = decided(nation, "set_status", ravi, int(InstitutionStatus.ACTIVE))
    assert order_behind(nation.state, SENT, ravi, suspended + 1) == 0, "which one it was is not kept"
    assert order_behind(nation.state, SENT, ravi, active + 1) == 0


def test_other_reasons_have_no_order(nation: Nation) -> None:
    assert order_behind(nation.state, Outcome.INSUFFICIENT_BALANCE, nation.institutions["Ravi"], 5) == 0
