"""A file from outside, read in blocks under bounds.

What is refused here is refused before any parser sees it: too large, empty, no XML, another encoding than UTF-8, NUL
bytes, and above all DOCTYPE: without it there are no entities, so no entity bomb and no reading of other files.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sanad.base.errors import Finding
from sanad.standards.findings import refusal

BLOCK_BYTES = 1 << 18

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"'<>]{1,40})["']""")
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
_OVERLAP = max(map(len, _FORBIDDEN)) - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one file may ask of us."""

    file_bytes_max: int = 512 << 20
    payments_max: int = 1_000_000
    payment_bytes_max: int = 1 << 20
    """One payment with all its remittance details; also all that stands before the first and after the last."""


DEFAULT_LIMITS = Limits()


class Source:
    """One file, opened once: its path may be replaced meanwhile, what was checked stays what is read."""

    def __init__(self, source: str | Path | BinaryIO, limits: Limits = DEFAULT_LIMITS) -> None:
        """Open `source`, a path or a binary file. Raises `MalformedFile`: `file.size`, `file.empty`; `OSError`."""
        self.limits = limits
        self._owned = isinstance(source, str | Path)
        if isinstance(source, str | Path):
            self.name = Path(source).name
            self._file: BinaryIO = Path(source).open("rb")  # noqa: SIM115 - closed by `close`
        else:
            name = getattr(source, "name", None)
            self.name = Path(name).name if isinstance(name, str) else "file"
            self._file = source
        try:
            if not self._file.seekable():
                self._take_over()
            self._start = self._file.tell()
            self.size = self._file.seek(0, os.SEEK_END) - self._start
            self._check_size()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close what was opened here; a file given from outside stays open."""
        if self._owned:
            self._file.close()

    def _take_over(self) -> None:
        """Copy a stream that can't be read twice, such as a pipe, and stop one byte after the bound."""
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        left = self.limits.file_bytes_max + 1
        while left and (block := self._file.read(min(BLOCK_BYTES, left))):
            copy.write(block)
            left -= len(block)
        if self._owned:
            self._file.close()
        copy.seek(0)
        self._file, self._owned = copy, True

    def _check_size(self) -> None:
        most = self.limits.file_bytes_max
        if self.size > most:
            advice = f"a file holds at most {most} bytes; send the payments in several files"
            raise refusal(self.name, Finding(1, "file.size", f"more than {most} bytes", advice))
        if self.size == 0:
            raise refusal(self.name, Finding(1, "file.empty", "0 bytes", "the file is empty; send it again"))

    def blocks(self) -> Iterator[bytes]:
        """Yield the file from its start in blocks, without a byte order mark.

        Raises `MalformedFile`: `file.empty`, `file.not_xml`, `file.encoding`, `file.nul`, `xml.doctype`.
        """
        self._file.seek(self._start)
        left = self.size
        before, line = b"", 1
        first = True
        while left and (block := self._file.read(min(BLOCK_BYTES, left))):
            left -= len(block)  # a file that grows while it is read is read to where it ended at the start
            if first:
                self._check_start(block)
                block = block.removeprefix(_BYTE_ORDER_MARK)
                first = False
            self._check_block(before + block, line - before.count(b"\n"))
            line += block.count(b"\n")
            before = block[-_OVERLAP:]
            yield block

    def _check_start(self, block: bytes) -> None:
        if block.startswith((b"\xff\xfe", b"\xfe\xff")) or (b"\0" in block[:4] and block.strip(b"\0")[:1] == b"<"):
            raise self._encoding("UTF-16 or UTF-32")
        start = block.removeprefix(_BYTE_ORDER_MARK).lstrip(b" \t\r\n")
        if not start and len(block) == self.size:
            raise refusal(self.name, Finding(1, "file.empty", "only blanks", "the file is empty; send it again"))
        if start and start[:1] not in (b"<", b"\0"):
            raise refusal(self.name, Finding(1, "file.not_xml", "first byte is not <", "send an ISO 20022 XML file"))
        declared = _DECLARED_ENCODING.match(start)
        if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
            raise self._encoding(declared[1].decode("ascii", "replace"))

    def _encoding(self, found: str) -> Exception:
        return refusal(self.name, Finding(1, "file.encoding", found, "ISO 20022 files are UTF-8; write it so"))

    def _check_block(self, piece: bytes, line: int) -> None:
        """Refuse NUL and DOCTYPE; `piece` starts on `line`, with the end of the block before it."""
        at = piece.find(b"\0")
        if at >= 0:
            line += piece.count(b"\n", 0, at)
            raise refusal(self.name, Finding(line, "file.nul", "a NUL byte", "the file is damaged; write it again"))
        if b"!" not in piece:
            return  # one byte is found ten times as fast as two, and this one is rare
        for word in _FORBIDDEN:
            at = piece.find(word)
            if at >= 0:
                line += piece.count(b"\n", 0, at)
                advice = "a payment file has no document type and no entities; take them out"
                raise refusal(self.name, Finding(line, "xml.doctype", word.decode(), advice))
