"""The tree as static files (C2SP tlog-tiles v0.1.0): anyone can serve them, and build any proof from them.

    tile/<L>/<N>[.p/<W>]         hash tile: W hashes of level L, 32 bytes each; W is 256 unless the name says so
    tile/entries/<N>[.p/<W>]     entry bundle: W entries, each with its length before it as u16 big-endian

Hash i of tile (L, N) is the perfect node (height 8·L, index 256·N + i). A tile that is not yet full is *partial*; it
is a prefix of all later ones of its name, and never feeds a level above. A file never changes once it is written.

Who writes files keeps this order: entries on disk, then tiles, then the signed checkpoint. House rule: no pruning.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sanad.base.errors import Malformed, Unavailable, ensure
from sanad.log.tree import HASH_LENGTH, SIZE_MAX, NodeSource, leaf_hash, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
LEVEL_MAX = 63
"""Largest level that a path may spell; a tree of 63-bit size ends at level 7."""
ENTRY_LENGTH_MAX = 65_535
PATH_LENGTH_MAX = 100

Fetch = Callable[[str], bytes | None]
"""Gives the bytes at a path under the log's prefix, or None when nothing is served there."""

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile or bundle, and how wide."""

    level: int | None
    """0 to 63; None for an entry bundle."""
    index: int
    """N: counted from 0 in its level."""
    width: int = TILE_WIDTH
    """W: 1 to 255 for a partial one, 256 for a full one."""

    def __post_init__(self) -> None:
        ensure(self.level is None or 0 <= self.level <= LEVEL_MAX, "levels are 0 to 63")
        ensure(0 <= self.index <= SIZE_MAX, "a tile index has 63 bits")
        ensure(1 <= self.width <= TILE_WIDTH, "a tile has 1 to 256 hashes")

    @property
    def is_full(self) -> bool:
        """Whether it has all its 256 hashes or entries."""
        return self.width == TILE_WIDTH

    def full(self) -> "TilePath":
        """The full tile or bundle of the same place."""
        return TilePath(self.level, self.index)

    def encode(self) -> str:
        """The path under the log's prefix, such as `tile/0/x001/x234/067.p/8`."""
        digits = str(self.index)
        digits = digits.zfill((len(digits) + 2) // 3 * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
        kind = "entries" if self.level is None else str(self.level)
        return f"tile/{kind}/{number}" + ("" if self.is_full else f".p/{self.width}")

    @classmethod
    def decode(cls, path: str) -> "TilePath":
        """The opposite of `encode`. Raises `Malformed` on any other spelling: a server answers 404."""
        match = _PATH.fullmatch(path) if len(path) <= PATH_LENGTH_MAX else None
        if match is not None:
            level = None if match[1] == "entries" else int(match[1])
            index = int(match[2].replace("x", "").replace("/", ""))
            width = int(match[3] or TILE_WIDTH)
            if (level or 0) <= LEVEL_MAX and index <= SIZE_MAX and width <= TILE_WIDTH:
                decoded = cls(level, index, width)
                if decoded.encode() == path:
                    return decoded
        raise Malformed("tile path", "tile_path_bad", "write tile/<level or entries>/<index>[.p/<width>] as tlog-tiles")


def tile_width(level: int | None, index: int, size: int) -> int:
    """How wide a tile (or bundle, level None) is in a tree of `size` leaves: 0 when it is not there."""
    hashes = size >> TILE_HEIGHT * (level or 0)
    return max(0, min(TILE_WIDTH, hashes - index * TILE_WIDTH))


def is_within(path: TilePath, size: int) -> bool:
    """Whether a log of `size` leaves has, or once had, this tile or bundle: else a server answers 404."""
    return path.width <= tile_width(path.level, path.index, size)


def tile_paths(size: int, old_size: int = 0) -> Iterator[TilePath]:
    """The hash tiles of a tree of `size` leaves that a tree of `old_size` leaves did not have, from level 0 up."""
    ensure(0 <= old_size <= size <= SIZE_MAX, "a log only grows")
    level = 0
    while size >> TILE_HEIGHT * level:
        yield from _paths_of_level(level, size >> TILE_HEIGHT * level, old_size >> TILE_HEIGHT * level)
        level += 1


def bundle_paths(size: int, old_size: int = 0) -> Iterator[TilePath]:
    """The entry bundles of a log of `size` entries that a log of `old_size` entries did not have."""
    ensure(0 <= old_size <= size <= SIZE_MAX, "a log only grows")
    yield from _paths_of_level(None, size, old_size)


def tile_from_nodes(path: TilePath, node: NodeSource) -> bytes:
    """The bytes of a hash tile, from wherever the perfect nodes are kept."""
    ensure(path.level is not None, "a bundle is not made of hashes")
    height, start = TILE_HEIGHT * (path.level or 0), TILE_WIDTH * path.index
    return b"".join(node(height, start + position) for position in range(path.width))


def split_tile(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile of `width` hashes. Raises `Malformed` when the length is another."""
    if len(data) != HASH_LENGTH * width:
        raise Malformed("hash tile", "tile_length_bad", f"a tile of {width} hashes has {HASH_LENGTH * width} bytes")
    return [data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH)]


def fold_tile(hashes: Sequence[bytes], height: int, position: int) -> bytes:
    """The node inside a tile that joins its 2^height hashes from `position`·2^height on; height 8 is the whole tile."""
    start = position << height
    level = list(hashes[start : start + (1 << height)])
    ensure(0 <= height <= TILE_HEIGHT and len(level) == 1 << height, "a node is folded from hashes that are there")
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: u16 big-endian length ‖ entry, for 1 to 256 entries of at most 65,535 bytes."""
    ensure(1 <= len(entries) <= TILE_WIDTH, "a bundle has 1 to 256 entries")
    ensure(all(len(entry) <= ENTRY_LENGTH_MAX for entry in entries), "an entry has at most 65,535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle of `width` entries. Raises `Malformed` when it does not hold exactly so many."""
    entries: list[bytes] = []
    at = 0
    while len(entries) < width and at + 2 <= len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if len(entries) != width or at != len(data):
        raise Malformed("entry bundle", "bundle_bad", f"a bundle of {width} holds just that, each with its length")
    return entries


def grow_tiles(size: int, leaf_hashes: Sequence[bytes], fetch: Fetch) -> list[tuple[str, bytes]]:
    """The hash tiles (path, bytes) to write when `leaf_hashes` follow a tree of `size` leaves, from level 0 up.

    `fetch` gives the partial tiles at the right edge of the old tree, which are all that is needed of it.
    """
    resources: list[tuple[str, bytes]] = []
    fresh = list(leaf_hashes)
    for level in range(LEVEL_MAX + 1):
        if not fresh:
            break
        count = size >> TILE_HEIGHT * level
        new_count = count + len(fresh)
        full, rest = divmod(count, TILE_WIDTH)
        hashes = (split_tile(_read(TilePath(level, full, rest), fetch), rest) if rest else []) + fresh
        fresh = []
        for path in _paths_of_level(level, new_count, count):
            start = (path.index - full) * TILE_WIDTH
            tile = hashes[start : start + path.width]
            resources.append((path.encode(), b"".join(tile)))
            if path.is_full:
                fresh.append(fold_tile(tile, TILE_HEIGHT, 0))
    return resources


def grow_bundles(size: int, entries: Sequence[bytes], fetch: Fetch) -> list[tuple[str, bytes]]:
    """The entry bundles (path, bytes) to write when `entries` follow a log of `size`; `fetch` gives its last one."""
    full, rest = divmod(size, TILE_WIDTH)
    present = (decode_bundle(_read(TilePath(None, full, rest), fetch), rest) if rest else []) + list(entries)
    resources: list[tuple[str, bytes]] = []
    for path in bundle_paths(size + len(entries), size):
        start = (path.index - full) * TILE_WIDTH
        resources.append((path.encode(), encode_bundle(present[start : start + path.width])))
    return resources


def grow(size: int, entries: Sequence[bytes], fetch: Fetch) -> list[tuple[str, bytes]]:
    """All resources to write, in this order, when `entries` follow a log of `size`; the checkpoint comes after them."""
    leaf_hashes = [leaf_hash(entry) for entry in entries]
    return grow_bundles(size, entries, fetch) + grow_tiles(size, leaf_hashes, fetch)


class TileReader:
    """Serves perfect nodes of a tree of `size` leaves out of its tiles: a `NodeSource` for the functions of `tree`.

    What it gives is as good as what `fetch` gives: compare the root, or check the proof, against a signed checkpoint.
    Raises `Unavailable` when a tile is not there, `Malformed` when one has the wrong length.
    """

    TILES_KEPT_MAX = 64

    def __init__(self, size: int, fetch: Fetch) -> None:
        ensure(0 <= size <= SIZE_MAX, "the size of a tree has 63 bits")
        self._size = size
        self._fetch = fetch
        self._kept: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, height: int, index: int) -> bytes:
        """Hash of the perfect node (height, index)."""
        ensure(height >= 0 and index >= 0 and (index + 1) << height <= self._size, "a perfect node lies in the tree")
        level, inner_height = divmod(height, TILE_HEIGHT)
        nodes_each_tile_bits = TILE_HEIGHT - inner_height
        hashes = self._hashes(level, index >> nodes_each_tile_bits)
        return fold_tile(hashes, inner_height, index & ((1 << nodes_each_tile_bits) - 1))

    def _hashes(self, level: int, index: int) -> list[bytes]:
        kept = self._kept.get((level, index))
        if kept is None:
            path = TilePath(level, index, tile_width(level, index, self._size))
            kept = split_tile(_read(path, self._fetch), path.width)
            if len(self._kept) >= self.TILES_KEPT_MAX:
                self._kept.clear()
            self._kept[level, index] = kept
        return kept


def _paths_of_level(level: int | None, count: int, old_count: int) -> Iterator[TilePath]:
    """Tiles of a level that has `count` hashes and had `old_count`: the full ones, then the partial one."""
    if count == old_count:
        return
    for index in range(old_count // TILE_WIDTH, count // TILE_WIDTH):
        yield TilePath(level, index)
    if count % TILE_WIDTH:
        yield TilePath(level, count // TILE_WIDTH, count % TILE_WIDTH)


def _read(path: TilePath, fetch: Fetch) -> bytes:
    """The bytes of a tile or bundle; of a partial one that is gone, the start of the full one (Partial Tiles)."""
    data = fetch(path.encode())
    if data is not None:
        return data
    full = None if path.is_full else fetch(path.full().encode())
    if full is None:
        raise Unavailable(f"{path.encode()} is not served")
    if path.level is None:
        return encode_bundle(decode_bundle(full, TILE_WIDTH)[: path.width])
    return b"".join(split_tile(full, TILE_WIDTH)[: path.width])
