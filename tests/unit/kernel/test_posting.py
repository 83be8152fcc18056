"""What the compiled posting is made of. That it does what the readable one does is in `tests/differential`."""

from typing import Any

import numpy as np
import pytest
from numba import njit, uint64

from sanad.base.errors import Fault
from sanad.kernel import columns, posting, window
from sanad.rulebook.edition1 import posting as readable
from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.siphash import siphash_2_4
from sanad.rulebook.message import TRANSFER


def test_the_words_of_a_transfer_lie_where_its_fields_do() -> None:
    words: Any = columns.WORDS_OF_TRANSFER
    transfer: Any = TRANSFER
    assert words.itemsize == transfer.itemsize == 116
    for name in transfer.names:
        first = name if name in words.names else f"{name}_0"
        assert words.fields[first][1] == transfer.fields[name][1]


def test_siphash_is_the_one_of_the_rules() -> None:
    @njit(uint64(uint64, uint64, uint64, uint64, uint64, uint64))  # type: ignore[untyped-decorator]
    def fingerprint(key_0: Any, key_1: Any, low: Any, high: Any, sender: Any, leg: Any) -> Any:
        return window.fingerprint(key_0, key_1, low, high, sender, leg)

    random = np.random.default_rng(5)
    for _ in range(200):
        key = random.integers(0, 2**64, 2, dtype=np.uint64)
        uetr = random.bytes(16)
        sender, leg = int(random.integers(2**32)), int(random.integers(2**16))
        low, high = (np.uint64(word) for word in np.frombuffer(uetr, dtype="<u8"))
        expected = readable.fingerprint(key, sender, uetr, leg)
        assert int(fingerprint(key[0], key[1], low, high, np.uint64(sender), np.uint64(leg))) == expected
    assert siphash_2_4((0x0706050403020100, 0x0F0E0D0C0B0A0908), bytes(range(15))) == 0xA129CA6149BE45E5


def test_an_empty_message_changes_nothing() -> None:
    state = st.empty_state()
    posted = posting.post(state, readable.Batch(np.zeros(0, dtype=TRANSFER), 1, 1, 0, 0))
    assert posted.outcomes.shape == posted.effects.shape == (0,)


def test_columns_of_another_type_are_not_taken() -> None:
    state = st.empty_state()
    state.accounts = state.accounts[::2]
    with pytest.raises((TypeError, Fault)):
        posting.post(state, readable.Batch(np.zeros(1, dtype=TRANSFER), 1, 1, 0, 0))
