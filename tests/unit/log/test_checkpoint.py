"""Checkpoints: the text, who may sign it, and logs of other implementations."""

from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Malformed
from sanad.log import checkpoint, note, tree
from sanad.log.checkpoint import Checkpoint
from sanad.log.note import NoteSigner, VerifierKey

TESSERA = Path(__file__).parent / "data" / "tessera_log"
TESSERA_SEED = b64decode("AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg")[1:]  # published with that test log
SIGNER = NoteSigner("example.org/log", bytes(32))
GOOD = Checkpoint("example.org/log", 3, bytes(range(32)))

# torchwood, cmd/litewitness/testdata/litewitness.txt: checkpoints of one log, and the proofs between them
SIGSUM_ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SIGSUM_KEY = VerifierKey(
    SIGSUM_ORIGIN,
    note.TYPE_ED25519,
    bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"),
)
SIGSUM = {
    1: (
        "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
    ),
    3: (
        "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
        "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
    ),
    5: (
        "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
        "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
    ),
}
SIGSUM_PROOFS = {
    (1, 3): ["KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
    (3, 5): [
        "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "KgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=",
        "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
}


def sigsum_note(size: int) -> bytes:
    root, signature = SIGSUM[size]
    return f"{SIGSUM_ORIGIN}\n{size}\n{root}\n\n— {SIGSUM_ORIGIN} {signature}\n".encode()


class TestText:
    def test_three_lines(self) -> None:
        assert GOOD.encode() == b"example.org/log\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

    @given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
    def test_reading_undoes_writing(self, size: int, root: bytes) -> None:
        seen = Checkpoint("example/سند", size, root)
        assert Checkpoint.decode(seen.encode()) == seen

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            GOOD.encode()[:-1],
            GOOD.encode() + b"\n",
            GOOD.encode() + b"extension\n",
            b"\n" + GOOD.encode(),
            GOOD.encode().replace(b"\n3\n", b"\n03\n"),
            GOOD.encode().replace(b"\n3\n", b"\n+3\n"),
            GOOD.encode().replace(b"\n3\n", b"\n-3\n"),
            GOOD.encode().replace(b"\n3\n", b"\n1_0\n"),
            GOOD.encode().replace(b"\n3\n", "\n٣\n".encode()),
            GOOD.encode().replace(b"\n3\n", b"\n 3\n"),
            GOOD.encode().replace(b"\n3\n", b"\n\n"),
            GOOD.encode().replace(b"\n3\n", b"\n9223372036854775808\n"),
            GOOD.encode().replace(b"\n3\n", b"\n" + b"9" * 5000 + b"\n"),
            GOOD.encode().replace(b"Hh8=", b"Hh9="),
            GOOD.encode().replace(b"Hh8=", b"Hh8"),
            GOOD.encode().replace(b"Hh8=", b"Hh8hIiMk"),
            GOOD.encode().replace(b"example", b"\xff"),
            GOOD.encode().replace(b"example", b"ex ample"),
            GOOD.encode().replace(b"example", b"e" * 256),
        ],
    )
    def test_what_is_refused(self, text: bytes) -> None:
        with pytest.raises(Malformed):
            Checkpoint.decode(text)

    def test_an_object_is_as_strict_as_a_text(self) -> None:
        with pytest.raises(Malformed):
            Checkpoint("example.org/log", -1, bytes(32))
        with pytest.raises(Malformed):
            Checkpoint("example.org/log", 1, bytes(31))


class TestSigning:
    def test_what_is_signed_verifies(self) -> None:
        assert checkpoint.verify(checkpoint.sign(GOOD, SIGNER), SIGNER.verifier_key) == GOOD

    def test_the_origin_is_the_name_of_the_key(self) -> None:
        other = NoteSigner("example.org/other", bytes(32))
        with pytest.raises(Malformed) as caught:
            checkpoint.sign(GOOD, other)
        assert caught.value.code == "origin_bad"
        with pytest.raises(Malformed):
            checkpoint.verify(note.sign(GOOD.encode(), other), other.verifier_key)

    def test_a_log_that_did_not_sign_is_missed(self) -> None:
        signed = note.sign(GOOD.encode(), NoteSigner("example.org/other", bytes(32)))
        with pytest.raises(Malformed) as caught:
            checkpoint.verify(signed, SIGNER.verifier_key)
        assert caught.value.code == "log_signature_missing"

    def test_the_empty_tree_has_one_root(self) -> None:
        empty = Checkpoint("example.org/log", 0, tree.EMPTY_ROOT)
        assert empty.encode().split(b"\n")[2] == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        assert checkpoint.verify(checkpoint.sign(empty, SIGNER), SIGNER.verifier_key) == empty
        wrong = Checkpoint("example.org/log", 0, bytes(32))
        with pytest.raises(Malformed) as caught:
            checkpoint.verify(note.sign(wrong.encode(), SIGNER), SIGNER.verifier_key)
        assert caught.value.code == "empty_root_bad"


class TestOtherImplementations:
    @pytest.mark.parametrize("size", range(16))
    def test_we_sign_the_bytes_that_tessera_signed(self, size: int) -> None:
        published = (TESSERA / f"checkpoint.{size}").read_bytes()
        signer = NoteSigner("example.com/log/testdata", TESSERA_SEED)
        seen = checkpoint.verify(published, signer.verifier_key)
        assert checkpoint.sign(seen, signer) == published

    @pytest.mark.parametrize("size", SIGSUM)
    def test_a_sigsum_log_verifies(self, size: int) -> None:
        assert checkpoint.verify(sigsum_note(size), SIGSUM_KEY).size == size

    def test_a_signature_with_one_letter_changed_does_not(self) -> None:
        with pytest.raises(Malformed) as caught:
            checkpoint.verify(sigsum_note(3).replace(b"6go=", b"6gw="), SIGSUM_KEY)
        assert caught.value.code == "signature_bad"

    @pytest.mark.parametrize(("old", "new"), SIGSUM_PROOFS)
    def test_its_trees_are_consistent(self, old: int, new: int) -> None:
        path = [b64decode(one) for one in SIGSUM_PROOFS[old, new]]
        roots = [b64decode(SIGSUM[size][0]) for size in (old, new)]
        tree.check_consistency(old, new, path, *roots)
        with pytest.raises(Malformed):
            tree.check_consistency(old, new, [], *roots)
