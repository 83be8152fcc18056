"""How many messages a second the HTTP interface takes in front of a core that does nothing, beside a bare uvicorn.

    python bench/http_interface.py [requests] [connections]

Server and client are two processes; on two cores each has one. Prints one JSON object. `ratio` is the interface's rate
over that of an application that reads nothing and answers two bytes: what our checks cost on top of the server.
"""

import json
import multiprocessing
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import uvicorn

from sanad.node.http import HttpServer, bind
from sanad.node.load_client import LoadClient
from sanad.rulebook import message

ANSWER = secrets.token_bytes(600)


class NullService:
    """Answers at once, with a receipt's size."""

    network = bytes(16)

    def submit(self, _raw: bytes) -> Future[bytes]:
        """A future that is done."""
        future: Future[bytes] = Future()
        future.set_result(ANSWER)
        return future

    def institution_class(self, _institution: int) -> int | None:
        """A bank."""
        return 3


class BatchedService(NullService):
    """Ends all futures of the last millisecond at once, from another thread, as the writer of a node does."""

    def __init__(self) -> None:
        self._waiting: deque[Future[bytes]] = deque()
        threading.Thread(target=self._end, daemon=True).start()

    def submit(self, _raw: bytes) -> Future[bytes]:
        """A future that ends within about a millisecond."""
        future: Future[bytes] = Future()
        self._waiting.append(future)
        return future

    def _end(self) -> None:
        while True:
            time.sleep(0.001)
            while self._waiting:
                self._waiting.popleft().set_result(ANSWER)


def serve_batched(report: Any) -> None:
    """The interface before a core in another thread."""
    server = HttpServer(BatchedService(), port=0)  # type: ignore[arg-type]
    report.send(server.address)
    server.run()


def serve_ours(report: Any) -> None:
    """The interface, in a process of its own."""
    server = HttpServer(NullService(), port=0)  # type: ignore[arg-type]
    report.send(server.address)
    server.run()


def serve_bare(report: Any) -> None:
    """The smallest application that uvicorn can serve."""

    async def hello(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})

    listener = bind("127.0.0.1", 0)
    report.send(f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        hello, loop="uvloop", http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[listener])


def measure(serve: Callable[[Any], None], raw: bytes, requests: int, connections: int) -> dict[str, float]:
    """Figures of one run against `serve`, after a tenth of it to warm up."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        client = LoadClient(ours.recv(), connections)
        client.run([raw] * (requests // 10))
        return client.run([raw] * requests).summary()
    finally:
        server.kill()
        server.join()


def single_payment() -> bytes:
    """A message of one transfer, 312 bytes; nobody checks its signature here."""
    header = message.Header(message.Kind.TRANSFERS, bytes(16), 3, 1, 1, 10**15, 1, 0, 0, bytes(16), bytes(32))
    signature = message.Signature(message.Suite.ED25519, bytes(16), bytes(64))
    return message.assemble(header, secrets.token_bytes(message.TRANSFER_SIZE), (signature,)).raw


def main() -> None:
    """Run and print."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 32
    small, large = single_payment(), secrets.token_bytes(message.MESSAGE_SIZE_MAX)
    ours = measure(serve_ours, small, requests, connections)
    batched = measure(serve_batched, small, requests, connections)
    bare = measure(serve_bare, small, requests, connections)
    bulk = measure(serve_ours, large, max(20, requests // 100), 4)
    figures = {
        "message_bytes": len(small),
        "ours": ours,
        "core_in_another_thread": batched,
        "bare_uvicorn": bare,
        "ratio": round(ours["messages_per_second"] / bare["messages_per_second"], 3),
        "one_mebibyte": bulk,
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
