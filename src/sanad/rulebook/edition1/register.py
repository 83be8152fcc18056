"""The public register: what the law makes public, as records of canonical bytes under H(type u16 ‖ id u64).

Acts write records here; the node keeps their sparse Merkle map and puts its root into every block leaf. Never persons,
keys, accounts or freezes of accounts.
"""

from sanad.base.canonical import Value, encode
from sanad.base.digests import digest
from sanad.rulebook.edition1.state import State
from sanad.rulebook.edition1.words import RegisterType


def record_key(record_type: RegisterType, number: int) -> bytes:
    """The 32-byte key of a record."""
    return digest(int(record_type).to_bytes(2, "little"), number.to_bytes(8, "little"))


def publish(state: State, record_type: RegisterType, number: int, fields: list[Value]) -> None:
    """Put or replace a record: `[type, number, …fields]`."""
    key = record_key(record_type, number)
    value = encode([int(record_type), number, *fields])
    state.register[key] = value
    state.register_changes.append((key, value))


def publish_institution(state: State, number: int) -> None:
    """An institution's public facts: name, BIC, LEI, class, status, entry that set the status, when."""
    row = state.institution_table[number]
    columns = state.institutions[number]
    publish(
        state, RegisterType.INSTITUTION, number,
        [row.name, row.bic, row.lei, int(columns["class"]), int(columns["status"]), row.status_entry, row.status_ms],
    )  # fmt: skip
