"""Sealed contents, each under its subject's own key, so that destroying one key erases all that it sealed.

Two files with back-ups of their own:

    items   digest → subject, sealed (32 random bytes ‖ contents)      may be backed up for ever
    keys    subject → its key, sealed under the institution's master key     short back-ups, kept apart

A subject is an opaque number drawn by chance, never made from a name or an account. Erasing destroys the key and
leaves a tombstone in both files: a restored back-up of the items stays unreadable, and a restored back-up of the keys
loses the erased key again when the store is opened. Only restoring both from before the erasure brings it back, so
back-ups of keys are to be kept no longer than the law leaves for an erasure.

What is on the record is a digest: H(32 random ‖ contents) of bound evidence, else the 32 random bytes themselves.
Without the random bytes, which die with the key, nobody can test a guess of the contents against it.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

import apsw
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError

from sanad.base.digests import digest
from sanad.base.errors import Fault, Refused, ensure
from sanad.evidence.database import open_database, transaction

KEY_SIZE = 32
RANDOM_SIZE = 32
SUBJECT_SIZE = 16
_NONCE_SIZE = 24

_ITEMS_SCHEMA = """
CREATE TABLE item (digest BLOB NOT NULL UNIQUE, subject BLOB NOT NULL, bound INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE erased (subject BLOB PRIMARY KEY) WITHOUT ROWID
"""
_KEYS_SCHEMA = """
CREATE TABLE subject_key (subject BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE erased (subject BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE master (one INTEGER PRIMARY KEY CHECK (one = 1), mark BLOB NOT NULL)
"""
_MARK = b"sanad/evidence/master/v1"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is to be sealed: of whom, the canonical bytes, and whether the digest binds them."""

    subject: bytes
    contents: bytes
    bound: bool = True


@dataclass(frozen=True, slots=True)
class Sealed:
    """The digest that goes on the record, and the random bytes with which the contents lead to it."""

    digest: bytes
    random: bytes


def new_subject() -> bytes:
    """Draw a new subject, 16 bytes that say nothing."""
    return secrets.token_bytes(SUBJECT_SIZE)


class EvidenceStore:
    """The sealed items of one institution and the keys to them. Safe for threads; one process at a time."""

    def __init__(self, items: Path, keys: Path, master_key: bytes) -> None:
        """Open both files, and make those that are not there yet. `master_key`: 32 bytes, the caller's to keep.

        Raises `Refused` for a wrong master key or when another process holds a file.
        """
        ensure(len(master_key) == KEY_SIZE, "a master key has 32 bytes")
        ensure(items.resolve() != keys.resolve(), "items and keys are two files")
        self._lock = Lock()
        self._master_key = master_key
        self._items = open_database(items, _ITEMS_SCHEMA, 1)
        try:
            self._keys = open_database(keys, _KEYS_SCHEMA, 1)
            try:
                self._check_master_key()
                self._apply_tombstones()
            except BaseException:
                self._keys.close()
                raise
        except BaseException:
            self._items.close()
            raise

    def close(self) -> None:
        """Close both files."""
        with self._lock:
            self._items.close()
            self._keys.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def seal(self, subject: bytes, contents: bytes, *, bound: bool = True) -> Sealed:
        """Seal `contents` under the key of `subject`. Raises as `seal_many`."""
        return self.seal_many([Contents(subject, contents, bound)])[0]

    def seal_many(self, several: Iterable[Contents]) -> list[Sealed]:
        """Seal all or none, in one transaction; they are on the disk on return. Meant for the size of a message.

        Raises `Refused` when a subject was erased, `Unavailable` when the disk is full.
        """
        several = list(several)
        with self._lock:
            # Keys first: a crash in between leaves a key without items, never items without a key.
            with transaction(self._keys):
                keys = self._keys_for({each.subject for each in several})
            sealed, rows = [], []
            for each in several:
                random = secrets.token_bytes(RANDOM_SIZE)
                name = digest(random, each.contents) if each.bound else random
                box = _box(random + each.contents, name + each.subject, keys[each.subject])
                rows.append((name, each.subject, int(each.bound), box))
                sealed.append(Sealed(name, random))
            with transaction(self._items):
                self._items.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", rows)
        return sealed

    def open(self, evidence_digest: bytes) -> tuple[bytes, bytes]:
        """The random bytes and the contents behind a digest on the record.

        Raises `Refused` when nothing is kept under it or its subject was erased, `Fault` when what is kept was changed.
        """
        with self._lock:
            row = self._items.execute(
                "SELECT subject, bound, sealed FROM item WHERE digest = ?", (evidence_digest,)
            ).fetchone()
            if row is None:
                raise Refused("evidence", "nothing is kept under this digest; ask the institution that sent it", 404)
            subject, bound, sealed = row
            kept = self._keys.execute("SELECT sealed FROM subject_key WHERE subject = ?", (subject,)).get
        if kept is None:
            raise Refused("evidence", "it was erased for ever at the demand of whom it concerned", 404)
        plain = _unbox(sealed, evidence_digest + subject, _unbox(kept, subject, self._master_key))
        random, contents = plain[:RANDOM_SIZE], plain[RANDOM_SIZE:]
        if evidence_digest != (digest(random, contents) if bound else random):
            raise _changed()
        return random, contents

    def erase(self, subject: bytes) -> bool:
        """Destroy the key of `subject` for ever, and with it all that was sealed under it. False: no key was there.

        The key's bytes are overwritten in the file and leave the write-ahead log; copies that the disk itself keeps
        are sealed under the master key. Raises `Unavailable` when the disk is full; repeat it then.
        """
        with self._lock:
            # The tombstone by the items first: whatever happens next, the erasure is finished at the next opening.
            with transaction(self._items):
                self._items.execute("INSERT OR IGNORE INTO erased VALUES (?)", (subject,))
            return self._destroy([subject]) > 0

    def is_erased(self, subject: bytes) -> bool:
        """Whether the key of `subject` was destroyed."""
        with self._lock:
            return self._keys.execute("SELECT 1 FROM erased WHERE subject = ?", (subject,)).get is not None

    def erased(self) -> frozenset[bytes]:
        """All subjects whose keys were destroyed: what a restored back-up of other tables is held against."""
        with self._lock:
            return frozenset(subject for (subject,) in self._keys.execute("SELECT subject FROM erased"))

    def back_up_items(self, target: Path) -> None:
        """Write a whole copy of the items to the new file `target`; of no use without the keys."""
        self._copy(self._items, target)

    def back_up_keys(self, target: Path) -> None:
        """Write a whole copy of the keys to the new file `target`; keep it apart from the items, and not for long."""
        self._copy(self._keys, target)

    def _copy(self, connection: apsw.Connection, target: Path) -> None:
        if target.exists():
            raise Refused("back-up", f"{target.name} exists already; name a new file", 409)
        target.touch(mode=0o600)
        with self._lock:
            connection.execute("VACUUM INTO ?", (str(target),))

    def _keys_for(self, subjects: set[bytes]) -> dict[bytes, bytes]:
        """The keys of `subjects`, made where there is none yet; within a transaction."""
        keys: dict[bytes, bytes] = {}
        for subject in sorted(subjects):
            ensure(len(subject) == SUBJECT_SIZE, "a subject has 16 bytes")
            kept = self._keys.execute("SELECT sealed FROM subject_key WHERE subject = ?", (subject,)).get
            if kept is not None:
                keys[subject] = _unbox(kept, subject, self._master_key)
                continue
            if self._keys.execute("SELECT 1 FROM erased WHERE subject = ?", (subject,)).get is not None:
                raise Refused("evidence", "this subject was erased for ever; give the person a new one", 409)
            keys[subject] = secrets.token_bytes(KEY_SIZE)
            box = _box(keys[subject], subject, self._master_key)
            self._keys.execute("INSERT INTO subject_key VALUES (?, ?)", (subject, box))
        return keys

    def _destroy(self, subjects: list[bytes]) -> int:
        """Delete keys, their bytes too, and leave tombstones. How many keys were there."""
        destroyed = 0
        with transaction(self._keys):
            for subject in subjects:
                self._keys.execute("INSERT OR IGNORE INTO erased VALUES (?)", (subject,))
                self._keys.execute("DELETE FROM subject_key WHERE subject = ?", (subject,))
                destroyed += self._keys.changes()
        # secure_delete overwrites in the file itself; the older pages in the write-ahead log go with the log.
        self._keys.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return destroyed

    def _apply_tombstones(self) -> None:
        """Finish erasures that a crash or a restored back-up left open, in either file."""
        by_items = {subject for (subject,) in self._items.execute("SELECT subject FROM erased")}
        by_keys = {subject for (subject,) in self._keys.execute("SELECT subject FROM erased")}
        if by_items - by_keys:
            self._destroy(sorted(by_items - by_keys))
        if by_keys - by_items:
            with transaction(self._items):
                rows = [(subject,) for subject in sorted(by_keys - by_items)]
                self._items.executemany("INSERT INTO erased VALUES (?)", rows)

    def _check_master_key(self) -> None:
        with transaction(self._keys):
            mark = self._keys.execute("SELECT mark FROM master").get
            if mark is None:
                self._keys.execute("INSERT INTO master VALUES (1, ?)", (_box(_MARK, b"", self._master_key),))
                return
        with _told_as_wrong_master_key():
            _unbox(mark, b"", self._master_key)


@contextmanager
def _told_as_wrong_master_key() -> Iterator[None]:
    try:
        yield
    except Fault as error:
        advice = "the evidence keys are sealed under another master key; open them with the key file they belong to"
        raise Refused("evidence keys", advice) from error


def _box(plain: bytes, bound_to: bytes, key: bytes) -> bytes:
    """Nonce ‖ XChaCha20-Poly1305 of `plain`; `bound_to` names the row, so that no two can be exchanged."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, bound_to, nonce, key)


def _unbox(box: bytes, bound_to: bytes, key: bytes) -> bytes:
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(box[_NONCE_SIZE:], bound_to, box[:_NONCE_SIZE], key)
    except (CryptoError, ValueError, TypeError) as error:
        raise _changed() from error


def _changed() -> Fault:
    return Fault("sealed evidence was changed in its file; restore it from a back-up and find out who wrote to it")
