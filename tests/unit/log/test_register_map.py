"""The map of the public registers, against the plain tree of 256 levels, written as a recursion."""

from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.base import canonical
from sanad.base.errors import Fault, Malformed
from sanad.log import register_map
from sanad.log.leaves import EMPTY_MAP_ROOT
from sanad.log.register_map import EMPTY, MapProof, RegisterMap, register_key, verify

EMPTY_ROOT_HEX = "d13ea95d"
A, B = register_key(1, b"a"), register_key(1, b"b")


def digest(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def empty_subtree(height: int) -> bytes:
    running = digest(b"sanad/map/empty/v1\n")
    for _ in range(height):
        running = digest(b"\1", running, running)
    return running


EMPTY_SUBTREES = [empty_subtree(height) for height in range(257)]


def naive(records: dict[bytes, bytes], bits: str = "") -> bytes:
    """Root of the subtree of keys that begin with `bits`; every node on the way to a record is visited."""
    if not records:
        return EMPTY_SUBTREES[256 - len(bits)]
    if len(bits) == 256:
        ((key, value),) = records.items()
        return digest(b"\0sanad/map/leaf/v1\n", key, digest(value))
    halves = [
        {key: value for key, value in records.items() if f"{int.from_bytes(key):0256b}"[len(bits)] == bit}
        for bit in "01"
    ]
    return digest(b"\1", naive(halves[0], bits + "0"), naive(halves[1], bits + "1"))


# Keys that part at any depth: random ones, and such as differ from zeros or a random one in a bit or two.
single_bits = st.integers(0, 255).map(lambda bit: (1 << bit).to_bytes(32))
near = st.builds(lambda one, bit: (int.from_bytes(one) ^ (1 << bit)).to_bytes(32), single_bits, st.integers(0, 255))
keys = st.one_of(st.binary(min_size=32, max_size=32), single_bits, near, st.just(bytes(32)), st.just(b"\xff" * 32))
values = st.binary(min_size=1, max_size=40)
maps = st.dictionaries(keys, values, max_size=8)


class TestRoot:
    def test_an_empty_map(self) -> None:
        assert RegisterMap().root == EMPTY[0] == EMPTY_MAP_ROOT == EMPTY_SUBTREES[256]
        assert RegisterMap().root.hex().startswith(EMPTY_ROOT_HEX)
        assert EMPTY[256] == digest(b"sanad/map/empty/v1\n")

    @settings(max_examples=40)
    @given(maps)
    def test_as_the_plain_tree_has_it(self, records: dict[bytes, bytes]) -> None:
        assert RegisterMap(records).root == naive(records)

    @settings(max_examples=40)
    @given(st.lists(st.tuples(keys, st.none() | values), max_size=12), st.data())
    def test_after_every_change(self, changes: list[tuple[bytes, bytes | None]], data: st.DataObject) -> None:
        register, records = RegisterMap(), dict[bytes, bytes]()
        for new_key, value in changes:
            key = data.draw(st.sampled_from(sorted(records))) if records and value is None else new_key
            if value is not None:
                register.set(key, value)
                records[key] = value
            elif key in records:
                register.remove(key)
                del records[key]
            assert register.get(key) == records.get(key)
            assert list(register) == sorted(records.items())
            assert len(register) == len(records)
        assert register.root == naive(records)

    @settings(max_examples=40)
    @given(maps, maps, st.randoms(use_true_random=False))
    def test_the_order_of_changes_does_not_matter(
        self, records: dict[bytes, bytes], others: dict[bytes, bytes], chance: Random
    ) -> None:
        order = sorted(records)
        chance.shuffle(order)
        one = RegisterMap(others)
        for key in order:
            one.set(key, records[key])
        for key in sorted(set(others) - set(records)):
            one.remove(key)
        many = RegisterMap(dict.fromkeys(order[:1], b"old"))
        many.set_many(records)
        assert one.root == many.root == RegisterMap(records).root
        assert list(one) == list(many)

    def test_many_records(self) -> None:
        records = {register_key(number % 3, number.to_bytes(4)): bytes([number % 251 + 1]) for number in range(600)}
        register = RegisterMap(records)
        assert register.root == naive(records)
        for key in sorted(records)[::2]:
            register.remove(key)
        assert register.root == naive(dict(sorted(records.items())[1::2]))

    def test_a_map_as_deep_as_can_be(self) -> None:
        records = {(1 << bit).to_bytes(32): b"x" for bit in range(256)} | {bytes(32): b"y"}
        register = RegisterMap(records)
        assert register.root == naive(records)
        proof = register.prove(bytes(32))
        assert len(proof.siblings) == 256
        assert len(proof.encode()) == register_map.MAP_PROOF_LENGTH_MAX == 8224
        verify(register.root, bytes(32), b"y", MapProof.decode(proof.encode()))

    @given(st.integers(0, 2**16 - 1), st.binary(max_size=64))
    def test_the_key_of_a_record(self, record_type: int, identifier: bytes) -> None:
        assert register_key(record_type, identifier) == digest(record_type.to_bytes(2, "little"), identifier)

    def test_no_leaf_is_a_node_or_empty(self) -> None:
        """The first byte and the length of what is hashed tell the three apart."""
        assert register_map._LEAF_PREFIX[0] == 0
        assert len(register_map._LEAF_PREFIX + bytes(64)) == 83


class TestCopies:
    @settings(max_examples=30)
    @given(maps.filter(bool), keys, values)
    def test_a_copy_goes_its_own_way(self, records: dict[bytes, bytes], key: bytes, value: bytes) -> None:
        register = RegisterMap(records)
        copy = register.copy()
        copy.set(key, value)
        copy.remove(min(records) if min(records) != key else key)
        assert register.root == RegisterMap(records).root
        assert list(register) == sorted(records.items())
        assert copy.root == RegisterMap(dict(copy)).root

    @settings(max_examples=40)
    @given(maps)
    def test_writing_and_reading_back(self, records: dict[bytes, bytes]) -> None:
        register = RegisterMap(records)
        again = RegisterMap.decode(register.encode())
        assert (again.root, list(again), again.encode()) == (register.root, list(register), register.encode())

    def test_what_is_refused(self) -> None:
        first: canonical.Value = [min(A, B), b"1"]
        second: canonical.Value = [max(A, B), b"2"]
        good: list[canonical.Value] = [register_map.MAP_SCHEMA, RegisterMap({A: b"1"}).root, [[A, b"1"]]]
        assert RegisterMap.decode(canonical.encode(good)).get(A) == b"1"
        bad: dict[str, list[canonical.Value]] = {
            "schema_unknown": [["sanad/register/map/v2", *good[1:]], good[:2], 1],
            "root_bad": [[good[0], bytes(32), good[2]], [good[0], None, good[2]], [*good[:2], []]],
            "order_bad": [[*good[:2], [second, first]], [*good[:2], [first, first]]],
            "record_bad": [[*good[:2], 1], [*good[:2], [[A]]], [*good[:2], [[A[1:], b"1"]]], [*good[:2], [[A, 1]]]],
            "length_bad": [[*good[:2], [[A, b""]]], [*good[:2], [[A, bytes(2**16 + 1)]]]],
        }
        for code, values_of_it in bad.items():
            for one in values_of_it:
                with pytest.raises(Malformed) as caught:
                    RegisterMap.decode(canonical.encode(one))
                assert caught.value.code == code

    def test_faults_of_the_caller(self) -> None:
        register = RegisterMap({A: b"1"})
        with pytest.raises(Fault):
            register.remove(B)
        with pytest.raises(Fault):
            RegisterMap().remove(B)
        with pytest.raises(Fault):
            register.set(A[1:], b"1")
        with pytest.raises(Fault):
            register.get(A + b"1")
        with pytest.raises(Fault):
            register.set(A, b"")
        with pytest.raises(Fault):
            register.set_many({A: bytes(2**16 + 1)})
        with pytest.raises(Fault):
            register_key(2**16, b"")
        assert list(register) == [(A, b"1")]


class TestProofs:
    @settings(max_examples=40)
    @given(maps, keys)
    def test_every_record_and_its_absence(self, records: dict[bytes, bytes], other: bytes) -> None:
        register = RegisterMap(records)
        for key in [*records, other]:
            proof = register.prove(key)
            assert MapProof.decode(proof.encode()) == proof
            assert len(proof.siblings) <= len(records)
            verify(register.root, key, records.get(key), proof)

    @settings(max_examples=40)
    @given(maps, keys, keys, values)
    def test_nothing_else_is_proved(
        self, records: dict[bytes, bytes], key: bytes, other_key: bytes, other_value: bytes
    ) -> None:
        register = RegisterMap(records)
        proof, value = register.prove(key), records.get(key)
        other_root = digest(register.root)
        wrong: list[tuple[bytes, bytes, bytes | None]] = [(other_root, key, value)]
        wrong += [(register.root, key, b"x" if value is None else None)]
        wrong += [(register.root, key, other_value)] if other_value != value else []
        if other_key != key and (value, records.get(other_key)) != (None, None):
            wrong += [(register.root, other_key, value)] if records.get(other_key) != value else []
        for root, wrong_key, wrong_value in wrong:
            with pytest.raises(Malformed):
                verify(root, wrong_key, wrong_value, proof)

    def test_a_record_is_not_proved_at_another_key_of_the_same_value(self) -> None:
        register = RegisterMap({A: b"same", B: b"same"})
        with pytest.raises(Malformed):
            verify(register.root, B, b"same", register.prove(A))

    @pytest.mark.parametrize("key", [A, register_key(9, b"nobody")], ids=["present", "absent"])
    def test_no_changed_bit_goes_unseen(self, key: bytes) -> None:
        register = RegisterMap({register_key(1, bytes([number])): bytes([number + 1]) for number in range(8)})
        register.set(A, b"a licence")
        good, value = register.prove(key).encode(), register.get(key)
        for bit in range(8 * len(good)):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            with pytest.raises(Malformed):
                verify(register.root, key, value, MapProof.decode(bytes(bad)))

    def test_a_proof_has_one_spelling(self) -> None:
        register = RegisterMap({A: b"1", B: b"2"})
        good = register.prove(A)
        for position in range(256):
            spelled = int.from_bytes(good.bitmap) | 1 << position
            if spelled != int.from_bytes(good.bitmap):
                at = 0 if position == 0 or int.from_bytes(good.bitmap) >> position else 1
                siblings = [*good.siblings[:at], EMPTY[256 - position], *good.siblings[at:]]
                with pytest.raises(Malformed, match="leave out"):
                    verify(register.root, A, b"1", MapProof(spelled.to_bytes(32), tuple(siblings)))

    @pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), b"\x80" + bytes(31), bytes(64), bytes(8225)])
    def test_lengths(self, data: bytes) -> None:
        with pytest.raises(Malformed) as caught:
            MapProof.decode(data)
        assert caught.value.code == "map_proof_bad"

    def test_lengths_of_what_is_proved(self) -> None:
        proof = RegisterMap().prove(A)
        verify(EMPTY[0], A, None, proof)
        for root, key, value in [(EMPTY[0][1:], A, None), (EMPTY[0], A[1:], None), (EMPTY[0], A, b"")]:
            with pytest.raises(Malformed):
                verify(root, key, value, proof)
        with pytest.raises(Malformed):
            verify(EMPTY[0], A, bytes(2**16 + 1), proof)
