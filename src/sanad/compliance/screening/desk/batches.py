"""Files of names, up to ten million: CSV in, one JSON line a row out. What breaks off goes on where it stopped.

    names.csv        name, and any of schema, father_name, birth_date, country, identifier, wallet; others pass through
    answers.jsonl    as many lines, in the same order
    answers.jsonl.progress   how far it is; gone when it is done

All rows are answered against the same versions: when a list changes meanwhile, the next run begins anew.
"""

import csv
import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import msgspec

from sanad.base.errors import Finding as FileFinding
from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk.answers import (
    LIMIT,
    Answer,
    InUse,
    Lists,
    Result,
    Rulings,
    answer_of,
    look_at,
    no_rulings,
    unresolved,
    with_rulings,
)
from sanad.compliance.screening.desk.asking import COLUMNS, column_of, row_query
from sanad.compliance.screening.desk.lists import Version, now_ms
from sanad.matching.words import DEFAULT_THRESHOLD, Candidate, Query, Schema
from sanad.standards.findings import refusal

ROWS_MAX = 10_000_000
FILE_BYTES_MAX = 4 << 30
CELL_BYTES_MAX = 1 << 20
COLUMNS_MAX = 100
_KEEP_EVERY_ROWS = 2_000
_KEEP_EVERY_SECONDS = 2.0
ON_ALL_CORES_BYTES = 200_000
"""A file smaller than that is done before other processes have started."""

Progress = Callable[[int, int], object]
"""(bytes read, of how many)"""


class Kept(msgspec.Struct):
    """How far a file is."""

    source_digest: str
    index_digest: str
    threshold: int
    rows: int = 0
    written: int = 0
    """Octets of the answers up to there."""
    counts: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a file."""

    rows: int
    counts: dict[str, int]
    """By result."""
    resumed_at: int
    """The row that it went on from; 0 = from the beginning."""


def screen_file(
    lists: Lists,
    source: Path,
    target: Path,
    *,
    threshold: int = DEFAULT_THRESHOLD,
    rulings: Rulings = no_rulings,
    progress: Progress | None = None,
) -> Done:
    """Screen every row. The same call after a break goes on. Raises `MalformedFile`, `Unavailable`, `OSError`."""
    size = source.stat().st_size
    if size > FILE_BYTES_MAX:
        raise refusal(source.name, FileFinding(1, "file.size", "too large", "send at most 4 GiB; cut the file"))
    used = lists.in_use()
    note = target.with_name(target.name + ".progress")
    kept = _kept(note, target, source, used, threshold)
    resumed_at = kept.rows
    run = Run(used, threshold, rulings, None if size > ON_ALL_CORES_BYTES else 1)
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as text, target.open("ab") as out:
        out.truncate(kept.written)
        rows = read_rows(source.name, text)
        for _ in range(kept.rows):
            next(rows, None)
        last = time.monotonic()
        for result, octets in run.answers(rows):
            if kept.rows >= ROWS_MAX:
                advice = f"a file holds at most {ROWS_MAX:,} names; cut it"
                raise refusal(source.name, FileFinding(kept.rows + 2, "file.rows", "too many rows", advice))
            kept.written += out.write(octets)
            kept.rows += 1
            kept.counts[result] = kept.counts.get(result, 0) + 1
            if kept.rows % _KEEP_EVERY_ROWS == 0 or time.monotonic() - last > _KEEP_EVERY_SECONDS:
                _keep(out.fileno(), out.flush, note, kept)
                last = time.monotonic()
                if progress is not None:
                    progress(min(size, _position(text)), size)
        _keep(out.fileno(), out.flush, note, kept)
    note.unlink(missing_ok=True)
    return Done(kept.rows, dict(sorted(kept.counts.items())), resumed_at)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row on its way: what was asked, or why it cannot be."""

    line: int
    known: dict[str, str]
    extra: dict[str, str]
    query: Query
    notes: tuple[str, ...]
    problem: Malformed | None


class Run:
    """One file against one set of versions, on all cores when it is worth it."""

    def __init__(self, used: InUse, threshold: int, rulings: Rulings, workers: int | None) -> None:
        self._used, self._threshold, self._rulings, self._workers = used, threshold, rulings, workers
        self._waiting: deque[_Row] = deque()

    def answers(self, rows: Iterator[tuple[int, dict[str, str], dict[str, str]]]) -> Iterator[tuple[str, bytes]]:
        """Result and line of each row, in their order."""
        from sanad.matching.batch import screen_batch  # noqa: PLC0415 - it compiles code

        queries = self._queries(rows)
        for found in screen_batch(
            self._used.index, queries, threshold=self._threshold, limit=LIMIT, workers=self._workers
        ):  # fmt: skip
            yield from self._without_query()
            yield self._told(self._waiting.popleft(), found)
        yield from self._without_query()

    def _queries(self, rows: Iterator[tuple[int, dict[str, str], dict[str, str]]]) -> Iterator[Query]:
        for line, known, extra in rows:
            query, problem = _NOBODY, None
            notes: tuple[str, ...] = ()
            try:
                query = row_query(known)
                notes = look_at(query, now_ms())
            except Malformed as error:
                problem = error
            self._waiting.append(_Row(line, known, extra, query, notes, problem))
            if problem is None:
                yield query

    def _without_query(self) -> Iterator[tuple[str, bytes]]:
        """The rows before the next query: they cannot be asked."""
        while self._waiting and self._waiting[0].problem is not None:
            row = self._waiting.popleft()
            yield self._told(row, row.problem)

    def _told(self, row: _Row, found: list[Candidate] | Malformed | None) -> tuple[str, bytes]:
        at_ms = now_ms()
        if isinstance(found, list):
            answer = answer_of(
                self._used, row.query, found, row.notes, threshold=self._threshold, limit=LIMIT, at_ms=at_ms
            )  # fmt: skip
            answer = with_rulings(answer, row.query, self._rulings, LIMIT)
        else:
            code, advice = (found.code, found.advice) if found is not None else ("search_failed", "ask again")
            answer = unresolved(row.query, code, advice, at_ms, self._threshold, self._used)
        named = {"line": row.line, "name": row.known.get("name", "")[:1_000], **document(answer)}
        named |= {key if key not in named else f"given_{key}": value for key, value in row.extra.items()}
        return answer.result.value, msgspec.json.encode(named) + b"\n"


_NOBODY = Query(Schema.LEGAL_ENTITY, ("",))


def document(answer: Answer) -> dict[str, object]:
    """An answer for programs. Scores are from 0 to 1 with three decimals."""
    told: dict[str, object] = {
        "result": answer.result.value, "candidates": [
            {
                **candidate_document(hit.candidate), "entry_digest": hit.entry_digest.hex(),
                "decision": hit.ruling.verdict.value if hit.ruling else None,
            }
            for hit in answer.hits
        ],
        "answer_digest": answer.digest.hex(), "asked_ms": answer.asked_ms, "expires_ms": answer.expires_ms,
    }  # fmt: skip
    if answer.result is Result.UNRESOLVED:
        told |= {"code": answer.code, "advice": answer.advice}
    if answer.notes:
        told["notes"] = list(answer.notes)
    return told


def candidate_document(candidate: Candidate) -> dict[str, object]:
    """A candidate for programs."""
    return {
        "list": candidate.source, "reference": candidate.listed.reference, "name": candidate.name.text,
        "schema": candidate.listed.schema.value, "score": score_number(candidate.score),
        "reasons": [
            {"kind": each.kind.value, "asked": each.asked, "listed": each.listed, "points": each.points}
            for each in candidate.reasons
        ],
    }  # fmt: skip


def score_number(score: int) -> msgspec.Raw:
    """Thousandths as a number from 0 to 1 that always has three decimals."""
    return msgspec.Raw(f"{score // 1000}.{score % 1000:03d}".encode())


def lists_document(versions: Sequence[Version]) -> list[dict[str, object]]:
    """The versions in use, for programs."""
    return [
        {
            "list": each.source, "version": each.number, "published": each.published,
            "contents_digest": each.contents_digest, "file_digest": each.file_digest, "entries": each.entries,
            "imported_ms": each.imported_at_ms, "fresh_until_ms": each.fresh_until_ms,
            "record_number": each.record_number or None,
        }
        for each in versions
    ]  # fmt: skip


def read_rows(name: str, text: TextIO, *, strict: bool = False) -> Iterator[tuple[int, dict[str, str], dict[str, str]]]:
    """Line, known columns, further ones. Raises `MalformedFile` of a file called `name`.

    `strict`: quotes that are not closed, or not doubled, are refused; else they are read as they may be meant, and one
    that is not closed takes all that follows into its cell.
    """
    csv.field_size_limit(CELL_BYTES_MAX)
    # readline, not iteration: the position of the file stays known for the progress.
    first = text.readline(CELL_BYTES_MAX)
    delimiter = max((",", ";", "\t"), key=first.count)
    head = next(csv.reader([first], delimiter=delimiter), [])
    columns = [column_of(cell) for cell in head]
    if "name" not in columns or len(head) > COLUMNS_MAX:
        advice = (
            f"the first row names at most {COLUMNS_MAX} columns, one of them `name`; known are {', '.join(COLUMNS)}"
        )
        raise refusal(name, FileFinding(1, "csv.head", f"{len(head)} columns", advice))
    reader = csv.reader(iter(lambda: text.readline(CELL_BYTES_MAX), ""), delimiter=delimiter, strict=strict)
    line = 2
    try:
        for row in reader:
            known: dict[str, str] = {}
            extra: dict[str, str] = {}
            for at, cell in enumerate(row):
                column = columns[at] if at < len(columns) else ""
                if column and column not in known:
                    known[column] = cell
                else:
                    extra[head[at] if at < len(head) else f"column_{at + 1}"] = cell
            if row:
                yield line, known, extra
            line = reader.line_num + 2
    except csv.Error as error:
        advice = "the row cannot be read; look at its quotes"
        raise refusal(name, FileFinding(line, "csv.broken", str(error)[:80], advice)) from None


def _position(text: TextIO) -> int:
    return text.buffer.tell()


def _kept(note: Path, target: Path, source: Path, used: InUse, threshold: int) -> Kept:
    """Where to go on. Answers of another file in the place of ours are refused, not overwritten."""
    with source.open("rb") as file:
        source_digest = hashlib.file_digest(file, "sha256").hexdigest()
    fresh = Kept(source_digest, used.index_digest.hex(), threshold)
    if not note.exists():
        if target.exists() and target.stat().st_size:
            raise Refused("answers", f"{target.name} is there already; name another file, or move it away", 409)
        return fresh
    try:
        found = msgspec.json.decode(note.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return fresh
    is_same = (found.source_digest, found.index_digest, found.threshold) == (
        fresh.source_digest, fresh.index_digest, fresh.threshold,
    )  # fmt: skip
    return found if is_same and target.exists() and target.stat().st_size >= found.written else fresh


def _keep(handle: int, flush: Callable[[], None], note: Path, kept: Kept) -> None:
    """First the answers on the disk, then the word that they are there."""
    flush()
    os.fsync(handle)
    writing = note.with_name(note.name + ".writing")
    writing.write_bytes(msgspec.json.encode(kept))
    writing.replace(note)
