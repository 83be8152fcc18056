"""Countries as lists write them, to ISO 3166-1 alpha-2 (Kosovo as XK). What is none, or is no more, is left out."""

import csv
import unicodedata
from functools import cache
from importlib import resources


def code(name: str) -> str:
    """The code of a country's name or code; "" when it is none."""
    key = _key(name)
    known = _codes()
    return key.upper() if len(key) == 2 and key.upper() in known.values() else known.get(key, "")


def codes(*names: str) -> tuple[str, ...]:
    """The codes of several, sorted, each once."""
    return tuple(sorted({found for name in names if (found := code(name))}))


def _key(name: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return " ".join(plain.casefold().replace("\u2019", "'").split())


@cache
def _codes() -> dict[str, str]:
    table = resources.files("sanad.standards.sanctions").joinpath("countries.csv").read_text("utf-8")
    rows = csv.DictReader(table.splitlines())
    return {_key(name): row["code"] for row in rows for name in row["names"].split("|")}
