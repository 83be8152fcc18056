"""From payments of a file to transfers of a message, with their evidence sealed; what is not clear is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import numpy as np

from sanad.base import canonical
from sanad.evidence.store import Contents, EvidenceStore
from sanad.gateway import reasons
from sanad.gateway.addresses import Address, AddressBook
from sanad.gateway.assets import Asset
from sanad.gateway.checks import Answer, Answers, Check, Finding, ask, is_clear
from sanad.gateway.held_rows import Hold
from sanad.gateway.rows import Draft
from sanad.rulebook.edition1.words import Purpose, TransferFlag
from sanad.rulebook.message import Kind, new_transfers
from sanad.standards.iso20022.payment import Payment

EVIDENCE_SCHEMA = "sanad/evidence/payment/v2"
HOLD_SCHEMA = "sanad/evidence/hold/v1"

_REASONS = ("", reasons.DEBTOR_ACCOUNT_NOT_KNOWN, reasons.CREDITOR_ACCOUNT_NOT_KNOWN, reasons.CURRENCY_NOT_TAKEN)
_HELD = len(_REASONS)
_UETR_GIVEN = 128

# What `canonical.encode` uses. Its look at every value for what is not allowed would take a third of a file's time, and
# the contents are built of allowed ones below; a test holds them to the canonical form.
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Note:
    """What the gateway kept of one payment: why it was not sent, whether it is held, whether we gave its UETR."""

    reason: str
    is_uetr_given: bool
    is_held: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether it is in its part's message."""
        return not self.reason and not self.is_held


def read_notes(notes: bytes) -> list[Note]:
    """The notes of a message, one for each payment of its part of the file, in order."""
    return [_note(each & ~_UETR_GIVEN, bool(each & _UETR_GIVEN)) for each in notes]


def _note(what: int, is_uetr_given: bool) -> Note:
    return Note("", is_uetr_given, True) if what == _HELD else Note(_REASONS[what], is_uetr_given)


@dataclass(frozen=True, slots=True)
class Leg:
    """A payment whose accounts and asset are known, what was found of it, and what a person decided of that."""

    payment: Payment
    uetr: bytes
    debit: Address
    credit: Address
    asset: Asset
    answers: Answers = ()
    decision: bytes = b""
    """Digest of the decision that released it, where it was held."""
    number: int = 0
    """Of the leg: all of one payment have its UETR, and no two of one institution the same number."""

    @property
    def is_bound(self) -> bool:
        """Evidence is bound from the threshold up, and always where something was checked."""
        return bool(self.answers) or self.payment.amount_minor >= self.asset.bound_from_minor

    def moved(self) -> canonical.Value:
        """What the rulebook will see of it."""
        debit, credit, asset = self.debit.account, self.credit.account, self.asset.number
        return [self.uetr, self.number, debit, credit, asset, self.payment.amount_minor]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a draft is made with: who is known, what is taken, where evidence goes, what is asked, and when it is."""

    addresses: AddressBook
    assets: dict[str, Asset]
    evidence: EvidenceStore
    checks: Sequence[Check]
    signer: str
    now_ms: int


def draft(payments: Sequence[Payment], desk: Desk) -> Draft:
    """A message of immediate transfers for those payments whose accounts and currency are known and that are clear.

    What is not clear is held, all are noted. The evidence of each is sealed, and on the disk, before this returns. At
    most 8,190 payments.
    """
    numbers = {number for each in payments for number in (debtor_number(each), creditor_number(each)) if number}
    known = desk.addresses.find_many(numbers)
    notes = bytearray(len(payments))
    resolved: list[tuple[int, Address, Address, Asset]] = []
    for place, payment in enumerate(payments):
        debit, credit = known.get(debtor_number(payment)), known.get(creditor_number(payment))
        asset = desk.assets.get(payment.currency)
        if debit is None or credit is None or asset is None:
            notes[place] = 1 if debit is None else 2 if credit is None else 3
            continue
        notes[place] = 0 if payment.uetr else _UETR_GIVEN
        resolved.append((place, debit, credit, asset))
    asked = ask(desk.checks, [payments[place] for place, *_ in resolved])
    sent: list[Leg] = []
    held: list[tuple[int, Leg]] = []
    for (place, debit, credit, asset), answers in zip(resolved, asked.answers, strict=True):
        leg = Leg(payments[place], payments[place].uetr or uuid4().bytes, debit, credit, asset, answers)
        if is_clear(answers):
            sent.append(leg)
        else:
            notes[place] |= _HELD
            held.append((place, leg))
    holds = hold(held, asked.screened, desk)
    return message(sent, asked.screened, desk, notes=bytes(notes), holds=holds)


def message(
    legs: list[Leg], screened: int, desk: Desk, *, notes: bytes = b"", holds: tuple[Hold, ...] = ()
) -> Draft:  # fmt: skip
    """A message that sends these legs, all screened against one list version, their evidence sealed."""
    body = _body(legs, screened, desk.evidence) if legs else b""
    return Draft(Kind.TRANSFERS, body, len(legs), (desk.signer,), screened if legs else 0, notes, holds)


def hold(legs: list[tuple[int, Leg]], screened: int, desk: Desk) -> tuple[Hold, ...]:
    """Rows of payments that are held, at their places in a part, with all that was found sealed."""
    sealed = desk.evidence.seal_many(
        Contents(leg.debit.subject, held_contents(leg.moved(), leg.payment, screened, leg.answers)) for _, leg in legs
    )
    return tuple(
        Hold(
            "", place, leg.uetr, leg.debit.account, leg.credit.account, leg.asset.number, leg.payment.amount_minor,
            leg.debit.subject, desk.now_ms, each.digest, findings(leg.answers), summary(leg.answers),
            changed_ms=desk.now_ms,
        )
        for (place, leg), each in zip(legs, sealed, strict=True)
    )  # fmt: skip


def findings(answers: Answers) -> str:
    """What is not clear, as `check:finding` separated by blanks."""
    return " ".join(f"{each.check}:{each.finding}" for each in answers if each.finding is not Finding.CLEAR)


def summary(answers: Answers) -> str:
    """What whoever decides is told first."""
    return " ".join(each.summary for each in answers if each.finding is not Finding.CLEAR and each.summary)


# --- what is sealed -------------------------------------------------------------------------------------------------


def _body(legs: list[Leg], screened: int, evidence: EvidenceStore) -> bytes:
    sealed = evidence.seal_many(Contents(leg.debit.subject, contents(leg, screened), leg.is_bound) for leg in legs)
    transfers = new_transfers(len(legs))
    transfers["uetr"] = np.frombuffer(b"".join(leg.uetr for leg in legs), np.uint8).reshape(-1, 16)
    transfers["evidence"] = np.frombuffer(b"".join(each.digest for each in sealed), np.uint8).reshape(-1, 32)
    transfers["debit"] = [leg.debit.account for leg in legs]
    transfers["credit"] = [leg.credit.account for leg in legs]
    transfers["amount"] = [leg.payment.amount_minor for leg in legs]
    transfers["asset"] = [leg.asset.number for leg in legs]
    transfers["leg"] = [leg.number for leg in legs]
    transfers["purpose"] = Purpose.PAYMENT
    transfers["flags"] = [TransferFlag.BOUND if leg.is_bound else 0 for leg in legs]
    return bytes(transfers.tobytes())


def contents(leg: Leg, screened: int) -> bytes:
    """What the evidence digest binds (DESIGN §4): the transfer, the parties, what was checked of them and decided."""
    payment = leg.payment
    day = payment.settlement_date
    return _encode(
        [
            EVIDENCE_SCHEMA,
            leg.moved(),
            [payment.debtor_name, debtor_number(payment), payment.debtor_agent_bic, payment.debtor_agent_lei],
            [payment.creditor_name, creditor_number(payment), payment.creditor_agent_bic, payment.creditor_agent_lei],
            [payment.instruction_id, payment.end_to_end_id, payment.transaction_id],
            [day.isoformat() if day else None, payment.charge_bearer, payment.purpose_code, payment.remittance],
            [screened, [[each.check, each.finding, each.contents] for each in leg.answers], leg.decision or None],
        ]
    )


def held_contents(moved: canonical.Value, payment: Payment, screened: int, answers: Answers) -> bytes:
    """A held payment as it came, and all that was found of it."""
    rows = [[each.check, each.finding, each.contents, each.summary, list(each.candidates)] for each in answers]
    return _encode([HOLD_SCHEMA, moved, _encode(payment), screened, rows])


def read_held(sealed: bytes) -> tuple[Payment, int, Answers]:
    """The payment, the list version it was screened against, and what was found: from what `held_contents` made."""
    _, _, payment, screened, rows = msgspec.msgpack.decode(sealed)
    answers = tuple(
        Answer(check, Finding(finding), found, told, tuple(named)) for check, finding, found, told, named in rows
    )
    return msgspec.msgpack.decode(payment, type=Payment), screened, answers


def debtor_number(payment: Payment) -> str:
    """The debtor's account number, an IBAN where there is one."""
    return payment.debtor_iban or payment.debtor_account_other or ""


def creditor_number(payment: Payment) -> str:
    """The creditor's account number, an IBAN where there is one."""
    return payment.creditor_iban or payment.creditor_account_other or ""
