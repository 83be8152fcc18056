"""A message on the wire and in a segment: header ‖ signatures ‖ body (docs/reference/formats.md §1).

Parsing is the edge: what leaves `parse` is well formed, and nothing inside checks it again.
"""

import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sanad.base.digests import digest
from sanad.base.errors import Malformed, ensure

HEADER_SIZE = 112
BODY_SIZE_MAX = 1 << 20
TRANSFER_SIZE = 116
TRANSFERS_MAX = 8_190
POSITIONS_PER_ENTRY = 8_192
SIGNATURES_MAX = 4
SIGNATURE_SIZE_MAX = 1_024
# The count, and four times suite, key id, length and the longest signature.
SIGNATURES_SIZE_MAX = 2 + SIGNATURES_MAX * (2 + 16 + 2 + SIGNATURE_SIZE_MAX)
MESSAGE_SIZE_MAX = HEADER_SIZE + SIGNATURES_SIZE_MAX + BODY_SIZE_MAX
EDITION = 1

_MAGIC = b"snd1"
_FORMAT = 1
_HEADER = struct.Struct("<4sHH16sIHHQQIIIHH16s32s")
_SIGNATURE_HEAD = struct.Struct("<H16sH")

TRANSFER = np.dtype(
    [
        ("uetr", "u1", 16),
        ("debit", "<u8"),
        ("credit", "<u8"),
        ("amount", "<u8"),
        ("pending", "<u8"),
        ("evidence", "u1", 32),
        ("reference", "u1", 16),
        ("asset", "<u4"),
        ("releaser", "<u4"),
        ("timeout_seconds", "<u4"),
        ("purpose", "<u2"),
        ("flags", "<u2"),
        ("leg", "<u2"),
        ("reserved", "<u2"),
    ]
)
"""A transfer's 116 bytes as they lie in a body (DESIGN §4)."""

Transfers = NDArray[np.void]


class Kind(IntEnum):
    """What a message is; system kinds are never accepted from outside."""

    TRANSFERS = 1
    ACT = 2
    PROPOSE = 3
    CONFIRM = 4
    WITHDRAW = 5
    GENESIS = 64
    SYSTEM_TRANSFERS = 128
    SYSTEM_ACT = 129


class Suite(IntEnum):
    """Signature suites: systems sign with the first, persons with either."""

    ED25519 = 1
    WEBAUTHN_ES256 = 2


_SIGNATURE_SIZES: dict[int, tuple[Suite, int, int]] = {
    1: (Suite.ED25519, 64, 64),
    # Two lengths, the shortest authenticator data, a byte of client data, r ‖ s.
    2: (Suite.WEBAUTHN_ES256, 4 + 37 + 1 + 64, SIGNATURE_SIZE_MAX),
}
"""Number of a suite: the suite, least and most bytes of a signature."""
_KINDS: dict[int, Kind] = {kind.value: kind for kind in Kind}
TRANSFER_KINDS = frozenset({Kind.TRANSFERS, Kind.SYSTEM_TRANSFERS})
FROM_OUTSIDE = frozenset({Kind.TRANSFERS, Kind.ACT, Kind.PROPOSE, Kind.CONFIRM, Kind.WITHDRAW})


@dataclass(frozen=True, slots=True)
class Header:
    """The 112 bytes that are signed. Times are ms since 1970 UTC."""

    kind: Kind
    network: bytes
    institution: int
    lane: int
    sequence: int
    expiry_ms: int
    items: int
    body_length: int
    screened: int
    nonce: bytes
    body_digest: bytes

    def encode(self) -> bytes:
        """The header's 112 bytes."""
        return _HEADER.pack(
            _MAGIC, _FORMAT, self.kind, self.network, self.institution, self.lane, EDITION, self.sequence,
            self.expiry_ms, self.items, self.body_length, self.screened, 0, 0, self.nonce, self.body_digest,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over the message digest."""

    suite: Suite
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A well-formed message. `digest` is its identity; `raw` are the bytes as they came."""

    header: Header
    header_bytes: bytes
    signatures: tuple[Signature, ...]
    signatures_bytes: bytes
    body: bytes
    digest: bytes

    @property
    def size(self) -> int:
        """Bytes of the whole message: what a quota counts."""
        return HEADER_SIZE + len(self.signatures_bytes) + len(self.body)

    @property
    def raw(self) -> bytes:
        """The whole message as it travels and as it is kept."""
        return self.header_bytes + self.signatures_bytes + self.body

    def transfers(self) -> Transfers:
        """The body as transfers, a read-only view of shape (items,)."""
        ensure(self.header.kind in TRANSFER_KINDS, "only a message of transfers has transfers")
        return np.frombuffer(self.body, dtype=TRANSFER)


def message_digest(header_bytes: bytes) -> bytes:
    """What is signed, and the identity of a message."""
    return digest(b"sanad/message/v1\n", header_bytes)


def key_id(suite: Suite, public_key: bytes) -> bytes:
    """The 16 bytes that name a public key."""
    return digest(int(suite).to_bytes(2, "little"), public_key)[:16]


def encode_signatures(signatures: tuple[Signature, ...]) -> bytes:
    """The signatures block: count, then each, sorted by key id."""
    parts = [len(signatures).to_bytes(2, "little")]
    for signature in sorted(signatures, key=lambda each: each.key_id):
        parts.append(_SIGNATURE_HEAD.pack(signature.suite, signature.key_id, len(signature.value)))
        parts.append(signature.value)
    return b"".join(parts)


def assemble(header: Header, body: bytes, signatures: tuple[Signature, ...]) -> Message:
    """A message of our own making, from parts that are already right."""
    header = replace(header, body_length=len(body), body_digest=digest(body))
    header_bytes = header.encode()
    return Message(
        header, header_bytes, tuple(sorted(signatures, key=lambda each: each.key_id)), encode_signatures(signatures),
        body, message_digest(header_bytes),
    )  # fmt: skip


def with_signatures(message: Message, signatures: tuple[Signature, ...]) -> Message:
    """The same message, signed."""
    return replace(
        message,
        signatures=tuple(sorted(signatures, key=lambda each: each.key_id)),
        signatures_bytes=encode_signatures(signatures),
    )


def parse_header(data: bytes) -> Header:
    """The header in the first 112 bytes. Raises `Malformed`."""
    if len(data) < HEADER_SIZE:
        raise Malformed("header", "truncated", f"a header has {HEADER_SIZE} bytes; send the whole message")
    (
        magic, format_number, kind, network, institution, lane, edition, sequence, expiry_ms, items, body_length,
        screened, authorisations, reserved, nonce, body_digest,
    ) = _HEADER.unpack_from(data)  # fmt: skip
    if magic != _MAGIC or format_number != _FORMAT:
        raise Malformed("magic", "unknown_format", 'begin a message with "snd1" and format 1')
    known = _KINDS.get(kind)
    if known is None:
        raise Malformed("kind", "unknown_kind", "use a kind of docs/reference/formats.md §1")
    if edition != EDITION:
        raise Malformed("edition", "unknown_edition", "this network is at edition 1")
    if authorisations != 0:
        raise Malformed("authorisations", "not_yet_allowed", "holders' orders are not in use yet; set the count to 0")
    if reserved != 0:
        raise Malformed("reserved", "reserved_not_zero", "set the reserved field to 0")
    if not 0 < sequence < 2**63 or expiry_ms >= 2**63:
        raise Malformed("sequence", "out_of_range", "sequences start at 1; sequence and expiry stay below 2^63")
    return Header(
        known, network, institution, lane, sequence, expiry_ms, items, body_length, screened, nonce, body_digest
    )


def parse(data: bytes) -> Message:
    """The message that `data` is, whole and exact. Raises `Malformed` naming the first field that is wrong."""
    header = parse_header(data)
    if header.body_length > BODY_SIZE_MAX:
        raise Malformed("body length", "oversize", f"a body has at most {BODY_SIZE_MAX} bytes; send several messages")
    signatures, end = _parse_signatures(data, HEADER_SIZE)
    body = bytes(data[end:])
    if len(body) < header.body_length:
        raise Malformed("body", "truncated", f"the header promises {header.body_length} bytes, {len(body)} came")
    if len(body) > header.body_length:
        raise Malformed("body", "trailing_bytes", "nothing may follow the body")
    _check_items(header)
    if digest(body) != header.body_digest:
        raise Malformed("body digest", "digest_differs", "the header's digest is not that of the body; sign again")
    header_bytes = bytes(data[:HEADER_SIZE])
    return Message(header, header_bytes, signatures, bytes(data[HEADER_SIZE:end]), body, message_digest(header_bytes))


def _check_items(header: Header) -> None:
    if header.kind not in TRANSFER_KINDS:
        if header.items != 1 or header.body_length == 0:
            raise Malformed("items", "item_count", "a control message holds exactly one act")
        return
    if not 1 <= header.items <= TRANSFERS_MAX:
        raise Malformed("items", "item_count", f"send 1 to {TRANSFERS_MAX} transfers in a message")
    if header.items * TRANSFER_SIZE != header.body_length:
        raise Malformed(
            "body length", "item_count", f"{header.items} transfers are {header.items * TRANSFER_SIZE} bytes"
        )


def _parse_signatures(data: bytes, start: int) -> tuple[tuple[Signature, ...], int]:
    """The signatures from `start` and where they end."""
    count = int.from_bytes(data[start : start + 2], "little")
    if len(data) < start + 2 or count > SIGNATURES_MAX:
        raise Malformed("signatures", "signature_count", f"send at most {SIGNATURES_MAX} signatures")
    at = start + 2
    signatures: list[Signature] = []
    for _ in range(count):
        if len(data) < at + _SIGNATURE_HEAD.size:
            raise Malformed("signatures", "truncated", "a signature ends before its length")
        number, identifier, length = _SIGNATURE_HEAD.unpack_from(data, at)
        at += _SIGNATURE_HEAD.size
        suite, least, most = _SIGNATURE_SIZES.get(number, (Suite.ED25519, 1, 0))
        if not least <= length <= most:
            raise Malformed(
                "signatures", "unknown_suite", f"sign with suite 1, 64 bytes, or 2, at most {SIGNATURE_SIZE_MAX} bytes"
            )
        if signatures and signatures[-1].key_id >= identifier:
            raise Malformed("signatures", "unsorted", "sort signatures by key id, each key once")
        value = bytes(data[at : at + length])
        if len(value) < length:
            raise Malformed("signatures", "truncated", f"a signature promises {length} bytes and ends before")
        signatures.append(Signature(suite, identifier, value))
        at += length
    return tuple(signatures), at


def new_transfers(count: int) -> Any:
    """`count` zeroed transfers, writable, shape (count,)."""
    return np.zeros(count, dtype=TRANSFER)
