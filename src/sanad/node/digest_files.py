"""Two derived things of 32-byte rows: the log's tree, a file for each level of tiles, and the record secrets.

    derived/tree-0   hash of every block leaf           row h−1 = block h
    derived/tree-1   root of every 256 rows of tree-0   … and so on: any tile is a slice of one file
    derived/secrets  Sₙ of every entry                  row n−1 = entry n; as secret as the segments

Rebuilt from block rows and message headers. What is read is checked before it is served.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sanad.base.errors import ensure
from sanad.log import leaves, tree
from sanad.log.tiles import TILE_HEIGHT, TILE_WIDTH, TilePath, encode_bundle, fold_tile
from sanad.node.derived import Derived
from sanad.node.folder import DERIVED, REBUILD_ADVICE, Damage
from sanad.node.rows import Rows

_ROW = np.dtype("V32")
_LEVELS = 4
"""Levels of tiles: 256⁴ blocks are 4 · 10⁹, a century of 1 block a second."""


class LogTree:
    """The log's Merkle tree over block leaves. One thread appends; any number read."""

    def __init__(self, folder: Path, derived: Derived) -> None:
        self._derived = derived
        self._levels = [Rows(folder / DERIVED / f"tree-{level}", _ROW, writable=True) for level in range(_LEVELS)]
        self._peaks = tree.Peaks()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Blocks in the tree."""
        return self._peaks.size

    def open(self, size: int, known_size: int, known_root: bytes) -> None:
        """Go on from `size` blocks. What the last checkpoint covers is kept if it leads to that checkpoint's root."""
        kept = min(known_size, size)
        if kept and (self._levels[0].capacity < kept or self._root_of(kept) != known_root):
            kept = 0
        self._peaks = tree.Peaks.from_nodes(kept, self.node) if kept else tree.Peaks()
        for height in range(kept + 1, size + 1):
            self.append(tree.leaf_hash(self._derived.block(height).leaf))
        if known_size <= size and known_size and self._root_of(known_size) != known_root:
            raise Damage(
                "derived/blocks", f"the tree of {known_size} blocks is not the one that was signed", REBUILD_ADVICE
            )

    def _root_of(self, size: int) -> bytes:
        return tree.root_from_nodes(size, self.node)

    def append(self, leaf_hash: bytes) -> None:
        """Add a block by the hash of its leaf."""
        index = self._peaks.size
        running, at = leaf_hash, index
        for rows in self._levels:
            rows.reserve(at + 1)
            rows.write(at, running)
            at += 1
            if at % TILE_WIDTH:
                break
            tile = rows.read(at - TILE_WIDTH, TILE_WIDTH)
            running = fold_tile([bytes(row) for row in tile], TILE_HEIGHT, 0)
            at = at // TILE_WIDTH - 1
        with self._lock:
            self._peaks.append(leaf_hash)

    def make_room(self, size: int) -> None:
        """Make space for `size` blocks in all. Raises `Unavailable` if there is none."""
        for level, rows in enumerate(self._levels):
            rows.reserve((size >> (level * TILE_HEIGHT)) + 1)

    def head(self) -> tuple[int, bytes]:
        """Size and root, of one moment."""
        with self._lock:
            return self._peaks.size, self._peaks.root()

    def node(self, height: int, index: int) -> bytes:
        """The perfect node (height, index): what `sanad.log.tree` builds paths from."""
        level, inner = divmod(height, TILE_HEIGHT)
        rows = self._levels[level].read(index << inner, 1 << inner)
        return fold_tile([bytes(row) for row in rows], inner, 0)

    def tile(self, path: TilePath) -> bytes:
        """A tile of hashes, or a bundle of block leaves; the path lies within a signed size. Raises `Damage`."""
        first = path.index * TILE_WIDTH
        data = self._levels[path.level or 0].read(first, path.width).tobytes()
        if not path.level:
            bundle = [self._derived.block(first + at + 1).leaf for at in range(path.width)]
            if b"".join(tree.leaf_hash(leaf) for leaf in bundle) != data:
                what = f"blocks {first + 1} to {first + path.width}: their leaves are not those of derived/blocks"
                raise Damage("derived/tree-0", what, REBUILD_ADVICE, first + 1)
            if path.level is None:
                return encode_bundle(bundle)
        if path.width == TILE_WIDTH and path.level + 1 < _LEVELS:
            hashes = [data[at : at + 32] for at in range(0, len(data), 32)]
            above = bytes(self._levels[path.level + 1].read(path.index, 1)[0])
            if fold_tile(hashes, TILE_HEIGHT, 0) != above:
                raise Damage(f"derived/tree-{path.level}", f"tile {path.index} is not what was written", REBUILD_ADVICE)
        return data

    def inclusion_path(self, height: int, size: int, root: bytes) -> list[bytes]:
        """The path of block `height` in the tree of `size`, checked against `root`. Raises `Damage`."""
        leaf = tree.leaf_hash(self._derived.block(height).leaf)
        path = tree.inclusion_path_from_nodes(height - 1, size, self.node)
        if tree.inclusion_root(height - 1, size, leaf, path) != root:
            raise Damage(
                "derived/tree-0", f"the path of block {height} does not lead to the signed root", REBUILD_ADVICE
            )
        return path

    def sync(self) -> None:
        """Wait until all rows are on the disk."""
        for rows in self._levels:
            rows.sync()

    def close(self) -> None:
        """Let go of the files."""
        for rows in self._levels:
            rows.close()


class Secrets:
    """Sₙ of every entry. One thread appends; any number read."""

    def __init__(self, folder: Path, nonce_of: Callable[[int], bytes]) -> None:
        """`nonce_of` gives the nonce in the header of an entry's message."""
        self._rows = Rows(folder / DERIVED / "secrets", _ROW, writable=True)
        self._nonce_of = nonce_of

    def open(self, entry: int, secret: bytes, first_secret: bytes) -> None:
        """Go on after `entry`, whose secret is known; all rows up to it are made anew if they do not lead there."""
        if entry == 0 or (self._rows.capacity >= entry and bytes(self._rows.read(entry - 1, 1)[0]) == secret):
            return
        running = first_secret
        for number in range(1, entry + 1):
            running = leaves.next_secret(running, self._nonce_of(number))
            self.append(number, [running])
        ensure(running == secret, "the secrets of the record lead to the snapshot's")

    def make_room(self, entries: int) -> None:
        """Make space for so many in all. Raises `Unavailable` if there is none."""
        self._rows.reserve(entries)

    def append(self, first_entry: int, secrets: list[bytes]) -> None:
        """Add the secrets of a block's entries."""
        self._rows.reserve(first_entry - 1 + len(secrets))
        self._rows.write(first_entry - 1, b"".join(secrets))

    def of(self, entry: int) -> bytes:
        """Sₙ, checked against the one before. Raises `Damage`."""
        secret = bytes(self._rows.read(entry - 1, 1)[0])
        if entry > 1:
            before = bytes(self._rows.read(entry - 2, 1)[0])
            if leaves.next_secret(before, self._nonce_of(entry)) != secret:
                raise Damage("derived/secrets", f"the secret of entry {entry} is not what was written", REBUILD_ADVICE)
        return secret

    def sync(self) -> None:
        """Wait until all rows are on the disk."""
        self._rows.sync()

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()
