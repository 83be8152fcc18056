"""A file of rows of one width: written by number, read by number in a map of the file."""

import ctypes
import mmap
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sanad.node.folder import is_no_space, no_space, write_all

_STEP = 8 << 20
"""Bytes by which a file grows, space allocated: a full disk is met when growing, never in the middle of a block."""


_PAGE = 4_096
_LEFT_ALONE = 1 << 20
_SYNC_FILE_RANGE_WRITE = 2
_sync_file_range = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)
"""sync_file_range(2) of Linux; elsewhere the kernel writes when it likes, which costs evenness and nothing else."""
if _sync_file_range is not None:
    _sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


class Rows:
    """One file of rows of one width, written with pwrite, read through a map that is replaced as the file grows."""

    def __init__(self, path: Path, row: "np.dtype[np.void] | np.dtype[np.uint16]", *, writable: bool) -> None:
        self.path = path
        self.row = row
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY, 0o600)
        self._size = 0
        self._written = 0
        self._begun = 0
        self._map: NDArray[np.void] = np.empty(0, self.row)
        self._buffer: mmap.mmap | bytes = b""
        self.remap()

    @property
    def capacity(self) -> int:
        """Rows there is space for; those never written are zero."""
        return len(self._map)

    def remap(self) -> None:
        """Map what the file has now. Views of the old map stay valid."""
        self._size = os.fstat(self._handle).st_size
        count = self._size // self.row.itemsize
        if count == 0:
            self._map = np.empty(0, self.row)
            return
        mapped = mmap.mmap(self._handle, self._size, mmap.MAP_SHARED, mmap.PROT_READ)
        self._map = np.frombuffer(mapped, dtype=self.row, count=count)
        self._buffer = mapped

    def reserve(self, rows: int) -> None:
        """Make space for `rows` rows in all. Raises `Unavailable` when the disk is full."""
        wanted = rows * self.row.itemsize
        if wanted <= self._size and rows <= len(self._map):
            return
        target = -(-wanted // _STEP) * _STEP
        try:
            os.posix_fallocate(self._handle, self._size, target - self._size)
        except OSError as error:
            if is_no_space(error):
                raise no_space(f"derived/{self.path.name}") from error
            raise
        self.remap()

    def read(self, start: int, count: int) -> NDArray[np.void]:
        """Rows from `start`, a read-only view of shape (count,)."""
        if start + count > len(self._map):
            self.remap()
        return self._map[start : start + count]

    def unpack(self, layout: struct.Struct, row: int) -> tuple[Any, ...]:
        """The fields of one row by a layout: a tenth of what NumPy takes for a single row. Raises `IndexError`."""
        if not 0 <= row < len(self._map):
            self.remap()
            if not 0 <= row < len(self._map):
                raise IndexError(row)
        return layout.unpack_from(self._buffer, row * self.row.itemsize)

    def write(self, start: int, data: bytes | memoryview) -> None:
        """Put rows at `start`; space was reserved before."""
        write_all(self._handle, data, start * self.row.itemsize)
        self._written = start * self.row.itemsize + len(data)

    def start_writing(self) -> None:
        """Begin to write to the disk what lies well behind the end, without waiting and without touching its journal.

        Else the kernel would write half a minute's rows at once, and blocks would wait behind them. The newest rows are
        left alone: a page that is being written cannot be written into.
        """
        end = (self._written - _LEFT_ALONE) // _PAGE * _PAGE
        if _sync_file_range is not None and end > self._begun:
            _sync_file_range(self._handle, self._begun, end - self._begun, _SYNC_FILE_RANGE_WRITE)
            self._begun = end

    def cut(self, rows: int) -> None:
        """Forget everything from row `rows` on. The bytes are gone, so that no old row is taken for a new one."""
        if os.fstat(self._handle).st_size > rows * self.row.itemsize:
            self._map = np.empty(0, self.row)
            os.ftruncate(self._handle, rows * self.row.itemsize)
        self.remap()

    def sync(self) -> None:
        """Wait until all rows are on the disk."""
        os.fdatasync(self._handle)

    def close(self) -> None:
        """Let go. Views given out stay valid."""
        self._map, self._buffer = np.empty(0, self.row), b""
        os.close(self._handle)
