"""Payments and files that the tests of this folder start from."""

import io
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sanad.standards.findings import FileWithFindings
from sanad.standards.iso20022 import pacs008
from sanad.standards.iso20022.compose import GroupHeader, write_pacs008
from sanad.standards.iso20022.payment import Payment

PAYMENT = Payment(
    line=0,
    instruction_id="I-1",
    end_to_end_id="E2E-1",
    transaction_id="TX-1",
    uetr=UUID("8a562c67-ca16-48ba-b074-65581be6f001").bytes,
    amount_minor=100_050,
    currency="PKR",
    settlement_date=date(2026, 1, 15),
    charge_bearer="SLEV",
    debtor_name="A Debtor",
    debtor_iban="PK36SCBL0000001123456702",
    debtor_account_other=None,
    debtor_agent_bic="SCBLPKKX",
    debtor_agent_lei="5493001KJTIIGC8Y1R12",
    creditor_name="A Creditor",
    creditor_iban="GB82WEST12345698765432",
    creditor_account_other=None,
    creditor_agent_bic="HABBPKKA",
    creditor_agent_lei=None,
    remittance="Invoice 1",
    purpose_code="SALA",
)


def numbered(number: int, **changes: Any) -> Payment:
    """Give a payment that differs from others by its number."""
    own = {"end_to_end_id": f"E2E-{number}", "uetr": UUID(int=number + 1, version=4).bytes}
    return msgspec.structs.replace(PAYMENT, **(own | changes))


def file_of(*payments: Payment) -> bytes:
    """Write a right file of these payments, each on a line of its own from line 3 on."""
    total = sum(payment.amount_minor for payment in payments)
    moment = datetime(2026, 1, 15, 10, tzinfo=UTC)
    header = GroupHeader("MSG-1", moment, len(payments), total, payments[0].currency, date(2026, 1, 15))
    file = io.BytesIO()
    write_pacs008(file, header, payments)
    return file.getvalue()


def refused(content: bytes, **settings: Any) -> FileWithFindings:
    """Read what must be refused; give the refusal."""
    with pytest.raises(FileWithFindings) as caught:
        pacs008.check(io.BytesIO(content), **settings)
    return caught.value


def told(content: bytes, **settings: Any) -> list[tuple[int, str, str]]:
    """Give line, code and excerpt of what is wrong with a file."""
    return [(finding.line, finding.code, finding.excerpt) for finding in refused(content, **settings).findings]
