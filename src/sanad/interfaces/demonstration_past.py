"""Two years of the register, as the demonstration tells them: who was licensed for what, when, and how it ended.

Days are counted from the founding. What time itself brings (an emergency order that ends, a licence that lapses) is
not told here: the rules bring it, at its time. The firms are made up.
"""

from dataclasses import dataclass, replace

from sanad.base.canonical import Value
from sanad.interfaces.demonstration_nation import CHENAB, EXCHANGE, MEMBERS, REMITTER
from sanad.rulebook.edition1.words import (
    CertificateState,
    Ground,
    InstitutionClass,
    LicenceKind,
    LicenceState,
    Rule,
    Service,
)

DAYS = 731
"""From the founding to today."""
CERTIFICATE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm that the authority has entered in the register. `number` is its number on the record."""

    number: int
    folder: str
    name: str
    kind: InstitutionClass = InstitutionClass.EXCHANGE


_FIRST = len(MEMBERS) + 1
LYARI = Firm(_FIRST, "lyari-exchange", "Lyari Exchange")
BOLAN = Firm(_FIRST + 1, "bolan-custody", "Bolan Custody")
KIRTHAR = Firm(_FIRST + 2, "kirthar-tokens", "Kirthar Tokens")
HINGOL = Firm(_FIRST + 3, "hingol-brokers", "Hingol Brokers")
SHALIMAR = Firm(_FIRST + 4, "shalimar-digital", "Shalimar Digital")
SUTLEJ = Firm(_FIRST + 5, "sutlej-pay", "Sutlej Pay")
FIRMS = (LYARI, BOLAN, KIRTHAR, HINGOL, SHALIMAR, SUTLEJ)
"""In the order in which they are entered, on the days of `_ENTERED`."""
ADMINISTRATOR = replace(LYARI, folder="lyari-administrator")
"""Who pays the customers of the firm that is wound down."""
MARGALLA = Firm(EXCHANGE.number, EXCHANGE.folder, EXCHANGE.name)
HUNZA = Firm(REMITTER.number, REMITTER.folder, REMITTER.name, REMITTER.kind)
BANK = Firm(CHENAB.number, CHENAB.folder, CHENAB.name, CHENAB.kind)


@dataclass(frozen=True, slots=True)
class Day:
    """A time in the fields of an act: so many days after the founding."""

    number: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is done on a day. `act` is a name of the rulebook's acts; the firm's number comes before the fields."""

    day: int
    act: str
    firm: Firm | None
    fields: tuple[int | str | Day, ...] = ()


ENTER, APPLY, APPOINT = "register_institution", "certificate_applied", "appoint_administrator"
_ENTERED = dict(zip(FIRMS, (5, 12, 88, 130, 175, 215), strict=True))
_FULL, _PROVISIONAL, _LIMITED = (int(each) for each in LicenceKind)
_CUSTODY, _EXCHANGE, _BROKER = int(Service.CUSTODY), int(Service.EXCHANGE), int(Service.BROKER_DEALER)
_TRANSFER, _ADVISORY = int(Service.TRANSFER_AND_SETTLEMENT), int(Service.ADVISORY)


def _to_licence(
    firm: Firm, days: tuple[int, int, int, int, int, int], number: str, kind: int, services: int, until: Value = 0
) -> list[Step]:
    """The whole way: applied for, certificate, registered with goAML, incorporated, licence filed, granted."""
    applied, issued, registered, incorporated, filed, granted = days
    progress = ((registered, CertificateState.GOAML_REGISTERED), (incorporated, CertificateState.INCORPORATED),
                (filed, CertificateState.LICENCE_FILED))  # fmt: skip
    return [
        Step(applied, APPLY, firm),
        Step(issued, "certificate_issued", firm, (Day(issued + CERTIFICATE_DAYS),)),
        *(Step(day, "certificate_progress", firm, (int(state),)) for day, state in progress),
        _granted(granted, firm, number, kind, services, until),
    ]


def _granted(day: int, firm: Firm, number: str, kind: int, services: int, until: Value = 0) -> Step:
    last = Day(until) if isinstance(until, int) and until else 0
    return Step(day, "licence_granted", firm, (number, kind, services, last))


def _becomes(day: int, firm: Firm, state: LicenceState, ground: Ground = Ground.NONE, effective: int = 0) -> Step:
    return Step(day, "licence_status", firm, (int(state), int(ground), Day(effective) if effective else 0))


def _firms() -> list[Step]:
    in_force, suspended = LicenceState.IN_FORCE, LicenceState.SUSPENDED
    return [
        *(Step(day, ENTER, firm) for firm, day in _ENTERED.items()),
        # Licensed, given more, suspended for five weeks, in force since.
        *_to_licence(MARGALLA, (9, 64, 72, 101, 128, 160), "DAA-0001", _FULL, _EXCHANGE | _CUSTODY),
        Step(331, "licence_varied", MARGALLA, (_FULL, _EXCHANGE | _CUSTODY | _BROKER)),
        _becomes(450, MARGALLA, suspended, Ground.CONDITION_BREACHED),
        _becomes(487, MARGALLA, in_force),
        # A bank's custody, for three years; later advice too.
        _granted(58, BANK, "DAA-B-01", _LIMITED, _CUSTODY, 58 + 3 * 365),
        Step(521, "licence_varied", BANK, (_LIMITED, _CUSTODY | _ADVISORY)),
        # A remitter, stopped by an emergency order that ended by itself.
        _granted(99, HUNZA, "DAA-R-01", _FULL, _TRANSFER),
        Step(380, "emergency_freeze", HUNZA, (Day(395), int(Ground.MONEY_LAUNDERING_CONTROLS))),
        # Suspended, then wound down under an administrator, then revoked.
        *_to_licence(LYARI, (8, 50, 61, 85, 115, 150), "DAA-0002", _FULL, _EXCHANGE | _CUSTODY),
        _becomes(420, LYARI, suspended, Ground.MONEY_LAUNDERING_CONTROLS),
        _becomes(471, LYARI, LicenceState.WINDING_DOWN, Ground.INSOLVENCY),
        Step(480, APPOINT, LYARI),
        _becomes(661, LYARI, LicenceState.REVOKED, Ground.INSOLVENCY),
        # A provisional licence for a year, which lapsed.
        *_to_licence(BOLAN, (15, 70, 80, 120, 160, 200), "DAA-0003", _PROVISIONAL, _CUSTODY, 565),
        # A certificate that lapsed for want of progress; a second one, revoked.
        Step(91, APPLY, KIRTHAR),
        Step(149, "certificate_issued", KIRTHAR, (Day(149 + CERTIFICATE_DAYS),)),
        Step(560, APPLY, KIRTHAR),
        Step(602, "certificate_issued", KIRTHAR, (Day(602 + CERTIFICATE_DAYS),)),
        Step(640, "certificate_revoked", KIRTHAR, (int(Ground.FALSE_INFORMATION),)),
        # Given back at the firm's own wish.
        *_to_licence(HINGOL, (135, 186, 190, 202, 225, 241), "DAA-0004", _FULL, _BROKER | _ADVISORY),
        _becomes(611, HINGOL, LicenceState.SURRENDERED, Ground.OWN_REQUEST),
        # Suspended by an order that took effect ten days later, and still so.
        *_to_licence(SHALIMAR, (178, 228, 240, 255, 280, 300), "DAA-0005", _FULL, _EXCHANGE),
        _becomes(690, SHALIMAR, suspended, Ground.CAPITAL_BELOW_MINIMUM, 700),
        # Stopped once and let go early; stopped again a few days ago: the order still runs.
        *_to_licence(SUTLEJ, (220, 270, 281, 300, 330, 352), "DAA-0006", _FULL, _TRANSFER),
        Step(500, "emergency_freeze", SUTLEJ, (Day(520), int(Ground.PUBLIC_INTEREST))),
        Step(509, "emergency_lifted", SUTLEJ),
        Step(563, "licence_varied", SUTLEJ, (_FULL, _TRANSFER | _CUSTODY)),
        Step(724, "emergency_freeze", SUTLEJ, (Day(724 + 28), int(Ground.PUBLIC_INTEREST))),
    ]  # fmt: skip


def _warnings_and_rules() -> list[Step]:
    false, none = int(Ground.FALSE_INFORMATION), int(Ground.NONE)
    return [
        Step(30, "warning_published", None, ("Moonrise Pay", "https://moonrise.example", none)),
        Step(251, "warning_removed", None, (1,)),
        Step(312, "warning_published", None, ("Golden Yield Club", "https://golden-yield.example", false)),
        Step(483, "warning_published", None, ("Rupee Doubler", "https://rupee-doubler.example", false)),
        Step(655, "warning_published", None, ("Indus Coin Bank", "", none)),
        Step(205, "set_rule", None, (int(Rule.APPEAL_DAYS), 45, Day(235))),
        Step(395, "set_rule", None, (int(Rule.CERTIFICATE_DECISION_DAYS), 45, Day(425))),
        Step(590, "set_rule", None, (int(Rule.LICENCE_FILING_DAYS), 120, Day(620))),
        Step(710, "set_rule", None, (int(Rule.OWNER_LOOK_THROUGH_PER_CENT), 10, Day(DAYS + 60))),
    ]


def steps() -> list[Step]:
    """Everything that was done, in the order of the days."""
    return sorted([*_firms(), *_warnings_and_rules()], key=lambda step: step.day)
