"""The folder of one record: what lies where, who holds it, and files that are never seen half written.

genesis, node.key, checkpoint   small files
lock                            held by the one process that may write
segments/                       the truth (docs/reference/formats.md §5)
derived/  snapshots/            rebuilt from the segments
small.sqlite                    last signed checkpoint, settings
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sanad.base.errors import Fault, Refused, Unavailable

SEGMENT_SIZE = 64 << 20
"""Bytes of every segment file."""

CHECKPOINT = "checkpoint"
GENESIS = "genesis"
NODE_KEY = "node.key"
LOCK = "lock"
SMALL_TABLES = "small.sqlite"
SEGMENTS = "segments"
DERIVED = "derived"
SNAPSHOTS = "snapshots"
RESTORE_MARK = "restore-unfinished"
"""Lies in a folder from the first to the last moment of a restore; such a folder is no record yet."""

WRITING = ".writing"
"""Ending of a file that is being written. Whoever finds one after a crash may delete it."""

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Damage(Fault):
    """Stored bytes are not what was written. The node refuses to serve; it never guesses.

    `place` names file and offset; `height` and `entry` are 0 where they cannot be told.
    """

    def __init__(self, place: str, what: str, advice: str, height: int = 0, entry: int = 0) -> None:
        block = f", height {height}" if height else ""
        number = f", entry {entry}" if entry else ""
        super().__init__(f"damage in {place}{block}{number}: {what}. {advice}")
        self.place = place
        self.what = what
        self.advice = advice
        self.height = height
        self.entry = entry


RESTORE_ADVICE = "Restore this folder from a back-up or from another node, and look at the disk before trusting it"

REBUILD_ADVICE = "Stop the node, delete the folder derived and start it again: it is made anew from the segments"


def segment_name(number: int) -> str:
    """File name of segment `number`, counted from 0."""
    return f"{number:08d}.segment"


def is_no_space(error: OSError) -> bool:
    """Whether the disk, a quota or a limit of file size is what stopped the write."""
    return error.errno in _NO_SPACE


def no_space(what: str) -> Unavailable:
    """The answer to a full disk. Nothing was acknowledged; the same message again is safe."""
    return Unavailable(f"no space on the disk for {what}: nothing was recorded; free or add space", 30)


def sync_folder(folder: Path) -> None:
    """Make names created, renamed or removed in `folder` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes | memoryview, offset: int) -> None:
    """Write every byte of `data` at `offset`, however many calls that takes. Raises OSError."""
    view = memoryview(data).cast("B")
    while view:
        written = os.pwrite(handle, view, offset)
        if written == 0:
            raise OSError(errno.ENOSPC, "nothing more could be written")
        view = view[written:]
        offset += written


def write_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put `data` at `path` at once: after a crash there is the old file or the new one, never a part.

    Raises `Unavailable` when the disk is full; the old file is then untouched.
    """
    temporary = path.with_name(path.name + WRITING)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            write_all(handle, data, 0)
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.rename(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if is_no_space(error):
            raise no_space(path.name) from error
        raise
    sync_folder(path.parent)


def allocated(path: Path, size: int) -> None:
    """A file of `size` zeros at `path`, on the disk and under its name only when whole.

    The space is allocated, not written, so that a block is written once and not twice: on a disk that is the limit this
    is worth more than the journal entry that each first write costs (ADR 0009). Raises `Unavailable` when the disk is
    full, and leaves nothing behind.
    """
    temporary = path.with_name(path.name + WRITING)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(handle, 0, size)
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.rename(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if is_no_space(error):
            raise no_space(f"the next segment file {path.name}") from error
        raise
    sync_folder(path.parent)


def create_record(folder: Path, segment_size: int = SEGMENT_SIZE) -> None:
    """Make an empty record in `folder`: its sub-folders and the first segment file, all zeros.

    Refuses a folder that holds a record already; small files (genesis, key) may be there. `segment_size` is
    smaller in tests only.
    """
    if (folder / SEGMENTS).exists():
        raise Refused("record folder", f"{folder} holds a record already; name an empty folder for a new one", 409)
    for name in (DERIVED, SNAPSHOTS):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    # The folder of segments comes last and at once, so that a crash never leaves a record without a first file.
    making = folder / (SEGMENTS + WRITING)
    making.mkdir(mode=0o700, exist_ok=True)
    allocated(making / segment_name(0), segment_size)
    making.rename(folder / SEGMENTS)
    sync_folder(folder)


@contextmanager
def held(folder: Path, name: str = LOCK) -> Iterator[None]:
    """Hold `folder` against every other process until the end of the block.

    The lock is the kernel's (flock), so a killed process leaves none behind. Raises `Refused`, naming the
    process that holds it.
    """
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).split(b"\n")[0].decode("ascii", "replace") or "unknown"
            raise Refused(
                "record folder", f"{folder} is held by process {holder}; stop it first, or name another folder", 409
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
