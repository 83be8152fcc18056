import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Fault
from sanad.node import segments as segments_module
from sanad.node.folder import Damage, create_record, segment_name
from sanad.node.frames import START, Place, StoredMessage, Unsound, decode, encode, frame_size, padded
from sanad.node.segments import Segments, SegmentWriter, first_not_zero
from tests.unit.node_storage.blocks import Maker

SIZE = 1 << 16


def raw(message: StoredMessage) -> bytes:
    return b"".join((message.header_bytes, message.signatures_bytes, message.body))


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 200))
def test_a_frame_says_again_what_it_was_made_from(seed: int, entries: int, items: int) -> None:
    block, _ = Maker(seed).block(entries, items)
    pieces, placed = encode(block, 64)
    data = b"".join(pieces)
    assert len(data) == frame_size(block) == padded(placed.length)
    found = decode(memoryview(bytes(64) + data), 64, 64)
    assert found == placed
    places = zip(found.message_offsets, found.message_lengths, strict=True)
    assert [data[at - 64 : at - 64 + length] for at, length in places] == [raw(each) for each in block.messages]


@given(st.integers(0, 10**6), st.data())
def test_any_flipped_bit_of_a_frame_is_found(seed: int, data: st.DataObject) -> None:
    block, _ = Maker(seed).block(3, 4)
    frame = bytearray(b"".join(encode(block)[0]))
    bit = data.draw(st.integers(0, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unsound):
        decode(memoryview(frame), 0, 0)


def test_blocks_come_back_over_many_files(tmp_path: Path) -> None:
    create_record(tmp_path, SIZE)
    maker = Maker(7)
    blocks = [maker.block(5, 30)[0] for _ in range(120)]
    with SegmentWriter(tmp_path, 0, SIZE) as writer:
        placed = [writer.append(block) for block in blocks]
    reader = Segments(tmp_path, SIZE)
    assert list(reader.blocks(START)) == placed
    assert len(reader.numbers()) > 10
    for block, place in zip(blocks, placed, strict=True):
        for message, offset, length in zip(block.messages, place.message_offsets, place.message_lengths, strict=True):
            assert reader.bytes_at(offset, length) == raw(message)


def test_a_walk_may_begin_after_any_block(tmp_path: Path) -> None:
    create_record(tmp_path, SIZE)
    maker = Maker(8)
    with SegmentWriter(tmp_path, 0, SIZE) as writer:
        placed = [writer.append(maker.block(2, 30)[0]) for _ in range(40)]
        for index, block in enumerate(placed):
            assert [each.height for each in writer.blocks(block.after)] == list(range(index + 2, 41))
        with pytest.raises(Damage, match="was looked for"):
            writer.locate(Place(5, 10, 3, 9))
        with pytest.raises(Damage, match="magic"):
            writer.locate(Place(41, 82, 3, 9))


def test_a_frame_that_ends_with_its_file_is_followed_by_the_next_file(tmp_path: Path) -> None:
    maker = Maker(9)
    block, _ = maker.block(2, 30)
    size = frame_size(block)
    create_record(tmp_path, size)
    with SegmentWriter(tmp_path, 0, size) as writer:
        writer.append(block)
        offset = writer.offset
    assert offset == size
    with SegmentWriter(tmp_path, offset, size) as writer:
        small, _ = maker.block(1, 1)
        assert writer.append(small).offset == size
        assert [each.height for each in writer.blocks(START)] == [1, 2]


def test_more_pieces_than_one_call_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments_module, "_VECTORS_MAX", 3)
    create_record(tmp_path, 1 << 20)
    block, _ = Maker(10).block(12, 400)
    with SegmentWriter(tmp_path, 0, 1 << 20) as writer:
        writer.append(block)
        assert writer.frame(0).height == 1


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwritev

    def short(handle: int, pieces: list[bytes], offset: int) -> int:
        return real(handle, [b"".join(pieces)[:1000]], offset)

    monkeypatch.setattr(os, "pwritev", short)
    create_record(tmp_path, 1 << 20)
    with SegmentWriter(tmp_path, 0, 1 << 20) as writer:
        writer.append(Maker(11).block(12, 400)[0])
        assert writer.frame(0).height == 1


def test_a_failing_disk_stops_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_record(tmp_path, SIZE)
    maker = Maker(12)
    with SegmentWriter(tmp_path, 0, SIZE) as writer:
        writer.append(maker.block()[0])

        def fails(_: int) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "fdatasync", fails)
        block, _ = maker.block()
        with pytest.raises(Fault, match="the disk failed"):
            writer.append(block)
        monkeypatch.undo()
        with pytest.raises(Fault, match="start the node anew"):
            writer.append(block)


def test_missing_and_short_files_are_named(tmp_path: Path) -> None:
    create_record(tmp_path, SIZE)
    maker = Maker(13)
    with SegmentWriter(tmp_path, 0, SIZE) as writer:
        for _ in range(60):
            writer.append(maker.block(5, 30)[0])
    os.truncate(tmp_path / "segments" / segment_name(2), SIZE - 1)
    with pytest.raises(Damage, match=r"00000002.segment.*65535 bytes"):
        list(Segments(tmp_path, SIZE).blocks(START))
    (tmp_path / "segments" / segment_name(1)).unlink()
    with pytest.raises(Damage, match=r"00000001.segment.*missing"):
        Segments(tmp_path, SIZE).numbers()


def test_readers_see_whole_blocks_beside_the_writer(tmp_path: Path) -> None:
    create_record(tmp_path, SIZE)
    maker = Maker(14)
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        reader = Segments(tmp_path, SIZE)
        place = START
        while True:
            last = done.is_set()
            try:
                for block in reader.blocks(place):
                    seen.append(block.height)
                    place = block.after
            except Unsound:
                continue  # being written just now
            if last:
                return

    with SegmentWriter(tmp_path, 0, SIZE) as writer:
        thread = threading.Thread(target=follow)
        thread.start()
        for _ in range(150):
            writer.append(maker.block(3, 20)[0])
        done.set()
        thread.join(60)
    assert seen == list(range(1, 151))


@given(st.integers(0, 3 << 20), st.integers(0, 100))
def test_the_first_byte_that_is_not_zero(position: int, more: int) -> None:
    data = bytearray((3 << 20) + 1)
    assert first_not_zero(memoryview(data)) is None
    data[position] = 1
    data[min(position + more, len(data) - 1)] = 1
    assert first_not_zero(memoryview(data)) == position
