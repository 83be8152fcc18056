"""The list of specially designated nationals of the United States' Office of Foreign Assets Control, in its CSV.

Four files without heads, told apart by their number of columns: names (`SDN.CSV`, 12), further names (`ALT.CSV`, 5),
addresses (`ADD.CSV`, 6), and what
of long remarks did not fit into the first (`SDN_COMMENTS.CSV`, 2). `-0-` stands for
nothing. Birth dates, papers and wallets stand in the remarks of the first.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.sanctions import countries, dates
from sanad.standards.sanctions.reading import (
    REMARKS_CHARACTERS_MAX,
    BirthDate,
    Collected,
    Identifier,
    Listed,
    ListedName,
    ListRead,
    NameKind,
    Schema,
    clean,
    distinct,
    rows_of,
    text_of,
)

SDN_COLUMNS, ALT_COLUMNS, ADD_COLUMNS, COMMENTS_COLUMNS = 12, 5, 6, 2
_NOTHING = "-0-"
_SCHEMAS = {"individual": Schema.PERSON, "vessel": Schema.VESSEL, "aircraft": Schema.VESSEL, "": Schema.ORGANIZATION}
_ALTERNATE = {"aka": NameKind.GOOD, "fka": NameKind.FORMER, "nka": NameKind.GOOD}
_WALLET = re.compile(r"Digital Currency Address - (\S+) ([0-9A-Za-z]{8,120})")
_WEAK = re.compile(r"(?:a|f|n)\.k\.a\. '([^']{1,200})'")
_BIRTH = re.compile(r"(?:alt\. )?DOB ([^;]+)")
_COUNTRY = re.compile(r"(?:alt\. )?(?:nationality|citizen) ([^;]+)")
_IDENTIFIERS = (
    ("passport", re.compile(r"Passport (?:No\. )?([A-Za-z]*\d[\w./-]*)")),
    ("imo", re.compile(r"IMO (\d{7})\b")),
    ("national_id", re.compile(r"(?:National ID No\.|Identification Number|Citizen's Card Number|Cedula No\.|D\.N\.I\.)"
                               r" ([A-Za-z]*-?\d[\w./-]*)")),
    ("tax_id", re.compile(r"(?:Tax ID No\.|RUC #|NIT #|RIF #|V\.A\.T\. Number) ([A-Za-z]*-?\d[\w./-]*)")),
    ("registration", re.compile(r"(?:Registration Number|Registration ID|Company Number|Commercial Registry Number|"
                                r"Matricula Mercantil No|Business Registration Number|C\.R\. No\.)"
                                r" ([A-Za-z]*-?\d[\w./-]*)")),
    ("mmsi", re.compile(r"MMSI (\d{9})\b")),
    ("aircraft_tail", re.compile(r"Aircraft Tail Number ([\w-]+)")),
)  # fmt: skip


@dataclass(slots=True)
class _More:
    """What the other files say of an entry."""

    names: list[ListedName] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    remarks: str = ""
    """Where those of the first file break off, in the middle of a word."""


def read(paths: Sequence[Path]) -> ListRead:
    """The files in any order; the first alone will do. Raises `MalformedFile`."""
    read_files = [(path, list(rows_of(path, text_of(path, may_be_latin=True)))) for path in paths]
    kinds = {_kind(path, rows): (path, rows) for path, rows in read_files}
    if len(kinds) != len(paths) or SDN_COLUMNS not in kinds:
        advice = "give SDN.CSV, and with it ALT.CSV, ADD.CSV and SDN_COMMENTS.CSV, each once"
        raise refusal(paths[0].name, Finding(1, "ofac.files", "not one of each", advice))
    path, rows = kinds[SDN_COLUMNS]
    collected = Collected(path.name)
    more: dict[str, _More] = defaultdict(_More)
    known = {clean(row[0]) for _, row in rows if row}
    for columns, (other, other_rows) in kinds.items():
        if columns != SDN_COLUMNS:
            _take_more(more, columns, other, other_rows, known)
    for line, row in rows:
        if len(row) != SDN_COLUMNS or not clean(row[0]).isdecimal():
            advice = (
                f"a row has {SDN_COLUMNS} columns and begins with a number; the file breaks off or was changed here"
            )
            collected.wrong(line, "ofac.row", f"{len(row)} columns", advice)
            continue
        collected.add(line, _listed(row, more.get(clean(row[0]), _More())))
    return collected.done()


def _kind(path: Path, rows: list[tuple[int, list[str]]]) -> int:
    columns = len(rows[0][1]) if rows else 0
    if columns not in (SDN_COLUMNS, ALT_COLUMNS, ADD_COLUMNS, COMMENTS_COLUMNS):
        advice = "the file is none of SDN.CSV, ALT.CSV, ADD.CSV, SDN_COMMENTS.CSV: 12, 5, 6 or 2 columns, no head"
        raise refusal(path.name, Finding(1, "ofac.columns", f"{columns} columns", advice))
    return columns


def _take_more(
    more: dict[str, _More], columns: int, path: Path, rows: list[tuple[int, list[str]]], known: set[str]
) -> None:
    collected = Collected(path.name)
    for line, row in rows:
        number = clean(row[0]) if row else ""
        if len(row) != columns or not number.isdecimal():
            advice = f"a row has {columns} columns and begins with a number; the file breaks off or was changed here"
            collected.wrong(line, "ofac.row", f"{len(row)} columns", advice)
        elif number not in known:
            advice = "SDN.CSV has no such entry: the files are not of the same day, or one breaks off; get all again"
            collected.wrong(line, "ofac.unknown", f"entry {number}"[:40], advice)
        elif columns == ALT_COLUMNS:
            more[number].names.append(ListedName(_cell(row[3]), _ALTERNATE.get(_cell(row[2]), NameKind.GOOD)))
        elif columns == COMMENTS_COLUMNS:
            more[number].remarks += _cell(row[1])
        else:
            more[number].countries.append(_cell(row[4]))
    collected.findings.refuse_if_any()


def _listed(row: list[str], more: _More) -> Listed:
    remarks = _cell(row[11]) + more.remarks
    schema = _SCHEMAS.get(_cell(row[2]), Schema.ORGANIZATION)
    weak = (ListedName(clean(each), NameKind.LOW) for each in _WEAK.findall(remarks))
    identifiers = [
        Identifier(kind, value.rstrip(".")) for kind, form in _IDENTIFIERS for value in form.findall(remarks)
    ]
    if _cell(row[5]):
        identifiers.append(Identifier("call_sign", _cell(row[5])))
    places = [*more.countries, *(each.rstrip(".") for each in _COUNTRY.findall(remarks)), _cell(row[9])]
    return Listed(
        schema,
        clean(row[0]),
        (ListedName(_cell(row[1])), *more.names, *weak),
        birth_dates=_births(remarks),
        countries=countries.codes(*places),
        identifiers=tuple(dict.fromkeys(identifiers)),
        wallets=distinct(address for _, address in _WALLET.findall(remarks)),
        programme=_cell(row[3]).strip("[] "),
        remarks="; ".join(distinct([_cell(row[4]), remarks]))[:REMARKS_CHARACTERS_MAX],
    )


def _births(remarks: str) -> tuple[BirthDate, ...]:
    found = (dates.written(each.rstrip(". ")) for each in _BIRTH.findall(remarks))
    return tuple(dict.fromkeys(each for each in found if each))


def _cell(text: str) -> str:
    text = clean(text)
    return "" if text == _NOTHING else text
