"""The Merkle tree: published vectors first, then laws that hold for every size, every leaf and every tampering."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed
from sanad.log import tree

DATA = Path(__file__).parent / "data"

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = ["6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"]
"""First four bytes of the roots of sizes 1 to 8 of the entries above (the test tree of Certificate Transparency)."""

LEAVES = [tree.leaf_hash(b"%d" % number) for number in range(600)]
SIZES = range(1, 70)
sizes = st.integers(1, len(LEAVES))


def short(hashes: list[bytes]) -> list[str]:
    return [one[:4].hex() for one in hashes]


def probes(kind: str) -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads((DATA / f"merkle_{kind}.json").read_text())
    return loaded


def root_as_the_standard_says(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word: independent of the code under test."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = root_as_the_standard_says(leaves[:half]), root_as_the_standard_says(leaves[half:])
    return sha256(b"\x01" + left + right).digest()


class TestPublishedVectors:
    def test_roots_of_sizes_1_to_8(self) -> None:
        leaves = [tree.leaf_hash(entry) for entry in ENTRIES]
        assert short([tree.root(leaves[:size]) for size in range(1, 9)]) == ROOTS

    def test_the_empty_root_is_the_digest_of_nothing(self) -> None:
        assert tree.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert tree.root([]) == tree.Peaks().root() == tree.EMPTY_ROOT

    def test_consistency_proofs(self) -> None:
        leaves = [tree.leaf_hash(entry) for entry in ENTRIES]
        assert short(tree.consistency_path(leaves[:7], 3)) == ["0298d122", "07506a85", "fac54203", "837dbb15"]
        assert short(tree.consistency_path(leaves[:7], 4)) == ["837dbb15"]
        assert short(tree.consistency_path(leaves[:8], 6)) == ["0ebc5d34", "ca854ea1", "d37ee418"]

    def test_inclusion_probes(self) -> None:
        answers: dict[str, bool] = {}
        for name, probe in probes("inclusion").items():
            path = [b64decode(one) for one in probe["proof"] or []]
            leaf, root = b64decode(probe["leafHash"] or ""), b64decode(probe["root"] or "")
            try:
                tree.check_inclusion(probe["leafIdx"], probe["treeSize"], leaf, path, root)
                answers[name] = False
            except Malformed:
                answers[name] = True
        assert len(answers) == 98
        assert answers == {name: probe["wantErr"] for name, probe in probes("inclusion").items()}

    def test_consistency_probes(self) -> None:
        answers: dict[str, bool] = {}
        for name, probe in probes("consistency").items():
            path = [b64decode(one) for one in probe["proof"] or []]
            roots = b64decode(probe["root1"] or ""), b64decode(probe["root2"] or "")
            try:
                tree.check_consistency(probe["size1"], probe["size2"], path, *roots)
                answers[name] = False
            except Malformed:
                answers[name] = True
        assert len(answers) == 98
        expected = {name: probe["wantErr"] for name, probe in probes("consistency").items()}
        # Its "roots" are the 12 bytes "don't care 2"; the publisher compares them, we ask for 32 bytes.
        expected["additional/sizes-are-equal-one-and-proof-is-empty"] = True
        assert answers == expected


class TestEveryIndexOfEverySize:
    @pytest.mark.parametrize("size", SIZES)
    def test_each_leaf_is_proved_and_only_in_its_place(self, size: int) -> None:
        leaves = LEAVES[:size]
        root = tree.root(leaves)
        nodes = tree.node_source(leaves)
        for index in range(size):
            path = tree.inclusion_path(leaves, index)
            assert path == tree.inclusion_path_from_nodes(index, size, nodes)
            tree.check_inclusion(index, size, leaves[index], path, root)
            for other in {0, index - 1, index + 1, size - 1} - {index}:
                with pytest.raises(Malformed):
                    tree.check_inclusion(other, size, leaves[index], path, root)

    @pytest.mark.parametrize("size", SIZES)
    def test_each_older_tree_is_proved_to_be_the_start(self, size: int) -> None:
        leaves = LEAVES[:size]
        root = tree.root(leaves)
        nodes = tree.node_source(leaves)
        for old_size in range(1, size + 1):
            path = tree.consistency_path_from_nodes(old_size, size, nodes)
            tree.check_consistency(old_size, size, path, tree.root(leaves[:old_size]), root)

    @pytest.mark.parametrize("size", [0, *SIZES, 255, 256, 257, 511, 512, 513])
    def test_all_ways_to_the_root_agree(self, size: int) -> None:
        leaves = LEAVES[:size]
        peaks = tree.Peaks()
        for leaf in leaves:
            peaks.append(leaf)
        expected = root_as_the_standard_says(leaves)
        assert tree.root(leaves) == expected
        assert peaks.root() == expected
        assert tree.root_from_nodes(size, tree.node_source(leaves)) == expected

    def test_a_tree_of_8192_leaves_has_13_hashes_in_a_path(self) -> None:
        leaves = [index.to_bytes(32, "big") for index in range(8192)]
        path = tree.inclusion_path(leaves, 4711)
        assert len(path) == 13
        tree.check_inclusion(4711, 8192, leaves[4711], path, tree.root(leaves))


class TestTamperedProofsFail:
    @given(sizes, st.data())
    def test_one_flipped_bit_of_an_inclusion_proof(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        path = tree.inclusion_path(LEAVES[:size], index)
        hashes = [LEAVES[index], tree.root(LEAVES[:size]), *path]
        hashes = flip_a_bit(hashes, data)
        with pytest.raises(Malformed):
            tree.check_inclusion(index, size, hashes[0], hashes[2:], hashes[1])

    @given(sizes, st.data())
    def test_one_flipped_bit_of_a_consistency_proof(self, size: int, data: st.DataObject) -> None:
        old_size = data.draw(st.integers(1, size))
        path = tree.consistency_path(LEAVES[:size], old_size)
        hashes = [tree.root(LEAVES[:old_size]), tree.root(LEAVES[:size]), *path]
        hashes = flip_a_bit(hashes, data)
        with pytest.raises(Malformed):
            tree.check_consistency(old_size, size, hashes[2:], hashes[0], hashes[1])

    @given(sizes, st.data())
    def test_a_hash_more_or_less(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        root, path = tree.root(LEAVES[:size]), tree.inclusion_path(LEAVES[:size], index)
        with pytest.raises(Malformed):
            tree.check_inclusion(index, size, LEAVES[index], [*path, root], root)
        if path:
            with pytest.raises(Malformed):
                tree.check_inclusion(index, size, LEAVES[index], path[:-1], root)

    def test_a_path_that_climbs_above_the_root(self) -> None:
        above = tree.node_hash(LEAVES[1], LEAVES[0])
        with pytest.raises(Malformed):
            tree.check_inclusion(0, 1, LEAVES[0], [LEAVES[1]], above)
        old_root, root = tree.root(LEAVES[:2]), tree.root(LEAVES[:3])
        path = [LEAVES[2], LEAVES[5]]
        with pytest.raises(Malformed):
            tree.check_consistency(2, 3, path, old_root, tree.node_hash(LEAVES[5], root))

    @given(sizes, sizes, st.data())
    def test_a_proof_holds_for_one_size_only(self, size: int, other: int, data: st.DataObject) -> None:
        """A verifier that forgets the last check takes one proof for several sizes."""
        index = data.draw(st.integers(0, size - 1))
        path, root = tree.inclusion_path(LEAVES[:size], index), tree.root(LEAVES[:size])
        other_path = tree.inclusion_path(LEAVES[:other], index) if index < other else []
        if len(path) != len(other_path):
            with pytest.raises(Malformed):
                tree.check_inclusion(index, other, LEAVES[index], path, root)

    def test_a_proof_from_size_0_is_always_bad(self) -> None:
        root = tree.root(LEAVES[:3])
        with pytest.raises(Malformed):
            tree.check_consistency(0, 3, [], tree.EMPTY_ROOT, root)
        with pytest.raises(Malformed):
            tree.check_consistency(0, 0, [], tree.EMPTY_ROOT, tree.EMPTY_ROOT)
        with pytest.raises(Fault):
            tree.consistency_path(LEAVES[:3], 0)

    def test_a_proof_never_goes_backwards(self) -> None:
        with pytest.raises(Malformed):
            tree.check_consistency(3, 2, [LEAVES[0]], tree.root(LEAVES[:3]), tree.root(LEAVES[:2]))

    @pytest.mark.parametrize("size", [-1, 0, 2**63, 2**200])
    def test_impossible_sizes(self, size: int) -> None:
        with pytest.raises(Malformed):
            tree.check_inclusion(0, size, LEAVES[0], [], LEAVES[0])
        with pytest.raises(Malformed):
            tree.check_consistency(1, size, [LEAVES[0]], LEAVES[0], LEAVES[0])

    def test_a_hash_has_32_bytes(self) -> None:
        with pytest.raises(Malformed) as caught:
            tree.check_inclusion(0, 2, LEAVES[0], [LEAVES[1] + b"\0"], tree.root(LEAVES[:2]))
        assert caught.value.code == "hash_length_bad"

    def test_a_proof_has_a_limit(self) -> None:
        with pytest.raises(Malformed) as caught:
            tree.check_inclusion(0, 2**62, LEAVES[0], LEAVES[:65], LEAVES[0])
        assert caught.value.code == "proof_too_long"


class TestPeaks:
    @given(st.integers(0, 300), st.integers(0, 300))
    def test_it_is_kept_as_bytes_and_grows_on(self, before: int, after: int) -> None:
        peaks = tree.Peaks.from_nodes(before, tree.node_source(LEAVES[:before]))
        again = tree.Peaks.decode(peaks.encode())
        for leaf in LEAVES[before : before + after]:
            again.append(leaf)
        assert again.size == before + after
        assert again.root() == tree.root(LEAVES[: before + after])
        assert len(again.hashes) == (before + after).bit_count()
        assert peaks.size == before

    def test_a_copy_grows_alone(self) -> None:
        peaks = tree.Peaks()
        copy = peaks.copy()
        copy.append(LEAVES[0])
        assert (peaks.size, copy.size) == (0, 1)

    @pytest.mark.parametrize(
        "data", [b"", bytes(7), bytes(9), (1).to_bytes(8, "little"), (2**63).to_bytes(8, "little") + bytes(32)]
    )
    def test_other_bytes_are_refused(self, data: bytes) -> None:
        with pytest.raises(Malformed):
            tree.Peaks.decode(data)


def flip_a_bit(hashes: list[bytes], data: st.DataObject) -> list[bytes]:
    """The same hashes, with one bit of one of them turned."""
    which = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    turned = (int.from_bytes(hashes[which], "big") ^ 1 << bit).to_bytes(32, "big")
    return [*hashes[:which], turned, *hashes[which + 1 :]]
