"""The portal in a real browser: front page in both languages and sizes; from an invitation to a passkey."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.virtual_authenticator import Protocol, Transport, VirtualAuthenticatorOptions

from tests.journeys.browser import DESKTOP, PHONE, Browser, browser
from tests.journeys.running import running, sanad

PAGE_BYTES_MAX = 200_000
SHIFT_MAX = 0.02
PASSWORD = "a few words that nobody guesses"

pytestmark = pytest.mark.timeout(300)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("portal")


@pytest.fixture(scope="module")
def portal(home: Path) -> Iterator[str]:
    """The portal on a demonstration network; its origin."""
    founded = sanad("init", "--demonstration", "--data", home / "data")
    assert founded.returncode == 0, founded.stderr
    port = free_port()
    data = ("--data", home / "data")
    with (
        running(home / "node.log", "node", *data, "--port", 0) as node,
        running(home / "portal.log", "portal", *data, "--port", port) as server,
        running(home / "projector.log", "projector", *data) as views,
    ):
        for each, sentence in ((node, "is served at"), (server, "is served at"), (views, "follow it")):
            each.wait_for(sentence)
        yield f"http://localhost:{port}"
        for each in (views, server, node):
            assert each.interrupt() == 0, each.output


def switch_to(window: Browser, language: str) -> None:
    if window.find("html").get_attribute("lang") != language:
        window.press(f".tools button[value={language}]")
        window.find(f"html[lang={language}]")


def test_front_page_in_both_languages_and_sizes(portal: str) -> None:
    with browser(portal) as window:
        window.open("/")
        for language in ("en", "ur"):
            switch_to(window, language)
            for size, form in ((DESKTOP, "desktop"), (PHONE, "phone")):
                window.size(*size)
                for path, name in (("/", "home"), ("/explorer/", "explorer"), ("/account/login/", "sign-in")):
                    window.forget_files()
                    window.open(path)
                    assert window.layout_shift() <= SHIFT_MAX, (path, language, form)
                    assert window.bytes_loaded() < PAGE_BYTES_MAX, (path, language, form)
                    assert not window.is_wider_than_its_window(), (path, language, form)
                    window.picture(f"{name}-{language}-{form}")
        assert window.complaints() == []
        assert window.find("html").get_attribute("dir") == "rtl"


def test_from_an_invitation_to_a_passkey(portal: str, home: Path) -> None:
    invited = sanad(
        "portal", "create-invitation", "head@authority.example", "--institution", "Digital Assets Authority", "--kind",
        "authority", "--number", 1, "--role", "head", "--data", home / "data", SANAD_ORIGIN=portal,
    )  # fmt: skip
    assert invited.returncode == 0, invited.stderr
    link = invited.stdout.strip().removeprefix(portal)
    with browser(portal) as window:
        window.driver.add_virtual_authenticator(passkeys())
        window.size(*DESKTOP)
        window.open(link)
        window.picture("invitation-en-desktop")
        window.fill("#id_password", "short")
        window.press("main form button")
        window.find(".error-summary")
        window.picture("invitation-error-en-desktop")
        window.fill("#id_password", PASSWORD)
        window.press("main form button")
        window.wait_for_path("/account/login/")
        sign_in_with_password(window)
        add_passkey(window)
        window.open("/account/")
        for language in ("en", "ur"):
            switch_to(window, language)
            for size, form in ((DESKTOP, "desktop"), (PHONE, "phone")):
                window.size(*size)
                for path, name in (("/account/", "account"), ("/account/staff/", "staff"), ("/trail/", "trail")):
                    window.open(path)
                    assert not window.is_wider_than_its_window(), (path, language, form)
                    window.picture(f"{name}-{language}-{form}")
        window.size(*DESKTOP)
        sign_out(window)
        window.open("/account/login/")
        window.press("#passkey_login")
        window.find("#who")
        assert "head@authority.example" in window.text
        assert window.complaints() == []


def passkeys() -> VirtualAuthenticatorOptions:
    options = VirtualAuthenticatorOptions()
    options.protocol, options.transport = Protocol.CTAP2, Transport.INTERNAL
    options.has_resident_key = options.has_user_verification = options.is_user_verified = True
    return options


def sign_in_with_password(window: Browser) -> None:
    window.fill("#id_login", "head@authority.example")
    window.fill("#id_password", PASSWORD)
    window.press("form[action='/account/login/'] button")


def add_passkey(window: Browser) -> None:
    window.press("a[href='/account/factors/webauthn/add/']")
    window.wait_for_path("/account/reauthenticate/")  # whoever changes how to sign in says once more who he is
    window.picture("confirm-access-en-desktop")
    window.fill("#id_password", PASSWORD)
    window.press("form[action='/account/reauthenticate/'] button")
    window.press("#id_passwordless")
    window.picture("add-passkey-en-desktop")
    window.press("#mfa_webauthn_add")
    window.wait_for_path("/account/factors/recovery-codes/")
    window.picture("recovery-codes-en-desktop")


def sign_out(window: Browser) -> None:
    window.open("/account/")
    window.press(".account-menu summary")
    window.press("form[action='/account/logout/'] button")
    window.find("a[href='/account/login/']")
