"""The derived files: block rows, entry rows, outcomes and effects, found by number in a map of the file.

All are rebuilt from the segments, so nothing here waits for the disk. What is durable is said by a mark that the
caller keeps (`sync`); behind the mark every block row's checksum is checked when the record is opened.
"""

import struct
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from sanad.base.digests import digest
from sanad.base.errors import Refused, ensure
from sanad.node.folder import DERIVED, REBUILD_ADVICE, Damage
from sanad.node.frames import PlacedBlock, Unsound
from sanad.node.rows import Rows
from sanad.node.segments import Segments
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER_SIZE

BLOCK = np.dtype(
    [
        ("leaf", "V128"),
        ("signature", "V64"),
        ("first_entry", "<u8"),
        ("entries", "<u4"),
        ("reserved", "<u4"),
        ("first_item", "<u8"),
        ("frame_offset", "<u8"),
        ("checksum", "V32"),
    ]
)
ENTRY = np.dtype(
    [
        ("message_offset", "<u8"),
        ("message_length", "<u4"),
        ("institution", "<u4"),
        ("sequence", "<u8"),
        ("first_item", "<u8"),
        ("height", "<u8"),
        ("items", "<u4"),
        ("lane", "<u2"),
        ("kind", "<u2"),
        ("previous", "<u8"),
        ("jump", "<u8"),
        ("body_root", "V32"),
        ("sealed_digest", "V32"),
    ]
)
EFFECT = np.dtype(
    [
        ("debit_balance", "<i8"),
        ("debit_reserved", "<i8"),
        ("credit_balance", "<i8"),
        ("debit_previous", "<u8"),
        ("credit_previous", "<u8"),
    ]
)
OUTCOME = np.dtype("<u2")

_HEADER = np.dtype(
    {
        "names": ["kind", "institution", "lane", "sequence"],
        "formats": ["<u2", "<u4", "<u2", "<u8"],
        "offsets": [6, 24, 28, 32],
        "itemsize": 112,
    }
)
_CHECKSUM_AT = 224
_LEAF_MAGIC = b"sanadblk"
_SOUND_MAX = 1 << 16
"""Blocks remembered as looked at, 8 bytes each and some."""


_ENTRY_LINK = struct.Struct("<QI12xQQI")
_BLOCK_LINK = struct.Struct("<24xQ160xQI")
_EFFECT = struct.Struct("<qqqQQ")


class Link(NamedTuple):
    """One transfer with what stands around it."""

    height: int
    time_ms: int
    is_in_block: bool
    """Whether the block's row says that the entry is one of its own."""
    transfer: memoryview
    debit_balance: int
    debit_reserved: int
    credit_balance: int
    debit_previous: int
    credit_previous: int


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block as the derived files know it."""

    leaf: bytes
    signature: bytes
    first_entry: int
    entries: int
    first_item: int
    frame_offset: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry as the derived files know it."""

    message_offset: int
    message_length: int
    institution: int
    sequence: int
    first_item: int
    height: int
    items: int
    lane: int
    kind: int
    previous: int
    jump: int
    body_root: bytes
    sealed_digest: bytes


class Derived:
    """The four derived files. One thread appends; any number read, also from other processes (`writable=False`)."""

    def __init__(self, folder: Path, segments: Segments, *, writable: bool = True) -> None:
        """`folder` is the record's. Nothing is visible until `trust` says up to where."""
        place = folder / DERIVED
        place.mkdir(mode=0o700, exist_ok=True)
        self.segments = segments
        with ExitStack() as opened:

            def rows(name: str, row: "np.dtype[np.void] | np.dtype[np.uint16]") -> Rows:
                found = Rows(place / name, row, writable=writable)
                opened.callback(found.close)
                return found

            self.blocks = rows("blocks", BLOCK)
            self.entries = rows("entries", ENTRY)
            self.all_outcomes = rows("outcomes", OUTCOME)
            self.all_effects = rows("effects", EFFECT)
            opened.pop_all()  # all four are there: they stay open
        self._sound: set[int] = set()
        self.height = 0
        """Blocks that can be read."""
        self.entry_count = 0
        self.item_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _files(self) -> tuple[Rows, Rows, Rows, Rows]:
        return self.blocks, self.entries, self.all_outcomes, self.all_effects

    def close(self) -> None:
        """Let go of the four files."""
        for rows in self._files():
            rows.close()

    def start_writing(self) -> None:
        """Begin to write what is dirty and well behind the end, without waiting."""
        for rows in self._files():
            rows.start_writing()

    def sync(self) -> int:
        """Wait until all rows are on the disk; the height up to which that holds. May run beside `append`."""
        height = self.height
        for rows in self._files():
            rows.sync()
        return height

    def reserve(self, entries: int, items: int) -> None:
        """Make space for one more block before it goes to the segments. Raises `Unavailable` if there is none."""
        self.make_room(self.height + 1, self.entry_count + entries, self.item_count + items)

    def make_room(self, height: int, entries: int, items: int) -> None:
        """Make space for so many in all. Raises `Unavailable` if there is none."""
        self.blocks.reserve(height)
        self.entries.reserve(entries)
        self.all_outcomes.reserve(items)
        self.all_effects.reserve(items)

    def append(
        self,
        placed: PlacedBlock,
        leaf: bytes,
        signature: bytes,
        body_roots: Sequence[bytes],
        sealed_digests: Sequence[bytes],
        previous: Sequence[int],
        outcomes: NDArray[np.uint16],
        effects: NDArray[np.void],
        digests: Sequence[bytes] | None = None,
    ) -> None:
        """Add a block that is in the segments: its row, its entries' rows, the outcome and effect of every item.

        Call it only after `SegmentWriter.append` came back: a row here is taken as proof of an acknowledged block.
        `previous` = of each entry the one before in its lane, 0 for none; system entries (institution 0) have none.
        `digests` = of each entry H(its outcomes ‖ its effects), if the caller has them; 0.2 ms a batch if not.
        """
        count = len(placed.headers)
        ensure(placed.height == self.height + 1, "derived rows are appended without gaps")
        ensure(placed.first_entry == self.entry_count + 1 and placed.first_item == self.item_count, "rows are dense")
        ensure(len(leaf) == 128 and len(signature) == 64, "a block leaf has 128 bytes, a signature 64")
        ensure(len(body_roots) == len(sealed_digests) == len(previous) == count, "one value an entry")
        items = sum(placed.items)
        ensure(len(outcomes) == len(effects) == items, "one outcome and one effect an item")
        self.reserve(count, items)
        rows = self._entry_rows(placed, body_roots, sealed_digests, previous)
        outcome_bytes = _bytes_of(np.ascontiguousarray(outcomes, dtype=OUTCOME))
        effect_bytes = _bytes_of(np.ascontiguousarray(effects))
        ensure(len(effect_bytes) == items * EFFECT.itemsize, "an effect has 40 bytes")
        entry_bytes = rows.tobytes()
        row = b"".join((
            leaf, signature, placed.first_entry.to_bytes(8, "little"), count.to_bytes(4, "little"), bytes(4),
            placed.first_item.to_bytes(8, "little"), placed.offset.to_bytes(8, "little"),
        ))  # fmt: skip
        if digests is None:
            digests = item_digests(placed.items, outcome_bytes, effect_bytes)
        checksum = digest(row, entry_bytes, b"".join(digests))
        self.all_effects.write(placed.first_item, effect_bytes)
        self.all_outcomes.write(placed.first_item, outcome_bytes)
        self.entries.write(placed.first_entry - 1, entry_bytes)
        self.blocks.write(placed.height - 1, row + checksum)
        self.entry_count += count
        self.item_count += items
        self.height = placed.height

    def _entry_rows(
        self,
        placed: PlacedBlock,
        body_roots: Sequence[bytes],
        sealed_digests: Sequence[bytes],
        previous: Sequence[int],
    ) -> NDArray[np.void]:
        """The entry rows of a block, jumps included."""
        count = len(placed.headers)
        headers = np.frombuffer(b"".join(placed.headers), dtype=_HEADER)
        rows = np.zeros(count, dtype=ENTRY)
        for name in ("kind", "institution", "lane", "sequence"):
            rows[name] = headers[name]
        rows["message_offset"] = placed.message_offsets
        rows["message_length"] = placed.message_lengths
        rows["height"] = placed.height
        rows["items"] = placed.items
        rows["first_item"] = placed.first_item + np.cumsum(placed.items) - placed.items
        rows["body_root"] = np.frombuffer(b"".join(body_roots), dtype="V32")
        rows["sealed_digest"] = np.frombuffer(b"".join(sealed_digests), dtype="V32")
        rows["previous"] = previous
        # One at a time: an entry may jump to one of the same block.
        for index in range(count):
            if previous[index]:
                rows["jump"][index] = self._jump(rows, placed.first_entry, index, previous[index])
        return rows

    def _jump(self, rows: NDArray[np.void], first_entry: int, index: int, previous: int) -> int:
        """The skew-binary jump of a new entry: over two equal jumps before it at once, else to the one before."""

        def lane_step(entry: int) -> tuple[int, int]:
            if entry == 0:
                return 0, 0
            row = rows[entry - first_entry] if entry >= first_entry else self.entries.read(entry - 1, 1)[0]
            return int(row["sequence"]), int(row["jump"])

        ensure(previous < first_entry + index, "the previous entry lies before")
        sequence, jump = lane_step(previous)
        ensure(sequence + 1 == int(rows["sequence"][index]), "sequences of a lane have no gaps")
        jump_sequence, jump_again = lane_step(jump)
        if sequence - jump_sequence == jump_sequence - lane_step(jump_again)[0]:
            return jump_again
        return previous

    # ---- reading ---------------------------------------------------------------------------------------------------

    def block(self, height: int) -> BlockRow:
        """The row of a block. Raises `Refused` (404) if there is none."""
        if not 1 <= height <= self.height:
            raise Refused("block", f"there is no block {height} yet; heights run from 1 to {self.height}", 404)
        row = self.blocks.read(height - 1, 1)[0]
        return BlockRow(
            row["leaf"].tobytes(), row["signature"].tobytes(), int(row["first_entry"]), int(row["entries"]),
            int(row["first_item"]), int(row["frame_offset"]),
        )  # fmt: skip

    def entry(self, number: int) -> EntryRow:
        """The row of an entry. Raises `Refused` (404) if there is none."""
        return EntryRow(*self._row(number).item())

    def _row(self, number: int) -> np.void:
        if not 1 <= number <= self.entry_count:
            raise Refused("entry", f"there is no entry {number} yet; entries run from 1 to {self.entry_count}", 404)
        found: np.void = self.entries.read(number - 1, 1)[0]
        return found

    def outcomes(self, number: int) -> NDArray[np.uint16]:
        """Outcomes of an entry's items, a view of shape (items,). Raises `Refused` (404)."""
        row = self._row(number)
        found: NDArray[np.uint16] = self.all_outcomes.read(int(row["first_item"]), int(row["items"]))  # type: ignore[assignment]
        return found

    def effects(self, number: int) -> NDArray[np.void]:
        """Effects of an entry's items, a view of shape (items,) of `EFFECT`. Raises `Refused` (404)."""
        row = self._row(number)
        return self.all_effects.read(int(row["first_item"]), int(row["items"]))

    def message(self, number: int) -> memoryview:
        """The bytes of an entry's message, a view of the segment. Raises `Refused` (404)."""
        row = self._row(number)
        return self.segments.bytes_at(int(row["message_offset"]), int(row["message_length"]))

    def transfer(self, position: int) -> memoryview:
        """The 116 bytes of the transfer at `position` = entry × 8,192 + index. Raises `Refused` (404)."""
        row, index = self._item(position)
        # Transfers are the end of their message, whatever signatures stand before.
        end = int(row["message_offset"]) + int(row["message_length"])
        return self.segments.bytes_at(end - (int(row["items"]) - index) * TRANSFER_SIZE, TRANSFER_SIZE)

    def outcome(self, position: int) -> int:
        """The outcome of one item. Raises `Refused` (404)."""
        row, index = self._item(position)
        return int(self.all_outcomes.read(int(row["first_item"]) + index, 1)[0])

    def effect(self, position: int) -> np.void:
        """The effect of one item, a record of `EFFECT`. Raises `Refused` (404)."""
        row, index = self._item(position)
        found: np.void = self.all_effects.read(int(row["first_item"]) + index, 1)[0]
        return found

    def link(self, position: int) -> "Link":
        """All that a statement's line needs of one transfer. Raises `Refused` (404) or `IndexError`.

        Fewer looks and fewer objects than the methods above together: fifty of them make a page.
        """
        number, index = divmod(position, POSITIONS_PER_ENTRY)
        if not 1 <= number <= self.entry_count:
            raise Refused("entry", f"there is no entry {number} yet; entries run from 1 to {self.entry_count}", 404)
        offset, length, first_item, height, items = self.entries.unpack(_ENTRY_LINK, number - 1)
        if index >= items or not 1 <= height <= self.height:
            raise Refused("position", f"entry {number} has {items} items, counted from 0", 404)
        time_ms, first_entry, entries = self.blocks.unpack(_BLOCK_LINK, height - 1)
        transfer = self.segments.bytes_at(offset + length - (items - index) * TRANSFER_SIZE, TRANSFER_SIZE)
        effect = self.all_effects.unpack(_EFFECT, first_item + index)
        return Link(height, time_ms, first_entry <= number < first_entry + entries, transfer, *effect)

    def _item(self, position: int) -> tuple[np.void, int]:
        number, index = divmod(position, POSITIONS_PER_ENTRY)
        row = self._row(number)
        if index >= row["items"]:
            raise Refused("position", f"entry {number} has {row['items']} items, counted from 0", 404)
        return row, index

    def find(self, institution: int, lane: int, sequence: int, last_entry_of_lane: int) -> int | None:
        """The entry with this sequence on this lane, O(log n) steps back from the lane's last; None if there is none.

        Of institution 0 (system entries) the sequence is the entry, and `last_entry_of_lane` is not looked at.
        """
        number = sequence if institution == 0 else last_entry_of_lane
        while number and number <= self.entry_count:
            row = self._row(number)
            here = int(row["sequence"])
            if here <= sequence:
                found = here == sequence and int(row["institution"]) == institution and int(row["lane"]) == lane
                return number if found else None
            jump, previous = int(row["jump"]), int(row["previous"])
            if max(jump, previous) >= number:
                return None  # no written row points forward
            number = jump if jump and int(self._row(jump)["sequence"]) >= sequence else previous
        return None

    def lost_sequence(self, institution: int, lane: int, sequence: int) -> Damage:
        """What `find` gives None for although it was decided: rows on the way back are not what was written."""
        what = f"the way back along lane {lane} of institution {institution} misses sequence {sequence}"
        return Damage("derived/entries", what, REBUILD_ADVICE)

    # ---- trust -----------------------------------------------------------------------------------------------------

    def written_beyond(self, height: int) -> int:
        """The largest height after `height` that has a row, by magic and number; 0 if none: what was acknowledged."""
        rows = self.blocks.read(height, max(self.blocks.capacity - height, 0))
        if not len(rows):
            return 0
        heads = np.frombuffer(rows.tobytes(), dtype=np.uint8).reshape(-1, BLOCK.itemsize)
        magic = (heads[:, :8] == np.frombuffer(_LEAF_MAGIC, np.uint8)).all(axis=1)
        heights = heads[:, 16:24].copy().view("<u8")[:, 0]
        good = magic & (heights == np.arange(height + 1, height + 1 + len(rows), dtype=np.uint64))
        return height + 1 + int(np.flatnonzero(good)[-1]) if good.any() else 0

    def sound_entry(self, number: int) -> EntryRow:
        """The row of an entry, when all rows of its block are what was written. Raises `Refused` (404), `Damage`.

        A block is looked at once, at its first reading, and then remembered: 0.3 ms a batch of 8,190.
        """
        row = self.entry(number)
        if not 1 <= row.height <= self.height:
            raise Damage("derived/entries", "the row names a block that is not there", REBUILD_ADVICE, 0, number)
        block = self.block(row.height)
        if not block.first_entry <= number < block.first_entry + block.entries:
            raise Damage("derived/entries", "the row names a block that it is not in", REBUILD_ADVICE, 0, number)
        if row.height not in self._sound:
            wrong = self.fault_of(row.height)
            if wrong is not None:
                raise Damage("derived", wrong, REBUILD_ADVICE, row.height, number)
            if len(self._sound) >= _SOUND_MAX:
                self._sound.clear()
            self._sound.add(row.height)
        return row

    def block_offset(self, height: int) -> int:
        """Frame offset in the row of a block, trusted or not."""
        return int(self.blocks.read(height - 1, 1)[0]["frame_offset"])

    def fault_of(self, height: int) -> str | None:
        """What in the rows of a block differs from its frame or its checksum, in words; None if nothing does."""
        raw = self.blocks.read(height - 1, 1)
        if not len(raw):
            return "derived/blocks ends before this block"
        row, data = raw[0], raw.tobytes()
        if data[:8] != _LEAF_MAGIC or int.from_bytes(data[16:24], "little") != height:
            return "derived/blocks has no row of this block"
        try:
            frame = self.segments.frame(int(row["frame_offset"]), verify=False)
        except (Unsound, Damage):
            return "derived/blocks names a frame that is not there"
        count, items = len(frame.headers), sum(frame.items)
        said = (int(row["first_entry"]), int(row["entries"]), int(row["first_item"]))
        if frame.height != height or said != (frame.first_entry, count, frame.first_item):
            return "derived/blocks names another frame"
        entries = self.entries.read(frame.first_entry - 1, count)
        outcomes = self.all_outcomes.read(frame.first_item, items)
        effects = self.all_effects.read(frame.first_item, items)
        if len(entries) < count or len(outcomes) < items or len(effects) < items:
            return "derived/entries, outcomes or effects ends before this block"
        if entries["message_offset"].tolist() != frame.message_offsets:
            return "derived/entries names other messages"
        digests = item_digests(frame.items, memoryview(outcomes.tobytes()), memoryview(effects.tobytes()))
        if digest(data[:_CHECKSUM_AT], entries.tobytes(), b"".join(digests)) != data[_CHECKSUM_AT:]:
            return "the block row's checksum is not that of its rows"
        return None

    def trust(self, height: int, entries: int, items: int) -> None:
        """Make everything up to block `height` readable and forget what lies behind it."""
        for rows, count in zip(self._files(), (height, entries, items, items), strict=True):
            ensure(rows.capacity >= count, "rows that are trusted are there")
            rows.cut(count)
        self.height, self.entry_count, self.item_count = height, entries, items

    def follow(self) -> int:
        """In a reading process: make rows readable that the writer has added; the new height."""
        newest = max(self.written_beyond(self.height), self.height)
        if newest > self.height:
            last = self.blocks.read(newest - 1, 1)[0]
            self.entry_count = int(last["first_entry"]) + int(last["entries"]) - 1
            rows = self.entries.read(max(self.entry_count - 1, 0), 1)
            if not len(rows):
                raise Damage("derived/entries", "the file ends before its last row", REBUILD_ADVICE, newest)
            self.item_count = int(rows[0]["first_item"]) + int(rows[0]["items"])
        self.height = newest
        return newest


def item_digests(items: Sequence[int], outcomes: memoryview, effects: memoryview) -> list[bytes]:
    """Of each entry H(its outcomes ‖ its effects): for transfers the effects digest of the chain."""
    found: list[bytes] = []
    at = 0
    for count in items:
        end = at + count
        found.append(digest(outcomes[at * 2 : end * 2], effects[at * 40 : end * 40]))
        at = end
    return found


def _bytes_of(rows: NDArray[Any]) -> memoryview:
    """The bytes of a contiguous array, uncopied."""
    return rows.reshape(-1).view(np.uint8).data
