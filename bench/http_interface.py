"""What the HTTP interface costs: messages a second, and CPU of the event loop's one thread for each message.

    python bench/http_interface.py [requests] [connections]

Server and client are two processes; on two cores each has one. Prints one JSON object. The cores behind the interface:
`null` answers at once, `batched` answers from another thread as the writer of a node does, `checking` parses and
verifies the signature first, as a node does. `ratio` is the rate before `null` over that of an application that reads
nothing and answers two bytes. `loop_cpu_us` does not depend on what else the machine does; rates and latencies do.
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
from nacl.signing import SigningKey

from sanad.node import process
from sanad.node.http import HttpServer, bind
from sanad.node.http_limits import Limits
from sanad.node.load_client import LoadClient
from sanad.rulebook import message
from sanad.rulebook.signatures import is_signature

ANSWER = secrets.token_bytes(600)
KEY = SigningKey(bytes(32))
PUBLIC = bytes(KEY.verify_key)
LIMITS = Limits(messages_per_second=1_000_000, messages_at_once=1_000_000)
"""One sender sends everything here: its rate is not what is measured."""


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


class CheckingService(BatchedService):
    """Does on the loop's thread what a node's core does there."""

    def submit(self, raw: bytes) -> Future[bytes]:
        """Parse, verify, and wait for the other thread."""
        parsed = message.parse(raw)
        for signature in parsed.signatures:
            if not is_signature(signature.suite, PUBLIC, parsed.digest, signature.value):
                raise AssertionError("the bench signs its messages")
        return super().submit(raw)


def report_cpu(report: Any) -> None:
    """From a thread of its own: answer each question with the CPU seconds of the main thread, which runs the loop."""
    clock = time.pthread_getcpuclockid(threading.main_thread().ident or 0)

    def answer() -> None:
        while True:
            report.recv()
            report.send(time.clock_gettime(clock))

    threading.Thread(target=answer, daemon=True).start()


def serve_ours(core: type[NullService], report: Any) -> None:
    """The interface, in a process of its own."""
    process.keep_memory()
    server = HttpServer(core(), port=0, limits=LIMITS)  # type: ignore[arg-type]
    report.send(server.address)
    report_cpu(report)
    server.run()


def serve_bare(_core: type[NullService], report: Any) -> None:
    """The smallest application that uvicorn can serve."""

    async def hello(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})

    listener = bind("127.0.0.1", 0)
    report.send(f"http://127.0.0.1:{listener.getsockname()[1]}")
    report_cpu(report)
    config = uvicorn.Config(
        hello, loop="uvloop", http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[listener])


def measure(
    serve: Callable[[type[NullService], Any], None],
    core: type[NullService],
    raw: bytes,
    requests: int,
    connections: int,
) -> dict[str, float]:
    """Figures of one run against `serve`, after a tenth of it to warm up."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(core, theirs), daemon=True)
    server.start()

    def cpu_seconds() -> float:
        ours.send(None)
        return float(ours.recv())

    try:
        client = LoadClient(ours.recv(), connections)
        client.run([raw] * (requests // 10))
        before = cpu_seconds()
        figures = client.run([raw] * requests).summary()
        return {"loop_cpu_us": round((cpu_seconds() - before) / requests * 1e6, 1), **figures}
    finally:
        server.kill()
        server.join()


def signed(items: int) -> bytes:
    """A message of so many transfers, signed."""
    header = message.Header(message.Kind.TRANSFERS, bytes(16), 3, 1, 1, 10**15, items, 0, 0, bytes(16), bytes(32))
    unsigned = message.assemble(header, secrets.token_bytes(items * message.TRANSFER_SIZE), ())
    value = KEY.sign(unsigned.digest).signature
    signature = message.Signature(message.Suite.ED25519, message.key_id(message.Suite.ED25519, PUBLIC), value)
    return message.with_signatures(unsigned, (signature,)).raw


def main() -> None:
    """Run and print."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 32
    single, full = signed(1), signed(message.TRANSFERS_MAX)
    many = max(20, requests // 50)
    null = measure(serve_ours, NullService, single, requests, connections)
    bare = measure(serve_bare, NullService, single, requests, connections)
    figures = {
        "single_bytes": len(single),
        "full_bytes": len(full),
        "single_null": null,
        "single_batched": measure(serve_ours, BatchedService, single, requests, connections),
        "single_checking": measure(serve_ours, CheckingService, single, requests, connections),
        "bare_uvicorn": bare,
        "ratio": round(null["messages_per_second"] / bare["messages_per_second"], 3),
        "full_null": measure(serve_ours, NullService, full, many, 4),
        "full_checking": measure(serve_ours, CheckingService, full, many, 4),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
