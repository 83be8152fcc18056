"""Leaves and Merkle trees by the thousand: the double of `sanad.log.leaves.transfer_leaf` and `sanad.log.tree`.

SHA-256 comes from libcrypto, called from compiled code through the oldest door it has: Init, Update, Final on a
context of our own: 9 million leaves a second on one core. The newer EVP door looks up and allocates at each call and
gives 2 million, since a leaf or a node is only two blocks. Where libcrypto can't be loaded, `hashlib` gives the same
bytes, slower still.

A tree is kept as levels: level 0 are the leaves, each level above joins neighbours two by two, and a last one without
neighbour goes up as it is, which is RFC 6962's split at the largest power of two below the size.
"""

import hashlib
from typing import TypeAlias

import llvmlite.binding
import numpy as np
from numba import types
from numpy.typing import NDArray

from sanad.base.errors import ensure
from sanad.kernel.columns import WORDS_OF_TRANSFER, outcome_at, transfer_at
from sanad.kernel.compiled import compiled, inlined
from sanad.kernel.rows import address_of, copy_row, rows_of

HASH_SIZE = 32
TRANSFER_SIZE = 116
LEAF_INPUT_SIZE = 1 + TRANSFER_SIZE + 2
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
    ensure(
        transfers.ndim == 2 and transfers.shape[1] == TRANSFER_SIZE and transfers.dtype == np.uint8,
        "a transfer is 116 bytes",
    )
    ensure(outcomes.shape == (len(transfers),) and outcomes.dtype == np.uint16, "every transfer has one u16 outcome")
    leaves = np.empty((len(transfers), HASH_SIZE), dtype=np.uint8)
    if LIBCRYPTO_LOADED:
        transfers, outcomes, scratch = np.ascontiguousarray(transfers), np.ascontiguousarray(outcomes), _scratch()
        _compiled_leaves(
            len(transfers), transfers.ctypes.data, outcomes.ctypes.data, leaves.ctypes.data, scratch.ctypes.data
        )
    else:
        _leaves_of_hashlib(transfers, outcomes, leaves)
    return leaves


def merkle_levels(leaves: Bytes) -> list[Bytes]:
    """All levels of the tree over these leaf hashes (one or more): the leaves first, the root alone last."""
    ensure(leaves.ndim == 2 and leaves.shape[1] == HASH_SIZE and len(leaves) > 0, "a tree has leaves of 32 bytes")
    sizes = _level_sizes(len(leaves))
    nodes = np.empty((sum(sizes), HASH_SIZE), dtype=np.uint8)
    nodes[: len(leaves)] = leaves
    if LIBCRYPTO_LOADED:
        scratch = _scratch()
        _compiled_levels(len(leaves), nodes.ctypes.data, scratch.ctypes.data)
    else:
        _levels_of_hashlib(nodes, len(leaves))
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


def _scratch() -> Bytes:
    """Room for a context of libcrypto and the bytes to hash: new for each call, so that threads never share one."""
    return np.empty(_CONTEXT_SIZE + LEAF_INPUT_SIZE, dtype=np.uint8)


def _level_sizes(leaves: int) -> list[int]:
    sizes = [leaves]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 1) >> 1)
    return sizes


# ---- compiled --------------------------------------------------------------------------------------------------------

_LEAF_INPUT = np.dtype([("prefix", "u1"), ("transfer", WORDS_OF_TRANSFER), ("outcome", "<u2")])
_PAIR = np.dtype([(f"word_{word}", "<u8") for word in range(8)])
_NODE_INPUT = np.dtype([("prefix", "u1"), ("pair", _PAIR)])
_HASH = np.dtype([(f"word_{word}", "<u8") for word in range(4)])
_LEAF_SIZE, _NODE_SIZE = np.uint64(_LEAF_INPUT.itemsize), np.uint64(_NODE_INPUT.itemsize)
_CONTEXT, _ONE = np.uint64(_CONTEXT_SIZE), np.uint64(1)
_ADDRESS = types.uint64

_leaf_input_at, _node_input_at = rows_of(_LEAF_INPUT), rows_of(_NODE_INPUT)
_hash_at, _pair_at = rows_of(_HASH), rows_of(_PAIR)

_sha256_init = types.ExternalFunction("SHA256_Init", types.int32(types.uint64))
_sha256_update = types.ExternalFunction("SHA256_Update", types.int32(types.uint64, types.uint64, types.uint64))
_sha256_final = types.ExternalFunction("SHA256_Final", types.int32(types.uint64, types.uint64))


@inlined
def _sha256(scratch, size, digest):
    """The SHA-256 of the `size` bytes after the context in `scratch`, written to address `digest`."""
    _sha256_init(scratch)
    _sha256_update(scratch, scratch + _CONTEXT, size)
    _sha256_final(digest, scratch)


@compiled(types.void(types.uint64, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS))
def _compiled_leaves(count, transfers, outcomes, leaves, scratch):
    data = _leaf_input_at(scratch + _CONTEXT, 0)
    data.prefix = 0
    for index in range(count):
        copy_row(data.transfer, transfer_at(transfers, index))
        data.outcome = outcome_at(outcomes, index).code
        _sha256(scratch, _LEAF_SIZE, address_of(_hash_at(leaves, index)))


@compiled(types.void(types.uint64, _ADDRESS, _ADDRESS))
def _compiled_levels(count, nodes, scratch):
    data = _node_input_at(scratch + _CONTEXT, 0)
    data.prefix = 1
    size, level = count, nodes
    while size > 1:
        above = address_of(_hash_at(level, size))
        for pair in range(size >> _ONE):
            copy_row(data.pair, _pair_at(level, pair))
            _sha256(scratch, _NODE_SIZE, address_of(_hash_at(above, pair)))
        if size & _ONE:
            copy_row(_hash_at(above, size >> _ONE), _hash_at(level, size - _ONE))
        size, level = (size + _ONE) >> _ONE, above


# ---- without libcrypto -----------------------------------------------------------------------------------------------


def _leaves_of_hashlib(transfers: Bytes, outcomes: Outcomes, leaves: Bytes) -> None:
    codes = outcomes.astype("<u2")
    for index in range(len(transfers)):
        data = b"\x00" + transfers[index].tobytes() + codes[index].tobytes()
        leaves[index] = np.frombuffer(hashlib.sha256(data).digest(), dtype=np.uint8)


def _levels_of_hashlib(nodes: Bytes, leaves: int) -> None:
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
