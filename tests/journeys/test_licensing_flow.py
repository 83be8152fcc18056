"""From the first question to a licence, a suspension, and back, in a real browser: English and Urdu.

Every decision is signed by the person's passkey at the signing page; every posting is a real one of the firm's gateway.
"""

import json
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.by import By

from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import CertificateState, Ground, LicenceKind, LicenceState, Purpose, Service
from tests.journeys.licensing import PDF, Firm, Nation, People, in_days, nation, people
from tests.journeys.running import sanad

pytestmark = pytest.mark.timeout(900)

MAKER, CHECKER = "maker@thar.example", "checker@thar.example"
OFFICER, HEAD, SUPERVISOR = "officer@authority.example", "head@authority.example", "supervisor@authority.example"
OWNERS = [
    {"name": "Karakoram Holding", "kind": "company", "percent": "60"},
    {"name": "Amina Example", "kind": "person", "percent": "40", "nationality": "Pakistan", "identity": "12345"},
    {"name": "Bilal Example", "kind": "person", "percent": "100", "holds_of": "Karakoram Holding",
     "nationality": "Pakistan", "identity": "67890"},
]  # fmt: skip
POSITIONS = (
    "chief_executive", "chief_finance", "chief_operations", "chief_technology", "compliance", "reporting",
    "internal_audit", "secretary",
)  # fmt: skip
PERSONS = [
    {
        "position": each,
        "name": f"Person {number}",
        "nationality": "Pakistan",
        "identity": f"{number}",
        "is_resident": "on",
    }
    for number, each in enumerate(POSITIONS, 1)
]
DOCUMENTS = ("incorporation", "business_plan", "capital", "controls", "technology", "identity")
WORDS = {
    "en": {
        "business": "An exchange of virtual assets for residents, with custody.",
        "address": "1 Example Road, Karachi",
        "question": "Who audits the firm?",
        "answer": "Example Auditors, since 2024.",
    },
    "ur": {
        "business": "پاکستان میں مقیم افراد کے لیے ورچوئل اثاثوں کی ایکسچینج، تحویل کے ساتھ۔",
        "address": "1 مثال روڈ، کراچی",
        "question": "فرم کا آڈٹ کون کرتا ہے؟",
        "answer": "مثال آڈیٹرز، 2024 سے۔",
    },
}


@pytest.mark.parametrize("language", ["en", "ur"])
def test_from_the_question_to_the_licence_and_back(tmp_path: Path, language: str) -> None:
    with nation(tmp_path) as place:
        draft = an_applicant_fails_half_way(place, language)
        with people(place, language) as all_of_us:
            comes_back_and_files(all_of_us, draft)
            keys_come_on_the_record(all_of_us)
            the_licence(all_of_us)
            the_suspension(all_of_us, Firm(place))
            # Chromium would have us offer RSA, too; the record knows P-256 alone.
            assert [each for each in all_of_us.window.complaints() if "pubKeyCredParams" not in each] == []
        the_page_is_set_from_the_console(place)


def an_applicant_fails_half_way(place: Nation, language: str) -> str:
    """Asks whether a licence is needed, begins, makes mistakes, and closes the browser. The draft's path."""
    with people(place, language) as applicant:
        window = applicant.window
        applicant.become(MAKER)
        window.open("/licensing/which/")
        applicant.tick("services", "4", "8")
        applicant.picture("which")
        applicant.submit()
        window.find("#result")
        applicant.picture("which-answer")
        applicant.leave_by("form[action='/licensing/applications/start/'] button")
        window.wait_for_path("/licensing/applications/")
        draft = window.driver.current_url.removeprefix(place.origin)
        applicant.picture("draft-begun")

        window.open(f"{draft}firm/")
        applicant.type_in("address", WORDS[language]["address"])
        applicant.type_in("lei", "12345")
        applicant.type_in("capital", "-1")
        applicant.submit()
        window.find(".error-summary")
        applicant.picture("firm-with-mistakes")
        assert len(window.driver.find_elements(By.CSS_SELECTOR, ".field-errors")) >= 3
        assert WORDS[language]["address"] in str(window.find("[name='address']").get_attribute("value"))

        applicant.type_in("lei", "")
        applicant.type_in("capital", "500000000")
        applicant.type_in("business", WORDS[language]["business"])
        applicant.submit()
        window.wait_for_path(draft)

        window.open(f"{draft}owners/")
        fill_row(applicant, 0, OWNERS[0])
        applicant.submit()
        window.find(".notice-warning")
        applicant.picture("owners-incomplete")
        return draft


def comes_back_and_files(all_of_us: People, draft: str) -> None:
    """Another day, another browser: what was typed is there. The maker completes it, the checker files it."""
    window = all_of_us.window
    all_of_us.become(MAKER)
    window.open("/licensing/applications/")
    all_of_us.picture("applications")
    window.press(f"a[href='{draft}']")
    all_of_us.picture("draft-half")
    window.open(f"{draft}firm/")
    assert window.find("[name='business']").get_attribute("value") == WORDS[all_of_us.language]["business"]
    window.open(f"{draft}owners/")
    assert window.find("[name='form-0-name']").get_attribute("value") == OWNERS[0]["name"]
    fill_rows(all_of_us, f"{draft}owners/", OWNERS)
    window.wait_for_path(draft)
    window.open(f"{draft}owners/")
    all_of_us.picture("owners")
    fill_rows(all_of_us, f"{draft}persons/", PERSONS)
    all_of_us.picture_of(f"{draft}persons/", "persons")
    for kind in DOCUMENTS:
        window.open(f"{draft}documents/")
        all_of_us.choose("kind", kind)
        window.find("[name='file']").send_keys(str(paper(all_of_us.place.home, kind)))
        all_of_us.submit()
        window.find(".notice")
    all_of_us.picture("documents")
    window.open(f"{draft}declaration/")
    for name in ("is_true", "will_report", "understands"):
        all_of_us.tick(name)
    all_of_us.picture("declaration")
    all_of_us.submit()
    window.wait_for_path(draft)
    all_of_us.picture("draft-complete-maker")

    all_of_us.become(CHECKER)
    window.open(draft)
    all_of_us.picture("draft-complete-checker")
    all_of_us.leave_by(f"form[action='{draft}file/'] button")
    window.find(".badge-wait")
    assert window.driver.find_elements(By.CSS_SELECTOR, f"form[action='{draft}file/']") == []
    all_of_us.picture("filed")

    all_of_us.become(OFFICER)
    window.open("/licensing/inbox/")
    all_of_us.picture("inbox")
    assessed = draft.replace("/applications/", "/inbox/")
    window.press(f"a[href='{assessed}']")
    all_of_us.picture("assessment")
    window.fill(f"form[action='{assessed}ask/'] textarea", WORDS[all_of_us.language]["question"])
    all_of_us.leave_by(f"form[action='{assessed}ask/'] button")
    window.find(".notice")
    all_of_us.become(CHECKER)
    window.open(draft)
    all_of_us.picture("asked")
    window.fill(f"form[action='{draft}answer/'] textarea", WORDS[all_of_us.language]["answer"])
    all_of_us.leave_by(f"form[action='{draft}answer/'] button")
    window.find(".notice")
    all_of_us.become(OFFICER)
    window.open(assessed)
    all_of_us.leave_by(f"form[action='{assessed}complete/'] button")
    window.find(".notice")
    all_of_us.picture("complete")


def keys_come_on_the_record(all_of_us: People) -> None:
    """Three persons make signing keys. They come on the record by key file, as a demonstration allows, the last not."""
    all_of_us.become(OFFICER)
    all_of_us.picture_of("/signing/key/", "own-key")
    for email in (OFFICER, HEAD, SUPERVISOR):
        all_of_us.make_key(email)
        all_of_us.register_key(SUPERVISOR, HEAD)
    all_of_us.picture_of("/signing/key/", "own-key-registered")


def the_licence(all_of_us: People) -> None:
    """The certificate, the steps after it, and the licence; each proposed by the officer and confirmed by the head."""
    all_of_us.become(OFFICER)
    all_of_us.picture_of(f"/licensing/firms/{all_of_us.place.firm}/", "firm-desk")
    issued = all_of_us.propose(OFFICER, "certificate_issued", valid_until=in_days(180), conditions="1. None.")
    all_of_us.confirm(HEAD, issued, "confirm-certificate")
    for step in (CertificateState.GOAML_REGISTERED, CertificateState.INCORPORATED, CertificateState.LICENCE_FILED):
        all_of_us.confirm(HEAD, all_of_us.propose(OFFICER, "certificate_progress", step=str(int(step))))
    services = [str(int(Service.CUSTODY)), str(int(Service.EXCHANGE))]
    granted = all_of_us.propose(
        OFFICER, "licence_granted", number="DAA-2026-1", kind=str(int(LicenceKind.FULL)), services=services
    )
    all_of_us.confirm(HEAD, granted, "confirm-licence")
    all_of_us.picture_of(f"/licensing/register/{all_of_us.place.firm}/", "register-licensed")


def the_suspension(all_of_us: People, firm: Firm) -> None:
    """A posting passes; an order stops the next, and is named in the answer; customers withdraw all the same."""
    firm.open_accounts()
    assert firm.post(Purpose.DEPOSIT)[0].codes == (0,)

    suspended = order(all_of_us, LicenceState.SUSPENDED, Ground.CONDITION_BREACHED)
    all_of_us.picture_of(f"/licensing/register/{all_of_us.place.firm}/", "register-suspended")
    rejected, told = firm.post(Purpose.DEPOSIT)
    assert rejected.codes == (Outcome.DEBIT_NOT_PERMITTED,)
    assert told["outcome"]["order_entry"] == suspended
    all_of_us.picture_of(f"/licensing/register/entries/{suspended}/", "order-in-the-register")
    assert firm.post(Purpose.WITHDRAWAL)[0].codes == (0,)

    order(all_of_us, LicenceState.IN_FORCE, Ground.NONE)
    assert firm.post(Purpose.DEPOSIT)[0].codes == (0,)
    all_of_us.picture_of(f"/licensing/register/{all_of_us.place.firm}/", "register-reinstated")
    all_of_us.become(HEAD)
    all_of_us.picture_of("/licensing/decisions/?state=confirmed", "decisions")
    all_of_us.picture_of(f"/licensing/firms/{all_of_us.place.firm}/", "firm-desk-after")


def the_page_is_set_from_the_console(place: Nation) -> None:
    """By two persons; and whoever wants can hold the page that is served against the record."""
    where = ("--origin", place.signing, "--data", place.home / "data", "--as", "authority")
    proposed = sanad("signing", "set-page", "--by", "person-1", *where)
    entry = proposed.stdout.split("--confirm ")[-1].strip(" .\n")
    confirmed = sanad("signing", "set-page", "--by", "person-2", "--confirm", entry, *where)
    assert "In force" in confirmed.stdout, proposed.stdout + confirmed.stdout + confirmed.stderr
    served = httpx.get(place.signing.replace("signing.localhost", "127.0.0.1"))
    told = sanad("signing", "page", "--json", "--data", place.home / "data", SANAD_SIGNING_ORIGIN=place.signing)
    document = json.loads(told.stdout)
    assert document["digest"] == sha256(served.content).hexdigest()
    assert document["record"].startswith("It is the page on the record"), document


def order(all_of_us: People, state: LicenceState, ground: Ground) -> int:
    fields = {"status": str(int(state)), "ground": str(int(ground))}
    decision = all_of_us.propose(SUPERVISOR, "licence_status", "order", **fields)
    return all_of_us.confirm(HEAD, decision, f"confirm-{state.name.lower()}")


# --- filling in -------------------------------------------------------------------------------------------------------


def fill_row(someone: People, number: int, row: dict[str, str]) -> None:
    for name, value in row.items():
        field = f"form-{number}-{name}"
        if name in ("kind", "position"):
            someone.choose(field, value)
        elif value == "on":
            someone.tick(field)
        else:
            someone.type_in(field, value)


def fill_rows(someone: People, path: str, rows: list[dict[str, str]]) -> None:
    """As many as the page has room for, then more."""
    filled = 0
    while filled < len(rows):
        someone.window.open(path)
        room = int(someone.window.find("[name='form-TOTAL_FORMS']").get_attribute("value") or 0)
        for number in range(filled, min(room, len(rows))):
            fill_row(someone, number, rows[number])
        filled = min(room, len(rows))
        if filled < len(rows):
            someone.leave_by("button[name='more']")
    someone.submit()


def paper(home: Path, kind: str) -> Path:
    path = home / f"{kind}.pdf"
    path.write_bytes(PDF)
    return path
