"""Of a sweep after a list changed: open payments of every institution, step by step; killed anywhere it goes on."""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from sanad.base.errors import Refused, Unavailable
from sanad.compliance.screening.desk import matches
from sanad.compliance.screening.desk.answers import Answer
from sanad.compliance.screening.desk.changes import Changed
from sanad.compliance.screening.desk.matches import check_of, note, rulings_of
from sanad.compliance.screening.desk.open_payments import Again, Step
from sanad.compliance.screening.models import Origin, PaymentsState, Sweep, SweptPayments
from sanad.gateway.gateway import Gateway
from sanad.matching.words import Query
from sanad.people.models import Institution
from sanad.people.notifications import Event, notify, people_with
from sanad.people.rights import Kind, Right

STEPS_A_TURN = 20
"""How many steps one turn takes, of one institution: others of the portal's chores wait meanwhile."""


def payments(sweep: Sweep, changed: Changed) -> bool:
    """Go on with the open payments of all institutions. True when every one is done, or does it by its own program.

    An institution whose gateway is busy, or whose node is silent, is gone on with at the next turn.
    """
    known = set(SweptPayments.objects.filter(sweep=sweep).values_list("institution_id", flat=True))
    for institution in Institution.objects.exclude(kind=Kind.AUDITOR).exclude(number=None):
        if institution.id not in known:
            SweptPayments.objects.get_or_create(sweep=sweep, institution=institution)
    running = SweptPayments.objects.select_related("institution").filter(sweep=sweep, state=PaymentsState.RUNNING)
    if running.exists():
        matches.make_ready()
    for swept in running.order_by("institution_id"):
        try:
            _go_on(swept, changed)
        except Refused as refusal:
            if refusal.right == "gateway":
                _end(swept, PaymentsState.ELSEWHERE)
        except Unavailable:
            continue
    sweep.payments = SweptPayments.objects.filter(sweep=sweep).aggregate(all=Sum("done"))["all"] or 0
    sweep.save(update_fields=["payments"])
    return not running.exists()


def _go_on(swept: SweptPayments, changed: Changed) -> None:
    for _ in range(STEPS_A_TURN):
        # Opened for one step: pages and commands that wait for the gateway come in between.
        with settings.HOSTING.gateway(int(swept.institution.number or 0)) as gateway:
            if _is_done_after_step(swept, gateway, changed):
                with suppress(Refused):  # one that cannot be sent stays released, and its page shows it
                    gateway.holds.send_all()
                _end(swept, PaymentsState.DONE)
                return


def _is_done_after_step(swept: SweptPayments, gateway: Gateway, changed: Changed) -> bool:
    institution = swept.institution
    check = check_of(institution, Origin.OPEN_PAYMENT)
    again = Again(gateway, changed, check, rulings_of(institution), _noting(institution))
    if not swept.total:
        swept.total = gateway.holds.count() + gateway.reservations.count()
    step = again.reserved(swept.reserved_after) if swept.is_held_done else again.held(swept.held_after)
    if swept.is_held_done:
        swept.reserved_after = step.after
    else:
        swept.held_after = step.after
    _count(swept, step)
    if step.found:
        tell(institution, swept.sweep)
    if step.done:
        return False
    was_last, swept.is_held_done = swept.is_held_done, True
    swept.save(update_fields=["is_held_done"])
    return was_last


def _noting(institution: Institution) -> Callable[[Query, Answer], object]:
    return lambda query, answer: note(institution, Origin.OPEN_PAYMENT, query, answer)


def _count(swept: SweptPayments, step: Step) -> None:
    swept.done += step.done
    swept.found += step.found
    swept.unresolved += step.unresolved
    swept.total = max(swept.total, swept.done)  # those that came meanwhile are gone through as well
    swept.save()


def _end(swept: SweptPayments, state: PaymentsState) -> None:
    swept.state, swept.ended_at = state, timezone.now()
    swept.save(update_fields=["state", "ended_at"])


def tell(institution: Institution, sweep: Sweep) -> None:
    """Tell those who decide that somebody was found; once a sweep."""
    officers = people_with(Right.OWN_SCREENING_DECIDE, institution)
    notify(Event.SCREENING_FOUND, officers, "/screening/matches/", key=f"sweep/{sweep.id}")
