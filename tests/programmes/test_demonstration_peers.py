"""Keys and places of the demonstration's Travel Rule peers: made once, each for its institution, and kept."""

import ipaddress
import json
import ssl
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509

from sanad.base.errors import Refused
from sanad.compliance.travel_rule.desk.wire import Wire, client_context, server_context
from sanad.interfaces import demonstration_peers
from sanad.interfaces.demonstration_abroad import REQUEST, Abroad, inquiry
from sanad.interfaces.demonstration_nation import CHENAB, EXCHANGE
from sanad.interfaces.demonstration_peers import ABROAD_FOLDER, ABROAD_LEI, ABROAD_NAME, FOLDER, PORTS_FILE, Place
from sanad.standards.identifiers import is_lei
from sanad.standards.ivms101 import reading
from sanad.standards.trp import messages


@pytest.fixture
def made(tmp_path: Path) -> Path:
    demonstration_peers.make(tmp_path)
    return tmp_path


def test_each_institution_has_a_place_of_its_own(made: Path) -> None:
    places = demonstration_peers.places(made)
    assert set(places) == {CHENAB.folder, EXCHANGE.folder, ABROAD_FOLDER}
    assert len({each.port for each in places.values()}) == len(places)
    for each in places.values():
        assert each.address == f"https://127.0.0.1:{each.port}"
        assert each.key.stat().st_mode & 0o077 == 0, "a key is its owner's alone"
        for context in (client_context, server_context):
            assert context(each.certificate, each.key, each.trust).verify_mode == ssl.CERT_REQUIRED
        certificate = x509.load_pem_x509_certificate(each.certificate.read_bytes())
        assert (certificate.not_valid_after_utc - datetime.now(UTC)).days > 3_000
    keys = {each.key.read_bytes() for each in places.values()}
    assert len(keys) == len(places)


def test_the_authority_s_key_is_forgotten(made: Path) -> None:
    assert sorted(each.name for each in (made / FOLDER).iterdir() if each.suffix == ".key") == sorted(
        f"{name}.key" for name in demonstration_peers.places(made)
    )


def test_a_second_time_changes_nothing(made: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in (made / FOLDER).iterdir()}

    before = contents()
    demonstration_peers.make(made)
    assert contents() == before


def test_what_was_broken_off_is_made_anew(made: Path) -> None:
    (made / FOLDER / PORTS_FILE).unlink()
    demonstration_peers.make(made)
    place = demonstration_peers.places(made)[CHENAB.folder]
    client_context(place.certificate, place.key, place.trust)


def test_where_there_is_no_demonstration_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="sanad demo"):
        demonstration_peers.places(tmp_path)


def test_identifiers_have_right_check_digits_and_an_issuer_that_there_is_not() -> None:
    for each in (CHENAB.lei, EXCHANGE.lei, ABROAD_LEI):
        assert is_lei(each)
        assert each.startswith("DEMO")


def test_the_inquiry_from_abroad_can_be_read_and_is_the_same_each_time(made: Path) -> None:
    place = demonstration_peers.places(made)[ABROAD_FOLDER]
    body = json.dumps(inquiry(place)).encode()
    assert body == json.dumps(inquiry(place)).encode()
    read = messages.read_inquiry(body)
    identity = reading.read(read.identity)
    assert read.amount == "1.85"
    assert identity.originator is not None
    assert identity.originator.accounts == ()
    assert identity.beneficiary_institution is None


def test_the_one_abroad_tells_who_it_is_and_asks_until_it_is_answered(made: Path) -> None:
    """Its bank is not there, then has no time, then takes the inquiry: the same one each time."""
    places = demonstration_peers.places(made)
    bank, own = places[CHENAB.folder], places[ABROAD_FOLDER]
    abroad, stopping, announced = Abroad(places), threading.Event(), threading.Event()
    thread = threading.Thread(target=abroad.serve, args=(announced.set, stopping), daemon=True)
    thread.start()
    assert announced.wait(10)
    wire = Wire(bank.certificate, bank.key, bank.trust, [ipaddress.ip_network("127.0.0.0/8")])
    told = messages.read_identity(wire.call("GET", f"{own.address}/identity", version="3.1.0").body)
    assert (told.name, told.lei) == (ABROAD_NAME, ABROAD_LEI)
    assert wire.call("POST", f"{own.address}/answers/1", version="3.1.0", body=b"{}").status == 204
    assert wire.call("POST", f"{own.address}/other", version="3.1.0", body=b"{}").status == 404
    heard = inquiries_at(bank, [503, 200])
    abroad.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert [identifier for identifier, _ in heard] == [str(REQUEST)] * 2
    assert heard[0][1] == heard[1][1] == json.dumps(inquiry(own)).encode()


def inquiries_at(place: Place, statuses: list[int]) -> list[tuple[str, bytes]]:
    """Serve one request for each status, over mutual TLS; identifiers and bodies that came."""
    heard: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((self.headers["request-identifier"], body))
            self.send_response(statuses[len(heard) - 1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", place.port), Handler)
    server.socket = server_context(place.certificate, place.key, place.trust).wrap_socket(
        server.socket, server_side=True
    )
    server.timeout = 20
    with server:
        for _ in statuses:
            server.handle_request()
    return heard
