"""The demonstration as `make run` leaves it, and the compliance officers of its bank and its exchange in a browser."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.common.by import By

from tests.journeys.browser import DESKTOP, PHONE, browser
from tests.journeys.licensing import Nation, People
from tests.journeys.running import Running, running

BANK, BANK_SECOND, EXCHANGE = "compliance@chenab.example", "compliance-2@chenab.example", "compliance@margalla.example"
ARRIVES_SECONDS_MAX = 60
_ENGLISH = re.compile(r"\b[A-Za-z']{2,} [A-Za-z']{2,} [A-Za-z']{2,}\b")
_WORDS_OF_THE_PAGE = """
    const page = document.querySelector("main").cloneNode(true);
    page.querySelectorAll("bdi, [dir=auto], textarea").forEach(each => each.remove());
    return page.textContent;
"""
"""Without what institutions and people wrote, which stays as they wrote it."""


@contextmanager
def demonstration(home: Path) -> Iterator[Running]:
    """`sanad demo --stay`, once it serves; it ends cleanly."""
    with running(home / "demonstration.txt", "demo", "--data", home / "var", "--port", 0, "--stay") as told:
        told.wait_for("until you press Ctrl-C")
        yield told
        assert told.interrupt() == 0, told.output


class Officers(People):
    """One window that several officers use in turn."""

    def picture(self, name: str) -> None:
        """As a desktop and as a phone shows it; nothing is wider than its window, and nothing is left in English."""
        self.place.pictures += 1
        if self.language == "ur":
            left = _ENGLISH.findall(str(self.window.driver.execute_script(_WORDS_OF_THE_PAGE)))
            assert left == [], (name, left)
        for size, form in ((DESKTOP, "desktop"), (PHONE, "phone")):
            self.window.size(*size)
            assert not self.window.is_wider_than_its_window(), (name, form)
            self.window.picture(f"compliance-{self.language}-{self.place.pictures:02d}-{name}-{form}")
        self.window.size(*DESKTOP)

    def await_on(self, path: str, selector: str) -> None:
        """Load a page again until it shows something: what others send takes its time."""
        ends = time.monotonic() + ARRIVES_SECONDS_MAX
        self.window.open(path)
        while not self.window.driver.find_elements(By.CSS_SELECTOR, selector):
            assert time.monotonic() < ends, (path, selector, self.window.text)
            time.sleep(0.5)
            self.window.open(path)

    def download(self, selector: str, name: str) -> str:
        """The text of the file that a link gives, once the browser has put it on the disk whole."""
        folder = self.place.home / f"downloads-{self.language}"
        folder.mkdir(exist_ok=True)
        wanted = {"behavior": "allow", "downloadPath": str(folder)}
        self.window.driver.execute_cdp_cmd("Page.setDownloadBehavior", wanted)
        self.window.press(selector)
        ends = time.monotonic() + ARRIVES_SECONDS_MAX
        while not (folder / name).exists():  # until then it has another name
            assert time.monotonic() < ends, (selector, name, sorted(folder.iterdir()))
            time.sleep(0.05)
        return (folder / name).read_text("utf-8-sig")

    def open_exchange(self, path: str, amount: str) -> str:
        """The exchange about an amount, opened from inbox or outbox as soon as it is there; its path."""
        ends = time.monotonic() + ARRIVES_SECONDS_MAX
        while True:
            self.window.open(path)
            for row in self.window.driver.find_elements(By.CSS_SELECTOR, "main tbody tr"):
                if f"{amount} " in f"{row.text} ":
                    found = row.find_element(By.CSS_SELECTOR, "a").get_attribute("href") or ""
                    self.window.driver.get(found)
                    return found.removeprefix(self.place.origin)
            assert time.monotonic() < ends, (path, amount, self.window.text)
            time.sleep(0.5)

    def leave(self) -> None:
        """Nobody is signed in any more."""
        self.window.driver.delete_cookie("session")

    @property
    def has_no_error(self) -> bool:
        """Whether the page shows none."""
        return not self.window.driver.find_elements(By.CSS_SELECTOR, ".notice-error, .error-summary")


@contextmanager
def officers(place: Nation, language: str) -> Iterator[Officers]:
    """A fresh browser."""
    with browser(place.origin) as window:
        yield Officers(window, place, language)


def origin_of(told: Running) -> str:
    """Where the portal is."""
    found = re.search(r"The portal serves at (http://localhost:\d+)", told.output)
    assert found, told.output
    return found[1]
