"""How the compiled functions of this room are compiled: without Python's lock, and kept for the next start.

Numba keeps compiled code beside a stamp of the one file that a function stands in, and does not notice when a function
or a constant of another file has changed. So code is kept in a folder that is named by a digest of all sources here.
"""

import functools
import hashlib
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from numba import config, njit

_COMPILED: Final = ("compiling.py", "gathering.py", "measures.py", "pairing.py")


@functools.cache
def sources_digest() -> bytes:
    """SHA-256 of all sources that compiled code depends on."""
    digest = hashlib.sha256()
    for name in _COMPILED:
        digest.update(files("sanad.matching").joinpath(name).read_bytes())
    return digest.digest()


@functools.cache
def _folder() -> str:
    """Where compiled code is kept: beside the bytecode, or in the user's cache; "" where neither can be written to."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanad"
    for place in (Path(__file__).parent / "__pycache__", home):
        folder = place / f"compiled-{sources_digest().hex()[:16]}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return ""


def compiled(function: Callable[..., Any], *, makes_arrays: bool = True, inlined: bool = False) -> Callable[..., Any]:
    """Decorate a function: compiled at its first call, or then taken from where it is kept.

    One that makes no arrays need not count references to those it is given, which costs more than comparing a sound.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = _folder()
    try:
        kept = bool(config.CACHE_DIR)
        return njit(function, nogil=True, cache=kept, _nrt=makes_arrays, forceinline=inlined)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = before


def compiled_lean(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `compiled`, for functions that make no arrays."""
    return compiled(function, makes_arrays=False)


def compiled_inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `compiled_lean`, for short functions: taken up where they are called, as arrays cost much to hand on."""
    return compiled(function, makes_arrays=False, inlined=True)
