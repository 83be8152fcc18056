"""A nation with some money in it, the same at the start of every example."""

from functools import cache

import numpy as np

from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.state import State, count
from sanad.rulebook.edition1.words import AccountFlag, AccountKind
from sanad.rulebook.message import Kind
from tests.scenarios.nation import Nation, found, twin

OPENED = (  # name, institution, asset, kind, tier
    ("Ali", "Indus", 1, 2, 1), ("Asma", "Indus", 1, 2, 0), ("Bina", "Ravi", 1, 2, 1), ("RaviCash", "Ravi", 1, 1, 0),
    ("IndusDollars", "Indus", 2, 1, 0), ("RaviDollars", "Ravi", 2, 1, 0),
)  # fmt: skip


@cache
def _opened() -> Nation:
    nation = found(post)
    for name, institution, asset, kind, tier in OPENED:
        nation.act(institution, Kind.ACT, "open_accounts", kind, asset, 1, tier, 0, 1)
        nation.accounts[name] = len(nation.accounts) + 1
    for name in ("Ali", "Bina", "RaviCash", "IndusDollars"):
        nation.fund(name, 500_000)
    return nation


def opened() -> Nation:
    return twin(_opened())


def check_books(state: State) -> None:
    """What is true after every entry, whatever came before."""
    accounts = state.accounts[1 : count(state, "accounts") + 1]
    pendings = state.pendings[: count(state, "pendings")]
    for asset in range(1, count(state, "assets") + 1):
        assert sum(int(each) for each in accounts["balance"][accounts["asset"] == asset]) == 0
    assert set(accounts["kind"][accounts["balance"] < 0]) <= {int(AccountKind.ISSUANCE)}
    for number, row in enumerate(accounts, start=1):
        held = sum(int(each) for each in pendings["remaining"][pendings["debit"] == number])
        assert int(row["reserved"]) == held >= 0
        if not int(row["flags"]) & AccountFlag.MAY_OVERDRAW:
            assert int(row["balance"]) - int(row["reserved"]) >= 0
    assert np.all(np.diff(pendings["position"].astype(np.int64)) > 0)
    assert int((pendings["remaining"] == 0).sum()) == count(state, "pendings_closed")
    assert int((state.current.slots["position"] != 0).sum()) == count(state, "window_used")
