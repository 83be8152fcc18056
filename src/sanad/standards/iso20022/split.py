"""The fast way through a plain file: cut its bytes at the ends of payments.

Each piece, wrapped in the file's own head, is a document of its own, and goes to one of two threads. Right only where
an end tag in the bytes is an end tag in the document: no comment, CDATA, processing instruction, prefix from outside.
Where anything is odd, `NotSplittable` sends the file the complete way (`pull.py`). Both ways hand the same small trees
to `BatchCheck`; a test holds them to the same answers.
"""

import re
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from sanad.base.errors import Finding
from sanad.standards.findings import FileWithFindings, refusal
from sanad.standards.iso20022 import schema
from sanad.standards.iso20022.batch import Batch, BatchCheck, Place, may_hold_forbidden_characters
from sanad.standards.iso20022.schemes import Profile
from sanad.standards.iso20022.source import Source

THREADS = 2
PIECE_BYTES = 1 << 20
"""A batch: some 1,500 payments, and ten times as much memory as a tree."""

_START = b"<CdtTrfTxInf>"
_END = b"</CdtTrfTxInf>"
_DOCUMENT_END = b"</Document>"
_CLOSING = b"</FIToFICstmrCdtTrf></Document>"


class NotSplittable(Exception):
    """The file is not plain enough for the fast way; says nothing about whether it is right."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the first payment of a plain file."""

    message: str
    envelope: bytes
    opening: bytes
    """From the start tag of `Document` to the end of the group header: every batch begins with it."""
    line: int
    """Line in the file of that start tag."""


class _Piece(NamedTuple):
    """Some payments as bytes, and the line in the file where they start."""

    content: bytes
    line: int
    last: bool


def split(source: Source, profile: Profile | None) -> Generator[tuple[str, Batch], None, None]:
    """Yield the batches of a plain file in order, each with the message it belongs to; the last carries the header.

    Raises `NotSplittable`, at the start or on the way: then all is to be read again with `pull`. Raises `MalformedFile`
    where reading can't go on.
    """
    blocks = source.blocks()
    head, rest = _read_head(blocks, source.limits.payment_bytes_max)

    def check(piece: _Piece) -> tuple[str, Batch]:
        return head.message, _check_piece(head, piece, profile)

    pieces = _pieces(head, rest, blocks, source)
    if source.size <= PIECE_BYTES:
        yield from map(check, pieces)
        return
    with ThreadPoolExecutor(THREADS, thread_name_prefix="pacs008") as threads:
        waiting: deque[Future[tuple[str, Batch]]] = deque()
        try:
            for piece in pieces:
                waiting.append(threads.submit(check, piece))
                if len(waiting) > 2 * THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _read_head(blocks: Iterator[bytes], bytes_max: int) -> tuple[_Head, bytes]:
    """Read to the first payment; give the head, and what of the file was read beyond it."""
    start = b""
    for block in blocks:
        start += block
        at = start.find(_START)
        if at >= 0 or len(start) > bytes_max:
            break
    else:
        raise NotSplittable
    document = re.search(rb"<Document[\s>]", start[: max(at, 0)])
    if document is None:
        raise NotSplittable
    envelope, opening = start[: document.start()], start[document.start() : at]
    # A prefix from outside `Document` would be lost; what a comment holds only looks like a tag.
    if b"xmlns:" in envelope or b"<!" in start[:at] or b"<?" in start[5:at]:
        raise NotSplittable
    try:
        root = etree.fromstring(opening + _CLOSING, schema.strict_parser())
    except etree.XMLSyntaxError:
        raise NotSplittable from None
    message = schema.message_of(root.tag)
    namespace = f"{{{schema.NAMESPACE}{message}}}"
    # Were there another payment in the head, it would be repeated with every batch.
    plain = [child.tag for child in root.iter()][1:3] == [namespace + "FIToFICstmrCdtTrf", namespace + "GrpHdr"]
    if schema.accepted_version(message) is None or not plain or len(root) != 1 or len(root[0]) != 1:
        raise NotSplittable
    return _Head(message, envelope, opening, 1 + envelope.count(b"\n")), start[at:]


def _pieces(head: _Head, rest: bytes, blocks: Iterable[bytes], source: Source) -> Iterator[_Piece]:
    """Cut the file at ends of payments; the last piece goes on to the end of `Document`."""
    line = head.line + head.opening.count(b"\n")
    held: _Piece | None = None
    buffer = bytearray(rest)
    for block in blocks:
        buffer += block
        end = buffer.rfind(_END) + len(_END) if len(buffer) >= PIECE_BYTES else 0
        if end >= len(_END):
            if held:
                yield held
            held = _Piece(_plain(bytes(buffer[:end])), line, last=False)
            line += held.content.count(b"\n")
            del buffer[:end]
        if len(buffer) > PIECE_BYTES + source.limits.payment_bytes_max:
            raise too_large(source, line)
    final = (held.content if held else b"") + _plain(bytes(buffer))
    at = final.rfind(_DOCUMENT_END)
    if at < 0 or _END not in final:
        raise NotSplittable
    at += len(_DOCUMENT_END)
    _check_envelope(head.envelope, final[at:])
    yield _Piece(final[:at], held.line if held else line, last=True)


def _plain(content: bytes) -> bytes:
    """Pass on what holds no comment, CDATA or processing instruction."""
    # One byte is found ten times as fast as two, and these are rare.
    if (b"!" in content and b"<!" in content) or (b"?" in content and b"<?" in content):
        raise NotSplittable
    return content


def _check_envelope(before: bytes, after: bytes) -> None:
    """See to it that what is around `Document` is well-formed with it."""
    try:
        etree.fromstring(before + b"<Document/>" + after, schema.strict_parser())
    except etree.XMLSyntaxError:
        raise NotSplittable from None


def too_large(source: Source, line: int) -> FileWithFindings:
    """Make the refusal of a file whose parser would have to hold too much at once."""
    most = source.limits.payment_bytes_max
    advice = f"no payment, and nothing before or after the payments, may be larger than {most} bytes"
    return refusal(source.name, Finding(line, "payment.size", f"more than {most} bytes without an end", advice))


_compiled = threading.local()


def check_of(message: str, profile: Profile | None) -> BatchCheck:
    """Give this thread's own compiled check: lxml copies a stylesheet that another thread made, at every call."""
    key = (message, profile)
    if getattr(_compiled, "key", None) != key:
        _compiled.key, _compiled.check = key, BatchCheck(message, profile)
    check: BatchCheck = _compiled.check
    return check


def _check_piece(head: _Head, piece: _Piece, profile: Profile | None) -> Batch:
    """Check some payments, as bytes, as a document of their own."""
    content = head.opening + piece.content + (b"" if piece.last else _CLOSING)
    try:
        root = etree.fromstring(content, schema.strict_parser())
    except etree.XMLSyntaxError:
        raise NotSplittable from None
    check = check_of(head.message, profile)
    place = Place(check.payment_tag, piece.last, head.line, head.opening.count(b"\n"), piece.line)
    return check.check(root.getroottree(), place, look_through=may_hold_forbidden_characters(content))
