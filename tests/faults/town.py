"""A town for the tests of faults: its network, its senders, and what they know of their own money.

Each lane keeps every message that it has sent and the receipt of each that was acknowledged. What must be on the record
follows from that alone, whatever the node says: this is the client's side of the books.
"""

import http.client
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sanad.gateway.keys import lane_of_person
from sanad.interfaces.demonstration import Plan
from sanad.node.core import found
from sanad.node.founding import Genesis, NodeKeys, commitment, create_folder
from sanad.node.receipts import decode
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import (
    AccountKind,
    HolderClass,
    InstitutionClass,
    Purpose,
    StatementType,
    TransferFlag,
)
from sanad.rulebook.message import POSITIONS_PER_ENTRY, Kind, Message, Transfers, new_transfers
from tests.unit.node.conftest import ALPHA, AUTHORITY, BETA, CENTRAL_BANK, ISSUANCE, PKR, Bank, key_of

SEGMENT_SIZE = 4 << 20
ACCOUNTS = 8
FIRST_OF_ALPHA, FIRST_OF_BETA = ISSUANCE + 1, ISSUANCE + 1 + ACCOUNTS
LAST_OF_BETA = FIRST_OF_BETA + ACCOUNTS - 1
COURT_DEBIT, COURT_CREDIT = FIRST_OF_ALPHA + ACCOUNTS - 1, LAST_OF_BETA
"""Two accounts that only court orders and the central bank touch."""
ORDERED_AMOUNT = 7
TIMEOUT_SECONDS = 2
ADMITTED = 0


def create_town(folder: Path, segment_size: int = SEGMENT_SIZE) -> Genesis:
    """An authority of three persons, a recovery set, a central bank, banks Alpha and Beta with eight accounts each."""
    plan = Plan()
    for kind, name in (
        (InstitutionClass.AUTHORITY, "Authority"), (InstitutionClass.CENTRAL_BANK, "Central bank"),
        (InstitutionClass.BANK, "Alpha"), (InstitutionClass.BANK, "Beta"),
    ):  # fmt: skip
        plan.institution(kind, name)
    for number in range(3):
        plan.person(AUTHORITY, key_of(f"person {number}"))
    for number in range(2):
        plan.person(AUTHORITY, key_of(f"recovery {number}"), recovery=True)
    for institution in (CENTRAL_BANK, ALPHA, BETA):
        plan.system_key(institution, key_of(f"system {institution}"))
    plan.rules()
    plan.asset("PKR", CENTRAL_BANK, 2)
    plan.open(CENTRAL_BANK, AccountKind.ISSUANCE, PKR)
    for bank in (ALPHA, BETA):
        plan.open(bank, AccountKind.CUSTOMER, PKR, ACCOUNTS, HolderClass.NATURAL_PERSON)
    plan.parameter(3, 1 << 16)
    keys, secret = NodeKeys.create("sanad.example/faults"), os.urandom(32)
    genesis = Genesis(
        "Faults", time.time_ns() // 1_000_000 - 60_000, 18_000, True, commitment(secret, plan.acts),
        keys.log_signer.verifier_key.encode().decode(), bytes(keys.block_key.verify_key),
    )  # fmt: skip
    create_folder(folder, keys, genesis, segment_size)
    found(folder, genesis, keys, secret, plan.acts, post, segment_size)
    return genesis


@dataclass(frozen=True)
class Move:
    """What one transfer does to balances, if it is admitted; `amount` 0 for what only reserves or frees."""

    debit: int
    credit: int
    amount: int


@dataclass
class Sent:
    """A message that was sent at least once, and the receipt, once there is one."""

    message: Message
    moves: list[Move]
    receipt: bytes | None = None

    @property
    def codes(self) -> tuple[int, ...]:
        return decode(self.receipt).codes if self.receipt is not None else ()


@dataclass
class Lane:
    """One sender. At most its last message is without a receipt."""

    bank: Bank
    make: Callable[["Lane", random.Random], Sent]
    sent: list[Sent] = field(default_factory=list)
    open_pendings: list[tuple[int, Move, int]] = field(default_factory=list)
    """Position, what a post of all would move, and its purpose, of pendings that this lane may post or void."""

    @property
    def decided(self) -> int:
        return sum(each.receipt is not None for each in self.sent)

    @property
    def waiting(self) -> Sent | None:
        """The message whose fate is not known."""
        return self.sent[-1] if self.sent and self.sent[-1].receipt is None else None


class Town:
    """All senders of one network."""

    def __init__(self, genesis: Genesis, seed: int) -> None:
        self.genesis = genesis
        self.random = random.Random(seed)
        self.lanes = [Lane(self._bank(CENTRAL_BANK, 0), funding)]
        for institution in (ALPHA, BETA):
            makers = (single, single, bulk, pending, statement)
            self.lanes += [Lane(self._bank(institution, lane), make) for lane, make in enumerate(makers)]
        self.proposer = Lane(self._person(0), proposal)
        self.confirmer = Lane(self._person(1), lambda lane, chance: confirmation(lane, self.proposer))
        self.lanes += [self.proposer, self.confirmer]
        self.problems: list[str] = []

    def _bank(self, institution: int, lane: int) -> Bank:
        return Bank(self.genesis.network, institution, key_of(f"system {institution}"), lane)

    def _person(self, number: int) -> Bank:
        return Bank(self.genesis.network, AUTHORITY, key_of(f"person {number}"), lane_of_person(number + 1))

    # --- what must be there -----------------------------------------------------------------------------------------

    def balances(self) -> Counter[int]:
        """Of each account, by what was acknowledged, orders of the court left out."""
        found: Counter[int] = Counter()
        for lane in self.lanes:
            for each in lane.sent:
                for move, code in zip(each.moves, each.codes, strict=False):
                    if code == ADMITTED:
                        found[move.debit] -= move.amount
                        found[move.credit] += move.amount
        return found

    def ordered(self) -> int:
        """How much the court has ordered to move, by the confirmations that were acknowledged."""
        return ORDERED_AMOUNT * sum(each.codes == (ADMITTED,) for each in self.confirmer.sent)

    # --- sending ----------------------------------------------------------------------------------------------------

    def send_for(self, address: tuple[str, int], stop: threading.Event) -> list[threading.Thread]:
        """One thread a lane, the two persons together; each ends when the node is gone, or at `stop`."""
        groups = [[lane] for lane in self.lanes if lane not in (self.proposer, self.confirmer)]
        groups.append([self.proposer, self.confirmer])
        seeds = [self.random.randrange(2**32) for _ in groups]
        threads = [
            threading.Thread(target=self._send, args=(group, address, stop, random.Random(seed)), daemon=True)
            for group, seed in zip(groups, seeds, strict=True)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _send(self, group: list[Lane], address: tuple[str, int], stop: threading.Event, chance: random.Random) -> None:
        connection = http.client.HTTPConnection(*address, timeout=60)
        try:
            while not stop.is_set():
                for lane in group:
                    lane.sent.append(lane.make(lane, chance))
                    self._send_one(connection, lane)
        except (OSError, http.client.HTTPException):
            return  # the node is gone: just what is wanted
        finally:
            connection.close()

    def _send_one(self, connection: http.client.HTTPConnection, lane: Lane) -> None:
        sent = lane.sent[-1]
        status, answer = submit(connection, sent.message)
        if status == 200:
            accept(lane, answer)
            return
        self.problems.append(f"{status} {answer.decode(errors='replace')}")
        raise http.client.HTTPException


def submit(connection: http.client.HTTPConnection, message: Message) -> tuple[int, bytes]:
    """One exchange."""
    connection.request("POST", "/messages", message.raw, {"content-type": "application/octet-stream"})
    response = connection.getresponse()
    return response.status, response.read()


def accept(lane: Lane, receipt: bytes) -> None:
    """The receipt of the lane's last message; pendings that it opened may be posted or voided from now on."""
    sent = lane.sent[-1]
    sent.receipt = receipt
    if lane.make is not pending:
        return
    rows = np.frombuffer(sent.message.body, dtype=new_transfers(0).dtype)
    for index, (row, code) in enumerate(zip(rows, sent.codes, strict=True)):
        if code == ADMITTED and int(row["flags"]) == TransferFlag.PENDING:
            position = decode(receipt).entry * POSITIONS_PER_ENTRY + index
            move = Move(int(row["debit"]), int(row["credit"]), int(row["amount"]))
            lane.open_pendings.append((position, move, int(row["purpose"])))


# --- messages -------------------------------------------------------------------------------------------------------


def transfers_of(moves: list[Move]) -> Transfers:
    """Immediate payments."""
    made: Transfers = new_transfers(len(moves))
    chance = np.frombuffer(os.urandom(48 * len(moves)), dtype=np.uint8).reshape(-1, 48)
    made["uetr"], made["evidence"] = chance[:, :16], chance[:, 16:]
    made["uetr"][:, 6] = made["uetr"][:, 6] & 0x0F | 0x40
    made["uetr"][:, 8] = made["uetr"][:, 8] & 0x3F | 0x80
    for name in ("debit", "credit", "amount"):
        made[name] = [getattr(move, name) for move in moves]
    made["asset"], made["purpose"] = PKR, int(Purpose.PAYMENT)
    return made


def message_of(lane: Lane, made: Transfers, moves: list[Move]) -> Sent:
    return Sent(lane.bank.message(made.tobytes(), Kind.TRANSFERS, len(made)), moves)


def _own_move(lane: Lane, chance: random.Random) -> Move:
    """From an account of the lane's bank to any; the two of the court are left alone."""
    first = FIRST_OF_ALPHA if lane.bank.institution == ALPHA else FIRST_OF_BETA
    debit = first + chance.randrange(ACCOUNTS - 1)
    others = [each for each in range(FIRST_OF_ALPHA, LAST_OF_BETA) if each not in (debit, COURT_DEBIT)]
    return Move(debit, chance.choice(others), chance.randint(1, 400))


def funding(lane: Lane, chance: random.Random) -> Sent:
    """New money for everyone."""
    moves = [Move(ISSUANCE, account, chance.randint(500, 5_000)) for account in range(FIRST_OF_ALPHA, COURT_CREDIT)]
    return message_of(lane, transfers_of(moves), moves)


def single(lane: Lane, chance: random.Random) -> Sent:
    moves = [_own_move(lane, chance)]
    return message_of(lane, transfers_of(moves), moves)


def bulk(lane: Lane, chance: random.Random) -> Sent:
    """Many payments, some of them more than the account has, some linked two by two."""
    moves = [_own_move(lane, chance) for _ in range(chance.randint(2, 600))]
    made = transfers_of(moves)
    if chance.random() < 0.3:
        made["flags"][: len(moves) // 2 * 2 : 2] = int(TransferFlag.LINKED)
    return message_of(lane, made, moves)


def pending(lane: Lane, chance: random.Random) -> Sent:
    """Reservations that soon expire, and posts and voids of earlier ones, some of them too late."""
    news = [_own_move(lane, chance) for _ in range(chance.randint(1, 20))]
    olds = [lane.open_pendings.pop(0) for _ in range(min(len(lane.open_pendings), chance.randint(0, 15)))]
    made = transfers_of(news + [move for _, move, _ in olds])
    made["flags"][: len(news)] = int(TransferFlag.PENDING)
    made["timeout_seconds"][: len(news)] = TIMEOUT_SECONDS
    moves = [Move(move.debit, move.credit, 0) for move in news]
    for at, (position, move, _) in enumerate(olds, len(news)):
        is_void = chance.random() < 0.3
        made["pending"][at] = position
        made["flags"][at] = int(TransferFlag.VOID if is_void else TransferFlag.POST)
        made["amount"][at] = 0 if is_void else move.amount
        moves.append(Move(move.debit, move.credit, int(made["amount"][at])))
    return message_of(lane, made, moves)


def statement(lane: Lane, chance: random.Random) -> Sent:
    act = encode_act("statement", int(StatementType.NOTICE), 0, 0, recipients=[AUTHORITY], digests=[os.urandom(32)])
    return Sent(lane.bank.message(act, Kind.ACT, 1), [])


def proposal(lane: Lane, chance: random.Random) -> Sent:
    """An order of the court: once confirmed, a system entry of the next block executes it."""
    moved = new_transfers(1)
    moved["debit"], moved["credit"], moved["amount"] = COURT_DEBIT, COURT_CREDIT, ORDERED_AMOUNT
    moved["asset"], moved["purpose"] = PKR, int(Purpose.CORRECTION)
    act = encode_act("court_order", [moved.tobytes()], digests=[os.urandom(32)])
    return Sent(lane.bank.message(act, Kind.PROPOSE, 1), [])


def confirmation(lane: Lane, proposer: Lane) -> Sent:
    """By a second person, of the first one's last act."""
    last = proposer.sent[-1]
    entry = decode(last.receipt or b"").entry
    return Sent(lane.bank.message(encode_decision(entry, last.message.body), Kind.CONFIRM, 1), [])
