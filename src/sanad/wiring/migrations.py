"""`python -m sanad.wiring.migrations PROGRAMME …` writes migrations of working and secret tables, for developers."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps


def main(arguments: list[str]) -> None:
    """In a folder of its own: no tables are touched."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(SANAD_HOME=folder, DJANGO_SETTINGS_MODULE="sanad.wiring.settings")
        import django
        from django.core.management import call_command

        from sanad.wiring import portal

        portal.prepare(Path(folder) / "portal")
        django.setup()
        with without_views():
            call_command("makemigrations", *arguments, verbosity=1)


@contextmanager
def without_views() -> Iterator[None]:
    """As if there were no view tables: they have no migrations, for the projector makes them."""
    from sanad.tables.kinds import view_tables

    before = {label: dict(tables) for label, tables in apps.all_models.items()}
    for table in view_tables():
        apps.all_models[table._meta.app_label].pop(table._meta.model_name or "")
    apps.clear_cache()
    try:
        yield
    finally:
        for label, tables in before.items():
            apps.all_models[label].clear()
            apps.all_models[label].update(tables)
        apps.clear_cache()


if __name__ == "__main__":
    main(sys.argv[1:])
