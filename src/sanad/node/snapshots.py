"""Snapshots of the state: write, load, find the newest that is whole (docs/reference/formats.md §5, "Snapshot").

A file is written under another name, synced and renamed, so that whatever has the name of a snapshot was whole once.
"""

import os
import struct
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sanad.base.digests import digest
from sanad.base.errors import ensure
from sanad.node.folder import SNAPSHOTS, WRITING, Damage, is_no_space, no_space, sync_folder
from sanad.node.frames import Place

_HEADER = struct.Struct("<8sH6sQQQQ32s32sI4s")
_PART = struct.Struct("<32sQ32s")
_MAGIC = b"sandsnap"
_VERSION = 1
_PARTS_MAX = 1024
_PADDING = 64
_CHUNK = 1 << 20
_ADVICE = "An older snapshot or the segments give the same state; delete this file"

KEPT = 3
"""Snapshots that `prune` leaves."""


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """What a snapshot says before its parts."""

    place: Place
    """The last block that the state has seen."""
    chain_digest: bytes
    """After that block's last entry."""
    secret: bytes
    """S of that entry."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A loaded snapshot, all digests checked."""

    path: Path
    header: SnapshotHeader
    parts: dict[str, NDArray[np.uint8]]
    """Of each part its bytes, writable, in the order of the file."""
    state_digest: bytes


class Hash(Protocol):
    """A running digest."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Go on with these bytes."""

    def digest(self) -> bytes:
        """Of all so far."""


def state_digest(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """H over (name 32 ‖ digest 32) of the parts in order; given are names and digests."""
    return digest(*(_name(name) + each for name, each in parts))


def write(folder: Path, header: SnapshotHeader, parts: Sequence[tuple[str, memoryview]]) -> Path:
    """Write a snapshot of the record in `folder`; on the disk and under its name when this returns.

    One process writes the snapshots of a record. Raises `Unavailable` when the disk is full; nothing is left behind.
    """
    path = folder / SNAPSHOTS / f"{header.place.height:016d}.snapshot"
    temporary = path.with_name(path.name + WRITING)
    for stale in path.parent.glob(f"*{WRITING}"):
        stale.unlink(missing_ok=True)
    try:
        with FileIO(temporary, "xb") as file:
            _write_parts(file, header, parts)
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if is_no_space(error):
            raise no_space("a snapshot") from error
        raise
    sync_folder(path.parent)
    return path


def _write_parts(file: FileIO, header: SnapshotHeader, parts: Sequence[tuple[str, memoryview]]) -> None:
    ensure(len(parts) <= _PARTS_MAX, f"a snapshot has at most {_PARTS_MAX} parts")
    ensure(len({name for name, _ in parts}) == len(parts), "parts have different names")
    running = sha256()
    with ThreadPoolExecutor(1) as other:  # the part's own digest, beside that of the whole file

        def put(data: bytes | memoryview) -> None:
            running.update(data)
            left = memoryview(data).cast("B")
            while left:
                left = left[file.write(left) :]

        place = header.place
        put(
            _HEADER.pack(
                _MAGIC, _VERSION, bytes(6), place.height, place.entry, place.items, place.time_ms,
                header.chain_digest, header.secret, len(parts), bytes(4),
            )
        )  # fmt: skip
        digests: list[Future[bytes]] = [other.submit(digest, view.cast("B")) for _, view in parts]
        for (name, view), part_digest in zip(parts, digests, strict=True):
            data = view.cast("B")
            put(_PART.pack(_name(name), len(data), part_digest.result()))
            for start in range(0, len(data), _CHUNK):
                put(data[start : start + _CHUNK])
            put(bytes(-len(data) % _PADDING))
    put_last = running.digest()
    ensure(file.write(put_last) == len(put_last), "the last digest is written whole")


def load(path: Path) -> Snapshot:
    """Read a snapshot and check every digest, on two threads. Raises `Damage` if it is not what was written."""
    with FileIO(path, "rb") as file, ThreadPoolExecutor(1) as whole, ThreadPoolExecutor(1) as single:
        return _Loading(path, file, whole, single).load()


class _Loading:
    """One file being read: this thread reads, one hashes all bytes in order, one hashes the parts."""

    def __init__(self, path: Path, file: FileIO, whole: ThreadPoolExecutor, single: ThreadPoolExecutor) -> None:
        self.path = path
        self.file = file
        self.left = os.fstat(file.fileno()).st_size
        self.whole = whole
        self.single = single
        self.running = sha256()

    def damage(self, what: str) -> Damage:
        return Damage(f"snapshots/{self.path.name}", what, _ADVICE)

    def load(self) -> Snapshot:
        magic, version, reserved, height, entry, items, time_ms, chain, secret, count, zero = _HEADER.unpack(
            self.take(_HEADER.size)
        )
        if magic != _MAGIC or version != _VERSION or any(reserved) or any(zero) or count > _PARTS_MAX:
            raise self.damage("its header is not that of a snapshot of version 1")
        if self.path.name != f"{height:016d}.snapshot":
            raise self.damage(f"its name is not that of height {height}")
        parts: dict[str, NDArray[np.uint8]] = {}
        said: list[tuple[str, bytes]] = []
        found: list[Future[bytes]] = []
        for _ in range(count):
            name_bytes, length, part_digest = _PART.unpack(self.take(_PART.size))
            name = name_bytes.rstrip(b"\0").decode("ascii", "replace")
            if name in parts or length > self.left:
                raise self.damage(f"part {name!r} cannot be: it is there twice or longer than the file")
            parts[name] = np.empty(length, dtype=np.uint8)
            part_running = sha256()
            self.fill(parts[name].data, part_running)
            found.append(self.single.submit(part_running.digest))
            said.append((name, part_digest))
            if any(self.take(-length % _PADDING)):
                raise self.damage(f"the padding after part {name!r} is not zero")
        for (name, part_digest), actual in zip(said, found, strict=True):
            if actual.result() != part_digest:
                raise self.damage(f"part {name!r} does not have its digest")
        return self.finish(SnapshotHeader(Place(height, entry, items, time_ms), chain, secret), parts, said)

    def finish(
        self, header: SnapshotHeader, parts: dict[str, NDArray[np.uint8]], said: list[tuple[str, bytes]]
    ) -> Snapshot:
        actual = self.whole.submit(self.running.digest).result()
        if self.take(32) != actual:
            raise self.damage("the digest at its end is not that of the file")
        if self.left:
            raise self.damage(f"{self.left} bytes follow its end")
        return Snapshot(self.path, header, parts, state_digest(said))

    def take(self, size: int) -> bytes:
        data = bytearray(size)
        self.fill(memoryview(data))
        return bytes(data)

    def fill(self, view: memoryview, part: Hash | None = None) -> None:
        """Read until `view` is full; each chunk is hashed, while it is warm, as the next is read."""
        self.left -= len(view)
        for start in range(0, len(view), _CHUNK):
            chunk = view[start : start + _CHUNK]
            rest = chunk
            while rest:
                count = self.file.readinto(rest)
                if not count:
                    raise self.damage("it is shorter than it says")
                rest = rest[count:]
            self.whole.submit(self.running.update, chunk)
            if part is not None:
                self.single.submit(part.update, chunk)


def paths(folder: Path) -> list[Path]:
    """The snapshots of a record, newest first. Files still being written are none."""
    found = [path for path in (folder / SNAPSHOTS).glob("*.snapshot") if path.stem.isdigit()]
    return sorted(found, key=lambda path: int(path.stem), reverse=True)


def latest_good(folder: Path, height_max: int | None = None) -> tuple[Snapshot | None, list[Damage]]:
    """The newest snapshot that is whole (of at most `height_max`), and the damaged ones passed over."""
    damaged: list[Damage] = []
    for path in paths(folder):
        if height_max is not None and int(path.stem) > height_max:
            continue
        try:
            return load(path), damaged
        except Damage as damage:
            damaged.append(damage)
    return None, damaged


def prune(folder: Path, keep: int = KEPT) -> list[Path]:
    """Delete all but the newest `keep` snapshots, and what an interrupted write left; what was deleted."""
    ensure(keep >= 1, "at least one snapshot is kept")
    gone = paths(folder)[keep:] + list((folder / SNAPSHOTS).glob(f"*{WRITING}"))
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _name(name: str) -> bytes:
    encoded = name.encode("ascii")
    ensure(0 < len(encoded) <= 32, "a part's name has 1 to 32 ASCII characters")
    return encoded.ljust(32, b"\0")
