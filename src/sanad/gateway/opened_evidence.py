"""What was checked, against which list version, before a payment was posted: the evidence of a transfer, opened.

The institution kept 32 random bytes and the contents; their digest is in the transfer on the record. `read` checks that
they lead to it and that they speak of this transfer, so that the evidence of another one, or one made up afterwards, is
found out. It needs no key and no database: an auditor runs it on what an institution hands over.
"""

from dataclasses import dataclass

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed
from sanad.gateway.checks import Finding
from sanad.gateway.transfers import EVIDENCE_SCHEMA
from sanad.node.proofs import Transfer

EXPORT_SCHEMA = "sanad/evidence/opened/v1"
EXPORT_BYTES_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Party:
    """Payer or payee, as the sender's institution screened it. Personal data."""

    name: str
    account_number: str
    agent_bic: str
    agent_lei: str


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What one check said: `contents` are its reasons, list versions and digests."""

    check: str
    finding: Finding
    contents: canonical.Value


@dataclass(frozen=True, slots=True)
class WhatWasChecked:
    """The evidence of one transfer, which leads to the digest on the record."""

    position: int
    transfer: Transfer
    is_bound: bool
    """Whether the digest is of these contents. Else it is of random bytes alone: the institution says so, no proof."""
    screened: int
    """The list version that payer and payee were screened against, 0 none."""
    debtor: Party
    creditor: Party
    answers: tuple[CheckAnswer, ...]
    decision: bytes
    """Digest of the decision by which a held payment was released; empty where it was clear at once."""


@dataclass(frozen=True, slots=True)
class OpenedEvidence:
    """All that another needs to see for himself: a transfer's place, its 116 bytes, and what leads to its digest."""

    position: int
    screened: int
    """Of the message's header."""
    transfer: bytes
    random: bytes
    contents: bytes

    def encode(self) -> bytes:
        """As a file for an auditor. Personal data: hand it over as such."""
        return canonical.encode(
            [EXPORT_SCHEMA, self.position, self.screened, self.transfer, self.random, self.contents]
        )  # fmt: skip

    @classmethod
    def decode(cls, data: bytes) -> "OpenedEvidence":
        """What `encode` wrote. Raises `Malformed`."""
        if len(data) > EXPORT_BYTES_MAX:
            raise Malformed("evidence", "oversize", f"opened evidence has at most {EXPORT_BYTES_MAX:,} bytes")
        match canonical.decode(data, "evidence"):
            case [str(schema), int(position), int(screened), bytes(transfer), bytes(random), bytes(contents)] if (
                schema == EXPORT_SCHEMA
            ):
                return cls(position, screened, transfer, random, contents)
        raise Malformed("evidence", "evidence.form", "this is no opened evidence; ask the institution for its file")


def is_opened_evidence(data: bytes) -> bool:
    """Whether a file looks like one that `OpenedEvidence.encode` wrote."""
    return EXPORT_SCHEMA.encode() in data[:32]


def read(opened: OpenedEvidence) -> WhatWasChecked:
    """What was checked. Raises `Malformed` when it does not lead to the transfer's digest, or is another's."""
    transfer = Transfer.decode(opened.transfer)
    is_bound = transfer.evidence == digest(opened.random, opened.contents)
    if not is_bound and transfer.evidence != opened.random:
        advice = "it does not lead to the digest on the record: it was changed, or belongs to another transfer"
        raise Malformed("evidence", "evidence.differs", advice)
    match canonical.decode(opened.contents, "evidence"):
        case [str(schema), list(moved), list(debtor), list(creditor), list(), list(), list(checked)] if (
            schema == EVIDENCE_SCHEMA and len(checked) == 3
        ):
            screened, rows, last = checked
        case _:
            raise Malformed("evidence", "evidence.form", "it is not that of a payment: nothing was checked for it")
    _check_moved(moved, transfer)
    if not isinstance(screened, int) or not isinstance(rows, list):
        raise Malformed("evidence", "evidence.form", "what was checked is a list version and a list of answers")
    if screened != opened.screened:
        advice = "it names another list version than the message that was signed"
        raise Malformed("evidence", "evidence.list_differs", advice)
    return WhatWasChecked(
        opened.position, transfer, is_bound, screened, _party(debtor), _party(creditor),
        read_answers(rows), last if isinstance(last, bytes) else b"",
    )  # fmt: skip


def _check_moved(moved: list[canonical.Value], transfer: Transfer) -> None:
    """That the evidence speaks of this transfer: who reuses that of another is found out here."""
    seen = [
        transfer.uetr.bytes, transfer.leg, transfer.debit, transfer.credit, transfer.asset, transfer.amount
    ]  # fmt: skip
    if moved != seen:
        names = ("UETR", "leg", "debit account", "credit account", "asset", "amount")
        if len(moved) != len(names):
            raise Malformed("evidence", "evidence.form", "it does not say of which transfer it speaks")
        other = ", ".join(name for name, one, two in zip(names, moved, seen, strict=True) if one != two)
        raise Malformed("evidence", "evidence.other_transfer", f"it speaks of another transfer: {other} differ")


def _party(row: list[canonical.Value]) -> Party:
    texts = [each if isinstance(each, str) else "" for each in row]
    if len(texts) != 4:
        raise Malformed("evidence", "evidence.form", "payer and payee have four texts each")
    return Party(*texts)


def read_answers(rows: list[canonical.Value]) -> tuple[CheckAnswer, ...]:
    """What the checks said. Raises `Malformed`."""
    return tuple(_answer(row) for row in rows)


def _answer(row: canonical.Value) -> CheckAnswer:
    match row:
        case [str(check), str(finding), bytes(contents)] if finding in Finding.__members__.values():
            return CheckAnswer(check, Finding(finding), canonical.decode(contents, "evidence"))
    raise Malformed("evidence", "evidence.form", "an answer is a check, a finding and contents")
