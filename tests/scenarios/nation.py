"""A small nation in memory: founded, peopled, and driven one block at a time as a node would, without a disk.

Other tests use it too: `Nation(post)` takes the readable posting or the kernel's. Keys are real Ed25519 keys from fixed
seeds, nonces and evidence are digests of counters, so that the same calls give the same record, byte for byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nacl.signing import SigningKey

from sanad.base.canonical import Value, encode
from sanad.base.digests import digest
from sanad.log import leaves, tree
from sanad.rulebook.edition1 import orders, posting
from sanad.rulebook.edition1.acts import STATE_DIGEST_SCHEMA
from sanad.rulebook.edition1.admission import Refusal, admit, next_sequence
from sanad.rulebook.edition1.apply import Applied, Post, apply, apply_genesis, begin_block
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.orders import Work
from sanad.rulebook.edition1.state import State, copy, empty_state, state_digest
from sanad.rulebook.edition1.words import Purpose
from sanad.rulebook.message import (
    POSITIONS_PER_ENTRY,
    TRANSFER_KINDS,
    TRANSFER_SIZE,
    Header,
    Kind,
    Message,
    Signature,
    Transfers,
    assemble,
    new_transfers,
    with_signatures,
)
from sanad.rulebook.signatures import is_signed, possession_bytes
from tests.authenticator import Passkey
from tests.scenarios import founding
from tests.scenarios.founding import FOUNDED_MS, Signer, act_body, signing_key

ORDERS_PER_BLOCK = 16
SECOND, DAY = 1_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the record, with what a node would seal."""

    number: int
    message: Message
    applied: Applied
    time_ms: int
    secret: bytes
    body_root: bytes
    chain_digest: bytes

    @property
    def outcomes(self) -> list[Outcome]:
        return [Outcome(int(code)) for code in self.applied.outcomes]

    @property
    def outcome(self) -> Outcome:
        (only,) = self.outcomes
        return only

    def position(self, index: int = 0) -> int:
        return self.number * POSITIONS_PER_ENTRY + index


@dataclass(slots=True)
class Nation:
    """The nation of `founding`, and all that has happened in it. Names are those of the stories."""

    post: Post
    state: State = field(default_factory=empty_state)
    now_ms: int = FOUNDED_MS
    secret: bytes = bytes(32)
    chain: bytes = bytes(32)
    height: int = 0
    entries: list[Entry] = field(default_factory=list)
    signers: dict[str, Signer] = field(default_factory=dict)
    institutions: dict[str, int] = field(default_factory=lambda: dict(founding.INSTITUTIONS))
    assets: dict[str, int] = field(default_factory=lambda: dict(founding.ASSETS))
    accounts: dict[str, int] = field(default_factory=lambda: dict(founding.ACCOUNTS))
    persons: dict[str, int] = field(default_factory=lambda: dict(founding.PERSONS))
    drawn: int = 0

    # --- time and blocks ---------------------------------------------------------------------------------------------

    def wait(self, milliseconds: int) -> None:
        """Let time pass; the next block is that much later."""
        self.now_ms += milliseconds

    def block(self, *messages: Message) -> list[Entry | Refusal]:
        """One block: what time brings, then the messages in order. Answers for the messages."""
        self.open_block()
        return [self.take(message) for message in messages]

    def open_block(self) -> None:
        """Begin a block with the system entries that are due, in the order of the node."""
        previous_ms = self.state.time_ms
        time_ms = max(previous_ms + 1, self.now_ms)
        self.now_ms = time_ms
        begin_block(self.state, time_ms, self.secret)
        self.height += 1
        for _ in range(ORDERS_PER_BLOCK):
            self._system_entry(orders.order_work(self.state))
        self._system_entry(orders.expiry_work(self.state, previous_ms, time_ms))
        self._system_entry(orders.recovery_work(self.state, time_ms))
        while (due := orders.scheduled_work(self.state, time_ms)) is not None:
            self._system_entry(due)

    def take(self, message: Message) -> Entry | Refusal:
        """Admit and apply one message in the open block."""
        answer = admit(self.state, message, self.state.time_ms)
        if isinstance(answer, Refusal):
            return answer
        publics = {identifier: key.public for identifier, key in self.state.key_table.items()}
        assert is_signed(message, publics), "the edge lets no wrong signature through"
        return self._sealed(message, apply(self.state, message, answer, self.post))

    def record_state_digest(self) -> Entry:
        """The state digest after the last block, as the node puts it on the record."""
        height, of_state = self.height, state_digest(copy(self.state))
        self.open_block()
        return self._system_entry(
            Work(Kind.SYSTEM_ACT, None, encode([STATE_DIGEST_SCHEMA, [], [], [], height, of_state]))
        )  # type: ignore[return-value]

    def _system_entry(self, work: Work | None) -> Entry | None:
        if work is None:
            return None
        nonce = leaves.system_nonce(self.secret)
        secret = leaves.next_secret(self.secret, nonce)
        body, items = work.act, 1
        if work.transfers is not None:
            items = len(work.transfers)
            for index in range(items):
                work.transfers[index]["evidence"] = list(leaves.blind(secret, index))
            body = work.transfers.tobytes()
        header = Header(work.kind, self.state.network, 0, 0, self.state.entry + 1, 0, items, 0, 0, nonce, bytes(32))
        message = assemble(header, body, ())
        return self._sealed(message, apply(self.state, message, None, self.post))

    def _sealed(self, message: Message, applied: Applied) -> Entry:
        self.secret = leaves.next_secret(self.secret, message.header.nonce)
        root = body_root(message, applied, leaves.salt(self.secret))
        self.chain = leaves.chain_digest(self.chain, self.secret, root, applied.effects_digest)
        entry = Entry(self.state.entry, message, applied, self.state.time_ms, self.secret, root, self.chain)
        self.entries.append(entry)
        return entry

    # --- messages ----------------------------------------------------------------------------------------------------

    def draw(self, what: str, size: int) -> bytes:
        """Bytes that never come twice, the same in every run."""
        self.drawn += 1
        return digest(what.encode(), self.drawn.to_bytes(8, "little"))[:size]

    def message(
        self, kind: Kind, body: bytes, signers: Sequence[Signer], *, institution: int = 0, ahead: int = 0, **header: Any
    ) -> Message:
        """A signed message on the first signer's lane. `header` replaces fields; `ahead` shifts the sequence."""
        sender = institution or signers[0].institution
        lane = header.pop("lane", signers[0].lane if signers else 1)
        items = len(body) // TRANSFER_SIZE if kind in TRANSFER_KINDS else 1
        fields: dict[str, Any] = {
            "kind": kind, "network": self.state.network, "institution": sender, "lane": lane,
            "sequence": next_sequence(self.state, sender, lane) + ahead, "expiry_ms": self.now_ms + DAY,
            "items": items, "body_length": 0, "screened": 0, "nonce": self.draw("nonce", 16), "body_digest": bytes(32),
        }  # fmt: skip
        message = assemble(Header(**{**fields, **header}), body, ())
        return with_signatures(
            message, tuple(Signature(each.suite, each.key_id, each.sign(message.digest)) for each in signers)
        )

    def transfer(self, debit: int, credit: int, amount: int, **given: Any) -> Transfers:
        """One transfer between two accounts; what is not given is drawn or taken from the debit account."""
        row = new_transfers(1)
        asset = int(self.state.accounts[debit]["asset"]) if debit < len(self.state.accounts) else 0
        fields: dict[str, Any] = {
            "uetr": uetr(self.draw("uetr", 16)), "debit": debit, "credit": credit, "amount": amount, "asset": asset,
            "evidence": self.draw("evidence", 32), "purpose": int(Purpose.PAYMENT), **given,
        }  # fmt: skip
        for name, value in fields.items():
            row[0][name] = list(value) if isinstance(value, bytes) else value
        return row  # type: ignore[no-any-return]

    def settle(self, pending: int, amount: int, flags: int, **given: Any) -> Transfers:
        """A post or void that repeats what the pending says."""
        row = self.state.pendings[posting.pending_row(self.state, pending)]
        return self.transfer(
            int(row["debit"]),
            int(row["credit"]),
            amount,
            pending=pending,
            flags=flags,
            purpose=int(row["purpose"]),
            **given,
        )

    def send(self, sender: str, *rows: Transfers, **header: Any) -> Entry | Refusal:
        """One message of transfers in a block of its own, signed by the sender's system."""
        body = b"".join(row.tobytes() for row in rows)
        return self.block(self.message(Kind.TRANSFERS, body, [self.signers[sender]], **header))[0]

    def act(self, signer: str, kind: Kind, schema: int | str, *fields: Value, **lists: list[Any]) -> Entry | Refusal:
        """One control act in a block of its own. `lists`: recipients, refers, digests."""
        return self.block(self.message(kind, act_body(schema, *fields, **lists), [self.signers[signer]]))[0]

    def decide(
        self, proposer: str, confirmer: str, schema: int | str, *fields: Value, **lists: list[Any]
    ) -> Entry | Refusal:
        """Propose and confirm; the answer of whichever came last."""
        proposed = self.act(proposer, Kind.PROPOSE, schema, *fields, **lists)
        if isinstance(proposed, Refusal) or proposed.outcome is not Outcome.ADMITTED:
            return proposed
        return self.decision(confirmer, Kind.CONFIRM, proposed)

    def decision(self, signer: str, kind: Kind, proposed: Entry) -> Entry | Refusal:
        """Confirm or withdraw a proposal."""
        return self.act(signer, kind, 0, refers=[proposed.number], digests=[digest(proposed.message.body)])

    def possession(self, key: SigningKey | Passkey, institution: int, person: int) -> bytes:
        """A key's proof that who registers it can sign with it."""
        new = Signer(key, institution, person, 0)
        return new.sign(possession_bytes(self.state.network, institution, person, new.suite, new.public))

    def give_key(
        self, name: str, institution: int, person: int, lane: int, key: SigningKey | Passkey | None = None
    ) -> Signer:
        """Remember that `name` signs with the key of that name, or with `key`."""
        self.signers[name] = Signer(key or signing_key(name), institution, person, lane)
        return self.signers[name]

    # --- what is so --------------------------------------------------------------------------------------------------

    def balance(self, account: str) -> int:
        return int(self.state.accounts[self.accounts[account]]["balance"])

    def reserved(self, account: str) -> int:
        return int(self.state.accounts[self.accounts[account]]["reserved"])

    def fund(self, account: str, amount: int) -> None:
        """The issuer issues to an account, bound evidence and all."""
        number = self.accounts[account]
        asset = int(self.state.accounts[number]["asset"])
        mint, issuer = founding.MINTS[asset]
        row = self.transfer(self.accounts[mint], number, amount, purpose=int(Purpose.ISSUANCE), flags=128)
        entry = self.send(issuer, row)
        assert isinstance(entry, Entry), entry
        assert entry.outcomes == [Outcome.ADMITTED], entry.outcomes


def uetr(random: bytes) -> bytes:
    """16 bytes as a version 4 UUID."""
    made = bytearray(random)
    made[6], made[8] = made[6] & 0x0F | 0x40, made[8] & 0x3F | 0x80
    return bytes(made)


def body_root(message: Message, applied: Applied, salt: bytes) -> bytes:
    """Merkle root over transfers and outcomes, or the one leaf of an act (formats.md §5)."""
    if message.header.kind not in TRANSFER_KINDS:
        return leaves.control_leaf(salt, message.header.body_digest, int(applied.outcomes[0]))
    rows = [message.body[at : at + TRANSFER_SIZE] for at in range(0, len(message.body), TRANSFER_SIZE)]
    return tree.root([leaves.transfer_leaf(row, int(code)) for row, code in zip(rows, applied.outcomes, strict=True)])


def found(post: Post) -> Nation:
    """The nation right after genesis."""
    public = encode(["sanad/genesis/v1", "a small nation", FOUNDED_MS, 5 * 3_600, True, bytes(32), "", bytes(32)])
    network = digest(public)[:16]
    acts = founding.founding_acts()
    body = encode(["sanad/genesis/private/v1", public, founding.FIRST_SECRET, list(acts)])
    header = Header(Kind.GENESIS, network, 0, 0, 1, 0, 1, 0, 0, digest(b"genesis nonce")[:16], bytes(32))
    message = assemble(header, body, ())
    nation = Nation(post, secret=founding.FIRST_SECRET, signers=founding.signers(), height=1)
    secret = leaves.next_secret(nation.secret, message.header.nonce)
    nation._sealed(message, apply_genesis(nation.state, network, acts, FOUNDED_MS, secret))
    return nation


def twin(nation: Nation, post: Post | None = None) -> Nation:
    """A nation with the same past and a future of its own."""
    return replace(
        nation, post=post or nation.post, state=copy(nation.state), entries=list(nation.entries),
        signers=dict(nation.signers), institutions=dict(nation.institutions), assets=dict(nation.assets),
        accounts=dict(nation.accounts), persons=dict(nation.persons),
    )  # fmt: skip
