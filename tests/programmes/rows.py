"""Rows for tests that need one of any table and do not care what is in it."""

from itertools import count
from secrets import token_bytes
from typing import Any, cast
from uuid import uuid4

from django.db import models
from django.utils import timezone

from sanad.people.models import Institution, Person

MARK = "Secret of the other firm"
"""What every text of such a row is."""
_NUMBERS = count(1)


def made_for(table: type[models.Model], person: Person, **given: Any) -> models.Model:
    """A row of any working table that belongs to the person and the person's institution."""
    values: dict[str, Any] = dict(given)
    unique = {name for each in table._meta.total_unique_constraints for name in each.fields}
    for field in table._meta.concrete_fields:
        if field.name in given or field.has_default() or field.null or isinstance(field, models.AutoField):
            continue
        if isinstance(field, models.ForeignKey):
            target = cast("type[models.Model]", field.related_model)
            if target is Person:
                values[field.name] = person
            elif target is Institution:
                values[field.name] = person.memberships.get().institution
            else:
                values[field.name] = made_for(target, person)
        elif isinstance(field, models.BinaryField):
            values[field.name] = token_bytes(min(field.max_length or 32, 32))
        elif isinstance(field, models.CharField | models.TextField):
            values[field.name] = field.choices[0][0] if field.choices else MARK[: field.max_length]
        elif isinstance(field, models.DateTimeField):
            values[field.name] = timezone.now()
        elif isinstance(field, models.UUIDField):
            values[field.name] = uuid4()
        else:
            values[field.name] = next(_NUMBERS) if field.name in unique else 1
    return table._default_manager.create(**values)
