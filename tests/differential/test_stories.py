"""Stories that random histories meet too seldom, told on both postings; the outcomes are the readable one's."""

import numpy as np

from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import AMOUNT_MAX, NO_TIMEOUT
from tests.differential.histories import BOUND, KEEP, LINKED, PENDING, POST, VOID
from tests.differential.pair import Pair

ADMITTED, BROKEN, OVERFLOW = int(Outcome.ADMITTED), int(Outcome.CHAIN_BROKEN), int(Outcome.BALANCE_OVERFLOW)


def test_delivery_versus_payment_through_an_agent() -> None:
    pair = Pair()
    assert pair.post(pair.transfers(1, flags=PENDING, releaser=3, debit=2, credit=11, amount=400)) == [ADMITTED]
    money = pair.position(0)
    security = pair.transfers(1, flags=PENDING, releaser=3, asset=2, debit=15, credit=7, amount=5)
    assert pair.post(security, sender=2) == [ADMITTED]
    both = pair.transfers(2, flags=[POST | LINKED, POST], asset=[1, 2], debit=[2, 15], credit=[11, 7], amount=[400, 6])
    both["pending"] = [money, pair.position(0)]
    assert pair.post(both, sender=1) == [Outcome.NOT_THE_RELEASER, BROKEN]
    assert pair.post(both, sender=3) == [BROKEN, Outcome.POST_EXCEEDS_RESERVED]
    assert pair.balances(2, 11, 15, 7) == [(1000, 400), (1000, 0), (1000, 5), (1000, 0)]
    both["amount"] = [400, 5]
    assert pair.post(both, sender=3) == [ADMITTED, ADMITTED]
    assert pair.balances(2, 11, 15, 7) == [(600, 0), (1400, 0), (995, 0), (1005, 0)]
    assert pair.post(pair.transfers(1, flags=VOID, debit=2, credit=11, amount=0, pending=money), sender=3) == [
        Outcome.PENDING_NOT_FOUND
    ]


def test_more_part_posts_than_a_byte_counts() -> None:
    for flags, last in ((POST | KEEP, ADMITTED), (POST | KEEP | LINKED, BROKEN)):
        pair = Pair()
        pair.post(pair.transfers(1, flags=PENDING, amount=300))
        parts = pair.transfers(301, flags=flags, amount=1, pending=pair.position(0))
        parts["flags"][-1] = POST | KEEP
        assert pair.post(parts) == [last] * 300 + [Outcome.PENDING_NOT_FOUND]
        assert pair.balances(2, 3) == ([(700, 0), (1300, 0)] if last == ADMITTED else [(1000, 300), (1000, 0)])


def test_two_race_for_one_pending() -> None:
    pair = Pair()
    pair.post(pair.transfers(3, flags=PENDING, amount=10))
    first = pair.position(0)
    race = pair.transfers(5, flags=[POST, VOID, POST | LINKED, VOID, VOID], amount=[4, 0, 10, 0, 0])
    race["pending"] = [first, first, first + 1, first + 1, first + 1]
    assert pair.post(race) == [ADMITTED, Outcome.PENDING_NOT_FOUND, BROKEN, Outcome.PENDING_NOT_FOUND, ADMITTED]
    pair.entry += 1
    here = pair.transfers(2, flags=[PENDING, POST], pending=[0, pair.position(0)])
    pair.entry -= 1
    assert pair.post(here) == [ADMITTED, Outcome.PENDING_POSITION_MISSING]


def test_a_chain_may_pass_money_on_and_breaks_as_one() -> None:
    pair = Pair()
    through = pair.transfers(3, flags=[LINKED, LINKED, 0], debit=[2, 3, 4], credit=[3, 4, 5], amount=[1000, 2000, 3000])
    assert pair.post(through) == [ADMITTED] * 3
    through = pair.transfers(3, flags=[LINKED, LINKED, 0], debit=[5, 4, 3], credit=[4, 3, 2], amount=[4000, 4000, 4001])
    assert pair.post(through) == [BROKEN, BROKEN, Outcome.INSUFFICIENT_BALANCE]
    assert pair.post(pair.transfers(2, flags=LINKED, debit=5)) == [BROKEN, Outcome.CHAIN_OPEN]
    assert pair.post(pair.transfers(1, flags=LINKED)) == [Outcome.CHAIN_OPEN]
    assert pair.post(pair.transfers(3, flags=[LINKED | PENDING, LINKED, 0], debit=5, amount=[7, 0, 7])) == [
        BROKEN, Outcome.AMOUNT_OUT_OF_RANGE, BROKEN,
    ]  # fmt: skip
    assert st.count(pair.state, "pendings") == 0
    assert pair.balances(2, 3, 4, 5) == [(0, 0), (0, 0), (0, 0), (4000, 0)]


def test_balances_at_the_edge_of_63_bits() -> None:
    pair = Pair()
    room = AMOUNT_MAX + pair.balances(1)[0][0]
    issue = pair.transfers(4, flags=BOUND, debit=1, credit=2, amount=[AMOUNT_MAX, room + 1, room, 1])
    assert pair.post(issue) == [OVERFLOW, OVERFLOW, ADMITTED, OVERFLOW]
    for state in pair.both:  # a second issuer of the same asset lets a balance reach the top
        state.accounts[3]["flags"] = state.accounts[1]["flags"]
    top = AMOUNT_MAX - pair.balances(2)[0][0]
    assert pair.post(pair.transfers(3, debit=3, credit=2, amount=[top + 1, top, 1])) == [OVERFLOW, ADMITTED, OVERFLOW]
    reserve = pair.transfers(1, flags=PENDING | BOUND, debit=2, credit=4, amount=AMOUNT_MAX)
    assert pair.post(reserve) == [ADMITTED]
    assert pair.post(pair.transfers(1, debit=2, credit=4)) == [Outcome.INSUFFICIENT_BALANCE]
    void = pair.transfers(1, flags=VOID, debit=2, credit=4, amount=0, pending=pair.position(0) - 8_192)
    assert pair.post(void) == [ADMITTED]


def test_an_issuer_reserves_no_more_than_63_bits() -> None:
    pair = Pair()
    for state in pair.both:  # both issue; the first holds all that there can be
        state.accounts[2]["flags"] = state.accounts[1]["flags"]
        state.accounts[1]["balance"], state.accounts[2]["balance"] = AMOUNT_MAX, -AMOUNT_MAX
    reserve = pair.transfers(3, flags=PENDING | BOUND, debit=1, credit=3, amount=[AMOUNT_MAX, AMOUNT_MAX, 1])
    assert pair.post(reserve) == [ADMITTED, OVERFLOW, OVERFLOW]
    assert pair.post(pair.transfers(1, flags=BOUND, debit=1, credit=3, amount=AMOUNT_MAX - 1000)) == [ADMITTED]
    assert pair.balances(1) == [(1_000, AMOUNT_MAX)]


def test_a_purpose_taken_off_the_table() -> None:
    pair = Pair()
    assert pair.post(pair.transfers(2, flags=PENDING)) == [ADMITTED] * 2
    for state in pair.both:
        state.purposes[1]["known"] = 0
    pending = [pair.position(0), pair.position(1)]
    assert pair.post(pair.transfers(2, flags=[POST, VOID], amount=[1, 0], pending=pending)) == [ADMITTED] * 2
    assert pair.post(pair.transfers(1)) == [Outcome.PURPOSE_UNKNOWN]


def test_limits_and_the_day() -> None:
    pair = Pair()
    for state in pair.both:
        state.accounts[2]["tier"] = 1
        state.limits[1, 1] = (100, 250)
    assert pair.post(pair.transfers(5, amount=[101, 100, 100, 51, 50])) == [
        Outcome.TRANSFER_LIMIT, ADMITTED, ADMITTED, Outcome.DAILY_LIMIT, ADMITTED,
    ]  # fmt: skip
    assert pair.post(pair.transfers(1, flags=PENDING)) == [Outcome.DAILY_LIMIT]
    assert pair.post(pair.transfers(1, amount=200), privileged=True) == [ADMITTED]
    pair.time_ms = (
        st.day_of(pair.state, pair.time_ms) + 1
    ) * 86_400_000 - pair.state.parameters.zone_offset_seconds * 1000
    pair.time_ms -= 1
    assert pair.post(pair.transfers(1)) == [Outcome.DAILY_LIMIT]
    pair.time_ms += 1
    chain = pair.transfers(3, flags=[LINKED, LINKED, 0], amount=[100, 100, 51])
    assert pair.post(chain) == [BROKEN, BROKEN, Outcome.DAILY_LIMIT]
    assert pair.post(pair.transfers(3, amount=[100, 100, 50])) == [ADMITTED] * 3
    for state in pair.both:  # lowered below what was spent
        state.limits[1, 1] = (100, 10)
    assert pair.post(pair.transfers(1)) == [Outcome.DAILY_LIMIT]


def test_time_outs() -> None:
    pair = Pair()
    timeouts = [0, 1, 3_600, 3_601, NO_TIMEOUT - 1, NO_TIMEOUT]
    allowed = [ADMITTED, ADMITTED, ADMITTED, Outcome.TIMEOUT_NOT_ALLOWED, Outcome.TIMEOUT_NOT_ALLOWED, ADMITTED]
    assert pair.post(pair.transfers(6, flags=PENDING, timeout_seconds=timeouts)) == allowed
    pending = [pair.position(index) for index in (0, 1, 2, 5)]
    pair.time_ms += 60_000
    posts = pair.transfers(4, flags=POST, pending=pending)
    assert pair.post(posts) == [Outcome.PENDING_EXPIRED, Outcome.PENDING_EXPIRED, ADMITTED, ADMITTED]
    voids = pair.transfers(2, flags=VOID, amount=0, pending=pending[:2], uetr=0)
    assert pair.post(voids, sender=0, privileged=True) == [ADMITTED, ADMITTED]


def test_an_order_moves_what_nobody_else_may() -> None:
    pair = Pair()
    for state in pair.both:
        state.accounts[2]["flags"] = 0b1101_0111 & 0x7F & ~8
        state.accounts[2]["tier"] = 1
        state.limits[1, 1] = (1, 1)
    order = pair.transfers(3, amount=[999, 2, 1], credit=[11, 12, 13], uetr=0)
    assert pair.post(order, sender=0, privileged=True) == [ADMITTED, Outcome.INSUFFICIENT_BALANCE, ADMITTED]
    assert st.count(pair.state, "window_used") == 0


def test_every_flag_alone_and_together() -> None:
    pair = Pair()
    pair.post(pair.transfers(1, flags=PENDING, amount=900))
    pending = pair.position(0)
    for upper in (0, 1 << 8, 1 << 15):
        lower = np.arange(256, dtype=np.uint16)
        transfers = pair.transfers(256, flags=lower | np.uint16(upper), amount=(lower & VOID == 0).astype(np.uint64))
        transfers["pending"] = np.where(lower & (POST | VOID), pending, 0)
        alone = [transfers[index : index + 1] for index in range(256)]
        assert len({outcome for each in alone for outcome in pair.post(each)}) >= (4 if upper == 0 else 1)
        pair.post(transfers)
