from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from sanad.base.errors import Fault
from sanad.kernel import hashing
from sanad.log import leaves as log_leaves
from sanad.log import tree

SIZES = [*range(1, 34), 63, 64, 65, 1000, 8190]


def body(count: int, seed: int = 1) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    transfers = random.integers(0, 256, (count, 116), dtype=np.uint8)
    return transfers, random.integers(0, 65536, count).astype(np.uint16)


def hashes(count: int) -> Any:
    return np.random.default_rng(count).integers(0, 256, (count, 32), dtype=np.uint8)


def rows(array: Any) -> list[bytes]:
    return [row.tobytes() for row in array]


@pytest.fixture(params=["libcrypto", "hashlib"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs both ways; the second is what a machine without libcrypto does."""
    if request.param == "hashlib":
        monkeypatch.setattr(hashing, "LIBCRYPTO_LOADED", False)
    else:
        assert hashing.LIBCRYPTO_LOADED, "install OpenSSL's libcrypto, which Python itself uses"
    return str(request.param)


def test_leaves_are_those_of_hashlib_and_of_the_log(way: str) -> None:
    transfers, outcomes = body(8190)
    leaves = rows(hashing.transfer_leaves(transfers, outcomes))
    for index in range(8190):
        code = int(outcomes[index])
        data = b"\x00" + transfers[index].tobytes() + code.to_bytes(2, "little")
        assert leaves[index] == sha256(data).digest()
    for index in (0, 1, 4095, 8189):
        assert leaves[index] == log_leaves.transfer_leaf(transfers[index].tobytes(), int(outcomes[index]))


def test_bytes_of_a_message_need_no_copy(way: str) -> None:
    transfers, outcomes = body(5)
    read_only = np.frombuffer(b"." + transfers.tobytes(), dtype=np.uint8, offset=1).reshape(5, 116)
    assert rows(hashing.transfer_leaves(read_only, outcomes)) == rows(hashing.transfer_leaves(transfers, outcomes))


def test_no_transfer_gives_no_leaf(way: str) -> None:
    assert hashing.transfer_leaves(*body(0)).shape == (0, 32)
    assert hashing.merkle_root(hashes(0)) == tree.EMPTY_ROOT


@pytest.mark.parametrize("size", SIZES)
def test_roots_and_levels_are_those_of_the_log(way: str, size: int) -> None:
    leaves = hashes(size)
    assert hashing.merkle_root(leaves) == tree.root(rows(leaves))
    level = rows(leaves)
    for ours in hashing.merkle_levels(leaves):
        assert rows(ours) == level
        level = tree.level_above(level)


@pytest.mark.parametrize("size", SIZES[:-1])
def test_paths_are_those_of_the_log(size: int) -> None:
    leaves = hashes(size)
    levels = hashing.merkle_levels(leaves)
    for index in range(size) if size < 100 else (0, 1, size - 2, size - 1):
        path = hashing.merkle_path(levels, index)
        assert path == tree.inclusion_path(rows(leaves), index)
        tree.check_inclusion(index, size, leaves[index].tobytes(), path, hashing.merkle_root(leaves))


def test_threads_do_not_disturb_one_another() -> None:
    bodies = [body(2000, seed) for seed in range(8)]
    alone = [hashing.merkle_root(hashing.transfer_leaves(*each)) for each in bodies]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            together = pool.map(lambda each: hashing.merkle_root(hashing.transfer_leaves(*each)), bodies)
            assert list(together) == alone


def test_wrong_shapes_are_faults() -> None:
    transfers, outcomes = body(4)
    with pytest.raises(Fault):
        hashing.transfer_leaves(transfers[:, :115], outcomes)
    with pytest.raises(Fault):
        hashing.transfer_leaves(transfers, outcomes[:3])
    with pytest.raises(Fault):
        hashing.merkle_levels(hashes(0))
    with pytest.raises(Fault):
        hashing.merkle_path(hashing.merkle_levels(hashes(4)), 4)
    with pytest.raises(Fault):
        hashing.transfer_leaves(transfers, outcomes.astype(np.uint32))


def test_any_layout_will_do(way: str) -> None:
    transfers, outcomes = body(9)
    expected = rows(hashing.transfer_leaves(transfers, outcomes))
    assert rows(hashing.transfer_leaves(np.asfortranarray(transfers), np.repeat(outcomes, 2)[::2])) == expected
    leaves = hashes(9)
    assert hashing.merkle_root(np.asfortranarray(leaves)) == hashing.merkle_root(leaves)
