"""Decisions signed by passkey: made, registered by two persons, shown, signed elsewhere, sent; with every real part.

The device and the browser are `tests/authenticator.py`; in `tests/journeys` a real browser stands in their place.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.gateway.gateway import READING_MS, act_body
from sanad.interfaces.demonstration_nation import AUTHORITY, EXCHANGE
from sanad.interfaces.signing_page import page_digest
from sanad.node.receipts import decode
from sanad.people.models import Membership, Person, TrailRow
from sanad.people.trail import Happening
from sanad.programmes.licensing.models import Application, Decision
from sanad.rulebook.edition1.acts import SCHEMAS, parse_act
from sanad.rulebook.message import HEADER_SIZE, Kind, Signature, Suite, key_id, message_digest, parse, parse_header
from sanad.rulebook.signatures import possession_bytes
from sanad.signing.desk import keys
from sanad.signing.models import KeyState, SigningKey, Ticket
from sanad.wiring import projector
from tests.authenticator import Passkey, create
from tests.programmes.licensing_nation import Office, take_office
from tests.programmes.test_projector import Nation

RP, ORIGIN = "signing.localhost", "http://signing.localhost:8481"
GIVEN = {"order": "11111111-1111-4111-8111-111111111111", "ground": "6", "grounds": "As the file says."}


@pytest.fixture
def office(tmp_path: Path, cast: dict[str, Person | None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    nation = Nation(tmp_path)
    projector.forget_views()
    made = take_office(nation, cast, tmp_path, monkeypatch)
    set_page(office=made)
    yield made
    made.close()
    nation.node.close()
    projector.make_views()


def set_page(office: Office, page: bytes = b"") -> None:
    """By two persons of the authority, with the keys they were founded with."""
    number = next(number for number, schema in SCHEMAS.items() if schema.name == "set_signing_origin")
    digests = [page or page_digest()]
    with office.nation.gateway(AUTHORITY) as gateway:
        proposed = decode(gateway.propose(number, [RP, [ORIGIN]], person="person-1", digests=digests).receipt)
        body = act_body(number, [RP, [ORIGIN]], digests=digests)
        assert decode(gateway.confirm(proposed.entry, body, person="person-2").receipt).codes == (0,)


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def asked(page: str) -> dict[str, list[str]]:
    """What the portal's page asks of the signing page, behind "#" of its link."""
    address = page.split('id="to-signing-page" href="')[1].split('"', maxsplit=1)[0].replace("&amp;", "&")
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == ORIGIN
    assert parts.query == ""
    return parse_qs(parts.fragment)


def make_key(office: Office, name: str) -> Passkey:
    """What the signing page does when a key is made, and the way back."""
    given = asked(office.see(name, "/signing/key/"))
    key = create(f"{name}", RP, ORIGIN)
    network, house, person = decoded(given["network"][0]), int(given["institution"][0]), int(given["person"][0])
    claim = possession_bytes(network, house, person, Suite.WEBAUTHN_ES256, key.public)
    brought = {"public": encoded(key.public), "credential": encoded(b"c" * 16), "possession": encoded(key.sign(claim))}
    answer = office.send(name, "/signing/key/made/", brought)
    assert "Your key is made" in answer.content.decode()
    assert TrailRow.objects.latest("number").event == Happening.SIGNING_KEY_MADE
    return key


def register(office: Office, name: str) -> Passkey:
    """Made by the person, proposed by the supervisor, confirmed by the head, who sign by key file as yet."""
    key = make_key(office, name)
    row = SigningKey.objects.get(public=key.public)
    office.send("supervisor", f"/signing/keys/{row.id}/propose/")
    office.send("head", f"/signing/keys/{row.id}/confirm/")
    row.refresh_from_db()
    assert row.state == KeyState.REGISTERED
    return key


def sign(office: Office, name: str, key: Passkey, page: Any) -> Any:
    """As the signing page: read the message that the portal's page links to, sign its digest, bring it back."""
    given = asked(page.content.decode())
    message = decoded(given["message"][0])
    assert parse_header(message).body_digest == digest(message[HEADER_SIZE:])
    signature = key.sign(message_digest(message[:HEADER_SIZE]))
    ticket = page.redirect_chain[-1][0] if page.redirect_chain else page.request["PATH_INFO"]
    goes_on = Ticket.objects.get(id=ticket.split("/")[3]).goes_on
    where = "licensing/decisions" if goes_on.startswith("licensing") else "signing/keys"
    return office.send(name, f"/{where}/signed/{ticket.split('/')[3]}/", {"signature": encoded(signature)})


def signatures_of(office: Office, decision: Decision, step: str, name: str) -> tuple[Signature, ...]:
    """Of the message that the authority's gateway sent for a step."""
    person = office.cast[name] if name else None
    with office.nation.gateway(AUTHORITY) as gateway:
        found = gateway.outbox.find(f"{decision.id}/{step}" + (f"/{person.id}" if person else ""))
    assert found is not None
    return parse(found.raw).signatures


def propose(office: Office, **more: str) -> Any:
    return office.send(
        "licensing_officer", f"/licensing/firms/{EXCHANGE.number}/decide/certificate_revoked/", GIVEN | more
    )


def apply_for_certificate(office: Office) -> None:
    office.send("maker", "/licensing/applications/start/", {"services": "12"})
    draft = Application.objects.get()
    office.fill_in(draft.id)
    office.send("checker", f"/licensing/applications/{draft.id}/file/")


def test_a_decision_is_signed_by_two_passkeys(office: Office) -> None:
    apply_for_certificate(office)
    officer, head = register(office, "licensing_officer"), register(office, "head")
    page = propose(office)
    assert page.redirect_chain[-1][0].startswith("/signing/sign/")
    assert not Decision.objects.exists()
    given = asked(page.content.decode())
    act = parse_act(decoded(given["message"][0])[HEADER_SIZE:])
    assert act.fields == (EXCHANGE.number, 6)
    assert given["name"] == [f"{EXCHANGE.number}:{EXCHANGE.name}"]

    answer = sign(office, "licensing_officer", officer, page)
    assert "Proposed, and signed by you" in answer.content.decode()
    decision = Decision.objects.get()
    assert decision.is_waiting

    page = office.send("head", f"/licensing/decisions/{decision.id}/confirm/")
    assert decoded(asked(page.content.decode())["proposal"][0]) == bytes(decision.body)
    answer = sign(office, "head", head, page)
    assert "It is in force from this entry on" in answer.content.decode()
    decision.refresh_from_db()
    assert decision.state == "confirmed"
    for step, name, key in (("propose", "", officer), ("confirm", "head", head)):
        signed_by = signatures_of(office, decision, step, name)
        assert [(each.suite, each.key_id) for each in signed_by] == [
            (Suite.WEBAUTHN_ES256, key_id(Suite.WEBAUTHN_ES256, key.public))
        ]


def test_a_proposal_is_withdrawn_by_passkey(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    sign(office, "licensing_officer", officer, propose(office))
    decision = Decision.objects.get()
    page = office.send("licensing_officer", f"/licensing/decisions/{decision.id}/withdraw/")
    assert "The proposal is withdrawn" in sign(office, "licensing_officer", officer, page).content.decode()
    decision.refresh_from_db()
    assert decision.state == "withdrawn"


def test_what_nobody_signed_holds_up_nothing(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    abandoned = propose(office)
    later = propose(office, order="22222222-2222-4222-8222-222222222222")
    assert "Proposed, and signed" in sign(office, "licensing_officer", officer, later).content.decode()

    # The first was overtaken: it is made ready again, and signed for its new place.
    anew = sign(office, "licensing_officer", officer, abandoned)
    assert "Please sign it anew" in anew.content.decode()
    assert Decision.objects.count() == 1
    answer = sign(office, "licensing_officer", officer, anew)
    assert "Proposed, and signed" in answer.content.decode()
    assert Decision.objects.count() == 2


def test_one_that_expired_is_made_ready_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    monkeypatch.setattr("sanad.gateway.gateway.READING_MS", -1)
    page = propose(office)
    assert "It was not signed in time" in page.content.decode()
    assert "to-signing-page" not in page.content.decode()
    monkeypatch.setattr("sanad.gateway.gateway.READING_MS", READING_MS)
    page = office.send("licensing_officer", page.redirect_chain[-1][0] + "renew/")
    assert "Proposed, and signed" in sign(office, "licensing_officer", officer, page).content.decode()


def test_a_signature_of_another_message_or_key_is_refused(office: Office) -> None:
    apply_for_certificate(office)
    officer, head = register(office, "licensing_officer"), register(office, "head")
    page = propose(office)
    assert sign(office, "licensing_officer", head, page).status_code == 403
    ticket = page.redirect_chain[-1][0].split("/")[3]
    for signature in (officer.sign(bytes(32)), b"", b"x" * 1_024):
        answer = office.send(
            "licensing_officer", f"/licensing/decisions/signed/{ticket}/", {"signature": encoded(signature)}
        )
        assert answer.status_code in (403, 422)
    assert not Decision.objects.exists()


def test_a_signature_made_at_another_page_is_refused(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    elsewhere = officer.at(RP, "http://evil.signing.localhost:8481")
    answer = sign(office, "licensing_officer", elsewhere, propose(office))
    assert "Please sign it anew" in answer.content.decode()
    assert not Decision.objects.exists()
    assert "Proposed, and signed" in sign(office, "licensing_officer", officer, answer).content.decode()


def test_a_ticket_is_its_persons_alone(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    page = propose(office)
    address = page.redirect_chain[-1][0]
    assert office.browser("head").get(address).status_code == 404
    ticket = address.split("/")[3]
    message = Ticket.objects.get(id=ticket).message
    stolen = {"signature": encoded(officer.sign(message.digest))}
    assert office.send("head", f"/licensing/decisions/signed/{ticket}/", stolen).status_code == 404


def test_who_lost_the_right_meanwhile_is_refused(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    page = propose(office)
    Membership.objects.filter(person=office.cast["licensing_officer"]).update(roles=["supervisor"])
    assert sign(office, "licensing_officer", officer, page).status_code == 403
    assert not Decision.objects.exists()


def test_the_same_signature_twice_decides_once(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    page = propose(office)
    first = sign(office, "licensing_officer", officer, page)
    again = sign(office, "licensing_officer", officer, page)
    assert first.redirect_chain[-1] == again.redirect_chain[-1]
    assert Decision.objects.count() == 1


def test_nobody_confirms_what_they_proposed_with_a_passkey_either(office: Office) -> None:
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    sign(office, "licensing_officer", officer, propose(office))
    Membership.objects.filter(person=office.cast["licensing_officer"]).update(roles=["licensing_officer", "head"])
    page = office.send("licensing_officer", f"/licensing/decisions/{Decision.objects.get().id}/confirm/")
    answer = sign(office, "licensing_officer", officer, page)
    assert "The person who proposed cannot confirm" in answer.content.decode()
    assert Decision.objects.get().is_waiting


def test_a_key_is_registered_by_passkeys_too(office: Office) -> None:
    head = register(office, "head")
    made = make_key(office, "licensing_officer")
    row = SigningKey.objects.get(public=made.public)
    office.send("supervisor", f"/signing/keys/{row.id}/propose/")
    page = office.send("head", f"/signing/keys/{row.id}/confirm/")
    assert "Signed by you, and on the record" in sign(office, "head", head, page).content.decode()
    row.refresh_from_db()
    assert (row.state, row.proposed_by, row.ended_by) == (
        KeyState.REGISTERED, office.cast["supervisor"], office.cast["head"],
    )  # fmt: skip


def test_nobody_registers_a_key_alone(office: Office) -> None:
    made = make_key(office, "licensing_officer")
    row = SigningKey.objects.get(public=made.public)
    office.send("head", f"/signing/keys/{row.id}/propose/")
    answer = office.send("head", f"/signing/keys/{row.id}/confirm/")
    assert "The person who proposed cannot confirm" in answer.content.decode()
    office.send("head", f"/signing/keys/{row.id}/withdraw/")
    row.refresh_from_db()
    assert row.state == KeyState.WITHDRAWN


def test_a_key_whose_proof_is_none_is_not_kept(office: Office) -> None:
    key = create("officer", RP, ORIGIN)
    with office.nation.gateway(AUTHORITY) as gateway:
        network = gateway.network
    for person, at in ((2, key), (1, key.at(RP, "http://evil.signing.localhost:8481")), (1, key.at("evil", ORIGIN))):
        claim = possession_bytes(network, AUTHORITY.number, person, Suite.WEBAUTHN_ES256, key.public)
        brought = {
            "public": encoded(key.public), "credential": encoded(b"c"), "possession": encoded(at.sign(claim)),
        }  # fmt: skip
        answer = office.send("licensing_officer", "/signing/key/made/", brought)
        assert answer.status_code == 403, person
    assert not SigningKey.objects.exists()


def test_a_passkey_goes_before_the_key_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a demonstration it is the only way."""
    apply_for_certificate(office)
    officer = register(office, "licensing_officer")
    monkeypatch.setattr(settings.NETWORK, "is_demonstration", False)
    assert "Proposed, and signed" in sign(office, "licensing_officer", officer, propose(office)).content.decode()
    decision = Decision.objects.get()
    answer = office.send("head", f"/licensing/decisions/{decision.id}/confirm/")
    assert answer.status_code in (302, 403)
    assert Decision.objects.get().is_waiting


def test_the_message_is_a_proposal_on_the_persons_own_lane(office: Office) -> None:
    apply_for_certificate(office)
    register(office, "licensing_officer")
    propose(office)
    header = Ticket.objects.get().message.header
    assert (header.kind, header.institution, header.lane) == (Kind.PROPOSE, AUTHORITY.number, 1_025)


def test_the_first_keys_come_from_the_console(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody has a passkey: by two persons with the keys they were founded with, in no demonstration, too."""
    made = make_key(office, "licensing_officer")
    monkeypatch.setattr(settings.NETWORK, "is_demonstration", False)
    digits = key_id(Suite.WEBAUTHN_ES256, made.public).hex()
    with office.nation.gateway(AUTHORITY) as gateway:
        for wrong in (digits[:11], "0" * 12):
            with pytest.raises(Refused, match="no such key waits"):
                keys.register_at_console(gateway, "person-1", wrong)
        assert keys.register_at_console(gateway, "person-1", digits[:12]).state == KeyState.PROPOSED
        with pytest.raises(Refused, match="The person who proposed cannot confirm"):
            keys.register_at_console(gateway, "person-1", digits)
        found = keys.register_at_console(gateway, "person-2", digits)
    assert (found.state, found.proposed_by, found.ended_by) == (KeyState.REGISTERED, None, None)
    assert "you can sign" in office.see("licensing_officer", "/signing/key/")
