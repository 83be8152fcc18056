"""The state digest: found by who replays, put on the record by the node, checked by every audit."""

import pytest

from sanad.node import auditing
from sanad.node.auditing import Replay, genesis_of
from sanad.node.folder import Damage
from sanad.node.frames import START
from sanad.node.replaying import start_from
from sanad.node.segments import Segments
from sanad.rulebook.edition1.posting import post
from tests.unit.node.conftest import FIRST_OF_ALPHA, FIRST_OF_BETA, SEGMENT_SIZE, Town


def found_by_a_replayer(town: Town, height: int) -> bytes:
    segments = Segments(town.folder, SEGMENT_SIZE)
    replay = Replay(segments, start_from(None, post), genesis_of(segments), None)
    for placed in segments.blocks(START):
        replay.step(placed)
    state_digest = replay.digest_at(height)
    assert state_digest is not None
    return state_digest


def pay(town: Town, times: int) -> None:
    for _ in range(times):
        town.receipt(town.alpha.pay(FIRST_OF_ALPHA, FIRST_OF_BETA, 1))


def test_a_digest_of_the_state_goes_on_the_record_and_is_checked(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "STATE_DIGEST_BLOCKS", 4)
    pay(town, 4)
    town.node.writer.record_state_digest(4, found_by_a_replayer(town, 4))
    pay(town, 2)
    assert town.node.ordering.state.digest_height == 4
    town.node.close()
    assert auditing.audit(town.folder, post, segment_size=SEGMENT_SIZE).state_digests == 1


def test_a_wrong_digest_is_named_by_the_audit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "STATE_DIGEST_BLOCKS", 4)
    pay(town, 4)
    town.node.writer.record_state_digest(4, bytes(32))
    pay(town, 2)
    town.node.close()
    with pytest.raises(Damage, match="state digest"):
        auditing.audit(town.folder, post, segment_size=SEGMENT_SIZE)
