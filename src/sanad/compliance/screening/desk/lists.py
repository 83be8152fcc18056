"""The folder of lists: every import is a version that stays; the newest of each list is in use.

    <list>/000007.json      what the version is: file, digests, counts, difference, its number on the record
    <list>/000007.entries   its entries
    index/                  the newest versions, ready to be searched; can be deleted at any time

The portal and the command line use the same folder. A file that is refused changes nothing in it.
"""

import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.standards.sanctions import formats, reading
from sanad.standards.sanctions.formats import Format
from sanad.standards.sanctions.listed import Listed

FOLDER = "lists"
"""Its name in the folder that `--data` names."""
FRESH_HOURS = 72
"""How old the last look at a list may be, unless said otherwise, before its answers are unresolved."""
FRESH_HOURS_MAX = 24 * 366 * 10
LISTS_MAX = 50
SMALLER_PERCENT = 80
"""A version with fewer entries than so many hundredths of the last is refused until a person says that it is right."""
DIFFERENCE_SHOWN = 1_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_HOUR_MS = 3_600_000
_RESERVED = frozenset({"index", "batches"})


class Version(msgspec.Struct, frozen=True):
    """What one import of a list is. Digests are in hexadecimal."""

    source: str
    number: int
    """1 is the first that was imported here."""
    format: str
    file_names: list[str]
    file_digest: str
    """SHA-256 of the file; of several, as `reading.sha256_of` says."""
    octets: int
    contents_digest: str
    """H(digests of the entries, by reference): the same for the same contents, whatever the file's order."""
    entries_digest: str
    """SHA-256 of our own file of entries: what was changed on the disk is not believed."""
    published: str
    imported_at_ms: int
    counts: dict[str, int]
    entries: int
    added: int
    removed: int
    changed: int
    fresh_hours: int = FRESH_HOURS
    checked_at_ms: int = 0
    """When the file was last found to be still the newest; at first the import."""
    author: str = ""
    record_number: int = 0
    """Number of the statement on the record; 0 = it is not on the record."""
    record_entry: int = 0
    record_random: str = ""
    """With it the statement's digest is H(random ‖ text): `statement_text`."""

    @property
    def fresh_until_ms(self) -> int:
        """From then on it is stale."""
        return (self.checked_at_ms or self.imported_at_ms) + self.fresh_hours * _HOUR_MS

    def is_stale(self, now_ms: int) -> bool:
        """Whether nobody has looked for a newer one for too long."""
        return now_ms >= self.fresh_until_ms

    @property
    def named(self) -> list[canonical.Value]:
        """How an answer names it."""
        return [
            self.source, self.number, self.record_number, bytes.fromhex(self.contents_digest),
            bytes.fromhex(self.file_digest),
        ]  # fmt: skip

    @property
    def statement_text(self) -> bytes:
        """What is stated on the record about it: the same wherever the same file is imported."""
        return canonical.encode(
            [
                "sanad/list/v1", self.source, self.format, bytes.fromhex(self.file_digest),
                bytes.fromhex(self.contents_digest), self.published, self.entries, self.octets,
            ]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """What a version changed, in the order of references."""

    added: tuple[Listed, ...]
    removed: tuple[Listed, ...]
    changed: tuple[tuple[Listed, Listed], ...]
    """(before, after)."""

    @property
    def to_screen(self) -> tuple[Listed, ...]:
        """Those who may match now and did not before."""
        return (*self.added, *(after for _, after in self.changed))


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import."""

    version: Version
    is_new: bool
    """False: the file says what the newest version says; it was noted that it is still the newest."""


def entry_digest(listed: Listed) -> bytes:
    """Names an entry's contents, for ever: 32 bytes."""
    return digest(
        canonical.encode_known(
            [
                "sanad/listed/v1", listed.schema.value, listed.reference,
                [[name.text, name.kind.value] for name in listed.names], list(listed.father_names),
                [[birth.first, birth.last] for birth in listed.birth_dates], list(listed.countries),
                [[each.kind, each.value] for each in listed.identifiers], list(listed.wallets),
                listed.programme, listed.remarks,
            ]
        )
    )  # fmt: skip


def now_ms() -> int:
    """The clock of this machine."""
    return time.time_ns() // 1_000_000


class ListFolder:
    """All versions of all lists. Safe for threads and processes: files appear whole, and only once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # --- reading ----------------------------------------------------------------------------------------------------

    def sources(self) -> list[str]:
        """Names of the lists that were ever imported, in order."""
        if not self.path.is_dir():
            return []
        folders = (each.name for each in self.path.iterdir() if each.is_dir() and each.name not in _RESERVED)
        return sorted(name for name in folders if _NAME.fullmatch(name) and self._numbers(name))

    def current(self) -> list[Version]:
        """The newest version of each list."""
        return [self.version(name) for name in self.sources()]

    def versions(self, source: str) -> list[Version]:
        """All versions of a list, newest first. Raises `Refused` for a list that is not here."""
        return [self.version(source, number) for number in reversed(self._known(source))]

    def version(self, source: str, number: int = 0) -> Version:
        """A version, or the newest. Raises `Refused` (not here) and `Unavailable` (unreadable)."""
        numbers = self._known(source)
        number = number or numbers[-1]
        if number not in numbers:
            raise Refused("list version", f"{source} has the versions {numbers[0]} to {numbers[-1]}", 404)
        try:
            return msgspec.json.decode(self._file(source, number, "json").read_bytes(), type=Version)
        except (OSError, msgspec.DecodeError):
            raise Unavailable(f"version {number} of the list {source} cannot be read; import it again", 60) from None

    def entries(self, version: Version) -> list[Listed]:
        """Its entries. Raises `Unavailable` when they were changed on the disk."""
        try:
            data = self._file(version.source, version.number, "entries").read_bytes()
            if hashlib.sha256(data).hexdigest() == version.entries_digest:
                return msgspec.msgpack.decode(data, type=list[Listed])
        except (OSError, msgspec.DecodeError):
            pass
        where = f"version {version.number} of the list {version.source}"
        raise Unavailable(f"{where} was changed or lost on the disk; import the file again", 60)

    def difference(self, version: Version) -> Difference:
        """What it changed against the version before it."""
        before = self.entries(self.version(version.source, version.number - 1)) if version.number > 1 else []
        return difference(before, self.entries(version))

    # --- importing --------------------------------------------------------------------------------------------------

    def import_file(
        self,
        source: str,
        paths: Sequence[Path],
        *,
        file_format: Format | None = None,
        accepts_smaller: bool = False,
        expected_digest: str = "",
        fresh_hours: int | None = None,
        author: str = "",
        at_ms: int | None = None,
    ) -> Imported:
        """Read a file and keep it as the newest version of a list; the same contents again are noted as looked at.

        `expected_digest`: SHA-256 that the publisher tells. Raises `MalformedFile` and `Refused`; then nothing changed.
        """
        self._ensure_name(source)
        if fresh_hours is not None and not 1 <= fresh_hours <= FRESH_HOURS_MAX:
            raise Malformed("fresh hours", "fresh_hours_bad", "give 1 or more hours, at most ten years")
        at_ms = now_ms() if at_ms is None else at_ms
        file_digest = reading.sha256_of(paths).hex()
        if expected_digest and expected_digest.strip().lower() != file_digest:
            advice = f"the file's SHA-256 is {file_digest}, not the one told; get it again, and do not use this one"
            raise Malformed("file", "digest_differs", advice)
        found_format, read = formats.read(paths, file_format)
        last = self.version(source) if self._numbers(source) else None
        contents = contents_digest(read.entries)
        if last is not None and last.contents_digest == contents:
            hours = last.fresh_hours if fresh_hours is None else fresh_hours
            return Imported(self._note(last, checked_at_ms=at_ms, fresh_hours=hours), is_new=False)
        if last is not None and not accepts_smaller:
            _ensure_not_smaller(last, len(read.entries))
        changes = difference(self.entries(last) if last else [], read.entries)
        data = msgspec.msgpack.encode(read.entries)
        version = Version(
            source, last.number + 1 if last else 1, found_format, [path.name[:100] for path in paths], file_digest,
            sum(path.stat().st_size for path in paths), contents, hashlib.sha256(data).hexdigest(), read.published,
            at_ms, read.counts, len(read.entries), len(changes.added), len(changes.removed), len(changes.changed),
            fresh_hours or (last.fresh_hours if last else FRESH_HOURS), at_ms, author,
        )  # fmt: skip
        self._keep(version, data)
        return Imported(version, is_new=True)

    def put_on_record(self, version: Version, number: int, entry: int, random: bytes) -> Version:
        """Note that a version is on the record."""
        return self._note(version, record_number=number, record_entry=entry, record_random=random.hex())

    def _note(self, version: Version, **changes: object) -> Version:
        changed = msgspec.structs.replace(version, **changes)
        self._write(self._file(version.source, version.number, "json"), msgspec.json.encode(changed), once=False)
        return changed

    def _keep(self, version: Version, data: bytes) -> None:
        folder = self.path / version.source
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # The description last: a version is there when it is.
            entries = self._file(version.source, version.number, "entries")
            self._write(entries, data, once=False)
            self._write(self._file(version.source, version.number, "json"), msgspec.json.encode(version), once=True)
        except FileExistsError:
            raise Refused("list", "somebody else imports this list at the moment; look at its versions", 409) from None

    def _write(self, path: Path, data: bytes, *, once: bool) -> None:
        mine = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}.writing")
        try:
            with mine.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if once:
                path.hardlink_to(mine)
            else:
                mine.replace(path)
        finally:
            mine.unlink(missing_ok=True)

    def _ensure_name(self, source: str) -> None:
        if not _NAME.fullmatch(source) or source in _RESERVED:
            raise Malformed(
                "list", "list_name_bad", "name a list in small letters, digits and hyphens: un, ofac, nacta"
            )
        sources = self.sources()
        if source not in sources and len(sources) >= LISTS_MAX:
            raise Refused("lists", f"there are {LISTS_MAX} lists; join some of them", 409)

    def _known(self, source: str) -> list[int]:
        numbers = self._numbers(source) if _NAME.fullmatch(source) else []
        if not numbers:
            raise Refused("list", "no such list is here; see: sanad lists show", 404)
        return numbers

    def _numbers(self, source: str) -> list[int]:
        names = (each.name for each in (self.path / source).glob("[0-9]*.json"))
        return sorted(int(name[:-5]) for name in names if name[:-5].isdecimal())

    def _file(self, source: str, number: int, ending: str) -> Path:
        return self.path / source / f"{number:06d}.{ending}"


def contents_digest(entries: Sequence[Listed]) -> str:
    """Of all entries together, whatever their order."""
    return digest(*sorted(entry_digest(each) for each in entries)).hex()


def difference(before: Sequence[Listed], after: Sequence[Listed]) -> Difference:
    """What changed between two versions of a list."""
    old, new = ({each.reference: each for each in entries} for entries in (before, after))
    both = [key for key in sorted(new) if key in old]
    return Difference(
        tuple(new[key] for key in sorted(new) if key not in old),
        tuple(old[key] for key in sorted(old) if key not in new),
        tuple((old[key], new[key]) for key in both if old[key] != new[key]),
    )


def schemas_of(entries: Sequence[Listed]) -> Iterator[tuple[str, int]]:
    """How many of which kind."""
    yield from sorted(Counter(each.schema.value for each in entries).items())


def _ensure_not_smaller(last: Version, entries: int) -> None:
    if entries * 100 < last.entries * SMALLER_PERCENT:
        advice = (
            f"the file has {entries:,} entries, the version in use {last.entries:,}: it may be cut off. "
            "Get it again; if the list really shrank, import it with the word that smaller is right"
        )
        raise Refused("list size", advice, 409)
