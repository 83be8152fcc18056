"""The gateway's one database file: outbox, address book and settings behind one connection and one lock."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TypeAlias

import apsw
import msgspec

from sanad.base.errors import Fault
from sanad.evidence.database import SHORT_WAITING, Waiting, open_database, transaction

VERSION = 2
SEAL_SIZE = 16

Cell: TypeAlias = int | bytes | str

_encode = msgspec.msgpack.Encoder().encode


class Database:
    """The file, and the secret under which its rows are sealed.

    A row's seal is a keyed hash of all that the row says: who writes into the file without the institution's secret is
    noticed before a wrong message leaves. (A row that was deleted is not.)
    """

    def __init__(self, path: Path, schema: str, secret: bytes, waiting: Waiting = SHORT_WAITING) -> None:
        """Open or make the file. `secret`: 32 bytes. Raises as `open_database`."""
        self._connection = open_database(path, schema, VERSION, waiting)
        self._lock = RLock()
        self._secret = secret

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """The connection, for this thread alone."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """The connection in a transaction that is on the disk when the block ends. Raises `Unavailable`: disk full."""
        with self._lock, transaction(self._connection):
            yield self._connection

    def seal(self, table: str, *values: Cell) -> bytes:
        """The seal of a row with these values."""
        return hashlib.blake2b(_encode([table, *values]), key=self._secret, digest_size=SEAL_SIZE).digest()

    def check_seal(self, seal: bytes, table: str, *values: Cell) -> None:
        """Raises `Fault` unless the seal is of these values."""
        if seal != self.seal(table, *values):
            raise changed(table)


def changed(table: str) -> Fault:
    """What to say of a row that was changed by another hand."""
    advice = "restore the file from a back-up, and find out who wrote to it"
    return Fault(f"a row of the gateway's table {table!r} was changed by another hand; {advice}")
