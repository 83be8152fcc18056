"""Posting: what happens to each transfer of a message. The rules of money, from top to bottom.

`post` goes through a message's transfers in order. `judge` asks every rule, in the order of the outcome numbers,
and answers with the first that fails. Only if none fails does `carry_out` change anything, and it cannot fail.
A chain of linked transfers stands or falls together: each sees the ones before it, and if one is rejected all that
the chain changed is put back.

`sanad.kernel.posting` is the fast double of this module: same columns, same results, or it is wrong.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sanad.base.errors import ensure
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.siphash import siphash_2_4
from sanad.rulebook.edition1.state import EFFECT, NEVER_MS, PROBES_MAX, Columns, State, count, make_room
from sanad.rulebook.edition1.words import (
    AMOUNT_MAX,
    FLAGS_KNOWN,
    NO_TIMEOUT,
    PURPOSES,
    AccountFlag,
    Permission,
    TransferFlag,
)
from sanad.rulebook.message import POSITIONS_PER_ENTRY, Transfers

_SETTLING = TransferFlag.POST | TransferFlag.VOID


@dataclass(frozen=True, slots=True)
class Batch:
    """The transfers of one entry and what the rules may know about the message.

    `sender` is the institution, `privileged` a system entry (an expiry or an executed order), which the rules about
    who may, freezes, permissions, limits and duplicates do not bind. `ceiling` is the signing key's, minor units.
    `list_fault` is what is wrong with the list version that the message names, for items that must be bound.
    """

    transfers: Transfers
    entry: int
    sender: int
    time_ms: int
    day: int
    ceiling: int = AMOUNT_MAX
    screened_known: bool = True
    list_fault: Outcome = Outcome.ADMITTED
    privileged: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """One outcome (u16) and one effect a transfer."""

    outcomes: NDArray[np.uint16]
    effects: Columns


@dataclass(slots=True)
class _Undo:
    """What an unfinished chain changed, so that it can be put back, last first."""

    accounts: list[tuple[int, Any]] = field(default_factory=list)
    pendings: list[tuple[int, Any]] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    counters: Any = None


def post(state: State, batch: Batch) -> Posted:
    """Judge and carry out every transfer of `batch`, in order, chains as one."""
    total = len(batch.transfers)
    make_room(state, total)
    outcomes = np.zeros(total, dtype=np.uint16)
    effects = np.zeros(total, dtype=EFFECT)
    start = 0
    while start < total:
        end = _end_of_chain(batch.transfers, start)
        _post_chain(state, batch, start, end, outcomes, effects)
        start = end
    return Posted(outcomes, effects)


def _end_of_chain(transfers: Transfers, start: int) -> int:
    """One past the last transfer of the chain that begins at `start`."""
    end = start
    while end < len(transfers) and int(transfers[end]["flags"]) & TransferFlag.LINKED:
        end += 1
    return min(end + 1, len(transfers))


def _post_chain(
    state: State, batch: Batch, start: int, end: int, outcomes: NDArray[np.uint16], effects: Columns
) -> None:
    """One chain, usually of one transfer. All or nothing."""
    undo = _Undo(counters=state.counters.copy())
    open_at_end = bool(int(batch.transfers[end - 1]["flags"]) & TransferFlag.LINKED)
    broken = False
    for index in range(start, end):
        reads = _Reads(state, batch, index)
        if open_at_end and index == end - 1:
            outcome = Outcome.CHAIN_OPEN
        elif broken:
            outcome = Outcome.CHAIN_BROKEN
        else:
            outcome = judge(state, batch, reads)
        outcomes[index] = outcome
        if outcome is Outcome.ADMITTED:
            carry_out(state, batch, reads, effects[index : index + 1], undo)
        else:
            broken = True
    if broken:
        _put_back(state, undo)
        effects[start:end] = np.zeros(1, dtype=EFFECT)
        admitted = outcomes[start:end] == Outcome.ADMITTED
        outcomes[start:end][admitted] = Outcome.CHAIN_BROKEN


class _Reads:
    """One transfer as plain integers, and the places in the columns that it speaks of."""

    def __init__(self, state: State, batch: Batch, index: int) -> None:
        row = batch.transfers[index]
        self.index = index
        self.position = batch.entry * POSITIONS_PER_ENTRY + index
        self.uetr = row["uetr"].tobytes()
        self.evidence_given = bool(row["evidence"].any())
        self.debit = int(row["debit"])
        self.credit = int(row["credit"])
        self.amount = int(row["amount"])
        self.pending_position = int(row["pending"])
        self.asset = int(row["asset"])
        self.releaser = int(row["releaser"])
        self.timeout_seconds = int(row["timeout_seconds"])
        self.purpose = int(row["purpose"])
        self.flags = int(row["flags"])
        self.leg = int(row["leg"])
        self.reserved = int(row["reserved"])
        self.settles = bool(self.flags & _SETTLING)
        self.pending_row = 0
        self.slot = 0


# --- rules, in order of precedence ----------------------------------------------------------------------------------


def judge(state: State, batch: Batch, reads: _Reads) -> Outcome:
    """The first rule that fails, or `ADMITTED`. Reads only."""
    for rule in (_form, _accounts, _who_may, _closed_or_frozen, _permission, _evidence_and_limits, _pending, _money):
        outcome = rule(state, batch, reads)
        if outcome is not Outcome.ADMITTED:
            return outcome
    return Outcome.ADMITTED if batch.privileged else _duplicate(state, batch, reads)


def _form(state: State, batch: Batch, reads: _Reads) -> Outcome:
    flags = reads.flags
    if reads.reserved != 0 or flags & ~FLAGS_KNOWN:
        return Outcome.RESERVED_NOT_ZERO
    if flags & (TransferFlag.UNRESERVED | TransferFlag.NET):
        return Outcome.FLAG_NOT_YET_ALLOWED
    kinds = flags & (TransferFlag.PENDING | _SETTLING)
    if kinds & (kinds - 1) or (flags & TransferFlag.KEEP and not flags & TransferFlag.POST):
        return Outcome.FLAGS_CONTRADICT
    if not batch.privileged and (reads.uetr[6] >> 4 != 4 or reads.uetr[8] >> 6 != 2):
        return Outcome.UETR_NOT_VERSION_4
    if not reads.evidence_given:
        return Outcome.EVIDENCE_DIGEST_ZERO
    if reads.amount > AMOUNT_MAX or (reads.amount == 0) != bool(flags & TransferFlag.VOID):
        return Outcome.AMOUNT_OUT_OF_RANGE
    if not flags & TransferFlag.PENDING and (reads.releaser != 0 or reads.timeout_seconds != 0):
        return Outcome.FIELD_NOT_FOR_THIS_TRANSFER
    if not reads.settles and reads.pending_position != 0:
        return Outcome.FIELD_NOT_FOR_THIS_TRANSFER
    if reads.settles and not 0 < reads.pending_position < batch.entry * POSITIONS_PER_ENTRY:
        return Outcome.PENDING_POSITION_MISSING
    if not batch.screened_known:
        return Outcome.SCREENED_LIST_UNKNOWN
    return Outcome.ADMITTED


def _accounts(state: State, batch: Batch, reads: _Reads) -> Outcome:
    known = count(state, "accounts")
    if not 0 < reads.debit <= known:
        return Outcome.DEBIT_ACCOUNT_UNKNOWN
    if not 0 < reads.credit <= known:
        return Outcome.CREDIT_ACCOUNT_UNKNOWN
    if reads.debit == reads.credit:
        return Outcome.ACCOUNTS_ARE_THE_SAME
    assets = {int(state.accounts[reads.debit]["asset"]), int(state.accounts[reads.credit]["asset"])}
    if assets != {reads.asset}:
        return Outcome.ASSET_DIFFERS
    # What was reserved under a purpose ends under it, even if the purpose has been taken off the table since.
    if not reads.settles and (reads.purpose >= PURPOSES or not state.purposes[reads.purpose]["known"]):
        return Outcome.PURPOSE_UNKNOWN
    return Outcome.ADMITTED


def _who_may(state: State, batch: Batch, reads: _Reads) -> Outcome:
    owner = int(state.accounts[reads.debit]["institution"])
    if not batch.privileged and not reads.settles and owner != batch.sender:
        return Outcome.DEBIT_ACCOUNT_NOT_YOURS
    if reads.releaser > count(state, "institutions"):
        return Outcome.RELEASER_UNKNOWN
    if reads.settles:
        outcome = _who_may_settle(state, batch, reads)
        if outcome is not Outcome.ADMITTED:
            return outcome
    if batch.privileged:
        return Outcome.ADMITTED
    if not reads.settles and int(state.accounts[reads.debit]["flags"]) & AccountFlag.HOLDER_SIGNS:
        return Outcome.HOLDER_SIGNATURE_MISSING
    if reads.amount > batch.ceiling:
        return Outcome.ABOVE_KEY_CEILING
    return Outcome.ADMITTED


def _who_may_settle(state: State, batch: Batch, reads: _Reads) -> Outcome:
    """A pending that the sender has no part in is not found for him: positions can be guessed."""
    row = pending_row(state, reads.pending_position)
    if row < 0:
        return Outcome.PENDING_NOT_FOUND
    reads.pending_row = row
    pending = state.pendings[row]
    releaser = int(pending["releaser"])
    if not batch.privileged and releaser != batch.sender:
        parties = {int(state.accounts[int(pending[side])]["institution"]) for side in ("debit", "credit")}
        return Outcome.NOT_THE_RELEASER if batch.sender in parties else Outcome.PENDING_NOT_FOUND
    repeated = (reads.debit, reads.credit, reads.asset, reads.purpose)
    if repeated != tuple(int(pending[name]) for name in ("debit", "credit", "asset", "purpose")):
        return Outcome.PENDING_DIFFERS
    return Outcome.ADMITTED


def _closed_or_frozen(state: State, batch: Batch, reads: _Reads) -> Outcome:
    if batch.privileged or reads.flags & TransferFlag.VOID:
        return Outcome.ADMITTED
    debit = int(state.accounts[reads.debit]["flags"])
    credit = int(state.accounts[reads.credit]["flags"])
    if debit & AccountFlag.CLOSED:
        return Outcome.DEBIT_ACCOUNT_CLOSED
    if credit & AccountFlag.CLOSED:
        return Outcome.CREDIT_ACCOUNT_CLOSED
    if debit & AccountFlag.FROZEN_DEBIT:
        return Outcome.DEBIT_ACCOUNT_FROZEN
    if credit & AccountFlag.FROZEN_CREDIT:
        return Outcome.CREDIT_ACCOUNT_FROZEN
    if debit & AccountFlag.NO_DEBIT:
        return Outcome.DEBIT_ACCOUNT_BLOCKED
    if credit & AccountFlag.NO_CREDIT:
        return Outcome.CREDIT_ACCOUNT_BLOCKED
    return Outcome.ADMITTED


def _permission(state: State, batch: Batch, reads: _Reads) -> Outcome:
    if batch.privileged or reads.flags & TransferFlag.VOID:
        return Outcome.ADMITTED
    debit, credit = state.accounts[reads.debit], state.accounts[reads.credit]
    if not permitted(state, int(debit["institution"]), reads.purpose) & Permission.DEBIT:
        return Outcome.DEBIT_NOT_PERMITTED
    if not permitted(state, int(credit["institution"]), reads.purpose) & Permission.CREDIT:
        return Outcome.CREDIT_NOT_PERMITTED
    holders = int(state.assets[reads.asset]["holder_classes"])
    if not holders >> int(debit["holder_class"]) & 1:
        return Outcome.DEBIT_HOLDER_CLASS
    if not holders >> int(credit["holder_class"]) & 1:
        return Outcome.CREDIT_HOLDER_CLASS
    if not licensed(state, int(debit["institution"]), reads.purpose):
        return Outcome.DEBIT_NOT_LICENSED
    if not licensed(state, int(credit["institution"]), reads.purpose):
        return Outcome.CREDIT_NOT_LICENSED
    return Outcome.ADMITTED


def licensed(state: State, institution: int, purpose: int) -> bool:
    """Whether no licence limits an institution, or its licence covers the purpose."""
    return bool(int(state.institutions[institution]["purposes"]) >> purpose & 1)


def permitted(state: State, institution: int, purpose: int) -> int:
    """The permission table's byte for an institution, by its class and status."""
    row = state.institutions[institution]
    return int(state.permissions[int(row["class"]), int(row["status"]), purpose])


def _evidence_and_limits(state: State, batch: Batch, reads: _Reads) -> Outcome:
    if batch.privileged:
        return Outcome.ADMITTED
    must_bind = _must_bind(state, batch, reads)
    if must_bind and not reads.flags & TransferFlag.BOUND:
        return Outcome.EVIDENCE_NOT_BOUND
    outcome = Outcome.ADMITTED if reads.settles else _limits(state, batch, reads)
    if outcome is Outcome.ADMITTED and must_bind:
        return batch.list_fault
    return outcome


def _must_bind(state: State, batch: Batch, reads: _Reads) -> bool:
    """From the asset's threshold up: what its sender moves or reserves, and what the payee's institution, being the
    releaser, posts of a reservation that another made. Whoever settles for others has nobody to screen.
    """
    if not reads.settles:
        return reads.amount >= int(state.assets[reads.asset]["bound_from"])
    payer = int(state.accounts[reads.debit]["institution"])
    payee = int(state.accounts[reads.credit]["institution"])
    is_bound = bool(state.pendings[reads.pending_row]["bound"])
    return is_bound and bool(reads.flags & TransferFlag.POST) and batch.sender == payee != payer


def _limits(state: State, batch: Batch, reads: _Reads) -> Outcome:
    account = state.accounts[reads.debit]
    tier = int(account["tier"])
    if tier == 0:
        return Outcome.ADMITTED
    limit = state.limits[reads.asset, tier]
    if reads.amount > int(limit["transfer"]):
        return Outcome.TRANSFER_LIMIT
    if reads.amount > int(limit["daily"]) - _spent(account, batch.day):
        return Outcome.DAILY_LIMIT
    return Outcome.ADMITTED


def _spent(account: Any, day: int) -> int:
    return int(account["spent_today"]) if int(account["day"]) == day else 0


def _pending(state: State, batch: Batch, reads: _Reads) -> Outcome:
    if reads.flags & TransferFlag.PENDING and expiry_of(state, batch, reads) < 0:
        return Outcome.TIMEOUT_NOT_ALLOWED
    if reads.settles:
        pending = state.pendings[reads.pending_row]
        if not batch.privileged and int(pending["expiry_ms"]) <= batch.time_ms:
            return Outcome.PENDING_EXPIRED
        if reads.amount > int(pending["remaining"]):
            return Outcome.POST_EXCEEDS_RESERVED
    return Outcome.ADMITTED


def expiry_of(state: State, batch: Batch, reads: _Reads) -> int:
    """When a new pending expires, ms; `NEVER_MS` = never; −1 = the purpose does not allow that time-out."""
    purpose = state.purposes[reads.purpose]
    seconds = reads.timeout_seconds or int(purpose["default"])
    if seconds == NO_TIMEOUT:
        return NEVER_MS if purpose["none_allowed"] else -1
    return batch.time_ms + seconds * 1_000 if seconds <= int(purpose["most"]) else -1


def _money(state: State, batch: Batch, reads: _Reads) -> Outcome:
    debit, credit = state.accounts[reads.debit], state.accounts[reads.credit]
    if not reads.settles:
        left = int(debit["balance"]) - int(debit["reserved"]) - reads.amount
        if int(debit["flags"]) & AccountFlag.MAY_OVERDRAW:
            reserves = bool(reads.flags & TransferFlag.PENDING)
            if left < -AMOUNT_MAX or (reserves and int(debit["reserved"]) + reads.amount > AMOUNT_MAX):
                return Outcome.BALANCE_OVERFLOW
        elif left < 0:
            return Outcome.INSUFFICIENT_BALANCE
    if not reads.flags & (TransferFlag.PENDING | TransferFlag.VOID):
        if int(credit["balance"]) + reads.amount > AMOUNT_MAX:
            return Outcome.BALANCE_OVERFLOW
    return Outcome.ADMITTED


def _duplicate(state: State, batch: Batch, reads: _Reads) -> Outcome:
    """(institution, UETR, leg) once in two windows. Finds the slot that an admitted transfer will take."""
    if find_fingerprint(state.previous.slots, fingerprint(state.previous.key, batch.sender, reads.uetr, reads.leg))[0]:
        return Outcome.DUPLICATE
    mark = fingerprint(state.current.key, batch.sender, reads.uetr, reads.leg)
    found, slot = find_fingerprint(state.current.slots, mark)
    if found:
        return Outcome.DUPLICATE
    if slot < 0 or count(state, "window_used") >= count(state, "window_most"):
        return Outcome.DUPLICATE_WINDOW_FULL
    reads.slot = slot
    return Outcome.ADMITTED


def fingerprint(key: NDArray[np.uint64], institution: int, uetr: bytes, leg: int) -> int:
    """SipHash-2-4 of uetr 16 ‖ institution u32 ‖ leg u16 ‖ 00 00. Equality of fingerprints is the duplicate rule."""
    data = uetr + institution.to_bytes(4, "little") + leg.to_bytes(4, "little")
    return siphash_2_4((int(key[0]), int(key[1])), data)


def find_fingerprint(slots: Columns, mark: int) -> tuple[int, int]:
    """(position, slot) where `mark` stands, else (0, the empty slot where it would go), else (0, −1)."""
    capacity = len(slots)
    slot = (mark >> 32) * capacity >> 32
    for _ in range(min(PROBES_MAX, capacity)):
        position = int(slots[slot]["position"])
        if position == 0:
            return 0, slot
        if int(slots[slot]["fingerprint"]) == mark:
            return position, slot
        slot = slot + 1 if slot + 1 < capacity else 0
    return 0, -1


def pending_row(state: State, position: int) -> int:
    """The row of the open pending at `position`, or −1. Rows are in order of position."""
    rows = state.pendings[: count(state, "pendings")]
    row = int(np.searchsorted(rows["position"], np.uint64(position)))
    if row == len(rows) or int(rows[row]["position"]) != position or int(rows[row]["remaining"]) == 0:
        return -1
    return row


# --- from here nothing can fail -------------------------------------------------------------------------------------


def carry_out(state: State, batch: Batch, reads: _Reads, effect: Columns, undo: _Undo) -> None:
    """The effects of an admitted transfer: balances, reservation, day's spending, duplicate slot, links."""
    undo.accounts.append((reads.debit, state.accounts[reads.debit].copy()))
    undo.accounts.append((reads.credit, state.accounts[reads.credit].copy()))
    debit, credit = state.accounts[reads.debit], state.accounts[reads.credit]
    if reads.settles:
        _settle(state, reads, undo)
    elif reads.flags & TransferFlag.PENDING:
        debit["reserved"] += reads.amount
        _reserve(state, batch, reads)
    else:
        debit["balance"] -= reads.amount
        credit["balance"] += reads.amount
    if not reads.settles and not batch.privileged and int(debit["tier"]) != 0:
        debit["spent_today"] = _spent(debit, batch.day) + reads.amount
        debit["day"] = batch.day
    if not batch.privileged:
        mark = fingerprint(state.current.key, batch.sender, reads.uetr, reads.leg)
        state.current.slots[reads.slot] = (mark, reads.position)
        state.counters["window_used"] += 1
        undo.slots.append(reads.slot)
    effect["debit_previous"] = debit["last_position"]
    effect["credit_previous"] = credit["last_position"]
    debit["last_position"] = reads.position
    credit["last_position"] = reads.position
    effect["debit_balance"] = debit["balance"]
    effect["debit_reserved"] = debit["reserved"]
    effect["credit_balance"] = credit["balance"]


def _reserve(state: State, batch: Batch, reads: _Reads) -> None:
    row = count(state, "pendings")
    ensure(row < len(state.pendings), "make_room made room for every transfer of the batch")
    expiry_ms = expiry_of(state, batch, reads)
    pending = state.pendings[row]
    pending["position"] = reads.position
    pending["remaining"] = reads.amount
    pending["expiry_ms"] = expiry_ms
    pending["debit"] = reads.debit
    pending["credit"] = reads.credit
    pending["asset"] = reads.asset
    pending["releaser"] = reads.releaser or int(state.accounts[reads.debit]["institution"])
    pending["purpose"] = reads.purpose
    pending["bound"] = reads.amount >= int(state.assets[reads.asset]["bound_from"])
    state.counters["pendings"] = row + 1
    state.counters["next_expiry_ms"] = min(count(state, "next_expiry_ms"), expiry_ms)


def _settle(state: State, reads: _Reads, undo: _Undo) -> None:
    """Post in full, in part, or void. What is not kept is freed."""
    debit, credit = state.accounts[reads.debit], state.accounts[reads.credit]
    pending = state.pendings[reads.pending_row]
    undo.pendings.append((reads.pending_row, pending.copy()))
    remaining = int(pending["remaining"])
    kept = remaining - reads.amount if reads.flags & TransferFlag.KEEP else 0
    debit["balance"] -= reads.amount
    credit["balance"] += reads.amount
    debit["reserved"] -= remaining - kept
    pending["remaining"] = kept
    if kept == 0:
        state.counters["pendings_closed"] += 1


def _put_back(state: State, undo: _Undo) -> None:
    """Undo a broken chain, last change first."""
    for account, row in reversed(undo.accounts):
        state.accounts[account] = row
    for slot in reversed(undo.slots):
        state.current.slots[slot] = (0, 0)
    for index, row in reversed(undo.pendings):
        state.pendings[index] = row
    first_new = int(undo.counters[0]["pendings"])
    state.pendings[first_new : count(state, "pendings")] = np.zeros(1, dtype=state.pendings.dtype)
    state.counters[:] = undo.counters
