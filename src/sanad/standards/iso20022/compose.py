"""Writes customer credit transfers (pacs.008.001.08): bulk files, for whoever has many to send."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sanad.base.errors import Malformed
from sanad.standards.iso20022.currencies import format_amount
from sanad.standards.iso20022.payment import Payment
from sanad.standards.iso20022.schema import NAMESPACE
from sanad.standards.iso20022.text import agent, date_time, element

MESSAGE = "pacs.008.001.08"


@dataclass(frozen=True, slots=True)
class GroupHeader:
    """What a file says of itself before its first payment, so it must be known before."""

    message_id: str
    created_at: datetime
    payment_count: int
    total_minor: int
    currency: str
    """Of all payments in the file."""
    settlement_date: date
    instructing_agent_bic: str | None = None
    instructed_agent_bic: str | None = None
    settlement_method: str = "CLRG"


def write_pacs008(target: str | Path | BinaryIO, header: GroupHeader, payments: Iterable[Payment]) -> None:
    """Write a bulk file, one payment a line, streamed. `Payment.line` and a day equal to the group's are not written.

    Raises `Malformed` where a value does not fit its element, or, after the last payment, where count or sum are not
    those of the header (`total.count`, `total.amount`): what was written is then to be thrown away.
    """
    if isinstance(target, str | Path):
        with Path(target).open("wb") as file:
            write_pacs008(file, header, payments)
        return
    target.write(_opening(header).encode())
    count = total_minor = 0
    lines = io.StringIO()
    for payment in payments:
        if payment.currency != header.currency:
            raise Malformed("currency", "total.currency", f"all payments of the file are in {header.currency}")
        count += 1
        total_minor += payment.amount_minor
        lines.write(_payment(payment, header))
        if lines.tell() > 1 << 18:
            target.write(lines.getvalue().encode())
            lines = io.StringIO()
    target.write(lines.getvalue().encode())
    target.write(b"</FIToFICstmrCdtTrf></Document>\n")
    if count != header.payment_count:
        raise Malformed("payment_count", "total.count", f"the header says {header.payment_count}, there were {count}")
    if total_minor != header.total_minor:
        raise Malformed("total_minor", "total.amount", "the payments do not add up to the total in the header")


def _opening(header: GroupHeader) -> str:
    agents = ""
    if header.instructing_agent_bic:
        agents += agent("InstgAgt", header.instructing_agent_bic)
    if header.instructed_agent_bic:
        agents += agent("InstdAgt", header.instructed_agent_bic)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}{MESSAGE}"><FIToFICstmrCdtTrf><GrpHdr>'
        + element("MsgId", header.message_id, 35)
        + date_time("CreDtTm", header.created_at)
        + element("NbOfTxs", str(header.payment_count), 15)
        + _amount("TtlIntrBkSttlmAmt", header.total_minor, header.currency)
        + element("IntrBkSttlmDt", header.settlement_date.isoformat(), 10)
        + f"<SttlmInf>{element('SttlmMtd', header.settlement_method, 4)}</SttlmInf>"
        + agents
        + "</GrpHdr>\n"
    )


def _payment(payment: Payment, header: GroupHeader) -> str:
    day = payment.settlement_date
    own_day = day.isoformat() if day and day != header.settlement_date else None
    uetr = str(UUID(bytes=payment.uetr)) if payment.uetr else None
    remittance = "".join(element("Ustrd", line, 140) for line in (payment.remittance or "").split("\n"))
    purpose = element("Cd", payment.purpose_code, 4)
    return (
        "<CdtTrfTxInf><PmtId>"
        + element("InstrId", payment.instruction_id, 35)
        + element("EndToEndId", payment.end_to_end_id, 35)
        + element("TxId", payment.transaction_id, 35)
        + element("UETR", uetr, 36)
        + "</PmtId>"
        + _amount("IntrBkSttlmAmt", payment.amount_minor, payment.currency)
        + element("IntrBkSttlmDt", own_day, 10)
        + element("ChrgBr", payment.charge_bearer, 4)
        + f"<Dbtr>{element('Nm', payment.debtor_name, 140)}</Dbtr>"
        + _account("DbtrAcct", payment.debtor_iban, payment.debtor_account_other)
        + agent("DbtrAgt", payment.debtor_agent_bic, payment.debtor_agent_lei)
        + agent("CdtrAgt", payment.creditor_agent_bic, payment.creditor_agent_lei)
        + f"<Cdtr>{element('Nm', payment.creditor_name, 140)}</Cdtr>"
        + _account("CdtrAcct", payment.creditor_iban, payment.creditor_account_other)
        + (f"<Purp>{purpose}</Purp>" if purpose else "")
        + (f"<RmtInf>{remittance}</RmtInf>" if remittance else "")
        + "</CdtTrfTxInf>\n"
    )


def _amount(name: str, amount_minor: int, currency: str) -> str:
    text = format_amount(amount_minor, currency)
    # ActiveCurrencyAndAmount: 18 digits in all.
    if len(text.replace(".", "")) > 18:
        raise Malformed(name, "amount.range", "ISO 20022 writes amounts of at most 18 digits")
    return f'<{name} Ccy="{currency}">{text}</{name}>'


def _account(name: str, iban: str | None, other: str | None) -> str:
    if iban:
        return f"<{name}><Id>{element('IBAN', iban, 34)}</Id></{name}>"
    return f"<{name}><Id><Othr>{element('Id', other, 34)}</Othr></Id></{name}>" if other else ""
