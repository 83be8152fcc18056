"""The check that a gateway asks before a payment goes: is all there that must travel with it? Knows no tables."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sanad.base import canonical
from sanad.base.errors import SanadError
from sanad.compliance.travel_rule.desk.payloads import payload_of
from sanad.compliance.travel_rule.queries.requirements import Requirements, identity_of, missing
from sanad.evidence.store import Contents, Sealed, new_subject
from sanad.gateway.checks import Checked, Finding
from sanad.rulebook.edition1.words import TravelRuleField
from sanad.standards.iso20022.payment import Payment
from sanad.standards.ivms101.model import Identity, Issue, Person

NAME = "travel_rule"
SCHEMA = "sanad/travel-rule/v1"

PartyOf = Callable[[str], Person | None]
"""What an institution knows of the holder of an account number, beyond what a payment says."""
Seal = Callable[[Iterable[Contents]], list[Sealed]]
"""`EvidenceStore.seal_many`."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a payment lacks: to be asked of whoever made it. Holds an account number: personal data."""

    account: str
    """Of the originator."""
    fields: TravelRuleField
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class _Looked:
    """One payment, and what the rules make of it."""

    identity: Identity
    required: TravelRuleField
    missing: TravelRuleField
    is_full: bool


class TravelRuleCheck:
    """Whether the data that the law asks for is there; its digest is bound into the payment. Safe for threads.

    Clear: everything is there, and from the threshold up the payload was sealed. Missing: something is not. Unresolved:
    the rule values could not be had, or the payload could not be sealed.
    """

    def __init__(
        self,
        requirements: Callable[[], Requirements],
        seal: Seal,
        party_of: PartyOf = lambda _: None,
        note: Callable[[Sequence[Missing]], object] = lambda _: None,
    ) -> None:
        """`requirements` raises `Unavailable` when the rule values are not known or too old."""
        self._requirements, self._seal, self._party_of, self._note = requirements, seal, party_of, note

    @property
    def name(self) -> str:
        """What its answers are kept under."""
        return NAME

    def screened(self) -> int:
        """No list is looked at: 0."""
        return 0

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        """One answer a payment, in order. Raises nothing."""
        try:
            requirements = self._requirements()
            looked = [self._look(each, requirements) for each in payments]
            sealed = iter(self._seal([_contents(each) for each in looked if each.is_full and not each.missing]))
            answers = [
                self._answer(each, next(sealed) if each.is_full and not each.missing else None) for each in looked
            ]
            lacking = [
                Missing(_account(payment), each.missing, payment.currency, payment.amount_minor)
                for payment, each in zip(payments, looked, strict=True)
                if each.missing
            ]
            if lacking:
                self._note(lacking)
        except Exception as error:  # noqa: BLE001 - whatever fails, no payment is cleared by it
            why = str(error) if isinstance(error, SanadError) else type(error).__name__
            return [Checked(Finding.UNRESOLVED, [SCHEMA, "unresolved"], why) for _ in payments]
        return answers

    def _look(self, payment: Payment, requirements: Requirements) -> _Looked:
        account = _account(payment)
        identity = identity_of(payment, self._party_of(account) if account else None, None)
        required = requirements.required(payment.currency, payment.amount_minor)
        is_full = payment.amount_minor >= requirements.threshold_minor(payment.currency)
        return _Looked(identity, required, missing(identity, required), is_full)

    def _answer(self, looked: _Looked, sealed: Sealed | None) -> Checked:
        contents: canonical.Value = [
            SCHEMA, looked.is_full, int(looked.required), int(looked.missing), Issue.OF_2023.value,
            sealed.digest if sealed else None,
        ]  # fmt: skip
        if looked.missing:
            names = ", ".join(str(each.name).lower().replace("_", " ") for each in looked.missing)
            return Checked(Finding.MISSING, contents, f"the Travel Rule asks for: {names}")
        return Checked(Finding.CLEAR, contents)


def _contents(looked: _Looked) -> Contents:
    return Contents(new_subject(), payload_of(looked.identity))


def _account(payment: Payment) -> str:
    return payment.debtor_iban or payment.debtor_account_other or ""
