"""FollowTheMoney entities as JSON lines: how OpenSanctions publishes every one of its sources (`entities.ftm.json`).

Also its `targets.nested.json`, whose nested entities are read like those on lines of their own. Papers
(`Identification`, `Passport`) are added to their holders; all that is nobody to look for is counted and passed over.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.sanctions import countries, dates
from sanad.standards.sanctions.reading import (
    FILE_BYTES_MAX,
    LINE_BYTES_MAX,
    REMARKS_CHARACTERS_MAX,
    Collected,
    Identifier,
    Listed,
    ListedName,
    ListRead,
    NameKind,
    Schema,
    clean,
    distinct,
)

_SCHEMAS = {
    "Person": Schema.PERSON, "Organization": Schema.ORGANIZATION, "PublicBody": Schema.ORGANIZATION,
    "Company": Schema.COMPANY, "LegalEntity": Schema.LEGAL_ENTITY, "Vessel": Schema.VESSEL,
    "Airplane": Schema.VESSEL, "CryptoWallet": Schema.WALLET,
}  # fmt: skip
_PAPERS = ("Identification", "Passport")
_NAMES = (
    ("name", NameKind.MAIN), ("alias", NameKind.GOOD), ("abbreviation", NameKind.LOW), ("weakAlias", NameKind.LOW),
    ("previousName", NameKind.FORMER),
)  # fmt: skip
_NUMBERS = (
    ("idNumber", "national_id"), ("passportNumber", "passport"), ("taxNumber", "tax_id"), ("innCode", "tax_id"),
    ("vatCode", "tax_id"), ("registrationNumber", "registration"), ("ogrnCode", "registration"),
    ("imoNumber", "imo"), ("mmsi", "mmsi"), ("leiCode", "lei"), ("swiftBic", "bic"),
    ("socialSecurityNumber", "national_id"), ("permId", "perm_id"), ("dunsCode", "duns"),
)  # fmt: skip
_COUNTRIES = ("nationality", "citizenship", "country", "jurisdiction", "flag")
_WALLETS = ("publicKey", "cryptoWallets")


class Entity(msgspec.Struct):
    """One line."""

    id: str
    schema: str
    properties: dict[str, list[Any]] = {}
    caption: str = ""
    datasets: list[str] = []


def read(path: Path) -> ListRead:
    """All persons, bodies, vessels and wallets. Raises `MalformedFile`."""
    collected = Collected(path.name)
    papers: dict[str, list[Identifier]] = defaultdict(list)
    for number, entity in _entities(path, collected):
        if entity.schema in _PAPERS:
            _take_paper(entity, papers)
        elif entity.schema in _SCHEMAS:
            collected.add(number, _listed(entity))
        else:
            collected.passed_over[entity.schema[:40]] += 1
    for holder, identifiers in papers.items():
        found = collected.entries.get(holder)
        if found is not None:
            merged = tuple(dict.fromkeys([*found.identifiers, *identifiers]))
            collected.entries[holder] = replace(found, identifiers=merged)
    return collected.done()


def _entities(path: Path, collected: Collected) -> Iterator[tuple[int, Entity]]:
    size = path.stat().st_size
    if size > FILE_BYTES_MAX:
        advice = f"a file holds at most {FILE_BYTES_MAX >> 30} GiB; import its parts as several lists"
        raise refusal(path.name, Finding(1, "file.size", f"{size >> 20} MiB", advice))
    decoder = msgspec.json.Decoder(Entity)
    with path.open("rb") as source:
        number = 0
        while line := source.readline(LINE_BYTES_MAX + 1):
            number += 1
            if len(line) > LINE_BYTES_MAX:
                raise refusal(path.name, Finding(number, "line.bounds", "a line too long", "get the file again"))
            line = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if not line:
                continue
            try:
                yield number, decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                advice = "each line is one entity {id, schema, properties}; the file breaks off or was changed here"
                collected.wrong(number, "json.broken", "no entity", advice)


def _listed(entity: Entity) -> Listed:
    schema = _SCHEMAS[entity.schema]
    names = [ListedName(text, kind) for field, kind in _NAMES for text in _texts(entity, field)]
    if not names and entity.caption:
        names = [ListedName(clean(entity.caption))]
    notes = [*_texts(entity, "position"), *_texts(entity, "notes")]
    return Listed(
        schema,
        entity.id,
        tuple(dict.fromkeys(names)),
        father_names=distinct(_texts(entity, "fatherName")),
        birth_dates=tuple(dict.fromkeys(each for text in _texts(entity, "birthDate") if (each := dates.iso(text)))),
        countries=countries.codes(*(text for field in _COUNTRIES for text in _texts(entity, field))),
        identifiers=tuple(
            dict.fromkeys(Identifier(kind, text) for field, kind in _NUMBERS for text in _texts(entity, field))
        ),
        wallets=distinct([*(text for field in _WALLETS for text in _texts(entity, field)), *_nested_wallets(entity)]),
        programme=", ".join(distinct([*_texts(entity, "program"), *_texts(entity, "topics")]))[:200],
        remarks="; ".join(distinct(notes))[:REMARKS_CHARACTERS_MAX],
    )


def _nested_wallets(entity: Entity) -> list[str]:
    nested = (each for values in entity.properties.values() for each in values if isinstance(each, dict))
    return [
        clean(key)
        for each in nested
        if each.get("schema") == "CryptoWallet"
        for key in each.get("properties", {}).get("publicKey", ())
        if isinstance(key, str)
    ]


def _take_paper(entity: Entity, papers: dict[str, list[Identifier]]) -> None:
    kind = "passport" if entity.schema == "Passport" else next(iter(_texts(entity, "type")), "national_id").casefold()
    for holder in _texts(entity, "holder"):
        papers[holder] += [Identifier(kind[:40], number) for number in _texts(entity, "number")]


def _texts(entity: Entity, field: str) -> list[str]:
    return [clean(each) for each in entity.properties.get(field, ()) if isinstance(each, str) and each.strip()]
