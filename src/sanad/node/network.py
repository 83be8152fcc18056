"""What the node says of its network, asked for now and then: name, demonstration or not, newest block."""

import threading
import time
from collections.abc import Callable

from sanad.base.errors import SanadError
from sanad.node.client import NodeClient, Patience
from sanad.node.service import Health

FRESH_SECONDS = 2.0
_PATIENCE = Patience(attempts_max=1, connect_seconds=0.5, answer_seconds=1.0)
_PATIENCE_OF_PAGES = Patience(attempts_max=1, connect_seconds=0.5, answer_seconds=5.0)


class Network:
    """One node's network. Any thread; the node is asked at most every `FRESH_SECONDS`, by one thread at a time."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._asking = threading.Lock()
        self._asked = 0.0
        self._health: Health | None = None
        self._identifier: bytes | None = None

    def health(self) -> Health | None:
        """How the node is; None while it is silent."""
        if time.monotonic() - self._asked > FRESH_SECONDS and self._asking.acquire(blocking=False):
            try:
                self._health = self._ask()
                self._asked = time.monotonic()
            finally:
                self._asking.release()
        return self._health

    def identifier(self) -> bytes | None:
        """The 16 bytes that name the network; None before the node has answered once."""
        self.health()
        return self._identifier

    @property
    def is_demonstration(self) -> bool:
        """Whether nothing here is money, as the genesis says. A silent node is no demonstration: fail closed."""
        health = self.health()
        return health is not None and health.demonstration

    def client(self) -> NodeClient:
        """A client for public reads, to be closed; it tries once, and does not keep a page waiting."""
        return NodeClient(self._address(), patience=_PATIENCE_OF_PAGES)

    def _ask(self) -> Health | None:
        try:
            with NodeClient(self._address(), patience=_PATIENCE) as client:
                found = client.health()
                self._identifier = client.network
                return found
        except SanadError:
            return None
