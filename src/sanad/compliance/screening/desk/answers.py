"""Questions and their answers: clear, candidates or unresolved. Whatever goes wrong, the answer is unresolved.

An answer names the versions it was made against and ends when one of them goes stale, or a day later.
"""

import threading
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, SanadError, Unavailable
from sanad.compliance.screening.desk.lists import ListFolder, Version, entry_digest, now_ms
from sanad.matching.words import DEFAULT_THRESHOLD, Candidate, Listed, Query

if TYPE_CHECKING:
    from sanad.matching.index import Index

VALID_MS = 24 * 3_600_000
"""How long an answer may be used."""
LIMIT = 20
"""Candidates that an answer names."""
NAME_CHARACTERS_MAX = 500
NAMES_MAX = 20
_LOOK_SECONDS = 1.0
"""How often the folder of lists is looked at for newer versions."""


class Result(StrEnum):
    """The three answers."""

    CLEAR = "clear"
    CANDIDATES = "candidates"
    UNRESOLVED = "unresolved"


class Verdict(StrEnum):
    """What a person decides of a candidate."""

    FALSE_POSITIVE = "false_positive"
    TRUE_MATCH = "true_match"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that is in force: which, and until when."""

    reference: str
    verdict: Verdict
    expires_ms: int


Named = tuple[str, str, bytes]
"""List, reference, digest of the entry: whom a decision is about."""
Rulings = Callable[[Query, Sequence[Named]], Mapping[Named, Ruling]]
"""What was decided about a query and those it may mean."""


def no_rulings(query: Query, named: Sequence[Named]) -> Mapping[Named, Ruling]:
    """Nothing was decided."""
    del query, named
    return {}


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate, and what was decided about it."""

    candidate: Candidate
    entry_digest: bytes
    ruling: Ruling | None = None

    @property
    def named(self) -> Named:
        """Whom it is about."""
        return self.candidate.source, self.candidate.listed.reference, self.entry_digest

    @property
    def is_open(self) -> bool:
        """Whether it still stands in the way."""
        return self.ruling is None or self.ruling.verdict is not Verdict.FALSE_POSITIVE


@dataclass(frozen=True)
class Answer:
    """What was found of one query."""

    result: Result
    code: str
    """Why it is unresolved, for programs; "" otherwise."""
    advice: str
    """What to do about that, without personal data."""
    query_digest: bytes
    versions: tuple[Version, ...]
    index_digest: bytes
    threshold: int
    hits: tuple[Hit, ...]
    notes: tuple[str, ...]
    """What was seen of the name on the way: `hidden_characters`, `mixed_scripts`."""
    asked_ms: int
    expires_ms: int

    @property
    def open_hits(self) -> tuple[Hit, ...]:
        """Those that nobody decided to be somebody else."""
        return tuple(each for each in self.hits if each.is_open)

    def contents(self) -> list[canonical.Value]:
        """The canonical form: no names, they follow from the query and the lists."""
        return [
            "sanad/screening/v1", self.result.value, self.code, self.query_digest,
            [each.named for each in self.versions], self.index_digest, self.threshold,
            [
                [
                    *hit.named, hit.candidate.score,
                    [[reason.kind.value, reason.points] for reason in hit.candidate.reasons],
                    [hit.ruling.reference, hit.ruling.verdict.value, hit.ruling.expires_ms] if hit.ruling else None,
                ]
                for hit in self.hits
            ],
            list(self.notes), self.asked_ms, self.expires_ms,
        ]  # fmt: skip

    @cached_property
    def digest(self) -> bytes:
        """Names the answer."""
        return digest(canonical.encode(self.contents()))


def query_value(query: Query) -> list[canonical.Value]:
    """The canonical form of a query."""
    return [
        "sanad/query/v1", query.schema.value, [*sorted(query.names)], query.father_name,
        [query.birth.first, query.birth.last] if query.birth else None, [*sorted(query.countries)],
        [[kind, value] for kind, value in sorted((each.kind, each.value) for each in query.identifiers)],
        [*sorted(query.wallets)],
    ]  # fmt: skip


def query_digest(query: Query) -> bytes:
    """Names a query: 32 bytes. Guessable, since names are: tables hold it only under a key."""
    return digest(canonical.encode(query_value(query)))


# --- lists in use -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InUse:
    """The newest versions, indexed."""

    versions: tuple[Version, ...]
    index: "Index"
    index_digest: bytes

    @property
    def record_number(self) -> int:
        """The newest number on the record among the versions; 0 when none of them is there."""
        return max((each.record_number for each in self.versions), default=0)


class Lists:
    """The newest versions of all lists of a folder, ready to be asked. Safe for threads; follows new imports."""

    def __init__(self, folder: ListFolder) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._used: InUse | None = None
        self._looked = 0.0

    def in_use(self) -> InUse:
        """What is asked now. Raises `Unavailable`: no list, or one that cannot be read."""
        with self._lock:
            if self._used is not None and time.monotonic() - self._looked < _LOOK_SECONDS:
                return self._used
            versions = tuple(self.folder.current())
            if not versions:
                raise Unavailable("no list was imported yet; import one: sanad lists import", 60)
            if self._used is None or not _same(self._used.versions, versions):
                index, name = self._indexed(versions)
                self._used = InUse(versions, index, name)
            elif self._used.versions != versions:  # looked at again, or put on the record
                self._used = InUse(versions, self._used.index, self._used.index_digest)
            self._looked = time.monotonic()
            return self._used

    def forget(self) -> None:
        """Look at the folder at the next question."""
        with self._lock:
            self._looked = 0.0

    def _indexed(self, versions: Sequence[Version]) -> "tuple[Index, bytes]":
        """The index of these versions, and the digest that names it. It is kept in a file, and made anew at need."""
        from sanad.matching.index import Index  # noqa: PLC0415 - it compiles code: not for commands that ask nothing

        name = digest(canonical.encode(["sanad/index/v1", [bytes.fromhex(each.entries_digest) for each in versions]]))

        def entries() -> dict[str, list[Listed]]:
            return {each.source: self.folder.entries(each) for each in versions}

        folder = self.folder.path / "index"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Index.kept(folder / "newest.index", name, entries), name
        except OSError:  # a folder that cannot be written to: the next start takes longer and nothing else
            return Index.build(entries()), name


def _same(some: Sequence[Version], others: Sequence[Version]) -> bool:
    return [each.entries_digest for each in some] == [each.entries_digest for each in others]


# --- asking -----------------------------------------------------------------------------------------------------------


def ask(
    lists: Lists,
    query: Query,
    *,
    threshold: int = DEFAULT_THRESHOLD,
    limit: int = LIMIT,
    rulings: Rulings = no_rulings,
    at_ms: int | None = None,
) -> Answer:
    """Screen one query. Raises nothing: what fails is unresolved."""
    at_ms = now_ms() if at_ms is None else at_ms
    try:
        used = lists.in_use()
    except Exception as error:  # noqa: BLE001 - lists that cannot be had resolve nothing
        return unresolved(query, "list_unavailable", _told(error), at_ms, threshold)
    return ask_in(used, query, threshold=threshold, limit=limit, rulings=rulings, at_ms=at_ms)


def ask_in(
    used: InUse, query: Query, *, threshold: int, limit: int = LIMIT, rulings: Rulings = no_rulings, at_ms: int
) -> Answer:  # fmt: skip
    """As `ask`, in lists that are at hand."""
    return with_rulings(found_in(used, query, threshold=threshold, limit=limit, at_ms=at_ms), query, rulings, limit)


def found_in(used: InUse, query: Query, *, threshold: int, limit: int = LIMIT, at_ms: int) -> Answer:
    """Who may be meant, whatever was decided. Raises nothing, and asks no tables: any thread may call it."""
    try:
        notes = look_at(query, at_ms)
        candidates = used.index.search(query, threshold=threshold, limit=limit)
    except Malformed as error:
        return unresolved(query, error.code, error.advice, at_ms, threshold, used)
    except Exception as error:  # noqa: BLE001 - a search that failed has found nobody and cleared nobody
        return unresolved(query, "search_failed", _told(error), at_ms, threshold, used)
    return answer_of(used, query, candidates, notes, threshold=threshold, limit=limit, at_ms=at_ms)


def answer_of(
    used: InUse, query: Query, candidates: Sequence[Candidate], notes: tuple[str, ...], *, threshold: int,
    limit: int = LIMIT, at_ms: int,
) -> Answer:  # fmt: skip
    """The answer that candidates make, whatever was decided about them."""
    hits = tuple(Hit(each, entry_digest(each.listed)) for each in candidates)
    answer = Answer(
        Result.UNRESOLVED, "", "", query_digest(query), used.versions, used.index_digest, threshold, hits, notes,
        at_ms, _expires(used.versions, hits, at_ms),
    )  # fmt: skip
    return _judged(answer, limit)


def with_rulings(answer: Answer, query: Query, rulings: Rulings, limit: int = LIMIT) -> Answer:
    """The answer with what was decided about those who may be meant. Raises nothing."""
    if not answer.hits:
        return answer
    try:
        ruled = rulings(query, [each.named for each in answer.hits])
    except Exception as error:  # noqa: BLE001 - decisions that cannot be read clear nobody
        return replace(answer, result=Result.UNRESOLVED, code="decisions_unavailable", advice=_told(error))
    hits = tuple(Hit(each.candidate, each.entry_digest, ruled.get(each.named)) for each in answer.hits)
    expires_ms = _expires(answer.versions, hits, answer.asked_ms)
    return _judged(replace(answer, hits=hits, expires_ms=expires_ms), limit)


def _judged(answer: Answer, limit: int) -> Answer:
    """Which of the three answers it is."""
    stale = [each.source for each in answer.versions if each.is_stale(answer.asked_ms)]
    is_open = bool(answer.open_hits)
    code, advice = "", ""
    if stale:
        code, advice = "list_stale", f"look for newer versions of {', '.join(stale)}, then ask again"
    elif len(answer.hits) >= limit and not is_open:
        code, advice = "too_many_candidates", "give a birth date, a father's name or a number, then ask again"
    elif "mixed_scripts" in answer.notes and not answer.hits:
        code, advice = "mixed_scripts", "a word mixes letters of several scripts; write the name in one, then ask again"
    result = Result.UNRESOLVED if code else Result.CANDIDATES if is_open else Result.CLEAR
    return replace(answer, result=result, code=code, advice=advice)


def unresolved(
    query: Query, code: str, advice: str, at_ms: int, threshold: int = DEFAULT_THRESHOLD, used: InUse | None = None
) -> Answer:  # fmt: skip
    """The answer of a question that could not be answered; it is good for nothing, so it has ended already."""
    versions, name = (used.versions, used.index_digest) if used else ((), bytes(32))
    return Answer(
        Result.UNRESOLVED, code, advice, query_digest(query), versions, name, threshold, (), (), at_ms, at_ms
    )  # fmt: skip


def look_at(query: Query, at_ms: int) -> tuple[str, ...]:
    """What is to be said of a query before it is asked. Raises `Malformed` for one that cannot be."""
    if not query.names and not query.wallets and not query.identifiers:
        raise Malformed("name", "name_empty", "give a name, a number or a wallet")
    if len(query.names) > NAMES_MAX:
        raise Malformed("name", "names_too_many", f"give at most {NAMES_MAX} names")
    for name in query.names:
        if len(name) > NAME_CHARACTERS_MAX:
            raise Malformed("name", "name_too_long", f"give a name of at most {NAME_CHARACTERS_MAX} characters")
        if not any(letter.isalnum() for letter in name):
            raise Malformed("name", "name_empty", "give a name with at least one letter or digit")
    if query.birth is not None:
        today = datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()
        if query.birth.first > today:
            raise Malformed("birth date", "birth_in_future", "the birth date has not come yet; look at it again")
    notes = []
    if any(unicodedata.category(letter) in ("Cf", "Cc", "Co") and letter not in _JOINERS for letter in _all(query)):
        notes.append("hidden_characters")
    if any(len(_scripts(word)) > 1 for name in query.names for word in name.split()):
        notes.append("mixed_scripts")
    return tuple(notes)


_JOINERS = "\u200c\u200d"
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "ARMENIAN", "GEORGIAN")


def _all(query: Query) -> str:
    return "".join(query.names) + query.father_name


def _scripts(word: str) -> set[str]:
    names = (unicodedata.name(letter, "") for letter in word if letter.isalpha() and ord(letter) > 64)
    return {script for name in names for script in _SCRIPTS if name.startswith(script)}


def _expires(versions: Sequence[Version], hits: Sequence[Hit], at_ms: int) -> int:
    ends = [at_ms + VALID_MS, *(each.fresh_until_ms for each in versions)]
    ends += [each.ruling.expires_ms for each in hits if each.ruling is not None and not each.is_open]
    return max(at_ms, min(ends))


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, SanadError) else f"a fault of ours ({type(error).__name__}); report it"
