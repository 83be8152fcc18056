"""How fast blocks become durable, beside the bare system calls on the same disk.

    python bench/storage.py [--folder .] [--blocks 300]

The two are run in turns, a few blocks each, so that a busy disk is busy for both.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sanad.base.digests import digest
from sanad.log.leaves import EMPTY_MAP_ROOT, BlockLeaf
from sanad.node.derived import EFFECT, Derived, item_digests
from sanad.node.folder import SEGMENT_SIZE, create_record, zero_filled
from sanad.node.frames import NewBlock, PlacedBlock
from sanad.node.segments import SegmentWriter
from sanad.rulebook.message import TRANSFER_SIZE, TRANSFERS_MAX, Header, Kind, Message, assemble

TURN = 10


def message(sequence: int, items: int) -> Message:
    """A batch of random transfers."""
    body = os.urandom(items * TRANSFER_SIZE)
    header = Header(Kind.TRANSFERS, bytes(16), 1, 0, sequence, 2**42, items, 0, 0, os.urandom(16), b"")
    return assemble(header, body, ())


class Bare:
    """pwrite and fdatasync into zero-filled files, nothing else."""

    def __init__(self, folder: Path, size: int) -> None:
        self.path = folder / "bare"
        zero_filled(self.path, SEGMENT_SIZE)
        self.handle = os.open(self.path, os.O_RDWR)
        self.data = os.urandom(size)
        self.at = 0

    def write(self) -> None:
        """One block, from the file's start again when it is full."""
        if self.at + len(self.data) > SEGMENT_SIZE:
            self.at = 0
        os.pwrite(self.handle, self.data, self.at)
        self.at += len(self.data)
        os.fdatasync(self.handle)


def measure(folder: Path, blocks: int, items: int) -> None:
    """Both ways for blocks of one message of `items` transfers; prints rates, latencies and their ratio."""
    create_record(folder, SEGMENT_SIZE)
    messages = [message(number + 1, items) for number in range(min(blocks, 64))]
    bare = Bare(folder, len(messages[0].raw))
    seconds: dict[str, list[float]] = {"bare": [], "append": [], "derived": []}
    with SegmentWriter(folder, 0) as writer, Derived(folder, writer) as derived:
        for height in range(1, blocks + 1):
            block = NewBlock(height, height, height, (height - 1) * items, [messages[height % len(messages)]])
            derived.reserve(1, items)
            begun = time.perf_counter()
            placed = writer.append(block)
            seconds["append"].append(time.perf_counter() - begun)
            seconds["derived"].append(derive(derived, placed))
            if height % TURN == 0:
                seconds["bare"] += [timed(bare.write) for _ in range(TURN)]
    report(f"{len(messages[0].raw):,} bytes a block", seconds)


def derive(derived: Derived, placed: PlacedBlock) -> float:
    """Seconds to append the derived rows, the digests being known, as in the writer."""
    items = sum(placed.items)
    outcomes, effects = np.zeros(items, "<u2"), np.zeros(items, EFFECT)
    digests = item_digests(placed.items, outcomes.view(np.uint8).data, effects.view(np.uint8).data)
    leaf = BlockLeaf(placed.height, placed.time_ms, bytes(32), bytes(32), EMPTY_MAP_ROOT).encode()
    # Sequences of one lane repeat here, so every entry is the first of its lane.
    root = [digest(placed.headers[0])]
    return timed(
        lambda: derived.append(placed, leaf, bytes(64), root, root, [0], outcomes, effects, digests)
    )  # fmt: skip


def timed(action: Callable[[], object]) -> float:
    """Seconds that it took."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def report(title: str, seconds: dict[str, list[float]]) -> None:
    """Rates and latencies."""
    print(title)
    for name, values in seconds.items():
        p50, p99 = np.percentile(values, [50, 99]) * 1000
        print(f"  {name:8} {len(values) / sum(values):9,.0f} /s   p50 {p50:7.3f} ms   p99 {p99:7.3f} ms")
    ratio = np.median(seconds["append"]) / np.median(seconds["bare"])
    print(f"  append takes {ratio:.2f} times as long as bare pwrite + fdatasync (medians)")


def main() -> None:
    """Large and small blocks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to be measured")
    parser.add_argument("--blocks", type=int, default=300)
    given = parser.parse_args()
    for blocks, items in ((given.blocks, TRANSFERS_MAX), (given.blocks * 10, 2)):
        with tempfile.TemporaryDirectory(dir=given.folder) as place:
            measure(Path(place), blocks, items)


if __name__ == "__main__":
    main()
