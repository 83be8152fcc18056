"""What each act checks beyond the stories, and that where several checks fail the lowest number is named."""

from typing import Any

import pytest

from sanad.base.canonical import encode
from sanad.base.errors import Fault, Malformed
from sanad.rulebook.edition1.apply import apply_genesis, genesis_acts
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.state import empty_state
from sanad.rulebook.edition1.words import Right
from sanad.rulebook.message import Kind
from tests.scenarios import founding
from tests.scenarios.founding import act_body, signing_key
from tests.scenarios.nation import Entry, Nation, found

ORDER = {"digests": [bytes(32)]}
NAME, WIDE = "Jhelum", "x" * 201


def outcome(answer: Any) -> Outcome:
    assert isinstance(answer, Entry), answer
    return answer.outcome


def proposed(nation: Nation, schema: str, *fields: Any, **lists: Any) -> Outcome:
    return outcome(nation.act("Amina", Kind.PROPOSE, schema, *fields, **lists))


@pytest.mark.parametrize(
    "fields",
    [
        (0, 1, NAME, "", "", 1), (9, 1, NAME, "", "", 1), (3, 0, NAME, "", "", 1), (3, 7, NAME, "", "", 1),
        (3, 1, "", "", "", 1), (3, 1, WIDE, "", "", 1), (3, 1, "Jhelum\n", "", "", 1), (3, 1, "\u202eknaB", "", "", 1),
        (3, 1, "Jhe\u200blum", "", "", 1), (3, 1, NAME, "ABCDEF", "", 1), (3, 1, NAME, "ABCD EF\n", "", 1),
        (3, 1, NAME, "", "5299", 1), (3, 1, NAME, "", "؀" * 20, 1), (3, 1, NAME, "", "", 2**50 + 1),
    ],
)  # fmt: skip
def test_an_institution_has_a_class_a_status_and_a_name_that_shows_all_it_is(nation: Nation, fields: Any) -> None:
    assert proposed(nation, "register_institution", *fields) is Outcome.NUMBER_OUT_OF_RANGE


def test_a_name_may_be_in_urdu(nation: Nation) -> None:
    assert proposed(nation, "register_institution", 3, 1, "سندھ بینک", "SINDPKKA", "", 1) is Outcome.ADMITTED


@pytest.mark.parametrize(
    ("schema", "fields", "expected"),
    [
        ("set_status", (999, 99), Outcome.INSTITUTION_UNKNOWN),
        ("set_status", (3, 99), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_quota", (3, 2**50 + 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("register_person", (999, 0), Outcome.INSTITUTION_UNKNOWN),
        ("register_person", (3, 2), Outcome.NUMBER_OUT_OF_RANGE),
        ("deactivate_person", (99,), Outcome.PERSON_UNKNOWN),
        ("register_asset", ("", 2, 2, 1, 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("register_asset", ("A" * 13, 2, 2, 1, 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("register_asset", ("A\n", 2, 2, 1, 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("register_asset", ("AED", 2, 19, 1, 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("register_asset", ("AED", 2, 2, 1, 2**32), Outcome.NUMBER_OUT_OF_RANGE),
        ("register_asset", ("AED", 999, 99, 1, 1), Outcome.INSTITUTION_UNKNOWN),
        ("register_asset", ("PKR", 2, 2, 1, 1), Outcome.ASSET_EXISTS),
        ("set_bound_from", (99, 1), Outcome.ASSET_UNKNOWN),
        ("set_purpose", (0, 1, 1, 1, 0), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_purpose", (64, 1, 1, 1, 0), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_purpose", (1, 2, 1, 1, 0), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_purpose", (1, 1, 1, 2**32 - 1, 0), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_purpose", (1, 1, 1, 1, 2), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_permissions", ([[1, 1, 1, 4]],), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_permissions", ([[0, 1, 1, 1]],), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_permissions", ([[16, 1, 1, 1]],), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_permissions", ([[1, 1, 1, True]],), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_limit", (1, 0, 1, 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_parameter", (0, 1), Outcome.NUMBER_OUT_OF_RANGE),
        ("set_parameter", (4, 8_191), Outcome.NUMBER_OUT_OF_RANGE),
        ("freeze", (999_999, 128), Outcome.ACT_FIELDS_WRONG),
        ("move_account", (999_999, 999), Outcome.ACT_FIELDS_WRONG),
        ("court_order", ([],), Outcome.ACT_FIELDS_WRONG),
        ("reassign_releaser", (0, 999), Outcome.ACT_FIELDS_WRONG),
    ],
)
def test_the_check_that_fails_is_named(nation: Nation, schema: str, fields: Any, expected: Outcome) -> None:
    assert proposed(nation, schema, *fields) is expected


@pytest.mark.parametrize(
    ("schema", "fields", "expected"),
    [
        ("freeze", (999_999, 128), Outcome.ACCOUNT_UNKNOWN),
        ("freeze", (1, 128), Outcome.NUMBER_OUT_OF_RANGE),
        ("move_account", (999_999, 999), Outcome.INSTITUTION_UNKNOWN),
        ("move_account", (999_999, 3), Outcome.ACCOUNT_UNKNOWN),
        ("court_order", ([],), Outcome.ORDER_NOT_EXECUTABLE),
        ("court_order", ([bytes(116)] * 65,), Outcome.ORDER_NOT_EXECUTABLE),
        ("court_order", ([bytes(115)],), Outcome.ORDER_NOT_EXECUTABLE),
        ("reassign_releaser", (0, 999), Outcome.INSTITUTION_UNKNOWN),
        ("reassign_releaser", (0, 3), Outcome.ORDER_NOT_EXECUTABLE),
    ],
)
def test_orders_with_their_digest(nation: Nation, schema: str, fields: Any, expected: Outcome) -> None:
    assert proposed(nation, schema, *fields, **ORDER) is expected
    if schema != "reassign_releaser":
        by_bank = nation.act("Imran", Kind.PROPOSE, schema, *fields, **ORDER)
        assert outcome(by_bank) is Outcome.NOT_IN_FORCE_HERE


@pytest.mark.parametrize(
    "change",
    [
        {"uetr": b"\1" * 16}, {"evidence": b"\1" * 32}, {"flags": 1}, {"flags": 2}, {"flags": 128}, {"releaser": 3},
        {"timeout_seconds": 1}, {"reserved": 1}, {"pending": 8_192}, {"purpose": 63}, {"purpose": 65_535},
        {"credit": 1}, {"asset": 2}, {"amount": 2**63}, {"amount": 0}, {"flags": 8}, {"flags": 4, "pending": 8_192},
    ],
)  # fmt: skip
def test_an_order_that_could_not_be_carried_out_is_not_taken(nation: Nation, change: dict[str, Any]) -> None:
    nation.act("StateBank", Kind.ACT, "open_accounts", 1, 1, 1, 0, 0, 1)
    fields = {"debit": 1, "credit": 5, "amount": 5, "uetr": bytes(16), "evidence": bytes(32), **change}
    row = nation.transfer(**fields)
    assert proposed(nation, "court_order", [row.tobytes()], **ORDER) is Outcome.ORDER_NOT_EXECUTABLE


def test_a_bank_registers_its_own_persons_and_systems_only(nation: Nation) -> None:
    imran = nation.persons["Imran"]
    for institution, person, expected in (
        (3, 0, Outcome.ADMITTED), (3, nation.persons["Rabia"], Outcome.PERSON_UNKNOWN),
        (4, imran, Outcome.NOT_IN_FORCE_HERE), (999, 0, Outcome.NOT_IN_FORCE_HERE),
    ):  # fmt: skip
        key = signing_key(f"new {institution} {person}")
        possession = nation.possession(key, institution, person)
        rights = int(Right.READ)
        fields = (institution, person, 1, bytes(key.verify_key), possession, rights, 5, 6, 0)
        assert outcome(nation.act("Imran", Kind.PROPOSE, "register_key", *fields)) is expected


@pytest.mark.parametrize(
    ("at", "value", "expected"),
    [
        (2, 2, Outcome.NUMBER_OUT_OF_RANGE), (3, bytes(31), Outcome.NUMBER_OUT_OF_RANGE),
        (4, bytes(63), Outcome.POSSESSION_NOT_PROVED), (5, 0, Outcome.SCOPE_NOT_ALLOWED),
        (5, 512, Outcome.SCOPE_NOT_ALLOWED), (5, 2**40, Outcome.SCOPE_NOT_ALLOWED), (5, 16, Outcome.SCOPE_NOT_ALLOWED),
        (6, 7, Outcome.NUMBER_OUT_OF_RANGE), (7, 65_536, Outcome.NUMBER_OUT_OF_RANGE),
        (8, 2**63 - 1, Outcome.ADMITTED),
    ],
)  # fmt: skip
def test_a_keys_fields(nation: Nation, at: int, value: Any, expected: Outcome) -> None:
    key = signing_key("a new system")
    fields: list[Any] = [3, 0, 1, bytes(key.verify_key), nation.possession(key, 3, 0), int(Right.TRANSFER), 5, 6, 0]
    fields[at] = value
    assert outcome(nation.act("Imran", Kind.PROPOSE, "register_key", *fields)) is expected


def test_recovery_comes_due_only_if_the_key_is_still_free(nation: Nation) -> None:
    key = signing_key("Rescue")
    fields = (1, 1, bytes(key.verify_key), nation.possession(key, 1, 0), 5, 6)
    nation.decide("Ghazala", "Hamid", "recover", *fields)
    taken = (1, 0, 1, bytes(key.verify_key), nation.possession(key, 1, 0), int(Right.READ), 5, 6, 0)
    assert outcome(nation.decide("Amina", "Bilal", "register_key", *taken)) is Outcome.ADMITTED
    nation.wait(7 * 86_400_000)
    nation.open_block()
    assert nation.entries[-1].outcome is Outcome.KEY_ALREADY_REGISTERED
    assert nation.state.proposals == {}


def test_members_of_the_recovery_set_may_come_from_several_institutions(nation: Nation) -> None:
    nation.decide("Amina", "Bilal", "register_person", 8, 1)
    person, key = len(nation.state.person_table), signing_key("Tariq")
    fields = (8, person, 1, bytes(key.verify_key), nation.possession(key, 8, person), int(Right.RECOVER), 50, 50, 0)
    assert outcome(nation.decide("Amina", "Bilal", "register_key", *fields)) is Outcome.ADMITTED
    nation.give_key("Tariq", 8, person, 50)
    rescue = signing_key("Rescue")
    asked = (1, 1, bytes(rescue.verify_key), nation.possession(rescue, 1, 0), 5, 6)
    assert outcome(nation.decide("Ghazala", "Tariq", "recover", *asked)) is Outcome.ADMITTED


# --- genesis --------------------------------------------------------------------------------------------------------


def test_genesis_without_enough_persons_with_keys_founds_nothing() -> None:
    """Three persons of the authority with keys that confirm, and two of the recovery set: names alone do not count."""
    acts = founding.founding_acts()
    for names in (("Amina",), ("Ghazala",)):
        left_out = [bytes(signing_key(name).verify_key) for name in names]
        kept = [act for act in acts if not any(public in act for public in left_out)]
        with pytest.raises(Fault, match="genesis names"):
            apply_genesis(empty_state(), bytes(16), kept, founding.FOUNDED_MS, bytes(32))


def test_accounts_of_genesis_have_an_institution() -> None:
    acts = [*founding.founding_acts(), act_body("open_accounts", 2, 1, 2, 0, 0, 1)]
    with pytest.raises(Fault, match="INSTITUTION_UNKNOWN"):
        apply_genesis(empty_state(), bytes(16), acts, founding.FOUNDED_MS, bytes(32))


def test_a_genesis_body_is_read_whole_or_not_at_all(nation: Nation) -> None:
    name = "sanad/genesis/private/v1"
    assert genesis_acts(encode([name, b"public", bytes(32), [b"act"]])) == (b"public", bytes(32), [b"act"])
    for wrong in (
        ["other", b"", bytes(32), []],
        [name, b"", bytes(31), []],
        [name, b"", bytes(32), [b"", None]],
        [name],
    ):
        with pytest.raises(Malformed, match="not_genesis"):
            genesis_acts(encode(wrong))  # type: ignore[arg-type]


def test_the_first_window_has_the_size_that_genesis_sets() -> None:
    nation = found(post)
    assert len(nation.state.current.slots) == founding.WINDOW_CAPACITY
