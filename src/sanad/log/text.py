"""The spellings that the C2SP text formats share, base64 and decimals, read so that each value has one spelling.

Python's own readers are too kind for signed bytes: `int()` takes `+1`, `1_0` and Arabic digits, and
`b64decode(validate=True)` takes stray bits after the last byte. So: check the bytes, decode, encode again, compare.
"""

import re
from base64 import b64decode, b64encode

from sanad.base.errors import Malformed

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_DECIMAL = re.compile(rb"0|[1-9][0-9]{0,18}")
DECIMAL_MAX = 2**63 - 1


def encode_base64(data: bytes) -> bytes:
    """RFC 4648 §4, with padding."""
    return b64encode(data)


def decode_base64(field: str, encoded: bytes) -> bytes:
    """The opposite of `encode_base64`. Raises `Malformed` with `field` on any other spelling."""
    if _BASE64.fullmatch(encoded):
        data = b64decode(encoded)
        if b64encode(data) == encoded:
            return data
    raise Malformed(field, "base64_bad", "write standard base64 with padding and no spare bits (RFC 4648 §4)")


def encode_decimal(number: int) -> bytes:
    """ASCII digits without sign or leading zero."""
    return b"%d" % number


def decode_decimal(field: str, encoded: bytes) -> int:
    """The opposite of `encode_decimal`, from 0 to 2^63 - 1. Raises `Malformed` with `field`."""
    if _DECIMAL.fullmatch(encoded):
        number = int(encoded)
        if number <= DECIMAL_MAX:
            return number
    raise Malformed(field, "decimal_bad", "write a number from 0 to 2^63 - 1 in digits, without leading zeros")
