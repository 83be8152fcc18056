"""Every decision has its page, all pages have one form, and the index knows them all."""

import re
from pathlib import PurePosixPath

from tests.tidy import sources

FOLDER = "docs/adr/"
FORM = re.compile(r"^# (\d{4})\. .+\n.*^## Context\n.+^## Decision\n.+^## Consequences\n.+", re.DOTALL | re.MULTILINE)


def decisions() -> list[str]:
    return [name for name in sources.files() if name.startswith(FOLDER) and name != f"{FOLDER}README.md"]


def test_there_are_decisions() -> None:
    assert decisions()


def test_each_has_context_decision_and_consequences() -> None:
    for name in decisions():
        form = FORM.match(sources.text(name) or "")
        assert form, f"{name} is not in the form of docs/adr/README.md"
        assert PurePosixPath(name).name.startswith(f"{form[1]}-"), f"{name} carries another number inside"


def test_numbers_run_without_gap() -> None:
    assert [int(PurePosixPath(name).name[:4]) for name in decisions()] == list(range(1, len(decisions()) + 1))


def test_the_index_names_each() -> None:
    index = sources.text(f"{FOLDER}README.md") or ""
    assert [name for name in decisions() if f"({PurePosixPath(name).name})" not in index] == []
