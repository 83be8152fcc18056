"""An index over several lists, held in memory: which of the listed may be meant by a name, best first.

Every name is kept as columns of units (see `measures`). A query looks up its words by the skeleton of their
consonants, whole and with each one left out, gathers the names that share words with it, and compares the likeliest
ones exactly. The explanation is made for those alone that come out on top.
"""

import contextlib
import functools
import hashlib
import io
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import msgspec
import numpy as np

from sanad.base.errors import Malformed
from sanad.matching import gathering
from sanad.matching.columns import NameColumns, Numbers, in_lines_of_memory, rooms, sounds_of_unit, unit_lines, units_of
from sanad.matching.comparison import ABSENT, CONTRADICTS, FIRM, PERSON, TABLE, columns, explained
from sanad.matching.facts import checked, identifier_key, most_added, weighed
from sanad.matching.lexicon import Kind
from sanad.matching.names import WORDS_MAX, Word, has_brackets, is_person, may_be_compared, parse, readings
from sanad.matching.sounds import classes
from sanad.matching.words import DEFAULT_THRESHOLD, Candidate, Listed, ListedName, Query, Reason, Schema

_CLOSELY_MAX: Final = 48
"""So many names are compared exactly, those with the most in common."""
_MAGIC: Final = b"sanadidx"
_FORMAT: Final = 1
_GATHERED: Final = (Kind.NAME, Kind.GENERIC, Kind.COMMON, Kind.KUNYA, Kind.NUMBER, Kind.ACRONYM)
_RATHER_NOT: Final = (Kind.PREFIX, Kind.COMPOUND, Kind.HONORIFIC)
"""Words that so many bear that they are looked up only if there is nothing else."""


_LOOKED_UP: Final = np.where(np.isin(np.arange(len(ABSENT)), _GATHERED), ABSENT, 0)
_CHOSEN: Final = tuple(sum(1 << kind for kind in kinds) for kinds in (_GATHERED, _RATHER_NOT))
_BASE_MAX: Final = 1 << 30
_REHEARSED_MAX: Final = 20

_UNHEARD: Final = bytes(np.flatnonzero(classes() == 0).tolist())
"""Sounds that a skeleton leaves out."""


class StaleIndex(Exception):
    """The file holds no index, another one, or one made by other code."""


@functools.cache
def code_digest() -> bytes:
    """SHA-256 of all sources that an index depends on."""
    digest = hashlib.sha256()
    sources = [file for file in files("sanad.matching").iterdir() if file.name.endswith((".py", ".toml"))]
    for file in (*sorted(sources, key=lambda one: one.name), files("sanad.standards.sanctions") / "listed.py"):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.digest()


class _Scratch(threading.local):
    """Columns that a search writes into; each thread has its own."""

    def __init__(self, units: int, names: int) -> None:
        self.columns = (
            np.zeros(units, np.int32),
            np.zeros(names, np.int64),
            np.zeros((names, gathering.OF_WORDS + WORDS_MAX), np.int32),
            np.zeros(names, np.int64),
            np.zeros(units, np.int64),
            np.zeros(units, np.int64),
        )
        self.places = np.zeros(units, np.int32)
        self.rooms = rooms()
        self.found = np.zeros((_CLOSELY_MAX, 2), np.int64)
        self._base = 1

    def base(self, units: int) -> int:
        """The first of as many numbers as a name has units and one more, none of which was given before."""
        if self._base > _BASE_MAX:
            self.columns[0][:] = self.columns[1][:] = 0
            self._base = 1
        self._base += units + 1
        return self._base - units - 1


class _Packed:
    """Pieces one after the other in one column; each is taken out when it is needed."""

    def __init__(self, octets: Numbers, starts: Numbers) -> None:
        self._octets = memoryview(octets)  # type: ignore[arg-type]
        self._starts = starts

    def __getitem__(self, number: int) -> memoryview:
        return self._octets[self._starts[number] : self._starts[number + 1]]


class _Hit(NamedTuple):
    """An entry that may be meant, with the name of it that came nearest (-1: none) and what was asked."""

    source: str
    listed: Listed
    name: int
    asked: str


class _Read(msgspec.Struct, array_like=True):
    """A listed name as it was read when the index was made."""

    text: str
    words: tuple[Word, ...]


class Index:
    """All names of several lists; the answer to a query is those that it may mean, best first."""

    def __init__(self, arrays: dict[str, Numbers]) -> None:
        self.arrays = arrays
        self.digest = arrays["digest"].tobytes()
        """SHA-256 of what is indexed: the same lists, the same digest."""
        get = arrays.__getitem__
        self._units = in_lines_of_memory(get("units"))
        self._index: Any = (
            self._units, (get("key_values"), get("key_buckets"), get("key_starts"), get("key_units")),
            (get("name_starts"), get("names_of")), get("unit_starts"), get("unit_numbers"), get("firsts"),
            get("lasts"), get("word_starts"), get("word_kinds"), get("totals"),
        )  # fmt: skip
        self._entries = _Packed(get("entries"), get("entries_starts"))
        self._reads = _Packed(get("reads"), get("reads_starts"))
        self._entity = get("entity")
        self._name_number = get("name_number")
        self._reading = get("reading")
        self._scratch = _Scratch(len(self._units), len(self._entity))
        self._rehearse()

    def _rehearse(self) -> None:
        """Ask for a name of its own: a first search compiles code or fetches it, for which nobody should wait."""
        for name in range(min(len(self._entity), _REHEARSED_MAX)):
            listed = self._entry(int(self._entity[name]))[1]
            with contextlib.suppress(Malformed):
                if self.search(Query(listed.schema, (self._listed_name(listed, name).text,))):
                    return

    @classmethod
    def build(cls, lists: Mapping[str, Iterable[Listed]]) -> Self:
        """Index these lists: source name -> entries."""
        entries = [(source, listed) for source, listed_ones in lists.items() for listed in listed_ones]
        return cls(_Builder(entries).arrays())

    def save(self, path: Path, sources: bytes = b"") -> None:
        """Keep it in a file, bound to the code that made it and to `sources`, the caller's digest of the lists."""
        body = io.BytesIO()
        np.savez(body, allow_pickle=False, **self.arrays)
        bound = code_digest() + hashlib.sha256(sources).digest()
        written = path.with_name(path.name + ".new")
        with body.getbuffer() as payload, written.open("wb") as file:
            file.write(_MAGIC + _FORMAT.to_bytes(4, "little") + bound + _sum_of(bound, payload))
            file.write(payload)
        written.replace(path)

    @classmethod
    def load(cls, path: Path, sources: bytes = b"") -> Self:
        """Take it from a file that `save` wrote; StaleIndex if it is another one, damaged, or of other code."""
        try:
            content = path.read_bytes()
        except FileNotFoundError as missing:
            raise StaleIndex(f"{path.name} is not there") from missing
        bound, sum_, payload = content[12:76], content[76:108], memoryview(content)[108:]
        if content[:12] != _MAGIC + _FORMAT.to_bytes(4, "little"):
            raise StaleIndex(f"{path.name} is no index of this format")
        if bound != code_digest() + hashlib.sha256(sources).digest():
            raise StaleIndex(f"{path.name} was made of other lists or by other code")
        if sum_ != _sum_of(bound, payload):
            raise StaleIndex(f"{path.name} is damaged")
        with np.load(io.BytesIO(payload), allow_pickle=False) as read:
            arrays = {name: read[name] for name in read.files}
        return cls(arrays)

    @classmethod
    def kept(cls, path: Path, sources: bytes, lists: Callable[[], Mapping[str, Iterable[Listed]]]) -> Self:
        """The index that is kept in `path`, if it is of these `sources`; else a new one, which is kept there."""
        try:
            return cls.load(path, sources)
        except StaleIndex:
            index = cls.build(lists())
            index.save(path, sources)
            return index

    def search(self, query: Query, *, threshold: int = DEFAULT_THRESHOLD, limit: int = 20) -> list[Candidate]:
        """Those that may be meant, best first, at most `limit`. Malformed if there is nothing to look for."""
        if not query.names and not query.identifiers and not query.wallets:
            raise Malformed("names", "query_empty", "give a name, an identifier or a wallet to look for")
        checked(query)
        least = threshold - most_added(query)
        best: dict[int, tuple[int, int, str]] = {}
        for asked in query.names:
            for reading in readings(asked):
                for name, score in self._nearest(columns(reading, is_person(query.schema)), query.schema, least):
                    entity = int(self._entity[name])
                    if (entity not in best or score > best[entity][0]) and self._may_be_meant(asked, reading, name):
                        best[entity] = (score, name, reading)
        for entity in self._same_numbers(query):
            best.setdefault(entity, (0, -1, query.names[0] if query.names else ""))
        found: list[tuple[int, int, _Hit]] = []
        for entity, (score, name, reading) in best.items():
            hit = _Hit(*self._entry(entity), name, reading)
            final = weighed(query, hit.listed, self._listed_name(hit.listed, name), score)[0]
            if final >= threshold:
                found.append((-final, entity, hit))
        found.sort(key=lambda one: one[:2])
        candidates = [self._candidate(query, hit) for _, _, hit in found[: limit + 5]]
        candidates.sort(key=lambda one: -one.score)
        return [one for one in candidates if one.score >= threshold][:limit]

    def _entry(self, entity: int) -> tuple[str, Listed]:
        return msgspec.msgpack.decode(self._entries[entity], type=tuple[str, Listed])

    def _may_be_meant(self, asked: str, reading: str, name: int) -> bool:
        """Whether the reading of a query may be held against this one of a listed name."""
        if not self._reading[name] and not has_brackets(asked):
            return True
        listed = self._listed_name(self._entry(int(self._entity[name]))[1], name).text
        return may_be_compared(asked, reading, listed, readings(listed)[int(self._reading[name])])

    def _same_numbers(self, query: Query) -> Iterable[int]:
        for key in _numbers_of(query):
            first, last = np.searchsorted(self.arrays["numbers"], (_number(key), _number(key) + 1))
            yield from map(int, self.arrays["numbered"][first:last])

    def _nearest(self, asked: NameColumns, schema: Schema, least: int) -> list[tuple[int, int]]:
        scratch = self._scratch
        count = gathering.searched(
            (asked.units, asked.first, asked.last, asked.kinds), _CHOSEN, self._index, TABLE,
            (ABSENT, CONTRADICTS, PERSON if is_person(schema) else FIRM), scratch.columns, scratch.places,
            scratch.rooms, scratch.base(len(asked.first)), _CLOSELY_MAX, max(least, 0), scratch.found,
        )  # fmt: skip
        return [(name, score) for name, score in scratch.found[:count].tolist()]

    def _listed_name(self, listed: Listed, name: int) -> ListedName:
        if name < 0:
            return listed.names[0] if listed.names else ListedName("")
        return listed.names[int(self._name_number[name])]

    def _columns(self, name: int) -> NameColumns:
        """The columns of a listed name, as it was read when the index was made."""
        _, _, _, unit_starts, unit_numbers, firsts, lasts, word_starts, word_kinds, _ = self._index
        read = msgspec.msgpack.decode(self._reads[name], type=_Read)
        start, end = unit_starts[name], unit_starts[name + 1]
        kinds = word_kinds[word_starts[name] : word_starts[name + 1]]
        units = self._units[unit_numbers[start:end]]
        return NameColumns(read.text, read.words, units, firsts[start:end], lasts[start:end], kinds)

    def _candidate(self, query: Query, hit: _Hit) -> Candidate:
        listed_name = self._listed_name(hit.listed, hit.name)
        name_score = 0
        reasons: tuple[Reason, ...] = ()
        if hit.name >= 0:
            person = is_person(query.schema)
            name_score, reasons = explained(columns(hit.asked, person), self._columns(hit.name), person)
        score, more = weighed(query, hit.listed, listed_name, name_score)
        return Candidate(hit.source, hit.listed, listed_name, score, (*reasons, *more))


def _sum_of(bound: bytes, payload: memoryview) -> bytes:
    digest = hashlib.sha256(bound)
    digest.update(payload)
    return digest.digest()


def _numbers_of(one: Query | Listed) -> list[str]:
    """Under what an entry is found whatever its name: its identifiers and wallets."""
    identifiers = ["i" + identifier_key(identifier.value) for identifier in one.identifiers]
    return identifiers + ["w" + wallet.strip() for wallet in one.wallets]


def _number(key: str) -> int:
    """A digest of 62 bits: what it finds is compared again, see `facts.weighed`."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little") >> 2


def _digest_of(entries: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join(len(one).to_bytes(4, "little") + one for one in sorted(entries))).digest()


class _Builder:
    """Gathers the columns of an index from its entries."""

    def __init__(self, entries: list[tuple[str, Listed]]) -> None:
        self.entries = [msgspec.msgpack.encode(entry) for entry in entries]
        self.numbered = sorted((_number(key), n) for n, (_, one) in enumerate(entries) for key in _numbers_of(one))
        self.numbers: dict[bytes, int] = {}
        self.unit_lists: list[list[int]] = []
        self.firsts: list[int] = []
        self.lasts: list[int] = []
        self.kinds: list[bytes] = []
        self.reads: list[bytes] = []
        self.whose: list[tuple[int, int, int]] = []
        for entity, (_, listed) in enumerate(entries):
            seen: set[str] = set()
            for name_number, name in enumerate(listed.names):
                for reading_number, reading in enumerate(readings(name.text)):
                    if reading not in seen:
                        seen.add(reading)
                        self.add(reading, is_person(listed.schema), (entity, name_number, reading_number))

    def add(self, text: str, person: bool, whose: tuple[int, int, int]) -> None:
        """Take in one name. What cannot be read as a name (a stroke, nothing) is left out: nobody can ask for it."""
        try:
            name = parse(text, person, "listed name", bounded=False)
        except Malformed:
            return
        # What is compared alike is one unit with one number, however it is written.
        self.unit_lists.append([self.numbers.setdefault(line, len(self.numbers)) for line in unit_lines(name)])
        self.firsts += [*range(len(name.words)), *[span.first for span in name.joined]]
        self.lasts += [*range(len(name.words)), *[span.last for span in name.joined]]
        self.kinds.append(bytes([word.kind for word in name.words]))
        self.reads.append(msgspec.msgpack.encode(_Read(name.text, name.words)))
        self.whose.append(whose)

    def by_consonants(self) -> tuple[list[bytes], Numbers]:
        """The units in the order they are kept, and the place of each: what is found together stands together."""
        spoken = classes().tobytes().ljust(256, b"\0")
        lines = list(self.numbers)
        sounds = [sounds_of_unit(line) for line in lines]
        skeletons = [(one.translate(spoken, _UNHEARD), one) for one in sounds]
        order = sorted(range(len(skeletons)), key=skeletons.__getitem__)
        ranks = np.empty(len(order), np.int32)
        ranks[order] = np.arange(len(order))
        return [lines[number] for number in order], ranks

    def arrays(self) -> dict[str, Numbers]:
        """All columns, by name."""
        lines, ranks = self.by_consonants()
        units = units_of(lines)
        unit_numbers = ranks[[number for units_ in self.unit_lists for number in units_]]
        lengths = np.array([len(units_) for units_ in self.unit_lists], np.int64)
        owners = np.repeat(np.arange(len(lengths)), lengths)
        by_unit = np.argsort(unit_numbers, kind="stable")
        whose = np.array(self.whose, np.int32).reshape(-1, 3)
        word_kinds = np.frombuffer(b"".join(self.kinds), np.int8)
        words = np.array([len(kinds) for kinds in self.kinds], np.int64)
        totals = np.zeros(len(words), np.int64)
        np.add.at(totals, np.repeat(np.arange(len(words)), words), _LOOKED_UP[word_kinds])
        numbered = np.array(self.numbered, np.int64).reshape(-1, 2)
        return {
            "units": units, **_keys(units),
            "name_starts": _starts(np.bincount(unit_numbers, minlength=len(self.numbers))).astype(np.int32),
            "names_of": owners[by_unit].astype(np.int32),
            "unit_starts": _starts(lengths), "unit_numbers": unit_numbers,
            "firsts": np.array(self.firsts, np.int8), "lasts": np.array(self.lasts, np.int8),
            "word_starts": _starts(words), "word_kinds": word_kinds, "totals": totals,
            "entity": whose[:, 0].copy(), "name_number": whose[:, 1].copy(), "reading": whose[:, 2].copy(),
            "numbers": numbered[:, 0].copy(), "numbered": numbered[:, 1].copy(),
            **_packed("entries", self.entries), **_packed("reads", self.reads),
            "digest": np.frombuffer(_digest_of(self.entries), np.uint8),
        }  # fmt: skip


def _starts(lengths: Numbers) -> Numbers:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def _packed(name: str, pieces: list[bytes]) -> dict[str, Numbers]:
    """Pieces one after the other, and where each starts."""
    starts = _starts(np.array([len(piece) for piece in pieces], np.int64))
    return {name: np.frombuffer(b"".join(pieces), np.uint8), f"{name}_starts": starts}


def _keys(units: Numbers) -> dict[str, Numbers]:
    """From keys to units: distinct keys in order, where each bucket of them starts, and each one's units, the units."""
    empty = np.zeros(0, np.int64)
    count = gathering.all_keys(units, TABLE, empty, empty)
    keys, owners = np.zeros(count, np.int64), np.zeros(count, np.int64)
    gathering.all_keys(units, TABLE, keys, owners)
    order = np.lexsort((owners, keys))
    values, counts = np.unique(keys, return_counts=True)
    first_of = np.arange((1 << gathering.BUCKET_BITS) + 1) << gathering.KEY_BITS - gathering.BUCKET_BITS
    return {
        "key_values": values, "key_buckets": np.searchsorted(values, first_of).astype(np.int32),
        "key_starts": _starts(counts).astype(np.int32), "key_units": owners[order].astype(np.int32),
    }  # fmt: skip
