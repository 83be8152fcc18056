"""Writes status reports (pacs.002.001.10): what became of a file and of each payment in it.

    write(path, header, statuses)       # streamed, 100,000 statuses or one

Status and reason codes are those of the ISO 20022 external code sets; `status_codes.csv` holds the few that are used.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from lxml import etree

from sanad.base.errors import Finding, Malformed
from sanad.standards.findings import Findings, refusal
from sanad.standards.iso20022 import schema, schema_findings
from sanad.standards.iso20022.source import DEFAULT_LIMITS, Source
from sanad.standards.iso20022.text import agent, date_time, element

_NAMESPACE = f"{{{schema.NAMESPACE}{schema.PACS002}}}"
_ADDITIONAL_TEXT_MAX = 105


@dataclass(frozen=True, slots=True)
class StatusHeader:
    """What the report says of itself and of the file it answers."""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_message: str
    """Such as `pacs.008.001.08`."""
    group_status: str
    """ACSC (all settled), PART (some), RJCT (none), PDNG (not yet known)."""
    original_payment_count: int | None = None
    instructing_agent_bic: str | None = None
    instructed_agent_bic: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionStatus:
    """What became of one payment; the identifiers are those of the payment, as far as it had them."""

    status: str
    """ACSC (settled), RJCT (rejected), PDNG (held), ACSP (reserved), BLCK (kept under an order)."""
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_transaction_id: str | None = None
    original_uetr: bytes | None = None
    reason: str | None = None
    """Code of the ISO external status reason set, such as AM04."""
    additional_text: str | None = None
    """Up to 105 characters for a person; no personal data."""
    accepted_at: datetime | None = None


@cache
def codes(kind: str) -> dict[str, str]:
    """Give the codes that are used, with their names: `kind` is `status`, `group_status` or `reason`."""
    text = resources.files("sanad.standards.iso20022").joinpath("status_codes.csv").read_text("utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(io.StringIO(text)) if row["kind"] == kind}


def write(target: str | Path | BinaryIO, header: StatusHeader, statuses: Iterable[TransactionStatus]) -> None:
    """Write a report, one status a line, streamed; it is valid by its schema.

    Raises `Malformed` where a value does not fit its element or a code is none of `codes`: what was written is then to
    be thrown away.
    """
    if isinstance(target, str | Path):
        with Path(target).open("wb") as file:
            write(file, header, statuses)
        return
    lines = io.StringIO()
    lines.write(_opening(header))
    for status in statuses:
        lines.write(_status(status))
        if lines.tell() > 1 << 18:
            target.write(lines.getvalue().encode())
            lines = io.StringIO()
    lines.write("</FIToFIPmtStsRpt></Document>\n")
    target.write(lines.getvalue().encode())


def _code(name: str, value: str, kind: str) -> str:
    if value not in codes(kind):
        raise Malformed(name, "code.unknown", f"one of {', '.join(codes(kind))}")
    return element(name, value, 4)


def _opening(header: StatusHeader) -> str:
    count = header.original_payment_count
    agents = ""
    if header.instructing_agent_bic:
        agents += agent("InstgAgt", header.instructing_agent_bic)
    if header.instructed_agent_bic:
        agents += agent("InstdAgt", header.instructed_agent_bic)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{schema.NAMESPACE}{schema.PACS002}"><FIToFIPmtStsRpt><GrpHdr>'
        + element("MsgId", header.message_id, 35)
        + date_time("CreDtTm", header.created_at)
        + agents
        + "</GrpHdr><OrgnlGrpInfAndSts>"
        + element("OrgnlMsgId", header.original_message_id, 35)
        + element("OrgnlMsgNmId", header.original_message, 35)
        + (element("OrgnlNbOfTxs", str(count), 15) if count is not None else "")
        + _code("GrpSts", header.group_status, "group_status")
        + "</OrgnlGrpInfAndSts>\n"
    )


def _status(status: TransactionStatus) -> str:
    reason = f"<Rsn>{_code('Cd', status.reason, 'reason')}</Rsn>" if status.reason else ""
    reason += element("AddtlInf", status.additional_text, _ADDITIONAL_TEXT_MAX)
    return (
        "<TxInfAndSts>"
        + element("OrgnlInstrId", status.original_instruction_id, 35)
        + element("OrgnlEndToEndId", status.original_end_to_end_id, 35)
        + element("OrgnlTxId", status.original_transaction_id, 35)
        + (element("OrgnlUETR", str(UUID(bytes=status.original_uetr)), 36) if status.original_uetr else "")
        + _code("TxSts", status.status, "status")
        + (f"<StsRsnInf>{reason}</StsRsnInf>" if reason else "")
        + (date_time("AccptncDtTm", status.accepted_at) if status.accepted_at else "")
        + "</TxInfAndSts>\n"
    )


def read(source: str | Path | BinaryIO) -> tuple[StatusHeader, list[TransactionStatus]]:
    """Read a report that `write` wrote, validated by its schema, all at once. Raises `FileWithFindings`.

    For tests and small reports: it holds the whole tree in memory.
    """
    opened = Source(source, DEFAULT_LIMITS)
    try:
        root = etree.fromstring(b"".join(opened.blocks()), schema.strict_parser())
    except etree.XMLSyntaxError as error:
        finding = Finding(int(error.lineno or 1), "xml.malformed", "", "this is no well-formed XML")
        raise refusal(opened.name, finding) from None
    finally:
        opened.close()
    validation = schema.load_schema(schema.PACS002)
    if not validation.validate(root):
        findings = Findings(opened.name)
        document = root.getroottree()
        findings.add(*schema_findings.of(validation.error_log, document, lambda e: int(e.sourceline), lambda _: True))
        findings.refuse_if_any()
    try:
        return _read_header(root), [_read_status(part) for part in root.iter(_NAMESPACE + "TxInfAndSts")]
    except ValueError:  # a moment of the schema that Python has not, such as hour 24
        raise refusal(opened.name, Finding(1, "time.form", "", "a moment can't be read")) from None


def _part(root: etree._Element, name: str) -> etree._Element:
    """Give a part of the report; an empty one where it has none."""
    found = root.find(f"{_NAMESPACE}FIToFIPmtStsRpt/{_NAMESPACE}{name}")
    return etree.Element(name) if found is None else found


def statuses(source: Path) -> Iterator[TransactionStatus]:
    """Yield the statuses of a report that `write` wrote, in its order and in bounded memory; no schema is asked.

    Raises `FileWithFindings` where it is no well-formed XML.
    """
    try:
        with source.open("rb") as file:
            parts = etree.iterparse(
                file, tag=_NAMESPACE + "TxInfAndSts", resolve_entities=False, no_network=True, load_dtd=False
            )
            for _, part in parts:
                yield _read_status(part)
                part.clear()
                while part.getprevious() is not None:
                    del part.getparent()[0]
    except etree.XMLSyntaxError as error:
        finding = Finding(int(error.lineno or 1), "xml.malformed", "", "this is no well-formed XML")
        raise refusal(source.name, finding) from None


def _find(part: etree._Element, path: str) -> str | None:
    found: str | None = part.findtext("/".join(_NAMESPACE + step for step in path.split("/")))
    return found


def _read_header(root: etree._Element) -> StatusHeader:
    group, original = (_part(root, name) for name in ("GrpHdr", "OrgnlGrpInfAndSts"))
    count = _find(original, "OrgnlNbOfTxs")
    return StatusHeader(
        message_id=_find(group, "MsgId") or "",
        created_at=datetime.fromisoformat(_find(group, "CreDtTm") or ""),
        original_message_id=_find(original, "OrgnlMsgId") or "",
        original_message=_find(original, "OrgnlMsgNmId") or "",
        group_status=_find(original, "GrpSts") or "",
        original_payment_count=int(count) if count else None,
        instructing_agent_bic=_find(group, "InstgAgt/FinInstnId/BICFI"),
        instructed_agent_bic=_find(group, "InstdAgt/FinInstnId/BICFI"),
    )


def _read_status(part: etree._Element) -> TransactionStatus:
    uetr = _find(part, "OrgnlUETR")
    accepted_at = _find(part, "AccptncDtTm")
    return TransactionStatus(
        status=_find(part, "TxSts") or "",
        original_instruction_id=_find(part, "OrgnlInstrId"),
        original_end_to_end_id=_find(part, "OrgnlEndToEndId"),
        original_transaction_id=_find(part, "OrgnlTxId"),
        original_uetr=UUID(uetr).bytes if uetr else None,
        reason=_find(part, "StsRsnInf/Rsn/Cd"),
        additional_text=_find(part, "StsRsnInf/AddtlInf"),
        accepted_at=datetime.fromisoformat(accepted_at) if accepted_at else None,
    )
