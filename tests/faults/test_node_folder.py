"""Two nodes on one folder, back-ups of a node that runs or starts, and a node that goes on from a restored record."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl import pwhash

from sanad.base.errors import Refused, Unavailable
from sanad.kernel.posting import post
from sanad.log import checkpoint as log_checkpoint
from sanad.log.note import VerifierKey
from sanad.node import sealed
from sanad.node.auditing import audit
from sanad.node.folder import Damage
from sanad.node.restore import restore
from tests.faults.kills import Network, Tally
from tests.faults.node_process import WORDS
from tests.faults.running import Launcher
from tests.faults.test_node_disk_full import audited, send
from tests.faults.town import SEGMENT_SIZE, submit


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with Launcher(tmp_path / "processes") as started:
        yield started


@pytest.fixture
def network(tmp_path: Path, launcher: Launcher) -> Network:
    return Network(launcher, tmp_path / "network", 81, Tally())


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "operations", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(sealed, "memory_bytes", pwhash.argon2id.MEMLIMIT_MIN)


def back_up(network: Network) -> None:
    run = network.launcher.start("backup", network.folder, SEGMENT_SIZE, target=str(network.target), replayer=False)
    assert run.ready().startswith("height ")
    run.close()


def verified(folder: Path, note: bytes | None, log_key: str) -> None:
    """The restored record leads to the root that was signed, by a key from elsewhere."""
    assert note is not None
    signed = log_checkpoint.verify(note, VerifierKey.decode(log_key.encode()))
    report = audit(folder, post, log_key=log_key.encode(), segment_size=SEGMENT_SIZE)
    assert report.checkpoint_size == signed.size
    assert report.height >= signed.size


def test_a_second_node_is_refused_and_the_first_unharmed(network: Network) -> None:
    send(network, 8)
    second = network.start()
    with pytest.raises(Unavailable, match=f"is held by process {network.node.number}; stop it first"):
        second.ready()
    network.check()
    assert send(network, 8)[0] == 200
    audited(network)


def test_a_node_that_starts_while_a_back_up_runs(network: Network) -> None:
    """And writes while the next one runs."""
    send(network, 200)
    network.node.stop()
    run = network.launcher.start("backup", network.folder, SEGMENT_SIZE, target=str(network.target), replayer=False)
    network.node = network.start()
    network.check()
    assert run.ready().startswith("height ")
    again = network.launcher.start("backup", network.folder, SEGMENT_SIZE, target=str(network.target), replayer=False)
    send(network, 100)
    assert again.ready().startswith("height ")
    network.check()
    restored = network.folder.parent / "restored"
    restore(network.target, restored, WORDS, lambda folder, note: verified(folder, note, network.genesis.log_key))
    audited(network)


def test_a_restored_node_goes_on_where_its_back_up_ended(network: Network) -> None:
    send(network, 60)
    with network.client() as client:
        client.health()
    network.node.stop()
    back_up(network)
    network.node = network.start()
    send(network, 40)
    network.node.kill()  # the disk burns
    sequences = {(lane.bank.institution, lane.bank.lane): len(lane.sent) for lane in network.town.lanes}
    restored = network.folder.parent / "restored"
    restore(network.target, restored, WORDS, lambda folder, note: verified(folder, note, network.genesis.log_key))
    network.folder = restored
    network.node = network.start()
    with network.client() as client:
        for lane in network.town.lanes:
            following = client.next_sequence(lane.bank.institution, lane.bank.lane)
            assert following <= sequences[lane.bank.institution, lane.bank.lane] + 1
            for sent in lane.sent[following - 1 :]:
                sent.receipt = None
    send_again(network)
    network.check()
    assert send(network, 8)[0] == 200
    audited(network)


def send_again(network: Network) -> None:
    """All that the restored record has not, in the order of each lane: what every sender's outbox does."""
    connection = http.client.HTTPConnection(*network.node.host_port, timeout=60)
    for lane in network.town.lanes:
        for sent in lane.sent:
            status, receipt = submit(connection, sent.message)
            assert status == 200
            assert sent.receipt in (None, receipt)
            sent.receipt = receipt
    connection.close()


def refuse(folder: Path, note: bytes | None) -> None:
    raise Damage("checkpoint", "another root", "")


def test_restores_that_are_refused(network: Network, tmp_path: Path) -> None:
    send(network, 8)
    back_up(network)
    with pytest.raises(Refused, match="is not empty"):
        restore(network.target, network.folder, WORDS, lambda *_: None)
    with pytest.raises(Refused, match="passphrase: it does not open this back-up"):
        restore(network.target, tmp_path / "one", "four other green boats", lambda *_: None)
    assert not (tmp_path / "one").exists() or not list((tmp_path / "one").iterdir())
    with pytest.raises(Damage, match="another root"):
        restore(network.target, tmp_path / "two", WORDS, refuse)
    unfinished = network.launcher.start("node", tmp_path / "two", SEGMENT_SIZE, replayer=False)
    with pytest.raises(Unavailable, match="holds a restore that did not finish"):
        unfinished.ready()
    network.check()
