"""Opening a record: what is cut off, what is derived again, what is damage."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sanad.base.errors import Refused
from sanad.node.derived import Derived
from sanad.node.folder import RESTORE_MARK, SEGMENTS, Damage, create_record, held, segment_name
from sanad.node.frames import START, NewBlock, Place, PlacedBlock, encode
from sanad.node.segments import SegmentWriter
from sanad.node.small import SmallTables
from sanad.node.storage import Record, open_record
from tests.unit.node_storage.blocks import Maker, derive

SIZE = 1 << 16


class Written:
    """A record of some blocks, closed again."""

    def __init__(self, folder: Path, blocks: int = 30, seed: int = 31) -> None:
        self.folder = folder
        self.maker = Maker(seed)
        self.placed: list[PlacedBlock] = []
        create_record(folder, SIZE)
        with self.open() as record:
            for _ in range(blocks):
                block, previous = self.maker.block(3, 20)
                self.placed.append(record.append(block))
                derive(record.derived, self.placed[-1], previous)

    def open(self, start: Place = START) -> Record:
        return open_record(self.folder, start, segment_size=SIZE)

    @property
    def last(self) -> PlacedBlock:
        return self.placed[-1]

    def segment(self, offset: int) -> Path:
        return self.folder / SEGMENTS / segment_name(offset // SIZE)

    def change(self, offset: int, data: bytes) -> None:
        with self.segment(offset).open("r+b") as file:
            file.seek(offset % SIZE)
            file.write(data)

    def read(self, offset: int, length: int) -> bytes:
        data = self.segment(offset).read_bytes()
        return data[offset % SIZE : offset % SIZE + length]

    def flip(self, offset: int, bit: int = 0) -> None:
        self.change(offset, bytes([self.read(offset, 1)[0] ^ 1 << bit]))

    def forget_last(self) -> None:
        """As if killed between the segment and the derived rows: nothing proves the last block."""
        with self.open() as record:
            before = self.placed[-2].after
            record.derived.trust(before.height, before.entry, before.items)
            record.small.durable_height = before.height

    def unwritten(self, block: NewBlock) -> tuple[int, bytes]:
        """Where a next block would go, and its bytes."""
        with self.open() as record:
            offset = record.segments.offset
        pieces, placed = encode(block, offset)
        if offset % SIZE + sum(map(len, pieces)) > SIZE:
            offset = -(-offset // SIZE) * SIZE
            pieces, placed = encode(block, offset)
        return offset, b"".join(pieces)[: placed.length]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path / "record")


def test_a_closed_record_opens_as_it_was(written: Written) -> None:
    with written.open() as record:
        assert record.end == written.last.after
        assert record.report.cut_off is None
        assert record.report.derived_fault is None
        assert record.derived.height == 30
        assert record.small.durable_height == 30
        assert len(record.report.sentences()) == 1
    with written.open(written.placed[19].after) as record:
        assert record.report.blocks_checked == 10


def test_a_second_process_is_refused_by_name(written: Written) -> None:
    with written.open():
        code = (
            "import sys; from pathlib import Path; from sanad.node.storage import open_record\n"
            f"open_record(Path({str(written.folder)!r}), segment_size={SIZE})"
        )
        child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert f"is held by process {os.getpid()}" in child.stderr
        with pytest.raises(Refused, match="stop it first"), held(written.folder):
            pass
    with written.open():
        pass


def test_what_is_no_record_is_refused(tmp_path: Path, written: Written) -> None:
    with pytest.raises(Refused, match="holds no record"):
        open_record(tmp_path)
    with pytest.raises(Refused, match="holds a record already"):
        create_record(written.folder)
    (written.folder / RESTORE_MARK).touch()
    with pytest.raises(Refused, match="did not finish"):
        written.open()


@pytest.mark.parametrize("seed", range(3))
def test_a_block_torn_at_any_byte_is_cut_off(tmp_path: Path, seed: int) -> None:
    written = Written(tmp_path, 12, seed)
    chance = random.Random(seed)
    block, previous = written.maker.block(3, 20)
    offset, data = written.unwritten(block)
    ends = {1, 4, 5, 8, 63, 64, 95, 96, 97, 100, 212, len(data) - 1, *chance.sample(range(1, len(data)), 6)}
    for end in sorted(ends):
        written.change(offset, data[:end])
        with written.open() as record:
            cut = record.report.cut_off
            assert cut is not None
            assert cut.height == 13
            assert record.end.height == 12
            assert record.segments.offset == offset
            assert "nobody was told" in record.report.sentences()[1]
        assert written.read(offset, len(data)) == bytes(len(data))
    with written.open() as record:
        assert record.report.cut_off is None
        derive(record.derived, record.append(block), previous)


@pytest.mark.parametrize("seed", range(6))
def test_a_block_of_which_any_sectors_are_missing_is_cut_off(tmp_path: Path, seed: int) -> None:
    written = Written(tmp_path, 12, seed)
    chance = random.Random(seed)
    offset, data = written.unwritten(written.maker.block(3, 40)[0])
    torn = bytearray(data)
    lost = 0
    for start in range(0, len(data), 512):
        if chance.random() < 0.4 or (start + 512 >= len(data) and not lost):
            torn[start : start + 512] = bytes(len(torn[start : start + 512]))
            lost += 1
    written.change(offset, bytes(torn))
    with written.open() as record:
        assert record.end.height == 12
        assert record.report.cut_off is not None


def test_a_whole_block_that_nobody_was_told_of_is_kept(written: Written) -> None:
    written.forget_last()
    with written.open() as record:
        assert record.end == written.last.after
        assert record.report.derived_height == 29
        assert "must be derived again" in record.report.sentences()[-1]


def test_what_a_killed_node_left_in_memory_is_synced_before_it_counts(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[str] = set()
    real, real_whole = os.fdatasync, os.fsync

    def noted(handle: int) -> None:
        synced.add(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    def noted_whole(handle: int) -> None:
        synced.add(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real_whole(handle)

    monkeypatch.setattr(os, "fdatasync", noted)
    monkeypatch.setattr(os, "fsync", noted_whole)
    with written.open():
        assert {
            str(written.folder),
            str(written.folder / SEGMENTS),
            str(written.segment(written.last.offset)),
        } <= synced


def test_any_flipped_bit_is_found_and_named(written: Written) -> None:
    chance = random.Random(5)
    end = written.last.offset + written.last.length
    for _ in range(250):
        offset, bit = chance.randrange(end), chance.randrange(8)
        if not any(each.offset <= offset < each.offset + each.length for each in written.placed):
            continue  # the zeros between files have a test of their own
        block = next(each for each in written.placed if each.offset <= offset < each.offset + each.length)
        written.flip(offset, bit)
        with pytest.raises(Damage) as damage:
            written.open()
        assert damage.value.height in {block.height, 0}
        assert segment_name(offset // SIZE) in damage.value.place
        assert str(block.offset % SIZE) in damage.value.place
        written.flip(offset, bit)
    with written.open():
        pass


def test_any_bit_that_is_not_zero_between_blocks_and_files_is_found(written: Written) -> None:
    chance = random.Random(6)
    used = bytearray(((written.last.offset // SIZE) + 2) * SIZE)
    for each in written.placed:
        used[each.offset : each.offset + each.length] = b"\1" * each.length
    last_file = written.last.offset // SIZE
    free = [offset for offset, byte in enumerate(used) if not byte]
    for offset in chance.sample(free, 120):
        written.flip(offset, chance.randrange(8))
        if offset >= written.last.offset:
            # Nothing was ever written there: said, zeroed, and the record goes on.
            with written.open() as record:
                assert record.report.cut_off is not None
                assert record.end == written.last.after
            assert written.read(offset, 1) == b"\0"
        else:
            with pytest.raises(Damage, match="not zero"):
                written.open()
            written.change(offset, b"\0")
    assert last_file > 0


def test_a_flipped_bit_in_the_last_block_is_damage_while_anything_proves_it(written: Written) -> None:
    written.flip(written.last.offset + 200)
    with pytest.raises(Damage, match="proves that this block was acknowledged") as damage:
        written.open()
    assert damage.value.height == 30
    (written.folder / "derived" / "blocks").unlink()
    with pytest.raises(Damage, match="mark of durable derived rows"):
        written.open()
    (written.folder / "small.sqlite").unlink()
    with pytest.raises(Damage, match="checksum is not"):
        written.open(written.last.after)
    with written.open() as record:  # nothing at all proves it: as a torn write
        assert record.end.height == 29
        assert record.report.cut_off is not None


def test_a_record_that_lost_its_end_is_damage(written: Written) -> None:
    written.change(written.last.offset, bytes(written.last.length))
    with pytest.raises(Damage, match="ends before block 30"):
        written.open()


def test_a_missing_last_file_is_damage(written: Written) -> None:
    first = written.last.offset // SIZE
    for number in (first, first + 1):
        (written.folder / SEGMENTS / segment_name(number)).unlink(missing_ok=True)
    with pytest.raises(Damage, match="the record ends before block"):
        written.open()


def test_a_missing_file_between_is_named(written: Written) -> None:
    (written.folder / SEGMENTS / segment_name(1)).unlink()
    with pytest.raises(Damage, match=r"00000001\.segment.*missing"):
        written.open()
    (written.folder / SEGMENTS / segment_name(0)).unlink()
    with pytest.raises(Damage, match=r"00000000\.segment.*missing"):
        written.open()


def test_blocks_that_do_not_continue_are_named(tmp_path: Path) -> None:
    create_record(tmp_path, SIZE)
    with SegmentWriter(tmp_path, 0, SIZE) as writer:
        block, _ = Maker(1).block()
        writer.append(block)
        for wrong, words in (
            (NewBlock(3, 10**6, 4, 9, block.messages), "height 3 stands where height 2 belongs"),
            (NewBlock(2, 10**6, 5, 9, block.messages), "first entry is 5"),
            (NewBlock(2, 10**6, 4, 1, block.messages), "first item is 1"),
            (NewBlock(2, block.time_ms, 4, block.first_item + 0, block.messages), "first item|time"),
        ):
            at = writer.offset
            writer.append(wrong)
            with pytest.raises(Damage, match=words):
                list(writer.blocks(START))
            writer._at = at  # the next wrong one over it
            writer._soiled_until = at + 40_000
            writer._clean()


def test_a_lost_block_in_the_middle_is_damage_even_if_nothing_proves_it(written: Written) -> None:
    (written.folder / "derived" / "blocks").unlink()
    (written.folder / "small.sqlite").unlink()
    lost = written.placed[27]
    written.change(lost.offset, bytes(lost.length))
    with pytest.raises(Damage, match=r"a sound block 29 follows|height 29 stands where height 28"):
        written.open()


@pytest.mark.parametrize("name", ["blocks", "entries", "outcomes", "effects"])
@pytest.mark.parametrize("damage", ["gone", "short", "flipped", "empty"])
def test_derived_files_are_believed_only_as_far_as_they_fit(written: Written, name: str, damage: str) -> None:
    with written.open() as record:
        rows = {"blocks": 19 * 256, "entries": 57 * 128}
        first = rows.get(name, record.derived.block(20).first_item * (2 if name == "outcomes" else 40))
    path = written.folder / "derived" / name
    expected = 0
    with SmallTables(written.folder / "small.sqlite") as small:
        small.durable_height = 0  # as after a power cut: nothing says that any row was on the disk
    match damage:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "short":
            os.truncate(path, first + 1)
            expected = 19
        case _:
            data = bytearray(path.read_bytes())
            data[first + 1] ^= 4
            path.write_bytes(data)
            expected = 19
    again: list[int] = []

    def rebuild(record: Record) -> None:
        previous: dict[tuple[int, int], int] = {}
        for block in record.segments.blocks(START):
            lanes = [(int.from_bytes(h[24:28], "little"), int.from_bytes(h[28:30], "little")) for h in block.headers]
            before: list[int] = []
            for index, lane in enumerate(lanes):
                before.append(previous.get(lane, 0))
                previous[lane] = block.first_entry + index
            if block.height > record.derived.height:
                again.append(block.height)
                derive(record.derived, block, before)

    with open_record(written.folder, rebuild_derived=rebuild, segment_size=SIZE) as record:
        assert record.report.derived_height == expected
        assert record.report.derived_fault is not None
        assert again == list(range(expected + 1, 31))
        assert all(record.derived.fault_of(height) is None for height in range(1, 31))
    with written.open() as record:
        assert record.report.derived_fault is None


def test_rows_before_the_durable_mark_are_not_read_again(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    real = Derived.fault_of

    def noted(self: Derived, height: int) -> str | None:
        looked.append(height)
        return real(self, height)

    monkeypatch.setattr(Derived, "fault_of", noted)
    with written.open():
        assert looked == [30]
