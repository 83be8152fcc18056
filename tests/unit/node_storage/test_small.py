from pathlib import Path

import pytest

from sanad.base.digests import digest
from sanad.base.errors import Fault
from sanad.log import checkpoint as log_checkpoint
from sanad.log.checkpoint import Checkpoint
from sanad.log.note import NoteSigner
from sanad.node.folder import Damage
from sanad.node.small import SmallTables, StoredCheckpoint, open_small_tables


def signed(size: int, root: bytes = digest(b"root")) -> StoredCheckpoint:
    signer = NoteSigner("example.org/log", bytes(32))
    return StoredCheckpoint(size, root, log_checkpoint.sign(Checkpoint("example.org/log", size, root), signer))


def test_values_come_back_after_a_restart(tmp_path: Path) -> None:
    with SmallTables(tmp_path / "small.sqlite") as tables:
        assert tables.checkpoint() is None
        assert tables.setting("colour") is None
        tables.put_checkpoint(signed(3))
        tables.put_setting("colour", b"green")
        tables.put_number("cursor", 77)
        tables.durable_height = 5
    with SmallTables(tmp_path / "small.sqlite") as tables:
        assert tables.checkpoint() == signed(3)
        assert tables.setting("colour") == b"green"
        assert (tables.number("cursor"), tables.durable_height, tables.number("other")) == (77, 5, 0)


def test_no_second_version_is_ever_stored(tmp_path: Path) -> None:
    with SmallTables(tmp_path / "small.sqlite") as tables:
        tables.put_checkpoint(signed(3))
        tables.put_checkpoint(signed(3))
        with pytest.raises(Fault, match="one root"):
            tables.put_checkpoint(signed(3, digest(b"other")))
        with pytest.raises(Fault, match="never smaller"):
            tables.put_checkpoint(signed(2))


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def test_a_changed_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "small.sqlite"
    with SmallTables(path) as tables:
        tables.put_setting("colour", b"green as grass")
    flip(path, path.read_bytes().index(b"green as grass"))
    with pytest.raises(Damage, match="setting/colour"):
        SmallTables(path)


@pytest.mark.parametrize("damage", ["row", "header", "garbage", "gone"])
def test_damaged_tables_are_set_aside_and_the_checkpoint_comes_back(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "small.sqlite"
    with SmallTables(path) as tables:
        tables.put_setting("colour", b"green as grass")
        tables.put_checkpoint(signed(9))
    match damage:
        case "row":
            flip(path, path.read_bytes().index(b"green as grass"))
        case "header":
            flip(path, 3)
        case "garbage":
            path.write_bytes(b"not a table" * 1000)
        case _:
            path.unlink()
    tables, fault = open_small_tables(tmp_path)
    with tables:
        assert fault is not None
        assert "small.sqlite" in fault
        assert tables.checkpoint() == signed(9)
        assert tables.setting("colour") is None
    assert (tmp_path / "small.sqlite.damaged-1").exists() == (damage != "gone")


def test_two_checkpoints_of_one_size_are_damage(tmp_path: Path) -> None:
    with SmallTables(tmp_path / "small.sqlite") as tables:
        tables.put_checkpoint(signed(9))
    (tmp_path / "checkpoint").write_bytes(signed(9, digest(b"other")).note)
    with pytest.raises(Damage, match="its root of size 9"):
        open_small_tables(tmp_path)
