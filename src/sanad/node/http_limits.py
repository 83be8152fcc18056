"""Bounds of the HTTP interface. What they stop never reaches the node's core: these are *edge* refusals.

Ordered refusals (key, lane, expiry, quota) are another thing: the core raises them, as pure functions of its state.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import ceil

from sanad.base.errors import Refused, Unavailable
from sanad.rulebook.message import MESSAGE_SIZE_MAX


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the interface; an operator may lower or raise each."""

    message_size_max: int = MESSAGE_SIZE_MAX
    """Bytes of one message."""
    bytes_in_flight_max: int = 64 << 20
    """Bytes of all messages that have arrived and are not answered: what submits may cost in memory."""
    messages_per_second: int = 20_000
    """Of one institution from one address, on average. The number is claimed, not yet proved: by address, so that a
    stranger who claims a bank's number uses up his own share and not the bank's."""
    messages_at_once: int = 20_000
    """How many of those may come in one moment."""
    body_seconds: float = 10.0
    """From the end of the head to the last byte of the body."""
    answer_seconds: float = 30.0
    """Until the core must have answered; the message is decided all the same."""
    head_bytes_max: int = 16_384
    headers_max: int = 64
    target_bytes_max: int = 2_048
    """Path and query."""
    head_seconds: float = 10.0
    """From connecting, or from a request's first byte, to the end of the head; also for reading what we write."""
    idle_seconds: int = 30
    """Between two requests of a connection."""
    pipelined_max: int = 32
    """Requests of one connection that may wait for the one before; each costs memory before it is looked at."""
    connections_max: int = 512
    read_threads: int = 4
    reads_waiting_max: int = 64
    """Reads that may wait for a thread."""
    shutdown_seconds: int = 10
    """For requests that are under way when the node stops."""


DEFAULT = Limits()


@dataclass(slots=True)
class BytesInFlight:
    """Counts bytes of messages between arrival and answer."""

    most: int
    now: int = 0

    def check(self, coming: int) -> None:
        """Raise `Unavailable` when `coming` more bytes would be too many."""
        if self.now + coming > self.most:
            raise Unavailable("the node is taking in as many messages as its memory allows")

    def add(self, size: int) -> None:
        """Count bytes that have arrived. Raises `Unavailable`, and counts nothing, when they are too many."""
        self.check(size)
        self.now += size

    def remove(self, size: int) -> None:
        """Forget bytes that were added."""
        self.now -= size


@dataclass(slots=True)
class RateLimiter:
    """A token bucket for each sender: `per_second` on average, `at_once` in one moment."""

    per_second: int
    at_once: int
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[Hashable, tuple[float, float]] = field(default_factory=dict)

    SENDERS_MAX = 4_096

    def take(self, sender: Hashable) -> None:
        """Take one token. Raises `Refused` with status 429 when there is none."""
        now = self.clock()
        tokens, since = self._buckets.get(sender, (float(self.at_once), now))
        tokens = min(self.at_once, tokens + (now - since) * self.per_second)
        if tokens < 1:
            raise TooManyMessages(ceil((1 - tokens) / self.per_second))
        if len(self._buckets) >= self.SENDERS_MAX and sender not in self._buckets:
            self._make_room(now)
        self._buckets[sender] = (tokens - 1, now)

    def _make_room(self, now: float) -> None:
        """Forget the older half: most of them have full buckets by now."""
        by_age = sorted(self._buckets, key=lambda sender: now - self._buckets[sender][1], reverse=True)
        for sender in by_age[: self.SENDERS_MAX // 2]:
            del self._buckets[sender]


class TooManyMessages(Refused):
    """One sender sends faster than the edge lets it."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("messages per second", f"send more slowly; go on after {retry_after_seconds} s", 429)
        self.retry_after_seconds = retry_after_seconds
