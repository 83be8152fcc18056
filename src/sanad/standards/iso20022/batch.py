"""Checks one batch of payments, a small `Document` with its group header, and takes its payments out.

Runs in worker threads: everything it returns is plain data, and nothing it uses is shared.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sanad.base.errors import Finding, Malformed
from sanad.standards import identifiers
from sanad.standards.findings import FINDINGS_MAX, excerpt
from sanad.standards.iso20022 import schema, schema_findings
from sanad.standards.iso20022.currencies import parse_amount
from sanad.standards.iso20022.extraction import FIELD, GROUP, IDENTIFIERS, RECORD, load_extraction
from sanad.standards.iso20022.payment import Payment
from sanad.standards.iso20022.schemes import Profile, breaches

# Bidirectional controls turn the order of characters that a person reads, so that one name passes for another; Urdu
# reads right without them. Private-use characters mean nothing to anyone else, and separate the fields in here.
_FORBIDDEN = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)

# Bytes without which a piece of UTF-8 holds none of these as such; a character reference could stand for any.
_SIGNS = (b"\xd8\x9c", b"\xe2\x80", b"\xe2\x81", b"\xee", b"\xef", b"\xf3", b"\xf4")

_IDENTIFIER_RULES: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("iban.invalid", identifiers.is_iban, "the IBAN has a wrong check digit, length or country; ask for it again"),
    ("bic.invalid", identifiers.is_bic, "the BIC has a wrong form or country; look it up again"),
    ("lei.invalid", identifiers.is_lei, "the LEI has wrong check digits; look it up again"),
)

_HEADER_PATHS = (
    "MsgId",
    "CreDtTm",
    "NbOfTxs",
    "CtrlSum",
    "TtlIntrBkSttlmAmt",
    "IntrBkSttlmDt",
    "InstgAgt/FinInstnId/BICFI",
    "InstdAgt/FinInstnId/BICFI",
)


def may_hold_forbidden_characters(piece: bytes) -> bool:
    """Say whether a piece of the file has to be looked through; False is certain, and is the rule in plain files."""
    # One byte is found ten times as fast as two, and asking whether all is ASCII is faster still.
    return (b"&" in piece and b"&#" in piece) or (not piece.isascii() and any(sign in piece for sign in _SIGNS))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file a batch stands: gives real line numbers, and says what a batch may speak about."""

    payment_tag: str
    last: bool
    """All batches carry the same header: what is outside of the payments is told with the last alone."""
    header_line: int = 1
    """Line in the file of the batch's first line."""
    header_breaks: int = 0
    """Line breaks in the batch before its first payment."""
    payments_line: int = 1
    """Line in the file of what follows those line breaks."""

    def line(self, element: Any) -> int:
        """Give the line in the file of an element's start tag."""
        line = int(element.sourceline or 1)
        if line > self.header_breaks + 1 or self.is_inside_payment(element):
            return line - 1 - self.header_breaks + self.payments_line
        return line - 1 + self.header_line

    def is_inside_payment(self, element: Any) -> bool:
        """Say whether an element is a payment or stands inside one."""
        return element.tag == self.payment_tag or next(element.iterancestors(self.payment_tag), None) is not None

    def tells(self, element: Any) -> bool:
        """Say whether a finding about `element` belongs to this batch."""
        return self.last or self.is_inside_payment(element)


@dataclass(slots=True)
class Batch:
    """What one batch held; where there are findings, payments are missing."""

    payments: list[Payment] = field(default_factory=list)
    count: int = 0
    findings: list[Finding] = field(default_factory=list)
    findings_total: int = 0
    header: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of the last batch only: values of the group header by path, each with its line."""

    def add(self, finding: Finding) -> None:
        """Keep a finding, or only count it when enough are kept."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)
        self.findings_total += 1


class BatchCheck:
    """The compiled schema and stylesheet of one message, for one thread."""

    def __init__(self, message: str, profile: Profile | None) -> None:
        """Compile for a message such as `pacs.008.001.08`, 4 ms."""
        self._schema = schema.load_schema(message)
        self._extraction = load_extraction(message)
        self._profile = profile
        self._namespace = f"{{{schema.NAMESPACE}{message}}}"
        self.payment_tag = self._namespace + "CdtTrfTxInf"

    def check(self, document: Any, place: Place, *, look_through: bool) -> Batch:
        """Check a `Document` tree that holds the group header and payments; `look_through` it for forbidden characters.

        Later checks stand on earlier ones: a batch that breaks the schema is not asked about amounts.
        """
        batch = Batch()
        root = document.getroot()
        transfer = root.find(self._namespace + "FIToFICstmrCdtTrf")
        payments = [] if transfer is None else list(transfer.iterchildren(self.payment_tag))
        batch.count = len(payments)
        if not self._schema.validate(document):
            for finding in schema_findings.of(self._schema.error_log, document, place.line, place.tells):
                batch.add(finding)
            return batch
        if place.last:
            batch.header = self._header(root, place)
        if look_through:
            self._look_through(root, place, batch)
            if batch.findings_total:
                return batch  # fields can't be told apart where a value may hold a separator
        records, *groups = str(self._extraction(document)).split(GROUP)
        self._take_payments(root, records, payments, place, batch)
        for names, rule, values in zip(IDENTIFIERS, _IDENTIFIER_RULES, groups, strict=True):
            code, is_valid, advice = rule
            wrong = {value for value in set(values.split(FIELD)) if value and not is_valid(value)}
            if wrong:
                self._blame_identifiers(root, names, wrong, place, batch, code, advice)
        return batch

    def _group(self, root: Any, path: str) -> Any:
        """Give an element of the group header, or None."""
        steps = ["FIToFICstmrCdtTrf", "GrpHdr", *path.split("/")]
        return root.find("/".join(self._namespace + step for step in steps))

    def _header(self, root: Any, place: Place) -> dict[str, tuple[str, int]]:
        """Read the group header."""
        header = {}
        for path in _HEADER_PATHS:
            found = self._group(root, path)
            if found is not None:
                header[path] = (_text(found), place.line(found))
                if "Ccy" in found.attrib:
                    header[path + "/@Ccy"] = (found.get("Ccy"), place.line(found))
        return header

    def _look_through(self, root: Any, place: Place, batch: Batch) -> None:
        """Find characters that no text may hold."""
        for node in root.iter():
            is_element = isinstance(node.tag, str)  # else a comment, which counts only for the text that follows it
            values = [node.tail, node.text, *node.attrib.values()] if is_element else [node.tail]
            if any(value and _FORBIDDEN.search(value) for value in values) and place.tells(node):
                element = node if is_element else node.getparent()
                advice = "a text must hold no bidirectional control and no private-use character; take them out"
                shown = excerpt(element.tag.rpartition("}")[2], "")
                batch.add(Finding(place.line(element), "text.forbidden_character", shown, advice))

    def _take_payments(self, root: Any, records: str, elements: list[Any], place: Place, batch: Batch) -> None:
        """Make payments of the text of the stylesheet; those that can't be become findings."""
        group_date = _text(self._group(root, "IntrBkSttlmDt"))
        shift = place.line(elements[0]) - elements[0].sourceline if elements else 0
        for record, element in zip(records.split(RECORD), elements, strict=False):
            try:
                payment = _payment(record.split(FIELD), element.sourceline + shift, group_date)
            except Malformed as wrong:
                name = "IntrBkSttlmDt" if wrong.field == "date" else "IntrBkSttlmAmt"
                self._blame(element, name, wrong.code, wrong.advice, place, batch)
                continue
            if self._profile:
                for breach in breaches(payment, self._profile):
                    self._blame(element, breach.element, breach.code, breach.advice, place, batch)
            batch.payments.append(payment)

    def _blame(self, payment: Any, name: str, code: str, advice: str, place: Place, batch: Batch) -> None:
        """Add a finding at the child `name` of a payment, or at the payment where it has none."""
        element = payment.find(self._namespace + name)
        if element is None:
            batch.add(Finding(place.line(payment), code, name, advice))
            return
        shown = excerpt(name, _text(element))
        if "Ccy" in element.attrib:
            shown += f" {element.get('Ccy')}"
        batch.add(Finding(place.line(element), code, shown, advice))

    def _blame_identifiers(
        self, root: Any, names: tuple[str, ...], wrong: set[str], place: Place, batch: Batch, code: str, advice: str
    ) -> None:
        """Add a finding at every element that holds a wrong identifier."""
        for element in root.iter(*(self._namespace + name for name in names)):
            value = _text(element)
            if value in wrong and place.tells(element):
                batch.add(Finding(place.line(element), code, excerpt(element.tag.rpartition("}")[2], value), advice))


def _text(element: Any) -> str:
    """Give the whole text of an element as the stylesheet does: a comment inside may cut it in two."""
    return "" if element is None else str(element.xpath("string()"))


@lru_cache(maxsize=4096)
def read_date(text: str) -> date:
    """Read an XML Schema date; its time zone, if any, is left out: the day is that of the place it names."""
    try:
        return date.fromisoformat(text.strip(" \t\r\n")[:10])
    except ValueError:
        raise Malformed("date", "date.range", "write the day as YYYY-MM-DD, in the years 0001 to 9999") from None


def _payment(fields: list[str], line: int, group_date: str) -> Payment:
    """Make a payment of the fields of the stylesheet. Raises `Malformed` for an amount or a date that can't be."""
    uetr, currency = fields[3], fields[5]
    amount_minor = parse_amount(fields[4], currency)
    if amount_minor == 0:
        raise Malformed("amount", "amount.zero", "a payment of nothing is no payment; take it out")
    day = fields[6] or group_date
    parties = [value or None for value in fields[8:18]]
    return Payment(
        line,
        fields[0] or None,
        fields[1],
        fields[2] or None,
        # The schema has seen to it that it is a version-4 UUID.
        bytes.fromhex(uetr.replace("-", "")) if uetr else None,
        amount_minor,
        currency,
        read_date(day) if day else None,
        fields[7],
        parties[0],
        parties[1],
        parties[2],
        parties[3],
        parties[4],
        parties[5],
        parties[6],
        parties[7],
        parties[8],
        parties[9],
        fields[18][1:] or None,  # every line of the remittance comes with a line break before it
        fields[19] or None,
    )
