"""One block as a frame of a segment file: encode, decode, check (docs/reference/formats.md §5, "Segment files")."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sanad.base.errors import SanadError, ensure
from sanad.rulebook.message import HEADER_SIZE

FRAME_HEADER_SIZE = 96
FRAME_ALIGNMENT = 8
MAGIC = b"sblk"

_HEAD = struct.Struct("<4sIQQQQQ16s")
_LENGTH = struct.Struct("<I")
_ITEMS_AND_BODY = struct.Struct("<II")
_ITEMS_AT = 48
_DIGEST_AT = 80
_NO_SIGNATURES_SIZE = 2
_JOINED_BODY_MAX = 16 << 10
"""Bodies up to this size are joined with their neighbours: a copy is cheaper than one more vector."""

Piece = bytes | memoryview


class StoredMessage(Protocol):
    """What a segment keeps of a message: three runs of bytes. `sanad.rulebook.message.Message` is one."""

    @property
    def header_bytes(self) -> bytes:
        """The 112 bytes."""

    @property
    def signatures_bytes(self) -> bytes:
        """Count and signatures."""

    @property
    def body(self) -> bytes | memoryview:
        """The body, never copied here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point between two blocks: everything up to and with block `height` lies before it."""

    height: int
    entry: int
    """Number of the last entry before."""
    items: int
    """How many items lie before, which is the ordinal of the next."""
    time_ms: int
    """Block time of the block before, ms since 1970 UTC."""


START = Place(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A block to be written: one group commit."""

    height: int
    time_ms: int
    first_entry: int
    first_item: int
    messages: Sequence[StoredMessage]


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block that lies in the segments, and where. Offsets count over all segments."""

    height: int
    time_ms: int
    first_entry: int
    first_item: int
    offset: int
    """Of the frame."""
    length: int
    """Bytes of the frame, padding excluded."""
    message_offsets: list[int]
    message_lengths: list[int]
    headers: list[bytes]
    """The 112 bytes of each message."""
    items: list[int]
    """Number of items of each message."""

    @property
    def after(self) -> Place:
        """The point after this block."""
        return Place(
            self.height, self.first_entry + len(self.headers) - 1, self.first_item + sum(self.items), self.time_ms
        )


def discontinuity(block: NewBlock | PlacedBlock, place: Place) -> str | None:
    """What of a block does not continue from `place`, in words; None if all does."""
    if block.height != place.height + 1:
        return f"height {block.height} stands where height {place.height + 1} belongs"
    if block.first_entry != place.entry + 1:
        return f"first entry is {block.first_entry}, the entry before is {place.entry}"
    if block.first_item != place.items:
        return f"first item is {block.first_item}, {place.items} items lie before"
    if block.time_ms <= place.time_ms:
        return f"time {block.time_ms} ms is not after the block before, {place.time_ms} ms"
    return None


class Unsound(SanadError):
    """No sound frame begins here. Whoever walks decides: not written yet, torn, or damage."""

    def __init__(self, offset: int, what: str, entry: int = 0) -> None:
        super().__init__(f"no sound frame at {offset}: {what}")
        self.offset = offset
        """Of the frame, over all segments."""
        self.what = what
        self.entry = entry
        """The entry whose bytes differ, 0 if it is the frame itself."""


def padded(length: int) -> int:
    """The bytes a frame takes: its length up to the next multiple of 8."""
    return -(-length // FRAME_ALIGNMENT) * FRAME_ALIGNMENT


def encode(block: NewBlock, offset: int = 0) -> tuple[list[Piece], PlacedBlock]:
    """The bytes of the frame as a list of buffers, large bodies uncopied, and where all will lie from `offset` on."""
    ensure(len(block.messages) > 0, "a block is never empty")
    lengths: list[int] = []
    headers: list[bytes] = []
    offsets: list[int] = []
    covered: list[bytes] = []
    pieces: list[Piece] = []
    run: list[Piece] = []
    at = FRAME_HEADER_SIZE
    for message in block.messages:
        header, signatures, body = message.header_bytes, message.signatures_bytes, message.body
        length = HEADER_SIZE + len(signatures) + len(body)
        head = _LENGTH.pack(length) + header + signatures
        lengths.append(length)
        headers.append(header)
        offsets.append(offset + at + 4)
        covered.append(head)
        run.append(head)
        if len(body) > _JOINED_BODY_MAX:
            pieces += (b"".join(run), body)
            run = []
        else:
            run.append(body)
        at += 4 + length
    pieces.append(b"".join((*run, bytes(padded(at) - at))))
    first = _HEAD.pack(
        MAGIC, len(headers), at, block.height, block.time_ms, block.first_entry, block.first_item, bytes(16)
    )
    checksum = hashlib.sha256(first)
    checksum.update(b"".join(covered))
    pieces.insert(0, first + checksum.digest())
    items = [_ITEMS_AND_BODY.unpack_from(header, _ITEMS_AT)[0] for header in headers]
    return pieces, PlacedBlock(
        block.height, block.time_ms, block.first_entry, block.first_item, offset, at, offsets, lengths, headers, items
    )


def frame_size(block: NewBlock) -> int:
    """Bytes of the block's frame with its padding."""
    return padded(
        FRAME_HEADER_SIZE
        + sum(4 + HEADER_SIZE + len(each.signatures_bytes) + len(each.body) for each in block.messages)
    )


def head_at(segment: memoryview, at: int, offset: int) -> tuple[int, int]:
    """Height and length that the frame header at `at` claims; nothing but its form is checked. Raises `Unsound`."""
    if at + FRAME_HEADER_SIZE > len(segment):
        raise Unsound(offset, "the file ends before a frame header does")
    magic, entries, length, height, _, _, _, zero = _HEAD.unpack_from(segment, at)
    if magic != MAGIC:
        raise Unsound(offset, "the magic number is not that of a block")
    smallest = FRAME_HEADER_SIZE + entries * (4 + HEADER_SIZE + _NO_SIGNATURES_SIZE)
    if entries == 0 or length < smallest or at + padded(length) > len(segment) or zero != bytes(16):
        raise Unsound(offset, "the frame header's counts, length or reserved bytes cannot be")
    return height, length


def decode(segment: memoryview, at: int, offset: int, *, verify: bool = True) -> PlacedBlock:
    """The frame at `at` of a segment file, `offset` over all segments.

    `verify` checks the checksum and every body's digest. Raises `Unsound` naming what differs.
    """
    head_at(segment, at, offset)
    _, entries, length, height, time_ms, first_entry, first_item, _ = _HEAD.unpack_from(segment, at)
    end = at + length
    checksum = hashlib.sha256(segment[at : at + 64])
    block = PlacedBlock(height, time_ms, first_entry, first_item, offset, length, [], [], [], [])
    bodies: list[tuple[int, int]] = []
    cursor = at + FRAME_HEADER_SIZE
    for index in range(entries):
        message_length = _LENGTH.unpack_from(segment, cursor)[0] if cursor + 4 + HEADER_SIZE <= end else 0
        message_end = cursor + 4 + message_length
        if message_length < HEADER_SIZE + _NO_SIGNATURES_SIZE or message_end > end:
            raise Unsound(offset, "a message's length leaves the frame", first_entry + index)
        header = bytes(segment[cursor + 4 : cursor + 4 + HEADER_SIZE])
        items, body_length = _ITEMS_AND_BODY.unpack_from(header, _ITEMS_AT)
        if body_length > message_length - HEADER_SIZE - _NO_SIGNATURES_SIZE:
            raise Unsound(offset, "a body's length leaves its message", first_entry + index)
        if verify:
            checksum.update(segment[cursor : message_end - body_length])
        bodies.append((message_end - body_length, message_end))
        block.message_offsets.append(offset + cursor + 4 - at)
        block.message_lengths.append(message_length)
        block.headers.append(header)
        block.items.append(items)
        cursor = message_end
    if cursor != end:
        raise Unsound(offset, "bytes are left between the last message and the frame's end")
    if verify:
        _check_digests(segment, at, block, checksum.digest(), bodies)
    return block


def _check_digests(
    segment: memoryview, at: int, block: PlacedBlock, checksum: bytes, bodies: list[tuple[int, int]]
) -> None:
    if checksum != segment[at + 64 : at + FRAME_HEADER_SIZE]:
        raise Unsound(block.offset, "the frame's checksum is not that of its headers and signatures")
    for index, (start, stop) in enumerate(bodies):
        if hashlib.sha256(segment[start:stop]).digest() != block.headers[index][_DIGEST_AT:HEADER_SIZE]:
            raise Unsound(block.offset, "the body is not the one its header names", block.first_entry + index)
    if any(segment[at + block.length : at + padded(block.length)]):
        raise Unsound(block.offset, "the padding after the frame is not zero")
