"""From the record to views: every control act once and in order, killed anywhere, made anew, waited for."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.gateway.gateway import Gateway, act_body
from sanad.interfaces import demonstration_nation
from sanad.interfaces.demonstration_nation import AUTHORITY, CHENAB, PASSPHRASE
from sanad.node.core import Node
from sanad.node.events import Event, Events
from sanad.node.receipts import decode
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import AccountFlag
from sanad.rulebook.message import Kind
from sanad.tables.kinds import view_tables
from sanad.tables.models import Cursor
from sanad.tables.projection import position, wait_for
from sanad.wiring import projector
from sanad.wiring.projector import Projector

FREEZE = next(number for number, schema in SCHEMAS.items() if schema.name == "freeze")


class Service:
    """A node in this process as a gateway's client sees it."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def network(self) -> bytes:
        return self._node.network

    def submit(self, raw: bytes) -> bytes:
        return self._node.submit(raw).result(30)

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        return self._node.receipt(institution, lane, sequence)

    def next_sequence(self, institution: int, lane: int) -> int:
        return self._node.next_sequence(institution, lane)


class Nation:
    """The demonstration nation, its record on disk and its node in this process."""

    def __init__(self, folder: Path) -> None:
        self.record = folder / "record"
        self._institutions = folder / "institutions"
        demonstration_nation.found(self.record, self._institutions, post)
        self.node = Node(self.record, post, lambda _: None)
        self.node.start(with_replayer=False)

    def gateway(self, member: demonstration_nation.Member) -> Gateway:
        def connect(_key: SigningKey) -> Any:
            return Service(self.node)

        return Gateway.open(self._institutions / member.folder, PASSPHRASE, connect, institution=member.number)

    def freeze(self, account: int) -> tuple[int, int]:
        """Proposed by one person and confirmed by another: both entries."""
        with self.gateway(AUTHORITY) as gateway:
            fields = [account, int(AccountFlag.FROZEN_DEBIT | AccountFlag.FROZEN_CREDIT)]
            order = [digest(b"order")]
            proposed = decode(gateway.propose(FREEZE, fields, person="person-1", digests=order).receipt).entry
            body = act_body(FREEZE, fields, digests=order)
            confirmed = decode(gateway.confirm(proposed, body, person="person-2").receipt).entry
            return proposed, confirmed


@pytest.fixture
def nation(tmp_path: Path) -> Iterator[Nation]:
    made = Nation(tmp_path)
    yield made
    made.node.close()


def account_of(member: demonstration_nation.Member) -> int:
    return next(group.first for group in demonstration_nation.groups().values() if group.owner == member)


class Collecting:
    """A projection that keeps what it is given, and can be made to fail."""

    VERSION = 1

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.fails_at = 0

    def project(self, event: Event) -> None:
        if event.entry == self.fails_at:
            raise RuntimeError("killed here")
        self.events.append(event)


@pytest.fixture
def collecting() -> Iterator[Collecting]:
    projector.make_views()
    yield Collecting()
    projector.make_views()


def open_projector(nation: Nation, projection: Collecting) -> Projector:
    return Projector(lambda height: Events(nation.record, post, height), {"collecting": projection})


def test_the_founding_is_told_act_by_act(nation: Nation) -> None:
    events = Events(nation.record, post)
    founding = [event for block in events.next_blocks() for event in block.events]
    names = [SCHEMAS[event.act.schema].name for event in founding]
    assert {event.kind for event in founding} == {Kind.GENESIS}
    assert [event.index for event in founding] == list(range(len(founding)))
    registered = [event for event, name in zip(founding, names, strict=True) if name == "register_institution"]
    assert [event.act.fields[2] for event in registered] == [member.name for member in demonstration_nation.MEMBERS]
    assert all(event.carried_out == event.act and event.written for event in registered)


def test_a_confirmation_carries_out_what_was_proposed(nation: Nation) -> None:
    events = Events(nation.record, post)
    list(events.next_blocks())
    proposal, confirmation = nation.freeze(account_of(CHENAB))
    proposed, confirmed = (event for block in events.next_blocks() for event in block.events)
    assert (proposed.entry, proposed.kind, proposed.carried_out) == (proposal, Kind.PROPOSE, None)
    assert (confirmed.entry, confirmed.kind) == (confirmation, Kind.CONFIRM)
    assert confirmed.carried_out == proposed.act
    assert (confirmed.sender, confirmed.outcome) == (AUTHORITY.number, Outcome.ADMITTED)
    assert 0 < proposed.person != confirmed.person > 0
    assert list(events.next_blocks()) == []


def test_every_event_comes_once_and_a_rebuild_gives_the_same(nation: Nation, collecting: Collecting) -> None:
    first = open_projector(nation, collecting)
    first.catch_up()
    nation.freeze(account_of(CHENAB))
    newest = first.catch_up()
    first.close()
    live = list(collecting.events)
    assert len({(event.entry, event.index) for event in live}) == len(live)

    again = open_projector(nation, collecting)
    assert (again.catch_up(), collecting.events) == (newest, live)
    again.close()

    projector.forget_views()
    rebuilt = Collecting()
    third = open_projector(nation, rebuilt)
    assert (third.catch_up(), rebuilt.events) == (newest, live)
    third.close()


def test_killed_in_the_middle_it_goes_on_where_it_was(nation: Nation, collecting: Collecting) -> None:
    running = open_projector(nation, collecting)
    running.catch_up()
    seen = len(collecting.events)
    _, collecting.fails_at = nation.freeze(account_of(CHENAB))
    with pytest.raises(RuntimeError, match="killed here"):
        running.catch_up()
    running.close()
    del collecting.events[seen:]
    collecting.fails_at = 0
    open_projector(nation, collecting).catch_up()
    assert len(collecting.events) == seen + 2


def test_other_views_or_another_network_mean_a_rebuild(nation: Nation, collecting: Collecting, tmp_path: Path) -> None:
    open_projector(nation, collecting).catch_up()
    before = len(collecting.events)
    collecting.VERSION = 2
    open_projector(nation, collecting).catch_up()
    assert len(collecting.events) == 2 * before
    (tmp_path / "other").mkdir()
    other = Nation(tmp_path / "other")
    open_projector(other, collecting).catch_up()
    assert len(collecting.events) == 3 * before
    other.node.close()


def test_all_programmes_rebuild_to_the_same_rows(nation: Nation, collecting: Collecting) -> None:
    """Of every programme that is installed: what was written as the record grew is what a rebuild writes."""

    def rows() -> dict[str, list[dict[str, object]]]:
        tables = [table for table in view_tables() if table is not Cursor]
        return {table.__name__: list(table._default_manager.order_by("pk").values()) for table in tables}

    growing = Projector(lambda height: Events(nation.record, post, height), projector.projections())
    growing.catch_up()
    nation.freeze(account_of(CHENAB))
    growing.catch_up()
    live = rows()
    projector.forget_views()
    rebuilt = Projector(lambda height: Events(nation.record, post, height), projector.projections())
    rebuilt.catch_up()
    assert rows() == live


def test_a_page_waits_for_its_entry(collecting: Collecting) -> None:
    assert position() is None
    assert not wait_for(1, 0.05)
    Cursor.objects.create(number=1, network=b"", shape=b"", entry=4, height=1, time_ms=1)
    assert wait_for(4, 0)
    assert not wait_for(5, 0.05)

    def later() -> None:
        time.sleep(0.1)
        Cursor.objects.update(entry=5)
        from django.db import connections

        connections.close_all()

    writer = threading.Thread(target=later)
    writer.start()
    assert wait_for(5)
    writer.join()


def test_two_writers_wait_for_each_other() -> None:
    """The trail under two threads: an order, no gap, on either database."""
    from django.db import connections

    from sanad.people import trail

    before = trail.head().rows
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(20):
                trail.append(trail.Happening.INVITED, "thread", number=number)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert trail.head().rows == before + 60
    assert trail.first_fault() is None


def test_nothing_is_written_when_a_transaction_fails() -> None:
    from sanad.people import trail

    before = trail.head()

    def write_and_fail() -> None:
        with transaction.atomic():
            trail.append(trail.Happening.INVITED, "someone")
            raise RuntimeError("failed")

    with pytest.raises(RuntimeError, match="failed"):
        write_and_fail()
    assert trail.head() == before


def test_only_view_tables_lack_migrations() -> None:
    from django.apps import apps
    from django.core.management import call_command

    from sanad.tables.kinds import Router, kind_of
    from sanad.wiring.migrations import without_views

    assert all(not table._meta.managed for table in view_tables())
    with without_views():
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    router = Router()
    for table in apps.get_models():
        allowed = {
            alias
            for alias in ("default", "view", "secret")
            if router.allow_migrate(alias, table._meta.app_label, table._meta.model_name)
        }
        assert allowed == ({kind_of(table)} - {"view"})
