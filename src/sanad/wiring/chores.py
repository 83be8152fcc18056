"""What the portal does without being asked: e-mail out, the trail's head on the record, clocks and retention told.

`sanad portal` does it in a thread of its own, `sanad portal work` once, for those who serve the pages otherwise. Of
several processes one works at a time. Every chore can be repeated and killed anywhere.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from traceback import format_tb

from django.conf import settings
from django.db import close_old_connections

from sanad.base.errors import Refused, SanadError
from sanad.compliance.screening.desk import customers, held, matches, name_files
from sanad.node import folder
from sanad.people import anchoring, mail, notifications
from sanad.programmes.licensing.desk import keeping, telling
from sanad.wiring import holding

log = logging.getLogger("sanad.portal")
LOCK = "chores.lock"
TURN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do now and then. Its result counts what was done; 0 or None is nothing."""

    name: str
    every_seconds: float
    do: Callable[[], object]
    first_seconds: float = 0.0
    """How long after the start it is done for the first time."""


CHORES = (
    Chore("screening", 10, customers.work),
    Chore("decisions of screening", 600, matches.end_what_expired),
    Chore("held payments", 10, holding.work),
    Chore("decisions about payments", 5, held.work),
    Chore("reservations that ended", 300, held.note_ended, 120),
    Chore("files of names", 5, name_files.work),
    Chore("old files of names", 3_600, name_files.forget_old),
    Chore("e-mail", 5, mail.send_waiting),
    Chore("trail", 600, anchoring.anchor_today, 120),  # not while commands of the start use the same gateway
    Chore("clocks", 3_600, telling.clocks_that_end),
    Chore("retention", 6 * 3_600, keeping.tell_what_is_due),
    Chore("old notifications", 24 * 3_600, notifications.forget_old),
)


def work_once() -> dict[str, str]:
    """Do everything now; what came of each. Raises `Refused` when another process is at it."""
    with folder.held(settings.PORTAL, LOCK):
        return {each.name: _done(each) for each in CHORES}


def serve(stopped: Callable[[float], bool]) -> None:
    """Until `stopped(seconds)`, which waits, says so. While another process works this one waits."""
    last = {each.name: time.monotonic() + each.first_seconds - each.every_seconds for each in CHORES}
    while not stopped(TURN_SECONDS):
        try:
            with folder.held(settings.PORTAL, LOCK):
                while not stopped(TURN_SECONDS):
                    _turn(last)
        except Refused:
            continue


def _turn(last: dict[str, float]) -> None:
    for each in CHORES:
        now = time.monotonic()
        if now - last[each.name] >= each.every_seconds:
            last[each.name] = now
            _done(each)
    close_old_connections()


def _done(chore: Chore) -> str:
    """What came of it. Nothing that goes wrong ends the others."""
    try:
        result = chore.do()
    except SanadError as error:
        log.warning("%s: %s", chore.name, error)
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next turn tries again and the operator has a line
        # Where in the code, never the error's own words: they may hold what somebody typed.
        log.error("%s: %s\n%s", chore.name, type(error).__name__, "".join(format_tb(error.__traceback__)))  # noqa: TRY400
        return type(error).__name__
    return str(result or "nothing to do")
