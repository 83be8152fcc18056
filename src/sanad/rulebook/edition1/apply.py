"""The state machine: one entry at a time, total, deterministic.

`begin_block` brings in the block's time. `apply` carries out one admitted message or system entry and answers with
outcomes, effects and the control record; it never raises for anything that a sender can do. `post` is handed in:
the readable one of `posting.py` or the kernel's, which agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sanad.base.canonical import Value, decode, encode
from sanad.base.digests import digest
from sanad.base.errors import Fault, Malformed, ensure
from sanad.rulebook.edition1.acting import Act, Acting, class_of
from sanad.rulebook.edition1.acts import (
    DECISION_SCHEMA,
    RECOVER_SCHEMA,
    SCHEMAS,
    SYSTEM_ONLY,
    check_act,
    check_references,
    check_shape,
    parse_act,
)
from sanad.rulebook.edition1.admission import Admission
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.institutions import deciding_persons, recovering_persons
from sanad.rulebook.edition1.posting import Batch, Posted
from sanad.rulebook.edition1.state import EFFECT, Columns, Proposal, State, day_of, set_window
from sanad.rulebook.edition1.statements import list_time
from sanad.rulebook.edition1.terms import rule_value
from sanad.rulebook.edition1.words import AMOUNT_MAX, InstitutionClass, Right, Rule
from sanad.rulebook.message import Kind, Message

PROPOSALS_MAX = 1_024
GENESIS_PERSONS_MIN = 3
RECOVERY_SET_MIN = 2
DAY_MS = 86_400_000

Post = Callable[[State, Batch], Posted]


@dataclass(frozen=True, slots=True)
class Applied:
    """What an entry did: outcomes u16, one effect an item (zeros of an act), and what an act wrote.

    `register` = records of the public register that changed, key and value.
    """

    outcomes: NDArray[np.uint16]
    effects: Columns
    record: bytes
    register: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def effects_digest(self) -> bytes:
        """H(outcomes ‖ effects ‖ control record), formats.md §5."""
        return digest(self.outcomes.data, self.effects.data, self.record)


def begin_block(state: State, time_ms: int, secret: bytes) -> None:
    """Bring in a block's time: it only rises. Duplicate windows rotate here; their key is drawn from the secret."""
    ensure(time_ms > state.time_ms, "block time rises by at least 1 ms")
    _rotate_windows(state, time_ms, secret)
    state.time_ms = time_ms


def _rotate_windows(state: State, time_ms: int, secret: bytes) -> None:
    """Open the duplicate window of this time, and an empty one before it if a whole window passed without blocks."""
    number = time_ms // (state.parameters.window_days * 86_400_000)
    while number > state.window_number:
        state.window_number = max(state.window_number + 1, number - 1)
        key = digest(b"sanad/window/v1\n", secret, state.window_number.to_bytes(8, "little"))[:16]
        # A window in which no block fell holds nothing and needs no room.
        set_window(state, state.parameters.window_capacity if state.window_number == number else 1, key)


def apply(state: State, message: Message, admission: Admission | None, post: Post) -> Applied:
    """Carry out the next entry. `admission` is what `admit` answered; `None` for system entries."""
    state.entry += 1
    kind = message.header.kind
    if kind in (Kind.TRANSFERS, Kind.SYSTEM_TRANSFERS):
        applied = _apply_transfers(state, message, admission, post)
    else:
        outcome, written = _apply_act(state, message, admission)
        record = encode([int(kind), int(outcome), *written])
        changes = _register_changes(state)
        applied = Applied(np.array([outcome], dtype=np.uint16), np.zeros(1, dtype=EFFECT), record, changes)
    if admission is not None:
        _use_lane_and_quota(state, message, admission)
    return applied


def _apply_transfers(state: State, message: Message, admission: Admission | None, post: Post) -> Applied:
    header = message.header
    batch = Batch(
        transfers=message.transfers(),
        entry=state.entry,
        sender=header.institution,
        time_ms=state.time_ms,
        day=day_of(state, state.time_ms),
        ceiling=AMOUNT_MAX if admission is None else admission.ceiling,
        screened_known=header.screened <= state.list_version,
        list_fault=_list_fault(state, header.screened),
        privileged=admission is None,
    )
    posted = post(state, batch)
    return Applied(posted.outcomes, posted.effects, b"")


def _list_fault(state: State, screened: int) -> Outcome:
    """What is wrong with a list version for items that must be bound: none named, or older than the rule allows."""
    days = rule_value(state, Rule.LIST_AGE_DAYS, state.time_ms)
    if days == 0:
        return Outcome.ADMITTED
    if screened == 0:
        return Outcome.SCREENED_LIST_MISSING
    is_new = state.time_ms - list_time(state, screened) <= days * DAY_MS
    return Outcome.ADMITTED if is_new else Outcome.SCREENED_LIST_TOO_OLD


def _register_changes(state: State) -> tuple[tuple[bytes, bytes], ...]:
    """What this entry changed in the public register, taken off the state's list."""
    changes = tuple(state.register_changes)
    state.register_changes.clear()
    return changes


def _use_lane_and_quota(state: State, message: Message, admission: Admission) -> None:
    header = message.header
    state.lanes[(header.institution, header.lane)] = header.sequence + 1
    if admission.person:
        return
    institution = state.institution_table[header.institution]
    today = day_of(state, state.time_ms)
    institution.used = (institution.used if institution.day == today else 0) + message.size
    institution.day = today


# --- acts -----------------------------------------------------------------------------------------------------------

Answer = tuple[Outcome, list[Value]]


def _apply_act(state: State, message: Message, admission: Admission | None) -> Answer:
    """One act: direct, proposed, confirmed, withdrawn, or the node's own."""
    header = message.header
    if admission is None:
        by = Acting(0, 0, b"", state.entry, state.time_ms, recovering=True)
        return _carry_out(state, by, parse_act(message.body))
    by = Acting(
        header.institution, admission.person, admission.key, state.entry, state.time_ms, recovering=admission.recovering
    )
    act = admission.act
    if act is None:
        raise Fault("a control message was admitted without its act")
    if header.kind == Kind.ACT:
        return _direct(state, by, act)
    if header.kind == Kind.PROPOSE:
        return _propose(state, by, act, message.body)
    if header.kind == Kind.CONFIRM:
        return _confirm(state, by, act)
    return _withdraw(state, by, act)


def _carry_out(state: State, by: Acting, act: Act) -> Answer:
    """Check everything, then change everything."""
    outcome = check_act(state, by, act)
    if outcome is not Outcome.ADMITTED:
        return outcome, []
    return outcome, [act.schema, *SCHEMAS[act.schema].write(state, by, act)]


def _direct(state: State, by: Acting, act: Act) -> Answer:
    outcome = check_shape(state, act)
    if outcome is not Outcome.ADMITTED:
        return outcome, []
    if SCHEMAS[act.schema].needs_two:
        return Outcome.ACT_NEEDS_CONFIRMATION, []
    return _carry_out(state, by, act)


def _propose(state: State, by: Acting, act: Act, body: bytes) -> Answer:
    """Looked at now, so that a mistake is found before the second person; looked at again when confirmed."""
    outcome = check_shape(state, act)
    if outcome is not Outcome.ADMITTED:
        return outcome, []
    if not SCHEMAS[act.schema].needs_two or act.schema in SYSTEM_ONLY:
        return Outcome.ACT_NEEDS_NO_CONFIRMATION, []
    outcome = check_act(state, by, act)
    if outcome is not Outcome.ADMITTED:
        return outcome, []
    _forget_expired(state)
    mine = [row for row in state.proposals.values() if row.institution == by.institution]
    if len(mine) >= PROPOSALS_MAX:
        return Outcome.TOO_MANY_PROPOSALS, []
    expires_ms = state.time_ms + state.parameters.proposal_seconds * 1_000
    state.proposals[by.entry] = Proposal(by.entry, by.institution, by.person, body, expires_ms)
    return Outcome.ADMITTED, [act.schema, by.entry, expires_ms]


def _forget_expired(state: State) -> None:
    expired = [row.entry for row in state.proposals.values() if row.expires_ms <= state.time_ms and row.due_ms == 0]
    for entry in expired:
        del state.proposals[entry]


def _proposal(state: State, by: Acting, act: Act) -> Proposal | Outcome:
    """The open proposal that a decision names by entry and digest.

    For those whom it does not concern it is not there: nobody can find out which entries were proposals.
    """
    if act.schema != DECISION_SCHEMA or len(act.refers) != 1 or len(act.digests) != 1 or act.fields:
        return Outcome.ACT_FIELDS_WRONG
    outcome = check_references(state, act)
    if outcome is not Outcome.ADMITTED:
        return outcome
    proposal = state.proposals.get(act.refers[0])
    if proposal is None or not _concerns(state, by, proposal):
        return Outcome.PROPOSAL_UNKNOWN
    if digest(proposal.act) != act.digests[0]:
        return Outcome.PROPOSAL_DIFFERS
    return proposal


def _is_recovery(proposal: Proposal) -> bool:
    return parse_act(proposal.act).schema == RECOVER_SCHEMA


def _concerns(state: State, by: Acting, proposal: Proposal) -> bool:
    """A proposal concerns its own institution; a recovery the whole recovery set and the authority too."""
    if proposal.institution == by.institution:
        return True
    return _is_recovery(proposal) and (by.recovering or class_of(state, by.institution) == InstitutionClass.AUTHORITY)


def _confirm(state: State, by: Acting, act: Act) -> Answer:
    proposal = _proposal(state, by, act)
    if isinstance(proposal, Outcome):
        return proposal, []
    recovery = _is_recovery(proposal)
    if proposal.due_ms:
        return Outcome.PROPOSAL_UNKNOWN, []
    if proposal.person == by.person:
        return Outcome.SAME_PERSON, []
    if proposal.expires_ms <= state.time_ms:
        return Outcome.PROPOSAL_EXPIRED, []
    if not state.key_table[by.key].rights & (Right.RECOVER if recovery else Right.CONFIRM):
        return Outcome.PERSON_NOT_ENTITLED, []
    proposed = parse_act(proposal.act)
    if recovery:
        proposal.due_ms = state.time_ms + state.parameters.recovery_delay_seconds * 1_000
        return Outcome.ADMITTED, [proposed.schema, proposal.entry, proposal.due_ms]
    outcome, written = _carry_out(state, by, proposed)
    if outcome is Outcome.ADMITTED:
        del state.proposals[proposal.entry]
    return outcome, written


def _withdraw(state: State, by: Acting, act: Act) -> Answer:
    """By any person of the institution that proposed; a recovery also by the recovery set or the authority."""
    proposal = _proposal(state, by, act)
    if isinstance(proposal, Outcome):
        return proposal, []
    if by.recovering and not _is_recovery(proposal):
        return Outcome.PERSON_NOT_ENTITLED, []
    del state.proposals[proposal.entry]
    return Outcome.ADMITTED, [proposal.entry]


# --- genesis --------------------------------------------------------------------------------------------------------


def apply_genesis(state: State, network: bytes, acts: list[bytes], time_ms: int, secret: bytes) -> Applied:
    """Found the network: every act is admitted, and at least three persons and a recovery set stand at the end."""
    state.time_ms = time_ms
    state.entry = 1
    written: list[Any] = []
    for number, body in enumerate(acts):
        act = parse_act(body)
        institution = int(act.recipients[0]) if act.recipients else 0
        by = Acting(institution, 0, b"", 1, time_ms, founding=True)
        act = Act(act.schema, (), act.refers, act.digests, act.fields)
        outcome, record = _carry_out(state, by, act)
        ensure(outcome is Outcome.ADMITTED, f"act {number} of genesis is admissible, not {outcome.name}")
        written.append(record)
    _ensure_founded(state)
    _rotate_windows(state, time_ms, secret)
    # Only now: founding keys prove possession before the network has its name, which depends on them.
    state.network = network
    record_bytes = encode([int(Kind.GENESIS), 0, *written])
    changes = _register_changes(state)
    return Applied(np.zeros(1, dtype=np.uint16), np.zeros(1, dtype=EFFECT), record_bytes, changes)


def _ensure_founded(state: State) -> None:
    """An authority whose persons can decide by two and lose one, and a recovery set of two: with keys, not in name."""
    authorities = [
        number for number in state.institution_table if class_of(state, number) == InstitutionClass.AUTHORITY
    ]
    deciding = max((len(deciding_persons(state, number)) for number in authorities), default=0)
    recovering = recovering_persons(state)
    ensure(deciding >= GENESIS_PERSONS_MIN, "genesis names three persons of an authority with keys that confirm")
    ensure(len(recovering) >= RECOVERY_SET_MIN, "genesis names a recovery set of at least two with keys")
    ensure(state.parameters.recovery_delay_seconds > 0, "genesis gives recovery a delay")


def genesis_acts(body: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Public half, first secret and acts of a genesis entry's body (formats.md §6). Raises `Malformed`."""
    value = decode(body, "genesis")
    if not isinstance(value, list) or len(value) != 4 or value[0] != "sanad/genesis/private/v1":
        raise Malformed("genesis", "not_genesis", "a genesis body is [name, public half, secret, acts]")
    _, public, secret, acts = value
    if not isinstance(public, bytes) or not isinstance(secret, bytes) or not isinstance(acts, list):
        raise Malformed("genesis", "not_genesis", "public half and secret are bytes, acts a list")
    bodies = [act for act in acts if isinstance(act, bytes)]
    if len(secret) != 32 or len(bodies) != len(acts):
        raise Malformed("genesis", "not_genesis", "the secret has 32 bytes, and every act is bytes")
    return public, secret, bodies
