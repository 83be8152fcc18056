"""Days that are no working days: added when they are announced, taken back only before they come."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.programmes.licensing.models.working import Holiday

YEARS_AHEAD_MAX = 3
HOLIDAYS_MAX = 2_000


def add(person: Person, day: date, name: str) -> Holiday:
    """Announce a holiday: clocks count without it from now on. Raises `Malformed`, `Refused`."""
    require(person, Right.AUTHORITY_HOLIDAY_SET)
    today = timezone.localdate()
    if not today <= day <= today.replace(year=today.year + YEARS_AHEAD_MAX, day=1):
        raise Malformed("date", "date_bad", _("a holiday is announced before it comes, at most three years ahead"))
    if Holiday.objects.count() >= HOLIDAYS_MAX:
        raise Refused("holiday", _("there are 2,000 holidays; something is wrong with them"), 409)
    found, is_new = Holiday.objects.get_or_create(date=day, defaults={"name": name})
    if not is_new:
        raise Refused("holiday", _("this day is a holiday already"), 409)
    return found


def remove(person: Person, number: int) -> None:
    """Take back a holiday that has not come. What has passed stays: clocks have counted with it."""
    require(person, Right.AUTHORITY_HOLIDAY_SET)
    found = Holiday.objects.filter(id=number).first()
    if found is None:
        raise Refused("holiday", _("no such holiday is here"), 404)
    if found.date <= timezone.localdate():
        raise Refused("holiday", _("it has passed, and clocks have counted with it"), 409)
    found.delete()
