"""Runs `sanad` as a user does: real processes, real files, loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "sanad.wiring.command_line"]
SECONDS_MAX = 240


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SANAD_")}
    return {**inherited, **more}


def sanad(
    *arguments: object, cwd: Path | None = None, given: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(**variables),
        input=given or "",
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )


class Running:
    """A command that goes on; its output is in a file."""

    def __init__(self, output: Path, *arguments: object, **variables: str) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [*COMMAND, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=environment(**variables),
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8", "replace")

    def wait_for(self, text: str) -> None:
        ends = time.monotonic() + SECONDS_MAX
        while text not in self.output:
            if self.process.poll() is not None or time.monotonic() > ends:
                raise AssertionError(f"never said {text!r}, but:\n{self.output}")
            time.sleep(0.05)

    def interrupt(self) -> int:
        """Ctrl-C on its terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(SECONDS_MAX)


@contextmanager
def running(output: Path, *arguments: object, **variables: str) -> Iterator[Running]:
    started = Running(output, *arguments, **variables)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_gone(process: int) -> None:
    ends = time.monotonic() + SECONDS_MAX
    while is_alive(process):
        assert time.monotonic() < ends, f"process {process} did not end"
        time.sleep(0.05)
