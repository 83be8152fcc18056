"""Accounts: opened by their institution, changed by it, frozen and moved by an authority's order."""

from sanad.base.canonical import Value
from sanad.rulebook.edition1.acting import (
    Act,
    Acting,
    by_authority,
    class_of,
    is_account,
    is_asset,
    is_institution,
    unless,
)
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.state import ACCOUNTS_MAX, State, count, grown
from sanad.rulebook.edition1.words import (
    HOLDER_CLASSES,
    TIERS,
    AccountFlag,
    AccountKind,
    InstitutionClass,
    InstitutionStatus,
)

OPENED_MAX = 1 << 17
# Plain integers: `~` of an IntFlag is only its known other bits, and would let unknown ones pass.
_OPENING_FLAGS = int(AccountFlag.NO_DEBIT | AccountFlag.NO_CREDIT | AccountFlag.MAY_OVERDRAW | AccountFlag.HOLDER_SIGNS)
_OWNER_FLAGS = _OPENING_FLAGS | int(AccountFlag.CLOSED)
_FROZEN = int(AccountFlag.FROZEN_DEBIT | AccountFlag.FROZEN_CREDIT)
_MAY_OPEN = (InstitutionStatus.ACTIVE, InstitutionStatus.PROVISIONAL)
_TAX_CLASSES = (InstitutionClass.AUTHORITY, InstitutionClass.TREASURY)


def check_open_accounts(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: kind, asset, holder class, tier, flags, how many (equal ones, numbered in a row)."""
    kind, asset, holder_class, tier, flags, opened = act.fields
    fits = (
        0 < holder_class < HOLDER_CLASSES
        and tier < TIERS
        and flags & ~_OPENING_FLAGS == 0
        and 0 < opened <= OPENED_MAX
        and count(state, "accounts") + opened <= ACCOUNTS_MAX
    )
    return (
        unless(is_institution(state, by.institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(is_asset(state, asset), Outcome.ASSET_UNKNOWN)
        or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(int(state.institutions[by.institution]["status"]) in _MAY_OPEN, Outcome.NOT_IN_FORCE_HERE)
        or _kind_allowed(state, by.institution, kind, asset, flags)
        or unless(
            kind != AccountKind.ISSUANCE or (opened == 1 and not _is_issued(state, asset)),
            Outcome.ACCOUNT_KIND_NOT_ALLOWED,
        )
    )


def _is_issued(state: State, asset: int) -> bool:
    """Whether an asset has an open issuance account. With two of them an issuer could feel for others' balances:
    a chain that must break tells whether a credit would leave the range of 63 bits, and moves nothing.
    """
    rows = state.accounts[1 : count(state, "accounts") + 1]
    is_open = rows["flags"] & AccountFlag.CLOSED == 0
    return bool(((rows["kind"] == AccountKind.ISSUANCE) & (rows["asset"] == asset) & is_open).any())


def _kind_allowed(state: State, institution: int, kind: int, asset: int, flags: int) -> Outcome:
    """Only the issuer issues, only an issuance account may go below zero, only the State collects tax."""
    allowed = kind in AccountKind.__members__.values()
    if kind == AccountKind.ISSUANCE:
        allowed = int(state.assets[asset]["issuer"]) == institution
    if kind == AccountKind.TAX:
        allowed = class_of(state, institution) in _TAX_CLASSES
    if flags & AccountFlag.MAY_OVERDRAW:
        allowed = allowed and kind == AccountKind.ISSUANCE
    return unless(allowed, Outcome.ACCOUNT_KIND_NOT_ALLOWED)


def write_open_accounts(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the first number and how many."""
    kind, asset, holder_class, tier, flags, opened = act.fields
    first = count(state, "accounts") + 1
    state.accounts = grown(state.accounts, first + opened)
    rows = state.accounts[first : first + opened]
    rows["institution"] = by.institution
    rows["asset"] = asset
    rows["kind"] = kind
    rows["holder_class"] = holder_class
    rows["tier"] = tier
    rows["flags"] = flags
    rows["opened_entry"] = by.entry
    state.counters["accounts"] = first + opened - 1
    return [first, opened]


def check_set_account(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: account, tier, owner's flags. Closing is for good and needs an empty account."""
    account, tier, flags = act.fields
    if not is_account(state, account):
        return Outcome.ACCOUNT_UNKNOWN
    row = state.accounts[account]
    if int(row["institution"]) != by.institution:
        return Outcome.ACCOUNT_NOT_YOURS
    empty = int(row["balance"]) == 0 and int(row["reserved"]) == 0
    return (
        unless(not int(row["flags"]) & AccountFlag.CLOSED, Outcome.ACCOUNT_UNKNOWN)
        or unless(tier < TIERS and flags & ~_OWNER_FLAGS == 0, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(empty or not flags & AccountFlag.CLOSED, Outcome.ACCOUNT_NOT_EMPTY)
        or _kind_allowed(state, by.institution, int(row["kind"]), int(row["asset"]), flags)
    )


def write_set_account(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers account, tier, all flags."""
    account, tier, flags = act.fields
    row = state.accounts[account]
    row["tier"] = tier
    row["flags"] = (int(row["flags"]) & _FROZEN) | flags
    return [account, tier, int(row["flags"])]


def check_freeze(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: account, frozen flags (0 lifts). Its first digest is the order's."""
    account, flags = act.fields
    return (
        unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or by_authority(state, by)
        or unless(is_account(state, account), Outcome.ACCOUNT_UNKNOWN)
        or unless(flags & ~_FROZEN == 0, Outcome.NUMBER_OUT_OF_RANGE)
    )


def write_freeze(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers account, all flags."""
    account, flags = act.fields
    row = state.accounts[account]
    row["flags"] = (int(row["flags"]) & ~_FROZEN) | flags
    return [account, int(row["flags"])]


def check_move_account(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: account, institution that holds it from now on (succession). Its first digest is the order's."""
    account, institution = act.fields
    return (
        unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or by_authority(state, by)
        or unless(is_institution(state, institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(is_account(state, account), Outcome.ACCOUNT_UNKNOWN)
        or _may_move(state, account, institution)
    )


def _may_move(state: State, account: int, institution: int) -> Outcome:
    """Issuance stays with the issuer, and nobody is given an account of a kind that he could not open."""
    row = state.accounts[account]
    kind, asset = int(row["kind"]), int(row["asset"])
    return unless(kind != AccountKind.ISSUANCE, Outcome.ACCOUNT_KIND_NOT_ALLOWED) or _kind_allowed(
        state, institution, kind, asset, 0
    )


def write_move_account(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers account, new and old institution."""
    account, institution = act.fields
    old = int(state.accounts[account]["institution"])
    state.accounts["institution"][account] = institution
    return [account, institution, old]
