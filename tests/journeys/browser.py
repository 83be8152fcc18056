"""A real browser: Debian's Chromium or the user's, through its own driver. Pictures go to out/screenshots."""

import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.tidy.sources import ROOT

PICTURES = ROOT / "out" / "screenshots"
DESKTOP, PHONE = (1_280, 900), (390, 844)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
_WAIT_SECONDS = 20
_NO_MORE = "does not belong to the document"
"""What the driver says of an element whose page is being replaced, beside its own error for it."""


class Browser:
    """One window."""

    def __init__(self, driver: webdriver.Chrome, origin: str) -> None:
        self.driver = driver
        self.origin = origin
        self._waiting = WebDriverWait(driver, _WAIT_SECONDS)

    def open(self, path: str) -> None:
        self.driver.get(self.origin + path)

    def size(self, width: int, height: int) -> None:
        """Of the page, as a desktop or as a phone shows it."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def find(self, selector: str) -> WebElement:
        """The first element of a CSS selector, once it is there."""
        return self._waiting.until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def press(self, selector: str) -> None:
        """Click what a selector finds; found again when the page is replaced in that moment."""
        self._waiting.until(lambda _: self._did(lambda: self.click(self.find(selector))))

    def click(self, element: WebElement) -> None:
        """An element, brought into view first: a long page is taller than its window."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def fill(self, selector: str, text: str) -> None:
        """Type into what a selector finds; found again when the page is replaced in that moment."""
        self._waiting.until(lambda _: self._did(lambda: self.find(selector).send_keys(text)))

    def is_gone(self, element: WebElement) -> bool:
        """Whether another page has come in the place of the element's."""
        return not self._did(element.is_enabled)

    @staticmethod
    def _did(act: Callable[[], object]) -> bool:
        """Whether it could be done: False if the element belongs to a page that is no more."""
        try:
            act()
        except StaleElementReferenceException:
            return False
        except WebDriverException as error:
            if _NO_MORE not in (error.msg or ""):
                raise
            return False
        return True

    def wait_for_path(self, path: str) -> None:
        self._waiting.until(lambda driver: driver.current_url.startswith(self.origin + path))

    @property
    def text(self) -> str:
        return self.find("body").text

    def picture(self, name: str) -> Path:
        """The whole page as a picture."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        # Beyond the window only where there is more: else pages from right to left come out shifted.
        script = "return document.documentElement.scrollHeight > document.documentElement.clientHeight"
        wanted = {"format": "png", "captureBeyondViewport": bool(self.driver.execute_script(script))}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", wanted)
        path.write_bytes(b64decode(taken["data"]))
        return path

    def complaints(self) -> list[str]:
        """What the browser itself found wrong: broken policy, missing files, faults of scripts."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def is_wider_than_its_window(self) -> bool:
        width = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.driver.execute_script(f"return {width}"))

    def bytes_loaded(self) -> int:
        """What the last page and all that it needed weighed on the wire."""
        script = "return performance.getEntries().reduce((sum, each) => sum + (each.transferSize || 0), 0)"
        return int(self.driver.execute_script(script))

    def forget_files(self) -> None:
        """As on a first visit."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})

    def layout_shift(self) -> float:
        """How much of the page moved while it loaded (cumulative layout shift)."""
        script = """
            const done = arguments[0]; let sum = 0;
            new PerformanceObserver(list => list.getEntries().forEach(each => { sum += each.value; }))
                .observe({type: "layout-shift", buffered: true});
            setTimeout(() => done(sum), 500);
        """
        return float(self.driver.execute_async_script(script))


@contextmanager
def browser(origin: str) -> Iterator[Browser]:
    """A fresh browser. Without one on the machine the test fails and says what is missing: it is never skipped."""
    binary = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.fail("no Chromium with its driver is here; on Debian: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in _FLAGS:
        options.add_argument(flag)
    opened = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Browser(opened, origin)
    finally:
        opened.quit()
