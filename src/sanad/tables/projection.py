"""From the record to tables: what a programme's `projection.py` must offer, and waiting until a page can show it."""

import time
from typing import Protocol

from django.db import DatabaseError

from sanad.node.events import Event
from sanad.tables.models import Cursor

WAIT_SECONDS = 2.0
_POLL_SECONDS = 0.02


class Projection(Protocol):
    """A programme's module `projection`. It reads the event and its own view tables, and nothing else.

    It is called for every event of the record, in order, once; what it writes is in one transaction with the cursor.
    It may be called again from the first event on, with its tables empty: the result must be the same.
    """

    VERSION: int
    """Raise it when the same events shall give other rows: the views are then made anew."""

    def project(self, event: Event) -> None:
        """Write what the event changed."""


def position() -> Cursor | None:
    """How far the views are; None when there are none yet."""
    try:
        return Cursor.objects.filter(number=1).first()
    except DatabaseError:  # the projector has never run: there is no table
        return None


def wait_for(entry: int, seconds: float = WAIT_SECONDS) -> bool:
    """After a write: wait until the views hold `entry`, at most `seconds`; whether they do.

    When they do not, the page is shown all the same, with a sentence that it will be up to date in a moment.
    """
    ends = time.monotonic() + seconds
    while True:
        cursor = position()
        if cursor is not None and cursor.entry >= entry:
            return True
        if time.monotonic() >= ends:
            return False
        time.sleep(_POLL_SECONDS)
