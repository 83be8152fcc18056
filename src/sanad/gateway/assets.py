"""Which asset on the record a currency of the outside world means for this institution."""

from dataclasses import dataclass
from typing import Any

from sanad.base.errors import Malformed
from sanad.gateway.database import Database
from sanad.rulebook.edition1.words import AMOUNT_MAX

SCHEMA = """
CREATE TABLE asset (
    currency TEXT PRIMARY KEY, asset INTEGER NOT NULL, bound_from INTEGER NOT NULL, seal BLOB NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset's number on the record, and the amount in minor units from which evidence is bound."""

    number: int
    bound_from_minor: int


class Assets:
    """Currencies (ISO 4217) and their assets. Safe for threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, currency: str, asset: int, bound_from_minor: int = 0) -> None:
        """Say which asset a currency means; evidence is bound from `bound_from_minor` up, by default always."""
        if not currency or not 0 < asset < 2**32 or not 0 <= bound_from_minor <= AMOUNT_MAX:
            raise Malformed("asset", "asset.form", "give a currency, an asset's number from 1 and an amount from 0")
        seal = self._database.seal("asset", currency, asset, bound_from_minor)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO asset VALUES (?, ?, ?, ?)", (currency, asset, bound_from_minor, seal)
            )

    def all(self) -> dict[str, Asset]:
        """Every currency that is taken. Raises `Fault` when a row was changed by another hand."""
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                "SELECT currency, asset, bound_from, seal FROM asset"
            ).fetchall()
        for currency, asset, bound_from, seal in rows:
            self._database.check_seal(seal, "asset", currency, asset, bound_from)
        return {currency: Asset(asset, bound_from) for currency, asset, bound_from, _ in rows}
