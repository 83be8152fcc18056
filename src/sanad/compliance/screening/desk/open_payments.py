"""When a list changes: payments that are not final yet, screened again against what changed, and nothing else.

    held at the gateway       near somebody new ──► asked about again in whole; still held, or released
    reserved on the record    near somebody new ──► asked about in whole; what is found is noted and shown, so that a
                              person of the institution can give the money back

Whoever was not clear, or was near an entry that is gone or changed, is asked about in whole as well. What cannot be
asked, since its names are not known, is unresolved, and is shown. Knows no tables: the portal and the command use it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk.answers import Answer, Result, Rulings, no_rulings
from sanad.compliance.screening.desk.changes import Changed
from sanad.compliance.screening.desk.check import NAME, parties
from sanad.gateway.checks import Answers, Check, Finding, ask, is_clear
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import HoldState
from sanad.gateway.reservation_rows import ReservationState
from sanad.gateway.reservations import OpenedReservation, Statements
from sanad.matching.words import Query
from sanad.node.client import NodeClient
from sanad.standards.iso20022.payment import Payment

AT_ONCE = 200
"""Payments in one step: what a kill may cost."""
LOOKED_AT_ONCE = 50
"""Reservations that the record is asked about in one turn."""
STEPS_MAX = 5_000
"""A million open payments of each kind; more are a fault of whoever runs this."""

Note = Callable[[Query, Answer], object]
"""Is told who comes near somebody new, so that a person can decide about the two."""


def nobody_told(query: Query, answer: Answer) -> None:
    """Where nobody decides: only what the gateway notes is left."""
    del query, answer


@dataclass(frozen=True, slots=True)
class Step:
    """What came of some payments."""

    done: int
    after: int
    """Number, or position, of the last of them."""
    found: int
    """Of these so many are not clear since the list changed, or still."""
    unresolved: int
    """Of these so many could not be asked about."""


@dataclass(frozen=True, slots=True)
class Again:
    """How open payments of one institution are screened again. `check` asks in whole, with what was decided."""

    gateway: Gateway
    changed: Changed
    check: Check
    rulings: Rulings = no_rulings
    note: Note = nobody_told

    # --- held at the gateway ----------------------------------------------------------------------------------------

    def held(self, after: int) -> Step:
        """The next of those that are held, with numbers above `after`. Raises as `Holds.ask_again`."""
        holds = self.gateway.holds.page((HoldState.HELD,), after=after, limit=AT_ONCE)
        found = unresolved = 0
        for hold in holds:
            try:
                opened = self.gateway.holds.open(hold.number)
            except Refused:  # erased: it stays held, and names nobody who could be asked about
                unresolved += 1
                continue
            if self._is_touched(opened.payment, opened.answers):
                now = self.gateway.holds.ask_again(hold.number)
                found += now.state is HoldState.HELD
                unresolved += f":{Finding.UNRESOLVED}" in now.findings
        return Step(len(holds), holds[-1].number if holds else after, found, unresolved)

    # --- reserved on the record -------------------------------------------------------------------------------------

    def reserved(self, after: int) -> Step:
        """The next of those that are reserved, at positions above `after`. Raises `Unavailable`."""
        rows = self.gateway.reservations.page(after=after, limit=AT_ONCE)
        found = unresolved = 0
        for row in rows:
            try:
                opened = self.gateway.reservations.open(row.position)
            except (Refused, Malformed):
                self.gateway.reservations.note_nameless(row.position)
                unresolved += 1
                continue
            if row.findings or self._is_touched(opened.payment, opened.answers):
                answers = self._asked_in_whole(opened)
                found += not is_clear(answers)
                unresolved += any(each.finding is Finding.UNRESOLVED for each in answers)
        return Step(len(rows), rows[-1].position if rows else after, found, unresolved)

    def _asked_in_whole(self, opened: OpenedReservation) -> Answers:
        """Ask about one whose money is still reserved, and note what was found."""
        position = opened.reservation.position
        statements = statements_of(self.gateway)
        if statements is not None:
            now = self.gateway.reservations.ask_whether_open(position, statements)
            if now.state is not ReservationState.OPEN:
                return ()
        asked = ask([self.check], [opened.payment])
        self.gateway.reservations.note(opened, asked.screened, asked.answers[0])
        return asked.answers[0]

    # --- both -------------------------------------------------------------------------------------------------------

    def _is_touched(self, payment: Payment, before: Answers) -> bool:
        """Whether the change may concern it; those who come near somebody new are told of."""
        found = [(query, self.changed.ask(query, self.rulings)) for _, query in parties(payment)]
        near = [(query, answer) for query, answer in found if answer is not None and answer.result is not Result.CLEAR]
        for query, answer in near:
            self.note(query, answer)
        return bool(near) or any(self._may_be_other(each.finding, each.candidates) for each in before if
                                 each.check == NAME)  # fmt: skip

    def _may_be_other(self, finding: Finding, candidates: Sequence[str]) -> bool:
        """Whether an earlier answer could not be given, or named somebody who is gone or changed."""
        if finding is Finding.UNRESOLVED:
            return True
        source = self.changed.version.source
        named = (each.split(":", 2)[1:] for each in candidates)
        return any(each[0] == source and each[1] in self.changed.gone for each in named if len(each) == 2)


def statements_of(gateway: Gateway) -> Statements | None:
    """Where it is asked whether money is still reserved; None where the gateway's node is none that answers that."""
    return gateway.node if isinstance(gateway.node, NodeClient) else None


def note_ended(gateway: Gateway, after: int) -> tuple[int, int]:
    """Note which of the next open reservations others posted, gave back or let expire: how many, and after which
    position it goes on (0: from the first).
    """
    statements = statements_of(gateway)
    if statements is None:
        return 0, 0
    rows = gateway.reservations.page(after=after, limit=LOOKED_AT_ONCE)
    looked = [gateway.reservations.ask_whether_open(each.position, statements) for each in rows]
    ended = sum(each.state is not ReservationState.OPEN for each in looked)
    return ended, rows[-1].position if len(rows) == LOOKED_AT_ONCE else 0


def ask_found_again(gateway: Gateway, check: Check) -> int:
    """After decisions: reservations about whom something was found, asked about once more; how many are clear now."""
    cleared, after = 0, 0
    for _ in range(STEPS_MAX):
        rows = gateway.reservations.page(after=after, limit=AT_ONCE, only_found=True)
        for row in rows:
            after = row.position
            try:
                opened = gateway.reservations.open(row.position)
            except (Refused, Malformed):
                continue
            asked = ask([check], [opened.payment])
            gateway.reservations.note(opened, asked.screened, asked.answers[0])
            cleared += is_clear(asked.answers[0])
        if not rows:
            break
    return cleared


def whole(again: Again, progress: Callable[[int, int], object]) -> Step:
    """All open payments of an institution in one go; (done, of how many) is told after each step."""
    gateway = again.gateway
    total = gateway.holds.count() + gateway.reservations.count()
    done = found = unresolved = 0
    for step in (again.held, again.reserved):
        after = 0
        for _ in range(STEPS_MAX):
            came = step(after)
            done, found, unresolved = done + came.done, found + came.found, unresolved + came.unresolved
            progress(done, max(total, done))
            if came.done == 0:
                break
            after = came.after
    return Step(done, 0, found, unresolved)
