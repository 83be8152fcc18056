"""Projector and portal as processes of their own, for the demonstration: one command starts and ends them all."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sanad.base.errors import Unavailable
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.node_process import STOP_SECONDS_MAX, free_port
from sanad.interfaces.command_line.options import HOST_DEFAULT
from sanad.interfaces.command_line.portal import PORTAL_PORT

START_SECONDS_MAX = 120
SIGNING_PORT = PORTAL_PORT + 1
_POLL_SECONDS = 0.05
_FOLLOWS, _SERVES = b"follow it", b"The portal is served at"


@contextmanager
def portal_processes(data: DataFolder) -> Iterator[str]:
    """Start the projector, make the people and applications, start the portal; its address. All end at the end."""
    port = free_port(PORTAL_PORT) or free_port(0)
    origin = f"http://localhost:{port}"
    signing = f"http://signing.localhost:{free_port(SIGNING_PORT) or free_port(0)}"
    where = {"SANAD_ORIGIN": origin, "SANAD_SIGNING_ORIGIN": signing}
    with _running(data, "projector", ["projector"], _FOLLOWS, where):
        _run(data, ["portal", "demonstrate"], where)
        with _running(data, "portal", ["portal", "--host", HOST_DEFAULT, "--port", str(port)], _SERVES, where):
            yield origin


def _command(data: DataFolder, arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "sanad.interfaces.command_line", *arguments, "--data", str(data.path)]


def _run(data: DataFolder, arguments: list[str], where: dict[str, str]) -> None:
    ended = subprocess.run(  # noqa: S603 - our own module; the folder is one argument
        _command(data, arguments), capture_output=True, text=True, check=False, timeout=START_SECONDS_MAX,
        env={**os.environ, **where},
    )  # fmt: skip
    if ended.returncode:
        raise Unavailable(f"the portal was not furnished: {' '.join(ended.stderr.strip().splitlines()[-3:])}")


@contextmanager
def _running(data: DataFolder, name: str, arguments: list[str], sign: bytes, where: dict[str, str]) -> Iterator[None]:
    """A process that is ready when its log holds `sign`; it ends with us, however we die: we hold its input."""
    log = data.demonstration / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - as above
            [*_command(data, arguments), "--stop-with-input"], stdin=subprocess.PIPE, stdout=output, stderr=output,
            start_new_session=True, env={**os.environ, **where},
        )  # fmt: skip
    try:
        ends = time.monotonic() + START_SECONDS_MAX
        while sign not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > ends:
                raise Unavailable(f"the {name} did not start; see {log}")
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
