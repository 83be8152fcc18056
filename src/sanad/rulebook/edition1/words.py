"""The numbers that stand for words, permanent: classes, statuses, purposes, kinds, flags.

A number never changes meaning and is never used again. Which class may do what is not here: it is data in the
permission table, changed by messages.
"""

from enum import IntEnum, IntFlag

ALL_ONES_32 = 2**32 - 1
ALL_PURPOSES = 2**64 - 1
NO_TIMEOUT = ALL_ONES_32
AMOUNT_MAX = 2**63 - 1


class InstitutionClass(IntEnum):
    """What an institution is before the law."""

    AUTHORITY = 1
    CENTRAL_BANK = 2
    BANK = 3
    EXCHANGE = 4
    REMITTER = 5
    TREASURY = 6
    SETTLEMENT_AGENT = 7
    OBSERVER = 8


class InstitutionStatus(IntEnum):
    """Where an institution stands; what each may still do is in the permission table."""

    ACTIVE = 1
    PROVISIONAL = 2
    SUSPENDED = 3
    WINDING_DOWN = 4
    REVOKED = 5
    APPLICANT = 6


class Purpose(IntEnum):
    """Why money moves. Up to 63; the table of edition 1 grows by messages, the numbers are listed here."""

    PAYMENT = 1
    REMITTANCE = 2
    WITHDRAWAL = 3
    DEPOSIT = 4
    ISSUANCE = 5
    REDEMPTION = 6
    FEE = 7
    TAX = 8
    SETTLEMENT = 9
    SECURITY_DELIVERY = 10
    EXCHANGE_TRADE = 11
    CORRECTION = 12
    SUBSIDY = 13
    RETURN = 14


CLASSES = 16
STATUSES = 16
PURPOSES = 64
TIERS = 16
HOLDER_CLASSES = 32


class AccountKind(IntEnum):
    """What an account is for (DESIGN §4)."""

    SETTLEMENT = 1
    CUSTOMER = 2
    OMNIBUS = 3
    ISSUANCE = 4
    FEE = 5
    TAX = 6
    SUSPENSE = 7


class HolderClass(IntEnum):
    """Who holds an account; an asset says which classes may hold it."""

    INSTITUTION = 1
    NATURAL_PERSON = 2
    LEGAL_PERSON = 3
    GOVERNMENT = 4
    NON_RESIDENT_PERSON = 5
    NON_RESIDENT_INSTITUTION = 6


class AccountFlag(IntFlag):
    """One byte. The owner sets the first five; the last two are set and lifted by an authority's order only."""

    NO_DEBIT = 1
    NO_CREDIT = 2
    CLOSED = 4
    MAY_OVERDRAW = 8
    HOLDER_SIGNS = 16
    FROZEN_DEBIT = 32
    FROZEN_CREDIT = 64


class TransferFlag(IntFlag):
    """Two bytes of a transfer (DESIGN §4)."""

    LINKED = 1
    PENDING = 2
    POST = 4
    VOID = 8
    KEEP = 16
    UNRESERVED = 32
    NET = 64
    BOUND = 128


FLAGS_KNOWN = 255


class Permission(IntFlag):
    """One byte of the permission table: what accounts of a class in a status may do under a purpose."""

    DEBIT = 1
    CREDIT = 2


class Right(IntFlag):
    """What a key may do: its scope. Persons' rights are never given to a system's key."""

    TRANSFER = 1
    ACCOUNT = 2
    STATEMENT = 4
    READ = 8
    KEY = 16
    PROPOSE = 32
    CONFIRM = 64
    RECOVER = 128
    SIGN_BULK = 256


RIGHTS_OF_SYSTEMS = Right.TRANSFER | Right.ACCOUNT | Right.STATEMENT | Right.READ
RIGHTS_OF_PERSONS = (
    Right.STATEMENT | Right.READ | Right.KEY | Right.PROPOSE | Right.CONFIRM | Right.RECOVER | Right.SIGN_BULK
)


RIGHTS_OF_RECOVERY_SET = Right.RECOVER | Right.STATEMENT | Right.READ


class StatementType(IntEnum):
    """Kinds of `statement`: everything that moves no money (DESIGN §4)."""

    NOTICE = 1
    COMPLAINT = 2
    FINDING = 3
    RETURN = 4
    CONSENT = 5
    CERTIFICATE = 6
    LIST_VERSION = 7
    TRAIL_ANCHOR = 8
    SCREENING = 9


class CertificateState(IntEnum):
    """Where a no-objection certificate stands; an applicant may wait, progress, or lose it."""

    APPLIED = 1
    ISSUED = 2
    GOAML_REGISTERED = 3
    INCORPORATED = 4
    LICENCE_FILED = 5
    REVOKED = 6
    LAPSED = 7


class LicenceKind(IntEnum):
    """What a licence covers."""

    FULL = 1
    PROVISIONAL = 2
    LIMITED = 3


class LicenceState(IntEnum):
    """Where a licence stands."""

    IN_FORCE = 1
    SUSPENDED = 2
    REVOKED = 3
    SURRENDERED = 4
    LAPSED = 5
    WINDING_DOWN = 6


class Service(IntFlag):
    """The ten services of Schedule I of the Virtual Assets Act 2026."""

    ADVISORY = 1
    BROKER_DEALER = 2
    CUSTODY = 4
    EXCHANGE = 8
    LENDING = 16
    DERIVATIVES = 32
    MANAGEMENT_AND_INVESTMENT = 64
    TRANSFER_AND_SETTLEMENT = 128
    ISSUANCE = 256
    MINING_RELATED = 512


SERVICES_ALL = 1_023

PURPOSES_ALWAYS = (Purpose.WITHDRAWAL, Purpose.RETURN, Purpose.FEE, Purpose.TAX, Purpose.CORRECTION)
"""What no licence is needed for: customers take out and are repaid, dues are paid, mistakes put right (s.24)."""

PURPOSES_OF_SERVICE: dict[Service, tuple[Purpose, ...]] = {
    Service.ADVISORY: (),
    Service.BROKER_DEALER: (
        Purpose.DEPOSIT,
        Purpose.EXCHANGE_TRADE,
        Purpose.SETTLEMENT,
        Purpose.SECURITY_DELIVERY,
    ),
    Service.CUSTODY: (Purpose.DEPOSIT, Purpose.SECURITY_DELIVERY),
    Service.EXCHANGE: (Purpose.DEPOSIT, Purpose.EXCHANGE_TRADE, Purpose.SETTLEMENT),
    Service.LENDING: (Purpose.DEPOSIT, Purpose.PAYMENT, Purpose.SETTLEMENT),
    Service.DERIVATIVES: (Purpose.DEPOSIT, Purpose.EXCHANGE_TRADE, Purpose.SETTLEMENT),
    Service.MANAGEMENT_AND_INVESTMENT: (
        Purpose.DEPOSIT,
        Purpose.REDEMPTION,
        Purpose.EXCHANGE_TRADE,
        Purpose.SECURITY_DELIVERY,
    ),
    Service.TRANSFER_AND_SETTLEMENT: (
        Purpose.PAYMENT,
        Purpose.REMITTANCE,
        Purpose.DEPOSIT,
        Purpose.SETTLEMENT,
        Purpose.SUBSIDY,
    ),
    Service.ISSUANCE: (Purpose.ISSUANCE, Purpose.REDEMPTION),
    Service.MINING_RELATED: (),
}
"""What a licence for a service of Schedule I lets a firm's accounts do, besides `PURPOSES_ALWAYS`."""


def purposes_of(services: int) -> int:
    """The purposes that a licence for `services` covers: bit p for purpose p."""
    covered = [each for service, purposes in PURPOSES_OF_SERVICE.items() if services & service for each in purposes]
    mask = 0
    for purpose in (*PURPOSES_ALWAYS, *covered):
        mask |= 1 << purpose
    return mask


class Ground(IntEnum):
    """Why an authority acts against a firm."""

    NONE = 0
    CONDITION_BREACHED = 1
    FALSE_INFORMATION = 2
    NOT_PROGRESSING = 3
    INSOLVENCY = 4
    MONEY_LAUNDERING_CONTROLS = 5
    PUBLIC_INTEREST = 6
    OWN_REQUEST = 7
    CEASED_BUSINESS = 8
    CAPITAL_BELOW_MINIMUM = 9
    COURT_ORDER = 10


class Rule(IntEnum):
    """Numbers that a regulator fixes: dated values, changed by a message, never code."""

    EMERGENCY_DAYS_MAX = 1
    CERTIFICATE_DECISION_DAYS = 2
    LICENCE_FILING_DAYS = 3
    RETENTION_YEARS = 4
    OWNER_LOOK_THROUGH_PER_CENT = 5
    APPEAL_DAYS = 6
    TRAVEL_RULE_FROM_USD = 7
    TRAVEL_RULE_FROM_EUR = 8
    TRAVEL_RULE_FROM_PKR = 9
    TRAVEL_RULE_FIELDS = 10
    TRAVEL_RULE_FIELDS_BELOW = 11
    TRAVEL_RULE_ANSWER_HOURS = 12
    LIST_AGE_DAYS = 13


RULE_DEFAULTS = {
    Rule.EMERGENCY_DAYS_MAX: 30,
    Rule.CERTIFICATE_DECISION_DAYS: 60,
    Rule.LICENCE_FILING_DAYS: 90,
    Rule.RETENTION_YEARS: 7,
    Rule.OWNER_LOOK_THROUGH_PER_CENT: 20,
    Rule.APPEAL_DAYS: 30,
    Rule.TRAVEL_RULE_FROM_USD: 1_000,
    Rule.TRAVEL_RULE_FROM_EUR: 1_000,
    Rule.TRAVEL_RULE_FROM_PKR: 1_000_000,
    Rule.TRAVEL_RULE_FIELDS: 63,
    Rule.TRAVEL_RULE_FIELDS_BELOW: 27,
    Rule.TRAVEL_RULE_ANSWER_HOURS: 48,
    Rule.LIST_AGE_DAYS: 0,
}
"""What the Virtual Assets Act 2026, the NOC Regulations 2025 and FATF's Recommendation 16 of 2025 (for rupees the
draft) say, until a message says otherwise. Thresholds of the Travel Rule are whole units of the currency.

`LIST_AGE_DAYS` 0: no list version is asked for. From 1 up: how old, by block time, the list version may be that items
were screened against, from the amount up at which evidence is bound."""


class TravelRuleField(IntFlag):
    """What must travel with a payment; the two rules on fields hold sums of these."""

    ORIGINATOR_NAME = 1
    ORIGINATOR_ACCOUNT = 2
    ORIGINATOR_IDENTITY = 4
    """Address, or a national or customer number, or date and place of birth."""
    BENEFICIARY_NAME = 8
    BENEFICIARY_ACCOUNT = 16
    BENEFICIARY_INSTITUTION = 32


class RegisterType(IntEnum):
    """Types of records in the public register; the record's key is H(type u16 ‖ id)."""

    INSTITUTION = 1
    CERTIFICATE = 2
    LICENCE = 3
    WARNING = 4
    RULE = 5
    LIST_VERSION = 6
    SIGNING_PAGE = 7
