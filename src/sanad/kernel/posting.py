"""Posting, compiled: the fast double of `sanad.rulebook.edition1.posting`. Same columns, same results, or it is wrong.

A message is gone through twice. First the fingerprints of all its transfers, which depend on nothing but the message;
then transfer by transfer, in order, while the rows of accounts and windows that the transfers some way ahead will need
are already asked of memory. The rules are in `rules`, the duplicate tables in `window`.
"""

import numpy as np
from numba import from_dtype, types

from sanad.kernel.columns import (
    CHANGE,
    CODE,
    MARK,
    WORDS_OF_TRANSFER,
    Book,
    Facts,
    Message,
    account_at,
    asset_at,
    change_at,
    effect_at,
    mark_at,
    outcome_at,
    pending_at,
    slot_at,
    transfer_at,
)
from sanad.kernel.compiled import compiled, inlined, read_only, writable
from sanad.kernel.rows import address_of, ask_ahead, clear_row, copy_row
from sanad.kernel.rules import KEEP, LINKED, PENDING, SETTLING, expiry_of, judge, spent
from sanad.kernel.undo import put_back, remember
from sanad.kernel.window import fingerprint, first_slot
from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import Batch, Posted
from sanad.rulebook.message import POSITIONS_PER_ENTRY

AHEAD = 32
"""How many transfers ahead rows are asked for: enough that they have come, few enough that they are still close."""
_POSITIONS_PER_ENTRY = np.uint64(POSITIONS_PER_ENTRY)
_ONE = np.uint64(1)


def post(state: st.State, batch: Batch) -> Posted:
    """Judge and carry out every transfer of `batch`, in order, chains as one."""
    total = len(batch.transfers)
    st.make_room(state, total)
    outcomes = np.zeros(total, dtype=np.uint16)
    effects = np.zeros(total, dtype=st.EFFECT)
    _post(
        (
            state.accounts, state.pendings, state.institutions, state.assets, state.purposes, state.permissions,
            state.limits, state.counters, state.current.slots, state.previous.slots,
        ),
        (state.current.key, state.previous.key),
        (
            batch.entry, batch.sender, batch.time_ms, batch.day, batch.ceiling, batch.screened_known,
            int(batch.list_fault), batch.privileged,
        ),
        (batch.transfers.view(WORDS_OF_TRANSFER), outcomes.view(CODE), effects),
        (np.empty(total, dtype=MARK), np.empty(total, dtype=CHANGE), state.counters.copy()),
    )  # fmt: skip
    return Posted(outcomes, effects)


# ---- compiled --------------------------------------------------------------------------------------------------------

_COLUMNS = types.Tuple(
    [
        *(writable(from_dtype(dtype), 1) for dtype in (st.ACCOUNT, st.PENDING, st.INSTITUTION, st.ASSET, st.PURPOSE)),
        writable(types.uint8, 3),
        writable(from_dtype(st.LIMIT), 2),
        *(writable(from_dtype(dtype), 1) for dtype in (st.COUNTERS, st.SLOT, st.SLOT)),
    ]
)
_KEYS = types.UniTuple(read_only(types.uint64, 1), 2)
_FACTS = types.Tuple([*[types.int64] * 4, types.uint64, types.boolean, types.int64, types.boolean])
_MESSAGE = types.Tuple(
    [
        read_only(from_dtype(WORDS_OF_TRANSFER), 1),
        *(writable(from_dtype(dtype), 1) for dtype in (CODE, st.EFFECT)),
    ]
)
_SCRATCH = types.Tuple([writable(from_dtype(dtype), 1) for dtype in (MARK, CHANGE, st.COUNTERS)])


@compiled(types.void(_COLUMNS, _KEYS, _FACTS, _MESSAGE, _SCRATCH))
def _post(columns, keys, batch, message_arrays, scratch):
    accounts, pendings, institutions, assets, purposes, permissions, limits, counters, current, previous = columns
    transfers, outcomes, effects = message_arrays
    marks, changes, counters_before = scratch
    book = Book(
        address_of(accounts), address_of(pendings), address_of(institutions), address_of(assets), address_of(purposes),
        address_of(permissions), address_of(limits), address_of(current), np.uint64(len(current)), address_of(previous),
        np.uint64(len(previous)), counters[0],
    )  # fmt: skip
    entry, sender, time_ms, day, ceiling, screened_known, list_fault, privileged = batch
    facts = Facts(entry, sender, time_ms, day, ceiling, screened_known, list_fault, privileged)
    message = Message(
        len(transfers),
        address_of(transfers),
        address_of(marks),
        address_of(outcomes),
        address_of(effects),
        address_of(changes),
    )
    _take_fingerprints(message, sender, keys)
    _post_in_order(book, facts, message, counters_before[0])


@inlined
def _take_fingerprints(message, sender, keys):
    """The marks of every transfer under the keys of both windows."""
    current, previous = keys
    current_0, current_1, previous_0, previous_1 = current[0], current[1], previous[0], previous[1]
    for index in range(message.total):
        transfer, mark = transfer_at(message.transfers, index), mark_at(message.marks, index)
        low, high, leg = transfer.uetr_0, transfer.uetr_1, transfer.leg
        mark.current = fingerprint(current_0, current_1, low, high, sender, leg)
        mark.previous = fingerprint(previous_0, previous_1, low, high, sender, leg)


@inlined
def _post_in_order(book, facts, message, counters_before):
    for index in range(min(AHEAD, message.total)):
        _ask_rows_ahead(book, message, index)
    start = np.int64(0)
    while start < message.total:
        end = _end_of_chain(message, start)
        _post_chain(book, facts, message, start, end, counters_before)
        start = end


@inlined
def _end_of_chain(message, start):
    """One past the last transfer of the chain that begins at `start`."""
    end = start
    while end < message.total and transfer_at(message.transfers, end).flags & LINKED:
        end += 1
    return min(end + 1, message.total)


@inlined
def _post_chain(book, facts, message, start, end, counters_before):
    """One chain, usually of one transfer. All or nothing."""
    alone = end - start == 1
    if not alone:
        copy_row(counters_before, book.counters)
    open_at_end = transfer_at(message.transfers, end - 1).flags & LINKED != 0
    admitted = np.int64(0)
    for index in range(start, end):
        if index + AHEAD < message.total:
            _ask_rows_ahead(book, message, index + AHEAD)
        row, slot = 0, -1
        if open_at_end and index == end - 1:
            outcome = Outcome.CHAIN_OPEN
        elif admitted < index - start:
            outcome = Outcome.CHAIN_BROKEN
        else:
            outcome, row, slot = judge(book, facts, message, index)
        outcome_at(message.outcomes, index).code = outcome
        if outcome == Outcome.ADMITTED:
            if not alone:
                change = change_at(message.changes, admitted)
                remember(book, transfer_at(message.transfers, index), row, slot, change)
            _carry_out(book, facts, message, index, row, slot)
            admitted += 1
    if 0 < admitted < end - start:
        put_back(book, message.changes, admitted, counters_before)
        for index in range(start, start + admitted):
            clear_row(effect_at(message.effects, index))
            outcome_at(message.outcomes, index).code = Outcome.CHAIN_BROKEN


@inlined
def _ask_rows_ahead(book, message, index):
    """Have the rows come that this transfer will need, whatever accounts it names."""
    transfer = transfer_at(message.transfers, index)
    ask_ahead(account_at(book.accounts, transfer.debit))
    ask_ahead(account_at(book.accounts, transfer.credit))
    mark = mark_at(message.marks, index)
    ask_ahead(slot_at(book.previous, first_slot(book.previous_capacity, mark.previous)))
    ask_ahead(slot_at(book.current, first_slot(book.current_capacity, mark.current)))


# ---- from here nothing can fail --------------------------------------------------------------------------------------


@inlined
def _carry_out(book, facts, message, index, row, slot):
    """The effects of an admitted transfer: balances, reservation, day's spending, duplicate slot, links."""
    transfer, effect = transfer_at(message.transfers, index), effect_at(message.effects, index)
    position = np.uint64(facts.entry) * _POSITIONS_PER_ENTRY + np.uint64(index)
    debit, credit = account_at(book.accounts, transfer.debit), account_at(book.accounts, transfer.credit)
    amount = np.int64(transfer.amount)
    settles = transfer.flags & SETTLING
    if settles:
        _settle(book, transfer, debit, credit, row)
    elif transfer.flags & PENDING:
        debit.reserved += amount
        _reserve(book, facts, transfer, debit, position)
    else:
        debit.balance -= amount
        credit.balance += amount
    if not settles and not facts.privileged and debit.tier != 0:
        debit.spent_today = spent(debit, facts.day) + amount
        debit.day = facts.day
    if not facts.privileged:
        taken = slot_at(book.current, slot)
        taken.fingerprint = mark_at(message.marks, index).current
        taken.position = position
        book.counters.window_used += _ONE
    effect.debit_previous = debit.last_position
    effect.credit_previous = credit.last_position
    debit.last_position = position
    credit.last_position = position
    effect.debit_balance = debit.balance
    effect.debit_reserved = debit.reserved
    effect.credit_balance = credit.balance


@inlined
def _reserve(book, facts, transfer, debit, position):
    counters = book.counters
    pending = pending_at(book.pendings, counters.pendings)  # `make_room` made room for every transfer of the message
    pending.position = position
    pending.remaining = transfer.amount
    pending.expiry_ms = expiry_of(book, facts, transfer)
    pending.debit = transfer.debit
    pending.credit = transfer.credit
    pending.asset = transfer.asset
    pending.releaser = transfer.releaser if transfer.releaser != 0 else debit.institution
    pending.purpose = transfer.purpose
    pending.bound = np.int64(transfer.amount) >= asset_at(book.assets, transfer.asset).bound_from
    counters.pendings += _ONE
    counters.next_expiry_ms = min(counters.next_expiry_ms, pending.expiry_ms)


@inlined
def _settle(book, transfer, debit, credit, row):
    """Post in full, in part, or void. What is not kept is freed."""
    pending = pending_at(book.pendings, row)
    amount = np.int64(transfer.amount)
    remaining = pending.remaining
    kept = remaining - amount if transfer.flags & KEEP else np.int64(0)
    debit.balance -= amount
    credit.balance += amount
    debit.reserved -= remaining - kept
    pending.remaining = kept
    if kept == 0:
        book.counters.pendings_closed += _ONE
