"""A tiny node with the rules of sequence, digest and expiry, kept in a file so that it outlives killed processes."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from uuid import uuid4

import numpy as np
from nacl.signing import SigningKey
from schwifty import IBAN

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Refused, SanadError, Unavailable
from sanad.gateway.checks import Checked, Finding
from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import Limits
from sanad.log import leaves
from sanad.node import receipts
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.message import Kind, Message, parse
from sanad.standards.iso20022.compose import GroupHeader, write_pacs008
from sanad.standards.iso20022.payment import Payment

NETWORK = bytes(range(16))
NODE_KEY = SigningKey(bytes(32))
NODE_PUBLIC_KEY = bytes(NODE_KEY.verify_key)
INSTITUTION = 3
QUICK = Limits(1, 8192)
PASSPHRASE = "کراچی کی بندرگاہ"
NOW_MS = 1_790_000_000_000
POOR_ACCOUNT = 999


MakeFile = Callable[[int], Path]


class FakeNode:
    """Takes one message for each (institution, lane, sequence); the same again gets the same receipt."""

    def __init__(self, path: Path | None = None) -> None:
        self.network = NETWORK
        self.time_ms = NOW_MS
        self.taken: dict[tuple[int, int, int], tuple[bytes, bytes]] = {}
        self.messages: list[Message] = []
        self.submissions = 0
        self.before: list[SanadError] = []
        """Raised by the next submissions, before the message arrives."""
        self.after: list[SanadError] = []
        """Raised by the next submissions, after the message was taken."""
        self.uetrs: set[bytes] = set()
        """UETR and leg, 18 bytes."""
        self._lock = Lock()
        self._path = path
        if path is not None and path.exists():
            kept = path.read_bytes()
            while kept:
                size = int.from_bytes(kept[:4], "little")
                self._take(parse(kept[4 : 4 + size]))
                kept = kept[4 + size :]

    def submit(self, raw: bytes) -> bytes:
        with self._lock:
            self.submissions += 1
            if self.before:
                raise self.before.pop(0)
            message = parse(raw)
            header = message.header
            place = (header.institution, header.lane, header.sequence)
            if place in self.taken:
                taken_digest, receipt = self.taken[place]
                if taken_digest == message.digest:
                    return receipt
                raise Refused("sequence", "this sequence is used by another message; ask for its receipt", 409)
            if header.sequence != self.next_sequence(header.institution, header.lane):
                raise Refused("sequence", "close the gap", 409)
            if header.expiry_ms <= self.time_ms:
                raise Refused("expiry", "the message has expired; sign it again with a later expiry", 409)
            if self._path is not None:
                with self._path.open("ab") as file:
                    file.write(len(raw).to_bytes(4, "little") + raw)
            receipt = self._take(message)
            if self.after:
                raise self.after.pop(0)
            return receipt

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        return self.taken.get((institution, lane, sequence), (b"", None))[1]

    def next_sequence(self, institution: int, lane: int) -> int:
        return max((place[2] for place in self.taken if place[:2] == (institution, lane)), default=0) + 1

    def _take(self, message: Message) -> bytes:
        header = message.header
        self.messages.append(message)
        receipt = signed_receipt(message, self._outcomes(message), len(self.messages), self.time_ms)
        self.taken[header.institution, header.lane, header.sequence] = (message.digest, receipt)
        return receipt

    def _outcomes(self, message: Message) -> bytes:
        if message.header.kind != Kind.TRANSFERS:
            return bytes(2)
        outcomes = []
        for transfer in message.transfers():
            uetr = transfer["uetr"].tobytes() + transfer["leg"].tobytes()
            if uetr in self.uetrs:
                outcomes.append(int(Outcome.DUPLICATE))
            elif transfer["debit"] == POOR_ACCOUNT:
                outcomes.append(int(Outcome.INSUFFICIENT_BALANCE))
            else:
                self.uetrs.add(uetr)
                outcomes.append(0)
        return np.array(outcomes, "<u2").tobytes()


def signed_receipt(message: Message, outcomes: bytes, entry: int, time_ms: int) -> bytes:
    salt = sha256(message.digest).digest()
    codes = np.frombuffer(outcomes, "<u2").tolist()
    sealed = leaves.sealed_digest(salt, message.header_bytes, digest(message.signatures_bytes), digest(outcomes))
    leaf = leaves.EntryLeaf(entry, receipts.body_root(message, salt, codes), sealed)
    block = leaves.BlockLeaf(entry, time_ms, leaf.leaf_hash(), bytes(32), bytes(32)).encode()
    signature = NODE_KEY.sign(receipts.block_signature_message(NETWORK, block)).signature
    return receipts.encode(
        receipts.Receipt(message.digest, entry, entry, outcomes, salt, leaf.encode(), 0, 1, (), block, signature)
    )


def open_gateway(folder: Path, node: FakeNode) -> Gateway:
    return Gateway.open(
        folder,
        PASSPHRASE,
        lambda _: node,
        institution=INSTITUTION,
        node_public_key=NODE_PUBLIC_KEY,
        clock_ms=lambda: node.time_ms,
    )


def silent() -> Unavailable:
    return Unavailable("the node does not answer", 1)


@dataclass(frozen=True)
class Customers:
    """IBANs of own customers and of a counterparty's, all made up and all with right check digits."""

    own: list[str]
    theirs: list[str]

    def note(self, gateway: Gateway) -> None:
        rows = [(iban, number, INSTITUTION) for number, iban in enumerate(self.own, 1)]
        rows += [(iban, 1_000 + number, 4) for number, iban in enumerate(self.theirs, 1)]
        gateway.addresses.add_many(rows)


def ibans(bank: str, count: int) -> list[str]:
    return [str(IBAN.generate("PK", bank_code=bank, account_code=f"{number:016d}")) for number in range(1, count + 1)]


def payment(debtor: str, creditor: str, number: int = 1, **changes: object) -> Payment:
    fields: dict[str, object] = {
        "line": number, "instruction_id": f"I{number}", "end_to_end_id": f"E{number}", "transaction_id": f"T{number}",
        "uetr": uuid4().bytes, "amount_minor": 50_000 + number, "currency": "PKR",
        "settlement_date": date(2026, 11, 25), "charge_bearer": "SLEV", "debtor_name": "فاطمہ بی بی",
        "debtor_iban": debtor, "debtor_account_other": None, "debtor_agent_bic": "SCBLPKKX", "debtor_agent_lei": None,
        "creditor_name": "محمد علی", "creditor_iban": creditor, "creditor_account_other": None,
        "creditor_agent_bic": "HABBPKKA", "creditor_agent_lei": None, "remittance": "کرایہ نومبر",
        "purpose_code": None,
    } | changes  # fmt: skip
    return Payment(**fields)  # type: ignore[arg-type]


def write_file(path: Path, payments: list[Payment], message_id: str = "") -> Path:
    header = GroupHeader(
        message_id or "M" + secrets.token_hex(8), datetime(2026, 11, 25, 9, 0, tzinfo=UTC), len(payments),
        sum(each.amount_minor for each in payments), "PKR", date(2026, 11, 25), "SCBLPKKX", "HABBPKKA",
    )  # fmt: skip
    write_pacs008(path, header, payments)
    return path


class NameCheck:
    """A check of its own kind: names on a numbered list are candidates; told to, it cannot answer, or breaks."""

    def __init__(self, name: str = "screening") -> None:
        self.name = name
        self.version = 1
        self.listed: dict[str, str] = {"محمد علی حملہ": "Q-1"}
        self.silent = False
        self.broken = False
        self.asked = 0

    def screened(self) -> int:
        return self.version

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        self.asked += len(payments)
        if self.broken:
            raise RuntimeError("a fault inside the check")
        return [self._check(each) for each in payments]

    def _check(self, payment: Payment) -> Checked:
        if self.silent:
            return Checked(Finding.UNRESOLVED, ["silent"], "The list does not answer.")
        found = [self.listed[name] for name in (payment.debtor_name, payment.creditor_name) if name in self.listed]
        contents: list[canonical.Value] = ["list", self.version, [*found]]
        if not found:
            return Checked(Finding.CLEAR, contents)
        return Checked(Finding.CANDIDATES, contents, "One candidate of the list.", tuple(found))


LISTED = "محمد علی حملہ"
