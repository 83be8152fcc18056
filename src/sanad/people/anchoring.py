"""Once a day the head of the security trail goes on the record, as a statement of the authority.

    text        canonical ["sanad/trail-anchor/v1", day, rows, digest of the last of them]
    on record   H(32 random ‖ text), the digest of a statement of type TRAIL_ANCHOR

From then on whoever changes an earlier row must change the record too: rewriting the whole chain does not help. What
proves it is kept beside it, message and receipt, and can be checked with nothing but the node's public key.
"""

import secrets
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.node import receipts
from sanad.people import trail
from sanad.people.models import Institution, TrailAnchor
from sanad.people.rights import Kind
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.words import StatementType
from sanad.rulebook.message import parse

_NAME = "sanad/trail-anchor/v1"
_STATEMENT = next(number for number, schema in SCHEMAS.items() if schema.name == "statement")


@dataclass(frozen=True, slots=True)
class Fault:
    """An anchor that does not fit, and why, in the reader's language."""

    day: date
    why: str


def anchor_today() -> TrailAnchor | None:
    """Put the head on the record, once a day; None when it is there already or the trail is empty.

    Repeated after a crash or while the node was silent it sends the same statement, which the record has once. Raises
    `Refused` when no gateway of an authority is hosted here, `Unavailable` when the node is silent.
    """
    day, head = timezone.localdate(), trail.head()
    waiting = TrailAnchor.objects.filter(entry=None).order_by("day").first()
    if waiting is None:
        if head.rows == 0 or TrailAnchor.objects.filter(day=day).exists():
            return None
        waiting = TrailAnchor.objects.get_or_create(
            day=day, defaults={"rows": head.rows, "digest": head.digest, "random": secrets.token_bytes(32)}
        )[0]
    with settings.HOSTING.gateway(_authority()) as gateway:
        answer = gateway.send_act(
            _STATEMENT, [int(StatementType.TRAIL_ANCHOR), 0, 0], digests=[on_record(waiting)],
            idempotency_key=f"trail/{waiting.day.isoformat()}",
        )  # fmt: skip
    receipt = answer.decoded()
    if any(receipt.codes):
        raise Refused(
            "trail", "the record rejected the anchor of the trail; see what the authority's key may sign", 409
        )
    waiting.entry, waiting.time_ms, waiting.message, waiting.receipt = (
        receipt.entry, receipt.time_ms, answer.raw, answer.receipt,
    )  # fmt: skip
    waiting.save()
    return waiting


def on_record(anchor: TrailAnchor) -> bytes:
    """The blinded digest that stands on the record."""
    return digest(opening(anchor))


def opening(anchor: TrailAnchor) -> bytes:
    """What the digest on the record is of: 32 random bytes, then the text."""
    text = canonical.encode([_NAME, anchor.day.isoformat(), anchor.rows, bytes(anchor.digest)])
    return bytes(anchor.random) + text


def faults(node_public_key: bytes, anchors: list[TrailAnchor]) -> list[Fault]:
    """Those anchors that do not fit the trail as it is now, or what the node signed."""
    return [
        Fault(each.day, why) for each in anchors if each.entry is not None and (why := _fault(each, node_public_key))
    ]


def _fault(anchor: TrailAnchor, node_public_key: bytes) -> str:
    if trail.digest_at(anchor.rows) != bytes(anchor.digest):
        return _("the trail is not what it was on this day: rows were changed or taken away")
    try:
        message = parse(bytes(anchor.message))
        receipt = receipts.decode(bytes(anchor.receipt))
        receipts.verify_for(receipt, message, message.header.network, node_public_key)
        body = canonical.decode(message.body, "statement")
    except Malformed:
        return _("the receipt is not what the node signed")
    told = [_STATEMENT, [], [], [on_record(anchor)], int(StatementType.TRAIL_ANCHOR), 0, 0]
    if body != told or receipt.entry != anchor.entry:
        return _("the record has another digest than this anchor leads to")
    return ""


def _authority() -> int:
    found = Institution.objects.filter(kind=Kind.AUTHORITY).exclude(number=None).order_by("number").first()
    if found is None or found.number is None:
        raise Refused("authority", _("no authority is on the record yet"), 409)
    return found.number
