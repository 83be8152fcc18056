"""A small network on disk, driven through `Node` in this process, on the readable posting."""

import itertools
import os
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.gateway.keys import lane_of_person
from sanad.interfaces.demonstration import Plan
from sanad.node.core import Node, found
from sanad.node.founding import Genesis, NodeKeys, commitment, create_folder
from sanad.node.receipts import Receipt, decode
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import AccountKind, HolderClass, InstitutionClass, Purpose
from sanad.rulebook.message import (
    Header,
    Kind,
    Message,
    Signature,
    Suite,
    assemble,
    key_id,
    new_transfers,
    with_signatures,
)

AUTHORITY, CENTRAL_BANK, ALPHA, BETA = 1, 2, 3, 4
ISSUANCE, FIRST_OF_ALPHA, FIRST_OF_BETA = 1, 2, 12
PKR = 1
SEGMENT_SIZE = 4 << 20


def key_of(name: str) -> SigningKey:
    return SigningKey(digest(name.encode()))


def create_network(folder: Path) -> Genesis:
    """An authority of three persons, a recovery set, a central bank, banks Alpha and Beta with ten accounts each."""
    plan = Plan()
    plan.institution(InstitutionClass.AUTHORITY, "Authority")
    plan.institution(InstitutionClass.CENTRAL_BANK, "Central bank")
    plan.institution(InstitutionClass.BANK, "Alpha")
    plan.institution(InstitutionClass.BANK, "Beta")
    for number in range(3):
        plan.person(AUTHORITY, key_of(f"person {number}"))
    for number in range(2):
        plan.person(AUTHORITY, key_of(f"recovery {number}"), recovery=True)
    for institution in (CENTRAL_BANK, ALPHA, BETA):
        plan.system_key(institution, key_of(f"system {institution}"))
    plan.rules()
    plan.asset("PKR", CENTRAL_BANK, 2)
    plan.open(CENTRAL_BANK, AccountKind.ISSUANCE, PKR)
    plan.open(ALPHA, AccountKind.CUSTOMER, PKR, 10, HolderClass.NATURAL_PERSON)
    plan.open(BETA, AccountKind.CUSTOMER, PKR, 10, HolderClass.NATURAL_PERSON)
    plan.parameter(3, 4_096)
    keys = NodeKeys.create("sanad.example/test")
    secret = os.urandom(32)
    genesis = Genesis(
        "Test", time.time_ns() // 1_000_000 - 60_000, 18_000, True, commitment(secret, plan.acts),
        keys.log_signer.verifier_key.encode().decode(), bytes(keys.block_key.verify_key),
    )  # fmt: skip
    create_folder(folder, keys, genesis, SEGMENT_SIZE)
    found(folder, genesis, keys, secret, plan.acts, post, SEGMENT_SIZE)
    return genesis


@dataclass
class Bank:
    """Makes signed messages of one institution."""

    network: bytes
    institution: int
    key: SigningKey
    lane: int = 0
    sequences: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def message(self, body: bytes, kind: Kind, items: int, sequence: int = 0, **header: int) -> Message:
        """A signed message; the next sequence if none is given."""
        expiry_ms = header.get("expiry_ms", time.time_ns() // 1_000_000 + 86_400_000)
        lane = header.get("lane", self.lane)
        made = Header(
            kind, self.network, self.institution, lane, sequence or next(self.sequences), expiry_ms, items, 0, 0,
            os.urandom(16), bytes(32),
        )  # fmt: skip
        return self.signed(assemble(made, body, ()))

    def signed(self, message: Message) -> Message:
        """The message with this key's signature."""
        value = self.key.sign(message.digest).signature
        identifier = key_id(Suite.ED25519, bytes(self.key.verify_key))
        return with_signatures(message, (Signature(Suite.ED25519, identifier, value),))

    def pay(self, debit: int, credit: int, amount: int, sequence: int = 0, **header: int) -> Message:
        """One immediate payment in PKR."""
        transfers = new_transfers(1)
        uetr = np.frombuffer(os.urandom(16), dtype=np.uint8).copy()
        uetr[6], uetr[8] = uetr[6] & 0x0F | 0x40, uetr[8] & 0x3F | 0x80
        transfers["uetr"] = uetr
        transfers["evidence"] = np.frombuffer(os.urandom(32), dtype=np.uint8)
        transfers["debit"], transfers["credit"], transfers["amount"] = debit, credit, amount
        transfers["asset"], transfers["purpose"] = PKR, int(Purpose.PAYMENT)
        return self.message(transfers.tobytes(), Kind.TRANSFERS, 1, sequence, **header)


@dataclass
class Town:
    """A running node and the banks that use it."""

    node: Node
    folder: Path
    central: Bank
    alpha: Bank
    beta: Bank

    def send(self, message: Message) -> "Future[bytes]":
        return self.node.submit(message.raw)

    def receipt(self, message: Message) -> Receipt:
        return decode(self.send(message).result(10))

    def person(self, number: int) -> Bank:
        """A person of the authority, from 0."""
        return Bank(self.node.network, AUTHORITY, key_of(f"person {number}"), lane_of_person(number + 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_network(tmp_path / "record")
    return tmp_path / "record"


@pytest.fixture
def town(folder: Path) -> Iterator[Town]:
    """The network, running, with 1,000.00 in Alpha's first account."""
    node = Node(folder, post, segment_size=SEGMENT_SIZE)
    node.start()
    banks = [Bank(node.network, number, key_of(f"system {number}")) for number in (CENTRAL_BANK, ALPHA, BETA)]
    town = Town(node, folder, *banks)
    town.receipt(town.central.pay(ISSUANCE, FIRST_OF_ALPHA, 100_000))
    yield town
    if not node.is_closed:
        node.close()
