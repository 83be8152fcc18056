"""What the HTTP interface asks of a node's core, and nothing more: one protocol and the rows that it gives.

The core implements `NodeService`; the interface in `http.py` calls it, the tests put a small fake in its place.
Amounts are whole minor units, times milliseconds since 1970 UTC, positions entry × 8,192 + index.

Threads: everything may be called from any thread while the writer works. `submit`, `next_sequence`, `key`,
`institution_class`, `account`, `health`, `log_key` and `checkpoint` are called on the thread that serves all
connections, so they take microseconds and never wait for a disk; the others are called on a few worker threads and may
take milliseconds.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from sanad.rulebook.edition1.state import Key

STATEMENT_LINES_MAX = 500
"""Most lines that one statement page may ask for."""
PAYMENTS_MAX = 500
"""Most transfers that one look-up by UETR gives."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as it stands after the newest block. Amounts in minor units of `currency`."""

    number: int
    institution: int
    """The institution that owns it, and that may read it."""
    asset: int
    currency: str
    """Identifier of the asset: ISO 4217, ISO 24165 or ISIN."""
    exponent: int
    """How many of the digits are decimals."""
    kind: int
    holder_class: int
    tier: int
    flags: int
    balance: int
    """Credits less debits; below 0 only in an issuance account."""
    reserved: int
    """What open pendings hold."""
    opened_entry: int
    last_position: int
    """Position of the newest transfer, 0 none: where a statement starts."""
    height: int
    time_ms: int
    """The block after which it stands so."""

    @property
    def available(self) -> int:
        """What may be spent, minor units."""
        return self.balance - self.reserved


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One admitted transfer as one of its accounts saw it. Amounts in minor units."""

    position: int
    height: int
    time_ms: int
    uetr: bytes
    """16 bytes; zero in a system transfer."""
    is_debit: bool
    """Whether the account of the statement is the one debited."""
    counter_account: int
    amount: int
    balance: int
    """Of the account, after this transfer."""
    reserved: int | None
    """Of the account, after this transfer; None on the credit side, which the record does not keep."""
    purpose: int
    flags: int
    leg: int
    pending: int
    """Position of the pending that a post or void names, else 0."""
    reference: bytes
    """16 opaque bytes."""


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Lines from newest to oldest, and where the next page starts."""

    lines: Sequence[StatementLine]
    next_before: int
    """Give it as `before` to read on; 0 = there are no older lines."""


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One admitted transfer found by the UETR that its sender gave. Amounts in minor units."""

    position: int
    height: int
    time_ms: int
    leg: int
    debit: int
    credit: int
    amount: int
    asset: int
    currency: str
    exponent: int
    purpose: int
    flags: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """One entry's message, and what a reader needs beside it."""

    raw: bytes
    """Header, signatures and body as they came, for the sender and for authorities."""
    sender: int
    """Its institution; 0 in a system entry, which authorities alone may read."""
    recipients: frozenset[int]
    """Institutions that a control act names as readers: they get the body, never the secret nonce of the header."""
    outcomes: bytes
    """u16 little-endian an item."""
    salt: bytes
    """The entry's salt, 32 bytes, told to the sender and to recipients."""
    opened_account: int = 0
    """Number of the first account that the act opened, 0 none: its sender can't know it otherwise."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a node is. Public but for the reason, so it tells nothing that a checkpoint does not: no counts, no queue."""

    ready: bool
    """Whether it takes messages now."""
    reason: str
    """Why not, and what to do, in a sentence for the operator; "" when ready. Over HTTP others get a plain one."""
    name: str
    """Name of the network."""
    demonstration: bool
    """Whether the network is a demonstration, whose money is not money."""
    version: str
    node_public_key: bytes
    """Ed25519, 32 bytes: signs blocks."""
    height: int
    time_ms: int
    """Newest block, 0 before the first."""


class NodeService(Protocol):
    """A node's core, as the interface sees it."""

    @property
    def network(self) -> bytes:
        """H(public half of genesis)[:16]."""

    def submit(self, raw: bytes) -> Future[bytes]:
        """Take one message; the future gives the receipt's bytes once its block is on disk.

        Raises `Malformed`, `Refused` or `Unavailable` (queue full), at once or through the future. Whoever waits may
        go away: the message is decided all the same.
        """

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        """The receipt of a decided message, the same bytes each time; None when there is none."""

    def next_sequence(self, institution: int, lane: int) -> int:
        """The sequence that the lane's next message must have; 1 for a lane never used."""

    def key(self, key_id: bytes) -> Key | None:
        """A registered key by its 16 bytes, revoked ones too."""

    def institution_class(self, institution: int) -> int | None:
        """`InstitutionClass` of a registered institution, else None."""

    def account(self, number: int) -> AccountView | None:
        """An account, closed ones too; None when there is none."""

    def statement(self, account: int, before: int, limit: int) -> StatementPage:
        """At most `limit` lines of an existing account at positions below `before` (0 = from the newest)."""

    def find_payment(self, institution: int, uetr: bytes) -> Sequence[PaymentView]:
        """Admitted transfers that the institution sent under the UETR (16 bytes), oldest first, at most 500."""

    def transfer_parties(self, position: int) -> frozenset[int]:
        """Who may have the proof of a transfer: its sender and, if it was admitted, the owners of both accounts.

        Nobody when nothing is there. Asked first, so that to all others it looks and lasts the same what is there.
        """

    def transfer_proof(self, position: int) -> bytes | None:
        """The proof file of a transfer; None when nothing is there. `Unavailable` while no checkpoint covers it."""

    def orders_behind(self, entry: int) -> Mapping[int, int]:
        """For a message's outcomes that follow from a firm's status or licence: the order's entry, by outcome.

        Of several transfers with one outcome the first counts. Empty when no order is behind any of them.
        """

    def message_readers(self, entry: int) -> frozenset[int]:
        """The sender of an entry's message and, of an act, its recipients; nobody when there is no such entry.

        Asked first, as `transfer_parties` is: a large message must not take longer to be refused.
        """

    def message(self, entry: int) -> MessageView | None:
        """One entry's message; None when there is no such entry."""

    def register_answer(self, record_type: int, number: int, asked_ms: int) -> bytes:
        """The answer file "what did the register say of this record at that time", with its proofs; public.

        Raises `Refused` (404) for a time before the first block, `Unavailable` before the first checkpoint.
        """

    def register_records(self, record_type: int, after: int, limit: int) -> list[bytes]:
        """Records of a type with numbers above `after`, canonical bytes, in order, as they stand now; public."""

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint. Raises `Unavailable` before the first."""

    def tile(self, path: str) -> bytes:
        """A tile's bytes by its path (`tile/0/000.p/8`), already of strict spelling. Raises `KeyError` if not there.

        Entry bundles hold block leaves, which are public too.
        """

    def log_key(self) -> bytes:
        """The log's verifier key, as a signed-note vkey, without newline."""

    def health(self) -> Health:
        """How the node is, now."""

    def metrics(self) -> bytes:
        """Figures in Prometheus' text form. Not public: they count messages."""
