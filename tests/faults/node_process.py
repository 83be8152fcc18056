"""Node processes for the tests of faults: the same core, HTTP interface and replayer as `sanad node`, started quickly.

    python -m tests.faults.node_process      one JSON order a line on standard input, a process number a line back

Loading the compiled posting takes seconds and a test kills dozens of nodes. So this process loads once and forks one
process for each order. What runs there is a whole node of its own; nothing is shared but the code in memory. When this
process goes, the kernel ends all that it forked.
"""

import ctypes
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from nacl import pwhash

from sanad.base.errors import SanadError
from sanad.node import kernel_cache, replayer, rows, sealed

DEATH_SIGNAL_OPTION = 1  # prctl(PR_SET_PDEATHSIG)
WORDS = "four quiet green boats"


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do. `answer` is the file in which it says its address, or why it does not start."""

    what: str
    folder: str
    answer: str
    segment_size: int
    rows_step: int = 8 << 20
    replayer: bool = True
    target: str = ""
    short_writes: bool = False
    """Whether a block goes to its segment in many small writes, so that a kill may come between two of them."""

    def encode(self) -> str:
        return json.dumps(asdict(self))


def say(order: Order, word: str) -> None:
    """Put the answer there at once, so that nobody reads a part of it."""
    making = Path(order.answer + ".making")
    making.write_text(word)
    making.rename(order.answer)


def write_slice(handle: int, pieces: list[bytes], offset: int) -> int:
    """A short write, as the kernel may make at any time."""
    time.sleep(0.0002)
    return os.pwrite(handle, memoryview(pieces[0]).cast("B")[:1024], offset)


def serve(order: Order) -> None:
    """A node until SIGTERM."""
    from sanad.kernel.posting import post
    from sanad.node.core import Node
    from sanad.node.http import HttpServer

    rows._STEP = order.rows_step
    if order.short_writes:
        os.pwritev = write_slice  # type: ignore[assignment]
    replayer.MODULE = "tests.faults.replayer_process"
    node = Node(Path(order.folder), post, lambda said: print(said, file=sys.stderr), order.segment_size)
    node.start(with_replayer=order.replayer)
    server = HttpServer(node, "127.0.0.1", 0, started=lambda: say(order, server.address))
    try:
        server.run()
    finally:
        node.close()
    say(order, "ended")


def back_up(order: Order) -> None:
    """One back-up of a record whose node may be running."""
    from sanad.node.backup import backup

    sealed.operations, sealed.memory_bytes = pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN
    report = backup(Path(order.folder), Path(order.target), WORDS, segment_size=order.segment_size)
    say(order, f"height {report.end.height}")


def work(order: Order) -> int:
    """In the forked process."""
    ctypes.CDLL(None).prctl(DEATH_SIGNAL_OPTION, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order.answer + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        serve(order) if order.what == "node" else back_up(order)
    except SanadError as error:
        print(error, file=sys.stderr, flush=True)
        say(order, f"refused {error}")
        return 1
    return 0


def main() -> None:
    kernel_cache.warm(kernel_cache.prepare(lambda _: None))
    import sanad.kernel.posting
    import sanad.node.backup
    import sanad.node.core
    import sanad.node.http  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forked: the kernel forgets them
    print("ready", flush=True)
    for line in sys.stdin:
        order = Order(**json.loads(line))
        number = os.fork()
        if number == 0:
            code = 2
            try:
                code = work(order)
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(number, flush=True)


if __name__ == "__main__":
    main()
