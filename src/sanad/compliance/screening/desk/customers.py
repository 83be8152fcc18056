"""Customers, screened when they come and whenever a list changes: against what changed, and nothing else."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused, SanadError
from sanad.compliance.screening.desk.answers import Answer, InUse, Result, ask, ask_in
from sanad.compliance.screening.desk.lists import Version, now_ms
from sanad.compliance.screening.desk.matches import folder, lists, note, rulings_of
from sanad.compliance.screening.desk.sealing import opened_queries, seal
from sanad.compliance.screening.models import Customer, CustomerState, Match, Origin, Sweep, SweepState
from sanad.evidence.store import new_subject
from sanad.matching.words import DEFAULT_THRESHOLD, Query
from sanad.people.access import require
from sanad.people.models import Institution, Person
from sanad.people.notifications import Event, notify, people_with
from sanad.people.rights import Kind, Right
from sanad.tables.names import WORKING

if TYPE_CHECKING:
    from sanad.matching.index import Index

REFERENCE_CHARACTERS_MAX = 40
AT_ONCE = 200
"""Customers in one step of a sweep: what a kill may cost."""


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
    """All customers that are not done yet, a step at a time; killed anywhere it goes on."""
    from sanad.matching.index import Index  # noqa: PLC0415 - it compiles code: not for what asks nothing

    version = folder().version(sweep.source, sweep.version)
    changes = folder().difference(version)
    gone = [each.reference for each in changes.removed] + [before.reference for before, _ in changes.changed]
    index = Index.build({sweep.source: changes.to_screen}) if changes.to_screen else None
    done = 0
    while True:
        customers = list(
            Customer.objects.select_related("institution")
            .filter(number__gt=sweep.position)
            .order_by("number")[:AT_ONCE]
        )
        if not customers:
            break
        sweep.found += _step(customers, sweep, version, index, gone)
        done += len(customers)
        sweep.done += len(customers)
        sweep.total = max(sweep.total, sweep.done)  # those who came meanwhile are gone through as well
        sweep.position = customers[-1].number
        sweep.save(update_fields=["found", "done", "total", "position"])
    sweep.payments = _ask_payments_again()
    sweep.state, sweep.ended_at = SweepState.DONE, timezone.now()
    sweep.save()
    return done


def _step(
    customers: Sequence[Customer], sweep: Sweep, version: Version, index: "Index | None", gone: Sequence[str]
) -> int:  # fmt: skip
    queries = opened_queries(bytes(each.evidence_digest) for each in customers)
    touched = set(
        Match.objects.filter(customer__in=customers, source=sweep.source, reference__in=gone[:10_000]).values_list(
            "customer_id", flat=True
        )
    )
    found = 0
    for customer, query in zip(customers, queries, strict=True):
        # Whoever was not clear, or was near somebody who changed, is asked about in whole; the others against the
        # difference alone.
        if customer.state != CustomerState.CLEAR or customer.id in touched:
            new = _take(customer, query, ask(lists(), query, rulings=rulings_of(customer.institution)))
        elif index is None:
            new = 0
        else:
            new = _against_difference(customer, query, version, index)
        found += new
        if new:
            _tell(customer.institution, sweep)
    return found


def _against_difference(customer: Customer, query: Query, version: Version, index: "Index") -> int:
    changed = InUse((_fresh(version),), index, bytes(32))
    answer = ask_in(
        changed, query, threshold=DEFAULT_THRESHOLD, rulings=rulings_of(customer.institution), at_ms=now_ms()
    )  # fmt: skip
    # Nobody new comes near: the earlier answer stands, and now counts for this version too.
    if answer.result is Result.CLEAR:
        customer.screened_at = timezone.now()
        customer.save(update_fields=["screened_at"])
        return 0
    return _take(customer, query, answer)


def _fresh(version: Version) -> Version:
    """The version as one just looked at: a sweep is about what it changed, whatever its age is."""
    return msgspec.structs.replace(version, checked_at_ms=now_ms())


def _tell(institution: Institution, sweep: Sweep) -> None:
    officers = people_with(Right.OWN_SCREENING_DECIDE, institution)
    notify(Event.SCREENING_FOUND, officers, "/screening/matches/", key=f"sweep/{sweep.id}")


def _ask_payments_again() -> int:
    """Held payments of the institutions that are hosted here, asked about again; how many."""
    asked = 0
    numbers = Institution.objects.filter(~Q(kind=Kind.AUDITOR)).exclude(number=None).values_list("number", flat=True)
    for number in numbers:
        if number is None:
            continue
        try:
            with settings.HOSTING.gateway(number) as gateway:
                after = 0
                while held := gateway.holds.page(after=after):
                    for each in held:
                        gateway.holds.ask_again(each.number)
                        asked += 1
                    after = held[-1].number
        except SanadError:  # not hosted here, or silent: it is asked again before anything is sent in any case
            continue
    return asked
