"""What a person signs with a passkey: shown first, placed only when it comes back signed, never in anyone's way."""

from dataclasses import replace

import pytest

from sanad.base.errors import Refused, Unavailable
from sanad.gateway.gateway import READING_MS, VALIDITY_MS, Gateway
from sanad.gateway.keys import SYSTEM
from sanad.gateway.outbox import CLOCK_MARGIN_MS
from sanad.gateway.rows import Draft
from sanad.rulebook.message import Kind, Message, Signature, Suite, parse
from tests.unit.gateway.fakes import FakeNode, open_gateway, silent

LANE = 2
SIGNATURE = Signature(Suite.WEBAUTHN_ES256, bytes(16), b"an assertion that this small node does not look at" * 4)


def shown(gateway: Gateway, text: str = "a") -> Message:
    return gateway.assemble(Kind.PROPOSE, text.encode(), LANE)


def other(gateway: Gateway, key: str) -> None:
    """Another message takes the lane's next place."""
    gateway.outbox.submit(key, bytes(32), lambda: Draft(Kind.ACT, key.encode(), 1, (SYSTEM,)), [LANE])


def test_it_is_sent_as_it_was_shown(gateway: Gateway, node: FakeNode) -> None:
    message = shown(gateway)
    answer = gateway.send_signed(message, SIGNATURE, "a")
    sent = parse(answer.raw)
    assert (sent.header_bytes, sent.body, sent.signatures) == (message.header_bytes, b"a", (SIGNATURE,))
    assert sent.header.expiry_ms == node.time_ms + READING_MS
    assert gateway.send_signed(message, SIGNATURE, "a") == replace(answer, repeated=True)
    assert node.submissions == 1


def test_what_nobody_signs_holds_up_nothing(gateway: Gateway, node: FakeNode) -> None:
    for _ in range(3):
        shown(gateway)
    other(gateway, "b")
    assert [each.header.sequence for each in node.messages] == [1]


def test_one_that_was_overtaken_is_signed_anew(gateway: Gateway, node: FakeNode) -> None:
    message = shown(gateway)
    other(gateway, "b")
    with pytest.raises(Refused, match="sign it anew") as caught:
        gateway.send_signed(message, SIGNATURE, "a")
    assert (caught.value.right, node.submissions) == ("sequence", 1)
    assert gateway.send_signed(shown(gateway), SIGNATURE, "a").receipt


def test_one_that_expired_is_signed_anew(gateway: Gateway, node: FakeNode) -> None:
    message = shown(gateway)
    node.time_ms += READING_MS
    with pytest.raises(Refused, match="sign it anew") as caught:
        gateway.send_signed(message, SIGNATURE, "a")
    assert (caught.value.right, node.submissions) == ("expiry", 0)


def test_one_that_expires_under_way_is_refused_and_gives_its_place_back(gateway: Gateway, node: FakeNode) -> None:
    message = shown(gateway)
    node.before = [silent()]
    with pytest.raises(Unavailable):
        gateway.send_signed(message, SIGNATURE, "a", wait_seconds=0)
    node.time_ms += READING_MS + CLOCK_MARGIN_MS
    with pytest.raises(Refused, match="expired"):
        gateway.send_signed(message, SIGNATURE, "a", wait_seconds=0)
    other(gateway, "b")
    assert gateway.send_signed(shown(gateway), SIGNATURE, "a").receipt
    assert [each.body for each in node.messages] == [b"b", b"a"]


def test_a_lost_answer_is_found_again(gateway: Gateway, node: FakeNode) -> None:
    message = shown(gateway)
    node.after = [silent()]
    with pytest.raises(Unavailable):
        gateway.send_signed(message, SIGNATURE, "a", wait_seconds=0)
    # The person signs once more, for the place after it: the first one's receipt is the answer.
    again = shown(gateway)
    answer = gateway.send_signed(again, SIGNATURE, "a")
    assert parse(answer.raw).digest == message.digest
    assert len(node.messages) == 1


def test_it_is_sent_again_after_a_start(gateway: Gateway, node: FakeNode, folder: object) -> None:
    node.before = [silent()]
    with pytest.raises(Unavailable):
        gateway.send_signed(shown(gateway), SIGNATURE, "a", wait_seconds=0)
    gateway.close()
    with open_gateway(folder, node) as reopened:  # type: ignore[arg-type]
        assert reopened.outbox.resume() == 1
        assert reopened.outbox.find("a")


def test_the_same_key_for_another_order_is_refused(gateway: Gateway) -> None:
    gateway.send_signed(shown(gateway, "a"), SIGNATURE, "a")
    with pytest.raises(Refused, match="idempotency_conflict"):
        gateway.send_signed(shown(gateway, "b"), SIGNATURE, "a")


def test_a_message_of_the_key_file_still_renews_itself(gateway: Gateway, node: FakeNode) -> None:
    node.before = [silent()]
    with pytest.raises(Unavailable):
        other(gateway, "b")
    node.time_ms += VALIDITY_MS + CLOCK_MARGIN_MS
    other(gateway, "b")
    assert [each.body for each in node.messages] == [b"b"]
