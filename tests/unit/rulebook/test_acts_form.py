"""An act's bytes at the edge: canonical, an array, lists in order."""

import pytest

from sanad.base.canonical import Value, encode
from sanad.base.errors import Malformed
from sanad.rulebook.edition1.acts import RECIPIENTS_MAX, SCHEMAS, encode_act, encode_decision, parse_act

GOOD: list[Value] = [60, [1, 2], [1], [bytes(32)], 1, 0, 0]


def test_an_act_is_taken_apart() -> None:
    act = parse_act(encode(list(GOOD)))
    assert (act.schema, act.recipients, act.refers, act.digests, act.fields) == (
        60,
        (1, 2),
        (1,),
        (bytes(32),),
        (1, 0, 0),
    )


@pytest.mark.parametrize(
    "value",
    [
        None, 60, "act", [], [60], [60, [], []], ["60", [], [], []], [-1, [], [], []], [True, [], [], []],
        [2**63, [], [], []], [60, [2, 1], [], []], [60, [1, 1], [], []], [60, 1, [], []], [60, [], [-1], []],
        [60, [], ["1"], []], [60, [], [], [bytes(31)]], [60, [], [], ["x" * 32]],
        [60, list(range(RECIPIENTS_MAX + 1)), [], []], [60, [], [], [bytes(32)] * (RECIPIENTS_MAX + 1)],
    ],
)  # fmt: skip
def test_what_is_no_act_is_malformed(value: object) -> None:
    with pytest.raises(Malformed, match="not_an_act"):
        parse_act(encode(value))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_msgpack"),
        (b"\xc1", "not_msgpack"),
        (encode(list(GOOD)) + b"\0", "not_msgpack"),
        (encode(list(GOOD))[:-1], "not_msgpack"),
        (b"\x94\xcc\x3c\x90\x90\x90", "not_canonical"),  # 60 in two bytes
        (b"\x94\x3c\x80\x90\x90", "not_canonical"),  # a map
        (b"\x94\xca\x42\x70\0\0\x90\x90\x90", "not_canonical"),  # a float
        (b"\x94\x3c\xdc\0\0\x90\x90", "not_canonical"),  # an empty array of 16-bit length
    ],
)
def test_other_encodings_of_the_same_are_malformed(data: bytes, code: str) -> None:
    with pytest.raises(Malformed, match=code):
        parse_act(data)


def test_acts_are_encoded_by_name() -> None:
    assert encode_act("statement", 1, 0, 0, recipients=[1, 2], refers=[1], digests=[bytes(32)]) == encode(list(GOOD))
    assert parse_act(encode_decision(7, b"body")).refers == (7,)


def test_schemas_have_their_numbers_and_names_once() -> None:
    assert len({schema.name for schema in SCHEMAS.values()}) == len(SCHEMAS)
    assert all(number == schema.number for number, schema in SCHEMAS.items())
