"""The table of payments that are held: what was found, where each stands, and everything that was done about it.

A held payment's row is written in the same transaction as the message that the rest of its part goes in, so that no
crash can forget it, or have it checked anew and sent beside. Names and texts are not here: they are sealed in the
evidence, and the row holds the digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import apsw

from sanad.base.errors import Refused
from sanad.gateway.database import Database, changed

SCHEMA = """
CREATE TABLE hold (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, place INTEGER NOT NULL, uetr BLOB NOT NULL,
    debit INTEGER NOT NULL, credit INTEGER NOT NULL, asset INTEGER NOT NULL, amount INTEGER NOT NULL,
    subject BLOB NOT NULL, since_ms INTEGER NOT NULL, state INTEGER NOT NULL, changed_ms INTEGER NOT NULL,
    evidence BLOB NOT NULL, findings TEXT NOT NULL, summary TEXT NOT NULL, decision BLOB NOT NULL,
    reason TEXT NOT NULL, receipt BLOB NOT NULL, seal BLOB NOT NULL, UNIQUE (key, place)
);
CREATE INDEX hold_in_state ON hold (state, number);
CREATE TABLE hold_event (
    hold INTEGER NOT NULL REFERENCES hold, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, what TEXT NOT NULL,
    who TEXT NOT NULL, digest BLOB NOT NULL, seal BLOB NOT NULL, PRIMARY KEY (hold, number)
) WITHOUT ROWID
"""
PAGE_MAX = 200
_NEWEST = (1 << 63) - 1
EVENTS_MAX = 1_000


class HoldState(IntEnum):
    """Where a held payment stands."""

    HELD = 1
    RELEASED = 2
    """A person, or the checks when they were asked again, let it go; it is not on the record yet."""
    SENT = 3
    REFUSED = 4


class What(IntEnum):
    """What happened to a held payment."""

    HELD = 1
    ASKED_AGAIN = 2
    CLEARED = 3
    """Asked again, every check said that it is clear."""
    RELEASED = 4
    REFUSED = 5
    HELD_AGAIN = 6
    """When it was to be sent the checks found what nobody had decided about."""
    SENT = 7


@dataclass(frozen=True, slots=True)
class Hold:
    """A held payment, or one that was. Amount in minor units of the asset."""

    key: str
    """Of the message in which the rest of its part was sent."""
    place: int
    """In the part, from 0."""
    uetr: bytes
    debit: int
    credit: int
    asset: int
    amount: int
    subject: bytes
    since_ms: int
    evidence: bytes
    """Digest of the sealed payment and of what was found last."""
    findings: str
    """`check:finding`, separated by blanks, of all that are not clear."""
    summary: str
    """For whoever decides; without personal data."""
    state: HoldState = HoldState.HELD
    changed_ms: int = 0
    decision: bytes = b""
    """Digest of the sealed decision: who, why, when."""
    reason: str = ""
    """ISO reason of a refused one."""
    receipt: bytes = b""
    number: int = 0
    """0 until it is written."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a held payment. `who` is empty where nobody did it; `digest` is of sealed evidence."""

    number: int
    at_ms: int
    what: What
    who: str
    digest: bytes


_FIELDS = (
    "key", "place", "uetr", "debit", "credit", "asset", "amount", "subject", "since_ms", "state", "changed_ms",
    "evidence", "findings", "summary", "decision", "reason", "receipt",
)  # fmt: skip
_COLUMNS = ", ".join(_FIELDS)


class HeldRows:
    """Reads and changes the table. Every change is on the disk on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, number: int) -> Hold:
        """One held payment. Raises `Refused` (404), `Fault` when its row was changed by another hand."""
        found = self._select("number = ?", (number,), 1)
        if not found:
            raise Refused("held payment", "no held payment has this number; look at the list", 404)
        return found[0]

    def of_part(self, key: str) -> dict[int, Hold]:
        """All of one part of a file, by their places."""
        return {hold.place: hold for hold in self._select("key = ?", (key,), 1 << 14)}

    def page(self, states: Sequence[HoldState], after: int, limit: int) -> list[Hold]:
        """Those in some states, oldest first, with numbers above `after`."""
        marks = ",".join("?" * len(states))
        wanted = (*(int(each) for each in states), after)
        return self._select(f"state IN ({marks}) AND number > ?", wanted, min(limit, PAGE_MAX))

    def history(self, states: Sequence[HoldState], before: int, limit: int) -> list[Hold]:
        """Those in some states, newest first, with numbers below `before` (0: from the newest)."""
        marks = ",".join("?" * len(states))
        wanted = (*(int(each) for each in states), before or _NEWEST)
        return self._select(f"state IN ({marks}) AND number < ?", wanted, min(limit, PAGE_MAX), "number DESC")

    def count(self, state: HoldState) -> int:
        """How many are in a state."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM hold WHERE state = ?", (int(state),)).get)

    def events(self, number: int) -> list[Event]:
        """What happened to one, in order, at most the first thousand."""
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                "SELECT number, at_ms, what, who, digest, seal FROM hold_event WHERE hold = ? ORDER BY number LIMIT ?",
                (number, EVENTS_MAX),
            ).fetchall()
        events = []
        for at, (place, at_ms, what, who, digest, seal) in enumerate(rows, 1):
            self._database.check_seal(seal, "hold_event", number, place, at_ms, what, who, digest)
            if place != at:
                raise changed("hold_event")
            events.append(Event(place, at_ms, What[what], who, digest))
        return events

    def change(self, before: Hold, what: What, at_ms: int, who: str, **changes: Any) -> Hold:
        """Note an event and the changes that come with it. Raises `Refused` (409) when another change came first."""
        after = replace(before, **changes, changed_ms=at_ms)
        with self._database.writing() as connection:
            state = connection.execute(
                "SELECT state FROM hold WHERE number = ? AND evidence = ? AND decision = ?",
                (before.number, before.evidence, before.decision),
            ).get
            if state != before.state:
                raise Refused("held payment", "somebody else decided meanwhile; look at it again", 409)
            _put(connection, self._database, after)
            number = 1 + int(connection.execute("SELECT count(*) FROM hold_event WHERE hold = ?", (before.number,)).get)
            digest = after.decision if what in (What.RELEASED, What.REFUSED, What.CLEARED) else after.evidence
            _note(connection, self._database, before.number, Event(number, at_ms, what, who, digest))
        return after

    def _select(
        self, where: str, values: tuple[Any, ...], limit: int, order: str = "number"
    ) -> list[Hold]:  # fmt: skip
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                f"SELECT number, {_COLUMNS}, seal FROM hold WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608 - ours
                (*values, limit),
            ).fetchall()
        holds = []
        for number, *cells, seal in rows:
            self._database.check_seal(seal, "hold", number, *cells)
            fields = dict(zip(_FIELDS, cells, strict=True))
            holds.append(Hold(**{**fields, "state": HoldState(fields["state"])}, number=number))
        return holds


def insert(connection: apsw.Connection, database: Database, key: str, holds: Sequence[Hold]) -> None:
    """Write down the held payments of a message that is written in the same transaction."""
    first = 1 + int(connection.execute("SELECT coalesce(max(number), 0) FROM hold").get)
    marks = ", ".join("?" * (len(_FIELDS) + 2))
    for number, hold in enumerate(holds, first):
        cells = _cells(replace(hold, key=key))
        connection.execute(
            f"INSERT INTO hold (number, {_COLUMNS}, seal) VALUES ({marks})",  # noqa: S608 - names are ours
            (number, *cells, database.seal("hold", number, *cells)),
        )
        _note(connection, database, number, Event(1, hold.since_ms, What.HELD, "", hold.evidence))


def _cells(hold: Hold) -> list[Any]:
    return [int(cell) if isinstance(cell := getattr(hold, name), HoldState) else cell for name in _FIELDS]


def _put(connection: apsw.Connection, database: Database, hold: Hold) -> None:
    cells = _cells(hold)
    marks = ", ".join(f"{name} = ?" for name in (*_FIELDS, "seal"))
    connection.execute(
        f"UPDATE hold SET {marks} WHERE number = ?",  # noqa: S608 - names are ours
        (*cells, database.seal("hold", hold.number, *cells), hold.number),
    )


def _note(connection: apsw.Connection, database: Database, number: int, event: Event) -> None:
    cells = (number, event.number, event.at_ms, event.what.name, event.who, event.digest)
    connection.execute(
        "INSERT INTO hold_event VALUES (?, ?, ?, ?, ?, ?, ?)", (*cells, database.seal("hold_event", *cells))
    )
