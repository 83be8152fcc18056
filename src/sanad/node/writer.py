"""The one writer: two threads in a row, so that one block is decided while the one before becomes durable.

    submit ─► queue ─► order: admit, apply, park, answer old ones ─► seal: leaves, chain, segment, derived ─► receipts

A block is what has gathered while the last one was being written (group commit). An acknowledgement means on disk.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.base.errors import Refused, SanadError, Unavailable
from sanad.log import tree
from sanad.node.clock import Clock
from sanad.node.digest_files import LogTree, Secrets
from sanad.node.frames import NewBlock, PlacedBlock
from sanad.node.ordering import Lane, OrderedEntry, Ordering
from sanad.node.receipts import Receipt
from sanad.node.receipts import encode as encode_receipt
from sanad.node.register_history import RegisterHistory
from sanad.node.sealing import ENTRIES_MAX, SealedBlock, SealedEntry, seal_block, sign_block
from sanad.node.storage import Record
from sanad.rulebook.edition1.admission import Refusal, next_sequence
from sanad.rulebook.message import TRANSFER_SIZE, Message

BLOCK_BYTES_MAX = 16 << 20
QUEUE_BYTES_MAX = 64 << 20
QUEUE_MESSAGES_MAX = 16_384
PARKED_PER_LANE_MAX = 64
PARKED_BYTES_MAX = 32 << 20
SEQUENCE = "sequence"
IDLE_SECONDS = 0.1
BLOCKS_AHEAD_MAX = 2
SMALL_BLOCK_BYTES = 128 << 10
ROOM_SECONDS = 0.5
"""How often a full disk is asked whether it still is."""

_STOP = None


@dataclass(slots=True)
class Ticket:
    """A message waiting for its block."""

    message: Message
    future: "Future[bytes]" = field(default_factory=Future)


@dataclass(slots=True)
class OrderedBlock:
    """A block that is decided and not yet durable. `tickets[i]` waits for `entries[first_from_outside + i]`."""

    height: int
    time_ms: int
    first_item: int
    entries: list[OrderedEntry]
    tickets: list[Ticket]
    size: int
    register_root: bytes = b""
    register_changes: list[tuple[bytes, bytes]] = field(default_factory=list)


class Writer:
    """Orders and seals. `submit` may be called from any thread."""

    def __init__(
        self,
        record: Record,
        ordering: Ordering,
        log: LogTree,
        secrets: Secrets,
        register: RegisterHistory,
        node_key: SigningKey,
        chain_digest: bytes,
        clock: Clock,
        receipt_of: Callable[[int], bytes],
    ) -> None:
        self.record = record
        self.ordering = ordering
        self.state_lock = threading.Lock()
        """Held while a block is being decided; take it to read several columns of the state as of one moment."""
        self.failure = ""
        """Why no messages are taken any more, in words for the operator; "" while all is well."""
        self.no_space = ""
        """Why no messages are taken while the disk is full; "" again as soon as there is room."""
        self._ask_for_room_at = 0.0
        self._log = log
        self._secrets = secrets
        self._register = register
        self._node_key = node_key
        self.chain_digest = chain_digest
        self._clock = clock
        self._receipt_of = receipt_of
        self._queue: deque[Ticket] = deque()
        self._queued_bytes = 0
        self._queue_changed = threading.Condition()
        self._parked: dict[Lane, dict[int, Ticket]] = {}
        self._parked_bytes = 0
        self._in_flight: dict[tuple[int, int, int], Ticket] = {}
        self._to_seal: queue.Queue[OrderedBlock | None] = queue.Queue(BLOCKS_AHEAD_MAX)
        self._sealed = threading.Condition()
        self._stopping = False
        self._digest_to_record: tuple[int, bytes] | None = None
        self._threads = [
            threading.Thread(target=self._order_forever, name="order", daemon=True),
            threading.Thread(target=self._seal_forever, name="seal", daemon=True),
        ]

    def start(self) -> None:
        """Begin to take messages."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end both threads."""
        with self._queue_changed:
            self._stopping = True
            self._queue_changed.notify_all()
        for thread in self._threads:
            thread.join()

    def submit(self, message: Message) -> "Future[bytes]":
        """Queue a message whose signatures are verified. Raises `Unavailable` when the queue is full."""
        if self.failure:
            raise Unavailable(self.failure, 30)
        if self.no_space:
            raise Unavailable(self.no_space, 30)
        self._clock.now_ms()
        ticket = Ticket(message)
        with self._queue_changed:
            full = self._queued_bytes + message.size > QUEUE_BYTES_MAX or len(self._queue) >= QUEUE_MESSAGES_MAX
            if full or self._stopping:
                raise Unavailable("the node's queue is full" if full else "the node is stopping")
            self._queue.append(ticket)
            self._queued_bytes += message.size
            self._queue_changed.notify()
        return ticket.future

    def record_state_digest(self, height: int, state_digest: bytes) -> None:
        """Put the state digest after block `height`, as the replayer found it, into the next block."""
        self._digest_to_record = (height, state_digest)

    def wait_sealed(self, entry: int, seconds: float = 10.0) -> None:
        """Wait until an entry that is decided is durable. Raises `Unavailable`."""
        derived = self.record.derived
        with self._sealed:
            self._sealed.wait_for(lambda: derived.entry_count >= entry or self.failure, seconds)
        if derived.entry_count < entry:
            raise Unavailable(self.failure or "the disk is slow")

    # --- first thread: order ------------------------------------------------------------------------------------

    def _order_forever(self) -> None:
        try:
            while True:
                tickets = self._gather()
                if tickets is None:
                    break
                self._order(tickets)
        except BaseException as error:  # noqa: BLE001  # a fault stops the node before it can write a wrong byte
            self.fail(f"the rules stopped: {error}")
        self._to_seal.put(_STOP)

    def _gather(self) -> list[Ticket] | None:
        """What is queued, up to a block's size; an empty list now and then; `None` at the end."""
        with self._queue_changed:
            if not self._queue and not self._stopping:
                self._queue_changed.wait(IDLE_SECONDS)
            if not self._queue and self._stopping:
                return None
            tickets: list[Ticket] = []
            size = 0
            while self._queue and len(tickets) < ENTRIES_MAX // 2 and size < BLOCK_BYTES_MAX // 2:
                ticket = self._queue.popleft()
                size += ticket.message.size
                tickets.append(ticket)
            self._queued_bytes -= size
            return tickets

    def _order(self, tickets: list[Ticket]) -> None:
        """Decide one block: system entries that are due, then messages in the order in which they came."""
        try:
            self._make_room()
            time_ms = max(self.ordering.state.time_ms + 1, self._clock.now_ms())
        except Unavailable as unavailable:
            for ticket in tickets:
                ticket.future.set_exception(unavailable)
            return
        with self.state_lock:
            block = self._new_block(time_ms) if self._is_due(time_ms) else None
            waiting = deque(tickets)
            while waiting:
                block = self._take(waiting.popleft(), block, time_ms, waiting)
        if block is not None:
            block.register_root = self.ordering.register.root
            block.register_changes = self.ordering.register_changes
            self._hand_over(block)

    def _make_room(self) -> None:
        """See that all that is decided, and one block more, has space on the disk: what is decided can be written.

        Raises `Unavailable` while there is none; the node takes messages again by itself when there is.
        """
        if self.no_space and time.monotonic() < self._ask_for_room_at:
            raise Unavailable(self.no_space, 30)
        ordering = self.ordering
        height, entries = ordering.height + 1, ordering.state.entry + ENTRIES_MAX
        try:
            self.record.make_room(height, entries, ordering.items + BLOCK_BYTES_MAX // TRANSFER_SIZE)
            self._secrets.make_room(entries)
            self._log.make_room(height)
        except Unavailable as error:
            self.no_space = error.what
            self._ask_for_room_at = time.monotonic() + ROOM_SECONDS
            raise
        self.no_space = ""

    def _hand_over(self, block: OrderedBlock) -> None:
        """To the second thread; a small block is sealed at once by this one when the second has nothing to do.

        Handing Python's lock from thread to thread costs a small block more than what it would gain.
        """
        if block.size <= SMALL_BLOCK_BYTES and self._to_seal.unfinished_tasks == 0:
            self._seal_or_drop(block)
        else:
            self._to_seal.put(block)

    def _is_due(self, time_ms: int) -> bool:
        return self._digest_to_record is not None or self.ordering.is_work_due(time_ms)

    def _new_block(self, time_ms: int) -> OrderedBlock:
        first_item = self.ordering.items
        wanted, self._digest_to_record = self._digest_to_record, None
        entries = self.ordering.open_block(time_ms, wanted)
        return OrderedBlock(self.ordering.height, time_ms, first_item, entries, [], 0)

    def _take(
        self, ticket: Ticket, block: OrderedBlock | None, time_ms: int, waiting: "deque[Ticket]"
    ) -> OrderedBlock | None:
        """Decide one message: an old one is answered, one that came too early is parked, the next one is applied."""
        header = ticket.message.header
        lane = (header.institution, header.lane)
        following = next_sequence(self.ordering.state, *lane)
        try:
            if header.sequence < following:
                self._answer_old(ticket)
            elif header.sequence > following:
                self._park(ticket, lane, following, time_ms)
            else:
                block = self._apply(ticket, block, time_ms)
                parked = self._unpark(lane, header.sequence + 1)
                if parked is not None:
                    waiting.appendleft(parked)
        except SanadError as error:
            ticket.future.set_exception(error)
        return block

    def _apply(self, ticket: Ticket, block: OrderedBlock | None, time_ms: int) -> OrderedBlock | None:
        if block is None:
            refusal = self.ordering.refusal(ticket.message, time_ms)
            if refusal is not None:
                raise _refused(refusal)
            block = self._new_block(time_ms)
        if len(block.entries) >= ENTRIES_MAX or block.size + ticket.message.size > BLOCK_BYTES_MAX:
            raise Unavailable("the block is full")
        answer = self.ordering.take(ticket.message)
        if isinstance(answer, Refusal):
            raise _refused(answer)
        header = ticket.message.header
        self._in_flight[header.institution, header.lane, header.sequence] = ticket
        block.entries.append(answer)
        block.tickets.append(ticket)
        block.size += ticket.message.size
        return block

    def _park(self, ticket: Ticket, lane: Lane, following: int, time_ms: int) -> None:
        """Keep a message that came before its turn: several connections of one bank overtake each other."""
        refusal = self.ordering.refusal(ticket.message, time_ms)
        if refusal is not None and refusal.right != SEQUENCE:
            raise _refused(refusal)
        sequence = ticket.message.header.sequence
        if sequence > following + PARKED_PER_LANE_MAX:
            raise Refused(SEQUENCE, f"the next sequence of this lane is {following}; close the gap", 409)
        self._forget_parked(time_ms)
        if self._parked_bytes + ticket.message.size > PARKED_BYTES_MAX:
            raise Unavailable(f"too many messages wait for earlier ones; this lane waits for sequence {following}")
        parked = self._parked.setdefault(lane, {})
        before = parked.get(sequence)
        if before is not None and before.message.digest != ticket.message.digest:
            raise _conflict()
        if before is not None:
            before.future.add_done_callback(lambda done: _copy(done, ticket.future))
            return
        parked[sequence] = ticket
        self._parked_bytes += ticket.message.size

    def _unpark(self, lane: Lane, sequence: int) -> Ticket | None:
        """The message that waited for the one just applied, if there is one."""
        parked = self._parked.get(lane, {})
        ticket = parked.pop(sequence, None)
        if ticket is not None:
            self._parked_bytes -= ticket.message.size
            if not parked:
                del self._parked[lane]
        return ticket

    def _forget_parked(self, time_ms: int) -> None:
        """Messages whose turn did not come before they expired."""
        late = [
            (lane, sequence)
            for lane, parked in self._parked.items()
            for sequence, ticket in parked.items()
            if ticket.message.header.expiry_ms <= time_ms
        ]
        for lane, sequence in late:
            ticket = self._unpark(lane, sequence)
            if ticket is not None:
                ticket.future.set_exception(Refused("expiry", "the message expired while the lane had a gap", 409))

    def _answer_old(self, ticket: Ticket) -> None:
        """The same message gets its receipt again; another one under the same sequence is a conflict."""
        header = ticket.message.header
        flying = self._in_flight.get((header.institution, header.lane, header.sequence))
        if flying is not None:
            if flying.message.digest != ticket.message.digest:
                raise _conflict()
            flying.future.add_done_callback(lambda done: _copy(done, ticket.future))
            return
        derived = self.record.derived
        last = self.ordering.last_entry_of_lane[header.institution, header.lane]
        entry = derived.find(header.institution, header.lane, header.sequence, last)
        if entry is None:
            raise derived.lost_sequence(header.institution, header.lane, header.sequence)
        receipt = self._receipt_of(entry)  # first of all: whether what is kept is what was sealed
        if bytes(derived.message(entry)[:112]) != ticket.message.header_bytes:
            raise _conflict()
        ticket.future.set_result(receipt)

    # --- second thread: seal ------------------------------------------------------------------------------------

    def _seal_forever(self) -> None:
        while (block := self._to_seal.get()) is not _STOP:
            self._seal_or_drop(block)
            self._to_seal.task_done()

    def _seal_or_drop(self, block: OrderedBlock) -> None:
        if self.failure:
            self._drop(block)
            return
        try:
            self._seal(block)
        except BaseException as error:  # noqa: BLE001  # what is decided but not durable must not be served
            self.fail(f"the record could not be written: {error}")
            self._drop(block)

    def _seal(self, block: OrderedBlock) -> None:
        """Make a block durable and answer everyone who waits for it."""
        sealed = seal_block(block.entries, block.height, block.time_ms, self.chain_digest, block.register_root)
        signature = sign_block(self.ordering.state.network, sealed.leaf, self._node_key)
        messages = [each.message for each in block.entries]
        placed = self.record.append(
            NewBlock(block.height, block.time_ms, block.entries[0].entry, block.first_item, messages)
        )
        append_derived(self.record, placed, block.entries, sealed, signature)
        self._secrets.append(block.entries[0].entry, [each.secret for each in block.entries])
        self._log.append(tree.leaf_hash(sealed.leaf))
        self._register.append(block.height, block.register_changes)
        self.chain_digest = sealed.chain_digest
        with self._sealed:
            self._sealed.notify_all()
        first = len(block.entries) - len(block.tickets)
        for index, ticket in enumerate(block.tickets, first):
            receipt = make_receipt(block.entries[index], sealed, signature, block.height, index)
            ticket.future.set_result(encode_receipt(receipt))
            header = ticket.message.header
            self._in_flight.pop((header.institution, header.lane, header.sequence), None)

    def _drop(self, block: OrderedBlock) -> None:
        for ticket in block.tickets:
            ticket.future.set_exception(Unavailable(self.failure, 30))

    def fail(self, why: str) -> None:
        """Take no more messages: state and record may differ until the node is started again."""
        self.failure = f"{why}. Nothing acknowledged is lost; mend the cause and start the node again"
        with self._queue_changed:
            waiting = list(self._queue)
            self._queue.clear()
            self._queued_bytes = 0
        for ticket in waiting:
            ticket.future.set_exception(Unavailable(self.failure, 30))
        with self._sealed:
            self._sealed.notify_all()


def append_derived(
    record: Record, placed: PlacedBlock, entries: Sequence[OrderedEntry], sealed: SealedBlock, signature: bytes
) -> None:
    """The derived rows of a block that is in the segments."""
    record.derived.append(
        placed,
        sealed.leaf,
        signature,
        [each.leaf.body_root for each in sealed.entries],
        [each.leaf.sealed_digest for each in sealed.entries],
        [each.previous for each in entries],
        _joined([each.applied.outcomes for each in entries]),
        _joined([each.applied.effects for each in entries]),
        [_row_digest(each, one) for each, one in zip(entries, sealed.entries, strict=True)],
    )


def _joined(arrays: list[Any]) -> Any:
    """Arrays of one type in a row; by their bytes, which for many small ones is ten times as fast as NumPy's way."""
    return arrays[0] if len(arrays) == 1 else np.frombuffer(b"".join(arrays), dtype=arrays[0].dtype)


def _row_digest(entry: OrderedEntry, sealed: SealedEntry) -> bytes:
    """H(outcomes ‖ effects) of an entry; of transfers the chain has it already, so that nothing is hashed twice."""
    if not entry.applied.record:
        return sealed.effects_digest
    return digest(entry.applied.outcomes.data, entry.applied.effects.data)


def make_receipt(entry: OrderedEntry, block: SealedBlock, signature: bytes, height: int, index: int) -> Receipt:
    """The receipt of the block's `index`-th entry."""
    sealed = block.entries[index]
    return Receipt(
        entry.message.digest, entry.entry, height, entry.applied.outcomes.tobytes(), sealed.salt, sealed.leaf.encode(),
        block.tree.place(index), ENTRIES_MAX, block.tree.path(index), block.leaf, signature,
    )  # fmt: skip


def _refused(refusal: Refusal) -> Refused:
    return Refused(refusal.right, refusal.advice, refusal.status)


def _conflict() -> Refused:
    return Refused("sequence_conflict", "another message has this lane and sequence; use the next sequence", 409)


def _copy(done: "Future[bytes]", waiting: "Future[bytes]") -> None:
    error = done.exception()
    if error is None:
        waiting.set_result(done.result())
    else:
        waiting.set_exception(error)
