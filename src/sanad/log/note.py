"""Signed notes (C2SP signed-note v1.0.0): a text, an empty line, and one line for each signature.

    <text, ends with a newline>
                                                     an empty line
    — <key name> base64(key ID 4 bytes ‖ signature)  one or more

A key is known by (name, key ID). Lines of unknown keys are ignored; a line of a known key must verify, or the whole
note is refused (house rule; the standard says SHOULD). This module signs and verifies type 01, plain Ed25519 over the
text; the types with a time are in `cosignature`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from sanad.base.errors import Malformed, ensure
from sanad.log.text import decode_base64, encode_base64

TYPE_ED25519 = 0x01
"""Ed25519 over the note's text: a log."""
TYPE_COSIGNATURE_ED25519 = 0x04
"""Ed25519 with a time: a witness."""
TYPE_COSIGNATURE_ML_DSA_44 = 0x06
"""ML-DSA-44 with a time: a witness, or a log beside its Ed25519 line."""
PUBLIC_KEY_LENGTHS = {TYPE_ED25519: 32, TYPE_COSIGNATURE_ED25519: 32, TYPE_COSIGNATURE_ML_DSA_44: 1312}

NOTE_LENGTH_MAX = 1 << 20
SIGNATURE_LINES_MAX = 100
NAME_LENGTH_MAX = 255
KEY_ID_LENGTH = 4
ED25519_SIGNATURE_LENGTH = 64

_DASH = "\N{EM DASH} ".encode()
_LINE = re.compile(_DASH + rb"([^ \n]+) ([A-Za-z0-9+/]+={0,2})")
_FORBIDDEN = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_VERIFIER_KEY = re.compile(rb"([^+\n]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


def check_name(field: str, name: str) -> None:
    """Raise `Malformed` unless `name` can name a key: no Unicode space, `+` or control character, 1 to 255 bytes."""
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        raise Malformed(field, "name_bad", "a name is Unicode text") from None
    if not 1 <= len(encoded) <= NAME_LENGTH_MAX:
        raise Malformed(field, "name_length_bad", f"a name has 1 to {NAME_LENGTH_MAX} bytes")
    if "+" in name or _FORBIDDEN.search(encoded) or any(letter.isspace() for letter in name):
        raise Malformed(field, "name_bad", "a name has no space, plus sign or control character")


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line of a note, not yet verified."""

    name: str
    key_id: bytes
    """4 bytes."""
    signature: bytes
    """What follows the key ID: for types 04 and 06 it starts with the time."""

    def encode(self) -> bytes:
        """The line with its newline."""
        return _DASH + self.name.encode() + b" " + encode_base64(self.key_id + self.signature) + b"\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and type, as written in a vkey (signed-note, Verifier keys)."""

    name: str
    type: int
    """One of the `TYPE_` numbers."""
    public_key: bytes

    def __post_init__(self) -> None:
        check_name("verifier key", self.name)
        if self.type not in PUBLIC_KEY_LENGTHS:
            raise Malformed("verifier key", "key_type_unknown", "types 01, 04 and 06 are known")
        if len(self.public_key) != PUBLIC_KEY_LENGTHS[self.type]:
            raise Malformed("verifier key", "key_length_bad", "the public key has another length than its type asks")

    @property
    def key_id(self) -> bytes:
        """SHA256(name ‖ 0A ‖ type ‖ public key)[:4]: a label, not a digest to trust."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public_key).digest()[:KEY_ID_LENGTH]

    def encode(self) -> bytes:
        """`name+<key ID in 8 hex digits>+base64(type ‖ public key)`."""
        material = encode_base64(bytes([self.type]) + self.public_key)
        return b"+".join([self.name.encode(), self.key_id.hex().encode(), material])

    @classmethod
    def decode(cls, data: bytes) -> "VerifierKey":
        """The opposite of `encode`. Raises `Malformed`, also when the key ID is not that of the key."""
        match = _VERIFIER_KEY.fullmatch(data)
        if match is None:
            raise Malformed(
                "verifier key", "key_bad", "write name+8 hex digits+base64, as the key's owner published it"
            )
        material = decode_base64("verifier key", match[3])
        key = cls(_decode_utf8("verifier key", match[1]), material[0], material[1:])
        if key.key_id.hex().encode() != match[2]:
            raise Malformed("verifier key", "key_id_bad", "the key ID belongs to another name or key; copy it again")
        return key


@dataclass(frozen=True, slots=True)
class Note:
    """A note that has the right form; its signatures are not yet verified."""

    text: bytes
    """What is signed, with its last newline."""
    lines: tuple[SignatureLine, ...]

    def encode(self) -> bytes:
        """Text, empty line, signature lines: the bytes that `decode` reads. Raises as `encode_lines`."""
        ensure(self.text.endswith(b"\n"), "a note's text ends with a newline")
        return self.text + b"\n" + encode_lines(self.lines)

    def lines_of(self, key: VerifierKey) -> list[SignatureLine]:
        """The lines that claim to be made by `key`: usually one, but a note may hold several."""
        key_id = key.key_id
        return [line for line in self.lines if line.name == key.name and line.key_id == key_id]

    def with_lines(self, lines: Sequence[SignatureLine]) -> "Note":
        """The same text with more lines, one for each key: a later line takes the place of an earlier one."""
        latest = {(line.name, line.key_id): line for line in (*self.lines, *lines)}
        return Note(self.text, tuple(latest.values()))


def decode(data: bytes) -> Note:
    """Read a note. Raises `Malformed`: one malformed line spoils the whole note (signed-note, Format).

    House limits: 1 MiB, 100 signature lines.
    """
    if len(data) > NOTE_LENGTH_MAX:
        raise Malformed("note", "note_too_long", f"a note has at most {NOTE_LENGTH_MAX} bytes")
    if _FORBIDDEN.search(data):
        raise Malformed("note", "control_character", "newline is the only control character of a note")
    _decode_utf8("note", data)
    end_of_text = data.rfind(b"\n\n")  # the last one: a text may hold empty lines, signature lines can't
    if end_of_text < 0:
        raise Malformed("note", "note_without_signatures", "put an empty line between the text and its signatures")
    return Note(data[: end_of_text + 1], decode_lines(data[end_of_text + 2 :]))


def decode_lines(data: bytes) -> tuple[SignatureLine, ...]:
    """Read one or more signature lines alone, such as a witness answers with. Raises `Malformed`."""
    if len(data) > NOTE_LENGTH_MAX or data.count(b"\n") > SIGNATURE_LINES_MAX:
        raise Malformed("signature lines", "too_many_lines", f"a note has at most {SIGNATURE_LINES_MAX} signatures")
    if not data.endswith(b"\n"):
        raise Malformed("signature lines", "signature_line_bad", "write one or more lines, each with its newline")
    return tuple(_decode_line(line) for line in data[:-1].split(b"\n"))


def encode_lines(lines: Sequence[SignatureLine]) -> bytes:
    """Signature lines as they stand in a note.

    Raises `Malformed` when there are none, more than 100, or two by one key: such notes are read, but never written.
    """
    if not 1 <= len(lines) <= SIGNATURE_LINES_MAX:
        raise Malformed("signature lines", "line_count_bad", f"a note has 1 to {SIGNATURE_LINES_MAX} signatures")
    if len({(line.name, line.key_id) for line in lines}) != len(lines):
        raise Malformed("signature lines", "line_twice", "keep one signature line for each key")
    return b"".join(line.encode() for line in lines)


class NoteSigner:
    """Signs texts as type 01, Ed25519: the log's own key. Holds a secret; never print or store it with data."""

    def __init__(self, name: str, seed: bytes) -> None:
        ensure(len(seed) == 32, "an Ed25519 seed is 32 bytes")
        self._key = SigningKey(seed)
        self.verifier_key = VerifierKey(name, TYPE_ED25519, bytes(self._key.verify_key))

    def line(self, text: bytes) -> SignatureLine:
        """The signature line for `text`, which ends with a newline."""
        ensure(text.endswith(b"\n"), "a note's text ends with a newline")
        return SignatureLine(self.verifier_key.name, self.verifier_key.key_id, self._key.sign(text).signature)


def sign(text: bytes, signer: NoteSigner) -> bytes:
    """A note of `text` with one signature."""
    return Note(text, (signer.line(text),)).encode()


def is_signed_by(note: Note, key: VerifierKey) -> bool:
    """Whether `key`, of type 01, signed the text: False when no line is by it.

    Raises `Malformed` (`signature_bad`) when a line claims to be by `key` and does not verify.
    """
    ensure(key.type == TYPE_ED25519, "types with a time are verified by `cosignature.time_signed_by`")
    lines = note.lines_of(key)
    for line in lines:
        check_ed25519(key.public_key, note.text, line.signature)
    return bool(lines)


def check_ed25519(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Raise `Malformed` (`signature_bad`) unless libsodium accepts the 64-byte signature (RFC 8032)."""
    if len(signature) != ED25519_SIGNATURE_LENGTH:
        raise signature_bad()
    try:
        VerifyKey(public_key).verify(message, signature)
    except BadSignatureError:
        raise signature_bad() from None


def signature_bad() -> Malformed:
    """What every check of a known key raises."""
    return Malformed("signature", "signature_bad", "a line by a known key does not verify; trust nothing of this note")


def _decode_line(data: bytes) -> SignatureLine:
    match = _LINE.fullmatch(data)
    if match is None:
        raise Malformed("signature line", "signature_line_bad", "write an em dash, a space, the name, a space, base64")
    name = _decode_utf8("signature line", match[1])
    if "+" in name or any(letter.isspace() for letter in name):
        raise Malformed("signature line", "name_bad", "a name has no space or plus sign")
    material = decode_base64("signature line", match[2])
    if len(material) <= KEY_ID_LENGTH:
        raise Malformed("signature line", "signature_line_bad", "give the key ID, 4 bytes, and the signature")
    return SignatureLine(name, material[:KEY_ID_LENGTH], material[KEY_ID_LENGTH:])


def _decode_utf8(field: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed(field, "not_utf8", "write the text as UTF-8") from None
