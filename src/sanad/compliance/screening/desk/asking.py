"""From what somebody typed, or a row of a file, to a query. Every bound and every form is checked here."""

import re
from collections.abc import Iterable, Mapping

from sanad.base.errors import Malformed
from sanad.matching.words import BirthDate, Identifier, Query, Schema
from sanad.standards.sanctions import countries, dates

CELL_CHARACTERS_MAX = 500
SEVERAL_MAX = 20
_SCHEMAS: dict[str, Schema] = {
    **dict.fromkeys(("person", "individual", "human", "naturalperson", "people", "man", "woman"), Schema.PERSON),
    **dict.fromkeys(("organization", "organisation", "org", "publicbody", "group", "ngo", "body"), Schema.ORGANIZATION),
    **dict.fromkeys(("company", "business", "corporation", "firm", "corporate", "bank"), Schema.COMPANY),
    **dict.fromkeys(("legalentity", "entity", "legalperson", "thing", "", "any", "unknown"), Schema.LEGAL_ENTITY),
    **dict.fromkeys(("vessel", "ship", "boat", "airplane", "aircraft", "plane"), Schema.VESSEL),
    **dict.fromkeys(("cryptowallet", "wallet", "address"), Schema.WALLET),
}


def schema_of(word: str) -> Schema:
    """What a word says that somebody is; any word that is not known may be a person or a firm."""
    return _SCHEMAS.get(re.sub(r"[\W_]+", "", word).casefold(), Schema.LEGAL_ENTITY)


def query_of(
    names: Iterable[str],
    *,
    schema: str = "person",
    father_name: str = "",
    birth_date: str = "",
    country: str = "",
    identifiers: Iterable[str] = (),
    wallets: Iterable[str] = (),
) -> Query:
    """A query. Raises `Malformed` for a date or country that is none.

    A name that is empty or too long is kept as it is: its answer is unresolved, and says why.
    """
    born = birth_of(birth_date)
    numbers = [_identifier(each) for each in _bounded("identifier", identifiers)]
    return Query(
        schema_of(schema), tuple(each for each in dict.fromkeys(names) if each) or _nameless(numbers, wallets),
        _cell("father's name", father_name), born, _countries(country), tuple(numbers),
        tuple(_bounded("wallet", wallets)),
    )  # fmt: skip


def _nameless(numbers: list[Identifier], wallets: Iterable[str]) -> tuple[str, ...]:
    """Without a name a number or a wallet may be asked for; with nothing the name is the empty one."""
    return () if numbers or any(each.strip() for each in wallets) else ("",)


def birth_of(text: str) -> BirthDate | None:
    """A birth date as it is written. Raises `Malformed`."""
    text = text.strip()
    if not text:
        return None
    born = dates.written(text) if len(text) <= 40 else None
    if born is None:
        raise Malformed("birth date", "birth_unknown", "write 1968-03-09, 1968 or 09/03/1968 (day first)")
    return born


def row_query(row: Mapping[str, str]) -> Query:
    """A row of a file: columns as `COLUMNS` names them. Raises `Malformed`."""
    return query_of(
        [each for each in (row.get("name", "").strip(), row.get("name_2", "").strip()) if each],
        schema=row.get("schema", ""), father_name=row.get("father_name", ""), birth_date=row.get("birth_date", ""),
        country=row.get("country", ""), identifiers=[row.get("identifier", "")], wallets=[row.get("wallet", "")],
    )  # fmt: skip


COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "name1", "customername", "نام"),
    "name_2": ("name2", "othername", "alias", "nameurdu"),
    "schema": ("schema", "type", "kind", "entitytype"),
    "father_name": ("fathername", "father", "fathersname", "ولدیت"),
    "birth_date": ("birthdate", "dateofbirth", "dob"),
    "country": ("country", "nationality"),
    "identifier": ("identifier", "cnic", "passport", "idnumber", "nationalid"),
    "wallet": ("wallet", "walletaddress", "address"),
}
"""What the columns of a file of names may be called, in lower case without blanks and marks."""


def column_of(head: str) -> str:
    """Which of `COLUMNS` a head means; "" for none: it is passed through."""
    plain = re.sub(r"[\W_]+", "", head).casefold()
    return next((column for column, words in COLUMNS.items() if plain in words), "")


def _countries(text: str) -> tuple[str, ...]:
    found = []
    for part in re.split(r"[;|]", text):
        if part.strip():
            code = countries.code(part)
            if not code:
                raise Malformed("country", "country_unknown", "write a country's name or its two letters (PK)")
            found.append(code)
    return tuple(sorted(set(found)))


def _identifier(text: str) -> Identifier:
    """`passport:AB123456`, or a number alone; thirteen digits are an identity card."""
    kind, colon, value = text.partition(":")
    if not colon:
        digits = re.sub(r"\D", "", text)
        return Identifier("cnic" if len(digits) == 13 and re.fullmatch(r"[\d\s-]+", text) else "number", text)
    return Identifier(kind.strip().casefold(), value.strip())


def _bounded(what: str, texts: Iterable[str]) -> list[str]:
    found = [_cell(what, each) for each in texts if each.strip()]
    if len(found) > SEVERAL_MAX:
        raise Malformed(what, "too_many", f"give at most {SEVERAL_MAX}")
    return found


def _cell(what: str, text: str) -> str:
    text = text.strip()
    if len(text) > CELL_CHARACTERS_MAX:
        raise Malformed(what, "too_long", f"at most {CELL_CHARACTERS_MAX} characters")
    return text
