"""Starting and killing node processes; whatever happens in a test, none is left."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from sanad.base.errors import Unavailable
from tests.faults.node_process import Order

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 60.0
END_SECONDS_MAX = 60.0


class Running:
    """One forked process, a node or a back-up."""

    def __init__(self, number: int, order: Order) -> None:
        self.number = number
        self.order = order
        try:
            self._ended: int | None = os.pidfd_open(number)
        except ProcessLookupError:
            self._ended = None

    def ready(self) -> str:
        """The node's address, or what a back-up says at its end. Raises `Unavailable` with its words if it refuses."""
        deadline = time.monotonic() + START_SECONDS_MAX
        answer = Path(self.order.answer)
        while time.monotonic() < deadline:
            ended = self.has_ended
            if answer.exists():
                word = answer.read_text()
                if word.startswith("refused "):
                    raise Unavailable(word.removeprefix("refused "))
                return word
            if ended:
                break
            time.sleep(0.002)
        raise Unavailable(f"the process has not started: {self.said}")

    @property
    def address(self) -> str:
        return self.ready()

    @property
    def host_port(self) -> tuple[str, int]:
        parts = urlsplit(self.address)
        return parts.hostname or "", parts.port or 0

    @property
    def said(self) -> str:
        """All that the process has written so far."""
        log = Path(self.order.answer + ".log")
        return log.read_text() if log.exists() else ""

    @property
    def has_ended(self) -> bool:
        return self._ended is None or bool(select.select([self._ended], [], [], 0)[0])

    def children(self) -> list[int]:
        """Its own processes: the replayer."""
        try:
            listed = Path(f"/proc/{self.number}/task/{self.number}/children").read_text()
        except OSError:
            return []
        threads = Path(f"/proc/{self.number}/task").glob("*/children")
        listed += " ".join(path.read_text() for path in threads if path.exists())
        return sorted({int(each) for each in listed.split()})

    def kill(self) -> None:
        """SIGKILL, as a power switch; it is gone when this returns. The replayer sees it and ends by itself."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """SIGTERM and wait."""
        self.signal(signal.SIGTERM)
        self.wait()

    def signal(self, number: int) -> None:
        if not self.has_ended and self._ended is not None:
            signal.pidfd_send_signal(self._ended, number)

    def wait(self) -> None:
        """Until it is gone. Raises `Unavailable` if it stays."""
        if self._ended is None:
            return
        if not select.select([self._ended], [], [], END_SECONDS_MAX)[0]:
            raise Unavailable(f"the process does not end: {self.said}")

    def close(self) -> None:
        if self._ended is not None:
            if not self.has_ended:
                self.kill()
            os.close(self._ended)
            self._ended = None

    def forget_peak_memory(self) -> None:
        """Count the most memory from now on; a forked process has inherited what its parent had."""
        Path(f"/proc/{self.number}/clear_refs").write_text("5")

    def peak_memory_bytes(self) -> int:
        """The most memory that it had in RAM."""
        for line in Path(f"/proc/{self.number}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0


class Launcher:
    """The process that forks nodes. Use it in a `with`: at the end all that it has started is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.started: list[Running] = []
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.node_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def __enter__(self) -> Self:
        if self._line() != "ready":
            self._process.kill()
            raise Unavailable("the process that starts nodes did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for each in self.started:
            each.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _line(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout is not None else ""

    def start(self, what: str, folder: Path, segment_size: int, **more: object) -> Running:
        """Start a process; it may not be ready yet."""
        self._count += 1
        answer = str(self.folder / f"answer {self._count}")
        order = Order(what, str(folder), answer, segment_size, **more)  # type: ignore[arg-type]
        if self._process.stdin is None:
            raise Unavailable("no pipe")
        self._process.stdin.write(order.encode() + "\n")
        self._process.stdin.flush()
        running = Running(int(json.loads(self._line())), order)
        self.started.append(running)
        return running
