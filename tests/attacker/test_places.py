"""Where the entries of a block hang tells nothing of how many there are: every place is equally likely."""

from hashlib import sha256

import pytest

from sanad.log import tree
from sanad.node.sealing import ENTRIES_DEPTH, ENTRIES_MAX, EntriesTree

NUMBERS = [1, 2, 3, 1_000, 2_047, 2_048, 4_094, 4_095, 4_096]
QUARTERS = 4


def secret(number: int) -> bytes:
    return sha256(b"a record secret %d" % number).digest()


def leaf_hashes(count: int) -> list[bytes]:
    return [sha256(b"an entry %d" % at).digest() for at in range(count)]


def plain_root(leaves: list[bytes], seed: bytes) -> bytes:
    """Root of the tree of 4,096 places, as formats.md §5 says it in words, without any thrift."""

    def nothing(height: int, index: int) -> bytes:
        return sha256(b"sanad/nothing/v1\n" + seed + bytes((height,)) + index.to_bytes(2, "little")).digest()

    first = int.from_bytes(seed[:2], "little")
    level = {(first + at) % ENTRIES_MAX: leaf for at, leaf in enumerate(leaves)}
    for height in range(ENTRIES_DEPTH):
        parents = {index >> 1 for index in level}
        whole = {child: level.get(child) or nothing(height, child) for at in parents for child in (2 * at, 2 * at + 1)}
        level = {at: tree.node_hash(whole[2 * at], whole[2 * at + 1]) for at in parents}
    return level[0]


@pytest.mark.parametrize("count", NUMBERS)
def test_the_root_is_the_one_of_the_formats_page(count: int) -> None:
    for number in range(6 if count > 100 else 60):
        seed = sha256(b"sanad/places/v1\n" + secret(number)).digest()
        assert EntriesTree(leaf_hashes(count), secret(number)).root == plain_root(leaf_hashes(count), seed)


@pytest.mark.parametrize("count", NUMBERS)
def test_every_path_is_an_ordinary_one_of_size_4096(count: int) -> None:
    for number in range(4):
        entries = leaf_hashes(count)
        entries_tree = EntriesTree(entries, secret(number))
        for at in {0, 1 % count, count // 2, count - 1}:
            path = entries_tree.path(at)
            assert len(path) == ENTRIES_DEPTH
            tree.check_inclusion(entries_tree.place(at), ENTRIES_MAX, entries[at], path, entries_tree.root)


@pytest.mark.parametrize("count", [1, 2_048, 4_096])
def test_a_place_is_as_likely_in_a_full_block_as_in_an_empty_one(count: int) -> None:
    """Else the mean of a bank's own places would tell it how full blocks are."""
    entries = leaf_hashes(count)
    quarters = [EntriesTree(entries, secret(number)).place(0) * QUARTERS // ENTRIES_MAX for number in range(80)]
    assert all(8 <= quarters.count(quarter) <= 34 for quarter in range(QUARTERS))
