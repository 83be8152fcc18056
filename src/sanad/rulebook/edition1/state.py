"""Everything the rules know: NumPy columns that `post` works on, and small plain tables that acts write.

Both postings work on the same columns. Row 0 of every numbered table is unused, so that 0 can mean "none".
Nothing here decides; it only holds, grows and serialises. The state digest is over `parts`, in their order.
"""

from dataclasses import astuple, dataclass, field
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from sanad.base.digests import digest
from sanad.base.errors import ensure
from sanad.rulebook.edition1.words import AMOUNT_MAX, CLASSES, PURPOSES, STATUSES, TIERS, AccountFlag
from sanad.rulebook.signature_webauthn import SigningOrigins

ACCOUNT = np.dtype(
    [
        ("balance", "<i8"),
        ("reserved", "<i8"),
        ("spent_today", "<i8"),
        ("last_position", "<u8"),
        ("opened_entry", "<u8"),
        ("spare", "<u8"),
        ("institution", "<u4"),
        ("asset", "<u4"),
        ("day", "<u4"),
        ("kind", "u1"),
        ("holder_class", "u1"),
        ("tier", "u1"),
        ("flags", "u1"),
    ]
)
"""One account, 64 bytes. Balance = credits − debits; what may be spent is balance − reserved."""

PENDING = np.dtype(
    [
        ("position", "<u8"),
        ("remaining", "<i8"),
        ("expiry_ms", "<i8"),
        ("debit", "<u8"),
        ("credit", "<u8"),
        ("asset", "<u4"),
        ("releaser", "<u4"),
        ("purpose", "<u2"),
        ("bound", "u1"),
        ("spare", "u1", 13),
    ]
)
"""One reservation, 64 bytes, in order of position; remaining 0 = closed, swept out by `sweep_pendings`.

`bound` 1: it was of an amount from which evidence is bound, so the payee's institution binds its own when it posts.
"""

SLOT = np.dtype([("fingerprint", "<u8"), ("position", "<u8")])
"""One place of a duplicate window; position 0 = empty."""

ASSET = np.dtype(
    [("issuer", "<u4"), ("holder_classes", "<u4"), ("bound_from", "<i8"), ("exponent", "u1"), ("spare", "u1", 7)]
)
"""What `post` asks of an asset: bit h of `holder_classes` admits class h; evidence is bound from `bound_from`."""

PURPOSE = np.dtype([("known", "u1"), ("none_allowed", "u1"), ("spare", "u1", 2), ("default", "<u4"), ("most", "<u4")])
"""Time-outs in seconds of pendings for a purpose."""

LIMIT = np.dtype([("transfer", "<i8"), ("daily", "<i8")])
"""Limits of a tier in an asset, minor units; tier 0 has none."""

COUNTERS = np.dtype(
    [
        ("accounts", "<u8"),
        ("institutions", "<u8"),
        ("assets", "<u8"),
        ("pendings", "<u8"),
        ("pendings_closed", "<u8"),
        ("window_used", "<u8"),
        ("window_most", "<u8"),
        ("next_expiry_ms", "<i8"),
    ]
)
"""Counts that `post` reads or moves: one row. `next_expiry_ms` is a lower bound over open pendings."""

INSTITUTION = np.dtype([("class", "u1"), ("status", "u1"), ("spare", "u1", 6), ("purposes", "<u8")])
"""Bit p of `purposes` is set where its licence covers purpose p; all are where no licence limits it."""

EFFECT = np.dtype(
    [
        ("debit_balance", "<i8"),
        ("debit_reserved", "<i8"),
        ("credit_balance", "<i8"),
        ("debit_previous", "<u8"),
        ("credit_previous", "<u8"),
    ]
)
"""What a transfer left behind, 40 bytes (formats.md §5); zeros where it was rejected."""

NEVER_MS = 2**63 - 1
INSTITUTIONS_MAX = 1 << 16
ASSETS_MAX = 1 << 16
ACCOUNTS_MAX = (1 << 32) - 1
PROBES_MAX = 4_096
LIST_TIMES_KEPT = 1_024
"""Of how many list versions, the newest, the block time is known; older ones are older than any rule allows."""

Columns = NDArray[np.void]


@dataclass(slots=True)
class Institution:
    """An institution's small facts; class and status are columns. `quota` is bytes a day.

    `status_entry` is the entry that set the status, which a rejection names; `status_ms` its block time.
    """

    number: int
    name: str
    bic: str
    lei: str
    quota: int
    used: int = 0
    day: int = 0
    status_entry: int = 0
    status_ms: int = 0


@dataclass(slots=True)
class Person:
    """A person who acts for an institution. Who it is stays off the record."""

    number: int
    institution: int
    active: bool = True
    recovery: bool = False


@dataclass(slots=True)
class Key:
    """A public key, registered once for ever. `person` 0 = a system's. `revoked` is the entry, 0 = in force."""

    identifier: bytes
    suite: int
    public: bytes
    institution: int
    person: int
    rights: int
    lane_first: int
    lane_last: int
    ceiling: int
    registered: int
    revoked: int = 0


@dataclass(slots=True)
class Asset:
    """An asset's identity: (identifier, issuer)."""

    number: int
    identifier: str
    issuer: int


@dataclass(slots=True)
class Proposal:
    """A proposed act. `due_ms` 0 = waits for confirmation, else for that block time (recovery)."""

    entry: int
    institution: int
    person: int
    act: bytes
    expires_ms: int
    due_ms: int = 0


@dataclass(slots=True)
class Certificate:
    """A no-objection certificate. History rows are [entry, time ms, state, ground]."""

    institution: int
    state: int
    valid_until_ms: int
    history: list[Any]


@dataclass(slots=True)
class Licence:
    """A licence. History rows are [entry, time ms, state, ground, kind, services]."""

    institution: int
    number: str
    kind: int
    services: int
    state: int
    valid_until_ms: int
    history: list[Any]
    frozen_until_ms: int = 0
    frozen_entry: int = 0


@dataclass(slots=True)
class PublicWarning:
    """A provider without a licence, on the warning list; `ended_ms` 0 = still warned of."""

    number: int
    name: str
    website: str
    ground: int
    entry: int
    time_ms: int
    ended_ms: int


@dataclass(slots=True)
class Scheduled:
    """What an entry made happen later, by a system entry at `due_ms`."""

    entry: int
    due_ms: int
    what: str
    institution: int
    reached: int
    ground: int


@dataclass(slots=True)
class Order:
    """A confirmed order whose transfers the next block executes."""

    entry: int
    transfers: bytes


@dataclass(slots=True)
class Parameters:
    """Numbers fixed at genesis or changed by a message."""

    zone_offset_seconds: int = 5 * 3600
    window_days: int = 14
    window_capacity: int = 1 << 16
    expiries_per_block: int = 1_024
    recovery_delay_seconds: int = 7 * 86_400
    proposal_seconds: int = 30 * 86_400


@dataclass(slots=True)
class Window:
    """One duplicate window: a fixed table with its SipHash key, two words of 64 bits."""

    slots: Columns
    key: NDArray[np.uint64]


def empty_window(capacity: int, key: bytes) -> Window:
    """A window of `capacity` places under a 16-byte key."""
    return Window(np.zeros(capacity, dtype=SLOT), np.frombuffer(key, dtype="<u8").copy())


@dataclass(slots=True)
class State:
    """The whole state. Columns first; they may be larger than their counters say."""

    accounts: Columns
    pendings: Columns
    institutions: Columns
    assets: Columns
    purposes: Columns
    permissions: NDArray[np.uint8]
    limits: Columns
    counters: Columns
    current: Window
    previous: Window
    window_number: int = 0
    network: bytes = bytes(16)
    entry: int = 0
    time_ms: int = 0
    list_version: int = 0
    list_times: list[int] = field(default_factory=list)
    digest_height: int = 0
    parameters: Parameters = field(default_factory=Parameters)
    signing: SigningOrigins = field(default_factory=SigningOrigins)
    institution_table: dict[int, Institution] = field(default_factory=dict)
    person_table: dict[int, Person] = field(default_factory=dict)
    key_table: dict[bytes, Key] = field(default_factory=dict)
    asset_table: dict[int, Asset] = field(default_factory=dict)
    lanes: dict[tuple[int, int], int] = field(default_factory=dict)
    proposals: dict[int, Proposal] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    certificates: dict[int, Certificate] = field(default_factory=dict)
    licences: dict[int, Licence] = field(default_factory=dict)
    warnings: dict[int, PublicWarning] = field(default_factory=dict)
    scheduled: dict[int, Scheduled] = field(default_factory=dict)
    rule_values: dict[int, list[Any]] = field(default_factory=dict)
    register: dict[bytes, bytes] = field(default_factory=dict)
    register_changes: list[tuple[bytes, bytes]] = field(default_factory=list)


def empty_state() -> State:
    """The state before genesis."""
    counters = np.zeros(1, dtype=COUNTERS)
    counters["next_expiry_ms"] = NEVER_MS
    return State(
        accounts=np.zeros(1_024, dtype=ACCOUNT),
        pendings=np.zeros(8_192, dtype=PENDING),
        institutions=np.zeros(64, dtype=INSTITUTION),
        assets=np.zeros(64, dtype=ASSET),
        purposes=np.zeros(PURPOSES, dtype=PURPOSE),
        permissions=np.zeros((CLASSES, STATUSES, PURPOSES), dtype=np.uint8),
        limits=_no_limits(64),
        counters=counters,
        current=empty_window(1, bytes(16)),
        previous=empty_window(1, bytes(16)),
    )


def _no_limits(assets: int) -> Columns:
    limits = np.zeros((assets, TIERS), dtype=LIMIT)
    limits["transfer"] = AMOUNT_MAX
    limits["daily"] = AMOUNT_MAX
    return limits


def count(state: State, what: str) -> int:
    """One counter as a Python integer."""
    return int(state.counters[0][what])


def grown(column: Columns, rows: int) -> Columns:
    """`column` with room for `rows`: itself, or a copy of at least twice the size."""
    if len(column) >= rows:
        return column
    larger = np.zeros((max(rows, 2 * len(column)), *column.shape[1:]), dtype=column.dtype)
    larger[: len(column)] = column
    return larger


def make_room(state: State, transfers: int) -> None:
    """Room for what a batch of `transfers` can add, so that inside `post` nothing can fail for lack of it."""
    closed = count(state, "pendings_closed")
    if closed > max(65_536, count(state, "pendings") - closed):
        sweep_pendings(state)
    state.pendings = grown(state.pendings, count(state, "pendings") + transfers)


def sweep_pendings(state: State) -> None:
    """Drop closed pendings; order stays."""
    rows = state.pendings[: count(state, "pendings")]
    kept = rows[rows["remaining"] > 0]
    state.pendings[: len(kept)] = kept
    state.pendings[len(kept) : len(rows)] = 0
    state.counters["pendings"] = len(kept)
    state.counters["pendings_closed"] = 0


def first_expiry(state: State) -> int:
    """The earliest expiry of an open pending, ms: a bound that spares looking, never part of the state digest."""
    rows = state.pendings[: count(state, "pendings")]
    open_expiries = rows["expiry_ms"][rows["remaining"] > 0]
    return int(open_expiries.min()) if len(open_expiries) else NEVER_MS


def set_window(state: State, capacity: int, key: bytes) -> None:
    """Open a new current window; the current one becomes the previous."""
    state.previous = state.current
    state.current = empty_window(capacity, key)
    state.counters["window_used"] = 0
    state.counters["window_most"] = capacity * 7 // 10


def available(state: State, account: int) -> int:
    """What may be spent, minor units."""
    row = state.accounts[account]
    return int(row["balance"]) - int(row["reserved"])


def day_of(state: State, time_ms: int) -> int:
    """The day number of a block time in the jurisdiction's zone (days since 1970-01-01 there)."""
    return (time_ms // 1_000 + state.parameters.zone_offset_seconds) // 86_400


def is_closed(state: State, account: int) -> bool:
    """Whether the account is closed for good."""
    return bool(int(state.accounts[account]["flags"]) & AccountFlag.CLOSED)


# --- as bytes -------------------------------------------------------------------------------------------------------

_TABLES: tuple[tuple[str, type[Any]], ...] = (
    ("institution_table", Institution),
    ("person_table", Person),
    ("key_table", Key),
    ("asset_table", Asset),
    ("proposals", Proposal),
    ("certificates", Certificate),
    ("licences", Licence),
    ("warnings", PublicWarning),
    ("scheduled", Scheduled),
)
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("accounts", "accounts"),
    ("pendings", "pendings"),
    ("institutions", "institutions"),
    ("assets", "assets"),
)


def parts(state: State) -> list[tuple[str, NDArray[Any] | bytes]]:
    """The state as named bytes, in one canonical order: what snapshots keep and the state digest covers."""
    sweep_pendings(state)
    pieces: list[tuple[str, NDArray[Any] | bytes]] = [("small", _small_tables(state))]
    for name, counter in _COLUMNS:
        extra = 0 if name == "pendings" else 1
        pieces.append((name, getattr(state, name)[: count(state, counter) + extra]))
    pieces.append(("limits", state.limits[: count(state, "assets") + 1]))
    pieces.append(("purposes", state.purposes))
    pieces.append(("permissions", state.permissions))
    counters = state.counters.copy()
    counters["next_expiry_ms"] = 0  # a hint, found again when the parts are read
    pieces.append(("counters", counters))
    pieces.append(("window current", state.current.slots))
    pieces.append(("window previous", state.previous.slots))
    return pieces


def state_digest(state: State) -> bytes:
    """H over (name 32 ‖ digest 32) of the parts in order (formats.md §5)."""
    return digest_of_parts([(name, digest(memoryview(as_bytes(piece)))) for name, piece in parts(state)])


def digest_of_parts(digests: list[tuple[str, bytes]]) -> bytes:
    """The state digest from the digests of its parts."""
    return digest(b"".join(name.encode().ljust(32, b"\0") + piece for name, piece in digests))


def as_bytes(piece: NDArray[Any] | bytes) -> Any:
    """A part's bytes, uncopied where they lie in a row."""
    return piece if isinstance(piece, bytes) else np.ascontiguousarray(piece).reshape(-1).view(np.uint8)


def _small_tables(state: State) -> bytes:
    """Small tables as msgpack; dictionaries in order of their keys."""
    tables = [[list(astuple(row)) for _, row in sorted(getattr(state, name).items())] for name, _ in _TABLES]
    lanes = [[institution, lane, following] for (institution, lane), following in sorted(state.lanes.items())]
    orders = [[order.entry, order.transfers] for order in state.orders]
    scalars = [
        state.window_number, state.network, state.entry, state.time_ms, state.list_version, state.digest_height,
        list(astuple(state.parameters)), state.current.key.tolist(), state.previous.key.tolist(),
        list(astuple(state.signing)), state.list_times,
    ]  # fmt: skip
    rules = [[rule, rows] for rule, rows in sorted(state.rule_values.items())]
    register = [[key, value] for key, value in sorted(state.register.items())]
    return msgspec.msgpack.encode([scalars, tables, lanes, orders, rules, register])


def from_parts(pieces: dict[str, Any]) -> State:
    """The state that `parts` described. Arrays are taken over, not copied, where their type allows it."""
    scalars, tables, lanes, orders, rules, register = cast(list[Any], msgspec.msgpack.decode(bytes(pieces["small"])))
    state = empty_state()
    for (name, row_type), rows in zip(_TABLES, tables, strict=True):
        table = getattr(state, name)
        for row in rows:
            table[row[0]] = row_type(*row)
    state.lanes = {(institution, lane): following for institution, lane, following in lanes}
    state.orders = [Order(entry, transfers) for entry, transfers in orders]
    state.rule_values = dict(rules)
    state.register = dict(register)
    state.window_number, state.network, state.entry, state.time_ms = scalars[:4]
    state.list_version, state.digest_height = scalars[4:6]
    state.parameters = Parameters(*scalars[6])
    rp_id, origins, page_digest = scalars[9]
    state.signing = SigningOrigins(rp_id, tuple(origins), page_digest)
    state.list_times = scalars[10]
    state.counters = _as_columns(pieces["counters"], COUNTERS)
    state.accounts = _as_columns(pieces["accounts"], ACCOUNT)
    state.pendings = grown(_as_columns(pieces["pendings"], PENDING), 8_192)
    state.institutions = _as_columns(pieces["institutions"], INSTITUTION)
    state.assets = _as_columns(pieces["assets"], ASSET)
    state.limits = _as_columns(pieces["limits"], LIMIT).reshape(-1, TIERS)
    state.purposes = _as_columns(pieces["purposes"], PURPOSE)
    state.permissions = _as_columns(pieces["permissions"], np.dtype("u1")).reshape(CLASSES, STATUSES, PURPOSES)
    state.current = Window(_as_columns(pieces["window current"], SLOT), np.array(scalars[7], dtype="<u8"))
    state.previous = Window(_as_columns(pieces["window previous"], SLOT), np.array(scalars[8], dtype="<u8"))
    ensure(len(state.accounts) == count(state, "accounts") + 1, "a snapshot holds exactly its accounts")
    state.counters["next_expiry_ms"] = first_expiry(state)
    return state


def _as_columns(piece: Any, dtype: "np.dtype[Any]") -> Any:
    """A writable array of `dtype` over the piece's bytes."""
    array = np.frombuffer(piece, dtype=np.uint8) if isinstance(piece, (bytes, memoryview)) else piece
    array = array.reshape(-1).view(np.uint8).view(dtype)
    return array if array.flags.writeable else array.copy()


def copy(state: State) -> State:
    """A deep copy: for tests, and for the replayer's first snapshot."""
    return from_parts({name: bytes(memoryview(as_bytes(piece))) for name, piece in parts(state)})
