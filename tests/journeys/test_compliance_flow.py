"""Compliance officers of the demonstration in a real browser, English and Urdu: screening, then the Travel Rule.

Whoever runs `make run` can do all this. Exchanges go over mutual TLS between the peers that it started.
"""

import csv
import io
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.journeys.compliance import (
    BANK,
    BANK_SECOND,
    EXCHANGE,
    Officers,
    demonstration,
    officers,
    origin_of,
)
from tests.journeys.licensing import Nation

pytestmark = pytest.mark.timeout(600)
BITCOIN, ETHEREUM = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0x52908400098527886E0F7030069857D2E4169EE7"
TRANSACTION = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
IS_REFUSED = {"en": True, "ur": False}
"""Which of the two payments that the demonstration holds is decided about, and how."""
WORDS = {
    "en": {
        "name": "Ghulam Sarwar Khilji", "father": "Rahim Khilji", "other": "Ghulam Sarwar Khiljee",
        "why": "Another person: the father's name differs, and the passport was seen.", "town": "Karachi",
        "reason": "Who pays is not told; ask again with the payer's address.", "amount": "0.052", "by_link": "0.53",
        "decided": "1.85", "primary": "Example", "given": "Farah",
        "about_payment": "The payee is the listed one, as far as the bank can tell.", "near": "Ghulam Sarwer Khilgi",
    },
    "ur": {
        "name": "غلام سرور خلجی", "father": "رحیم خلجی", "other": "غلام سرور خلجی صاحب",
        "why": "یہ کوئی اور شخص ہے: والد کا نام مختلف ہے، اور پاسپورٹ دیکھا گیا۔", "town": "کراچی",
        "reason": "وصول کنندہ ہمارا صارف نہیں۔", "amount": "0.067", "by_link": "0.68",
        "decided": "0.401", "primary": "مثال", "given": "فرح",
        "about_payment": "پتہ صارف سے فون پر پوچھا گیا اور درج کر لیا گیا۔", "near": "غلام سرور کھلجی",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    home = tmp_path_factory.mktemp("compliance")
    with demonstration(home) as told:
        yield Nation(home, origin_of(told), "", "", 0)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_from_a_name_to_a_decision_and_from_an_inquiry_to_its_end(place: Nation, language: str) -> None:
    place.pictures = 0
    with officers(place, language) as all_of_us:
        a_name_is_searched_and_decided_by_two(all_of_us)
        lists_and_health_are_looked_at(all_of_us)
        a_held_payment_and_a_file_of_names_are_seen_to(all_of_us)
        what_the_demonstration_left_is_there(all_of_us)
        an_exchange_from_end_to_end(all_of_us)
        an_inquiry_is_rejected(all_of_us)
        an_institution_without_a_peer_answers_by_a_link(all_of_us)
        assert all_of_us.window.complaints() == []


def a_name_is_searched_and_decided_by_two(us: Officers) -> None:
    """A search, both sides beside one another, a proposal, a second person, and the next answer is clear."""
    window, words = us.window, WORDS[us.language]
    us.become(BANK)
    us.picture_of("/screening/search/", "search")
    ask(us)
    assert "DEMO-001" in window.find("#hit-1 + span").text
    us.picture("candidates")
    us.leave_by("form[action='/screening/search/take-up/'] button")
    window.wait_for_path("/screening/matches/")
    match = window.driver.current_url.removeprefix(us.place.origin)
    us.picture("side-by-side")
    assert window.driver.find_elements(By.CSS_SELECTOR, ".badge-bad"), "what differs is marked"

    us.leave_by(f"form[action='{match}decide/'] button")
    window.find(".error-summary")
    us.picture("decision-with-mistakes")
    us.tick("verdict", "false_positive")
    us.tick("scope", "same_data")
    us.type_in("reason", words["why"])
    us.type_in("days", "90")
    us.leave_by(f"form[action='{match}decide/'] button")
    window.find(".badge-wait")
    assert us.has_no_error, window.text
    us.picture("proposed")

    us.become(BANK_SECOND)
    us.picture_of("/screening/matches/?state=proposed", "matches-for-the-second")
    window.press(f"a[href='{match}']")
    us.picture("second-person")
    us.leave_by(f"form[action='{match}confirm/'] button")
    window.find("main .badge-good")
    us.picture("decided")

    us.become(BANK)
    ask(us)
    assert window.find("#answer + .badge").get_attribute("class") == "badge badge-good"
    us.picture("clear-by-decision")


def ask(us: Officers) -> None:
    us.window.open("/screening/search/")
    us.type_in("name", WORDS[us.language]["name"])
    us.type_in("father_name", WORDS[us.language]["father"])
    us.leave_by("main form .btn-primary")
    us.window.find("#answer")


def lists_and_health_are_looked_at(us: Officers) -> None:
    """The list, its versions, what stands in one, and whether all is well."""
    us.await_on("/screening/matches/", "main tbody tr")  # the listed person whom the bank's file pays
    us.picture("matches")
    us.picture_of("/screening/lists/", "lists")
    us.picture_of("/screening/lists/demonstration/", "versions")
    us.picture_of("/screening/lists/demonstration/1/", "version")
    us.picture_of("/screening/customers/", "customers")
    us.picture_of("/screening/health/", "health-of-screening")


def a_held_payment_and_a_file_of_names_are_seen_to(us: Officers) -> None:
    """What one proposed and another confirmed is carried out by the gateway, while a file is screened."""
    held = a_decision_about_a_held_payment_is_proposed(us)
    names = a_file_of_names_is_given(us)
    us.become(BANK_SECOND)
    us.window.open(held)
    us.picture("held-second-person")
    us.leave_by(f"form[action='{held}confirm/'] button")
    assert us.has_no_error, us.window.text
    us.become(BANK)
    what_stands_in_the_file_is_opened(us, names)
    us.await_on(held, "#decision-1 + .badge-good")
    state = us.window.find("main h1 + .badge").get_attribute("class")
    assert state == f"badge badge-{'bad' if IS_REFUSED[us.language] else 'good'}", us.window.text
    assert not us.window.driver.find_elements(By.CSS_SELECTOR, "#decide"), "nothing is left to decide"
    us.picture("held-carried-out")
    us.picture_of(f"/screening/held/?state={'refused' if IS_REFUSED[us.language] else 'sent'}", "held-done")
    assert us.window.driver.find_elements(By.CSS_SELECTOR, f"main a[href='{held}']")


def a_decision_about_a_held_payment_is_proposed(us: Officers) -> str:
    """In English one to a listed person is refused; in Urdu one whose payer is not identified is released."""
    window = us.window
    window.open("/screening/held/")
    us.picture("held")
    window.press(f"main tbody tr{':not(:has(.badge-bad))' if IS_REFUSED[us.language] else ':has(.badge-bad)'} a")
    window.find("#found")
    held = window.driver.current_url.removeprefix(us.place.origin)
    assert ("DEMO-001" in window.text) == IS_REFUSED[us.language], "the reason is there"
    us.leave_by(f"form[action='{held}decide/'] button")
    window.find(".error-summary")
    us.picture("held-with-mistakes")
    us.tick("verdict", "refuse" if IS_REFUSED[us.language] else "release")
    us.type_in("reason", WORDS[us.language]["about_payment"])
    us.leave_by(f"form[action='{held}decide/'] button")
    window.find(f"form[action='{held}decline/']")
    assert us.has_no_error, window.text
    us.picture("held-proposed")
    return held


def a_file_of_names_is_given(us: Officers) -> str:
    """Somebody listed in Urdu, one who is nearly so, one who is not, and a row that cannot be asked about."""
    window, file = us.window, us.place.home / f"names-{us.language}.csv"
    near = WORDS[us.language]["near"]
    lines = f"name,birth_date\nغلام سرور خلجی,\n{near},\nWilhelmina Oosterhuis,1950-02-03\nSoon Tobeborn,soon\n"
    file.write_text(lines, "utf-8")
    window.open("/screening/files/")
    window.find("input[name=document]").send_keys(str(file))
    us.leave_by("main form[enctype] button")
    window.wait_for_path("/screening/files/")
    assert us.has_no_error, window.text
    return window.driver.current_url.removeprefix(us.place.origin)


def what_stands_in_the_file_is_opened(us: Officers, names: str) -> None:
    """Counts, the row that cannot be asked about, a candidate side by side, and all answers as a file."""
    window = us.window
    us.await_on(names, "main h1 + .badge-good")
    assert [each.text for each in window.driver.find_elements(By.CSS_SELECTOR, "#counts + dl dd")][:4] == list("4121")
    assert "birth_date" in window.find("#findings ~ .table-responsive").text
    us.picture("file-done")
    rows = window.driver.find_elements(By.CSS_SELECTOR, "#candidates ~ .table-responsive tbody a")
    assert [each.get_attribute("href") for each in rows] == [f"{us.place.origin}{names}{line}/" for line in (2, 3)]
    window.click(rows[1])
    assert "DEMO-001" in window.find("#hit-1 + span").text
    assert WORDS[us.language]["near"] in window.text
    us.picture("file-row")
    window.press(f"main a[href='{names}']")
    window.find("#counts")
    answers = us.download(f"a[href='{names}answers.csv']", "screened-names.csv")
    told = list(csv.DictReader(io.StringIO(answers)))
    assert [each["result"] for each in told] == ["candidates", "candidates", "clear", "unresolved"]


def what_the_demonstration_left_is_there(us: Officers) -> None:
    """Inbox, outbox, counterparties, missing data and wallets have something in them."""
    window = us.window
    for path, name, at_least in (
        ("/travel_rule/", "inbox", 3), ("/travel_rule/sent/", "outbox", 4), ("/travel_rule/wallets/", "wallets", 2),
    ):  # fmt: skip
        window.open(path)
        assert len(window.driver.find_elements(By.CSS_SELECTOR, "main tbody tr")) >= at_least, window.text
        us.picture(name)
    window.press("main tbody tr a")
    us.picture("wallet")
    window.open("/travel_rule/counterparties/")
    assert len(window.driver.find_elements(By.CSS_SELECTOR, "main .badge-good")) == 2, window.text
    us.picture("counterparties")
    us.await_on("/travel_rule/missing/", "main tbody tr")
    us.picture("missing-data")
    window.press("main tbody tr a")
    us.picture("missing-data-of-one")
    us.open_exchange("/travel_rule/sent/", "2.5")
    us.picture("rejected-by-the-other")


def an_exchange_from_end_to_end(us: Officers) -> None:
    """The bank gives a travel address; the exchange asks; the bank approves; the exchange tells the transaction."""
    window, words = us.window, WORDS[us.language]
    window.open("/travel_rule/counterparties/")
    us.leave_by("form[action='/travel_rule/travel-address/'] button")
    address = window.find(".notice bdi").text
    us.picture("travel-address")

    us.become(EXCHANGE)
    window.open("/travel_rule/new/")
    us.submit()
    window.find(".error-summary")
    us.picture("new-with-mistakes")
    fill_in_inquiry(us, words["amount"], "Chenab Bank")
    us.type_in("travel_address", address)
    us.submit()
    window.wait_for_path("/travel_rule/exchanges/")
    us.picture("asked")

    us.become(BANK)
    received = us.open_exchange("/travel_rule/", words["amount"])
    us.picture("inquiry")
    us.type_in("approve-address", BITCOIN)
    us.leave_by(f"form[action='{received}approve/'] button")
    assert us.has_no_error, window.text
    us.picture("approved")

    us.become(EXCHANGE)
    sent = us.open_exchange("/travel_rule/sent/", words["amount"])
    us.await_on(sent, f"form[action='{sent}confirm/']")
    us.picture("approved-by-the-other")
    us.type_in("confirm-txid", TRANSACTION)
    us.leave_by(f"form[action='{sent}confirm/'] button")
    assert us.has_no_error, window.text

    us.become(BANK)
    us.await_on(received, "main .panel-head .badge-good")
    while TRANSACTION not in window.text:
        us.await_on(received, "main .panel-head .badge-good")
    us.picture("carried-out")


def fill_in_inquiry(us: Officers, amount: str, institution: str) -> None:
    words = WORDS[us.language]
    us.type_in("institution_name", institution)
    us.type_in("amount", amount)
    us.choose("asset", "BTC")
    for name, text in (
        ("primary", words["primary"]), ("secondary", words["given"]), ("account", "MARG-30001"),
        ("street", "Mall Road"), ("building", "7"), ("town", words["town"]), ("country", "PK"),
    ):  # fmt: skip
        us.type_in(f"originator-{name}", text)
    for name, text in (("primary", words["primary"]), ("secondary", words["given"]), ("account", BITCOIN)):
        us.type_in(f"beneficiary-{name}", text)


def an_inquiry_is_rejected(us: Officers) -> None:
    """One that lacks data, or whose payee is nobody's customer; what is missing is told."""
    words = WORDS[us.language]
    us.open_exchange("/travel_rule/", "1.85")
    us.picture("inquiry-with-data-missing")
    assert len(us.window.driver.find_elements(By.CSS_SELECTOR, ".notice-warning li")) >= 3
    received = us.open_exchange("/travel_rule/", words["decided"])
    us.type_in("reject-reason", words["reason"])
    us.leave_by(f"form[action='{received}reject/'] button")
    assert us.has_no_error, us.window.text
    us.await_on(received, "#deliveries")
    us.picture("rejected")


def an_institution_without_a_peer_answers_by_a_link(us: Officers) -> None:
    """Asked without a travel address; a link is made, opened by somebody who signs in nowhere, and answered once."""
    window = us.window
    window.open("/travel_rule/new/")
    fill_in_inquiry(us, WORDS[us.language]["by_link"], "Deosai Bank")
    us.submit()
    window.wait_for_path("/travel_rule/exchanges/")
    exchange = window.driver.current_url.removeprefix(us.place.origin)
    us.picture("to-be-asked-by-link")
    us.leave_by(f"form[action='{exchange}link/'] button")
    link = window.find(".notice bdi").text.removeprefix(us.place.origin)
    us.picture("link-made")

    us.leave()
    window.open(link)
    us.picture("link-opened")
    us.tick("decision", "approve")
    us.type_in("address", ETHEREUM)
    us.leave_by("main form .btn-primary")
    us.picture("link-answered")

    us.become(BANK)
    window.open(exchange)
    window.find("main .panel-head .badge-good")
    us.picture("answered-by-link")
