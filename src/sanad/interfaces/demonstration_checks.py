"""What the demonstration checks: a list of made-up persons, its version on the record, and what a bank knows of firms.

Nobody on this list exists. The numbers of rules are examples of what an authority would set, not advice.
"""

import os
import time
from pathlib import Path

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.gateway.gateway import Gateway
from sanad.interfaces.checking import KNOWN
from sanad.interfaces.demonstration_file import LISTED_PERSON, UNKNOWN_FIRM, holder_name
from sanad.interfaces.demonstration_nation import CHENAB, PERSONS, check_admitted, groups, iban
from sanad.node.client import NodeClient
from sanad.rulebook.edition1.words import RegisterType, Rule, StatementType
from sanad.rulebook.message import parse
from sanad.standards.ivms101.model import LegalName, LegalPerson, Person

LIST = "demonstration"
_ENTRIES = (
    ("DEMO-001", "Ghulam Sarwar Khilji", LISTED_PERSON, "Mehmood Khilji", "1971-03-14"),
    ("DEMO-002", "Tariq Aziz Bugti", "طارق عزیز بگٹی", "Abdul Aziz Bugti", "1980-11-02"),
    ("DEMO-003", "Karwan Hawala House", "کاروان حوالہ ہاؤس", "", ""),
)
LIST_AGE_DAYS = 3
_DAY_MS = 86_400_000
_SOON_MS = 5_000
_STATEMENT, _SET_RULE = 60, 70


def write_list(path: Path) -> None:
    """The list as a national one, CSV."""
    rows = [",".join(each) for each in _ENTRIES]
    path.write_text("\n".join(("reference,name,name urdu,father name,date of birth", *rows)) + "\n", encoding="utf-8")


def renew_list(data: Path, authority: Gateway, client: NodeClient) -> str:
    """Import the list, or note that it is still the newest; put a version on the record once a day. What was done."""
    from sanad.compliance.screening.desk.lists import FOLDER, ListFolder

    lists, path = ListFolder(data / FOLDER), data / "demonstration" / "list.csv"
    write_list(path)
    version = lists.import_file(LIST, [path]).version
    last, since_ms = _newest_on_record(client)
    now_ms = time.time_ns() // 1_000_000
    if version.record_number == last and now_ms - since_ms < _DAY_MS:
        return f"Version {last} of the list is on the record since less than a day."
    random = os.urandom(32)
    fields: list[canonical.Value] = [int(StatementType.LIST_VERSION), 0, last + 1]
    answer = authority.send_act(_STATEMENT, fields, digests=[digest(random, version.statement_text)])
    entry = check_admitted(answer.receipt)
    lists.put_on_record(version, last + 1, entry, random)
    return f"The authority put version {last + 1} of its list, {version.entries} names, on the record in entry {entry}."


def _newest_on_record(client: NodeClient) -> tuple[int, int]:
    """Number and block time of the newest list version; zeros before the first."""
    number, time_ms = 0, 0
    while found := client.register_records(RegisterType.LIST_VERSION, number):
        number, time_ms = int(found[-1][1]), int(found[-1][4])
    return number, time_ms


def ask_for_lists(authority: Gateway) -> bool:
    """From now on large payments name a list that is at most three days old: set by two persons of the authority.

    False: it was set before.
    """
    if authority.outbox.find("list age/confirm") is not None:
        return False
    found = authority.outbox.find("list age/propose")
    if found is None:
        fields: list[canonical.Value] = [int(Rule.LIST_AGE_DAYS), LIST_AGE_DAYS, time.time_ns() // 1_000_000 + _SOON_MS]
        found = authority.propose(_SET_RULE, fields, person=PERSONS[0], idempotency_key="list age/propose")
    entry, body = check_admitted(found.receipt), parse(found.raw).body
    check_admitted(authority.confirm(entry, body, person=PERSONS[1], idempotency_key="list age/confirm").receipt)
    return True


def require(bank: Gateway) -> None:
    """The bank screens, and asks for what the Travel Rule asks for."""
    if bank.required_checks != KNOWN:
        bank.require_checks(KNOWN)


def holder_of(number: str) -> Person | None:
    """What the bank's files say of the holder of an account: of each of its firms the name and a number, but one."""
    firms = groups()["chenab-firms"]
    known = {iban(CHENAB, account): account for account in firms.numbers if account - firms.first != UNKNOWN_FIRM}
    account = known.get(number)
    if account is None:
        return None
    return LegalPerson((LegalName(holder_name(firms, account)),), customer_number=f"CHNB-{account}")
