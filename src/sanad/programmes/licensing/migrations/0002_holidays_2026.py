"""Holidays of Pakistan in 2026 that have a fixed date. Those that follow the moon are added when they are announced."""

from datetime import date
from typing import Any

from django.db import migrations

FIXED = [
    (date(2026, 2, 5), "Kashmir Solidarity Day"),
    (date(2026, 3, 23), "Pakistan Day"),
    (date(2026, 5, 1), "Labour Day"),
    (date(2026, 5, 28), "Youm-e-Takbeer"),
    (date(2026, 8, 14), "Independence Day"),
    (date(2026, 11, 9), "Iqbal Day"),
    (date(2026, 12, 25), "Quaid-e-Azam Day"),
]


def seed(apps: Any, schema_editor: Any) -> None:
    """Add those that are not there."""
    holiday = apps.get_model("licensing", "Holiday")
    alias = schema_editor.connection.alias
    for day, name in FIXED:
        holiday.objects.using(alias).get_or_create(date=day, defaults={"name": name})


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("licensing", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
