"""The public register: its root is in every block, and a past state is proved offline."""

import time

import pytest

from sanad.base.canonical import decode
from sanad.base.errors import Refused
from sanad.log import register_proof
from sanad.log.leaves import BlockLeaf
from sanad.log.policy import Policy
from sanad.node import auditing
from sanad.node.core import Node
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import InstitutionStatus, RegisterType
from sanad.rulebook.message import Kind
from tests.unit.node.conftest import ALPHA, SEGMENT_SIZE, Town

STATUS_FIELD = 6


def suspend(town: Town) -> int:
    """Two persons suspend Alpha; the entry of the confirmation."""
    act = encode_act("set_status", ALPHA, int(InstitutionStatus.SUSPENDED))
    proposal = town.receipt(town.person(0).message(act, Kind.PROPOSE, 1))
    return town.receipt(town.person(1).message(encode_decision(proposal.entry, act), Kind.CONFIRM, 1)).entry


def status_at(node: Node, asked_ms: int) -> int | None:
    node.sign_checkpoint()
    policy = Policy.decode(f"log {node.genesis.log_key}\nquorum none\n".encode())
    data = node.register_answer(int(RegisterType.INSTITUTION), ALPHA, asked_ms)
    verified = register_proof.verify(data, policy, int(time.time()))
    if verified.value is None:
        return None
    record = decode(verified.value, "record")
    assert isinstance(record, list)
    status = record[STATUS_FIELD]
    assert isinstance(status, int)
    return status


def test_the_status_at_a_past_time_is_proved_also_after_a_restart(town: Town) -> None:
    before_ms = town.node.health().time_ms
    suspend(town)
    after_ms = town.node.health().time_ms
    assert status_at(town.node, before_ms) == InstitutionStatus.ACTIVE
    assert status_at(town.node, after_ms) == InstitutionStatus.SUSPENDED
    town.node.close()
    again = Node(town.folder, post, segment_size=SEGMENT_SIZE)
    assert status_at(again, before_ms) == InstitutionStatus.ACTIVE
    assert status_at(again, after_ms) == InstitutionStatus.SUSPENDED
    again.close()


def test_absence_is_proved_and_a_time_before_the_record_has_no_answer(town: Town) -> None:
    town.node.sign_checkpoint()
    policy = Policy.decode(f"log {town.node.genesis.log_key}\nquorum none\n".encode())
    data = town.node.register_answer(int(RegisterType.LICENCE), ALPHA, town.node.health().time_ms)
    assert register_proof.verify(data, policy, int(time.time())).value is None
    with pytest.raises(Refused, match="begins later"):
        town.node.register_answer(int(RegisterType.LICENCE), ALPHA, 1_000)


def test_a_lost_history_is_made_anew_from_the_segments(town: Town) -> None:
    before_ms = town.node.health().time_ms
    suspend(town)
    town.node.close()
    (town.folder / "derived" / "register").write_bytes(b"damage")
    said: list[str] = []
    again = Node(town.folder, post, said.append, segment_size=SEGMENT_SIZE)
    assert any("register is made anew" in sentence for sentence in said)
    assert status_at(again, before_ms) == InstitutionStatus.ACTIVE
    again.close()


def test_every_block_leaf_carries_the_registers_root_and_audit_finds_it_right(town: Town) -> None:
    suspend(town)
    height = town.node.health().height
    leaf = BlockLeaf.decode(town.node.record.derived.block(height).leaf)
    assert leaf.register_root == town.node.register.at(height).root
    town.node.close()
    assert auditing.audit(town.folder, post, segment_size=SEGMENT_SIZE).height >= height


def test_records_of_a_type_are_listed_in_order(town: Town) -> None:
    records = [decode(each, "record") for each in town.node.register_records(int(RegisterType.INSTITUTION), 0, 3)]
    assert [record[1] for record in records if isinstance(record, list)] == [1, 2, 3]
