"""Notifications: there is something for you, and on which page. In the portal, and by e-mail to those who want it.

    notify(Event.INFORMATION_REQUESTED, people_with(Right.OWN_APPLICATION_FILE, firm), path, key=f"request/{number}")

A notification holds a kind and a path, never what it is about: the page asks for the right again, and an e-mail that
falls into wrong hands tells nothing. Called in the transaction of what it tells of, it is there when that is.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sanad.base.errors import ensure
from sanad.people.models import Institution, Membership, Notification, OutgoingMail, Person
from sanad.people.rights import Right
from sanad.tables.names import WORKING

PEOPLE_MAX = 500
"""How many people one event is told to."""
KEPT_DAYS = 400
_PATH_LENGTH_MAX = 200
_KEY_LENGTH_MAX = 120


class Event(TextChoices):
    """What people are told of, and its words on a page."""

    APPLICATION_FILED = "application_filed", _("An application was filed")
    APPLICATION_COMPLETE = "application_complete", _("Your application is complete and is being assessed")
    INFORMATION_REQUESTED = "information_requested", _("The authority asks for information")
    INFORMATION_ANSWERED = "information_answered", _("A request for information was answered")
    CLOCK_ENDING = "clock_ending", _("The time to decide on an application ends soon")
    DECISION_WAITING = "decision_waiting", _("A decision waits for a second person")
    DECISION_TAKEN = "decision_taken", _("A decision about your institution was taken")
    LICENCE_SUSPENDED = "licence_suspended", _("A licence was suspended")
    LICENCE_REINSTATED = "licence_reinstated", _("A licence is in force again")
    SCREENING_HOLD = "screening_hold", _("A payment is held by screening")
    SCREENING_FOUND = "screening_found", _("Screening found somebody to look at")
    ERASURE_WAITING = "erasure_waiting", _("An erasure waits for a second person")
    RETENTION_ENDED = "retention_ended", _("The time to keep an application has ended")


def notify(event: Event, to: Iterable[Person], path: str, *, key: str = "") -> int:
    """Tell people that there is something for them on the page `path`; how many were told.

    With a `key`, nobody is told twice under it: use cases and jobs that are repeated give one.
    """
    ensure(path.startswith("/") and not path.startswith("//"), "a notification names a page of our own")
    ensure(len(path) <= _PATH_LENGTH_MAX and len(key) <= _KEY_LENGTH_MAX, "path and key of a notification are short")
    told = {person.id: person for person in to if person.is_active}
    ensure(len(told) <= PEOPLE_MAX, "an event is told to a bounded number of people")
    with transaction.atomic(WORKING):
        if key:
            known = Notification.objects.filter(key=key, person__in=told).values_list("person_id", flat=True)
            for each in list(known):
                del told[each]
        made = [Notification.objects.create(person=person, event=event, path=path, key=key) for person in told.values()]
        OutgoingMail.objects.bulk_create(OutgoingMail(notification=each) for each in made if each.person.wants_mail)
    return len(made)


def people_with(right: Right, institution: Institution | None = None) -> list[Person]:
    """Who has a right: in one institution, or anywhere. At most `PEOPLE_MAX`, those who came first."""
    rows = Membership.objects.select_related("person", "institution").filter(ended_at=None, person__is_active=True)
    if institution is not None:
        rows = rows.filter(institution=institution)
    found = (each.person for each in rows.order_by("id").iterator(chunk_size=500) if right in each.rights)
    return [person for _number, person in zip(range(PEOPLE_MAX), found, strict=False)]


def unread(person: Person) -> int:
    """How many a person has not looked at; at most 100 are counted."""
    return Notification.objects.filter(person=person, read_at=None)[:100].count()


def mark_read(person: Person, number: int | None = None) -> int:
    """Mark one of a person's notifications as read, or all; how many it were."""
    rows = Notification.objects.filter(person=person, read_at=None)
    if number is not None:
        rows = rows.filter(id=number)
    return rows.update(read_at=timezone.now())


def choose(person: Person, *, wants_mail: bool, language: str) -> None:
    """Keep what a person chose: e-mail or not, and its language."""
    Person.objects.filter(id=person.id).update(wants_mail=wants_mail, language=language)


def forget_old() -> int:
    """Delete notifications of more than a year ago; how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    return Notification.objects.filter(created_at__lt=before).delete()[0]
