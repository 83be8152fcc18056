"""From payments of a file to transfers of a message, with their evidence sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import numpy as np

from sanad.evidence.store import Contents, EvidenceStore
from sanad.gateway import reasons
from sanad.gateway.addresses import Address, AddressBook
from sanad.gateway.assets import Asset
from sanad.gateway.rows import Draft
from sanad.rulebook.edition1.words import Purpose, TransferFlag
from sanad.rulebook.message import Kind, new_transfers
from sanad.standards.iso20022.payment import Payment

EVIDENCE_SCHEMA = "sanad/evidence/payment/v1"

_REASONS = ("", reasons.DEBTOR_ACCOUNT_NOT_KNOWN, reasons.CREDITOR_ACCOUNT_NOT_KNOWN, reasons.CURRENCY_NOT_TAKEN)
_UETR_GIVEN = 128

# What `canonical.encode` uses. Its look at every value for what is not allowed would take a third of a file's time, and
# the contents are built of allowed ones below; a test holds them to the canonical form.
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Note:
    """What the gateway kept of one payment: why it was not sent, or whether its UETR is one that we gave."""

    reason: str
    is_uetr_given: bool


def read_notes(notes: bytes) -> list[Note]:
    """The notes of a message, one for each payment of its part of the file, in order."""
    return [Note(_REASONS[each & ~_UETR_GIVEN], bool(each & _UETR_GIVEN)) for each in notes]


@dataclass(frozen=True, slots=True)
class _Leg:
    """A payment whose accounts and asset are known."""

    payment: Payment
    uetr: bytes
    debit: Address
    credit: Address
    asset: Asset

    @property
    def is_bound(self) -> bool:
        return self.payment.amount_minor >= self.asset.bound_from_minor


def draft(
    payments: Sequence[Payment], addresses: AddressBook, assets: dict[str, Asset], evidence: EvidenceStore, signer: str
) -> Draft:
    """A message of immediate transfers for those payments whose accounts and currency are known, noted for all.

    The evidence of each is sealed, and on the disk, before this returns. At most 8,190 payments.
    """
    numbers = {number for each in payments for number in (_debtor(each), _creditor(each)) if number}
    known = addresses.find_many(numbers)
    legs: list[_Leg] = []
    notes = bytearray()
    for payment in payments:
        debit, credit = known.get(_debtor(payment)), known.get(_creditor(payment))
        asset = assets.get(payment.currency)
        if debit is None or credit is None or asset is None:
            notes.append(1 if debit is None else 2 if credit is None else 3)
            continue
        notes.append(0 if payment.uetr else _UETR_GIVEN)
        legs.append(_Leg(payment, payment.uetr or uuid4().bytes, debit, credit, asset))
    body = _body(legs, evidence) if legs else b""
    return Draft(Kind.TRANSFERS, body, len(legs), (signer,), notes=bytes(notes))


def _body(legs: list[_Leg], evidence: EvidenceStore) -> bytes:
    sealed = evidence.seal_many(Contents(leg.debit.subject, _contents(leg), leg.is_bound) for leg in legs)
    transfers = new_transfers(len(legs))
    transfers["uetr"] = np.frombuffer(b"".join(leg.uetr for leg in legs), np.uint8).reshape(-1, 16)
    transfers["evidence"] = np.frombuffer(b"".join(each.digest for each in sealed), np.uint8).reshape(-1, 32)
    transfers["debit"] = [leg.debit.account for leg in legs]
    transfers["credit"] = [leg.credit.account for leg in legs]
    transfers["amount"] = [leg.payment.amount_minor for leg in legs]
    transfers["asset"] = [leg.asset.number for leg in legs]
    transfers["purpose"] = Purpose.PAYMENT
    transfers["flags"] = [TransferFlag.BOUND if leg.is_bound else 0 for leg in legs]
    return bytes(transfers.tobytes())


def _contents(leg: _Leg) -> bytes:
    """What the evidence digest binds (DESIGN §4): the transfer, the parties, what was checked of them."""
    payment = leg.payment
    day = payment.settlement_date
    return _encode(
        [
            EVIDENCE_SCHEMA,
            [leg.uetr, 0, leg.debit.account, leg.credit.account, leg.asset.number, payment.amount_minor],
            [payment.debtor_name, _debtor(payment), payment.debtor_agent_bic, payment.debtor_agent_lei],
            [payment.creditor_name, _creditor(payment), payment.creditor_agent_bic, payment.creditor_agent_lei],
            [payment.instruction_id, payment.end_to_end_id, payment.transaction_id],
            [day.isoformat() if day else None, payment.charge_bearer, payment.purpose_code, payment.remittance],
            [],  # list versions and screening answers, once there is screening
        ]
    )


def _debtor(payment: Payment) -> str:
    return payment.debtor_iban or payment.debtor_account_other or ""


def _creditor(payment: Payment) -> str:
    return payment.creditor_iban or payment.creditor_account_other or ""
