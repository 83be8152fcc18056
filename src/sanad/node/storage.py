"""Opening a record: take the folder, walk its end, cut off what was never acknowledged, name what is damaged.

What may be missing after a kill or a power cut: the end of the one block that was being written (nobody was told
that it is recorded), rows of derived files, and nothing else. All other differences are damage, and the node
refuses to serve.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np

from sanad.base.errors import Refused, Unavailable, ensure
from sanad.node.derived import Derived
from sanad.node.folder import (
    RESTORE_ADVICE,
    RESTORE_MARK,
    SEGMENT_SIZE,
    SEGMENTS,
    SNAPSHOTS,
    Damage,
    held,
    segment_name,
    sync_folder,
    write_all,
)
from sanad.node.frames import (
    START,
    NewBlock,
    Place,
    PlacedBlock,
    Unsound,
    discontinuity,
    padded,
)
from sanad.node.segments import Segments, SegmentWriter, first_not_zero
from sanad.node.small import SmallTables, open_small_tables


@dataclass(frozen=True, slots=True)
class CutOff:
    """Bytes of a block that was being written when the node was killed; they are zero again."""

    place: str
    height: int
    """Of the block that was never acknowledged."""
    length: int
    """Bytes from the first to the last that was not zero."""
    digest: bytes
    """H of those bytes."""
    what: str


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """What was found when the record was opened."""

    end: Place
    """The last block that is in the segments."""
    blocks_checked: int
    cut_off: CutOff | None
    derived_height: int
    """Blocks whose derived rows can be trusted; those after it must be derived again."""
    derived_fault: str | None
    """What is wrong with the derived rows of the block after that; None if none are missing."""
    small_fault: str | None
    """What was damaged in the small tables and made anew."""

    def sentences(self) -> list[str]:
        """For the operator's log."""
        said = [
            f"record ends at height {self.end.height}, entry {self.end.entry}; {self.blocks_checked} blocks checked"
        ]
        if self.cut_off is not None:
            cut = self.cut_off
            said.append(
                f"cut off {cut.length} bytes at {cut.place}: block {cut.height} was being written when the node "
                f"stopped, and nobody was told that it is recorded ({cut.what})"
            )
        if self.derived_fault is not None:
            said.append(
                f"derived files end at height {self.derived_height} and must be derived again: {self.derived_fault}"
            )
        if self.small_fault is not None:
            said.append(self.small_fault)
        return said


class Record:
    """An open record. One process; `append` and `derived.append` by its one writer thread, reading by any."""

    def __init__(
        self,
        folder: Path,
        segments: SegmentWriter,
        derived: Derived,
        small: SmallTables,
        report: OpeningReport,
        held_open: ExitStack,
    ) -> None:
        self.folder = folder
        self.segments = segments
        self.derived = derived
        self.small = small
        self.report = report
        self.end = report.end
        """The last block in the segments."""
        self._held_open = held_open

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Make the derived files durable and let go of everything, the folder's lock last."""
        with self._held_open, suppress(Unavailable):  # without room the mark stays behind: a start checks more
            self.sync_derived()

    def make_room(self, height: int, entries: int, items: int) -> None:
        """See that so many blocks, entries and items in all have space, before one of them is decided.

        Raises `Unavailable` when there is none.
        """
        self.derived.make_room(height, entries, items)
        self.segments.make_room()

    def append(self, block: NewBlock) -> PlacedBlock:
        """Write a block to the segments; on the disk when this returns. Then call `derived.append`.

        Space for the derived rows is made first. Raises `Unavailable` when there is none: nothing is recorded,
        and the same call may be made again. Raises `Fault` when the disk fails.
        """
        wrong = discontinuity(block, self.end)
        ensure(wrong is None, f"blocks are appended in order: {wrong}")
        entries = len(block.messages)
        items = sum(int.from_bytes(each.header_bytes[48:52], "little") for each in block.messages)
        self.derived.reserve(entries, items)
        placed = self.segments.append(block)
        self.end = placed.after
        return placed

    def sync_derived(self) -> int:
        """Make the derived files durable and remember up to where; the height. Call now and then, off the hot path."""
        height = self.derived.sync()
        self.small.durable_height = max(self.small.durable_height, height)
        return height


RebuildDerived = Callable[[Record], None]
"""Derives rows from `record.derived.height` + 1 to `record.end.height` again and appends them."""


def open_record(
    folder: Path,
    start: Place = START,
    *,
    rebuild_derived: RebuildDerived | None = None,
    segment_size: int = SEGMENT_SIZE,
) -> Record:
    """Take the folder of a record and make it ready to serve.

    `start`: a snapshot's place; blocks after it are checked, all from the first if left out. Without
    `rebuild_derived` the caller looks at `report.derived_height` and derives the rest itself.

    Raises `Refused` if another process holds the folder or it holds no record; `Damage` if stored bytes are not
    what was written (no segment or derived byte is changed then); `Unavailable` if the disk is full.
    """
    if (folder / RESTORE_MARK).exists():
        raise Refused("record folder", f"{folder} holds a restore that did not finish; empty it and restore again", 409)
    if not (folder / SEGMENTS).is_dir():
        raise Refused("record folder", f"{folder} holds no record; create one or name another folder", 404)
    with ExitStack() as stack:
        stack.enter_context(held(folder))
        (folder / SNAPSHOTS).mkdir(mode=0o700, exist_ok=True)
        segments = Segments(folder, segment_size)
        small, small_fault = open_small_tables(folder)
        stack.enter_context(small)
        derived = stack.enter_context(Derived(folder, segments))
        acknowledged = Acknowledged.gather(start, small, derived)
        tail = Tail(segments, start)
        cut_off = tail.judge(acknowledged)
        derived_place, derived_fault = trusted_place(derived, tail.end, small.durable_height)
        derived.trust(derived_place.height, derived_place.entry, derived_place.items)
        small.durable_height = min(small.durable_height, derived_place.height)
        tail.settle()
        writer = stack.enter_context(SegmentWriter(folder, tail.offset, segment_size))
        derived.segments = writer
        report = OpeningReport(
            tail.end, tail.blocks, cut_off, derived_place.height, derived_fault, small_fault
        )  # fmt: skip
        record = Record(folder, writer, derived, small, report, ExitStack())
        if rebuild_derived is not None and derived.height < tail.end.height:
            rebuild_derived(record)
            ensure(derived.height == tail.end.height, "derived files are rebuilt up to the last block")
        record._held_open = stack.pop_all()  # noqa: SLF001  # the record is whole only now
        return record


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Up to which height blocks are known to have been acknowledged, and by what."""

    height: int
    evidence: str

    @classmethod
    def gather(cls, start: Place, small: SmallTables, derived: Derived) -> Self:
        """The strongest of: the snapshot, the stored checkpoint, the durable mark, the block rows."""
        checkpoint = small.checkpoint()
        known = [
            cls(start.height, "the snapshot that was loaded"),
            cls(checkpoint.size if checkpoint else 0, "the last signed checkpoint"),
            cls(small.durable_height, "the mark of durable derived rows"),
        ]
        known.append(cls(derived.written_beyond(max(each.height for each in known)), "derived/blocks"))
        return max(known, key=lambda each: each.height)


class Tail:
    """The walk over the last blocks, and what stands behind them."""

    def __init__(self, segments: Segments, start: Place) -> None:
        """Walk. Raises `Damage` where a sound block does not continue the one before."""
        self.segments = segments
        self.end = start
        self.blocks = 0
        self.numbers = segments.numbers()
        self._check_files()
        self.offset = segments.locate(start)
        """Where the next block begins."""
        self._fault: Unsound | None = None
        try:
            for block in segments.blocks(start, self.offset):
                self.end = block.after
                self.offset = block.offset + padded(block.length)
                self.blocks += 1
        except Unsound as fault:
            self._fault = fault
        self._soiled = self._find_soiled()

    def _check_files(self) -> None:
        for number in self.numbers:
            size = (self.segments.folder / segment_name(number)).stat().st_size
            if size != self.segments.segment_size:
                what = f"the file has {size} bytes instead of {self.segments.segment_size}"
                raise Damage(f"segments/{segment_name(number)}", what, RESTORE_ADVICE)

    def _find_soiled(self) -> list[tuple[int, int]]:
        """Offset and length of what is not zero behind the last block, one for each file that has some."""
        soiled: list[tuple[int, int]] = []
        for offset, view in self.segments.regions(self.offset):
            first = first_not_zero(view)
            if first is not None:
                soiled.append((offset + first, _last_not_zero(view) + 1 - first))
        return soiled

    def judge(self, acknowledged: Acknowledged) -> CutOff | None:
        """What is to be cut off, if anything. Raises `Damage` where it cannot be a block that was being written."""
        height = self.end.height + 1
        if not self._soiled:
            if acknowledged.height >= height:
                known = f"{acknowledged.evidence} knows block {acknowledged.height}"
                what = f"the record ends before block {height}, but {known}"
                raise Damage(self.segments.place_name(self.offset), what, RESTORE_ADVICE, height)
            return None
        first = self._soiled[0][0]
        fault = self._fault or Unsound(first, "bytes that are not zero stand where nothing was written")
        if acknowledged.height >= height:
            what = f"{fault.what}; {acknowledged.evidence} proves that this block was acknowledged"
            raise Damage(self.segments.place_name(fault.offset), what, RESTORE_ADVICE, height, fault.entry)
        beyond = self.segments.sound_beyond(self.offset, self.end)
        if beyond is not None:
            what = f"{fault.what}; a sound block {beyond.height} follows at {self.segments.place_name(beyond.offset)}"
            raise Damage(self.segments.place_name(fault.offset), what, RESTORE_ADVICE, height, fault.entry)
        running = sha256()
        for offset, length in self._soiled:
            running.update(self.segments.bytes_at(offset, length))
        total = sum(length for _, length in self._soiled)
        return CutOff(self.segments.place_name(first), height, total, running.digest(), fault.what)

    def settle(self) -> None:
        """Make sure that what was found is on the disk, and zero what stands behind the last block.

        A killed node may have left its last block, or the name of its last file, in memory only. From now on
        receipts for it are given, so it must outlive a power cut as every other.
        """
        sync_folder(self.segments.folder.parent)
        sync_folder(self.segments.folder)
        if self.offset:
            handle = os.open(
                self.segments.folder / segment_name((self.offset - 1) // self.segments.segment_size), os.O_RDWR
            )
            try:
                os.fdatasync(handle)
            finally:
                os.close(handle)
        self._cut()

    def _cut(self) -> None:
        for offset, length in self._soiled:
            number, at = divmod(offset, self.segments.segment_size)
            handle = os.open(self.segments.folder / segment_name(number), os.O_RDWR)
            try:
                write_all(handle, bytes(length), at)
                os.fdatasync(handle)
            finally:
                os.close(handle)


def trusted_place(derived: Derived, end: Place, durable_height: int) -> tuple[Place, str | None]:
    """The last block up to which the derived rows fit the frames, and what does not fit in the one after it.

    Rows up to `durable_height` were on the disk and only the last of them is looked at; each one after is checked
    whole. If that last one does not fit, all are checked from the first.
    """
    known = min(durable_height, end.height)
    if known and derived.fault_of(known) is not None:
        known = 0
    fault: str | None = None
    while known < end.height and fault is None:
        fault = derived.fault_of(known + 1)
        known += fault is None
    if known == 0:
        return START, fault
    return derived.segments.frame(derived.block_offset(known), verify=False).after, fault


def _last_not_zero(view: memoryview) -> int:
    """Where the last byte is that is not zero; the caller knows that there is one."""
    return int(np.flatnonzero(np.frombuffer(view, dtype=np.uint8))[-1])
