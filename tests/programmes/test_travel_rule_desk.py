"""Messages of other institutions as the desk takes them, and what officers do: once, in order, in time, or not."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from tests.programmes import running

running.start()

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

import ssl

from django.core import mail
from django.utils import timezone

from sanad.base.errors import Malformed, Refused
from sanad.compliance.travel_rule.desk import counterparties, keeping, links, parties, receiving, transfers, wallets
from sanad.compliance.travel_rule.desk.check import Missing
from sanad.compliance.travel_rule.desk.counterparties import Caller
from sanad.compliance.travel_rule.desk.receiving import Message
from sanad.compliance.travel_rule.models import (
    Counterparty,
    CounterpartyState,
    Delivery,
    Heard,
    MissingData,
    Peer,
    PinnedCertificate,
    ProofKind,
    ProofState,
    SecureLink,
    StepKind,
    Transfer,
    TransferState,
    WalletProof,
)
from sanad.compliance.travel_rule.queries.directory import is_unconfirmed, named_otherwise
from sanad.rulebook.edition1.words import TravelRuleField
from sanad.standards.ivms101 import reading
from sanad.standards.ivms101.model import Address, AddressType, NaturalName, NaturalPerson
from sanad.standards.trp import assets, messages
from sanad.standards.trp.messages import Approval, Asset, Confirmation, Inquiry, Resolution
from tests.journeys.travel_rule_peers import Authority
from tests.unit.standards.travel_rule_samples import payload_2020

HOST, OTHER_LEI = "other.example:443", "TVYD005I7Q5IJK0EMI53"
IDENTITY = json.dumps(payload_2020()).encode()
Cast = "dict[str, Person | None]"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    return [ssl.PEM_cert_to_DER_cert(authority.issue(name).certificate.read_text()) for name in ("other", "impostor")]


@pytest.fixture
def officer(cast: "dict[str, Person | None]") -> "Person":
    found = cast["compliance_officer"]
    assert found is not None
    return found


@pytest.fixture
def institution(officer: "Person") -> UUID:
    assert officer.membership is not None
    return officer.membership.institution_id


def message(certificate: bytes, body: bytes, identifier: UUID | None = None) -> Message:
    return Message(Caller(certificate), identifier or uuid4(), "3.1.0", body)


def inquiry(amount: str = "0.25", extensions: dict[str, Any] | None = None, identity: bytes = IDENTITY) -> bytes:
    asked = Inquiry(assets.by_symbol("BTC"), amount, "https://other.example/answers/1", identity, extensions or {})
    return messages.write_inquiry(asked)


def verify(institution: UUID, certificate: bytes) -> Counterparty:
    """As after it told who it is, over a connection that was checked."""
    found = counterparties.met(institution, HOST, Caller(certificate))
    found.state, found.verify_at, found.verified_at = CounterpartyState.VERIFIED, None, timezone.now()
    found.save()
    return found


def received(institution: UUID, certificate: bytes) -> Transfer:
    identifier = uuid4()
    receiving.receive_inquiry(institution, message(certificate, inquiry(), identifier))
    return Transfer.objects.get(request_identifier=identifier)


def asked(officer: "Person", institution: UUID, certificate: bytes) -> Transfer:
    """An inquiry of ours that was delivered."""
    verify(institution, certificate)
    wanted = transfers.Wanted(address(), assets.by_symbol("BTC"), "0.25", reading.read(IDENTITY))
    found = transfers.send(officer, wanted)
    Transfer.objects.filter(pk=found.pk).update(state=TransferState.ASKED)
    return Transfer.objects.get(pk=found.pk)


def address() -> str:
    from sanad.standards.trp import addresses

    return addresses.encode("https://other.example/transfers/a/1")


def steps(transfer: Transfer) -> list[str]:
    return [each.kind for each in transfer.steps.order_by("id")]


def resolve(institution: UUID, transfer: Transfer, certificate: bytes, resolution: Resolution) -> int:
    found = message(certificate, messages.write(resolution), transfer.request_identifier)
    return receiving.receive_resolution(institution, transfer.id, found).status


def confirm(institution: UUID, transfer: Transfer, certificate: bytes, confirmation: Confirmation) -> int:
    found = message(certificate, messages.write(confirmation), transfer.request_identifier)
    return receiving.receive_confirmation(institution, transfer.id, found).status


APPROVED = Resolution(approved=Approval("bc1q-x", "https://other.example/confirm/1"))


# --- received ---------------------------------------------------------------------------------------------------------


def test_an_inquiry_is_kept_without_personal_data_in_its_row(institution: UUID, certificates: list[bytes]) -> None:
    found = received(institution, certificates[0])
    assert (found.state, found.amount, found.amount_minor) == ("received", "0.25", 25_000_000)
    assert keeping.open_payload(found).identity == IDENTITY
    row = {name: str(value) for name, value in vars(found).items()}
    assert "Khan" not in str(row)
    assert found.counterparty.state == CounterpartyState.NEW


def test_a_shared_digest_is_the_senders(institution: UUID, certificates: list[bytes]) -> None:
    payload = keeping.new_payload(IDENTITY)
    body = inquiry(extensions=keeping.extension_of(payload))
    receiving.receive_inquiry(institution, message(certificates[0], body))
    found = Transfer.objects.get()
    assert (bytes(found.payload_digest), found.is_shared_digest) == (payload.digest, True)
    wrong = {keeping.EXTENSION: {"random": "00" * 32, "digest": payload.digest.hex()}}
    for extensions in (wrong, {keeping.EXTENSION: "x"}, {keeping.EXTENSION: {"random": "zz"}}):
        with pytest.raises(Malformed):
            receiving.receive_inquiry(institution, message(certificates[0], inquiry(extensions=extensions)))
    assert Transfer.objects.count() == 1


def test_the_same_inquiry_twice_is_one(institution: UUID, certificates: list[bytes]) -> None:
    once = message(certificates[0], inquiry())
    assert receiving.receive_inquiry(institution, once) == receiving.receive_inquiry(institution, once)
    assert Transfer.objects.count() == Heard.objects.count() == 1
    with pytest.raises(Refused) as error:
        receiving.receive_inquiry(institution, message(certificates[0], inquiry("5"), once.identifier))
    assert error.value.status == 409


def test_broken_constraints_are_shown_not_hidden(institution: UUID, certificates: list[bytes]) -> None:
    document = payload_2020()
    del document["originator"]["originatorPersons"][0]["naturalPerson"]["geographicAddress"]
    del document["originator"]["originatorPersons"][0]["naturalPerson"]["dateAndPlaceOfBirth"]
    body = inquiry(identity=json.dumps(document).encode())
    receiving.receive_inquiry(institution, message(certificates[0], body))
    found = Transfer.objects.get()
    assert [row[0] for row in found.findings] == ["C1"]
    assert found.missing_fields == TravelRuleField.ORIGINATOR_IDENTITY


def test_only_a_verified_institution_is_approved(
    officer: "Person", institution: UUID, certificates: list[bytes]
) -> None:
    found = received(institution, certificates[0])
    with pytest.raises(Refused):
        transfers.approve(officer, found.id, "bc1q-x")
    assert not Delivery.objects.exists()
    verify(institution, certificates[0])
    transfers.approve(officer, found.id, "bc1q-x")
    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.url) == ("resolution", "https://other.example/answers/1")
    with pytest.raises(Refused):
        transfers.reject(officer, found.id, "No.")


def test_an_impostor_who_asked_first_is_never_approved(
    officer: "Person", institution: UUID, certificates: list[bytes]
) -> None:
    found = received(institution, certificates[1])
    verify(institution, certificates[0])
    PinnedCertificate.objects.filter(digest=Caller(certificates[1]).digest).delete()
    assert is_unconfirmed(Transfer.objects.get(pk=found.pk)), "and its page says so"
    with pytest.raises(Refused, match="does not show as its own"):
        transfers.approve(officer, found.id, "bc1q-x")
    with pytest.raises(Refused) as error:
        receiving.receive_inquiry(institution, message(certificates[1], inquiry()))
    assert error.value.status == 403


def test_a_blocked_institution_is_refused(officer: "Person", institution: UUID, certificates: list[bytes]) -> None:
    found = verify(institution, certificates[0])
    counterparties.block(officer, found.id)
    with pytest.raises(Refused) as error:
        receiving.receive_inquiry(institution, message(certificates[0], inquiry()))
    assert error.value.status == 403
    with pytest.raises(Refused):
        transfers.send(officer, transfers.Wanted(address(), Asset(dti="4H95J0R2X"), "1", reading.read(IDENTITY)))


def test_a_confirmation_before_the_approval_is_out_of_order(
    officer: "Person", institution: UUID, certificates: list[bytes]
) -> None:
    verify(institution, certificates[0])
    found = received(institution, certificates[0])
    with pytest.raises(Refused) as error:
        confirm(institution, found, certificates[0], Confirmation(txid="1"))
    assert error.value.status == 409
    assert StepKind.REFUSED_BY_US in steps(found), "kept"
    transfers.approve(officer, found.id, "bc1q-x")
    assert confirm(institution, found, certificates[0], Confirmation(txid="1")) == 204
    assert confirm(institution, found, certificates[0], Confirmation(txid="1")) == 204
    with pytest.raises(Refused):
        confirm(institution, found, certificates[0], Confirmation(canceled="no"))
    found.refresh_from_db()
    assert (found.state, keeping.open_answer(found).txid) == ("confirmed", "1")


# --- sent -------------------------------------------------------------------------------------------------------------


def test_an_approval_counts_once(officer: "Person", institution: UUID, certificates: list[bytes]) -> None:
    found = asked(officer, institution, certificates[0])
    assert resolve(institution, found, certificates[0], APPROVED) == 204
    assert resolve(institution, found, certificates[0], APPROVED) == 204
    assert steps(found).count(StepKind.APPROVED_BY_THEM) == 1
    for other in (Resolution(rejected="no"), Resolution(approved=Approval("bc1q-y", "https://other.example/c"))):
        with pytest.raises(Refused) as error:
            resolve(institution, found, certificates[0], other)
        assert error.value.status == 409
    found.refresh_from_db()
    assert (found.state, keeping.open_answer(found).address) == ("approved", "bc1q-x")


def test_an_approval_that_is_late_is_kept_and_told_off(
    officer: "Person", institution: UUID, certificates: list[bytes]
) -> None:
    found = asked(officer, institution, certificates[0])
    Transfer.objects.filter(pk=found.pk).update(state=TransferState.EXPIRED)
    with pytest.raises(Refused) as error:
        resolve(institution, found, certificates[0], APPROVED)
    assert error.value.status == 409
    found.refresh_from_db()
    assert found.state == TransferState.EXPIRED, "nothing is cleared by it"
    assert Delivery.objects.get(kind="confirmation").url == "https://other.example/confirm/1", "it is told"


def test_answers_of_others_and_for_others(officer: "Person", institution: UUID, certificates: list[bytes]) -> None:
    one, two = (asked(officer, institution, certificates[0]) for _ in range(2))
    with pytest.raises(Refused) as error:
        resolve(institution, one, certificates[1], APPROVED)
    assert error.value.status == 403
    swapped = message(certificates[0], messages.write(APPROVED), two.request_identifier)
    with pytest.raises(Refused) as error:
        receiving.receive_resolution(institution, one.id, swapped)
    assert error.value.status == 409
    fresh = message(certificates[0], messages.write(Resolution(version="3.1.0")), uuid4())
    assert receiving.receive_resolution(institution, one.id, fresh).status == 204, (
        "another identifier of theirs is fine"
    )
    with pytest.raises(Refused) as error:
        receiving.receive_resolution(institution, uuid4(), swapped)
    assert error.value.status == 404
    assert {each.state for each in Transfer.objects.all()} == {TransferState.ASKED}


def test_nothing_is_sent_that_breaks_the_rules(officer: "Person", institution: UUID) -> None:
    document = payload_2020()
    for change, code in (
        ({"beneficiaryVASP": None}, "travel_rule.missing"),
        ({"originator": None}, "travel_rule.missing"),
    ):
        wanted = transfers.Wanted(address(), assets.by_symbol("BTC"), "1", reading.read_document(document | change))
        with pytest.raises(Malformed) as error:
            transfers.send(officer, wanted)
        assert error.value.code == code
    for amount in ("0", "-1", "0.123456789", "much"):
        with pytest.raises(Malformed):
            transfers.send(
                officer, transfers.Wanted(address(), assets.by_symbol("BTC"), amount, reading.read(IDENTITY))
            )
    assert not Transfer.objects.exists()


def test_who_lacks_the_right_does_nothing(cast: "dict[str, Person | None]", institution: UUID) -> None:
    for name in ("maker", "checker", "administrator", "head", "auditor", "nobody"):
        person = cast[name]
        assert person is not None
        with pytest.raises(Refused):
            transfers.approve(person, uuid4(), "x")
        with pytest.raises(Refused):
            transfers.read_contents(person, uuid4())


# --- secure links -----------------------------------------------------------------------------------------------------


def link_of(officer: "Person") -> tuple[Transfer, str]:
    wanted = transfers.Wanted("", assets.by_symbol("BTC"), "0.1", reading.read(IDENTITY))
    found = links.send_without_peer(officer, wanted, "Small Firm")
    return found, links.make(officer, found.id).token


def test_a_link_is_read_and_answered_once(officer: "Person", browse: "Callable[..., Client]") -> None:
    found, token = link_of(officer)
    page = browse().get(f"/travel_rule/link/{token}/")
    assert page.status_code == 200
    assert b"Ayesha Khan" in page.content
    assert page["Cache-Control"] == "private, no-store"
    assert page["Referrer-Policy"] == "strict-origin", "no secret to others, and a browser can still send the form"
    assert token[32:].encode() not in bytes(SecureLink.objects.get().secret_digest)
    wrong = browse().post(f"/travel_rule/link/{token}/", {"decision": "approve"})
    assert b"Write where to pay" in wrong.content
    done = browse().post(f"/travel_rule/link/{token}/", {"decision": "approve", "address": "bc1q-x"})
    assert done.status_code == 200
    found.refresh_from_db()
    assert (found.state, keeping.open_answer(found).address) == ("approved", "bc1q-x")
    assert browse().get(f"/travel_rule/link/{token}/").status_code == 404
    assert browse().post(f"/travel_rule/link/{token}/", {"decision": "reject", "reason": "x"}).status_code == 404
    transfers.confirm(officer, found.id, "txid")
    assert not Delivery.objects.exists(), "there is no peer to tell"


def test_links_that_are_old_wrong_or_too_many(officer: "Person", browse: "Callable[..., Client]") -> None:
    found, token = link_of(officer)
    assert browse().get(f"/travel_rule/link/{token[:-1]}x/").status_code == 404
    newer = links.make(officer, found.id).token
    assert browse().get(f"/travel_rule/link/{token}/").status_code == 404, "the newer ends the older"
    assert browse().get(f"/travel_rule/link/{newer}/").status_code == 200
    SecureLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browse().get(f"/travel_rule/link/{newer}/").status_code == 404
    tried = [browse().get(f"/travel_rule/link/{uuid4().hex}{'x' * 43}/").status_code for _ in range(25)]
    assert tried[-1] == 429
    for _ in range(3):
        links.make(officer, found.id)
    with pytest.raises(Refused):
        links.make(officer, found.id)


# --- wallets and missing data -----------------------------------------------------------------------------------------


def test_a_small_payment_must_be_right_to_the_unit_and_in_time(officer: "Person") -> None:
    proof = wallets.ask(officer, ProofKind.SATOSHI, "BTC", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l")
    assert 1_000 <= proof.amount_minor < 10_000
    exact = messages.amount_of(proof.amount_minor, 8)
    off = messages.amount_of(proof.amount_minor + 1, 8)
    assert wallets.answer_by_payment(officer, proof.id, "tx", off).state == ProofState.WAITING
    assert wallets.answer_by_payment(officer, proof.id, "tx", exact).state == ProofState.PROVED
    with pytest.raises(Refused):
        wallets.answer_by_payment(officer, proof.id, "tx", exact)
    late = wallets.ask(officer, ProofKind.SATOSHI, "BTC", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l")
    WalletProof.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused):
        wallets.answer_by_payment(officer, late.id, "tx", messages.amount_of(late.amount_minor, 8))
    late.refresh_from_db()
    assert late.state == ProofState.EXPIRED


def test_a_signature_proves_and_five_wrong_ones_close(officer: "Person") -> None:
    from coincurve import PrivateKey

    from tests.programmes.test_travel_rule_wallets import base58check, bitcoin_signature, hash160

    key = PrivateKey(b"\x09" * 32)
    wallet = base58check(b"\x00" + hash160(key.public_key.format()))
    proof = wallets.ask(officer, ProofKind.BIP137, "BTC", wallet)
    _, question = wallets.question(officer, proof.id)
    assert question.address == wallet
    right = bitcoin_signature(key, question.message, 31)
    assert wallets.answer_by_signature(officer, proof.id, right).state == ProofState.PROVED
    other = wallets.ask(officer, ProofKind.BIP137, "BTC", wallet)
    for _ in range(5):
        found = wallets.answer_by_signature(officer, other.id, right)
    assert found.state == ProofState.FAILED, "a signature of another question is none of this"
    with pytest.raises(Refused):
        wallets.answer_by_signature(officer, other.id, right)


def test_missing_data_are_filled_in_once(officer: "Person", institution: UUID) -> None:
    account = "PK36 SCBL 0000 0011 2345 6702"
    several = [Missing(account, TravelRuleField.ORIGINATOR_IDENTITY, "PKR", 10**8)] * 3
    parties.note_missing(institution, several)
    parties.note_missing(institution, several)
    row = MissingData.objects.get()
    assert row.payments == 2
    assert parties.gap(officer, row.id).account == account
    assert parties.party_of(institution, account) is None
    names = (NaturalName("Khan", "Ayesha"),)
    with pytest.raises(Malformed):
        parties.fill_in(officer, row.id, NaturalPerson(names))
    holder = NaturalPerson(names, addresses=(Address(AddressType.HOME, "PK", lines=("12 Canal Road",)),))
    parties.fill_in(officer, row.id, holder)
    assert parties.party_of(institution, account.replace(" ", "")) == holder
    assert parties.party_of(uuid4(), account) is None, "another institution does not know it"
    with pytest.raises(Refused):
        parties.gap(officer, row.id)
    assert mail.outbox == []


# --- pages ------------------------------------------------------------------------------------------------------------


def test_an_officer_answers_on_pages(
    officer: "Person", institution: UUID, certificates: list[bytes], browse: "Callable[..., Client]"
) -> None:
    verify(institution, certificates[0])
    found = received(institution, certificates[0])
    window = browse("compliance_officer")
    assert b"0.25 BTC" in window.get("/travel_rule/").content
    page = window.get(f"/travel_rule/exchanges/{found.id}/")
    assert b"Ayesha Khan" in page.content
    assert page["Cache-Control"] == "private, no-store"
    empty = window.post(f"/travel_rule/exchanges/{found.id}/approve/", {"approve-address": ""})
    assert empty.status_code == 422
    done = window.post(f"/travel_rule/exchanges/{found.id}/approve/", {"approve-address": "bc1q-x"}, follow=True)
    assert b"The other institution is told" in done.content
    assert window.get("/travel_rule/?state=approved").status_code == 200
    assert window.get("/travel_rule/?state=nonsense").status_code == 404
    assert window.get("/travel_rule/counterparties/").status_code == 200
    rows = window.get("/api/v1/travel_rule/transfers").json()["rows"]
    assert [(each["state"], each["asset"]) for each in rows] == [("approved", "BTC")]
    assert "Khan" not in json.dumps(rows)


def test_data_that_name_another_institution_are_looked_at_twice(institution: UUID, certificates: list[bytes]) -> None:
    counterparty = verify(institution, certificates[0])
    found, named = received(institution, certificates[0]), reading.read(IDENTITY)
    assert named_otherwise(found, named) == [], "no LEI is known to compare with"
    Peer.objects.create(institution_id=institution, name="Ours", lei=OTHER_LEI, address="https://ours.example:1")
    found.counterparty = counterparty
    for lei, seen in ((OTHER_LEI, ["sender", "receiver"]), ("506700T7Z685VUOZL877", ["receiver"])):
        counterparty.lei = lei
        assert named_otherwise(found, named) == seen


def test_an_officer_asks_on_a_page(officer: "Person", browse: "Callable[..., Client]") -> None:
    window = browse("compliance_officer")
    given = {
        "travel_address": "", "institution_name": "Small Firm", "institution_lei": "", "asset": "BTC", "amount": "0.5",
        "originator-primary": "خان", "originator-secondary": "عائشہ", "originator-account": "A-1",
        "originator-street": "Canal Road", "originator-building": "12", "originator-country": "pk",
        "originator-number_kind": "", "beneficiary-primary": "Ahmed", "beneficiary-account": "B-1",
    }  # fmt: skip
    wrong = window.post("/travel_rule/new/", given | {"amount": "0", "travel_address": "tanonsense"})
    assert b"copy it again, whole" in wrong.content
    done = window.post("/travel_rule/new/", given)
    assert done.status_code == 302
    found = Transfer.objects.get()
    identity = reading.read(keeping.open_payload(found).identity)
    assert identity.originator is not None
    person = identity.originator.persons[0]
    assert isinstance(person, NaturalPerson)
    assert person.names[0].primary.isascii()
    assert person.local_names[0].primary == "خان"
    page = window.post(f"/travel_rule/exchanges/{found.id}/link/", follow=True)
    assert b"/travel_rule/link/" in page.content
    assert b"/travel_rule/link/" not in window.get(f"/travel_rule/exchanges/{found.id}/").content, "shown once"


def test_other_institutions_exchanges_are_not_there(
    officer: "Person", institution: UUID, certificates: list[bytes]
) -> None:
    from sanad.people.models import Institution
    from sanad.people.rights import Kind

    other = Institution.objects.create(kind=Kind.FIRM, name="Another")
    found = received(other.id, certificates[0])
    for act in (lambda: transfers.approve(officer, found.id, "x"), lambda: transfers.read_contents(officer, found.id)):
        with pytest.raises(Refused) as error:
            act()
        assert error.value.status == 404


def test_erasing_the_subject_erases_what_was_sent(institution: UUID, certificates: list[bytes], tmp_path: Path) -> None:
    from django.conf import settings

    found = received(institution, certificates[0])
    with settings.HOSTING.evidence() as store:
        assert store.erase(bytes(found.subject))
    with pytest.raises(Refused):
        keeping.open_payload(found)
