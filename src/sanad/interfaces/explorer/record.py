"""What the explorer reads: the newest checkpoint, and block leaves out of the log's entry bundles."""

import time
from dataclasses import dataclass
from enum import Enum

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.log import note, register_proof
from sanad.log.checkpoint import Checkpoint
from sanad.log.leaves import BlockLeaf
from sanad.log.policy import Policy
from sanad.log.tiles import TILE_WIDTH, TilePath, decode_bundle, tile_width
from sanad.node import proofs
from sanad.node.client import NodeClient

BLOCKS_PER_PAGE = 25
_ANSWER = b"\x9a\xb1" + register_proof.SCHEMA.encode()
"""How an answer of the register begins: a list of ten, whose first is the schema's name."""
_FORMAT = b"c2sp.org/tlog-proof@v1\n"
_OF_ANOTHER_LOG = ("log_signature_missing", "origin_bad")


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest signed checkpoint, and the key to verify it with."""

    signed: str
    """The note, verbatim."""
    checkpoint: Checkpoint
    log_key: str


def newest(client: NodeClient) -> Newest:
    """The newest checkpoint. Raises `Unavailable`."""
    signed = client.checkpoint()
    try:
        return Newest(signed.decode(), Checkpoint.decode(note.decode(signed).text), client.log_key().decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        raise _unreadable() from None


def blocks(client: NodeClient, size: int, before: int = 0) -> list[BlockLeaf]:
    """Leaves of blocks below height `before` (0 = from the newest), newest first, at most a page of them."""
    last = min(before - 1, size) if before else size
    first = max(1, last - BLOCKS_PER_PAGE + 1)
    bundles = range((first - 1) // TILE_WIDTH, (last - 1) // TILE_WIDTH + 1) if last else range(0)
    found = [leaf for index in bundles for leaf in _bundle(client, size, index)]
    return [leaf for leaf in reversed(found) if first <= leaf.height <= last]


def block(client: NodeClient, size: int, height: int) -> BlockLeaf:
    """The leaf of one block. Raises `Refused` (404) when the checkpoint does not reach it."""
    if not 1 <= height <= size:
        raise Refused("existence", "no block of this height is in the newest checkpoint", 404)
    index, place = divmod(height - 1, TILE_WIDTH)
    return _bundle(client, size, index)[place]


def _bundle(client: NodeClient, size: int, index: int) -> list[BlockLeaf]:
    """Leaves of up to 256 blocks."""
    path = TilePath(None, index, tile_width(None, index, size))
    data = client.tile(path.encode())
    if data is None:
        raise _unreadable()
    try:
        leaves = [BlockLeaf.decode(each) for each in decode_bundle(data, path.width)]
    except Malformed:
        raise _unreadable() from None
    if [leaf.height for leaf in leaves] != list(range(index * TILE_WIDTH + 1, index * TILE_WIDTH + 1 + len(leaves))):
        raise _unreadable()
    return leaves


def verified(data: bytes, log_key: str) -> proofs.VerifiedPayment:
    """What a proof file proves to one who trusts the log. Raises `Malformed`."""
    return proofs.verify(data, Policy.decode(f"log {log_key}\nquorum none\n".encode()), int(time.time()))


class Wrong(Enum):
    """What a file is that proves no payment here."""

    REGISTER = "register"
    """An answer of the public register, which proves something else."""
    NO_PROOF = "no_proof"
    ELSEWHERE = "elsewhere"
    """A proof of another log."""
    DAMAGED = "damaged"


def what_is_wrong(data: bytes, error: Malformed) -> Wrong:
    """What to tell whoever handed in a file that did not verify."""
    if data.startswith(_ANSWER):
        return Wrong.REGISTER
    if not data.startswith(_FORMAT):
        return Wrong.NO_PROOF
    return Wrong.ELSEWHERE if error.code in _OF_ANOTHER_LOG else Wrong.DAMAGED


def _unreadable() -> Unavailable:
    return Unavailable("the node's answer cannot be read")
