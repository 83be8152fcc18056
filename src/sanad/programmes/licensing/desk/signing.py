"""How a person signs a decision: by a key in the institution's key file, in demonstrations; else by passkey.

The functions of `decisions` know a `Signer` and not where its key lies. A passkey signs in the browser, so its signer
will come in two steps: the message is assembled and shown, then sent with the assertion (ADR 0008).
"""

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.errors import Refused
from sanad.gateway.gateway import Gateway
from sanad.people.models import Membership
from sanad.programmes.licensing.desk.sending import Sent, sent


class Signer(Protocol):
    """A person who signs on a lane of their own."""

    def sign_proposal(
        self, schema: int, fields: Sequence[canonical.Value], recipients: Sequence[int], digests: Sequence[bytes],
        key: str,
    ) -> Sent:  # fmt: skip
        """Propose an act. `key`: the same order is not sent twice."""

    def sign_confirmation(self, entry: int, body: bytes, recipients: Sequence[int], key: str) -> Sent:
        """Confirm the proposal at an entry."""

    def sign_withdrawal(self, entry: int, body: bytes, key: str) -> Sent:
        """Withdraw the proposal at an entry."""


class KeyFileSigner:
    """Signs with the person's key in the institution's key file."""

    def __init__(self, gateway: Gateway, name: str) -> None:
        self._gateway, self._name = gateway, name

    def sign_proposal(
        self, schema: int, fields: Sequence[canonical.Value], recipients: Sequence[int], digests: Sequence[bytes],
        key: str,
    ) -> Sent:  # fmt: skip
        """As `Signer`."""
        return sent(
            self._gateway.propose(
                schema, fields, person=self._name, recipients=recipients, digests=digests, idempotency_key=key
            )
        )

    def sign_confirmation(self, entry: int, body: bytes, recipients: Sequence[int], key: str) -> Sent:
        """As `Signer`."""
        return sent(self._gateway.confirm(entry, body, person=self._name, recipients=recipients, idempotency_key=key))

    def sign_withdrawal(self, entry: int, body: bytes, key: str) -> Sent:
        """As `Signer`."""
        return sent(self._gateway.withdraw(entry, body, person=self._name, idempotency_key=key))


def signer_of(membership: Membership, gateway: Gateway) -> Signer:
    """The person's signer. Raises `Refused`: outside a demonstration nobody's key lies in a key file of the portal."""
    if not settings.NETWORK.is_demonstration:
        advice = _("decisions of this network are signed with your own passkey; signing by key file is not open here")
        raise Refused("signing key", advice)
    for key in gateway.keys.all():
        if key.person and key.person == membership.number:
            return KeyFileSigner(gateway, key.name)
    raise Refused("signing key", _("you have no signing key on the record; ask the head of your institution"))
