"""What must travel with a payment: the record's dated rule values, and what of a payment is there. No tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sanad.rulebook.edition1.words import RULE_DEFAULTS, Rule, TravelRuleField
from sanad.standards.iso20022.currencies import exponent
from sanad.standards.iso20022.payment import Payment
from sanad.standards.ivms101.model import (
    Identifier,
    IdentifierType,
    Identity,
    LegalName,
    LegalPerson,
    NaturalName,
    NaturalPerson,
    Party,
    Person,
)

THRESHOLDS = {
    "USD": Rule.TRAVEL_RULE_FROM_USD,
    "EUR": Rule.TRAVEL_RULE_FROM_EUR,
    "PKR": Rule.TRAVEL_RULE_FROM_PKR,
}
ALL_FIELDS = TravelRuleField(63)


@dataclass(frozen=True, slots=True)
class RuleValue:
    """A value of a rule, and from when it is in force (milliseconds since 1970)."""

    rule: int
    value: int
    valid_from_ms: int
    entry: int


@dataclass(frozen=True, slots=True)
class Requirements:
    """The rule values of one moment."""

    thresholds: dict[str, int]
    """Whole units of a currency from which all fields are asked for. Another currency is asked from 0."""
    fields: TravelRuleField
    fields_below: TravelRuleField
    answer_hours: int
    """How long the other institution has to answer."""

    def threshold_minor(self, currency: str) -> int:
        """From which amount in minor units all fields are asked for; 0 for a currency without a threshold."""
        return self.thresholds.get(currency, 0) * int(10 ** exponent(currency))

    def required(self, currency: str, amount_minor: int) -> TravelRuleField:
        """What must be there for an amount."""
        return self.fields if amount_minor >= self.threshold_minor(currency) else self.fields_below


def requirements_at(values: Iterable[RuleValue], now_ms: int) -> Requirements:
    """What is in force at a time: of each rule the newest value that is valid by then, else the law's."""
    found: dict[int, tuple[int, int, int]] = {}
    for each in values:
        if each.valid_from_ms <= now_ms:
            dated = (each.valid_from_ms, each.entry, each.value)
            found[each.rule] = max(found.get(each.rule, dated), dated)

    def value(rule: Rule) -> int:
        return found[int(rule)][2] if int(rule) in found else RULE_DEFAULTS[rule]

    return Requirements(
        {currency: value(rule) for currency, rule in THRESHOLDS.items()},
        TravelRuleField(value(Rule.TRAVEL_RULE_FIELDS)) & ALL_FIELDS,
        TravelRuleField(value(Rule.TRAVEL_RULE_FIELDS_BELOW)) & ALL_FIELDS,
        value(Rule.TRAVEL_RULE_ANSWER_HOURS),
    )


def values_of(records: Iterable[list[Any]]) -> list[RuleValue]:
    """The values in records of the register of type RULE: `[type, rule, [[valid from ms, value, entry], …]]`."""
    return [RuleValue(int(record[1]), int(row[1]), int(row[0]), int(row[2])) for record in records for row in record[2]]


# --- a payment as Travel Rule data ------------------------------------------------------------------------------------


def identity_of(payment: Payment, originator: Person | None, beneficiary: Person | None) -> Identity:
    """The payload of a payment; what is known of the persons beyond the payment itself comes first."""
    return Identity(
        originator=_party(originator, payment.debtor_name, payment.debtor_iban or payment.debtor_account_other),
        beneficiary=_party(beneficiary, payment.creditor_name, payment.creditor_iban or payment.creditor_account_other),
        originating_institution=_institution(payment.debtor_agent_bic, payment.debtor_agent_lei),
        beneficiary_institution=_institution(payment.creditor_agent_bic, payment.creditor_agent_lei),
    )


def _party(known: Person | None, name: str | None, account: str | None) -> Party:
    person = known or (NaturalPerson((NaturalName(name.strip()),)) if name and name.strip() else None)
    return Party((person,) if person is not None else (), (account,) if account else ())


def _institution(bic: str | None, lei: str | None) -> Person | None:
    """By its LEI, else by its BIC in the place of a name, which is what a file gives."""
    if not bic and not lei:
        return None
    identification = Identifier(lei, IdentifierType.LEI) if lei else None
    return LegalPerson((LegalName(bic or lei or ""),), identification=identification)


def missing(identity: Identity, required: TravelRuleField) -> TravelRuleField:
    """What is required and not there."""
    there = TravelRuleField(0)
    sides = (
        (identity.originator, TravelRuleField.ORIGINATOR_NAME, TravelRuleField.ORIGINATOR_ACCOUNT),
        (identity.beneficiary, TravelRuleField.BENEFICIARY_NAME, TravelRuleField.BENEFICIARY_ACCOUNT),
    )
    for party, name, account in sides:
        if party is not None and party.persons and all(_has_name(each) for each in party.persons):
            there |= name
        if party is not None and any(party.accounts):
            there |= account
    if identity.originator is not None and any(_is_identified(each) for each in identity.originator.persons):
        there |= TravelRuleField.ORIGINATOR_IDENTITY
    if identity.beneficiary_institution is not None:
        there |= TravelRuleField.BENEFICIARY_INSTITUTION
    return required & ~there


def _has_name(person: Person) -> bool:
    if isinstance(person, NaturalPerson):
        return any(each.primary for each in person.names)
    return any(each.name for each in person.names)


def _is_identified(person: Person) -> bool:
    number = person.customer_identification if isinstance(person, NaturalPerson) else person.customer_number
    birth = person.birth if isinstance(person, NaturalPerson) else None
    return bool(person.addresses or person.identification or number or birth)
