"""`python -m sanad.wiring.migrations PROGRAMME …` writes migrations of working and secret tables, for developers."""

import os
import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> None:
    """In a folder of its own: no tables are touched."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(SANAD_HOME=folder, DJANGO_SETTINGS_MODULE="sanad.wiring.settings")
        import django
        from django.core.management import call_command

        from sanad.wiring import portal

        portal.prepare(Path(folder) / "portal")
        django.setup()
        call_command("makemigrations", *arguments, verbosity=1)


if __name__ == "__main__":
    main(sys.argv[1:])
