from pathlib import Path

import pytest

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.evidence.database import Waiting
from sanad.gateway.gateway import Gateway, act_body
from sanad.gateway.keys import SYSTEM
from sanad.rulebook.message import Kind, parse
from sanad.rulebook.signatures import is_signed
from tests.unit.gateway.fakes import NODE_PUBLIC_KEY, PASSPHRASE, QUICK, FakeNode, open_gateway


def test_a_folder_is_its_owners_alone(gateway: Gateway, folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if not path.name.endswith("-wal")}
    assert names == {"keys.json", "gateway.sqlite", "evidence.sqlite", "evidence-keys.sqlite"}
    assert all(path.stat().st_mode & 0o77 == 0 for path in folder.iterdir())


def test_a_message_is_signed_for_its_place(gateway: Gateway, node: FakeNode) -> None:
    answer = gateway.send_act(10, [1, b"x"], recipients=[5, 2, 5])
    message = parse(answer.raw)
    assert is_signed(message, {gateway.keys.key(SYSTEM).identifier: gateway.keys.key(SYSTEM).public})
    assert canonical.decode(message.body, "act") == [10, [2, 5], [], [], 1, b"x"]
    assert (message.header.kind, message.header.institution, message.header.network) == (Kind.ACT, 3, node.network)


def test_two_acts_are_two_orders_unless_a_key_says_otherwise(gateway: Gateway, node: FakeNode) -> None:
    gateway.send_act(10, [1])
    gateway.send_act(10, [1])
    gateway.send_act(10, [1], idempotency_key="k")
    assert gateway.send_act(10, [1], idempotency_key="k").repeated
    assert len(node.messages) == 3
    with pytest.raises(Refused, match="idempotency_conflict"):
        gateway.send_act(10, [2], idempotency_key="k")


def test_persons_propose_and_confirm_on_their_own_lanes(gateway: Gateway, node: FakeNode) -> None:
    gateway.keys.add("person-1", range(101, 102), person=1)
    gateway.keys.add("person-2", range(102, 103), person=2)
    proposal = gateway.propose(2, [4, 3], person="person-1", recipients=[4])
    entry, body = proposal.decoded().entry, parse(proposal.raw).body
    gateway.confirm(entry, body, person="person-2", recipients=[4])
    gateway.withdraw(entry, body, person="person-1")
    kinds = [(message.header.kind, message.header.lane) for message in node.messages]
    assert kinds == [(Kind.PROPOSE, 101), (Kind.CONFIRM, 102), (Kind.WITHDRAW, 101)]
    assert node.messages[1].body == act_body(0, [], [4], [entry], [digest(body)])
    assert node.messages[1].signatures[0].key_id == gateway.keys.key("person-2").identifier


def test_what_was_given_at_the_first_opening_stays(folder: Path) -> None:
    with pytest.raises(Refused, match="say once which number"):
        Gateway.open(folder, PASSPHRASE, lambda _: FakeNode())
    open_gateway(folder, FakeNode()).close()
    with Gateway.open(folder, PASSPHRASE, lambda _: FakeNode()) as gateway:
        assert (gateway.institution, gateway._node_public_key) == (3, NODE_PUBLIC_KEY)
    with pytest.raises(Refused, match="another institution's"):
        Gateway.open(folder, PASSPHRASE, lambda _: FakeNode(), institution=4)
    with pytest.raises(Refused, match="another key"):
        Gateway.open(folder, PASSPHRASE, lambda _: FakeNode(), node_public_key=bytes(32))
    other = FakeNode()
    other.network = bytes(16)
    with pytest.raises(Refused, match="another network"):
        Gateway.open(folder, PASSPHRASE, lambda _: other)
    open_gateway(folder, FakeNode()).close()


def test_a_wrong_passphrase_opens_nothing(folder: Path) -> None:
    with pytest.raises(Refused, match="passphrase is wrong"):
        Gateway.open(folder, "not this one at all", lambda _: FakeNode(), institution=3)
    assert {path.name for path in folder.iterdir()} == {"keys.json"}


def test_one_process_at_a_time(gateway: Gateway, folder: Path) -> None:
    with pytest.raises(Refused, match=r"another process holds gateway\.sqlite"):
        Gateway.open(folder, PASSPHRASE, lambda _: FakeNode(), waiting=Waiting(0.0))


def test_a_folder_is_made_once_and_never_in_a_record(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is there already"):
        Gateway.init(folder, PASSPHRASE, limits=QUICK)
    (tmp_path / "record" / "segments").mkdir(parents=True)
    with pytest.raises(Refused, match="never lie in the folder of a record"):
        Gateway.init(tmp_path / "record" / "bank", PASSPHRASE, limits=QUICK)
