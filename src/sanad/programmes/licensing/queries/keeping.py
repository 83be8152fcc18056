"""How long applications are kept: seven years from their end, longer while a licence lives or a hold stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Max
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
    return clocks_of([application], today)[0]


def clocks_of(applications: Sequence[Application], today: date | None = None) -> list[Clock]:
    """As `clock_of`, of several; what they need is asked for once."""
    known, day = _known(applications), today or timezone.localdate()
    clocks = []
    for each in applications:
        began = _began(each, known)
        until = years_after(began, known.years) if began else None
        clocks.append(Clock(each, _state(each, until, day, known), began, until))
    return clocks


@dataclass(frozen=True, slots=True)
class _Known:
    """What the clocks of some applications follow from; by number of the institution, or by application."""

    years: int
    licences: dict[int, int]
    certificates: dict[int, int]
    endings_ms: dict[int, int]
    held: frozenset[UUID]
    erasures: dict[UUID, str]


def _known(applications: Sequence[Application]) -> _Known:
    numbers = {each.institution.number for each in applications} - {None}
    acts = PublicAct.objects.filter(institution__in=numbers, what__in=_ENDING_ACTS)
    erasures = Erasure.objects.filter(application__in=applications).exclude(state=ErasureState.WITHDRAWN)
    holds = Hold.objects.filter(application__in=applications, lifted_at=None)
    return _Known(
        years_to_keep(),
        dict(Licence.objects.filter(pk__in=numbers).values_list("pk", "state")),
        dict(Certificate.objects.filter(pk__in=numbers).values_list("pk", "state")),
        dict(acts.order_by().values_list("institution").annotate(Max("time_ms"))),
        frozenset(holds.values_list("application_id", flat=True)),
        dict(erasures.values_list("application_id", "state")),
    )


def _state(application: Application, until: date | None, today: date, known: _Known) -> Keeping:
    erasure = known.erasures.get(application.id)
    if erasure in (ErasureState.CONFIRMED, ErasureState.DONE):
        return Keeping.ERASED
    if application.id in known.held:
        return Keeping.HELD
    if erasure is not None:
        return Keeping.ERASURE_PROPOSED
    if until is None:
        return Keeping.OPEN
    return Keeping.DUE if today >= until else Keeping.RUNNING


def _began(application: Application, known: _Known) -> date | None:
    """The end of the application, or of what it led to; None while either is open."""
    if application.ended_at is None:
        return None
    number = application.institution.number
    if number is None or application.state == "withdrawn":
        return _day(application.ended_at)
    licence, certificate = known.licences.get(number), known.certificates.get(number)
    if licence is not None and licence not in _LICENCE_ENDED:
        return None
    if licence is None and certificate is not None and certificate not in _CERTIFICATE_ENDED:
        return None
    last = known.endings_ms.get(number)
    ended = datetime.fromtimestamp(last / 1_000, timezone.get_current_timezone()) if last else None
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
    return clocks_of(page.rows), page


def due_on(today: date) -> list[Clock]:
    """What falls due on a day, oldest first, at most a thousand: neither held, nor erased, nor proposed already."""
    before = timezone.now() - timedelta(days=365 * years_to_keep())
    rows = Application.objects.select_related("institution").filter(ended_at__lte=before).exclude(filed_at=None)
    found = list(rows.order_by("ended_at")[:1_000])
    return [each for each in clocks_of(found, today) if each.state is Keeping.DUE]


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
