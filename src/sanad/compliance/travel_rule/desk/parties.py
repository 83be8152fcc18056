"""What our institution knows of account holders beyond a payment, and what payments lack: filled in by an officer."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused, ensure
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.desk.check import Missing
from sanad.compliance.travel_rule.desk.payloads import in_latin
from sanad.compliance.travel_rule.models import MissingData, PartyData
from sanad.evidence.store import new_subject
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.standards.ivms101 import constraints
from sanad.standards.ivms101.model import Identity, LegalPerson, NaturalPerson, Party
from sanad.standards.ivms101.model import Person as Holder
from sanad.tables.names import WORKING

GAPS_MAX = 100_000
_ACCOUNT = "sanad/travel-rule/account/v1"
_PARTY = "sanad/travel-rule/party/v1"


@dataclass(frozen=True, slots=True)
class Gap:
    """An account whose payments lack data, with its number for who may see it."""

    row: MissingData
    account: str


def party_of(institution: UUID, account: str) -> Holder | None:
    """What is known of an account's holder: to be given to `TravelRuleCheck`."""
    row = PartyData.objects.filter(institution_id=institution, account_digest=_digest(institution, account)).first()
    if row is None:
        return None
    schema, contents = keeping.open_sealed(bytes(row.evidence_digest))
    ensure(schema == _PARTY and isinstance(contents, bytes), "a party was sealed")
    return msgspec.msgpack.decode(bytes(contents), type=NaturalPerson | LegalPerson)  # type: ignore[arg-type]


def note_missing(institution: UUID, several: Sequence[Missing]) -> None:
    """Keep for the officer what payments lack, one open row an account: to be given to `TravelRuleCheck`."""
    by_account: dict[str, int] = {}
    for each in several:
        if each.account:
            by_account[each.account] = by_account.get(each.account, 0) | int(each.fields)
    for account, fields in by_account.items():
        found = MissingData.objects.filter(
            institution_id=institution, account_digest=_digest(institution, account), filled_at=None
        )
        if found.update(payments=F("payments") + 1, fields=fields):
            continue
        if MissingData.objects.filter(institution_id=institution, filled_at=None).count() >= GAPS_MAX:
            return
        subject = new_subject()
        MissingData.objects.create(
            institution_id=institution, account_digest=_digest(institution, account), subject=subject, fields=fields,
            evidence_digest=keeping.seal(_encoded(_ACCOUNT, account), subject),
        )  # fmt: skip


def gap(person: Person, identifier: UUID) -> Gap:
    """A gap of the person's institution. Raises `Refused`."""
    membership = require(person, Right.OWN_TRAVEL_RULE_READ)
    row = MissingData.objects.filter(id=identifier, institution=membership.institution, filled_at=None).first()
    if row is None:
        raise Refused("gap", _("nothing is missing there, or it was filled in already"), 404)
    _schema, account = keeping.open_sealed(bytes(row.evidence_digest))
    return Gap(row, str(account))


def fill_in(person: Person, identifier: UUID, holder: Holder) -> None:
    """Keep what was missing; payments of the account that are held can go at the next check.

    Raises `Refused`, and `Malformed` for data that break the standard's constraints.
    """
    membership = require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    found = gap(person, identifier)
    breaches = constraints.breaches(in_latin(Identity(originator=Party((holder,)))), timezone.now().date())
    if breaches:
        raise Malformed(breaches[0].path, f"ivms101.{breaches[0].constraint.lower()}", breaches[0].advice)
    account_digest = bytes(found.row.account_digest)
    with transaction.atomic(WORKING):
        row = PartyData.objects.filter(institution=membership.institution, account_digest=account_digest).first()
        row = row or PartyData(institution=membership.institution, account_digest=account_digest)
        row.evidence_digest = keeping.seal(_encoded(_PARTY, msgspec.msgpack.encode(holder)), bytes(row.subject))
        row.changed_by, row.changed_at = person, timezone.now()
        row.save()
        MissingData.objects.filter(pk=found.row.pk).update(filled_at=timezone.now())


def _encoded(schema: str, contents: str | bytes) -> bytes:
    return msgspec.msgpack.encode([schema, contents])


def _digest(institution: UUID, account: str) -> bytes:
    """Keyed: account numbers are few enough to be guessed."""
    compact = "".join(account.split()).upper()
    key = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(institution.bytes + compact.encode(), key=key, digest_size=32).digest()
