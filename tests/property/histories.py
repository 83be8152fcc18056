"""Random histories, told as plain values so that hypothesis can make them small. Most of it is honest, some is not."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from sanad.rulebook.edition1.state import count
from sanad.rulebook.message import Transfers
from tests.scenarios.nation import Nation

PAIRS = {  # who pays whom, by the institution that sends it
    "Indus": (("Ali", "Bina"), ("Asma", "Ali"), ("Ali", "Asma"), ("Asma", "RaviCash"), ("IndusDollars", "RaviDollars")),
    "Ravi": (("Bina", "Ali"), ("RaviCash", "Asma"), ("RaviCash", "Bina"), ("RaviDollars", "IndusDollars")),
    "StateBank": (("PKR-issuance", "Asma"), ("PKR-issuance", "RaviCash"), ("USD-issuance", "RaviDollars")),
    "Clearing": (("Ali", "Bina"),),
}
KINDS = {"pay": 0, "reserve": 2, "post": 4, "part": 4, "keep": 20, "void": 8}
TWISTS: tuple[tuple[str, int], ...] = (
    ("amount", 0), ("amount", 2**63 - 1), ("amount", 2**64 - 1), ("credit", 10**6), ("debit", 1), ("asset", 2),
    ("evidence", 0), ("flags", 6), ("flags", 32), ("reserved", 1), ("purpose", 60), ("releaser", 99), ("pending", 7),
)  # fmt: skip
AMOUNTS = st.one_of(st.integers(1, 60), st.integers(1, 500_100))
ISSUANCE, PAYMENT = 5, 1


@dataclass(frozen=True)
class Row:
    """One transfer of a history. `held` counts back from the last reservation; `twist` makes it wrong."""

    kind: str
    pair: tuple[str, str]
    amount: int
    linked: bool
    held: int
    releaser: int
    timeout: int
    uetr: int
    twist: tuple[str, int] | None


@dataclass(frozen=True)
class Sent:
    """One message, after a pause."""

    pause_ms: int
    sender: str
    rows: tuple[Row, ...]


@st.composite
def messages(draw: st.DrawFn) -> Sent:
    sender = draw(st.sampled_from(list(PAIRS)))
    rows = st.builds(
        Row,
        kind=st.sampled_from(list(KINDS)), pair=st.sampled_from(PAIRS[sender]), amount=AMOUNTS,
        linked=st.sampled_from((False, False, True)), held=st.integers(0, 3), releaser=st.sampled_from((0, 0, 7, 3)),
        timeout=st.sampled_from((0, 1, 60, 86_400)), uetr=st.integers(0, 10_000),
        twist=st.one_of(st.none(), st.none(), st.none(), st.none(), st.sampled_from(TWISTS)),
    )  # fmt: skip
    return Sent(draw(PAUSES), sender, tuple(draw(st.lists(rows, min_size=1, max_size=6))))


PAUSES = st.sampled_from((0, 0, 0, 0, 0, 1, 999, 1_000, 60_000, 86_400_000, 14 * 86_400_000, 60 * 86_400_000))
MESSAGES = messages()
HISTORIES = st.lists(MESSAGES, min_size=1, max_size=12)


def transfers(nation: Nation, sent: Sent) -> list[Transfers]:
    """The message's rows. A chain ends with the message, unless a test opens it."""
    rows = [_row(nation, sent.sender, row) for row in sent.rows]
    rows[-1]["flags"] &= 0xFFFE
    return rows


def _row(nation: Nation, sender: str, row: Row) -> Transfers:
    """A post or void without a reservation to settle becomes a reservation."""
    held = _reservation(nation, sender, row) if KINDS[row.kind] & 12 else None
    kind = row.kind if held is not None or not KINDS[row.kind] & 12 else "reserve"
    amount, (debit, credit) = row.amount, (nation.accounts[name] for name in row.pair)
    given: dict[str, Any] = {"purpose": ISSUANCE if row.pair[0].endswith("issuance") else PAYMENT}
    if held is not None:
        debit, credit = int(held["debit"]), int(held["credit"])
        given = {"purpose": int(held["purpose"]), "pending": int(held["position"])}
        amount = {"post": int(held["remaining"]), "void": 0}.get(kind, min(amount, max(1, int(held["remaining"]))))
    if kind == "reserve":
        given |= {"releaser": row.releaser, "timeout_seconds": row.timeout}
    given["uetr"] = row.uetr.to_bytes(6, "little") + b"\x40\0\x80" + bytes(7)
    given["flags"] = KINDS[kind] | row.linked | (128 if amount >= 10_000_00 else 0)
    if row.twist is not None:
        name, value = row.twist
        given |= {name: bytes(32) if name == "evidence" else value}
    return nation.transfer(**{"debit": debit, "credit": credit, "amount": amount, **given})


def _reservation(nation: Nation, sender: str, row: Row) -> Any:
    """An open reservation that the sender may settle; now and then one that he may not, or that is closed."""
    rows = nation.state.pendings[: count(nation.state, "pendings")]
    mine = rows[(rows["remaining"] > 0) & (rows["releaser"] == nation.institutions[sender])]
    chosen = rows if row.twist == ("pending", 7) else mine
    return chosen[-1 - row.held % len(chosen)] if len(chosen) else None


def play(nation: Nation, sent: Sent) -> None:
    nation.wait(sent.pause_ms)
    nation.send(sent.sender, *transfers(nation, sent))
