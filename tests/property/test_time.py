"""Time only goes on: reservations end, windows turn, and nothing is forgotten too early."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.orders import is_work_due
from sanad.rulebook.edition1.state import count
from tests.property.conftest import check_books, opened
from tests.scenarios.nation import DAY, Entry, Nation, uetr

JUMPS = st.lists(st.integers(1, 80 * DAY), min_size=1, max_size=6)


def pay(nation: Nation, name: bytes) -> Outcome:
    row = nation.transfer(nation.accounts["Asma"], nation.accounts["Bina"], 1, uetr=name)
    answer = nation.send("Indus", row)
    assert isinstance(answer, Entry)
    return answer.outcome


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), JUMPS)
@settings(max_examples=60)
def test_no_reservation_outlives_its_time(timeouts: list[int], jumps: list[int]) -> None:
    nation = opened()
    ali, bina = nation.accounts["Ali"], nation.accounts["Bina"]
    nation.send("Indus", *(nation.transfer(ali, bina, 10, flags=2, timeout_seconds=each) for each in timeouts))
    made_ms = nation.state.time_ms
    for jump in jumps:
        nation.wait(min(jump, 7_000))
        nation.open_block()
        check_books(nation.state)
        due = [each for each in timeouts if made_ms + each * 1_000 > nation.state.time_ms // 1_000 * 1_000]
        assert nation.reserved("Ali") <= 10 * len(due)
        assert nation.reserved("Ali") >= 10 * sum(made_ms + each * 1_000 > nation.state.time_ms for each in timeouts)
    nation.wait(41_000)
    nation.open_block()
    assert nation.reserved("Ali") == 0
    assert not is_work_due(nation.state, nation.state.time_ms)


@given(st.integers(1, 60), st.integers(0, 30))
@settings(max_examples=30)
def test_a_block_frees_no_more_than_it_may(reservations: int, bound: int) -> None:
    nation = opened()
    nation.state.parameters.expiries_per_block = 1 + bound
    ali, bina = nation.accounts["Ali"], nation.accounts["Bina"]
    nation.send("Indus", *(nation.transfer(ali, bina, 10, flags=2, timeout_seconds=1) for _ in range(reservations)))
    left = reservations
    while left:
        nation.wait(2_000)
        nation.open_block()
        freed = min(left, 1 + bound)
        left -= freed
        assert nation.reserved("Ali") == 10 * left
        assert nation.entries[-1].message.header.items == freed


@given(JUMPS)
@settings(max_examples=60)
def test_a_duplicate_is_known_for_a_window_at_least_and_two_at_most(jumps: list[int]) -> None:
    nation = opened()
    nation.fund("Asma", 1_000)
    name = uetr(b"one and the same")
    assert pay(nation, name) is Outcome.ADMITTED
    paid_ms = nation.state.time_ms
    for jump in jumps:
        nation.wait(jump % (20 * DAY))
        age = nation.now_ms - paid_ms
        outcome = pay(nation, name)
        if age <= 14 * DAY:
            assert outcome is Outcome.DUPLICATE
        if outcome is Outcome.ADMITTED:
            paid_ms = nation.state.time_ms
        else:
            assert age < 28 * DAY + 1_000


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 40 * DAY)), min_size=1, max_size=5))
@settings(max_examples=40)
def test_windows_turn_whatever_their_length_becomes(changes: list[tuple[int, int]]) -> None:
    """A change of length forgets nothing younger than the shorter of both, and the window turns again in time."""
    nation = opened()
    nation.fund("Asma", 1_000)
    before_days = 14
    for number, (days, pause) in enumerate(changes):
        name = uetr(number.to_bytes(16, "little"))
        assert pay(nation, name) is Outcome.ADMITTED
        nation.decide("Amina", "Bilal", "set_parameter", 2, days)
        assert pay(nation, name) is Outcome.DUPLICATE
        nation.wait(min(pause, min(days, before_days) * DAY - 5))
        assert pay(nation, name) is Outcome.DUPLICATE
        before_days = days
        opened_window = nation.state.window_number
        nation.wait(2 * days * DAY)
        nation.open_block()
        assert nation.state.window_number > opened_window
        assert count(nation.state, "window_used") == 0
        assert pay(nation, name) is Outcome.ADMITTED
