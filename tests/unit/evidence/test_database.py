"""Two processes and one file: whoever comes second waits a while, is told so, and is told what to do if it lasts."""

import time
from pathlib import Path

import pytest

from sanad.base.errors import Refused
from sanad.evidence import database
from sanad.evidence.database import Waiting, open_database
from tests.unit.evidence.another_process import holding

SCHEMA = "CREATE TABLE note (text TEXT)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.sqlite"
    open_database(path, SCHEMA, 1).close()
    return path


def test_whoever_comes_second_waits_and_says_so_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_TOLD_AFTER_SECONDS", 0.1)
    told: list[str] = []
    with holding(file, 0.7) as number:
        began = time.monotonic()
        open_database(file, SCHEMA, 1, Waiting(30.0, told.append)).close()
        assert time.monotonic() - began > 0.3
    assert told == [f"another process (number {number}) works with gateway.sqlite; waiting up to 30 seconds …"]


def test_who_does_not_wait_long_says_nothing(file: Path) -> None:
    told: list[str] = []
    with holding(file, 0.3):
        open_database(file, SCHEMA, 1, Waiting(30.0, told.append)).close()
    assert told == []


def test_when_it_lasts_it_is_told_which_process_and_what_to_do(file: Path) -> None:
    with holding(file, 60) as number, pytest.raises(Refused, match="did not let go of it within 1 seconds") as raised:
        open_database(file, SCHEMA, 1, Waiting(1.0))
    assert raised.value.right == "one process"
    assert f"another process (number {number}) holds gateway.sqlite" in raised.value.advice
    assert "Do the same again when that process has done its work" in raised.value.advice
    open_database(file, SCHEMA, 1).close()


def test_where_the_machine_does_not_tell_the_number_it_is_another_process(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LOCKS", tmp_path / "not-there")
    with holding(file, 60), pytest.raises(Refused, match=r"another process holds gateway\.sqlite"):
        open_database(file, SCHEMA, 1, Waiting(0.0))
