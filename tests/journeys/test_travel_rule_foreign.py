"""Our peer's process against one that is not ours: what it must answer, and what a bad peer gets."""

import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sanad.standards.trp import addresses
from tests.journeys.foreign_peer import Foreign
from tests.journeys.test_travel_rule_peers import free_port
from tests.journeys.travel_rule_peers import LEI_A, LEI_B, Authority, Peer
from tests.unit.standards.travel_rule_samples import payload_2020, payload_2023

pytestmark = pytest.mark.timeout(300)
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def ours(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("ours")
    address = f"https://127.0.0.5:{free_port('127.0.0.5')}"
    peer = Peer(folder / "ravi", "ravi", LEI_A, 7, authority.issue("ravi", "127.0.0.5"), authority.path, address)
    with peer.served():
        yield peer


@pytest.fixture(scope="module")
def foreign(authority: Authority) -> Iterator[Foreign]:
    with Foreign(authority.issue("foreign", "127.0.0.6"), authority.path, "127.0.0.6").served() as found:
        yield found


def inquiries(peer: Peer) -> str:
    return f"{peer.address}/transfers/a/7f3c?t=i"


# --- what a foreign peer finds ----------------------------------------------------------------------------------------


def test_discovery(ours: Peer, foreign: Foreign) -> None:
    identity = foreign.call(f"{ours.address}/identity")
    assert identity.status == 200
    assert (identity.json["name"], identity.json["lei"]) == ("ravi", LEI_A)
    assert ssl.PEM_cert_to_DER_cert(identity.json["x509"]) == ssl.PEM_cert_to_DER_cert(
        ours.files.certificate.read_text()
    )
    assert identity.headers["api-version"] == "3.1.0"
    assert foreign.call(f"{ours.address}/version").json["version"] == "3.2.1"
    assert int(foreign.call(f"{ours.address}/uptime").body) >= 0
    assert "extended-ivms101" in foreign.call(f"{ours.address}/extensions").json["supported"]


@pytest.mark.parametrize("path", ["transfers", "transfers/a/account", "transfers/w/wallet"])
@pytest.mark.parametrize("document", [payload_2020(), payload_2023()])
def test_an_inquiry_is_taken_and_waits(ours: Peer, foreign: Foreign, path: str, document: dict[str, Any]) -> None:
    identifier = str(uuid4())
    answer = foreign.call(f"{ours.address}/{path}?t=i", foreign.inquiry(document), identifier=identifier)
    assert (answer.status, answer.json) == (200, {"version": "3.1.0"})
    assert answer.headers["request-identifier"] == identifier
    assert answer.headers["api-version"] == "3.1.0"


@pytest.mark.parametrize(
    ("version", "spoken"), [("3.1.0", "3.1.0"), ("3.2.1", "3.2.1"), ("2.1.0", "2.1.0"), ("3.7.0", "3.2.1")]
)
def test_versions(ours: Peer, foreign: Foreign, version: str, spoken: str) -> None:
    answer = foreign.call(inquiries(ours), foreign.inquiry(payload_2020()), api_version=version)
    assert (answer.status, answer.json["version"], answer.headers["api-version"]) == (200, spoken, spoken)


@pytest.mark.parametrize("version", [None, "4.0.0", "2.0.0", "three", "3"])
def test_versions_that_nobody_speaks(ours: Peer, foreign: Foreign, version: str | None) -> None:
    answer = foreign.call(inquiries(ours), foreign.inquiry(payload_2020()), api_version=version)
    assert (answer.status, answer.json["code"]) == (400, "trp.version")
    assert answer.headers["api-version"] == "3.1.0"


def test_unknown_extensions_are_passed_over(ours: Peer, foreign: Foreign) -> None:
    asked = foreign.inquiry(payload_2020(), extensions={"something-new": {"a": [1, None]}}, future=True)
    assert foreign.call(inquiries(ours), asked, api_extensions="something-new, message-signing").status == 200


def wrong(**change: Any) -> dict[str, Any]:
    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (wrong(amount=0), "trp.amount"), (wrong(amount=None), "trp.amount"), (wrong(callback=None), "trp.callback"),
        (wrong(callback="http://127.0.0.6/x"), "trp.url"), (wrong(IVMS101=None), "trp.identity"),
        (wrong(IVMS101={}), "trp.identity"), (wrong(asset={}), "trp.asset"), (wrong(amount=0.123456789), "trp.amount"),
        (wrong(IVMS101={"originator": {"originatorPersons": [{}]}}), "ivms101.person"),
        (wrong(extensions={"sanad-evidence": {"random": "00" * 32, "digest": "11" * 32}}), "evidence.digest"),
    ],
)  # fmt: skip
def test_what_cannot_be_processed(ours: Peer, foreign: Foreign, change: dict[str, Any], code: str) -> None:
    asked = {k: v for k, v in foreign.inquiry(payload_2020(), **change).items() if v is not None}
    answer = foreign.call(inquiries(ours), asked)
    assert (answer.status, answer.json["code"]) == (422, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_cannot_be_read(ours: Peer, foreign: Foreign) -> None:
    for raw in (b"", b"{", b"[]", b"\xff", json.dumps(foreign.inquiry(payload_2020(), amount="much")).encode()):
        assert foreign.call(inquiries(ours), raw=raw, method="POST").status == 400
    good = foreign.inquiry(payload_2020())
    assert foreign.call(inquiries(ours), good, request_identifier=None).status == 400
    assert foreign.call(inquiries(ours), good, request_identifier="no-uuid").status == 400
    assert foreign.call(inquiries(ours), good, content_type="text/xml").status == 415
    assert foreign.call(inquiries(ours), good, content_type=None).status == 200
    assert foreign.call(f"{ours.address}/transfers?t=p", good).status == 400
    assert foreign.call(f"{ours.address}/elsewhere", good).status == 404
    assert foreign.call(f"{ours.address}/transfers").status == 405


def test_null_is_not_sent_and_twice_is_not_read(ours: Peer, foreign: Foreign) -> None:
    good = foreign.inquiry(payload_2020(), asset={"slip0044": "ETH", "dti": None}, extensions=None)
    assert foreign.call(inquiries(ours), good).status == 200
    body = json.dumps(good).encode()
    for raw, code in ((body[:-1] + b', "amount": 5}', "trp.twice"), (body.replace(b"2.1e-05", b"NaN"), "trp.json")):
        answer = foreign.call(inquiries(ours), raw=raw, method="POST")
        assert (answer.status, answer.json["code"]) == (400, code)
    assert foreign.call(inquiries(ours), good, content_encoding="gzip").status == 415
    assert foreign.call(f"{ours.address}/transfers/?t=i", good).status == 404, "nobody is sent elsewhere with it"


def test_fifty_megabytes(ours: Peer, foreign: Foreign) -> None:
    answer = foreign.call(inquiries(ours), raw=b" " * (50 * MEGABYTE), method="POST")
    assert (answer.status, answer.json["code"]) == (413, "http")
    assert foreign.call(inquiries(ours), raw=b" " * (MEGABYTE + 1), method="POST").status == 413
    assert foreign.call(f"{ours.address}/identity", x_filler="x" * 20_000).status == 431
    assert foreign.call(f"{ours.address}/identity").status == 200, "it goes on"


def test_the_same_again_and_another_under_its_name(ours: Peer, foreign: Foreign) -> None:
    asked, identifier = foreign.inquiry(payload_2020()), str(uuid4())
    count = "SELECT count(*) FROM travel_rule_transfer"
    (before,) = ours.ask(count)
    for _ in range(3):
        answer = foreign.call(inquiries(ours), asked, identifier=identifier)
        assert (answer.status, answer.json) == (200, {"version": "3.1.0"})
    other = foreign.call(inquiries(ours), asked | {"amount": 5}, identifier=identifier)
    assert (other.status, other.json["code"]) == (409, "request-identifier")
    assert ours.ask(count) == (before + 1,)


# --- certificates -----------------------------------------------------------------------------------------------------


def test_certificates_that_are_expired_strange_or_missing(ours: Peer, foreign: Foreign, authority: Authority) -> None:
    expired = authority.issue("expired", "127.0.0.6", days=-0.1, begun_days_ago=0.9)
    stranger = Authority(authority.folder, "Strange Authority").issue("stranger", "127.0.0.6")
    for files in (expired, stranger):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            foreign.call(f"{ours.address}/identity", files=files)


def test_another_institutions_certificate(ours: Peer, foreign: Foreign, authority: Authority) -> None:
    wait_until_verified(ours, foreign)
    other = authority.issue("other", "127.0.0.7")
    asked = foreign.inquiry(payload_2020())
    answer = foreign.call(inquiries(ours), asked, files=other)
    assert (answer.status, answer.json["code"]) == (403, "certificate"), "its callback is of an institution we know"


def wait_until_verified(ours: Peer, foreign: Foreign) -> None:
    foreign.call(inquiries(ours), foreign.inquiry(payload_2020()))
    ours.wait_until_known(foreign.place)


# --- our inquiries to it ----------------------------------------------------------------------------------------------


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "payment.json"
    path.write_text(json.dumps(payload_2020()))
    return path


def sent_to(ours: Peer, foreign: Foreign, document: Path) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """Our exchange, and headers and body of the inquiry as the foreign peer got it."""
    wait_until_verified(ours, foreign)
    foreign.heard.clear()
    to = addresses.encode(f"{foreign.address}/transfers/a/1")
    sent = ours.json("send", "--to", to, "--asset", "ETH", "--amount", "1.5", "--identity", document)
    ours.wait_for("outbox", "asked")
    path, headers, body = foreign.heard[0]
    assert path == "/transfers/a/1?t=i"
    return sent, headers, body


def state_of(ours: Peer, sent: dict[str, Any]) -> str:
    (state,) = ours.ask("SELECT state FROM travel_rule_transfer WHERE id = ?", sent["id"].replace("-", ""))
    return str(state)


def test_what_we_send_and_every_way_to_answer_it_wrongly(
    ours: Peer, foreign: Foreign, document: Path, authority: Authority
) -> None:
    sent, headers, body = sent_to(ours, foreign, document)
    identifier = sent["request_identifier"]
    assert headers["api-version"] == "3.1.0"
    assert headers["request-identifier"] == identifier
    assert headers["content-type"].startswith("application/json")
    assert headers["api-extensions"].split(",") == ["extended-ivms101", "sanad-evidence"]
    assert body["asset"] == {"dti": "X9J9K872S", "slip0044": "ETH"}, "before 3.2 there were no DTIs"
    assert body["amount"] == 1.5
    assert "originatorPersons" in body["IVMS101"]["originator"], "in the issue in which it wrote to us"
    callback = body["callback"]
    approval = {"approved": {"address": "0xabc", "callback": f"{foreign.address}/confirmations/1"}}

    other = authority.issue("another", "127.0.0.8")
    assert foreign.call(callback, approval, identifier=identifier, files=other).status == 403
    strange = callback.replace(sent["id"], str(uuid4()))
    assert foreign.call(strange, approval, identifier=identifier).status == 404
    assert foreign.call(callback, {"approved": {"address": "0xabc"}}, identifier=identifier).status == 400
    assert foreign.call(callback, {}, identifier=identifier).status == 422
    early = callback.replace("/resolve", "/confirm")
    assert foreign.call(early, {"txid": "1"}, identifier=identifier).status == 404
    assert state_of(ours, sent) == "asked", "nothing of this is an answer"

    assert foreign.call(callback, {"version": "3.1.0"}, identifier=identifier).status == 204
    assert foreign.call(callback, approval, identifier=identifier).status == 204
    assert foreign.call(callback, approval, identifier=identifier).status == 204, "the same again"
    assert foreign.call(callback, {"rejected": "no"}, identifier=identifier).status == 409
    assert state_of(ours, sent) == "approved"
    ours.run("confirm", sent["id"], "0xfeed")
    ends = time.monotonic() + 60
    while not any(path == "/confirmations/1" for path, _, _ in foreign.heard):
        assert time.monotonic() < ends
        time.sleep(0.2)
    assert foreign.heard[-1][2] == {"txid": "0xfeed"}


def test_an_answer_in_the_reply_and_one_that_is_late(ours: Peer, foreign: Foreign, document: Path) -> None:
    wait_until_verified(ours, foreign)
    foreign.says["/transfers/a/1"] = (200, {"rejected": "We do not know this name."})
    try:
        to = addresses.encode(f"{foreign.address}/transfers/a/1")
        ours.json("send", "--to", to, "--asset", "BTC", "--amount", "1", "--identity", document)
        rejected = ours.wait_for("outbox", "rejected")
    finally:
        foreign.says.clear()
    assert ours.show(rejected["id"])["reason"] == "We do not know this name."
    sent, _, body = sent_to(ours, foreign, document)
    ours.run("cancel", sent["id"], "Too slow.")
    late = {"approved": {"address": "0xabc", "callback": f"{foreign.address}/confirmations/late"}}
    answer = foreign.call(body["callback"], late, identifier=sent["request_identifier"])
    assert (answer.status, answer.json["code"]) == (409, "resolution")
    steps = [each["detail"] for each in ours.show(sent["id"])["steps"]]
    assert any("too late" in each for each in steps), "kept"
    assert state_of(ours, sent) == "canceled", "and nothing changed"


def test_a_peer_that_fails_first_is_asked_again(ours: Peer, foreign: Foreign, document: Path) -> None:
    wait_until_verified(ours, foreign)
    to = addresses.encode(f"{foreign.address}/transfers/a/2")
    foreign.says["/transfers/a/2"] = (503, None)
    sent = ours.json("send", "--to", to, "--asset", "BTC", "--amount", "2", "--identity", document)
    ends = time.monotonic() + 60
    while sum(path.startswith("/transfers/a/2") for path, _, _ in foreign.heard) < 2:
        assert time.monotonic() < ends
        time.sleep(0.2)
    assert state_of(ours, sent) == "queued"
    foreign.says.clear()
    ours.wait_for("outbox", "asked")
    identifiers = {h["request-identifier"] for path, h, _ in foreign.heard if path.startswith("/transfers/a/2")}
    assert identifiers == {sent["request_identifier"]}, "every attempt bears one name"
    foreign.says["/transfers/a/3"] = (422, {"detail": "no"})
    to = addresses.encode(f"{foreign.address}/transfers/a/3")
    ours.json("send", "--to", to, "--asset", "BTC", "--amount", "3", "--identity", document)
    ours.wait_for("outbox", "failed")
    foreign.says.clear()


def test_a_peer_whose_certificate_changes_gets_nothing(authority: Authority, tmp_path: Path, document: Path) -> None:
    address = f"https://127.0.0.9:{free_port('127.0.0.9')}"
    ours = Peer(tmp_path / "home", "indus", LEI_A, 7, authority.issue("indus", "127.0.0.9"), authority.path, address)
    first = Foreign(authority.issue("first", "127.0.0.10"), authority.path, "127.0.0.10", lei=LEI_B)
    with ours.served():
        with first.served():
            wait_until_verified(ours, first)
        second = Foreign(authority.issue("second", "127.0.0.10"), authority.path, "127.0.0.10", port=first.port)
        with second.served():
            to = addresses.encode(f"{second.address}/transfers/a/1")
            ours.json("send", "--to", to, "--asset", "BTC", "--amount", "1", "--identity", document)
            ours.wait_until_known(second.place, "changed")
            assert second.heard == [], "no personal data went to it"
            ours.run("accept", second.place)
            ours.wait_for("outbox", "asked")
