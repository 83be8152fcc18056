"""A bulk file (pacs.008) of a day at Chenab Bank: mostly good payments, some that must be rejected, some to be held.

Names are made up, of names that many people bear; some are written in Urdu.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from sanad.interfaces.demonstration_nation import CHENAB, DEOSAI, Group, groups, iban
from sanad.standards.iso20022.compose import GroupHeader, write_pacs008
from sanad.standards.iso20022.payment import Payment

PAYMENTS = 1_200
"""Good ones in a file."""

LISTED_PERSON = "غلام سرور خلجی"
"""On the list of the demonstration, in the script in which a payment names him."""
NEAR_MISS = "طارق عزیز بھٹی"
"""A letter from a listed name, and another person."""
HELD_NAMES = (LISTED_PERSON, NEAR_MISS)
"""Holders of the last accounts of Deosai Bank's people."""
UNKNOWN_FIRM = 11
"""Which of the bank's firms it knows nothing of but the name: its place among them, from 0."""
LARGE_MINOR = 1_000_000_00
"""From here on the Travel Rule asks for all data."""

_GIVEN = ("Ayesha", "محمد", "Bilal", "فاطمہ", "Zainab", "Hamza", "مریم", "Usman", "عائشہ", "Sana", "Imran", "علی")
_FAMILY = ("Khan", "احمد", "Malik", "حسین", "Qureshi", "Baloch", "صدیقی", "Afridi", "Bhatti", "شاہ", "Mengal")
_FIRMS = ("Indus Textiles", "Lahore Books", "کراچی ٹریڈرز", "Swat Orchards", "Gwadar Fisheries", "Quetta Dry Fruit")
_FOR = ("Rent", "School fees", "بجلی کا بل", "Groceries", "Invoice", "Medicine", "مہمان خانہ", "Wages")


def compose(path: Path, number: int, earlier_uetr: bytes | None = None) -> None:
    """Write file `number` to `path`, whole or not at all. `earlier_uetr` is sent again, which must be rejected."""
    chance = random.Random(number)  # noqa: S311 - it picks who pays whom in a demonstration
    now = datetime.now(UTC).replace(microsecond=0)
    payments = list(_payments(number, chance))
    others = (*_must_be_rejected(number, chance, earlier_uetr), *_large(number, chance), *_must_be_held(number, chance))
    for other in others:
        payments.insert(chance.randrange(20, len(payments)), other)
    header = GroupHeader(
        f"CHNB-{now:%Y%m%d}-{number:04d}", now, len(payments), sum(each.amount_minor for each in payments), "PKR",
        now.date(), CHENAB.bic, DEOSAI.bic,
    )  # fmt: skip
    writing = path.with_name(path.name + ".writing")
    write_pacs008(writing, header, payments)
    writing.replace(path)


def _payments(number: int, chance: random.Random) -> Iterator[Payment]:
    """What goes through."""
    people, firms = groups()["chenab-people"], groups()["chenab-firms"]
    payees = [groups()["deosai-people"], groups()["deosai-people"], groups()["deosai-firms"], people, firms]
    for at in range(PAYMENTS):
        debtor = firms if at % 25 == 0 else people
        creditor = chance.choice(payees)
        debit, credit = chance.choice(debtor.numbers), chance.choice(creditor.numbers)
        while credit == debit or credit in held_accounts():
            credit = chance.choice(creditor.numbers)
        yield _payment(f"E2E-{number:04d}-{at + 1:05d}", debtor, debit, creditor, credit, _amount(chance), chance)


def _must_be_rejected(number: int, chance: random.Random, earlier_uetr: bytes | None) -> Iterator[Payment]:
    """What does not, each for a reason of its own."""
    known = groups()
    people, payees, starters = known["chenab-people"], known["deosai-people"], known["chenab-starters"]
    thin, frozen, blocked = known["chenab-thin"], known["chenab-frozen"], known["chenab-blocked"]
    dollars = known["chenab-dollar-people"]
    starter, other = (starters.first + (number * 2 + at) % starters.count for at in (0, 1))

    def pays(debtor: Group, debit: int, amount_minor: int) -> tuple[Group, int, Group, int, int]:
        return debtor, debit, payees, chance.choice(payees.numbers[: -len(HELD_NAMES)]), amount_minor

    def gets(creditor: Group, credit: int, amount_minor: int) -> tuple[Group, int, Group, int, int]:
        return people, chance.choice(people.numbers), creditor, credit, amount_minor

    wrong = [pays(thin, account, 4_800_00) for account in thin.numbers[:3]]
    # The starter's day: the first two fit, the third passes the daily limit.
    wrong += [pays(starters, starter, 20_000_00) for _ in range(3)]
    wrong += [pays(starters, other, 30_000_00)]
    wrong += [gets(payees, account, 1_500_00) for account in (9_000_001, 9_000_002)]
    wrong += [pays(frozen, frozen.first, 2_000_00), gets(frozen, frozen.first, 2_000_00)]
    wrong += [pays(blocked, blocked.first, 900_00), gets(dollars, dollars.first, 700_00)]
    for at, (debtor, debit, creditor, credit, amount) in enumerate(wrong):
        yield _payment(f"E2E-{number:04d}-X{at + 1:04d}", debtor, debit, creditor, credit, amount, chance)
    if earlier_uetr:
        debit, credit = chance.choice(people.numbers), chance.choice(payees.numbers[: -len(HELD_NAMES)])
        end_to_end = f"E2E-{number:04d}-X{len(wrong) + 1:04d}"
        yield _payment(end_to_end, people, debit, payees, credit, _amount(chance), chance, earlier_uetr)


def _large(number: int, chance: random.Random) -> Iterator[Payment]:
    """So much that the payer must be identified, and is: it goes, with its Travel Rule data bound."""
    firms, payees = groups()["chenab-firms"], groups()["deosai-firms"]
    payer = firms.first + number % UNKNOWN_FIRM
    yield _payment(f"E2E-{number:04d}-L0001", firms, payer, payees, chance.choice(payees.numbers), LARGE_MINOR, chance)


def _must_be_held(number: int, chance: random.Random) -> Iterator[Payment]:
    """To a listed person; to one whose name comes close; and one whose payer is not identified."""
    people, payees, firms = groups()["chenab-people"], groups()["deosai-people"], groups()["chenab-firms"]
    for at, credit in enumerate(held_accounts(), 1):
        debit = chance.choice(people.numbers)
        yield _payment(f"E2E-{number:04d}-H{at:04d}", people, debit, payees, credit, _amount(chance), chance)
    payer, payee = firms.first + UNKNOWN_FIRM, groups()["deosai-firms"].first
    yield _payment(f"E2E-{number:04d}-H0003", firms, payer, groups()["deosai-firms"], payee, LARGE_MINOR, chance)


def _payment(
    end_to_end: str, debtor: Group, debit: int, creditor: Group, credit: int, amount_minor: int, chance: random.Random,
    uetr: bytes | None = None,
) -> Payment:  # fmt: skip
    return Payment(
        0, end_to_end.replace("E2E", "INS"), end_to_end, end_to_end.replace("E2E", "TX"), uetr or uuid4().bytes,
        amount_minor, "PKR", None, "SLEV",
        holder_name(debtor, debit), iban(debtor.owner, debit), None, debtor.owner.bic, None,
        holder_name(creditor, credit), iban(creditor.owner, credit), None, creditor.owner.bic, None,
        chance.choice(_FOR), None,
    )  # fmt: skip


def _amount(chance: random.Random) -> int:
    return chance.randrange(500_00, 5_000_00)


def held_accounts() -> range:
    """The accounts of those who may be on a list."""
    return groups()["deosai-people"].numbers[-len(HELD_NAMES) :]


def holder_name(group: Group, account: int) -> str:
    """The name of an account's holder: the same account always has the same one."""
    if account in held_accounts():
        return HELD_NAMES[account - held_accounts().start]
    if "firms" in group.key:
        return _FIRMS[account % len(_FIRMS)]
    return f"{_GIVEN[account % len(_GIVEN)]} {_FAMILY[account % len(_FAMILY)]}"


def uetr_text(uetr: bytes) -> str:
    """A UETR as people write it."""
    return str(UUID(bytes=uetr))
