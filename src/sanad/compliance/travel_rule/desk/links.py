"""Secure links: an institution that has nothing yet reads an inquiry on a page of ours, and answers it there, once."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.desk.queueing import step
from sanad.compliance.travel_rule.desk.receiving import resolve
from sanad.compliance.travel_rule.desk.transfers import Wanted, own, prepared
from sanad.compliance.travel_rule.models import (
    Counterparty,
    Direction,
    SecureLink,
    StepKind,
    Transfer,
    TransferState,
)
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.standards.ivms101 import reading
from sanad.standards.ivms101.model import Identity
from sanad.standards.trp.messages import Approval, Resolution
from sanad.tables.names import WORKING

VALID_HOURS = 72
OPENED_MAX = 50
LINKS_MAX = 5
WRONG_A_MINUTE_MAX = 20
_SECRET_CHARACTERS = 43


@dataclass(frozen=True, slots=True)
class Made:
    """A new link. Its token is told once, and kept nowhere."""

    link: SecureLink
    token: str


def send_without_peer(person: Person, wanted: Wanted, name: str) -> Transfer:
    """Begin an exchange with an institution that has no peer: it will be asked through a link.

    Raises as `transfers.send`.
    """
    membership = require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    transfer = prepared(membership.institution_id, wanted, "", person)
    with transaction.atomic(WORKING):
        counterparty = Counterparty.objects.filter(institution=membership.institution, host="", name=name).first()
        transfer.counterparty = counterparty or Counterparty.objects.create(
            institution=membership.institution, name=name, verify_at=None
        )
        transfer.state, transfer.request_identifier = TransferState.ASKED, uuid4()
        transfer.save()
        step(transfer, StepKind.CREATED, person=person)
    return transfer


def make(person: Person, identifier: UUID) -> Made:
    """A link for an exchange of ours that waits for an answer. Raises `Refused`."""
    require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    transfer = own(person, identifier)
    is_waiting = transfer.direction == Direction.SENT and transfer.state == TransferState.ASKED
    if not is_waiting or transfer.counterparty.host:
        raise Refused("link", _("links are for exchanges that wait for an institution without a peer"), 409)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic(WORKING):
        if transfer.links.count() >= LINKS_MAX:
            raise Refused("link", _("this exchange has had five links; cancel it, and begin anew"), 409)
        transfer.links.filter(used_at=None).update(expires_at=timezone.now())
        link = SecureLink.objects.create(
            transfer=transfer, secret_digest=digest(secret.encode()), created_by=person,
            expires_at=min(timezone.now() + timedelta(hours=VALID_HOURS), transfer.answer_by),
        )  # fmt: skip
        step(transfer, StepKind.LINK_MADE, person=person)
    return Made(link, f"{link.id.hex}{secret}")


def read(token: str, address: str) -> tuple[SecureLink, Identity]:
    """The exchange of a link, with its personal data. `address` of the reader is counted, not kept.

    Raises `Refused`: 404 whatever is wrong with the link, 429 for who tries too many.
    """
    link = _open(token, address)
    is_room = SecureLink.objects.filter(pk=link.pk, opened__lt=OPENED_MAX).update(opened=F("opened") + 1)
    if not is_room:
        raise _unknown()
    return link, reading.read(keeping.open_payload(link.transfer).identity)


def answer(token: str, address: str, payment_address: str, reason: str) -> Transfer:
    """Answer through a link, once: a payment address approves, a reason rejects. Raises as `read`."""
    link = _open(token, address)
    with transaction.atomic(WORKING):
        now = timezone.now()
        if SecureLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now) != 1:
            raise _unknown()
        transfer = Transfer.objects.select_for_update().select_related("counterparty").get(pk=link.transfer_id)
        if transfer.state != TransferState.ASKED:
            raise _unknown()
        step(transfer, StepKind.LINK_USED)
        approval = Approval(payment_address, "") if payment_address else None
        resolve(transfer, Resolution(approved=approval, rejected=None if approval else reason))
    return transfer


def _open(token: str, address: str) -> SecureLink:
    key = f"travel-rule-link/{digest(address.encode()).hex()[:32]}"
    if cache.get(key, 0) >= WRONG_A_MINUTE_MAX:
        raise Refused("link", _("too many links that do not exist were tried from here; wait a minute"), 429)
    found = _found(token)
    if found is None:
        cache.set(key, cache.get(key, 0) + 1, 60)
        raise _unknown()
    return found


def _found(token: str) -> SecureLink | None:
    if len(token) != 32 + _SECRET_CHARACTERS:
        return None
    try:
        identifier = UUID(token[:32])
    except ValueError:
        return None
    link = SecureLink.objects.select_related("transfer__counterparty", "transfer__institution").filter(
        id=identifier, used_at=None, expires_at__gt=timezone.now()
    ).first()  # fmt: skip
    if link is None or not hmac.compare_digest(bytes(link.secret_digest), digest(token[32:].encode())):
        return None
    return link if link.transfer.state == TransferState.ASKED else None


def _unknown() -> Refused:
    return Refused("link", _("this link is not open: it was used, is too old, or was mistyped; ask for another"), 404)
