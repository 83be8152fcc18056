"""Block time: the wall clock, watched. It may creep or jump back; a leap of 10 minutes stops the node."""

import threading
import time

from sanad.base.errors import Unavailable

LEAP_MS = 10 * 60 * 1_000


class Clock:
    """The wall clock in ms since 1970 UTC. Starting it confirms the time; after a leap an operator confirms."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leap_ms = 0
        self.confirm()

    def confirm(self) -> None:
        """Take the wall clock as right from now on."""
        with self._lock:
            self._wall_ms = self._wall()
            self._monotonic_ms = self._monotonic()
            self._leap_ms = 0

    def now_ms(self) -> int:
        """The time now. Raises `Unavailable` after a leap, until `confirm`."""
        with self._lock:
            wall, monotonic = self._wall(), self._monotonic()
            expected = self._wall_ms + monotonic - self._monotonic_ms
            if abs(wall - expected) > LEAP_MS or self._leap_ms:
                self._leap_ms = self._leap_ms or wall - expected
                raise Unavailable(self.reason(), 30)
            self._wall_ms, self._monotonic_ms = wall, monotonic
            return wall

    def reason(self) -> str:
        """Why no messages are taken, and what to do; "" when all is well."""
        if not self._leap_ms:
            return ""
        minutes = (self._leap_ms + 30_000) // 60_000
        return f"the clock leapt by {minutes} minutes; set it right, then confirm it: kill -USR1 <the node's process>"

    def _wall(self) -> int:
        return time.time_ns() // 1_000_000

    def _monotonic(self) -> int:
        return time.monotonic_ns() // 1_000_000
