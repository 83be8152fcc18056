"""Questions about applications and decisions: whose, in which state, how their clocks stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.people.models import Institution, Membership
from sanad.programmes.licensing.models import Firm, RuleValue
from sanad.programmes.licensing.models.working import (
    OPEN_STATES,
    Application,
    ApplicationState,
    Decision,
    DecisionState,
    Holiday,
)
from sanad.programmes.licensing.permissions import may_see_as_authority
from sanad.programmes.licensing.queries.clocks import Clock, Stop, calendar_clock
from sanad.rulebook.edition1.words import RULE_DEFAULTS, Rule
from sanad.tables.lists import Page, page_of

PPM_PER_PER_CENT = 10_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application in the inbox, and its clock."""

    application: Application
    clock: Clock | None


def own_applications(membership: Membership, cursor: str) -> tuple[list[Waiting], str]:
    """Those of the person's own institution, newest first, each with its clock."""
    rows = Application.objects.filter(institution=membership.institution).prefetch_related("requests")
    page = page_of(rows, ["-created_at", "-id"], cursor)
    return with_clocks(page.rows), page.next_cursor


def inbox(state: str, cursor: str) -> tuple[list[Waiting], str]:
    """Filed applications in a state ("" = all that are open), those that came first on top, each with its clock."""
    rows = Application.objects.select_related("institution").prefetch_related("requests").exclude(filed_at=None)
    wanted = [state] if state in ApplicationState.values else list(OPEN_STATES)
    page = page_of(rows.filter(state__in=wanted), ["filed_entry"], cursor)
    return with_clocks(page.rows), page.next_cursor


def with_clocks(applications: Sequence[Application]) -> list[Waiting]:
    """Each with its clock; what they share is asked for once. Their requests should be there already."""
    holidays, allowed = holidays_known(), rule_value(Rule.CERTIFICATE_DECISION_DAYS)
    return [Waiting(each, clock_of(each, holidays, allowed)) for each in applications]


def counts() -> dict[str, int]:
    """How many filed applications are in each state."""
    states = Application.objects.exclude(filed_at=None).values_list("state", flat=True)
    found: dict[str, int] = dict.fromkeys(ApplicationState.values, 0)
    for state in states:
        found[state] += 1
    return found


def for_authority(identifier: UUID) -> Application:
    """A filed application. Drafts are not there. Raises `Refused` (404)."""
    found = Application.objects.select_related("institution").filter(id=identifier).first()
    if found is None or not may_see_as_authority(found):
        raise Refused("application", _("no filed application is here"), 404)
    return found


def clock_of(
    application: Application, holidays: Sequence[date] | None = None, allowed_days: int | None = None
) -> Clock | None:
    """The clock of the decision: so many calendar days from filing (rule pack); None before filing."""
    if application.filed_at is None:
        return None
    stops = [
        Stop(_day(each.asked_at), _day(each.answered_at) if each.answered_at else None)
        for each in application.requests.all()
    ]
    ends = application.ended_at or timezone.now()
    allowed = rule_value(Rule.CERTIFICATE_DECISION_DAYS) if allowed_days is None else allowed_days
    known = holidays_known() if holidays is None else holidays
    return calendar_clock(_day(application.filed_at), _day(ends), allowed, stops, set(known))


def holidays_known() -> list[date]:
    """All holidays, as they are known now."""
    return list(Holiday.objects.values_list("date", flat=True))


def rule_value(rule: Rule, at_ms: int = 0) -> int:
    """A number that the regulator fixes, as in force at a time (0 = now): the newest then, else what the law says."""
    at_ms = at_ms or int(timezone.now().timestamp() * 1_000)
    found = RuleValue.objects.filter(rule=int(rule), valid_from_ms__lte=at_ms).order_by("-valid_from_ms", "-id")
    newest = found.first()
    return newest.value if newest else RULE_DEFAULTS[rule]


def owner_threshold_ppm() -> int:
    """From which share on an owner is a controller."""
    return rule_value(Rule.OWNER_LOOK_THROUGH_PER_CENT) * PPM_PER_PER_CENT


def decisions(state: str, cursor: str) -> Page[Decision]:
    """Decisions in a state ("" = all), newest first."""
    rows = Decision.objects.select_related("application")
    if state in DecisionState.values:
        rows = rows.filter(state=state)
    return page_of(rows, ["-proposed_entry"], cursor)


def decisions_about(institution: int) -> list[Decision]:
    """The newest decisions about a firm."""
    return list(Decision.objects.filter(institution=institution).order_by("-proposed_entry")[:50])


def decisions_told(institution: int | None, cursor: str) -> Page[Decision]:
    """Confirmed decisions about an institution, newest first."""
    rows = Decision.objects.filter(institution=institution, institution__isnull=False, state=DecisionState.CONFIRMED)
    return page_of(rows, ["-proposed_entry"], cursor)


def decision(identifier: UUID) -> Decision:
    """One decision. Raises `Refused` (404)."""
    found = Decision.objects.select_related("application", "proposed_by", "ended_by").filter(id=identifier).first()
    if found is None:
        raise Refused("decision", _("no decision is here"), 404)
    return found


def withdrawn_application(institution: int) -> Application | None:
    """The newest filed application of a firm, if the firm has withdrawn it: the record still has it as applied for."""
    filed = Application.objects.filter(institution__number=institution, filed_at__isnull=False)
    newest = filed.order_by("-filed_at").first()
    return newest if newest is not None and newest.state == ApplicationState.WITHDRAWN else None


def newest_open_application(institution: int) -> Application | None:
    """The filed application of a firm that waits for its decision."""
    rows = Application.objects.filter(institution__number=institution, state__in=OPEN_STATES)
    return rows.order_by("-filed_entry").first()


def firm_name(number: int) -> str:
    """What the register calls an institution; "" when the views do not know it yet."""
    found = Firm.objects.filter(number=number).first()
    return found.name if found else institution_name(number)


def institution_name(number: int | None) -> str:
    """What the portal calls an institution of the record; "" when it knows none."""
    found = Institution.objects.filter(number=number).first() if number is not None else None
    return found.name if found else ""


def _day(moment: datetime) -> date:
    """The day in the authority's zone."""
    return timezone.localtime(moment).date()
