"""A node whose disk is full: it says so, serves what it has, loses nothing, and goes on by itself when there is room.

Where mounting is allowed the disk is a small tmpfs that is really full; everywhere the kernel's limit of file size, put
upon the running process from outside, stops all files from growing.
"""

import http.client
import json
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest

from sanad.base.errors import Unavailable
from sanad.kernel.posting import post
from sanad.node import rows
from sanad.node.auditing import audit
from sanad.node.backup import backup
from sanad.node.client import NodeClient
from sanad.node.restore import restore
from tests.faults.kills import ROWS_STEP, Network, Tally
from tests.faults.node_process import WORDS
from tests.faults.running import Launcher
from tests.faults.test_storage_disk_full import full
from tests.faults.town import FIRST_OF_ALPHA, SEGMENT_SIZE, submit

LANES = (0, 3, 1, 6)
"""Funding, bulk and single ones of both banks."""
MESSAGES_MAX = 2_000
ROOM_SECONDS_MAX = 20.0


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_STEP", ROWS_STEP)


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with Launcher(tmp_path / "processes") as started:
        yield started


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, bool]]:
    """A folder with 40 MiB in all, and whether that is so: not everybody may mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    yield folder, mounted.returncode == 0
    if mounted.returncode == 0:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def no_growth(network: Network) -> Iterator[None]:
    """No file of the node may become as large as a segment, so the next one cannot be made."""
    number = network.node.number
    before = resource.prlimit(number, resource.RLIMIT_FSIZE)
    resource.prlimit(number, resource.RLIMIT_FSIZE, (SEGMENT_SIZE - 1, before[1]))
    yield
    if not network.node.has_ended:
        resource.prlimit(number, resource.RLIMIT_FSIZE, before)


def send(network: Network, count: int = MESSAGES_MAX) -> tuple[int, bytes]:
    """So many messages in turn, or until one is not taken; the last answer."""
    connection = http.client.HTTPConnection(*network.node.host_port, timeout=60)
    answer = (200, b"")
    try:
        for number in range(count):
            lane = network.town.lanes[LANES[number % len(LANES)]]
            lane.sent.append(lane.make(lane, network.chance))
            answer = submit(connection, lane.sent[-1].message)
            if answer[0] != 200:
                break
            lane.sent[-1].receipt = answer[1]
    finally:
        connection.close()
    return answer


def assert_says_what_to_do(answer: tuple[int, bytes]) -> None:
    status, body = answer
    assert status == 503, answer
    problem = json.loads(body)
    assert "no space on the disk for" in problem["detail"]
    assert "nothing was recorded; free or add space" in problem["detail"]
    assert problem["retry_after_seconds"] > 0


def check_while_full(network: Network) -> None:
    """All that was acknowledged is read, and nothing is taken."""
    network.check_reads()
    with network.client() as client:
        health = client.health()
        assert not health.ready
        assert "no space on the disk" in health.reason
        assert client.checkpoint()
        assert client.statement(FIRST_OF_ALPHA).lines
    connection = http.client.HTTPConnection(*network.node.host_port, timeout=60)
    for lane in network.town.lanes:
        if lane.waiting is not None:
            assert_says_what_to_do(submit(connection, lane.waiting.message))
    connection.close()


def goes_on(network: Network) -> None:
    """Taking messages again, without a restart."""
    deadline = time.monotonic() + ROOM_SECONDS_MAX
    with network.client() as client:
        while not client.health().ready:
            assert time.monotonic() < deadline, client.health().reason
            time.sleep(0.1)
    network.check()
    assert send(network, 40)[0] == 200


def fills_and_goes_on(network: Network, no_space: Callable[[], AbstractContextManager[None]]) -> None:
    """Twice, without a restart between."""
    send(network, 20)
    with NodeClient(network.node.address) as client:
        client.checkpoint()  # asks again until the first one is signed
    for _ in range(2):
        with no_space():
            assert_says_what_to_do(send(network))
            check_while_full(network)
        goes_on(network)


def audited(network: Network) -> None:
    network.node.stop()
    assert audit(network.folder, post, segment_size=SEGMENT_SIZE).torn_end == ""


@pytest.mark.timeout(180)
def test_a_full_disk_is_said_and_passes(tmp_path: Path, launcher: Launcher, disk: tuple[Path, bool]) -> None:
    folder, is_small = disk
    network = Network(launcher, folder, 71, Tally())
    fills_and_goes_on(network, (lambda: full(folder)) if is_small else (lambda: no_growth(network)))
    audited(network)


@pytest.mark.timeout(180)
def test_files_that_may_not_grow(tmp_path: Path, launcher: Launcher) -> None:
    network = Network(launcher, tmp_path, 72, Tally())
    fills_and_goes_on(network, lambda: no_growth(network))
    audited(network)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_node_that_ends_while_the_disk_is_full(
    tmp_path: Path, launcher: Launcher, disk: tuple[Path, bool], end: signal.Signals
) -> None:
    folder, is_small = disk
    network = Network(launcher, folder, 73, Tally())
    send(network, 20)
    with full(folder) if is_small else no_growth(network):
        assert_says_what_to_do(send(network))
        network.node.signal(end)
        network.node.wait()
        assert "Traceback" not in network.node.said
        if is_small:  # a start either works, or says what is missing
            again = network.start()
            with suppress(Unavailable):
                again.ready()
            again.close()
            assert "Traceback" not in again.said
            assert "no space on the disk" in again.said or again.has_ended
    network.node = network.start()
    goes_on(network)
    audited(network)


def test_a_back_up_that_does_not_fit_leaves_the_one_before(tmp_path: Path, launcher: Launcher) -> None:
    network = Network(launcher, tmp_path / "network", 74, Tally())
    target = tmp_path / "target"
    send(network, 20)
    first = backup(network.folder, target, WORDS, segment_size=SEGMENT_SIZE).end
    send(network, 40)
    network.node.stop()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(Unavailable, match="no space on the disk"):
            backup(network.folder, target, WORDS, segment_size=SEGMENT_SIZE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert restore(target, tmp_path / "restored", WORDS, lambda *_: None) == first
    assert backup(network.folder, target, WORDS, segment_size=SEGMENT_SIZE).end.height > first.height
