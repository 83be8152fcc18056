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
_all_kept = True


def keep_in(folder: str) -> None:
    """From now on keep compiled code in this folder, and take it from there."""
    global _kept  # noqa: PLW0603 -- one process, one kernel
    config.CACHE_DIR = folder
    _kept = True


def all_kept() -> bool:
    """Whether nothing was compiled in this process before `keep_in` was told where to keep it."""
    return _all_kept


class Compiled:
    """An entry point of the kernel: compiled at its first call, or then taken from where it is kept; not at import.

    One fixed signature, so that an array of another layout is refused instead of compiled for anew, for seconds, in
    the middle of a block. It runs without Python's lock.
    """

    def __init__(self, signature: Any, function: Callable[..., Any]) -> None:
        self.signature = signature
        self.function = function
        self._machine: Any = None

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        if self._machine is None:
            self._machine = self._compile()
        return self._machine(*arguments)

    def _compile(self) -> Any:
        global _all_kept  # noqa: PLW0603 -- as above
        _all_kept = _all_kept and _kept
        return njit(self.signature, nogil=True, cache=_kept, boundscheck=False)(self.function)


def compiled(signature: Any) -> Callable[[Callable[..., Any]], Compiled]:
    """Decorate an entry point of the kernel with its one signature."""

    def decorate(function: Callable[..., Any]) -> Compiled:
        return Compiled(signature, function)

    return decorate


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a part of an entry point: compiled with it; LLVM decides what to inline."""
    return njit(function, nogil=True, cache=False, boundscheck=False)  # type: ignore[no-any-return]


def read_only(element: Type, dimensions: int) -> Array:
    """The type of a contiguous array that the kernel only reads, such as the bytes of a message."""
    return Array(element, dimensions, "C", readonly=True)


def writable(element: Type, dimensions: int) -> Array:
    """The type of a contiguous array that the kernel changes."""
    return Array(element, dimensions, "C")
