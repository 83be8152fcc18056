"""One changed byte in a copy of a record, for the demonstration: what a forger would do to a payment's amount."""

from pathlib import Path

from sanad.base.errors import ensure
from sanad.node.folder import SEGMENT_SIZE, SEGMENTS, segment_name
from sanad.node.frames import START
from sanad.node.replaying import messages_of
from sanad.node.segments import Segments
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER_SIZE

_AMOUNT_AT = 32  # formats.md §1, "Transfer"


def flip_amount(copy: Path, position: int) -> str:
    """Flip one byte of the amount of the transfer at `position`; a sentence that says where."""
    entry, index = divmod(position, POSITIONS_PER_ENTRY)
    segments = Segments(copy)
    for placed in segments.blocks(START):
        at = entry - placed.first_entry
        if 0 <= at < len(placed.message_offsets):
            message = messages_of(segments, placed)[at]
            body_at = placed.message_lengths[at] - len(message.body)
            offset = placed.message_offsets[at] + body_at + index * TRANSFER_SIZE + _AMOUNT_AT + 1
            number, inside = divmod(offset, SEGMENT_SIZE)
            with (copy / SEGMENTS / segment_name(number)).open("r+b") as file:
                file.seek(inside)
                before = file.read(1)[0]
                file.seek(inside)
                file.write(bytes([before ^ 1]))
            where = f"Byte {inside:,} of {SEGMENTS}/{segment_name(number)}, in the amount of transfer {position}"
            return f"{where}: {before:#04x} became {before ^ 1:#04x}."
    ensure(False, "a transfer that has a proof is in the segments")
    return ""
