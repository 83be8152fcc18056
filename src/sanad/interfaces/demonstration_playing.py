"""Plays the past of the demonstration: the same parts as in earnest, with a clock that is told what time it is.

Only a record that says in its genesis that it is a demonstration is written so, and only while it is being made: once
it is there, block time follows the wall clock like anywhere else.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Self

from nacl.signing import SigningKey

from sanad.base.canonical import Value
from sanad.base.errors import Unavailable, ensure
from sanad.evidence.store import new_subject
from sanad.gateway.gateway import Gateway, act_body
from sanad.gateway.keys import SYSTEM, Key
from sanad.interfaces import demonstration_nation
from sanad.interfaces.demonstration_nation import (
    AUTHORITY,
    PASSPHRASE,
    PERSONS,
    ZONE_OFFSET_SECONDS,
    check_admitted,
    new_keys,
)
from sanad.interfaces.demonstration_past import (
    ADMINISTRATOR,
    APPLY,
    APPOINT,
    DAYS,
    ENTER,
    FIRMS,
    Day,
    Firm,
    Step,
    steps,
)
from sanad.node.clock import Clock
from sanad.node.core import Node
from sanad.node.founding import Genesis
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.edition1.words import AMOUNT_MAX, RIGHTS_OF_SYSTEMS, InstitutionStatus
from sanad.rulebook.message import Suite

_SCHEMA = {schema.name: number for number, schema in SCHEMAS.items()}
_SECONDS_MAX = 30
_QUOTA = 1 << 24
_ZONE = timezone(timedelta(seconds=ZONE_OFFSET_SECONDS))
_CONFIRMED_AFTER = timedelta(minutes=95)
_MADE_UP = b"Made up for the demonstration."


class ToldClock(Clock):
    """A clock that is told the time; nobody has to confirm its leaps."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now

    def now_ms(self) -> int:
        """The time told last."""
        return milliseconds(self.now)


class _Near:
    """A node in this process, as a gateway's client sees it."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def network(self) -> bytes:
        return self._node.network

    def submit(self, raw: bytes) -> bytes:
        return self._node.submit(raw).result(_SECONDS_MAX)

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        return self._node.receipt(institution, lane, sequence)

    def next_sequence(self, institution: int, lane: int) -> int:
        return self._node.next_sequence(institution, lane)


def milliseconds(moment: datetime) -> int:
    """Since 1970 UTC."""
    return int(moment.timestamp()) * 1_000


def beginning() -> datetime:
    """When the demonstration's first day began: two years ago, on a Monday, in its own zone."""
    day = (datetime.now(UTC).astimezone(_ZONE) - timedelta(days=DAYS)).replace(
        hour=10, minute=0, second=0, microsecond=0
    )
    return day - timedelta(days=day.weekday())


def found_with_past(record: Path, institutions: Path, post: Post) -> Genesis:
    """Found the nation two years ago, and play what its authority did since. `record` must not be there."""
    began = beginning()
    genesis = demonstration_nation.found(record, institutions, post, milliseconds(began))
    clock = ToldClock(began)
    node = Node(record, post, lambda _: None, clock=clock)
    try:
        ensure(genesis.demonstration, "only the past of a demonstration is played")
        node.start(with_replayer=False)
        with Past(node, clock, institutions) as past:
            past.play()
    finally:
        node.close()
    return genesis


class Past:
    """One playing of it."""

    def __init__(self, node: Node, clock: ToldClock, institutions: Path) -> None:
        self._node, self._clock, self._institutions = node, clock, institutions
        self._began = clock.now
        self._authority = self._opened(AUTHORITY.folder, AUTHORITY.number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._authority.close()

    def play(self) -> None:
        """All steps, each in the office hours of its day."""
        for number, step in enumerate(steps()):
            self._reach(self._office_hours(step.day, number))
            if step.act == ENTER:
                self._enter(step.firm or FIRMS[0])
            elif step.act == APPLY:
                self._apply_for(step.firm or FIRMS[0])
            elif step.act == APPOINT:
                self._appoint(ADMINISTRATOR)
            else:
                self._decide(step)

    # --- time -------------------------------------------------------------------------------------------------------

    def _office_hours(self, day: int, number: int) -> datetime:
        """On that day, or on the Monday after it; at another minute for each step."""
        moment = self._began + timedelta(days=day, minutes=17 * number % 130)
        return moment + timedelta(days=max(0, 7 - moment.weekday()) if moment.weekday() > 4 else 0)

    def _reach(self, moment: datetime) -> None:
        """Let time pass, stopping wherever the rules have something to do by themselves, so that they do it in time."""
        state, lock = self._node.ordering.state, self._node.writer.state_lock
        ends = time.monotonic() + _SECONDS_MAX
        while True:
            with lock:
                due_ms = min((row.due_ms for row in state.scheduled.values()), default=milliseconds(moment))
            if due_ms >= milliseconds(moment):
                break
            self._clock.now = max(self._clock.now, datetime.fromtimestamp(due_ms / 1_000, _ZONE))
            if time.monotonic() > ends:
                raise Unavailable("the demonstration's past stands still; begin anew with another --data DIR")
            time.sleep(0.002)
        self._clock.now = max(self._clock.now, moment)

    # --- acts -------------------------------------------------------------------------------------------------------

    def _decide(self, step: Step) -> None:
        fields: list[Value] = [step.firm.number] if step.firm else []
        for each in step.fields:
            if isinstance(each, Day):
                fields.append(milliseconds(self._began + timedelta(days=each.number)))
            else:
                fields.append(each)
        self._by_two(step.act, fields, [step.firm.number] if step.firm else [])

    def _enter(self, firm: Firm) -> None:
        fields: list[Value] = [int(firm.kind), int(InstitutionStatus.APPLICANT), firm.name, "", "", _QUOTA]
        self._by_two("register_institution", fields, [])
        key, proof = self._new_key(firm)
        lanes: list[Value] = [key.lane_first, key.lane_last]
        rights: list[Value] = [int(RIGHTS_OF_SYSTEMS), *lanes, AMOUNT_MAX]
        self._by_two("register_key", [firm.number, 0, int(Suite.ED25519), key.public, proof, *rights], [])

    def _appoint(self, administrator: Firm) -> None:
        key, proof = self._new_key(administrator)
        fields: list[Value] = [administrator.number, int(Suite.ED25519), key.public, proof]
        self._by_two(APPOINT, [*fields, key.lane_first, key.lane_last], [administrator.number])

    def _new_key(self, firm: Firm) -> tuple[Key, bytes]:
        keys = new_keys(self._institutions / firm.folder)
        return keys.key(SYSTEM), keys.prove_possession(SYSTEM, self._node.network, firm.number)

    def _apply_for(self, firm: Firm) -> None:
        with self._opened(firm.folder, firm.number) as gateway:
            digests = [gateway.evidence.seal(new_subject(), _MADE_UP).digest]
            check_admitted(gateway.send_act(_SCHEMA[APPLY], [], digests=digests).receipt)

    def _by_two(self, act: str, fields: list[Value], recipients: list[int]) -> None:
        """Proposed by one person, confirmed by another some time later; its grounds are sealed."""
        schema = _SCHEMA[act]
        digests = [self._authority.evidence.seal(new_subject(), _MADE_UP).digest]
        body = act_body(schema, fields, recipients, (), digests)
        proposed = self._authority.propose(schema, fields, person=PERSONS[0], recipients=recipients, digests=digests)
        entry = check_admitted(proposed.receipt)
        self._reach(self._clock.now + _CONFIRMED_AFTER)
        check_admitted(self._authority.confirm(entry, body, person=PERSONS[1], recipients=recipients).receipt)

    def _opened(self, folder: str, number: int) -> Gateway:
        def connect(_: SigningKey) -> _Near:
            return _Near(self._node)

        path = self._institutions / folder
        return Gateway.open(path, PASSPHRASE, connect, institution=number, clock_ms=self._clock.now_ms)
