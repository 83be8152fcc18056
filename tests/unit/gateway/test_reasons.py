import pytest

from sanad.gateway import reasons
from sanad.rulebook.edition1.codes import Outcome
from sanad.standards.iso20022 import pacs002


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda outcome: outcome.name)
def test_every_outcome_has_a_word_that_banks_know(outcome: Outcome) -> None:
    status = reasons.status_of(outcome)
    assert status.status in pacs002.codes("status")
    if outcome is Outcome.ADMITTED:
        assert status == reasons.Status("ACSC")
        return
    assert status.status == "RJCT"
    assert status.reason in pacs002.codes("reason")
    assert status.text.startswith(f"{int(outcome)}: ")
    assert len(status.text) <= reasons.NARRATIVE_CHARACTERS_MAX


def test_a_reservation_is_pending() -> None:
    assert reasons.status_of(0, pending=True) == reasons.Status("PDNG")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.INSUFFICIENT_BALANCE, "AM04"),
        (Outcome.DUPLICATE, "AM05"),
        (Outcome.DEBIT_ACCOUNT_CLOSED, "AC04"),
        (Outcome.CREDIT_ACCOUNT_FROZEN, "AC06"),
        (Outcome.TRANSFER_LIMIT, "AM02"),
        (Outcome.DAILY_LIMIT, "AM14"),
        (Outcome.EVIDENCE_NOT_BOUND, "RR04"),
    ],
)
def test_common_reasons_are_the_usual_ones(outcome: Outcome, reason: str) -> None:
    assert reasons.status_of(outcome).reason == reason


def test_the_gateways_own_answers_are_of_the_same_sets() -> None:
    for reason in (
        reasons.DEBTOR_ACCOUNT_NOT_KNOWN,
        reasons.CREDITOR_ACCOUNT_NOT_KNOWN,
        reasons.CURRENCY_NOT_TAKEN,
    ):
        assert reasons.not_sent(reason).reason in pacs002.codes("reason")
    assert {reasons.SETTLED, reasons.PARTLY, reasons.REJECTED} <= set(pacs002.codes("group_status"))
