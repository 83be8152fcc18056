"""The gateway of one institution: its folder, its keys, and one way to the node for all that it sends.

keys.json              signing keys and the secrets of the databases, under a passphrase
gateway.sqlite         outbox, address book, assets, settings
evidence.sqlite        sealed personal data
evidence-keys.sqlite   the keys to them, one a subject; back it up apart from the others
"""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from nacl.signing import SigningKey

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.evidence.database import SHORT_WAITING, Waiting
from sanad.evidence.store import EvidenceStore
from sanad.gateway import addresses, assets, held_rows, rows
from sanad.gateway.checks import AbsentCheck, Check
from sanad.gateway.database import Database
from sanad.gateway.held_rows import HeldRows
from sanad.gateway.holds import Holds
from sanad.gateway.incoming import Incoming
from sanad.gateway.keys import SYSTEM, Key, KeyFile, Limits
from sanad.gateway.node import Node
from sanad.gateway.opened_evidence import OpenedEvidence
from sanad.gateway.outbox import Answer, Outbox
from sanad.gateway.payments import PaymentFiles
from sanad.gateway.reservation_rows import ReservationRows
from sanad.gateway.reservations import Reservations
from sanad.gateway.rows import Draft
from sanad.gateway.transfers import Desk
from sanad.node import receipts
from sanad.node.proofs import Transfer
from sanad.rulebook.message import (
    POSITIONS_PER_ENTRY,
    TRANSFER_SIZE,
    Header,
    Kind,
    Message,
    Signature,
    assemble,
    parse,
    with_signatures,
)

KEY_FILE = "keys.json"
DATABASE = "gateway.sqlite"
EVIDENCE = "evidence.sqlite"
EVIDENCE_KEYS = "evidence-keys.sqlite"

LANES = range(1, 5)
"""Lanes of a system's key unless said otherwise: four messages under way side by side."""
VALIDITY_MS = 600_000
"""How long after signing a message may still become an entry."""
READING_MS = 1_200_000
"""How long a person has to read and sign what is shown."""

CHECKS_MAX = 16
_CHECK_NAME = re.compile(r"[a-z][a-z_]{0,30}")
_REQUIRED = "checks required"

_SETTINGS = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL, seal BLOB NOT NULL) WITHOUT ROWID
"""
_SCHEMA = f"{rows.SCHEMA};{held_rows.SCHEMA};{addresses.SCHEMA};{assets.SCHEMA};{_SETTINGS}"

Connect = Callable[[SigningKey], Node]
"""Makes the client of the node; the system's key signs its reads."""


class Gateway:
    """An institution's own side of the wire. Safe for threads; one process at a time."""

    def __init__(
        self, keys: KeyFile, database: Database, evidence: EvidenceStore, node: Node, institution: int, network: bytes,
        node_public_key: bytes | None, clock_ms: Callable[[], int],
    ) -> None:  # fmt: skip
        """Call `open` instead."""
        self.keys = keys
        self.evidence = evidence
        self.node = node
        self.institution = institution
        self.network = network
        self.addresses = addresses.AddressBook(database)
        self.assets = assets.Assets(database)
        self._database = database
        self._node_public_key = node_public_key
        self._clock_ms = clock_ms
        check = self._check_receipt if node_public_key else None
        self.outbox = Outbox(database, institution, node, self.new_message, check, clock_ms)
        self._last_sent: tuple[int, Message] | None = None
        self.checks: tuple[Check, ...] = ()
        """What is asked before a payment goes; handed over by whoever opens the gateway, `attach`."""
        lanes = keys.key(SYSTEM).lanes
        self.holds = Holds(HeldRows(database), evidence, self.outbox, lanes, self._desk)
        self.incoming = Incoming(self.outbox, lanes, self._desk)
        self.reservations = Reservations(ReservationRows(database), self.evidence_of, self.outbox, lanes, self._desk)
        self.payments = PaymentFiles(self.outbox, self.holds, self._desk, lanes)

    @classmethod
    def init(
        cls, folder: Path, passphrase: str, *, lanes: range = LANES, limits: Limits | None = None,
        seed: bytes | None = None,
    ) -> Key:  # fmt: skip
        """Make an institution's folder with a new system's key, or the one of `seed`; it is to be registered next.

        Raises `Refused` when a key file is there already, or the folder is a record's.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return KeyFile.create(folder / KEY_FILE, passphrase, limits).add(SYSTEM, lanes, seed=seed)

    @classmethod
    def open(
        cls,
        folder: Path,
        passphrase: str,
        connect: Connect,
        *,
        institution: int | None = None,
        node_public_key: bytes | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        waiting: Waiting = SHORT_WAITING,
    ) -> Self:
        """Open an institution's folder. The first opening needs the number that `institution` has on the record.

        The network and what is given here are kept: a node of another network is refused from then on. With
        `node_public_key`, which comes from genesis, every receipt is verified before it is believed. While another
        process works with the folder it waits as `waiting` says. Raises `Refused` (wrong passphrase, other network,
        another process that goes on), `Fault` for damage, `Unavailable` when the node is silent.
        """
        keys = KeyFile.open_file(folder / KEY_FILE, passphrase)
        node = connect(keys.signing_key(SYSTEM))
        database = Database(folder / DATABASE, _SCHEMA, keys.secret_for("gateway rows"), waiting)
        try:
            number = b"" if institution is None else institution.to_bytes(4, "little")
            network = _settle(database, "network", node.network, "the node is of another network; name the right node")
            number = _settle(database, "institution", number, "the folder is another institution's; name the right one")
            _ensure_known(number)
            public = _settle(database, "node key", node_public_key or b"", "the node has another key; ask its operator")
            evidence = EvidenceStore(folder / EVIDENCE, folder / EVIDENCE_KEYS, keys.secret_for("evidence keys"))
        except BaseException:
            database.close()
            raise
        institution = int.from_bytes(number, "little")
        return cls(keys, database, evidence, node, institution, network, public or None, clock_ms)

    def attach(self, checks: Sequence[Check]) -> None:
        """Ask these checks about every payment from now on. Raises `Refused` when two have one name."""
        names = [check.name for check in checks]
        if len(set(names)) < len(names):
            raise Refused("checks", f"two checks have one name: {', '.join(sorted(names))}; attach each once", 409)
        self.checks = tuple(checks)

    @property
    def required_checks(self) -> tuple[str, ...]:
        """Names of the checks without which nothing is clear, whichever program takes the payment."""
        kept = _read_setting(self._database, _REQUIRED)
        return tuple(kept.decode().split()) if kept else ()

    def require_checks(self, names: Sequence[str]) -> None:
        """Hold every payment from now on for which one of these checks was not asked. Raises `Malformed`."""
        if len(names) > CHECKS_MAX or not all(_CHECK_NAME.fullmatch(name) for name in names):
            raise Malformed(
                "checks", "checks.form", f"name at most {CHECKS_MAX} checks in small letters, as travel_rule"
            )
        _write_setting(self._database, _REQUIRED, " ".join(sorted(set(names))).encode())

    def _desk(self) -> Desk:
        at_hand = {check.name for check in self.checks}
        absent = tuple(AbsentCheck(name) for name in self.required_checks if name not in at_hand)
        checks = (*self.checks, *absent)
        return Desk(self.addresses, self.assets.all(), self.evidence, checks, SYSTEM, self._clock_ms())

    def evidence_of(self, position: int) -> OpenedEvidence:
        """What leads to the digest of a transfer that we sent; `opened_evidence.read` says what was checked.

        Raises `Refused` (404) when the transfer is not ours or its evidence was erased.
        """
        entry, index = divmod(position, POSITIONS_PER_ENTRY)
        message = self._sent_in(entry)
        if message is None or message.header.kind != Kind.TRANSFERS or index >= message.header.items:
            raise Refused("evidence", "we sent no transfer that is at this position; check the number", 404)
        transfer = message.body[index * TRANSFER_SIZE : (index + 1) * TRANSFER_SIZE]
        random, contents = self.evidence.open(Transfer.decode(transfer).evidence)
        return OpenedEvidence(position, message.header.screened, transfer, random, contents)

    def _sent_in(self, entry: int) -> Message | None:
        """Our message at an entry. The last is kept at hand: one may hold thousands of transfers, and never changes."""
        if self._last_sent is not None and self._last_sent[0] == entry:
            return self._last_sent[1]
        sent = self.outbox.sent_in(entry)
        if sent is None:
            return None
        self._last_sent = entry, parse(sent.raw)
        return self._last_sent[1]

    def close(self) -> None:
        """Close the databases; the node's client is its maker's to close."""
        self.evidence.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- messages ---------------------------------------------------------------------------------------------------

    def new_message(self, draft: Draft, lane: int, sequence: int) -> Message:
        """Sign what a draft says for a place in a lane, valid from now for `VALIDITY_MS`."""
        message = self._unsigned(draft, lane, sequence, VALIDITY_MS)
        return with_signatures(message, tuple(self.keys.sign(name, message.digest) for name in draft.signers))

    def _unsigned(self, draft: Draft, lane: int, sequence: int, validity_ms: int) -> Message:
        header = Header(
            draft.kind, self.network, self.institution, lane, sequence, self._clock_ms() + validity_ms, draft.items,
            0, draft.screened, secrets.token_bytes(16), b"",
        )  # fmt: skip
        return assemble(header, draft.body, ())

    def assemble(self, kind: Kind, body: bytes, lane: int, *, wait_seconds: int = 0) -> Message:
        """An unsigned message for the next place of a person's lane, to be shown and signed elsewhere.

        Nothing is kept and no place is taken. Raises `Unavailable` when the node, or the lane, does not answer.
        """
        sequence = self.outbox.next_place(lane, wait_seconds=wait_seconds)
        return self._unsigned(Draft(kind, body, 1, ()), lane, sequence, READING_MS)

    def send_signed(
        self, message: Message, signature: Signature, idempotency_key: str, *, wait_seconds: int = 30
    ) -> Answer:
        """Send what `assemble` made, with the person's signature. Raises as `Outbox.submit_signed`."""
        signed = with_signatures(message, (signature,))
        content = digest(canonical.encode([int(message.header.kind), message.header.lane]), message.body)
        return self.outbox.submit_signed(idempotency_key, content, signed, wait_seconds=wait_seconds)

    def send(self, draft: Draft, idempotency_key: str | None = None, *, wait_seconds: int = 30) -> Answer:
        """Send a message through the outbox, on the lanes of its first signer.

        Without an idempotency key each call is a new order. Raises as `Outbox.submit`.
        """
        key = idempotency_key or secrets.token_hex(16)
        content = digest(canonical.encode([int(draft.kind), list(draft.signers), draft.screened]), draft.body)
        lanes = self.keys.key(draft.signers[0]).lanes
        return self.outbox.submit(key, content, lambda: draft, lanes, wait_seconds=wait_seconds)

    def send_act(
        self,
        schema: int,
        fields: Sequence[canonical.Value],
        *,
        recipients: Sequence[int] = (),
        refers: Sequence[int] = (),
        digests: Sequence[bytes] = (),
        signer: str = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Answer:
        """Send a control act that needs one signature (`rulebook/edition1/acts.py` is the table of schemas)."""
        body = act_body(schema, fields, recipients, refers, digests)
        return self.send(Draft(Kind.ACT, body, 1, (signer,)), idempotency_key)

    def propose(
        self,
        schema: int,
        fields: Sequence[canonical.Value],
        *,
        person: str,
        recipients: Sequence[int] = (),
        refers: Sequence[int] = (),
        digests: Sequence[bytes] = (),
        idempotency_key: str | None = None,
    ) -> Answer:
        """Propose a control act by the key `person`; another person confirms the entry that the receipt names."""
        body = act_body(schema, fields, recipients, refers, digests)
        return self.send(Draft(Kind.PROPOSE, body, 1, (person,)), idempotency_key)

    def confirm(
        self, entry: int, proposal: bytes, *, person: str, recipients: Sequence[int] = (),
        idempotency_key: str | None = None,
    ) -> Answer:  # fmt: skip
        """Confirm the proposal at `entry` by another person's key. `proposal`: its body, read and agreed with."""
        body = act_body(0, [], recipients, [entry], [digest(proposal)])
        return self.send(Draft(Kind.CONFIRM, body, 1, (person,)), idempotency_key)

    def withdraw(
        self, entry: int, proposal: bytes, *, person: str, recipients: Sequence[int] = (),
        idempotency_key: str | None = None,
    ) -> Answer:  # fmt: skip
        """Withdraw the proposal at `entry`, which the institution made."""
        body = act_body(0, [], recipients, [entry], [digest(proposal)])
        return self.send(Draft(Kind.WITHDRAW, body, 1, (person,)), idempotency_key)

    def _check_receipt(self, receipt: receipts.Receipt, message: Message) -> object:
        return receipts.verify_for(receipt, message, self.network, self._node_public_key or b"")


def _ensure_known(institution: bytes) -> None:
    if not institution:
        raise Refused("institution", "say once which number the institution has on the record", 409)


def act_body(
    schema: int,
    fields: Sequence[canonical.Value],
    recipients: Sequence[int] = (),
    refers: Sequence[int] = (),
    digests: Sequence[bytes] = (),
) -> bytes:
    """The canonical bytes of a control act (formats.md §2)."""
    ascending: list[canonical.Value] = [*sorted(set(recipients))]
    entries: list[canonical.Value] = [*sorted(set(refers))]
    return canonical.encode([schema, ascending, entries, list(digests), *fields])


def _read_setting(database: Database, name: str) -> bytes:
    """A setting that may change; empty where it was never set."""
    with database.reading() as connection:
        row = connection.execute("SELECT value, seal FROM setting WHERE name = ?", (name,)).fetchone()
    if row is None:
        return b""
    database.check_seal(row[1], "setting", name, row[0])
    return bytes(row[0])


def _write_setting(database: Database, name: str, value: bytes) -> None:
    with database.writing() as connection:
        values = (name, value, database.seal("setting", name, value))
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", values)


def _settle(database: Database, name: str, given: bytes, advice: str) -> bytes:
    """Keep a setting for ever, or give the one kept; empty = whatever is kept. Raises `Refused` when they differ."""
    with database.writing() as connection:
        row = connection.execute("SELECT value, seal FROM setting WHERE name = ?", (name,)).fetchone()
        if row is not None:
            kept, seal = row
            database.check_seal(seal, "setting", name, kept)
            if given not in (b"", kept):
                raise Refused(name, advice, 409)
            return bytes(kept)
        if given:
            connection.execute(
                "INSERT INTO setting VALUES (?, ?, ?)", (name, given, database.seal("setting", name, given))
            )
        return given
