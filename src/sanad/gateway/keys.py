"""The key file of an institution: its signing keys and the secrets of its databases, under one passphrase.

A small JSON file: which passphrase hash and which limits (argon2id), a salt, and one box (XChaCha20-Poly1305) that
holds all the rest. It never lies in the folder of a record: who copies a record must not copy keys by accident.
"""

import base64
import hashlib
import json
import secrets
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Self

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.signing import SigningKey

from sanad.base import canonical
from sanad.base.errors import Fault, Refused, ensure
from sanad.node.folder import write_file
from sanad.rulebook.message import Signature, Suite, key_id
from sanad.rulebook.signatures import possession_bytes

SYSTEM = "system"
"""Name of the key with which the institution's own program signs."""

PASSPHRASE_CHARACTERS_MIN = 8
KEYS_MAX = 256
LANES_MAX = 1 << 16
FIRST_LANE_OF_PERSONS = 1_024
_FORMAT = "sanad/keys/v1"
_NEXT = "\x00next"  # no name may hold it


OPENED_MAX = 64
_PROCESS = secrets.token_bytes(32)
_opened_with: dict[bytes, bytes] = {}
"""What files were opened with: who hosts gateways opens the same ones for every page, and a passphrase costs half a
second and 256 MB each time on purpose. The process that has the passphrase has this too; a guess is as dear as ever."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one try of a passphrase costs: passes over so many bytes of memory."""

    passes: int = argon2id.OPSLIMIT_MODERATE
    memory_bytes: int = argon2id.MEMLIMIT_MODERATE

    def are_bearable(self) -> bool:
        """Whether a file that asks for these was written by us: it must not take all memory of whoever opens it."""
        return (
            argon2id.OPSLIMIT_MIN <= self.passes <= argon2id.OPSLIMIT_SENSITIVE
            and argon2id.MEMLIMIT_MIN <= self.memory_bytes <= argon2id.MEMLIMIT_SENSITIVE
        )


@dataclass(frozen=True, slots=True)
class Key:
    """One signing key. `person` 0 = the institution's system. It sends on the lanes first to last, both included."""

    name: str
    person: int
    lane_first: int
    lane_last: int
    public: bytes

    @property
    def identifier(self) -> bytes:
        """The 16 bytes that name it on the record."""
        return key_id(Suite.ED25519, self.public)

    @property
    def lanes(self) -> range:
        """The lanes it sends on."""
        return range(self.lane_first, self.lane_last + 1)


def lane_of_person(person: int) -> int:
    """Each person's own lane, whichever key the person signs with."""
    return FIRST_LANE_OF_PERSONS + person


class KeyFile:
    """An opened key file. Safe for threads."""

    def __init__(self, path: Path, secret: bytes, limits: Limits, salt: bytes, contents: "_Contents") -> None:
        """Call `create` or `open_file` instead."""
        self._path = path
        self._secret, self._limits, self._salt = secret, limits, salt
        self._contents = contents
        self._lock = Lock()

    @classmethod
    def create(cls, path: Path, passphrase: str, limits: Limits | None = None) -> Self:
        """Make a key file without keys. Raises `Refused`: one is there, a record's folder, a short passphrase."""
        limits = limits or Limits()
        _refuse_record_folder(path)
        if path.exists():
            raise Refused("key file", f"{path.name} is there already; name a new file", 409)
        salt = secrets.token_bytes(argon2id.SALTBYTES)
        made = cls(path, _stretched(passphrase, salt, limits), limits, salt, _Contents(secrets.token_bytes(32), {}))
        made._write()
        return made

    @classmethod
    def open_file(cls, path: Path, passphrase: str) -> Self:
        """Open a key file. Raises `Refused` for a wrong passphrase, `Fault` when the file is damaged."""
        _refuse_record_folder(path)
        if not path.is_file():
            raise Refused("key file", f"there is no {path.name}; create one, or name the folder that holds it", 404)
        try:
            parts = json.loads(path.read_bytes())
            limits = Limits(int(parts["passes"]), int(parts["memory_bytes"]))
            salt, box = base64.b64decode(parts["salt"]), base64.b64decode(parts["box"])
            sound = parts["format"] == _FORMAT and limits.are_bearable() and len(salt) == argon2id.SALTBYTES
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path) from error
        if not sound:
            raise _damaged(path)
        mark = _mark(passphrase, salt, limits)
        secret = _opened_with.get(mark) or _stretched(passphrase, salt, limits)
        try:
            plain = crypto_aead_xchacha20poly1305_ietf_decrypt(box[24:], _FORMAT.encode(), box[:24], secret)
        except (CryptoError, ValueError, TypeError) as error:
            advice = "the passphrase is wrong, or the file was changed; try again, or restore the file from a back-up"
            raise Refused("key file", advice, 401) from error
        if len(_opened_with) < OPENED_MAX:
            _opened_with[mark] = secret
        return cls(path, secret, limits, salt, _Contents.decode(plain))

    def add(self, name: str, lanes: range, person: int = 0, seed: bytes | None = None) -> Key:
        """Make a key and keep it under `name`; `seed`, 32 bytes, brings one that was made elsewhere.

        It is of no use before it is registered on the record. Raises `Refused` when the name is taken.
        """
        ensure(lanes.step == 1 and 0 <= lanes.start < lanes.stop <= LANES_MAX, "lanes are an unbroken range of u16")
        with self._lock:
            if name in self._contents.keys or not name or _NEXT in name or len(self._contents.keys) >= KEYS_MAX:
                raise Refused("key name", f"take a name that is not in use; a file holds at most {KEYS_MAX} keys", 409)
            kept = _Kept(seed or secrets.token_bytes(32), person, lanes.start, lanes.stop - 1)
            self._contents.keys[name] = kept
            self._write()
        return kept.key(name)

    def all(self) -> list[Key]:
        """All keys in use, by name; those prepared for a rotation are not yet."""
        with self._lock:
            return [kept.key(name) for name, kept in sorted(self._contents.keys.items()) if _NEXT not in name]

    def key(self, name: str) -> Key:
        """The key in use under `name`. Raises `Refused`."""
        return self._kept(name).key(name)

    def sign(self, name: str, message_digest: bytes) -> Signature:
        """The signature of `name` over a message digest."""
        kept = self._kept(name)
        value = SigningKey(kept.seed).sign(message_digest).signature
        return Signature(Suite.ED25519, kept.key(name).identifier, value)

    def signing_key(self, name: str) -> SigningKey:
        """The key itself, for a client that signs its own requests. Hold it no longer than that client lives."""
        return SigningKey(self._kept(name).seed)

    def prove_possession(self, name: str, network: bytes, institution: int, *, prepared: bool = False) -> bytes:
        """What registers the key under `name`, or the one prepared for its rotation (formats.md §1)."""
        kept = self._kept(name + _NEXT if prepared else name)
        claim = possession_bytes(network, institution, kept.person, Suite.ED25519, kept.key(name).public)
        return SigningKey(kept.seed).sign(claim).signature

    def prepare_rotation(self, name: str) -> Key:
        """Make the next key of `name`, or give the one already made; both are kept until `finish_rotation`.

        In between comes the act that registers it: if we die there, the record says which of the two is in force.
        """
        current = self._kept(name)
        with self._lock:
            if name + _NEXT not in self._contents.keys:
                self._contents.keys[name + _NEXT] = replace(current, seed=secrets.token_bytes(32))
                self._write()
            return self._contents.keys[name + _NEXT].key(name)

    def finish_rotation(self, name: str) -> Key:
        """Sign with the prepared key from now on, and forget the old one. Raises `Refused` when none is prepared."""
        self._kept(name + _NEXT)
        with self._lock:
            self._contents.keys[name] = self._contents.keys.pop(name + _NEXT)
            self._write()
        return self.key(name)

    def change_passphrase(self, passphrase: str, limits: Limits | None = None) -> None:
        """Seal the file under another passphrase. Back-ups still open with the old one: destroy them."""
        limits = limits or self._limits
        salt = secrets.token_bytes(argon2id.SALTBYTES)
        secret = _stretched(passphrase, salt, limits)
        with self._lock:
            self._secret, self._limits, self._salt = secret, limits, salt
            self._write()

    def secret_for(self, use: str) -> bytes:
        """32 bytes for one use, such as sealing the evidence keys; they stay the same under a new passphrase."""
        return hashlib.blake2b(use.encode(), key=self._contents.root, digest_size=32).digest()

    def _kept(self, name: str) -> "_Kept":
        with self._lock:
            kept = self._contents.keys.get(name)
        if kept is None:
            shown = name.replace(_NEXT, " (prepared)")
            raise Refused("key", f"the key file holds no key {shown}; add it, or prepare its rotation", 404)
        return kept

    def _write(self) -> None:
        nonce = secrets.token_bytes(24)
        plain = self._contents.encode()
        box = nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, _FORMAT.encode(), nonce, self._secret)
        parts = {
            "format": _FORMAT,
            "passphrase_hash": "argon2id",
            "passes": self._limits.passes,
            "memory_bytes": self._limits.memory_bytes,
            "salt": base64.b64encode(self._salt).decode(),
            "box": base64.b64encode(box).decode(),
        }
        write_file(self._path, json.dumps(parts, indent=2).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key as the file holds it."""

    seed: bytes
    person: int
    lane_first: int
    lane_last: int

    def key(self, name: str) -> Key:
        return Key(name, self.person, self.lane_first, self.lane_last, bytes(SigningKey(self.seed).verify_key))


@dataclass(slots=True)
class _Contents:
    """What is in the box: the root of all other secrets, and the signing keys by name."""

    root: bytes
    keys: dict[str, _Kept]

    def encode(self) -> bytes:
        rows: list[canonical.Value] = [
            [name, kept.seed, kept.person, kept.lane_first, kept.lane_last] for name, kept in sorted(self.keys.items())
        ]
        return canonical.encode([self.root, rows])

    @classmethod
    def decode(cls, plain: bytes) -> Self:
        """The box is ours and whole, since it opened; so its shape is an invariant."""
        match canonical.decode(plain, "key file"):
            case [bytes(root), list(rows)]:
                keys = {}
                for row in rows:
                    match row:
                        case [str(name), bytes(seed), int(person), int(first), int(last)]:
                            keys[name] = _Kept(seed, person, first, last)
                return cls(root, keys)
        raise Fault("the key file has another shape than this release writes; use the release that wrote it")


def _stretched(passphrase: str, salt: bytes, limits: Limits) -> bytes:
    """The secret that opens the box. Letters that look the same count as the same, however a keyboard sends them."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise Refused("passphrase", f"take {PASSPHRASE_CHARACTERS_MIN} characters or more; several words are best", 401)
    same = unicodedata.normalize("NFKC", passphrase).encode()
    return argon2id.kdf(32, same, salt, opslimit=limits.passes, memlimit=limits.memory_bytes)


def _mark(passphrase: str, salt: bytes, limits: Limits) -> bytes:
    """What a passphrase for one file is known by in this process, and nowhere else."""
    same = unicodedata.normalize("NFKC", passphrase)
    told = canonical.encode([same, salt, limits.passes, limits.memory_bytes])
    return hashlib.blake2b(told, key=_PROCESS, digest_size=32).digest()


def _refuse_record_folder(path: Path) -> None:
    for folder in path.resolve().parents:
        if (folder / "segments").exists():
            advice = "keys never lie in the folder of a record, or they leave with its copies; name a folder elsewhere"
            raise Refused("key file", advice, 409)


def _damaged(path: Path) -> Fault:
    return Fault(f"{path.name} is no key file, or is damaged; restore it from a back-up")
