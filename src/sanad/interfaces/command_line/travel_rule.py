"""`sanad travel-rule`: the peer of the Travel Rule Protocol as a process, and what an operator does with it by hand."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from sanad.base.errors import Malformed, Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.options import DATA_DEFAULT, HOST_DEFAULT, Data, Json
from sanad.interfaces.command_line.portal import interrupt, migrate_tables, set_up, stop_with_input_closed

if TYPE_CHECKING:
    from sanad.compliance.travel_rule.desk.sending import Sender
    from sanad.compliance.travel_rule.models import Peer, Transfer

PEER_PORT = 8_490
POLL_SECONDS = 0.5
DIRECTORY_SECONDS = 60.0
CONNECTIONS_MAX = 200
ROWS_MAX = 200

app = typer.Typer(help="The Travel Rule: a peer of other institutions over mutual TLS.", no_args_is_help=True)
address_app = typer.Typer(help="Travel addresses.", no_args_is_help=True)
app.add_typer(address_app, name="address")

Number = Annotated[
    int, typer.Option("--number", min=0, help="The institution's number on the record. Not needed where there is one.")
]
Exchange = Annotated[UUID, typer.Argument(help="The exchange, as inbox and outbox name it.")]


@app.command("set-up")
def set_up_peer(
    name: Annotated[str, typer.Argument(help="Name of the institution, as in the commercial register.")],
    address: Annotated[str, typer.Option(help="Where others reach it, such as https://trp.bank.example:8490.")],
    certificate: Annotated[Path, typer.Option(help="Our certificate chain, PEM.")],
    key: Annotated[Path, typer.Option(help="Its key, PEM without a passphrase.")],
    trust: Annotated[Path, typer.Option(help="Authorities, or single certificates, that we trust, PEM.")],
    number: Annotated[int, typer.Option(min=1, help="The institution's number on the record.")],
    lei: Annotated[str, typer.Option(help="Its Legal Entity Identifier.")] = "",
    network: Annotated[
        list[str] | None,
        typer.Option(help="A private network in which others may be called, such as 10.20.0.0/16. Again for more."),
    ] = None,
    data: Data = DATA_DEFAULT,
) -> None:
    """Say once who we are on the wire and where our keys lie; `serve` begins from it.

    Example: sanad travel-rule set-up "My Bank" --number 7 --lei ... --address https://trp.bank.example:8490
    --certificate chain.pem --key key.pem --trust trusted.pem
    """
    set_up(data)
    migrate_tables()
    from sanad.compliance.travel_rule.desk import peers

    files = [str(each.resolve()) for each in (certificate, key, trust)]
    peer = peers.set_up(number, name, lei, address, *files, networks=network or ())
    screen.say(f"{peer.name} is reached at {peer.address}. Serve it with: sanad travel-rule serve")


@app.command()
def serve(
    data: Data = DATA_DEFAULT,
    number: Number = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOST_DEFAULT,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = PEER_PORT,
    stop_at_end_of_input: Annotated[bool, typer.Option("--stop-with-input", hidden=True)] = False,
) -> None:
    """Serve our peer: take messages of others, send ours, verify who they are. Ctrl-C ends it.

    Everything under way is in the portal's tables; however the process ends, the next one goes on.

    Example: sanad travel-rule serve --data var --port 8490
    """
    set_up(data)
    migrate_tables()
    import uvicorn

    from sanad.compliance.travel_rule.api import peer as wire
    from sanad.compliance.travel_rule.desk.counterparties import wire_of
    from sanad.compliance.travel_rule.desk.sending import Sender
    from sanad.compliance.travel_rule.desk.wire import server_context

    peer = _peer(number)
    files = Path(peer.certificate), Path(peer.key), Path(peer.trust)
    ourselves = wire.Ourselves(peer.pk, peer.name, peer.lei, files[0])
    config = uvicorn.Config(
        wire.application(ourselves), host=host, port=port, http=wire.CertifiedConnection, ws="none", lifespan="off",
        log_level="warning", access_log=False, server_header=False, limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=15, timeout_graceful_shutdown=10, h11_max_incomplete_event_size=wire.HEAD_OCTETS_MAX,
    )  # fmt: skip
    config.load()
    config.ssl = server_context(*files)
    stopping = threading.Event()
    sending = threading.Thread(target=_send, args=(Sender(peer, wire_of(peer), _tell_failure), stopping), daemon=True)
    signal.signal(signal.SIGTERM, interrupt)
    if stop_at_end_of_input:
        threading.Thread(target=stop_with_input_closed, daemon=True).start()

    def announce() -> None:
        screen.say(f"{peer.name} is served at {peer.address} (Ctrl-C ends it)")
        sys.stdout.flush()
        sending.start()

    server = wire.PeerServer(config, announce)
    try:
        server.run()
    except SystemExit:
        raise Refused("port", f"port {port} of {host} cannot be used; name another", 409) from None
    finally:
        stopping.set()
        if sending.is_alive():
            sending.join(10)


def _send(sender: "Sender", stopping: threading.Event) -> None:
    """Send what waits, and read the directory now and then. A failure is told and tried again."""
    from django.db import connections

    from sanad.compliance.travel_rule.desk import directory, peers

    read_at = float("-inf")
    while not stopping.is_set():
        try:
            if time.monotonic() - read_at > DIRECTORY_SECONDS:
                directory.read_directory()
                peers.seen(sender.peer)
                read_at = time.monotonic()
            sender.run_once()
        except Exception as error:  # noqa: BLE001 - whatever fails now may work in a moment; nothing was lost
            connections.close_all()
            _tell_failure(error)
        stopping.wait(POLL_SECONDS)
    sender.close()


def _tell_failure(error: Exception) -> None:
    screen.tell(f"sending failed and is tried again: {type(error).__name__}")


# --- in a demonstration -----------------------------------------------------------------------------------------------


@app.command(hidden=True)
def demonstrate(data: Data = DATA_DEFAULT) -> None:
    """Play the exchanges of a demonstration; its peers run already.

    Example: sanad travel-rule demonstrate --data var
    """
    set_up(data)
    from sanad.interfaces import demonstration_travel_rule

    for sentence in demonstration_travel_rule.play():
        screen.say_as_is(sentence)


@app.command(hidden=True)
def abroad(
    data: Data = DATA_DEFAULT,
    stop_at_end_of_input: Annotated[bool, typer.Option("--stop-with-input", hidden=True)] = False,
) -> None:
    """Serve the demonstration's institution of another country, a peer that is not ours.

    Example: sanad travel-rule abroad --data var
    """
    from sanad.interfaces.command_line.data_folder import DataFolder
    from sanad.interfaces.demonstration_abroad import Abroad
    from sanad.interfaces.demonstration_peers import ABROAD_NAME, places

    signal.signal(signal.SIGTERM, interrupt)
    if stop_at_end_of_input:
        threading.Thread(target=stop_with_input_closed, daemon=True).start()

    def announce() -> None:
        screen.say(f"{ABROAD_NAME} is served at its address (Ctrl-C ends it)")
        sys.stdout.flush()

    with suppress(KeyboardInterrupt):  # the wished end
        Abroad(places(DataFolder(data).demonstration)).serve(announce, threading.Event())


# --- asking others ----------------------------------------------------------------------------------------------------


@app.command()
def identity(
    host: Annotated[str, typer.Argument(help="Host and port of the other peer, or a travel address of it.")],
    data: Data = DATA_DEFAULT,
    number: Number = 0,
    as_json: Json = False,
) -> None:
    """Ask another peer who it is, which version it speaks and which extensions it has.

    Example: sanad travel-rule identity trp.exchange.example:443
    """
    set_up(data)
    from sanad.compliance.travel_rule.desk import peers
    from sanad.compliance.travel_rule.desk.counterparties import host_of, wire_of
    from sanad.standards.trp import addresses

    url = addresses.decode(host) if host.lower().startswith(("ta", "lnurl1")) and ":" not in host else f"https://{host}"
    told = peers.ask(wire_of(_peer(number)), host_of(url))
    if as_json:
        screen.say_json(told)
    else:
        screen.facts(list(told.items()))


@address_app.command()
def encode(
    url: Annotated[str, typer.Argument(help="An https address that takes inquiries.")],
    data: Data = DATA_DEFAULT,
) -> None:
    """Make the travel address of an https address.

    Example: sanad travel-rule address encode https://trp.bank.example/transfers/a/7f3c
    """
    del data  # an address says all by itself
    from sanad.standards.trp import addresses

    screen.say_as_is(addresses.encode(url))


@address_app.command()
def decode(
    text: Annotated[str, typer.Argument(help="A travel address (ta...) or LNURL.")],
    data: Data = DATA_DEFAULT,
) -> None:
    """Say which https address a travel address or LNURL means.

    Example: sanad travel-rule address decode ta226rAKyTmMxzsmkda5U2Vhw1
    """
    del data  # an address says all by itself
    from sanad.standards.trp import addresses

    screen.say_as_is(addresses.decode(text))


# --- exchanges --------------------------------------------------------------------------------------------------------


@app.command()
def send(
    to: Annotated[str, typer.Option(help="The travel address that the customer was given.")],
    asset: Annotated[str, typer.Option(help="Symbol such as BTC, a DTI of nine characters, or a SLIP-0044 number.")],
    amount: Annotated[str, typer.Option(help="Amount, decimal.")],
    payload: Annotated[Path, typer.Option("--identity", help="IVMS101 as JSON: who pays whom.", exists=True)],
    issue: Annotated[
        str, typer.Option(help="Issue of IVMS101 to send: 2020 or 2023. As the other side last wrote where not given.")
    ] = "",
    data: Data = DATA_DEFAULT,
    number: Number = 0,
    as_json: Json = False,
) -> None:
    """Queue an inquiry; the running peer sends it.

    Example: sanad travel-rule send --to ta2W2H... --asset BTC --amount 0.25 --identity payment.json
    """
    set_up(data)
    from sanad.compliance.travel_rule.desk import transfers
    from sanad.standards.ivms101 import reading
    from sanad.standards.ivms101.model import Issue
    from sanad.standards.trp import assets
    from sanad.standards.trp.messages import Asset

    known = {each.symbol for each in assets.KNOWN}
    if asset.isdecimal():
        named = Asset(slip0044=int(asset))
    else:
        named = Asset(dti=asset) if len(asset) == 9 and asset.upper() not in known else assets.by_symbol(asset)
    issues = {"": None, "2020": Issue.OF_2020, "2023": Issue.OF_2023}
    if issue not in issues:
        raise Malformed("issue", "ivms101.issue", "give 2020 or 2023, or leave it out")
    wanted = transfers.Wanted(to, named, amount, reading.read(payload.read_bytes()), issues[issue])
    _tell(transfers.queue(_peer(number).pk, wanted), as_json)


@app.command()
def inbox(data: Data = DATA_DEFAULT, number: Number = 0, as_json: Json = False) -> None:
    """List the newest exchanges that others began.

    Example: sanad travel-rule inbox --json
    """
    _list("received", data, number, as_json)


@app.command()
def outbox(data: Data = DATA_DEFAULT, number: Number = 0, as_json: Json = False) -> None:
    """List the newest exchanges that we began.

    Example: sanad travel-rule outbox
    """
    _list("sent", data, number, as_json)


@app.command()
def show(transfer: Exchange, data: Data = DATA_DEFAULT, number: Number = 0) -> None:
    """Show an exchange as JSON: its steps with their times, and what was sent. Personal data: handle it so.

    Example: sanad travel-rule show 7a0c7f0e-5a9e-4f6c-9d6b-0b1f6f1d2a3b
    """
    set_up(data)
    from sanad.compliance.travel_rule.desk import peers

    screen.say_json(peers.whole(_peer(number), transfer))


@app.command()
def approve(
    transfer: Exchange,
    address: Annotated[str, typer.Argument(help="Payment address for the transfer.")],
    data: Data = DATA_DEFAULT,
    number: Number = 0,
) -> None:
    """Approve an inquiry of another institution.

    Example: sanad travel-rule approve 7a0c7f0e-5a9e-4f6c-9d6b-0b1f6f1d2a3b bc1q...
    """
    _act(data, number, transfer, "approve_own", address)


@app.command()
def reject(
    transfer: Exchange,
    reason: Annotated[str, typer.Argument(help="A sentence for the other side.")],
    data: Data = DATA_DEFAULT,
    number: Number = 0,
) -> None:
    """Reject an inquiry of another institution.

    Example: sanad travel-rule reject 7a0c7f0e-5a9e-4f6c-9d6b-0b1f6f1d2a3b "The name is not our customer's."
    """
    _act(data, number, transfer, "reject_own", reason)


@app.command()
def confirm(
    transfer: Exchange,
    txid: Annotated[str, typer.Argument(help="The transaction.")],
    data: Data = DATA_DEFAULT,
    number: Number = 0,
) -> None:
    """Tell the other side the transaction of an exchange that it approved.

    Example: sanad travel-rule confirm 7a0c7f0e-5a9e-4f6c-9d6b-0b1f6f1d2a3b 4a5e1e4b...
    """
    _act(data, number, transfer, "confirm_own", txid)


@app.command()
def cancel(
    transfer: Exchange,
    reason: Annotated[str, typer.Argument(help="A sentence for the other side.")],
    data: Data = DATA_DEFAULT,
    number: Number = 0,
) -> None:
    """Give up an exchange that we began.

    Example: sanad travel-rule cancel 7a0c7f0e-5a9e-4f6c-9d6b-0b1f6f1d2a3b "The customer withdrew."
    """
    _act(data, number, transfer, "cancel_own", reason)


@app.command()
def counterparties(data: Data = DATA_DEFAULT, number: Number = 0, as_json: Json = False) -> None:
    """List the institutions that we met, how they were verified, and who is silent.

    Example: sanad travel-rule counterparties
    """
    set_up(data)
    from sanad.compliance.travel_rule.desk import peers

    rows = peers.known(_peer(number), ROWS_MAX)
    if as_json:
        screen.say_json({"counterparties": rows})
        return
    columns = ("host", "name", "lei", "state", "problem", "version")
    screen.table(columns, [[each[name] for name in columns] for each in rows])


@app.command()
def accept(
    host: Annotated[str, typer.Argument(help="Host and port of the counterparty.")],
    data: Data = DATA_DEFAULT,
    number: Number = 0,
) -> None:
    """Verify a counterparty on your own word: pin what it shows now. For one without an LEI, or with a new certificate.

    Example: sanad travel-rule accept trp.exchange.example:443
    """
    set_up(data)
    from sanad.compliance.travel_rule.desk import counterparties

    peer = _peer(number)
    found = counterparties.accept(peer.pk, host, counterparties.wire_of(peer))
    screen.say(f"{found.host} is verified as {found.name or 'an institution without a name'}.")


def _peer(number: int) -> "Peer":
    """The one that is set up, or the one of a number. Raises `Refused`."""
    from django.db import OperationalError, ProgrammingError

    from sanad.compliance.travel_rule.models import Peer

    try:
        found = list(Peer.objects.filter(institution__number=number) if number else Peer.objects.all()[:2])
    except (OperationalError, ProgrammingError):  # there are no tables yet
        found = []
    if len(found) != 1:
        advice = "say which with --number" if found else "set it up first: sanad travel-rule set-up"
        raise Refused("peer", f"{len(found)} institutions with a peer fit; {advice}", 404)
    return found[0]


def _act(data: Path, number: int, transfer: UUID, what: str, text: str) -> None:
    set_up(data)
    from sanad.compliance.travel_rule.desk import transfers

    act: Callable[[Any, UUID, str], Transfer] = getattr(transfers, what)
    _tell(act(_peer(number).pk, transfer, text), as_json=False)


def _tell(transfer: "Transfer", as_json: bool) -> None:
    if as_json:
        document = {"id": str(transfer.id), "request_identifier": str(transfer.request_identifier)}
        screen.say_json(document | {"state": str(transfer.state), "payload_digest": transfer.payload_digest.hex()})
    else:
        screen.say(f"Exchange {transfer.id} is {transfer.state}.")


def _list(direction: str, data: Path, number: int, as_json: bool) -> None:
    set_up(data)
    from sanad.compliance.travel_rule.desk import peers

    rows = peers.newest(_peer(number), direction, ROWS_MAX)
    if as_json:
        screen.say_json({"transfers": rows})
        return
    columns = ("id", "counterparty", "amount", "asset", "state")
    screen.table(columns, [[each[name] for name in columns] for each in rows], right=("amount",))
