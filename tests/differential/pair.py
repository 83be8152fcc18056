"""Both postings side by side on a plain nation, for stories that are told step by step."""

from typing import Any

import numpy as np

from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.posting import Batch
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER
from tests.differential.doubles import compare
from tests.differential.nation import START_MS, plain_nation


class Pair:
    """Posts on both and gives the outcomes; `state` is the readable one's."""

    def __init__(self, capacity: int = 16_384) -> None:
        self.state = plain_nation(capacity)
        self.double = plain_nation(capacity)
        self.both = (self.state, self.double)
        self.random = np.random.default_rng(7)
        self.entry = 0
        self.time_ms = START_MS

    def transfers(self, count: int, **fields: Any) -> Any:
        """So many good transfers with these fields."""
        transfers = np.zeros(count, dtype=TRANSFER)
        transfers["uetr"] = uetrs(self.random, count)
        transfers["evidence"] = 1
        transfers["purpose"], transfers["asset"], transfers["debit"], transfers["credit"] = 1, 1, 2, 3
        transfers["amount"] = 1
        for name, value in fields.items():
            transfers[name] = value
        return transfers

    def post(self, transfers: Any, sender: int = 1, *, privileged: bool = False) -> list[int]:
        """The next entry."""
        self.entry += 1
        day = st.day_of(self.state, self.time_ms)
        batch = Batch(transfers, self.entry, sender, self.time_ms, day, privileged=privileged)
        outcomes: list[int] = compare(self.state, self.double, batch).outcomes.tolist()
        return outcomes

    def position(self, index: int) -> int:
        """Where a transfer of the last entry stands on the record."""
        return self.entry * POSITIONS_PER_ENTRY + index

    def balances(self, *accounts: int) -> list[tuple[int, int]]:
        """Balance and reserved of each."""
        rows = self.state.accounts
        return [(int(rows[account]["balance"]), int(rows[account]["reserved"])) for account in accounts]


def uetrs(random: np.random.Generator, count: int) -> Any:
    """Fresh UETRs, uint8[count, 16]."""
    fresh = random.integers(0, 256, (count, 16), dtype=np.uint8)
    fresh[:, 6] = fresh[:, 6] & 15 | 0x40
    fresh[:, 8] = fresh[:, 8] & 63 | 0x80
    return fresh
