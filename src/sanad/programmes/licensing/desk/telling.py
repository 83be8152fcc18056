"""Who is told of what happens to applications and licences, and on which page they find it."""

from django.utils import timezone

from sanad.people.models import Institution, Person
from sanad.people.notifications import Event, notify, people_with
from sanad.people.rights import Right
from sanad.programmes.licensing.models.working import OPEN_STATES, Application, Decision, InformationRequest
from sanad.programmes.licensing.permissions import right_to_confirm
from sanad.programmes.licensing.queries.applications import clock_of, holidays_known
from sanad.rulebook.edition1.words import LicenceState

CLOCK_DAYS_BEFORE = 7
"""So many days before the time to decide ends, the officers are told once."""
APPLICATIONS_MAX = 2_000
_STATE = {LicenceState.SUSPENDED: Event.LICENCE_SUSPENDED, LicenceState.IN_FORCE: Event.LICENCE_REINSTATED}
_STATUS_FIELD = 1
"""Place of the new state in the fields of `licence_status`, after the institution."""


def filed(application: Application) -> None:
    """The officers: an application came in."""
    notify(Event.APPLICATION_FILED, _officers(), _inbox(application), key=f"filed/{application.id}")


def found_complete(application: Application) -> None:
    """The firm: it is being assessed."""
    notify(Event.APPLICATION_COMPLETE, _applicants(application), _own(application), key=f"complete/{application.id}")


def asked(application: Application, request: InformationRequest) -> None:
    """The firm: something is asked."""
    notify(Event.INFORMATION_REQUESTED, _applicants(application), _own(application), key=f"request/{request.pk}")


def answered(application: Application, request: InformationRequest) -> None:
    """The officers: the answer is there."""
    notify(Event.INFORMATION_ANSWERED, _officers(), _inbox(application), key=f"answer/{request.pk}")


def proposed(decision: Decision) -> None:
    """Those who may confirm it, but for the one who proposed."""
    others = [each for each in people_with(right_to_confirm(decision.act)) if each.id != decision.proposed_by_id]
    notify(Event.DECISION_WAITING, others, f"/licensing/decisions/{decision.id}/", key=f"proposed/{decision.id}")


def decided(decision: Decision) -> None:
    """The firm that it is about: what was decided, and why."""
    firm = Institution.objects.filter(number=decision.institution).first() if decision.institution else None
    if firm is None:
        return
    to = people_with(Right.OWN_APPLICATION_READ, firm)
    notify(_event_of(decision), to, f"/licensing/decided/{decision.id}/", key=f"decided/{decision.id}")


def clocks_that_end() -> int:
    """Tell the officers of applications whose clock ends within a week, each once; how many there are."""
    holidays, today, officers, ending = holidays_known(), timezone.localdate(), _officers(), 0
    rows = Application.objects.select_related("institution").prefetch_related("requests")
    for application in rows.filter(state__in=OPEN_STATES).order_by("filed_at")[:APPLICATIONS_MAX]:
        clock = clock_of(application, holidays)
        if clock is not None and clock.due is not None and (clock.due - today).days <= CLOCK_DAYS_BEFORE:
            ending += 1
            notify(Event.CLOCK_ENDING, officers, _inbox(application), key=f"clock/{application.id}/{clock.due}")
    return ending


def _event_of(decision: Decision) -> Event:
    if decision.act == "licence_status":
        return _STATE.get(LicenceState(int(decision.fields[_STATUS_FIELD])), Event.DECISION_TAKEN)
    if decision.act == "emergency_freeze":
        return Event.LICENCE_SUSPENDED
    return Event.LICENCE_REINSTATED if decision.act == "emergency_lifted" else Event.DECISION_TAKEN


def _officers() -> list[Person]:
    return people_with(Right.AUTHORITY_APPLICATION_ASSESS)


def _applicants(application: Application) -> list[Person]:
    return people_with(Right.OWN_APPLICATION_READ, application.institution)


def _own(application: Application) -> str:
    return f"/licensing/applications/{application.id}/"


def _inbox(application: Application) -> str:
    return f"/licensing/inbox/{application.id}/"
