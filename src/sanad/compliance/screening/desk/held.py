"""Open payments in the portal: read from the institution's gateway, decided by its people, carried out by the gateway.

    a person decides ──another confirms, where two are needed──► in force ──the gateway──► done
                                                                            └ something else was found since: overtaken

A page only writes down what was decided. `work`, a chore, has the gateway do it, which asks every check once more
before it sends. So a decision is about what its author saw, and what nobody saw is not cleared by it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused, SanadError, Unavailable
from sanad.compliance.screening.desk.found import Found, found_in
from sanad.compliance.screening.desk.matches import REASON_CHARACTERS_MAX, make_ready, terms_of
from sanad.compliance.screening.desk.open_payments import note_ended as note_ended_of
from sanad.compliance.screening.desk.open_payments import statements_of
from sanad.compliance.screening.desk.sealing import opened_words, seal
from sanad.compliance.screening.models import Decision, OpenKind, PaymentDecision, PaymentDecisionState, PaymentVerdict
from sanad.evidence.store import new_subject
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import Event, Hold, HoldState
from sanad.gateway.holds import Decision as GatewayDecision
from sanad.gateway.reasons import REFUSALS
from sanad.gateway.reservation_rows import Reservation, ReservationState
from sanad.node import receipts
from sanad.people.access import require
from sanad.people.models import Institution, Person
from sanad.people.notifications import Event as Told
from sanad.people.notifications import notify, people_with
from sanad.people.rights import Right
from sanad.standards.iso20022.currencies import format_amount
from sanad.standards.iso20022.payment import Payment
from sanad.tables.names import WORKING

ROWS = 25
EXPORT_ROWS_MAX = 10_000
_PAGE = 200
AT_ONCE_MAX = 200
"""How many decisions one turn of the chore carries out."""
STATES = {each.name.lower(): (each,) for each in HoldState} | {"all": tuple(HoldState)}
ISO_REASONS = tuple(REFUSALS)
_looked_after: dict[int, int] = {}
"""By institution, after which position the next reservations are looked at."""
OPEN_STATES = (PaymentDecisionState.PROPOSED, PaymentDecisionState.IN_FORCE)


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open payment in a list, without names."""

    number: int
    state: str
    amount: str
    findings: tuple[tuple[str, str], ...]
    """Check and finding."""
    summary: str
    reason: str
    """ISO reason of a refusal."""
    since_ms: int
    changed_ms: int
    entry: int = 0
    """Of the record, once it was sent."""
    outcome: int = 0
    """What the rulebook said of it there; 0 admitted."""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Some of them, and after which number the next come (0: there are none). `is_hosted`: the gateway is here."""

    rows: list[OpenRow]
    next_after: int
    is_hosted: bool = True


@dataclass(frozen=True, slots=True)
class OpenedPayment:
    """One open payment, opened. Personal data."""

    kind: OpenKind
    row: OpenRow
    payment: Payment | None
    """None where its evidence was erased."""
    uetr: bytes
    screened: int
    """The list version on the record that it was screened against, 0 for none."""
    found: tuple[Found, ...]
    events: list[Event]
    seen: bytes
    gateway_decision: GatewayDecision | None
    decisions: list[tuple[PaymentDecision, str]]
    """Newest first, each with its reason."""
    releaser: int = 0
    """Of a reservation: who alone may give it back; 0 is we."""
    is_open: bool = True

    @property
    def is_true_match(self) -> bool:
        """Whether somebody decided that a party is the listed one."""
        return any(each.is_true_match for each in self.found)

    @property
    def is_unresolved(self) -> bool:
        """Whether a check could not answer."""
        return any(finding == "unresolved" for _check, finding in self.row.findings)

    @property
    def proposal(self) -> PaymentDecision | None:
        """What waits for a second person."""
        return next((each for each, _why in self.decisions if each.state == PaymentDecisionState.PROPOSED), None)

    @property
    def is_waiting(self) -> bool:
        """Whether a decision waits for somebody, or for the gateway."""
        return any(each.state in OPEN_STATES for each, _why in self.decisions)


def page(person: Person, kind: OpenKind, state: str, after: int = 0, limit: int = ROWS) -> OpenPage:
    """Payments of one's institution in a state, at most 200: those that wait oldest first, a history newest first.

    It goes on after the number `after`; 0 is from the beginning.
    """
    institution = require(person, Right.OWN_HELD_READ).institution
    limit = max(1, min(limit, _PAGE))
    try:
        with _gateway(institution) as gateway:
            rows = _rows(gateway, kind, state, after, limit + 1)
    except Refused as refusal:
        if refusal.right in ("gateway", "open payment"):
            return OpenPage([], 0, is_hosted=False)
        raise
    return OpenPage(rows[:limit], rows[limit - 1].number if len(rows) > limit else 0)


def all_rows(person: Person, kind: OpenKind, state: str) -> Iterator[OpenRow]:
    """For a download: at most ten thousand."""
    after, given = 0, 0
    while given < EXPORT_ROWS_MAX:
        found = page(person, kind, state, after, _PAGE - 1)
        yield from found.rows
        given, after = given + len(found.rows), found.next_after
        if not after:
            return


def _rows(gateway: Gateway, kind: OpenKind, state: str, after: int, limit: int) -> list[OpenRow]:
    currencies = _currencies(gateway)
    if kind == OpenKind.HELD:
        states = STATES.get(state, (HoldState.HELD,))
        if state in ("sent", "refused", "all"):
            holds = gateway.holds.history(states, before=after, limit=limit)
        else:
            holds = gateway.holds.page(states, after=after, limit=limit)
        return [_held_row(each, currencies) for each in holds]
    if state in ("ended", "all"):
        rows = gateway.reservations.history(before=after, limit=limit, only_ended=state == "ended")
    else:
        rows = gateway.reservations.page(after=after, limit=limit, only_found=state != "open")
    return [_reserved_row(each, currencies) for each in rows]


def opened(person: Person, kind: OpenKind, number: int) -> OpenedPayment:
    """One of one's institution's, with its names. Raises `Refused`: 404 when it is not there."""
    institution = require(person, Right.OWN_HELD_READ).institution
    rows = PaymentDecision.objects.select_related("author", "second").filter(
        institution=institution, kind=kind, number=number
    )  # fmt: skip
    decisions = [(each, opened_words(bytes(each.reason_digest))) for each in rows.order_by("-decided_at")[:20]]
    with _gateway(institution) as gateway:
        try:
            if kind == OpenKind.HELD:
                return _opened_hold(gateway, number, decisions)
            return _opened_reservation(gateway, number, decisions)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            raise Refused("open payment", _("no payment of yours has this number; look at the list"), 404) from None


def name_of(number: int) -> str:
    """What the portal calls the institution of a number on the record; "" where it does not know it."""
    return str(Institution.objects.filter(number=number).values_list("name", flat=True).first() or "")


def _opened_hold(gateway: Gateway, number: int, decisions: list[tuple[PaymentDecision, str]]) -> OpenedPayment:
    hold = gateway.holds.find(number)
    row, events = _held_row(hold, _currencies(gateway)), gateway.holds.events(number)
    is_open = hold.state is HoldState.HELD
    try:
        told = gateway.holds.open(number)
    except Refused:  # erased: what is left is shown
        return OpenedPayment(OpenKind.HELD, row, None, hold.uetr, 0, (), events, hold.evidence, None, decisions,
                             is_open=is_open)  # fmt: skip
    return OpenedPayment(
        OpenKind.HELD, row, told.payment, hold.uetr, told.screened, found_in(told.answers), events, hold.evidence,
        told.decision, decisions, is_open=is_open,
    )  # fmt: skip


def _opened_reservation(
    gateway: Gateway, position: int, decisions: list[tuple[PaymentDecision, str]]
) -> OpenedPayment:  # fmt: skip
    found = gateway.reservations.find(position)
    statements = statements_of(gateway)
    if statements is not None:
        found = gateway.reservations.ask_whether_open(position, statements)
    row, is_open = _reserved_row(found, _currencies(gateway)), found.state is ReservationState.OPEN
    decision = gateway.holds.open_decision(found.decision) if found.decision else None
    payment: Payment | None = None
    answers: tuple[Found, ...] = ()
    try:
        told = gateway.reservations.open(position)
        payment, answers = told.payment, found_in(told.answers)
    except (Refused, Malformed):
        pass  # whom it is between is not known: it is shown as unresolved
    return OpenedPayment(
        OpenKind.RESERVED, row, payment, found.uetr, 0, answers, [], _seen(found), decision, decisions,
        found.releaser, is_open,
    )  # fmt: skip


def _currencies(gateway: Gateway) -> dict[int, str]:
    return {asset.number: currency for currency, asset in gateway.assets.all().items()}


def _amount(minor: int, asset: int, currencies: dict[int, str]) -> str:
    currency = currencies.get(asset, "")
    try:
        whole, point, decimals = format_amount(minor, currency).partition(".")
    except Malformed:  # no currency of ISO's
        return f"{minor:,} {currency}".strip()
    return f"{int(whole):,}{point}{decimals} {currency}"


def _held_row(hold: Hold, currencies: dict[int, str]) -> OpenRow:
    amount = _amount(hold.amount, hold.asset, currencies)
    entry = outcome = 0
    if hold.receipt:
        receipt = receipts.decode(hold.receipt)
        entry, outcome = receipt.entry, receipt.codes[0]
    state = "rejected" if outcome else hold.state.name.lower()
    return OpenRow(
        hold.number, state, amount, _findings(hold.findings), hold.summary, hold.reason, hold.since_ms,
        hold.changed_ms, entry, outcome,
    )  # fmt: skip


def _reserved_row(found: Reservation, currencies: dict[int, str]) -> OpenRow:
    amount = _amount(found.amount, found.asset, currencies)
    state = "reserved" if found.state is ReservationState.OPEN else found.state.name.lower()
    return OpenRow(
        found.position, state, amount, _findings(found.findings), found.summary, "", found.since_ms, found.changed_ms
    )  # fmt: skip


def _findings(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (each.partition(":") for each in text.split())
    return tuple((check, finding) for check, _colon, finding in pairs)


def _seen(found: Reservation) -> bytes:
    """What is decided about: what was found, or that nothing was."""
    return found.evidence or bytes(32)


@contextmanager
def _gateway(institution: Institution) -> Iterator[Gateway]:
    """The institution's gateway, for one use. Raises `Refused` where it is not hosted here, `Unavailable` when busy."""
    if institution.number is None:
        raise Refused("open payment", _("no open payment of yours is here"), 404)
    with ExitStack() as stack:
        try:
            gateway = stack.enter_context(settings.HOSTING.gateway(institution.number))
        except Refused as refusal:
            if refusal.right != "one process":
                raise
            raise Unavailable(_("a command works with your gateway at the moment"), 5) from None
        yield gateway


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(
    person: Person, kind: OpenKind, number: int, verdict: PaymentVerdict, reason: str, iso_reason: str = ""
) -> PaymentDecision:  # fmt: skip
    """Decide about an open payment, or propose to where two are needed. Raises `Malformed`, `Refused`."""
    institution = require(person, Right.OWN_HELD_DECIDE).institution
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise Malformed("reason", "reason_missing", _("say why, in at most 2,000 characters"))
    if (verdict == PaymentVerdict.GIVE_BACK) != (kind == OpenKind.RESERVED):
        raise Malformed("verdict", "verdict_bad", _("a held payment is released or refused, a reservation given back"))
    if (verdict == PaymentVerdict.REFUSE) != (iso_reason in ISO_REASONS):
        raise Malformed("iso_reason", "iso_reason_bad", _("say which reason whoever ordered it is told"))
    found = opened(person, kind, number)
    _ensure_decidable(found, verdict)
    needs_two = terms_of(institution).needs_two
    subject = new_subject()
    sealed = seal(subject, reason)
    with transaction.atomic(WORKING):
        if PaymentDecision.objects.filter(
            institution=institution, kind=kind, number=number, state__in=OPEN_STATES
        ).exists():  # fmt: skip
            raise Refused("open payment", _("a decision about it is under way already"), 409)
        decision = PaymentDecision.objects.create(
            institution=institution, kind=kind, number=number, seen=found.seen, verdict=verdict, iso_reason=iso_reason,
            state=PaymentDecisionState.PROPOSED if needs_two else PaymentDecisionState.IN_FORCE, subject=subject,
            reason_digest=sealed, author=person,
        )  # fmt: skip
        if needs_two:
            others = [each for each in people_with(Right.OWN_HELD_CONFIRM, institution) if each.id != person.id]
            notify(Told.DECISION_WAITING, others, f"/screening/{kind}/{number}/", key=f"open-payment/{decision.id}")
    return decision


def _ensure_decidable(found: OpenedPayment, verdict: PaymentVerdict) -> None:
    if not found.is_open:
        raise Refused("open payment", _("nothing is left to decide about it"), 409)
    if verdict == PaymentVerdict.RELEASE and found.is_true_match:
        raise Refused("open payment", _("a party was decided to be the listed one; end that decision first"), 409)
    if verdict == PaymentVerdict.GIVE_BACK and found.releaser:
        advice = _("institution %(number)s alone may give it back; ask it, or the authority")
        raise Refused("open payment", advice % {"number": found.releaser}, 409)


def confirm(person: Person, kind: OpenKind, number: int) -> PaymentDecision:
    """Confirm what another proposed, while what was found is still what its author saw. Raises `Refused`."""
    seen = opened(person, kind, number).seen
    return _end(person, kind, number, PaymentDecisionState.IN_FORCE, seen)


def decline(person: Person, kind: OpenKind, number: int) -> PaymentDecision:
    """Decline what another proposed, or take back one's own. Raises `Refused`."""
    return _end(person, kind, number, PaymentDecisionState.DECLINED, b"")


def _end(
    person: Person, kind: OpenKind, number: int, state: PaymentDecisionState, seen: bytes
) -> PaymentDecision:  # fmt: skip
    institution = require(person, Right.OWN_HELD_CONFIRM).institution
    with transaction.atomic(WORKING):
        decision = PaymentDecision.objects.select_for_update().filter(
            institution=institution, kind=kind, number=number, state=PaymentDecisionState.PROPOSED
        ).first()  # fmt: skip
        if decision is None:
            raise Refused("decision", _("no proposal waits here"), 404)
        if state == PaymentDecisionState.IN_FORCE:
            if decision.author_id == person.id:
                raise Refused("decision", _("another person confirms what you proposed"), 409)
            if bytes(decision.seen) != seen:
                raise Refused("decision", _("something else was found since; decline it, and look again"), 409)
        decision.state, decision.second, decision.second_at = state, person, timezone.now()
        decision.save(update_fields=["state", "second", "second_at"])
    return decision


# --- carrying out -----------------------------------------------------------------------------------------------------


def work() -> int:
    """A chore: have the gateways do what was decided; how many were settled. Killed anywhere, it goes on."""
    rows = PaymentDecision.objects.select_related("institution").filter(state=PaymentDecisionState.IN_FORCE)
    waiting, settled = list(rows.order_by("decided_at")[:AT_ONCE_MAX]), 0
    if waiting:
        make_ready()
    for decision in waiting:
        try:
            with _gateway(decision.institution) as gateway:
                _carry_out(gateway, decision)
            settled += 1
        except Unavailable:  # the gateway is busy or its node silent: the next turn goes on
            continue
        except Refused as refusal:
            if refusal.right == "gateway":  # hosted elsewhere meanwhile
                continue
            _settle(decision, PaymentDecisionState.STOPPED, refusal.advice)
        except SanadError as error:
            _settle(decision, PaymentDecisionState.STOPPED, type(error).__name__)
    return settled


def note_ended() -> int:
    """A chore: reservations that others ended are noted as ended, a bounded number at each turn; how many."""
    ended = 0
    for institution in Institution.objects.exclude(number=None):
        number = int(institution.number or 0)
        try:
            with _gateway(institution) as gateway:
                count, _looked_after[number] = note_ended_of(gateway, _looked_after.get(number, 0))
        except (Refused, Unavailable):  # not hosted here, busy, or its node is silent: the next turn looks
            continue
        ended += count
    return ended


def _carry_out(gateway: Gateway, decision: PaymentDecision) -> None:
    why = opened_words(bytes(decision.reason_digest))
    if decision.kind == OpenKind.RESERVED:
        found = gateway.reservations.find(decision.number)
        if not found.decision and (found.state is not ReservationState.OPEN or _seen(found) != bytes(decision.seen)):
            _settle(decision, PaymentDecisionState.OVERTAKEN)
            return
        if found.state is ReservationState.OPEN:
            gateway.reservations.give_back(decision.number, who=_name(decision), why=why)
        _settle(decision, PaymentDecisionState.DONE)
        return
    _settle(decision, _carried_out(gateway, decision, why))


def _carried_out(gateway: Gateway, decision: PaymentDecision, why: str) -> PaymentDecisionState:
    """Where a decision about a held payment is when the gateway has done what it can."""
    hold = gateway.holds.find(decision.number)
    is_ours = _is_by(gateway, hold, decision)  # a kill came after the gateway had written it down
    if hold.state is HoldState.HELD:
        if hold.evidence != bytes(decision.seen):
            return PaymentDecisionState.OVERTAKEN
        if decision.verdict == PaymentVerdict.REFUSE:
            gateway.holds.refuse(hold.number, who=_name(decision), why=why, reason=decision.iso_reason)
            return PaymentDecisionState.DONE
        if any(each.is_true_match for each in found_in(gateway.holds.open(hold.number).answers)):
            return PaymentDecisionState.OVERTAKEN
        gateway.holds.release(hold.number, who=_name(decision), why=why)
    elif not is_ours:
        return PaymentDecisionState.OVERTAKEN
    if decision.verdict == PaymentVerdict.REFUSE:
        return PaymentDecisionState.DONE
    sent = gateway.holds.send(hold.number)
    return PaymentDecisionState.DONE if sent.state is HoldState.SENT else PaymentDecisionState.OVERTAKEN


def _is_by(gateway: Gateway, hold: Hold, decision: PaymentDecision) -> bool:
    told = gateway.holds.decision(hold)
    return told is not None and told.who == _name(decision)


def _name(decision: PaymentDecision) -> str:
    """How the gateway names whoever decided: the portal knows the persons behind it."""
    return f"payment {decision.id}"


def _settle(decision: PaymentDecision, state: PaymentDecisionState, problem: str = "") -> None:
    decision.state, decision.ended_at, decision.problem = state, timezone.now(), problem[:300]
    decision.save(update_fields=["state", "ended_at", "problem"])


def decision_named(name: str) -> PaymentDecision | Decision | None:
    """The decision behind a name that the gateway keeps, about a payment or a match; None for another's."""
    word, _blank, identifier = name.partition(" ")
    try:
        identity = UUID(identifier)
    except ValueError:
        return None
    if word == "decision":
        return Decision.objects.select_related("author", "second").filter(id=identity).first()
    return PaymentDecision.objects.select_related("author", "second").filter(id=identity).first()
