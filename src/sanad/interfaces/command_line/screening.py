"""`sanad screen` and `sanad lists`: is somebody listed, in which version of which list. Only `publish` needs a node."""

import codecs
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sanad.base.errors import Finding, Malformed
from sanad.compliance.screening.desk import batches
from sanad.compliance.screening.desk.answers import Answer, Lists, Result, ask
from sanad.compliance.screening.desk.asking import query_of, schema_of
from sanad.compliance.screening.desk.lists import FOLDER, FRESH_HOURS, ListFolder, Version
from sanad.interfaces.command_line import screen as terminal
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.failures import Exit
from sanad.interfaces.command_line.opening import opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.matching.words import DEFAULT_THRESHOLD, SCORE_MAX, Comparison
from sanad.standards.findings import refusal
from sanad.standards.sanctions.formats import Format

SHOWN_MAX = 50
_PAIR_COLUMNS = {
    "schema": ("schema", "type", "kind"),
    "name1": ("name1", "namea", "left", "query", "a"),
    "name2": ("name2", "nameb", "right", "expected", "b"),
}
_CELL_MAX = 16 << 20
_EXIT_OF = {Result.CLEAR: Exit.OK, Result.CANDIDATES: Exit.REJECTED, Result.UNRESOLVED: Exit.UNAVAILABLE}

lists_app = typer.Typer(help="The lists that are screened against, and their versions.", no_args_is_help=True)

_Threshold = Annotated[
    float, typer.Option("--threshold", min=0.0, max=1.0, help="From which score on somebody may be meant.")
]


# --- sanad screen -----------------------------------------------------------------------------------------------------


def screen(
    name: Annotated[str, typer.Argument(help="Whom to look for, in any script.", show_default=False)] = "",
    schema: Annotated[str, typer.Option(help="person, company, organization, vessel, wallet; any: not known.")] = "any",
    father: Annotated[str, typer.Option(help="The father's name.")] = "",
    birth: Annotated[str, typer.Option(help="Birth date: 1968-03-09, 1968, 09/03/1968.")] = "",
    country: Annotated[str, typer.Option(help="Countries, by name or two letters, with ; between them.")] = "",
    number: Annotated[list[str] | None, typer.Option(help="A number: CNIC, or passport:AB123.")] = None,
    wallet: Annotated[list[str] | None, typer.Option(help="An address on a blockchain.")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="Compare the pairs of a CSV file instead: columns schema, name1, name2; others are kept."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Screen a CSV file of names: column name, and others.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --file: where the answers go, one JSON line a row.")] = None,
    threshold: _Threshold = DEFAULT_THRESHOLD / SCORE_MAX,
    data: Data = DATA_DEFAULT,
    as_json: Json = False,
) -> None:
    """Is somebody listed? The answer is clear, candidates or unresolved, and unresolved is never clear.

    Scores run from 0 (nothing in common) to 1 (the same), in thousandths; from the threshold on somebody may be meant.
    Exit code 0: clear; 1: candidates; 4: unresolved. With --pairs, one line a pair: score, match, reasons.

    Example: sanad screen "Muhammad Tariq Mehmood" --birth 1971
    """
    limit = round(threshold * SCORE_MAX)
    if pairs is not None:
        _say_pairs(pairs, limit, as_json)
        return
    lists = Lists(ListFolder(data / FOLDER))
    if file is not None:
        _screen_file(lists, file, out, limit, as_json)
        return
    if not name and not number and not wallet:
        raise Malformed("name", "name_missing", "give a name, --number, --wallet, --pairs FILE or --file FILE")
    query = query_of(
        [name], schema=schema, father_name=father, birth_date=birth, country=country,
        identifiers=number or (), wallets=wallet or (),
    )  # fmt: skip
    answer = ask(lists, query, threshold=limit)
    if as_json:
        told = {**batches.document(answer), "threshold": batches.score_number(limit)}
        told["lists"] = batches.lists_document(answer.versions)
        _write_json(told)
    else:
        _say_answer(answer)
    if answer.result is not Result.CLEAR:
        raise typer.Exit(_EXIT_OF[answer.result])


def _say_answer(answer: Answer) -> None:
    sentences = {
        Result.CLEAR: ("Clear: nobody listed comes near.", "bold green"),
        Result.CANDIDATES: ("Candidates: somebody listed may be meant. A person decides.", "bold yellow"),
        Result.UNRESOLVED: (f"Unresolved, which is not clear ({answer.code}): {answer.advice}.", "bold red"),
    }
    terminal.say(*sentences[answer.result])
    rows: list[list[object]] = [
        [
            f"{hit.candidate.score / SCORE_MAX:.3f}", hit.candidate.source, hit.candidate.listed.reference,
            hit.candidate.name.text, ", ".join(each.kind.value.replace("_", " ") for each in hit.candidate.reasons),
        ]
        for hit in answer.hits[:SHOWN_MAX]
    ]  # fmt: skip
    if rows:
        terminal.table(["score", "list", "reference", "listed name", "why"], rows, right=["score"])
    for note in answer.notes:
        terminal.tell({
            "hidden_characters": "The name holds characters that cannot be seen; they were left out.",
            "mixed_scripts": "A word of the name mixes letters of several scripts.",
        }.get(note, note))  # fmt: skip
    for each in answer.versions:
        terminal.say(_version_line(each))


def _version_line(version: Version) -> str:
    published = f", published {version.published[:10]}" if version.published else ""
    where = f"number {version.record_number} on the record" if version.record_number else "NOT on the record"
    return (
        f"{version.source}: version {version.number}, entries {version.entries:,}{published}, {where}, "
        f"SHA-256 {version.file_digest[:16]}…, fresh until {terminal.moment(version.fresh_until_ms)}"
    )


def _screen_file(lists: Lists, file: Path, out: Path | None, limit: int, as_json: bool) -> None:
    if out is None:
        raise Malformed("--out", "out_missing", "name the file for the answers: --out answers.jsonl")
    with terminal.progress("screening (bytes)") as advance:
        done = batches.screen_file(lists, file, out, threshold=limit, progress=advance)
    if as_json:
        _write_json({"rows": done.rows, "counts": done.counts, "resumed_at": done.resumed_at, "answers": str(out)})
        return
    terminal.say(f"{done.rows:,} rows are answered in {out}.")
    terminal.facts([(result, f"{count:,}") for result, count in done.counts.items()] or [("rows", 0)])
    if done.resumed_at:
        terminal.say(f"It went on after row {done.resumed_at:,}.")


# --- pairs ------------------------------------------------------------------------------------------------------------


def _say_pairs(path: Path, limit: int, as_json: bool) -> None:
    """One line a pair, in the order of the file. A pair that cannot be compared says why, and stops nothing."""
    out = sys.stdout
    for row, extra in _pair_rows(path):
        told = pair_document(row, extra, limit)
        if as_json:
            out.write(msgspec.json.encode(told).decode() + "\n")
        else:
            score = told["score"]
            shown = bytes(score).decode() if isinstance(score, msgspec.Raw) else ""
            terminal.say_as_is("\t".join([shown, str(told["verdict"]), row["name1"], row["name2"]]))


def pair_document(row: dict[str, str], extra: dict[str, str], limit: int) -> dict[str, Any]:
    """What is told of one pair: score from 0 to 1 with three decimals, `match`, a verdict in a word, reasons."""
    from sanad.matching.comparison import compare  # it compiles code: not for commands that compare nothing

    told: dict[str, Any] = {"schema": row["schema"], "name1": row["name1"], "name2": row["name2"]}
    try:
        found = compare(schema_of(row["schema"]), row["name1"], row["name2"], threshold=limit)
        code, advice = "", ""
    except Malformed as error:
        found, code, advice = Comparison(0, False, ()), error.code, error.advice
    except Exception as error:  # noqa: BLE001 - one pair that fails is unresolved, and the others go on
        found, code = Comparison(0, False, ()), "comparison_failed"
        advice = f"a fault of ours ({type(error).__name__}); report the pair"
    told |= {
        "score": batches.score_number(found.score), "match": None if code else found.matches,
        "verdict": "unresolved" if code else "match" if found.matches else "no_match",
        "threshold": batches.score_number(limit),
        "reasons": [
            {"kind": each.kind.value, "name1": each.asked, "name2": each.listed, "points": each.points}
            for each in found.reasons
        ],
    }  # fmt: skip
    if code:
        told |= {"code": code, "advice": advice}
    return told | {key if key not in told else f"given_{key}": value for key, value in extra.items()}


def _pair_rows(path: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    csv.field_size_limit(_CELL_MAX)
    with path.open(encoding=_encoding(path), errors="replace", newline="") as text:
        first = ""
        for line in text:
            if line.strip() and not line.startswith("#"):
                first = line
                break
        delimiter = max((",", ";", "\t", "|"), key=first.count)
        head = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
        columns = [_pair_column(cell) for cell in head]
        if not {"name1", "name2"} <= set(columns):
            advice = "the first row names the columns: schema, name1, name2, and any others"
            raise refusal(path.name, Finding(1, "csv.head", f"{len(head)} columns", advice))
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for cells in reader:
                if cells:
                    yield _pair_row(cells, head, columns)
        except csv.Error as error:
            advice = "the row cannot be read; look at its quotes"
            raise refusal(path.name, Finding(reader.line_num + 1, "csv.broken", str(error)[:80], advice)) from None


def _pair_row(cells: list[str], head: list[str], columns: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    row = {"schema": "", "name1": "", "name2": ""}
    extra: dict[str, str] = {}
    seen: set[str] = set()
    for at, column in enumerate(columns):
        cell = cells[at] if at < len(cells) else ""
        if column and column not in seen:
            row[column] = cell.strip()
            seen.add(column)
        else:
            extra[head[at] or f"column_{at + 1}"] = cell
    for at in range(len(head), len(cells)):
        extra[f"column_{at + 1}"] = cells[at]
    return row, extra


def _pair_column(head: str) -> str:
    plain = "".join(each for each in head.casefold() if each.isalnum())
    return next((column for column, words in _PAIR_COLUMNS.items() if plain in words), "")


def _encoding(path: Path) -> str:
    """UTF-16 by its mark, UTF-8 where all of it is; else the letters of older spreadsheets."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        if source.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        source.seek(0)
        try:
            while block := source.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


# --- sanad lists ------------------------------------------------------------------------------------------------------


@lists_app.command("import")
def import_list(
    name: Annotated[str, typer.Argument(help="What the list is called here: un, ofac, nacta.")],
    files: Annotated[list[Path], typer.Argument(help="Its file; of OFAC SDN.CSV, ALT.CSV, ADD.CSV, SDN_COMMENTS.CSV.")],
    file_format: Annotated[Format | None, typer.Option("--format", help="Told from the file unless said.")] = None,
    sha256: Annotated[str, typer.Option(help="The SHA-256 that the publisher tells; another file is refused.")] = "",
    smaller_is_right: Annotated[
        bool, typer.Option("--smaller-is-right", help="Take a version that lost more than a fifth of its entries.")
    ] = False,
    fresh_hours: Annotated[
        int | None,
        typer.Option(help=f"After how many hours without a look the list is stale. First import: {FRESH_HOURS}."),
    ] = None,
    data: Data = DATA_DEFAULT,
    as_json: Json = False,
) -> None:
    """Import a file as the newest version of a list. A file that is bad changes nothing, and says where it is bad.

    Formats: the United Nations' XML, OFAC's CSV, FollowTheMoney JSON lines (OpenSanctions), a national CSV with a head
    (name, father name, CNIC, district), tagpack YAML of wallets.

    Example: sanad lists import un consolidated.xml
    """
    imported = ListFolder(data / FOLDER).import_file(
        name, files, file_format=file_format, expected_digest=sha256, accepts_smaller=smaller_is_right,
        fresh_hours=fresh_hours,
    )  # fmt: skip
    version = imported.version
    if as_json:
        _write_json({"new": imported.is_new, **msgspec.to_builtins(version)})
        return
    if not imported.is_new:
        terminal.say(f"Nothing new: {name} is still version {version.number}; it was noted that you looked.")
        return
    terminal.say(f"{name} is now version {version.number}.", style="bold green")
    terminal.facts(_facts(version))


@lists_app.command("publish")
def publish(
    name: Annotated[str, typer.Argument(help="The list; its newest version is put on the record.")],
    again: Annotated[
        bool, typer.Option("--again", help="State it anew, though it is there: its age is counted from then.")
    ] = False,
    institution: Institution = "",
    data: Data = DATA_DEFAULT,
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Put the newest version of a list on the record, as the authority. Once, however often it is called.

    Example: sanad lists publish un --as authority
    """
    from sanad.compliance.screening.desk.publishing import put_on_record

    folder = ListFolder(data / FOLDER)
    version = folder.version(name)
    with opened(DataFolder(data), institution, node) as authority:
        published = put_on_record(authority.gateway, folder, version, again=again)
    if as_json:
        _write_json(msgspec.to_builtins(published))
        return
    number, entry = published.record_number, published.record_entry
    terminal.say(f"{name} version {published.number} is list version {number} on the record, entry {entry}.")


@lists_app.command("show")
def show_lists(
    name: Annotated[str, typer.Argument(help="One list, with all its versions.", show_default=False)] = "",
    data: Data = DATA_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show the lists, or the versions of one.

    Example: sanad lists show un
    """
    folder = ListFolder(data / FOLDER)
    versions = folder.versions(name) if name else folder.current()
    if as_json:
        _write_json([msgspec.to_builtins(each) for each in versions])
        return
    if not versions:
        terminal.say("No list was imported yet. Begin with: sanad lists import NAME FILE")
        return
    for each in versions:
        terminal.say(_version_line(each))
    if name:
        terminal.facts(_facts(versions[0]))


@lists_app.command("diff")
def diff(
    name: Annotated[str, typer.Argument(help="The list.")],
    version: Annotated[int, typer.Argument(help="The version; the newest unless said.", min=0)] = 0,
    data: Data = DATA_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show what a version changed against the one before it.

    Example: sanad lists diff un 12
    """
    folder = ListFolder(data / FOLDER)
    found = folder.version(name, version)
    changes = folder.difference(found)
    marked = [("+", each) for each in changes.added]
    marked += [("-", each) for each in changes.removed]
    marked += [("~", after) for _, after in changes.changed]
    if as_json:
        words = {"+": "added", "-": "removed", "~": "changed"}
        told = [{"change": words[mark], **msgspec.to_builtins(listed)} for mark, listed in marked]
        _write_json({"list": name, "version": found.number, "changes": told})
        return
    terminal.say(
        f"{name} version {found.number}: {len(changes.added):,} added, {len(changes.removed):,} removed, "
        f"{len(changes.changed):,} changed."
    )
    shown = marked[:SHOWN_MAX]
    if shown:
        rows = [[mark, each.reference, each.names[0].text if each.names else each.wallets[0]] for mark, each in shown]
        terminal.table(["", "reference", "name"], rows)
    if len(marked) > len(shown):
        terminal.say(f"These are the first {len(shown)} of {len(marked):,}; all of them with --json.")


def _facts(version: Version) -> list[tuple[str, object]]:
    return [
        ("file", ", ".join(version.file_names)),
        ("SHA-256", version.file_digest),
        ("contents", version.contents_digest),
        ("published", version.published or "the file does not say"),
        ("entries", f"{version.entries:,}"),
        ("of these", ", ".join(f"{word} {count:,}" for word, count in version.counts.items())),
        ("against the last", f"{version.added:,} added, {version.removed:,} removed, {version.changed:,} changed"),
        ("record", f"number {version.record_number}, entry {version.record_entry}" if version.record_number else
         "NOT on the record: answers name the digest alone"),
        ("fresh until", terminal.moment(version.fresh_until_ms)),
    ]  # fmt: skip


def _write_json(document: object) -> None:
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
