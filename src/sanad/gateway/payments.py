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
from sanad.evidence.store import EvidenceStore
from sanad.gateway import reasons, transfers
from sanad.gateway.addresses import AddressBook
from sanad.gateway.assets import Assets
from sanad.gateway.outbox import Answer, Outbox
from sanad.gateway.rows import Draft
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


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of a file."""

    message_id: str
    payments: int
    admitted: int
    rejected: dict[Outcome, int]
    """By the rulebook, on the record."""
    not_sent: dict[str, int]
    """Answered by the gateway itself, by ISO reason: an account or currency that it does not know."""
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


@dataclass(slots=True)
class _Tally:
    rejected: Counter[Outcome] = field(default_factory=Counter)
    not_sent: Counter[str] = field(default_factory=Counter)
    admitted: int = 0


class PaymentFiles:
    """Posts files for one institution. Safe for threads."""

    def __init__(
        self, outbox: Outbox, addresses: AddressBook, assets: Assets, evidence: EvidenceStore, signer: str,
        lanes: Sequence[int],
    ) -> None:  # fmt: skip
        """`signer`: name of the system's key, which sends on `lanes`, all of them side by side."""
        self._outbox, self._addresses, self._assets, self._evidence = outbox, addresses, assets, evidence
        self._signer, self._lanes = signer, lanes

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
        order, and is refused (409) with another file. Raises `MalformedFile` with nothing posted; `Refused` and
        `Unavailable` when the node does not take all of it: what it took stays, and the same call goes on.
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
                    all(part.repeated for part in parts),
                    [part.receipt for part in parts if part.receipt],
                    answer,
                )

    def _claim(self, idempotency_key: str, file_digest: bytes) -> None:
        nothing = Draft(Kind.TRANSFERS, b"", 0, (self._signer,))
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
            assets = self._assets.all()
            for number, payments in enumerate(_cut(file.payments())):
                key = f"file:{file_digest.hex()}:{number}"

                def post_part(key: str = key, payments: list[Payment] = payments) -> _Part:
                    answer = self._outbox.submit(
                        key,
                        file_digest,
                        lambda: transfers.draft(payments, self._addresses, assets, self._evidence, self._signer),
                        self._lanes,
                        wait_seconds=wait_seconds,
                    )
                    return _part(answer)

                under_way.append(pool.submit(post_part))
                if len(under_way) > len(self._lanes):
                    take_first()
            while under_way:
                take_first()
        finally:
            # Parts that run are waited for; those that did not start yet stay for the next call.
            pool.shutdown(cancel_futures=True)
        return parts


def _cut(payments: Iterator[Payment]) -> Iterator[list[Payment]]:
    while part := list(islice(payments, PART_PAYMENTS)):
        yield part


def _part(answer: Answer) -> _Part:
    """What the pacs.002 needs of an answer."""
    if not answer.receipt:
        return _Part(answer.notes, b"", b"", 0, b"", answer.repeated)
    receipt = answer.decoded()
    message = parse(answer.raw)
    is_given = np.array([note.is_uetr_given for note in transfers.read_notes(answer.notes) if not note.reason], bool)
    given = np.frombuffer(message.body, TRANSFER)["uetr"][is_given].tobytes()
    return _Part(answer.notes, receipt.outcomes, given, receipt.time_ms, answer.receipt, answer.repeated)


def _tallied(parts: list[_Part]) -> _Tally:
    tally = _Tally()
    for part in parts:
        tally.not_sent.update(note.reason for note in transfers.read_notes(part.notes) if note.reason)
        numbers, counts = np.unique(np.frombuffer(part.outcomes, "<u2"), return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            if number == Outcome.ADMITTED:
                tally.admitted += count
            else:
                tally.rejected[Outcome(number)] += count
    return tally


def _header(summary: FileSummary, file_digest: bytes, parts: list[_Part], tally: _Tally) -> pacs002.StatusHeader:
    """Made of the record alone, so that the same file is answered with the same bytes."""
    if tally.admitted == summary.payment_count:
        group_status = reasons.SETTLED
    else:
        group_status = reasons.PARTLY if tally.admitted else reasons.REJECTED
    last_ms = max((part.time_ms for part in parts), default=0)
    return pacs002.StatusHeader(
        message_id="SND" + file_digest.hex()[:32],
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
        accepted_at = _time(part.time_ms)
        known: dict[int, reasons.Status] = {}
        for note in transfers.read_notes(part.notes):
            payment = next(payments)
            uetr = payment.uetr
            if note.reason:
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
