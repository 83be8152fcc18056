"""Rounds of one network: start, load, kill somehow, start again, compare with what the senders know."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sanad.base.errors import Malformed
from sanad.kernel.posting import post
from sanad.node import receipts
from sanad.node.auditing import AuditReport, audit
from sanad.node.backup import backup
from sanad.node.client import NodeClient, Patience
from sanad.node.restore import restore
from tests.faults.node_process import WORDS
from tests.faults.running import Launcher, Running
from tests.faults.town import (
    COURT_CREDIT,
    COURT_DEBIT,
    LAST_OF_BETA,
    SEGMENT_SIZE,
    Lane,
    Sent,
    Town,
    accept,
    create_town,
    submit,
)
from tests.unit.node.conftest import ISSUANCE, key_of

KINDS = ("load", "load", "load", "load", "start", "snapshot", "replayer", "backup", "ending")
ORDER_SECONDS_MAX = 20.0
ROWS_STEP = 1 << 18
SAMPLE, LAST_SAMPLE = 3, 30


@dataclass
class Tally:
    """What the rounds met."""

    kills: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    unknown: int = 0
    """Messages without an answer when the node was killed,"""
    there: int = 0
    """and how many of them were on the record."""
    torn: int = 0
    """Starts that found a half written block and cut it off."""
    snapshots_hit: int = 0

    def line(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kills.items()))
        return (
            f"{sum(self.kills.values())} kills ({kinds}); {self.messages} messages; {self.unknown} without an answer, "
            f"of which {self.there} recorded; {self.torn} half blocks cut off; {self.snapshots_hit} snapshots hit"
        )


class Network:
    """One founded network, its node, and the senders."""

    def __init__(
        self, launcher: Launcher, folder: Path, seed: int, tally: Tally, segment_size: int = SEGMENT_SIZE
    ) -> None:
        self.launcher = launcher
        self.segment_size = segment_size
        self.folder = folder / "record"
        self.target = folder / "target"
        self.chance = random.Random(seed)
        self.genesis = create_town(self.folder, segment_size)
        self.town = Town(self.genesis, seed)
        self.tally = tally
        self.node = self.start()

    def start(self, *, short_writes: bool = False) -> Running:
        return self.launcher.start(
            "node", self.folder, self.segment_size, rows_step=ROWS_STEP, short_writes=short_writes
        )

    def client(self) -> NodeClient:
        return NodeClient(self.node.address, key_of("person 0"), patience=Patience(attempts_max=1))

    # --- one kill ---------------------------------------------------------------------------------------------------

    def round(self, kind: str) -> None:
        """Load, a kill of that kind, a new start, all checks."""
        stop = threading.Event()
        self.node.ready()
        threads = self.town.send_for(self.node.host_port, stop)
        try:
            self._kill(kind)
        finally:
            stop.set()
        for thread in threads:
            thread.join(60)
        assert self.town.problems == []
        self.tally.kills[kind] += 1
        self.node.close()
        self.node = self.start(short_writes=self.chance.random() < 0.5)
        self.check()

    def _kill(self, kind: str) -> None:
        time.sleep(self.chance.uniform(0.02, 0.5))
        by_kind: dict[str, Callable[[], None]] = {
            "start": self._kill_while_starting, "snapshot": self._kill_in_a_snapshot,
            "replayer": self._kill_the_replayer_first, "backup": self._kill_in_a_back_up, "ending": self._kill_ending,
        }  # fmt: skip
        by_kind.get(kind, lambda: None)()
        self.node.kill()

    def _kill_while_starting(self) -> None:
        self.node.kill()
        self.node.close()
        self.node = self.start()
        time.sleep(self.chance.uniform(0, 0.15))

    def _kill_in_a_snapshot(self) -> None:
        """Wait for a snapshot that is being written; kill its writer first, or leave it to notice."""
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            if any((self.folder / "snapshots").glob("*.writing")):
                self.tally.snapshots_hit += 1
                if self.chance.random() < 0.5:
                    self._kill_replayers()
                return

    def _kill_replayers(self) -> None:
        for number in self.node.children():
            Running(number, self.node.order).close()

    def _kill_the_replayer_first(self) -> None:
        """A node without its replayer goes on."""
        self._kill_replayers()
        time.sleep(self.chance.uniform(0, 0.2))
        with self.client() as client:
            assert client.health().ready

    def _kill_in_a_back_up(self) -> None:
        """The back-up dies, or the node under it."""
        run = self.launcher.start("backup", self.folder, SEGMENT_SIZE, target=str(self.target), replayer=False)
        time.sleep(self.chance.uniform(0, 0.2))
        if self.chance.random() < 0.5:
            run.close()
        self.node.kill()
        run.close()

    def _kill_ending(self) -> None:
        self.node.signal(15)
        time.sleep(self.chance.uniform(0, 0.1))

    # --- what must hold ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Everything acknowledged is there; what was not is wholly there or wholly absent; then it is sent again."""
        self.node.ready()
        self.tally.torn += "cut off" in self.node.said
        self.check_reads()
        self.send_waiting()

    def check_reads(self) -> None:
        """Receipts, sequences and balances, as the senders know them."""
        with self.client() as client:
            for lane in self.town.lanes:
                self._check_lane(client, lane)
            self._check_balances(client)

    def _check_lane(self, client: NodeClient, lane: Lane) -> None:
        bank = lane.bank
        acknowledged = [each for each in lane.sent if each.receipt is not None]
        for each in acknowledged[-2:] + self.chance.sample(acknowledged, min(SAMPLE, len(acknowledged))):
            assert client.receipt(bank.institution, bank.lane, each.message.header.sequence) == each.receipt
        waiting = lane.waiting
        if waiting is not None:
            self.tally.unknown += 1
            found = client.receipt(bank.institution, bank.lane, waiting.message.header.sequence)
            if found is not None:
                self.tally.there += 1
                self._verify(waiting, found)
                accept(lane, found)
        assert client.next_sequence(bank.institution, bank.lane) == lane.decided + 1

    def _verify(self, sent: Sent, receipt: bytes) -> None:
        """An outcome for each item, and the whole message in the signed block."""
        genesis = self.genesis
        try:
            receipts.verify_for(receipts.decode(receipt), sent.message, genesis.network, genesis.node_public_key)
        except Malformed as error:
            raise AssertionError(f"a receipt that does not verify: {error}") from error

    def _check_balances(self, client: NodeClient) -> None:
        """All accounts by the senders' own books; the court's orders follow a moment after their confirmation."""
        deadline = time.monotonic() + ORDER_SECONDS_MAX
        expected = self.town.balances()
        expected[COURT_DEBIT] -= self.town.ordered()
        expected[COURT_CREDIT] += self.town.ordered()
        while True:
            found = {number: _balance(client, number) for number in range(ISSUANCE, LAST_OF_BETA + 1)}
            wrong = {number: found[number] for number in found if found[number] != expected[number]}
            is_order_due = set(wrong) <= {COURT_DEBIT, COURT_CREDIT}
            if not wrong or not is_order_due or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        assert wrong == {}, {number: (found[number], expected[number]) for number in wrong}
        assert sum(found.values()) == 0

    def send_waiting(self) -> None:
        """The same message again: its receipt, the very one if it was there. And an old one of each lane."""
        connection = http.client.HTTPConnection(*self.node.host_port, timeout=60)
        for lane in self.town.lanes:
            waiting = lane.waiting
            if waiting is not None:
                status, receipt = submit(connection, waiting.message)
                assert status == 200, receipt
                self._verify(waiting, receipt)
                accept(lane, receipt)
            if lane.sent:
                old = self.chance.choice(lane.sent)
                assert submit(connection, old.message) == (200, old.receipt)
        connection.close()

    def finish(self) -> AuditReport:
        """Many receipts, no reservation left, the replayer at the end, and an audit of all."""
        self.tally.messages += sum(len(lane.sent) for lane in self.town.lanes)
        with self.client() as client:
            for lane in self.town.lanes:
                for each in self.chance.sample(lane.sent, min(LAST_SAMPLE, len(lane.sent))):
                    found = client.receipt(lane.bank.institution, lane.bank.lane, each.message.header.sequence)
                    assert found == each.receipt
            self._check_balances(client)
            _until(lambda: all(_reserved(client, number) == 0 for number in range(ISSUANCE, LAST_OF_BETA + 1)))
            height = client.health().height
            _until(lambda: _replayed_height(self.node) >= height)
            assert client.health().ready
        self.node.stop()
        report = audit(self.folder, post, segment_size=SEGMENT_SIZE)
        assert report.torn_end == ""
        assert report.height >= height
        if self.tally.kills["backup"]:
            self._check_back_up(report.height)
        return report

    def _check_back_up(self, height: int) -> None:
        """The back-up that was killed again and again is brought up to date, and gives the same record."""
        backup(self.folder, self.target, WORDS, segment_size=self.segment_size)
        restored = self.folder.parent / "restored"
        assert restore(self.target, restored, WORDS, lambda *_: None).height == height
        assert audit(restored, post, segment_size=self.segment_size).height == height


def _balance(client: NodeClient, number: int) -> int:
    view = client.account(number)
    assert view is not None
    return view.balance


def _reserved(client: NodeClient, number: int) -> int:
    view = client.account(number)
    assert view is not None
    return view.reserved


def _replayed_height(node: Running) -> int:
    connection = http.client.HTTPConnection(*node.host_port, timeout=60)
    connection.request("GET", "/metrics")
    figures = dict(line.split(" ") for line in connection.getresponse().read().decode().splitlines() if line[0] != "#")
    connection.close()
    return int(float(figures["sanad_replayed_height"]))


def _until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def run(launcher: Launcher, folder: Path, seed: int, kills: int, tally: Tally) -> AuditReport:
    """A network of its own and so many kills."""
    network = Network(launcher, folder, seed, tally)
    order = [KINDS[at % len(KINDS)] for at in range(kills)]
    network.chance.shuffle(order)
    for kind in order:
        network.round(kind)
    report = network.finish()
    network.node.close()
    return report
