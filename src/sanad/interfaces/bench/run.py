"""One run: found a network, start the node, let the client work, restart, read statements, and put it all together."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np

from sanad.base.errors import Unavailable
from sanad.interfaces.bench.client import Work, as_json
from sanad.interfaces.bench.network import FIRST_BANK, BenchNetwork, create, key_of
from sanad.node import credentials
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.message import TRANSFERS_MAX

Say = Callable[[str], None]
ACCOUNTS = 1_000_000
BULK_CONNECTIONS = 4
SINGLE_CONNECTIONS = 16
STATEMENTS = 2_000
START_SECONDS_MAX = 900.0
DISK_PROBES = 200
DISK_PROBE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `transfers` in batches of 8,190, or `single` messages of one transfer each."""

    folder: Path
    transfers: int = 0
    single: int = 0
    per_second: float | None = None
    accounts: int = ACCOUNTS
    replayer: bool = False


@dataclass(slots=True)
class NodeProcess:
    """The node under measurement."""

    process: "subprocess.Popen[str]"
    address: str
    start_seconds: float
    """From starting the process to its first answer."""

    def resident_bytes(self) -> int:
        """Memory in RAM now, and the most there was."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def stop(self, number: int = signal.SIGTERM) -> float:
        """End it; seconds that it took."""
        started = time.perf_counter()
        self.process.send_signal(number)
        self.process.wait(START_SECONDS_MAX)
        return time.perf_counter() - started


def start_node(folder: Path, *, replayer: bool) -> NodeProcess:
    """Start the node process and wait until it answers. Raises `Unavailable`."""
    command = [sys.executable, "-m", "sanad.interfaces.bench.node", str(folder)] + ["replayer"] * replayer
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module
    address = (process.stdout.readline() if process.stdout else "").strip()
    if not address:
        raise Unavailable("the node did not start; see what it said above", 60)
    _get(address, "/health")
    return NodeProcess(process, address, time.perf_counter() - started)


def _get(address: str, target: str, headers: dict[str, str] | None = None) -> bytes:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("GET", target, headers=headers or {})
        return connection.getresponse().read()
    finally:
        connection.close()


def run(plan: Plan, post: Post, say: Say) -> dict[str, Any]:
    """Measure, and clean up the folder. The figures of the issue are keys of the answer."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=_made(plan.folder)))
    try:
        say(f"disk: {DISK_PROBES} times 1 MiB and fdatasync")
        figures: dict[str, Any] = {"fdatasync_ms": disk_latency(folder)}
        count = plan.transfers or plan.single
        say(f"founding a network of {plan.accounts:,} accounts")
        network = create(folder / "record", plan.accounts, count, post)
        figures |= _measure(plan, folder / "record", network, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _measure(plan: Plan, record: Path, network: BenchNetwork, say: Say) -> dict[str, Any]:
    node = start_node(record, replayer=plan.replayer)
    with _ended(node):
        before = _disk_bytes(record)
        work = Work(
            node.address, network.network.hex(), network.accounts, plan.transfers or plan.single,
            1 if plan.single else TRANSFERS_MAX, SINGLE_CONNECTIONS if plan.single else BULK_CONNECTIONS,
            plan.per_second, fund=True,
        )  # fmt: skip
        say(f"opening balances, then {work.transfers:,} transfers in messages of {work.items:,}")
        result = _client(work)
        figures = _rates(plan, result)
        figures["resident_bytes"] = node.resident_bytes()
        figures["disk_bytes_per_transfer"] = round(
            (_disk_bytes(record) - before) / (work.transfers + network.accounts), 1
        )
        say(f"{STATEMENTS:,} statements of 50 lines")
        figures["statement_50_lines_ms"] = _statements(node.address, network)
    say("stopping, and starting again")
    figures["stop_seconds"] = round(node.stop(), 3)
    again = start_node(record, replayer=False)
    figures["restart_seconds"] = round(again.start_seconds, 3)
    figures["statement_50_lines_cold_ms"] = _statements(again.address, network)
    again.stop(signal.SIGKILL)
    return figures


@contextmanager
def _ended(node: NodeProcess) -> Iterator[None]:
    """End the node if the measurement fails."""
    try:
        yield
    except BaseException:
        node.process.kill()
        raise


def _client(work: Work) -> dict[str, Any]:
    command = [sys.executable, "-m", "sanad.interfaces.bench.client"]
    done = subprocess.run(  # noqa: S603  # our own module
        command, input=as_json(work), stdout=subprocess.PIPE, text=True, check=True
    )
    result: dict[str, Any] = msgspec.json.decode(done.stdout)
    return result


def _rates(plan: Plan, result: dict[str, Any]) -> dict[str, Any]:
    latency = {name: result[f"{name}_ms"] for name in ("p50", "p99", "p99_9", "max")}
    shared = {
        "seconds": round(result["seconds"], 3),
        "rejected": result["rejected"],
        "sent_again": result["sent_again"],
    }
    if plan.single:
        return {"messages_per_second": round(result["messages_per_second"], 1), "latency_ms": latency, **shared}
    rates = result["rates"]
    return {
        "transfers_per_second": round(result["transfers_per_second"], 1),
        "batch_latency_ms": latency,
        "last_to_first_rate": round(rates[-1] / rates[0], 3) if len(rates) > 1 else None,
        "rates_by_tenth": [round(rate) for rate in rates],
        **shared,
    }


def _disk_bytes(record: Path) -> int:
    """Bytes that lie in the segments and derived files; what is only filled ahead does not count."""
    total = 0
    for path in (record / "derived").iterdir():
        total += _used(path)
    for path in (record / "segments").iterdir():
        total += _used(path)
    return total


def _used(path: Path) -> int:
    """Bytes up to the last that is not zero, looked at in steps of 64 KiB."""
    step = 1 << 16
    size = path.stat().st_size
    with path.open("rb") as file:
        while size > 0:
            begin = max(0, size - step)
            file.seek(begin)
            if file.read(size - begin).strip(b"\0"):
                return size
            size = begin
    return 0


def _statements(address: str, network: BenchNetwork) -> dict[str, float]:
    """Latencies of statements of 50 lines over one kept connection, each with its credential; milliseconds."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    key = key_of(f"system {FIRST_BANK}")
    accounts = np.random.default_rng(11).integers(0, network.accounts_of_bank, STATEMENTS) + network.first_account(0)
    times: list[float] = []
    for account in accounts.tolist():
        target = f"/accounts/{account}/statement?limit=50"
        now_ms = time.time_ns() // 1_000_000
        headers = {"Authorization": credentials.make(key, network.network, "GET", target.encode(), now_ms)}
        started = time.perf_counter_ns()
        connection.request("GET", target, headers=headers)
        connection.getresponse().read()
        times.append((time.perf_counter_ns() - started) / 1e6)
    connection.close()
    return _quantiles(times)


def disk_latency(folder: Path) -> dict[str, float]:
    """What the disk alone needs to make 1 MiB durable in a file of zeros; milliseconds."""
    path = folder / "probe"
    block = os.urandom(DISK_PROBE_BYTES)
    times: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(DISK_PROBES):
            file.write(bytes(DISK_PROBE_BYTES))
        os.fsync(file.fileno())
        for at in range(DISK_PROBES):
            started = time.perf_counter_ns()
            os.pwrite(file.fileno(), block, at * DISK_PROBE_BYTES)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter_ns() - started) / 1e6)
    path.unlink()
    return _quantiles(times)


def _quantiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }
