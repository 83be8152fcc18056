"""How fast the kernel posts, on one core: plain, two-phase and chained transfers, beside copying the same bytes.

    python bench/posting.py [--accounts 1000000] [--window 30000000] [--batches 200]

Accounts are drawn at random over all of them; both duplicate windows hold `--window` references before the clock
starts. The baseline is one copy of each message's bytes and of its outcomes and effects: what moving the data costs
before any rule is asked.
"""

import argparse
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from sanad.kernel.posting import post
from sanad.node import kernel_cache
from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.posting import Batch
from sanad.rulebook.edition1.words import TransferFlag
from sanad.rulebook.message import TRANSFER, TRANSFERS_MAX

TIME_MS = 1_800_000_000_000
SENDER = 1
LINKED, PENDING, POST = (int(TransferFlag[name]) for name in ("LINKED", "PENDING", "POST"))
Transfers = Any


def nation(accounts: int, window: int) -> st.State:
    """One institution, one asset, so many accounts with money, two windows with room for `window` and a fifth more."""
    state = st.empty_state()
    state.accounts = np.zeros(accounts + 1, dtype=st.ACCOUNT)
    rows = state.accounts[1:]
    rows["balance"], rows["institution"], rows["asset"], rows["kind"], rows["holder_class"] = 10**12, SENDER, 1, 2, 2
    state.institutions[SENDER] = (3, 1, (0,) * 6, 2**64 - 1)
    state.permissions[3, 1, 1] = 3
    state.assets[1]["holder_classes"], state.assets[1]["bound_from"] = 2**32 - 1, 10**9
    state.purposes[1] = (1, 0, (0, 0), 3_600, 86_400)
    counters = state.counters
    counters["accounts"], counters["institutions"], counters["assets"] = accounts, 1, 1
    for key in (bytes(range(16)), bytes(range(1, 17))):
        st.set_window(state, window * 12 // 7, key)
    return state


class Sender:
    """Makes messages of fresh transfers between random accounts."""

    def __init__(self, accounts: int) -> None:
        self.random = np.random.default_rng(1)
        self.accounts = accounts
        self.entry = 0

    def fresh(self) -> Transfers:
        """A full message of plain transfers."""
        transfers = np.zeros(TRANSFERS_MAX, dtype=TRANSFER)
        transfers["uetr"] = self.random.integers(0, 256, (TRANSFERS_MAX, 16), dtype=np.uint8)
        transfers["uetr"][:, 6] = transfers["uetr"][:, 6] & 15 | 0x40
        transfers["uetr"][:, 8] = transfers["uetr"][:, 8] & 63 | 0x80
        transfers["evidence"][:, :8] = transfers["uetr"][:, :8]
        transfers["debit"] = self.random.integers(1, self.accounts + 1, TRANSFERS_MAX)
        away = self.random.integers(1, self.accounts, TRANSFERS_MAX, dtype=np.uint64)
        transfers["credit"] = (transfers["debit"] - np.uint64(1) + away) % np.uint64(self.accounts) + np.uint64(1)
        transfers["amount"] = self.random.integers(1, 1_000, TRANSFERS_MAX)
        transfers["asset"] = 1
        transfers["purpose"] = 1
        return transfers

    def batch(self, transfers: Transfers) -> Batch:
        """The next entry, read-only as bytes that came over the wire are."""
        self.entry += 1
        read_only = np.frombuffer(transfers.tobytes(), dtype=TRANSFER)
        return Batch(read_only, self.entry, SENDER, TIME_MS, TIME_MS // 86_400_000)

    def plain(self) -> Iterator[Batch]:
        """Immediate transfers."""
        while True:
            yield self.batch(self.fresh())

    def two_phase(self) -> Iterator[Batch]:
        """A message that reserves, then one that posts each of it, in another order."""
        while True:
            reserved = self.fresh()
            reserved["flags"] = PENDING
            yield self.batch(reserved)
            order = self.random.permutation(TRANSFERS_MAX)
            posts = self.fresh()
            for name in ("debit", "credit", "amount", "asset", "purpose"):
                posts[name] = reserved[name][order]
            posts["pending"] = np.uint64(self.entry) * np.uint64(8_192) + order.astype(np.uint64)
            posts["flags"] = POST
            yield self.batch(posts)

    def chained(self) -> Iterator[Batch]:
        """Chains of two, as delivery versus payment has."""
        while True:
            transfers = self.fresh()
            transfers["flags"][::2] = LINKED
            yield self.batch(transfers)


def fill(state: st.State, sender: Sender, window: int) -> None:
    """Let both windows hold `window` references, as they do on a busy network."""
    plain = sender.plain()
    while st.count(state, "window_used") < window:
        post(state, next(plain))
    state.previous = st.Window(state.current.slots.copy(), state.current.key.copy())


def seconds_to_post(state: st.State, batches: Iterator[Batch], count: int) -> float:
    """What `count` messages take, all admitted; making them is not counted."""
    running = 0.0
    for _ in range(count):
        batch = next(batches)
        start = time.perf_counter()
        posted = post(state, batch)
        running += time.perf_counter() - start
        if posted.outcomes.any():
            raise SystemExit(f"a transfer was rejected: {np.unique(posted.outcomes)}")
    return running


def seconds_to_copy(sender: Sender, count: int) -> float:
    """The baseline: copy the same bytes in, and as many as come out."""
    transfers = sender.fresh()
    inside = np.empty_like(transfers)
    outside = np.empty(TRANSFERS_MAX * (st.EFFECT.itemsize + 2), dtype=np.uint8)
    running = 0.0
    for _ in range(count):
        start = time.perf_counter()
        np.copyto(inside, transfers)
        outside[:] = 0
        running += time.perf_counter() - start
    return running


def main() -> None:
    """Print a line for each workload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--window", type=int, default=30_000_000)
    parser.add_argument("--batches", type=int, default=200)
    arguments = parser.parse_args()
    folder = kernel_cache.prepare(print)
    start = time.perf_counter()
    kernel_cache.warm(folder)
    print(f"kernel ready in {time.perf_counter() - start:.2f} s")
    state, sender = nation(arguments.accounts, arguments.window), Sender(arguments.accounts)
    fill(state, sender, arguments.window)
    print(f"{arguments.accounts:,} accounts, {arguments.window:,} references in each of two windows")
    transfers = arguments.batches * TRANSFERS_MAX
    baseline = transfers / seconds_to_copy(sender, arguments.batches)
    print(f"{'copy the same bytes':20} {baseline:14,.0f} transfers/s")
    for name, batches in (("plain", sender.plain()), ("two-phase", sender.two_phase()), ("chained", sender.chained())):
        rate = transfers / seconds_to_post(state, batches, arguments.batches)
        print(f"{name:20} {rate:14,.0f} transfers/s   {baseline / rate:6.1f} times the copy")


if __name__ == "__main__":
    main()
