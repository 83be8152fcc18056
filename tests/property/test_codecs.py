"""What is written is read back; what is not ours is malformed and nothing else."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sanad.base.canonical import decode, encode
from sanad.base.errors import Malformed
from sanad.rulebook.edition1.acts import parse_act
from sanad.rulebook.message import (
    FROM_OUTSIDE,
    Header,
    Kind,
    Signature,
    Suite,
    assemble,
    parse,
    parse_header,
)
from tests.property.test_totality import JUNK

HEADERS = st.builds(
    Header,
    kind=st.sampled_from(sorted(FROM_OUTSIDE)), network=st.binary(min_size=16, max_size=16),
    institution=st.integers(0, 2**32 - 1), lane=st.integers(0, 2**16 - 1), sequence=st.integers(1, 2**63 - 1),
    expiry_ms=st.integers(0, 2**63 - 1), items=st.just(1), body_length=st.just(0), screened=st.integers(0, 2**32 - 1),
    nonce=st.binary(min_size=16, max_size=16), body_digest=st.just(bytes(32)),
)  # fmt: skip
KEY_IDS = st.binary(min_size=16, max_size=16)
SIGNATURES = st.lists(
    st.one_of(
        st.builds(Signature, st.just(Suite.ED25519), KEY_IDS, st.binary(min_size=64, max_size=64)),
        st.builds(Signature, st.just(Suite.WEBAUTHN_ES256), KEY_IDS, st.binary(min_size=106, max_size=1_024)),
    ),
    max_size=4,
    unique_by=lambda each: each.key_id,
).map(tuple)


@given(HEADERS, SIGNATURES, st.binary(min_size=116, max_size=116))
def test_a_message_comes_back(header: Header, signatures: tuple[Signature, ...], body: bytes) -> None:
    made = assemble(header, body, signatures)
    assert parse(made.raw) == made
    assert parse_header(made.header_bytes) == made.header


@given(HEADERS, SIGNATURES, st.integers(0, 2_000), st.integers(1, 255))
def test_a_changed_byte_is_malformed_or_another_message(
    header: Header, signatures: tuple[Signature, ...], at: int, change: int
) -> None:
    made = assemble(header, bytes(116), signatures)
    data = bytearray(made.raw)
    data[at % len(data)] ^= change
    with contextlib.suppress(Malformed):
        other = parse(bytes(data))
        assert other.raw == bytes(data)
        assert other != made


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    for raw in (data, b"snd1\1\0\1\0" + data):
        with contextlib.suppress(Malformed):
            assert parse(raw).raw == raw


@given(JUNK)
def test_a_canonical_value_has_one_encoding(value: Any) -> None:
    assert decode(encode(value), "value") == value
    assert encode(decode(encode(value), "value")) == encode(value)


@given(st.binary(max_size=60))
def test_what_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert encode(decode(data, "value")) == data


@given(st.binary(max_size=60))
def test_any_bytes_are_an_act_or_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse_act(data)


def test_kinds_from_outside_are_no_system_kinds() -> None:
    assert max(FROM_OUTSIDE) < Kind.GENESIS
