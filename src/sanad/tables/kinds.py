"""Three kinds of table, never mixed (DESIGN §3): each in a database of its own, said by the class a table comes from.

    class Licence(ViewTable)       rebuilt from the record, written by the projector alone     database "view"
    class Draft(WorkingTable)      people, drafts, cases: backed up                            database "default"
    class SubjectKey(SecretTable)  keys: never in the same back-up as the rest                 database "secret"

View tables have no migrations: when their shape changes, the projector drops them and fills them anew. Tables of
installed packages (sessions, sign-in) are working tables.
"""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.signals import class_prepared

from sanad.tables.names import SECRET, VIEW, WORKING

MIGRATED = (WORKING, SECRET)


class ViewTable(models.Model):
    """A table that is made from the record and can be made again."""

    class Meta:
        """No table of its own."""

        abstract = True


class WorkingTable(models.Model):
    """A table whose content exists nowhere else."""

    class Meta:
        """No table of its own."""

        abstract = True


class SecretTable(models.Model):
    """A table of keys."""

    class Meta:
        """No table of its own."""

        abstract = True


def kind_of(model: type[models.Model]) -> str:
    """The database that a model's table is in."""
    if issubclass(model, ViewTable):
        return VIEW
    return SECRET if issubclass(model, SecretTable) else WORKING


def view_tables(app_label: str | None = None) -> list[type[models.Model]]:
    """All view tables, or those of one app."""
    found = [each for each in apps.get_models() if issubclass(each, ViewTable)]
    return [each for each in found if app_label in (None, each._meta.app_label)]


class Router:
    """Sends every query to the database of its table."""

    def db_for_read(self, model: type[models.Model], **_: Any) -> str:
        """Where a table is read."""
        return kind_of(model)

    def db_for_write(self, model: type[models.Model], **_: Any) -> str:
        """Where a table is written."""
        return kind_of(model)

    def allow_relation(self, one: models.Model, other: models.Model, **_: Any) -> bool:
        """Two tables may refer to each other only within one database."""
        return kind_of(type(one)) == kind_of(type(other))

    def allow_migrate(self, database: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        """Whether a migration concerns a database. One without a model says which by the hint `kind`."""
        if model_name is None:
            return bool(hints.get("kind", WORKING) == database)
        try:
            model = apps.get_model(app_label, model_name)
        except LookupError:  # a table that is no more: it was a working table, or its migration says otherwise
            return bool(hints.get("kind", WORKING) == database)
        return database in MIGRATED and kind_of(model) == database


def _without_migrations(sender: type[models.Model], **_: Any) -> None:
    """Migrations pass by view tables: the projector makes them."""
    if issubclass(sender, ViewTable) and not sender._meta.abstract:
        sender._meta.managed = False
        sender._meta.original_attrs["managed"] = False


class_prepared.connect(_without_migrations)
