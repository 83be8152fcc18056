"""A disk that is really full: a small tmpfs where mounting is allowed, the kernel's limit of file size everywhere."""

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from sanad.base.errors import Unavailable
from sanad.node import rows, snapshots
from sanad.node.folder import create_record
from sanad.node.frames import START, NewBlock, Place, frame_size
from sanad.node.segments import Segments
from sanad.node.snapshots import SnapshotHeader
from sanad.node.storage import Record, open_record
from tests.unit.node_storage.blocks import Maker, derive

SIZE = 1 << 18


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file may be written beyond `size` bytes: the kernel cuts a write short there and fails the next."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Nothing more can be written into the small file system at `folder`."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield
    ballast.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of 6 MiB at `folder`, and whether there is one: not everybody may mount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_STEP", 1 << 16)


def append_blocks(record: Record, maker: Maker, count: int) -> None:
    for _ in range(count):
        block, previous = maker.block(4, 100)
        derive(record.derived, record.append(block), previous)


def append_until_refused(record: Record, maker: Maker) -> tuple[NewBlock, list[int]]:
    """Append; the block for which there was no space, and of its entries the ones before."""
    while True:
        block, previous = maker.block(4, 100)
        try:
            placed = record.append(block)
        except Unavailable:
            return block, previous
        derive(record.derived, placed, previous)


def check(folder: Path, height: int) -> None:
    """Whether the record holds exactly `height` blocks, all sound and derived."""
    with open_record(folder, segment_size=SIZE) as record:
        assert record.report.cut_off is None
        assert record.end.height == record.derived.height == height
    assert len(list(Segments(folder, SIZE).blocks(START))) == height


def refuses_and_goes_on(folder: Path, no_space: Callable[[], AbstractContextManager[None]]) -> None:
    """Append until there is no space, twice; then with space again, losing nothing and repeating nothing."""
    create_record(folder, SIZE)
    maker = Maker(51)
    with open_record(folder, segment_size=SIZE) as record:
        append_blocks(record, maker, 5)
        for _ in range(2):
            record.segments._next.result(30)
            with no_space():
                block, previous = append_until_refused(record, maker)
                before = record.end
                assert before.height == block.height - 1
                with pytest.raises(Unavailable, match="nothing was recorded"):
                    record.append(block)
                assert record.end == before
            derive(record.derived, record.append(block), previous)
            append_blocks(record, maker, 20)
        height = record.end.height
    check(folder, height)


def test_no_space_for_the_next_segment_or_the_derived_rows(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as mounted:
        if mounted:
            refuses_and_goes_on(tmp_path / "disk" / "record", lambda: full(tmp_path / "disk"))
    if not mounted:
        refuses_and_goes_on(tmp_path / "record", lambda: file_size_limit(SIZE - 1))


def test_a_limit_on_the_next_segment(tmp_path: Path) -> None:
    refuses_and_goes_on(tmp_path / "record", lambda: file_size_limit(SIZE - 1))


@pytest.mark.parametrize("room", [0, 1, 95, 96, 97, 500, 5000])
@pytest.mark.parametrize("killed", [False, True])
def test_a_write_that_is_cut_short_in_the_middle_of_a_block(tmp_path: Path, room: int, killed: bool) -> None:
    create_record(tmp_path, SIZE)
    maker = Maker(52)
    record = open_record(tmp_path, segment_size=SIZE)
    with record:
        append_blocks(record, maker, 3)
        record.segments._next.result(30)
        record.derived.reserve(100, 10_000)
        block, previous = maker.block(4, 100)
        assert room < frame_size(block)
        with file_size_limit(record.segments.offset + room):
            for _ in range(2):
                with pytest.raises(Unavailable, match="no space"):
                    record.append(block)
        assert record.end.height == 3
        if not killed:
            derive(record.derived, record.append(block), previous)
            append_blocks(record, maker, 16)
    if killed:  # what the failed write left, if anything, is a torn end
        with open_record(tmp_path, segment_size=SIZE) as again:
            assert again.report.cut_off is None or room > 0
            assert again.end.height == 3
            derive(again.derived, again.append(block), previous)
    check(tmp_path, 4 if killed else 20)


def test_a_shorter_block_after_a_failed_one_leaves_zeros_behind_it(tmp_path: Path) -> None:
    create_record(tmp_path, SIZE)
    maker, other = Maker(53), Maker(53)
    with open_record(tmp_path, segment_size=SIZE) as record:
        append_blocks(record, maker, 3)
        for _ in range(3):
            other.block(4, 100)
        record.derived.reserve(100, 10_000)
        record.segments._next.result(30)
        large, _ = maker.block(4, 100)
        with file_size_limit(record.segments.offset + 20_000), pytest.raises(Unavailable):
            record.append(large)
        small, previous = other.block(1, 1)
        derive(record.derived, record.append(small), previous)
    check(tmp_path, 4)


def test_a_snapshot_that_does_not_fit(tmp_path: Path) -> None:
    create_record(tmp_path, 4096)
    header = SnapshotHeader(Place(1, 1, 1, 1), bytes(32), bytes(32))
    part = [("all", memoryview(bytes(1 << 20)))]
    with file_size_limit(1 << 19), pytest.raises(Unavailable, match="a snapshot"):
        snapshots.write(tmp_path, header, part)
    assert list((tmp_path / "snapshots").iterdir()) == []
    snapshots.write(tmp_path, header, part)
    assert snapshots.latest_good(tmp_path)[0] is not None
