"""No number that fits an act's fields stops the node: a crash would repeat on every replay."""

from typing import Any

import pytest

from sanad.rulebook.edition1.acts import SCHEMAS, SYSTEM_ONLY
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import Right
from sanad.rulebook.message import Kind
from tests.scenarios.nation import Entry, Nation

HUGE = 2**63 - 1
PLAIN: dict[type, Any] = {int: 0, bytes: bytes(32), str: "x", list: []}


def hostile(kind: type) -> list[Any]:
    if kind is int:
        return [0, 1, 2, 4, 2**16, 2**32, HUGE]
    if kind is list:
        return [[], [[1, 1, 1, 2**64 - 1]], [None], [bytes(116)], [b"\xff" * 116], [[-1, -1, -1, -1]]]
    return [PLAIN[kind], PLAIN[kind] * 40]


def who_sends(schema: Any) -> tuple[str, Kind]:
    if schema.right is Right.RECOVER:
        return "Ghazala", Kind.PROPOSE
    if schema.needs_two:
        return "Amina", Kind.PROPOSE
    return ("Amina", Kind.ACT) if schema.right & Right.KEY else ("StateBank", Kind.ACT)


@pytest.mark.parametrize("schema", [each for each in SCHEMAS.values() if each.number not in SYSTEM_ONLY])
def test_every_act_answers_every_number(nation: Nation, schema: Any) -> None:
    signer, kind = who_sends(schema)
    for at, (_, changed) in enumerate(schema.fields):
        for basis in (0, 1, 4):
            for value in hostile(changed):
                fields = [basis if of is int else PLAIN[of] for _, of in schema.fields]
                fields[at] = value
                answer = nation.act(signer, kind, schema.number, *fields, digests=[bytes(32)])
                assert isinstance(answer, Entry)


def test_an_unknown_account_is_not_looked_up(nation: Nation) -> None:
    answer = nation.act("Amina", Kind.PROPOSE, "move_account", HUGE, 3, digests=[bytes(32)])
    assert isinstance(answer, Entry)
    assert answer.outcome is Outcome.ACCOUNT_UNKNOWN


def test_an_unknown_assets_issuer_is_not_looked_up(nation: Nation) -> None:
    answer = nation.act("Indus", Kind.ACT, "open_accounts", 4, HUGE, 1, 0, 0, 1)
    assert isinstance(answer, Entry)
    assert answer.outcome is Outcome.ASSET_UNKNOWN


def test_a_key_for_an_institution_of_too_large_a_number_is_not_checked(nation: Nation) -> None:
    answer = nation.act("Amina", Kind.PROPOSE, "register_key", HUGE, HUGE, 1, bytes(32), bytes(64), 1, 1, 1, 0)
    assert isinstance(answer, Entry)
    assert answer.outcome is Outcome.INSTITUTION_UNKNOWN


def test_unknown_flags_and_rights_are_out_of_range(nation: Nation) -> None:
    """Also those above the known bits, which `~` of an IntFlag does not cover."""
    opened = nation.act("Indus", Kind.ACT, "open_accounts", 2, 1, 2, 0, 0, 1)
    assert isinstance(opened, Entry)
    account = len(nation.accounts) + 1
    for flags in (32, 64, 128, 256, 2**40):
        for schema, fields in (("open_accounts", (2, 1, 2, 0, flags, 1)), ("set_account", (account, 0, flags))):
            answer = nation.act("Indus", Kind.ACT, schema, *fields)
            assert isinstance(answer, Entry)
            assert answer.outcome is Outcome.NUMBER_OUT_OF_RANGE
    for flags in (1, 16, 128, 256, 2**40):
        answer = nation.act("Amina", Kind.PROPOSE, "freeze", account, flags, digests=[bytes(32)])
        assert isinstance(answer, Entry)
        assert answer.outcome is Outcome.NUMBER_OUT_OF_RANGE
