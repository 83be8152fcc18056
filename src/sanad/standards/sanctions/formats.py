"""Which format a file is in, and reading it: one door for all of them."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.sanctions import followthemoney, national, ofac, tagpack, un
from sanad.standards.sanctions.reading import ListRead

FILES_MAX = 4


class Format(StrEnum):
    """The formats that are read."""

    UN = "un"
    OFAC = "ofac"
    FOLLOW_THE_MONEY = "followthemoney"
    NATIONAL = "national"
    TAGPACK = "tagpack"


def read(paths: Sequence[Path], file_format: Format | None = None) -> tuple[Format, ListRead]:
    """Read a list; without a format it is told from the file. Only OFAC's comes in several files.

    Raises `MalformedFile` with line, excerpt and advice, and `OSError`.
    """
    if not 0 < len(paths) <= FILES_MAX:
        raise refusal("files", Finding(1, "files.count", f"{len(paths)} files", "give one file; of OFAC's up to four"))
    found = file_format or guess(paths[0])
    if found is Format.OFAC:
        return found, ofac.read(paths)
    if len(paths) > 1:
        advice = "lists of this format come in one file; import each as a list of its own"
        raise refusal(paths[1].name, Finding(1, "files.count", f"{len(paths)} files", advice))
    readers = {
        Format.UN: un.read, Format.FOLLOW_THE_MONEY: followthemoney.read, Format.NATIONAL: national.read,
        Format.TAGPACK: tagpack.read,
    }  # fmt: skip
    return found, readers[found](paths[0])


def guess(path: Path) -> Format:
    """The format by the first bytes and the name. Raises `MalformedFile` for none of them."""
    with path.open("rb") as source:
        start = source.read(4_096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise refusal(path.name, Finding(1, "file.empty", "nothing in it", "the file is empty; get it again"))
    suffix = path.suffix.lower()
    if start.startswith(b"<"):
        return Format.UN
    if start.startswith(b"{"):
        return Format.FOLLOW_THE_MONEY
    if suffix in (".yaml", ".yml"):
        return Format.TAGPACK
    if start.split(b",", 1)[0].strip().isdigit() and suffix == ".csv":
        return Format.OFAC
    if suffix in (".csv", ".tsv", ".txt") or start.startswith(b"\xff\xfe"):
        return Format.NATIONAL
    advice = f"say which format it is: {', '.join(Format)}"
    raise refusal(path.name, Finding(1, "file.format", "no known format", advice))
