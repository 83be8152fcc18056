"""The check that a gateway asks before a payment goes: dated values, what is there or not; silence clears nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Unavailable
from sanad.compliance.travel_rule.desk import payloads
from sanad.compliance.travel_rule.desk.check import SCHEMA, Missing, TravelRuleCheck
from sanad.compliance.travel_rule.queries.requirements import (
    Requirements,
    RuleValue,
    requirements_at,
    values_of,
)
from sanad.evidence.store import EvidenceStore
from sanad.gateway.checks import Check, Checked, Finding
from sanad.rulebook.edition1.words import Rule, TravelRuleField
from sanad.standards.iso20022.payment import Payment
from sanad.standards.ivms101 import reading
from sanad.standards.ivms101.model import (
    Address,
    AddressType,
    Identity,
    Issue,
    NaturalName,
    NaturalPerson,
    Party,
    Transliteration,
)

FULL = NaturalPerson(
    (NaturalName("خان", "عائشہ"),), addresses=(Address(AddressType.HOME, "PK", lines=("12 Canal Rd",)),)
)
PKR_MILLION = 1_000_000_00


def payment(amount: int = PKR_MILLION, **change: Any) -> Payment:
    whole = Payment(
        1, None, "e2e", None, None, amount, "PKR", None, "SLEV", "Ayesha Khan", "PK36SCBL0000001123456702", None,
        "SCBLPKKX", None, "Bilal Ahmed", None, "7001", "MUCBPKKA", None, None, None,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **change)


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[EvidenceStore]:
    with EvidenceStore(tmp_path / "items", tmp_path / "keys", bytes(32)) as store:
        yield store


def by_law() -> Requirements:
    return requirements_at([], 0)


def check(evidence: EvidenceStore, *payments: Payment, knows: bool = True) -> list[Checked]:
    party_of = (lambda _: FULL) if knows else (lambda _: None)
    return TravelRuleCheck(by_law, evidence.seal_many, party_of).check(payments)


def test_it_is_a_check(evidence: EvidenceStore) -> None:
    asked: Check = TravelRuleCheck(by_law, evidence.seal_many)
    assert (asked.name, asked.screened()) == ("travel_rule", 0)


def test_from_the_threshold_up_the_payload_is_sealed_and_bound(evidence: EvidenceStore) -> None:
    (found,) = check(evidence, payment())
    assert found.finding is Finding.CLEAR
    assert isinstance(found.contents, list)
    assert canonical.decode(canonical.encode(found.contents), "contents") == found.contents
    assert found.contents[:5] == [SCHEMA, True, 63, 0, "101.2023"]
    payload_digest = found.contents[5]
    assert isinstance(payload_digest, bytes)
    random, payload = evidence.open(payload_digest)
    assert digest(random, payload) == payload_digest
    identity = reading.read(payload)
    assert identity.issue is Issue.OF_2023
    assert identity.originator is not None
    person = identity.originator.persons[0]
    assert person.names[0].kind == "LEGL"
    assert person.local_names == FULL.names, "the original stays beside the Latin name"
    assert [each.value for each in identity.transliterations] == ["arab"]
    assert identity.originator.accounts == ("PK36SCBL0000001123456702",)


def test_below_the_threshold_names_and_accounts_are_enough(evidence: EvidenceStore) -> None:
    (found,) = check(evidence, payment(PKR_MILLION - 1), knows=False)
    assert found.finding is Finding.CLEAR
    assert found.contents == [SCHEMA, False, 27, 0, "101.2023", None]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"debtor_name": None}, TravelRuleField.ORIGINATOR_NAME),
        ({"debtor_name": "  "}, TravelRuleField.ORIGINATOR_NAME),
        ({"debtor_iban": None}, TravelRuleField.ORIGINATOR_ACCOUNT),
        ({"creditor_name": None}, TravelRuleField.BENEFICIARY_NAME),
        ({"creditor_account_other": None}, TravelRuleField.BENEFICIARY_ACCOUNT),
    ],
)  # fmt: skip
def test_what_is_missing_holds_a_payment_of_any_amount(
    evidence: EvidenceStore, change: dict[str, Any], field: TravelRuleField
) -> None:
    (found,) = check(evidence, payment(100, **change), knows=False)
    assert found.finding is Finding.MISSING
    assert isinstance(found.contents, list)
    assert found.contents[3] == int(field)


def test_above_it_the_originator_must_be_identified_and_the_institution_named(evidence: EvidenceStore) -> None:
    unknown, no_bank = check(evidence, payment(), payment(creditor_agent_bic=None), knows=False)
    assert unknown.finding is Finding.MISSING
    assert unknown.summary == "the Travel Rule asks for: originator identity"
    assert "originator identity, beneficiary institution" in no_bank.summary
    assert "Ayesha" not in unknown.summary + no_bank.summary


def test_what_is_missing_is_noted_for_the_officer(evidence: EvidenceStore) -> None:
    noted: list[Missing] = []
    TravelRuleCheck(by_law, evidence.seal_many, note=noted.extend).check([payment(), payment(100)])
    assert noted == [Missing("PK36SCBL0000001123456702", TravelRuleField.ORIGINATOR_IDENTITY, "PKR", PKR_MILLION)]


def test_a_currency_without_a_threshold_is_asked_everything(evidence: EvidenceStore) -> None:
    (found,) = check(evidence, payment(1, currency="AED"), knows=False)
    assert found.finding is Finding.MISSING


def test_silence_and_failure_clear_nothing(evidence: EvidenceStore) -> None:
    def silent() -> Requirements:
        raise Unavailable("the node is silent", 5)

    def full(_: object) -> Any:
        raise OSError("no space")

    for asked in (TravelRuleCheck(silent, evidence.seal_many), TravelRuleCheck(by_law, full, lambda _: FULL)):
        assert [each.finding for each in asked.check([payment(), payment()])] == [Finding.UNRESOLVED] * 2


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("محمد", "Muhammad"), ("عائشہ", "Ayesha"), ("فاطمة", "Fatima"), ("علي", "Ali"), ("عبدالرحمن", "Abdul Rahman"),
        ("الرحمن", "al-Rahman"), ("جناح", ""), ("Иван", ""), ("ال", ""),
    ],
)  # fmt: skip
def test_common_names_are_sent_with_the_vowels_that_their_script_leaves_out(word: str, read: str) -> None:
    assert payloads.read_word(word) == read


def test_a_payload_is_in_latin_letters_and_in_the_issue_asked_for() -> None:
    identity = Identity(originator=Party((FULL,), ("1",)))
    for issue in Issue:
        sent = reading.read(payloads.payload_of(identity, issue))
        assert sent.originator is not None
        person = sent.originator.persons[0]
        assert person.names == (NaturalName("Khan", "Ayesha"),)
        assert person.local_names == (NaturalName("خان", "عائشہ"),)
        told = (Transliteration.ARABIC,) if issue is Issue.OF_2023 else ()  # the first issue has them, few read them
        assert (sent.issue, sent.transliterations) == (issue, told)


def test_many_payments_are_answered_in_order(evidence: EvidenceStore) -> None:
    found = check(evidence, payment(), payment(debtor_name=None, debtor_iban=None), payment(5), payment(), knows=True)
    assert [each.finding for each in found] == [Finding.CLEAR, Finding.MISSING, Finding.CLEAR, Finding.CLEAR]
    digests = [each.contents[5] for each in found if isinstance(each.contents, list)]
    assert digests[0] != digests[3], "the same data twice give two digests"


# --- dated values -----------------------------------------------------------------------------------------------------


def test_the_newest_value_in_force_counts() -> None:
    rule = int(Rule.TRAVEL_RULE_FROM_PKR)
    values = values_of([[5, rule, [[1_000, 500_000, 7], [5_000, 250_000, 9], [1_000, 400_000, 8]]]])
    assert values[0] == RuleValue(rule, 500_000, 1_000, 7)
    amounts = [requirements_at(values, now).threshold_minor("PKR") for now in (999, 1_000, 4_999, 5_000)]
    assert amounts == [100_000_000, 40_000_000, 40_000_000, 25_000_000]


def test_the_law_before_any_message() -> None:
    found = by_law()
    assert found.thresholds == {"USD": 1_000, "EUR": 1_000, "PKR": 1_000_000}
    assert found.threshold_minor("USD") == 100_000
    assert found.answer_hours == 48
