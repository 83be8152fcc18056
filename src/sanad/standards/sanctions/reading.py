"""What all formats of lists share: a file under bounds, what was read of it, and how a fault in it is told.

Lists are published, but an excerpt goes into logs all the same: it names the column or element and its place, no names
of persons.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sanad.base.errors import Finding
from sanad.standards.findings import Findings, refusal
from sanad.standards.sanctions.listed import BirthDate, Identifier, Listed, ListedName, NameKind, Schema

FILE_BYTES_MAX = 2 << 30
TEXT_FILE_BYTES_MAX = 256 << 20
"""Of formats that are read as a whole; JSON lines are read line by line."""
ENTRIES_MAX = 3_000_000
NAME_CHARACTERS_MAX = 1_000
NAMES_MAX = 1_000
"""Of one entry."""
LINE_BYTES_MAX = 4 << 20
REMARKS_CHARACTERS_MAX = 2_000
_END_OF_FILE = b"\x1a"
"""The mark that files of an old system end with; OFAC's still do."""


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list as it was read: its entries in the order of their references, and what is told about the file."""

    entries: tuple[Listed, ...]
    published: str
    """ISO 8601 date or moment that the file says of itself; "" when it says none."""
    counts: dict[str, int]
    """Entries by schema, then what was passed over, as `passed_over:<what>`."""


@dataclass(slots=True)
class Collected:
    """Entries while a file is read: bounded, each reference once, faults gathered."""

    name: str
    entries: dict[str, Listed] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    findings: Findings = field(init=False)

    def __post_init__(self) -> None:
        self.findings = Findings(self.name)

    def wrong(self, line: int, code: str, excerpt: str, advice: str) -> None:
        """Note a fault; the file is refused at its end."""
        self.findings.add(Finding(line, code, excerpt[:80], advice))

    def add(self, line: int, listed: Listed) -> None:
        """Take an entry in. A fault is noted, not raised, unless there are too many entries."""
        if not listed.reference:
            self.wrong(
                line, "reference.missing", "no reference", "each entry has a permanent number; get the file again"
            )
            return
        if listed.reference in self.entries:
            advice = "a reference stands twice; the file was changed or joined by hand: get it again"
            self.wrong(line, "reference.twice", listed.reference, advice)
            return
        names = tuple(dict.fromkeys(each for each in listed.names if each.text))
        if not names and not listed.wallets:
            self.wrong(
                line, "name.missing", listed.reference, "an entry without a name cannot be found; ask its publisher"
            )
            return
        if len(names) > NAMES_MAX or any(len(each.text) > NAME_CHARACTERS_MAX for each in names):
            advice = f"an entry has at most {NAMES_MAX} names of at most {NAME_CHARACTERS_MAX} characters"
            self.wrong(line, "name.bounds", listed.reference, advice)
            return
        if len(self.entries) >= ENTRIES_MAX:
            advice = f"a list holds at most {ENTRIES_MAX:,} entries; import its parts as several lists"
            raise refusal(self.name, Finding(line, "entries.bounds", "too many entries", advice))
        self.entries[listed.reference] = listed if names == listed.names else replace(listed, names=names)

    def done(self, published: str = "") -> ListRead:
        """The list, or `MalformedFile` with all that is wrong. An empty list is none."""
        self.findings.refuse_if_any()
        if not self.entries:
            advice = "there is no entry in it; a list is never empty: get the file again"
            raise refusal(self.name, Finding(1, "entries.none", "no entries", advice))
        entries = tuple(self.entries[key] for key in sorted(self.entries))
        counts = Counter(str(each.schema) for each in entries)
        passed = {f"passed_over:{what}": count for what, count in sorted(self.passed_over.items())}
        return ListRead(entries, published, {**dict(sorted(counts.items())), **passed})


def sha256_of(paths: Iterable[Path]) -> bytes:
    """SHA-256 of a file; of several, that of their sorted digests one after the other."""
    digests = []
    for path in paths:
        with path.open("rb") as source:
            digests.append(hashlib.file_digest(source, "sha256").digest())
    return digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(sorted(digests))).digest()


def octets(path: Path, most: int = TEXT_FILE_BYTES_MAX) -> bytes:
    """The bytes of a whole file, bounded, without byte order mark and old end mark. Raises `MalformedFile`."""
    size = path.stat().st_size
    if size > most:
        advice = f"a file of this format holds at most {most >> 20} MiB"
        raise refusal(path.name, Finding(1, "file.size", f"{size >> 20} MiB", advice))
    data = path.read_bytes()
    if not data.strip():
        raise refusal(path.name, Finding(1, "file.empty", "nothing in it", "the file is empty; get it again"))
    at = data.find(b"\0")
    if at >= 0 and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        line = data.count(b"\n", 0, at) + 1
        raise refusal(path.name, Finding(line, "file.nul", "a NUL byte", "the file is damaged; get it again"))
    return data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n \t" + _END_OF_FILE) + b"\n"


def text_of(path: Path, *, may_be_latin: bool = False) -> str:
    """A text file as a whole: UTF-8, UTF-16 with its mark, else (where said) Windows-1252. Raises `MalformedFile`."""
    data = octets(path)
    try:
        return data.decode("utf-16") if data.startswith((b"\xff\xfe", b"\xfe\xff")) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        if may_be_latin:
            return data.decode("cp1252", "replace")
        line = data.count(b"\n", 0, error.start) + 1
        advice = "write the file in UTF-8: from a spreadsheet, as 'CSV UTF-8'"
        raise refusal(path.name, Finding(line, "file.encoding", "bytes that are no UTF-8", advice)) from None


def rows_of(path: Path, text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Rows of CSV with the line each begins on. A quote that never ends is a finding."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        advice = "quotes do not fit together, or the file breaks off here; get it again"
        raise refusal(path.name, Finding(line, "csv.broken", str(error), advice)) from None


def clean(text: str | None) -> str:
    """Blanks and line breaks made single; nothing else is changed."""
    return " ".join(text.split()) if text else ""


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Without empty ones and repeats, in their order."""
    return tuple(dict.fromkeys(each for each in texts if each))


__all__ = [
    "BirthDate", "Collected", "Identifier", "ListRead", "Listed", "ListedName", "NameKind", "Schema",
    "clean", "distinct", "octets", "rows_of", "sha256_of", "text_of",
]  # fmt: skip
