"""What everybody asks of the public register."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sanad.base import canonical
from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.log.register_proof import RegisterAnswer
from sanad.programmes.licensing.models.view import Certificate, Firm, Licence, PublicAct, PublicWarning, RuleValue
from sanad.programmes.licensing.models.words import SERVICE_OF_CODE, code, services_in
from sanad.rulebook.edition1.words import (
    RULE_DEFAULTS,
    Ground,
    InstitutionClass,
    LicenceKind,
    LicenceState,
    RegisterType,
    Rule,
    Service,
)
from sanad.tables.lists import Page, page_of

SOUGHT_LENGTH_MAX = 100
ACTS_MAX = 256
"""Most acts of one firm or one entry that a page shows; as many as the rulebook keeps in a licence's history."""
YEAR_FIRST = 2000
NUMBER_MAX = 2**63 - 1
_NOT_LICENSED = (
    InstitutionClass.AUTHORITY,
    InstitutionClass.CENTRAL_BANK,
    InstitutionClass.TREASURY,
    InstitutionClass.OBSERVER,
)


class Standing(Enum):
    """Where a firm stands: its licence, a running emergency order, or that it has none. The values are for ever."""

    IN_FORCE = "in_force"
    FROZEN = "frozen"
    SUSPENDED = "suspended"
    WINDING_DOWN = "winding_down"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    LAPSED = "lapsed"
    NONE = "none"


STANDING_WORDS = {
    Standing.IN_FORCE: _("Licensed"),
    Standing.FROZEN: _("Stopped by an emergency order"),
    Standing.SUSPENDED: _("Suspended"),
    Standing.WINDING_DOWN: _("Winding down"),
    Standing.REVOKED: _("Licence revoked"),
    Standing.SURRENDERED: _("Licence surrendered"),
    Standing.LAPSED: _("Licence lapsed"),
    Standing.NONE: _("No licence"),
}
STANDING_BADGES = {
    Standing.IN_FORCE: "badge-good", Standing.FROZEN: "badge-bad", Standing.SUSPENDED: "badge-bad",
    Standing.WINDING_DOWN: "badge-wait", Standing.REVOKED: "badge-bad",
}  # fmt: skip
_FROZEN = Q(licence__frozen_until_ms__gt=0, licence__state=int(LicenceState.IN_FORCE))


def licence_of(firm: Firm) -> Licence | None:
    """A firm's licence, None when it never had one."""
    return getattr(firm, "licence", None)


def certificate_of(firm: Firm) -> Certificate | None:
    """A firm's no-objection certificate, None when it never asked for one."""
    return getattr(firm, "certificate", None)


def standing(licence: Licence | None) -> Standing:
    """Where a firm with this licence stands."""
    if licence is None:
        return Standing.NONE
    if licence.state == LicenceState.IN_FORCE and licence.frozen_until_ms:
        return Standing.FROZEN
    return Standing(code(LicenceState(licence.state)))


def since(firm: Firm) -> tuple[int, int]:
    """Since when, and by which entry, a firm stands where it does: by its licence, else by its status."""
    licence = licence_of(firm)
    return (licence.standing_ms, licence.standing_entry) if licence else (firm.status_ms, firm.status_entry)


# --- firms ------------------------------------------------------------------------------------------------------------


def firms(sought: str = "", service: str = "", status: str = "") -> QuerySet[Firm]:
    """Firms that can be licensed: by words of name, LEI or licence number, a service, a standing. `Malformed`."""
    found = Firm.objects.select_related("licence", "certificate").exclude(kind__in=list(map(int, _NOT_LICENSED)))
    for word in sought[:SOUGHT_LENGTH_MAX].casefold().split():
        found = found.filter(sought__contains=word)
    if service:
        found = found.annotate(asked=F("licence__services").bitand(int(service_of(service)))).filter(asked__gt=0)
    return found.filter(_in_standing(status)) if status else found


def service_of(name: str) -> Service:
    """A service by its code. Raises `Malformed`."""
    if name not in SERVICE_OF_CODE:
        raise Malformed("service", "service_unknown", "name one of: " + ", ".join(SERVICE_OF_CODE))
    return SERVICE_OF_CODE[name]


def _in_standing(name: str) -> Q:
    if name not in [each.value for each in Standing]:
        raise Malformed("status", "status_unknown", "name one of: " + ", ".join(each.value for each in Standing))
    if name == Standing.NONE.value:
        return Q(licence__isnull=True)
    if name == Standing.FROZEN.value:
        return _FROZEN
    wanted = Q(licence__state=int(LicenceState[name.upper()]))
    return wanted & ~_FROZEN if name == Standing.IN_FORCE.value else wanted


def page_of_firms(found: QuerySet[Firm], cursor: str, limit: int) -> Page[Firm]:
    """Firms in the order of their names."""
    return page_of(found, ("name", "number"), cursor, limit)


def firm(number: int) -> Firm:
    """One institution of the register. Raises `Refused` (404)."""
    number = min(number, NUMBER_MAX)
    found = Firm.objects.select_related("licence", "certificate").filter(number=number).first()
    if found is None:
        raise Refused("existence", str(_("no institution of the register has this number")), 404)
    return found


def history(institution: int) -> Sequence[PublicAct]:
    """Everything that the record says of a firm, newest first."""
    return list(PublicAct.objects.filter(institution=institution).order_by("-entry", "-index")[:ACTS_MAX])


def acts_of(entry: int) -> Sequence[PublicAct]:
    """The public acts of one entry. Raises `Refused` (404) when there are none."""
    found = list(PublicAct.objects.filter(entry=min(entry, NUMBER_MAX)).order_by("index")[:ACTS_MAX])
    if not found:
        raise Refused("existence", str(_("no public act is at this entry")), 404)
    return found


def names(numbers: set[int]) -> dict[int, str]:
    """Names of institutions."""
    return dict(Firm.objects.filter(number__in=numbers).values_list("number", "name"))


# --- exports ----------------------------------------------------------------------------------------------------------

EXPORT_HEAD = (
    "institution", "name", "lei", "bic", "class", "licence_number", "licence_kind", "services", "status",
    "status_since", "status_entry", "licence_valid_until", "emergency_until",
)  # fmt: skip


def export_rows(found: QuerySet[Firm]) -> Iterator[tuple[object, ...]]:
    """Rows under `EXPORT_HEAD`: numbers as codes, several services with spaces between, times in ISO 8601, UTC."""
    for each in found.order_by("number").iterator(500):
        yield export_row(each)


def export_row(each: Firm) -> tuple[object, ...]:
    """One row under `EXPORT_HEAD`."""
    licence = licence_of(each)
    return (
        each.number, each.name, each.lei, each.bic, code(InstitutionClass(each.kind)),
        licence.number if licence else "",
        code(LicenceKind(licence.kind)) if licence else "",
        " ".join(code(service) for service in services_in(licence.services)) if licence else "",
        standing(licence).value, iso(since(each)[0]), since(each)[1],
        iso(licence.valid_until_ms) if licence else "",
        iso(licence.frozen_until_ms) if licence else "",
    )  # fmt: skip


def iso(time_ms: int) -> str:
    """A time as ISO 8601 in UTC; "" for none."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="seconds") if time_ms else ""


# --- warnings, rule values --------------------------------------------------------------------------------------------


def page_of_warnings(cursor: str, limit: int) -> Page[PublicWarning]:
    """The warning list, newest first, those that have ended too."""
    return page_of(PublicWarning.objects.all(), ("-number",), cursor, limit)


WARNING_HEAD = ("number", "name", "website", "ground", "since", "ended", "entry")


def warning_rows() -> Iterator[tuple[object, ...]]:
    """Rows under `WARNING_HEAD`, oldest first."""
    for each in PublicWarning.objects.order_by("number").iterator(500):
        yield warning_row(each)


def warning_row(each: PublicWarning) -> tuple[object, ...]:
    """One row under `WARNING_HEAD`."""
    ground = code(Ground(each.ground))
    return (each.number, each.name, each.website, ground, iso(each.time_ms), iso(each.ended_ms), each.entry)


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule and its values. `entry` 0 = as the law says it, no message has set it."""

    rule: Rule
    value: int
    since_ms: int
    entry: int
    coming: tuple[RuleValue, ...]
    """Values that will be valid later."""


def rules_in_force(now_ms: int) -> list[RuleInForce]:
    """Every rule with the value that is valid now, and those to come."""
    found = []
    for rule in Rule:
        values = list(RuleValue.objects.filter(rule=int(rule)).order_by("valid_from_ms", "value", "id"))
        valid = [each for each in values if each.valid_from_ms <= now_ms]
        coming = tuple(each for each in values if each.valid_from_ms > now_ms)
        if valid:
            found.append(RuleInForce(rule, valid[-1].value, valid[-1].valid_from_ms, valid[-1].entry, coming))
        else:
            found.append(RuleInForce(rule, RULE_DEFAULTS[rule], 0, 0, coming))
    return found


# --- was this firm licensed for this service on that day? -------------------------------------------------------------


class Reason(Enum):
    """Why the answer is what it is."""

    LICENSED = "licensed"
    NEVER = "no_licence"
    OTHER_SERVICES = "service_not_covered"
    FROZEN = "emergency_order"
    STATE = "licence_not_in_force"
    LAPSED = "validity_over"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register said of a firm's licence at a time; `file` proves it."""

    at_ms: int
    service: Service
    reason: Reason
    number: str
    kind: int
    services: int
    state: int
    entry: int
    """Of the last change before that time, 0 none."""
    block_height: int
    block_ms: int
    is_newest: bool
    """Whether the proof's block is the newest of its checkpoint."""
    file: bytes

    @property
    def is_licensed(self) -> bool:
        """Yes or no."""
        return self.reason is Reason.LICENSED


def day_of(text: str) -> date:
    """A day, `YYYY-MM-DD`, not in the future. Raises `Malformed`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Malformed("date", "date_bad", str(_("write the day as year-month-day, such as 2026-11-25"))) from None
    if day.year < YEAR_FIRST or day > datetime.now(ZoneInfo(settings.TIME_ZONE)).date():
        raise Malformed("date", "date_outside", str(_("ask about a day that has come")))
    return day


def end_of(day: date) -> int:
    """The last millisecond of a day in the country's zone, or now if it is today."""
    following = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(settings.TIME_ZONE))
    return min(int(following.timestamp() * 1_000) - 1, time.time_ns() // 1_000_000)


def answer_file(number: int, at_ms: int, record_type: RegisterType = RegisterType.LICENCE) -> bytes | None:
    """The node's answer on a record of the register at a time, of a firm's licence unless another type is asked for.

    None before the record began. Raises `Unavailable`.
    """
    with settings.NETWORK.client() as client:
        try:
            return bytes(client.register_answer(int(record_type), min(number, NUMBER_MAX), at_ms))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise


def was_licensed(institution: int, service: Service, at_ms: int) -> Answer | None:
    """Read the answer file; None before the record began. Raises `Unavailable`."""
    file = answer_file(institution, at_ms)
    if file is None:
        return None
    try:
        answer = RegisterAnswer.decode(file)
        record: Any = None if answer.value is None else canonical.decode(answer.value, "licence")
        reason = Reason.NEVER if record is None else _reason(record, service, at_ms)
        number, kind, services, state, _valid, _frozen, _order, rows = (
            record[2:] if record else ("", 0, 0, 0, 0, 0, 0, [])
        )
    except (Malformed, TypeError, ValueError, IndexError):
        raise Unavailable(str(_("the node's answer cannot be read"))) from None
    entry = int(rows[-1][0]) if rows else 0
    return Answer(
        at_ms, service, reason, number, kind, services, state, entry, answer.block.height, answer.block.time_ms,
        answer.next_block is None, file,
    )  # fmt: skip


def _reason(record: Any, service: Service, at_ms: int) -> Reason:
    """By the record alone: [type, institution, number, kind, services, state, valid until, frozen until, …]."""
    services, state, valid_until_ms, frozen_until_ms = record[4:8]
    if state != LicenceState.IN_FORCE:
        return Reason.STATE
    if valid_until_ms and at_ms >= valid_until_ms:
        return Reason.LAPSED
    if not services & service:
        return Reason.OTHER_SERVICES
    return Reason.FROZEN if frozen_until_ms > at_ms else Reason.LICENSED
