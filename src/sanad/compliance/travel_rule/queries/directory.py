"""The directory and the rule values, as the node last told them."""

import time

from django.utils import timezone

from sanad.base.errors import Unavailable
from sanad.compliance.travel_rule.models import (
    Counterparty,
    CounterpartyState,
    Direction,
    Member,
    Peer,
    Reading,
    RuleRow,
    Transfer,
)
from sanad.compliance.travel_rule.queries.requirements import Requirements, RuleValue, requirements_at
from sanad.standards.ivms101.model import Identity, lei_of

STALE_HOURS = 24
"""How old the last reading may be; then nothing is decided by it any more."""


def requirements_now() -> Requirements:
    """What is in force now, by the last reading; the law's values where the record says nothing."""
    rows = [RuleValue(each.rule, each.value, each.valid_from_ms, each.entry) for each in RuleRow.objects.all()[:4_096]]
    return requirements_at(rows, time.time_ns() // 1_000_000)


def requirements_fresh() -> Requirements:
    """As `requirements_now`. Raises `Unavailable` when the node was last read too long ago."""
    if is_stale():
        raise Unavailable("the Travel Rule's values were not read from the record lately; see that the peer runs", 60)
    return requirements_now()


def last_reading() -> Reading | None:
    """When the directory was last read."""
    return Reading.objects.filter(number=1).first()


def is_stale() -> bool:
    """Whether the last reading is too old."""
    found = last_reading()
    return found is None or (timezone.now() - found.read_at).total_seconds() > STALE_HOURS * 3_600


def member_of(counterparty: Counterparty) -> Member | None:
    """The register's entry of a counterparty: by its LEI, or by the name that our own officer gave one without a peer.

    The name that somebody tells of itself on the wire finds nothing.
    """
    if counterparty.lei:
        return Member.objects.filter(lei=counterparty.lei).order_by("number").first()
    is_named_by_us = bool(counterparty.name) and not counterparty.host
    return Member.objects.filter(name=counterparty.name).order_by("number").first() if is_named_by_us else None


def named_otherwise(transfer: Transfer, identity: Identity) -> list[str]:
    """Where the data name another institution, by its LEI, than the one that we exchange them with: codes of
    `queries.wording.NAMED_OTHERWISE`. A group or a provider may do so rightly; so may somebody who means ill.
    """
    theirs, originating = transfer.counterparty.lei, lei_of(identity.originating_institution)
    beneficiary = lei_of(identity.beneficiary_institution)
    if transfer.direction == Direction.SENT:
        return ["asked"] if theirs and beneficiary and beneficiary != theirs else []
    peer = Peer.objects.filter(pk=transfer.institution_id).first()
    found = ["sender"] if theirs and originating and originating != theirs else []
    return found + (["receiver"] if peer and peer.lei and beneficiary and beneficiary != peer.lei else [])


def is_unconfirmed(transfer: Transfer) -> bool:
    """Whether an inquiry came with a certificate that the institution at its callback, now verified, does not show."""
    if transfer.direction == Direction.SENT or transfer.counterparty.state != CounterpartyState.VERIFIED:
        return False
    shown = transfer.counterparty.certificates.filter(digest=bytes(transfer.caller_digest or b""), is_server=False)
    return not shown.exists()
