"""Canonical msgpack: one value, one byte string (docs/reference/formats.md §2).

Allowed: nil, booleans, integers of 64 bits, byte strings, UTF-8 strings, arrays. No maps, no floats, no
extensions, nesting at most 8. Bytes are accepted only if encoding what they say gives the same bytes again.
"""

from typing import TypeAlias

import msgspec

from sanad.base.errors import Malformed, ensure

NESTING_MAX = 8

Value: TypeAlias = bool | int | bytes | str | list["Value"] | None

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


def encode(value: Value) -> bytes:
    """The one encoding of `value`. A value that is not allowed is a fault of the caller."""
    ensure(_allowed(value, NESTING_MAX), "only nil, booleans, 64-bit integers, bytes, text and arrays are canonical")
    return _encoder.encode(value)


def encode_known(value: Value) -> bytes:
    """As `encode`, for a value whose parts have been typed and bounded already: nothing is looked at twice."""
    return _encoder.encode(value)


def decode(data: bytes, field: str) -> Value:
    """The value that `data` encodes; `field` names it in the error. Raises `Malformed`."""
    try:
        value = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(field, "not_msgpack", "send canonical msgpack: one value, whole, nothing after it") from error
    if not _allowed(value, NESTING_MAX):
        raise Malformed(field, "not_canonical", "use only nil, booleans, integers, bytes, text and arrays, 8 deep")
    if _encoder.encode(value) != data:
        raise Malformed(field, "not_canonical", "use the shortest form of every integer and length")
    return value  # type: ignore[no-any-return]


def _allowed(value: object, depth: int) -> bool:
    """Whether every part of `value` is of an allowed type and range, lists at most `depth` deep."""
    if isinstance(value, list):
        return depth > 0 and all(type(item) is bytes or _allowed(item, depth - 1) for item in value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    return value is None or isinstance(value, (bytes, str))
