"""What a pacs.008 file says, as typed values."""

from datetime import date

import msgspec


class Payment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One customer credit transfer (`CdtTrfTxInf`). Texts are as sent, untrimmed; None where the file has nothing."""

    line: int
    """Line of its start tag in the file, from 1."""
    instruction_id: str | None
    end_to_end_id: str
    transaction_id: str | None
    uetr: bytes | None
    """The 16 bytes of the version-4 UUID."""
    amount_minor: int
    """Interbank settlement amount in minor units of `currency`, from 1 to 2^63 - 1."""
    currency: str
    settlement_date: date | None
    """Its own, else that of the group."""
    charge_bearer: str
    """DEBT, CRED, SHAR or SLEV."""
    debtor_name: str | None
    debtor_iban: str | None
    debtor_account_other: str | None
    """The account's number where it has no IBAN."""
    debtor_agent_bic: str | None
    debtor_agent_lei: str | None
    creditor_name: str | None
    creditor_iban: str | None
    creditor_account_other: str | None
    creditor_agent_bic: str | None
    creditor_agent_lei: str | None
    remittance: str | None
    """Unstructured lines, then the numbers of structured references, joined by line breaks."""
    purpose_code: str | None
    """ISO external purpose code, or the proprietary one."""


class FileSummary(msgspec.Struct, frozen=True):
    """What a whole file says; everything in it was checked."""

    message_id: str
    message: str
    """Such as `pacs.008.001.08`."""
    created_at: str
    """ISO 8601 as sent; the offset may be missing."""
    payment_count: int
    totals_minor: dict[str, int]
    """Sum of the settlement amounts by currency, in minor units."""
    settlement_date: date | None
    instructing_agent_bic: str | None
    instructed_agent_bic: str | None
    file_bytes: int
