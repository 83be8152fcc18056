"""Customers, screened when they come and whenever a list changes: against what changed, and nothing else."""

import time
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk import sweeping
from sanad.compliance.screening.desk.answers import Answer, Result, ask
from sanad.compliance.screening.desk.changes import Changed
from sanad.compliance.screening.desk.lists import Version
from sanad.compliance.screening.desk.matches import folder, lists, note, rulings_of
from sanad.compliance.screening.desk.sealing import opened_queries, seal
from sanad.compliance.screening.models import Customer, CustomerState, Match, Origin, Sweep, SweepState
from sanad.evidence.store import new_subject
from sanad.matching.words import Query
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.tables.names import WORKING

REFERENCE_CHARACTERS_MAX = 40
AT_ONCE = 200
"""Customers in one step of a sweep: what a kill may cost."""
BUSY_SECONDS = 60.0
"""After how long a sweep is gone on with whose gateways were all busy."""
_again_at: dict[UUID, float] = {}


def add(person: Person, reference: str, query: Query) -> Customer:
    """Take a customer, or what is new about one, and screen it. Raises `Malformed`, `Refused`."""
    institution = require(person, Right.OWN_SCREENING_DECIDE).institution
    reference = reference.strip()
    if not 0 < len(reference) <= REFERENCE_CHARACTERS_MAX:
        raise Malformed("reference", "reference_bad", _("give your own number of the customer, at most 40 characters"))
    known = Customer.objects.filter(institution=institution, reference=reference).first()
    subject = bytes(known.subject) if known else new_subject()
    sealed = seal(subject, query)
    with transaction.atomic(WORKING):
        number = (Customer.objects.aggregate(newest=Max("number"))["newest"] or 0) + 1
        customer, _made = Customer.objects.update_or_create(
            institution=institution, reference=reference,
            defaults={"evidence_digest": sealed, "state": CustomerState.UNRESOLVED, "number": number},
            create_defaults={
                "evidence_digest": sealed, "subject": subject, "number": number, "added_by": person,
            },
        )  # fmt: skip
    _screen_whole(customer, query)
    return customer


def remove(person: Person, reference: str) -> None:
    """Screen a customer no more. What was decided stays; what was told of the customer is erased for ever."""
    institution = require(person, Right.OWN_SCREENING_DECIDE).institution
    customer = Customer.objects.filter(institution=institution, reference=reference).first()
    if customer is None:
        raise Refused("customer", _("no customer of yours has this number"), 404)
    Match.objects.filter(customer=customer).update(customer=None)
    subject = bytes(customer.subject)
    customer.delete()
    with settings.HOSTING.evidence() as evidence:
        evidence.erase(subject)


def _screen_whole(customer: Customer, query: Query) -> Answer:
    answer = ask(lists(), query, rulings=rulings_of(customer.institution))
    _take(customer, query, answer)
    return answer


def _take(customer: Customer, query: Query, answer: Answer) -> int:
    """Keep what an answer says of a customer; how many new matches there are to decide."""
    before = customer.matches.count()
    note(customer.institution, Origin.CUSTOMER, query, answer, customer=customer)
    customer.state, customer.code = CustomerState(answer.result.value), answer.code
    customer.answer_digest, customer.screened_at = answer.digest, timezone.now()
    customer.save(update_fields=["state", "code", "answer_digest", "screened_at"])
    return customer.matches.count() - before


# --- when a list changes ----------------------------------------------------------------------------------------------


def work() -> int:
    """A chore: begin a sweep for each new version, and go on with those that run. How many customers were screened."""
    for version in folder().current():
        _begin(version)
    done = 0
    for sweep in Sweep.objects.filter(state=SweepState.RUNNING).order_by("started_at"):
        if time.monotonic() >= _again_at.get(sweep.id, 0.0):
            done += _run(sweep)
    return done


def _begin(version: Version) -> None:
    if Sweep.objects.filter(source=version.source, version=version.number).exists():
        return
    changes = folder().difference(version)
    changed = len(changes.to_screen) + len(changes.removed)
    Sweep.objects.get_or_create(
        source=version.source, version=version.number,
        defaults={"changed_entries": changed, "total": Customer.objects.count()},
    )  # fmt: skip


def _run(sweep: Sweep) -> int:
    """All customers that are not done yet, a step at a time, then open payments; killed anywhere it goes on."""
    changed = Changed.by(folder(), folder().version(sweep.source, sweep.version))
    done = 0
    while True:
        customers = list(
            Customer.objects.select_related("institution")
            .filter(number__gt=sweep.position)
            .order_by("number")[:AT_ONCE]
        )
        if not customers:
            break
        sweep.found += _step(customers, sweep, changed)
        done += len(customers)
        sweep.done += len(customers)
        sweep.total = max(sweep.total, sweep.done)  # those who came meanwhile are gone through as well
        sweep.position = customers[-1].number
        sweep.save(update_fields=["found", "done", "total", "position"])
    before = sweep.payments
    if not sweeping.payments(sweep, changed):
        # Gateways that are busy for long: what changed is not worked out anew every few seconds for them.
        _again_at[sweep.id] = time.monotonic() + (BUSY_SECONDS if sweep.payments == before else 0)
    else:
        sweep.state, sweep.ended_at = SweepState.DONE, timezone.now()
        sweep.save(update_fields=["state", "ended_at"])
    return done


def _step(customers: Sequence[Customer], sweep: Sweep, changed: Changed) -> int:
    queries = opened_queries(bytes(each.evidence_digest) for each in customers)
    gone = sorted(changed.gone)[:10_000]
    touched = set(
        Match.objects.filter(customer__in=customers, source=sweep.source, reference__in=gone).values_list(
            "customer_id", flat=True
        )
    )
    found = 0
    for customer, query in zip(customers, queries, strict=True):
        # Whoever was not clear, or was near somebody who changed, is asked about in whole; the others against the
        # difference alone.
        if customer.state != CustomerState.CLEAR or customer.id in touched:
            new = _take(customer, query, ask(lists(), query, rulings=rulings_of(customer.institution)))
        else:
            new = _against_difference(customer, query, changed)
        found += new
        if new:
            sweeping.tell(customer.institution, sweep)
    return found


def _against_difference(customer: Customer, query: Query, changed: Changed) -> int:
    answer = changed.ask(query, rulings_of(customer.institution))
    if answer is None:
        return 0
    # Nobody new comes near: the earlier answer stands, and now counts for this version too.
    if answer.result is Result.CLEAR:
        customer.screened_at = timezone.now()
        customer.save(update_fields=["screened_at"])
        return 0
    return _take(customer, query, answer)
