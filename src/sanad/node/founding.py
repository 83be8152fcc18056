"""Founding a network: its genesis, the node's and the log's keys, the folder of its record."""

import os
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from sanad.base.canonical import Value, decode, encode
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.log.note import NoteSigner, VerifierKey
from sanad.node.folder import (
    GENESIS,
    NODE_KEY,
    SEGMENT_SIZE,
    SEGMENTS,
    SNAPSHOTS,
    allocated,
    segment_name,
    write_file,
)
from sanad.rulebook.message import Header, Kind, Message, assemble

GENESIS_SCHEMA = "sanad/genesis/v1"
PRIVATE_SCHEMA = "sanad/genesis/private/v1"
SEED_SIZE = 32


@dataclass(frozen=True, slots=True)
class Genesis:
    """The public half of genesis: what everyone may know of a network before its first block."""

    name: str
    created_ms: int
    zone_offset_seconds: int
    demonstration: bool
    commitment: bytes
    log_key: str
    node_public_key: bytes

    def encode(self) -> bytes:
        """The public half's bytes (formats.md §6)."""
        return encode(
            [
                GENESIS_SCHEMA, self.name, self.created_ms, self.zone_offset_seconds, self.demonstration,
                self.commitment, self.log_key, self.node_public_key,
            ]
        )  # fmt: skip

    @classmethod
    def decode(cls, data: bytes) -> "Genesis":
        """The opposite of `encode`. Raises `Malformed`."""
        value = decode(data, "genesis")
        if not isinstance(value, list) or len(value) != 8 or value[0] != GENESIS_SCHEMA:
            raise Malformed("genesis", "schema_unknown", f'give the eight parts of "{GENESIS_SCHEMA}"')
        kinds = (str, int, int, bool, bytes, str, bytes)
        if any(type(part) is not kind for part, kind in zip(value[1:], kinds, strict=True)):
            raise Malformed("genesis", "schema_unknown", "name, time, zone, demonstration, commitment, keys")
        return cls(*value[1:])  # type: ignore[arg-type]

    @property
    def network(self) -> bytes:
        """The network's 16 bytes."""
        return digest(self.encode())[:16]

    @property
    def verifier_key(self) -> VerifierKey:
        """The log's key."""
        return VerifierKey.decode(self.log_key.encode())


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The node's secrets: one seed signs blocks, the other checkpoints."""

    block_key: SigningKey
    log_seed: bytes
    origin: str

    @classmethod
    def create(cls, origin: str) -> "NodeKeys":
        """New keys for a log named `origin`: its URL without scheme, or any name without spaces."""
        return cls(SigningKey.generate(), os.urandom(32), origin)

    @property
    def log_signer(self) -> NoteSigner:
        """Signs checkpoints."""
        return NoteSigner(self.origin, self.log_seed)


def network_of(public: bytes) -> bytes:
    """The network that a public half founds."""
    return digest(public)[:16]


def commitment(secret: bytes, acts: list[bytes]) -> bytes:
    """What the public half says of the private one."""
    return digest(b"sanad/commit/v1\n", secret, digest(encode(list(acts))))


def genesis_message(genesis: Genesis, secret: bytes, acts: list[bytes]) -> Message:
    """Entry 1, unsigned; the acts' own signatures are the proofs of possession in them."""
    values: list[Value] = [PRIVATE_SCHEMA, genesis.encode(), secret, list(acts)]
    header = Header(Kind.GENESIS, genesis.network, 0, 0, 1, 0, 1, 0, 0, os.urandom(16), bytes(32))
    return assemble(header, encode(values), ())


def read_genesis(message: Message) -> Genesis:
    """The public half in entry 1, when secret and acts are the ones it commits to. Raises `Malformed`."""
    value = decode(message.body, "genesis")
    if not isinstance(value, list) or len(value) != 4 or value[0] != PRIVATE_SCHEMA:
        raise Malformed("genesis", "schema_unknown", f'give the four parts of "{PRIVATE_SCHEMA}"')
    _, public, secret, acts = value
    if not isinstance(public, bytes) or not isinstance(secret, bytes) or not isinstance(acts, list):
        raise Malformed("genesis", "schema_unknown", "public half and secret are bytes, acts a list")
    genesis = Genesis.decode(public)
    if commitment(secret, acts) != genesis.commitment or message.header.network != genesis.network:  # type: ignore[arg-type]
        raise Malformed("genesis", "commitment_differs", "the private half is not the one that was committed to")
    return genesis


def create_folder(folder: Path, keys: NodeKeys, genesis: Genesis, segment_size: int = SEGMENT_SIZE) -> None:
    """The empty folder of a record. Raises `Refused` if one is there already."""
    if (folder / SEGMENTS).exists():
        raise Refused("record folder", f"{folder} holds a record already; choose another folder", 409)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / SNAPSHOTS).mkdir(mode=0o700, exist_ok=True)
    write_file(folder / NODE_KEY, encode([bytes(keys.block_key), keys.log_seed, keys.origin]), 0o600)
    write_file(folder / GENESIS, genesis.encode(), 0o644)
    # The segments' folder comes last: with it the record exists.
    making = folder / f"{SEGMENTS}.making"
    making.mkdir(mode=0o700, exist_ok=True)
    allocated(making / segment_name(0), segment_size)
    making.rename(folder / SEGMENTS)


def load_keys(folder: Path) -> NodeKeys:
    """The node's keys. Raises `Unavailable` if the file is missing or not whole."""
    try:
        value = decode((folder / NODE_KEY).read_bytes(), "node key")
    except (OSError, Malformed) as error:
        raise Unavailable(f"{folder / NODE_KEY} cannot be read; restore it from a back-up", 60) from error
    match value:
        case [bytes(block_seed), bytes(log_seed), str(origin)] if len(block_seed) == len(log_seed) == SEED_SIZE:
            return NodeKeys(SigningKey(block_seed), log_seed, origin)
    raise Unavailable(f"{folder / NODE_KEY} is not a node's key file; restore it from a back-up", 60)
