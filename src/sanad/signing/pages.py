"""Pages of signing: one's own signing key, keys to be registered, and what waits for one's signature."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sanad.base.errors import Malformed, Refused
from sanad.people.access import person_of, require, route
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.rulebook.edition1.codes import SENTENCES
from sanad.signing import queries
from sanad.signing.desk import keys as desk
from sanad.signing.desk import tickets
from sanad.signing.desk.wishes import Sent
from sanad.signing.forms import MadeKeyForm, SignatureForm
from sanad.signing.models import Ticket

Answered = TypeVar("Answered")


def _signed_in(request: HttpRequest) -> Person:
    person = person_of(request)
    if person is None:
        raise Refused("sign in", _("sign in first"), 401)
    return person


# --- keys -----------------------------------------------------------------------------------------------------------


@require_GET
def own_key(request: HttpRequest) -> HttpResponse:
    """One's own signing key, and making one."""
    person = _signed_in(request)
    membership = require(person, Right.OWN_KEY_MAKE)
    is_on_record = membership.number is not None and membership.institution.number is not None
    network = settings.NETWORK.identifier()
    address = ""
    if is_on_record and network is not None:
        address = queries.address_to_make(membership, network, reverse("signing:own_key"), get_language() or "en")
    told = {
        "address": address, "is_on_record": is_on_record, "keys": queries.keys_of(person),
        "in_force": queries.key_in_force(person.id), "form": MadeKeyForm(), "page": settings.SIGNING_ORIGIN.text,
        "may_register": Right.AUTHORITY_KEY_REGISTER in membership.rights, "number": membership.number,
    }  # fmt: skip
    return render(request, "signing/own_key.html", told)


@require_POST
def key_made(request: HttpRequest) -> HttpResponse:
    """The signing page made a key and brought it back."""
    person = _signed_in(request)
    require(person, Right.OWN_KEY_MAKE)
    form = MadeKeyForm(request.POST)
    if not form.is_valid():
        raise _damaged()
    given = form.cleaned_data
    desk.keep_made(person, given["public"], given["credential"], given["possession"])
    messages.success(request, _("Your key is made. It signs as soon as two persons have put it on the record."))
    return redirect("signing:own_key")


@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    """Keys that wait to be registered."""
    require(_signed_in(request), Right.AUTHORITY_KEY_REGISTER)
    waiting = queries.keys_waiting()
    houses = queries.houses_of(waiting)
    return render(request, "signing/keys.html", {"rows": [(each, houses.get(each.person_id, "")) for each in waiting]})


@require_POST
def propose_key(request: HttpRequest, key: UUID) -> HttpResponse:
    """Propose it."""
    return _done(request, desk.propose(_signed_in(request), key))


@require_POST
def confirm_key(request: HttpRequest, key: UUID) -> HttpResponse:
    """Confirm it."""
    return _done(request, desk.confirm(_signed_in(request), key))


@require_POST
def withdraw_key(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the proposal back."""
    return _done(request, desk.withdraw(_signed_in(request), key))


@require_POST
def key_signed(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """The signature came back."""
    return with_signature(request, ticket, lambda signature: desk.go_on(_signed_in(request), ticket, signature), _done)


def _done(request: HttpRequest, answer: Sent | Ticket) -> HttpResponse:
    if isinstance(answer, Ticket):
        return to_sign(answer)
    if answer.is_admitted:
        messages.success(request, _("Signed by you, and on the record."))
    else:
        told = SENTENCES[answer.outcome]
        sentence = told.urdu if get_language() == "ur" else told.english
        facts = {"entry": answer.entry, "sentence": sentence}
        messages.error(request, _("The record rejected it (entry %(entry)s): %(sentence)s") % facts)
    return redirect("signing:keys")


# --- signing --------------------------------------------------------------------------------------------------------


def to_sign(ticket: Ticket) -> HttpResponse:
    """Lead to the page where the ticket is signed."""
    return redirect("signing:sign", ticket.id)


@require_GET
def sign(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """What waits for one's signature: the way to the signing page, and back with the signature."""
    person = _signed_in(request)
    require(person, Right.OWN_KEY_MAKE)
    found = queries.ticket_of(person, ticket)
    told = {
        "ticket": found, "form": SignatureForm(), "finish": reverse(found.goes_on, args=[found.id]),
        "address": queries.address_to_sign(found, request.path, get_language() or "en"),
        "digest": found.message.digest.hex(), "page": settings.SIGNING_ORIGIN.text,
        "is_expired": found.expires_at <= timezone.now(),
    }  # fmt: skip
    return render(request, "signing/sign.html", told)


@require_POST
def renew(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Have it assembled anew."""
    person = _signed_in(request)
    require(person, Right.OWN_KEY_MAKE)
    return to_sign(tickets.renew(person, ticket))


def with_signature(
    request: HttpRequest,
    ticket: UUID,
    send: Callable[[bytes], Answered],
    done: Callable[[HttpRequest, Answered], HttpResponse],
) -> HttpResponse:
    """For the page that takes a signature: send with it, then `done`; where another try helps, lead back to signing."""
    form = SignatureForm(request.POST)
    if not form.is_valid():
        raise _damaged()
    try:
        answer = send(form.cleaned_data["signature"])
    except Refused as refusal:
        if not tickets.is_to_be_signed_anew(refusal):
            raise
        messages.warning(request, _("Too late: it expired, or you sent something else meanwhile. Please sign it anew."))
        return to_sign(tickets.renew(_signed_in(request), ticket))
    return done(request, answer)


def _damaged() -> Malformed:
    return Malformed("signature", "damaged", _("this came back damaged from the signing page; try again"))


_OWN, _REGISTER = Right.OWN_KEY_MAKE, Right.AUTHORITY_KEY_REGISTER

signing_routes = [
    route("key/", own_key, open_to=_OWN, name="own_key", menu=gettext_lazy("Signing key")),
    route("key/made/", key_made, open_to=_OWN, name="key_made"),
    route("keys/", keys, open_to=_REGISTER, name="keys"),
    route("keys/<uuid:key>/propose/", propose_key, open_to=_REGISTER, name="propose_key"),
    route("keys/<uuid:key>/confirm/", confirm_key, open_to=_REGISTER, name="confirm_key"),
    route("keys/<uuid:key>/withdraw/", withdraw_key, open_to=_REGISTER, name="withdraw_key"),
    route("keys/signed/<uuid:ticket>/", key_signed, open_to=_REGISTER, name="key_signed"),
    route("sign/<uuid:ticket>/", sign, open_to=_OWN, name="sign"),
    route("sign/<uuid:ticket>/renew/", renew, open_to=_OWN, name="renew"),
]
