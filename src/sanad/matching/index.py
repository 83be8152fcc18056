"""An index over several lists, held in memory: which of the listed may be meant by a name, best first.

Every name is kept as columns of units (see `measures`). A query looks up its words by the skeleton of their
consonants, whole and with each one left out, gathers the names that share words with it, and compares the likeliest
ones exactly. The explanation is made for those alone that come out on top.
"""

import functools
import hashlib
import io
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import numpy as np

from sanad.base.errors import Malformed
from sanad.matching import gathering
from sanad.matching.columns import NameColumns, Numbers, lanes, units_of
from sanad.matching.comparison import ABSENT, CONTRADICTS, FIRM, PERSON, TABLE, columns, explained
from sanad.matching.facts import checked, identifier_key, most_added, weighed
from sanad.matching.lexicon import Kind
from sanad.matching.names import WORDS_MAX, Joined, Word, is_person, may_be_compared, parse, readings
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
            np.zeros(units, np.int64),
            np.zeros(names, np.int64),
            np.zeros(names, np.int64),
            np.zeros((names, WORDS_MAX), np.int16),
            np.zeros(names, np.int64),
            np.zeros(units, np.int64),
            np.zeros(units, np.int64),
        )
        self.places = np.zeros(units, np.int32)
        self.lanes = lanes()
        self.found = np.zeros((_CLOSELY_MAX, 2), np.int64)
        self.base = 1


class Index:
    """All names of several lists; the answer to a query is those that it may mean, best first."""

    def __init__(self, entries: list[tuple[str, Listed]], arrays: dict[str, Numbers]) -> None:
        self.entries = entries
        self.arrays = arrays
        self.digest = _digest_of(entries)
        """SHA-256 of what is indexed: the same lists, the same digest."""
        get = arrays.__getitem__
        self._index: Any = (
            get("facts"), get("sounds"), (get("key_values"), get("key_starts"), get("key_units")),
            (get("name_starts"), get("names_of")), get("unit_starts"), get("unit_numbers"), get("firsts"),
            get("lasts"), get("word_starts"), get("word_kinds"), get("totals"),
        )  # fmt: skip
        self._entity = get("entity")
        self._name_number = get("name_number")
        self._reading = get("reading")
        self._scratch = _Scratch(len(get("facts")), len(get("entity")))
        self._by_identifier: dict[str, list[int]] = {}
        self._by_wallet: dict[str, list[int]] = {}
        for number, (_, listed) in enumerate(entries):
            for identifier in listed.identifiers:
                self._by_identifier.setdefault(identifier_key(identifier.value), []).append(number)
            for wallet in listed.wallets:
                self._by_wallet.setdefault(wallet.strip(), []).append(number)

    @classmethod
    def build(cls, lists: Mapping[str, Iterable[Listed]]) -> Self:
        """Index these lists: source name -> entries."""
        entries = [(source, listed) for source, listed_ones in lists.items() for listed in listed_ones]
        return cls(entries, _Builder(entries).arrays())

    def save(self, path: Path, sources: bytes = b"") -> None:
        """Keep it in a file, bound to the code that made it and to `sources`, the caller's digest of the lists."""
        body = io.BytesIO()
        blob = np.frombuffer(msgspec.msgpack.encode(self.entries), np.uint8)
        np.savez(body, allow_pickle=False, entries=blob, **self.arrays)
        payload = body.getvalue()
        bound = code_digest() + hashlib.sha256(sources).digest()
        head = _MAGIC + _FORMAT.to_bytes(4, "little") + bound + hashlib.sha256(bound + payload).digest()
        written = path.with_name(path.name + ".new")
        written.write_bytes(head + payload)
        written.replace(path)

    @classmethod
    def load(cls, path: Path, sources: bytes = b"") -> Self:
        """Take it from a file that `save` wrote; StaleIndex if it is another one, damaged, or of other code."""
        try:
            content = path.read_bytes()
        except FileNotFoundError as missing:
            raise StaleIndex(f"{path.name} is not there") from missing
        bound, sum_, payload = content[12:76], content[76:108], content[108:]
        if content[:12] != _MAGIC + _FORMAT.to_bytes(4, "little"):
            raise StaleIndex(f"{path.name} is no index of this format")
        if bound != code_digest() + hashlib.sha256(sources).digest():
            raise StaleIndex(f"{path.name} was made of other lists or by other code")
        if sum_ != hashlib.sha256(bound + payload).digest():
            raise StaleIndex(f"{path.name} is damaged")
        with np.load(io.BytesIO(payload), allow_pickle=False) as read:
            arrays = {name: read[name] for name in read.files}
        entries = msgspec.msgpack.decode(arrays.pop("entries").tobytes(), type=list[tuple[str, Listed]])
        return cls(entries, arrays)

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
        found: list[tuple[int, int, int, str]] = []
        for entity, (score, name, reading) in best.items():
            final = weighed(query, self.entries[entity][1], self._listed_name(entity, name), score)[0]
            if final >= threshold:
                found.append((final, entity, name, reading))
        found.sort(key=lambda one: (-one[0], one[1]))
        candidates = [self._candidate(query, *one[1:]) for one in found[: limit + 5]]
        candidates.sort(key=lambda one: -one.score)
        return [one for one in candidates if one.score >= threshold][:limit]

    def _may_be_meant(self, asked: str, reading: str, name: int) -> bool:
        """Whether the reading of a query may be held against this one of a listed name."""
        listed = self._listed_name(int(self._entity[name]), name).text
        return may_be_compared(asked, reading, listed, self._reading_of(name, listed))

    def _reading_of(self, name: int, listed: str) -> str:
        return readings(listed)[int(self._reading[name])]

    def _same_numbers(self, query: Query) -> Iterable[int]:
        for identifier in query.identifiers:
            yield from self._by_identifier.get(identifier_key(identifier.value), ())
        for wallet in query.wallets:
            yield from self._by_wallet.get(wallet.strip(), ())

    def _nearest(self, asked: NameColumns, schema: Schema, least: int) -> list[tuple[int, int]]:
        scratch = self._scratch
        count = gathering.searched(
            (asked.facts, asked.sounds, asked.first, asked.last, asked.kinds), _wanted(asked), self._index, TABLE,
            (ABSENT, CONTRADICTS, PERSON if is_person(schema) else FIRM),
            scratch.columns, scratch.places, scratch.lanes, scratch.base, _CLOSELY_MAX, max(least, 0), scratch.found,
        )  # fmt: skip
        scratch.base += len(asked.first) + 1
        return [(name, score) for name, score in scratch.found[:count].tolist()]

    def _listed_name(self, entity: int, name: int) -> ListedName:
        names = self.entries[entity][1].names
        if name < 0:
            return names[0] if names else ListedName("")
        return names[int(self._name_number[name])]

    def _candidate(self, query: Query, entity: int, name: int, asked: str) -> Candidate:
        source, listed = self.entries[entity]
        listed_name = self._listed_name(entity, name)
        name_score = 0
        reasons: tuple[Reason, ...] = ()
        if name >= 0:
            reading = self._reading_of(name, listed_name.text)
            name_score, reasons = explained(
                columns(asked, is_person(query.schema)), columns(reading, is_person(listed.schema)),
                is_person(query.schema),
            )  # fmt: skip
        score, more = weighed(query, listed, listed_name, name_score)
        return Candidate(source, listed, listed_name, score, (*reasons, *more))


def _wanted(asked: NameColumns) -> Numbers:
    """Which units to look up."""
    wanted = np.array([word.kind in _GATHERED for word in asked.words], np.uint8)
    if not wanted[: len(asked.kinds)].any():
        wanted = np.array([word.kind in _RATHER_NOT or word.kind in _GATHERED for word in asked.words], np.uint8)
    return wanted


def _digest_of(entries: list[tuple[str, Listed]]) -> bytes:
    one_by_one = sorted(msgspec.msgpack.encode(entry) for entry in entries)
    return hashlib.sha256(b"".join(len(one).to_bytes(4, "little") + one for one in one_by_one)).digest()


class _Builder:
    """Gathers the columns of an index from its entries."""

    def __init__(self, entries: list[tuple[str, Listed]]) -> None:
        self.numbers: dict[tuple[bytes, str, bool, int, int, bool], int] = {}
        self.units: list[Word] = []
        self.unit_lists: list[list[int]] = []
        self.firsts: list[int] = []
        self.lasts: list[int] = []
        self.kinds: list[list[int]] = []
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
        units = [Joined(n, n, word, many=False) for n, word in enumerate(name.words)]
        units += name.joined
        self.unit_lists.append([self.number_of(unit.word, unit.many) for unit in units])
        self.firsts += [unit.first for unit in units]
        self.lasts += [unit.last for unit in units]
        self.kinds.append([word.kind for word in name.words])
        self.whose.append(whose)

    def number_of(self, word: Word, joined: bool) -> int:
        """The number of a unit: what is compared alike has one number, however it is written."""
        key = (word.sounds, word.latin, word.is_abjad, word.kind, word.concept, joined)
        number = self.numbers.setdefault(key, len(self.units))
        if number == len(self.units):
            self.units.append(word)
        return number

    def by_consonants(self) -> tuple[list[int], Numbers]:
        """The order in which units are kept, and the place of each: those that are found together stand together."""
        spoken = classes().tobytes().ljust(256, b"\0")
        skeletons = [(unit.sounds.translate(spoken, _UNHEARD), unit.sounds) for unit in self.units]
        order = sorted(range(len(skeletons)), key=skeletons.__getitem__)
        ranks = np.empty(len(order), np.int32)
        ranks[order] = np.arange(len(order))
        return order, ranks

    def arrays(self) -> dict[str, Numbers]:
        """All columns, by name."""
        order, ranks = self.by_consonants()
        many = [key[-1] for key in self.numbers]
        facts, sounds = units_of([self.units[number] for number in order], [many[number] for number in order])
        unit_numbers = ranks[[number for units_ in self.unit_lists for number in units_]]
        lengths = np.array([len(units_) for units_ in self.unit_lists], np.int64)
        owners = np.repeat(np.arange(len(lengths)), lengths)
        by_unit = np.argsort(unit_numbers, kind="stable")
        whose = np.array(self.whose, np.int32).reshape(-1, 3)
        word_kinds = np.array([kind for kinds in self.kinds for kind in kinds], np.uint8)
        words = np.array([len(kinds) for kinds in self.kinds], np.int64)
        totals = np.zeros(len(words), np.int64)
        np.add.at(totals, np.repeat(np.arange(len(words)), words), _LOOKED_UP[word_kinds])
        return {
            "facts": facts, "sounds": sounds, **_keys(facts, sounds),
            "name_starts": _starts(np.bincount(unit_numbers, minlength=len(self.numbers))),
            "names_of": owners[by_unit].astype(np.int32),
            "unit_starts": _starts(lengths), "unit_numbers": unit_numbers,
            "firsts": np.array(self.firsts, np.int32), "lasts": np.array(self.lasts, np.int32),
            "word_starts": _starts(words), "word_kinds": word_kinds, "totals": totals,
            "entity": whose[:, 0].copy(), "name_number": whose[:, 1].copy(), "reading": whose[:, 2].copy(),
        }  # fmt: skip


def _starts(lengths: Numbers) -> Numbers:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def _keys(facts: Numbers, sounds: Numbers) -> dict[str, Numbers]:
    """From keys to units: distinct keys in order, where each one's units start, the units."""
    empty = np.zeros(0, np.int64)
    count = gathering.all_keys(facts, sounds, TABLE, empty, empty)
    keys, owners = np.zeros(count, np.int64), np.zeros(count, np.int64)
    gathering.all_keys(facts, sounds, TABLE, keys, owners)
    order = np.lexsort((owners, keys))
    values, counts = np.unique(keys, return_counts=True)
    return {"key_values": values, "key_starts": _starts(counts), "key_units": owners[order].astype(np.int32)}
