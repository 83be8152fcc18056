from pathlib import Path

import pytest

from sanad.base.errors import Fault, Malformed, Refused
from sanad.gateway.addresses import Address
from sanad.gateway.gateway import Gateway
from tests.unit.gateway.fakes import Customers, FakeNode, open_gateway


def test_an_account_number_leads_to_its_account(gateway: Gateway, customers: Customers) -> None:
    iban = customers.own[0]
    added = gateway.addresses.add(iban, 7, 3)
    assert gateway.addresses.find(iban) == added == Address(7, 3, added.subject)
    assert gateway.addresses.find(customers.own[1]) is None


def test_numbers_are_found_as_people_write_them(gateway: Gateway, customers: Customers) -> None:
    iban = customers.own[0]
    in_groups = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4)).lower()
    assert gateway.addresses.add(in_groups, 7, 3) == gateway.addresses.find(iban)
    assert gateway.addresses.add("0012-3456", 8, 3) == gateway.addresses.find("0012-3456 ")


def test_many_are_found_at_once(gateway: Gateway) -> None:
    gateway.addresses.add_many((f"{number:06d}", number, 3) for number in range(1, 1_201))
    found = gateway.addresses.find_many([f"{number:06d}" for number in range(1_000, 2_000)])
    assert {address.account for address in found.values()} == set(range(1_000, 1_201))
    assert len({address.subject for address in found.values()}) == 201
    assert gateway.addresses.count() == 1_200


def test_a_new_account_keeps_the_subject(gateway: Gateway) -> None:
    before, after = gateway.addresses.add("1", 7, 3), gateway.addresses.add("1", 8, 3)
    assert (after.account, after.subject) == (8, before.subject)


def test_forgetting_gives_the_subject_to_erase(gateway: Gateway) -> None:
    address = gateway.addresses.add("1", 7, 3)
    sealed = gateway.evidence.seal(address.subject, "عائشہ".encode())
    assert gateway.addresses.remove("1") == address.subject
    assert gateway.evidence.erase(address.subject)
    with pytest.raises(Refused, match="erased"):
        gateway.evidence.open(sealed.digest)
    with pytest.raises(Refused, match="not known") as caught:
        gateway.addresses.remove("1")
    assert caught.value.status == 404
    # Who comes back is somebody new.
    assert gateway.addresses.add("1", 7, 3).subject != address.subject


@pytest.mark.parametrize("row", [("", 1, 1), ("x" * 35, 1, 1), ("1", 0, 1), ("1", 2**63, 1), ("1", 1, 0)])
def test_a_bad_row_is_malformed_and_none_is_added(gateway: Gateway, row: tuple[str, int, int]) -> None:
    with pytest.raises(Malformed, match="row 2") as caught:
        gateway.addresses.add_many([("2", 1, 1), row])
    assert "x" * 35 not in str(caught.value)
    assert gateway.addresses.count() == 0


@pytest.mark.parametrize("change", ["account = 666", "institution = 9", "number = '2'", "subject = zeroblob(16)"])
def test_money_is_not_led_elsewhere_by_another_hand(gateway: Gateway, change: str) -> None:
    gateway.addresses.add("1", 7, 3)
    gateway._database._connection.execute(f"UPDATE address SET {change}")
    with pytest.raises(Fault, match="changed by another hand"):
        gateway.addresses.find_many(["1", "2"])


def test_assets_are_kept_and_sealed(gateway: Gateway, folder: Path, node: FakeNode) -> None:
    gateway.assets.set("AED", 3, 10)
    gateway.close()
    with open_gateway(folder, node) as reopened:
        assert {currency: asset.number for currency, asset in reopened.assets.all().items()} == {"PKR": 1, "AED": 3}
        reopened._database._connection.execute("UPDATE asset SET asset = 2")
        with pytest.raises(Fault, match="changed by another hand"):
            reopened.assets.all()
        with pytest.raises(Malformed):
            reopened.assets.set("USD", 0)
