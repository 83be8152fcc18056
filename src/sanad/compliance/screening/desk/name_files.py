"""Files of names given to the portal: sealed at once, screened in the background, removed after a week.

    <portal>/names/<file>/source.sealed      what was given
    <portal>/names/<file>/000007.sealed      answers to the rows of one step

Each file has a key of its own that lies with the secrets, so nothing of it is in a back-up of tables, and whoever takes
the key away has removed it. A step that was killed is done again; when a list changes meanwhile, all rows are, so that
all are answered against the same versions.
"""

import io
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from sanad.base.errors import Finding, Malformed, MalformedFile, Refused, SanadError
from sanad.compliance.screening.desk import matches
from sanad.compliance.screening.desk.answers import InUse, Result, look_at
from sanad.compliance.screening.desk.asking import row_query
from sanad.compliance.screening.desk.batches import Run, read_rows
from sanad.compliance.screening.desk.lists import now_ms
from sanad.compliance.screening.models import NameFile, NameFileKey, NameFileState
from sanad.matching.words import DEFAULT_THRESHOLD, Query
from sanad.node.folder import write_file
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.tables.names import SECRET, WORKING

FILE_BYTES_MAX = 10 << 20
ROWS_MAX = 100_000
KEPT_DAYS = 7
OPEN_MAX, KEPT_MAX = 3, 50
"""Files of one institution that wait or run; and that are kept at all."""
FINDINGS_MAX = 50
CANDIDATES = 25
"""Rows on one page that somebody listed may be meant by."""
LEFT_SECONDS = 3_600
"""How old a folder without a row is before it counts as left behind."""
STEP_ROWS = 500
TURN_SECONDS = 10.0
"""How long one turn works at the most; other chores of the portal wait meanwhile."""
OPEN = (NameFileState.WAITING, NameFileState.RUNNING)
_COLUMN_OF = {
    "birth_unknown": "birth_date", "birth_in_future": "birth_date", "country_unknown": "country", "name_empty": "name",
    "name_too_long": "name", "names_too_many": "name",
}  # fmt: skip
Row = tuple[int, dict[str, str], dict[str, str]]


class Told(msgspec.Struct, array_like=True):
    """The answer to one row, as it is kept. Personal data."""

    line: int
    name: str
    result: str
    code: str
    column: str
    """Of an unresolved one, where it is known."""
    candidates: int
    score: int
    """Of the nearest, thousandths; 0 for none."""
    source: str
    reference: str
    listed: str


HEAD = (
    "line", "name", "result", "why unresolved", "column", "candidates", "nearest score", "list", "reference",
    "listed name",
)  # fmt: skip


# --- taking and looking -----------------------------------------------------------------------------------------------


def add(person: Person, pieces: Iterable[bytes]) -> NameFile:
    """Take a file; it is read and screened later. Raises `Refused`, `Malformed`."""
    institution = require(person, Right.OWN_SCREENING_SEARCH).institution
    contents = _bounded(pieces)
    own = NameFile.objects.filter(institution=institution)
    if own.filter(state__in=OPEN).count() >= OPEN_MAX:
        raise Refused("files", _("three files of yours wait already; give the next one when they are done"), 409)
    if own.exclude(state=NameFileState.REMOVED).count() >= KEPT_MAX:
        raise Refused("files", _("fifty files of yours are kept; remove some"), 409)
    made = NameFile(institution=institution, added_by=person, octets=len(contents), added_ms=now_ms())
    # The key first, then the file, then the row: what a kill leaves behind is swept up by `forget_old`.
    NameFileKey.objects.create(name_file=made.id, key=secrets.token_bytes(SecretBox.KEY_SIZE))
    _write(made, "source", contents)
    made.save(force_insert=True)
    return made


def _bounded(pieces: Iterable[bytes]) -> bytes:
    taken = bytearray()
    for piece in pieces:
        taken += piece
        if len(taken) > FILE_BYTES_MAX:
            advice = _("a file has at most 10 MB here; cut it, or use the command: sanad screen --file")
            raise Malformed("file", "file_too_large", advice)
    if not taken:
        raise Malformed("file", "file_empty", _("the file is empty; give another"))
    return bytes(taken)


def find(person: Person, identifier: UUID) -> NameFile:
    """A file of one's own institution. Raises `Refused` (404)."""
    institution = require(person, Right.OWN_SCREENING_SEARCH).institution
    found = NameFile.objects.select_related("added_by").filter(id=identifier, institution=institution).first()
    if found is None:
        raise Refused("file", _("no file of yours is here"), 404)
    return found


def answers(person: Person, identifier: UUID) -> Iterator[Told]:
    """What was found, row by row. Raises `Refused`: 404, and 409 before it is done or after it was removed."""
    return _answers(_done(person, identifier))


def _done(person: Person, identifier: UUID) -> NameFile:
    found = find(person, identifier)
    if found.state != NameFileState.DONE:
        raise Refused("file", _("there are no answers: it is not done yet, or was removed"), 409)
    return found


def _answers(found: NameFile, passed_over: int = 0) -> Iterator[Told]:
    first, skipped = divmod(passed_over, STEP_ROWS)
    for number in range(first, (found.rows + STEP_ROWS - 1) // STEP_ROWS):
        rows = msgspec.msgpack.decode(_read(found, f"{number:06d}"), type=list[Told])
        yield from rows[skipped:] if number == first else rows


def candidates(
    person: Person, identifier: UUID, passed_over: int = 0, limit: int = CANDIDATES
) -> tuple[list[Told], int]:
    """Answers by which somebody listed may be meant, and how many rows are passed over to go on (0: that was all).

    Raises as `answers`.
    """
    found = _done(person, identifier)
    told: list[Told] = []
    for number, row in enumerate(_answers(found, passed_over), passed_over):
        if row.result == Result.CANDIDATES:
            if len(told) == limit:
                return told, number
            told.append(row)
    return told, 0


def asked(person: Person, identifier: UUID, line: int) -> Query:
    """Whom the row in this line asks about. Raises `Refused` as `answers` and 404, `Malformed` as `row_query`."""
    found = _done(person, identifier)
    for at, known, _extra in read_rows("file", io.StringIO(_text(_read(found, "source"))), strict=True):
        if at == line:
            return row_query(known)
    raise Refused("file", _("no row of the file begins in this line; look at the file"), 404)


def remove(person: Person, identifier: UUID) -> None:
    """Remove a file and its answers for ever; how many were clear stays."""
    _remove(find(person, identifier))


def _remove(found: NameFile) -> None:
    NameFileKey.objects.filter(name_file=found.id).delete()  # from here on nobody can read it
    shutil.rmtree(_folder(found.id), ignore_errors=True)
    if found.state != NameFileState.REMOVED:
        found.state, found.removed_at = NameFileState.REMOVED, timezone.now()
        found.save(update_fields=["state", "removed_at"])


def forget_old() -> int:
    """A chore: remove what is a week old, and what a kill left behind; how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    removed = 0
    for found in NameFile.objects.filter(added_at__lt=before).exclude(state=NameFileState.REMOVED)[:1_000]:
        _remove(found)
        removed += 1
    kept = {str(each) for each in NameFile.objects.exclude(state=NameFileState.REMOVED).values_list("id", flat=True)}
    for folder in [*_root().glob("*-*-*-*-*")][:10_000] if _root().is_dir() else []:
        if folder.name not in kept and folder.stat().st_mtime < time.time() - LEFT_SECONDS:
            NameFileKey.objects.filter(name_file=folder.name).delete()
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


# --- screening --------------------------------------------------------------------------------------------------------


def work() -> int:
    """A chore: go on with the files that wait, the oldest first; how many rows were answered."""
    done, end = 0, time.monotonic() + TURN_SECONDS
    for found in NameFile.objects.select_related("institution").filter(state__in=OPEN).order_by("added_ms", "id"):
        done += _go_on(found, end)
        if time.monotonic() > end:
            break
    return done


def _go_on(found: NameFile, end: float) -> int:
    try:
        text = _text(_read(found, "source"))
        if not found.rows:
            _take_stock(found, text)
    except MalformedFile as error:
        first = error.findings[0]
        _refuse(found, [[first.line, "", first.code]])
        return 0
    except Refused:  # damaged on the disk, or removed in this moment
        _refuse(found, [[1, "", "file.unreadable"]])
        return 0
    try:
        used = matches.lists().in_use()
    except SanadError:  # no list can be read: nothing is answered, and nothing is lost
        _note_problem(found, "list_unavailable")
        return 0
    if found.state in OPEN and bytes(found.index_digest) != used.index_digest:
        _begin(found, used)
    return _steps(found, used, text, end)


def _take_stock(found: NameFile, text: str) -> None:
    """Read all of it once: how many rows, and which of them cannot be asked about, and why. Raises `MalformedFile`."""
    findings: list[list[Any]] = []
    rows = count = 0
    for line, known, _extra in read_rows("file", io.StringIO(text), strict=True):
        rows += 1
        if rows > ROWS_MAX:
            _refuse(found, [[line, "", "file.rows"]])
            return
        problem = _problem(known)
        if problem is not None:
            count += 1
            findings += [[line, *problem]] if count <= FINDINGS_MAX else []
    if not rows:
        _refuse(found, [[1, "", "file.rows_missing"]])
        return
    found.rows, found.findings, found.findings_count = rows, findings, count
    found.save(update_fields=["rows", "findings", "findings_count"])


def _problem(known: dict[str, str]) -> tuple[str, str] | None:
    """Column and code of what is wrong in a row."""
    try:
        look_at(row_query(known), now_ms())
    except Malformed as error:
        return _COLUMN_OF.get(error.code, error.field.replace("'s", "").replace(" ", "_")), error.code
    return None


def _refuse(found: NameFile, findings: list[list[Any]]) -> None:
    """Not read any further. Who removed it meanwhile has removed it."""
    if not NameFile.objects.filter(id=found.id, state__in=OPEN).exists():
        return
    found.state, found.findings, found.findings_count = NameFileState.REFUSED, findings, len(findings)
    found.ended_at = timezone.now()
    found.save(update_fields=["state", "findings", "findings_count", "ended_at"])


def _note_problem(found: NameFile, code: str) -> None:
    found.problem = code
    found.save(update_fields=["problem"])


def _begin(found: NameFile, used: InUse) -> None:
    """Answer all rows, from the first on, against these lists."""
    found.state, found.done, found.problem = NameFileState.RUNNING, 0, ""
    found.clear = found.candidates = found.unresolved = 0
    found.index_digest, found.versions = used.index_digest, [[each.source, each.number] for each in used.versions]
    found.save()


def _steps(found: NameFile, used: InUse, text: str, end: float) -> int:
    if found.state not in OPEN:  # its first reading refused it
        return 0
    rows = read_rows("file", io.StringIO(text), strict=True)
    for _skipped in islice(rows, found.done):
        pass
    run = Run(used, DEFAULT_THRESHOLD, matches.rulings_of(found.institution), 1)
    before = found.done
    while found.done < found.rows:
        _step(found, run, list(islice(rows, STEP_ROWS)))
        if time.monotonic() > end:
            break
    if found.done >= found.rows:
        found.state, found.ended_at = NameFileState.DONE, timezone.now()
        found.save(update_fields=["state", "ended_at"])
    return found.done - before


def _step(found: NameFile, run: Run, rows: list[Row]) -> None:
    """Answer some rows: first their answers on the disk, then the word that they are there."""
    told = [_told(msgspec.json.decode(octets)) for _result, octets in run.answers(iter(rows))]
    _write(found, f"{found.done // STEP_ROWS:06d}", msgspec.msgpack.encode(told))
    counts = Counter(each.result for each in told)
    found.done += len(rows)
    found.clear += counts[Result.CLEAR]
    found.candidates += counts[Result.CANDIDATES]
    found.unresolved += counts[Result.UNRESOLVED]
    with transaction.atomic(WORKING):
        if NameFile.objects.filter(id=found.id, state__in=OPEN).exists():  # else somebody removed it meanwhile
            found.save(update_fields=["done", "clear", "candidates", "unresolved"])
        else:
            found.state = NameFileState.REMOVED
            found.done = found.rows


def _told(document: dict[str, Any]) -> Told:
    """One line of the command's answers as a row for a spreadsheet: the nearest candidate, and how many there are."""
    nearest = document["candidates"][0] if document["candidates"] else {}
    code = str(document.get("code", ""))
    return Told(
        int(document["line"]), str(document["name"]), str(document["result"]), code, _COLUMN_OF.get(code, ""),
        len(document["candidates"]), round(float(nearest.get("score", 0)) * 1_000), str(nearest.get("list", "")),
        str(nearest.get("reference", "")), str(nearest.get("name", "")),
    )  # fmt: skip


def _text(contents: bytes) -> str:
    """The file's characters: UTF-8, or UTF-16 as spreadsheets write it. Raises `MalformedFile`."""
    if contents[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return contents.decode("utf-16", "replace")
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = contents[: error.start].count(b"\n") + 1
        raise MalformedFile("file", [Finding(line, "file.characters", "", "save it as CSV in UTF-8")]) from None


# --- sealed on the disk -----------------------------------------------------------------------------------------------


def _root() -> Path:
    return Path(settings.PORTAL) / "names"


def _folder(identifier: UUID) -> Path:
    return _root() / str(identifier)


def _box(found: NameFile) -> SecretBox:
    row = NameFileKey.objects.using(SECRET).filter(name_file=found.id).first()
    if row is None:
        raise Refused("file", _("the file was removed"), 404)
    return SecretBox(bytes(row.key))


def _write(found: NameFile, name: str, contents: bytes) -> None:
    """Sealed, whole or not at all. Its name is sealed with it, so that no part takes another's place."""
    sealed = _box(found).encrypt(name.encode().ljust(16) + contents)
    folder = _folder(found.id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(folder / f"{name}.sealed", sealed)


def _read(found: NameFile, name: str) -> bytes:
    try:
        opened = _box(found).decrypt((_folder(found.id) / f"{name}.sealed").read_bytes())
    except (OSError, CryptoError):
        raise Refused("file", _("the file cannot be read; remove it, and give it again"), 409) from None
    if opened[:16] != name.encode().ljust(16):
        raise Refused("file", _("the file cannot be read; remove it, and give it again"), 409)
    return opened[16:]
