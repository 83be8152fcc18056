"""What the tests of kills run in a child process: append, snapshot or back up until killed.

    python storage_child.py append|snapshot|backup <folder> [<target>]

One line on standard output after each thing that is done, as an acknowledgement would be.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from nacl import pwhash  # noqa: E402

from sanad.node import sealed  # noqa: E402
from sanad.node.backup import backup  # noqa: E402
from sanad.node.frames import START, NewBlock, Place  # noqa: E402
from sanad.node.snapshots import SnapshotHeader, prune, write  # noqa: E402
from sanad.node.storage import Record, open_record  # noqa: E402
from tests.unit.node_storage.blocks import Maker, derive  # noqa: E402

SIZE = 1 << 22
ITEMS = 4000
WORDS = "four quiet green boats"


class History:
    """The blocks of a record, always the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.maker = Maker(seed)
        self.made: list[tuple[NewBlock, list[int]]] = []

    def block(self, height: int) -> tuple[NewBlock, list[int]]:
        while len(self.made) < height:
            large = len(self.made) % 3 == 0
            self.made.append(self.maker.block(2 if large else 5, ITEMS if large else 10))
        return self.made[height - 1]

    def rebuild(self, record: Record) -> None:
        """Derive what a kill left underived."""
        for placed in record.segments.blocks(START, verify=False):
            if placed.height > record.derived.height:
                derive(record.derived, placed, self.block(placed.height)[1])


def write_slice(handle: int, pieces: list[bytes], offset: int) -> int:
    """A short write, as the kernel may make at any time. Many slow ones leave a kill the middle of a block to hit."""
    time.sleep(0.0001)
    return os.pwrite(handle, memoryview(pieces[0])[:4096], offset)


def append(folder: Path, history: History) -> None:
    os.pwritev = write_slice  # type: ignore[assignment]
    with open_record(folder, rebuild_derived=history.rebuild, segment_size=SIZE) as record:
        print("ready", flush=True)
        while True:
            block, previous = history.block(record.end.height + 1)
            derive(record.derived, record.append(block), previous)
            print(record.end.height, flush=True)
            if record.end.height % 20 == 0:
                record.sync_derived()


def snapshot(folder: Path) -> None:
    print("ready", flush=True)
    height = max([0, *(int(path.stem) for path in (folder / "snapshots").glob("*.snapshot"))])
    while True:
        height += 1
        part = height.to_bytes(8, "little") * (1 << 17)
        write(folder, SnapshotHeader(Place(height, 1, 1, 1), bytes(32), bytes(32)), [("all", memoryview(part))])
        print(height, flush=True)
        prune(folder)


def back_up(folder: Path, target: Path) -> None:
    sealed.operations, sealed.memory_bytes = pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN
    print("ready", flush=True)
    backup(folder, target, WORDS, segment_size=SIZE)
    print("done", flush=True)


if __name__ == "__main__":
    what, place = sys.argv[1], Path(sys.argv[2])
    if what == "append":
        append(place, History(int(sys.argv[3])))
    elif what == "snapshot":
        snapshot(place)
    else:
        back_up(place, Path(sys.argv[3]))
