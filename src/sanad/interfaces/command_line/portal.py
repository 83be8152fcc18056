"""`sanad portal` and `sanad projector`: the portal's processes, and what an operator does with its tables."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from sanad.base.errors import Malformed, Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.node import kernel_post
from sanad.interfaces.command_line.options import DATA_DEFAULT, HOST_DEFAULT, Data
from sanad.interfaces.command_line.signing import serve_beside

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

PORTAL_PORT = 8_480
THREADS = 8
CONNECTIONS_MAX = 500
BODY_BYTES_MAX = 32 << 20
SILENT_SECONDS_MAX = 60
"""A connection on which nothing has moved for so long is closed."""

app = typer.Typer(help="The web portal.", no_args_is_help=False, invoke_without_command=True, rich_markup_mode=None)
StopWithInput = Annotated[bool, typer.Option("--stop-with-input", hidden=True)]


@app.callback()
def portal(
    context: typer.Context,
    data: Data = DATA_DEFAULT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOST_DEFAULT,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.")] = PORTAL_PORT,
    signing_port: Annotated[
        int, typer.Option(help="Port of the signing page; 0 takes that of its address on one's own machine.")
    ] = 0,
    stop_with_input: StopWithInput = False,
) -> None:
    """Serve the portal of the folder DIR: pages and API. `sanad projector` beside it keeps its views.

    Tables are brought up to date first. SANAD_ORIGIN says where people reach it; behind a proxy with TLS that is
    https://…, and SANAD_PROXIES=1. The page where persons sign is served beside it, at SANAD_SIGNING_ORIGIN.

    Example: sanad portal --data var
    """
    if context.invoked_subcommand is not None:
        os.environ["SANAD_HOME"] = str(data)  # --data may stand before the command or after it
        return
    set_up(data, f"http://localhost:{port or PORTAL_PORT}")
    signal.signal(signal.SIGTERM, interrupt)
    migrate_tables()
    from django.conf import settings

    from sanad.node.folder import held

    with held(settings.PORTAL, "portal.lock"):  # nothing is restored under it (wiring/backups.py)
        _finish_erasures()
        _serve(host, port, signing_port, stop_with_input)


def _serve(host: str, port: int, signing_port: int, stop_with_input: bool) -> None:
    server = serve(host, port)
    screen.say(serve_beside(host, signing_port))
    ended = threading.Event()
    threading.Thread(target=_chores, args=(ended.wait,), daemon=True).start()
    if stop_with_input:
        threading.Thread(target=stop_with_input_closed, daemon=True).start()
    from django.conf import settings

    screen.say(f"The portal is served at {settings.ORIGIN.text} (Ctrl-C ends it)")
    sys.stdout.flush()
    try:
        server.run()
    finally:
        ended.set()
        server.close()


def _finish_erasures() -> None:
    """A database that was restored may hold what was erased since."""
    from sanad.programmes.licensing.desk import keeping

    if again := keeping.finish_erasures():
        screen.say(f"{again} applications were erased again: a back-up had brought them back.")


def _chores(stopped: Callable[[float], bool]) -> None:
    from django.utils.module_loading import import_string

    import_string("sanad.wiring.chores.serve")(stopped)


def serve(host: str, port: int) -> "BaseWSGIServer":
    """The server, bound. Raises `Refused` when the port is taken."""
    from django.conf import settings
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from waitress.server import create_server

    call_command("collectstatic", interactive=False, verbosity=0)
    tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR  # the server keeps larger bodies in a file while they come
    try:
        return create_server(
            get_wsgi_application(), host=host, port=port, threads=THREADS, connection_limit=CONNECTIONS_MAX,
            max_request_body_size=BODY_BYTES_MAX, channel_timeout=SILENT_SECONDS_MAX, ident="",
            clear_untrusted_proxy_headers=False,
        )  # fmt: skip
    except OSError as error:
        raise Refused("port", f"port {port} of {host} cannot be used ({error.strerror}); name another", 409) from None


@app.command()
def migrate(data: Data = DATA_DEFAULT) -> None:
    """Bring the portal's tables up to date; the portal does it itself when it starts.

    Example: sanad portal migrate --data var
    """
    set_up(data)
    migrate_tables()
    screen.say("The portal's tables are up to date.")


@app.command(hidden=True)
def demonstrate(data: Data = DATA_DEFAULT) -> None:
    """Make the people and applications of a demonstration; node and projector run already.

    Example: sanad portal demonstrate --data var
    """
    set_up(data)
    migrate_tables()
    from sanad.interfaces import demonstration_portal, demonstration_travel_rule

    for sentence in demonstration_portal.furnish():
        screen.say(sentence)
    demonstration_travel_rule.set_up()


@app.command("create-invitation")
def create_invitation(
    email: Annotated[str, typer.Argument(help="Who is invited.")],
    institution: Annotated[str, typer.Option(help="Name of the institution; made if it is not there.")],
    role: Annotated[list[str], typer.Option(help="Role, such as head or administrator; may stand several times.")],
    kind: Annotated[str, typer.Option(help="Of a new institution: authority, firm or auditor.")] = "firm",
    number: Annotated[int, typer.Option(help="Of a new institution: its number on the record, 0 none yet.")] = 0,
    data: Data = DATA_DEFAULT,
) -> None:
    """Invite someone; the first persons of an institution come in so. Prints the link, which is told only once.

    Example: sanad portal create-invitation head@authority.example --institution "Authority" --role head
    """
    set_up(data)
    from django.conf import settings
    from django.urls import reverse

    from sanad.people import invitations
    from sanad.people.models import Institution
    from sanad.people.rights import Kind, Role

    try:
        roles, of_kind = frozenset(Role(each) for each in role), Kind(kind)
    except ValueError:
        known = f"roles are {', '.join(Role.values)}; kinds are {', '.join(Kind.values)}"
        raise Malformed("role", "role_unknown", known) from None
    migrate_tables()
    made, _ = Institution.objects.get_or_create(name=institution, defaults={"kind": of_kind, "number": number or None})
    issued = invitations.issue(made, email, roles)
    screen.say_as_is(settings.ORIGIN.text + reverse("invitation", kwargs={"token": issued.token}))


@app.command("verify-trail")
def verify_trail(data: Data = DATA_DEFAULT) -> None:
    """Check the chain of the security trail; ends with an error naming the first row that does not fit.

    Example: sanad portal verify-trail --data var
    """
    set_up(data)
    from sanad.base.errors import Fault
    from sanad.people import trail

    fault = trail.first_fault()
    if fault is not None:
        raise Fault(f"row {fault} of the security trail is not what was written; look who could write to the database")
    _verify_anchors()
    head = trail.head()
    screen.say(f"All {head.rows:,} rows fit.")
    screen.facts([("head", head.digest.hex())])


def _verify_anchors() -> None:
    """What the record has of the trail, held against it."""
    from django.conf import settings

    from sanad.base.errors import Fault
    from sanad.people import anchoring
    from sanad.people.models import TrailAnchor

    anchors = list(TrailAnchor.objects.exclude(entry=None).order_by("day"))
    health = settings.NETWORK.health() if anchors else None
    if health is None:
        screen.tell("Not checked against the record: nothing of the trail is there, or the node is silent.")
        return
    for fault in anchoring.faults(health.node_public_key, anchors):
        raise Fault(f"{fault.day}: {fault.why}; keep the database as it is, and find out who could write to it")
    screen.say(f"{len(anchors):,} daily heads on the record fit.")


def projector(
    data: Data = DATA_DEFAULT,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Drop all views first and make them anew.")] = False,
    stop_with_input: StopWithInput = False,
) -> None:
    """Keep the portal's views: follow the record in DIR and write what its programmes make of it.

    Example: sanad projector --data var
    """
    set_up(data)
    signal.signal(signal.SIGTERM, interrupt)
    if stop_with_input:
        threading.Thread(target=stop_with_input_closed, daemon=True).start()
    from django.conf import settings
    from django.utils.module_loading import import_string

    def announce(sentence: str) -> None:
        screen.say(sentence)
        sys.stdout.flush()

    try:
        import_string(settings.PROJECTOR)(kernel_post(screen.tell), rebuild, announce, threading.Event().wait)
    except KeyboardInterrupt:
        screen.tell("The projector is stopping ...")  # the wished end; it goes on from its cursor


def set_up(data: Path, origin: str = "") -> None:
    """Let Django read its settings, which lie above this room and are known here by name only."""
    os.environ["SANAD_HOME"] = str(data)
    if origin:
        os.environ.setdefault("SANAD_ORIGIN", origin)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sanad.wiring.settings")
    import django
    from django.utils.module_loading import import_string

    import_string("sanad.wiring.portal.prepare")(data / "portal")
    django.setup()


def prepared(data: Path) -> None:
    """Settings read and tables up to date, for a command."""
    set_up(data)
    migrate_tables()


def migrate_tables() -> None:
    """Working and secret tables; views are the projector's."""
    from django.core.management import call_command

    from sanad.tables.kinds import MIGRATED
    from sanad.tables.schemas import make_schemas

    make_schemas()
    for alias in MIGRATED:
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """For a signal: end as with Ctrl-C."""
    raise KeyboardInterrupt


def stop_with_input_closed() -> None:
    """Who started us holds the other end: when it is gone, however it died, we end too."""
    while os.read(sys.stdin.fileno(), 4_096):  # below Python's buffer, whose lock would be held at the end
        pass
    signal.raise_signal(signal.SIGTERM)
