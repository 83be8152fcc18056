"""Cosignatures of witnesses: published vectors of both types, times, and what must be refused."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed
from sanad.log import checkpoint, cosignature, note
from sanad.log.checkpoint import Checkpoint
from sanad.log.cosignature import Ed25519Cosigner, MlDsa44Cosigner
from sanad.log.note import Note, NoteSigner, SignatureLine, VerifierKey

TESSERA = Path(__file__).parent / "data" / "tessera_log"
NOW = 1_800_000_000
LOG = NoteSigner("example.org/log", bytes(32))
SEEN = Checkpoint("example.org/log", 3, bytes(range(32)))
SIGNED = note.decode(checkpoint.sign(SEEN, LOG))

WITNESSES = [Ed25519Cosigner("example.net/witness", bytes([1] * 32)), MlDsa44Cosigner("example.net/pq", bytes(32))]
Cosigner = Ed25519Cosigner | MlDsa44Cosigner
each_type = pytest.mark.parametrize("witness", WITNESSES, ids=["04", "06"])


class TestPublishedVectors:
    def test_type_04_of_sunlight(self) -> None:
        key = VerifierKey.decode(b"witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN")
        signed = note.decode(
            "rome2026h1.example.org\n300\nlCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n\n"
            "— witness.example.org uKLPIAAAAABpVGeAhm2bOvKc3LaB9PFN1ruG19Y5yqslmcAAbhftnn1Zznmo0LXFZq4LGvqKqLX8jWlw"
            "LKasxEGTLIqAVusneCBmBw==\n".encode()
        )
        assert cosignature.time_signed_by(signed, key, now=NOW) == 1767139200

    def test_type_06_message(self) -> None:
        witness = MlDsa44Cosigner("witness.example/pq", bytes(32))
        seen = Checkpoint.decode((TESSERA / "checkpoint.15").read_bytes().partition(b"\n\n")[0] + b"\n")
        message = cosignature.ml_dsa_44_message("witness.example/pq", seen, 1)
        assert witness.verifier_key.key_id.hex() == "72fd1980"
        assert len(message) == 112
        assert sha256(message).hexdigest() == "29da7cfbcb2075ac749fd7dfa82ec7c3a9ac3f3a98181afe54480f1487c4a1fb"

    def test_type_04_message(self) -> None:
        message = cosignature.ed25519_message(SEEN, 1679315147)
        assert message == b"cosignature/v1\ntime 1679315147\n" + SEEN.encode()


@each_type
class TestBothTypes:
    @settings(max_examples=10)
    @given(time=st.integers(1, NOW + 300))
    def test_what_is_cosigned_verifies(self, witness: Cosigner, time: int) -> None:
        signed = SIGNED.with_lines([witness.line(SEEN, time)])
        again = note.decode(signed.encode())
        assert again == signed
        assert cosignature.time_signed_by(again, witness.verifier_key, NOW) == time
        assert note.is_signed_by(again, LOG.verifier_key)

    def test_a_witness_that_did_not_sign_is_none(self, witness: Cosigner) -> None:
        assert cosignature.time_signed_by(SIGNED, witness.verifier_key, NOW) is None

    def test_another_checkpoint_is_refused(self, witness: Cosigner) -> None:
        for other in (Checkpoint(SEEN.origin, 4, SEEN.root), Checkpoint(SEEN.origin, 3, bytes(32))):
            moved = Note(other.encode(), (witness.line(SEEN, NOW),))
            with pytest.raises(Malformed) as caught:
                cosignature.time_signed_by(moved, witness.verifier_key, NOW)
            assert caught.value.code == "signature_bad"

    def test_the_time_is_signed(self, witness: Cosigner) -> None:
        line = witness.line(SEEN, NOW)
        later = SignatureLine(line.name, line.key_id, (NOW + 1).to_bytes(8, "big") + line.signature[8:])
        with pytest.raises(Malformed) as caught:
            cosignature.time_signed_by(SIGNED.with_lines([later]), witness.verifier_key, NOW)
        assert caught.value.code == "signature_bad"

    @pytest.mark.parametrize(
        ("time", "code"),
        [(0, "time_bad"), (2**63, "time_bad"), (2**64 - 1, "time_bad"), (NOW + 301, "time_in_future")],
    )
    def test_times_that_are_refused(self, witness: Cosigner, time: int, code: str) -> None:
        line = witness.line(SEEN, NOW)
        forged = SignatureLine(line.name, line.key_id, time.to_bytes(8, "big") + line.signature[8:])
        with pytest.raises(Malformed) as caught:
            cosignature.time_signed_by(SIGNED.with_lines([forged]), witness.verifier_key, NOW)
        assert caught.value.code == code

    def test_we_never_sign_time_0(self, witness: Cosigner) -> None:
        for time in (0, -1, 2**63):
            with pytest.raises(Fault):
                witness.line(SEEN, time)

    def test_the_newest_of_several_times_counts(self, witness: Cosigner) -> None:
        lines = [witness.line(SEEN, NOW - 5), witness.line(SEEN, NOW), witness.line(SEEN, NOW - 9)]
        many = Note(SEEN.encode(), tuple(lines))
        assert cosignature.time_signed_by(many, witness.verifier_key, NOW) == NOW
        spoiled = Note(SEEN.encode(), (*lines, SignatureLine(lines[0].name, lines[0].key_id, bytes(7) + b"\1")))
        with pytest.raises(Malformed):
            cosignature.time_signed_by(spoiled, witness.verifier_key, NOW)

    @settings(max_examples=20)
    @given(tail=st.binary(min_size=1, max_size=100))
    def test_a_signature_of_any_other_bytes_is_refused(self, witness: Cosigner, tail: bytes) -> None:
        line = SignatureLine(witness.verifier_key.name, witness.verifier_key.key_id, tail)
        with pytest.raises(Malformed):
            cosignature.time_signed_by(SIGNED.with_lines([line]), witness.verifier_key, NOW)

    def test_a_text_that_is_no_checkpoint_is_refused(self, witness: Cosigner) -> None:
        with pytest.raises(Malformed):
            cosignature.time_signed_by(Note(b"hello\n", (witness.line(SEEN, NOW),)), witness.verifier_key, NOW)


def test_the_same_name_and_key_as_log_and_as_witness_are_two_keys() -> None:
    witness = Ed25519Cosigner("example.org/log", bytes(32))
    assert witness.verifier_key.public_key == LOG.verifier_key.public_key
    assert witness.verifier_key.key_id != LOG.verifier_key.key_id


def test_type_06_signs_its_own_name_and_type_04_does_not() -> None:
    """Why an operator uses one Ed25519 key for one name."""
    line = MlDsa44Cosigner("example.net/a", bytes(32)).line(SEEN, NOW)
    other = MlDsa44Cosigner("example.net/b", bytes(32)).verifier_key
    with pytest.raises(Malformed):
        cosignature.time_signed_by(
            SIGNED.with_lines([SignatureLine(other.name, other.key_id, line.signature)]), other, NOW
        )
    line = Ed25519Cosigner("example.net/a", bytes(32)).line(SEEN, NOW)
    other = Ed25519Cosigner("example.net/b", bytes(32)).verifier_key
    moved = SIGNED.with_lines([SignatureLine(other.name, other.key_id, line.signature)])
    assert cosignature.time_signed_by(moved, other, NOW) == NOW


def test_a_log_adds_a_line_of_type_06_beside_its_own() -> None:
    quantum_safe = MlDsa44Cosigner("example.org/log", bytes(32))
    signed = SIGNED.with_lines([quantum_safe.line(SEEN, NOW)]).encode()
    assert checkpoint.verify(signed, LOG.verifier_key) == SEEN
    assert cosignature.time_signed_by(note.decode(signed), quantum_safe.verifier_key, NOW) == NOW
