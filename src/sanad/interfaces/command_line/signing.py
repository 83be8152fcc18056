"""`sanad signing`: the page where persons sign, and the first signing keys; serving that page beside the portal."""

import os
import threading
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sanad.base.canonical import Value
from sanad.base.errors import Malformed, Refused
from sanad.gateway.gateway import act_body
from sanad.gateway.outbox import Answer
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.opening import opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.interfaces.signing_page import page, page_digest
from sanad.interfaces.signing_page.record import comparison
from sanad.interfaces.signing_page.serving import application
from sanad.node.client import NodeClient, Patience
from sanad.node.folder import write_file
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import SENTENCES, Outcome

_THREADS = 2
_CONNECTIONS_MAX = 100
_PATIENCE = Patience(attempts_max=1, connect_seconds=0.5, answer_seconds=5.0)
_SET_PAGE = next(number for number, schema in SCHEMAS.items() if schema.name == "set_signing_origin")

app = typer.Typer(help="Where persons sign decisions, and their first keys.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Name of the person's key in the key file, such as person-1.")]


@app.command("page")
def tell_page(
    data: Data = DATA_DEFAULT,
    node: Node = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page there, for a static host.")] = None,
    as_json: Json = False,
) -> None:
    """Tell the digest of this edition's signing page, and whether it is the one on the record.

    SANAD_SIGNING_ORIGIN says where it is served.

    Example: sanad signing page --out signing.html
    """
    with NodeClient(DataFolder(data).node_address(node), patience=_PATIENCE) as client:
        told = comparison(client, os.environ.get("SANAD_SIGNING_ORIGIN", ""))
    if out is not None:
        write_file(out, page(), 0o644)
    if as_json:
        screen.say_json({"digest": page_digest().hex(), "bytes": len(page()), "record": told})
        return
    screen.facts([("digest", page_digest().hex()), ("bytes", f"{len(page()):,}"), ("record", told)])


@app.command("set-page")
def set_page(
    by: By,
    origin: Annotated[str, typer.Option(help="Where it is served, such as https://signing.authority.example.")],
    confirm: Annotated[int, typer.Option(min=0, metavar="ENTRY", help="Confirm the proposal at this entry.")] = 0,
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
) -> None:
    """Put this edition's signing page on the record: one person proposes, another confirms.

    Another host than the one in force ends every passkey that was registered for it.

    Example: sanad signing set-page --origin https://signing.authority.example --by person-1 --as authority
    """
    host = urlsplit(origin).hostname
    if not host:
        raise Malformed("origin", "origin_bad", "write https://HOST, and nothing after it")
    fields: list[Value] = [host, [origin]]
    digests = [page_digest()]
    with opened(DataFolder(data), institution, node) as mine:
        if confirm:
            answer = mine.gateway.confirm(confirm, act_body(_SET_PAGE, fields, digests=digests), person=by)
        else:
            answer = mine.gateway.propose(_SET_PAGE, fields, person=by, digests=digests)
    entry = _admitted(answer)
    if confirm:
        screen.say(f"In force from entry {entry} on.")
    else:
        screen.say(f"Proposed in entry {entry}; another person confirms it with --confirm {entry}.")


@app.command("register-key")
def register_key(
    key: Annotated[str, typer.Argument(help="The key, as the page “Your signing key” shows it; 12 digits suffice.")],
    by: By,
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
) -> None:
    """Register a passkey that somebody made in the portal: the first call proposes it, another person's confirms it.

    For the first passkeys of a network; later ones are registered in the portal, by persons who have theirs.

    Example: sanad signing register-key 8a23ee806a7b --by person-1 --as authority
    """
    from sanad.interfaces.command_line.portal import migrate_tables, set_up

    set_up(data)
    migrate_tables()
    from sanad.signing.desk import keys

    with opened(DataFolder(data), institution, node) as mine:
        found = keys.register_at_console(mine.gateway, by, key)
    screen.say(f"{found.get_state_display()} (entry {found.ended_entry or found.proposed_entry}).")


def _admitted(answer: Answer) -> int:
    """The entry. Raises `Refused` with the record's sentence."""
    receipt = answer.decoded()
    code = next((each for each in receipt.codes if each), 0)
    if code:
        raise Refused("record", f"{SENTENCES[Outcome(code)].english} (entry {receipt.entry})", 409)
    return receipt.entry


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
