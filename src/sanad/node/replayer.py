"""The replayer: a process beside the node that follows the segments, audits all the time and writes snapshots.

    node (writer) ──segments──► replayer ──► snapshots/
          ▲                        │
          └── state digests ◄──────┘   lines on its standard output

The writer never stops for it. If it finds damage it says so and ends; the node then takes no more messages.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sanad.base.errors import SanadError
from sanad.node import kernel_cache, snapshots
from sanad.node.auditing import STATE_DIGEST_BLOCKS, Replay, genesis_of
from sanad.node.derived import Derived
from sanad.node.folder import Damage
from sanad.node.frames import START, PlacedBlock, Unsound, padded
from sanad.node.replaying import start_from, write_snapshot
from sanad.node.runs import write_run
from sanad.node.segments import Segments

POLL_SECONDS = 0.05
SNAPSHOT_SECONDS = 60.0
SNAPSHOT_ITEMS = 5_000_000
NICENESS = 10
REBUILD_ADVICE = "Stop the node, delete the folder derived and start it again: it is made anew from the segments"


@dataclass(slots=True)
class Following:
    """A replayer that runs, as its node sees it."""

    process: "subprocess.Popen[str]"
    height: int = 0
    damage: str = ""

    def stop(self) -> None:
        """End it; a snapshot being written is left unfinished, which is harmless."""
        self.process.terminate()
        self.process.wait(30)


def start(folder: Path, on_digest: Callable[[int, bytes], None], on_damage: Callable[[str], None]) -> Following:
    """Start a replayer for the record in `folder`. The callbacks run on a thread of their own."""
    command = [sys.executable, "-m", "sanad.node.replayer", str(folder)]
    # Our own interpreter and module, the folder as one argument: nothing of a user's is executed.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)  # noqa: S603
    following = Following(process)
    threading.Thread(target=_listen, args=(following, on_digest, on_damage), name="replayer", daemon=True).start()
    return following


def _listen(following: Following, on_digest: Callable[[int, bytes], None], on_damage: Callable[[str], None]) -> None:
    for line in following.process.stdout or ():
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "height":
            following.height = int(rest)
        elif word == "digest":
            height, _, value = rest.partition(" ")
            on_digest(int(height), bytes.fromhex(value))
        elif word == "damage":
            following.damage = rest
            on_damage(rest)


class Replayer:
    """The loop of the process."""

    def __init__(self, folder: Path) -> None:
        kept = kernel_cache.prepare(lambda _: None)
        kernel_cache.warm(kept)
        from sanad.kernel.posting import post  # noqa: PLC0415  # its import compiles; `prepare` comes before

        self.folder = folder
        self.segments = Segments(folder)
        self.derived = Derived(folder, self.segments, writable=False)
        snapshot, _ = snapshots.latest_good(folder)
        begin = start_from(snapshot, post)
        self.place = begin.place
        self.offset = self.segments.locate(begin.place)
        self.replay = Replay(self.segments, begin, genesis_of(self.segments), self.derived)
        self._old_blocks = self._check_old_blocks(self.place.height)
        self.snapshot_place = self.place
        self.snapshot_time = time.monotonic()
        self.parent = os.getppid()

    def follow(self) -> None:
        """Until the node is gone."""
        while os.getppid() == self.parent:
            if not self.advance() and next(self._old_blocks, None) is None:
                self.snapshot_if_due()
                time.sleep(POLL_SECONDS)

    def _check_old_blocks(self, height: int) -> Iterator[int]:
        """The blocks before the snapshot: that their bytes and rows are still what they were.

        A few at a time, whenever there is nothing newer to do, so that a bit that flipped on the disk is found in
        minutes and not when somebody asks for it.
        """
        for placed in self.segments.blocks(START):
            if placed.height > height:
                return
            wrong = self.derived.fault_of(placed.height)
            if wrong is not None:
                raise Damage("derived", wrong, REBUILD_ADVICE, placed.height, placed.first_entry)
            yield placed.height

    def advance(self) -> bool:
        """Go over the blocks whose derived rows are there; whether there were any."""
        self.derived.follow()
        before = self.place
        if self.derived.height == before.height:
            return False
        for placed in self.segments.blocks(self.place, self.offset):
            if placed.height > self.derived.height:
                break
            self._step(placed)
            self.place = placed.after
            self.offset = placed.offset + padded(placed.length)
            known = self.replay.digest_at(placed.height)
            if known is not None and placed.height % STATE_DIGEST_BLOCKS == 0:
                _say(f"digest {placed.height} {known.hex()}")
            self.snapshot_if_due()
        _say(f"height {self.place.height}")
        return self.place.height > before.height

    def _step(self, placed: PlacedBlock) -> None:
        """One block; if a duplicate window closed with it, keep that window for look-ups."""
        state = self.replay.ordering.state
        number, window = state.window_number, state.current
        self.replay.step(placed)
        if state.window_number != number and number:
            write_run(self.folder, number, window)

    def snapshot_if_due(self) -> None:
        """A snapshot a minute while there is something new, sooner when much is new."""
        new_items = self.place.items - self.snapshot_place.items
        waited = time.monotonic() - self.snapshot_time
        if self.place.height > self.snapshot_place.height and (waited > SNAPSHOT_SECONDS or new_items > SNAPSHOT_ITEMS):
            write_snapshot(self.folder, self.replay.ordering, self.replay.chain_digest)
            self.snapshot_place = self.place
            self.snapshot_time = time.monotonic()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """`python -m sanad.node.replayer FOLDER`: started by the node, not by people."""
    os.nice(NICENESS)
    try:
        Replayer(Path(sys.argv[1])).follow()
    except (SanadError, Unsound) as error:
        _say(f"damage {error}")
        raise SystemExit(1) from error
    except (KeyboardInterrupt, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
