"""The projector: the one process that writes views. It follows the record and calls every programme's projection.

The cursor is written in the same transaction as the views, so a projector killed anywhere goes on where it was. When
the views' shape or the network is another than before, they are dropped and made anew from the first event.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import cast

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

from sanad.base.digests import digest
from sanad.node.events import Block, Events
from sanad.node.folder import held
from sanad.rulebook.edition1.apply import Post
from sanad.tables.kinds import view_tables
from sanad.tables.models import Cursor
from sanad.tables.names import VIEW
from sanad.tables.projection import Projection, position
from sanad.tables.schemas import make_schemas
from sanad.wiring import portal

BLOCKS_PER_TRANSACTION = 500
LOCK = "projector.lock"
_CASCADE = {"sqlite": "", "postgresql": " CASCADE"}
_POLL_SECONDS = 0.05


def projections() -> dict[str, Projection]:
    """The projection of every programme that has one."""
    names = [name for name in settings.PROGRAMMES if portal.has(name, "projection")]
    return {portal.label(name): cast("Projection", import_module(f"{name}.projection")) for name in names}


def shape(projections: dict[str, Projection]) -> bytes:
    """Digest of what the views look like: definitions of their tables, versions of the projections."""
    connection = connections[VIEW]
    with connection.schema_editor(collect_sql=True) as editor:
        for table in view_tables():
            editor.create_model(table)
    told = [*editor.collected_sql, *(f"{name} {each.VERSION}" for name, each in sorted(projections.items()))]
    return digest(b"sanad/views/v1\n", "\n".join(told).encode())


def make_views() -> None:
    """Drop all view tables, also of programmes that are gone, and make them anew, empty."""
    connection = connections[VIEW]
    with connection.schema_editor() as editor:
        there = set(connection.introspection.table_names())
        for name in sorted(there):
            editor.execute(f"DROP TABLE {connection.ops.quote_name(name)}{_CASCADE[connection.vendor]}")
        for table in view_tables():
            editor.create_model(table)


class Projector:
    """Follows one record. `open_events(after_height)` gives its events from there on."""

    def __init__(self, open_events: Callable[[int], Events], projections: dict[str, Projection]) -> None:
        self._projections = projections
        wanted = shape(projections)
        cursor = position()
        self._events = open_events(cursor.height if cursor else 0)
        if cursor is None or bytes(cursor.shape) != wanted or bytes(cursor.network) != self._events.network:
            make_views()
            cursor = Cursor(number=1, network=self._events.network, shape=wanted, entry=0, height=0, time_ms=0)
            cursor.save(force_insert=True)
            self._events.close()
            self._events = open_events(0)
        self.cursor = cursor

    def close(self) -> None:
        """Let go of the record."""
        self._events.close()

    def catch_up(self) -> int:
        """Project what has come since; the newest entry."""
        for blocks in _batches(self._events.next_blocks()):
            self._project(blocks)
        return self.cursor.entry

    def _project(self, blocks: Sequence[Block]) -> None:
        with transaction.atomic(VIEW):
            for event in (event for block in blocks for event in block.events):
                for each in self._projections.values():
                    each.project(event)
            last = blocks[-1]
            self.cursor.entry, self.cursor.height, self.cursor.time_ms = last.last_entry, last.height, last.time_ms
            self.cursor.save(force_update=True)


def _batches(blocks: Iterator[Block]) -> Iterator[list[Block]]:
    batch: list[Block] = []
    for block in blocks:
        batch.append(block)
        if len(batch) >= BLOCKS_PER_TRANSACTION:
            yield batch
            batch = []
    if batch:
        yield batch


def forget_views() -> None:
    """Let the next projector make all views anew."""
    if position() is not None:
        Cursor.objects.all().delete()


def run(post: Post, rebuild: bool, announce: Callable[[str], None], stopped: Callable[[float], bool]) -> None:
    """The process: until `stopped(seconds)`, which waits, says so. Raises `Refused` when another projector runs."""
    portal.prepare(settings.PORTAL)
    make_schemas()
    with held(settings.PORTAL, LOCK):
        if rebuild:
            forget_views()
        apps.check_models_ready()
        projector = Projector(lambda height: Events(settings.DATA.record, post, height), projections())
        try:
            announce(f"The views hold the record up to entry {projector.catch_up():,} and follow it")
            while not stopped(_POLL_SECONDS):
                projector.catch_up()
        finally:
            projector.close()
