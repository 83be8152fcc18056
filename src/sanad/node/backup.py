"""Back-up of a record while its node runs: closed segments once, the last one up to its last sound block, small files.

All of it is sealed, since segments hold what opens the blinding. The target:

    key-derivation          how the passphrase becomes the key; not secret
    manifest.sealed         what belongs to the back-up, with digests; replaced at once, after what it names
    segments/<number>-<8 hex>.sealed
    files/<number>-<8 hex>.sealed

A back-up that was killed leaves the manifest as it was, or further on: it always names a record whole up to some
block. Until the first run has come to its end it says that it is not complete. What no manifest names is deleted.
"""

import os
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sanad.base.errors import Malformed, Refused, ensure
from sanad.node.derived import Derived
from sanad.node.folder import (
    CHECKPOINT,
    LOCK,
    SEGMENT_SIZE,
    SMALL_TABLES,
    WRITING,
    Damage,
    held,
    sync_folder,
)
from sanad.node.frames import FRAME_HEADER_SIZE, START, Place, PlacedBlock, Unsound, padded
from sanad.node.sealed import Sealed, digest_of, key_of, new_key, seal, unseal
from sanad.node.segments import Segments, first_not_zero
from sanad.node.small import checkpoint_file

KEY_DERIVATION = "key-derivation"
MANIFEST = "manifest.sealed"
PIECES = "segments"
FILES = "files"
_FORMAT = "sanad-backup/1"
_MANIFEST_PURPOSE = "sanad/backup/manifest/v1"
_SMALL_FILE_MAX = 1 << 20
_SMALL_FILES_MAX = 64
_SETTLE_TRIES = 40
_SETTLE_SECONDS = 0.05

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how many bytes of how many."""


class Kept(msgspec.Struct, frozen=True):
    """One sealed file of the target, and what it holds."""

    file: str
    """Path in the target."""
    purpose: str
    length: int
    digest: bytes
    sealed_length: int
    sealed_digest: bytes


class KeptSegment(msgspec.Struct, frozen=True):
    """A segment file, or the last one's beginning."""

    number: int
    closed: bool
    after: tuple[int, int, int, int]
    """The place after its last block: height, entry, items, time in ms."""
    kept: Kept


class KeptFile(msgspec.Struct, frozen=True):
    """A small file of the record's folder."""

    name: str
    mode: int
    kept: Kept


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What belongs to a back-up."""

    format: str
    record: bytes
    """Checksum of the first block: which record this is."""
    segment_size: int
    complete: bool
    segments: list[KeptSegment]
    files: list[KeptFile]

    @property
    def end(self) -> Place:
        """The last block that is in the back-up."""
        return Place(*self.segments[-1].after) if self.segments else START


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a back-up did."""

    end: Place
    """The last block in it."""
    segments: int
    segments_copied: int
    """Of closed ones; those that were there and matched were not copied again."""
    repaired: list[str]
    """Files of the target that were missing or changed, and were copied again."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the sound blocks of one segment file reach."""

    after: Place
    length: int
    closed: bool


def backup(
    folder: Path,
    target: Path,
    passphrase: str,
    *,
    progress: Progress | None = None,
    segment_size: int = SEGMENT_SIZE,
) -> BackupReport:
    """Bring the back-up in `target` up to date with the record in `folder`, whose node may be running.

    Raises `Refused` for a wrong or short passphrase, a target of another record or one that is being written;
    `Damage` if a block of the record is not sound (it is never copied); `Unavailable` if there is no space.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(target):
        run = _Run(folder, target, passphrase, progress or (lambda *_: None), segment_size)
        return run.all()


def read_manifest(target: Path, key: bytes) -> Manifest | None:
    """The manifest of a back-up, None if there is none. Raises `Refused` for a wrong passphrase or changed bytes."""
    path = target / MANIFEST
    if not path.exists():
        return None
    try:
        manifest = msgspec.msgpack.decode(b"".join(unseal(path, key, _MANIFEST_PURPOSE)), type=Manifest)
    except Damage as damage:
        what = f"it does not open this back-up, or the manifest is damaged: {damage.what}"
        raise Refused("passphrase", what) from damage
    except msgspec.DecodeError as error:
        raise Malformed("manifest", "unknown_format", "another release wrote this back-up; use that one") from error
    if manifest.format != _FORMAT:
        raise Malformed("manifest", "unknown_format", "another release wrote this back-up; use that one")
    return manifest


class _Run:
    """One run of a back-up."""

    def __init__(self, folder: Path, target: Path, passphrase: str, progress: Progress, segment_size: int) -> None:
        self.folder = folder
        self.target = target
        self.progress = progress
        self.segments = Segments(folder, segment_size)
        self.key = self._key(passphrase)
        self.repaired: list[str] = []
        self.copied = 0
        record = _record_name(self.segments)
        self.manifest = read_manifest(target, self.key) or Manifest(_FORMAT, record, segment_size, False, [], [])
        if self.manifest.record != record:
            raise Refused("back-up", f"{target} holds another record; name another target", 409)
        for name in (PIECES, FILES):
            (target / name).mkdir(mode=0o700, exist_ok=True)

    def _key(self, passphrase: str) -> bytes:
        path = self.target / KEY_DERIVATION
        if path.exists():
            return key_of(path, passphrase)
        if any(each.name != LOCK and not each.name.endswith(WRITING) for each in self.target.iterdir()):
            raise Refused("back-up", f"{self.target} holds other files; name an empty folder", 409)
        return new_key(path, passphrase)

    def all(self) -> BackupReport:
        """Copy what is new, then say so in the manifest."""
        # Small files first: the checkpoint in them covers no more than the blocks that are copied afterwards.
        files = self._files()
        checkpoint = checkpoint_file(self.folder)
        segments = self._closed(files)
        number = len(segments)
        start = Place(*segments[-1].after) if segments else START
        extent = self._extent(number, start)
        while extent.closed:  # closed while this ran
            segments.append(self._copy(number, extent))
            self._commit_on_the_way(segments, files)
            number, start = number + 1, extent.after
            extent = self._extent(number, start)
        if extent.length:
            segments.append(self._tail(number, extent))
        if checkpoint is not None and checkpoint.size > extent.after.height:
            what = f"the record ends at block {extent.after.height}, the checkpoint covers {checkpoint.size}"
            raise Damage(self.segments.place_name(number * self.segments.segment_size + extent.length), what, _ADVICE)
        self._commit(segments, files, complete=True)
        self._delete_unnamed()
        return BackupReport(self.manifest.end, len(segments), self.copied, self.repaired)

    # ---- segments --------------------------------------------------------------------------------------------------

    def _closed(self, files: list[KeptFile]) -> list[KeptSegment]:
        """The closed segments: those kept from before if they are still whole, then the new ones."""
        kept = {each.number: each for each in self.manifest.segments if each.closed}
        segments: list[KeptSegment] = []
        place = START
        numbers = self.segments.numbers()
        for number in numbers:
            before = kept.get(number)
            if before is not None and self._is_whole(before.kept):
                segments.append(before)
                place = Place(*before.after)
                continue
            extent = self._extent(number, place)
            if not extent.closed:
                break
            segments.append(self._copy(number, extent))
            place = extent.after
            size = self.segments.segment_size
            self.progress("segments", len(segments) * size, len(numbers) * size)
            # What was kept before and comes later stays named, so that a kill here loses nothing.
            later = [each for each in self.manifest.segments if each.number > number]
            self._commit_on_the_way([*segments, *later], files)
        ensure(not kept or max(kept) < len(segments), "a record never loses segments that were backed up")
        return segments

    def _is_whole(self, kept: Kept) -> bool:
        whole = digest_of(self.target / kept.file) == kept.sealed_digest
        if not whole:
            self.repaired.append(kept.file)
        return whole

    def _extent(self, number: int, place: Place) -> Extent:
        """How far the sound blocks of file `number` reach; waits for a block that is being written just now."""
        size = self.segments.segment_size
        at = number * size
        for _ in range(_SETTLE_TRIES):
            try:
                for block in self.segments.blocks(place, at):
                    if block.offset // size != number:
                        return Extent(place, at - number * size, closed=True)
                    place, at = block.after, _end(block)
                return Extent(place, at - number * size, closed=False)
            except Unsound as fault:
                unsound = fault
                time.sleep(_SETTLE_SECONDS)
        if self._acknowledged(place) > place.height or self.segments.sound_beyond(at, place) is not None:
            raise self.segments.damage(unsound, place.height + 1)
        return Extent(place, at - number * size, closed=False)  # a killed node's last block, which nobody was told of

    def _acknowledged(self, place: Place) -> int:
        checkpoint = checkpoint_file(self.folder)
        height = checkpoint.size if checkpoint else 0
        with suppress(FileNotFoundError), Derived(self.folder, self.segments, writable=False) as derived:
            height = max(height, derived.written_beyond(place.height))
        return height

    def _copy(self, number: int, extent: Extent) -> KeptSegment:
        """Seal a closed segment, whole."""
        view = self.segments.view(number)
        if first_not_zero(view[extent.length :]) is not None:
            offset = number * self.segments.segment_size + extent.length
            raise Damage(self.segments.place_name(offset), "bytes after the last block are not zero", _ADVICE)
        self.copied += 1
        return self._seal_segment(number, extent, view[: extent.length])

    def _tail(self, number: int, extent: Extent) -> KeptSegment:
        """Seal the beginning of the last segment, unless the back-up has just that."""
        for each in self.manifest.segments:
            if each.number == number and each.after == _tuple(extent.after) and self._is_whole(each.kept):
                return each
        return self._seal_segment(number, extent, self.segments.view(number)[: extent.length])

    def _seal_segment(self, number: int, extent: Extent, plain: memoryview) -> KeptSegment:
        purpose = f"sanad/backup/segment/{number}"
        return KeptSegment(number, extent.closed, _tuple(extent.after), self._seal(PIECES, number, purpose, plain))

    def _seal(self, where: str, number: int, purpose: str, plain: memoryview) -> Kept:
        file = f"{where}/{number:08d}-{os.urandom(4).hex()}.sealed"  # never the name of a file that is still named
        sealed: Sealed = seal(self.target / file, self.key, purpose, plain)
        self.progress(file, sealed.length, sealed.length)
        return Kept(file, purpose, sealed.length, sealed.digest, sealed.sealed_length, sealed.sealed_digest)

    # ---- small files, manifest -------------------------------------------------------------------------------------

    def _files(self) -> list[KeptFile]:
        """Genesis, keys, the checkpoint: every small file of the folder but the lock and the tables."""
        found = [path for path in sorted(self.folder.iterdir()) if _is_small_file(path)]
        if len(found) > _SMALL_FILES_MAX:
            what = f"{self.folder} holds more than {_SMALL_FILES_MAX} small files; move what is not the node's away"
            raise Refused("back-up", what, 409)
        return [self._file(number, path) for number, path in enumerate(found)]

    def _file(self, number: int, path: Path) -> KeptFile:
        data = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
        return KeptFile(path.name, mode, self._seal(FILES, number, f"sanad/backup/file/{path.name}", memoryview(data)))

    def _commit_on_the_way(self, segments: Sequence[KeptSegment], files: list[KeptFile]) -> None:
        """Name what was copied so far. The checkpoint stays the old one: the new one may cover blocks still to come."""
        without_checkpoint = [each for each in files if each.name != CHECKPOINT]
        self._commit(segments, self.manifest.files or without_checkpoint, complete=self.manifest.complete)

    def _commit(self, segments: Sequence[KeptSegment], files: list[KeptFile], *, complete: bool) -> None:
        """Replace the manifest at once: the back-up is now what it names."""
        first = self.manifest
        self.manifest = Manifest(_FORMAT, first.record, first.segment_size, complete, list(segments), files)
        seal(self.target / MANIFEST, self.key, _MANIFEST_PURPOSE, memoryview(msgspec.msgpack.encode(self.manifest)))

    def _delete_unnamed(self) -> None:
        named = {each.kept.file for each in self.manifest.segments} | {each.kept.file for each in self.manifest.files}
        for where in (PIECES, FILES):
            for path in (self.target / where).iterdir():
                if f"{where}/{path.name}" not in named:
                    path.unlink()
            sync_folder(self.target / where)


_ADVICE = "The back-up was not changed here; find out what happened to the record before the next one"


def _record_name(segments: Segments) -> bytes:
    """The checksum of the first block. Raises `Refused` while there is none."""
    if not segments.folder.is_dir():
        raise Refused("back-up", f"{segments.folder.parent} holds no record; name the folder of one", 404)
    try:
        segments.frame(0)
    except Unsound as fault:
        what = f"the record has no sound first block yet ({fault.what}); start its node first"
        raise Refused("back-up", what, 409) from fault
    return segments.bytes_at(64, FRAME_HEADER_SIZE - 64).tobytes()


def _is_small_file(path: Path) -> bool:
    if path.name == LOCK or path.name.startswith(SMALL_TABLES) or path.name.endswith(WRITING):
        return False
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= _SMALL_FILE_MAX


def _end(block: PlacedBlock) -> int:
    return block.offset + padded(block.length)


def _tuple(place: Place) -> tuple[int, int, int, int]:
    return place.height, place.entry, place.items, place.time_ms
