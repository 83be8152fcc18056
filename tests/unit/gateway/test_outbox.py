from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed, Refused, Unavailable
from sanad.gateway.gateway import VALIDITY_MS, Gateway
from sanad.gateway.keys import SYSTEM
from sanad.gateway.outbox import CLOCK_MARGIN_MS, KEY_BYTES_MAX, Answer
from sanad.gateway.rows import Draft
from sanad.node import receipts
from sanad.rulebook.message import Kind, parse
from tests.unit.gateway.fakes import FakeNode, open_gateway, signed_receipt, silent

ONE = bytes([1]) * 32
TWO = bytes([2]) * 32
LANES = range(1, 5)


def act(text: str) -> Draft:
    return Draft(Kind.ACT, text.encode(), 1, (SYSTEM,), notes=b"note of " + text.encode())


def send(gateway: Gateway, key: str, content: bytes = ONE, lanes: range = LANES) -> Answer:
    return gateway.outbox.submit(key, content, lambda: act(key), lanes)


def never() -> Draft:
    raise AssertionError("a message is made once")


def refused(right: str = "quota", status: int = 403) -> Refused:
    return Refused(right, "not now", status)


def test_a_message_is_sent_and_answered(gateway: Gateway, node: FakeNode) -> None:
    answer = send(gateway, "a")
    message = parse(answer.raw)
    assert node.messages == [message]
    assert (message.header.lane, message.header.sequence, message.body) == (1, 1, b"a")
    assert answer.receipt == node.receipt(3, 1, 1)
    assert answer.decoded().message_digest == message.digest
    assert answer.notes == b"note of a"
    assert not answer.repeated


def test_the_same_again_gives_the_first_receipt(gateway: Gateway, node: FakeNode, folder: Path) -> None:
    first = send(gateway, "a")
    again = gateway.outbox.submit("a", ONE, never, LANES)
    assert again == Answer(first.raw, first.receipt, first.notes, repeated=True)
    assert gateway.outbox.find("a") == again
    assert gateway.outbox.find("b") is None
    gateway.close()
    with open_gateway(folder, node) as reopened:
        assert reopened.outbox.submit("a", ONE, never, LANES) == again
    assert node.submissions == 1


def test_the_same_key_for_something_else_is_refused(gateway: Gateway) -> None:
    send(gateway, "a")
    with pytest.raises(Refused, match="idempotency_conflict") as caught:
        send(gateway, "a", TWO)
    assert caught.value.status == 409


@pytest.mark.parametrize("key", ["", "x" * (KEY_BYTES_MAX + 1), "ک" * 128])
def test_a_key_has_1_to_255_bytes(gateway: Gateway, key: str) -> None:
    with pytest.raises(Refused, match="1 to 255 bytes"):
        send(gateway, key)
    assert send(gateway, "ک" * 127).receipt


def test_sequences_of_a_lane_have_no_gap(gateway: Gateway, node: FakeNode) -> None:
    for number in range(5):
        send(gateway, f"{number}", lanes=range(2, 3))
    assert [message.header.sequence for message in node.messages] == [1, 2, 3, 4, 5]


def test_a_lane_used_before_goes_on_where_the_node_says(gateway: Gateway, node: FakeNode) -> None:
    earlier = parse(gateway.new_message(act("of an older folder"), 1, 1).raw)
    node.submit(earlier.raw)
    assert parse(send(gateway, "a").raw).header.sequence == 2


def test_nothing_to_send_is_noted_once(gateway: Gateway, node: FakeNode) -> None:
    empty = Draft(Kind.TRANSFERS, b"", 0, (SYSTEM,), notes=b"all unknown")
    first = gateway.outbox.submit("a", ONE, lambda: empty, LANES)
    assert (first.receipt, first.notes, first.repeated) == (b"", b"all unknown", False)
    assert gateway.outbox.submit("a", ONE, never, LANES).repeated
    assert node.submissions == 0


def test_a_silent_node_leaves_the_message_queued(gateway: Gateway, node: FakeNode) -> None:
    node.before = [silent()]
    with pytest.raises(Unavailable):
        send(gateway, "a")
    assert gateway.outbox.find("a") is None
    assert gateway.outbox.submit("a", ONE, never, LANES).repeated is False
    assert len(node.messages) == 1


def test_a_lost_receipt_is_fetched_by_sending_the_same_again(gateway: Gateway, node: FakeNode) -> None:
    node.after = [silent()]
    with pytest.raises(Unavailable):
        send(gateway, "a")
    assert gateway.outbox.resume() == 1
    assert gateway.outbox.find("a")
    assert len(node.messages) == 1
    assert gateway.outbox.resume() == 0


def test_a_silent_node_is_asked_again_for_a_while(gateway: Gateway, node: FakeNode) -> None:
    node.after = [silent()]
    answer = gateway.outbox.submit("a", ONE, lambda: act("a"), LANES, wait_seconds=2)
    assert answer.receipt == node.receipt(3, 1, 1)
    assert (node.submissions, len(node.messages)) == (2, 1)


def test_too_many_a_second_is_waited_for_and_a_used_up_quota_is_not(gateway: Gateway, node: FakeNode) -> None:
    node.before = [refused("rate", 429)]
    assert gateway.outbox.submit("a", ONE, lambda: act("a"), LANES, wait_seconds=2).receipt
    node.before = [refused("quota", 429)]
    with pytest.raises(Refused, match="quota"):
        gateway.outbox.submit("b", ONE, lambda: act("b"), LANES, wait_seconds=2)
    assert node.submissions == 3


def test_the_next_message_clears_the_lane_first(gateway: Gateway, node: FakeNode) -> None:
    node.before = [silent()]
    one_lane = range(1, 2)
    with pytest.raises(Unavailable):
        send(gateway, "a", lanes=one_lane)
    send(gateway, "b", lanes=one_lane)
    assert [message.body for message in node.messages] == [b"a", b"b"]


@pytest.mark.parametrize("error", [refused(), refused("key", 401), Malformed("body", "code", "mend it")])
def test_a_refusal_gives_the_place_to_the_next(gateway: Gateway, node: FakeNode, error: Exception) -> None:
    node.before = [error]  # type: ignore[list-item]
    with pytest.raises(type(error)):
        send(gateway, "a")
    send(gateway, "b")
    assert [(message.body, message.header.sequence) for message in node.messages] == [(b"b", 1)]
    # Once its cause is mended, the same order goes through, without being made anew.
    assert gateway.outbox.submit("a", ONE, never, LANES).notes == b"note of a"
    assert [(message.body, message.header.sequence) for message in node.messages] == [(b"b", 1), (b"a", 2)]


def test_a_refusal_after_a_silence_keeps_the_place_while_a_copy_may_arrive(gateway: Gateway, node: FakeNode) -> None:
    one_lane = range(1, 2)
    node.before = [silent(), refused(), refused()]
    with pytest.raises(Unavailable):
        send(gateway, "a", lanes=one_lane)
    with pytest.raises(Refused):
        send(gateway, "a", lanes=one_lane)
    with pytest.raises(Unavailable, match="may still arrive"):
        send(gateway, "b", lanes=one_lane)
    node.time_ms += VALIDITY_MS + CLOCK_MARGIN_MS
    node.before = [refused()]
    with pytest.raises(Refused):
        send(gateway, "a", lanes=one_lane)
    assert parse(send(gateway, "b", lanes=one_lane).raw).header.sequence == 1


def test_a_copy_that_arrives_after_a_refusal_counts(gateway: Gateway, node: FakeNode) -> None:
    node.after = [silent()]  # it arrived, we do not know
    with pytest.raises(Unavailable):
        send(gateway, "a")
    node.before = [refused("key")]  # and the key was revoked meanwhile
    answer = gateway.outbox.submit("a", ONE, never, LANES)
    assert answer.receipt == node.receipt(3, 1, 1)


def test_an_expired_message_is_signed_again_for_its_place(gateway: Gateway, node: FakeNode) -> None:
    node.before = [silent()]
    with pytest.raises(Unavailable):
        send(gateway, "a")
    node.time_ms += VALIDITY_MS + 1
    answer = gateway.outbox.submit("a", ONE, never, LANES)
    header = parse(answer.raw).header
    assert (header.sequence, header.expiry_ms) == (1, node.time_ms + VALIDITY_MS)
    assert len(node.messages) == 1


def test_an_earlier_form_that_was_taken_is_found_by_its_receipt(gateway: Gateway, node: FakeNode) -> None:
    node.before = [silent()]
    with pytest.raises(Unavailable):
        send(gateway, "a")
    row = gateway.outbox._rows.read("a")
    (head,) = gateway.outbox._rows.forms(row).values()
    # Signed again, and only then the first copy comes through.
    gateway.outbox._rows.renew(row, gateway.new_message(row.draft, 1, 1))
    node.submit(head + row.draft.body)
    answer = gateway.outbox.submit("a", ONE, never, LANES)
    assert answer.raw == head + row.draft.body
    assert len(node.messages) == 1


def test_a_clock_that_is_wrong_ends_the_renewing(gateway: Gateway, node: FakeNode) -> None:
    gateway._clock_ms = lambda: 1_000
    with pytest.raises(Refused, match="expired"):
        send(gateway, "a")
    assert node.submissions == 4
    assert node.messages == []


def test_a_lane_that_another_sends_on_is_noticed(gateway: Gateway, node: FakeNode) -> None:
    send(gateway, "a", lanes=range(1, 2))
    node.submit(gateway.new_message(act("not ours"), 1, 2).raw)
    with pytest.raises(Refused, match="another gateway sends on this lane"):
        send(gateway, "b", lanes=range(1, 2))
    assert parse(send(gateway, "b", lanes=range(1, 2)).raw).header.sequence == 3


def test_a_receipt_of_something_else_is_not_believed(
    gateway: Gateway, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = gateway.new_message(act("other"), 1, 1)
    monkeypatch.setattr(node, "submit", lambda raw: signed_receipt(other, bytes(2), 1, 1))
    with pytest.raises(Fault, match="receipt of another message"):
        send(gateway, "a")


def test_a_receipt_that_the_node_did_not_sign_is_not_believed(
    gateway: Gateway, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forged(raw: bytes) -> bytes:
        receipt = receipts.decode(signed_receipt(parse(raw), bytes(2), 1, 1))
        fields = {name: getattr(receipt, name) for name in receipt.__slots__}
        return receipts.encode(receipts.Receipt(**fields | {"outcomes": b"\x01\x00"}))

    monkeypatch.setattr(node, "submit", forged)
    with pytest.raises(Malformed, match="sealed digest is not of this message"):
        send(gateway, "a")
    assert gateway.outbox.find("a") is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE message SET body = x'ff'",
        "UPDATE message SET content = zeroblob(32)",
        "UPDATE message SET key = 'b'",
        "UPDATE place SET state = 3",
        "UPDATE place SET receipt = zeroblob(9)",
        "UPDATE attempt SET head = zeroblob(200)",
        "DELETE FROM attempt",
        "DELETE FROM place",
    ],
)
def test_a_row_changed_by_another_hand_is_noticed(gateway: Gateway, change: str) -> None:
    send(gateway, "a")
    gateway._database._connection.execute("PRAGMA foreign_keys = OFF").fetchall()
    gateway._database._connection.execute(change)
    with pytest.raises(Fault, match="changed by another hand"):
        gateway.outbox.submit("b" if "key" in change else "a", ONE, never, LANES)


def test_threads_share_lanes_and_keys(gateway: Gateway, node: FakeNode) -> None:
    keys = [f"key {number % 40}" for number in range(120)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda key: send(gateway, key), keys))
    assert len(node.messages) == 40
    assert Counter(message.body for message in node.messages).most_common(1)[0][1] == 1
    assert len({answer.receipt for answer in answers}) == 40
    assert sum(not answer.repeated for answer in answers) == 40
    for lane in LANES:
        sequences = [message.header.sequence for message in node.messages if message.header.lane == lane]
        assert sequences == list(range(1, len(sequences) + 1))
    assert {message.header.lane for message in node.messages} == set(LANES)


Trouble = st.sampled_from(["before", "after", "refused", "expired", "none"])


@given(troubles=st.lists(Trouble, min_size=1, max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_goes_wrong_every_order_is_taken_once(
    gateway: Gateway, node: FakeNode, troubles: list[str], request: pytest.FixtureRequest
) -> None:
    """One gateway for all examples: what one leaves behind is the next one's start."""
    start = len(node.messages)
    keys = [f"{start} {number}" for number in range(len(troubles))]
    for key, trouble in zip(keys, troubles, strict=True):
        node.before, node.after = [], []
        match trouble:
            case "before":
                node.before = [silent()]
            case "after":
                node.after = [silent()]
            case "refused":
                node.before = [refused()]
            case "expired":
                node.before = [silent()]
        with suppress(Refused, Unavailable):
            send(gateway, key)
        node.time_ms += (VALIDITY_MS + CLOCK_MARGIN_MS) * (trouble == "expired")
    node.before, node.after = [], []
    gateway.outbox.resume()
    for key in keys:
        send(gateway, key)
    bodies = Counter(message.body.decode() for message in node.messages[start:])
    assert bodies == Counter(keys)
