"""Words and badges of states, problems and fields, for pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sanad.base.errors import Malformed
from sanad.compliance.travel_rule.models import CounterpartyState, ProofState, TransferState
from sanad.rulebook.edition1.words import InstitutionStatus, TravelRuleField

BADGES: dict[str, str] = {
    TransferState.QUEUED: "badge-wait", TransferState.ASKED: "badge-wait", TransferState.RECEIVED: "badge-wait",
    TransferState.APPROVED: "badge-good", TransferState.CONFIRMED: "badge-good", TransferState.REJECTED: "badge-bad",
    TransferState.CANCELED: "badge-plain", TransferState.EXPIRED: "badge-bad", TransferState.FAILED: "badge-bad",
    CounterpartyState.NEW: "badge-wait", CounterpartyState.VERIFIED: "badge-good",
    CounterpartyState.CHANGED: "badge-bad", CounterpartyState.BLOCKED: "badge-plain",
    ProofState.WAITING: "badge-wait", ProofState.PROVED: "badge-good",
}  # fmt: skip
"""Class of a state's badge; what is not here is bad."""

PROBLEMS: dict[str, Promise] = {
    "silent": _("It does not answer."),
    "private_address": _("Its address is in a private network that your institution's operator did not name."),
    "certificate_untrusted": _("Its certificate is not of an authority that we trust, or has expired."),
    "tls_refused": _("It does not accept our certificate."),
    "certificate_changed": _("It shows another certificate than the one it was verified with."),
    "lei_changed": _("It tells another Legal Entity Identifier than the one it was verified with."),
    "certificate_unreadable": _("The certificate that it tells cannot be read."),
    "unreadable": _("What it answers cannot be read."),
    "too_large": _("Its answer is too long."),
    "no_common_version": _("It speaks no version of the protocol that we speak."),
    "lei_missing": _("It tells no Legal Entity Identifier."),
    "lei_wrong": _("Its Legal Entity Identifier has wrong check digits."),
    "lei_of_another": _("Another counterparty was verified with the same Legal Entity Identifier."),
    "not_licensed": _("The register does not show it as licensed now."),
    "not_verified": _("It is not verified yet."),
    "time is over": _("The time to deliver is over."),
    "canceled": _("It was cancelled before it was sent."),
    "evidence": _("The sealed data could not be opened; it is tried again."),
}

NAMED_OTHERWISE: dict[str, Promise] = {
    "sender": _("They name another originating institution than the one that sent them."),
    "receiver": _("They are meant for another institution than yours."),
    "asked": _("They name another beneficiary's institution than the one that is asked."),
}

FIELDS: dict[TravelRuleField, Promise] = {
    TravelRuleField.ORIGINATOR_NAME: _("Originator's name"),
    TravelRuleField.ORIGINATOR_ACCOUNT: _("Originator's account or wallet"),
    TravelRuleField.ORIGINATOR_IDENTITY: _("Originator's address, official number, customer number or birth"),
    TravelRuleField.BENEFICIARY_NAME: _("Beneficiary's name"),
    TravelRuleField.BENEFICIARY_ACCOUNT: _("Beneficiary's account or wallet"),
    TravelRuleField.BENEFICIARY_INSTITUTION: _("Beneficiary's institution"),
}

STATUSES: dict[int, Promise] = {
    InstitutionStatus.ACTIVE: _("Licensed here"),
    InstitutionStatus.PROVISIONAL: _("Provisionally licensed here"),
    InstitutionStatus.SUSPENDED: _("Suspended"),
    InstitutionStatus.WINDING_DOWN: _("Winding down"),
    InstitutionStatus.REVOKED: _("Licence revoked"),
    InstitutionStatus.APPLICANT: _("Applicant"),
}

CONSTRAINTS: dict[str, Promise] = {
    "C1": _("The originator has no address, customer number, official number or birth data."),
    "C2": _("A date of birth is not in the past."),
    "C3": _("A country is not of ISO 3166-1."),
    "C4": _("The originating company has no address, customer number or official number."),
    "C5": _("A company has no legal name."),
    "C6": _("A person has no legal name."),
    "C7": _("A company's official number is of a wrong kind."),
    "C8": _("An address has neither lines nor a street with a building."),
    "C9": _("A company's number lacks its registration authority, or has a country of issue."),
    "C10": _("A registration authority is not on the list."),
    "C11": _("A Legal Entity Identifier has wrong check digits."),
    "C12": _("Intermediaries are not numbered without gaps."),
    "text": _("A text is missing or too long."),
    "letters": _("A text that must be in Latin letters is in another script."),
}


_ADVICE: dict[str, Promise] = {
    "wallet.address": _("This address cannot be proved so: a character is wrong, or the kind of proof is for others."),
    "wallet.signature": _("This is no signature of that kind; paste it as the wallet shows it, and nothing else."),
    "travel_address.checksum": _("This is no travel address; copy it again, whole."),
}


def advice(error: Malformed) -> str:
    """What to do about input that the desk did not take."""
    number = error.code.removeprefix("ivms101.")
    constraint = CONSTRAINTS.get(number.upper(), CONSTRAINTS.get(number))
    words = constraint if error.code.startswith("ivms101.") else _ADVICE.get(error.code)
    return str(words or error.advice)


def badge(state: str) -> str:
    """The class of a state's badge."""
    return BADGES.get(state, "badge-bad")


def problem(code: str) -> Promise | str:
    """A problem in words; an HTTP status or another code as it is."""
    if code.startswith("http_"):
        return f"HTTP {code.removeprefix('http_')}"
    return PROBLEMS.get(code, code)


def fields(mask: int) -> list[Promise]:
    """Fields in words."""
    return [words for each, words in FIELDS.items() if each & mask]
