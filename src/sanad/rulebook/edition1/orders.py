"""An authority's orders, and what time itself brings: system entries at the start of a block.

A confirmed court order and an expired reservation both become transfers of a system entry: unsigned, derived again by
everyone who replays, posted by the same `post` as all others, but `privileged`.
"""

from dataclasses import dataclass

import numpy as np

from sanad.base.canonical import Value, encode
from sanad.rulebook.edition1.acting import Act, Acting, by_authority, is_account, is_institution, unless
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import pending_row
from sanad.rulebook.edition1.state import Order, Scheduled, State, count, first_expiry, is_closed
from sanad.rulebook.edition1.words import AMOUNT_MAX, PURPOSES, TransferFlag
from sanad.rulebook.message import TRANSFER, TRANSFER_SIZE, Kind, Transfers, new_transfers

ORDER_TRANSFERS_MAX = 64
TIME_CAME_SCHEMA = 89
_ORDER_FLAGS = (0, TransferFlag.POST, TransferFlag.POST | TransferFlag.KEEP, TransferFlag.VOID)


@dataclass(frozen=True, slots=True)
class Work:
    """One system entry to make: transfers that still lack evidence digests, or an act's bytes."""

    kind: Kind
    transfers: Transfers | None
    act: bytes


def check_court_order(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: list of transfers, 116 bytes each; all of them happen or none. The first digest names the order."""
    (rows,) = act.fields
    return (
        unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or by_authority(state, by)
        or unless(
            0 < len(rows) <= ORDER_TRANSFERS_MAX
            and all(isinstance(row, bytes) and len(row) == TRANSFER_SIZE for row in rows)
            and all(_executable(state, row) for row in rows),
            Outcome.ORDER_NOT_EXECUTABLE,
        )
    )


def _executable(state: State, row: bytes) -> bool:
    """Form, accounts, purpose, and that a named pending is open. Balances are looked at when it posts."""
    transfer = np.frombuffer(row, dtype=TRANSFER)[0]
    flags, amount = int(transfer["flags"]), int(transfer["amount"])
    blank = not any(row[:16] + row[48:80]) and not any(int(transfer[name]) for name in ("releaser", "timeout_seconds"))
    if not blank or int(transfer["reserved"]) or flags not in _ORDER_FLAGS or not _accounts_fit(state, transfer):
        return False
    if amount > AMOUNT_MAX or (amount == 0) != (flags == TransferFlag.VOID):
        return False
    if flags:
        return pending_row(state, int(transfer["pending"])) >= 0
    purpose = int(transfer["purpose"])
    return int(transfer["pending"]) == 0 and purpose < PURPOSES and bool(state.purposes[purpose]["known"])


def _accounts_fit(state: State, transfer: np.void) -> bool:
    """Two accounts in the named asset, and nothing paid into a closed one."""
    debit, credit = int(transfer["debit"]), int(transfer["credit"])
    if debit == credit or not is_account(state, debit) or not is_account(state, credit):
        return False
    if int(transfer["flags"]) != TransferFlag.VOID and is_closed(state, credit):
        return False
    return all(int(state.accounts[account]["asset"]) == int(transfer["asset"]) for account in (debit, credit))


def write_court_order(state: State, by: Acting, act: Act) -> list[Value]:
    """Queues the transfers for the next block. Answers how many."""
    (rows,) = act.fields
    state.orders.append(Order(by.entry, b"".join(rows)))
    return [len(rows)]


def check_reassign_releaser(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: position of a pending, new releaser. For a releaser that failed. The first digest names the order."""
    position, releaser = act.fields
    return (
        unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or by_authority(state, by)
        or unless(is_institution(state, releaser), Outcome.INSTITUTION_UNKNOWN)
        or unless(position > 0 and pending_row(state, position) >= 0, Outcome.ORDER_NOT_EXECUTABLE)
    )


def write_reassign_releaser(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers position, new and old releaser."""
    position, releaser = act.fields
    row = state.pendings[pending_row(state, position)]
    old = int(row["releaser"])
    row["releaser"] = releaser
    return [position, releaser, old]


# --- system entries -------------------------------------------------------------------------------------------------


def is_work_due(state: State, time_ms: int) -> bool:
    """Whether a block at `time_ms` would begin with a system entry."""
    if state.orders or due_recovery(state, time_ms) is not None or due_scheduled(state, time_ms) is not None:
        return True
    return len(_expired(state, time_ms)) > 0


def order_work(state: State) -> Work | None:
    """The oldest order waiting, as one chain; taken off the queue."""
    if not state.orders:
        return None
    transfers = np.frombuffer(state.orders.pop(0).transfers, dtype=TRANSFER).copy()
    transfers["flags"][:-1] |= int(TransferFlag.LINKED)
    return Work(Kind.SYSTEM_TRANSFERS, transfers, b"")


def expiry_work(state: State, previous_ms: int, time_ms: int) -> Work | None:
    """Voids of expired reservations: looked for in the first block of each second, oldest first, bounded."""
    if previous_ms // 1_000 == time_ms // 1_000:
        return None
    rows = _expired(state, time_ms)
    if len(rows) == 0:
        return None
    transfers = new_transfers(len(rows))
    pendings = state.pendings[rows]
    for name, source in (("debit", "debit"), ("credit", "credit"), ("asset", "asset"), ("purpose", "purpose")):
        transfers[name] = pendings[source]
    transfers["pending"] = pendings["position"]
    transfers["flags"] = int(TransferFlag.VOID)
    return Work(Kind.SYSTEM_TRANSFERS, transfers, b"")


def _expired(state: State, time_ms: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Rows of pendings to void at `time_ms`, by (expiry, position), at most as many as a block may void."""
    if count(state, "next_expiry_ms") > time_ms:
        return np.zeros(0, dtype=np.int64)
    rows = state.pendings[: count(state, "pendings")]
    is_open = rows["remaining"] > 0
    expired = np.flatnonzero(is_open & (rows["expiry_ms"] <= time_ms))
    if len(expired) == 0:
        state.counters["next_expiry_ms"] = first_expiry(state)
    ordered = expired[np.argsort(rows["expiry_ms"][expired], kind="stable")]
    return ordered[: state.parameters.expiries_per_block].astype(np.int64)


def due_recovery(state: State, time_ms: int) -> int | None:
    """The entry of the oldest recovery whose delay is over."""
    due = [row.entry for row in state.proposals.values() if 0 < row.due_ms <= time_ms]
    return min(due) if due else None


def recovery_work(state: State, time_ms: int) -> Work | None:
    """A recovery that nobody withdrew in time; taken off the table."""
    entry = due_recovery(state, time_ms)
    if entry is None:
        return None
    return Work(Kind.SYSTEM_ACT, None, state.proposals.pop(entry).act)


def scheduled_work(state: State, time_ms: int) -> Work | None:
    """The earliest effect that an entry put off until now: an emergency that ends, a licence that lapses."""
    row = due_scheduled(state, time_ms)
    if row is None:
        return None
    return Work(Kind.SYSTEM_ACT, None, encode([TIME_CAME_SCHEMA, [], [], [], row.entry]))


def due_scheduled(state: State, time_ms: int) -> Scheduled | None:
    """The earliest scheduled effect whose time has come."""
    due = [row for row in state.scheduled.values() if row.due_ms <= time_ms]
    return min(due, key=lambda row: (row.due_ms, row.entry)) if due else None
