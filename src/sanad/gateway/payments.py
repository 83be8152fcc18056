"""Post a bank's bulk file: pacs.008 in, messages to the node, pacs.002 out, once for ever for the same bytes.

The file is cut into parts of a fixed number of payments, and each part is one message of the outbox, under a key made
of the file's digest and the part's number. So a file that broke off anywhere goes on where it stopped, and a file that
was posted before is answered from the first receipts, with the same bytes.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from sanad.base.errors import ensure
from sanad.gateway import reasons, transfers
from sanad.gateway.held_rows import Hold, HoldState
from sanad.gateway.holds import Holds, MakeDesk
from sanad.gateway.outbox import Answer, Outbox
from sanad.gateway.rows import Draft
from sanad.node import receipts
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.message import TRANSFER, TRANSFERS_MAX, Kind, parse
from sanad.standards.iso20022 import pacs002, pacs008
from sanad.standards.iso20022.payment import FileSummary, Payment
from sanad.standards.iso20022.schemes import Profile

PART_PAYMENTS = TRANSFERS_MAX
"""Payments of a file in one message. It never changes, or files that broke off would be cut anew."""

Progress = Callable[[int, int], object]
"""(payments done, payments in the file)"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WAITING = (HoldState.HELD, HoldState.RELEASED)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of a file."""

    message_id: str
    payments: int
    admitted: int
    rejected: dict[Outcome, int]
    """By the rulebook, on the record."""
    not_sent: dict[str, int]
    """Answered by the gateway itself, by ISO reason: an account or currency that it does not know, or refused."""
    held: int
    """They wait for a check or a person; the same call answers them when that is decided."""
    already_posted: bool
    """All of it was answered before this call."""
    receipts: list[bytes]
    answer: Path
    """The pacs.002."""


@dataclass(slots=True)
class _Part:
    """What is kept of a part until the pacs.002 is written: some 20 bytes a payment."""

    notes: bytes
    outcomes: bytes
    given_uetrs: bytes
    time_ms: int
    receipt: bytes
    repeated: bool
    holds: dict[int, Hold]
    """What was held of it, by places, as it stands now."""


@dataclass(slots=True)
class _Tally:
    rejected: Counter[Outcome] = field(default_factory=Counter)
    not_sent: Counter[str] = field(default_factory=Counter)
    admitted: int = 0
    held: int = 0


class PaymentFiles:
    """Posts files for one institution. Safe for threads."""

    def __init__(self, outbox: Outbox, holds: Holds, desk: MakeDesk, lanes: Sequence[int]) -> None:
        """`lanes`: those of the system's key, all used side by side."""
        self._outbox, self._holds, self._desk, self._lanes = outbox, holds, desk, lanes

    def post_file(
        self,
        path: Path,
        answer: Path,
        *,
        idempotency_key: str | None = None,
        profile: Profile | None = None,
        progress: Progress | None = None,
        wait_seconds: int = 60,
    ) -> FileResult:
        """Post every payment of the pacs.008 at `path`, and write the pacs.002 to `answer`.

        The same bytes are posted once, whatever the file's name; `idempotency_key` is the caller's own word for the
        order, and is refused (409) with another file. What a check does not find clear is held, and answered PDNG; the
        same call later sends what was released meanwhile, and answers anew. Raises `MalformedFile` with nothing
        posted; `Refused` and `Unavailable` when the node does not take all of it: what it took stays, and the same
        call goes on.
        """
        with path.open("rb") as source:
            file_digest = hashlib.file_digest(source, "sha256").digest()
            source.seek(0)
            with pacs008.read(source, profile=profile) as file:
                if idempotency_key is not None:
                    self._claim(idempotency_key, file_digest)
                parts = self._post(file, file_digest, progress, wait_seconds)
                tally = _tallied(parts)
                header = _header(file.summary, file_digest, parts, tally)
                _write_whole(answer, header, _statuses(file.payments(), parts))
                return FileResult(
                    file.summary.message_id,
                    file.summary.payment_count,
                    tally.admitted,
                    dict(sorted(tally.rejected.items())),
                    dict(sorted(tally.not_sent.items())),
                    tally.held,
                    all(part.repeated for part in parts),
                    [*(part.receipt for part in parts if part.receipt), *_receipts_of_holds(parts)],
                    answer,
                )

    def _claim(self, idempotency_key: str, file_digest: bytes) -> None:
        nothing = Draft(Kind.TRANSFERS, b"", 0, (self._desk().signer,))
        # A digest in place of the key itself, which may be as long as the outbox allows without our prefix.
        name = hashlib.sha256(idempotency_key.encode()).hexdigest()
        self._outbox.submit(f"order:{name}", file_digest, lambda: nothing, self._lanes)

    def _post(
        self, file: pacs008.CheckedFile, file_digest: bytes, progress: Progress | None, wait_seconds: int
    ) -> list[_Part]:
        """Send all parts, as many side by side as there are lanes, and give what came of each, in order."""
        parts: list[_Part] = []
        done, total = 0, file.summary.payment_count
        under_way: deque[Future[_Part]] = deque()
        pool = ThreadPoolExecutor(len(self._lanes), "post-file")

        def take_first() -> None:
            nonlocal done
            part = under_way.popleft().result()
            parts.append(part)
            done += len(part.notes)
            if progress is not None:
                progress(done, total)

        try:
            desk = self._desk()
            for number, payments in enumerate(_cut(file.payments())):
                key = f"file:{file_digest.hex()}:{number}"

                def post_part(key: str = key, payments: list[Payment] = payments) -> _Part:
                    answer = self._outbox.submit(
                        key,
                        file_digest,
                        lambda: transfers.draft(payments, desk),
                        self._lanes,
                        wait_seconds=wait_seconds,
                    )
                    return _part(answer, self._holds_of(key, answer, wait_seconds))

                under_way.append(pool.submit(post_part))
                if len(under_way) > len(self._lanes):
                    take_first()
            while under_way:
                take_first()
        finally:
            # Parts that run are waited for; those that did not start yet stay for the next call.
            pool.shutdown(cancel_futures=True)
        return parts

    def _holds_of(self, key: str, answer: Answer, wait_seconds: int) -> dict[int, Hold]:
        """What is held of a part, after what was released meanwhile is sent."""
        if not any(note.is_held for note in transfers.read_notes(answer.notes)):
            return {}
        holds = self._holds.of_part(key)
        for place, hold in holds.items():
            if hold.state is HoldState.RELEASED:
                holds[place] = self._holds.send(hold.number, wait_seconds=wait_seconds)
        return holds


def _cut(payments: Iterator[Payment]) -> Iterator[list[Payment]]:
    while part := list(islice(payments, PART_PAYMENTS)):
        yield part


def _part(answer: Answer, holds: dict[int, Hold]) -> _Part:
    """What the pacs.002 needs of an answer."""
    if not answer.receipt:
        return _Part(answer.notes, b"", b"", 0, b"", answer.repeated, holds)
    receipt = answer.decoded()
    message = parse(answer.raw)
    is_given = np.array([note.is_uetr_given for note in transfers.read_notes(answer.notes) if note.is_sent], bool)
    given = np.frombuffer(message.body, TRANSFER)["uetr"][is_given].tobytes()
    return _Part(answer.notes, receipt.outcomes, given, receipt.time_ms, answer.receipt, answer.repeated, holds)


def _receipts_of_holds(parts: list[_Part]) -> list[bytes]:
    return [hold.receipt for part in parts for hold in part.holds.values() if hold.receipt]


def _tallied(parts: list[_Part]) -> _Tally:
    tally = _Tally()
    for part in parts:
        tally.not_sent.update(note.reason for note in transfers.read_notes(part.notes) if note.reason)
        of_holds = b"".join(receipts.decode(hold.receipt).outcomes for hold in part.holds.values() if hold.receipt)
        tally.held += sum(hold.state in _WAITING for hold in part.holds.values())
        tally.not_sent.update(hold.reason for hold in part.holds.values() if hold.state is HoldState.REFUSED)
        numbers, counts = np.unique(np.frombuffer(part.outcomes + of_holds, "<u2"), return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            if number == Outcome.ADMITTED:
                tally.admitted += count
            else:
                tally.rejected[Outcome(number)] += count
    return tally


def _header(summary: FileSummary, file_digest: bytes, parts: list[_Part], tally: _Tally) -> pacs002.StatusHeader:
    """Made of the record and the decisions alone, so that the same file is answered with the same bytes while nothing
    is decided. Each later report has an identifier of its own, since it says something else.
    """
    group_status = reasons.PARTLY
    if summary.payment_count in (tally.admitted, tally.held):
        group_status = reasons.SETTLED if tally.admitted else reasons.PENDING
    elif not tally.admitted and not tally.held:
        group_status = reasons.REJECTED
    decided = [hold for part in parts for hold in part.holds.values() if hold.state not in _WAITING]
    last_ms = max((*(part.time_ms for part in parts), *(hold.changed_ms for hold in decided)), default=0)
    name = file_digest.hex()
    return pacs002.StatusHeader(
        message_id=f"SND{name[:26]}{len(decided):06d}" if decided else f"SND{name[:32]}",
        created_at=_time(last_ms) if last_ms else datetime.now(UTC).replace(microsecond=0),
        original_message_id=summary.message_id,
        original_message=summary.message,
        group_status=group_status,
        original_payment_count=summary.payment_count,
        instructing_agent_bic=summary.instructed_agent_bic,
        instructed_agent_bic=summary.instructing_agent_bic,
    )


def _statuses(payments: Iterator[Payment], parts: list[_Part]) -> Iterator[pacs002.TransactionStatus]:
    """One status a payment, in the order of the file."""
    for part in parts:
        outcomes = iter(np.frombuffer(part.outcomes, "<u2").tolist())
        uetrs = iter([part.given_uetrs[at : at + 16] for at in range(0, len(part.given_uetrs), 16)])
        accepted_at = part_accepted_at = _time(part.time_ms)
        known: dict[int, reasons.Status] = {}
        for place, note in enumerate(transfers.read_notes(part.notes)):
            payment = next(payments)
            uetr, accepted_at = payment.uetr, part_accepted_at
            if note.is_held:
                status, accepted_at = _status_of_hold(part.holds[place])
                uetr = part.holds[place].uetr
            elif note.reason:
                status = reasons.not_sent(note.reason)
            else:
                outcome = next(outcomes)
                status = known.setdefault(outcome, reasons.status_of(outcome))
                uetr = next(uetrs) if note.is_uetr_given else uetr
            yield pacs002.TransactionStatus(
                status.status,
                payment.instruction_id,
                payment.end_to_end_id,
                payment.transaction_id,
                uetr,
                status.reason or None,
                status.text or None,
                accepted_at if status.status == reasons.SETTLED else None,
            )
    ensure(next(payments, None) is None, "every payment of a file has a status")


def _status_of_hold(hold: Hold) -> tuple[reasons.Status, datetime]:
    """The status of a payment that is or was held, and when it was accepted, if it was."""
    if hold.state in _WAITING:
        return reasons.held(), _EPOCH
    if hold.state is HoldState.REFUSED:
        return reasons.refused(hold.reason), _EPOCH
    receipt = receipts.decode(hold.receipt)
    return reasons.status_of(receipt.codes[0]), _time(receipt.time_ms)


def _write_whole(answer: Path, header: pacs002.StatusHeader, statuses: Iterator[pacs002.TransactionStatus]) -> None:
    """Put the report at `answer` at once: whoever waits for it never reads half of one."""
    writing = answer.with_name(answer.name + ".writing")
    try:
        pacs002.write(writing, header, statuses)
        writing.replace(answer)
    except BaseException:
        writing.unlink(missing_ok=True)
        raise


def _time(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
