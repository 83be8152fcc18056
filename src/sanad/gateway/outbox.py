"""The outbox: every message is on our disk before it is sent, and on the record once, whatever breaks when.

    an idempotency key ──► one message ──► a place: (lane, sequence) ──► one receipt, for ever

    queued     it has a place, and may or may not have reached the node: `resume` sends it again
    answered   the receipt is here
    refused    the node said no and it can't come on the record any more; its place was given back
    noted      there was nothing to send; only the notes are kept

Why nothing happens twice. The record takes one message for a place, and answers the same message with its first
receipt. So while we do not know whether a message arrived, we only send messages with the same body to the same place:
at most one of them counts, and the receipt for the place says which.

Why no gap stays. One message is under way in a lane at a time. A place is given back to the next message, but only
when no copy of the refused one can still arrive: the node has no receipt for the place, and either every copy that we
sent was refused, or all have expired. A message that expired before it arrived is signed again for the same place.

What a person signs with a passkey is assembled for the next place of a lane and shown. It takes that place only when
it comes back signed, so one that nobody signs holds up nothing; if another message took the place meanwhile, or it
expired, it is refused and assembled anew.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Condition
from typing import TypeVar

from sanad.base.errors import Fault, Malformed, Refused, Unavailable, ensure
from sanad.gateway.database import Database
from sanad.gateway.node import Node
from sanad.gateway.rows import DONE, Draft, Row, Rows, State
from sanad.node import receipts
from sanad.rulebook.message import Message, parse, parse_header

KEY_BYTES_MAX = 255
RENEWALS_MAX = 3
"""How often an expired message is signed again before we say that a clock is wrong."""
TURN_SECONDS_MAX = 600
"""How long a message waits for a free lane without any lane or key becoming free."""
CLOCK_MARGIN_MS = 60_000
"""How far the node's clock may lag behind ours; so long after its expiry a copy may still arrive."""

Assemble = Callable[[Draft, int, int], Message]
"""(draft, lane, sequence) → a signed message with a fresh nonce and expiry."""
Check = Callable[[receipts.Receipt, Message], object]
"""Raises `Malformed` unless the node signed that this receipt came of that message."""

Name = TypeVar("Name", str, int)
Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message: its bytes, its receipt, the notes. `repeated`: it was answered before this call."""

    raw: bytes
    receipt: bytes
    notes: bytes
    repeated: bool

    def decoded(self) -> receipts.Receipt:
        """The receipt's parts. There is none when nothing had to be sent."""
        return receipts.decode(self.receipt)


class Outbox:
    """The outbox of one institution. Safe for threads; one process at a time."""

    def __init__(
        self,
        database: Database,
        institution: int,
        node: Node,
        assemble: Assemble,
        check: Check | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._rows = Rows(database)
        self._institution = institution
        self._node = node
        self._assemble = assemble
        self._check = check
        self._clock_ms = clock_ms
        self._turn = Condition()
        self._taken: set[str | int] = set()
        """Keys and lanes that a thread works on. Who holds a lane may change the row that is queued in it."""

    def submit(
        self, key: str, content: bytes, make: Callable[[], Draft], lanes: Sequence[int], *, wait_seconds: int = 0
    ) -> Answer:
        """Send what `make` drafts, once for ever under this idempotency key, and give the receipt.

        `content` is the digest of what the caller was asked to do: the same key and content give the first receipt,
        without a call of `make`; other content is refused (409). `make` does what must be done before sending, such as
        sealing evidence. `lanes` are those of the signing key. A silent node is asked again for `wait_seconds`; then
        `Unavailable` is raised and the message stays queued: the same call goes on with it, and so does `resume`.
        Raises `Refused` and `Malformed` as the node says.
        """
        deadline = _Deadline(wait_seconds)
        with self._alone_with([key]):
            row = self._known(key, content)
            if row is not None and row.state in DONE:
                return self._answer(row, repeated=True)
            if row is not None and row.state is State.QUEUED:
                with self._alone_with([row.lane]):
                    return self._answer(self._settled_in(row.lane, key, deadline), repeated=False)
            with self._alone_with(lanes) as lane:
                self._clear(lane, deadline)
                draft = make() if row is None else row.draft
                if not draft.items:
                    row = Row(key, content, draft, State.NOTED)
                    self._rows.note(row)
                else:
                    row = self._placed(Row(key, content, draft, State.QUEUED, lane), deadline, is_new=row is None)
                    row = self._settled(row, deadline, fresh=True)
                return self._answer(row, repeated=False)

    def next_place(self, lane: int, *, wait_seconds: int = 0) -> int:
        """The sequence of the lane's next message, after what was left in the lane is settled. Nothing is reserved."""
        deadline = _Deadline(wait_seconds)
        with self._alone_with([lane]):
            self._clear(lane, deadline)
            return self._next_sequence(lane, deadline)

    def submit_signed(self, key: str, content: bytes, message: Message, *, wait_seconds: int = 0) -> Answer:
        """As `submit`, of a message that a person signed elsewhere for the place that `next_place` named.

        Raises `Refused` (409) when it has expired, or its place was taken meanwhile: then it is to be signed anew.
        """
        header = message.header
        draft = Draft(header.kind, message.body, header.items, (), header.screened)
        deadline = _Deadline(wait_seconds)
        with self._alone_with([key]):
            row = self._known(key, content)
            if row is not None and row.state in DONE:
                return self._answer(row, repeated=True)
            with self._alone_with([row.lane if row is not None and row.state is State.QUEUED else header.lane]) as lane:
                if row is not None and row.state is State.QUEUED:
                    return self._answer(self._settled_in(lane, key, deadline), repeated=False)
                self._clear(lane, deadline)
                self._refuse_late(message, self._next_sequence(lane, deadline))
                place = Row(key, content, draft, State.QUEUED, lane, header.sequence)
                place = self._rows.place(place, message, is_new=row is None)
                return self._answer(self._settled(place, deadline, fresh=True), repeated=False)

    def _refuse_late(self, message: Message, following: int) -> None:
        if message.header.sequence != following:
            raise Refused("sequence", "another message took its place meanwhile; have it shown and sign it anew", 409)
        if message.header.expiry_ms <= self._clock_ms():
            raise Refused("expiry", "it was signed too late; have it shown and sign it anew", 409)

    def find(self, key: str) -> Answer | None:
        """What came of an idempotency key; None while it is not answered."""
        row = self._rows.find(key)
        return self._answer(row, repeated=True) if row and row.state in DONE else None

    def sent_in(self, entry: int) -> Answer | None:
        """Our message at an entry of the record, or None."""
        row = self._rows.find_entry(entry)
        return self._answer(row, repeated=True) if row is not None else None

    def is_known(self, key: str) -> bool:
        """Whether something was written down under an idempotency key: what it says is settled then."""
        return self._rows.find(key) is not None

    def resume(self, *, wait_seconds: int = 0) -> int:
        """After a start: send again all that may be under way. How many were answered; refused ones are marked.

        Raises `Unavailable`, with the rest still queued.
        """
        deadline = _Deadline(wait_seconds)
        answered = 0
        for lane, key in self._rows.queued():
            with self._alone_with([lane]):
                try:
                    answered += self._settled_in(lane, key, deadline).state is State.ANSWERED
                except (Refused, Malformed):
                    continue  # whoever asks again under its key is told
        return answered

    def _known(self, key: str, content: bytes) -> Row | None:
        """What is kept under a key. Raises `Refused` when that was another order."""
        if not 1 <= len(key.encode()) <= KEY_BYTES_MAX:
            raise Refused("idempotency key", f"give 1 to {KEY_BYTES_MAX} bytes", 409)
        ensure(len(content) == 32, "content is named by its digest")
        row = self._rows.find(key)
        if row is not None and row.content != content:
            advice = "it was used for something else (idempotency_conflict); take a new key for a new order"
            raise Refused("idempotency key", advice, 409)
        return row

    # --- a message's way: placed, sent, settled; the caller holds the lane -----------------------------------------

    def _placed(self, row: Row, deadline: "_Deadline", *, is_new: bool) -> Row:
        """Give a message the next place of its lane, and write it down: from here on it may be sent."""
        sequence = self._next_sequence(row.lane, deadline)
        row = replace(row, sequence=sequence)
        return self._rows.place(row, self._assemble(row.draft, row.lane, sequence), is_new=is_new)

    def _next_sequence(self, lane: int, deadline: "_Deadline") -> int:
        sequence = self._rows.next_sequence(lane)
        if sequence is None:
            sequence = deadline.keep_asking(lambda: self._node.next_sequence(self._institution, lane))
        return sequence

    def _clear(self, lane: int, deadline: "_Deadline") -> None:
        """Settle what a crash or a silent node left in a lane, since only one message is under way there."""
        key = self._rows.queued_in(lane)
        if key is None:
            return
        try:
            self._settled_in(lane, key, deadline)
        except (Refused, Malformed) as refusal:
            if self._rows.queued_in(lane) is not None:
                raise Unavailable(f"lane {lane} waits for a message that may still arrive", 60) from refusal

    def _settled_in(self, lane: int, key: str, deadline: "_Deadline") -> Row:
        """Settle a row that was queued in the lane before we held it."""
        row = self._rows.read(key)
        if row.state is State.QUEUED and row.lane == lane:
            return self._settled(row, deadline, fresh=False)
        if row.state is State.REFUSED:
            raise Refused("message", "the node refused it meanwhile; send it again under the same key", 409)
        return row

    def _settled(self, row: Row, deadline: "_Deadline", *, fresh: bool) -> Row:
        """Send until the message is answered, or refused for good. `fresh`: no copy of it has left us before."""
        deadline.was_silent = not fresh
        for renewals in range(RENEWALS_MAX + 1):
            forms = self._rows.forms(row)
            raw = list(forms.values())[-1] + row.draft.body
            try:
                receipt = deadline.keep_asking(lambda raw=raw: self._node.submit(raw))  # type: ignore[misc]
            except (Refused, Malformed) as refusal:
                found = self._receipt_of_place(row, deadline)
                if found is not None:
                    return self._answered(row, forms, found, refusal)
                has_expired = isinstance(refusal, Refused) and refusal.right == "expiry"
                if has_expired and renewals < RENEWALS_MAX and row.draft.signers:
                    row = self._rows.renew(row, self._assemble(row.draft, row.lane, row.sequence))
                    deadline.was_silent = False  # whatever copies are on their way have expired
                    continue
                may_arrive = deadline.was_silent and not has_expired
                if may_arrive and self._clock_ms() < parse_header(raw).expiry_ms + CLOCK_MARGIN_MS:
                    raise  # it keeps its place until the last copy has expired
                self._rows.give_back(row)
                raise
            return self._answered(row, forms, receipt, None)
        raise Fault("a message was renewed without end")

    def _receipt_of_place(self, row: Row, deadline: "_Deadline") -> bytes | None:
        return deadline.keep_asking(lambda: self._node.receipt(self._institution, row.lane, row.sequence))

    def _answered(self, row: Row, forms: dict[bytes, bytes], receipt: bytes, refusal: Exception | None) -> Row:
        """Keep a receipt, when it is of this message in one of its signed forms."""
        decoded = receipts.decode(receipt)
        head = forms.get(decoded.message_digest)
        if head is None and refusal is not None:
            # The place is another message's for ever, so ours can't come on the record through it.
            self._rows.give_back(row)
            advice = "another gateway sends on this lane, or an old back-up was restored here; give each its own lanes"
            raise Refused("lane", f"{advice}; then send again", 409) from refusal
        if head is None or len(decoded.outcomes) != 2 * row.draft.items:
            raise Fault("the node answered with the receipt of another message; have it looked at before going on")
        if self._check is not None:
            self._check(decoded, parse(head + row.draft.body))
        return self._rows.answer(row, receipt, decoded.entry)

    def _answer(self, row: Row, *, repeated: bool) -> Answer:
        if row.state is State.NOTED:
            return Answer(b"", b"", row.draft.notes, repeated)
        head = self._rows.forms(row)[receipts.decode(row.receipt).message_digest]
        return Answer(head + row.draft.body, row.receipt, row.draft.notes, repeated)

    @contextmanager
    def _alone_with(self, names: Sequence[Name]) -> Iterator[Name]:
        """Wait until one of `names` is free, and hold it. Keys are taken before lanes, never after."""
        with self._turn:
            while True:
                free = next((name for name in names if name not in self._taken), None)
                if free is not None:
                    break
                if not self._turn.wait(TURN_SECONDS_MAX):
                    raise Unavailable("every lane of this key has been busy for long; see whether the node answers", 30)
            self._taken.add(free)
        try:
            yield free
        finally:
            with self._turn:
                self._taken.remove(free)
                self._turn.notify_all()


class _Deadline:
    """How long a silent node is asked again, and whether it was silent since the last copy: one may be on its way."""

    def __init__(self, wait_seconds: int) -> None:
        self._end_ns = time.monotonic_ns() + wait_seconds * 10**9
        self.was_silent = False

    def keep_asking(self, ask: Callable[[], Answered]) -> Answered:
        """The answer of `ask`. Raises `Unavailable` when the time is over, `Refused` and `Malformed` at once."""
        while True:
            try:
                return ask()
            except Unavailable as silence:
                self.was_silent = True
                wait, error = silence.retry_after_seconds, silence
            except Refused as refusal:
                # Too many requests a second pass with time; the quota of a day does not.
                if refusal.status != 429 or refusal.right == "quota":
                    raise
                wait, error = 1, Unavailable("the node takes no more messages a second", 1)
            if time.monotonic_ns() + wait * 10**9 > self._end_ns:
                raise error
            time.sleep(wait)
