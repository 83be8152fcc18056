from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sanad.interfaces import demonstration_file, demonstration_nation
from sanad.interfaces.demonstration import Plan
from sanad.interfaces.demonstration_nation import CHENAB, MEMBERS, groups, iban
from sanad.rulebook.edition1.words import AccountKind, InstitutionClass
from sanad.standards.identifiers import is_bic, is_iban
from sanad.standards.iso20022 import pacs008


def test_the_nation_is_the_one_of_the_specification() -> None:
    kinds = [each.kind for each in MEMBERS]
    assert kinds.count(InstitutionClass.BANK) == 2
    assert {kinds.count(each) for each in (InstitutionClass.EXCHANGE, InstitutionClass.REMITTER)} == {1}
    assert (len(demonstration_nation.PERSONS), len(demonstration_nation.RECOVERY_PERSONS)) == (3, 3)
    assert [each.number for each in MEMBERS] == list(range(1, len(MEMBERS) + 1))
    assert all(is_bic(each.bic) for each in MEMBERS)


def test_accounts_have_the_numbers_that_genesis_gives_them() -> None:
    plan = Plan()
    for group in groups().values():
        assert plan.open(group.owner.number, group.kind, 1, group.count) == group.first
        assert group.first in group.numbers


def test_every_customer_has_an_iban_of_the_banks_own() -> None:
    customers = [each for each in groups().values() if each.kind == AccountKind.CUSTOMER]
    known = {iban(each.owner, number) for each in customers for number in each.numbers}
    assert all(map(is_iban, known))
    assert len(known) == sum(each.count for each in customers)


def test_opening_balances_are_covered() -> None:
    for group in (each for each in groups().values() if each.kind == AccountKind.SETTLEMENT):
        mine = [each for each in groups().values() if (each.owner, each.currency) == (group.owner, group.currency)]
        customers = [each for each in mine if each.kind == AccountKind.CUSTOMER]
        assert sum(each.opening * each.count for each in customers) <= group.opening


def test_a_file_is_a_valid_pacs_008_with_names_in_urdu(tmp_path: Path) -> None:
    path = tmp_path / "payments.xml"
    earlier = uuid4().bytes
    demonstration_file.compose(path, 2, earlier)
    with pacs008.read(path) as file:
        payments = list(file.payments())
        assert file.summary.message_id == f"CHNB-{datetime.now(UTC):%Y%m%d}-0002"
        assert file.summary.payment_count == len(payments) > 1_000
    assert [each.end_to_end_id for each in payments if each.uetr == earlier] == ["E2E-0002-X0014"]
    names = {each.debtor_name or "" for each in payments}
    assert any(not name.isascii() for name in names)
    assert len({each.uetr for each in payments}) == len(payments)
    assert all(each.debtor_agent_bic == CHENAB.bic for each in payments)
    assert list(tmp_path.iterdir()) == [path]


def test_an_account_always_has_the_same_holder(tmp_path: Path) -> None:
    holders: dict[str, set[str]] = {}
    for number in (1, 2):
        demonstration_file.compose(tmp_path / "payments.xml", number)
        for each in pacs008.payments(tmp_path / "payments.xml"):
            holders.setdefault(each.debtor_iban or "", set()).add(each.debtor_name or "")
            holders.setdefault(each.creditor_iban or "", set()).add(each.creditor_name or "")
    assert {len(names) for names in holders.values()} == {1}
