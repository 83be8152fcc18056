"""Signing keys: made by the person at the signing page, registered on the record by two persons of the authority."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.errors import Refused
from sanad.gateway.gateway import Gateway, act_body
from sanad.gateway.keys import lane_of_person
from sanad.people import trail
from sanad.people.access import require
from sanad.people.models import Membership, Person
from sanad.people.rights import Right
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import SENTENCES
from sanad.rulebook.edition1.words import AMOUNT_MAX, RIGHTS_OF_PERSONS
from sanad.rulebook.edition1.words import Right as KeyRight
from sanad.rulebook.message import Kind, Suite
from sanad.rulebook.signature_webauthn import SigningOrigins, is_made_at
from sanad.rulebook.signatures import is_signature, possession_bytes
from sanad.signing.desk import tickets
from sanad.signing.desk.signers import KeyFileSigner, signer_of
from sanad.signing.desk.wishes import Sent, Wish, decision_body
from sanad.signing.models import KeyState, SigningKey, Ticket
from sanad.signing.queries import key_of, key_to_register, keys_waiting, ticket_of
from sanad.tables.names import WORKING

DIGITS_MIN = 12
KEYS_MAX = 20
"""Of one person, all states."""
GOES_ON = "signing:key_signed"
_REGISTER = next(number for number, schema in SCHEMAS.items() if schema.name == "register_key")
_PROPOSE, _CONFIRM, _WITHDRAW = "propose", "confirm", "withdraw"


def keep_made(person: Person, public: bytes, credential: bytes, possession: bytes) -> SigningKey:
    """Keep a key that the person made at the signing page, with its proof. Raises `Refused` when the proof is none."""
    membership = require(person, Right.OWN_KEY_MAKE)
    number, house = membership.number, membership.institution.number
    if number is None or house is None:
        raise Refused("person", _("you are not on the record as a person yet; ask the authority"), 409)
    if SigningKey.objects.filter(person=person).count() >= KEYS_MAX:
        raise Refused("signing key", _("you have made 20 keys; ask the authority before you make more"), 409)
    page = SigningOrigins(settings.SIGNING_ORIGIN.host, (settings.SIGNING_ORIGIN.text,))
    with settings.HOSTING.gateway(house) as gateway:
        claim = possession_bytes(gateway.network, house, number, Suite.WEBAUTHN_ES256, public)
    if not is_signature(Suite.WEBAUTHN_ES256, public, claim, possession) or not is_made_at(possession, page):
        raise Refused("possession", _("the proof is not of this key and person; make the key again"))
    if SigningKey.objects.filter(public=public).exists():
        raise Refused("signing key", _("this key is kept already"), 409)
    with transaction.atomic(WORKING):
        made = SigningKey.objects.create(
            person=person, institution=house, number=number, relying_party=page.rp_id, public=public,
            credential=credential, possession=possession,
        )  # fmt: skip
        trail.append(trail.Happening.SIGNING_KEY_MADE, person.id, key=made.identifier.hex())
    return made


def propose(person: Person, identifier: UUID) -> Sent | Ticket:
    """Propose to register a key that somebody made. Raises `Refused`."""
    key = key_of(identifier)
    if key.state != KeyState.MADE:
        raise Refused("signing key", _("it was proposed already"), 409)
    return _sign(person, key, _PROPOSE, Kind.PROPOSE, _registration(key))


def _registration(key: SigningKey) -> bytes:
    """The act that registers it: for the person's own lane, with all rights of persons but recovery."""
    rights = int(RIGHTS_OF_PERSONS & ~KeyRight.RECOVER)
    lane = lane_of_person(key.number)
    fields: list[canonical.Value] = [
        key.institution, key.number, int(Suite.WEBAUTHN_ES256), bytes(key.public), bytes(key.possession), rights, lane,
        lane, AMOUNT_MAX,
    ]  # fmt: skip
    return act_body(_REGISTER, fields)


def confirm(person: Person, identifier: UUID) -> Sent | Ticket:
    """Confirm what another proposed: with this entry the key is in force."""
    key, entry = key_to_register(identifier)
    return _sign(person, key, _CONFIRM, Kind.CONFIRM, decision_body(entry, bytes(key.body), []))


def withdraw(person: Person, identifier: UUID) -> Sent | Ticket:
    """Take the proposal back. The person makes another key, if one is still wanted."""
    key, entry = key_to_register(identifier)
    return _sign(person, key, _WITHDRAW, Kind.WITHDRAW, decision_body(entry, bytes(key.body), []))


def go_on(person: Person, ticket: UUID, signature: bytes) -> Sent:
    """The signature came back: send, and note what became of the key."""
    require(person, Right.AUTHORITY_KEY_REGISTER)
    found = ticket_of(person, ticket)
    if found.goes_on != GOES_ON:
        raise Refused("ticket", _("nothing of yours waits to be signed here; begin again where you came from"), 404)
    answer = tickets.send(person, ticket, signature)
    _note(person, key_of(UUID(found.about["key"])), found.about["step"], bytes(found.body), answer)
    return answer


def register_at_console(gateway: Gateway, signer: str, digits: str) -> SigningKey:
    """Propose a key, or confirm it, with a person's key of the key file: so the first passkeys of a network come.

    Who opened the key file with its passphrase holds that key. `digits`: the key's first, 12 or more. Raises `Refused`.
    """
    waiting = [
        each for each in keys_waiting() if len(digits) >= DIGITS_MIN and each.identifier.hex().startswith(digits)
    ]
    if len(waiting) != 1:
        raise Refused("signing key", _("no such key waits; give its first 12 digits or more"), 404)
    key = waiting[0]
    if key.proposed_entry is None:
        step, kind, body = _PROPOSE, Kind.PROPOSE, _registration(key)
    else:
        step, kind, body = _CONFIRM, Kind.CONFIRM, decision_body(key.proposed_entry, bytes(key.body), [])
    answer = KeyFileSigner(gateway, signer).sign(Wish(kind, body, f"{key.id}/{step}/{signer}", GOES_ON))
    if not answer.is_admitted:
        raise Refused("record", f"{SENTENCES[answer.outcome].english} ({answer.entry})", 409)
    _note(None, key, step, body, answer)
    return key


def _sign(person: Person, key: SigningKey, step: str, kind: Kind, body: bytes) -> Sent | Ticket:
    membership = require(person, Right.AUTHORITY_KEY_REGISTER)
    wish = Wish(
        kind, body, f"{key.id}/{step}/{person.id}", GOES_ON, {"key": str(key.id), "step": step},
        b"" if kind is Kind.PROPOSE else bytes(key.body), {key.institution: _name_of(key)},
    )  # fmt: skip
    with settings.HOSTING.gateway(_house(membership)) as gateway:
        answer = signer_of(membership, gateway).sign(wish)
    if isinstance(answer, Sent):
        _note(person, key, step, body, answer)
    return answer


def _note(person: Person | None, key: SigningKey, step: str, body: bytes, answer: Sent) -> None:
    """What an admitted message made of a key. It can be repeated."""
    if answer.is_admitted:
        _STEPS[step](person, key, body, answer.entry)
        key.save()


def _proposed(person: Person | None, key: SigningKey, body: bytes, entry: int) -> None:
    if key.state == KeyState.MADE:
        key.state, key.body, key.proposed_by, key.proposed_entry = KeyState.PROPOSED, body, person, entry


def _registered(person: Person | None, key: SigningKey, _body: bytes, entry: int) -> None:
    key.state, key.ended_by, key.ended_entry = KeyState.REGISTERED, person, entry


def _withdrawn(person: Person | None, key: SigningKey, _body: bytes, entry: int) -> None:
    key.state, key.ended_by, key.ended_entry = KeyState.WITHDRAWN, person, entry


_STEPS: dict[str, Callable[[Person | None, SigningKey, bytes, int], Any]] = {
    _PROPOSE: _proposed, _CONFIRM: _registered, _WITHDRAW: _withdrawn,
}  # fmt: skip


def _name_of(key: SigningKey) -> str:
    found = Membership.objects.select_related("institution").filter(person=key.person, ended_at=None).first()
    return found.institution.name if found else ""


def _house(membership: Membership) -> int:
    number: int | None = membership.institution.number
    if number is None:
        raise Refused("institution", _("your institution is not on the record yet"), 409)
    return number
