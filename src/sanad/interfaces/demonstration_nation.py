"""The nation of the demonstration: who is in it, which accounts they hold, how it is founded and furnished.

Founding makes the record and the institutions' folders. Furnishing sends real messages through their gateways: the
central bank issues, banks deposit with their customers, two persons of the authority freeze an account. Each is sent
under an idempotency key of its own, so a demonstration that was stopped anywhere goes on.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import numpy as np

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.evidence.store import Contents, new_subject
from sanad.gateway.gateway import DATABASE, EVIDENCE, EVIDENCE_KEYS, KEY_FILE, LANES, Gateway
from sanad.gateway.keys import SYSTEM, KeyFile, Limits, lane_of_person
from sanad.gateway.rows import Draft
from sanad.interfaces.demonstration import Plan
from sanad.interfaces.founding_settings import write_record
from sanad.node import receipts
from sanad.node.founding import Genesis, NodeKeys, commitment
from sanad.rulebook.edition1.acts import encode_act
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.edition1.words import AccountFlag, AccountKind, HolderClass, InstitutionClass, Purpose, TransferFlag
from sanad.rulebook.message import Kind, new_transfers

NAME = "Demonstration nation"
ORIGIN = "sanad.example/demonstration"
ZONE_OFFSET_SECONDS = 5 * 3_600
PASSPHRASE = "nothing here is money"  # noqa: S105 - meant to be known to everybody: it protects nothing of worth
QUICK = Limits(passes=1, memory_bytes=8 << 20)
"""The passphrase is public, so stretching it would only keep people waiting."""

EVERYDAY_TIER, STARTER_TIER = 2, 1
STARTER_TRANSFER_MAX, STARTER_DAILY_MAX = 25_000_00, 50_000_00
EVERYDAY_TRANSFER_MAX, EVERYDAY_DAILY_MAX = 1_000_000_00, 5_000_000_00
BOUND_FROM = {"PKR": 250_000_00, "USD": 1_000_00, "AED": 3_500_00}
"""From these amounts on, minor units, evidence must be bound (FATF Recommendation 16)."""
_OPENING = "sanad/evidence/opening/v1"
DECIMALS = 2
"""Of all three currencies."""


@dataclass(frozen=True, slots=True)
class Member:
    """An institution. `number` is its number on the record, `folder` its folder's name."""

    number: int
    folder: str
    name: str
    kind: InstitutionClass
    bic: str
    iban_bank: str = ""
    """Four letters in the IBANs of its customers."""
    lei: str = ""
    """Legal Entity Identifier, of an issuer that there is not: others know it by this on the wire."""


AUTHORITY = Member(1, "authority", "Digital Assets Authority", InstitutionClass.AUTHORITY, "DAAUPKKA")
CENTRAL_BANK = Member(2, "central-bank", "Central Bank", InstitutionClass.CENTRAL_BANK, "CNTBPKKA", "CNTB")
CHENAB = Member(3, "chenab-bank", "Chenab Bank", InstitutionClass.BANK, "CHNBPKKA", "CHNB", "DEMO00CHENABBANK0007")
DEOSAI = Member(4, "deosai-bank", "Deosai Bank", InstitutionClass.BANK, "DEOSPKKA", "DEOS")
EXCHANGE = Member(
    5, "margalla-exchange", "Margalla Exchange", InstitutionClass.EXCHANGE, "MARGPKKA", "MARG", "DEMO00MARGALLAEX0039"
)
REMITTER = Member(6, "hunza-remit", "Hunza Remit", InstitutionClass.REMITTER, "HUNZPKKA", "HUNZ")
MEMBERS = (AUTHORITY, CENTRAL_BANK, CHENAB, DEOSAI, EXCHANGE, REMITTER)

CURRENCIES = ("PKR", "USD", "AED")
PERSONS = ("person-1", "person-2", "person-3")
RECOVERY_PERSONS = ("recovery-1", "recovery-2", "recovery-3")


@dataclass(frozen=True, slots=True)
class Group:
    """Equal accounts in a row. `opening` is what each gets at the start, minor units."""

    key: str
    owner: Member
    currency: str
    kind: AccountKind
    count: int = 1
    holder: HolderClass = HolderClass.INSTITUTION
    tier: int = 0
    opening: int = 0
    first: int = 0
    """Number of the first account."""

    @property
    def numbers(self) -> range:
        """The accounts."""
        return range(self.first, self.first + self.count)


_CUSTOMER, _NATURAL, _LEGAL = AccountKind.CUSTOMER, HolderClass.NATURAL_PERSON, HolderClass.LEGAL_PERSON


@cache
def groups() -> dict[str, Group]:
    """All accounts, in the order in which genesis opens them."""
    settlement, million = AccountKind.SETTLEMENT, 1_000_000_00
    rows = [
        *(Group(f"issuance-{each}", CENTRAL_BANK, each, AccountKind.ISSUANCE) for each in CURRENCIES),
        Group("chenab-settlement", CHENAB, "PKR", settlement, opening=4_000 * million),
        Group("deosai-settlement", DEOSAI, "PKR", settlement, opening=4_000 * million),
        Group("margalla-settlement", EXCHANGE, "PKR", settlement, opening=50 * million),
        Group("hunza-settlement", REMITTER, "PKR", settlement, opening=50 * million),
        Group("chenab-dollars", CHENAB, "USD", settlement, opening=10 * million),
        Group("margalla-dollars", EXCHANGE, "USD", settlement, opening=10 * million),
        Group("hunza-dirhams", REMITTER, "AED", settlement, opening=10 * million),
        Group("chenab-people", CHENAB, "PKR", _CUSTOMER, 240, _NATURAL, EVERYDAY_TIER, 2 * million),
        Group("chenab-firms", CHENAB, "PKR", _CUSTOMER, 12, _LEGAL, EVERYDAY_TIER, 20 * million),
        Group("chenab-starters", CHENAB, "PKR", _CUSTOMER, 40, _NATURAL, STARTER_TIER, million),
        Group("chenab-thin", CHENAB, "PKR", _CUSTOMER, 5, _NATURAL, EVERYDAY_TIER, 25_00),
        Group("chenab-frozen", CHENAB, "PKR", _CUSTOMER, 1, _NATURAL, EVERYDAY_TIER, million),
        Group("chenab-blocked", CHENAB, "PKR", _CUSTOMER, 1, _NATURAL, EVERYDAY_TIER, million),
        Group("chenab-dollar-people", CHENAB, "USD", _CUSTOMER, 10, _NATURAL, EVERYDAY_TIER, 5_000_00),
        Group("deosai-people", DEOSAI, "PKR", _CUSTOMER, 200, _NATURAL, EVERYDAY_TIER, million),
        Group("deosai-firms", DEOSAI, "PKR", _CUSTOMER, 8, _LEGAL, EVERYDAY_TIER, 10 * million),
        Group("margalla-clients", EXCHANGE, "PKR", AccountKind.OMNIBUS, 1, _LEGAL),
        Group("hunza-people", REMITTER, "AED", _CUSTOMER, 10, HolderClass.NON_RESIDENT_PERSON, EVERYDAY_TIER, 8_000_00),
    ]
    numbered, following = {}, 1
    for row in rows:
        numbered[row.key] = Group(
            row.key, row.owner, row.currency, row.kind, row.count, row.holder, row.tier, row.opening, following
        )
        following += row.count
    return numbered


def iban(owner: Member, account: int) -> str:
    """The IBAN of an account: Pakistan's form, the bank's letters, the account's number (ISO 13616-1)."""
    own = f"{owner.iban_bank}{account:016d}"
    as_number = "".join(str(int(character, 36)) for character in own + "PK00")
    return f"PK{98 - int(as_number) % 97:02d}{own}"


def asset_number(currency: str) -> int:
    """The asset's number on the record."""
    return CURRENCIES.index(currency) + 1


# --- founding -------------------------------------------------------------------------------------------------------


def found(record: Path, institutions: Path, post: Post, time_ms: int = 0) -> Genesis:
    """Found the network in `record`, with a folder of keys for each member. Raises `Refused` if it is there.

    `time_ms`: block time of the founding, if it was not now.
    """
    plan = Plan()
    for member in MEMBERS:
        plan.institution(member.kind, member.name, member.bic, member.lei)
    for member in MEMBERS:
        _register_keys(plan, member, new_keys(institutions / member.folder))
    plan.rules()
    for currency in CURRENCIES:
        number = plan.asset(currency, CENTRAL_BANK.number, DECIMALS, BOUND_FROM[currency])
        plan.limit(number, STARTER_TIER, STARTER_TRANSFER_MAX, STARTER_DAILY_MAX)
        plan.limit(number, EVERYDAY_TIER, EVERYDAY_TRANSFER_MAX, EVERYDAY_DAILY_MAX)
    for group in groups().values():
        plan.open(group.owner.number, group.kind, asset_number(group.currency), group.count, group.holder, group.tier)
    keys, secret = NodeKeys.create(ORIGIN), os.urandom(32)
    genesis = Genesis(
        NAME, time_ms or time.time_ns() // 1_000_000, ZONE_OFFSET_SECONDS, True, commitment(secret, plan.acts),
        keys.log_signer.verifier_key.encode().decode(), bytes(keys.block_key.verify_key),
    )  # fmt: skip
    write_record(record, genesis, keys, secret, plan.acts, post)
    return genesis


def new_keys(folder: Path) -> KeyFile:
    """A fresh key file. What a founding that broke off left behind belongs to no record and goes."""
    for name in (KEY_FILE, DATABASE, EVIDENCE, EVIDENCE_KEYS):
        for left in folder.glob(f"{name}*"):
            left.unlink()
    Gateway.init(folder, PASSPHRASE, lanes=LANES, limits=QUICK)
    return KeyFile.open_file(folder / KEY_FILE, PASSPHRASE)


def _register_keys(plan: Plan, member: Member, keys: KeyFile) -> None:
    plan.system_key(member.number, keys.signing_key(SYSTEM))
    if member is not AUTHORITY:
        return
    for name in (*PERSONS, *RECOVERY_PERSONS):
        lane = lane_of_person(plan.persons + 1)
        keys.add(name, range(lane, lane + 1), plan.persons + 1)
        plan.person(member.number, keys.signing_key(name), recovery=name in RECOVERY_PERSONS)


# --- furnishing -----------------------------------------------------------------------------------------------------


def furnish(gateway_of: Callable[[Member], Gateway]) -> Iterator[str]:
    """Bring in money, address books and orders, one step after the other; a sentence for each."""
    with gateway_of(CENTRAL_BANK) as gateway:
        total = _issue(gateway)
    yield f"The central bank issued {total} opening balances of settlement money in PKR, USD and AED."
    for member in (CHENAB, DEOSAI, REMITTER):
        with gateway_of(member) as gateway:
            _fill_books(gateway)
            customers = _deposit(gateway, member)
        yield f"{member.name} took in {customers} customers and credited their opening deposits."
    frozen = groups()["chenab-frozen"].first
    with gateway_of(AUTHORITY) as gateway:
        _freeze(gateway, frozen)
    yield f"The authority froze account {frozen}: one person proposed the order, another confirmed it."
    blocked = groups()["chenab-blocked"].first
    with gateway_of(CHENAB) as gateway:
        check_admitted(
            gateway.send_act(41, [blocked, EVERYDAY_TIER, int(AccountFlag.NO_DEBIT)], idempotency_key="block").receipt
        )
    yield f"{CHENAB.name} stopped debits of its own account {blocked}."


def _issue(gateway: Gateway) -> int:
    """From the issuance accounts to the settlement accounts; an exchange's licence covers settlement, not issuance."""
    wanted = [each for each in groups().values() if each.kind == AccountKind.SETTLEMENT]
    for key, purpose, is_exchange in (("issuance", Purpose.ISSUANCE, False), ("exchange", Purpose.SETTLEMENT, True)):
        rows = [
            (groups()[f"issuance-{each.currency}"].first, each.first, each.opening, each.currency)
            for each in wanted
            if (each.owner.kind == InstitutionClass.EXCHANGE) == is_exchange
        ]
        _transfer(gateway, f"opening/{key}", rows, purpose)
    return len(wanted)


def _deposit(gateway: Gateway, member: Member) -> int:
    """From a bank's settlement accounts to its customers."""
    own = [each for each in groups().values() if each.owner is member]
    sources = {each.currency: each.first for each in own if each.kind == AccountKind.SETTLEMENT}
    rows = [
        (sources[each.currency], number, each.opening, each.currency)
        for each in own
        if each.kind == _CUSTOMER
        for number in each.numbers
    ]
    _transfer(gateway, "opening/deposits", rows, Purpose.DEPOSIT)
    return len(rows)


def _transfer(gateway: Gateway, key: str, rows: Sequence[tuple[int, int, int, str]], purpose: Purpose) -> None:
    """Send (debit, credit, amount, currency) rows as one message, once for ever under `key`."""
    if gateway.outbox.find(key) is not None:
        return
    uetrs = [uuid4().bytes for _ in rows]
    contents = [
        canonical.encode([_OPENING, [uetr, 0, debit, credit, asset_number(currency), amount]])
        for uetr, (debit, credit, amount, currency) in zip(uetrs, rows, strict=True)
    ]
    subject = new_subject()  # the books themselves: no person stands behind them
    sealed = gateway.evidence.seal_many(Contents(subject, each) for each in contents)
    transfers = new_transfers(len(rows))
    transfers["uetr"] = np.frombuffer(b"".join(uetrs), np.uint8).reshape(-1, 16)
    transfers["evidence"] = np.frombuffer(b"".join(each.digest for each in sealed), np.uint8).reshape(-1, 32)
    transfers["flags"] = int(TransferFlag.BOUND)
    transfers["debit"], transfers["credit"] = [row[0] for row in rows], [row[1] for row in rows]
    transfers["amount"], transfers["asset"] = [row[2] for row in rows], [asset_number(row[3]) for row in rows]
    transfers["purpose"] = int(purpose)
    body = bytes(transfers.tobytes())
    check_admitted(gateway.send(Draft(Kind.TRANSFERS, body, len(rows), (SYSTEM,)), key).receipt)


def _fill_books(gateway: Gateway) -> None:
    """Own customers and those of the other members: who pays must know where the payee's account is."""
    customers = [each for each in groups().values() if each.kind == _CUSTOMER]
    gateway.addresses.add_many(
        (iban(each.owner, number), number, each.owner.number) for each in customers for number in each.numbers
    )
    for currency in CURRENCIES:
        gateway.assets.set(currency, asset_number(currency), BOUND_FROM[currency])


def _freeze(gateway: Gateway, account: int) -> None:
    """Four eyes: an order by one person of the authority, confirmed by another."""
    order = [digest(b"sanad/demonstration/order/1")]
    fields = [account, int(AccountFlag.FROZEN_DEBIT | AccountFlag.FROZEN_CREDIT)]
    if gateway.outbox.find("freeze/confirm") is not None:
        return
    proposed = gateway.propose(42, fields, person=PERSONS[0], digests=order, idempotency_key="freeze/propose")
    entry = check_admitted(proposed.receipt)
    body = encode_act("freeze", *fields, digests=order)
    check_admitted(gateway.confirm(entry, body, person=PERSONS[1], idempotency_key="freeze/confirm").receipt)


def check_admitted(receipt: bytes) -> int:
    """The entry of a receipt in which everything was admitted. Raises `Refused`."""
    decoded = receipts.decode(receipt)
    wrong = sorted(set(decoded.codes) - {0})
    if wrong:
        raise Refused("demonstration", f"its opening was rejected ({wrong}); begin anew with another --data DIR", 409)
    return decoded.entry
