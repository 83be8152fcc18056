"""What a new version of a list changed, ready to be asked: who was screened before needs no more. Knows no tables."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import msgspec

from sanad.compliance.screening.desk.answers import Answer, InUse, Rulings, ask_in, no_rulings
from sanad.compliance.screening.desk.lists import ListFolder, Version, now_ms
from sanad.matching.words import DEFAULT_THRESHOLD, Query

if TYPE_CHECKING:
    from sanad.matching.index import Index


@dataclass(frozen=True, slots=True)
class Changed:
    """A version, an index of what it added or changed, and references of those that are not as they were."""

    version: Version
    index: "Index | None"
    """None where nothing was added and nothing changed."""
    gone: frozenset[str]
    """Of entries that were removed, or are other than before: whoever was near one is asked about in whole."""

    @classmethod
    def by(cls, folder: ListFolder, version: Version) -> Self:
        """What a version changed against the one before it. Raises `Unavailable` when a file cannot be read."""
        from sanad.matching.index import Index  # noqa: PLC0415 - it compiles code: not for what asks nothing

        changes = folder.difference(version)
        gone = [each.reference for each in changes.removed] + [before.reference for before, _ in changes.changed]
        index = Index.build({version.source: changes.to_screen}) if changes.to_screen else None
        return cls(version, index, frozenset(gone))

    def ask(self, query: Query, rulings: Rulings = no_rulings) -> Answer | None:
        """Who comes near among what was added or changed; None where nothing was. Raises nothing.

        Clear means only: nobody new comes near, so that the earlier answer stands.
        """
        if self.index is None:
            return None
        # As a version just looked at: this is about what it changed, whatever its age is.
        fresh = msgspec.structs.replace(self.version, checked_at_ms=now_ms())
        used = InUse((fresh,), self.index, bytes(32))
        return ask_in(used, query, threshold=DEFAULT_THRESHOLD, rulings=rulings, at_ms=now_ms())
