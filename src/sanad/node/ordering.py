"""Ordering: messages become entries, one block at a time. The first half of the writer, and all of a replayer.

`Ordering` holds the state. `open_block` brings in the block's time and what time itself brings, `take` admits and
applies one message. Nothing here touches a disk: a replayer gets the same entries from the same messages.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sanad.base.canonical import encode
from sanad.base.digests import digest
from sanad.base.errors import ensure
from sanad.log import leaves
from sanad.log.register_map import RegisterMap
from sanad.rulebook.edition1 import acts, orders
from sanad.rulebook.edition1.admission import Refusal, admit
from sanad.rulebook.edition1.apply import Applied, Post, apply, apply_genesis, begin_block, genesis_acts
from sanad.rulebook.edition1.orders import Work
from sanad.rulebook.edition1.state import State, empty_state
from sanad.rulebook.message import Header, Kind, Message, assemble

ORDERS_PER_BLOCK = 16
SCHEDULED_PER_BLOCK = 64
Lane = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OrderedEntry:
    """An entry that the rulebook has decided and that is not sealed yet. `previous` is the lane's entry before."""

    entry: int
    message: Message
    applied: Applied
    secret: bytes
    previous: int


@dataclass(slots=True)
class Ordering:
    """State, secret chain and lanes at the end of the record, and how to go on."""

    state: State
    post: Post
    secret: bytes = bytes(32)
    height: int = 0
    items: int = 0
    last_entry_of_lane: dict[Lane, int] = field(default_factory=dict)
    register: RegisterMap = field(default_factory=RegisterMap)
    """The public register after the newest entry; its root is in the block leaf."""
    register_changes: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Records that the open block changed, key and value."""

    def is_work_due(self, time_ms: int) -> bool:
        """Whether a block at `time_ms` would begin with a system entry."""
        crossed = self.state.time_ms // 1_000 != time_ms // 1_000
        return bool(self.state.orders) or (crossed and orders.is_work_due(self.state, time_ms))

    def refusal(self, message: Message, time_ms: int) -> Refusal | None:
        """Why `message` would not become an entry at `time_ms`. Changes nothing; raises `Malformed` for its act."""
        answer = admit(self.state, message, time_ms)
        return answer if isinstance(answer, Refusal) else None

    def open_block(self, time_ms: int, digest_of_state: tuple[int, bytes] | None = None) -> list[OrderedEntry]:
        """Begin the next block: its time, windows, and system entries in a fixed order.

        Orders first, then expiries, a recovery and other effects that came due, and the state digest if one is given
        (height, digest).
        """
        previous_ms = self.state.time_ms
        begin_block(self.state, time_ms, self.secret)
        self.height += 1
        self.register_changes = []
        entries: list[OrderedEntry] = []
        self._add_all(entries, lambda: orders.order_work(self.state), ORDERS_PER_BLOCK)
        self._add(entries, orders.expiry_work(self.state, previous_ms, time_ms))
        self._add(entries, orders.recovery_work(self.state, time_ms))
        self._add_all(entries, lambda: orders.scheduled_work(self.state, time_ms), SCHEDULED_PER_BLOCK)
        if digest_of_state is not None:
            self._add(entries, state_digest_work(*digest_of_state))
        return entries

    def _add_all(self, entries: list[OrderedEntry], next_work: Callable[[], Work | None], most: int) -> None:
        """Until there is no more of one kind, or a block has enough of it."""
        for _ in range(most):
            work = next_work()
            if work is None:
                return
            self._add(entries, work)

    def _add(self, entries: list[OrderedEntry], work: Work | None) -> None:
        """Each system entry is applied before the next is looked for."""
        if work is not None:
            entries.append(self._system_entry(work))

    def take(self, message: Message) -> OrderedEntry | Refusal:
        """Admit and apply one message in the open block. A refusal changes nothing. Raises `Malformed` for its act."""
        admission = admit(self.state, message, self.state.time_ms)
        if isinstance(admission, Refusal):
            return admission
        self.secret = leaves.next_secret(self.secret, message.header.nonce)
        applied = apply(self.state, message, admission, self.post)
        return self._ordered(message, applied)

    def found(self, message: Message, time_ms: int) -> OrderedEntry:
        """Entry 1: genesis. Raises `Malformed` or `Fault` if it cannot found a network."""
        ensure(self.state.entry == 0, "genesis is the first entry")
        _, secret, act_bodies = genesis_acts(message.body)
        self.secret = leaves.next_secret(secret, message.header.nonce)
        applied = apply_genesis(self.state, message.header.network, act_bodies, time_ms, self.secret)
        self.height = 1
        return self._ordered(message, applied)

    def _system_entry(self, work: Work) -> OrderedEntry:
        message = system_message(work, self.state, self.secret)
        self.secret = leaves.next_secret(self.secret, message.header.nonce)
        return self._ordered(message, apply(self.state, message, None, self.post))

    def _ordered(self, message: Message, applied: Applied) -> OrderedEntry:
        header = message.header
        self.items += header.items
        for key, value in applied.register:
            self.register.set(key, value)
            self.register_changes.append((key, value))
        previous = 0
        if header.institution:
            lane = (header.institution, header.lane)
            previous = self.last_entry_of_lane.get(lane, 0)
            self.last_entry_of_lane[lane] = self.state.entry
        return OrderedEntry(self.state.entry, message, applied, self.secret, previous)


def new_ordering(post: Post) -> Ordering:
    """Before genesis."""
    return Ordering(empty_state(), post)


def state_digest_work(height: int, state_digest: bytes) -> Work:
    """The act that puts a state digest on the record."""
    return Work(Kind.SYSTEM_ACT, None, encode([acts.STATE_DIGEST_SCHEMA, [], [], [], height, state_digest]))


def system_message(work: Work, state: State, secret_before: bytes) -> Message:
    """The message of the next system entry: unsigned, every byte derived from state and secret."""
    nonce = leaves.system_nonce(secret_before)
    secret = leaves.next_secret(secret_before, nonce)
    body, items = work.act, 1
    if work.transfers is not None:
        items = len(work.transfers)
        for index in range(items):
            work.transfers["evidence"][index] = list(leaves.blind(secret, index))
        body = work.transfers.tobytes()
    header = Header(work.kind, state.network, 0, 0, state.entry + 1, 0, items, 0, 0, nonce, digest(body))
    return assemble(header, body, ())
