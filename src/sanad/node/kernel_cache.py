"""Where the compiled kernel is kept between starts, and the word to say when it must be compiled first.

The folder is named by a digest of everything that compiled code depends on, so a changed rule can never meet code that
was compiled from the old one (DESIGN §3, "One state"):

    <the user's cache>/sanad/kernel-<digest>/    made by Numba; `complete` in it says that nothing is missing

The kernel itself may touch no file; that is why this stands in the node.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np

import sanad
from sanad.kernel import compiled, hashing, posting
from sanad.rulebook.edition1.posting import Batch
from sanad.rulebook.edition1.state import empty_state
from sanad.rulebook.message import TRANSFER

SOURCE_FOLDERS = ("kernel", "rulebook", "base")
FOLDERS_KEPT_MAX = 4
COMPILE_SECONDS = 6
"""About how long compiling takes on a small machine; only said, never waited for."""

_PREFIX = "kernel-"
_COMPLETE = "complete"


def prepare(announce: Callable[[str], None], sources: Path | None = None) -> Path | None:
    """Have the kernel's compiled code kept; call it before the kernel is first used, and `warm` after it.

    `announce` is told one sentence if the kernel must be compiled first. `sources` is the folder of the package, for
    tests. Gives the folder, or None where nothing can be kept: then the kernel is compiled at each start.
    """
    package = sources or Path(sanad.__file__).parent
    folder: Path | None
    try:
        folder = cache_home() / f"{_PREFIX}{source_digest(package)}"
        folder.mkdir(parents=True, exist_ok=True)
        _prune(folder)
    except (OSError, RuntimeError):  # the second: nobody knows where the user's home is
        folder = None
    if folder is None or not (folder / _COMPLETE).exists():
        announce(f"compiling the posting kernel, about {COMPILE_SECONDS} s, once")
    if folder is not None:
        compiled.keep_in(str(folder))
    return folder


def warm(folder: Path | None) -> None:
    """Run every entry point of the kernel once on a small batch, so that nothing compiles later; mark the cache."""
    transfers = np.zeros(3, dtype=TRANSFER)
    batch = Batch(transfers, entry=1, sender=0, time_ms=0, day=0)
    posted = posting.post(empty_state(), batch)
    hashing.merkle_root(hashing.transfer_leaves(transfers.view(np.uint8).reshape(3, -1), posted.outcomes))
    if folder is not None and compiled.all_kept():
        (folder / _COMPLETE).touch()


def cache_home() -> Path:
    """The user's cache folder for this system: XDG_CACHE_HOME, else ~/.cache (XDG base directories)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "sanad"


def source_digest(package: Path) -> str:
    """16 hex digits that change when any source, the compiler, NumPy or the processor does.

    Numba itself refuses code whose source file has another time of change, so that time counts too: a cache that
    Numba would refuse is then seen as cold, and the word is said.
    """
    running = hashlib.sha256()
    processor = llvmlite.binding.get_host_cpu_name()
    for said in (str(package), numba.__version__, np.__version__, llvmlite.binding.llvm_version_info, processor):
        running.update(repr(said).encode() + b"\n")
    for name in SOURCE_FOLDERS:
        for path in sorted((package / name).rglob("*.py")):
            source = path.read_bytes()
            running.update(repr((path.relative_to(package).as_posix(), path.stat().st_mtime_ns, len(source))).encode())
            running.update(source)
    return running.hexdigest()[:16]


def _prune(current: Path) -> None:
    """Drop the folders of old digests, all but the few newest: other checkouts and running nodes keep theirs."""
    others = [path for path in current.parent.glob(f"{_PREFIX}*") if path.is_dir() and path != current]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[FOLDERS_KEPT_MAX - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
