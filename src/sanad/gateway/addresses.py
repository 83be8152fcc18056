"""The address book: which account on the record stands behind an account number of the outside world.

Own customers and known counterparties. Account numbers are personal data: they are only here, and in no error, log or
address of a page.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sanad.base.errors import Malformed, Refused
from sanad.evidence.store import SUBJECT_SIZE, new_subject
from sanad.gateway.database import Database

NUMBER_CHARACTERS_MAX = 34  # of an IBAN, and of any other account number in ISO 20022
_NUMBERS_A_QUESTION = 500

SCHEMA = """
CREATE TABLE address (
    number TEXT PRIMARY KEY, account INTEGER NOT NULL, institution INTEGER NOT NULL, subject BLOB NOT NULL,
    seal BLOB NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Address:
    """An account on the record, and the subject under whose key its holder's data are sealed."""

    account: int
    institution: int
    subject: bytes


class AddressBook:
    """Account numbers (IBAN, or another where a country has none) and their accounts. Safe for threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: str, account: int, institution: int) -> Address:
        """Note one account number; one that is there already keeps its subject and points to the account given."""
        self.add_many([(number, account, institution)])
        return self.find_many([number])[_compact(number)]

    def add_many(self, rows: Iterable[tuple[str, int, int]]) -> int:
        """Note all of (number, account, institution), or none. How many there were. Raises `Malformed`."""
        added = 0
        with self._database.writing() as connection:
            for number, account, institution in rows:
                key = _compact(number)
                if not 1 <= len(key) <= NUMBER_CHARACTERS_MAX or not 0 < account < 2**63 or not 0 < institution < 2**32:
                    advice = (
                        f"give an account number of 1 to {NUMBER_CHARACTERS_MAX} characters, account and institution"
                    )
                    raise Malformed(f"row {added + 1}", "address.form", advice)
                kept = connection.execute("SELECT subject FROM address WHERE number = ?", (key,)).get
                subject = new_subject() if kept is None else kept
                seal = self._database.seal("address", key, account, institution, subject)
                connection.execute(
                    "INSERT OR REPLACE INTO address VALUES (?, ?, ?, ?, ?)", (key, account, institution, subject, seal)
                )
                added += 1
        return added

    def find(self, number: str) -> Address | None:
        """The account behind one number. Raises `Fault` when its row was changed by another hand."""
        return self.find_many([number]).get(_compact(number))

    def find_many(self, numbers: Iterable[str]) -> dict[str, Address]:
        """The accounts behind many numbers, those that are known. Raises as `find`."""
        wanted = list({_compact(number) for number in numbers})
        found: dict[str, Address] = {}
        with self._database.reading() as connection:
            for start in range(0, len(wanted), _NUMBERS_A_QUESTION):
                some = wanted[start : start + _NUMBERS_A_QUESTION]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT * FROM address WHERE number IN ({marks})", some)  # noqa: S608 - marks
                for number, account, institution, subject, seal in rows:
                    self._database.check_seal(seal, "address", number, account, institution, subject)
                    found[number] = Address(account, institution, subject)
        return found

    def remove(self, number: str) -> bytes:
        """Forget a number; the subject whose evidence key may now be erased. Raises `Refused` when it is not known."""
        with self._database.writing() as connection:
            subject = connection.execute("SELECT subject FROM address WHERE number = ?", (_compact(number),)).get
            if subject is None:
                raise Refused("address book", "this account number is not known; check it and try again", 404)
            connection.execute("DELETE FROM address WHERE number = ?", (_compact(number),))
        return bytes(subject)[:SUBJECT_SIZE]

    def count(self) -> int:
        """How many numbers are known."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM address").get)


def _compact(number: str) -> str:
    """As files carry it: no blanks, an IBAN in capitals. People write it in groups of four."""
    compact = "".join(number.split())
    return compact.upper() if compact[:2].isalpha() else compact
