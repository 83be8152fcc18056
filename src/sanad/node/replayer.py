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
from contextlib import suppress
from pathlib import Path

from sanad.base.errors import SanadError, Unavailable
from sanad.node import kernel_cache, snapshots
from sanad.node.auditing import STATE_DIGEST_BLOCKS, Replay, genesis_of
from sanad.node.derived import Derived
from sanad.node.folder import REBUILD_ADVICE, Damage
from sanad.node.frames import START, PlacedBlock, Unsound, padded
from sanad.node.replaying import start_from, write_snapshot
from sanad.node.runs import write_run
from sanad.node.segments import Segments

POLL_SECONDS = 0.05
SNAPSHOT_SECONDS = 60.0
SNAPSHOT_ITEMS = 5_000_000
NICENESS = 10
RESTART_SECONDS = 2.0
MODULE = "sanad.node.replayer"
"""What a node starts; another one in tests of faults."""


class Following:
    """The replayer of a node, as the node sees it. If it ends without having found damage, it is started again."""

    def __init__(
        self,
        folder: Path,
        segment_size: int,
        on_digest: Callable[[int, bytes], None],
        on_damage: Callable[[str], None],
    ) -> None:
        """The callbacks run on a thread of their own."""
        # Our own interpreter and module, the folder as one argument: nothing of a user's is executed.
        self._command = [sys.executable, "-m", MODULE, str(folder), str(segment_size), str(os.getpid())]
        self._on_digest = on_digest
        self._on_damage = on_damage
        self._stopping = False
        self._lock = threading.Lock()
        self.height = 0
        self.damage = ""
        self.process = self._start()
        threading.Thread(target=self._listen_forever, name="replayer", daemon=True).start()

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)  # noqa: S603

    def stop(self) -> None:
        """End it; a snapshot being written is left unfinished, which is harmless."""
        with self._lock:
            self._stopping = True
            self.process.terminate()
        self.process.wait(30)

    def _listen_forever(self) -> None:
        while True:
            self._listen()
            time.sleep(RESTART_SECONDS)
            with self._lock:
                if self.damage or self._stopping:
                    return
                # Killed from outside, or out of memory: the record must not stay without its auditor.
                self.process = self._start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "height":
                self.height = int(rest)
            elif word == "digest":
                height, _, value = rest.partition(" ")
                self._on_digest(int(height), bytes.fromhex(value))
            elif word == "damage":
                self.damage = rest
                self._on_damage(rest)
        self.process.wait()


class Replayer:
    """The loop of the process."""

    def __init__(self, folder: Path, segment_size: int, parent: int) -> None:
        """`parent`: the node's process. When it is gone, this one ends."""
        kept = kernel_cache.prepare(lambda _: None)
        kernel_cache.warm(kept)
        from sanad.kernel.posting import post  # noqa: PLC0415  # its import compiles; `prepare` comes before

        self.folder = folder
        self.segments = Segments(folder, segment_size)
        self.derived = Derived(folder, self.segments, writable=False)
        snapshot, _ = snapshots.latest_good(folder)
        begin = start_from(snapshot, post)
        self.place = begin.place
        self.offset = self.segments.locate(begin.place)
        self.replay = Replay(self.segments, begin, genesis_of(self.segments), self.derived)
        self._old_blocks = self._check_old_blocks(self.place.height)
        self.snapshot_place = self.place
        self.snapshot_time = time.monotonic()
        self.parent = parent

    def follow(self) -> None:
        """Until the node is gone."""
        while not self._is_orphan():
            if not self.advance() and next(self._old_blocks, None) is None:
                self.snapshot_if_due()
                time.sleep(POLL_SECONDS)

    def _is_orphan(self) -> bool:
        """Two replayers of one record would delete each other's snapshots."""
        return os.getppid() != self.parent

    def _check_old_blocks(self, height: int) -> Iterator[int]:
        """The blocks before the snapshot: that their bytes and rows are still what they were.

        A few at a time, whenever there is nothing newer to do, so that a bit that flipped on the disk is found in
        minutes and not when somebody asks for it.
        """
        last = 0
        try:
            for placed in self.segments.blocks(START):
                if placed.height > height:
                    return
                wrong = self.derived.fault_of(placed.height)
                if wrong is not None:
                    raise Damage("derived", wrong, REBUILD_ADVICE, placed.height, placed.first_entry)
                last = placed.height
                yield last
        except Unsound as fault:
            raise self.segments.damage(fault, last + 1) from fault

    def advance(self) -> bool:
        """Go over the blocks whose derived rows are there; whether there were any."""
        self.derived.follow()
        before = self.place
        if self.derived.height == before.height:
            return False
        try:
            for placed in self.segments.blocks(self.place, self.offset):
                self._take(placed)
                if placed.height == self.derived.height or self._is_orphan():
                    break  # what follows may be half written just now: it is not even looked at
        except Unsound as fault:
            raise self.segments.damage(fault, self.place.height + 1) from fault
        _say(f"height {self.place.height}")
        return self.place.height > before.height

    def _take(self, placed: PlacedBlock) -> None:
        self._step(placed)
        self.place = placed.after
        self.offset = placed.offset + padded(placed.length)
        known = self.replay.digest_at(placed.height)
        if known is not None and placed.height % STATE_DIGEST_BLOCKS == 0:
            _say(f"digest {placed.height} {known.hex()}")
        self.snapshot_if_due()

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
            # Without room there is none now: a start takes longer, and nothing else. The next try is as far away.
            with suppress(Unavailable):
                write_snapshot(self.folder, self.replay.ordering, self.replay.chain_digest)
            self.snapshot_place = self.place
            self.snapshot_time = time.monotonic()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """`python -m sanad.node.replayer FOLDER SEGMENT_SIZE NODE_PROCESS`: started by the node, not by people."""
    os.nice(NICENESS)
    try:
        Replayer(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])).follow()
    except (SanadError, Unsound) as error:
        _say(f"damage {error}")
        raise SystemExit(1) from error
    except (KeyboardInterrupt, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
