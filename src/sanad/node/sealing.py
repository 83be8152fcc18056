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


def seal_block(entries: Sequence[OrderedEntry], height: int, time_ms: int, chain_before: bytes) -> SealedBlock:
    """Seal the entries of one block. The same entries always give the same bytes."""
    sealed: list[SealedEntry] = []
    chain = chain_before
    for each in entries:
        one = seal_entry(each.message, each.applied, each.entry, each.secret, chain)
        chain = one.chain_digest
        sealed.append(one)
    entries_tree = EntriesTree([each.leaf.leaf_hash() for each in sealed], entries[-1].secret)
    leaf = leaves.BlockLeaf(height, time_ms, entries_tree.root, chain, leaves.EMPTY_MAP_ROOT).encode()
    return SealedBlock(sealed, entries_tree, leaf, chain)


def sign_block(network: bytes, leaf: bytes, node_key: SigningKey) -> bytes:
    """The node's signature of a block leaf, 64 bytes."""
    return node_key.sign(block_signature_message(network, leaf)).signature


class EntriesTree:
    """The tree of a block's entries: 4,096 places, few of them taken. `secret` is S of the block's last entry."""

    def __init__(self, leaf_hashes: Sequence[bytes], secret: bytes) -> None:
        ensure(0 < len(leaf_hashes) <= ENTRIES_MAX, f"a block has 1 to {ENTRIES_MAX} entries")
        seed = digest(b"sanad/places/v1\n", secret)
        self._offset = int.from_bytes(seed[:2], "little") % ENTRIES_MAX
        self._secret = seed
        level = {self.place(at): leaf for at, leaf in enumerate(leaf_hashes)}
        self._levels = [level]
        for height in range(ENTRIES_DEPTH):
            above: dict[int, bytes] = {}
            for index in level:
                if index >> 1 not in above:
                    left = index & ~1
                    above[index >> 1] = tree.node_hash(self._node(height, left), self._node(height, left | 1))
            level = above
            self._levels.append(level)

    def place(self, at: int) -> int:
        """Where the block's `at`-th entry hangs, counted from 0."""
        return (self._offset + at) % ENTRIES_MAX

    def _node(self, height: int, index: int) -> bytes:
        found = self._levels[height].get(index)
        return found if found is not None else self._blind(height, index)

    def _blind(self, height: int, index: int) -> bytes:
        """What stands where nothing hangs; without the secret it looks like any hash."""
        return digest(b"sanad/nothing/v1\n", self._secret, bytes((height,)), index.to_bytes(2, "little"))

    @property
    def root(self) -> bytes:
        """Entries root of the block."""
        return self._levels[ENTRIES_DEPTH][0]

    def path(self, at: int) -> tuple[bytes, ...]:
        """RFC 6962 inclusion path of the block's `at`-th entry in a tree of `ENTRIES_MAX` leaves."""
        index = self.place(at)
        return tuple(self._node(height, (index >> height) ^ 1) for height in range(ENTRIES_DEPTH))
