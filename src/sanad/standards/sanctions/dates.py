"""Birth dates as lists write them, as a first and a last day that they may be."""

import calendar
import re
from datetime import date

from sanad.standards.sanctions.listed import BirthDate

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*)?")
_DAY_MONTH_YEAR = re.compile(r"(?:(\d{1,2})\s+)?(?:([A-Za-z]{3})[a-z]*\.?\s+)?(\d{4})")
_LOCAL = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


def span(year: int, month: int = 0, day: int = 0) -> BirthDate | None:
    """A day, a month or a year; None for one that is none."""
    try:
        if not 1800 <= year <= 2999:
            return None
        if not month:
            return BirthDate(date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat())
        last = day or calendar.monthrange(year, month)[1]
        return BirthDate(date(year, month, day or 1).isoformat(), date(year, month, last).isoformat())
    except ValueError:
        return None


def around(year: int, years: int = 1) -> BirthDate | None:
    """About a year."""
    return between(year - years, year + years)


def between(first_year: int, last_year: int) -> BirthDate | None:
    """From a year to another."""
    first, last = span(min(first_year, last_year)), span(max(first_year, last_year))
    return BirthDate(first.first, last.last) if first and last else None


def iso(text: str) -> BirthDate | None:
    """`1968`, `1968-03`, `1968-03-09`; None for anything else."""
    found = _ISO.fullmatch(text.strip())
    return span(*(int(part or 0) for part in found.groups())) if found else None


def written(text: str) -> BirthDate | None:
    """`10 Dec 1948`, `Dec 1948`, `1948`, `circa 1961`, `1984 to 1986`, `09/03/1968` (day first), ISO; else None."""
    text = " ".join(text.replace("\u2013", " to ").split())
    halves = re.split(r"\s+to\s+", text)
    if len(halves) == 2:
        first, last = written(halves[0]), written(halves[1])
        return BirthDate(min(first.first, last.first), max(first.last, last.last)) if first and last else None
    is_about = bool(re.match(r"(?i)(circa|about|approximately|c\.|ca\.)\s*", text))
    text = re.sub(r"(?i)^(circa|about|approximately|c\.|ca\.)\s*", "", text)
    found = _written(text)
    return around(int(found.first[:4])) if found and is_about else found


def _written(text: str) -> BirthDate | None:
    local = _LOCAL.fullmatch(text)
    if local:
        day, month, year = map(int, local.groups())
        return span(year, month, day)
    named = _DAY_MONTH_YEAR.fullmatch(text)
    if named:
        day_text, month_name, year_text = named.groups()
        number = _MONTHS.get((month_name or "").lower(), 0)
        if (month_name and not number) or (day_text and not number):
            return None
        return span(int(year_text), number, int(day_text or 0))
    return iso(text)
