"""How long applications are kept: seven years from their end, longer while a licence lives or a hold stands."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from sanad.programmes.licensing.models import Certificate, Licence, PublicAct
from sanad.programmes.licensing.models.keeping import Erasure, ErasureState, Hold
from sanad.programmes.licensing.models.working import Application
from sanad.programmes.licensing.queries.applications import rule_value
from sanad.rulebook.edition1.words import CertificateState, LicenceState, Rule
from sanad.tables.lists import Page, page_of

_LICENCE_ENDED = frozenset({LicenceState.REVOKED, LicenceState.SURRENDERED, LicenceState.LAPSED})
_CERTIFICATE_ENDED = frozenset({CertificateState.REVOKED, CertificateState.LAPSED})
_ENDING_ACTS = ("licence_status", "licence_lapsed", "certificate_revoked", "certificate_lapsed")


class Keeping(StrEnum):
    """Whether an application may be erased."""

    OPEN = "open"
    """It is not decided, or what it led to is in force."""
    RUNNING = "running"
    DUE = "due"
    HELD = "held"
    ERASURE_PROPOSED = "erasure_proposed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Clock:
    """Of one application: since when it is only kept, and until when."""

    application: Application
    state: Keeping
    began: date | None
    until: date | None


def years_to_keep() -> int:
    """As the regulator has fixed it, in force now."""
    return rule_value(Rule.RETENTION_YEARS)


def clock_of(application: Application, today: date | None = None) -> Clock:
    """How the retention of one application stands on a day, today if none is named."""
    began = _began(application)
    until = years_after(began, years_to_keep()) if began else None
    return Clock(application, _state(application, until, today or timezone.localdate()), began, until)


def _state(application: Application, until: date | None, today: date) -> Keeping:
    erasure = erasure_of(application)
    if erasure is not None and erasure.state in (ErasureState.CONFIRMED, ErasureState.DONE):
        return Keeping.ERASED
    if is_held(application):
        return Keeping.HELD
    if erasure is not None:
        return Keeping.ERASURE_PROPOSED
    if until is None:
        return Keeping.OPEN
    return Keeping.DUE if today >= until else Keeping.RUNNING


def _began(application: Application) -> date | None:
    """The end of the application, or of what it led to; None while either is open."""
    if application.ended_at is None:
        return None
    number = application.institution.number
    if number is None or application.state == "withdrawn":
        return _day(application.ended_at)
    licence, certificate = Licence.objects.filter(pk=number).first(), Certificate.objects.filter(pk=number).first()
    if licence is not None and licence.state not in _LICENCE_ENDED:
        return None
    if licence is None and certificate is not None and certificate.state not in _CERTIFICATE_ENDED:
        return None
    last = PublicAct.objects.filter(institution=number, what__in=_ENDING_ACTS).order_by("-time_ms").first()
    ended = datetime.fromtimestamp(last.time_ms / 1_000, timezone.get_current_timezone()) if last else None
    return _day(max(application.ended_at, ended) if ended else application.ended_at)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the first of March, so that nothing is kept a day too few."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def page_of_ended(cursor: str) -> tuple[list[Clock], Page[Application]]:
    """Applications that ended, the oldest first, with their clocks: what falls due stands on top."""
    rows = Application.objects.select_related("institution").exclude(ended_at=None).exclude(filed_at=None)
    page = page_of(rows.exclude(erasures__state=ErasureState.DONE), ["ended_at", "id"], cursor)
    return [clock_of(each) for each in page.rows], page


def due_on(today: date) -> list[Clock]:
    """What falls due on a day, oldest first, at most a thousand: neither held, nor erased, nor proposed already."""
    before = timezone.now() - timedelta(days=365 * years_to_keep())
    rows = Application.objects.select_related("institution").filter(ended_at__lte=before).exclude(filed_at=None)
    clocks = (clock_of(each, today) for each in rows.order_by("ended_at")[:1_000])
    return [each for each in clocks if each.state is Keeping.DUE]


def is_held(application: Application) -> bool:
    """Whether a hold stands on it."""
    return Hold.objects.filter(application=application, lifted_at=None).exists()


def holds_of(application: Application) -> list[Hold]:
    """All holds, newest first."""
    return list(
        Hold.objects.select_related("placed_by", "lifted_by")
        .filter(application=application)
        .order_by("-placed_at")[:50]
    )


def erasure_of(application: Application) -> Erasure | None:
    """The erasure that waits, is carried out or is done."""
    return Erasure.objects.filter(application=application).exclude(state=ErasureState.WITHDRAWN).first()


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()
