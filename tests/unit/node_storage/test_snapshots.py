import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanad.base.digests import digest
from sanad.base.errors import Unavailable
from sanad.node import snapshots
from sanad.node.folder import Damage, create_record
from sanad.node.frames import Place
from sanad.node.snapshots import SnapshotHeader, latest_good, load, prune, write


def header(height: int = 5) -> SnapshotHeader:
    return SnapshotHeader(Place(height, height * 2, height * 3, height * 4), digest(b"chain"), digest(b"secret"))


def parts(seed: int = 1) -> list[tuple[str, memoryview]]:
    chance = random.Random(seed)
    return [(f"part {n}", memoryview(chance.randbytes(size))) for n, size in enumerate((0, 1, 63, 64, 65, 5000))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.dictionaries(st.text("abc._", min_size=1, max_size=32), st.binary(max_size=300), max_size=6))
def test_a_snapshot_comes_back(tmp_path: Path, given_parts: dict[str, bytes]) -> None:
    (tmp_path / "snapshots").mkdir(exist_ok=True)
    path = write(tmp_path, header(), [(name, memoryview(value)) for name, value in given_parts.items()])
    found = load(path)
    assert found.header == header()
    assert {name: value.tobytes() for name, value in found.parts.items()} == given_parts
    assert found.state_digest == snapshots.state_digest([(name, digest(value)) for name, value in given_parts.items()])


def test_large_parts_come_as_aligned_writable_arrays(tmp_path: Path) -> None:
    create_record(tmp_path, 4096)
    big = np.arange(1 << 19, dtype=np.int64)
    found = load(write(tmp_path, header(), [("big", big.view(np.uint8).data)])).parts["big"].view(np.int64)
    assert np.array_equal(found, big)
    found[0] = 7


def test_every_flipped_bit_and_every_cut_is_found(tmp_path: Path) -> None:
    create_record(tmp_path, 4096)
    path = write(tmp_path, header(), parts())
    whole = path.read_bytes()
    chance = random.Random(3)
    for _ in range(100):
        bit = chance.randrange(len(whole) * 8)
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(Damage, match=r"snapshots/0000000000000005\.snapshot"):
            load(path)
    for length in [*range(0, 300, 17), *chance.sample(range(len(whole)), 20), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(Damage):
            load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(Damage, match="follow its end"):
        load(path)


def test_the_newest_whole_one_is_taken_and_damaged_ones_are_named(tmp_path: Path) -> None:
    create_record(tmp_path, 4096)
    assert latest_good(tmp_path) == (None, [])
    for height in (1, 2, 3, 4):
        write(tmp_path, header(height), parts(height))
    for height in (3, 4):
        path = tmp_path / "snapshots" / f"{height:016d}.snapshot"
        os.truncate(path, 1000)
    found, damaged = latest_good(tmp_path)
    assert found is not None
    assert found.header.place.height == 2
    assert [each.place[-12:] for each in damaged] == ["004.snapshot", "003.snapshot"]
    older, _ = latest_good(tmp_path, height_max=1)
    assert older is not None
    assert older.header.place.height == 1


def test_three_are_kept(tmp_path: Path) -> None:
    create_record(tmp_path, 4096)
    for height in range(1, 7):
        write(tmp_path, header(height), parts())
        prune(tmp_path)
    assert [int(path.stem) for path in snapshots.paths(tmp_path)] == [6, 5, 4]


def test_a_renamed_snapshot_is_not_believed(tmp_path: Path) -> None:
    create_record(tmp_path, 4096)
    path = write(tmp_path, header(5), parts())
    with pytest.raises(Damage, match="its name"):
        load(path.rename(path.with_name(f"{9:016d}.snapshot")))


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_record(tmp_path, 4096)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="a snapshot"):
        write(tmp_path, header(), parts())
    assert list((tmp_path / "snapshots").iterdir()) == []
