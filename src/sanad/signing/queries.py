"""Questions about signing keys and tickets."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.people.models import Membership, Person
from sanad.rulebook.message import Kind
from sanad.rulebook.signature_webauthn import encoded_challenge
from sanad.signing.models import KeyState, SigningKey, Ticket

WAITING = (KeyState.MADE, KeyState.PROPOSED)
WAITING_MAX = 200


def key_in_force(person: UUID) -> SigningKey | None:
    """The person's newest key on the record that was made at the signing page in use."""
    mine = SigningKey.objects.filter(
        person=person, state=KeyState.REGISTERED, relying_party=settings.SIGNING_ORIGIN.host
    )
    return mine.order_by("-ended_entry").first()


def keys_of(person: Person) -> list[SigningKey]:
    """All keys that a person made, newest first."""
    return list(SigningKey.objects.filter(person=person).order_by("-made_at")[:50])


def keys_waiting() -> list[SigningKey]:
    """Keys that are to be registered, those first that were made first."""
    rows = SigningKey.objects.select_related("person", "proposed_by").filter(state__in=WAITING)
    return list(rows.order_by("made_at")[:WAITING_MAX])


def houses_of(keys: list[SigningKey]) -> Mapping[UUID, str]:
    """Name of the institution of each key's person."""
    people = [each.person_id for each in keys]
    found = Membership.objects.select_related("institution").filter(person__in=people, ended_at=None)
    return {each.person_id: each.institution.name for each in found}


def key_of(identifier: UUID) -> SigningKey:
    """One key. Raises `Refused` (404)."""
    found = SigningKey.objects.select_related("person").filter(id=identifier).first()
    if found is None:
        raise Refused("signing key", _("no signing key is here"), 404)
    return found


def key_to_register(identifier: UUID) -> tuple[SigningKey, int]:
    """A key that waits for a second person, and the entry of its proposal. Raises `Refused` (404, 409)."""
    found = key_of(identifier)
    if found.state != KeyState.PROPOSED or found.proposed_entry is None:
        raise Refused("signing key", _("it is on the record, withdrawn, or not proposed yet"), 409)
    return found, found.proposed_entry


def ticket_of(person: Person, identifier: UUID) -> Ticket:
    """A ticket of the person's own. To all others it is not there: 404."""
    found = Ticket.objects.select_related("key").filter(id=identifier, person=person).first()
    if found is None:
        raise Refused("ticket", _("nothing of yours waits to be signed here; begin again where you came from"), 404)
    return found


def address_to_sign(ticket: Ticket, back: str, language: str) -> str:
    """The signing page's address with the message behind "#", which no server sees. `back`: a path of the portal."""
    pairs = [("do", "sign"), ("message", _encoded(bytes(ticket.header) + bytes(ticket.body)))]
    if ticket.kind is not Kind.PROPOSE:
        pairs.append(("proposal", _encoded(bytes(ticket.proposal))))
    pairs.append(("credential", _encoded(bytes(ticket.key.credential))))
    pairs += [("name", f"{number}:{name}") for number, name in ticket.names.items()]
    return _address(pairs, back, language)


def address_to_make(membership: Membership, network: bytes, back: str, language: str) -> str:
    """The signing page's address at which the person makes a key."""
    house = membership.institution
    pairs = [
        ("do", "make"), ("network", _encoded(network)), ("institution", str(house.number)),
        ("person", str(membership.number)), ("name", f"{house.number}:{house.name}"),
        ("holder", f"{house.name} · {membership.number}"),
    ]  # fmt: skip
    return _address(pairs, back, language)


def _address(pairs: list[tuple[str, str]], back: str, language: str) -> str:
    ways = [("return", settings.ORIGIN.text + back), ("language", language), ("zone", settings.TIME_ZONE)]
    return f"{settings.SIGNING_ORIGIN.text}/#{urlencode([*pairs, *ways])}"


def _encoded(data: bytes) -> str:
    return encoded_challenge(data).decode()
