"""The demonstration nation in a real browser: who signs in, what is filled in, how a passkey signs, what firms post."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import numpy as np
from nacl.signing import SigningKey
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import SYSTEM
from sanad.gateway.rows import Draft
from sanad.interfaces.demonstration_nation import CENTRAL_BANK, PASSPHRASE, groups
from sanad.interfaces.demonstration_people import PASSWORD
from sanad.node import credentials
from sanad.node.client import NodeClient
from sanad.node.receipts import Receipt, decode
from sanad.rulebook.edition1.words import AccountKind, HolderClass, Purpose
from sanad.rulebook.message import Kind, new_transfers, parse
from tests.journeys.browser import DESKTOP, PHONE, Browser, browser
from tests.journeys.running import running, sanad
from tests.journeys.test_portal import free_port, passkeys

PDF = b"%PDF-1.7\n" + bytes(64)
OPEN_ACCOUNTS = 40
RUPEE = 1


@dataclass
class Nation:
    """Where everything is. `firm` is the number of the applicant, Thar Digital."""

    home: Path
    origin: str
    signing: str
    node: str
    firm: int
    pictures: int = 0
    """How many were taken: they are numbered in the order of the story."""


@contextmanager
def nation(home: Path) -> Iterator[Nation]:
    """Founded, furnished, and served by real processes."""
    data, ports = ("--data", home / "data"), (free_port(), free_port())
    origin, signing = f"http://localhost:{ports[0]}", f"http://signing.localhost:{ports[1]}"
    where = {"SANAD_ORIGIN": origin, "SANAD_SIGNING_ORIGIN": signing}
    founded = sanad("init", "--demonstration", *data)
    assert founded.returncode == 0, founded.stderr
    with (
        running(home / "node.log", "node", *data, "--port", 0) as node,
        running(home / "projector.log", "projector", *data, **where) as views,
    ):
        node.wait_for("is served at")
        views.wait_for("follow it")
        furnished = sanad("portal", "demonstrate", *data, SANAD_ORIGIN=origin, SANAD_SIGNING_ORIGIN=signing)
        assert furnished.returncode == 0, furnished.stdout + furnished.stderr
        with running(home / "portal.log", "portal", *data, "--port", ports[0], **where) as portal:
            portal.wait_for("The portal is served at")
            assert "It is the page on the record" in " ".join(portal.output.split()), portal.output
            note = json.loads((home / "data" / "demonstration.json").read_text())
            address = json.loads((home / "data" / "node.json").read_text())["address"]
            yield Nation(home, origin, signing, address, note["institutions"]["thar-digital"])
            for each in (portal, views, node):
                assert each.interrupt() == 0, each.output


# --- people in the browser --------------------------------------------------------------------------------------------


class People:
    """One window that several people use in turn, each with a session of their own; one device keeps all passkeys."""

    def __init__(self, window: Browser, place: Nation, language: str) -> None:
        self.window, self.place, self.language = window, place, language
        self._sessions: dict[str, str] = {}
        self._once: set[str] = set()
        window.size(*DESKTOP)
        window.open("/account/login/")
        window.driver.add_cookie({"name": "language", "value": language})

    def become(self, email: str) -> None:
        """Whoever sat here leaves; this person goes on where they were."""
        driver = self.window.driver
        if not driver.current_url.startswith(self.place.origin):
            self.window.open("/account/login/")
        driver.delete_cookie("session")
        if email in self._sessions:
            driver.add_cookie({"name": "session", "value": self._sessions[email], "httpOnly": True})
            return
        self.window.open("/account/login/")
        self.window.fill("#id_login", email)
        self.window.fill("#id_password", PASSWORD)
        self.window.press("form[action='/account/login/'] .actions button")
        self.window.find("form[action='/account/logout/']")
        self._sessions[email] = driver.get_cookie("session")["value"]  # type: ignore[index]

    def picture(self, name: str) -> None:
        """As a desktop and as a phone shows it, in its place in the story; nothing may be wider than its window."""
        self.place.pictures += 1
        for size, form in ((DESKTOP, "desktop"), (PHONE, "phone")):
            self.window.size(*size)
            assert not self.window.is_wider_than_its_window(), (name, form)
            self.window.picture(f"licensing-{self.language}-{self.place.pictures:02d}-{name}-{form}")
        self.window.size(*DESKTOP)

    def choose(self, name: str, value: str) -> None:
        """An option of a list."""
        Select(self.window.find(f"select[name='{name}']")).select_by_value(value)

    def tick(self, name: str, *values: str) -> None:
        """Boxes, where they are not ticked yet."""
        for value in values or ("",):
            box = self.window.find(f"input[name='{name}']" + (f"[value='{value}']" if value else ""))
            if not box.is_selected():
                self.window.click(box)

    def type_in(self, name: str, text: str) -> None:
        """A field's text, whatever stood there. Dates are given as the browser keeps them."""
        script = "arguments[0].value = arguments[1]"
        self.window.driver.execute_script(script, self.window.find(f"[name='{name}']"), text)

    def submit(self) -> None:
        """The page's main button."""
        self.leave_by("main form .actions .btn-primary")

    def leave_by(self, selector: str) -> None:
        """Press it, and wait until another page has come in the place of this one."""
        here = self.window.find("html")
        self.window.press(selector)
        WebDriverWait(self.window.driver, 30).until(lambda _: self.window.is_gone(here))

    # --- signing ------------------------------------------------------------------------------------------------------

    def make_key(self, email: str) -> None:
        """The person makes a signing key at the signing page, with the device."""
        self.become(email)
        self.window.open("/signing/key/")
        self.window.press("#to-signing-page")
        self.wait_at(self.place.signing)
        self.window.find("#sign")
        self.pictured_once("signing-page-make")
        self.window.press("#sign")
        self.window.wait_for_path("/signing/key/")
        self.window.find(".badge-wait")

    def register_key(self, proposer: str, confirmer: str) -> None:
        """Whatever key waits is put on the record by two persons."""
        for email, verb in ((proposer, "propose"), (confirmer, "confirm")):
            self.become(email)
            self.window.open("/signing/keys/")
            self.pictured_once(f"keys-{verb}")
            self.leave_by(f"form[action$='/{verb}/'] button")
            self.sign_if_asked()
            self.window.find(".notice")
            assert not self.window.driver.find_elements(By.CSS_SELECTOR, ".notice-error"), self.window.text

    def sign_if_asked(self, name: str = "") -> bool:
        """Where a passkey is wanted: to the signing page, sign what it shows, and back. Whether it was."""
        self.window.find("main")
        if not self.window.driver.find_elements(By.CSS_SELECTOR, "#to-signing-page"):
            return False
        self.pictured_once("sign")
        self.window.press("#to-signing-page")
        self.wait_at(self.place.signing)
        self.window.find("#sign")
        if name:
            self.picture(f"signing-page-{name}")
        self.window.press("#sign")
        self.wait_at(self.place.origin)
        self.window.find("form[action='/account/logout/']")
        return True

    def wait_at(self, origin: str) -> None:
        """Until the window shows a page of an origin."""
        ends = time.monotonic() + 30
        while not self.window.driver.current_url.startswith(origin):
            assert time.monotonic() < ends, (origin, self.window.driver.current_url, self.window.text)
            time.sleep(0.02)

    def pictured_once(self, name: str) -> None:
        """A picture, the first time."""
        if name not in self._once:
            self._once.add(name)
            self.picture(name)

    def picture_of(self, path: str, name: str) -> None:
        """A page, pictured."""
        self.window.open(path)
        self.picture(name)

    def propose(self, email: str, act: str, where: str = "decide", **fields: str | list[str]) -> str:
        """Propose a decision about the firm, signed by the person's passkey; the path of the decision."""
        self.become(email)
        self.window.open(f"/licensing/firms/{self.place.firm}/{where}/{act}/")
        self.type_in("grounds", "The file says so." if self.language == "en" else "فائل کے مطابق۔")
        for name, value in fields.items():
            element = self.window.find(f"[name='{name}']")
            if isinstance(value, list):
                self.tick(name, *value)
            elif element.tag_name == "select":
                self.choose(name, value)
            else:
                self.type_in(name, value)
        self.pictured_once(f"propose-{act}")
        self.submit()
        assert self.sign_if_asked(f"propose-{act}"), self.window.text
        self.window.wait_for_path("/licensing/decisions/")
        assert not self.window.driver.find_elements(By.CSS_SELECTOR, ".notice-error"), self.window.text
        return self.window.driver.current_url.removeprefix(self.place.origin)

    def confirm(self, email: str, decision: str, name: str = "") -> int:
        """Confirm it, signed by the other person's passkey; the entry from which on it is in force."""
        self.become(email)
        self.window.open(decision)
        self.pictured_once("decision-waits")
        self.leave_by(f"form[action='{decision}confirm/'] button")
        assert self.sign_if_asked(name), self.window.text
        self.window.wait_for_path("/licensing/decisions/")
        self.window.find(".badge-good")
        self.pictured_once("decision-on-the-record")
        return int(self.window.find("[data-ended-entry]").get_attribute("data-ended-entry") or 0)


@contextmanager
def people(place: Nation, language: str) -> Iterator[People]:
    """A fresh browser with a device that verifies its user."""
    with browser(place.origin) as window:
        window.driver.add_virtual_authenticator(passkeys())
        try:
            yield People(window, place, language)
        except BaseException:
            window.picture(f"licensing-{language}-failed")
            raise


def in_days(days: int) -> str:
    return (datetime.now(ZoneInfo("Asia/Karachi")).date() + timedelta(days=days)).isoformat()


# --- what firms send --------------------------------------------------------------------------------------------------


class Firm:
    """The firm's own gateway: it opens accounts and posts."""

    def __init__(self, place: Nation) -> None:
        self._place = place
        self.own = self.clients = 0

    @contextmanager
    def _gateway(self, folder: str, number: int) -> Iterator[tuple[Gateway, NodeClient]]:
        with ExitStack() as stack:
            clients: list[NodeClient] = []

            def connect(key: SigningKey) -> NodeClient:
                clients.append(stack.enter_context(NodeClient(self._place.node, key)))
                return clients[0]

            place = self._place.home / "data" / "institutions" / folder
            gateway = stack.enter_context(Gateway.open(place, PASSPHRASE, connect, institution=number))
            yield gateway, clients[0]

    def open_accounts(self) -> None:
        """One of its own and one for its clients' money, and a thousand rupees from the central bank."""
        with self._gateway("thar-digital", self._place.firm) as (gateway, client):
            for kind, holder in (
                (AccountKind.SETTLEMENT, HolderClass.INSTITUTION),
                (AccountKind.OMNIBUS, HolderClass.LEGAL_PERSON),
            ):
                fields = [int(kind), RUPEE, int(holder), 0, 0, 1]
                assert decode(gateway.send_act(OPEN_ACCOUNTS, fields).receipt).codes == (0,)
            self.own, self.clients = self._newest_two(client)
        debit = groups()["issuance-PKR"].first
        receipt = self._send("central-bank", CENTRAL_BANK.number, debit, self.own, Purpose.SETTLEMENT, 1_000_00)[0]
        assert receipt.codes == (0,), receipt.codes

    @staticmethod
    def _newest_two(client: NodeClient) -> tuple[int, int]:
        """Accounts are numbered in a row; the firm sees its own only."""
        first = max(each.numbers.stop for each in groups().values())
        found = [number for number in range(first, first + 200) if client_account(client, number)]
        return found[-2], found[-1]

    def post(self, purpose: Purpose) -> tuple[Receipt, dict[str, Any]]:
        """A rupee from its own account to its clients': the receipt, and what the node tells programs of it."""
        return self._send("thar-digital", self._place.firm, self.own, self.clients, purpose, 1_00)

    def _send(
        self, folder: str, number: int, debit: int, credit: int, purpose: Purpose, amount: int
    ) -> tuple[Receipt, dict[str, Any]]:
        transfers = new_transfers(1)
        transfers["uetr"] = np.frombuffer(uuid4().bytes, np.uint8)
        transfers["evidence"] = np.frombuffer(uuid4().bytes + uuid4().bytes, np.uint8)
        transfers["debit"], transfers["credit"] = debit, credit
        transfers["amount"], transfers["asset"], transfers["purpose"] = amount, RUPEE, int(purpose)
        with self._gateway(folder, number) as (gateway, _client):
            answer = gateway.send(Draft(Kind.TRANSFERS, bytes(transfers.tobytes()), 1, (SYSTEM,)))
            header = parse(answer.raw).header
            target = f"/receipts/{number}/{header.lane}/{header.sequence}"
            now_ms = time.time_ns() // 1_000_000
            credential = credentials.make(
                gateway.keys.signing_key(SYSTEM), gateway.network, "GET", target.encode(), now_ms
            )
        headers = {"authorization": credential, "accept": "application/json"}
        told = httpx.get(self._place.node + target, headers=headers).json()
        return decode(answer.receipt), dict(told)


def client_account(client: NodeClient, number: int) -> bool:
    """Whether an account is there and the reader's own."""
    from sanad.base.errors import Refused

    try:
        return client.account(number) is not None
    except Refused:
        return False
