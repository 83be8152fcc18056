"""Where the time of one batch of 8,190 transfers goes: each stage alone, one after the other, on one thread.

`python bench/batch.py [folder]`, on a quiet machine. Processor time of this thread, but for the write to the disk,
which waits and is wall time. What HTTP adds is measured in `bench/http_interface.py`.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sanad.interfaces.bench import client, network
from sanad.kernel.posting import post
from sanad.log import tree
from sanad.node import kernel_cache
from sanad.node.core import Node
from sanad.node.frames import NewBlock
from sanad.node.sealing import seal_block, sign_block
from sanad.node.writer import Ticket, append_derived
from sanad.rulebook.message import TRANSFERS_MAX, parse

BATCHES = 60
ACCOUNTS = 1_000_000
WAITS = "segment: write and fdatasync (wall)"


class Stages:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], Any], clock: Callable[[], float] = time.thread_time) -> Any:
        """Do the work and count its time."""
        started = clock()
        result = work()
        self.spent[name] = self.spent.get(name, 0.0) + clock() - started
        return result

    def each(self, name: str, source: Iterator[bytes]) -> Iterator[bytes]:
        """The items of a source, the making of each counted."""
        while (item := self.time(name, lambda: next(source, None))) is not None:
            yield item

    def show(self, batches: int) -> None:
        """The table."""
        total = sum(seconds for name, seconds in self.spent.items() if name != WAITS)
        print(f"{'stage':42} {'ms a batch':>10} {'share':>6}")
        for name, seconds in self.spent.items():
            share = "" if name == WAITS else f"{seconds / total:6.0%}"
            print(f"{name:42} {seconds / batches * 1e3:10.3f} {share}")
        print(f"{'all processor time':42} {total / batches * 1e3:10.3f}")
        print(f"so two cores can do at most {2 * batches * TRANSFERS_MAX / total / 1e6:.2f} M transfers/s")


def post_batch(node: Node, raw: bytes, stages: Stages) -> None:
    """One message as a block of its own, the writer's steps one after the other."""
    writer = node.writer
    message = stages.time("parse, with SHA-256 of the body", lambda: parse(raw))
    # The stages are the node's and the writer's own steps, taken apart.
    stages.time("verify the signature", lambda: node._verify(message))  # noqa: SLF001
    time_ms = writer.ordering.state.time_ms + 1
    block = stages.time("order: admit and post", lambda: writer._apply(Ticket(message), None, time_ms))  # noqa: SLF001
    entries = block.entries
    sealed = stages.time(
        "seal: leaves, Merkle root, chain digest",
        lambda: seal_block(entries, block.height, block.time_ms, writer.chain_digest, writer.ordering.register.root),
    )
    new = NewBlock(block.height, block.time_ms, entries[0].entry, block.first_item, [entries[0].message])
    placed = stages.time(WAITS, lambda: node.record.append(new), time.perf_counter)
    signature = sign_block(node.network, sealed.leaf, node.keys.block_key)
    stages.time("derived rows", lambda: append_derived(node.record, placed, entries, sealed, signature))
    writer.chain_digest = sealed.chain_digest
    node.secrets.append(entries[0].entry, [entries[0].secret])
    node.log.append(tree.leaf_hash(sealed.leaf))


def main() -> None:
    """Measure and print."""
    kernel_cache.warm(kernel_cache.prepare(print))
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        folder = Path(place) / "record"
        made = network.create(folder, ACCOUNTS, (BATCHES + ACCOUNTS // TRANSFERS_MAX + 1) * TRANSFERS_MAX, post)
        node = Node(folder, post)
        issuer = client.Sender(made.network, 2, 0, 1, 7)
        accounts = np.arange(2, 2 + ACCOUNTS, dtype=np.uint64)
        for at in range(0, ACCOUNTS, TRANSFERS_MAX):
            post_batch(node, issuer.message(1, accounts[at : at + TRANSFERS_MAX], 10**8), Stages())
        stages = Stages()
        work = client.Work("", made.network.hex(), ACCOUNTS, BATCHES * TRANSFERS_MAX, TRANSFERS_MAX, 1, None, False)
        for raw in stages.each("client: make, hash and sign", client.payments(work)):
            post_batch(node, raw, stages)
        node.close(snapshot=False)
    stages.show(BATCHES)


if __name__ == "__main__":
    main()
