"""The node process that is measured: the same core and the same HTTP interface as `sanad node`."""

import sys
from pathlib import Path

from sanad.node import kernel_cache, process
from sanad.node.http import HttpServer
from sanad.node.http_limits import Limits

# One client sends as fast as it can: the rate that a client would be held to is not what is measured.
_LIMITS = Limits(messages_per_second=1_000_000, messages_at_once=1_000_000)


def _say(said: str) -> None:
    sys.stderr.write(said + "\n")


def main() -> None:
    """`python -m sanad.interfaces.bench.node FOLDER [replayer]`: serve until SIGTERM, address on standard output."""
    process.keep_memory()
    kernel_cache.warm(kernel_cache.prepare(_say))
    from sanad.kernel.posting import post  # its import compiles; `prepare` comes before
    from sanad.node.core import Node

    node = Node(Path(sys.argv[1]), post)
    node.start(with_replayer="replayer" in sys.argv[2:])
    server = HttpServer(node, "127.0.0.1", 0, _LIMITS)
    sys.stdout.write(server.address + "\n")
    sys.stdout.flush()
    try:
        server.run()
    finally:
        node.close()


if __name__ == "__main__":
    main()
