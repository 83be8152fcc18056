"""Our outcomes in the words of ISO 20022: transaction status and status reason of a pacs.002.

Codes are those of the external sets ExternalPaymentTransactionStatus1Code and ExternalStatusReason1Code that
`standards.iso20022` writes, the few that every bank's program knows. Where none of them says as much as ours, it is
NARR with our own sentence, which every rejection carries anyway.
"""

from dataclasses import dataclass

from sanad.rulebook.edition1.codes import SENTENCES, Outcome

SETTLED = "ACSC"
"""AcceptedSettlementCompleted: on the record, irrevocable."""
PENDING = "PDNG"
"""Reserved; it will be posted, voided or expire."""
REJECTED = "RJCT"
PARTLY = "PART"
"""Of a whole file only."""

REGULATORY = "RR04"
NARRATIVE = "NARR"
DEBTOR_ACCOUNT_NOT_KNOWN = "AC01"
CREDITOR_ACCOUNT_NOT_KNOWN = "AC03"
CURRENCY_NOT_TAKEN = "CURR"
NARRATIVE_CHARACTERS_MAX = 105

REASONS: dict[Outcome, str] = {
    Outcome.ADMITTED: "",
    Outcome.CHAIN_OPEN: NARRATIVE,
    Outcome.RESERVED_NOT_ZERO: NARRATIVE,
    Outcome.FLAG_NOT_YET_ALLOWED: NARRATIVE,
    Outcome.FLAGS_CONTRADICT: NARRATIVE,
    Outcome.UETR_NOT_VERSION_4: NARRATIVE,
    Outcome.EVIDENCE_DIGEST_ZERO: NARRATIVE,
    Outcome.AMOUNT_OUT_OF_RANGE: "AM02",
    Outcome.FIELD_NOT_FOR_THIS_TRANSFER: NARRATIVE,
    Outcome.PENDING_POSITION_MISSING: NARRATIVE,
    Outcome.SCREENED_LIST_UNKNOWN: "RR04",
    Outcome.DEBIT_ACCOUNT_UNKNOWN: "AC01",
    Outcome.CREDIT_ACCOUNT_UNKNOWN: "AC03",
    Outcome.ACCOUNTS_ARE_THE_SAME: "AC01",
    Outcome.ASSET_DIFFERS: "CURR",
    Outcome.PURPOSE_UNKNOWN: "AG03",
    Outcome.DEBIT_ACCOUNT_NOT_YOURS: "AC01",
    Outcome.RELEASER_UNKNOWN: NARRATIVE,
    Outcome.PENDING_NOT_FOUND: NARRATIVE,
    Outcome.NOT_THE_RELEASER: "AG01",
    Outcome.PENDING_DIFFERS: NARRATIVE,
    Outcome.HOLDER_SIGNATURE_MISSING: NARRATIVE,
    Outcome.ABOVE_KEY_CEILING: "AM14",
    Outcome.DEBIT_ACCOUNT_CLOSED: "AC04",
    Outcome.CREDIT_ACCOUNT_CLOSED: "AC04",
    Outcome.DEBIT_ACCOUNT_FROZEN: "AC06",
    Outcome.CREDIT_ACCOUNT_FROZEN: "AC06",
    Outcome.DEBIT_ACCOUNT_BLOCKED: "AC06",
    Outcome.CREDIT_ACCOUNT_BLOCKED: "AC06",
    Outcome.DEBIT_NOT_PERMITTED: "AG03",
    Outcome.CREDIT_NOT_PERMITTED: "AG03",
    Outcome.DEBIT_HOLDER_CLASS: "AG01",
    Outcome.CREDIT_HOLDER_CLASS: "AG01",
    Outcome.DEBIT_NOT_LICENSED: "AG03",
    Outcome.CREDIT_NOT_LICENSED: "AG03",
    Outcome.EVIDENCE_NOT_BOUND: "RR04",
    Outcome.SCREENED_LIST_MISSING: "RR04",
    Outcome.SCREENED_LIST_TOO_OLD: "RR04",
    Outcome.TRANSFER_LIMIT: "AM02",
    Outcome.DAILY_LIMIT: "AM14",
    Outcome.TIMEOUT_NOT_ALLOWED: NARRATIVE,
    Outcome.PENDING_EXPIRED: "AB06",
    Outcome.POST_EXCEEDS_RESERVED: NARRATIVE,
    Outcome.INSUFFICIENT_BALANCE: "AM04",
    Outcome.BALANCE_OVERFLOW: "AM02",
    Outcome.DUPLICATE: "AM05",
    Outcome.DUPLICATE_WINDOW_FULL: NARRATIVE,
    Outcome.CHAIN_BROKEN: NARRATIVE,
    # Acts are no payments; whoever reports on one all the same says it in our own words.
    **{outcome: NARRATIVE for outcome in Outcome if outcome >= Outcome.ACT_UNKNOWN},
}

REFUSALS = {
    REGULATORY: "Refused after it was checked, for a reason of the law; ask your bank.",
    "BE01": "Refused after it was checked: the data of payer or payee do not agree; ask your bank.",
    "FR01": "Refused after it was checked: fraud is suspected; ask your bank.",
    "AG01": "Refused after it was checked: this payment may not be made; ask your bank.",
    "CUST": "Withdrawn by whoever ordered it, while it was held.",
}
"""Why a held payment may be refused, in ISO's words and ours; none tells what was found, or about whom."""

HELD = "Held while it is checked; it will be answered finally in a later report."

_OF_OUR_OWN = {
    DEBTOR_ACCOUNT_NOT_KNOWN: "The debtor's account is not in our books; check its number.",
    CREDITOR_ACCOUNT_NOT_KNOWN: "The creditor's account is not known here; check its number with the payee.",
    CURRENCY_NOT_TAKEN: "We do not take payments in this currency.",
}


@dataclass(frozen=True, slots=True)
class Status:
    """What a pacs.002 says of one payment; reason and text are empty where it was not rejected."""

    status: str
    reason: str = ""
    text: str = ""


def status_of(outcome: int, *, pending: bool = False) -> Status:
    """The status of an outcome on the record. `pending`: the transfer only reserves."""
    if outcome == Outcome.ADMITTED:
        return Status(PENDING if pending else SETTLED)
    known = Outcome(outcome)
    text = f"{int(known)}: {SENTENCES[known].english}"
    if len(text) > NARRATIVE_CHARACTERS_MAX:
        text = text[: NARRATIVE_CHARACTERS_MAX - 1] + "…"
    return Status(REJECTED, REASONS[known], text)


def held() -> Status:
    """The status of a payment that waits for a check or a person."""
    return Status(PENDING, "", HELD)


def refused(reason: str) -> Status:
    """The status of a held payment that a person refused; `reason` is one of `REFUSALS`."""
    return Status(REJECTED, reason, REFUSALS[reason])


def not_sent(reason: str) -> Status:
    """The status of a payment that the gateway answers itself; `reason` is one of the three above."""
    return Status(REJECTED, reason, _OF_OUR_OWN[reason])
