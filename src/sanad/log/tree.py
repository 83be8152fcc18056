"""The Merkle tree of RFC 6962 §2.1: hashes, roots, proofs that an entry is in it, proofs that it only grew.

A tree of n leaves splits at the largest power of two below n, so its left part is always a *perfect* subtree
(2^height leaves), named here by (height, index): the leaves from index·2^height up to (index + 1)·2^height.
A hash is 32 bytes. The checks are those of RFC 9162 §2.1.3.2 and §2.1.4.2.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from sanad.base.errors import Malformed, ensure

HASH_LENGTH = 32
EMPTY_ROOT = sha256(b"").digest()
"""Root of a tree without leaves (RFC 6962 §2.1)."""
SIZE_MAX = 2**63 - 1
"""Largest number of leaves that this system reads or writes (house rule: Go's clients hold sizes in 63 bits)."""
PATH_HASHES_MAX = 64
"""Most hashes that any proof in a tree of 63-bit size can need, with one to spare."""

NodeSource = Callable[[int, int], bytes]
"""`hash_of_perfect_node(height, index)`: the hash of a perfect subtree, wherever it is kept."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf that holds `entry`: SHA256(00 ‖ entry) (RFC 6962 §2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA256(01 ‖ left ‖ right) (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below `size` (2 or more): how many leaves the left subtree has."""
    ensure(size >= 2, "only a tree of two or more leaves splits")
    return 1 << ((size - 1).bit_length() - 1)


def level_above(hashes: Sequence[bytes]) -> list[bytes]:
    """Join neighbours two by two; a last one without neighbour goes up as it is."""
    pairs = iter(hashes)
    above = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    if len(hashes) & 1:
        above.append(hashes[-1])
    return above


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root of the tree with these leaf hashes, in order; `EMPTY_ROOT` for none (RFC 6962 §2.1)."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = leaf_hashes
    while len(level) > 1:
        level = level_above(level)
    return level[0]


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root, leaf side first (RFC 6962 §2.1.1)."""
    ensure(0 <= index < len(leaf_hashes), "a path is asked for a leaf of the tree")
    path: list[bytes] = []
    level = leaf_hashes
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = level_above(level)
        index >>= 1
    return path


def inclusion_path_from_nodes(index: int, size: int, node: NodeSource) -> list[bytes]:
    """As `inclusion_path`, for a tree of `size` leaves that is kept as perfect nodes, such as tiles."""
    ensure(0 <= index < size, "a path is asked for a leaf of the tree")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(_root_of_range(middle, end, node))
            end = middle
        else:
            path.append(_root_of_range(start, middle, node))
            start = middle
    path.reverse()
    return path


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The hashes that prove that the tree of the first `old_size` leaves is the start of this one (RFC 6962 §2.1.2)."""
    return consistency_path_from_nodes(old_size, len(leaf_hashes), node_source(leaf_hashes))


def consistency_path_from_nodes(old_size: int, size: int, node: NodeSource) -> list[bytes]:
    """As `consistency_path`, for a tree of `size` leaves that is kept as perfect nodes, such as tiles."""
    ensure(0 < old_size <= size, "no consistency proof starts at size 0 or goes backwards")
    path: list[bytes] = []
    start, end = 0, size
    while old_size != end:
        middle = start + split(end - start)
        if old_size <= middle:
            path.append(_root_of_range(middle, end, node))
            end = middle
        else:
            path.append(_root_of_range(start, middle, node))
            start = middle
    if start > 0:  # else the old tree is itself a node of the new one: the verifier knows its root
        path.append(_root_of_range(start, end, node))
    path.reverse()
    return path


def root_from_nodes(size: int, node: NodeSource) -> bytes:
    """Root of a tree of `size` leaves that is kept as perfect nodes."""
    ensure(size >= 0, "a tree has no negative size")
    return _root_of_range(0, size, node) if size else EMPTY_ROOT


def perfect_nodes(start: int, end: int) -> list[tuple[int, int]]:
    """The (height, index) of the perfect subtrees that make up leaves `start` to `end`, left to right.

    `start` is a multiple of the largest of them, as in every subtree of RFC 6962.
    """
    nodes: list[tuple[int, int]] = []
    while start < end:
        height = (end - start).bit_length() - 1
        ensure(start & ((1 << height) - 1) == 0, "a subtree starts at a multiple of its largest part")
        nodes.append((height, start >> height))
        start += 1 << height
    return nodes


def node_source(leaf_hashes: Sequence[bytes]) -> NodeSource:
    """Serve perfect nodes from leaf hashes in memory."""
    levels: list[Sequence[bytes]] = [leaf_hashes]
    while len(levels[-1]) > 1:
        levels.append(level_above(levels[-1]))

    def hash_of_perfect_node(height: int, index: int) -> bytes:
        ensure((index + 1) << height <= len(leaf_hashes), "a perfect node lies inside the tree")
        return levels[height][index]

    return hash_of_perfect_node


def inclusion_root(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that `path` claims for the tree of `size` leaves with leaf hash `leaf` at `index`.

    Source: RFC 9162 §2.1.3.2. Raises `Malformed` when the path does not have the shape of such a proof.
    """
    _check_size("inclusion proof", size)
    _check_hashes("inclusion proof", path, leaf)
    if not 0 <= index < size:
        raise _bad_inclusion("the index lies outside the tree")
    running = leaf
    for sibling, is_left in _climb(index, size - 1, path, _bad_inclusion):
        running = node_hash(sibling, running) if is_left else node_hash(running, sibling)
    return running


def check_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], expected_root: bytes) -> None:
    """Raise `Malformed` unless `path` proves leaf hash `leaf` at `index` of the tree of that size and root."""
    if inclusion_root(index, size, leaf, path) != expected_root:
        raise _bad_inclusion("it leads to another root")


def check_consistency(old_size: int, size: int, path: Sequence[bytes], old_root: bytes, expected_root: bytes) -> None:
    """Raise `Malformed` unless `path` proves that the old tree is the start of the new one.

    Source: RFC 9162 §2.1.4.2. Size 0 is refused: an empty proof from nothing proves nothing, yet old verifiers took it.
    """
    _check_size("consistency proof", size)
    _check_hashes("consistency proof", path, old_root, expected_root)
    if not 0 < old_size <= size:
        raise _bad_consistency("the sizes are not 0 < old <= new")
    if old_size == size:
        if path or old_root != expected_root:
            raise _bad_consistency("equal sizes need equal roots and no hashes")
        return
    if not path:
        raise _bad_consistency("there are no hashes")
    old_is_perfect = old_size & (old_size - 1) == 0
    hashes = [old_root, *path] if old_is_perfect else list(path)
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_running = running = hashes[0]
    for sibling, is_left in _climb(place, last, hashes[1:], _bad_consistency):
        if is_left:
            old_running, running = node_hash(sibling, old_running), node_hash(sibling, running)
        else:
            running = node_hash(running, sibling)
    if old_running != old_root or running != expected_root:
        raise _bad_consistency("it does not lead to both roots")


class Peaks:
    """A growing tree, kept as the roots of its perfect subtrees: one for each 1-bit of the size, largest first.

    Enough to append leaves and to know the root at every size, in at most 63 hashes (a "compact range").
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Start from nothing, or go on from a size and its peaks, largest first."""
        ensure(0 <= size <= SIZE_MAX, "the size of a tree has 63 bits")
        ensure(len(hashes) == size.bit_count(), "one peak for each 1-bit of the size")
        ensure(all(len(peak) == HASH_LENGTH for peak in hashes), "a peak is a hash")
        self._size = size
        self._hashes = list(hashes)

    @classmethod
    def from_nodes(cls, size: int, node: NodeSource) -> "Peaks":
        """The peaks of a tree of `size` leaves that is kept as perfect nodes, such as tiles."""
        return cls(size, [node(height, index) for height, index in perfect_nodes(0, size)])

    @classmethod
    def decode(cls, data: bytes) -> "Peaks":
        """The opposite of `encode`. Raises `Malformed`."""
        if len(data) < 8:
            raise Malformed("peaks", "peaks_bad", "write the size, 8 bytes, then the peaks, 32 bytes each")
        size = int.from_bytes(data[:8], "little")
        _check_size("peaks", size)
        if len(data) != 8 + HASH_LENGTH * size.bit_count():
            raise Malformed("peaks", "peaks_bad", "write one peak of 32 bytes for each 1-bit of the size")
        return cls(size, [data[at : at + HASH_LENGTH] for at in range(8, len(data), HASH_LENGTH)])

    def encode(self) -> bytes:
        """Size u64 little-endian ‖ peaks, 32 bytes each, largest subtree first."""
        return self._size.to_bytes(8, "little") + b"".join(self._hashes)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The peaks, largest subtree first."""
        return tuple(self._hashes)

    def copy(self) -> "Peaks":
        """The same tree, free to grow another way."""
        return Peaks(self._size, self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its leaf hash."""
        ensure(len(leaf) == HASH_LENGTH, "a leaf is appended by its hash")
        ensure(self._size < SIZE_MAX, "the size of a tree has 63 bits")
        running, size = leaf, self._size
        while size & 1:
            running = node_hash(self._hashes.pop(), running)
            size >>= 1
        self._hashes.append(running)
        self._size += 1

    def root(self) -> bytes:
        """Root of the tree as it is now."""
        return _fold_peaks(self._hashes) if self._hashes else EMPTY_ROOT


def _climb(
    place: int, last: int, path: Sequence[bytes], bad: Callable[[str], Malformed]
) -> Iterator[tuple[bytes, bool]]:
    """Walk from node `place` of a level whose last node is `last` up to the root, one hash of `path` a step.

    Gives each hash and whether it stands to the left; raises `bad` unless the path ends exactly at the root. Without
    that last check one proof would hold for several sizes.
    """
    for sibling in path:
        if last == 0:
            raise bad("there are more hashes than the tree is high")
        is_left = bool(place & 1) or place == last
        yield sibling, is_left
        if is_left:
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise bad("there are fewer hashes than the tree is high")


def _fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """Join peaks from the right, smallest first, into one root."""
    running = peaks[-1]
    for peak in reversed(peaks[:-1]):
        running = node_hash(peak, running)
    return running


def _root_of_range(start: int, end: int, node: NodeSource) -> bytes:
    """Root of the subtree of leaves `start` to `end`, which lies as RFC 6962 splits."""
    return _fold_peaks([node(height, index) for height, index in perfect_nodes(start, end)])


def _check_size(field: str, size: int) -> None:
    if not 0 <= size <= SIZE_MAX:
        raise Malformed(field, "tree_size_bad", "a tree size is a number from 0 to 2^63 - 1")


def _check_hashes(field: str, path: Sequence[bytes], *ends: bytes) -> None:
    if len(path) > PATH_HASHES_MAX:
        raise Malformed(field, "proof_too_long", f"a proof has at most {PATH_HASHES_MAX} hashes")
    if any(len(one) != HASH_LENGTH for one in (*path, *ends)):
        raise Malformed(field, "hash_length_bad", "a hash is 32 bytes")


def _bad_inclusion(advice: str) -> Malformed:
    return Malformed("inclusion proof", "inclusion_proof_bad", f"{advice}; ask for a new proof for this very size")


def _bad_consistency(advice: str) -> Malformed:
    return Malformed("consistency proof", "consistency_proof_bad", f"{advice}; ask for a new proof of these two sizes")
