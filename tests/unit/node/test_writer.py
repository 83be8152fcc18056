"""The writer: sequences, parking, old messages, refusals, system entries, and opening again."""

import os
import time
from pathlib import Path

import pytest

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.node import auditing, receipts
from sanad.node.core import Node
from sanad.node.folder import Damage
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import AccountFlag, InstitutionStatus
from sanad.rulebook.message import Kind, new_transfers
from tests.unit.node.conftest import ALPHA, BETA, FIRST_OF_ALPHA, FIRST_OF_BETA, SEGMENT_SIZE, Bank, Town, key_of

ADMITTED = (int(Outcome.ADMITTED),)


def test_a_payment_moves_money_and_its_receipt_verifies(town: Town) -> None:
    message = town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 2_500)
    receipt = town.receipt(message)
    assert receipt.codes == ADMITTED
    receipts.verify_for(receipt, message, town.node.network, town.node.genesis.node_public_key)
    account = town.node.account(FIRST_OF_BETA)
    assert account is not None
    assert account.balance == 2_500


def test_the_same_message_again_gives_the_original_receipt_also_after_a_restart(town: Town) -> None:
    message = town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 100)
    first = town.send(message).result(10)
    assert town.send(message).result(10) == first
    town.node.close()
    again = Node(town.folder, post, segment_size=SEGMENT_SIZE)
    again.start()
    assert again.submit(message.raw).result(10) == first
    again.close()


def test_another_message_under_a_used_sequence_is_a_conflict(town: Town) -> None:
    town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 100, sequence=1))
    with pytest.raises(Refused, match="sequence_conflict"):
        town.send(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 100, sequence=1)).result(10)


def test_messages_that_overtake_each_other_are_parked_and_applied_in_order(town: Town) -> None:
    late_first = [town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 10 + n, sequence=n) for n in (3, 2, 4, 1)]
    futures = [town.send(message) for message in late_first]
    entries = {
        message.header.sequence: receipts.decode(future.result(10)).entry
        for message, future in zip(late_first, futures, strict=True)
    }
    assert sorted(entries, key=lambda sequence: entries[sequence]) == [1, 2, 3, 4]


def test_a_gap_that_is_too_wide_is_refused_at_once(town: Town) -> None:
    with pytest.raises(Refused, match="close the gap"):
        town.send(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=100)).result(10)


def test_nobody_parks_a_message_on_the_lane_of_another(town: Town) -> None:
    stranger = Bank(town.node.network, ALPHA, key_of(f"system {BETA}"))
    with pytest.raises(Refused, match="another institution"):
        town.send(stranger.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=2))


def test_a_lane_outside_the_keys_scope_is_refused_parked_or_not(town: Town) -> None:
    for sequence in (1, 2):
        with pytest.raises(Refused, match="lane"):
            town.send(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=sequence, lane=5_000)).result(10)


def test_a_refused_message_leaves_no_trace(town: Town) -> None:
    height = town.node.health().height
    with pytest.raises(Refused, match="expired"):
        town.send(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=1, expiry_ms=1_000)).result(10)
    forged = town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=1)
    with pytest.raises(Refused, match="signature is wrong"):
        town.node.submit(
            forged.header_bytes
            + Bank.signed(town.beta, forged).signatures_bytes[:2]
            + (forged.signatures_bytes[2:20] + (64).to_bytes(2, "little") + bytes(64))
            + forged.body
        )
    assert town.node.health().height == height
    assert town.node.next_sequence(ALPHA, 0) == 1


def test_rejected_is_an_answer_on_the_record(town: Town) -> None:
    receipt = town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 10**9))
    assert receipt.codes == (int(Outcome.INSUFFICIENT_BALANCE),)
    assert town.node.next_sequence(ALPHA, 0) == 2


def test_an_act_that_is_no_canonical_msgpack_is_malformed(town: Town) -> None:
    with pytest.raises(Malformed, match="canonical msgpack"):
        town.send(town.alpha.message(b"\xc1", Kind.ACT, 1, sequence=1)).result(10)


def test_two_persons_suspend_a_bank_and_the_next_posting_is_rejected(town: Town) -> None:
    first, second = town.person(0), town.person(1)
    act = encode_act("set_status", ALPHA, int(InstitutionStatus.SUSPENDED))
    proposal = town.receipt(first.message(act, Kind.PROPOSE, 1))
    assert proposal.codes == ADMITTED
    own = town.receipt(first.message(encode_decision(proposal.entry, act), Kind.CONFIRM, 1))
    assert own.codes == (int(Outcome.SAME_PERSON),)
    decision = second.message(encode_decision(proposal.entry, act), Kind.CONFIRM, 1)
    assert town.receipt(decision).codes == ADMITTED
    receipt = town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1))
    assert receipt.codes == (int(Outcome.DEBIT_NOT_PERMITTED),)
    suspended = proposal.entry + 2  # the proposer's own attempt to confirm lies between
    assert town.node.orders_behind(receipt.entry) == {int(Outcome.DEBIT_NOT_PERMITTED): suspended}
    assert town.node.orders_behind(suspended) == town.node.orders_behind(receipt.entry + 1) == {}


def test_a_court_order_is_executed_by_a_system_entry_in_the_next_block(town: Town) -> None:
    moved = new_transfers(1)
    moved["debit"], moved["credit"], moved["amount"] = FIRST_OF_ALPHA, FIRST_OF_BETA, 700
    moved["asset"], moved["purpose"] = 1, 12
    act = encode_act("court_order", [moved.tobytes()], digests=[os.urandom(32)])
    first, second = town.person(0), town.person(1)
    proposal = town.receipt(first.message(act, Kind.PROPOSE, 1))
    assert proposal.codes == ADMITTED
    confirmed = town.receipt(second.message(encode_decision(proposal.entry, act), Kind.CONFIRM, 1))
    assert confirmed.codes == ADMITTED
    deadline = time.monotonic() + 5
    while town.node.record.derived.entry_count <= confirmed.entry and time.monotonic() < deadline:
        time.sleep(0.02)
    account = town.node.account(FIRST_OF_BETA)
    assert account is not None
    assert account.balance == 700
    line = town.node.statement(FIRST_OF_BETA, 0, 10).lines[0]
    assert (line.amount, line.counter_account) == (700, FIRST_OF_ALPHA)


def test_a_frozen_account_cannot_pay_until_the_order_is_lifted(town: Town) -> None:
    first, second = town.person(0), town.person(1)
    for flags, expected in ((int(AccountFlag.FROZEN_DEBIT), Outcome.DEBIT_ACCOUNT_FROZEN), (0, Outcome.ADMITTED)):
        act = encode_act("freeze", FIRST_OF_ALPHA, flags, digests=[os.urandom(32)])
        proposal = town.receipt(first.message(act, Kind.PROPOSE, 1))
        town.receipt(second.message(encode_decision(proposal.entry, act), Kind.CONFIRM, 1))
        assert town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 5)).codes == (int(expected),)


def test_a_statement_walks_back_page_by_page(town: Town) -> None:
    for amount in range(1, 8):
        town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, amount))
    first = town.node.statement(FIRST_OF_ALPHA, 0, 3)
    second = town.node.statement(FIRST_OF_ALPHA, first.next_before, 3)
    third = town.node.statement(FIRST_OF_ALPHA, second.next_before, 3)
    amounts = [line.amount for page in (first, second, third) for line in page.lines]
    assert amounts == [7, 6, 5, 4, 3, 2, 1, 100_000]
    assert third.next_before == 0
    assert third.lines[-1].balance == 100_000


def test_a_clock_that_leaps_stops_the_node_until_an_operator_confirms(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = town.node.clock._wall
    monkeypatch.setattr(town.node.clock, "_wall", lambda: real() + 3_600_000)
    with pytest.raises(Unavailable, match="leapt by 60 minutes"):
        town.send(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=1)).result(10)
    assert not town.node.health().ready
    town.node.clock.confirm()
    assert town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, sequence=1)).codes == ADMITTED


def test_a_clock_that_goes_back_a_little_does_not_stop_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1)).time_ms
    real = town.node.clock._wall
    monkeypatch.setattr(town.node.clock, "_wall", lambda: real() - 30_000)
    after = town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1)).time_ms
    assert after == before + 1


def test_the_record_can_be_audited_and_opened_from_its_segments_alone(town: Town) -> None:
    for amount in range(1, 6):
        town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, amount))
    town.node.close()
    report = auditing.audit(town.folder, post, segment_size=SEGMENT_SIZE)
    assert report.checkpoint_size == report.height
    for name in ("snapshots", "derived"):
        for path in (town.folder / name).iterdir():
            path.unlink()
    node = Node(town.folder, post, segment_size=SEGMENT_SIZE)
    account = node.account(FIRST_OF_BETA)
    assert account is not None
    assert account.balance == 15
    node.close()
    assert auditing.audit(town.folder, post, segment_size=SEGMENT_SIZE).root == report.root


def test_a_flipped_byte_is_named(town: Town) -> None:
    receipt = town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 5))
    town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 6))
    offset = town.node.record.derived.entry(receipt.entry).message_offset
    town.node.close()
    segment: Path = town.folder / "segments" / "00000000.segment"
    data = bytearray(segment.read_bytes())
    data[offset + 250] ^= 1
    segment.write_bytes(data)
    with pytest.raises(Damage) as caught:
        auditing.audit(town.folder, post, segment_size=SEGMENT_SIZE)
    assert caught.value.entry == receipt.entry
    node = Node(town.folder, post, segment_size=SEGMENT_SIZE)
    with pytest.raises(Damage):
        node.message(receipt.entry)
    node.close(snapshot=False)
