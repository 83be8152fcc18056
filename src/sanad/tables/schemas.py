"""On PostgreSQL the three databases are three schemas of one: made here, where they are not there yet."""

from django.db import connections

from sanad.tables.names import SECRET, VIEW, WORKING


def make_schemas() -> None:
    """Make the schema of each alias; nothing to do on SQLite."""
    for alias in (WORKING, VIEW, SECRET):
        connection = connections[alias]
        if connection.vendor == "postgresql":
            name = connection.settings_dict["OPTIONS"]["options"].split("search_path=")[1].split()[0]
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(name)}")
