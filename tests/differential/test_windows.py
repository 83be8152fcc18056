"""The tables that find duplicates, attacked by somebody who knows their keys."""

from typing import Any

import numpy as np

from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import fingerprint
from tests.differential.histories import LINKED, PENDING
from tests.differential.pair import Pair, uetrs

ADMITTED = int(Outcome.ADMITTED)
SENDER = 1


def siphash_of_many(key: Any, uetr: Any, institution: int) -> Any:
    """SipHash-2-4 of uetr ‖ institution ‖ leg 0 for every row of `uetr`: a third writing, to grind with."""
    words: list[Any] = [*uetr.view("<u8").T, np.uint64(institution), np.uint64(24 << 56), None]
    v: list[Any] = [
        np.full(len(uetr), int(word) ^ start, dtype=np.uint64)
        for word, start in zip(
            (key[0], key[1], key[0], key[1]),
            (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573),
            strict=True,
        )
    ]
    v0, v1, v2, v3 = v

    def rotated(word: Any, bits: int) -> Any:
        return word << np.uint64(bits) | word >> np.uint64(64 - bits)

    for word in words:
        v3 = v3 ^ (0 if word is None else word)
        v2 = v2 ^ np.uint64(255 if word is None else 0)
        for _ in range(4 if word is None else 2):
            v0, v2 = v0 + v1, v2 + v3
            v1, v3 = rotated(v1, 13) ^ v0, rotated(v3, 16) ^ v2
            v0 = rotated(v0, 32)
            v0, v2 = v0 + v3, v2 + v1
            v3, v1 = rotated(v3, 21) ^ v0, rotated(v1, 17) ^ v2
            v2 = rotated(v2, 32)
        v0 = v0 ^ (0 if word is None else word)
    return v0 ^ v1 ^ v2 ^ v3


def ground(pair: Pair, first: int, last: int, count: int) -> Any:
    """UETRs whose search begins between two slots of the current window, found by trying."""
    slots, key = pair.state.current.slots, pair.state.current.key
    found: list[Any] = []
    while sum(map(len, found)) < count:
        tried = uetrs(pair.random, 20_000)
        start = (siphash_of_many(key, tried, SENDER) >> np.uint64(32)) * np.uint64(len(slots)) >> np.uint64(32)
        found.append(tried[(start >= first) & (start <= last)])
    return np.concatenate(found)[:count]


def occupy(pair: Pair, first: int, count: int) -> None:
    """Put strangers' fingerprints into a stretch of the current window, round its end."""
    for state in pair.both:
        slots = state.current.slots
        places = (first + np.arange(count)) % len(slots)
        slots["fingerprint"][places] = np.arange(1, count + 1, dtype=np.uint64)
        slots["position"][places] = 1


def test_grinding_finds_what_the_rule_finds() -> None:
    pair = Pair()
    many = uetrs(pair.random, 50)
    theirs = [fingerprint(pair.state.current.key, SENDER, uetr.tobytes(), 0) for uetr in many]
    assert siphash_of_many(pair.state.current.key, many, SENDER).tolist() == theirs


def test_many_references_in_one_stretch() -> None:
    pair = Pair(capacity=4_096)
    crowd = pair.transfers(600, uetr=ground(pair, 4_000, 4_031, 600))
    assert pair.post(crowd) == [ADMITTED] * 600
    assert np.flatnonzero(pair.state.current.slots["position"]).tolist() != list(range(4_000, 4_600))
    assert (pair.state.current.slots["position"][:400] > 0).any(), "the stretch goes on round the end of the table"
    assert pair.post(crowd[::-1].copy()) == [Outcome.DUPLICATE] * 600


def test_a_broken_chain_leaves_no_hole_in_a_stretch() -> None:
    pair = Pair(capacity=4_096)
    uetr = ground(pair, 10, 10, 12)
    assert pair.post(pair.transfers(4, uetr=uetr[:4])) == [ADMITTED] * 4
    chain = pair.transfers(4, uetr=uetr[[4, 5, 6, 0]], flags=[LINKED, LINKED | PENDING, LINKED, 0])
    assert pair.post(chain) == [Outcome.CHAIN_BROKEN] * 3 + [Outcome.DUPLICATE]
    assert pair.post(pair.transfers(3, uetr=uetr[[4, 4, 6]], flags=[LINKED, 0, 0])) == [
        Outcome.CHAIN_BROKEN, Outcome.DUPLICATE, ADMITTED,
    ]  # fmt: skip
    assert np.flatnonzero(pair.state.current.slots["position"]).tolist() == [10, 11, 12, 13, 14]
    assert pair.post(pair.transfers(8, uetr=uetr[4:])) == [ADMITTED, ADMITTED, Outcome.DUPLICATE, *[ADMITTED] * 5]


def test_the_longest_search() -> None:
    for first in (100, 16_384 - 4_000):
        pair = Pair(capacity=16_384)
        occupy(pair, first, st.PROBES_MAX)
        beyond = pair.transfers(1, uetr=ground(pair, first, first, 1))
        assert pair.post(beyond) == [Outcome.DUPLICATE_WINDOW_FULL]
        last = pair.transfers(1, uetr=ground(pair, first + 1, first + 1, 1))
        assert pair.post(last) == [ADMITTED]
        assert pair.post(last) == [Outcome.DUPLICATE]
        assert pair.post(pair.transfers(1, uetr=ground(pair, first + 1, first + 1, 1))) == [
            Outcome.DUPLICATE_WINDOW_FULL
        ]


def test_small_and_full_tables() -> None:
    for capacity in (1, 2, 3, 10):
        pair = Pair(capacity)
        most = capacity * 7 // 10
        assert pair.post(pair.transfers(12)) == [ADMITTED] * most + [Outcome.DUPLICATE_WINDOW_FULL] * (12 - most)
        for state in pair.both:
            state.counters["window_most"] = 100
        assert pair.post(pair.transfers(12)).count(ADMITTED) == capacity - most


def test_a_window_turns_twice_before_a_reference_is_free_again() -> None:
    pair = Pair()
    payment = pair.transfers(1)
    assert pair.post(payment) == [ADMITTED]
    for expected in (Outcome.DUPLICATE, ADMITTED):
        for state in pair.both:
            st.set_window(state, 5_000, bytes(range(3, 19)))
        assert pair.post(payment) == [expected]
    assert pair.post(payment) == [Outcome.DUPLICATE]


def test_what_tells_references_apart() -> None:
    pair = Pair()
    payment = pair.transfers(1)
    assert pair.post(payment) == [ADMITTED]
    other_leg, other_bank = payment.copy(), payment.copy()
    other_leg["leg"] = 2**15
    other_bank["debit"], other_bank["credit"] = 11, 12
    assert pair.post(other_leg) == [ADMITTED]
    assert pair.post(other_bank, sender=2) == [ADMITTED]
    dear = payment.copy()
    dear["amount"] = 10_000
    assert pair.post(dear) == [Outcome.INSUFFICIENT_BALANCE], "the duplicate rule is last"
