"""A clock that creeps, jumps and stands: block time goes on, and a leap stops the node until somebody confirms."""

import time
from dataclasses import dataclass

import pytest

from sanad.base.errors import Unavailable
from sanad.node.auditing import audit
from sanad.node.clock import LEAP_MS, Clock
from sanad.node.core import Node
from sanad.rulebook.edition1.posting import post
from tests.unit.node import conftest
from tests.unit.node.conftest import FIRST_OF_ALPHA, FIRST_OF_BETA, SEGMENT_SIZE, Town

folder, town = conftest.folder, conftest.town
MINUTE_MS = 60_000


@dataclass
class Hands:
    """How far the wall clock is from the true time."""

    off_ms: int = 0


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    moved = Hands()
    monkeypatch.setattr(Clock, "_wall", lambda _: time.time_ns() // 1_000_000 + moved.off_ms)
    return moved


def pay(town: Town) -> int:
    """The block time of one more payment."""
    message = town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1, expiry_ms=2**42)
    return town.receipt(message).time_ms


@pytest.mark.parametrize("jump_ms", [9 * MINUTE_MS, -9 * MINUTE_MS])
def test_small_jumps_either_way_are_followed_and_time_never_goes_back(hands: Hands, town: Town, jump_ms: int) -> None:
    times = [pay(town)]
    hands.off_ms += jump_ms
    times += [pay(town), pay(town)]
    hands.off_ms -= jump_ms
    times.append(pay(town))
    assert times == sorted(set(times)), "each block is later than the one before"
    assert times[1] - times[0] >= (jump_ms if jump_ms > 0 else 1)


@pytest.mark.parametrize("leap_ms", [LEAP_MS + MINUTE_MS, -LEAP_MS - MINUTE_MS, 10 * 365 * 86_400_000])
def test_a_leap_stops_the_node_and_reads_go_on(hands: Hands, town: Town, leap_ms: int) -> None:
    message = town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1)
    receipt = town.send(message).result(10)
    hands.off_ms += leap_ms
    height = town.node.health().height
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"the clock leapt by -?\d+ minutes; set it right, then confirm it"):
            pay(town)
    health = town.node.health()
    assert (health.ready, health.height) == (False, height)
    assert "the clock leapt" in health.reason
    assert town.node.receipt(*_identity(message)) == receipt
    assert town.node.account(FIRST_OF_BETA) is not None
    hands.off_ms -= leap_ms
    with pytest.raises(Unavailable, match="the clock leapt"):
        pay(town)  # right again or not: somebody must have looked
    town.node.clock.confirm()
    town.alpha.sequences = iter(range(town.node.next_sequence(3, 0), 100))
    before = town.node.health().time_ms
    assert 0 < pay(town) - before < MINUTE_MS


def _identity(message: object) -> tuple[int, int, int]:
    header = message.header  # type: ignore[attr-defined]
    return header.institution, header.lane, header.sequence


def test_a_start_with_a_clock_that_is_behind_the_record(hands: Hands, town: Town) -> None:
    """Starting confirms the time; block time then goes on by milliseconds until the clock has come up."""
    hands.off_ms = 5 * MINUTE_MS
    last = pay(town)
    town.node.close()
    hands.off_ms = -30 * 86_400_000
    said: list[str] = []
    again = Node(town.folder, post, said.append, SEGMENT_SIZE)
    again.start()
    town.node = again
    assert [pay(town) - last for _ in range(3)] == [1, 2, 3]
    again.close()
    audit(town.folder, post, segment_size=SEGMENT_SIZE)
