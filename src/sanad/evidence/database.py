"""How an institution's SQLite files are opened: one process, one connection, durable at every commit.

The write-ahead log is used by one connection alone (locking mode exclusive): a second process is told so at once, and
the fault of older SQLite versions, where two connections could corrupt it, can't be met.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from sanad.base.errors import Fault, Refused, Unavailable

BUSY_MS_MAX = 2_000
"""How long an opener waits for another process to let go of the file."""

_SETTINGS = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
"""


def open_database(path: Path, schema: str, version: int) -> apsw.Connection:
    """Open the SQLite file at `path`, and make it with `schema` where it is not there yet; readable by its owner only.

    `version` is the schema's number, kept in the file. Raises `Refused` when another process holds the file or its
    schema has another number, `Fault` when it is no sound database.
    """
    path.touch(mode=0o600, exist_ok=True)
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(BUSY_MS_MAX)
        connection.execute(_SETTINGS).fetchall()  # to the last: a statement with an answer waits to be read
        with transaction(connection):  # takes the exclusive lock
            found = connection.execute("PRAGMA user_version").get
            if found == 0:
                connection.execute(f"{schema}; PRAGMA user_version = {version}")
    except (apsw.CorruptError, apsw.NotADBError) as error:
        connection.close()
        raise Fault(f"{path.name} is damaged; restore it from a back-up and look at the disk") from error
    except apsw.BusyError as error:
        connection.close()
        advice = f"another process holds {path.name}; end it first, or use the service that it offers"
        raise Refused("one process", advice, 409) from error
    if found not in (0, version):
        connection.close()
        raise Refused("database version", f"{path.name} is of version {found}; use the release that wrote it", 409)
    return connection


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing, and on the disk when the block ends. Raises `Unavailable` when the disk is full."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except apsw.FullError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise Unavailable("no space on the disk: nothing was stored; free or add space", 30) from error
