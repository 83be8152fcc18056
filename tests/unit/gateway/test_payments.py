from pathlib import Path

import pytest

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import MalformedFile, Refused, Unavailable
from sanad.gateway import payments as payments_module
from sanad.gateway.gateway import Gateway
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import Purpose, TransferFlag
from sanad.standards.iso20022 import pacs002
from tests.unit.gateway.fakes import (
    POOR_ACCOUNT,
    Customers,
    FakeNode,
    MakeFile,
    open_gateway,
    payment,
    silent,
    write_file,
)


@pytest.fixture(autouse=True)
def known(gateway: Gateway, customers: Customers, monkeypatch: pytest.MonkeyPatch) -> None:
    customers.note(gateway)
    monkeypatch.setattr(payments_module, "PART_PAYMENTS", 10)


def test_a_file_is_posted_and_answered(gateway: Gateway, node: FakeNode, make_file: MakeFile, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    result = gateway.payments.post_file(
        make_file(35), tmp_path / "answer.xml", progress=lambda done, total: steps.append((done, total))
    )
    assert (result.payments, result.admitted, result.rejected, result.not_sent) == (35, 35, {}, {})
    assert not result.already_posted
    assert steps == [(10, 35), (20, 35), (30, 35), (35, 35)]
    assert sorted(message.header.items for message in node.messages) == [5, 10, 10, 10]
    assert set(result.receipts) == {receipt for _, receipt in node.taken.values()}
    header, statuses = pacs002.read(result.answer)
    assert (header.group_status, header.original_payment_count) == ("ACSC", 35)
    assert [status.original_end_to_end_id for status in statuses] == [f"E{number}" for number in range(1, 36)]
    assert {status.status for status in statuses} == {"ACSC"}
    assert all(status.accepted_at for status in statuses)


def test_a_transfer_says_what_the_payment_said(
    gateway: Gateway, node: FakeNode, customers: Customers, tmp_path: Path
) -> None:
    small = payment(customers.own[2], customers.theirs[4], amount_minor=99_999)
    large = payment(customers.own[2], customers.theirs[4], amount_minor=100_000)
    gateway.payments.post_file(write_file(tmp_path / "in.xml", [small, large]), tmp_path / "out.xml")
    transfers = node.messages[0].transfers()
    assert transfers["uetr"][0].tobytes() == small.uetr
    assert (transfers["debit"][0], transfers["credit"][0], transfers["asset"][0]) == (3, 1_005, 1)
    assert transfers["amount"].tolist() == [99_999, 100_000]
    assert transfers["purpose"].tolist() == [Purpose.PAYMENT] * 2
    assert transfers["flags"].tolist() == [0, TransferFlag.BOUND]
    random, contents = gateway.evidence.open(transfers["evidence"][1].tobytes())
    assert digest(random, contents) == transfers["evidence"][1].tobytes()
    value = canonical.decode(contents, "evidence")
    assert isinstance(value, list)
    assert value[1] == [large.uetr, 0, 3, 1_005, 1, 100_000]
    assert value[2] == ["فاطمہ بی بی", customers.own[2], "SCBLPKKX", None]
    loose, _ = gateway.evidence.open(transfers["evidence"][0].tobytes())
    assert loose == transfers["evidence"][0].tobytes()


def test_no_personal_data_are_in_messages_answers_or_files(
    gateway: Gateway, node: FakeNode, customers: Customers, tmp_path: Path, folder: Path
) -> None:
    unknown = "PK36SCBL0000001123456702"
    payments = [payment(customers.own[0], customers.theirs[0]), payment(customers.own[0], unknown, 2)]
    result = gateway.payments.post_file(write_file(tmp_path / "in.xml", payments), tmp_path / "out.xml")
    gateway.close()
    seen = b"".join(message.raw for message in node.messages) + result.answer.read_bytes()
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in ("فاطمہ", "کرایہ", "محمد", unknown):
        assert secret.encode() not in seen
        assert secret.encode() not in kept
    assert customers.own[0].encode() not in seen


def test_the_same_file_posts_once_and_is_answered_from_the_first_receipts(
    gateway: Gateway, node: FakeNode, make_file: MakeFile, tmp_path: Path, folder: Path
) -> None:
    path = make_file(25)
    first = gateway.payments.post_file(path, tmp_path / "first.xml")
    gateway.close()
    node.time_ms += 86_400_000
    with open_gateway(folder, node) as reopened:
        copy = tmp_path / "another name.xml"
        copy.write_bytes(path.read_bytes())
        second = reopened.payments.post_file(copy, tmp_path / "second.xml")
    assert second.already_posted
    assert (second.receipts, second.admitted) == (first.receipts, 25)
    assert second.answer.read_bytes() == first.answer.read_bytes()
    assert len(node.messages) == node.submissions == 3


def test_rejections_are_told_for_each_payment(
    gateway: Gateway, node: FakeNode, customers: Customers, tmp_path: Path
) -> None:
    own, theirs = customers.own, customers.theirs
    gateway.addresses.add("00112233", POOR_ACCOUNT, 3)
    earlier = payment(own[0], theirs[0], 1)
    gateway.payments.post_file(write_file(tmp_path / "1.xml", [earlier]), tmp_path / "out1.xml")
    unknown = "PK36SCBL0000001123456702"
    several = [
        payment(own[1], theirs[1], 1),
        payment(own[0], theirs[0], 2, uetr=earlier.uetr),
        payment(own[1], unknown, 3),
        payment(unknown, theirs[1], 4),
        payment("", theirs[1], 5, debtor_iban=None, debtor_account_other="00112233"),
        payment(own[1], theirs[1], 6),
    ]
    result = gateway.payments.post_file(write_file(tmp_path / "2.xml", several), tmp_path / "out2.xml")
    assert result.admitted == 2
    assert result.rejected == {Outcome.INSUFFICIENT_BALANCE: 1, Outcome.DUPLICATE: 1}
    assert result.not_sent == {"AC01": 1, "AC03": 1}
    header, statuses = pacs002.read(result.answer)
    assert header.group_status == "PART"
    assert [status.reason for status in statuses] == [None, "AM05", "AC03", "AC01", "AM04", None]
    assert [status.original_uetr for status in statuses] == [each.uetr for each in several]
    assert all((status.accepted_at is not None) == (status.status == "ACSC") for status in statuses)


def test_a_currency_that_is_not_taken_is_answered_without_sending(
    gateway: Gateway, node: FakeNode, customers: Customers, tmp_path: Path
) -> None:
    gateway._database._connection.execute("DELETE FROM asset")
    path = write_file(tmp_path / "in.xml", [payment(customers.own[0], customers.theirs[0], n) for n in range(15)])
    result = gateway.payments.post_file(path, tmp_path / "out.xml")
    assert (result.not_sent, result.receipts, node.submissions) == ({"CURR": 15}, [], 0)
    assert pacs002.read(result.answer)[0].group_status == "RJCT"
    # The sender was told no, so the same file stays refused when the currency is taken later.
    gateway.assets.set("PKR", 1)
    again = gateway.payments.post_file(path, tmp_path / "out.xml")
    assert (again.not_sent, again.already_posted, node.submissions) == ({"CURR": 15}, True, 0)


def test_a_missing_uetr_is_given_once_and_told(
    gateway: Gateway, node: FakeNode, customers: Customers, tmp_path: Path
) -> None:
    given = payment(customers.own[0], customers.theirs[0], 1)
    path = write_file(
        tmp_path / "in.xml", [given, *(payment(customers.own[0], customers.theirs[0], n, uetr=None) for n in (2, 3))]
    )
    first = gateway.payments.post_file(path, tmp_path / "1.xml")
    second = gateway.payments.post_file(path, tmp_path / "2.xml")
    told = [status.original_uetr for status in pacs002.read(first.answer)[1]]
    assert told == [row.tobytes() for row in node.messages[0].transfers()["uetr"]]
    assert told[0] == given.uetr
    assert len(set(told)) == 3
    assert all(uetr and uetr[6] >> 4 == 4 for uetr in told)
    assert second.answer.read_bytes() == first.answer.read_bytes()


def test_a_malformed_file_posts_nothing(gateway: Gateway, node: FakeNode, make_file: MakeFile, tmp_path: Path) -> None:
    path = make_file(15)
    path.write_bytes(path.read_bytes().replace(b"<EndToEndId>E14<", b"<EndToEndIdent>E14<"))
    with pytest.raises(MalformedFile):
        gateway.payments.post_file(path, tmp_path / "out.xml", idempotency_key="k")
    assert node.submissions == 0
    assert not (tmp_path / "out.xml").exists()
    # The key is still free for the mended file.
    assert gateway.payments.post_file(make_file(1), tmp_path / "out.xml", idempotency_key="k").admitted == 1


def test_an_idempotency_key_is_for_one_file(gateway: Gateway, make_file: MakeFile, tmp_path: Path) -> None:
    path = make_file(3)
    gateway.payments.post_file(path, tmp_path / "out.xml", idempotency_key="ک" * 120)
    assert gateway.payments.post_file(path, tmp_path / "out.xml", idempotency_key="ک" * 120).already_posted
    with pytest.raises(Refused, match="idempotency_conflict"):
        gateway.payments.post_file(make_file(3), tmp_path / "out.xml", idempotency_key="ک" * 120)


def test_a_file_that_broke_off_goes_on(gateway: Gateway, node: FakeNode, make_file: MakeFile, tmp_path: Path) -> None:
    path = make_file(45)
    node.after = [silent(), silent()]
    with pytest.raises(Unavailable):
        gateway.payments.post_file(path, tmp_path / "out.xml", wait_seconds=0)
    assert not (tmp_path / "out.xml").exists()
    result = gateway.payments.post_file(path, tmp_path / "out.xml")
    assert result.admitted == 45
    assert len(node.messages) == 5
    assert gateway.payments.post_file(path, tmp_path / "out.xml").already_posted


def test_an_address_learned_between_two_tries_does_not_cut_the_file_anew(
    gateway: Gateway, node: FakeNode, customers: Customers, tmp_path: Path
) -> None:
    unknown = "PK36SCBL0000001123456702"
    payments = [payment(customers.own[0], unknown if n == 3 else customers.theirs[0], n) for n in range(1, 26)]
    path = write_file(tmp_path / "in.xml", payments)
    node.after = [silent()]
    with pytest.raises(Unavailable):
        gateway.payments.post_file(path, tmp_path / "out.xml", wait_seconds=0)
    gateway.addresses.add(unknown, 2_000, 4)
    result = gateway.payments.post_file(path, tmp_path / "out.xml")
    assert result.admitted + sum(result.not_sent.values()) == 25
    assert len(node.uetrs) == result.admitted
