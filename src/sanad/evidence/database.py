"""How an institution's SQLite files are opened: one process, one connection, durable at every commit.

The write-ahead log is used by one connection alone (locking mode exclusive): a second process is told so at once, and
the fault of older SQLite versions, where two connections could corrupt it, can't be met.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from sanad.base.errors import Fault, Refused, Unavailable

_ATTEMPT_MS = 200
_TOLD_AFTER_SECONDS = 1.0
_LOCKS = Path("/proc/locks")
"""Where Linux says which process has locked what."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long an opener waits for another process to let go of the file, and who hears of it."""

    seconds_max: float = 2.0
    tell: Callable[[str], object] | None = None
    """Is told after a second, once, for whom it waits and how long."""


SHORT_WAITING = Waiting()

_SETTINGS = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
"""


def open_database(path: Path, schema: str, version: int, waiting: Waiting = SHORT_WAITING) -> apsw.Connection:
    """Open the SQLite file at `path`, and make it with `schema` where it is not there yet; readable by its owner only.

    `version` is the schema's number, kept in the file. Raises `Refused` when another process holds the file for
    longer than we wait, or its schema has another number; `Fault` when it is no sound database.
    """
    path.touch(mode=0o600, exist_ok=True)
    began, is_told = time.monotonic(), False
    while True:
        try:
            return _open(path, schema, version)
        except apsw.BusyError as error:
            waited = time.monotonic() - began
            if waited >= waiting.seconds_max:
                raise Refused("one process", _held_too_long(path, waiting.seconds_max), 409) from error
            if waited >= _TOLD_AFTER_SECONDS and waiting.tell is not None and not is_told:
                waiting.tell(
                    f"{_holder(path)} works with {path.name}; waiting up to {waiting.seconds_max:.0f} seconds …"
                )
                is_told = True


def _held_too_long(path: Path, seconds: float) -> str:
    return (
        f"{_holder(path)} holds {path.name} and did not let go of it within {seconds:.0f} seconds; nothing was "
        "changed. Do the same again when that process has done its work; if it is stuck, end it first"
    )


def _holder(path: Path) -> str:
    """Which process has locked a file, as far as this machine tells."""
    try:
        found = path.stat()
        place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
        rows = [line.split() for line in _LOCKS.read_text("ascii", "replace").splitlines()]
    except OSError:
        return "another process"
    numbers = [row[4] for row in rows if len(row) > 5 and row[5] == place and row[4] not in ("0", "-1")]
    numbers = [each for each in numbers if each != str(os.getpid())]
    return f"another process (number {numbers[0]})" if numbers else "another process"


def _open(path: Path, schema: str, version: int) -> apsw.Connection:
    """One attempt. Raises as `open_database`, and `BusyError`."""
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(_ATTEMPT_MS)
        connection.execute(_SETTINGS).fetchall()  # to the last: a statement with an answer waits to be read
        with transaction(connection):  # takes the exclusive lock
            found = connection.execute("PRAGMA user_version").get
            if found == 0:
                connection.execute(f"{schema}; PRAGMA user_version = {version}")
    except (apsw.CorruptError, apsw.NotADBError) as error:
        connection.close()
        raise Fault(f"{path.name} is damaged; restore it from a back-up and look at the disk") from error
    except apsw.BusyError:
        connection.close()
        raise
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
