"""Files sealed with a passphrase: argon2id makes the key, XChaCha20-Poly1305 secretstream the chunks (libsodium).

A sealed file is `magic "sandseal" 8 · version u16 1 · reserved 6 · stream header 24`, then chunks of at most 1 MiB,
each 17 bytes longer sealed than plain. Every chunk is bound to its place in the stream and to the file's purpose;
the last one says that it is the last. So no chunk or file can be changed, swapped, repeated or cut unseen.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import FileIO
from pathlib import Path

import msgspec
from nacl import bindings, pwhash
from nacl.exceptions import CryptoError

from sanad.base.errors import Malformed, Refused, ensure
from sanad.node.folder import WRITING, Damage, is_no_space, no_space, sync_folder, write_file

CHUNK_SIZE = 1 << 20
PASSPHRASE_LENGTH_MIN = 12
_HEAD = b"sandseal" + (1).to_bytes(2, "little") + bytes(6)
_STREAM_HEADER_SIZE = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_FORMAT = "sanad-sealed/1"
# Limits on what a derivation file may ask for, since whoever holds the back-up can change that file.
_OPERATIONS_MAX = 16
_MEMORY_BYTES_MAX = 1 << 30

operations = pwhash.argon2id.OPSLIMIT_MODERATE
"""Passes of argon2id for new keys."""
memory_bytes = pwhash.argon2id.MEMLIMIT_MODERATE
"""Memory of argon2id for new keys: 256 MiB."""


class _Derivation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a passphrase becomes a key; public."""

    format: str
    salt: str
    operations: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed file."""

    length: int
    """Plain bytes."""
    digest: bytes
    """H of the plain bytes."""
    sealed_length: int
    sealed_digest: bytes


def new_key(path: Path, passphrase: str) -> bytes:
    """A key from a passphrase and new salt; how it was derived is written to `path`. Raises `Refused` if too short."""
    _check_passphrase(passphrase)
    derivation = _Derivation(_FORMAT, os.urandom(pwhash.argon2id.SALTBYTES).hex(), operations, memory_bytes)
    key = _derive(derivation, passphrase)
    write_file(path, msgspec.json.encode(derivation) + b"\n", 0o644)
    return key


def key_of(path: Path, passphrase: str) -> bytes:
    """The key that the file at `path` and a passphrase give; a wrong passphrase shows when something is opened."""
    _check_passphrase(passphrase)
    try:
        derivation = msgspec.json.decode(path.read_bytes(), type=_Derivation)
        salt = bytes.fromhex(derivation.salt)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed("key derivation", "unreadable", f"{path.name} is damaged; use another back-up") from error
    allowed = (
        derivation.format == _FORMAT
        and len(salt) == pwhash.argon2id.SALTBYTES
        and 1 <= derivation.operations <= _OPERATIONS_MAX
        and pwhash.argon2id.MEMLIMIT_MIN <= derivation.memory_bytes <= _MEMORY_BYTES_MAX
    )
    if not allowed:
        raise Malformed("key derivation", "not_allowed", f"{path.name} asks for what this release never wrote")
    return _derive(derivation, passphrase)


def _check_passphrase(passphrase: str) -> None:
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise Refused("passphrase", f"use at least {PASSPHRASE_LENGTH_MIN} characters; several words are best", 422)


def _derive(derivation: _Derivation, passphrase: str) -> bytes:
    salt = bytes.fromhex(derivation.salt)
    return pwhash.argon2id.kdf(32, passphrase.encode(), salt, derivation.operations, derivation.memory_bytes)


def seal(path: Path, key: bytes, purpose: str, plain: memoryview) -> Sealed:
    """Seal `plain` into `path`; whole, on the disk and under its name when this returns.

    `purpose` must be said again to open it. Raises `Unavailable` when the disk is full.
    """
    temporary = path.with_name(path.name + WRITING)
    running = sha256()
    try:
        with FileIO(temporary, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            length = 0
            for piece in _sealed_pieces(key, purpose, plain):
                running.update(piece)
                length += len(piece)
                left = memoryview(piece)
                while left:
                    left = left[file.write(left) :]
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if is_no_space(error):
            raise no_space("the back-up") from error
        raise
    sync_folder(path.parent)
    return Sealed(len(plain), sha256(plain).digest(), length, running.digest())


def _sealed_pieces(key: bytes, purpose: str, plain: memoryview) -> Iterator[bytes]:
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    yield _HEAD + bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    bound = purpose.encode()
    for start in range(0, max(len(plain), 1), CHUNK_SIZE):
        last = start + CHUNK_SIZE >= len(plain)
        chunk = bytes(plain[start : start + CHUNK_SIZE])
        yield bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, bound, _FINAL if last else _MESSAGE)


def unseal(path: Path, key: bytes, purpose: str) -> Iterator[bytes]:
    """The plain chunks of a sealed file. Raises `Damage` at the first that is not what was sealed under this key.

    What was yielded before is genuine, but only the end of the iteration says that all of it came.
    """
    ensure(len(key) == bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES, "a key has 32 bytes")
    bound = purpose.encode()
    try:
        with FileIO(path, "rb") as file:
            head = _read(file, len(_HEAD) + _STREAM_HEADER_SIZE)
            if head[: len(_HEAD)] != _HEAD or len(head) < len(_HEAD) + _STREAM_HEADER_SIZE:
                raise _damage(path, "it does not begin as a sealed file does")
            state = bindings.crypto_secretstream_xchacha20poly1305_state()
            bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, head[len(_HEAD) :], key)
            tag = _MESSAGE
            while tag != _FINAL:
                chunk = _read(file, CHUNK_SIZE + _OVERHEAD)
                if len(chunk) < _OVERHEAD:
                    raise _damage(path, "it ends before its last chunk")
                plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, chunk, bound)
                yield plain
            if file.read(1):
                raise _damage(path, "bytes follow its last chunk")
    except CryptoError as error:
        raise _damage(path, "its seal does not open: wrong passphrase, or changed bytes") from error
    except FileNotFoundError as error:
        raise _damage(path, "it is missing") from error


def _read(file: FileIO, size: int) -> bytes:
    found = b""
    while len(found) < size and (more := file.read(size - len(found))):
        found += more
    return found


def _damage(path: Path, what: str) -> Damage:
    return Damage(f"back-up file {path.name}", what, "Use the right passphrase, or another back-up")


def digest_of(path: Path) -> bytes | None:
    """H of a file's bytes, None if there is no such file."""
    running = sha256()
    try:
        with FileIO(path, "rb") as file:
            while chunk := file.read(CHUNK_SIZE):
                running.update(chunk)
    except FileNotFoundError:
        return None
    return running.digest()
