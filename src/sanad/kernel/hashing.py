"""Leaves and Merkle trees by the thousand: the double of `sanad.log.leaves.transfer_leaf` and `sanad.log.tree`.

SHA-256 comes from libcrypto, called from compiled code through the oldest door it has: Init, Update, Final on a
context of our own. The newer EVP door looks up and allocates at each call, which costs several times the hash of the
two blocks that a leaf or a node is. Where libcrypto can't be loaded, `hashlib` gives the same bytes, slower.

A tree is kept as levels: level 0 are the leaves, each level above joins neighbours two by two, and a last one without
neighbour goes up as it is, which is RFC 6962's split at the largest power of two below the size.
"""

import hashlib
from typing import Any, TypeAlias

import llvmlite.binding
import numpy as np
from numba import types
from numpy.typing import NDArray

from sanad.base.errors import ensure
from sanad.kernel.compiled import compiled, inlined, read_only, writable

HASH_SIZE = 32
TRANSFER_SIZE = 116
LEAF_INPUT_SIZE = 1 + TRANSFER_SIZE + 2
NODE_INPUT_SIZE = 1 + HASH_SIZE + HASH_SIZE
EMPTY_ROOT = hashlib.sha256(b"").digest()

# Names under which systems keep libcrypto. macOS' own unversioned one is left out: it ends a process that loads it.
_LIBCRYPTO_NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto.so.1.1")
_LIBCRYPTO_SYMBOLS = ("SHA256_Init", "SHA256_Update", "SHA256_Final")
_CONTEXT_SIZE = 128  # sizeof(SHA256_CTX) is 112 in all releases

Bytes: TypeAlias = NDArray[np.uint8]
Outcomes: TypeAlias = NDArray[np.uint16]


def _load_libcrypto() -> bool:
    """Make libcrypto's functions known to compiled code; False if there is none that has them."""
    for name in _LIBCRYPTO_NAMES:
        try:
            llvmlite.binding.load_library_permanently(name)
        except RuntimeError:
            continue
        if all(llvmlite.binding.address_of_symbol(symbol) for symbol in _LIBCRYPTO_SYMBOLS):
            return True
    return False


LIBCRYPTO_LOADED = _load_libcrypto()
"""Whether hashing runs at full speed and without Python's lock."""


# ---- what is called --------------------------------------------------------------------------------------------------


def transfer_leaves(transfers: Bytes, outcomes: Outcomes) -> Bytes:
    """Leaf hashes of a body, uint8[n, 32]: SHA256(00 ‖ transfer 116 ‖ outcome u16) (docs/reference/formats.md §5)."""
    ensure(transfers.ndim == 2 and transfers.shape[1] == TRANSFER_SIZE, "a transfer is 116 bytes")
    ensure(outcomes.shape == (len(transfers),), "every transfer has one outcome")
    leaves = np.empty((len(transfers), HASH_SIZE), dtype=np.uint8)
    _fill_leaves(transfers, outcomes, leaves)
    return leaves


def merkle_levels(leaves: Bytes) -> list[Bytes]:
    """All levels of the tree over these leaf hashes (one or more): the leaves first, the root alone last."""
    ensure(leaves.ndim == 2 and leaves.shape[1] == HASH_SIZE and len(leaves) > 0, "a tree has leaves of 32 bytes")
    sizes = _level_sizes(len(leaves))
    nodes = np.empty((sum(sizes), HASH_SIZE), dtype=np.uint8)
    nodes[: len(leaves)] = leaves
    _fill_levels(nodes, len(leaves))
    ends = np.cumsum(sizes).tolist()
    return [nodes[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def merkle_root(leaves: Bytes) -> bytes:
    """The root of the tree over these leaf hashes; SHA256 of nothing for none (RFC 6962 §2.1)."""
    if len(leaves) == 0:
        return EMPTY_ROOT
    return merkle_levels(leaves)[-1].tobytes()


def merkle_path(levels: list[Bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root, leaf side first (RFC 6962 §2.1.1)."""
    ensure(0 <= index < len(levels[0]), "a path is asked for a leaf of the tree")
    path: list[bytes] = []
    for level in levels[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling].tobytes())
        index >>= 1
    return path


def _level_sizes(leaves: int) -> list[int]:
    sizes = [leaves]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 1) >> 1)
    return sizes


# ---- compiled --------------------------------------------------------------------------------------------------------

_sha256_init = types.ExternalFunction("SHA256_Init", types.int32(types.voidptr))
_sha256_update = types.ExternalFunction("SHA256_Update", types.int32(types.voidptr, types.voidptr, types.uintp))
_sha256_final = types.ExternalFunction("SHA256_Final", types.int32(types.voidptr, types.voidptr))


@inlined
def _sha256(context, data, digest):
    """The SHA-256 of all of `data`, written into `digest`; `context` is scratch of this call alone."""
    _sha256_init(context.ctypes)
    _sha256_update(context.ctypes, data.ctypes, data.size)
    _sha256_final(digest.ctypes, context.ctypes)


def _fill_leaves_with_libcrypto(transfers, outcomes, leaves):
    context = np.empty(_CONTEXT_SIZE, dtype=np.uint8)
    data = np.zeros(LEAF_INPUT_SIZE, dtype=np.uint8)
    for index in range(len(transfers)):
        for place in range(TRANSFER_SIZE):
            data[1 + place] = transfers[index, place]
        data[1 + TRANSFER_SIZE] = outcomes[index] & 0xFF
        data[2 + TRANSFER_SIZE] = outcomes[index] >> 8
        _sha256(context, data, leaves[index])


def _fill_levels_with_libcrypto(nodes, leaves):
    context = np.empty(_CONTEXT_SIZE, dtype=np.uint8)
    data = np.ones(NODE_INPUT_SIZE, dtype=np.uint8)
    start, size = 0, leaves
    while size > 1:
        above = start + size
        for pair in range(size >> 1):
            left = start + 2 * pair
            for place in range(HASH_SIZE):
                data[1 + place] = nodes[left, place]
            for place in range(HASH_SIZE):  # a loop of its own: LLVM makes a block copy of each
                data[1 + HASH_SIZE + place] = nodes[left + 1, place]
            _sha256(context, data, nodes[above + pair])
        if size & 1:
            nodes[above + (size >> 1)] = nodes[above - 1]
        start, size = above, (size + 1) >> 1


# ---- without libcrypto -----------------------------------------------------------------------------------------------


def _fill_leaves_with_hashlib(transfers: Bytes, outcomes: Outcomes, leaves: Bytes) -> None:
    codes = outcomes.astype("<u2")
    for index in range(len(transfers)):
        data = b"\x00" + transfers[index].tobytes() + codes[index].tobytes()
        leaves[index] = np.frombuffer(hashlib.sha256(data).digest(), dtype=np.uint8)


def _fill_levels_with_hashlib(nodes: Bytes, leaves: int) -> None:
    start, size = 0, leaves
    while size > 1:
        above = start + size
        for pair in range(size >> 1):
            left = start + 2 * pair
            data = b"\x01" + nodes[left : left + 2].tobytes()
            nodes[above + pair] = np.frombuffer(hashlib.sha256(data).digest(), dtype=np.uint8)
        if size & 1:
            nodes[above + (size >> 1)] = nodes[above - 1]
        start, size = above, (size + 1) >> 1


_fill_leaves: Any = _fill_leaves_with_hashlib
_fill_levels: Any = _fill_levels_with_hashlib
if LIBCRYPTO_LOADED:
    _rows_read, _rows_written = read_only(types.uint8, 2), writable(types.uint8, 2)
    _leaves_signature = types.void(_rows_read, read_only(types.uint16, 1), _rows_written)
    _fill_leaves = compiled(_leaves_signature)(_fill_leaves_with_libcrypto)
    _fill_levels = compiled(types.void(_rows_written, types.int64))(_fill_levels_with_libcrypto)
