"""Sealing: what an ordered entry and a block of them look like in the log (docs/reference/formats.md §5).

The entries of a block hang in a tree of fixed depth, at places that a secret decides, with blinded nodes where nothing
hangs: neither a path's length nor its index tells how many messages a block held (ADR 0006).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.base.errors import ensure
from sanad.kernel import hashing
from sanad.log import leaves, tree
from sanad.node.ordering import OrderedEntry
from sanad.node.receipts import block_signature_message
from sanad.rulebook.edition1.apply import Applied
from sanad.rulebook.message import TRANSFER_KINDS, TRANSFER_SIZE, Message

ENTRIES_DEPTH = 12
ENTRIES_MAX = 1 << ENTRIES_DEPTH
"""Most entries in a block, and the size that every path in a block claims."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry's leaf, and the chain digest after it."""

    leaf: leaves.EntryLeaf
    chain_digest: bytes
    salt: bytes
    effects_digest: bytes


def seal_entry(message: Message, applied: Applied, entry: int, secret: bytes, chain_before: bytes) -> SealedEntry:
    """Leaf and chain digest of an entry; `secret` is Sₙ."""
    salt = leaves.salt(secret)
    root = body_root(message, applied, salt)
    outcomes_digest = digest(applied.outcomes.data)
    sealed = leaves.sealed_digest(salt, message.header_bytes, digest(message.signatures_bytes), outcomes_digest)
    effects_digest = applied.effects_digest
    chain = leaves.chain_digest(chain_before, secret, root, effects_digest)
    return SealedEntry(leaves.EntryLeaf(entry, root, sealed), chain, salt, effects_digest)


def body_root(message: Message, applied: Applied, salt: bytes) -> bytes:
    """Merkle root over the transfers with their outcomes, or the one leaf of a control act."""
    if message.header.kind not in TRANSFER_KINDS:
        return leaves.control_leaf(salt, message.header.body_digest, int(applied.outcomes[0]))
    if message.header.items == 1:
        return leaves.transfer_leaf(message.body, int(applied.outcomes[0]))
    rows = np.frombuffer(message.body, dtype=np.uint8).reshape(-1, TRANSFER_SIZE)
    return hashing.merkle_root(hashing.transfer_leaves(rows, applied.outcomes))


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A block as it goes into the log: leaf, entries and their tree, chain digest after."""

    entries: list[SealedEntry]
    tree: "EntriesTree"
    leaf: bytes
    chain_digest: bytes


def seal_block(
    entries: Sequence[OrderedEntry], height: int, time_ms: int, chain_before: bytes, register_root: bytes
) -> SealedBlock:
    """Seal the entries of one block. The same entries always give the same bytes."""
    sealed: list[SealedEntry] = []
    chain = chain_before
    for each in entries:
        one = seal_entry(each.message, each.applied, each.entry, each.secret, chain)
        chain = one.chain_digest
        sealed.append(one)
    entries_tree = EntriesTree([each.leaf.leaf_hash() for each in sealed], entries[-1].secret)
    leaf = leaves.BlockLeaf(height, time_ms, entries_tree.root, chain, register_root).encode()
    return SealedBlock(sealed, entries_tree, leaf, chain)


def sign_block(network: bytes, leaf: bytes, node_key: SigningKey) -> bytes:
    """The node's signature of a block leaf, 64 bytes."""
    return node_key.sign(block_signature_message(network, leaf)).signature


class EntriesTree:
    """The tree of a block's entries: 4,096 places, few of them taken. `secret` is S of the block's last entry.

    The entries hang side by side on a ring, so that every place is equally likely, however many they are. Of each level
    only the run of nodes is kept that lies over them, made even at both ends with blinded nodes; every sibling that a
    path needs is in it.
    """

    def __init__(self, leaf_hashes: Sequence[bytes], secret: bytes) -> None:
        ensure(0 < len(leaf_hashes) <= ENTRIES_MAX, f"a block has 1 to {ENTRIES_MAX} entries")
        seed = digest(b"sanad/places/v1\n", secret)
        blind = b"sanad/nothing/v1\n" + seed
        self._first = int.from_bytes(seed[:2], "little") % ENTRIES_MAX
        self._levels: list[tuple[int, list[bytes]]] = []
        first, nodes = self._first, list(leaf_hashes)
        for height in range(ENTRIES_DEPTH):
            width = ENTRIES_MAX >> height
            if len(nodes) == width:
                # The run goes all around: begin it where the level begins.
                first, nodes = 0, nodes[width - first :] + nodes[: width - first]
            if first & 1:
                first -= 1
                nodes.insert(0, digest(blind, bytes((height,)), first.to_bytes(2, "little")))
            if len(nodes) & 1:
                last = (first + len(nodes)) % width
                nodes.append(digest(blind, bytes((height,)), last.to_bytes(2, "little")))
            self._levels.append((first, nodes))
            nodes = [tree.node_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
            first >>= 1
        self.root = nodes[0]
        """Entries root of the block."""

    def place(self, at: int) -> int:
        """Where the block's `at`-th entry hangs, counted from 0."""
        return (self._first + at) % ENTRIES_MAX

    def path(self, at: int) -> tuple[bytes, ...]:
        """RFC 6962 inclusion path of the block's `at`-th entry in a tree of `ENTRIES_MAX` leaves."""
        index = self.place(at)
        return tuple(
            nodes[(((index >> height) ^ 1) - first) % (ENTRIES_MAX >> height)]
            for height, (first, nodes) in enumerate(self._levels)
        )
