"""Our own side of the wire: set up by its operator, asked and listed from the command line."""

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.desk.wire import Told, Unreached, Wire, client_context
from sanad.compliance.travel_rule.models import Counterparty, Peer, Transfer
from sanad.compliance.travel_rule.queries import directory
from sanad.compliance.travel_rule.queries.lists import asset_words
from sanad.people.models import Institution
from sanad.people.rights import Kind
from sanad.standards.identifiers import is_lei
from sanad.standards.ivms101 import reading
from sanad.standards.trp import messages
from sanad.standards.trp.versions import USUAL
from sanad.tables.names import WORKING

NAME_CHARACTERS_MAX = 100
NETWORKS_CHARACTERS_MAX = 500
_THIS_MACHINE = ("127.0.0.0/8", "::1/128")
Row = dict[str, Any]


def set_up(
    number: int,
    name: str,
    lei: str,
    address: str,
    certificate: str,
    key: str,
    trust: str,
    *,
    networks: Sequence[str] = (),
) -> Peer:
    """Say who we are, and in which private networks others may be called; again: say it anew.

    Who is reached on this machine alone may call others on it: a trial, in which no network need be named.

    Raises `Malformed` for a wrong address, LEI, network or file.
    """
    parts = urlsplit(messages.checked_url(address.rstrip("/"), "address"))
    if parts.path or parts.query:
        raise Malformed("address", "address.path", "give https://HOST:PORT without a path")
    if lei and not is_lei(lei):
        raise Malformed("lei", "lei.form", "its last two digits do not fit; look it up again")
    if not 0 < len(name.strip()) <= NAME_CHARACTERS_MAX:
        raise Malformed("name", "name.form", f"give a name of at most {NAME_CHARACTERS_MAX} characters")
    client_context(Path(certificate), Path(key), Path(trust))
    here = _THIS_MACHINE if _is_this_machine(parts.hostname or "") else ()
    named = " ".join(_network(each) for each in networks or here)
    if len(named) > NETWORKS_CHARACTERS_MAX:
        raise Malformed("network", "network.many", "name fewer networks, or wider ones")
    with transaction.atomic(WORKING):
        institution, _ = Institution.objects.get_or_create(
            number=number, defaults={"kind": Kind.FIRM, "name": name.strip()}
        )
        told = {"name": name.strip(), "lei": lei, "address": f"https://{parts.netloc}"}
        files = {"certificate": certificate, "key": key, "trust": trust, "networks": named}
        peer, _ = Peer.objects.update_or_create(institution=institution, defaults=told | files)
    return peer


def _is_this_machine(host: str) -> bool:
    """Whether a host has no address but those by which a machine reaches itself."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return all(ipaddress.ip_address(each.partition("%")[0]).is_loopback for each in found)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError:
        raise Malformed(
            "network", "network.form", "name a network by its first address, such as 10.20.0.0/16"
        ) from None


def seen(peer: Peer) -> None:
    """Note that the process runs."""
    Peer.objects.filter(pk=peer.pk).update(seen_at=timezone.now())


def ask(wire: Wire, host: str) -> dict[str, str]:
    """What another peer says of itself. Raises `Unavailable` when it cannot be asked."""
    try:
        identity = messages.read_identity(_get(wire, host, "identity").body)
        version = messages.read_version(_get(wire, host, "version").body)
        extensions = messages.read_extensions(_get(wire, host, "extensions").body)
        uptime = _get(wire, host, "uptime").body.decode("ascii", "replace").strip()[:20]
    except Unreached as error:
        raise Unavailable(f"{host} cannot be asked ({error.code})", 5) from None
    return {
        "name": identity.name, "lei": identity.lei, "version": version.version, "vendor": version.vendor,
        "required": ", ".join(extensions.required), "supported": ", ".join(extensions.supported), "uptime": uptime,
    }  # fmt: skip


def _get(wire: Wire, host: str, what: str) -> Told:
    told = wire.call("GET", f"https://{host}/{what}", version=str(USUAL))
    if told.status != 200:
        raise Unreached(f"http_{told.status}")
    return told


def newest(peer: Peer, direction: str, limit: int) -> list[Row]:
    """The newest exchanges, without personal data."""
    found = Transfer.objects.filter(institution_id=peer.pk, direction=direction).select_related("counterparty")
    return [_row(each) for each in found.order_by("-serial")[:limit]]


def known(peer: Peer, limit: int) -> list[Row]:
    """The counterparties."""
    found = Counterparty.objects.filter(institution_id=peer.pk).order_by("host")[:limit]
    return [
        {
            "host": each.host,
            "name": each.name,
            "lei": each.lei,
            "state": each.state,
            "problem": each.problem,
            "version": each.version,
            "silent_since": each.silent_since.isoformat() if each.silent_since else None,
        }
        for each in found
    ]


def whole(peer: Peer, identifier: UUID) -> Row:
    """An exchange with its steps and its contents. Raises `Refused`."""
    transfer = Transfer.objects.select_related("counterparty").filter(id=identifier, institution_id=peer.pk).first()
    if transfer is None:
        raise Refused("transfer", "there is no such exchange; see inbox and outbox", 404)
    payload, answer = keeping.open_payload(transfer), keeping.open_answer(transfer)
    named_otherwise = directory.named_otherwise(transfer, reading.read(payload.identity))
    steps = [
        {"what": each.kind, "at": each.at.isoformat(), "detail": each.detail}
        for each in transfer.steps.order_by("at", "id")[:1_000]
    ]
    return _row(transfer) | {
        "identity": msgspec.json.decode(payload.identity), "random": payload.random.hex(),
        "is_shared_digest": transfer.is_shared_digest, "named_otherwise": named_otherwise,
        "findings": transfer.findings, "address": answer.address, "reason": answer.reason,
        "txid": answer.txid, "steps": steps,
    }  # fmt: skip


def _row(each: Transfer) -> Row:
    return {
        "id": str(each.id), "request_identifier": str(each.request_identifier), "counterparty": each.counterparty.host,
        "amount": each.amount, "amount_minor": each.amount_minor, "asset": asset_words(each), "state": str(each.state),
        "payload_digest": bytes(each.payload_digest).hex(), "answer_by": each.answer_by.isoformat(),
    }  # fmt: skip
