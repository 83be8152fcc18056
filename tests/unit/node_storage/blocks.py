"""Random blocks for the tests of storage: real messages, invented results."""

import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sanad.base.digests import digest
from sanad.log.leaves import EMPTY_MAP_ROOT, BlockLeaf
from sanad.node.derived import EFFECT, Derived
from sanad.node.frames import START, NewBlock, Place, PlacedBlock
from sanad.rulebook.message import TRANSFER_SIZE, Header, Kind, Message, Signature, Suite, assemble

NETWORK = digest(b"test network")[:16]


@dataclass
class Maker:
    """Makes blocks one after another, and remembers what belongs to them."""

    seed: int = 1
    place: Place = START
    lanes: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def message(self, institution: int, lane: int, sequence: int, items: int) -> Message:
        chance = self.chance
        transfers = chance.random() < 0.7
        body = chance.randbytes(items * TRANSFER_SIZE if transfers else chance.randint(1, items * TRANSFER_SIZE))
        header = Header(
            Kind.TRANSFERS if transfers else Kind.ACT, NETWORK, institution, lane, sequence, 2_000_000_000_000,
            items if transfers else 1, 0, 0, chance.randbytes(16), b"",
        )  # fmt: skip
        signatures = tuple(
            Signature(Suite.ED25519, chance.randbytes(16), chance.randbytes(64)) for _ in range(chance.randint(0, 2))
        )
        return assemble(header, body, signatures)

    def block(self, entries: int = 3, items: int = 5) -> tuple[NewBlock, list[int]]:
        """The next block, and of each entry the one before in its lane."""
        first = self.place.entry + 1
        messages: list[Message] = []
        previous: list[int] = []
        for index in range(entries):
            lane = (self.chance.randint(1, 2), self.chance.randint(0, 1))
            last, sequence = self.lanes.get(lane, (0, 0))
            messages.append(self.message(*lane, sequence + 1, self.chance.randint(1, items)))
            previous.append(last)
            self.lanes[lane] = (first + index, sequence + 1)
        block = NewBlock(
            self.place.height + 1, self.place.time_ms + self.chance.randint(1, 50), first, self.place.items, messages
        )
        self.place = Place(
            block.height, first + entries - 1, block.first_item + sum(each.header.items for each in messages),
            block.time_ms,
        )  # fmt: skip
        return block, previous


@dataclass(frozen=True)
class Results:
    """What the rulebook would have said of a block."""

    leaf: bytes
    signature: bytes
    body_roots: list[bytes]
    sealed_digests: list[bytes]
    outcomes: NDArray[np.uint16]
    effects: NDArray[np.void]


def results(placed: PlacedBlock) -> Results:
    """Invented, but a function of the block alone, so that it can be derived again."""
    chance = random.Random(placed.height)
    items = sum(placed.items)
    roots = [digest(header, b"root") for header in placed.headers]
    leaf = BlockLeaf(placed.height, placed.time_ms, digest(*roots), digest(b"chain", *roots), EMPTY_MAP_ROOT)
    return Results(
        leaf.encode(), digest(leaf.encode()) * 2, roots, [digest(header, b"sealed") for header in placed.headers],
        np.frombuffer(chance.randbytes(items * 2), dtype="<u2"),
        np.frombuffer(chance.randbytes(items * 40), dtype=EFFECT),
    )  # fmt: skip


def derive(derived: Derived, placed: PlacedBlock, previous: list[int]) -> Results:
    """Append the derived rows of a block."""
    found = results(placed)
    derived.append(
        placed, found.leaf, found.signature, found.body_roots, found.sealed_digests, previous, found.outcomes,
        found.effects,
    )  # fmt: skip
    return found
