"""Hostile histories for both postings: a small nation, and messages that try everything, drawn from one seed.

A history is made up while it runs, since a good attack looks at the state: it posts a pending that is open, sends
exactly what is left, crowds the table of duplicates. What it looks at is the readable posting's state, and both
postings are always sent the same.
"""

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

import numpy as np

from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import Batch
from sanad.rulebook.edition1.words import AMOUNT_MAX, NO_TIMEOUT, AccountFlag, TransferFlag
from sanad.rulebook.message import TRANSFER
from tests.differential.nation import ASSETS, CAPACITIES, INSTITUTIONS, PURPOSES, START_MS, nation

LINKED, PENDING, POST, VOID, KEEP, BOUND = (
    int(TransferFlag[name]) for name in ("LINKED", "PENDING", "POST", "VOID", "KEEP", "BOUND")
)
EDGES = (0, 1, 2, 2**31, 2**32 - 1, 2**32, AMOUNT_MAX - 1, AMOUNT_MAX, 2**63, 2**64 - 1)
FIELDS = TRANSFER.names or ()
LOOSE_FLAGS = [int(flag) for flag in AccountFlag if flag != AccountFlag.MAY_OVERDRAW]
Row = Any
One = TypeVar("One")


class History:
    """Makes up one message after another, and what happens between them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.bulk = np.random.default_rng(seed)
        self.state = nation(self.random)
        self.entry = self.random.randint(1, 1_000)
        self.time_ms = START_MS
        self.sender = 1
        self.sent: list[bytes] = []
        rows = self.state.accounts[1 : 1 + st.count(self.state, "accounts")]
        self.owners = rows["institution"].tolist()
        self.assets = rows["asset"].tolist()
        self.open_to_sender: list[Row] = []
        self.open_to_all: list[Row] = []

    def next_batch(self) -> Batch:
        """The next message, or now and then an order's."""
        draw = self.random.random
        self.entry += 1 if draw() < 0.9 else self.random.randint(1, 1_000_000)
        self.time_ms += self._weighted({1: 500, 1_000: 450, 30_000: 30, 1_800_000: 10, 40_000_000: 10})
        self.sender = self.random.randint(1, INSTITUTIONS)
        self._look_at_pendings()
        kind = draw()
        if kind < 0.03 and self.open_to_sender:
            transfers = self._many_part_posts()
        elif kind < 0.08:
            transfers = self._hot()
        else:
            transfers = self._mixed()
        if draw() < 0.04:
            places = self.bulk.integers(0, transfers.nbytes, self.random.randint(1, 40))
            transfers.view(np.uint8).reshape(-1)[places] = self.bulk.integers(0, 256, len(places))
        self.sent.append(transfers[self.random.randrange(len(transfers))].tobytes())
        return Batch(
            transfers=transfers,
            entry=self.entry,
            sender=self.sender,
            time_ms=self.time_ms,
            day=st.day_of(self.state, self.time_ms),
            ceiling=self._weighted({AMOUNT_MAX: 96, 1_000: 3, 0: 1}),
            screened_known=draw() < 0.99,
            list_fault=Outcome(self._weighted({0: 94, 63: 3, 64: 3})),
            privileged=draw() < 0.07,
        )

    # ---- drawing -----------------------------------------------------------------------------------------------------

    def _weighted(self, weights: dict[int, int]) -> int:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def _pick(self, many: Sequence[One]) -> One:
        return many[self.random.randrange(len(many))]

    def _look_at_pendings(self) -> None:
        rows = self.state.pendings[: st.count(self.state, "pendings")]
        rows = rows[rows["remaining"] > 0][-200:]
        self.open_to_all = list(rows)
        self.open_to_sender = list(rows[rows["releaser"] == self.sender])

    def _fresh(self, count: int) -> Any:
        """Transfers with a UETR, a digest and a purpose, nothing else."""
        transfers = np.zeros(count, dtype=TRANSFER)
        transfers["uetr"] = self.bulk.integers(0, 256, (count, 16), dtype=np.uint8)
        transfers["uetr"][:, 6] = transfers["uetr"][:, 6] & 15 | 0x40
        transfers["uetr"][:, 8] = transfers["uetr"][:, 8] & 63 | 0x80
        transfers["evidence"] = self.bulk.integers(0, 256, (count, 32), dtype=np.uint8)
        transfers["purpose"] = 1
        return transfers

    # ---- whole messages ----------------------------------------------------------------------------------------------

    def _mixed(self) -> Any:
        """Transfers alone and in chains, of all kinds."""
        lengths = [
            1 if self.random.random() < 0.85 else self._weighted({2: 60, 3: 30, 8: 9, 60: 1})
            for _ in range(self._weighted({1: 20, 2: 15, 5: 15, 20: 25, 60: 20, 300: 5}))
        ]
        transfers = self._fresh(sum(lengths))
        start = 0
        for length in lengths:
            chain = transfers[start : start + length]
            if length == 1:
                self._fill(chain[0])
            else:
                self._fill_chain(chain)
            start += length
        return transfers

    def _fill_chain(self, chain: Any) -> None:
        """Linked transfers. Most chains have a chance; some pay back and forth, and some leave their end open."""
        draw = self.random.random()
        for row in chain:
            if draw < 0.3:
                self._fill(row)
            elif draw < 0.65:
                self._fill_payment(row)
            else:
                self._fill_settlement(row)
        if draw > 0.97:
            chain["debit"][1::2], chain["credit"][1::2] = chain["credit"][0], chain["debit"][0]
        if self.random.random() < 0.05:
            chain["uetr"][-1] = chain["uetr"][0]
        chain["flags"][:-1] |= LINKED
        if self.random.random() < 0.03:
            chain["flags"][-1] |= LINKED

    def _hot(self) -> Any:
        """Many payments between three accounts, some linked, some to themselves."""
        asset = self.random.randint(1, ASSETS)
        hot = np.array([self._account(self.sender, asset), self._account(self.sender, asset), self._account(0, asset)])
        transfers = self._fresh(self.random.randint(50, 400))
        debit = self.bulk.integers(0, 3, len(transfers))
        transfers["debit"] = hot[debit]
        transfers["credit"] = hot[(debit + self.bulk.integers(1, 3, len(transfers))) % 3]
        transfers["amount"] = self.bulk.integers(1, 50, len(transfers))
        transfers["asset"] = asset
        transfers["flags"] = self.bulk.choice([BOUND, BOUND, BOUND, BOUND | LINKED], len(transfers))
        return transfers

    def _many_part_posts(self) -> Any:
        """More part posts of one pending than a byte can count; the last ones may find nothing left."""
        pending = max(self.open_to_sender, key=lambda row: int(row["remaining"]))
        transfers = self._fresh(self.random.randint(257, 300))
        for name in ("debit", "credit", "asset", "purpose"):
            transfers[name] = pending[name]
        transfers["pending"] = pending["position"]
        transfers["amount"] = max(1, int(pending["remaining"]) // self._pick((256, 280, 10_000)))
        transfers["flags"] = POST | KEEP
        if self.random.random() < 0.3:
            transfers["flags"][:-1] |= LINKED
        return transfers

    # ---- one transfer ------------------------------------------------------------------------------------------------

    def _fill(self, row: Row) -> None:
        draw = self.random.random()
        if draw < 0.55:
            self._fill_payment(row)
        elif draw < 0.82:
            self._fill_settlement(row)
        elif draw < 0.88:
            self._fill_again(row)
        else:
            self._spoil(row)

    def _account(self, owner: int, asset: int) -> int:
        """An account, by preference of this owner (0: of anybody) and in this asset (0: any)."""
        account = 0
        for _ in range(30):
            account = self.random.randrange(len(self.owners))
            if owner in (0, self.owners[account]) and asset in (0, self.assets[account]):
                break
        return account + 1

    def _amount(self, debit: int, credit: int) -> int:
        """Small, or on one side of a bound that stands in the state."""
        if self.random.random() < 0.9:
            return self.random.randint(1, 100)
        account = self.state.accounts[debit]
        asset, left = int(account["asset"]), st.available(self.state, debit)
        limit = self.state.limits[asset, int(account["tier"])]
        bound = self._pick((
            left, left + AMOUNT_MAX, int(limit["transfer"]), int(limit["daily"]) - int(account["spent_today"]),
            int(self.state.assets[asset]["bound_from"]), AMOUNT_MAX - int(self.state.accounts[credit]["balance"]),
            *EDGES,
        ))  # fmt: skip
        return min(max(bound + self.random.randint(-1, 1), 0), 2**64 - 1)

    def _fill_payment(self, row: Row) -> None:
        """Immediate or pending, mostly admissible."""
        draw = self.random.random
        debit = self._account(self.sender if draw() < 0.97 else 0, 0)
        asset = self.assets[debit - 1]
        credit = self._account(0, asset if draw() < 0.98 else 0)
        if credit == debit and draw() < 0.9:
            credit = self._account(0, asset)
        row["debit"], row["credit"], row["asset"] = debit, credit, asset
        row["amount"] = self._amount(debit, credit)
        row["flags"] = BOUND if draw() < 0.95 else 0
        if draw() < 0.2:
            row["purpose"] = self._pick(PURPOSES)
        if draw() < 0.4:
            row["flags"] |= PENDING
            row["releaser"] = self._weighted({0: 8, 1: 4, 2: 4, INSTITUTIONS: 4, INSTITUTIONS + 1: 1})
            row["timeout_seconds"] = self._weighted(
                {0: 30, 60: 10, 3_600: 30, 7_200: 10, 7_201: 1, NO_TIMEOUT - 1: 1, NO_TIMEOUT: 3}
            )

    def _fill_settlement(self, row: Row) -> None:
        """A post or void of a pending that is open, by preference one that the sender may release."""
        choice = self.open_to_sender if self.random.random() < 0.9 else self.open_to_all
        if not choice:
            self._fill_payment(row)
            return
        pending = self._pick(choice)
        for name in ("debit", "credit", "asset", "purpose"):
            row[name] = pending[name]
        row["pending"] = pending["position"]
        remaining = int(pending["remaining"])
        if self.random.random() < 0.25:
            row["flags"] = VOID
        else:
            row["flags"] = POST | (KEEP if self.random.random() < 0.6 else 0)
            row["amount"] = self._pick((1, 1, remaining, max(remaining - 1, 1), remaining + 1, (remaining + 1) // 2))

    def _fill_again(self, row: Row) -> None:
        """Something that was sent before, perhaps with another leg."""
        if not self.sent:
            self._fill_payment(row)
            return
        earlier = np.frombuffer(self._pick(self.sent), dtype=TRANSFER)[0]
        for name in FIELDS:
            row[name] = earlier[name]
        row["flags"] &= np.uint16(0xFFFF - LINKED)
        if self.random.random() < 0.3:
            row["leg"] = self.random.randrange(2**16)

    def _spoil(self, row: Row) -> None:
        """One field of a good transfer replaced."""
        if self.random.random() < 0.5:
            self._fill_settlement(row)
        else:
            self._fill_payment(row)
        name = self._pick(FIELDS)
        if row[name].ndim == 1:
            row[name] = self._pick((0, 255))
        else:
            bits = 8 * TRANSFER[name].itemsize
            edges = [edge for edge in EDGES if edge < 2**bits]
            value = self._pick(edges) if self.random.random() < 0.5 else self.random.randrange(2 ** min(bits, 10))
            row[name] = np.uint64(value)

    # ---- what is not a message ---------------------------------------------------------------------------------------

    def between(self, states: tuple[st.State, ...]) -> None:
        """What acts and time do between messages, the same to every state."""
        draw = self.random.random()
        if draw < 0.04:
            capacity, key = self._pick(CAPACITIES), self.random.randbytes(16)
            for state in states:
                st.set_window(state, capacity, key)
        elif draw < 0.08:
            for state in states:
                st.sweep_pendings(state)
        elif draw < 0.25:
            self._change_an_account(states)
        elif draw < 0.28:
            institution, status = self.random.randint(1, INSTITUTIONS), self._weighted({1: 8, 2: 1, 3: 1})
            scope = self.random.choice((2**64 - 1, 2**64 - 1, 2, self.random.getrandbits(64)))
            for state in states:
                state.institutions[institution]["status"] = status
                state.institutions[institution]["purposes"] = scope
        elif draw < 0.29:
            most = st.count(self.state, "window_used") + self.random.randint(0, 50)
            for state in states:
                state.counters["window_most"] = most
        elif draw < 0.30:
            self._crowd_a_stretch(states)

    def _change_an_account(self, states: tuple[st.State, ...]) -> None:
        account = self.random.randint(ASSETS + 1, len(self.owners))
        flags = self._pick(LOOSE_FLAGS) if self.random.random() < 0.3 else 0
        tier = self._weighted({0: 6, 1: 1, 2: 1, 3: 1})
        for state in states:
            state.accounts[account]["flags"] = flags
            state.accounts[account]["tier"] = tier

    def _crowd_a_stretch(self, states: tuple[st.State, ...]) -> None:
        """Fill a stretch of the current window, about as long as the longest search, across its end if need be."""
        capacity = len(self.state.current.slots)
        length = min(capacity - 1, self._pick((3, st.PROBES_MAX - 1, st.PROBES_MAX, st.PROBES_MAX + 1)))
        places = (self.random.randrange(capacity) + np.arange(length)) % capacity
        marks = self.bulk.integers(1, 2**63, length).astype(np.uint64)
        for state in states:
            free = state.current.slots["position"][places] == 0
            state.current.slots["fingerprint"][places[free]] = marks[free]
            state.current.slots["position"][places[free]] = 1
