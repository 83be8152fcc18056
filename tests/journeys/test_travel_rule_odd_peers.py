"""Our peer's process against others that follow the protocol in ways of their own, and some that mean ill."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from sanad.standards.trp import addresses
from tests.journeys.foreign_peer import Foreign
from tests.journeys.test_travel_rule_peers import free_port
from tests.journeys.travel_rule_peers import LEI_A, Authority, Peer
from tests.unit.standards.travel_rule_samples import payload_2020, payload_2023

pytestmark = pytest.mark.timeout(300)
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def ours(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("ours")
    address = f"https://127.0.0.41:{free_port('127.0.0.41')}"
    peer = Peer(folder / "ravi", "ravi", LEI_A, 7, authority.issue("ravi", "127.0.0.41"), authority.path, address)
    with peer.served():
        yield peer


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "payment.json"
    path.write_text(json.dumps(payload_2020()))
    return path


def lei(number: int) -> str:
    """A Legal Entity Identifier with right check digits (ISO 17442)."""
    base = f"5493{number:014d}"
    return f"{base}{98 - int(''.join(str(int(each, 36)) for each in f'{base}00')) % 97:02d}"


@contextmanager
def foreign(authority: Authority, number: int, **change: Any) -> Iterator[Foreign]:
    """One with a name, an address and an identifier of its own."""
    host = f"127.0.0.{50 + number}"
    files = authority.issue(f"foreign{number}", host)
    with Foreign(files, authority.path, host, **{"lei": lei(number)} | change).served() as found:
        yield found


def ask(ours: Peer, found: Foreign, document: dict[str, Any] | None = None, **change: Any) -> str:
    """It asks ours; the identifier."""
    identifier = str(uuid4())
    asked = found.inquiry(document or payload_2020(), **change)
    answer = found.call(f"{ours.address}/transfers/a/1?t=i", asked, identifier=identifier)
    assert answer.status == 200, answer.body
    return identifier


def sent(ours: Peer, found: Foreign, document: Path, path: str, *more: str) -> str:
    """Ours asks it; the exchange."""
    to = addresses.encode(f"{found.address}{path}")
    return str(ours.json("send", "--to", to, "--asset", "BTC", "--amount", "1", "--identity", document, *more)["id"])


def wait_for_state(ours: Peer, exchange: str, state: str) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while (found := ours.ask("SELECT state FROM travel_rule_transfer WHERE id = ?", exchange.replace("-", ""))) != (
        state,
    ):
        assert time.monotonic() < ends, found
        time.sleep(0.1)


def heard_at(found: Foreign, path: str) -> tuple[dict[str, str], Any]:
    ends = time.monotonic() + WAIT_SECONDS
    while not (heard := [each for each in found.heard if each[0].partition("?")[0] == path]):
        assert time.monotonic() < ends, found.heard
        time.sleep(0.1)
    return heard[0][1], heard[0][2]


# --- what it tells of itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says", "version"),
    [
        (1, {"/version": (200, {"version": "6.2.1", "vendor": "of its software"})}, "3.1.0"),
        (2, {"/version": (404, None)}, "3.1.0"),
        (3, {"/version": (200, ["no object"])}, "3.1.0"),
        (4, {"/identity": (200, {"name": "N", "lei": lei(4), "x509": None, "vlei": {}})}, "3.1.0"),
        (5, {"/version": (200, {"version": "3.2.1", "vendor": None})}, "3.2.1"),
    ],
)
def test_who_tells_of_itself_in_its_own_way_is_verified(
    ours: Peer, authority: Authority, number: int, says: dict[str, tuple[int, Any]], version: str
) -> None:
    with foreign(authority, number, says=says) as found:
        ask(ours, found)
        ours.wait_until_known(found.place)
        assert ours.knows(found.place) == ("verified", "", version)


def test_a_chain_is_shown_leaf_first_and_what_is_no_certificate_is_told(ours: Peer, authority: Authority) -> None:
    with foreign(authority, 6) as found:
        found.x509 = found.files.certificate.read_text() + authority.path.read_text()
        ask(ours, found)
        ours.wait_until_known(found.place)
    with foreign(authority, 7) as found:
        found.x509 = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        ask(ours, found)
        ends = time.monotonic() + WAIT_SECONDS
        while ours.knows(found.place)[1] != "certificate_unreadable":
            assert time.monotonic() < ends
            time.sleep(0.1)


# --- what it answers --------------------------------------------------------------------------------------------------


def test_answers_of_other_forms_are_taken_or_told_apart(ours: Peer, authority: Authority, document: Path) -> None:
    with foreign(authority, 8) as found:
        approved = {"address": "bc1q", "callback": f"{found.address}/confirmations/8"}
        found.says = {
            "/transfers/a/202": (202, None),
            "/transfers/a/nulls": (200, {"version": None, "approved": approved, "rejected": None}),
            "/transfers/a/both": (200, {"approved": approved, "rejected": "no"}),
            "/transfers/a/moved": (307, None),
        }
        wait_for_state(ours, sent(ours, found, document, "/transfers/a/202"), "asked")
        wait_for_state(ours, sent(ours, found, document, "/transfers/a/nulls"), "approved")
        wait_for_state(ours, sent(ours, found, document, "/transfers/a/moved"), "failed")
        unclear = sent(ours, found, document, "/transfers/a/both")
        wait_for_state(ours, unclear, "asked")
        assert "answer: trp.resolution" in [each["detail"] for each in ours.show(unclear)["steps"]], "and it is noted"


def test_a_confirmation_goes_where_the_verified_institution_said(
    ours: Peer, authority: Authority, document: Path
) -> None:
    with foreign(authority, 9) as found, foreign(authority, 10) as its_other_host:
        callback = f"{its_other_host.address}/confirmations/9"
        found.says["/transfers/a/1"] = (200, {"approved": {"address": "bc1q", "callback": callback}})
        exchange = sent(ours, found, document, "/transfers/a/1")
        wait_for_state(ours, exchange, "approved")
        ours.run("confirm", exchange, "0xfeed")
        assert heard_at(its_other_host, "/confirmations/9")[1] == {"txid": "0xfeed"}


def test_it_is_written_to_in_the_issue_in_which_it_writes(ours: Peer, authority: Authority, document: Path) -> None:
    with foreign(authority, 11) as found:
        ours.json("send", "--to", addresses.encode(f"{found.address}/transfers/a/0"), "--asset", "BTC", "--amount", "1",
                  "--identity", document)  # fmt: skip
        assert "originatorPerson" in heard_at(found, "/transfers/a/0")[1]["IVMS101"]["originator"], "the newest"
        ask(ours, found, payload_2020())
        sent(ours, found, document, "/transfers/a/1")
        assert "originatorPersons" in heard_at(found, "/transfers/a/1")[1]["IVMS101"]["originator"]
        sent(ours, found, document, "/transfers/a/2", "--issue", "2023")
        assert "originatorPerson" in heard_at(found, "/transfers/a/2")[1]["IVMS101"]["originator"], "on request"
        ask(ours, found, payload_2023())
        sent(ours, found, document, "/transfers/a/3")
        assert "originatorPerson" in heard_at(found, "/transfers/a/3")[1]["IVMS101"]["originator"]


def test_a_withdrawal_without_a_reason(ours: Peer, authority: Authority) -> None:
    with foreign(authority, 12) as found:
        ask(ours, found)
        ours.wait_until_known(found.place)
        identifier = ask(ours, found, callback=f"{found.address}/answers/12")
        (raw,) = ours.ask(
            "SELECT id FROM travel_rule_transfer WHERE request_identifier = ?", identifier.replace("-", "")
        )
        exchange = str(UUID(raw))
        ours.run("approve", exchange, "bc1q-ours")
        confirmation = heard_at(found, "/answers/12")[1]["approved"]["callback"]
        assert found.call(confirmation, {"canceled": None}, identifier=identifier).status == 204
        wait_for_state(ours, exchange, "canceled")
        assert found.call(confirmation, {"txid": "1"}, identifier=identifier).status == 409


def test_who_refuses_a_version_without_a_word_is_asked_in_the_usual_one(
    ours: Peer, authority: Authority, document: Path
) -> None:
    with foreign(authority, 17, version="", says={"/version": (200, {"version": "3.2.1"})}) as found:
        found.says["/transfers/a/1"] = (400, None)
        wait_for_state(ours, sent(ours, found, document, "/transfers/a/1"), "failed")
        asked = [headers["api-version"] for path, headers, _ in found.heard if path.startswith("/transfers")]
        assert asked == ["3.2.1", "3.1.0"], "once, and no more"


def test_what_is_said_again_and_again_is_noted_so_often(ours: Peer, authority: Authority, document: Path) -> None:
    with foreign(authority, 16) as found:
        exchange = sent(ours, found, document, "/transfers/a/1")
        headers, body = heard_at(found, "/transfers/a/1")
        wait_for_state(ours, exchange, "asked")
        for number in range(110):
            again = b'{"version":"3.1.0"}' + b" " * number
            answer = found.call(body["callback"], raw=again, method="POST", identifier=headers["request-identifier"])
            assert answer.status == 204
        notes = "SELECT count(*) FROM travel_rule_step WHERE kind = 'acknowledged' AND transfer_id = ?"
        kept = "SELECT count(*) FROM travel_rule_heard WHERE target = ?"
        (serial,) = ours.ask("SELECT serial FROM travel_rule_transfer WHERE id = ?", exchange.replace("-", ""))
        assert ours.ask(notes, str(serial)) == (100,)
        assert ours.ask(kept, f"sent:{exchange}") == (100,)


# --- slowly -----------------------------------------------------------------------------------------------------------


def test_whoever_speaks_slowly_is_let_go(ours: Peer, authority: Authority) -> None:
    """A letter a second: of the first head, of a second one, of a body that nobody reads."""
    files = authority.issue("slow", "127.0.0.49")
    whole = b"GET /identity HTTP/1.1\r\nhost: ravi\r\napi-version: 3.1.0\r\n"
    openings = (b"", whole + b"\r\n", whole + b"content-length: 90000\r\n\r\n")
    lasted: dict[int, float] = {}

    def speak(at: int) -> None:
        began = time.monotonic()
        connection = connected(ours, authority, files.certificate, files.key)
        with connection:
            connection.sendall(openings[at])
            try:
                while time.monotonic() - began < 60:
                    connection.sendall(b"G")
                    time.sleep(1)
            except OSError:
                lasted[at] = time.monotonic() - began

    threads = [threading.Thread(target=speak, args=(at,), daemon=True) for at in range(len(openings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(70)
    assert sorted(lasted) == [0, 1, 2]
    assert lasted[0] < 25
    assert lasted[1] < 25
    assert lasted[2] < 45


def test_one_certificate_keeps_nobody_else_out(ours: Peer, authority: Authority) -> None:
    files = authority.issue("many", "127.0.0.48")
    with ExitStack() as stack:
        held = [stack.enter_context(connected(ours, authority, files.certificate, files.key)) for _ in range(55)]
        with foreign(authority, 13) as found:
            assert found.call(f"{ours.address}/version").status == 200
        assert [is_let_go(each) for each in held] == [False] * 50 + [True] * 5


def is_let_go(connection: ssl.SSLSocket) -> bool:
    """Whether the other side broke the connection off; one that it keeps has nothing to say yet."""
    connection.settimeout(0.1)
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def test_hosts_that_never_answer_keep_no_verified_one_waiting(ours: Peer, authority: Authority, document: Path) -> None:
    with ExitStack() as stack, foreign(authority, 14) as good, foreign(authority, 15) as found:
        ask(ours, good)
        ours.wait_until_known(good.place)
        silent = [stack.enter_context(socket.create_server(("127.0.0.47", 0))) for _ in range(25)]
        statuses = []
        for each in silent:
            asked = found.inquiry(payload_2020(), callback=f"https://127.0.0.47:{each.getsockname()[1]}/answers/1")
            statuses.append(found.call(f"{ours.address}/transfers/a/1?t=i", asked).status)
        assert statuses == [200] * 20 + [429] * 5, "so many new hosts a certificate may bring"
        began = time.monotonic()
        wait_for_state(ours, sent(ours, good, document, "/transfers/a/1"), "asked")
        assert time.monotonic() - began < 15


def connected(ours: Peer, authority: Authority, certificate: Path, key: Path) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.path)
    context.load_cert_chain(certificate, key)
    host, _, port = ours.host.rpartition(":")
    return context.wrap_socket(socket.create_connection((host, int(port)), 10), server_hostname=host)
