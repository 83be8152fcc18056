"""The code still gives the golden vectors. A difference is a change of a format: it needs an ADR, not a new file."""

import json

import pytest

from sanad.rulebook.message import parse
from tests.golden.generate import FILE, a_small_history, vectors

KEPT = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", list(KEPT))
def test_the_code_gives_the_kept_vectors(name: str) -> None:
    assert vectors()[name] == KEPT[name]


def test_every_message_of_the_history_is_read_again() -> None:
    for entry in a_small_history().entries:
        assert parse(entry.message.raw) == entry.message
