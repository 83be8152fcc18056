"""What an unfinished chain changed, compiled, so that it can be put back, last change first.

Double of `_Undo` and `_put_back` in `sanad.rulebook.edition1.posting`.
"""

import numpy as np

from sanad.kernel.columns import account_at, change_at, pending_at, slot_at
from sanad.kernel.compiled import inlined
from sanad.kernel.rows import clear_row, copy_row
from sanad.rulebook.edition1.words import TransferFlag

_SETTLING = int(TransferFlag.POST | TransferFlag.VOID)
_NONE = -1


@inlined
def remember(book, transfer, row, slot, change):
    """Keep in `change` what `transfer`, which is admitted, is about to change; slot −1: it takes none."""
    change.debit_number = transfer.debit
    change.credit_number = transfer.credit
    change.slot_number = slot
    change.pending_number = row if transfer.flags & _SETTLING else _NONE
    copy_row(change.debit, account_at(book.accounts, transfer.debit))
    copy_row(change.credit, account_at(book.accounts, transfer.credit))
    if transfer.flags & _SETTLING:
        copy_row(change.pending, pending_at(book.pendings, row))


@inlined
def put_back(book, changes, changed, counters):
    """Undo a broken chain of which `changed` transfers were carried out; `counters` are those before it."""
    for number in range(changed - 1, -1, -1):
        change = change_at(changes, number)
        copy_row(account_at(book.accounts, change.credit_number), change.credit)
        copy_row(account_at(book.accounts, change.debit_number), change.debit)
        if change.slot_number != _NONE:
            clear_row(slot_at(book.current, change.slot_number))
        if change.pending_number != _NONE:
            copy_row(pending_at(book.pendings, change.pending_number), change.pending)
    for row in range(np.int64(counters.pendings), np.int64(book.counters.pendings)):
        clear_row(pending_at(book.pendings, row))
    copy_row(book.counters, counters)
