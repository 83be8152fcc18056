"""A node as a process of its own, for commands that need one for a while: the demonstration."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sanad.base.errors import Refused, Unavailable
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import HOST_DEFAULT, PORT_DEFAULT
from sanad.node.folder import held

START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class NodeProcess:
    """A node that serves at `address`; what it says goes to the file `log`."""

    process: "subprocess.Popen[bytes]"
    address: str
    log: Path

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def wait(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return self.process.wait()

    def stop(self) -> int:
        """End it cleanly; its exit code. Raises `Unavailable` if it does not end."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Unavailable(
                f"the node did not end within {STOP_SECONDS_MAX} s and was killed; see {self.log}"
            ) from None


@contextmanager
def node_process(data: DataFolder, log: Path, port: int = PORT_DEFAULT) -> Iterator[NodeProcess]:
    """Start the node of a data folder, on another port where this one is taken; stop it at the end."""
    running = _start(data, log, free_port(port))
    try:
        yield running
    finally:
        if running.is_running():
            running.stop()


def free_port(wanted: int) -> int:
    """The port, if it is free, else 0; a free one for 0."""
    from sanad.node.http import bind

    try:
        with bind(HOST_DEFAULT, wanted) as bound:
            return int(bound.getsockname()[1])
    except Refused:
        return 0


def _start(data: DataFolder, log: Path, port: int) -> NodeProcess:
    with held(data.record):  # another node on the folder is told of at once, in its own words
        pass
    log.parent.mkdir(parents=True, exist_ok=True)
    module = "sanad.interfaces.command_line"
    command = [sys.executable, "-m", module, "node", "--data", str(data.path), "--host", HOST_DEFAULT]
    with log.open("wb") as output:
        # Our own interpreter and module; the folder is one argument. Its input is a pipe that we hold: when we are
        # gone, however we died, it ends too. A session of its own keeps a Ctrl-C meant for us away from it.
        process = subprocess.Popen(  # noqa: S603
            [*command, "--port", str(port), "--stop-with-input"],
            stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    ends = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and time.monotonic() < ends:
        noted = data.running_node()
        if noted is not None and noted[1] == process.pid:
            return NodeProcess(process, noted[0], log)
        time.sleep(_POLL_SECONDS)
    process.kill()
    process.wait()
    said = log.read_text("utf-8", "replace").strip().splitlines()
    raise Unavailable("the node did not start: " + (" ".join(said[-3:]) or f"see {log}"))
