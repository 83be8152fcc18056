"""The portal's own work: everything once, nothing that goes wrong stops the rest, one process at a time."""

import threading

import pytest
from django.conf import settings

from sanad.base.errors import Refused, Unavailable
from sanad.node.folder import held
from sanad.wiring import chores
from sanad.wiring.chores import Chore


def refused() -> None:
    raise Unavailable("the node is silent", 5)


TYPED = "what somebody typed"


def broken() -> None:
    raise ValueError(TYPED)


def test_what_goes_wrong_stops_nothing_and_tells_no_words(
    tables: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done = Chore("last", 1, lambda: 3)
    monkeypatch.setattr(chores, "CHORES", (Chore("silent", 1, refused), Chore("broken", 1, broken), done))
    told = chores.work_once()
    assert told == {"silent": "the node is silent; try again after 5 s", "broken": "ValueError", "last": "3"}
    assert TYPED not in caplog.text
    assert "in broken" in caplog.text, "where in the code"


def test_one_process_at_a_time(tables: None) -> None:
    with held(settings.PORTAL, chores.LOCK), pytest.raises(Refused):
        chores.work_once()


def test_a_chore_is_done_again_when_its_time_comes_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    often = Chore("often", 0, lambda: counted.append("often"))
    once, later = (
        Chore("once", 3_600, lambda: counted.append("once")), Chore("later", 1, lambda: counted.append("x"), 60),
    )  # fmt: skip
    monkeypatch.setattr(chores, "CHORES", (often, once, later))
    ended, turns = threading.Event(), iter(range(5))
    monkeypatch.setattr(chores, "close_old_connections", lambda: None)
    chores.serve(lambda _seconds: ended.is_set() or next(turns, None) is None)
    assert counted.count("once") == 1
    assert counted.count("often") > 1
    assert "x" not in counted
