"""How a person signs: by passkey, in two steps; in a demonstration without one, by the institution's key file."""

from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.gateway.gateway import Gateway
from sanad.gateway.rows import Draft
from sanad.people.models import Membership
from sanad.rulebook.message import parse
from sanad.signing.desk.tickets import make_ticket
from sanad.signing.desk.wishes import Sent, Wish, sent
from sanad.signing.models import SigningKey, Ticket
from sanad.signing.queries import key_in_force


class Signer(Protocol):
    """A person who signs on a lane of their own."""

    def sign(self, wish: Wish) -> Sent | Ticket:
        """Sign and send it, and give the answer; or give the ticket on which the person signs it elsewhere."""


class KeyFileSigner:
    """Signs with the person's key in the institution's key file."""

    def __init__(self, gateway: Gateway, name: str) -> None:
        self._gateway, self._name = gateway, name

    def sign(self, wish: Wish) -> Sent:
        """As `Signer`: at once."""
        return sent(self._gateway.send(Draft(wish.kind, wish.body, 1, (self._name,)), wish.order))


class PasskeySigner:
    """Has the message shown at the signing page; the signature comes back later."""

    def __init__(self, gateway: Gateway, key: SigningKey) -> None:
        self._gateway, self._key = gateway, key

    def sign(self, wish: Wish) -> Sent | Ticket:
        """As `Signer`. What was signed once under the same order is answered again."""
        known = self._gateway.outbox.find(wish.order)
        if known is not None and parse(known.raw).body == wish.body:
            return sent(known)
        return make_ticket(self._gateway, self._key, wish)


def signer_of(membership: Membership, gateway: Gateway) -> Signer:
    """The person's signer. Raises `Refused`: outside a demonstration nobody's key lies in a key file of the portal."""
    key = key_in_force(membership.person_id)
    if key is not None:
        return PasskeySigner(gateway, key)
    if not settings.NETWORK.is_demonstration:
        advice = _("you have no signing key on the record; make one on the page “Your signing key”")
        raise Refused("signing key", advice)
    for each in gateway.keys.all():
        if each.person and each.person == membership.number:
            return KeyFileSigner(gateway, each.name)
    raise Refused("signing key", _("you have no signing key on the record; make one on the page “Your signing key”"))
