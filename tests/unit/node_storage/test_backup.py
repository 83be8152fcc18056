import random
from collections.abc import Callable
from pathlib import Path

import pytest
from nacl import pwhash

from sanad.base.errors import Malformed, Refused
from sanad.log import checkpoint as log_checkpoint
from sanad.log.checkpoint import Checkpoint
from sanad.log.note import NoteSigner
from sanad.node import sealed
from sanad.node.backup import KEY_DERIVATION, MANIFEST, backup
from sanad.node.folder import NODE_KEY, RESTORE_MARK, Damage
from sanad.node.frames import START
from sanad.node.restore import restore
from sanad.node.segments import Segments
from sanad.node.small import StoredCheckpoint
from sanad.node.storage import open_record
from tests.unit.node_storage.blocks import derive
from tests.unit.node_storage.test_storage import SIZE, Written

WORDS = "four quiet green boats"


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "operations", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(sealed, "memory_bytes", pwhash.argon2id.MEMLIMIT_MIN)
    monkeypatch.setattr("sanad.node.backup._SETTLE_SECONDS", 0.0)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    made = Written(tmp_path / "record", 60)
    (made.folder / NODE_KEY).write_bytes(b"the secret key of a test")
    (made.folder / NODE_KEY).chmod(0o600)
    return made


def no_check(folder: Path, note: bytes | None) -> None:
    pass


def grow(written: Written, blocks: int) -> None:
    with written.open() as record:
        for _ in range(blocks):
            block, previous = written.maker.block(3, 20)
            written.placed.append(record.append(block))
            derive(record.derived, written.placed[-1], previous)


def sign(written: Written) -> bytes:
    with written.open() as record:
        signer = NoteSigner("example.org/log", bytes(32))
        checkpoint = Checkpoint("example.org/log", record.end.height, bytes(32))
        note = log_checkpoint.sign(checkpoint, signer)
        record.small.put_checkpoint(StoredCheckpoint(checkpoint.size, checkpoint.root, note))
        return note


def same(written: Written, folder: Path) -> None:
    """Whether the record in `folder` holds the same blocks and opens."""
    assert list(Segments(folder, SIZE).blocks(START)) == written.placed
    with open_record(folder, segment_size=SIZE) as record:
        assert record.end == written.last.after


def test_a_restored_record_is_the_same(tmp_path: Path, written: Written) -> None:
    note = sign(written)
    said: list[str] = []
    target, folder = tmp_path / "target", tmp_path / "restored"
    report = backup(written.folder, target, WORDS, segment_size=SIZE, progress=lambda what, *_: said.append(what))
    assert report.end == written.last.after
    assert "segments" in said
    asked: list[tuple[Path, bytes | None]] = []
    assert restore(target, folder, WORDS, lambda *each: asked.append(each)) == written.last.after
    assert asked == [(folder, note)]
    assert (folder / NODE_KEY).read_bytes() == b"the secret key of a test"
    assert (folder / NODE_KEY).stat().st_mode & 0o777 == 0o600
    same(written, folder)


def test_nothing_of_the_record_can_be_read_in_the_target(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    backup(written.folder, target, WORDS, segment_size=SIZE)
    nonces = [header[64:80] for each in written.placed for header in each.headers]
    for path in target.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"secret key" not in data
            assert WORDS.encode() not in data
            assert not any(nonce in data for nonce in nonces)


def test_only_what_is_new_is_copied_again(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    first = backup(written.folder, target, WORDS, segment_size=SIZE)
    assert first.segments_copied == first.segments - 1 > 1
    before = {path.name: path.stat().st_mtime_ns for path in (target / "segments").iterdir()}
    assert backup(written.folder, target, WORDS, segment_size=SIZE).segments_copied == 0
    assert {path.name: path.stat().st_mtime_ns for path in (target / "segments").iterdir()} == before
    grow(written, 60)
    second = backup(written.folder, target, WORDS, segment_size=SIZE)
    assert second.segments_copied == second.segments - first.segments
    assert len(list((target / "segments").iterdir())) == second.segments
    restore(target, tmp_path / "restored", WORDS, no_check)
    same(written, tmp_path / "restored")


def test_a_damaged_copy_is_made_again(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    backup(written.folder, target, WORDS, segment_size=SIZE)
    first, second = sorted((target / "segments").iterdir())[:2]
    first.unlink()
    data = bytearray(second.read_bytes())
    data[5000] ^= 1
    second.write_bytes(data)
    with pytest.raises(Damage, match="missing"):
        restore(target, tmp_path / "failed", WORDS, no_check)
    report = backup(written.folder, target, WORDS, segment_size=SIZE)
    assert report.repaired == [f"segments/{first.name}", f"segments/{second.name}"]
    restore(target, tmp_path / "restored", WORDS, no_check)
    same(written, tmp_path / "restored")


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    with pytest.raises(Refused, match="at least 12"):
        backup(written.folder, target, "short", segment_size=SIZE)
    backup(written.folder, target, WORDS, segment_size=SIZE)
    before = (target / MANIFEST).read_bytes()
    for call in (
        lambda: backup(written.folder, target, WORDS + "s", segment_size=SIZE),
        lambda: restore(target, tmp_path / "restored", WORDS + "s", no_check),
    ):
        with pytest.raises(Refused, match="does not open"):
            call()
    assert (target / MANIFEST).read_bytes() == before
    assert not (tmp_path / "restored").exists()


def test_any_changed_byte_of_a_back_up_is_found(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    backup(written.folder, target, WORDS, segment_size=SIZE)
    chance = random.Random(9)
    paths = [path for path in target.rglob("*") if path.is_file() and path.name != "lock"]
    changes: list[Callable[[bytearray], None]] = [
        lambda data: data.__setitem__(chance.randrange(len(data)), data[0] ^ 0x5A),
        lambda data: data.__delitem__(slice(chance.randrange(len(data)), None)),
        lambda data: data.append(0),
    ]
    tried = 0
    for path in paths:
        whole = path.read_bytes()
        for change in changes * 3:
            damaged = bytearray(whole)
            change(damaged)
            if bytes(damaged) == whole or path.name == KEY_DERIVATION:
                continue
            path.write_bytes(damaged)
            tried += 1
            with pytest.raises((Damage, Refused)):
                restore(target, tmp_path / f"try {tried}", WORDS, no_check)
        path.write_bytes(whole)
    assert tried > 50
    restore(target, tmp_path / "restored", WORDS, no_check)


def test_a_derivation_that_asks_for_too_much_is_not_followed(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    backup(written.folder, target, WORDS, segment_size=SIZE)
    path = target / KEY_DERIVATION
    whole = path.read_text()
    for changed in (whole.replace('"memory_bytes":8192', '"memory_bytes":8589934592'), whole[:40], "{}"):
        path.write_text(changed)
        with pytest.raises(Malformed):
            restore(target, tmp_path / "restored", WORDS, no_check)


def test_segments_cannot_be_swapped(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    backup(written.folder, target, WORDS, segment_size=SIZE)
    first, second = sorted((target / "segments").iterdir())[:2]
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    with pytest.raises(Damage, match="does not open"):
        restore(target, tmp_path / "restored", WORDS, no_check)


def test_targets_and_folders_that_hold_something_else_are_refused(tmp_path: Path, written: Written) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter").touch()
    with pytest.raises(Refused, match="holds other files"):
        backup(written.folder, tmp_path / "other", WORDS, segment_size=SIZE)
    target = tmp_path / "target"
    backup(written.folder, target, WORDS, segment_size=SIZE)
    with pytest.raises(Refused, match="not empty"):
        restore(target, tmp_path / "other", WORDS, no_check)
    second = Written(tmp_path / "second", 3, seed=99)
    with pytest.raises(Refused, match="another record"):
        backup(second.folder, target, WORDS, segment_size=SIZE)
    with pytest.raises(Refused, match="holds no back-up"):
        restore(tmp_path / "other", tmp_path / "restored", WORDS, no_check)
    with pytest.raises(Refused, match="holds no record"):
        backup(tmp_path / "other", tmp_path / "third", WORDS, segment_size=SIZE)


def test_damage_is_never_copied(tmp_path: Path, written: Written) -> None:
    target = tmp_path / "target"
    written.flip(written.placed[1].offset + 300)
    with pytest.raises(Damage, match="height 2"):
        backup(written.folder, target, WORDS, segment_size=SIZE)
    with pytest.raises(Refused, match="not complete"):
        restore(target, tmp_path / "restored", WORDS, no_check)


def test_a_root_that_does_not_fit_leaves_no_record_that_opens(tmp_path: Path, written: Written) -> None:
    target, folder = tmp_path / "target", tmp_path / "restored"
    backup(written.folder, target, WORDS, segment_size=SIZE)

    def differs(where: Path, note: bytes | None) -> None:
        raise Damage("checkpoint", "the root differs", "Ask the observers")

    with pytest.raises(Damage, match="the root differs"):
        restore(target, folder, WORDS, differs)
    assert (folder / RESTORE_MARK).exists()
    with pytest.raises(Refused, match="did not finish"):
        open_record(folder, segment_size=SIZE)


def test_damage_is_not_taken_for_the_end_even_if_nothing_else_proves_it(tmp_path: Path, written: Written) -> None:
    (written.folder / "derived" / "blocks").unlink()
    written.flip(written.placed[-3].offset + 300)
    with pytest.raises(Damage, match="height 58"):
        backup(written.folder, tmp_path / "target", WORDS, segment_size=SIZE)


def test_a_torn_end_is_left_out(tmp_path: Path, written: Written) -> None:
    offset, data = written.unwritten(written.maker.block(3, 20)[0])
    written.change(offset, data[:200])
    report = backup(written.folder, tmp_path / "target", WORDS, segment_size=SIZE)
    assert report.end == written.last.after
    restore(tmp_path / "target", tmp_path / "restored", WORDS, no_check)
    same(written, tmp_path / "restored")


def test_files_are_the_owners_alone(tmp_path: Path, written: Written) -> None:
    backup(written.folder, tmp_path / "target", WORDS, segment_size=SIZE)
    for path in (tmp_path / "target").rglob("*.sealed"):
        assert path.stat().st_mode & 0o077 == 0
