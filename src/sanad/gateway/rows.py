"""The outbox's tables: what was to be said, where it stands, and every form in which it was signed.

What never changes is apart from what does, so that a receipt does not rewrite a megabyte of body.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import apsw

from sanad.base.errors import Fault, ensure
from sanad.gateway import held_rows, reservation_rows
from sanad.gateway.database import Database, changed
from sanad.gateway.held_rows import Hold
from sanad.rulebook.message import Kind, Message

SCHEMA = """
CREATE TABLE message (
    key TEXT PRIMARY KEY, content BLOB NOT NULL, kind INTEGER NOT NULL, items INTEGER NOT NULL,
    screened INTEGER NOT NULL, signers TEXT NOT NULL, notes BLOB NOT NULL, body BLOB NOT NULL, seal BLOB NOT NULL
);
CREATE TABLE place (
    key TEXT PRIMARY KEY REFERENCES message, state INTEGER NOT NULL, lane INTEGER NOT NULL, sequence INTEGER NOT NULL,
    attempts INTEGER NOT NULL, receipt BLOB NOT NULL, entry INTEGER NOT NULL, seal BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX place_entry ON place (entry) WHERE entry > 0;
CREATE UNIQUE INDEX place_in_lane ON place (lane, sequence) WHERE sequence > 0;
CREATE INDEX place_queued ON place (lane) WHERE state = 1;
CREATE TABLE attempt (
    key TEXT NOT NULL REFERENCES message, number INTEGER NOT NULL, digest BLOB NOT NULL, head BLOB NOT NULL,
    seal BLOB NOT NULL, PRIMARY KEY (key, number)
) WITHOUT ROWID;
CREATE TABLE lane (number INTEGER PRIMARY KEY, next INTEGER NOT NULL)
"""


class State(IntEnum):
    """Where a message stands."""

    QUEUED = 1
    ANSWERED = 2
    REFUSED = 3
    NOTED = 4


DONE = frozenset({State.ANSWERED, State.NOTED})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message says, before it has a place in a lane. `notes` stay with us; they are kept beside the message."""

    kind: Kind
    body: bytes
    items: int
    """0: nothing is sent, only the notes are kept."""
    signers: tuple[str, ...]
    """Keys of the key file. Empty: a person signs it elsewhere, with a passkey, and we cannot sign it again."""
    screened: int = 0
    notes: bytes = b""
    holds: tuple[Hold, ...] = ()
    """Payments of its part that are held: written down with it, and not read back here."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message under its idempotency key. Lane and sequence are 0 while it has no place."""

    key: str
    content: bytes
    draft: Draft
    state: State
    lane: int = 0
    sequence: int = 0
    attempts: int = 0
    """In how many forms it was signed for this place; the last is in force."""
    receipt: bytes = b""
    entry: int = 0
    """Of the record, once it is answered."""


class Rows:
    """Reads and writes the outbox's tables. Every change is on the disk on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> Row | None:
        """The message under a key. Raises `Fault` when its row was changed by another hand."""
        with self._database.reading() as connection:
            message = connection.execute(
                "SELECT content, kind, items, screened, signers, notes, body, seal FROM message WHERE key = ?", (key,)
            ).fetchone()
            place = connection.execute(
                "SELECT state, lane, sequence, attempts, receipt, entry, seal FROM place WHERE key = ?", (key,)
            ).fetchone()
        if message is None:
            return None
        if place is None:
            raise changed("place")
        content, kind, items, screened, signers, notes, body, seal = message
        self._database.check_seal(seal, "message", key, *message[:-1])
        self._database.check_seal(place[-1], "place", key, *place[:-1])
        state, lane, sequence, attempts, receipt, entry, _ = place
        names = tuple(signers.split("\n")) if signers else ()
        draft = Draft(Kind(kind), body, items, names, screened, notes)
        return Row(key, content, draft, State(state), lane, sequence, attempts, receipt, entry)

    def read(self, key: str) -> Row:
        """The message under a key that is known to be there."""
        row = self.find(key)
        if row is None:
            raise Fault("a message left the outbox while it was worked on; restore the database from a back-up")
        return row

    def queued(self) -> list[tuple[int, str]]:
        """Lane and key of all that may be under way, in order of lanes."""
        with self._database.reading() as connection:
            return list(connection.execute("SELECT lane, key FROM place WHERE state = 1 ORDER BY lane"))

    def queued_in(self, lane: int) -> str | None:
        """The key of the message under way in a lane."""
        with self._database.reading() as connection:
            found: str | None = connection.execute("SELECT key FROM place WHERE state = 1 AND lane = ?", (lane,)).get
        return found

    def forms(self, row: Row) -> dict[bytes, bytes]:
        """Header and signatures by digest of all signed forms of a message, the last in force. Raises as `find`."""
        with self._database.reading() as connection:
            found: list[tuple[Any, ...]] = connection.execute(
                "SELECT number, digest, head, seal FROM attempt WHERE key = ? ORDER BY number", (row.key,)
            ).fetchall()
        for number, message_digest, head, seal in found:
            self._database.check_seal(seal, "attempt", row.key, number, message_digest, head)
        if len(found) != row.attempts:
            raise changed("attempt")
        return {message_digest: head for _, message_digest, head, _ in found}

    def note(self, row: Row) -> None:
        """Write down a new message that has nothing to send."""
        with self._database.writing() as connection:
            self._insert(connection, row)

    def place(self, row: Row, message: Message, *, is_new: bool) -> Row:
        """Write down a message with its place in a lane and its first signed form, all at once."""
        with self._database.writing() as connection:
            if is_new:
                self._insert(connection, row)
            connection.execute("INSERT OR REPLACE INTO lane VALUES (?, ?)", (row.lane, row.sequence))
            return self._add_form(connection, row, message)

    def renew(self, row: Row, message: Message) -> Row:
        """Keep one more signed form of a message, for the same place; the row as it then stands."""
        with self._database.writing() as connection:
            return self._add_form(connection, row, message)

    def find_entry(self, entry: int) -> Row | None:
        """The message that is at an entry of the record. Raises as `find`."""
        with self._database.reading() as connection:
            key: str | None = connection.execute("SELECT key FROM place WHERE entry = ? AND entry > 0", (entry,)).get
        return None if key is None else self.read(key)

    def answer(self, row: Row, receipt: bytes, entry: int) -> Row:
        """Keep the receipt, which names the entry; the lane goes on to its next sequence."""
        row = replace(row, state=State.ANSWERED, receipt=receipt, entry=entry)
        with self._database.writing() as connection:
            self._put(connection, row)
            reservation_rows.note_outcomes(connection, self._database, row.draft.kind, row.draft.body, receipt)
            connection.execute("INSERT OR REPLACE INTO lane VALUES (?, ?)", (row.lane, row.sequence + 1))
        return row

    def give_back(self, row: Row) -> None:
        """Take a refused message out of its place; the node will be asked where the lane stands."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM attempt WHERE key = ?", (row.key,))
            connection.execute("DELETE FROM lane WHERE number = ?", (row.lane,))
            self._put(connection, replace(row, state=State.REFUSED, lane=0, sequence=0, attempts=0))

    def next_sequence(self, lane: int) -> int | None:
        """The sequence that a lane uses next, None where only the node knows."""
        with self._database.reading() as connection:
            found: int | None = connection.execute("SELECT next FROM lane WHERE number = ?", (lane,)).get
        return found

    def _add_form(self, connection: apsw.Connection, row: Row, message: Message) -> Row:
        ensure(message.body == row.draft.body, "a message is signed again with the same body")
        row = replace(row, attempts=row.attempts + 1)
        head = message.header_bytes + message.signatures_bytes
        values = (row.key, row.attempts, message.digest, head)
        seal = self._database.seal("attempt", *values)
        connection.execute("INSERT INTO attempt VALUES (?, ?, ?, ?, ?)", (*values, seal))
        self._put(connection, row)
        return row

    def _insert(self, connection: apsw.Connection, row: Row) -> None:
        draft = row.draft
        signers = "\n".join(draft.signers)
        values = (row.key, row.content, int(draft.kind), draft.items, draft.screened, signers, draft.notes, draft.body)
        seal = self._database.seal("message", *values)
        connection.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, seal))
        self._put(connection, row)
        held_rows.insert(connection, self._database, row.key, draft.holds)

    def _put(self, connection: apsw.Connection, row: Row) -> None:
        values = (row.key, int(row.state), row.lane, row.sequence, row.attempts, row.receipt, row.entry)
        seal = self._database.seal("place", *values)
        connection.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*values, seal))
