"""Each act of licensing as people do it on pages, what it does on the record, and what time does by itself."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from sanad.base.errors import Refused
from sanad.gateway.gateway import KEY_FILE, LANES, Gateway
from sanad.gateway.keys import SYSTEM, KeyFile
from sanad.interfaces.demonstration_nation import EXCHANGE, PASSPHRASE, QUICK, groups
from sanad.programmes.licensing.models import Certificate, Decision, Firm, Licence, PublicAct, PublicWarning
from sanad.programmes.licensing.queries.register import Standing, standing
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import CertificateState, Ground, InstitutionStatus, LicenceState, Purpose
from tests.programmes.licensing_nation import Office
from tests.programmes.test_licensing_flow import file, license_exchange, office, order

__all__ = ["office"]  # the fixture
DAY_MS = 86_400_000


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def days_pass(office: Office, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node's clock leaps, its operator confirms; what is due is written by the node itself. Nobody sends then."""
    clock = office.nation.node.clock
    real = clock._wall
    monkeypatch.setattr(clock, "_wall", lambda: real() + days * DAY_MS)
    clock.confirm()


def wait_for(what: str) -> PublicAct:
    """The newest act of a kind, once the projector has brought it."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        found = PublicAct.objects.filter(what=what).order_by("-entry").first()
        if found is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} never came")


def licence() -> Licence:
    return Licence.objects.get(pk=EXCHANGE.number)


def happened(office: Office, decision: str) -> str:
    return office.see("auditor", decision + "acts/")


def test_a_licence_is_varied_and_the_ledger_follows(office: Office) -> None:
    license_exchange(office)
    office.bring_money()
    assert office.post_money(Purpose.PAYMENT).codes == (Outcome.DEBIT_NOT_LICENSED,)
    office.confirm(office.decide("licence_varied", "licensing_officer", kind="1", services=["4", "8", "128"]))
    assert licence().services == 4 | 8 | 128
    assert office.post_money(Purpose.PAYMENT).codes == (0,)


def freeze(office: Office, until: str) -> Any:
    given = {"order": str(uuid4()), "grounds": "Danger.", "until": until, "ground": int(Ground.PUBLIC_INTEREST)}
    return office.send("supervisor", f"/licensing/firms/{EXCHANGE.number}/order/emergency_freeze/", given)


def test_an_emergency_order_stops_the_firm_and_ends_by_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    license_exchange(office)
    office.bring_money()
    decision = str(freeze(office, in_days(3)).redirect_chain[-1][0])
    assert standing(licence()) is Standing.IN_FORCE, "proposed is not in force"
    office.confirm(decision)
    assert standing(licence()) is Standing.FROZEN
    assert office.post_money(Purpose.DEPOSIT).codes == (Outcome.DEBIT_NOT_PERMITTED,)
    assert office.post_money(Purpose.WITHDRAWAL).codes == (0,)

    days_pass(office, 4, monkeypatch)
    ended = wait_for("emergency_ended")
    assert (ended.signer_institution, ended.signer_key) == (0, "")
    assert standing(licence()) is Standing.IN_FORCE
    assert "Nobody: its time had come." in happened(office, decision)


def test_an_emergency_order_lasts_at_most_30_days(office: Office) -> None:
    license_exchange(office)
    before = Decision.objects.count()
    page = freeze(office, in_days(30))
    assert "longer than an emergency order may last" in page.content.decode()
    assert Decision.objects.count() == before
    office.confirm(str(freeze(office, in_days(29)).redirect_chain[-1][0]))
    assert standing(licence()) is Standing.FROZEN


def test_an_emergency_order_is_lifted_early(office: Office) -> None:
    license_exchange(office)
    office.confirm(str(freeze(office, in_days(20)).redirect_chain[-1][0]))
    office.confirm(office.decide("emergency_lifted", "supervisor", "order"))
    assert standing(licence()) is Standing.IN_FORCE
    assert Firm.objects.get(number=EXCHANGE.number).status == InstitutionStatus.ACTIVE


@pytest.mark.parametrize(
    ("state", "ground", "words"),
    [
        (LicenceState.SURRENDERED, Ground.OWN_REQUEST, "Licence surrendered"),
        (LicenceState.REVOKED, Ground.FALSE_INFORMATION, "Licence revoked"),
    ],
)
def test_a_licence_ends_for_good(office: Office, state: LicenceState, ground: Ground, words: str) -> None:
    license_exchange(office)
    office.bring_money()
    order(office, state, ground)
    assert licence().state == state
    assert office.post_money(Purpose.WITHDRAWAL).codes == (Outcome.DEBIT_NOT_PERMITTED,)
    acts = office.see("auditor", f"/licensing/register/acts/licence/{EXCHANGE.number}/")
    assert words in acts
    offered = office.see("supervisor", f"/licensing/firms/{EXCHANGE.number}/")
    assert "licence_status" not in offered, "what has ended is not changed"


def test_a_revocation_for_later_takes_effect_by_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    license_exchange(office)
    fields = {"status": int(LicenceState.REVOKED), "ground": int(Ground.CEASED_BUSINESS), "effective": in_days(5)}
    decision = office.decide("licence_status", "supervisor", "order", **fields)
    office.confirm(decision)
    assert licence().state == LicenceState.IN_FORCE
    days_pass(office, 6, monkeypatch)
    act = wait_for("licence_status")
    assert act.ordered_entry == Decision.objects.get(id=decision.split("/")[3]).ended_entry
    assert licence().state == LicenceState.REVOKED


def test_a_firm_is_wound_down_under_an_administrator(office: Office, tmp_path: Path) -> None:
    license_exchange(office)
    office.bring_money()
    offered = f"/licensing/firms/{EXCHANGE.number}/"
    assert "appoint_administrator" not in office.see("supervisor", offered)
    order(office, LicenceState.WINDING_DOWN, Ground.INSOLVENCY)
    assert "appoint_administrator" in office.see("supervisor", offered)

    folder = tmp_path / "institutions" / "administrator"
    Gateway.init(folder, PASSPHRASE, lanes=LANES, limits=QUICK)
    keys = KeyFile.open_file(folder / KEY_FILE, PASSPHRASE)
    key = keys.key(SYSTEM)
    proof = keys.prove_possession(SYSTEM, office.nation.node.network, EXCHANGE.number)
    given = {"public_key": key.public.hex(), "possession": proof.hex(), "lane_first": 1, "lane_last": 4}
    decision = office.decide("appoint_administrator", "supervisor", "order", **given)
    assert key.identifier.hex() in office.see("head", decision)
    assert office.post_money(Purpose.WITHDRAWAL).codes == (0,), "nothing has happened yet"
    office.confirm(decision)

    with pytest.raises(Refused, match="revoked"):
        office.post_money(Purpose.WITHDRAWAL)
    administrator = replace(EXCHANGE, folder="administrator")

    def pay(purpose: Purpose) -> tuple[int, ...]:
        return office._send(administrator, "margalla-settlement", "margalla-clients", purpose, 1_00).codes

    assert pay(Purpose.WITHDRAWAL) == (0,)
    assert pay(Purpose.DEPOSIT) == (Outcome.DEBIT_NOT_PERMITTED,)
    assert "Administrator appointed" in office.see("auditor", f"/licensing/register/acts/firm/{EXCHANGE.number}/")
    assert groups()["margalla-settlement"].owner is EXCHANGE


def test_a_key_that_is_none_is_told_beside_its_field(office: Office) -> None:
    file(office)
    address = f"/licensing/firms/{EXCHANGE.number}/order/appoint_administrator/"
    right = {"grounds": "x", "public_key": "ab" * 32, "possession": "cd" * 64, "lane_first": 1, "lane_last": 4}
    for wrong in ({"public_key": "x" * 64}, {"possession": "00"}, {"lane_first": 9}, {"lane_last": 5_000}):
        page = office.send("supervisor", address, {"order": str(uuid4()), **right, **wrong})
        assert page.context["form"].errors, wrong
    page = office.send("supervisor", address, {"order": str(uuid4()), **right})
    assert "The firm&#x27;s licence is not in the state that this step follows." in page.content.decode()
    assert not Decision.objects.exists()


def test_an_appeal_is_noted_against_its_decision_and_is_not_public(office: Office) -> None:
    license_exchange(office)
    suspended = order(office, LicenceState.SUSPENDED, Ground.CONDITION_BREACHED)
    address = f"/licensing/firms/{EXCHANGE.number}/decide/appeal_noted/"
    assert "Licence suspended" in office.see("licensing_officer", address)
    decision = office.decide("appeal_noted", "licensing_officer", entry=str(suspended.ended_entry))
    page = office.see("head", decision)
    assert "Against the decision in entry" in page
    assert f"<bdi>{suspended.ended_entry}</bdi>" in page
    office.confirm(decision)
    assert Decision.objects.get(act="appeal_noted").state == "confirmed"
    assert licence().state == LicenceState.SUSPENDED, "an appeal alone changes nothing"
    told = happened(office, decision)
    assert "Confirmed: Note an appeal" in told
    assert not PublicAct.objects.filter(what="appeal_noted").exists()
    other = {"order": str(uuid4()), "grounds": "x", "entry": "1"}
    assert office.send("licensing_officer", address, other).context["form"].errors["entry"]


def test_a_warning_is_published_and_ended(office: Office) -> None:
    given = {"name": "Quick Coins", "website": "https://quick.example", "ground": "6", "grounds": "It has no licence."}
    proposed = office.send("supervisor", "/licensing/warn/", {"order": str(uuid4()), **given})
    office.confirm(str(proposed.redirect_chain[-1][0]))
    warning = PublicWarning.objects.get()
    assert (warning.name, warning.ended_ms) == ("Quick Coins", 0)
    chosen = office.see("supervisor", f"/licensing/warn/end/?warning={warning.number}")
    assert f'<option value="{warning.number}" selected>Quick Coins (https://quick.example)' in chosen

    ending = {"order": str(uuid4()), "warning": warning.number, "grounds": "It has closed."}
    proposed = office.send("supervisor", "/licensing/warn/end/", ending)
    decision = str(proposed.redirect_chain[-1][0])
    assert "Quick Coins" in office.see("head", decision)
    office.confirm(decision)
    warning.refresh_from_db()
    assert warning.ended_ms > warning.time_ms
    assert "Quick Coins" not in office.see("supervisor", "/licensing/warn/end/")
    acts = office.see("auditor", f"/licensing/register/acts/warning/{warning.number}/")
    assert acts.index("Warning published") < acts.index("Warning ended")


def test_a_filed_application_is_withdrawn_closed_on_the_record_and_filed_anew(office: Office) -> None:
    application = file(office)
    page = office.send("checker", f"/licensing/applications/{application.id}/withdraw/").content.decode()
    application.refresh_from_db()
    assert (application.state, bool(application.sections)) == ("withdrawn", True)
    assert "Withdrawn" in page
    assert "Withdrawn" in office.see("checker", f"/licensing/applications/{application.id}/acts/")
    inbox = office.see("licensing_officer", "/licensing/inbox/")
    assert str(application.id) not in inbox
    assert "The firm has withdrawn its application." in office.see(
        "licensing_officer", f"/licensing/firms/{EXCHANGE.number}/"
    )
    office.confirm(office.decide("certificate_revoked", "licensing_officer", ground=int(Ground.OWN_REQUEST)))
    assert Certificate.objects.get(pk=EXCHANGE.number).state == CertificateState.REVOKED
    again = file_another(office)
    assert again.filed_entry > application.filed_entry


def file_another(office: Office) -> Any:
    from sanad.programmes.licensing.models import Application

    office.send("maker", "/licensing/applications/start/", {"services": "12"})
    draft = Application.objects.get(state="draft")
    office.fill_in(draft.id)
    office.send("checker", f"/licensing/applications/{draft.id}/file/")
    draft.refresh_from_db()
    assert draft.state == "filed"
    return draft


def test_the_parties_of_an_application_see_what_happened_and_others_nothing(office: Office) -> None:
    application = file(office)
    office.send("licensing_officer", f"/licensing/inbox/{application.id}/ask/", {"words": "Who audits the firm?"})
    office.send("checker", f"/licensing/applications/{application.id}/answer/", {"words": "Example Auditors."})
    decision = office.decide("certificate_issued", "licensing_officer", valid_until=in_days(100))
    own, assess = f"/licensing/applications/{application.id}/acts/", f"/licensing/inbox/{application.id}/acts/"
    assert "Proposed" not in office.see("checker", own), "a proposal is not told to the firm"
    assert "Proposed: Issue the no-objection certificate" in office.see("auditor", assess)
    office.confirm(decision)
    for name, address in (("checker", own), ("auditor", assess)):
        page = office.see(name, address)
        told = ["Filed", "Information asked for", "Question answered", "Confirmed: Issue the no-objection certificate"]
        places = [page.index(each) for each in told]
        assert places == sorted(places)
        assert "test.example" not in page.split("<main", 1)[1], "no address of a person"
    assert office.browser("licensing_officer").get(own).status_code in (403, 404)
    assert office.browser("maker").get(assess).status_code == 403


def test_a_firm_reads_what_was_decided_about_it_and_why_and_nobody_else_does(office: Office) -> None:
    license_exchange(office)
    fields = {"status": int(LicenceState.SUSPENDED), "ground": int(Ground.CONDITION_BREACHED)}
    address = office.decide("licence_status", "supervisor", "order", grounds="Reports came late.", **fields)
    own = f"/licensing/decided/{address.split('/')[3]}/"
    listed = office.see("maker", "/licensing/decided/")
    assert own not in listed, "a proposal is not told"
    assert office.browser("maker").get(own).status_code == 404
    office.confirm(address)
    assert own in office.see("maker", "/licensing/decided/")
    page = office.see("checker", own)
    until = timezone.localdate() + timedelta(days=30)
    for told in ("Reports came late.", "Suspend", "A condition was breached", f"until {until.day} {until:%B %Y}"):
        assert told in page, told
    assert "Confirmed: Change the licence" in office.see("maker", own + "acts/")
    for name in ("licensing_officer", "auditor", "head"):
        assert office.browser(name).get(own).status_code == 403
