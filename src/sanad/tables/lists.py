"""Long lists a page at a time, by a cursor: quick on the last page as on the first, and steady while rows are added."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from django.db import models
from django.db.models import Q, QuerySet

from sanad.base.errors import Malformed

Row = TypeVar("Row", bound=models.Model)
ROWS_DEFAULT, ROWS_MAX = 25, 200
CURSOR_LENGTH_MAX = 400
_Value = int | str


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, and the cursor of the rows after them ("" = there are none)."""

    rows: Sequence[Row]
    next_cursor: str


def page_of(rows: QuerySet[Row], order: Sequence[str], cursor: str = "", limit: int = ROWS_DEFAULT) -> Page[Row]:
    """The rows after `cursor`, at most `limit`.

    `order` names fields of integers or text, "-" before one that falls; together they must be unique, so the last is
    mostly the primary key. Raises `Malformed` for a cursor that is none of this list.
    """
    limit = max(1, min(limit, ROWS_MAX))
    if cursor:
        rows = rows.filter(_after(order, _decode(cursor, len(order))))
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _encode([_value(found[-1], name) for name in order]) if more else "")


def _after(order: Sequence[str], values: Sequence[_Value]) -> Q:
    """First > a, or first = a and second > b, or …; < where an order falls."""
    condition, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field = name.removeprefix("-")
        beyond = f"{field}__{'lt' if name.startswith('-') else 'gt'}"
        condition |= same & Q(**{beyond: value})
        same &= Q(**{field: value})
    return condition


def _value(row: models.Model, name: str) -> _Value:
    value = getattr(row, name.removeprefix("-"))
    return value if isinstance(value, int) else str(value)


def _encode(values: list[_Value]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def _decode(cursor: str, length: int) -> list[_Value]:
    try:
        if len(cursor) > CURSOR_LENGTH_MAX:
            raise _unknown()
        values = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=="), type=list[int | str])
    except (ValueError, msgspec.DecodeError):
        raise _unknown() from None
    if len(values) != length or any(isinstance(each, int) and abs(each) >= 2**63 for each in values):
        raise _unknown()
    return values


def _unknown() -> Malformed:
    return Malformed("cursor", "cursor_unknown", "take the cursor from the answer before, or begin without one")
