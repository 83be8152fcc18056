"""Signed notes and verifier keys: the published example, house limits, and what must be refused."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed
from sanad.log import note
from sanad.log.note import Note, NoteSigner, SignatureLine, VerifierKey

# C2SP signed-note, "Verifier keys", Example
FOO = b"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SIGNED_BY_FOO = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

SIGNER = NoteSigner("example.org/log", bytes(32))
OTHER = NoteSigner("example.org/other", bytes([1] * 32))

names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1, max_size=40
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=60).map(
    lambda text: text.encode() + b"\n"
)
lines = st.builds(SignatureLine, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))


def line_of(material: bytes, name: str = "example.com/foo") -> bytes:
    return f"— {name} ".encode() + b64encode(material) + b"\n"


class TestPublishedExample:
    def test_it_verifies(self) -> None:
        key = VerifierKey.decode(FOO)
        parsed = note.decode(SIGNED_BY_FOO)
        assert parsed.text == b"This is an example message.\n"
        assert note.is_signed_by(parsed, key)
        assert parsed.encode() == SIGNED_BY_FOO

    def test_its_key_is_written_back(self) -> None:
        key = VerifierKey.decode(FOO)
        assert (key.name, key.type, key.key_id.hex()) == ("example.com/foo", note.TYPE_ED25519, "530d903a")
        assert key.encode() == FOO

    def test_another_text_is_refused(self) -> None:
        with pytest.raises(Malformed) as caught:
            note.is_signed_by(note.decode(SIGNED_BY_FOO.replace(b"This", b"That")), VerifierKey.decode(FOO))
        assert caught.value.code == "signature_bad"


class TestSigning:
    @given(texts)
    def test_what_is_signed_verifies(self, text: bytes) -> None:
        parsed = note.decode(note.sign(text, SIGNER))
        assert parsed.text == text
        assert note.is_signed_by(parsed, SIGNER.verifier_key)
        assert not note.is_signed_by(parsed, OTHER.verifier_key)

    def test_the_key_id_is_that_of_the_standard(self) -> None:
        key = SIGNER.verifier_key
        assert key.key_id == sha256(b"example.org/log\n\x01" + key.public_key).digest()[:4]

    def test_a_name_or_an_id_alone_is_another_key(self) -> None:
        parsed = note.decode(note.sign(b"text\n", SIGNER))
        same_name = NoteSigner("example.org/log", bytes([2] * 32)).verifier_key
        same_key = NoteSigner("example.org/renamed", bytes(32)).verifier_key
        assert not note.is_signed_by(parsed, same_name)
        assert not note.is_signed_by(parsed, same_key)

    def test_one_bad_line_of_a_known_key_spoils_a_good_one(self) -> None:
        good = SIGNER.line(b"text\n")
        bad = SignatureLine(good.name, good.key_id, bytes(64))
        twice = b"text\n\n" + good.encode() + bad.encode()
        with pytest.raises(Malformed):
            note.is_signed_by(note.decode(twice), SIGNER.verifier_key)
        assert note.is_signed_by(note.decode(b"text\n\n" + good.encode() * 2), SIGNER.verifier_key)

    @pytest.mark.parametrize("length", [1, 63, 65])
    def test_a_signature_of_another_length_is_bad(self, length: int) -> None:
        good = SIGNER.line(b"text\n")
        wrong = Note(b"text\n", (SignatureLine(good.name, good.key_id, bytes(length)),))
        with pytest.raises(Malformed):
            note.is_signed_by(wrong, SIGNER.verifier_key)

    def test_a_new_line_takes_the_place_of_the_old_one(self) -> None:
        first = note.decode(note.sign(b"text\n", SIGNER)).with_lines([OTHER.line(b"text\n")])
        again = first.with_lines([OTHER.line(b"text\n")])
        assert again == first
        assert [line.name for line in again.lines] == ["example.org/log", "example.org/other"]

    def test_two_lines_of_one_key_are_read_but_never_written(self) -> None:
        line = SIGNER.line(b"text\n")
        twice = note.decode(b"text\n\n" + line.encode() * 2)
        assert len(twice.lines_of(SIGNER.verifier_key)) == 2
        with pytest.raises(Malformed) as caught:
            twice.encode()
        assert caught.value.code == "line_twice"
        assert len(twice.with_lines([OTHER.line(b"text\n")]).lines) == 2

    def test_a_note_without_lines_is_never_written(self) -> None:
        with pytest.raises(Malformed) as caught:
            Note(b"text\n", ()).encode()
        assert caught.value.code == "line_count_bad"

    def test_a_text_ends_with_a_newline(self) -> None:
        with pytest.raises(Fault):
            note.sign(b"text", SIGNER)

    def test_a_signer_does_not_show_its_secret(self) -> None:
        signer = NoteSigner("example.org/log", b"secret seed of thirty-two bytes!")
        assert "secret seed" not in repr(signer) + str(vars(signer))


class TestStrictReading:
    @given(texts, st.lists(lines, min_size=1, max_size=5, unique_by=lambda line: (line.name, line.key_id)))
    def test_reading_undoes_writing(self, text: bytes, some: list[SignatureLine]) -> None:
        whole = Note(text, tuple(some))
        assert note.decode(whole.encode()) == whole

    def test_the_text_ends_at_the_last_empty_line(self) -> None:
        assert note.decode(b"a\n\nb\n\n\n" + line_of(bytes(9))).text == b"a\n\nb\n\n"

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\n",
            b"text\n",
            b"text\n\n",
            b"text\n" + line_of(bytes(9)),
            b"text\n\n" + line_of(bytes(9))[:-1],
            b"text\n\n" + line_of(bytes(9)) + b"\n",
            b"text\n\n" + line_of(bytes(9)) + b"x\n",
            b"text\n\n" + line_of(bytes(4)),
            b"text\n\n- example.com/foo AAAAAAAA\n",
            b"text\n\n" + line_of(bytes(9), name="a+b"),
            b"text\n\n" + line_of(bytes(9), name="a\u00a0b"),
            b"text\n\n" + line_of(bytes(9), name="a\u2028b"),
            b"text\n\n" + line_of(bytes(9), name="a b"),
            b"text\n\n" + line_of(bytes(9), name=""),
            b"text\n\n" + line_of(bytes(9)).replace(b"\n", b" \n"),
            b"te\txt\n\n" + line_of(bytes(9)),
            b"te\rxt\n\n" + line_of(bytes(9)),
            b"te\0xt\n\n" + line_of(bytes(9)),
            b"te\xffxt\n\n" + line_of(bytes(9)),
            b"te\xed\xa0\x80xt\n\n" + line_of(bytes(9)),
        ],
    )
    def test_what_is_refused(self, data: bytes) -> None:
        with pytest.raises(Malformed):
            note.decode(data)

    def test_spare_bits_of_base64_are_refused(self) -> None:
        good = b"text\n\n" + line_of(bytes(8))
        assert len(note.decode(good).lines) == 1
        with pytest.raises(Malformed) as caught:
            note.decode(good.replace(b"A=\n", b"B=\n"))
        assert caught.value.code == "base64_bad"

    def test_delete_is_a_character_like_others(self) -> None:
        assert note.decode(b"a\x7fb\n\n" + line_of(bytes(9))).text == b"a\x7fb\n"

    def test_100_lines_and_no_more(self) -> None:
        hundred = b"text\n\n" + b"".join(line_of(bytes(9), name=f"n{number}") for number in range(100))
        assert len(note.decode(hundred).lines) == 100
        with pytest.raises(Malformed) as caught:
            note.decode(hundred + line_of(bytes(9)))
        assert caught.value.code == "too_many_lines"

    def test_1_mebibyte_and_no_more(self) -> None:
        tail = b"\n\n" + line_of(bytes(9))
        assert len(note.decode(b"a" * (2**20 - len(tail)) + tail).encode()) == 2**20
        with pytest.raises(Malformed) as caught:
            note.decode(b"a" * (2**20 - len(tail) + 1) + tail)
        assert caught.value.code == "note_too_long"


class TestVerifierKeys:
    @given(names, st.sampled_from(sorted(note.PUBLIC_KEY_LENGTHS)), st.binary(min_size=32, max_size=32))
    def test_reading_undoes_writing(self, name: str, kind: int, seed: bytes) -> None:
        key = VerifierKey(name, kind, (seed * 41)[: note.PUBLIC_KEY_LENGTHS[kind]])
        assert VerifierKey.decode(key.encode()) == key

    def test_base64_may_hold_a_plus(self) -> None:
        for seed in range(256):
            key = NoteSigner("n", bytes([seed] * 32)).verifier_key
            if b"+" in key.encode().split(b"+", 2)[2]:
                assert VerifierKey.decode(key.encode()) == key
                return
        pytest.fail("no key with a plus found")

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            FOO[:-1],
            FOO + b"\n",
            FOO.replace(b"530d903a", b"530D903A"),
            FOO.replace(b"530d903a", b"530d903b"),
            FOO.replace(b"foo", b"fop"),
            FOO.replace(b"foo", b"f o"),
            FOO.replace(b"example", b"\xff"),
            b"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        ],
    )
    def test_what_is_refused(self, data: bytes) -> None:
        with pytest.raises(Malformed):
            VerifierKey.decode(data)

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b", "a\tb", "\ud800", "n" * 256, "ن" * 128])
    def test_names_that_are_none(self, name: str) -> None:
        with pytest.raises(Malformed):
            VerifierKey(name, note.TYPE_ED25519, bytes(32))

    def test_unknown_types_and_other_lengths(self) -> None:
        with pytest.raises(Malformed) as caught:
            VerifierKey("n", 2, bytes(32))
        assert caught.value.code == "key_type_unknown"
        with pytest.raises(Malformed) as caught:
            VerifierKey("n", note.TYPE_ED25519, bytes(33))
        assert caught.value.code == "key_length_bad"

    def test_a_key_that_is_no_point_verifies_nothing(self) -> None:
        for public_key in (bytes(32), bytes([1, *bytes(31)]), b"\xff" * 32):
            key = VerifierKey("n", note.TYPE_ED25519, public_key)
            forged = Note(b"t\n", (SignatureLine("n", key.key_id, bytes([1, *bytes(63)])),))
            with pytest.raises(Malformed):
                note.is_signed_by(forged, key)
