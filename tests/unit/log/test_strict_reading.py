"""Whatever the bytes, every reader answers with a value or with `Malformed`, and reads only what it would write."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.base.errors import Malformed
from sanad.log import checkpoint, note, text, tiles
from sanad.log.checkpoint import Checkpoint
from sanad.log.cosignature import Ed25519Cosigner
from sanad.log.leaves import BlockLeaf, EntryLeaf
from sanad.log.note import NoteSigner, VerifierKey
from sanad.log.policy import Log, Policy, Witness
from sanad.log.proof import Proof
from sanad.log.tiles import TilePath
from sanad.log.tree import Peaks

NOW = 1_800_000_000
LOG = NoteSigner("example.org/log", bytes([9] * 32))
WITNESS = Ed25519Cosigner("example.net/witness", bytes([1] * 32))
SEEN = Checkpoint("example.org/log", 2, bytes(range(32)))
SIGNED = note.decode(checkpoint.sign(SEEN, LOG)).with_lines([WITNESS.line(SEEN, NOW)]).encode()
POLICY = Policy((Log(LOG.verifier_key),), (Witness(b"w", WITNESS.verifier_key),), (), b"w")

Reader = Callable[[bytes], bytes]


def bundle(data: bytes) -> bytes:
    return tiles.encode_bundle(tiles.decode_bundle(data, 2))


def tile_path(data: bytes) -> bytes:
    return TilePath.decode(data.decode("latin-1")).encode().encode("latin-1")


READERS: dict[str, tuple[Reader, bytes]] = {
    "base64": (lambda data: text.encode_base64(text.decode_base64("f", data)), b"AQIDBA=="),
    "decimal": (lambda data: text.encode_decimal(text.decode_decimal("f", data)), b"1234567890"),
    "peaks": (lambda data: Peaks.decode(data).encode(), Peaks(3, [bytes(32), bytes(32)]).encode()),
    "entry leaf": (lambda data: EntryLeaf.decode(data).encode(), EntryLeaf(7, bytes(32), bytes(32)).encode()),
    "block leaf": (
        lambda data: BlockLeaf.decode(data).encode(),
        BlockLeaf(7, 9, bytes(32), bytes(32), bytes(32)).encode(),
    ),
    "bundle": (bundle, tiles.encode_bundle([b"one", b"two"])),
    "tile path": (tile_path, b"tile/0/x001/x234/067.p/8"),
    "note": (lambda data: note.decode(data).encode(), SIGNED),
    "verifier key": (lambda data: VerifierKey.decode(data).encode(), LOG.verifier_key.encode()),
    "checkpoint": (lambda data: Checkpoint.decode(data).encode(), SEEN.encode()),
    "proof": (lambda data: Proof.decode(data).encode(), Proof(1, (bytes(32),), SIGNED, b"extra").encode()),
}


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Good bytes with a piece cut out and a few others put in its place: closer to the edges than noise is."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 4)))
    piece = draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"\n", b"\n\n", b" ", b"=", b"+", b"0", b"\r\n"])))
    return good[:start] + piece + good[end:]


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_read_is_written_back_byte_for_byte(name: str, data: st.DataObject) -> None:
    reader, good = READERS[name]
    assert reader(good) == good
    some = data.draw(st.one_of(st.binary(max_size=200), damaged(good)))
    try:
        written = reader(some)
    except Malformed:
        return
    assert written == some


@given(st.one_of(st.binary(max_size=200), damaged(POLICY.encode())))
def test_a_policy_reads_as_what_it_would_be_written_as(data: bytes) -> None:
    try:
        policy = Policy.decode(data)
    except Malformed:
        return
    assert Policy.decode(policy.encode()) == policy


@given(st.one_of(st.binary(max_size=200), damaged(SIGNED)))
def test_a_damaged_checkpoint_is_never_accepted(data: bytes) -> None:
    """Only whole lines of keys that are unknown may come and go."""
    try:
        evaluation = POLICY.verify(data, NOW)
    except Malformed:
        return
    assert evaluation.checkpoint == SEEN
