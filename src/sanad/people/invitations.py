"""Invitations: the one way to an account. A link for one person, signed, used once, for a few days."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.people import trail
from sanad.people.access import require
from sanad.people.models import Institution, Invitation, Membership, Person, normal
from sanad.people.rights import ROLES_OF, Kind, Right, Role
from sanad.people.trail import Happening
from sanad.tables.names import WORKING

DAYS = 7
_SALT = "sanad.people.invitation"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new invitation. The token is told once, to the one invited, and is kept nowhere."""

    invitation: Invitation
    token: str


def invite(inviter: Person, email: str, roles: frozenset[Role]) -> Issued:
    """Invite a colleague into one's own institution. Raises `Refused` without the right."""
    membership = require(inviter, Right.OWN_STAFF_INVITE)
    return issue(membership.institution, email, roles, inviter)


def issue(institution: Institution, email: str, roles: frozenset[Role], inviter: Person | None = None) -> Issued:
    """Invite someone; the caller has asked who may. Raises `Malformed` for roles that the kind of institution lacks."""
    if not roles or not roles <= ROLES_OF[Kind(institution.kind)]:
        raise Malformed("roles", "role_wrong", _("choose roles that the institution's people can have"))
    secret = secrets.token_bytes(32)
    with transaction.atomic(WORKING):
        invitation = Invitation.objects.create(
            secret_digest=digest(secret), email=normal(email), institution=institution,
            roles=sorted(roles), invited_by=inviter, expires_at=timezone.now() + timedelta(days=DAYS),
        )  # fmt: skip
        trail.append(Happening.INVITED, inviter.id if inviter else "", invitation=str(invitation.id))
    token = signing.dumps([invitation.id.hex, secret.hex()], salt=_SALT)
    return Issued(invitation, token)


def open_invitation(token: str) -> Invitation:
    """The invitation of a link, if it can be used now. Raises `Refused` (404), whatever is wrong with it."""
    try:
        identifier, secret = signing.loads(token, salt=_SALT, max_age=timedelta(days=DAYS))
        invitation = Invitation.objects.select_related("institution").get(id=UUID(identifier))
        is_right = hmac.compare_digest(digest(bytes.fromhex(secret)), bytes(invitation.secret_digest))
    except (signing.BadSignature, Invitation.DoesNotExist, ValueError, TypeError):
        raise _unknown() from None
    if not is_right or not invitation.is_open(timezone.now()):
        raise _unknown()
    return invitation


def accept(token: str, password: str) -> Person:
    """Make the account that the invitation is for. Raises `Refused`: not (any more) to be used, or e-mail taken."""
    invitation = open_invitation(token)
    try:
        with transaction.atomic(WORKING):
            used = Invitation.objects.filter(id=invitation.id, used_at=None, withdrawn_at=None)
            if used.update(used_at=timezone.now()) != 1:
                raise _unknown()
            person = Person.objects.create_user(invitation.email, password)
            Person.objects.filter(id=person.id).update(language=(get_language() or "")[:2])
            EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
            Membership.objects.create(person=person, institution=invitation.institution, roles=invitation.roles)
            trail.append(Happening.INVITATION_USED, person.id, invitation=str(invitation.id))
    except IntegrityError:
        raise Refused("invitation", _("there is an account for this address already; sign in with it"), 409) from None
    return person


def withdraw(inviter: Person, identifier: UUID) -> None:
    """Take an open invitation of one's own institution back. Raises `Refused`."""
    membership = require(inviter, Right.OWN_STAFF_INVITE)
    mine = Invitation.objects.filter(id=identifier, institution=membership.institution, used_at=None)
    with transaction.atomic(WORKING):
        if mine.filter(withdrawn_at=None).update(withdrawn_at=timezone.now()) != 1:
            raise Refused("invitation", _("no open invitation of your institution is here"), 404)
        trail.append(Happening.INVITATION_WITHDRAWN, inviter.id, invitation=str(identifier))


def _unknown() -> Refused:
    return Refused(
        "invitation", _("this invitation is not open: it was used, withdrawn, or is too old; ask for another"), 404
    )
