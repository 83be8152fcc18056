"""`sanad node`: serve the record of a data folder until told to stop."""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from sanad.base.errors import Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import DATA_DEFAULT, HOST_DEFAULT, PORT_DEFAULT, Data
from sanad.node import process
from sanad.node.folder import SEGMENTS

if TYPE_CHECKING:
    from sanad.rulebook.edition1.apply import Post


def node(
    data: Data = DATA_DEFAULT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOST_DEFAULT,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.")] = PORT_DEFAULT,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="One JSON line a request on standard error.")
    ] = False,
    stop_with_input: Annotated[bool, typer.Option("--stop-with-input", hidden=True)] = False,
) -> None:
    """Serve the record in DIR: take messages over HTTP, write blocks, audit them all the time.

    Ctrl-C or SIGTERM end it cleanly: what was taken is finished, a snapshot is written. SIGUSR1 confirms the clock
    after a leap.

    Example: sanad node --data var --port 8470
    """
    folder = DataFolder(data)
    if not (folder.record / SEGMENTS).is_dir():
        raise Refused("record folder", f"{folder.record} holds no record; create one with: sanad init", 404)
    signal.signal(signal.SIGTERM, _interrupt)
    process.keep_memory()
    post = kernel_post(screen.tell)
    from sanad.node.core import Node
    from sanad.node.http import HttpServer, bind

    bind(host, port).close()  # a port that is taken is told at once, not after a long replay
    opened = Node(folder.record, post, screen.tell)
    try:
        server = HttpServer(opened, host, port, access_log=access_log, started=lambda: _serving(folder, server.address))
        signal.signal(signal.SIGUSR1, lambda *_: opened.clock.confirm())
        if stop_with_input:
            threading.Thread(target=_stop_with_input, args=(server.stop,), daemon=True).start()
        opened.start(with_replayer=True)
        server.run()
        screen.tell("The node is stopping ...")
    finally:
        folder.forget_node()
        opened.close()


def kernel_post(announce: Callable[[str], None]) -> "Post":
    """The kernel's posting, warmed; `announce` is told if it must be compiled first."""
    from sanad.node import kernel_cache

    kernel_cache.warm(kernel_cache.prepare(announce))
    from sanad.kernel.posting import post

    return post


def _serving(folder: DataFolder, address: str) -> None:
    folder.announce_node(address)
    genesis = folder.genesis()
    screen.say(f"{genesis.name if genesis else 'The node'} is served at {address} (Ctrl-C ends it)")
    sys.stdout.flush()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop_with_input(stop: Callable[[], None]) -> None:
    """Who started us holds the other end: when it is gone, however it died, we end too."""
    while sys.stdin.buffer.read(4_096):
        pass
    stop()
