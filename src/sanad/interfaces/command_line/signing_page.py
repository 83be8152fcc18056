"""`sanad signing-page`, and serving it beside the portal: one static page at an origin of its own."""

import os
import threading
from pathlib import Path
from typing import Annotated

import typer

from sanad.base.errors import Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json, Node
from sanad.interfaces.signing_page import page, page_digest
from sanad.interfaces.signing_page.record import comparison
from sanad.interfaces.signing_page.serving import application
from sanad.node.client import NodeClient, Patience
from sanad.node.folder import write_file

_THREADS = 2
_CONNECTIONS_MAX = 100
_PATIENCE = Patience(attempts_max=1, connect_seconds=0.5, answer_seconds=5.0)


def signing_page(
    data: Data = DATA_DEFAULT,
    node: Node = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page there, for a static host.")] = None,
    as_json: Json = False,
) -> None:
    """Tell the digest of this edition's signing page, and whether it is the one on the record.

    SANAD_SIGNING_ORIGIN says where it is served.

    Example: sanad signing-page --out signing.html
    """
    origin = os.environ.get("SANAD_SIGNING_ORIGIN", "")
    with NodeClient(DataFolder(data).node_address(node), patience=_PATIENCE) as client:
        told = comparison(client, origin)
    if out is not None:
        write_file(out, page(), 0o644)
    if as_json:
        screen.say_json({"digest": page_digest().hex(), "bytes": len(page()), "record": told})
        return
    screen.facts([("digest", page_digest().hex()), ("bytes", f"{len(page()):,}"), ("record", told)])


def serve_beside(host: str, port: int) -> str:
    """Serve the page beside the portal, in a thread that ends with it; what to tell about it.

    `port` 0: that of its origin on one's own machine, and nowhere where the origin is https.
    """
    from django.conf import settings
    from waitress.server import create_server

    origin = settings.SIGNING_ORIGIN
    wanted = port or (0 if origin.is_https else origin.port or 80)
    with settings.NETWORK.client() as client:
        told = comparison(client, origin.text)
    if not wanted:
        return f"People sign at {origin.text}, which another host serves. {told}"
    try:
        server = create_server(
            application, host=host, port=wanted, threads=_THREADS, connection_limit=_CONNECTIONS_MAX, ident=""
        )
    except OSError as error:
        if port:
            raise Refused("port", f"port {port} of {host} cannot be used ({error.strerror})", 409) from None
        return f"The signing page is NOT served: port {wanted} cannot be used ({error.strerror}); stop who uses it."
    threading.Thread(target=server.run, daemon=True).start()
    return f"The signing page is served at {origin.text} . {told}"
