"""Files of names in the portal: taken and sealed, screened in the background, told row by row, removed after a week."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk import matches, name_files
from sanad.compliance.screening.desk.check import ScreeningCheck
from sanad.compliance.screening.models import NameFile, NameFileKey, NameFileState
from sanad.interfaces import checking
from tests.programmes.screening_scene import LISTED, LISTED_URDU, NATIONAL, NOBODY, Scene

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names
HEAD = "name,birth_date,country,our number\n"
NAMES = f"{HEAD}{LISTED_URDU},,,1\n{NOBODY},1950-02-03,Pakistan,2\n{LISTED},soon,,3\n=cmd(),,Atlantis,4\n"


@pytest.fixture
def scene(tmp_path: Path, tables: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene(tmp_path / "lists")
    made.take(NATIONAL)
    monkeypatch.setattr(settings, "PORTAL", tmp_path / "portal")
    monkeypatch.setattr(matches, "folder", lambda: made.folder)
    monkeypatch.setattr(matches, "lists", lambda: made.lists)
    checking.make_ready(ScreeningCheck(made.lists))
    return made


@pytest.fixture
def officer(cast: dict[str, "Person | None"]) -> "Person":
    found = cast["compliance_officer"]
    assert found is not None
    return found


def given(officer: "Person", text: str | bytes) -> NameFile:
    return name_files.add(officer, [text.encode() if isinstance(text, str) else text])


def screened(officer: "Person", text: str | bytes) -> NameFile:
    found = given(officer, text)
    name_files.work()
    found.refresh_from_db()
    return found


def test_every_row_is_answered_and_what_cannot_be_asked_says_its_column(scene: Scene, officer: "Person") -> None:
    found = screened(officer, NAMES)
    assert (found.state, found.rows, found.done) == (NameFileState.DONE, 4, 4)
    assert (found.clear, found.candidates, found.unresolved) == (1, 1, 2)
    assert found.findings == [[4, "birth_date", "birth_unknown"], [5, "country", "country_unknown"]]
    assert found.versions == [["national", 1]]
    told = list(name_files.answers(officer, found.id))
    assert [(each.line, each.result, each.reference) for each in told] == [
        (2, "candidates", "PX-001"), (3, "clear", ""), (4, "unresolved", ""), (5, "unresolved", ""),
    ]  # fmt: skip
    assert [each.column for each in told] == ["", "", "birth_date", "country"]
    assert told[0].candidates == 1
    assert told[0].score >= 900


def test_rows_with_candidates_come_a_page_at_a_time_and_each_is_asked_about_again(
    scene: Scene, officer: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_files, "STEP_ROWS", 2)
    found = screened(officer, f"{HEAD}{LISTED},,,1\n{NOBODY},,,2\n{LISTED},,,3\n{LISTED_URDU},,,4\n{NOBODY},,,5\n")
    first, passed_over = name_files.candidates(officer, found.id, 0, limit=2)
    assert ([each.line for each in first], passed_over) == ([2, 4], 3)
    last, passed_over = name_files.candidates(officer, found.id, passed_over, limit=2)
    assert ([each.line for each in last], passed_over) == ([5], 0)
    assert name_files.asked(officer, found.id, 5).names == (LISTED_URDU,)
    with pytest.raises(Refused, match="begins in this line"):
        name_files.asked(officer, found.id, 99)
    waiting = given(officer, NAMES)
    with pytest.raises(Refused, match="no answers"):
        name_files.candidates(officer, waiting.id)
    with pytest.raises(Refused, match="no answers"):
        name_files.asked(officer, waiting.id, 2)


def test_nothing_of_it_can_be_read_on_the_disk_or_in_the_tables(scene: Scene, officer: "Person") -> None:
    found = screened(officer, NAMES)
    kept = b"".join(path.read_bytes() for path in (settings.PORTAL / "names").rglob("*") if path.is_file())
    rows = repr(list(NameFile.objects.values()))
    for secret in (LISTED, LISTED_URDU, NOBODY, "PX-001"):
        assert secret.encode() not in kept
        assert secret not in rows
    assert len(NameFileKey.objects.get(name_file=found.id).key) == 32


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("first,second\nA,B\n", [1, "", "csv.head"]),
        (f'{HEAD}A,,,1\nB,"broken" more,,\n"', [3, "", "csv.broken"]),
        (f'{HEAD}A,,,1\n"B,,,2\nC,,,3\n', [3, "", "csv.broken"]),
        (HEAD, [1, "", "file.rows_missing"]),
        (f"{HEAD}A,,,\nB,,,\n".encode() + b"\xff\xe9,,,\n", [4, "", "file.characters"]),
    ],
)
def test_a_file_that_cannot_be_read_says_where(
    scene: Scene, officer: "Person", text: str | bytes, finding: list[object]
) -> None:
    found = screened(officer, text)
    assert (found.state, found.findings) == (NameFileState.REFUSED, [finding])
    with pytest.raises(Refused, match="no answers"):
        name_files.answers(officer, found.id)


def test_what_is_too_large_is_not_taken(
    scene: Scene, officer: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    with pytest.raises(Malformed, match="10 MB"):
        name_files.add(officer, (b"x" * (1 << 20) for _ in range(12)))
    with pytest.raises(Malformed, match="empty"):
        name_files.add(officer, [])
    monkeypatch.setattr(name_files, "ROWS_MAX", 3)
    assert screened(officer, NAMES).findings == [[5, "", "file.rows"]]
    for _ in range(3):
        given(officer, NAMES)
    with pytest.raises(Refused, match="wait already"):
        given(officer, NAMES)


def test_utf_16_of_a_spreadsheet_is_read(scene: Scene, officer: "Person") -> None:
    found = screened(officer, "name;dob\nWilhelmina Oosterhuis;1950\n".encode("utf-16"))
    assert (found.state, found.clear) == (NameFileState.DONE, 1)


def test_a_killed_step_is_done_again_and_nothing_twice(
    scene: Scene, officer: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_files, "STEP_ROWS", 2)
    found = given(officer, HEAD + "".join(f"{NOBODY} {number},,,\n" for number in range(7)))
    step, steps = name_files._step, []

    def killed(*arguments: object) -> None:
        step(*arguments)  # type: ignore[arg-type]
        steps.append(arguments)
        if len(steps) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(name_files, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        name_files.work()
    found.refresh_from_db()
    assert (found.state, found.done) == (NameFileState.RUNNING, 4)
    assert name_files.work() == 3
    found.refresh_from_db()
    assert (found.state, found.done, found.clear) == (NameFileState.DONE, 7, 7)
    assert [each.line for each in name_files.answers(officer, found.id)] == list(range(2, 9))


def test_when_a_list_changes_meanwhile_all_rows_are_answered_anew(
    scene: Scene, officer: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_files, "STEP_ROWS", 1)
    monkeypatch.setattr(name_files, "TURN_SECONDS", -1.0)  # one step a turn
    found = given(officer, f"{HEAD}Gulzar Invented Person,,,1\n{NOBODY},,,2\n")
    assert name_files.work() == 1
    scene.take(scene.rows(lambda lines: [*lines, "PX-009,Gulzar Invented Person,,,,,,,,Person,,"]))
    name_files.work()
    name_files.work()
    found.refresh_from_db()
    assert (found.state, found.candidates, found.clear, found.versions) == ("done", 1, 1, [["national", 2]])


def test_without_a_list_it_waits_and_says_so(scene: Scene, officer: "Person", tmp_path: Path) -> None:
    scene.lists.folder.path.rename(tmp_path / "away")
    scene.lists._used = None
    scene.lists.forget()
    found = screened(officer, NAMES)
    assert (found.state, found.problem, found.done) == (NameFileState.WAITING, "list_unavailable", 0)


def test_after_a_week_it_is_gone_for_ever(scene: Scene, officer: "Person") -> None:
    found = screened(officer, NAMES)
    assert name_files.forget_old() == 0
    NameFile.objects.update(added_at=timezone.now() - timedelta(days=8))
    assert name_files.forget_old() == 1
    found.refresh_from_db()
    assert (found.state, found.candidates) == (NameFileState.REMOVED, 1)
    assert not NameFileKey.objects.exists()
    assert not list((settings.PORTAL / "names").iterdir())


def test_removed_while_it_runs_it_is_not_written_again(
    scene: Scene, officer: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:
    found = given(officer, NAMES)
    told = name_files._told

    def removed(document: dict[str, object]) -> object:
        name_files._remove(NameFile.objects.get(id=found.id))
        return told(document)

    monkeypatch.setattr(name_files, "_told", removed)
    with pytest.raises(Refused, match="removed"):
        name_files.work()
    assert not list((settings.PORTAL / "names").iterdir())


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_way_through_the_pages(scene: Scene, browse: "Callable[..., Client]", language: str) -> None:
    client = browse("compliance_officer")
    client.cookies["language"] = language
    assert client.post("/screening/files/", {}).status_code == 200
    answer = client.post("/screening/files/", {"document": SimpleUploadedFile("names.csv", NAMES.encode())})
    address = answer["Location"]
    assert 'http-equiv="refresh"' in client.get(address).content.decode()
    assert client.get(f"{address}answers.csv").status_code == 409
    name_files.work()
    page = client.get(address).content.decode()
    assert 'http-equiv="refresh"' not in page
    assert "birth_date" in page
    assert LISTED_URDU not in page, "the list of rows holds no names"
    assert f"{address}2/" in page
    opened = client.get(f"{address}2/").content.decode()
    assert LISTED_URDU in opened
    assert client.get(f"{address}3/").status_code == 200, "a row that is clear can be looked at as well"
    assert client.get(f"{address}4/").status_code == 422, "its birth date cannot be read"
    assert client.get(f"{address}?cursor=x").status_code == 422
    asked = {name: found[1] for name in ("source", "reference", "entry_digest")
             if (found := re.search(rf'name="{name}" value="([^"]+)"', opened))}  # fmt: skip
    taken = client.post(f"{address}2/take-up/", asked)
    assert taken["Location"].startswith("/screening/matches/")
    assert LISTED_URDU in client.get(taken["Location"]).content.decode()
    assert client.post(f"{address}3/take-up/", asked).status_code == 404, "whoever is clear is nobody's candidate"
    answers = client.get(f"{address}answers.csv")
    assert answers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answers.getvalue().decode("utf-8-sig"))))
    assert [each["result"] for each in rows] == ["candidates", "clear", "unresolved", "unresolved"]
    assert rows[3]["name"] == "'=cmd()", "no spreadsheet takes it for a formula"
    assert address in client.get("/screening/files/").content.decode()
    assert client.post(f"{address}remove/").status_code == 302
    assert client.get(f"{address}answers.csv").status_code == 409
    assert client.get(address).status_code == 200
    assert client.get(f"{address}2/").status_code == 409
    other = browse("maker").get(address)
    assert other.status_code == 403
