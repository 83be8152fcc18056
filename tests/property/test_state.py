"""The state as bytes: it comes back the same, and its digest tells any two states apart."""

from hypothesis import given, settings

from sanad.rulebook.edition1.state import as_bytes, copy, count, from_parts, parts, state_digest
from tests.property.conftest import opened
from tests.property.histories import HISTORIES, Sent, play
from tests.scenarios.nation import twin


@given(HISTORIES)
@settings(max_examples=50)
def test_a_state_read_back_is_the_same_and_goes_on_the_same(history: list[Sent]) -> None:
    nation = opened()
    for sent in history[:-1]:
        play(nation, sent)
    pieces = {name: bytes(as_bytes(piece)) for name, piece in parts(nation.state)}
    other = twin(nation)
    other.state = from_parts(pieces)
    assert {name: bytes(as_bytes(piece)) for name, piece in parts(other.state)} == pieces
    for each in (nation, other):
        each.drawn = 10_000
        play(each, history[-1])
    assert state_digest(other.state) == state_digest(nation.state)
    assert [entry.chain_digest for entry in other.entries] == [entry.chain_digest for entry in nation.entries]


@given(HISTORIES)
@settings(max_examples=50)
def test_equal_histories_have_equal_digests(history: list[Sent]) -> None:
    one, other = opened(), opened()
    for nation in (one, other):
        for sent in history:
            play(nation, sent)
    assert one.chain == other.chain
    assert state_digest(copy(one.state)) == state_digest(copy(other.state))


@given(HISTORIES)
@settings(max_examples=25)
def test_one_balance_one_freeze_or_one_duplicate_more_changes_the_digest(history: list[Sent]) -> None:
    nation = opened()
    for sent in history[:3]:
        play(nation, sent)
    seen = {state_digest(copy(nation.state))}
    for account in range(1, count(nation.state, "accounts") + 1):
        for field, change in (("balance", 1), ("reserved", 1), ("flags", 32), ("tier", 1), ("last_position", 1)):
            changed = copy(nation.state)
            changed.accounts[account][field] ^= change
            seen.add(state_digest(changed))
    changed = copy(nation.state)
    changed.current.slots[7] = (1, 1 + int(changed.current.slots[7]["position"]))
    seen.add(state_digest(changed))
    changed = copy(nation.state)
    changed.lanes[9, 9] = 2
    seen.add(state_digest(changed))
    assert len(seen) == 1 + 5 * count(nation.state, "accounts") + 2


def test_what_is_only_a_hint_is_not_in_the_digest() -> None:
    nation = opened()
    before = state_digest(copy(nation.state))
    nation.state.counters["next_expiry_ms"] = 5
    assert state_digest(copy(nation.state)) == before


def test_capacity_beyond_the_counters_is_not_in_the_digest() -> None:
    nation = opened()
    before = state_digest(copy(nation.state))
    larger = copy(nation.state)
    larger.accounts = larger.accounts.copy()
    larger.accounts.resize(2 * len(larger.accounts), refcheck=False)
    assert state_digest(larger) == before
