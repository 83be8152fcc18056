"""A small nation for histories: institutions, assets and accounts in all conditions, on two small windows."""

from random import Random

from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.words import AMOUNT_MAX, NO_TIMEOUT, AccountFlag

START_MS = 1_800_000_000_000
INSTITUTIONS = 6
ASSETS = 3
PURPOSES = (1, 2, 5, 9, 63)
CAPACITIES = (1, 7, 64, 1_000, *[5_000] * 8, *[16_384] * 12)
_MAY_OVERDRAW = int(AccountFlag.MAY_OVERDRAW)


def nation(random: Random) -> st.State:
    """A state in which every asset's balances sum to zero."""
    state = st.empty_state()
    for number in range(1, INSTITUTIONS + 1):
        scope = random.choice((*[2**64 - 1] * 6, random.getrandbits(64) | 2))
        status = random.choice((1, 1, 1, 1, 1, 1, 1, 1, 1, 3))
        state.institutions[number] = (random.randint(1, 3), status, (0,) * 6, scope)
    state.permissions[1:4, 1, :] = 3
    state.permissions[1:4, 3, 1] = 3
    state.permissions[random.randint(1, 3), 1, random.choice(PURPOSES)] = random.randint(0, 3)
    for number in range(1, ASSETS + 1):
        state.assets[number]["holder_classes"] = 0xFFFFFFFF & ~(1 << random.randrange(64))
        state.assets[number]["bound_from"] = random.choice((0, 1, 200, 10_000, 10_000, AMOUNT_MAX))
        for tier in range(1, 4):
            state.limits[number, tier] = (random.randint(1, 1_000), random.randint(1, 3_000))
    for purpose in PURPOSES:
        default = random.choice((0, 60, 3_600, 3_600, 3_600, 3_600, NO_TIMEOUT))
        state.purposes[purpose] = (1, random.randint(0, 1), (0, 0), default, 7_200)
    accounts = random.choice((6, 20, 40, 40, 300, 300))
    counters = state.counters
    counters["accounts"], counters["institutions"], counters["assets"] = accounts, INSTITUTIONS, ASSETS
    _open_accounts(random, state, accounts)
    for _ in range(2):
        st.set_window(state, random.choice(CAPACITIES), random.randbytes(16))
    return state


def _open_accounts(random: Random, state: st.State, accounts: int) -> None:
    """The first account of each asset issues: it alone may be below zero, and so it never rises above."""
    for number in range(1, accounts + 1):
        row = state.accounts[number]
        asset = 1 + (number - 1) % ASSETS if number <= ASSETS else random.choice((1, 1, 2, 3))
        row["asset"] = asset
        row["institution"] = 1 + number % INSTITUTIONS if random.random() < 0.8 else random.randint(1, INSTITUTIONS)
        row["holder_class"] = (
            random.choice((1, 2, 5, 31)) if random.random() < 0.97 else random.choice((32, 33, 64, 255))
        )
        row["tier"] = random.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 3))
        row["opened_entry"] = 1
        if number <= ASSETS:
            row["flags"] = _MAY_OVERDRAW
        else:
            row["flags"] = random.getrandbits(7) & ~_MAY_OVERDRAW if random.random() < 0.06 else 0
            row["balance"] = random.choice((0, 1, 1_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, AMOUNT_MAX >> 10))
            state.accounts[asset]["balance"] -= row["balance"]


def plain_nation(capacity: int = 16_384) -> st.State:
    """Two banks, 1 and 2, and an agent, 3; accounts 1 to 9 of bank 1, 10 to 19 of bank 2; 1 and 10 issue asset 1 and 2.

    Accounts 2 to 6 and 11 to 14 are in asset 1, the others in asset 2; all but the issuing ones hold 1,000.
    """
    state = st.empty_state()
    state.institutions[1:4] = (3, 1, (0,) * 6, 2**64 - 1)
    state.permissions[3, 1, 1] = 3
    state.purposes[1] = (1, 1, (0, 0), 60, 3_600)
    counters = state.counters
    counters["accounts"], counters["institutions"], counters["assets"] = 19, 3, 2
    state.assets["holder_classes"][1:3], state.assets["bound_from"][1:3] = 2**32 - 1, AMOUNT_MAX
    rows = state.accounts[1:20]
    rows["institution"] = [1] * 9 + [2] * 10
    rows["asset"] = [1] * 6 + [2] * 4 + [1] * 4 + [2] * 5
    rows["holder_class"], rows["balance"] = 2, 1_000
    for issuing in (1, 10):
        state.accounts[issuing]["flags"] = _MAY_OVERDRAW
        asset = state.accounts[issuing]["asset"]
        others = rows[rows["asset"] == asset]
        state.accounts[issuing]["balance"] = -1_000 * (len(others) - 1)
    for key in (bytes(range(16)), bytes(range(1, 17))):
        st.set_window(state, capacity, key)
    return state
