"""The rules of a transfer, compiled: double of the section "rules" of `sanad.rulebook.edition1.posting`.

Function by function and line by line the same order, so that the two can be read side by side. What differs is
written so that nothing leaves 64 bits: where plain Python adds and then compares, here the known bound is moved to
the other side first.
"""

import numpy as np

from sanad.kernel.columns import (
    account_at,
    asset_at,
    institution_at,
    limit_of,
    mark_at,
    pending_at,
    permission_of,
    purpose_at,
    transfer_at,
)
from sanad.kernel.compiled import inlined
from sanad.kernel.window import find_fingerprint
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.state import NEVER_MS
from sanad.rulebook.edition1.words import (
    AMOUNT_MAX,
    FLAGS_KNOWN,
    HOLDER_CLASSES,
    NO_TIMEOUT,
    PURPOSES,
    AccountFlag,
    Permission,
    TransferFlag,
)
from sanad.rulebook.message import POSITIONS_PER_ENTRY

# Numba knows plain integers, not flags.
LINKED, PENDING, POST, VOID = (int(TransferFlag[name]) for name in ("LINKED", "PENDING", "POST", "VOID"))
KEEP, BOUND = int(TransferFlag.KEEP), int(TransferFlag.BOUND)
SETTLING = POST | VOID
_NOT_YET_ALLOWED = int(TransferFlag.UNRESERVED | TransferFlag.NET)
_NO_DEBIT, _NO_CREDIT = int(AccountFlag.NO_DEBIT), int(AccountFlag.NO_CREDIT)
_FROZEN_DEBIT, _FROZEN_CREDIT = int(AccountFlag.FROZEN_DEBIT), int(AccountFlag.FROZEN_CREDIT)
_CLOSED, _HOLDER_SIGNS = int(AccountFlag.CLOSED), int(AccountFlag.HOLDER_SIGNS)
_MAY_OVERDRAW = int(AccountFlag.MAY_OVERDRAW)
_MAY_SEND, _MAY_RECEIVE = int(Permission.DEBIT), int(Permission.CREDIT)
_AMOUNT_MAX = np.uint64(AMOUNT_MAX)
_POSITIONS_PER_ENTRY = np.uint64(POSITIONS_PER_ENTRY)
_ONE = np.uint64(1)


@inlined
def judge(book, facts, message, index):
    """(first rule that fails or `ADMITTED`, row of the pending that is settled, slot to take). Reads only."""
    transfer = transfer_at(message.transfers, index)
    outcome = _form(facts, transfer)
    if outcome == Outcome.ADMITTED:
        outcome = _accounts(book, transfer)
    if outcome != Outcome.ADMITTED:
        return outcome, 0, -1
    debit, credit = account_at(book.accounts, transfer.debit), account_at(book.accounts, transfer.credit)
    row = pending_row(book, transfer.pending) if transfer.flags & SETTLING else 0
    outcome = _who_may(book, facts, transfer, debit, row)
    if outcome == Outcome.ADMITTED:
        outcome = _closed_or_frozen(facts, transfer, debit, credit)
    if outcome == Outcome.ADMITTED:
        outcome = _permission(book, facts, transfer, debit, credit)
    if outcome == Outcome.ADMITTED:
        outcome = _evidence_and_limits(book, facts, transfer, debit, credit, row)
    if outcome == Outcome.ADMITTED:
        outcome = _pending(book, facts, transfer, row)
    if outcome == Outcome.ADMITTED:
        outcome = _money(transfer, debit, credit)
    slot = -1
    if outcome == Outcome.ADMITTED and not facts.privileged:
        outcome, slot = _duplicate(book, mark_at(message.marks, index))
    return outcome, row, slot


@inlined
def _form(facts, transfer):
    flags = transfer.flags
    if transfer.reserved != 0 or flags & ~FLAGS_KNOWN:
        return Outcome.RESERVED_NOT_ZERO
    if flags & _NOT_YET_ALLOWED:
        return Outcome.FLAG_NOT_YET_ALLOWED
    kinds = flags & (PENDING | SETTLING)
    if kinds & (kinds - 1) or (flags & KEEP and not flags & POST):
        return Outcome.FLAGS_CONTRADICT
    if not facts.privileged and (transfer.uetr_0 >> 52 & 15 != 4 or transfer.uetr_1 >> 6 & 3 != 2):
        return Outcome.UETR_NOT_VERSION_4
    if not transfer.evidence_0 | transfer.evidence_1 | transfer.evidence_2 | transfer.evidence_3:
        return Outcome.EVIDENCE_DIGEST_ZERO
    if transfer.amount > _AMOUNT_MAX or (transfer.amount == 0) != (flags & VOID != 0):
        return Outcome.AMOUNT_OUT_OF_RANGE
    if not flags & PENDING and (transfer.releaser != 0 or transfer.timeout_seconds != 0):
        return Outcome.FIELD_NOT_FOR_THIS_TRANSFER
    settles = flags & SETTLING
    if not settles and transfer.pending != 0:
        return Outcome.FIELD_NOT_FOR_THIS_TRANSFER
    if settles and not 0 < transfer.pending < np.uint64(facts.entry) * _POSITIONS_PER_ENTRY:
        return Outcome.PENDING_POSITION_MISSING
    if not facts.screened_known:
        return Outcome.SCREENED_LIST_UNKNOWN
    return Outcome.ADMITTED


@inlined
def _accounts(book, transfer):
    known = book.counters.accounts
    if not 0 < transfer.debit <= known:
        return Outcome.DEBIT_ACCOUNT_UNKNOWN
    if not 0 < transfer.credit <= known:
        return Outcome.CREDIT_ACCOUNT_UNKNOWN
    if transfer.debit == transfer.credit:
        return Outcome.ACCOUNTS_ARE_THE_SAME
    debit, credit = account_at(book.accounts, transfer.debit), account_at(book.accounts, transfer.credit)
    if debit.asset != transfer.asset or credit.asset != transfer.asset:
        return Outcome.ASSET_DIFFERS
    # What was reserved under a purpose ends under it, even if the purpose has been taken off the table since.
    settles = transfer.flags & SETTLING
    if not settles and (transfer.purpose >= PURPOSES or not purpose_at(book.purposes, transfer.purpose).known):
        return Outcome.PURPOSE_UNKNOWN
    return Outcome.ADMITTED


@inlined
def _who_may(book, facts, transfer, debit, row):
    settles = transfer.flags & SETTLING
    if not facts.privileged and not settles and debit.institution != facts.sender:
        return Outcome.DEBIT_ACCOUNT_NOT_YOURS
    if transfer.releaser > book.counters.institutions:
        return Outcome.RELEASER_UNKNOWN
    if settles:
        outcome = _who_may_settle(book, facts, transfer, row)
        if outcome != Outcome.ADMITTED:
            return outcome
    if facts.privileged:
        return Outcome.ADMITTED
    if not settles and debit.flags & _HOLDER_SIGNS:
        return Outcome.HOLDER_SIGNATURE_MISSING
    if transfer.amount > facts.ceiling:
        return Outcome.ABOVE_KEY_CEILING
    return Outcome.ADMITTED


@inlined
def _who_may_settle(book, facts, transfer, row):
    if row < 0:
        return Outcome.PENDING_NOT_FOUND
    pending = pending_at(book.pendings, row)
    if not facts.privileged and pending.releaser != facts.sender:
        debtor = account_at(book.accounts, pending.debit).institution
        creditor = account_at(book.accounts, pending.credit).institution
        is_party = facts.sender in (debtor, creditor)
        return Outcome.NOT_THE_RELEASER if is_party else Outcome.PENDING_NOT_FOUND
    if pending.debit != transfer.debit or pending.credit != transfer.credit:
        return Outcome.PENDING_DIFFERS
    if pending.asset != transfer.asset or pending.purpose != transfer.purpose:
        return Outcome.PENDING_DIFFERS
    return Outcome.ADMITTED


@inlined
def _closed_or_frozen(facts, transfer, debit, credit):
    if facts.privileged or transfer.flags & VOID:
        return Outcome.ADMITTED
    if debit.flags & _CLOSED:
        return Outcome.DEBIT_ACCOUNT_CLOSED
    if credit.flags & _CLOSED:
        return Outcome.CREDIT_ACCOUNT_CLOSED
    if debit.flags & _FROZEN_DEBIT:
        return Outcome.DEBIT_ACCOUNT_FROZEN
    if credit.flags & _FROZEN_CREDIT:
        return Outcome.CREDIT_ACCOUNT_FROZEN
    if debit.flags & _NO_DEBIT:
        return Outcome.DEBIT_ACCOUNT_BLOCKED
    if credit.flags & _NO_CREDIT:
        return Outcome.CREDIT_ACCOUNT_BLOCKED
    return Outcome.ADMITTED


@inlined
def _permission(book, facts, transfer, debit, credit):
    if facts.privileged or transfer.flags & VOID:
        return Outcome.ADMITTED
    payer = institution_at(book.institutions, debit.institution)
    payee = institution_at(book.institutions, credit.institution)
    if not permission_of(book, payer, transfer.purpose) & _MAY_SEND:
        return Outcome.DEBIT_NOT_PERMITTED
    if not permission_of(book, payee, transfer.purpose) & _MAY_RECEIVE:
        return Outcome.CREDIT_NOT_PERMITTED
    holders = asset_at(book.assets, transfer.asset).holder_classes
    if not _admits(holders, debit.holder_class):
        return Outcome.DEBIT_HOLDER_CLASS
    if not _admits(holders, credit.holder_class):
        return Outcome.CREDIT_HOLDER_CLASS
    purpose = _ONE << np.uint64(transfer.purpose)
    if not payer.purposes & payee.purposes & purpose:  # one question where nearly all pass
        return Outcome.CREDIT_NOT_LICENSED if payer.purposes & purpose else Outcome.DEBIT_NOT_LICENSED
    return Outcome.ADMITTED


@inlined
def _admits(holders, holder_class):
    """A processor shifts by 32 as by 0; plain Python shifts everything out."""
    return holder_class < HOLDER_CLASSES and (holders >> holder_class) & 1


@inlined
def _evidence_and_limits(book, facts, transfer, debit, credit, row):
    if facts.privileged:
        return Outcome.ADMITTED
    if transfer.flags & SETTLING:
        return _evidence_of_post(book, facts, transfer, debit, credit, row)
    must_bind = np.int64(transfer.amount) >= asset_at(book.assets, transfer.asset).bound_from
    if must_bind and not transfer.flags & BOUND:
        return Outcome.EVIDENCE_NOT_BOUND
    if debit.tier != 0:
        outcome = _limits(book, facts, transfer, debit)
        if outcome != Outcome.ADMITTED:
            return outcome
    return _list_fault(facts) if must_bind else Outcome.ADMITTED


@inlined
def _evidence_of_post(book, facts, transfer, debit, credit, row):
    """The payee's institution, being the releaser, binds its own when it posts what another reserved and bound."""
    if facts.sender != credit.institution or facts.sender == debit.institution or not transfer.flags & POST:
        return Outcome.ADMITTED
    if not pending_at(book.pendings, row).bound:
        return Outcome.ADMITTED
    return _list_fault(facts) if transfer.flags & BOUND else Outcome.EVIDENCE_NOT_BOUND


@inlined
def _list_fault(facts):
    if facts.list_fault == Outcome.SCREENED_LIST_MISSING:
        return Outcome.SCREENED_LIST_MISSING
    if facts.list_fault == Outcome.SCREENED_LIST_TOO_OLD:
        return Outcome.SCREENED_LIST_TOO_OLD
    return Outcome.ADMITTED


@inlined
def _limits(book, facts, transfer, debit):
    amount = np.int64(transfer.amount)
    limit = limit_of(book, transfer.asset, debit.tier)
    if amount > limit.transfer:
        return Outcome.TRANSFER_LIMIT
    if amount > limit.daily - spent(debit, facts.day):
        return Outcome.DAILY_LIMIT
    return Outcome.ADMITTED


@inlined
def spent(account, day):
    """What the account has spent on this day, minor units."""
    return account.spent_today if account.day == day else np.int64(0)


@inlined
def _pending(book, facts, transfer, row):
    if transfer.flags & PENDING and expiry_of(book, facts, transfer) < 0:
        return Outcome.TIMEOUT_NOT_ALLOWED
    if transfer.flags & SETTLING:
        pending = pending_at(book.pendings, row)
        if not facts.privileged and pending.expiry_ms <= facts.time_ms:
            return Outcome.PENDING_EXPIRED
        if np.int64(transfer.amount) > pending.remaining:
            return Outcome.POST_EXCEEDS_RESERVED
    return Outcome.ADMITTED


@inlined
def expiry_of(book, facts, transfer):
    """When a new pending expires, ms; `NEVER_MS` = never; −1 = the purpose does not allow that time-out."""
    purpose = purpose_at(book.purposes, transfer.purpose)
    seconds = np.int64(transfer.timeout_seconds)
    if seconds == 0:
        seconds = np.int64(purpose.default)
    if seconds == NO_TIMEOUT:
        return NEVER_MS if purpose.none_allowed else -1
    return facts.time_ms + seconds * 1_000 if seconds <= purpose.most else -1


@inlined
def _money(transfer, debit, credit):
    amount = np.int64(transfer.amount)
    if not transfer.flags & SETTLING:
        available = debit.balance - debit.reserved  # never below −AMOUNT_MAX: this rule has seen to it
        if debit.flags & _MAY_OVERDRAW:
            reserves = transfer.flags & PENDING
            if available < amount - AMOUNT_MAX or (reserves and debit.reserved > AMOUNT_MAX - amount):
                return Outcome.BALANCE_OVERFLOW
        elif available < amount:
            return Outcome.INSUFFICIENT_BALANCE
    if not transfer.flags & (PENDING | VOID) and credit.balance > AMOUNT_MAX - amount:
        return Outcome.BALANCE_OVERFLOW
    return Outcome.ADMITTED


@inlined
def _duplicate(book, mark):
    found, _ = find_fingerprint(book.previous, book.previous_capacity, mark.previous)
    if found:
        return Outcome.DUPLICATE, -1
    found, slot = find_fingerprint(book.current, book.current_capacity, mark.current)
    if found:
        return Outcome.DUPLICATE, -1
    counters = book.counters
    if slot < 0 or counters.window_used >= counters.window_most:
        return Outcome.DUPLICATE_WINDOW_FULL, -1
    return Outcome.ADMITTED, slot


@inlined
def pending_row(book, position):
    """The row of the open pending at `position`, or −1. Rows are in order of position."""
    low, high = 0, np.int64(book.counters.pendings)
    while low < high:
        middle = (low + high) >> 1
        if pending_at(book.pendings, middle).position < position:
            low = middle + 1
        else:
            high = middle
    if low == np.int64(book.counters.pendings):
        return -1
    pending = pending_at(book.pendings, low)
    return low if pending.position == position and pending.remaining != 0 else -1
