"""From the first question to a licence, a suspension, and back: by people, on pages, with every real part."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from sanad.interfaces.demonstration_nation import EXCHANGE
from sanad.people.models import Membership, Person
from sanad.people.rights import Role
from sanad.programmes.licensing.models import Application, Certificate, Decision, Document, Firm, Licence
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import CertificateState, Ground, LicenceState, Purpose
from sanad.wiring import projector
from tests.programmes.licensing_nation import OWNERS, PDF, Office, rows, take_office
from tests.programmes.test_projector import Nation


@pytest.fixture
def office(tmp_path: Path, cast: dict[str, Person | None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    nation = Nation(tmp_path)
    projector.forget_views()
    made = take_office(nation, cast, tmp_path, monkeypatch)
    yield made
    made.close()
    nation.node.close()
    projector.make_views()


def begin(office: Office) -> Application:
    office.send("maker", "/licensing/applications/start/", {"services": "12"})
    return Application.objects.get()


def file(office: Office) -> Application:
    draft = begin(office)
    office.fill_in(draft.id)
    office.send("checker", f"/licensing/applications/{draft.id}/file/")
    draft.refresh_from_db()
    assert draft.state == "filed"
    return draft


def issue(office: Office) -> None:
    until = (timezone.localdate() + timedelta(days=180)).isoformat()
    decision = office.decide("certificate_issued", "licensing_officer", valid_until=until, conditions="None.")
    office.confirm(decision)


def license_exchange(office: Office) -> None:
    file(office)
    issue(office)
    for step in (CertificateState.GOAML_REGISTERED, CertificateState.INCORPORATED, CertificateState.LICENCE_FILED):
        office.confirm(office.decide("certificate_progress", "licensing_officer", step=int(step)))
    granted: dict[str, Any] = {"number": "L-1", "kind": "1", "services": ["4", "8"]}
    office.confirm(office.decide("licence_granted", "licensing_officer", **granted))


def order(office: Office, state: LicenceState, ground: Ground) -> Decision:
    """Proposed by the supervisor, confirmed by the head."""
    fields = {"status": int(state), "ground": int(ground)}
    address = office.decide("licence_status", "supervisor", "order", **fields)
    office.confirm(address)
    return Decision.objects.get(id=address.split("/")[3])


def test_from_the_question_to_the_licence_and_what_it_does(office: Office) -> None:
    application = file(office)
    assert application.filed_entry
    assert Certificate.objects.get(pk=EXCHANGE.number).state == CertificateState.APPLIED
    inbox = office.see("licensing_officer", "/licensing/inbox/")
    assert f"/licensing/inbox/{application.id}/" in inbox

    office.send("licensing_officer", f"/licensing/inbox/{application.id}/ask/", {"words": "Who audits the firm?"})
    asked = office.see("checker", f"/licensing/applications/{application.id}/")
    assert "Who audits the firm?" in asked
    office.send("checker", f"/licensing/applications/{application.id}/answer/", {"words": "Example Auditors."})
    office.send("licensing_officer", f"/licensing/inbox/{application.id}/complete/")
    assert "Example Auditors." in office.see("licensing_officer", f"/licensing/inbox/{application.id}/")

    issue(office)
    application.refresh_from_db()
    assert application.state == "decided"
    assert Certificate.objects.get(pk=EXCHANGE.number).state == CertificateState.ISSUED


def test_a_suspension_bites_and_is_lifted(office: Office) -> None:
    license_exchange(office)
    office.bring_money()
    assert Licence.objects.get(pk=EXCHANGE.number).state == LicenceState.IN_FORCE
    assert office.post_money(Purpose.DEPOSIT).codes == (0,)

    suspended = order(office, LicenceState.SUSPENDED, Ground.CONDITION_BREACHED)
    rejected = office.post_money(Purpose.DEPOSIT)
    assert rejected.codes == (Outcome.DEBIT_NOT_PERMITTED,)
    assert Firm.objects.get(number=EXCHANGE.number).status_entry == suspended.ended_entry
    assert office.post_money(Purpose.WITHDRAWAL).codes == (0,)

    order(office, LicenceState.IN_FORCE, Ground.NONE)
    assert office.post_money(Purpose.DEPOSIT).codes == (0,)


def test_nobody_confirms_what_they_proposed(office: Office) -> None:
    file(office)
    officer = Membership.objects.get(person=office.cast["licensing_officer"])
    officer.roles = [Role.LICENSING_OFFICER, Role.HEAD]
    officer.save()
    until = (timezone.localdate() + timedelta(days=180)).isoformat()
    decision = office.decide("certificate_issued", "licensing_officer", valid_until=until)
    page = office.confirm(decision, "licensing_officer")
    assert "The person who proposed cannot confirm" in page
    assert Decision.objects.get().is_waiting
    assert "withdrawn" in office.send("licensing_officer", decision + "withdraw/").content.decode()
    assert Decision.objects.get().state == "withdrawn"


def test_a_key_file_signs_only_in_a_demonstration(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    file(office)
    monkeypatch.setattr(settings.NETWORK, "is_demonstration", False)
    given = {"order": "00000000-0000-4000-8000-000000000000", "grounds": "x", "ground": "6"}
    answer = office.send("licensing_officer", f"/licensing/firms/{EXCHANGE.number}/decide/certificate_revoked/", given)
    assert answer.status_code in (302, 403)
    assert not Decision.objects.exists()


def test_documents_are_what_their_first_bytes_say(office: Office) -> None:
    draft = begin(office)
    assert office.upload(draft.id, "identity", b"<script>", "x.pdf").status_code == 422
    assert office.upload(draft.id, "identity", PDF + bytes(10 << 20)).status_code == 422
    assert office.upload(draft.id, "identity", PDF, "../../a<b>.html").status_code == 200
    document = Document.objects.get()
    assert document.name == "ab.pdf"
    answer = office.browser("maker").get(f"/licensing/documents/{document.id}/")
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")


def test_an_incomplete_draft_is_not_filed(office: Office) -> None:
    draft = begin(office)
    assert office.send("checker", f"/licensing/applications/{draft.id}/file/").status_code == 409
    assert "The shares" not in office.see("maker", f"/licensing/applications/{draft.id}/")


def test_rows_in_which_nothing_is_typed_are_passed_over(office: Office) -> None:
    """A browser sends the first choice of every list, also of rows that nobody touched."""
    draft = begin(office)
    untouched = {"kind": "person", "name": "", "percent": "", "holds_of": " "}
    given = rows([OWNERS[0], untouched])
    office.send("maker", f"/licensing/applications/{draft.id}/owners/", given)
    draft.refresh_from_db()
    assert [each["name"] for each in draft.sections["owners"]] == ["Karakoram Holding"]


def test_a_withdrawn_draft_is_erased(office: Office) -> None:
    draft = begin(office)
    office.fill_in(draft.id)
    office.send("checker", f"/licensing/applications/{draft.id}/withdraw/")
    draft.refresh_from_db()
    assert (draft.state, draft.sections) == ("withdrawn", {})
    assert not Document.objects.exists()


def test_the_same_form_decides_once(office: Office) -> None:
    file(office)
    given = {"order": "11111111-1111-4111-8111-111111111111", "ground": "6"}
    first = office.decide("certificate_revoked", "licensing_officer", **given)
    assert office.decide("certificate_revoked", "licensing_officer", **given) == first
    assert Decision.objects.count() == 1


def test_every_page_in_both_languages(office: Office) -> None:
    application = file(office)
    draft = begin_another(office)
    decision = office.decide("certificate_revoked", "licensing_officer", ground="6")
    for language in ("en", "ur"):
        for name, address in (
            ("maker", "/licensing/applications/"),
            ("maker", f"/licensing/applications/{application.id}/"),
            ("maker", f"/licensing/applications/{draft.id}/"),
            *(("maker", f"/licensing/applications/{draft.id}/{each}/")
              for each in ("services", "firm", "owners", "persons", "documents", "declaration")),
            ("head", "/licensing/inbox/"),
            ("auditor", f"/licensing/inbox/{application.id}/"),
            ("head", "/licensing/firms/"),
            ("head", f"/licensing/firms/{EXCHANGE.number}/"),
            ("head", "/licensing/decisions/"),
            ("head", decision),
        ):  # fmt: skip
            client = office.browser(name)
            client.cookies["language"] = language
            assert client.get(address).status_code == 200, (name, address, language)


def begin_another(office: Office) -> Application:
    office.send("maker", "/licensing/applications/start/")
    return Application.objects.get(state="draft")
