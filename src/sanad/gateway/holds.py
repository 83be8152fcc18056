"""Payments that are held: decided by a person, asked about again, sent, refused. None goes in silence.

    held ──release by a person, or clear when asked again──► released ──message──► sent, with its receipt
      └────refuse by a person──► refused                        └──something new is found──► held

A released payment is asked about once more in the moment in which it is sent, so that its message names a list version
of then. What the person did not decide about holds it again. It is sent under an idempotency key of its own, so that a
crash between any two steps neither loses it nor sends it twice. No time-out clears anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.evidence.store import EvidenceStore
from sanad.gateway import transfers
from sanad.gateway.checks import AbsentCheck, Answers, Asked, ask, is_clear
from sanad.gateway.held_rows import Event, HeldRows, Hold, HoldState, What
from sanad.gateway.outbox import Outbox
from sanad.gateway.reasons import REFUSALS
from sanad.gateway.transfers import Desk, Leg
from sanad.standards.iso20022.payment import Payment

DECISION_SCHEMA = "sanad/evidence/decision/v1"
WHO_CHARACTERS_MAX = 64
WHY_CHARACTERS_MAX = 2_000
AT_ONCE_MAX = 1_000
"""How many are asked about again, or sent, in one call."""
_PAGE = 50
CLEARED = "clear when asked again"


@dataclass(frozen=True, slots=True)
class HeldPayment:
    """A held payment, opened: personal data. `decision` is who decided, why and when, where somebody has."""

    hold: Hold
    payment: Payment
    screened: int
    """The list version that it was screened against."""
    answers: Answers
    decision: "Decision | None"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided about a held payment, why and when."""

    released: bool
    who: str
    why: str
    at_ms: int


MakeDesk = Callable[[], Desk]


class Holds:
    """The held payments of one institution. Safe for threads."""

    def __init__(
        self, rows: HeldRows, evidence: EvidenceStore, outbox: Outbox, lanes: Sequence[int], desk: MakeDesk
    ) -> None:
        self._rows, self._evidence, self._outbox, self._lanes, self._desk = rows, evidence, outbox, lanes, desk
        self._sending = Lock()

    # --- reading ----------------------------------------------------------------------------------------------------

    def page(
        self, states: Sequence[HoldState] = (HoldState.HELD,), *, after: int = 0, limit: int = 50
    ) -> list[Hold]:  # fmt: skip
        """Those in some states, oldest first, with numbers above `after`; at most 200."""
        return self._rows.page(states, after, limit)

    def history(self, states: Sequence[HoldState], *, before: int = 0, limit: int = 50) -> list[Hold]:
        """Those in some states, newest first, with numbers below `before` (0: from the newest); at most 200."""
        return self._rows.history(states, before, limit)

    def find(self, number: int) -> Hold:
        """One of them. Raises `Refused` (404)."""
        return self._rows.find(number)

    def of_part(self, key: str) -> dict[int, Hold]:
        """All of one part of a file, by their places in it."""
        return self._rows.of_part(key)

    def count(self, state: HoldState = HoldState.HELD) -> int:
        """How many are in a state."""
        return self._rows.count(state)

    def events(self, number: int) -> list[Event]:
        """Everything that happened to one, in order."""
        return self._rows.events(number)

    def open(self, number: int) -> HeldPayment:
        """The payment itself and what was found. Raises `Refused` (404), also when its evidence was erased."""
        hold = self._rows.find(number)
        _, sealed = self._evidence.open(hold.evidence)
        payment, screened, answers = transfers.read_held(sealed)
        return HeldPayment(hold, payment, screened, answers, self.decision(hold))

    def decision(self, hold: Hold) -> Decision | None:
        """Who decided about it, why and when."""
        return self.open_decision(hold.decision) if hold.decision else None

    def open_decision(self, sealed_digest: bytes) -> Decision | None:
        """The decision behind a digest that evidence names. Raises `Refused` (404)."""
        match canonical.decode(self._evidence.open(sealed_digest)[1], "decision"):
            case [str(schema), bytes(), bool(released), str(who), str(why), int(at_ms)] if schema == DECISION_SCHEMA:
                return Decision(released, who, why, at_ms)
        return None

    # --- deciding ---------------------------------------------------------------------------------------------------

    def release(self, number: int, *, who: str, why: str) -> Hold:
        """A person lets it go. `who`: an opaque name of the person, `why`: kept sealed. `send` sends it.

        Raises `Refused` (409) when it is not held any more.
        """
        return self._decide(number, who, why, HoldState.RELEASED, What.RELEASED)

    def refuse(self, number: int, *, who: str, why: str, reason: str = "RR04") -> Hold:
        """A person refuses it; whoever ordered it is told the ISO reason. Raises as `release`, and `Malformed`."""
        if reason not in REFUSALS:
            raise Malformed("reason", "reason.unknown", f"give one of {', '.join(REFUSALS)}")
        return self._decide(number, who, why, HoldState.REFUSED, What.REFUSED, reason)

    def _decide(self, number: int, who: str, why: str, state: HoldState, what: What, reason: str = "") -> Hold:
        if not 0 < len(who) <= WHO_CHARACTERS_MAX or not 0 < len(why.strip()) <= WHY_CHARACTERS_MAX:
            advice = f"say who decides ({WHO_CHARACTERS_MAX} characters at most) and why ({WHY_CHARACTERS_MAX})"
            raise Malformed("decision", "decision.form", advice)
        hold = self._rows.find(number)
        if hold.state is not HoldState.HELD:
            raise Refused("held payment", f"it is {hold.state.name.lower()} already; nothing is left to decide", 409)
        now_ms = self._desk().now_ms
        sealed = self._seal_decision(hold, state is HoldState.RELEASED, who, why.strip(), now_ms)
        return self._rows.change(hold, what, now_ms, who, state=state, decision=sealed, reason=reason)

    def _seal_decision(self, hold: Hold, released: bool, who: str, why: str, at_ms: int) -> bytes:
        """The decision names the evidence that was decided on, so it fits no other payment."""
        contents = canonical.encode([DECISION_SCHEMA, hold.evidence, released, who, why, at_ms])
        return self._evidence.seal(hold.subject, contents).digest

    # --- asking again -----------------------------------------------------------------------------------------------

    def ask_again(self, number: int) -> Hold:
        """Ask every check about a held payment once more; one that is clear now is released, and that is noted.

        Raises `Unavailable` when a check that spoke of it is not at hand here.
        """
        opened = self.open(number)
        if opened.hold.state is not HoldState.HELD:
            return opened.hold
        desk = self._desk()
        asked = self._ask(desk, opened)
        if asked.screened == opened.screened and _is_nothing_new(opened.answers, asked.answers[0]):
            return opened.hold
        hold = self._noted(desk, opened, asked, What.ASKED_AGAIN)
        if not is_clear(asked.answers[0]):
            return hold
        sealed = self._seal_decision(hold, True, "", CLEARED, desk.now_ms)
        return self._rows.change(
            hold, What.CLEARED, desk.now_ms, "", state=HoldState.RELEASED, decision=sealed
        )  # fmt: skip

    def ask_all_again(self) -> int:
        """Ask about all that are held, oldest first, at most a thousand. How many were released."""
        released, after = 0, 0
        for _ in range(AT_ONCE_MAX // _PAGE):
            holds = self._rows.page((HoldState.HELD,), after, _PAGE)
            for hold in holds:
                after = hold.number
                released += self.ask_again(hold.number).state is HoldState.RELEASED
            if not holds:
                break
        return released

    def _ask(self, desk: Desk, opened: HeldPayment) -> Asked:
        at_hand = {check.name for check in desk.checks if not isinstance(check, AbsentCheck)}
        missing = ({each.check for each in opened.answers} | {check.name for check in desk.checks}) - at_hand
        if missing:
            names = ", ".join(sorted(missing))
            raise Unavailable(f"this program does not have the check {names}; go on where the checks are", 60)
        return ask(desk.checks, [opened.payment])

    def _noted(self, desk: Desk, opened: HeldPayment, asked: Asked, what: What) -> Hold:
        """Seal what was found now in place of what was found before; a decision about that is over."""
        hold, answers = opened.hold, asked.answers[0]
        contents = transfers.held_contents(_moved(hold), opened.payment, asked.screened, answers)
        return self._rows.change(
            hold, what, desk.now_ms, "", state=HoldState.HELD, decision=b"",
            evidence=self._evidence.seal(hold.subject, contents).digest,
            findings=transfers.findings(answers), summary=transfers.summary(answers),
        )  # fmt: skip

    # --- sending ----------------------------------------------------------------------------------------------------

    def send(self, number: int, *, wait_seconds: int = 30) -> Hold:
        """Send a released payment, or hold it again when something new is found. Raises as `Outbox.submit`."""
        with self._sending:
            opened = self.open(number)
            hold = opened.hold
            if hold.state is not HoldState.RELEASED:
                return hold
            desk, key = self._desk(), f"hold:{number}:{hold.decision.hex()[:32]}"
            asked = Asked(0, [()])
            if not self._outbox.is_known(key):  # else its message is written down, and may be on the record
                asked = self._ask(desk, opened)
                if not _is_decided(opened.answers, asked.answers[0]):
                    return self._noted(desk, opened, asked, What.HELD_AGAIN)
            answer = self._outbox.submit(
                key, digest(hold.evidence, hold.decision),
                lambda: transfers.message([self._leg(desk, opened, asked.answers[0])], asked.screened, desk),
                self._lanes, wait_seconds=wait_seconds,
            )  # fmt: skip
            return self._rows.change(
                hold, What.SENT, desk.now_ms, "", state=HoldState.SENT, receipt=answer.receipt
            )  # fmt: skip

    def send_all(self, *, wait_seconds: int = 30) -> int:
        """Send all that are released, at most a thousand. How many are on the record now.

        One that is refused does not keep the others: all are tried, then the first refusal is raised.
        """
        sent, after, refusals = 0, 0, list[Refused]()
        for _ in range(AT_ONCE_MAX // _PAGE):
            holds = self._rows.page((HoldState.RELEASED,), after, _PAGE)
            for hold in holds:
                after = hold.number
                try:
                    sent += self.send(hold.number, wait_seconds=wait_seconds).state is HoldState.SENT
                except Refused as refusal:
                    refusals.append(refusal)
            if not holds:
                break
        if refusals:
            raise refusals[0]
        return sent

    def _leg(self, desk: Desk, opened: HeldPayment, answers: Answers) -> Leg:
        """The payment as it goes: its accounts are those that were known when it came."""
        payment, hold = opened.payment, opened.hold
        known = desk.addresses.find_many(
            [transfers.debtor_number(payment), transfers.creditor_number(payment)]
        )  # fmt: skip
        debit = known.get(transfers.debtor_number(payment))
        credit = known.get(transfers.creditor_number(payment))
        asset = desk.assets.get(payment.currency)
        same = (
            debit is not None and credit is not None and asset is not None
            and (debit.account, credit.account, asset.number) == (hold.debit, hold.credit, hold.asset)
        )  # fmt: skip
        if not same or debit is None or credit is None or asset is None:
            advice = (
                "an account or currency of it has changed in the address book since; refuse it, and have it sent anew"
            )
            raise Refused("held payment", advice, 409)
        return Leg(payment, hold.uetr, debit, credit, asset, answers, hold.decision)


def _moved(hold: Hold) -> canonical.Value:
    return [hold.uetr, 0, hold.debit, hold.credit, hold.asset, hold.amount]


def _is_nothing_new(before: Answers, now: Answers) -> bool:
    return len(before) == len(now) and all(
        one.says_the_same_as(other) for one, other in zip(before, now, strict=True)
    )  # fmt: skip


def _is_decided(decided: Answers, now: Answers) -> bool:
    """Whether all that is found now is clear, or was decided about."""
    before = {each.check: each for each in decided}
    return all(
        each.is_covered_by(before[each.check]) if each.check in before else is_clear((each,)) for each in now
    )  # fmt: skip
