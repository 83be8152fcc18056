"""The head of a plain submission, read without the HTTP parser: only what every parser reads in one and the same way.

`plain_head` takes the head that a client of ours sends, and nothing that could be read in two ways. Whatever else comes
is no error here: it is left, byte for byte, to the HTTP parser, which knows what to answer.
"""

import re
from functools import lru_cache
from typing import NamedTuple

REQUEST_LINE = b"POST /messages HTTP/1.1\r\n"
PLAIN_BYTES_MAX = 1_024
"""Of a whole head; a longer one is left to the parser."""
_HEADS_REMEMBERED = 256
_END = b"\r\n\r\n"
_OCTETS = b"application/octet-stream"
_NAMES = frozenset(
    {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection", b"content-type", b"content-length"}
)
# A name, one colon, one space, printable ASCII that neither begins nor ends with a space.
_LINE = re.compile(rb"([A-Za-z-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
_LENGTH = re.compile(rb"[1-9][0-9]{0,8}")


class Head(NamedTuple):
    """A plain head: its own bytes, how many headers it has, and the bytes of the body that follows."""

    size: int
    headers: int
    length: int


def plain_head(data: bytes) -> Head | None:
    """The plain head with which `data` begins, whole; None when it begins with anything else."""
    if not data.startswith(REQUEST_LINE):
        return None
    end = data.find(_END, len(REQUEST_LINE) - 2, PLAIN_BYTES_MAX)
    return None if end < 0 else _read(data[: end + len(_END)])


@lru_cache(_HEADS_REMEMBERED)
def _read(head: bytes) -> Head | None:
    """Remembered, because a client sends the same head again and again."""
    lines = head[len(REQUEST_LINE) : -len(_END)].split(b"\r\n")
    fields: dict[bytes, bytes] = {}
    for line in lines:
        matched = _LINE.fullmatch(line)
        if matched is None:
            return None
        fields[matched[1].lower()] = matched[2]
    if len(fields) < len(lines) or not fields.keys() <= _NAMES:  # a name twice, or one that may mean anything
        return None
    length = fields.get(b"content-length", b"")
    is_plain = (
        _LENGTH.fullmatch(length) is not None
        and fields.get(b"content-type", _OCTETS).lower() == _OCTETS
        and fields.get(b"connection", b"keep-alive").lower() == b"keep-alive"
        and b"json" not in fields.get(b"accept", b"").lower()
    )
    return Head(len(head), len(fields), int(length)) if is_plain else None
