"""The record as events: every control entry in order, with what the rules wrote for it. What projections read.

It follows the segments as the replayer does, and decides everything again with the rules: an event is what the record
says, whoever serves it. Transfers go by without an event; pages read them from the node.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sanad.base.canonical import Value, decode
from sanad.base.errors import ensure
from sanad.node import snapshots
from sanad.node.auditing import genesis_of
from sanad.node.derived import Derived
from sanad.node.frames import PlacedBlock, padded
from sanad.node.ordering import OrderedEntry
from sanad.node.replaying import replay_block, start_from
from sanad.node.segments import Segments
from sanad.rulebook.edition1.acting import Act
from sanad.rulebook.edition1.acts import parse_act
from sanad.rulebook.edition1.apply import Post, genesis_acts
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.state import State
from sanad.rulebook.message import TRANSFER_KINDS, Kind


@dataclass(frozen=True, slots=True)
class Event:
    """One control act of the record and what came of it. An act of the founding is an event of its own."""

    entry: int
    index: int
    """0, but in the founding the number of the act."""
    height: int
    time_ms: int
    kind: Kind
    sender: int
    """Institution; 0 in a system entry and in the founding."""
    person: int
    """Whose key signed; 0 when a system did."""
    act: Act
    """What the message says: for a confirmation, that it confirms."""
    outcome: Outcome
    carried_out: Act | None
    """The act that took effect with this entry: the message's own, or the proposal that it confirmed. None when it
    was rejected, only proposed, withdrawn, or is still waiting."""
    written: tuple[Value, ...]
    """What the rules wrote: the values that follow the schema in the control record."""
    digest: bytes
    """Of the message."""
    key: bytes
    """Identifier of the key that signed, 16 bytes; b"" in a system entry and in the founding."""


@dataclass(frozen=True, slots=True)
class Block:
    """What one block holds for projections: often nothing but the fact that it is there."""

    height: int
    time_ms: int
    last_entry: int
    events: tuple[Event, ...]


class Events:
    """A record that is followed. One thread."""

    def __init__(self, folder: Path, post: Post, after_height: int = 0) -> None:
        """Begin after block `after_height`, or a little earlier: from the newest snapshot that is not later."""
        self._segments = Segments(folder)
        self._derived = Derived(folder, self._segments, writable=False)
        snapshot, _ = snapshots.latest_good(folder, after_height)
        start = start_from(snapshot, post)
        self._ordering = start.ordering
        self._place = start.place
        self._offset = self._segments.locate(start.place)
        self._after = after_height
        self.network = genesis_of(self._segments).network
        """The network's 16 bytes."""

    def close(self) -> None:
        """Let go of the files."""
        self._derived.close()

    def next_blocks(self) -> Iterator[Block]:
        """The blocks that have come since, each once; ends when there are no more now."""
        self._derived.blocks.remap()  # the node may have made the file longer since
        self._derived.follow()
        for placed in self._segments.blocks(self._place, self._offset):
            if placed.height > self._derived.height:
                return  # it may be torn, or nobody was told of it yet
            events = self._events_of(placed)
            self._place = placed.after
            self._offset = placed.offset + padded(placed.length)
            if placed.height > self._after:
                yield Block(placed.height, placed.time_ms, placed.after.entry, events)

    def follow(self, poll_seconds: float = 0.05) -> Iterator[Block | None]:
        """For ever: blocks as they come, and None each time there are no more for now."""
        while True:
            yield from self.next_blocks()
            yield None
            time.sleep(poll_seconds)

    def _events_of(self, placed: PlacedBlock) -> tuple[Event, ...]:
        state = self._ordering.state
        proposed = {entry: proposal.act for entry, proposal in state.proposals.items()}
        replayed = replay_block(self._ordering, self._segments, placed, signatures=False)
        events: list[Event] = []
        for each in replayed.entries:
            kind = each.message.header.kind
            if kind in TRANSFER_KINDS:
                continue
            if kind == Kind.GENESIS:
                events += _founding(each, placed)
                continue
            if kind == Kind.PROPOSE:
                proposed[each.entry] = each.message.body
            events.append(_event(each, placed, state, proposed))
        return tuple(events)


def _event(each: OrderedEntry, placed: PlacedBlock, state: State, proposed: dict[int, bytes]) -> Event:
    message, act = each.message, parse_act(each.message.body)
    kind, outcome, *written = _values(each.applied.record)
    ensure(kind == message.header.kind, "a control record begins with the kind of its entry")
    admitted = outcome == Outcome.ADMITTED
    carried_out: Act | None = None
    if admitted and message.header.kind in (Kind.ACT, Kind.SYSTEM_ACT):
        carried_out, written = act, written[1:]
    elif admitted and message.header.kind == Kind.CONFIRM:
        confirmed = parse_act(proposed[act.refers[0]])
        # A recovery waits for its delay: its proposal is still there.
        carried_out, written = (None if act.refers[0] in state.proposals else confirmed), written[1:]
    elif admitted and message.header.kind == Kind.PROPOSE:
        written = written[1:]
    key = message.signatures[0].key_id if message.signatures else b""
    signer = state.key_table.get(key)
    return Event(
        each.entry, 0, placed.height, placed.time_ms, Kind(message.header.kind), message.header.institution,
        signer.person if signer else 0, act, Outcome(int(str(outcome))), carried_out, tuple(written), message.digest,
        key,
    )  # fmt: skip


def _founding(each: OrderedEntry, placed: PlacedBlock) -> list[Event]:
    """An event for every act of genesis."""
    _, _, bodies = genesis_acts(each.message.body)
    _, _, *records = _values(each.applied.record)
    events = []
    for index, (body, record) in enumerate(zip(bodies, records, strict=True)):
        act = parse_act(body)
        written = tuple(record[1:]) if isinstance(record, list) else ()
        events.append(
            Event(
                each.entry, index, placed.height, placed.time_ms, Kind.GENESIS, 0, 0, act, Outcome.ADMITTED, act,
                written, each.message.digest, b"",
            )
        )  # fmt: skip
    return events


def _values(record: bytes) -> list[Value]:
    values = decode(record, "control record")
    ensure(isinstance(values, list) and len(values) >= 2, "a control record is [kind, outcome, …]")
    return list(values) if isinstance(values, list) else []
