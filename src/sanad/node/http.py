"""The node's HTTP interface: `serve` a `NodeService` on an address until the process is told to stop.

What it answers is in `http_application`. Here is the process: uvicorn on uvloop and httptools.
"""

import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, cast

import uvicorn

from sanad.base.errors import Refused
from sanad.node.http_application import Application
from sanad.node.http_direct import direct_protocol
from sanad.node.http_limits import DEFAULT, Limits
from sanad.node.service import NodeService

_BACKLOG = 2_048
_PORT_MAX = 65_535


class HttpServer:
    """A node's interface on one address: bound when made, served by `run` on the thread that calls it.

    In the main thread SIGINT and SIGTERM end `run`, which then returns; a second one gives up on what is under way. In
    another thread call `stop`.
    """

    def __init__(
        self,
        service: NodeService,
        host: str = "127.0.0.1",
        port: int = 8_470,
        limits: Limits = DEFAULT,
        *,
        access_log: bool = False,
        started: Callable[[], None] | None = None,
    ) -> None:
        self._socket = bind(host, port)
        self.address = _address(self._socket)
        """Where it listens, such as `http://127.0.0.1:8470`; the port is the true one when 0 was asked for."""
        self._application = Application(service, limits, access_log=access_log)
        config = uvicorn.Config(
            cast(Any, self._application),
            loop="uvloop",
            http=direct_protocol(limits, self._application),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=limits.shutdown_seconds,
        )
        self._server = _Server(config, started)

    def run(self) -> None:
        """Serve until told to stop."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._application.close()
            self._socket.close()

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn raises the signal again when it has shut down, which would end the process with an error: we don't."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._tell_started is not None:
            self._tell_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._stop_by_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop_by_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def serve(
    service: NodeService,
    host: str = "127.0.0.1",
    port: int = 8_470,
    limits: Limits = DEFAULT,
    *,
    access_log: bool = False,
    started: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then return. `started` is called once connections are taken.

    Raises `Refused` when the address cannot be had.
    """
    HttpServer(service, host, port, limits, access_log=access_log, started=started).run()


def bind(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `Refused` that says why there is none and what to do."""
    if not 0 <= port <= _PORT_MAX:
        raise Refused("listen", f"{port} is no port; choose one from 1 to {_PORT_MAX}, or 0 for any free one", 409)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise Refused("listen", f"this machine does not know the host {host}; use 127.0.0.1", 409) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Refused("listen", f"{_why(error, host, port)}", 409) from error
    listener.setblocking(False)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; stop the program that has it or choose another port"
    if error.errno == errno.EACCES:
        return f"this user may not have port {port}; choose one from 1024 up"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; use 127.0.0.1, or an address of this machine"
    return f"port {port} of {host} can't be had ({error.strerror}); choose another"
