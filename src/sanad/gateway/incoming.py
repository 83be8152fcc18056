"""The payee's institution screens too: before it posts what was reserved for it, or after an immediate credit.

    reserved, we release     check ──clear──► post, our evidence bound in it        else it stays reserved
    credited at once         check ──► a statement on the record that names the position, whatever was found

What was found is sealed as evidence either way, and the record holds its digest: so that "did the payee's bank screen
this, against which list, and when" has an answer that nobody can make up later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec
import numpy as np

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused, ensure
from sanad.evidence.store import Contents, new_subject
from sanad.gateway import transfers
from sanad.gateway.addresses import Address
from sanad.gateway.assets import Asset
from sanad.gateway.checks import Answers, ask, is_clear
from sanad.gateway.opened_evidence import CheckAnswer, read_answers
from sanad.gateway.outbox import Answer, Outbox
from sanad.gateway.rows import Draft
from sanad.gateway.transfers import Desk, Leg
from sanad.rulebook.edition1.acts import encode_act, parse_act
from sanad.rulebook.edition1.words import StatementType, TransferFlag
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER, Kind, parse
from sanad.standards.iso20022.payment import Payment

CREDITED_SCHEMA = "sanad/evidence/credited/v1"
STATEMENT_POSITIONS_MAX = 64
"""Positions that one statement names: an act has at most 64 digests."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A transfer of another institution's to an account of ours, and the payment as its sender told us of it."""

    position: int
    uetr: bytes
    debit: int
    credit: int
    asset: int
    amount: int
    """Minor units."""
    payment: Payment
    purpose: int = 1

    def moved(self) -> list[canonical.Value]:
        """What the record says of it."""
        return [self.position, self.uetr, self.debit, self.credit, self.asset, self.amount]


@dataclass(frozen=True, slots=True)
class Stated:
    """Whether a credited transfer was clear, and the digest that the statement at `entry` holds of what was found."""

    arrived: Arrived
    is_clear: bool
    evidence: bytes
    entry: int


class ReadStatement(NamedTuple):
    """What a statement's evidence says: of which position, screened against which list version, found what."""

    position: int
    moved: list[canonical.Value]
    screened: int
    answers: tuple[CheckAnswer, ...]


class Incoming:
    """What arrives at one institution. Safe for threads."""

    def __init__(self, outbox: Outbox, lanes: Sequence[int], desk: Callable[[], Desk]) -> None:
        self._outbox, self._lanes, self._desk = outbox, lanes, desk

    # --- credited at once -------------------------------------------------------------------------------------------

    def state(
        self, several: Sequence[Arrived], *, recipients: Sequence[int] = (), wait_seconds: int = 30
    ) -> list[Stated]:
        """Check transfers that were credited at once, and state what was found: at most 64 in one call.

        Clear ones and others go in statements of their own; `recipients` (the authority, a financial-intelligence
        unit) may read the one of those that are not clear. The same transfers, found to be the same, are stated once:
        what was stated first is given. Raises as `Outbox.submit`.
        """
        if not 0 < len(several) <= STATEMENT_POSITIONS_MAX:
            raise Malformed("positions", "positions.number", f"give 1 to {STATEMENT_POSITIONS_MAX} transfers")
        desk = self._desk()
        asked = ask(desk.checks, [each.payment for each in several])
        pairs = list(zip(several, asked.answers, strict=True))
        clear = [pair for pair in pairs if is_clear(pair[1])]
        found = [pair for pair in pairs if not is_clear(pair[1])]
        stated = [
            *self._state(desk, clear, asked.screened, StatementType.SCREENING, (), wait_seconds),
            *self._state(desk, found, asked.screened, StatementType.FINDING, recipients, wait_seconds),
        ]
        return sorted(stated, key=lambda each: each.arrived.position)

    def _state(
        self, desk: Desk, pairs: list[tuple[Arrived, Answers]], screened: int, what: StatementType,
        recipients: Sequence[int], wait_seconds: int,
    ) -> list[Stated]:  # fmt: skip
        if not pairs:
            return []
        positions = digest(canonical.encode([each.position for each, _ in pairs]))

        def make() -> Draft:
            sealed = desk.evidence.seal_many(
                Contents(_subject(desk, each), _contents(each, screened, answers)) for each, answers in pairs
            )
            entries = sorted({each.position // POSITIONS_PER_ENTRY for each, _ in pairs})
            body = encode_act(
                "statement", int(what), 0, 0, recipients=sorted(set(recipients)), refers=entries,
                digests=[each.digest for each in sealed],
            )  # fmt: skip
            return Draft(Kind.ACT, body, 1, (desk.signer,))

        key = f"credited:{int(what)}:{positions.hex()}"
        answer = self._outbox.submit(key, positions, make, self._lanes, wait_seconds=wait_seconds)
        receipt = answer.decoded()
        if receipt.codes != (0,):
            advice = f"the rulebook rejected it with {receipt.codes[0]}; look it up among the rejections"
            raise Refused("statement", advice, 409)
        digests = parse_act(parse(answer.raw).body).digests
        return [
            Stated(each, what is StatementType.SCREENING, evidence, receipt.entry)
            for (each, _), evidence in zip(pairs, digests, strict=True)
        ]

    # --- reserved, and ours to release ------------------------------------------------------------------------------

    def post(self, arrived: Arrived, *, decision: bytes = b"", wait_seconds: int = 30) -> Answer:
        """Check a transfer that is reserved for us, and post it with our own evidence bound.

        What is not clear is refused (409) and stays reserved, unless `decision` is the digest of a person's sealed
        decision about it. Raises as `Outbox.submit`.
        """
        desk = self._desk()
        key = f"post:{arrived.position}"
        answers: Answers = ()
        screened = 0
        if not self._outbox.is_known(key):
            asked = ask(desk.checks, [arrived.payment])
            answers, screened = asked.answers[0], asked.screened
            if not is_clear(answers) and not decision:
                told = transfers.summary(answers) or transfers.findings(answers)
                raise Refused("reserved payment", f"it is not clear and stays reserved: {told}", 409)
        return self._settle(arrived, key, desk, TransferFlag.POST, screened, answers, decision, wait_seconds)

    def void(self, arrived: Arrived, *, decision: bytes, wait_seconds: int = 30) -> Answer:
        """Give back a transfer that is reserved for us, by a person's sealed decision. Raises as `Outbox.submit`."""
        ensure(len(decision) == 32, "a reservation is given back by a decision, named by its digest")
        key = f"void:{arrived.position}"
        return self._settle(arrived, key, self._desk(), TransferFlag.VOID, 0, (), decision, wait_seconds)

    def _settle(
        self, arrived: Arrived, key: str, desk: Desk, flag: TransferFlag, screened: int, answers: Answers,
        decision: bytes, wait_seconds: int,
    ) -> Answer:  # fmt: skip
        def make() -> Draft:
            debit, credit = Address(arrived.debit, 0, b""), Address(arrived.credit, 0, _subject(desk, arrived))
            amount = 0 if flag is TransferFlag.VOID else arrived.amount
            moved = msgspec.structs.replace(arrived.payment, amount_minor=amount)
            leg = Leg(moved, arrived.uetr, replace(debit, subject=credit.subject), credit, Asset(arrived.asset, 0),
                      answers, decision)  # fmt: skip
            draft = transfers.message([leg], screened, desk)
            rows = np.frombuffer(draft.body, TRANSFER).copy()
            rows["pending"], rows["purpose"] = arrived.position, arrived.purpose
            rows["flags"] = int(flag | TransferFlag.BOUND)
            return replace(draft, body=bytes(rows.tobytes()))

        content = digest(canonical.encode(arrived.moved()), decision)
        return self._outbox.submit(key, content, make, self._lanes, wait_seconds=wait_seconds)


def _subject(desk: Desk, arrived: Arrived) -> bytes:
    """The payee's, who is our customer; of one that our books do not know, a new one."""
    number = transfers.creditor_number(arrived.payment)
    known = desk.addresses.find(number) if number else None
    return known.subject if known is not None else new_subject()


def _contents(arrived: Arrived, screened: int, answers: Answers) -> bytes:
    payment = arrived.payment
    return canonical.encode(
        [
            CREDITED_SCHEMA,
            arrived.moved(),
            [payment.debtor_name, transfers.debtor_number(payment), payment.debtor_agent_bic, payment.debtor_agent_lei],
            [payment.creditor_name, transfers.creditor_number(payment), payment.creditor_agent_bic,
             payment.creditor_agent_lei],
            [screened, [[each.check, str(each.finding), each.contents] for each in answers]],
        ]
    )  # fmt: skip


def read_stated(evidence: bytes, random: bytes, contents: bytes) -> ReadStatement:
    """What a statement's digest stands for. Raises `Malformed` when these do not lead to it."""
    if digest(random, contents) != evidence:
        raise Malformed("evidence", "evidence.differs", "it does not lead to the digest in the statement")
    match canonical.decode(contents, "evidence"):
        case [str(schema), [int(position), *moved], list(), list(), [int(screened), list(rows)]] if (
            schema == CREDITED_SCHEMA
        ):
            return ReadStatement(position, moved, screened, read_answers(rows))
    raise Malformed("evidence", "evidence.form", "it is not that of a credited transfer")
