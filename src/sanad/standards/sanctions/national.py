"""A national list as CSV with a head: names, fathers' names, identity-card numbers, districts.

Columns are found by their heads, in English or Urdu, in any order; semicolons and tabs separate as well.
Only a name is needed. Without a column of references an entry is known by a digest of what identifies it.
"""

import hashlib
import re
from pathlib import Path

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.sanctions import countries, dates
from sanad.standards.sanctions.reading import (
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

HEADS: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "ref", "id", "serial", "sno", "srno", "number", "نمبر", "حوالہ", "حوالہ نمبر"),
    "name": ("name", "fullname", "nameofperson", "نام"),
    "original": ("nameurdu", "urduname", "nameoriginal", "originalname", "originalscript", "اردو نام"),
    "alias": ("alias", "aliases", "aka", "othernames", "عرف", "عرفیت"),
    "father": ("fathername", "fathersname", "father", "fathersnameurdu", "ولدیت", "والد", "والد کا نام"),
    "cnic": ("cnic", "nic", "nationalid", "identitycard", "cnicno", "cnicnumber", "شناختی کارڈ", "شناختی کارڈ نمبر"),
    "passport": ("passport", "passportno", "passportnumber", "پاسپورٹ"),
    "birth": ("dateofbirth", "birthdate", "dob", "تاریخ پیدائش"),
    "country": ("country", "nationality", "ملک", "شہریت"),
    "district": ("district", "city", "ضلع"),
    "province": ("province", "state", "صوبہ"),
    "schema": ("schema", "type", "kind", "قسم"),
    "programme": ("programme", "program", "regime", "category", "زمرہ"),
    "wallet": ("wallet", "wallets", "walletaddress", "address", "والٹ"),
    "remarks": ("remarks", "notes", "comments", "کیفیت"),
}
"""Which heads mean what, in lower case without blanks and marks."""
_SCHEMAS = {
    "person": Schema.PERSON, "individual": Schema.PERSON, "فرد": Schema.PERSON, "organization": Schema.ORGANIZATION,
    "organisation": Schema.ORGANIZATION, "entity": Schema.ORGANIZATION, "تنظیم": Schema.ORGANIZATION,
    "company": Schema.COMPANY, "کمپنی": Schema.COMPANY, "vessel": Schema.VESSEL, "wallet": Schema.WALLET,
    "cryptowallet": Schema.WALLET, "legalentity": Schema.LEGAL_ENTITY,
}  # fmt: skip
_DELIMITERS = (",", ";", "\t", "|")
_CNIC_DIGITS = 13
_COLUMNS_MAX = 100


def read(path: Path) -> ListRead:
    """All rows. Raises `MalformedFile` with every row that is wrong."""
    text = text_of(path)
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = rows_of(path, text, delimiter)
    _, head = next(rows, (1, []))
    columns = _columns(path, head)
    collected = Collected(path.name)
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            advice = f"a row has {len(head)} columns like the head; the file breaks off here, or a comma needs quotes"
            collected.wrong(line, "csv.columns", f"{len(row)} columns", advice)
            continue
        cells = {what: clean(row[at]) for what, at in columns.items()}
        _take(collected, line, cells)
    return collected.done()


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    if len(head) > _COLUMNS_MAX:
        raise refusal(path.name, Finding(1, "csv.columns", f"{len(head)} columns", "a list has at most 100 columns"))
    meanings = {_plain(word): what for what, words in HEADS.items() for word in words}
    found: dict[str, int] = {}
    for at, cell in enumerate(head):
        what = meanings.get(_plain(cell))
        if what is not None:
            found.setdefault(what, at)
    if "name" not in found and "wallet" not in found:
        advice = "the first row names the columns, and one of them is `name` (or `wallet`)"
        raise refusal(path.name, Finding(1, "csv.head", f"{len(head)} columns, none a name", advice))
    return found


def _plain(head: str) -> str:
    return re.sub(r"[\W_]+", "", head).casefold()


def _take(collected: Collected, line: int, cells: dict[str, str]) -> None:
    kind = cells.get("schema", "")
    schema = _SCHEMAS.get(kind.casefold())
    if kind and schema is None:
        advice = f"write one of: {', '.join(word for word in _SCHEMAS if word.isascii())}"
        collected.wrong(line, "csv.kind", "kind unknown", advice)
        return
    birth = cells.get("birth", "")
    if birth and dates.written(birth) is None:
        advice = "write the birth date as 1968, 1968-03-09 or 09/03/1968 (day first)"
        collected.wrong(line, "csv.birth", "birth date unknown", advice)
        return
    cnic = cells.get("cnic", "")
    digits = re.sub(r"\D", "", cnic)
    if cnic and len(digits) != _CNIC_DIGITS:
        advice = "an identity-card number has 13 digits; leave the cell empty where it is not known"
        collected.wrong(line, "csv.cnic", f"{len(digits)} digits", advice)
        return
    collected.add(line, _listed(schema or Schema.PERSON, cells, digits))


def _listed(schema: Schema, cells: dict[str, str], cnic: str) -> Listed:
    names = [ListedName(cells.get("name", "")), ListedName(cells.get("original", ""), NameKind.ORIGINAL)]
    names += [ListedName(each, NameKind.GOOD) for each in _several(cells.get("alias", ""))]
    identifiers = [Identifier(kind, value) for kind, value in (("cnic", cnic), ("passport", cells.get("passport", "")))]
    born = dates.written(cells["birth"]) if cells.get("birth") else None
    places = [cells.get(what, "") for what in ("district", "province")]
    return Listed(
        schema,
        cells.get("reference") or _reference(cells, cnic),
        tuple(each for each in names if each.text),
        father_names=tuple(_several(cells.get("father", ""))),
        birth_dates=(born,) if born else (),
        countries=countries.codes(*_several(cells.get("country", ""))),
        identifiers=tuple(each for each in identifiers if each.value),
        wallets=tuple(_several(cells.get("wallet", ""))),
        programme=cells.get("programme", ""),
        remarks="; ".join(distinct([cells.get("remarks", ""), ", ".join(distinct(places))])),
    )


def _several(cell: str) -> list[str]:
    return [clean(each) for each in re.split(r"[;|\u061b]", cell) if each.strip()]


def _reference(cells: dict[str, str], cnic: str) -> str:
    """Of a list without references: the same person keeps it while name, father and card stay the same."""
    told = "\n".join([cells.get("name", ""), cells.get("father", ""), cnic, cells.get("wallet", "")])
    return "row-" + hashlib.sha256(told.encode()).hexdigest()[:16]
