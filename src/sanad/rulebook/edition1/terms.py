"""Assets and the numbers that bind posting: purposes, permissions, limits, thresholds, parameters."""

from sanad.base.canonical import Value
from sanad.rulebook.edition1.acting import (
    Act,
    Acting,
    by_authority,
    class_of,
    is_asset,
    is_institution,
    unless,
)
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.register import publish
from sanad.rulebook.edition1.state import ASSETS_MAX, Asset, State, count, grown
from sanad.rulebook.edition1.words import (
    ALL_ONES_32,
    AMOUNT_MAX,
    CLASSES,
    PURPOSES,
    RULE_DEFAULTS,
    STATUSES,
    TIERS,
    InstitutionClass,
    RegisterType,
    Rule,
)

EXPONENT_MAX = 18
ROWS_MAX = 4_096
RULE_VALUES_MAX = 256
_PERMISSION_MOST = (CLASSES - 1, STATUSES - 1, PURPOSES - 1, 3)
PARAMETER_RANGES: dict[int, tuple[str, int, int]] = {
    1: ("zone_offset_seconds", 0, 14 * 3_600),
    2: ("window_days", 1, 366),
    3: ("window_capacity", 1 << 10, 1 << 30),
    4: ("expiries_per_block", 1, 8_190),
    5: ("recovery_delay_seconds", 1, 90 * 86_400),
    6: ("proposal_seconds", 60, 366 * 86_400),
}
"""Number of a parameter: its name and the least and largest value."""


def check_register_asset(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: identifier, issuer, exponent, bound from (minor units), holder classes (bit mask)."""
    identifier, issuer, exponent, bound_from, holders = act.fields
    own = not by.founding and by.institution == issuer and class_of(state, issuer) == InstitutionClass.CENTRAL_BANK
    fits = (
        0 < len(identifier) <= 12
        and identifier.isascii()
        and identifier.isprintable()
        and exponent <= EXPONENT_MAX
        and bound_from <= AMOUNT_MAX
        and holders <= ALL_ONES_32
        and count(state, "assets") + 1 < ASSETS_MAX
    )
    taken = any(row.identifier == identifier and row.issuer == issuer for row in state.asset_table.values())
    return (
        (Outcome.ADMITTED if own else by_authority(state, by))
        or unless(is_institution(state, issuer), Outcome.INSTITUTION_UNKNOWN)
        or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(not taken, Outcome.ASSET_EXISTS)
    )


def write_register_asset(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the new asset's number."""
    identifier, issuer, exponent, bound_from, holders = act.fields
    number = count(state, "assets") + 1
    state.assets = grown(state.assets, number + 1)
    old = len(state.limits)
    state.limits = grown(state.limits, number + 1)
    state.limits["transfer"][old:] = AMOUNT_MAX
    state.limits["daily"][old:] = AMOUNT_MAX
    row = state.assets[number]
    row["issuer"], row["holder_classes"], row["bound_from"], row["exponent"] = issuer, holders, bound_from, exponent
    state.asset_table[number] = Asset(number, identifier, issuer)
    state.counters["assets"] = number
    return [number]


def check_set_bound_from(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: asset, amount from which evidence must be bound, minor units."""
    asset, amount = act.fields
    return (
        by_authority(state, by)
        or unless(is_asset(state, asset), Outcome.ASSET_UNKNOWN)
        or unless(amount <= AMOUNT_MAX, Outcome.NUMBER_OUT_OF_RANGE)
    )


def write_set_bound_from(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers asset, amount."""
    asset, amount = act.fields
    state.assets["bound_from"][asset] = amount
    return [asset, amount]


def check_set_purpose(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: purpose, known, default time-out, longest time-out (seconds), none allowed.

    A known purpose has a default of at least a second: a reservation that is over at once would be none.
    """
    purpose, known, default, most, none_allowed = act.fields
    fits = 0 < purpose < PURPOSES and known in (0, 1) and none_allowed in (0, 1) and known <= default <= ALL_ONES_32
    return by_authority(state, by) or unless(fits and most < ALL_ONES_32, Outcome.NUMBER_OUT_OF_RANGE)


def write_set_purpose(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the five fields."""
    purpose, known, default, most, none_allowed = act.fields
    row = state.purposes[purpose]
    row["known"], row["default"], row["most"], row["none_allowed"] = known, default, most, none_allowed
    return list(act.fields)


def check_set_permissions(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: rows of [class, status, purpose, permission byte]."""
    (rows,) = act.fields
    fits = 0 < len(rows) <= ROWS_MAX and all(_is_permission(row) for row in rows)
    return by_authority(state, by) or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)


def _is_permission(row: object) -> bool:
    if not isinstance(row, list) or len(row) != 4 or not all(type(number) is int for number in row):
        return False
    numbers = [int(number) for number in row]
    return (
        all(0 <= number <= most for number, most in zip(numbers, _PERMISSION_MOST, strict=True))
        and 0 not in numbers[:3]
    )


def write_set_permissions(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the rows."""
    (rows,) = act.fields
    for number_class, status, purpose, permission in rows:
        state.permissions[number_class, status, purpose] = permission
    return [rows]


def check_set_limit(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: asset, tier (1-15), most a transfer, most a day, minor units."""
    asset, tier, transfer, daily = act.fields
    return (
        by_authority(state, by)
        or unless(is_asset(state, asset), Outcome.ASSET_UNKNOWN)
        or unless(0 < tier < TIERS and transfer <= AMOUNT_MAX and daily <= AMOUNT_MAX, Outcome.NUMBER_OUT_OF_RANGE)
    )


def write_set_limit(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the four fields."""
    asset, tier, transfer, daily = act.fields
    state.limits[asset, tier] = (transfer, daily)
    return list(act.fields)


def check_set_parameter(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: parameter, value. The window's length and size take effect when the next window opens."""
    number, value = act.fields
    _, least, most = PARAMETER_RANGES.get(number, ("", 1, 0))
    return by_authority(state, by) or unless(least <= value <= most, Outcome.NUMBER_OUT_OF_RANGE)


def write_set_parameter(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers parameter, value."""
    number, value = act.fields
    if PARAMETER_RANGES[number][0] == "window_days" and not by.founding:
        # Windows are counted in their own length: counted anew, the open one stays open until its time.
        state.window_number = state.time_ms // (value * 86_400_000)
    setattr(state.parameters, PARAMETER_RANGES[number][0], value)
    return [number, value]


# --- rule packs: numbers that a regulator fixes ----------------------------------------------------------------------


def rule_value(state: State, rule: Rule, time_ms: int) -> int:
    """The value in force at a time: the newest that is valid from then or before, else the law's default."""
    dated = [row for row in state.rule_values.get(int(rule), []) if row[0] <= time_ms]
    return int(max(dated)[1]) if dated else RULE_DEFAULTS[rule]


def check_set_rule(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: rule, value, valid from ms. Never into the past: what was decided stays decided by what was valid."""
    rule, value, valid_from_ms = act.fields
    is_rule = rule in Rule.__members__.values()
    # 0 says of some rules that nothing is asked; of a number of days to decide it would make no sense.
    least = 0 if is_rule and RULE_DEFAULTS[Rule(rule)] == 0 else 1
    fits = is_rule and least <= value < 2**31 and valid_from_ms >= by.time_ms
    room = len(state.rule_values.get(rule, [])) < RULE_VALUES_MAX
    return by_authority(state, by) or unless(fits and room, Outcome.NUMBER_OUT_OF_RANGE)


def write_set_rule(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the three fields."""
    rule, value, valid_from_ms = act.fields
    rows = state.rule_values.setdefault(rule, [])
    rows.append([valid_from_ms, value, by.entry])
    publish(state, RegisterType.RULE, rule, [rows])
    return list(act.fields)
