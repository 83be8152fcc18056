"""Clocks of an application: calendar and working days, holidays, and standing still while information is asked for.

Pure functions of dates. A day counts whole: the day on which something is filed is day 0, and whatever is due on a
day that is no working day is due on the next one. While a request for information is open the clock stands: the day
of the question still counts, the day of the answer does not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
DAYS_MAX = 3_660
"""No clock runs longer: ten years."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The clock stood from the day of the question to that of the answer; None: it stands still."""

    asked: date
    answered: date | None


@dataclass(frozen=True, slots=True)
class Clock:
    """How a clock stands on a day."""

    used_days: int
    allowed_days: int
    due: date | None
    """None while it stands still."""

    @property
    def left_days(self) -> int:
        """Below zero: overdue."""
        return self.allowed_days - self.used_days

    @property
    def is_standing(self) -> bool:
        """Whether it waits for an answer."""
        return self.due is None

    @property
    def is_overdue(self) -> bool:
        """Whether it ran out."""
        return self.left_days < 0


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday, and no holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def next_working_day(day: date, holidays: Collection[date]) -> date:
    """The day itself, or the first working day after it."""
    for _ in range(DAYS_MAX):
        if is_working_day(day, holidays):
            return day
        day += timedelta(days=1)
    return day


def stands(day: date, stops: Sequence[Stop]) -> bool:
    """Whether a day passes without being counted."""
    return any(stop.asked < day and (stop.answered is None or day <= stop.answered) for stop in stops)


def calendar_clock(
    begun: date, today: date, allowed_days: int, stops: Sequence[Stop], holidays: Collection[date]
) -> Clock:
    """A clock that counts every day, such as the 60 days for a certificate."""
    return _clock(begun, today, allowed_days, stops, holidays, counts_all=True)


def working_clock(
    begun: date, today: date, allowed_days: int, stops: Sequence[Stop], holidays: Collection[date]
) -> Clock:
    """A clock that counts working days only, such as the 60 working days of the sandbox."""
    return _clock(begun, today, allowed_days, stops, holidays, counts_all=False)


def _clock(
    begun: date, today: date, allowed_days: int, stops: Sequence[Stop], holidays: Collection[date], *, counts_all: bool
) -> Clock:
    def counts(day: date) -> bool:
        return (counts_all or is_working_day(day, holidays)) and not stands(day, stops)

    used = sum(counts(begun + timedelta(days=passed)) for passed in range(1, min((today - begun).days, DAYS_MAX) + 1))
    if any(stop.answered is None for stop in stops):
        return Clock(used, allowed_days, None)
    day, counted = begun, 0
    for _ in range(DAYS_MAX):
        if counted == allowed_days:
            break
        day += timedelta(days=1)
        counted += counts(day)
    return Clock(used, allowed_days, next_working_day(day, holidays))
