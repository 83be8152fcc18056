"""The database itself refuses to change or delete rows of the security trail."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "people_trailrow"
WHY = "the security trail is append-only"
REFUSE = "refuse_change_of_trail()"
MAKE = {
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_{act} BEFORE {act} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        f"CREATE FUNCTION {REFUSE} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{WHY}'; END $$",
        f"CREATE TRIGGER {TABLE}_rows BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {REFUSE}",
        f"CREATE TRIGGER {TABLE}_all BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION {REFUSE}",
    ],
}


def make(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The triggers of this database."""
    for statement in MAKE[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(make)]
