"""The trail's head on the record: once a day, provable, and a changed trail is caught even when its chain is whole."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from sanad.base.errors import Unavailable
from sanad.interfaces.demonstration_nation import AUTHORITY
from sanad.node.receipts import decode
from sanad.people import anchoring, trail
from sanad.people.models import Institution, Person, TrailAnchor, TrailRow
from sanad.people.rights import Kind
from sanad.people.trail import Happening
from tests.programmes.licensing_nation import Hosted
from tests.programmes.test_projector import Nation

Cast = dict[str, Person | None]


@pytest.fixture
def nation(tmp_path: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nation]:
    made = Nation(tmp_path)
    monkeypatch.setattr(settings, "HOSTING", Hosted(made, tmp_path))
    Institution.objects.filter(kind=Kind.AUTHORITY).update(number=AUTHORITY.number)
    for number in range(5):
        trail.append(Happening.INVITED, "someone", number=number)
    yield made
    made.node.close()


def faults(nation: Nation) -> list[str]:
    key = nation.node.health().node_public_key
    return [each.why for each in anchoring.faults(key, list(TrailAnchor.objects.order_by("day")))]


def rewrite_from(number: int) -> None:
    """What someone does who may write to the database: one row changed, and the whole chain after it made to fit."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER people_trailrow_UPDATE")
        else:
            cursor.execute("DROP TRIGGER people_trailrow_rows ON people_trailrow")
        previous = None
        for row in TrailRow.objects.filter(number__gte=number).order_by("number"):
            row.person = "another" if row.number == number else row.person
            row.previous = previous or bytes(row.previous)
            row.digest = previous = trail._digest_of(row)
            TrailRow.objects.filter(number=row.number).update(
                person=row.person, previous=row.previous, digest=row.digest
            )
        cursor.execute("UPDATE people_trailhead SET digest = %s", [previous])


def test_once_a_day_and_no_more(nation: Nation) -> None:
    anchor = anchoring.anchor_today()
    assert anchor is not None
    assert (anchor.rows, bytes(anchor.digest)) == (trail.head().rows, trail.head().digest)
    assert decode(bytes(anchor.receipt)).codes == (0,)
    assert anchoring.anchor_today() is None
    assert faults(nation) == []


def test_a_chain_that_was_made_to_fit_again_is_caught_by_the_record(nation: Nation) -> None:
    assert anchoring.anchor_today() is not None
    rewrite_from(trail.head().rows - 2)
    assert trail.first_fault() is None, "the chain alone does not show it"
    assert faults(nation) == ["the trail is not what it was on this day: rows were changed or taken away"]


def test_rows_added_later_change_nothing(nation: Nation) -> None:
    anchoring.anchor_today()
    trail.append(Happening.SIGNED_IN, "someone")
    assert faults(nation) == []


def test_who_changes_the_anchor_too_is_caught_by_what_the_node_signed(nation: Nation) -> None:
    anchoring.anchor_today()
    rewrite_from(trail.head().rows - 2)
    rows = TrailAnchor.objects.all()
    rows.update(digest=trail.head().digest)
    assert faults(nation) == ["the record has another digest than this anchor leads to"]
    rows.update(random=secrets.token_bytes(32))
    assert faults(nation) == ["the record has another digest than this anchor leads to"]
    receipt = bytearray(rows.get().receipt)
    receipt[-1] ^= 1
    rows.update(receipt=bytes(receipt))
    assert faults(nation) == ["the receipt is not what the node signed"]


def test_who_is_stopped_in_between_sends_the_same_again(nation: Nation, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def gateway(self, _: int) -> object:
            raise Unavailable("the node is silent", 5)

    with monkeypatch.context() as patch:
        patch.setattr(settings, "HOSTING", Silent())
        with pytest.raises(Unavailable):
            anchoring.anchor_today()
    waiting = TrailAnchor.objects.get()
    assert waiting.entry is None
    trail.append(Happening.SIGNED_IN, "someone")
    anchor = anchoring.anchor_today()
    assert anchor is not None
    assert (anchor.day, anchor.rows, bytes(anchor.random)) == (waiting.day, waiting.rows, bytes(waiting.random))
    TrailAnchor.objects.update(entry=None, receipt=b"")
    repeated = anchoring.anchor_today()
    assert repeated is not None
    assert repeated.entry == anchor.entry, "killed after the record had it: the record has it once"
    assert faults(nation) == []


def test_a_day_that_was_missed_is_done_before_today(nation: Nation) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    head = trail.head()
    TrailAnchor.objects.create(day=yesterday, rows=head.rows, digest=head.digest, random=secrets.token_bytes(32))
    first, second = anchoring.anchor_today(), anchoring.anchor_today()
    assert first is not None
    assert second is not None
    assert (first.day, second.day) == (yesterday, timezone.localdate())
    assert faults(nation) == []


def test_the_page_shows_it_with_its_proof(nation: Nation, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import Client

    monkeypatch.setattr(settings.NETWORK, "health", nation.node.health)
    anchor = anchoring.anchor_today()
    assert anchor is not None
    client = Client(SERVER_NAME="localhost")
    assert cast["auditor"] is not None
    client.force_login(cast["auditor"])
    page = client.get("/trail/anchors/").content.decode()
    assert "Fits" in page
    base = f"/trail/anchors/{anchor.day.isoformat()}/"
    assert client.get(base + "receipt/").content == bytes(anchor.receipt)
    assert client.get(base + "opening/").content == anchoring.opening(anchor)
    for wrong in (base + "random/", "/trail/anchors/2020-01-01/receipt/", "/trail/anchors/x/receipt/"):
        assert client.get(wrong).status_code == 404
    rewrite_from(anchor.rows)
    assert "Does not fit" in client.get("/trail/anchors/").content.decode()
