"""One value, one byte string."""

import pytest

from sanad.base.canonical import NESTING_MAX, decode, encode
from sanad.base.errors import Fault, Malformed


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_values_have_their_msgpack() -> None:
    assert encode([None, True, False, 0, 127, 128, -1, b"x", "x"]) == bytes.fromhex("99c0c3c2007fcc80ffc40178a178")


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 1.5, {"a": 1}, {1}, (1,), object()])
def test_what_is_not_canonical_is_our_own_fault(value: object) -> None:
    with pytest.raises(Fault):
        encode([value])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "not_msgpack"), ("00ff", "not_msgpack"), ("a1", "not_msgpack"), ("a1ff", "not_msgpack"),
        ("c1", "not_msgpack"),
        ("cc01", "not_canonical"), ("d001", "not_canonical"), ("c500017a", "not_canonical"),
        ("d90178", "not_canonical"),
        ("dc0000", "not_canonical"), ("80", "not_canonical"), ("ca00000000", "not_canonical"),
        ("d6ff00000000", "not_canonical"), ("c70105ff", "not_canonical"),
    ],
)  # fmt: skip
def test_other_bytes_are_malformed(data: str, code: str) -> None:
    with pytest.raises(Malformed) as raised:
        decode(bytes.fromhex(data), "act")
    assert (raised.value.field, raised.value.code) == ("act", code)


def test_nesting_is_bounded_and_hostile_nesting_is_no_crash() -> None:
    assert decode(encode(nested(NESTING_MAX)), "value") == nested(NESTING_MAX)  # type: ignore[arg-type]
    with pytest.raises(Malformed):
        decode(b"\x91" * NESTING_MAX + b"\x90", "value")
    with pytest.raises(Malformed):
        decode(b"\x91" * 1_000_000 + b"\x90", "value")
