"""The network that is measured: one issuer, four banks with a key and lanes each, many accounts."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.interfaces.demonstration import Plan
from sanad.node.core import found
from sanad.node.founding import Genesis, NodeKeys, commitment, create_folder
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.edition1.words import AccountKind, HolderClass, InstitutionClass

BANKS = 4
FIRST_BANK = 3
ACCOUNTS_AT_ONCE = 100_000
WINDOW_FILL_PER_CENT = 69
PKR = 1
ISSUANCE_ACCOUNT = 1
ORIGIN = "sanad.example/bench"


@dataclass(frozen=True, slots=True)
class BenchNetwork:
    """What a client must know of it. Bank b (from 0) owns the b-th quarter of the customer accounts."""

    network: bytes
    accounts: int

    def first_account(self, bank: int) -> int:
        """The first account of a bank."""
        return ISSUANCE_ACCOUNT + 1 + bank * self.accounts_of_bank

    @property
    def accounts_of_bank(self) -> int:
        """Accounts that each bank has."""
        return self.accounts // BANKS


def key_of(name: str) -> SigningKey:
    """A key that both processes derive; nobody is meant to trust this network."""
    return SigningKey(digest(b"sanad/bench/v1\n", name.encode()))


def create(folder: Path, accounts: int, transfers: int, post: Post) -> BenchNetwork:
    """Found it in `folder`, with room for `transfers` in the duplicate window."""
    plan = Plan()
    authority = plan.institution(InstitutionClass.AUTHORITY, "Authority")
    issuer = plan.institution(InstitutionClass.CENTRAL_BANK, "Central bank")
    banks = [plan.institution(InstitutionClass.BANK, f"Bank {number}", quota=1 << 50) for number in range(1, BANKS + 1)]
    for number in range(3):
        plan.person(authority, key_of(f"person {number}"))
    for number in range(2):
        plan.person(authority, key_of(f"recovery {number}"), recovery=True)
    for institution in (issuer, *banks):
        plan.system_key(institution, key_of(f"system {institution}"))
    plan.rules()
    plan.asset("PKR", issuer, 2)
    plan.open(issuer, AccountKind.ISSUANCE, PKR)
    plan.limit(PKR, 1, 10**9, 10**12)
    for bank in banks:
        left = accounts // BANKS
        while left:
            opened = min(left, ACCOUNTS_AT_ONCE)
            plan.open(bank, AccountKind.CUSTOMER, PKR, opened, HolderClass.NATURAL_PERSON, tier=1)
            left -= opened
    plan.parameter(3, max(1 << 16, (transfers + accounts) * 100 // WINDOW_FILL_PER_CENT))
    keys = NodeKeys.create(ORIGIN)
    secret = os.urandom(32)
    genesis = Genesis(
        "Bench", time.time_ns() // 1_000_000, 5 * 3_600, True, commitment(secret, plan.acts),
        keys.log_signer.verifier_key.encode().decode(), bytes(keys.block_key.verify_key),
    )  # fmt: skip
    create_folder(folder, keys, genesis)
    found(folder, genesis, keys, secret, plan.acts, post)
    return BenchNetwork(genesis.network, accounts)
