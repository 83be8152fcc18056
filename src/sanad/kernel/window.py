"""The duplicate rule, compiled: SipHash-2-4 and the tables of fingerprints.

Double of `sanad.rulebook.edition1.siphash` and of `find_fingerprint` in `sanad.rulebook.edition1.posting`.
"""

import numpy as np

from sanad.kernel.columns import slot_at
from sanad.kernel.compiled import inlined
from sanad.rulebook.edition1.state import PROBES_MAX

_WORD = np.uint64
_START_0 = _WORD(0x736F6D6570736575)
_START_1 = _WORD(0x646F72616E646F6D)
_START_2 = _WORD(0x6C7967656E657261)
_START_3 = _WORD(0x7465646279746573)
_LENGTH_WORD = _WORD(24 << 56)  # uetr 16, institution 4, leg 4
_FINISH = _WORD(255)
_ZERO, _ONE = _WORD(0), _WORD(1)
_13, _16, _17, _21, _32, _64 = (_WORD(bits) for bits in (13, 16, 17, 21, 32, 64))
_PROBES_MAX = _WORD(PROBES_MAX)


@inlined
def _rotated(word, bits):
    return word << bits | word >> (_64 - bits)


@inlined
def _round(a, b, c, d):
    a += b
    b = _rotated(b, _13) ^ a
    a = _rotated(a, _32)
    c += d
    d = _rotated(d, _16) ^ c
    a += d
    d = _rotated(d, _21) ^ a
    c += b
    b = _rotated(b, _17) ^ c
    c = _rotated(c, _32)
    return a, b, c, d


@inlined
def _absorbed(a, b, c, d, word):
    a, b, c, d = _round(a, b, c, d ^ word)
    a, b, c, d = _round(a, b, c, d)
    return a ^ word, b, c, d


@inlined
def fingerprint(key_0, key_1, uetr_low, uetr_high, sender, leg):
    """SipHash-2-4 of uetr 16 ‖ institution u32 ‖ leg u16 ‖ 00 00."""
    a, b, c, d = key_0 ^ _START_0, key_1 ^ _START_1, key_0 ^ _START_2, key_1 ^ _START_3
    a, b, c, d = _absorbed(a, b, c, d, uetr_low)
    a, b, c, d = _absorbed(a, b, c, d, uetr_high)
    a, b, c, d = _absorbed(a, b, c, d, _WORD(sender) | _WORD(leg) << _32)
    a, b, c, d = _absorbed(a, b, c, d, _LENGTH_WORD)
    c ^= _FINISH
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


@inlined
def first_slot(capacity, mark):
    """Where the search for `mark` begins: its upper half, scaled to the table."""
    return (mark >> _32) * capacity >> _32


@inlined
def find_fingerprint(slots, capacity, mark):
    """(True, slot) where `mark` stands, else (False, the empty slot where it would go), else (False, −1)."""
    number = first_slot(capacity, mark)
    for _ in range(min(_PROBES_MAX, capacity)):
        slot = slot_at(slots, number)
        if slot.position == 0:
            return False, np.int64(number)
        if slot.fingerprint == mark:
            return True, np.int64(number)
        number += _ONE
        if number == capacity:
            number = _ZERO
    return False, np.int64(-1)
