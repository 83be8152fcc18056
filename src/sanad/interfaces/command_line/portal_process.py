"""Projector, portal and Travel Rule peers as processes of their own, for the demonstration: one command starts and ends
them all.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sanad.base.errors import Unavailable
from sanad.interfaces import demonstration_peers
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.node_process import STOP_SECONDS_MAX
from sanad.interfaces.command_line.options import HOST_DEFAULT
from sanad.interfaces.command_line.portal import PORTAL_PORT
from sanad.interfaces.demonstration_peers import ABROAD_FOLDER, ABROAD_NAME, HOST, SERVED

START_SECONDS_MAX = 120
PEER_SECONDS_MAX = 60
SIGNING_PORT = PORTAL_PORT + 1
_POLL_SECONDS = 0.05
_WORDS_MAX = 300
_FOLLOWS, _SERVES, _PEER_SERVES = b"follow it", b"The portal is served at", b"is served at"


@dataclass(frozen=True, slots=True)
class Begun:
    """A process that was started. Its output goes to `log`; it serves once `sign` is in there."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    sign: bytes

    def wait(self, seconds_max: float = START_SECONDS_MAX) -> None:
        """Until it serves. Raises `Unavailable` with its last words when it does not."""
        ends = time.monotonic() + seconds_max
        while self.sign not in self.log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > ends:
                said = " ".join(self.log.read_text("utf-8", "replace").rpartition("sanad: ")[2].split())
                why = said[-_WORDS_MAX:] or f"nothing was heard of it for {seconds_max:.0f} s"
                raise Unavailable(f"the {self.name} did not start: {why}; see {self.log}")
            time.sleep(_POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Serving:
    """What runs: the portal at `origin`, and the peers, which may not serve yet."""

    origin: str
    peers: tuple[Begun, ...]
    where: Mapping[str, str]


@contextmanager
def portal_processes(data: DataFolder) -> Iterator[Serving]:
    """Start the projector, make the people and applications, start portal and peers. All end at the end."""
    held = _held(PORTAL_PORT), _held(SIGNING_PORT)
    port, signing_port = (int(each.getsockname()[1]) for each in held)
    origin, signing = f"http://localhost:{port}", f"http://signing.localhost:{signing_port}"
    where = {"SANAD_ORIGIN": origin, "SANAD_SIGNING_ORIGIN": signing}
    demonstration_peers.make(data.demonstration)  # there already, unless an earlier edition founded it
    with ExitStack() as stack:
        for each in held:
            stack.enter_context(each)
        stack.enter_context(_running(data, "projector", ["projector"], _FOLLOWS, where)).wait()
        _run(data, ["portal", "demonstrate"], where, "the portal was not furnished")
        for each in held:
            each.close()
        serve = ["portal", "--host", HOST_DEFAULT, "--port", str(port)]
        portal = stack.enter_context(_running(data, "portal", serve, _SERVES, where))
        peers = tuple(stack.enter_context(each) for each in _peers(data, where))
        portal.wait()
        yield Serving(origin, peers, where)


def exchange(data: DataFolder, serving: Serving) -> list[str]:
    """Let the institutions ask one another, once all peers serve; sentences of what happened.

    Raises `Unavailable` with the first peer that does not serve, or what hindered the exchanges.
    """
    for each in serving.peers:
        each.wait(PEER_SECONDS_MAX)
    said = _run(data, ["travel-rule", "demonstrate"], serving.where, "the exchanges were not played")
    return said.splitlines()


def _held(wanted: int) -> socket.socket:
    """A port that nobody else gets until we let go of it: the record names it long before the portal takes it."""
    try:
        return socket.create_server((HOST_DEFAULT, wanted))
    except OSError:
        return socket.create_server((HOST_DEFAULT, 0))


def _peers(data: DataFolder, where: Mapping[str, str]) -> Iterator[AbstractContextManager[Begun]]:
    places = demonstration_peers.places(data.demonstration)
    for member in SERVED:
        listen = ["--number", str(member.number), "--host", HOST, "--port", str(places[member.folder].port)]
        arguments = ["travel-rule", "serve", *listen]
        yield _running(data, f"peer of {member.name}", arguments, _PEER_SERVES, where, f"peer-{member.folder}")
    abroad = ["travel-rule", "abroad"]
    yield _running(data, f"peer of {ABROAD_NAME}", abroad, _PEER_SERVES, where, f"peer-{ABROAD_FOLDER}")


def _command(data: DataFolder, arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "sanad.interfaces.command_line", *arguments, "--data", str(data.path)]


def _run(data: DataFolder, arguments: list[str], where: Mapping[str, str], wrong: str) -> str:
    """A command to its end; what it said. Raises `Unavailable`, beginning with `wrong`."""
    try:
        ended = subprocess.run(  # noqa: S603 - our own module; the folder is one argument
            _command(data, arguments), capture_output=True, text=True, check=False, timeout=START_SECONDS_MAX,
            env={**os.environ, **where},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{wrong}: it took more than {START_SECONDS_MAX} s") from None
    if ended.returncode:
        raise Unavailable(f"{wrong}: {' '.join(ended.stderr.strip().splitlines()[-3:])}")
    return ended.stdout


@contextmanager
def _running(
    data: DataFolder, name: str, arguments: list[str], sign: bytes, where: Mapping[str, str], log_name: str = ""
) -> Iterator[Begun]:
    """A process that is ready when its log holds `sign`; it ends with us, however we die: we hold its input."""
    log = data.demonstration / f"{log_name or name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - as above
            [*_command(data, arguments), "--stop-with-input"], stdin=subprocess.PIPE, stdout=output, stderr=output,
            start_new_session=True, env={**os.environ, **where},
        )  # fmt: skip
    try:
        yield Begun(name, process, log, sign)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
