"""The words of licensing, in the reader's language, and the codes that exports and API keep for ever."""

from enum import IntEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sanad.rulebook.edition1.words import (
    CertificateState,
    Ground,
    InstitutionClass,
    InstitutionStatus,
    LicenceKind,
    LicenceState,
    Rule,
    Service,
)

Words = dict[Any, Promise]

SERVICES: Words = {
    Service.ADVISORY: _("Advisory"),
    Service.BROKER_DEALER: _("Broker-dealer"),
    Service.CUSTODY: _("Custody"),
    Service.EXCHANGE: _("Exchange"),
    Service.LENDING: _("Lending"),
    Service.DERIVATIVES: _("Derivatives"),
    Service.MANAGEMENT_AND_INVESTMENT: _("Management and investment"),
    Service.TRANSFER_AND_SETTLEMENT: _("Transfer and settlement"),
    Service.ISSUANCE: _("Issuance"),
    Service.MINING_RELATED: _("Mining-related services"),
}
KINDS: Words = {
    LicenceKind.FULL: _("Full licence"),
    LicenceKind.PROVISIONAL: _("Provisional licence"),
    LicenceKind.LIMITED: _("Licence of limited scope"),
}
LICENCE_STATES: Words = {
    LicenceState.IN_FORCE: _("In force"),
    LicenceState.SUSPENDED: _("Suspended"),
    LicenceState.REVOKED: _("Revoked"),
    LicenceState.SURRENDERED: _("Surrendered"),
    LicenceState.LAPSED: _("Lapsed"),
    LicenceState.WINDING_DOWN: _("Winding down"),
}
CERTIFICATE_STATES: Words = {
    CertificateState.APPLIED: _("Applied for"),
    CertificateState.ISSUED: _("Issued"),
    CertificateState.GOAML_REGISTERED: _("Registered with goAML"),
    CertificateState.INCORPORATED: _("Incorporated"),
    CertificateState.LICENCE_FILED: _("Licence applied for"),
    CertificateState.REVOKED: _("Revoked"),
    CertificateState.LAPSED: _("Lapsed"),
}
GROUNDS: Words = {
    Ground.CONDITION_BREACHED: _("A condition of the licence was breached"),
    Ground.FALSE_INFORMATION: _("False information was given"),
    Ground.NOT_PROGRESSING: _("The firm does not progress"),
    Ground.INSOLVENCY: _("Insolvency"),
    Ground.MONEY_LAUNDERING_CONTROLS: _("Controls against money laundering are insufficient"),
    Ground.PUBLIC_INTEREST: _("Public interest"),
    Ground.OWN_REQUEST: _("At the firm's own request"),
    Ground.CEASED_BUSINESS: _("The firm has ceased business"),
    Ground.CAPITAL_BELOW_MINIMUM: _("Capital is below the minimum"),
    Ground.COURT_ORDER: _("Order of a court"),
}
CLASSES: Words = {
    InstitutionClass.AUTHORITY: _("Authority"),
    InstitutionClass.CENTRAL_BANK: _("Central bank"),
    InstitutionClass.BANK: _("Bank"),
    InstitutionClass.EXCHANGE: _("Virtual-asset service provider"),
    InstitutionClass.REMITTER: _("Remittance firm"),
    InstitutionClass.TREASURY: _("Treasury"),
    InstitutionClass.SETTLEMENT_AGENT: _("Settlement agent"),
    InstitutionClass.OBSERVER: _("Observer"),
}
STATUSES: Words = {
    InstitutionStatus.ACTIVE: _("Active"),
    InstitutionStatus.PROVISIONAL: _("Provisional"),
    InstitutionStatus.SUSPENDED: _("Suspended"),
    InstitutionStatus.WINDING_DOWN: _("Winding down"),
    InstitutionStatus.REVOKED: _("Revoked"),
    InstitutionStatus.APPLICANT: _("Applicant"),
}
RULES: Words = {
    Rule.EMERGENCY_DAYS_MAX: _("Longest emergency order, days"),
    Rule.CERTIFICATE_DECISION_DAYS: _("Time to decide on a certificate, days"),
    Rule.LICENCE_FILING_DAYS: _("Time to apply for the licence, days"),
    Rule.RETENTION_YEARS: _("How long records are kept, years"),
    Rule.OWNER_LOOK_THROUGH_PER_CENT: _("Share from which owners are named, per cent"),
    Rule.APPEAL_DAYS: _("Time to appeal, days"),
    Rule.TRAVEL_RULE_FROM_USD: _("Travel Rule, full data from, US dollars"),
    Rule.TRAVEL_RULE_FROM_EUR: _("Travel Rule, full data from, euros"),
    Rule.TRAVEL_RULE_FROM_PKR: _("Travel Rule, full data from, rupees"),
    Rule.TRAVEL_RULE_FIELDS: _("Travel Rule, data required, as a sum"),
    Rule.TRAVEL_RULE_FIELDS_BELOW: _("Travel Rule, data required below the threshold, as a sum"),
    Rule.TRAVEL_RULE_ANSWER_HOURS: _("Travel Rule, time for the other institution to answer, hours"),
    Rule.LIST_AGE_DAYS: _("Age that the list screened against may have, days (0: not asked)"),
}
ACTS: dict[str, Promise] = {
    "register_institution": _("Entered in the register"),
    "set_status": _("Status set"),
    "certificate_applied": _("Applied for a no-objection certificate"),
    "certificate_issued": _("No-objection certificate issued"),
    "certificate_progress": _("Progress noted on the way to the licence"),
    "certificate_revoked": _("No-objection certificate revoked"),
    "certificate_lapsed": _("No-objection certificate lapsed"),
    "licence_granted": _("Licence granted"),
    "licence_varied": _("Licence varied"),
    "licence_status": _("Licence changed"),
    "licence_status_ordered": _("Change of the licence ordered for later"),
    "licence_lapsed": _("Licence lapsed"),
    "emergency_freeze": _("Stopped by an emergency order"),
    "emergency_lifted": _("Emergency order lifted"),
    "emergency_ended": _("Emergency order ended by itself"),
    "appoint_administrator": _("Administrator appointed: only the administrator's key pays the customers now"),
    "warning_published": _("Warning published"),
    "warning_removed": _("Warning ended"),
    "set_rule": _("Value of a rule set"),
}
LICENCE_ACTS: Words = {
    LicenceState.IN_FORCE: _("Licence in force again"),
    LicenceState.SUSPENDED: _("Licence suspended"),
    LicenceState.REVOKED: _("Licence revoked"),
    LicenceState.SURRENDERED: _("Licence surrendered"),
    LicenceState.LAPSED: _("Licence lapsed"),
    LicenceState.WINDING_DOWN: _("Winding down ordered"),
}
"""What `licence_status` did, by the state that it led to."""


def code(member: IntEnum | Service) -> str:
    """The word that stands for a number in exports and API: `transfer_and_settlement`."""
    return str(member.name).lower()


def services_in(mask: int) -> list[Service]:
    """The services of a bit mask, in the order of the law."""
    return [service for service in SERVICES if service & mask]


SERVICE_OF_CODE: dict[str, Service] = {code(service): service for service in SERVICES}
