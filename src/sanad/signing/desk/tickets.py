"""Messages that wait for a person's passkey: assembled, assembled anew, and sent once they come back signed."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused
from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import lane_of_person
from sanad.people.models import Person
from sanad.rulebook.message import Kind, Message, Signature, Suite
from sanad.rulebook.signatures import is_signature
from sanad.signing.desk.wishes import Sent, Wish, sent
from sanad.signing.models import SigningKey, Ticket
from sanad.signing.queries import ticket_of

BODY_BYTES_MAX = 1 << 14
TICKETS_MAX = 100
"""Of one person; the oldest go when there are more."""
KEPT_DAYS = 2
_ANEW = frozenset({"sequence", "expiry", "signing page"})


def make_ticket(gateway: Gateway, key: SigningKey, wish: Wish) -> Ticket:
    """Assemble what a wish says for the next place of the person's lane. It holds nothing up until it is signed."""
    if max(len(wish.body), len(wish.proposal)) > BODY_BYTES_MAX:
        raise Malformed("act", "oversize", _("it is too long to be shown and signed on the signing page"))
    _forget_old(key.person_id)
    message = _assembled(gateway, key, wish.kind, wish.body)
    return Ticket.objects.create(
        person_id=key.person_id, key=key, header=message.header_bytes, body=wish.body, proposal=wish.proposal,
        order=wish.order, goes_on=wish.goes_on, about=dict(wish.about),
        names={str(number): name for number, name in wish.names.items()},
    )  # fmt: skip


def renew(person: Person, identifier: UUID) -> Ticket:
    """Assemble it anew, when it expired or another message took its place."""
    ticket = ticket_of(person, identifier)
    with settings.HOSTING.gateway(ticket.key.institution) as gateway:
        message = _assembled(gateway, ticket.key, ticket.kind, bytes(ticket.body))
    ticket.header = message.header_bytes
    ticket.save(update_fields=["header"])
    return ticket


def send(person: Person, identifier: UUID, signature: bytes) -> Sent:
    """Send it with the signature that the signing page made; the same again gets the same answer.

    Raises `Refused`: 403 when the signature is of another message or key; 409 when it must be signed anew.
    """
    ticket = ticket_of(person, identifier)
    message = ticket.message
    if not is_signature(Suite.WEBAUTHN_ES256, bytes(ticket.key.public), message.digest, signature):
        raise Refused("signature", _("this signature is not of your signing key, or of another message; sign again"))
    signed = Signature(Suite.WEBAUTHN_ES256, ticket.key.identifier, signature)
    with settings.HOSTING.gateway(ticket.key.institution) as gateway:
        answer = sent(gateway.send_signed(message, signed, ticket.order))
    ticket.sent_at = timezone.now()
    ticket.save(update_fields=["sent_at"])
    return answer


def is_to_be_signed_anew(refusal: Refused) -> bool:
    """Whether another try helps: the message expired, was overtaken, or was signed at a page no longer in force."""
    return refusal.right in _ANEW


def _assembled(gateway: Gateway, key: SigningKey, kind: Kind, body: bytes) -> Message:
    return gateway.assemble(kind, body, lane_of_person(key.number), wait_seconds=2)


def _forget_old(person: UUID) -> None:
    mine = Ticket.objects.filter(person=person)
    mine.filter(made_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
    newest = mine.order_by("-made_at").values_list("id", flat=True)[: TICKETS_MAX - 1]
    mine.exclude(id__in=list(newest)).delete()
