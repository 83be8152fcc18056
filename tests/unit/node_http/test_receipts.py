from dataclasses import replace

import pytest

from sanad.base import canonical
from sanad.base.errors import Malformed
from sanad.node import receipts
from tests.unit.node_http.record import NETWORK, NODE_KEY, block_of_three

PUBLIC = bytes(NODE_KEY.verify_key)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_receipt_comes_back_and_holds_for_its_message(index: int) -> None:
    block = block_of_three()
    data = receipts.encode(block.receipt(index))
    receipt = receipts.decode(data)
    assert receipt == block.receipt(index)
    assert receipts.encode(receipt) == data
    assert receipts.verify_for(receipt, block.messages[index], NETWORK, PUBLIC).height == 5
    assert list(receipt.codes) == block.codes[index]
    assert receipt.time_ms == 1_790_000_000_000


@pytest.mark.parametrize("index", [0, 1, 2])
def test_no_bit_of_a_receipt_can_change(index: int) -> None:
    """But for the claim how many entries the block had, which a path does not fix (formats.md §5)."""
    block = block_of_three()
    whole = block.receipt(index)
    data = receipts.encode(whole)
    for at in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            try:
                receipt = receipts.decode(bytes(broken))
                receipts.verify_for(receipt, block.messages[index], NETWORK, PUBLIC)
            except Malformed:
                continue
            assert replace(receipt, entries=whole.entries, index=whole.index) == whole, (at, bit)


def test_a_receipt_holds_for_no_other_network_node_or_message() -> None:
    block = block_of_three()
    receipt = block.receipt(0)
    with pytest.raises(Malformed):
        receipts.verify(receipt, bytes(16), PUBLIC)
    with pytest.raises(Malformed):
        receipts.verify(receipt, NETWORK, bytes(32))
    with pytest.raises(Malformed, match="another message"):
        receipts.verify_for(receipt, block.messages[2], NETWORK, PUBLIC)
    with pytest.raises(Malformed, match="outcome for each item"):
        receipts.verify_for(replace(receipt, outcomes=b"\0\0"), block.messages[0], NETWORK, PUBLIC)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, "sanad/receipt/v2"), (1, bytes(31)), (1, "text"), (2, -1), (2, True), (2, 2**63), (4, b""), (4, b"\0"),
        (4, bytes(2 * 8_191)), (5, None), (6, bytes(88)), (9, [bytes(31)]), (9, [bytes(32)] * 65), (9, 7),
        (10, bytes(128)), (11, bytes(63)),
    ],
)  # fmt: skip
def test_a_part_of_the_wrong_shape_is_malformed(place: int, value: canonical.Value) -> None:
    parts = canonical.decode(receipts.encode(block_of_three().receipt(0)), "receipt")
    assert isinstance(parts, list)
    parts[place] = value
    with pytest.raises(Malformed):
        receipts.decode(canonical.encode(parts))


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xc1", b"\x80", bytes(1 << 16), b"\x9c" + b"\0" * 12])
def test_garbage_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        receipts.decode(data)
