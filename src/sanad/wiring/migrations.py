"""`python -m sanad.wiring.migrations PROGRAMME …` writes migrations of working and secret tables, for developers."""

import os
import sys
import tempfile
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
        _without_views()
        call_command("makemigrations", *arguments, verbosity=1)


def _without_views() -> None:
    """View tables have no migrations: the projector makes them."""
    from sanad.tables.kinds import view_tables

    for table in view_tables():
        apps.all_models[table._meta.app_label].pop(table._meta.model_name or "")
    apps.clear_cache()


if __name__ == "__main__":
    main(sys.argv[1:])
