"""A message is read exactly or not at all: every byte has one meaning, and what is wrong is named."""

import struct
from dataclasses import replace

import pytest

from sanad.base.digests import digest
from sanad.base.errors import Malformed
from sanad.rulebook import message
from sanad.rulebook.message import Header, Kind, Signature, Suite, assemble, parse, parse_header, with_signatures

TWO_KEYS = (Signature(Suite.ED25519, b"\1" * 16, bytes(64)), Signature(Suite.ED25519, b"\2" * 16, bytes(64)))
HEADER = Header(
    Kind.TRANSFERS, b"n" * 16, 3, 1, 1, 10**12, 2, 0, 0, b"x" * 16, bytes(32)
)  # fmt: skip
WHOLE = with_signatures(assemble(HEADER, bytes(2 * 116), ()), TWO_KEYS)


def code_of(data: bytes) -> tuple[str, str]:
    with pytest.raises(Malformed) as raised:
        parse(data)
    return raised.value.field, raised.value.code


def with_field(offset: int, value: bytes) -> bytes:
    return WHOLE.raw[:offset] + value + WHOLE.raw[offset + len(value) :]


def test_a_message_comes_out_as_it_went_in() -> None:
    assert parse(WHOLE.raw) == WHOLE
    assert WHOLE.size == len(WHOLE.raw)


def test_a_message_cut_at_any_byte_is_malformed() -> None:
    for end in range(len(WHOLE.raw)):
        assert code_of(WHOLE.raw[:end])[1] in ("truncated", "signature_count")


def test_nothing_follows_the_body() -> None:
    assert code_of(WHOLE.raw + b"\0") == ("body", "trailing_bytes")


@pytest.mark.parametrize(
    ("offset", "value", "field", "code"),
    [
        (0, b"snd2", "magic", "unknown_format"),
        (4, b"\2\0", "magic", "unknown_format"),
        (6, b"\0\0", "kind", "unknown_kind"),
        (6, b"\6\0", "kind", "unknown_kind"),
        (6, b"\xff\xff", "kind", "unknown_kind"),
        (30, b"\2\0", "edition", "unknown_edition"),
        (32, bytes(8), "sequence", "out_of_range"),
        (32, b"\0" * 7 + b"\x80", "sequence", "out_of_range"),
        (40, b"\0" * 7 + b"\x80", "sequence", "out_of_range"),
        (48, bytes(4), "items", "item_count"),
        (48, struct.pack("<I", 8_191), "items", "item_count"),
        (48, struct.pack("<I", 1), "body length", "item_count"),
        (52, struct.pack("<I", 231), "body", "trailing_bytes"),
        (52, struct.pack("<I", 233), "body", "truncated"),
        (52, struct.pack("<I", (1 << 20) + 1), "body length", "oversize"),
        (60, b"\1\0", "authorisations", "not_yet_allowed"),
        (62, b"\1\0", "reserved", "reserved_not_zero"),
        (80, b"\1" * 32, "body digest", "digest_differs"),
        (112, b"\5\0", "signatures", "signature_count"),
        (114, b"\2\0", "signatures", "unknown_suite"),
        (114, b"\0\0", "signatures", "unknown_suite"),
        (114, b"\3\0", "signatures", "unknown_suite"),
        (132, b"\x3f\0", "signatures", "unknown_suite"),
        (116, b"\3" * 16, "signatures", "unsorted"),
        (116, b"\2" * 16, "signatures", "unsorted"),
    ],
)
def test_the_wrong_field_is_named(offset: int, value: bytes, field: str, code: str) -> None:
    assert code_of(with_field(offset, value)) == (field, code)


@pytest.mark.parametrize("size", [106, 300, message.SIGNATURE_SIZE_MAX])
def test_a_signature_of_suite_2_has_its_own_length(size: int) -> None:
    both = (Signature(Suite.WEBAUTHN_ES256, b"\1" * 16, b"w" * size), TWO_KEYS[1])
    whole = with_signatures(WHOLE, both)
    assert parse(whole.raw) == whole
    cut = whole.raw[: 112 + 2 + 20 + size - 1]
    assert code_of(cut) == ("signatures", "truncated")


@pytest.mark.parametrize("size", [0, 64, 105, message.SIGNATURE_SIZE_MAX + 1])
def test_a_signature_of_suite_2_has_bounds(size: int) -> None:
    whole = with_signatures(WHOLE, (Signature(Suite.WEBAUTHN_ES256, b"\1" * 16, bytes(size)),))
    assert code_of(whole.raw) == ("signatures", "unknown_suite")


def test_the_largest_message_has_four_of_the_longest_signatures() -> None:
    longest = tuple(Signature(Suite.WEBAUTHN_ES256, bytes([n]) * 16, bytes(1_024)) for n in range(4))
    whole = assemble(replace(HEADER, kind=Kind.ACT, items=1), bytes(message.BODY_SIZE_MAX), longest)
    assert len(whole.raw) == message.MESSAGE_SIZE_MAX
    assert parse(whole.raw) == whole


def test_a_byte_changed_in_the_body_is_noticed() -> None:
    assert code_of(WHOLE.raw[:-1] + b"\1") == ("body digest", "digest_differs")


def test_a_control_message_holds_one_act() -> None:
    act = assemble(replace(HEADER, kind=Kind.ACT, items=1), b"\x90", ())
    assert parse(act.raw) == act
    for wrong in (replace(act.header, items=2), replace(act.header, items=0)):
        assert code_of(wrong.encode() + b"\0\0" + b"\x90") == ("items", "item_count")
    empty = replace(act.header, body_length=0, body_digest=digest(b""))
    assert code_of(empty.encode() + b"\0\0") == ("items", "item_count")


def test_the_largest_message_of_transfers_is_read() -> None:
    rows = message.new_transfers(message.TRANSFERS_MAX)
    whole = assemble(replace(HEADER, items=message.TRANSFERS_MAX), rows.tobytes(), ())
    assert len(parse(whole.raw).transfers()) == message.TRANSFERS_MAX


def test_a_header_is_read_alone() -> None:
    assert parse_header(WHOLE.raw) == WHOLE.header
    with pytest.raises(Malformed, match="truncated"):
        parse_header(WHOLE.raw[:111])


def test_signatures_are_sorted_when_they_are_put_on() -> None:
    assert with_signatures(WHOLE, TWO_KEYS[::-1]) == WHOLE


def test_the_identity_is_the_headers_and_not_the_signatures() -> None:
    assert with_signatures(WHOLE, ()).digest == WHOLE.digest
    assert parse(with_field(200, b"\7")).digest == WHOLE.digest
