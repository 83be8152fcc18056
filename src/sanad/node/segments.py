"""The segment files: append one block durably, read any byte, walk from block to block.

The writer is one thread. Readers are any number of threads or processes: files never change behind the last block.
"""

import errno
import mmap
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np

from sanad.base.errors import Fault, Unavailable, ensure
from sanad.node.folder import (
    RESTORE_ADVICE,
    SEGMENT_SIZE,
    SEGMENTS,
    Damage,
    allocated,
    is_no_space,
    no_space,
    segment_name,
    write_all,
)
from sanad.node.frames import (
    FRAME_ALIGNMENT,
    FRAME_HEADER_SIZE,
    MAGIC,
    NewBlock,
    Piece,
    Place,
    PlacedBlock,
    Unsound,
    decode,
    discontinuity,
    encode,
    frame_size,
    head_at,
    padded,
)

_VECTORS_MAX = os.sysconf("SC_IOV_MAX")
_MAPS_MAX = 256
"""Segment files mapped at a time by one reader: 16 GiB of addresses, and as many open files."""
_PREPARE_SECONDS_MAX = 60.0
_CHUNK = 1 << 20


class Segments:
    """Reading. Bytes come as views of the mapped files, never copied; valid for ever, since no written byte changes."""

    def __init__(self, folder: Path, segment_size: int = SEGMENT_SIZE) -> None:
        """`folder` is the record's; `segment_size` is smaller in tests only."""
        self.folder = folder / SEGMENTS
        self.segment_size = segment_size
        self._maps: OrderedDict[int, memoryview] = OrderedDict()
        self._lock = threading.Lock()

    def numbers(self) -> list[int]:
        """Numbers of the files that are there, ascending. Raises `Damage` if one is missing between."""
        numbers = sorted(int(path.stem) for path in self.folder.glob("*.segment") if path.stem.isdigit())
        for expected, number in enumerate(numbers):
            if number != expected:
                raise Damage(f"segments/{segment_name(expected)}", "the file is missing", RESTORE_ADVICE)
        if not numbers:
            raise Damage(f"segments/{segment_name(0)}", "the file is missing", RESTORE_ADVICE)
        return numbers

    def view(self, number: int) -> memoryview:
        """All bytes of a file. Raises `Damage` when it is missing or has another size."""
        with self._lock:
            found = self._maps.get(number)
            if found is not None:
                self._maps.move_to_end(number)
                return found
            opened = self._map(number)
            self._maps[number] = opened
            if len(self._maps) > _MAPS_MAX:
                self._maps.popitem(last=False)  # views that are still in use keep their map alive
            return opened

    def _map(self, number: int) -> memoryview:
        place = f"segments/{segment_name(number)}"
        try:
            handle = os.open(self.folder / segment_name(number), os.O_RDONLY)
        except FileNotFoundError as error:
            raise Damage(place, "the file is missing", RESTORE_ADVICE) from error
        try:
            size = os.fstat(handle).st_size
            if size != self.segment_size:
                raise Damage(place, f"the file has {size} bytes instead of {self.segment_size}", RESTORE_ADVICE)
            return memoryview(mmap.mmap(handle, size, mmap.MAP_SHARED, mmap.PROT_READ))
        finally:
            os.close(handle)

    def bytes_at(self, offset: int, length: int) -> memoryview:
        """`length` bytes at `offset` over all segments; they lie in one file."""
        number, at = divmod(offset, self.segment_size)
        ensure(0 < length <= self.segment_size - at, "what is read lies in one segment file")
        return self.view(number)[at : at + length]

    def place_name(self, offset: int) -> str:
        """File and offset in it, for people."""
        number, at = divmod(offset, self.segment_size)
        return f"segments/{segment_name(number)} offset {at}"

    def frame(self, offset: int, *, verify: bool = True) -> PlacedBlock:
        """The frame at `offset`. Raises `Unsound`."""
        number, at = divmod(offset, self.segment_size)
        return decode(self.view(number), at, offset, verify=verify)

    def damage(self, fault: Unsound, height: int) -> Damage:
        """An unsound frame, named as the damage that it is; `height` is what belongs there."""
        return Damage(self.place_name(fault.offset), fault.what, RESTORE_ADVICE, height, fault.entry)

    def locate(self, place: Place) -> int:
        """Offset at which the block after `place` begins or will begin.

        Finds the file by its first frame, then goes from header to header. Raises `Damage` where none fits.
        """
        start = 0
        for number in self.numbers() if place.height else []:
            view = self.view(number)
            if is_zero(view[:FRAME_HEADER_SIZE]):
                break
            offset = number * self.segment_size
            try:
                height, _ = head_at(view, 0, offset)
            except Unsound as fault:
                raise self.damage(fault, 0) from fault
            if height > place.height:
                break
            start = offset
        if place.height == 0:
            return 0
        block = self._hop(place.height, start)
        if block.after != place:
            what = f"entry, items or time of this block are {block.after}, and {place} was looked for"
            raise Damage(self.place_name(block.offset), what, RESTORE_ADVICE, place.height)
        return block.offset + padded(block.length)

    def _hop(self, height: int, offset: int) -> PlacedBlock:
        """Block `height`, checked, from a frame at `offset` that does not lie after it; those between are not."""
        number, at = divmod(offset, self.segment_size)
        view = self.view(number)
        found = -1
        while found != height:
            offset = number * self.segment_size + at
            try:
                next_height, length = head_at(view, at, offset)
            except Unsound as fault:
                raise self.damage(fault, max(found, 0) + 1) from fault
            if found >= 0 and next_height != found + 1:
                what = f"height {next_height} stands where height {found + 1} belongs"
                raise Damage(self.place_name(offset), what, RESTORE_ADVICE, found + 1)
            found = next_height
            at += padded(length)
        try:
            return self.frame(offset)
        except Unsound as fault:
            raise self.damage(fault, height) from fault

    def blocks(self, place: Place, offset: int | None = None, *, verify: bool = True) -> Iterator[PlacedBlock]:
        """The blocks after `place`, as far as they are written.

        `offset` is where the first begins, if known. Raises `Unsound` where bytes are no sound frame (yet) and
        `Damage` where a sound one does not continue the one before.
        """
        at = self.locate(place) if offset is None else offset
        while True:
            begin = self._next_frame(at)
            if begin is None:
                return
            block = self.frame(begin, verify=verify)
            wrong = discontinuity(block, place)
            if wrong is not None:
                raise Damage(self.place_name(begin), wrong, RESTORE_ADVICE, place.height + 1, block.first_entry)
            yield block
            place = block.after
            at = begin + padded(block.length)

    def _next_frame(self, offset: int) -> int | None:
        """Where the frame after `offset` begins: here, or at the start of the next file; None if there is none."""
        number, at = divmod(offset, self.segment_size)
        if at and not is_zero(self.view(number)[at : at + FRAME_HEADER_SIZE]):
            return offset
        # A frame may end exactly where its file ends: then `at` is 0 already.
        following = number if at == 0 else number + 1
        if not (self.folder / segment_name(following)).exists():
            return None
        if is_zero(self.view(following)[:FRAME_HEADER_SIZE]):
            return None
        if at and first_not_zero(self.view(number)[at:]) is not None:
            raise Unsound(offset, "bytes after the last frame of a file are not zero")
        return following * self.segment_size

    def regions(self, offset: int) -> list[tuple[int, memoryview]]:
        """All bytes from `offset` on, one view a file, each with its offset."""
        number, at = divmod(offset, self.segment_size)
        found = [(offset, self.view(number)[at:])] if number in self.numbers() else []
        return found + [(each * self.segment_size, self.view(each)) for each in self.numbers() if each > number]

    def sound_beyond(self, offset: int, place: Place) -> PlacedBlock | None:
        """A sound frame somewhere from `offset` on, of a block after `place`.

        If one stands behind an unsound frame, that one was no torn end, since blocks are written one by one.
        """
        for start, view in self.regions(offset):
            words = np.frombuffer(view[: len(view) // FRAME_ALIGNMENT * FRAME_ALIGNMENT], dtype="<u4")[::2]
            for index in np.flatnonzero(words == int.from_bytes(MAGIC, "little")).tolist():
                try:
                    found = self.frame(start + index * FRAME_ALIGNMENT)
                except Unsound:
                    continue
                if found.height > place.height and found.first_entry > place.entry:
                    return found
        return None


def is_zero(view: memoryview) -> bool:
    """Whether all bytes of a short view are zero."""
    return view.tobytes().count(0) == len(view)


def first_not_zero(view: memoryview) -> int | None:
    """Where the first byte is that is not zero, or None."""
    for start in range(0, len(view), _CHUNK):
        chunk = np.frombuffer(view[start : start + _CHUNK], dtype=np.uint8)
        if chunk.any():
            return start + int(np.flatnonzero(chunk)[0])
    return None


class SegmentWriter(Segments):
    """Appending. One thread; space for the next file is allocated by a second one, so that no block waits for it."""

    def __init__(self, folder: Path, offset: int, segment_size: int = SEGMENT_SIZE) -> None:
        """`offset`: where the next frame begins over all segments, as `open_record` found it."""
        super().__init__(folder, segment_size)
        ensure(offset % 8 == 0, "frames begin at multiples of 8")
        self._number, self._at = divmod(offset, segment_size)
        if self._at == 0 and self._number > 0 and not (self.folder / segment_name(self._number)).exists():
            self._number, self._at = self._number - 1, segment_size  # the last file is full to its last byte
        self._handle = os.open(self.folder / segment_name(self._number), os.O_RDWR)
        self._soiled_until = self._at
        self._stopped = False
        self._next_lock = threading.Lock()
        self._lacks_space = False
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="next segment")
        self._next = self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the file being prepared and let go. Nothing needs to be flushed: `append` did."""
        self._preparing.shutdown(wait=True)
        os.close(self._handle)

    @property
    def offset(self) -> int:
        """Where the next frame begins over all segments."""
        return self._number * self.segment_size + self._at

    @property
    def next_file_ready(self) -> bool:
        """False while the next file is being made, and when there was no space for it: then refuse at the edge."""
        return self._next.done() and self._next.exception() is None

    def make_room(self) -> None:
        """See that the next file is there or being made. Call it before a block is decided, from any thread.

        Raises `Unavailable` when there was no space for it, and tries again.
        """
        with self._next_lock:
            if self._next.done():
                error = self._next.exception()
                self._lacks_space = error is not None
                if error is not None:
                    self._next = self._prepare()
                    raise error
            elif self._lacks_space:
                raise no_space("the next segment file")

    def append(self, block: NewBlock) -> PlacedBlock:
        """Write a block and wait until it is on the disk.

        Raises `Unavailable` when there is no space: nothing is recorded, and the same call may be made again.
        Raises `Fault` when the disk fails: what it holds is then unknown, and the node must be started anew.
        """
        ensure(not self._stopped, "nothing is appended after the disk failed; start the node anew")
        size = frame_size(block)
        ensure(size <= self.segment_size, "a block fits into one segment file")
        if self._soiled_until > self._at:
            self._clean()
        if self._at + size > self.segment_size:
            self._roll()
        pieces, placed = encode(block, self.offset)
        try:
            self._write(pieces, size)
            os.fdatasync(self._handle)
        except OSError as error:
            self._soiled_until = max(self._soiled_until, self._at + size)
            if not is_no_space(error):
                raise self._disk_failed(error) from error
            self._clean()
            raise no_space(f"block {block.height}") from error
        self._at += size
        self._soiled_until = self._at
        return placed

    def _write(self, pieces: list[Piece], size: int) -> None:
        """All pieces at the current offset. Raises OSError."""
        done = 0
        while done < size:
            written = os.pwritev(self._handle, pieces[:_VECTORS_MAX], self._at + done)
            if written == 0:
                raise OSError(errno.ENOSPC, "nothing more could be written")
            done += written
            if done < size:
                pieces = _without(pieces, written)

    def _clean(self) -> None:
        """Zero what a failed append left behind, so that no half block stands after the last one."""
        try:
            write_all(self._handle, bytes(self._soiled_until - self._at), self._at)
            os.fdatasync(self._handle)
        except OSError as error:
            if not is_no_space(error):
                raise self._disk_failed(error) from error
            raise no_space("clearing the block that did not fit") from error
        self._soiled_until = self._at

    def _disk_failed(self, error: OSError) -> Fault:
        """After a failed write or sync nobody knows what the disk holds: nothing more is appended."""
        self._stopped = True
        return Fault(
            f"the disk failed under {self.place_name(self.offset)} ({os.strerror(error.errno or 0)}): "
            "replace or repair it, then start the node anew"
        )

    def _prepare(self) -> "Future[None]":
        path = self.folder / segment_name(self._number + 1)
        return self._preparing.submit(lambda: None if path.exists() else allocated(path, self.segment_size))

    def _roll(self) -> None:
        """Go on in the next file. Raises `Unavailable` while there is no space for it."""
        with self._next_lock:
            if self._next.done() and self._next.exception() is not None:
                self._next = self._prepare()  # there was no space before; there may be now
            coming = self._next
        try:
            coming.result(_PREPARE_SECONDS_MAX)
        except TimeoutError as error:
            raise Unavailable("the next segment file is still being prepared; the disk is slow", 5) from error
        handle = os.open(self.folder / segment_name(self._number + 1), os.O_RDWR)
        os.close(self._handle)
        self._handle = handle
        with self._next_lock:
            self._number, self._at, self._soiled_until = self._number + 1, 0, 0
            self._next = self._prepare()


def _without(pieces: list[Piece], written: int) -> list[Piece]:
    """What is left of the pieces after their first `written` bytes."""
    rest = [memoryview(piece).cast("B") for piece in pieces]
    while rest and written >= len(rest[0]):
        written -= len(rest.pop(0))
    if rest and written:
        rest[0] = rest[0][written:]
    return list(rest)
