"""A real process, killed with SIGKILL at any moment: nothing acknowledged is lost, nothing half is believed."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sanad.base.errors import Refused
from sanad.log import checkpoint as log_checkpoint
from sanad.log.checkpoint import Checkpoint
from sanad.log.note import NoteSigner
from sanad.node import snapshots
from sanad.node.folder import create_record
from sanad.node.frames import START
from sanad.node.restore import restore
from sanad.node.segments import Segments
from sanad.node.small import StoredCheckpoint
from sanad.node.storage import open_record
from tests.faults import storage_child
from tests.faults.storage_child import SIZE, WORDS, History
from tests.unit.node_storage.blocks import derive

CHILD = storage_child.__file__
CAMPAIGN = "SANAD_CAMPAIGN" in os.environ
ROUNDS = 1000 if CAMPAIGN else 30


def killed(
    chance: random.Random, *arguments: str, acknowledgements: int = 6, delay_seconds: float = 0.004
) -> list[str]:
    """Run the child, kill it at a random moment, and give the lines it had said before."""
    with subprocess.Popen([sys.executable, CHILD, *arguments], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline().strip()]
        assert lines == ["ready"]
        lines += [child.stdout.readline().strip() for _ in range(chance.randint(0, acknowledgements))]
        time.sleep(chance.random() * delay_seconds)
        child.kill()
        lines += child.stdout.read().split()
        child.wait(30)
    return [line for line in lines if line]


@pytest.mark.timeout(0 if CAMPAIGN else 240)
def test_appending(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32) if CAMPAIGN else 41
    print("seed", seed)
    chance = random.Random(seed)
    history = History(seed)
    create_record(tmp_path, SIZE)
    acknowledged = torn = 0
    for _ in range(ROUNDS):
        said = killed(chance, "append", str(tmp_path), str(seed))
        acknowledged = max([acknowledged, *(int(line) for line in said if line != "ready")])
        with open_record(tmp_path, rebuild_derived=history.rebuild, segment_size=SIZE) as record:
            assert record.end.height >= acknowledged
            torn += record.report.cut_off is not None
            assert record.derived.height == record.end.height
            for height in range(max(1, record.end.height - 20), record.end.height + 1):
                first = history.block(height)[0].first_entry
                for index, message in enumerate(history.block(height)[0].messages):
                    whole = message.header_bytes + message.signatures_bytes + bytes(message.body)
                    assert record.derived.message(first + index) == whole
            acknowledged = record.end.height
    assert acknowledged > ROUNDS
    assert torn > 0, "no kill hit the middle of a write: give it more of them"
    heights = [block.height for block in Segments(tmp_path, SIZE).blocks(START)]
    assert heights == list(range(1, acknowledged + 1))


@pytest.mark.timeout(0 if CAMPAIGN else 120)
def test_writing_snapshots(tmp_path: Path) -> None:
    chance = random.Random(42)
    create_record(tmp_path, 4096)
    newest = 0
    for _ in range(ROUNDS // 3):
        said = killed(chance, "snapshot", str(tmp_path), acknowledgements=3, delay_seconds=0.02)
        newest = max([newest, *(int(line) for line in said if line != "ready")])
        found, damaged = snapshots.latest_good(tmp_path)
        assert damaged == []
        if newest:
            assert found is not None
            assert found.header.place.height >= newest
            assert found.parts["all"].tobytes() == found.header.place.height.to_bytes(8, "little") * (1 << 17)
            newest = found.header.place.height
    snapshots.prune(tmp_path)
    assert len(list((tmp_path / "snapshots").iterdir())) <= 3


@pytest.mark.timeout(0 if CAMPAIGN else 240)
def test_backing_up(tmp_path: Path) -> None:
    chance = random.Random(43)
    history = History(43)
    record_folder, target = tmp_path / "record", tmp_path / "target"
    create_record(record_folder, SIZE)
    whole = 0
    for number in range(ROUNDS // 2):
        with open_record(record_folder, segment_size=SIZE) as record:
            for _ in range(12):
                block, previous = history.block(record.end.height + 1)
                derive(record.derived, record.append(block), previous)
            signed = Checkpoint("example.org/log", record.end.height, bytes(32))
            note = log_checkpoint.sign(signed, NoteSigner("example.org/log", bytes(32)))
            record.small.put_checkpoint(StoredCheckpoint(signed.size, signed.root, note))
            end = record.end
        killed(chance, "backup", str(record_folder), str(target), acknowledgements=0, delay_seconds=0.15)
        folder = tmp_path / f"restored {number}"
        try:
            place = restore(target, folder, WORDS, lambda *_: None)
        except Refused:  # not complete, or not even begun
            assert whole == 0, "once it was complete it stays a whole, older back-up"
            continue
        whole += 1
        assert place.height <= end.height
        with open_record(folder, rebuild_derived=history.rebuild, segment_size=SIZE) as restored:
            assert restored.end == place
    subprocess.run([sys.executable, CHILD, "backup", str(record_folder), str(target)], check=True, capture_output=True)
    assert restore(target, tmp_path / "last", WORDS, lambda *_: None) == end
    assert whole > 0


def test_a_back_up_of_a_running_node(tmp_path: Path) -> None:
    folder, target = tmp_path / "record", tmp_path / "target"
    history = History(44)
    create_record(folder, SIZE)
    command = [sys.executable, CHILD, "append", str(folder), "44"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        height = 0
        for _ in range(4):
            while height < 10:
                line = node.stdout.readline().strip()
                height = int(line) if line.isdigit() else 0
            subprocess.run([sys.executable, CHILD, "backup", str(folder), str(target)], check=True, capture_output=True)
            height = 0
            # The node has written on meanwhile; read what it said, so that it does not wait for the pipe.
            os.set_blocking(node.stdout.fileno(), False)
            node.stdout.read()
            os.set_blocking(node.stdout.fileno(), True)
        node.kill()
        node.wait(30)
    place = restore(target, tmp_path / "restored", WORDS, lambda *_: None)
    assert place.height >= 10
    with open_record(tmp_path / "restored", rebuild_derived=history.rebuild, segment_size=SIZE) as record:
        assert record.end == place
