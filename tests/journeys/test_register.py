"""The public register and the explorer in a real browser: both languages and sizes; the browser checks the proof."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from sanad.interfaces import demonstration_nation
from sanad.interfaces.demonstration_nation import EXCHANGE
from sanad.rulebook.edition1.posting import post
from tests.journeys.browser import DESKTOP, PHONE, Browser, browser
from tests.journeys.running import running
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
