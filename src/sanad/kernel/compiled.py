"""How the functions of the kernel are compiled: without Python's lock, and kept for the next start if asked.

Numba keeps compiled code beside a stamp of the one file that a function stands in. It does not notice that a constant
imported from the rules has changed (seen: a limit raised in the rules, the kernel kept the old one). So code is kept
only after `keep_in` was told a folder that is named by a digest of *all* sources of kernel and rules.
"""

from collections.abc import Callable
from typing import Any

from numba import config, njit
from numba.core.types import Array, Type

_kept = False


def keep_in(folder: str) -> None:
    """Keep compiled code in this folder, and take it from there. Say it before a compiled module is imported."""
    global _kept  # noqa: PLW0603 -- one process, one kernel
    config.CACHE_DIR = folder
    _kept = True


def compiled(*signature: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate an entry point of the kernel: compiled at once for `signature`, callable from Python without its lock.

    One fixed signature, so that an array of another layout is refused instead of compiled for anew, for seconds,
    in the middle of a block.
    """
    return njit(*signature, nogil=True, cache=_kept, boundscheck=False)  # type: ignore[no-any-return]


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a part of an entry point: compiled with it; LLVM decides what to inline."""
    return njit(function, nogil=True, cache=False, boundscheck=False)  # type: ignore[no-any-return]


def read_only(element: Type, dimensions: int) -> Array:
    """The type of a contiguous array that the kernel only reads, such as the bytes of a message."""
    return Array(element, dimensions, "C", readonly=True)


def writable(element: Type, dimensions: int) -> Array:
    """The type of a contiguous array that the kernel changes."""
    return Array(element, dimensions, "C")
