"""What the record puts into the tree, against an independent few lines with hashlib and struct."""

import struct
from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed
from sanad.log import leaves, tree
from sanad.log.leaves import BlockLeaf, EntryLeaf

digests = st.binary(min_size=32, max_size=32)
outcomes = st.integers(0, 2**16 - 1)
u64 = st.integers(0, 2**64 - 1)

entry_leaves = st.builds(EntryLeaf, st.integers(1, 2**64 - 1), digests, digests)
block_leaves = st.builds(BlockLeaf, st.integers(1, 2**63 - 1), u64, digests, digests, digests)


def digest(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


class TestLeavesOfABody:
    @given(st.binary(min_size=116, max_size=116), outcomes)
    def test_a_transfer(self, transfer: bytes, outcome: int) -> None:
        assert leaves.transfer_leaf(transfer, outcome) == digest(b"\0", transfer, struct.pack("<H", outcome))

    @given(digests, digests, outcomes)
    def test_a_control_act(self, salt: bytes, body: bytes, outcome: int) -> None:
        assert leaves.control_leaf(salt, body, outcome) == digest(b"\0", salt, body, struct.pack("<H", outcome))

    @given(digests, st.binary(min_size=112, max_size=112), digests, digests)
    def test_the_sealed_digest(self, salt: bytes, header: bytes, signatures: bytes, outcome: bytes) -> None:
        assert leaves.sealed_digest(salt, header, signatures, outcome) == digest(salt, header, signatures, outcome)

    def test_a_golden_transfer(self) -> None:
        golden = leaves.transfer_leaf(bytes(range(116)), 0x0102)
        assert golden == sha256(bytes([0, *range(116), 0x02, 0x01])).digest()
        assert golden.hex() == "6a4af30e02a094e52ee4172db4b10b0bccdca04e25cff5c15aa83c733b4c92fa"

    def test_wrong_lengths_are_our_own_fault(self) -> None:
        with pytest.raises(Fault):
            leaves.transfer_leaf(bytes(115), 0)
        with pytest.raises(Fault):
            leaves.transfer_leaf(bytes(116), 2**16)
        with pytest.raises(Fault):
            leaves.control_leaf(bytes(31), bytes(32), 0)


class TestSecrets:
    @given(digests, st.binary(min_size=16, max_size=16), u64)
    def test_each_is_a_digest_with_a_name_of_its_own(self, secret: bytes, nonce: bytes, index: int) -> None:
        assert leaves.next_secret(secret, nonce) == digest(b"sanad/secret/v1\n", secret, nonce)
        assert leaves.salt(secret) == digest(b"sanad/salt/v1\n", secret)
        assert leaves.system_nonce(secret) == digest(b"sanad/system/v1\n", secret)[:16]
        assert leaves.blind(secret, index) == digest(b"sanad/blind/v1\n", secret, struct.pack("<Q", index))

    @given(digests, digests, digests, digests)
    def test_the_chain_digest(self, previous: bytes, secret: bytes, body: bytes, effects: bytes) -> None:
        assert leaves.chain_digest(previous, secret, body, effects) == digest(previous, secret, body, effects)


class TestEntryLeaf:
    @given(entry_leaves)
    def test_its_88_bytes(self, leaf: EntryLeaf) -> None:
        head = b"sanadent" + struct.pack("<H", 1) + bytes(6) + struct.pack("<Q", leaf.entry)
        assert leaf.encode() == head + leaf.body_root + leaf.sealed_digest
        assert len(leaf.encode()) == leaves.ENTRY_LEAF_LENGTH == 88
        assert EntryLeaf.decode(leaf.encode()) == leaf
        assert leaf.leaf_hash() == digest(b"\0", leaf.encode()) == tree.leaf_hash(leaf.encode())

    def test_entries_count_from_1(self) -> None:
        with pytest.raises(Fault):
            EntryLeaf(0, bytes(32), bytes(32))
        zero = bytearray(EntryLeaf(1, bytes(32), bytes(32)).encode())
        zero[16:24] = bytes(8)
        with pytest.raises(Malformed):
            EntryLeaf.decode(bytes(zero))


class TestBlockLeaf:
    @given(block_leaves)
    def test_its_128_bytes(self, leaf: BlockLeaf) -> None:
        head = b"sanadblk" + struct.pack("<H", 1) + bytes(6) + struct.pack("<QQ", leaf.height, leaf.time_ms)
        assert leaf.encode() == head + leaf.entries_root + leaf.chain_digest + leaf.register_root
        assert len(leaf.encode()) == leaves.BLOCK_LEAF_LENGTH == 128
        assert BlockLeaf.decode(leaf.encode()) == leaf
        assert leaf.leaf_hash() == digest(b"\0", leaf.encode())
        assert leaf.log_index == leaf.height - 1

    def test_heights_count_from_1(self) -> None:
        with pytest.raises(Fault):
            BlockLeaf(0, 1, bytes(32), bytes(32), bytes(32))
        zero = bytearray(BlockLeaf(1, 1, bytes(32), bytes(32), bytes(32)).encode())
        zero[16:24] = bytes(8)
        with pytest.raises(Malformed):
            BlockLeaf.decode(bytes(zero))


@pytest.mark.parametrize(
    ("decode", "good"),
    [
        (EntryLeaf.decode, EntryLeaf(7, bytes(32), bytes(32)).encode()),
        (BlockLeaf.decode, BlockLeaf(7, 9, bytes(32), bytes(32), bytes(32)).encode()),
    ],
)
class TestStrictDecoding:
    def test_each_byte_of_the_frame_counts(self, decode: Callable[[bytes], object], good: bytes) -> None:
        for at in range(16):
            bad = bytearray(good)
            bad[at] ^= 1
            with pytest.raises(Malformed):
                decode(bytes(bad))

    def test_the_length_counts(self, decode: Callable[[bytes], object], good: bytes) -> None:
        for bad in (b"", good[:-1], good + b"\0"):
            with pytest.raises(Malformed) as caught:
                decode(bad)
            assert caught.value.code == "length_bad"


class TestEmptyMap:
    def test_its_root(self) -> None:
        running = sha256(b"sanad/map/empty/v1\n").digest()
        for _ in range(256):
            running = sha256(b"\x01" + running + running).digest()
        assert running == leaves.EMPTY_MAP_ROOT
        assert running.hex() == "d13ea95d6a13626074b15121c55e6e03901271098e5da4be6ea412842d415aa9"
