"""What is wrong in a file, gathered so that its sender can mend all of it at once.

An excerpt goes into answers and logs, so it shows the element and, of its value, only what is no personal data: codes,
amounts and counts in full, account numbers as their first four and last four characters, and never a name.
"""

import re

from sanad.base.errors import Finding, MalformedFile

FINDINGS_MAX = 100
"""How many findings an answer carries; the rest is counted."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+/-]{0,39}")

_ACCOUNTS = frozenset({"IBAN"})
_CODES = frozenset(
    {
        "AnyBIC",
        "BICFI",
        "Ccy",
        "ChrgBr",
        "CreDtTm",
        "Ctry",
        "CtrlSum",
        "IntrBkSttlmAmt",
        "IntrBkSttlmDt",
        "LEI",
        "NbOfTxs",
        "SttlmMtd",
        "TtlIntrBkSttlmAmt",
        "UETR",
    }
)


class FileWithFindings(MalformedFile):
    """A file that was refused as a whole: `findings` holds the first hundred, `total` says how many there are."""

    def __init__(self, name: str, findings: list[Finding], total: int) -> None:
        super().__init__(name, findings)
        self.total = total


class Findings:
    """Gathers the findings of one file: keeps the first `FINDINGS_MAX`, counts all."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kept: list[Finding] = []
        self.total = 0

    def add(self, *findings: Finding, total: int | None = None) -> None:
        """Take findings in the order of the file; `total` counts those that the giver did not keep as well."""
        self.kept.extend(findings[: FINDINGS_MAX - len(self.kept)])
        self.total += len(findings) if total is None else total

    def refuse_if_any(self) -> None:
        """Raise `FileWithFindings` unless the file is clean."""
        if self.total:
            raise FileWithFindings(self.name, self.kept, self.total)


def refusal(name: str, finding: Finding) -> FileWithFindings:
    """Make the refusal of a file that can't be read any further than this one finding."""
    return FileWithFindings(name, [finding], 1)


def masked(account: str) -> str:
    """Show an account number by its first four and last four characters."""
    return f"{account[:4]}…{account[-4:]}" if len(account) > 8 else "…"


def excerpt(element: str, value: str) -> str:
    """Show an element by its name and, where it is no personal data, its value."""
    value = value.strip()
    if element in _ACCOUNTS and value:
        return f"{element} {masked(value)}"
    # A code that is no code may be anything, a name too: then the element alone must do.
    if element in _CODES and _CODE.fullmatch(value):
        return f"{element} {value}"
    return element[:40]
