"""Money that we reserved on the record for others: made, looked at again when a list changes, given back by a person.

    reserve ──clear──► open ──posted by its releaser, given back, or expired──► ended
                        │ a list changed, and somebody comes near: it is shown until a person decides

Nothing here gives a reservation back by itself; while nobody does, its releaser may post it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

import msgspec
import numpy as np

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.evidence.store import new_subject
from sanad.gateway import opened_evidence, transfers
from sanad.gateway.addresses import Address
from sanad.gateway.assets import Asset
from sanad.gateway.checks import Answers, Finding, ask, is_clear
from sanad.gateway.holds import DECISION_SCHEMA, WHO_CHARACTERS_MAX, WHY_CHARACTERS_MAX
from sanad.gateway.opened_evidence import OpenedEvidence, Party
from sanad.gateway.outbox import Outbox
from sanad.gateway.reservation_rows import Reservation, ReservationRows, ReservationState
from sanad.gateway.rows import Draft
from sanad.gateway.transfers import Desk, Leg
from sanad.node.service import AccountView, StatementLine, StatementPage
from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.rulebook.edition1.words import TransferFlag
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER, TRANSFERS_MAX
from sanad.standards.iso20022.payment import Payment

LEGS_TRIED = 8
"""A reservation is given back under the first number of a leg that is free."""
_LINES_A_PAGE, _PAGES_MAX = 500, 40
_IBAN_SHORTEST = 15
_NAMELESS = f"names:{Finding.UNRESOLVED}"


class Statements(Protocol):
    """What is asked of a node to know whether money is still reserved."""

    def account(self, number: int) -> AccountView | None:
        """An account of ours."""

    def statement(self, account: int, before: int = 0, limit: int = 50) -> StatementPage:
        """Its lines, newest first."""


@dataclass(frozen=True, slots=True)
class OpenedReservation:
    """A reservation and whom it is between. Personal data."""

    reservation: Reservation
    payment: Payment
    """Parties, amount and account numbers; what else the order said is in the evidence alone."""
    answers: Answers
    """What was found when a list changed; empty where nothing was."""


class Reservations:
    """What one institution reserved. Safe for threads."""

    def __init__(
        self, rows: ReservationRows, evidence_of: Callable[[int], OpenedEvidence], outbox: Outbox,
        lanes: Sequence[int], desk: Callable[[], Desk],
    ) -> None:  # fmt: skip
        self._rows, self._evidence_of, self._outbox, self._lanes, self._desk = rows, evidence_of, outbox, lanes, desk

    # --- reading ----------------------------------------------------------------------------------------------------

    def page(self, *, after: int = 0, limit: int = 50, only_found: bool = False) -> list[Reservation]:
        """Open ones at positions above `after`, oldest first, at most 200."""
        return self._rows.page(after, limit, only_found=only_found)

    def history(self, *, before: int = 0, limit: int = 50, only_ended: bool = False) -> list[Reservation]:
        """Those that ended, or all, at positions below `before` (0: from the newest), newest first, at most 200."""
        return self._rows.history(before, limit, only_ended=only_ended)

    def find(self, position: int) -> Reservation:
        """One of them. Raises `Refused` (404)."""
        return self._rows.find(position)

    def count(self, *, only_found: bool = False) -> int:
        """How many are open, as far as is known here."""
        return self._rows.count(only_found=only_found)

    def open(self, position: int) -> OpenedReservation:
        """Whom it is between. Raises `Refused` (404) when its evidence was erased, `Malformed` when it names nobody."""
        reservation = self._rows.find(position)
        what = opened_evidence.read(self._evidence_of(position))
        payment = _payment_of(what.debtor, what.creditor, reservation)
        answers: Answers = ()
        if reservation.evidence:
            payment, _, answers = transfers.read_held(self._desk().evidence.open(reservation.evidence)[1])
        return OpenedReservation(reservation, payment, answers)

    def ask_whether_open(self, position: int, statements: Statements) -> Reservation:
        """Look on the record whether it is still open, and note when and how it ended.

        Where that cannot be told from the last 20,000 lines of the account, it counts as open. Raises `Unavailable`.
        """
        reservation = self._rows.find(position)
        ending = _ending(reservation, statements) if reservation.state is ReservationState.OPEN else None
        if ending is None:
            return reservation
        state, at_ms = ending
        return self._rows.change(reservation, at_ms or self._desk().now_ms, state=state)

    # --- reserving --------------------------------------------------------------------------------------------------

    def reserve(
        self, payments: Sequence[Payment], key: str, *, releaser: int = 0, timeout_seconds: int = 0,
        wait_seconds: int = 30,
    ) -> list[tuple[int, Outcome]]:  # fmt: skip
        """Reserve what these payments move, in one message, once for ever under `key`: position and outcome of each.

        All accounts must be known and all must be clear: else nothing is sent. `releaser`: who alone may post them,
        0 we ourselves; `timeout_seconds`: 0 is the purpose's default. Raises `Refused` and as `Outbox.submit`.
        """
        if not 0 < len(payments) <= TRANSFERS_MAX:
            raise Malformed("payments", "payments.number", f"give 1 to {TRANSFERS_MAX:,} payments")

        def make() -> Draft:
            desk = self._desk()
            asked = ask(desk.checks, payments)
            unclear = sum(not is_clear(each) for each in asked.answers)
            if unclear:
                raise Refused("reservation", f"{unclear} of them are not clear; nothing is reserved", 409)
            pairs = zip(payments, asked.answers, strict=True)
            draft = transfers.message(
                [_leg(desk, payment, answers) for payment, answers in pairs], asked.screened, desk
            )
            rows = np.frombuffer(draft.body, TRANSFER).copy()
            rows["releaser"], rows["timeout_seconds"] = releaser, timeout_seconds
            rows["flags"] |= int(TransferFlag.PENDING)
            return replace(draft, body=bytes(rows.tobytes()))

        what: list[canonical.Value] = [releaser, timeout_seconds, msgspec.msgpack.encode(payments)]
        answer = self._outbox.submit(
            key, digest(canonical.encode(what)), make, self._lanes, wait_seconds=wait_seconds
        )  # fmt: skip
        receipt = answer.decoded()
        first = receipt.entry * POSITIONS_PER_ENTRY
        return [(first + index, Outcome(code)) for index, code in enumerate(receipt.codes)]

    # --- when a list changes ----------------------------------------------------------------------------------------

    def note(self, opened: OpenedReservation, screened: int, answers: Answers) -> Reservation:
        """Keep what was found of it now, sealed; where all is clear, that nothing stands against it any more."""
        desk, reservation = self._desk(), opened.reservation
        found, told = transfers.findings(answers), transfers.summary(answers)
        sealed = b""
        if found:
            moved: canonical.Value = [
                reservation.uetr, 0, reservation.debit, reservation.credit, reservation.asset, reservation.amount,
            ]  # fmt: skip
            contents = transfers.held_contents(moved, opened.payment, screened, answers)
            sealed = desk.evidence.seal(_subject(desk, opened.payment), contents).digest
        return self._rows.change(reservation, desk.now_ms, findings=found, summary=told, evidence=sealed)

    def note_nameless(self, position: int) -> Reservation:
        """Note that nobody can be asked about, since whom it is between is not known here: unresolved, never clear."""
        reservation = self._rows.find(position)
        if reservation.findings == _NAMELESS:
            return reservation
        told = "Whom it is between is not known here: its evidence was erased, or names nobody."
        return self._rows.change(reservation, self._desk().now_ms, findings=_NAMELESS, summary=told, evidence=b"")

    # --- giving back ------------------------------------------------------------------------------------------------

    def give_back(self, position: int, *, who: str, why: str, wait_seconds: int = 30) -> Reservation:
        """Free the money by a person's decision, which is sealed and bound into what is sent. `who`: an opaque name.

        Raises `Refused` (409) when it has ended, or when another institution alone may give it back; and as
        `Outbox.submit`. Called again after a break it goes on with the first decision.
        """
        if not 0 < len(who) <= WHO_CHARACTERS_MAX or not 0 < len(why.strip()) <= WHY_CHARACTERS_MAX:
            advice = f"say who decides ({WHO_CHARACTERS_MAX} characters at most) and why ({WHY_CHARACTERS_MAX})"
            raise Malformed("decision", "decision.form", advice)
        reservation = self._rows.find(position)
        if reservation.state is not ReservationState.OPEN:
            raise Refused("reservation", "it has ended already: posted, given back or expired", 409)
        desk = self._desk()
        if not reservation.decision:
            payment = self._known_of(reservation)
            contents = canonical.encode([DECISION_SCHEMA, bytes(reservation.evidence), False, who, why.strip(),
                                         desk.now_ms])  # fmt: skip
            decision = desk.evidence.seal(_subject(desk, payment), contents).digest
            reservation = self._rows.change(reservation, desk.now_ms, decision=decision)
        return self._void(reservation, desk, wait_seconds)

    def _known_of(self, reservation: Reservation) -> Payment:
        """The order; of one whose evidence is gone, without names."""
        try:
            return self.open(reservation.position).payment
        except (Refused, Malformed):
            nobody = Party("", "", "", "")
            return _payment_of(nobody, nobody, reservation)

    def _void(self, reservation: Reservation, desk: Desk, wait_seconds: int) -> Reservation:
        outcome = Outcome.DUPLICATE
        for number in range(1, LEGS_TRIED + 1):
            if outcome is not Outcome.DUPLICATE:
                break
            key = f"give back:{reservation.position}:{number}"
            content = digest(canonical.encode([reservation.position, number]), reservation.decision)
            answer = self._outbox.submit(
                key, content, lambda number=number: self._void_draft(reservation, desk, number),  # type: ignore[misc]
                self._lanes, wait_seconds=wait_seconds,
            )  # fmt: skip
            outcome = Outcome(answer.decoded().codes[0])
        if outcome is not Outcome.ADMITTED:
            raise Refused("reservation", f"the record rejected it: {SENTENCES[outcome].english}", 409)
        return self._rows.find(reservation.position)

    def _void_draft(self, reservation: Reservation, desk: Desk, number: int) -> Draft:
        payment = self._known_of(reservation)
        debit = Address(reservation.debit, 0, _subject(desk, payment))
        leg = Leg(
            msgspec.structs.replace(payment, amount_minor=0), reservation.uetr, debit,
            Address(reservation.credit, 0, b""), Asset(reservation.asset, 0), (), reservation.decision, number,
        )  # fmt: skip
        draft = transfers.message([leg], 0, desk)
        rows = np.frombuffer(draft.body, TRANSFER).copy()
        rows["pending"], rows["purpose"] = reservation.position, reservation.purpose
        rows["flags"] = int(TransferFlag.VOID | TransferFlag.BOUND)
        return replace(draft, body=bytes(rows.tobytes()))


def _leg(desk: Desk, payment: Payment, answers: Answers) -> Leg:
    debit = desk.addresses.find(transfers.debtor_number(payment))
    credit = desk.addresses.find(transfers.creditor_number(payment))
    asset = desk.assets.get(payment.currency)
    if debit is None or credit is None or asset is None:
        raise Refused("reservation", "the address book does not know an account or currency of it; note it first", 409)
    return Leg(payment, payment.uetr or uuid4().bytes, debit, credit, asset, answers)


def _ending(reservation: Reservation, statements: Statements) -> tuple[ReservationState, int] | None:
    """How it ended and when (0: not known); None where it is open as far as can be told."""
    line = _last_line(reservation, statements)
    if line is None:
        view = statements.account(reservation.debit)
        return (ReservationState.ENDED, 0) if view is not None and view.reserved == 0 else None
    if line.flags & TransferFlag.POST:
        return ReservationState.POSTED, line.time_ms
    is_by_time = not any(line.uetr)  # what the record does by itself has none
    return ReservationState.EXPIRED if is_by_time else ReservationState.GIVEN_BACK, line.time_ms


def _last_line(reservation: Reservation, statements: Statements) -> StatementLine | None:
    """The post or void after which nothing of it is reserved."""
    before = 0
    for _ in range(_PAGES_MAX):
        page = statements.statement(reservation.debit, before, _LINES_A_PAGE)
        for line in page.lines:
            if line.position <= reservation.position:
                return None
            if line.pending == reservation.position and not line.flags & TransferFlag.KEEP:
                return line
        before = page.next_before
        if not before:
            return None
    return None


def _subject(desk: Desk, payment: Payment) -> bytes:
    """The debtor's, who is our customer; of one that our books forgot, a new one."""
    number = transfers.debtor_number(payment)
    known = desk.addresses.find(number) if number else None
    return known.subject if known is not None else new_subject()


def _payment_of(debtor: Party, creditor: Party, reservation: Reservation) -> Payment:
    """The order as far as its evidence names it."""
    own, theirs = _number(debtor.account_number), _number(creditor.account_number)
    return Payment(
        0, None, "", None, reservation.uetr, reservation.amount, "", None, "SLEV", debtor.name or None, *own,
        debtor.agent_bic or None, debtor.agent_lei or None, creditor.name or None, *theirs, creditor.agent_bic or None,
        creditor.agent_lei or None, None, None,
    )  # fmt: skip


def _number(text: str) -> tuple[str | None, str | None]:
    """An account number as IBAN, or as another."""
    is_iban = text[:2].isalpha() and text[2:4].isdecimal() and text.isalnum() and len(text) >= _IBAN_SHORTEST
    return (text, None) if is_iban and text.isascii() else (None, text or None)
