"""The state's columns and a message as compiled code sees them: where each begins, and what its rows are."""

from typing import Any, NamedTuple

import numpy as np

from sanad.kernel.compiled import inlined
from sanad.kernel.rows import rows_of
from sanad.rulebook.edition1.state import ACCOUNT, ASSET, EFFECT, INSTITUTION, LIMIT, PENDING, PURPOSE, SLOT
from sanad.rulebook.edition1.words import PURPOSES, STATUSES, TIERS
from sanad.rulebook.message import TRANSFER

_LONG_FIELDS = {"uetr": 2, "evidence": 4, "reference": 2}

# ---- dtypes of the kernel's own --------------------------------------------------------------------------------------

WORDS_OF_TRANSFER = np.dtype(
    [
        (name if words == 1 else f"{name}_{word}", "<u8" if words > 1 else TRANSFER[name])
        for name in TRANSFER.names or ()
        for words in (_LONG_FIELDS.get(name, 1),)
        for word in range(words)
    ]
)
"""`sanad.rulebook.message.TRANSFER`, byte for byte, with its long fields cut into words of 8 bytes."""

MARK = np.dtype([("current", "<u8"), ("previous", "<u8")])
"""A transfer's fingerprints under the keys of both duplicate windows."""

CODE = np.dtype([("code", "<u2")])
"""An outcome."""

PERMISSION = np.dtype([("byte", "u1")])
"""One place of the permission table."""

CHANGE = np.dtype(
    [
        ("debit_number", "<u8"),
        ("credit_number", "<u8"),
        ("pending_number", "<i8"),
        ("slot_number", "<i8"),
        ("debit", ACCOUNT),
        ("credit", ACCOUNT),
        ("pending", PENDING),
    ]
)
"""Rows as they were before a transfer of an unfinished chain; −1: it changed no pending, or took no slot."""


# ---- what is handed around -------------------------------------------------------------------------------------------


class Facts(NamedTuple):
    """What the rules may know about the message: the fields of `sanad.rulebook.edition1.posting.Batch`."""

    entry: Any
    sender: Any
    time_ms: Any
    day: Any
    ceiling: Any
    screened_known: Any
    list_fault: Any
    privileged: Any


class Book(NamedTuple):
    """The columns of `sanad.rulebook.edition1.state.State` that posting reads or moves: where each begins."""

    accounts: Any
    pendings: Any
    institutions: Any
    assets: Any
    purposes: Any
    permissions: Any
    limits: Any
    current: Any
    current_capacity: Any
    previous: Any
    previous_capacity: Any
    counters: Any
    """Not an address but the row itself: there is one."""


class Message(NamedTuple):
    """The transfers of a message, their fingerprints, what becomes of each, and room to undo a chain: addresses."""

    total: Any
    transfers: Any
    marks: Any
    outcomes: Any
    effects: Any
    changes: Any


# ---- their rows ------------------------------------------------------------------------------------------------------

account_at = rows_of(ACCOUNT)
pending_at = rows_of(PENDING)
institution_at = rows_of(INSTITUTION)
asset_at = rows_of(ASSET)
purpose_at = rows_of(PURPOSE)
slot_at = rows_of(SLOT)
transfer_at = rows_of(WORDS_OF_TRANSFER)
mark_at = rows_of(MARK)
outcome_at = rows_of(CODE)
effect_at = rows_of(EFFECT)
change_at = rows_of(CHANGE)
_limit_at = rows_of(LIMIT)
_permission_at = rows_of(PERMISSION)


@inlined
def limit_of(book, asset, tier):
    """The limits of a tier in an asset."""
    return _limit_at(book.limits, np.uint64(asset) * np.uint64(TIERS) + np.uint64(tier))


@inlined
def permission_of(book, row, purpose):
    """The permission table's byte for an institution's row, by its class and status."""
    kind = np.uint64(row["class"]) * np.uint64(STATUSES) + np.uint64(row["status"])
    return _permission_at(book.permissions, kind * np.uint64(PURPOSES) + np.uint64(purpose)).byte
