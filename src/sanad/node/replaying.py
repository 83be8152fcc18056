"""Replaying: the same entries again from the segments, each checked against what the record says of itself.

Used three ways: to bring the state from a snapshot to the end of the record when a node starts, to derive rows again,
and by the replayer and `audit`, which look at everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sanad.base.errors import Fault, Malformed
from sanad.node import snapshots
from sanad.node.folder import RESTORE_ADVICE, Damage
from sanad.node.frames import START, Place, PlacedBlock
from sanad.node.ordering import OrderedEntry, Ordering, new_ordering
from sanad.node.segments import Segments
from sanad.rulebook.edition1.acts import STATE_DIGEST_SCHEMA, parse_act
from sanad.rulebook.edition1.admission import Refusal
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.edition1.state import as_bytes, from_parts, parts
from sanad.rulebook.message import Kind, Message, parse
from sanad.rulebook.signatures import is_signed


@dataclass(frozen=True, slots=True)
class ReplayedBlock:
    """A block of the record, decided again."""

    placed: PlacedBlock
    entries: list[OrderedEntry]


def messages_of(segments: Segments, placed: PlacedBlock) -> list[Message]:
    """The messages of a block as they lie in its segment. Raises `Malformed` if they are none."""
    pairs = zip(placed.message_offsets, placed.message_lengths, strict=True)
    return [parse(bytes(segments.bytes_at(offset, length))) for offset, length in pairs]


def replay_block(ordering: Ordering, segments: Segments, placed: PlacedBlock, *, signatures: bool) -> ReplayedBlock:
    """Decide a block again. Raises `Damage` naming the first entry that does not fit.

    `signatures`: verify them too, as an auditor who trusts nobody does; a node that starts trusts its own record.
    """
    number = placed.first_entry
    try:
        messages = messages_of(segments, placed)
        if placed.height == 1:
            return ReplayedBlock(placed, [ordering.found(messages[0], placed.time_ms)])
        entries = ordering.open_block(placed.time_ms, _digest_in(messages))
        for derived, kept in zip(entries, messages, strict=False):
            number = derived.entry
            if derived.message.header_bytes != kept.header_bytes or derived.message.body != kept.body:
                raise Fault("this system entry is not what the record before it demands")  # noqa: TRY301
        for message in messages[len(entries) :]:
            number = ordering.state.entry + 1
            entries.append(_take(ordering, message, signatures))
    except (Malformed, Fault) as error:
        raise _damage(segments, placed, str(error), number) from error
    if len(entries) != len(messages):
        raise _damage(segments, placed, "the record lacks a system entry that is due", number)
    return ReplayedBlock(placed, entries)


def _take(ordering: Ordering, message: Message, signatures: bool) -> OrderedEntry:
    if signatures:
        keys = {key: row.public for key, row in ordering.state.key_table.items()}
        if not is_signed(message, keys):
            raise Fault("a signature of this message does not verify")
    answer = ordering.take(message)
    if isinstance(answer, Refusal):
        raise Fault(f"this message should have been refused: {answer.right}")
    return answer


def _digest_in(messages: list[Message]) -> tuple[int, bytes] | None:
    """The state digest that the node put into a block, the one system entry whose moment it chose."""
    for message in messages:
        if message.header.kind == Kind.SYSTEM_ACT:
            act = parse_act(message.body)
            if act.schema == STATE_DIGEST_SCHEMA and len(act.fields) == 2:
                return act.fields[0], act.fields[1]
    return None


def _damage(segments: Segments, placed: PlacedBlock, what: str, entry: int) -> Damage:
    return Damage(segments.place_name(placed.offset), what, RESTORE_ADVICE, placed.height, entry)


# --- where to begin -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """State, place and chain digest to replay from."""

    ordering: Ordering
    place: Place
    chain_digest: bytes


def start_from(snapshot: snapshots.Snapshot | None, post: Post) -> Start:
    """From a snapshot, or from before genesis."""
    if snapshot is None:
        return Start(new_ordering(post), START, bytes(32))
    header = snapshot.header
    pieces = dict(snapshot.parts)
    lanes = pieces.pop("lane entries")
    ordering = Ordering(from_parts(pieces), post, header.secret, header.place.height, header.place.items)
    ordering.register.set_many(ordering.state.register)
    for institution, lane, entry in _rows_of(lanes.tobytes()):
        ordering.last_entry_of_lane[institution, lane] = entry
    return Start(ordering, header.place, header.chain_digest)


def _rows_of(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(institution u32, lane u32, entry u64) rows: the last entry of each lane."""
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        yield (
            int.from_bytes(row[:4], "little"),
            int.from_bytes(row[4:8], "little"),
            int.from_bytes(row[8:], "little"),
        )


def lane_rows(ordering: Ordering) -> bytes:
    """What `_rows_of` reads."""
    return b"".join(
        institution.to_bytes(4, "little") + lane.to_bytes(4, "little") + entry.to_bytes(8, "little")
        for (institution, lane), entry in sorted(ordering.last_entry_of_lane.items())
    )


def write_snapshot(folder: Path, ordering: Ordering, chain_digest: bytes) -> Path:
    """Write the ordering's state as a snapshot of `folder`; keeps the newest three."""
    place = Place(ordering.height, ordering.state.entry, ordering.items, ordering.state.time_ms)
    pieces = [(name, memoryview(as_bytes(piece))) for name, piece in parts(ordering.state)]
    pieces.append(("lane entries", memoryview(lane_rows(ordering))))
    path = snapshots.write(folder, snapshots.SnapshotHeader(place, chain_digest, ordering.secret), pieces)
    snapshots.prune(folder)
    return path
