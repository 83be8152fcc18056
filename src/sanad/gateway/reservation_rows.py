"""The table of transfers that we sent as pending: what of ours is reserved on the record, and what was found since.

A row is written in the same transaction as the receipt that says the reservation was admitted, and marked as ended in
that of our own post or void. What others end (a releaser, time) the node is asked about. No names are here: they are in
the evidence that the transfer's digest binds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import apsw
import numpy as np

from sanad.base.errors import Refused
from sanad.gateway.database import Database
from sanad.node import receipts
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import TransferFlag
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER, Kind

SCHEMA = """
CREATE TABLE IF NOT EXISTS reservation (
    position INTEGER PRIMARY KEY, uetr BLOB NOT NULL, debit INTEGER NOT NULL, credit INTEGER NOT NULL,
    asset INTEGER NOT NULL, amount INTEGER NOT NULL, purpose INTEGER NOT NULL, releaser INTEGER NOT NULL,
    since_ms INTEGER NOT NULL, state INTEGER NOT NULL, changed_ms INTEGER NOT NULL, findings TEXT NOT NULL,
    summary TEXT NOT NULL, evidence BLOB NOT NULL, decision BLOB NOT NULL, seal BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS reservation_open ON reservation (position) WHERE state = 1;
CREATE INDEX IF NOT EXISTS reservation_found ON reservation (position) WHERE state = 1 AND findings <> '';
CREATE INDEX IF NOT EXISTS reservation_ended ON reservation (position) WHERE state <> 1
"""
PAGE_MAX = 200
_NEWEST = (1 << 63) - 1
_SETTLING = int(TransferFlag.POST | TransferFlag.VOID)
_OF_INTEREST = _SETTLING | int(TransferFlag.PENDING)


class ReservationState(IntEnum):
    """Whether money is still reserved, and how that ended."""

    OPEN = 1
    ENDED = 2
    """How is not known."""
    POSTED = 3
    GIVEN_BACK = 4
    """By its releaser, who may be ourselves; or by an order of the authority."""
    EXPIRED = 5
    """Its time was over."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A transfer of ours that reserved money. Amount in minor units of the asset."""

    position: int
    uetr: bytes
    debit: int
    credit: int
    asset: int
    amount: int
    purpose: int
    releaser: int
    """Which institution alone may post it or give it back; 0 is ourselves."""
    since_ms: int
    """Time of the block that admitted it."""
    state: ReservationState = ReservationState.OPEN
    changed_ms: int = 0
    """Of one that ended: when it did, or was seen to have."""
    findings: str = ""
    """`check:finding` of what is not clear since a list changed; empty while nobody came near."""
    summary: str = ""
    """For whoever decides; without personal data."""
    evidence: bytes = b""
    """Digest of what was found, sealed; empty where nothing was."""
    decision: bytes = b""
    """Digest of the sealed decision by which we gave it back."""


_FIELDS = tuple(each.name for each in fields(Reservation))
_COLUMNS = ", ".join(_FIELDS)


class ReservationRows:
    """Reads and changes the table. Every change is on the disk on return."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as connection:  # folders of an earlier edition have no such table yet
            connection.execute(SCHEMA)

    def find(self, position: int) -> Reservation:
        """One of them. Raises `Refused` (404), `Fault` when its row was changed by another hand."""
        found = self._select("position = ?", (position,), 1)
        if not found:
            raise Refused("reservation", "we reserved nothing at this position; look at the list", 404)
        return found[0]

    def page(self, after: int, limit: int, *, only_found: bool = False) -> list[Reservation]:
        """Open ones at positions above `after`, oldest first; all, or those about whom something was found."""
        where = "state = 1 AND findings <> '' AND position > ?" if only_found else "state = 1 AND position > ?"
        return self._select(where, (after,), min(limit, PAGE_MAX))

    def history(self, before: int, limit: int, *, only_ended: bool = False) -> list[Reservation]:
        """Those that ended, or all, at positions below `before` (0: from the newest), newest first."""
        where = "position < ?" + (" AND state <> 1" if only_ended else "")
        return self._select(where, (before or _NEWEST,), min(limit, PAGE_MAX), "position DESC")

    def count(self, *, only_found: bool = False) -> int:
        """How many are open."""
        where = "state = 1 AND findings <> ''" if only_found else "state = 1"
        with self._database.reading() as connection:
            return int(connection.execute(f"SELECT count(*) FROM reservation WHERE {where}").get)  # noqa: S608 - ours

    def change(self, before: Reservation, at_ms: int, **changes: Any) -> Reservation:
        """Write what is new about one. Raises `Refused` (409) when it ended meanwhile."""
        after = replace(before, **changes, changed_ms=at_ms)
        with self._database.writing() as connection:
            state = connection.execute("SELECT state FROM reservation WHERE position = ?", (before.position,)).get
            if state != before.state:
                raise Refused("reservation", "it has ended meanwhile; look at it again", 409)
            _put(connection, self._database, after)
        return after

    def _select(
        self, where: str, values: tuple[Any, ...], limit: int, order: str = "position"
    ) -> list[Reservation]:  # fmt: skip
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                f"SELECT {_COLUMNS}, seal FROM reservation WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608 - ours
                (*values, limit),
            ).fetchall()
        return [_checked(self._database, row) for row in rows]


def note_outcomes(
    connection: apsw.Connection, database: Database, kind: Kind, body: bytes, receipt: bytes
) -> None:  # fmt: skip
    """Note what a receipt says of reservations, in the transaction that keeps the receipt."""
    if kind != Kind.TRANSFERS:
        return
    transfers = np.frombuffer(body, TRANSFER)
    if not (transfers["flags"] & _OF_INTEREST).any():
        return
    decoded = receipts.decode(receipt)
    at_ms = decoded.time_ms
    for index, row, code in zip(range(len(transfers)), transfers, decoded.codes, strict=True):
        flags = int(row["flags"])
        if code != Outcome.ADMITTED or not flags & _OF_INTEREST:
            continue
        if flags & TransferFlag.PENDING:
            _put(connection, database, _reserved(decoded.entry * POSITIONS_PER_ENTRY + index, row, at_ms))
        elif flags & _SETTLING and not flags & TransferFlag.KEEP:
            state = ReservationState.POSTED if flags & TransferFlag.POST else ReservationState.GIVEN_BACK
            for found in _at(connection, database, int(row["pending"])):
                _put(connection, database, replace(found, state=state, changed_ms=at_ms))


def _reserved(position: int, row: Any, at_ms: int) -> Reservation:
    return Reservation(
        position, row["uetr"].tobytes(), int(row["debit"]), int(row["credit"]), int(row["asset"]), int(row["amount"]),
        int(row["purpose"]), int(row["releaser"]), at_ms, changed_ms=at_ms,
    )  # fmt: skip


def _at(connection: apsw.Connection, database: Database, position: int) -> Iterator[Reservation]:
    rows = connection.execute(f"SELECT {_COLUMNS}, seal FROM reservation WHERE position = ?", (position,))  # noqa: S608
    for row in rows.fetchall():
        yield _checked(database, row)


def _checked(database: Database, row: tuple[Any, ...]) -> Reservation:
    *cells, seal = row
    database.check_seal(seal, "reservation", *cells)
    named = dict(zip(_FIELDS, cells, strict=True))
    return Reservation(**{**named, "state": ReservationState(named["state"])})


def _put(connection: apsw.Connection, database: Database, reservation: Reservation) -> None:
    cells = [int(cell) if isinstance(cell := getattr(reservation, name), IntEnum) else cell for name in _FIELDS]
    marks = ", ".join("?" * (len(cells) + 1))
    connection.execute(
        f"INSERT OR REPLACE INTO reservation ({_COLUMNS}, seal) VALUES ({marks})",  # noqa: S608 - names are ours
        (*cells, database.seal("reservation", *cells)),
    )
