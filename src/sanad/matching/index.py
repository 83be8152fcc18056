"""An index over several lists, held in memory. A first, plain form: it looks at every name."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Self

import msgspec

from sanad.base.errors import Malformed
from sanad.matching.words import (
    DEFAULT_THRESHOLD,
    SCORE_MAX,
    Candidate,
    Comparison,
    Listed,
    Query,
    Reason,
    ReasonKind,
    Schema,
)

CHARACTERS_MAX = 1_000


def plain(name: str) -> str:
    """Lower-case words without marks, in alphabetical order; Malformed when nothing is left or it is too long."""
    if len(name) > CHARACTERS_MAX:
        raise Malformed("name", "name_too_long", f"give a name of at most {CHARACTERS_MAX} characters")
    letters = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    words = sorted(kept.split())
    if not words:
        raise Malformed("name", "name_empty", "give a name with at least one letter or digit")
    return " ".join(words)


def compare(schema: Schema, name1: str, name2: str, *, threshold: int = DEFAULT_THRESHOLD) -> Comparison:
    """How near two names are."""
    one, two = sorted((plain(name1), plain(name2)))
    score = round(SCORE_MAX * SequenceMatcher(None, one, two, autojunk=False).ratio())
    kind = ReasonKind.SAME_WORD if one == two else ReasonKind.OTHER_SPELLING
    return Comparison(score, score >= threshold, (Reason(kind, name1, name2, score),))


class Index:
    """All names of several lists; the answer to a query is those that it may mean, best first."""

    def __init__(self, entries: list[tuple[str, Listed]]) -> None:
        self.entries = entries

    @classmethod
    def build(cls, lists: Mapping[str, Iterable[Listed]]) -> Self:
        """Index these lists: source name -> entries."""
        return cls([(source, listed) for source, entries in lists.items() for listed in entries])

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is indexed."""
        return hashlib.sha256(msgspec.msgpack.encode(self.entries)).digest()

    def save(self, path: Path) -> None:
        """Keep it in a file."""
        path.write_bytes(msgspec.msgpack.encode(self.entries))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Take it from a file that `save` wrote."""
        return cls(msgspec.msgpack.decode(path.read_bytes(), type=list[tuple[str, Listed]]))

    def search(self, query: Query, *, threshold: int = DEFAULT_THRESHOLD, limit: int = 20) -> list[Candidate]:
        """Those that may be meant, best first, at most `limit`."""
        found: list[Candidate] = []
        for source, listed in self.entries:
            best: Candidate | None = None
            for name in listed.names:
                for asked in query.names:
                    seen = compare(query.schema, asked, name.text)
                    if seen.score >= threshold and (best is None or seen.score > best.score):
                        best = Candidate(source, listed, name, seen.score, seen.reasons)
            if best is not None:
                found.append(best)
        found.sort(key=lambda one: (-one.score, one.source, one.listed.reference))
        return found[:limit]


def screen_batch(
    index: Index, queries: Iterable[Query], *, threshold: int = DEFAULT_THRESHOLD, limit: int = 20
) -> Iterator[list[Candidate]]:
    """The answers to many queries, in their order, one by one as they are ready."""
    for query in queries:
        yield index.search(query, threshold=threshold, limit=limit)
