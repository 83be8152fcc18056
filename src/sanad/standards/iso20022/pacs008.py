"""Reads customer credit transfers (pacs.008.001, versions 08, 10, 12, 13, 14), one payment or a million.

    with read(path) as file:
        file.summary            # all was checked: schema, sums, identifiers, amounts, duplicates
        for payment in file.payments():
            ...

A file is accepted or refused as a whole. Refused means `FileWithFindings` (a `MalformedFile`) with the first hundred
findings, each with line, excerpt and advice, and their total number. What is no finding: a payment without UETR (the
gateway gives it one); a UETR that is no version-4 UUID breaks the schema.
"""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import UUID

import msgspec

from sanad.base.errors import Finding, Malformed
from sanad.standards.findings import Findings, excerpt, refusal
from sanad.standards.iso20022.batch import Batch, read_date
from sanad.standards.iso20022.currencies import exponent, parse_amount
from sanad.standards.iso20022.payment import FileSummary, Payment
from sanad.standards.iso20022.pull import pull
from sanad.standards.iso20022.schemes import Profile
from sanad.standards.iso20022.source import DEFAULT_LIMITS, Limits, Source
from sanad.standards.iso20022.split import NotSplittable, split

_CONTROL_SUM_DECIMALS = 17
"""Of `DecimalNumber` in the schema: more than any currency has."""


class CheckedFile:
    """A file that was found right, with its payments kept aside.

    They are kept in an unnamed temporary file, so that what is posted is what was checked, even if the path is written
    to meanwhile, and so that nothing is parsed twice. Use it as a context, or call `close`.
    """

    def __init__(self, summary: FileSummary, kept: BinaryIO) -> None:
        self.summary = summary
        self._kept = kept

    def payments(self) -> Iterator[Payment]:
        """Yield the payments in the order of the file; can be asked again, but one after another."""
        decoder = msgspec.msgpack.Decoder(list[Payment])
        self._kept.seek(0)
        while size := self._kept.read(4):
            yield from decoder.decode(self._kept.read(int.from_bytes(size, "little")))

    def close(self) -> None:
        """Drop the payments that were kept aside."""
        self._kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(
    source: str | Path | BinaryIO, *, profile: Profile | None = None, limits: Limits = DEFAULT_LIMITS
) -> CheckedFile:
    """Check a whole file and keep its payments; memory stays bounded however many they are.

    `source` is a path or a binary file. `profile` adds the rules of a scheme (`schemes.PROFILES`). Raises
    `FileWithFindings`, or `OSError` where the file can't be read.
    """
    opened = Source(source, limits)
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `CheckedFile`, or below
    try:
        try:
            summary = _taken(opened, split(opened, profile), kept)
        except NotSplittable:
            summary = _taken(opened, pull(opened, profile), kept)
        return CheckedFile(summary, kept)
    except BaseException:
        kept.close()
        raise
    finally:
        opened.close()


def check(
    source: str | Path | BinaryIO, *, profile: Profile | None = None, limits: Limits = DEFAULT_LIMITS
) -> FileSummary:
    """Check a whole file and say what it holds. Raises as `read` does."""
    with read(source, profile=profile, limits=limits) as file:
        return file.summary


def payments(
    source: str | Path | BinaryIO, *, profile: Profile | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Payment]:
    """Yield the payments of a file, after all of it was checked. Raises as `read` does, before the first payment."""
    with read(source, profile=profile, limits=limits) as file:
        yield from file.payments()


def _taken(source: Source, batches: Generator[tuple[str, Batch], None, None], kept: BinaryIO) -> FileSummary:
    """Take all batches of a file, keep their payments from the start of `kept`, and sum up."""
    kept.seek(0)
    kept.truncate()
    tally = _Tally(source, kept)
    with closing(batches):  # ends the threads at once when a refusal stops the reading
        for message, batch in batches:
            tally.take(message, batch)
    return tally.summary()


@dataclass(slots=True)
class _Tally:
    """What can only be known of the file as a whole: sums, counts, duplicates."""

    source: Source
    kept: BinaryIO
    findings: Findings = field(init=False)
    message: str = ""
    count: int = 0
    totals_minor: dict[str, int] = field(default_factory=dict)
    uetr_lines: dict[bytes, int] = field(default_factory=dict)
    header: dict[str, tuple[str, int]] = field(default_factory=dict)
    encoder: msgspec.msgpack.Encoder = field(default_factory=msgspec.msgpack.Encoder)

    def __post_init__(self) -> None:
        self.findings = Findings(self.source.name)

    def take(self, message: str, batch: Batch) -> None:
        """Add a batch to the sums, keep its payments aside, note its findings."""
        self.message = message
        self.count += batch.count
        self.header = self.header or batch.header
        self.findings.add(*batch.findings, total=batch.findings_total)
        self._find_duplicates(batch.payments)
        for payment in batch.payments:
            self.totals_minor[payment.currency] = self.totals_minor.get(payment.currency, 0) + payment.amount_minor
        most = self.source.limits.payments_max
        if self.count > most:
            line = batch.payments[-1].line if batch.payments else 1
            advice = f"a file holds at most {most} payments; send them in several files"
            raise refusal(self.source.name, Finding(line, "file.payments", f"more than {most} payments", advice))
        if not self.findings.total:
            content = self.encoder.encode(batch.payments)
            self.kept.write(len(content).to_bytes(4, "little") + content)

    def _find_duplicates(self, new: list[Payment]) -> None:
        """Note the UETRs of a batch; one that was seen before in the file is a finding."""
        lines = {payment.uetr: payment.line for payment in new if payment.uetr}
        with_uetr = len(new) if len(lines) == len(new) else sum(1 for payment in new if payment.uetr)
        if len(lines) == with_uetr and lines.keys().isdisjoint(self.uetr_lines):
            self.uetr_lines.update(lines)  # the rule: all are new
            return
        for payment in new:
            if payment.uetr is None:
                continue
            first = self.uetr_lines.get(payment.uetr)
            if first is None:
                self.uetr_lines[payment.uetr] = payment.line
                continue
            shown = excerpt("UETR", str(UUID(bytes=payment.uetr)))
            advice = f"the payment on line {first} has the same UETR; give every payment its own"
            self.findings.add(Finding(payment.line, "uetr.duplicate", shown, advice))

    def summary(self) -> FileSummary:
        """Hold the header against what was counted. Raises `FileWithFindings` if anything in the file is wrong."""
        is_complete = not self.findings.total
        if self.header:
            self._check_count()
            self._check_totals(is_complete)
        self.findings.refuse_if_any()
        day = self._value("IntrBkSttlmDt")
        return FileSummary(
            message_id=self._value("MsgId"),
            message=self.message,
            created_at=self._value("CreDtTm").strip(),
            payment_count=self.count,
            totals_minor=self.totals_minor,
            settlement_date=read_date(day) if day else None,
            instructing_agent_bic=self._value("InstgAgt/FinInstnId/BICFI") or None,
            instructed_agent_bic=self._value("InstdAgt/FinInstnId/BICFI") or None,
            file_bytes=self.source.size,
        )

    def _value(self, path: str) -> str:
        return self.header.get(path, ("", 0))[0]

    def _blame(self, path: str, code: str, advice: str) -> None:
        value, line = self.header[path]
        self.findings.add(Finding(line, code, excerpt(path, value), advice))

    def _check_count(self) -> None:
        """`NbOfTxs` is the number of payments; the schema has seen that it is up to 15 digits."""
        if int(self._value("NbOfTxs")) != self.count:
            self._blame("NbOfTxs", "total.count", f"the file holds {self.count} payments; say so, or send the others")

    def _check_totals(self, is_complete: bool) -> None:
        """Check `CtrlSum`, over all currencies, and `TtlIntrBkSttlmAmt`, in its own; a partial sum says nothing."""
        if "IntrBkSttlmDt" in self.header:
            try:
                read_date(self._value("IntrBkSttlmDt"))
            except Malformed as wrong:
                self._blame("IntrBkSttlmDt", wrong.code, wrong.advice)
        if not is_complete:
            return
        if "CtrlSum" in self.header:
            places = _CONTROL_SUM_DECIMALS
            found = sum(total * 10 ** (places - exponent(code)) for code, total in self.totals_minor.items())
            # An xs:decimal with at most 18 digits, 17 of them after the point: exact in the default context of 28.
            if Decimal(self._value("CtrlSum").strip()).scaleb(places) != found:
                self._blame("CtrlSum", "total.control_sum", "the amounts of the payments add up to another sum")
        if "TtlIntrBkSttlmAmt" in self.header:
            currency = self._value("TtlIntrBkSttlmAmt/@Ccy")
            advice = "the amounts of the payments, all in the currency of the total, must add up to it"
            try:
                said = {currency: parse_amount(self._value("TtlIntrBkSttlmAmt"), currency)}
            except Malformed as wrong:
                said, advice = {}, wrong.advice
            if said != self.totals_minor:
                self._blame("TtlIntrBkSttlmAmt", "total.amount", advice)
