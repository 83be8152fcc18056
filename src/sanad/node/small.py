"""Small tables in SQLite: the last signed checkpoint, how far derived files are durable, settings, cursors.

One connection a file (SQLite before 3.51.3 could corrupt a WAL under two). Every row has a checksum, since SQLite
notices a damaged page only where it breaks its own structure.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import apsw

from sanad.base.digests import digest
from sanad.base.errors import Fault, Malformed, ensure
from sanad.log import checkpoint as log_checkpoint
from sanad.log import note as log_note
from sanad.node.folder import CHECKPOINT, SMALL_TABLES, Damage, no_space, write_file

_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL) STRICT"
_CHECKPOINT = "checkpoint"
_DURABLE = "derived durable height"
_SETTING = "setting/"
_ADVICE = "It is set aside and made anew; what could be rebuilt was, settings must be given again"
_ROOT_SIZE = 32


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """The last checkpoint that this node signed."""

    size: int
    """Blocks of the log that it covers."""
    root: bytes
    note: bytes
    """The signed note as published."""


class SmallTables:
    """Named values, each durable when the call that stores it returns. Any thread may call."""

    def __init__(self, path: Path) -> None:
        """Open or create `path`. Raises `Damage` if any page or row is not as it was written."""
        self._path = path
        self._lock = threading.Lock()
        try:
            self._connection = apsw.Connection(str(path))
        except apsw.Error as error:
            raise self._damage(str(error)) from error
        try:
            self._check()
        except BaseException:
            self._connection.close()
            raise

    def _damage(self, what: str) -> Damage:
        return Damage(self._path.name, what, _ADVICE)

    def _check(self) -> None:
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(_SCHEMA)
            said = str(self._connection.execute("PRAGMA integrity_check(1)").get)
            rows = self._connection.execute("SELECT name, value, checksum FROM kept").fetchall()
        except apsw.FullError as error:
            raise no_space(self._path.name) from error
        except (apsw.NotADBError, apsw.CorruptError, apsw.SQLError) as error:
            raise self._damage(str(error)) from error
        if said != "ok":
            raise self._damage(said.splitlines()[0])
        for name, value, checksum in rows:
            if _checksum(str(name), _bytes(value)) != checksum:
                raise self._damage(f"the row {name!r} is not what was written")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def get(self, name: str) -> bytes | None:
        """A value, or None."""
        with self._lock:
            row = self._connection.execute("SELECT value, checksum FROM kept WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        value = _bytes(row[0])
        if _checksum(name, value) != row[1]:
            raise self._damage(f"the row {name!r} is not what was written")
        return value

    def put(self, name: str, value: bytes) -> None:
        """Store a value; on the disk when this returns. Raises `Unavailable` if the disk is full."""
        with self._lock:
            try:
                self._connection.execute(
                    "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (name, value, _checksum(name, value))
                )
            except apsw.FullError as error:
                raise no_space(self._path.name) from error
            except apsw.IOError as error:
                if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
                    raise no_space(self._path.name) from error
                raise Fault(f"{self._path.name} cannot be written: {error}") from error

    def setting(self, name: str) -> bytes | None:
        """A setting of the node, or None."""
        return self.get(_SETTING + name)

    def put_setting(self, name: str, value: bytes) -> None:
        """Store a setting of the node."""
        self.put(_SETTING + name, value)

    def number(self, name: str) -> int:
        """A cursor or mark, 0 if it was never stored."""
        return int.from_bytes(self.get(name) or b"", "little")

    def put_number(self, name: str, value: int) -> None:
        """Store a cursor or mark."""
        self.put(name, value.to_bytes(8, "little"))

    @property
    def durable_height(self) -> int:
        """Blocks up to which the derived files are known to be on the disk."""
        return self.number(_DURABLE)

    @durable_height.setter
    def durable_height(self, height: int) -> None:
        if height != self.durable_height:
            self.put_number(_DURABLE, height)

    def checkpoint(self) -> StoredCheckpoint | None:
        """The last checkpoint that was stored."""
        value = self.get(_CHECKPOINT)
        if value is None:
            return None
        return StoredCheckpoint(int.from_bytes(value[:8], "little"), value[8 : 8 + _ROOT_SIZE], value[8 + _ROOT_SIZE :])

    def put_checkpoint(self, checkpoint: StoredCheckpoint) -> None:
        """Store a checkpoint. Call before its signature leaves the process.

        Raises `Fault` for one that contradicts an earlier one: the log would be seen in two versions.
        """
        before = self.checkpoint()
        ensure(len(checkpoint.root) == _ROOT_SIZE, "a root has 32 bytes")
        if before is not None:
            ensure(checkpoint.size >= before.size, "a checkpoint is never smaller than one signed before")
            same = checkpoint.size > before.size or checkpoint.root == before.root
            ensure(same, "two checkpoints of one size have one root")
        self.put(_CHECKPOINT, checkpoint.size.to_bytes(8, "little") + checkpoint.root + checkpoint.note)
        # Also as a file: for back-ups, which must not open the tables, and to survive them.
        write_file(self._path.parent / CHECKPOINT, checkpoint.note, 0o644)


def open_small_tables(folder: Path) -> tuple[SmallTables, str | None]:
    """The small tables of a record, and what was found damaged and made anew, in words.

    A damaged file is kept beside under another name. The last checkpoint comes back from the file `checkpoint`.
    """
    path = folder / SMALL_TABLES
    found: str | None = None
    try:
        tables = SmallTables(path)
    except Damage as damage:
        found = str(damage)
        _set_aside(path)
        tables = SmallTables(path)
    stored = checkpoint_file(folder)
    known = tables.checkpoint()
    if stored is not None and known is not None and stored.size == known.size and stored.root != known.root:
        tables.close()
        raise Damage(
            CHECKPOINT, f"its root of size {stored.size} is not the one in {SMALL_TABLES}", "Ask the observers"
        )
    if known is not None and (stored is None or (stored.size == known.size and stored.note != known.note)):
        write_file(folder / CHECKPOINT, known.note, 0o644)
        found = found or f"the file {CHECKPOINT} was not as it was written; made anew from {SMALL_TABLES}"
    if stored is not None and (known is None or stored.size > known.size):
        tables.put_checkpoint(stored)
        found = found or f"{SMALL_TABLES} had no checkpoint of size {stored.size}; taken from the file {CHECKPOINT}"
    return tables, found


def checkpoint_file(folder: Path) -> StoredCheckpoint | None:
    """The checkpoint in the file of that name; None if there is none or it cannot be read as one."""
    try:
        data = (folder / CHECKPOINT).read_bytes()
        parsed = log_checkpoint.Checkpoint.decode(log_note.decode(data).text)
    except (FileNotFoundError, Malformed):
        return None
    return StoredCheckpoint(parsed.size, parsed.root, data)


def _set_aside(path: Path) -> None:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _checksum(name: str, value: bytes) -> bytes:
    label = name.encode()
    return digest(b"sanad/small/v1\n", len(label).to_bytes(4, "little"), label, value)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
