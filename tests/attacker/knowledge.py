"""All that the public and one curious bank can have. Nothing here comes from the node's own folder or state.

Public: genesis, checkpoint, tiles, bundles of block leaves, the code and its formats. The bank's own: messages with
their nonces, receipts with their salts, statements of its accounts, proofs that it fetched as a payee. Of others: the
UETRs of payments on whose route it was. And, more than any bank can have, rumours: what others' accounts hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Protocol

from sanad.log import checkpoint as log_checkpoint
from sanad.log import leaves, tree
from sanad.log.proof import Proof
from sanad.log.tiles import TilePath, decode_bundle, split_tile, tile_width
from sanad.node.founding import Genesis
from sanad.node.proofs import Transfer, TransferInBlock
from sanad.node.receipts import Receipt
from sanad.node.service import StatementLine
from sanad.rulebook.message import Message


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message that the bank sent, and what it was answered."""

    message: Message
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Rumour:
    """What the bank has heard of an account, just before the blocks that it asks itself about."""

    balance: int
    reserved: int
    last_position: int


@dataclass(frozen=True)
class Knowledge:
    """What an attack may use."""

    genesis: Genesis
    blocks: Sequence[leaves.BlockLeaf]
    own: Sequence[OwnMessage]
    lines: Sequence[StatementLine]
    """Of the bank's own accounts."""
    proofs: Sequence[bytes]
    uetrs: Sequence[bytes]
    rumours: dict[int, Rumour]
    fee_accounts: range
    """Where others' fees may go: any account that one cares to try."""
    asset: int
    mysteries: Sequence[int]
    """Heights of blocks of which it asks: a freeze, or a payment?"""

    def block(self, height: int) -> leaves.BlockLeaf:
        """The public leaf of a block."""
        return self.blocks[height - 1]

    def chain_before(self, height: int) -> bytes:
        """The chain digest that the block's first entry builds on."""
        return self.block(height - 1).chain_digest if height > 1 else bytes(32)

    def received(self) -> Iterator[TransferInBlock]:
        """The inner part of each proof that the bank was given."""
        for data in self.proofs:
            yield TransferInBlock.decode(Proof.decode(data).extra)

    @cached_property
    def hashes(self) -> set[bytes]:
        """Every value of 32 bytes that it has ever seen."""
        seen = {self.genesis.commitment, self.genesis.node_public_key, sha256(self.genesis.encode()).digest()}
        for block in self.blocks:
            seen |= {block.entries_root, block.chain_digest, block.register_root, block.leaf_hash()}
        for each in self.own:
            entry = leaves.EntryLeaf.decode(each.receipt.entry_leaf)
            seen |= {each.message.digest, each.receipt.salt, entry.body_root, entry.sealed_digest, *each.receipt.path}
        for inner in self.received():
            entry = leaves.EntryLeaf.decode(inner.entry_leaf)
            seen |= {entry.body_root, entry.sealed_digest, *inner.body_path, *inner.entries_path}
        return seen

    def evidence_to_try(self, uetr: bytes) -> list[bytes]:
        """Evidence digests that a careless sender could use: what it used before, none, or one made of the UETR."""
        seen = [Transfer.decode(inner.transfer).evidence for inner in self.received()]
        return [*seen, bytes(32), sha256(uetr).digest()]

    @cached_property
    def secrets(self) -> list[tuple[bytes, bytes]]:
        """Values that the record secret after any entry could be, if it were one of those seen; each with its salt."""
        return [(secret, salt_of(secret)) for secret in [bytes(32), *sorted(self.hashes)]]

    @cached_property
    def secrets_of_own(self) -> list[tuple[bytes, bytes]]:
        """The same for the bank's own entries, whose nonces it knows: one step further."""
        nonces = [each.message.header.nonce for each in self.own]
        steps = [
            sha256(b"sanad/secret/v1\n" + before + nonce).digest() for before, _ in self.secrets for nonce in nonces
        ]
        return [*self.secrets, *((secret, salt_of(secret)) for secret in steps)]


def salt_of(secret: bytes) -> bytes:
    """The salt of an entry, from the formats."""
    return sha256(b"sanad/salt/v1\n" + secret).digest()


class PublicLog(Protocol):
    """What anyone may fetch."""

    def checkpoint(self) -> bytes:
        """The newest checkpoint."""

    def tile(self, path: str) -> bytes:
        """A tile or a bundle of block leaves."""


def read_log(log: PublicLog, genesis: Genesis) -> list[leaves.BlockLeaf]:
    """Every block leaf under the newest checkpoint, verified as any observer would."""
    signed = log_checkpoint.verify(log.checkpoint(), genesis.verifier_key)
    width = tile_width(None, 0, signed.size)
    assert signed.size == width, "the story fits into one bundle"
    entries = decode_bundle(log.tile(TilePath(None, 0, width).encode()), width)
    leaf_hashes = [tree.leaf_hash(entry) for entry in entries]
    assert split_tile(log.tile(TilePath(0, 0, width).encode()), width) == leaf_hashes
    assert tree.root(leaf_hashes) == signed.root
    return [leaves.BlockLeaf.decode(entry) for entry in entries]
