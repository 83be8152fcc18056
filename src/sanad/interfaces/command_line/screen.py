"""What is shown: sentences, tables, amounts, moments. Nothing that a file or a node says can steer the terminal.

Results go to standard output, progress and errors to standard error, so that a pipe carries results alone.
"""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

JOINERS = "\u200c\u200d"
"""Written inside Urdu words; all other characters that are not seen are shown by their number."""

Advance = Callable[[int, int], None]
"""(done, of how many)"""

_out = Console(highlight=False, markup=False, emoji=False)
_err = Console(highlight=False, markup=False, emoji=False, stderr=True)


def be_tolerant() -> None:
    """Show what the terminal's letters lack as `?`, in place of failing."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def shown(text: object) -> str:
    """`text` with every character that could move the cursor, turn the writing or hide itself made visible."""
    return "".join(_visible(character) for character in str(text))


def _visible(character: str) -> str:
    if character in JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return character
    return f"\\u{{{ord(character):x}}}"


def say(text: object = "", style: str = "") -> None:
    """One line of result."""
    _out.print(shown(text), style=style or None)


def say_as_is(text: str) -> None:
    """A line to be copied: never broken by us, however narrow the terminal is."""
    _out.print(Text(shown(text)), soft_wrap=True)


def tell(text: object, style: str = "dim") -> None:
    """One line about what is going on, beside the result."""
    _err.print(shown(text), style=style or None)


def tell_error(text: object) -> None:
    """One sentence about what went wrong."""
    line = Text("sanad: ", style="bold red")
    line.append(Text(shown(text), style=""))
    _err.print(line)


def say_json(document: object) -> None:
    """The answer for a program: one JSON document on one line."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def tell_json(document: object) -> None:
    """What went wrong, for a program."""
    sys.stderr.write(json.dumps(document, ensure_ascii=False) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """A table that folds its cells where the terminal is narrow. `right` names columns of numbers."""
    _show(_out, _table(columns, rows, right))


def tell_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """A table beside the result."""
    _show(_err, _table(columns, rows, right))


def _show(console: Console, made: Table) -> None:
    if console.is_terminal:
        console.print(made)
        return
    with console.capture() as captured:
        console.print(made)
    for line in captured.get().splitlines():
        console.print(line.rstrip(), soft_wrap=True)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str]) -> Table:
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(shown(cell)) for cell in row))
    return made


def facts(pairs: Sequence[tuple[str, object]]) -> None:
    """Names and values, one under the other; values are never broken by us, so that they can be copied."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        line = Text(name.ljust(width + 2), style="dim")
        line.append(Text(shown(value), style="not dim"))
        _out.print(line, soft_wrap=True)


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """A bar on the terminal while something long goes on; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def amount(minor: int, exponent: int, currency: str = "") -> str:
    """Whole minor units as people write them: 123456 of PKR is `1,234.56 PKR`."""
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, fraction = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
    text = f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")
    return f"{text} {currency}" if currency else text


def moment(ms: int) -> str:
    """A time of the record, with its zone."""
    return datetime.fromtimestamp(ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def moment_iso(ms: int) -> str:
    """A time of the record for a program (RFC 3339)."""
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def count(number: int, word: str) -> str:
    """`1 payment`, `1,200 payments`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")
