"""Keeps a small record as later editions must still read it: `python -m tests.replay.keep NAME`, once a release.

Only the written front of its one segment file is kept, and what an audit of it said then.
"""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sanad.node import auditing
from sanad.node.core import Node
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import InstitutionStatus
from sanad.rulebook.message import Kind
from tests.unit.node import conftest as small

RECORDS = Path(__file__).parent / "records"
SEGMENT = Path("segments") / "00000000.segment"


@dataclass(frozen=True)
class Kept:
    """What an audit must say of a kept record, for ever."""

    height: int
    entries: int
    items: int
    chain_digest: str
    root: str


def said_of(folder: Path) -> Kept:
    """What an audit says of the record in `folder`."""
    report = auditing.audit(folder, post, segment_size=small.SEGMENT_SIZE)
    return Kept(report.height, report.entries, report.items, report.chain_digest.hex(), report.root.hex())


def a_small_life(folder: Path) -> None:
    """Money issued, paid and refused; a bank suspended and a payment rejected for it; an account frozen."""
    small.create_network(folder)
    node = Node(folder, post, segment_size=small.SEGMENT_SIZE)
    node.start()
    numbers = (small.CENTRAL_BANK, small.ALPHA, small.BETA)
    banks = [small.Bank(node.network, number, small.key_of(f"system {number}")) for number in numbers]
    town = small.Town(node, folder, *banks)
    town.receipt(town.central.pay(small.ISSUANCE, small.FIRST_OF_ALPHA, 100_000))
    for amount in (2_500, 10**9, 300):
        town.receipt(town.alpha.pay(small.FIRST_OF_ALPHA, small.FIRST_OF_BETA, amount))
    first, second = town.person(0), town.person(1)
    for act in (
        encode_act("freeze", small.FIRST_OF_BETA, 32, digests=[os.urandom(32)]),
        encode_act("set_status", small.ALPHA, int(InstitutionStatus.SUSPENDED)),
    ):
        proposal = town.receipt(first.message(act, Kind.PROPOSE, 1))
        town.receipt(second.message(encode_decision(proposal.entry, act), Kind.CONFIRM, 1))
    town.receipt(town.alpha.pay(small.FIRST_OF_ALPHA, small.FIRST_OF_BETA, 1))
    node.close()


def main() -> None:
    """Make a record and keep it under the name given."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "record"
        a_small_life(folder)
        front = (folder / SEGMENT).read_bytes().rstrip(b"\0")
        (RECORDS / f"{sys.argv[1]}.segment").write_bytes(front)
        kept: dict[str, Any] = said_of(folder).__dict__
        (RECORDS / f"{sys.argv[1]}.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
