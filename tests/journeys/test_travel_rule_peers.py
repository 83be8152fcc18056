"""The whole exchange between two institutions: processes of their own, real certificates, the command line of users."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys.running import sanad
from tests.journeys.travel_rule_peers import LEI_A, LEI_B, Authority, Peer
from tests.unit.standards.travel_rule_samples import payload_2020

pytestmark = pytest.mark.timeout(300)


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def document(authority: Authority) -> Path:
    path = authority.folder / "payment.json"
    path.write_text(json.dumps(payload_2020()))
    return path


@pytest.fixture(scope="module")
def peers(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Peer, Peer]]:
    """Two peers at two addresses, both served."""
    folder = tmp_path_factory.mktemp("peers")
    found = []
    with ExitStack() as stack:
        for name, lei, number, host in (("ravi", LEI_A, 7, "127.0.0.1"), ("chenab", LEI_B, 8, "127.0.0.2")):
            address = f"https://{host}:{free_port(host)}"
            files = authority.issue(name, host)
            found.append(Peer(folder / name, name, lei, number, files, authority.path, address))
            stack.enter_context(found[-1].served())
        yield found[0], found[1]


def test_inquiry_approval_and_confirmation(peers: tuple[Peer, Peer], document: Path) -> None:
    ravi, chenab = peers
    sent = ravi.send(chenab, document)
    received = chenab.wait_for("inbox", "received")
    assert received["request_identifier"] == sent["request_identifier"]
    assert received["payload_digest"] == sent["payload_digest"], "both sides can show the same digest"
    assert (received["amount"], received["amount_minor"]) == ("0.25", 25_000_000)
    ravi.wait_for("outbox", "asked")
    chenab.run("approve", received["id"], "bc1q-payment-address")
    ravi.wait_for("outbox", "approved")
    ravi.run("confirm", sent["id"], "4a5e1e4baab89f3a")
    chenab.wait_for("inbox", "confirmed")
    theirs, ours = chenab.show(received["id"]), ravi.show(sent["id"])
    assert (theirs["txid"], ours["address"]) == ("4a5e1e4baab89f3a", "bc1q-payment-address")
    assert theirs["identity"] == ours["identity"]
    assert theirs["random"] == ours["random"]
    assert [each["what"] for each in theirs["steps"]][-1] == "carried_out_by_them"
    for peer, other in ((ravi, chenab), (chenab, ravi)):
        assert peer.knows(other.host) == ("verified", "", "3.2.1")


def test_rejection_and_cancellation(peers: tuple[Peer, Peer], document: Path) -> None:
    ravi, chenab = peers
    sent = ravi.send(chenab, document, "0.5")
    received = chenab.wait_for("inbox", "received")
    chenab.run("reject", received["id"], "The name is not our customer's.")
    ravi.wait_for("outbox", "rejected")
    assert ravi.show(sent["id"])["reason"] == "The name is not our customer's."
    assert "exchange is: Rejected" in ravi.fails("confirm", sent["id"], "4a5e")
    again = ravi.send(chenab, document, "0.75")
    received = chenab.wait_for("inbox", "received")
    chenab.run("approve", received["id"], "bc1q-other")
    ravi.wait_for("outbox", "approved")
    ravi.run("cancel", again["id"], "The customer withdrew.")
    chenab.wait_for("inbox", "canceled")
    assert chenab.show(received["id"])["reason"] == "The customer withdrew."


def test_a_peer_tells_who_it_is(peers: tuple[Peer, Peer]) -> None:
    ravi, chenab = peers
    told = ravi.json("identity", chenab.host)
    assert (told["name"], told["lei"], told["version"]) == ("chenab", LEI_B, "3.2.1")
    assert "extended-ivms101" in told["supported"]
    assert int(told["uptime"]) >= 0


def test_killed_peers_go_on_where_they_were(authority: Authority, tmp_path: Path, document: Path) -> None:
    """The receiver is not there yet, then it is killed in the midst; the sender is killed too. Nothing is lost."""
    hosts = {name: f"{host}:{free_port(host)}" for name, host in (("indus", "127.0.0.3"), ("swat", "127.0.0.4"))}
    indus, swat = (
        Peer(
            tmp_path / name, name, lei, number, authority.issue(name, host.partition(":")[0]), authority.path,
            f"https://{host}",
        )
        for (name, host), lei, number in zip(hosts.items(), (LEI_A, LEI_B), (7, 8), strict=True)
    )  # fmt: skip
    sent = indus.send(swat, document)
    with indus.served() as sender:
        with swat.served() as receiver:
            received = swat.wait_for("inbox", "received")
            receiver.process.kill()
        sender.process.kill()
    with swat.served(), indus.served():
        swat.wait_until_known(indus.host)
        swat.run("approve", received["id"], "bc1q-after-a-kill")
        indus.wait_for("outbox", "approved")
        indus.run("confirm", sent["id"], "4a5e")
        swat.wait_for("inbox", "confirmed")
    assert swat.ask("SELECT count(*) FROM travel_rule_transfer") == (1,)


def test_travel_addresses_of_the_command_line() -> None:
    encoded = sanad("travel-rule", "address", "encode", "https://beneficiary.com/x/12345").stdout.strip()
    assert encoded == "ta2W2HPKfHxgSgrzY178knqXHg1H3jfeQrwQ9JrKBs9wv"
    assert sanad("travel-rule", "address", "decode", encoded).stdout.strip() == "https://beneficiary.com/x/12345?t=i"
    bad = sanad("travel-rule", "address", "decode", encoded[:-1] + "w")
    assert bad.returncode == 5
    assert "copy it again" in bad.stderr
