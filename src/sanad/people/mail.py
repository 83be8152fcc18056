"""E-mail of notifications: an outbox in the database, tried again until it has left. Any number of processes.

An attempt first sets `next_at` ahead, in a transaction of its own: whoever is killed while sending leaves a row that
is tried again then. So a mail is sent at least once, and twice only after a kill between sending and noting it.
"""

import logging
import smtplib
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from sanad.people.models import OutgoingMail, Person
from sanad.people.notifications import Event

log = logging.getLogger("sanad.mail")
ATTEMPTS_MAX = 10
"""After these, over about two days, a mail is given up; the notification stays in the portal."""
LEASE_SECONDS = 300
_FIRST_WAIT_SECONDS, _WAIT_SECONDS_MAX = 60, 12 * 3_600
_ROWS_MAX = 200
_LINES_MAX = 20


def send_waiting() -> int:
    """Send what is due, one mail a person; how many left."""
    due = OutgoingMail.objects.filter(sent_at=None, given_up_at=None, next_at__lte=timezone.now())
    rows = due.select_related("notification__person").order_by("notification__person", "notification")[:_ROWS_MAX]
    sent = 0
    for _person, group in groupby(list(rows), key=lambda row: row.notification.person_id):
        mine = [row for row in group if _claimed(row)]
        if mine:
            sent += _sent(mine[0].notification.person, mine)
    return sent


def _claimed(row: OutgoingMail) -> bool:
    """Whether this process may send it now: of several that try, one."""
    ahead = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    same = OutgoingMail.objects.filter(pk=row.pk, sent_at=None, attempts=row.attempts, next_at=row.next_at)
    return same.update(next_at=ahead, attempts=row.attempts + 1) == 1


def _sent(person: Person, rows: list[OutgoingMail]) -> bool:
    numbers = [row.pk for row in rows]
    try:
        with translation.override(person.language or settings.LANGUAGE_CODE):
            subject, body = written(rows)
            send_mail(subject, body, None, [person.email])
    except (OSError, smtplib.SMTPException) as error:
        log.warning("%d notifications did not leave by e-mail: %s", len(rows), type(error).__name__)
        for row in rows:
            _put_off(row)
        return False
    OutgoingMail.objects.filter(pk__in=numbers).update(sent_at=timezone.now())
    return True


def written(rows: list[OutgoingMail]) -> tuple[str, str]:
    """Subject and text, in the language that is on: that there is something, and where. Never what."""
    shown = [row.notification for row in rows[:_LINES_MAX]]
    told = {
        "lines": [(Event(each.event).label, settings.ORIGIN.text + each.path) for each in shown],
        "more": len(rows) - len(shown),
        "list_address": f"{settings.ORIGIN.text}/notifications/",
    }
    return _("There is something for you in Sanad"), render_to_string("people/notification.txt", told)


def _put_off(row: OutgoingMail) -> None:
    tried, now = row.attempts + 1, timezone.now()
    wait = timedelta(seconds=min(_FIRST_WAIT_SECONDS * 4 ** (tried - 1), _WAIT_SECONDS_MAX))
    given_up = now if tried >= ATTEMPTS_MAX else None
    OutgoingMail.objects.filter(pk=row.pk).update(next_at=now + wait, given_up_at=given_up)
