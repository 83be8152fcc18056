"""The public register and the explorer in a real browser: both languages and sizes; the browser checks the proof."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from sanad.interfaces import demonstration_nation, demonstration_playing
from sanad.interfaces import demonstration_past as past
from sanad.interfaces.demonstration_nation import EXCHANGE
from sanad.rulebook.edition1.posting import post
from tests.journeys.browser import DESKTOP, PHONE, Browser, browser
from tests.journeys.running import running, sanad
from tests.journeys.test_portal import PAGE_BYTES_MAX, SHIFT_MAX, free_port, switch_to
from tests.programmes.register_story import Deciding, tell_story

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    """Origin of the portal of a nation that licenses, and what happened there."""
    home = tmp_path_factory.mktemp("register")
    demonstration_nation.found(home / "data" / "record", home / "data" / "institutions", post)
    port, data = free_port(), ("--data", home / "data")
    with (
        running(home / "node.log", "node", *data, "--port", 0) as node,
        running(home / "portal.log", "portal", *data, "--port", port) as server,
        running(home / "projector.log", "projector", *data) as views,
    ):
        for each, sentence in ((node, "is served at"), (server, "is served at"), (views, "follow it")):
            each.wait_for(sentence)
        address = json.loads((home / "data" / "node.json").read_text())["address"]
        told = tell_story(Deciding(home / "data" / "institutions", address))
        origin = f"http://localhost:{port}"
        wait_until_shown(origin, told["rule"])
        yield origin, told
        for each in (views, server, node):
            assert each.interrupt() == 0, each.output


def wait_until_shown(origin: str, entry: int) -> None:
    for _ in range(200):
        with urllib.request.urlopen(f"{origin}/api/v1/network") as answer:
            if json.load(answer)["views_entry"] >= entry:
                return
    raise AssertionError("the views do not follow")


def pages(told: dict[str, int]) -> dict[str, str]:
    firm = f"/licensing/register/{EXCHANGE.number}/"
    return {
        "register": "/licensing/register/",
        "register-firm": firm,
        "register-check": f"{firm}check/?service=exchange&date={today()}",
        "register-check-no": f"/licensing/register/4/check/?service=custody&date={today()}",
        "register-act": f"/licensing/register/entries/{told['suspended']}/",
        "register-warnings": "/licensing/register/warnings/",
        "register-rules": "/licensing/register/rules/",
        "explorer": "/explorer/",
        "explorer-block": "/explorer/blocks/3/",
        "explorer-payment": "/explorer/payment/",
    }


def today() -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("Asia/Karachi")).date().isoformat()


def test_every_public_page_in_both_languages_and_sizes(story: tuple[str, dict[str, int]]) -> None:
    origin, told = story
    with browser(origin) as window:
        window.open("/")
        for language in ("en", "ur"):
            switch_to(window, language)
            for size, form in ((DESKTOP, "desktop"), (PHONE, "phone")):
                window.size(*size)
                for name, path in pages(told).items():
                    window.forget_files()
                    window.open(path)
                    assert window.layout_shift() <= SHIFT_MAX, (path, language, form)
                    assert window.bytes_loaded() < PAGE_BYTES_MAX, (path, language, form)
                    window.picture(f"{name}-{language}-{form}")
                    assert not window.is_wider_than_its_window(), (path, language, form)
        assert window.complaints() == []


def check_in_browser(window: Browser) -> str:
    window.press("#verify")
    return window.find("#result:not([hidden])").text


def test_the_browser_itself_verifies_the_answer(story: tuple[str, dict[str, int]]) -> None:
    origin, told = story
    with browser(origin) as window:
        window.size(*DESKTOP)
        for path in (pages(told)["register-check"], pages(told)["register-check-no"]):
            window.open(path)
            assert check_in_browser(window).startswith("The proof holds.")
        window.picture("register-verified-en-desktop")
        # A page that says another thing than the record, or with another key, is found out.
        window.open(pages(told)["register-check"])
        window.driver.execute_script("document.getElementById('result').dataset.expected = 'no'")
        assert "does not say what this page says" in check_in_browser(window)
        window.open(pages(told)["register-check"])
        window.driver.execute_script("document.getElementById('result').dataset.file += '1'")
        assert "could not be fetched" in check_in_browser(window)


def test_a_reader_asks_about_a_day_without_script(story: tuple[str, dict[str, int]]) -> None:
    origin, _ = story
    with browser(origin) as window:
        window.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        window.open("/licensing/register/")
        window.fill("#q", "margalla\n")
        window.wait_for_path("/licensing/register/?q=margalla")
        window.fill("main table a", "\n")
        window.wait_for_path(f"/licensing/register/{EXCHANGE.number}/")
        window.fill(".question button", "\n")
        window.wait_for_path(f"/licensing/register/{EXCHANGE.number}/check/")
        assert "sanad verify" in str(window.find("pre.command").get_attribute("textContent"))
        assert not window.find("#verify").is_displayed()


# --- the demonstration's two years ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Years:
    """A demonstration with its past, served: where, its data, and the evening of a day after its founding."""

    origin: str
    data: Path

    def day(self, number: int) -> str:
        return (demonstration_playing.beginning() + timedelta(days=number)).date().isoformat()


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Years]:
    home = tmp_path_factory.mktemp("years")
    port, data = free_port(), ("--data", home / "data")
    founded = sanad("init", "--demonstration", *data)
    assert founded.returncode == 0, founded.stderr
    with (
        running(home / "node.log", "node", *data, "--port", 0) as node,
        running(home / "portal.log", "portal", *data, "--port", port, "--signing-port", 0) as server,
        running(home / "projector.log", "projector", *data) as views,
    ):
        for each, sentence in ((node, "is served at"), (server, "is served at"), (views, "follow it")):
            each.wait_for(sentence)
        origin = f"http://localhost:{port}"
        wait_until_shown(origin, 161)
        yield Years(origin, home / "data")
        for each in (views, server, node):
            assert each.interrupt() == 0, each.output


QUESTIONS = [
    (past.MARGALLA, "exchange", 460, "no", "suspended"),
    (past.MARGALLA, "exchange", 500, "yes", "in force"),
    (past.HUNZA, "transfer_and_settlement", 385, "no", "emergency order"),
    (past.BOLAN, "custody", 566, "no", "lapsed"),
    (past.KIRTHAR, "custody", 640, "no", "had no licence"),
]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_past_day_is_asked_and_proved_in_the_browser_and_by_the_program(
    years: Years, tmp_path: Path, language: str
) -> None:
    verdicts = {"en": {"yes": "Yes", "no": "No"}, "ur": {"yes": "ہاں", "no": "نہیں"}}
    log_key = sanad("log", "key", "--data", years.data).stdout.strip()
    with browser(years.origin) as window:
        window.size(*DESKTOP)
        window.open("/")
        switch_to(window, language)
        for firm, service, day, verdict, told in QUESTIONS:
            window.open(f"/licensing/register/?q={firm.name.split()[0]}")
            window.press("main table th a")
            window.find(f"#service option[value={service}]").click()
            window.driver.execute_script(f"document.getElementById('date').value = '{years.day(day)}'")
            window.press(".question button")
            window.wait_for_path(f"/licensing/register/{firm.number}/check/?service={service}&date={years.day(day)}")
            assert window.find(".verdict").text == verdicts[language][verdict], (firm.name, day)
            check_in_browser(window)
            assert window.find("#result.notice:not(.notice-error):not(.notice-warning)").is_displayed()
            link = str(window.find("a[download]").get_attribute("href"))
            file = tmp_path / f"{firm.folder}-{day}.sanad-register"
            with urllib.request.urlopen(link) as answer:
                file.write_bytes(answer.read())
            verified = sanad("verify", file, "--log-key", log_key)
            assert verified.returncode == 0, verified.stderr
            assert told in " ".join(verified.stdout.split()), (firm.name, day)
        window.picture(f"register-past-day-{language}-desktop")
        assert window.complaints() == []


@pytest.mark.parametrize("language", ["en", "ur"])
def test_acts_and_their_signers_are_read_without_script(years: Years, language: str) -> None:
    with browser(years.origin) as window:
        window.open("/")
        switch_to(window, language)
        window.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        for size, form in ((DESKTOP, "desktop"), (PHONE, "phone")):
            window.size(*size)
            for path, name in (
                (f"/licensing/register/acts/firm/{past.LYARI.number}/", "acts-firm"),
                (f"/licensing/register/acts/certificate/{past.KIRTHAR.number}/", "acts-certificate"),
                ("/licensing/register/acts/warning/1/", "acts-warning"),
                ("/licensing/register/acts/rule/6/", "acts-rule"),
            ):
                window.open(path)
                window.picture(f"{name}-{language}-{form}")
                assert not window.is_wider_than_its_window(), (path, form)
                assert len(window.driver.find_elements("css selector", ".acts tbody tr")) > 0


def test_the_menu_opens_and_closes_by_keyboard_and_without_script(years: Years) -> None:
    with browser(years.origin) as window:
        window.size(*PHONE)
        window.open("/")
        window.fill(".small-menu summary", "\n")
        assert window.find(".small-menu a[href='/explorer/']").is_displayed()
        window.fill(".small-menu a[href='/explorer/']", Keys.ESCAPE)
        assert not window.find(".small-menu a[href='/explorer/']").is_displayed()
        assert window.driver.switch_to.active_element.tag_name == "summary"
        window.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        window.open("/")
        window.press(".small-menu summary")
        window.press(".small-menu a[href='/explorer/']")
        window.wait_for_path("/explorer/")


# --- the explorer, as a stranger uses it ------------------------------------------------------------------------------


def test_a_stranger_goes_from_the_checkpoint_to_a_block_and_back(years: Years) -> None:
    with browser(years.origin) as window:
        window.size(*DESKTOP)
        window.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        window.open("/explorer/")
        window.press("main table a")
        window.wait_for_path("/explorer/blocks/")
        height = int(window.driver.current_url.rstrip("/").rsplit("/", 1)[1])
        assert height >= 161
        window.press("main a[rel=prev]")
        window.wait_for_path(f"/explorer/blocks/{height - 1}/")
        window.press("main .small-caps a")
        window.wait_for_path("/explorer/")
