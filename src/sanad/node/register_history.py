"""The public register as it stood after every block: the maps in memory, the changes in a derived file.

    derived/register   length u32 ‖ canonical msgpack [height, [[key, value], …]] for each block that changed it

A map shares all that did not change with the one before, so that keeping every one costs one path a change.
"""

import os
from bisect import bisect_right
from pathlib import Path

from sanad.base.canonical import decode, encode
from sanad.base.errors import Malformed
from sanad.log.register_map import RegisterMap
from sanad.node.folder import DERIVED, write_all

Change = tuple[bytes, bytes]


class RegisterHistory:
    """One thread appends; any number read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / DERIVED / "register"
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._end = 0
        self._heights: list[int] = []
        self._maps: list[RegisterMap] = []

    def open(self, height: int, root: bytes) -> bool:
        """Read what was kept up to block `height`; whether it leads to `root`. What lies behind is cut off."""
        self._heights, self._maps, self._end = [], [], 0
        data = self._path.read_bytes()
        while (row := _row(data, self._end)) is not None and row[0] <= height:
            self._add(row[0], row[1])
            self._end += row[2]
        os.ftruncate(self._handle, self._end)
        return self.at(height).root == root

    def append(self, height: int, changes: list[Change]) -> None:
        """Keep what a block changed, if anything."""
        if not changes:
            return
        row = encode([height, [list(change) for change in changes]])
        data = len(row).to_bytes(4, "little") + row
        write_all(self._handle, data, self._end)
        self._end += len(data)
        self._add(height, changes)

    def at(self, height: int) -> RegisterMap:
        """The register after block `height`."""
        at = bisect_right(self._heights, height)
        return self._maps[at - 1] if at else RegisterMap()

    def sync(self) -> None:
        """Wait until all is on the disk."""
        os.fdatasync(self._handle)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def _add(self, height: int, changes: list[Change]) -> None:
        newer = self._maps[-1].copy() if self._maps else RegisterMap()
        newer.set_many(dict(changes))
        self._maps.append(newer)
        self._heights.append(height)


def _row(data: bytes, at: int) -> tuple[int, list[Change], int] | None:
    """Height, changes and length of the row at `at`; None where no whole row stands."""
    length = int.from_bytes(data[at : at + 4], "little")
    body = data[at + 4 : at + 4 + length]
    if length == 0 or len(body) < length:
        return None
    try:
        value = decode(body, "register history")
    except Malformed:
        return None
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int or not isinstance(value[1], list):
        return None
    changes = [_change(pair) for pair in value[1]]
    return None if None in changes else (value[0], [each for each in changes if each is not None], 4 + length)


def _change(pair: object) -> Change | None:
    if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], bytes) and isinstance(pair[1], bytes):
        return pair[0], pair[1]
    return None
