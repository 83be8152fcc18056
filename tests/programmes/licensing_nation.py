"""The demonstration nation behind the portal: a real node, real gateways, a real projector; people of each role."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from sanad.evidence.store import EvidenceStore
from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import SYSTEM
from sanad.gateway.rows import Draft
from sanad.interfaces.demonstration_nation import AUTHORITY, CENTRAL_BANK, EXCHANGE, Member, groups
from sanad.node.events import Events
from sanad.node.receipts import Receipt, decode
from sanad.people.models import Institution, Membership, Person
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import Purpose
from sanad.rulebook.message import Kind, new_transfers
from sanad.wiring import projector
from sanad.wiring.projector import Projector
from tests.programmes.test_projector import Nation

if TYPE_CHECKING:
    import pytest

PDF = b"%PDF-1.7\n" + bytes(64)
OWNERS = [
    {"name": "Karakoram Holding", "kind": "company", "percent": "60"},
    {"name": "Amina Example", "kind": "person", "percent": "40", "nationality": "Pakistan", "identity": "12345"},
    {"name": "Bilal Example", "kind": "person", "percent": "100", "holds_of": "Karakoram Holding",
     "nationality": "Pakistan", "identity": "67890"},
]  # fmt: skip
FIRM = {
    "legal_name": "Margalla Exchange", "address": "1 Example Road, Islamabad", "email": "office@test.example",
    "capital": "500000000", "business": "An exchange of virtual assets for residents.",
}  # fmt: skip
DOCUMENTS = ("incorporation", "business_plan", "capital", "controls", "technology", "identity")
POSITIONS = (
    "chief_executive", "chief_finance", "chief_operations", "chief_technology", "compliance", "reporting",
    "internal_audit", "secretary",
)  # fmt: skip


class Hosted:
    """Stands where the portal's hosting does, with the gateways of a nation in this process."""

    def __init__(self, nation: Nation, folder: Path) -> None:
        self._nation, self._folder = nation, folder
        self.is_demonstration = True

    @contextmanager
    def gateway(self, number: int) -> Iterator[Gateway]:
        member = {AUTHORITY.number: AUTHORITY, EXCHANGE.number: EXCHANGE}[number]
        with self._nation.gateway(member) as gateway:
            yield gateway

    @contextmanager
    def evidence(self) -> Iterator[EvidenceStore]:
        with EvidenceStore(self._folder / "items", self._folder / "keys", bytes(32)) as store:
            yield store

    def identifier(self) -> bytes:
        return self._nation.node.network

    def health(self) -> None:
        """No health line in the foot of the page."""


class Office:
    """The portal over a nation, and whoever uses it."""

    def __init__(self, nation: Nation, cast: dict[str, Person | None]) -> None:
        self.nation = nation
        self.cast = cast
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._project)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _project(self) -> None:
        """What the projector's process does, in a thread."""
        following = Projector(lambda height: Events(self.nation.record, post, height), projector.projections())
        while not self._ended.wait(0.01):
            following.catch_up()
        following.close()
        connections.close_all()

    def send(self, name: str, address: str, data: dict[str, Any] | None = None) -> Any:
        """Send a form as someone; the page that follows."""
        return self.browser(name).post(address, data or {}, follow=True)

    def see(self, name: str, address: str) -> str:
        answer = self.browser(name).get(address)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    def browser(self, name: str) -> Client:
        client = Client(SERVER_NAME="localhost")
        person = self.cast[name]
        assert person is not None
        client.force_login(Person.objects.get(id=person.id))
        return client

    def fill_in(self, draft: UUID) -> None:
        """All sections of a draft, as the maker."""
        base = f"/licensing/applications/{draft}/"
        self.send("maker", base + "services/", {"services": ["4", "8"]})
        self.send("maker", base + "firm/", FIRM)
        self.send("maker", base + "owners/", rows(OWNERS))
        persons = [
            {
                "position": each,
                "name": f"Person {each}",
                "nationality": "Pakistan",
                "identity": "1",
                "is_resident": "on",
            }
            for each in POSITIONS
        ]
        self.send("maker", base + "persons/", rows(persons))
        for kind in DOCUMENTS:
            self.upload(draft, kind, PDF)
        declared = {"declarant": "Person chief_executive", "is_true": "on", "will_report": "on", "understands": "on"}
        self.send("maker", base + "declaration/", declared)

    def upload(self, draft: UUID, kind: str, contents: bytes, name: str = "paper.pdf") -> Any:
        given = {"kind": kind, "file": SimpleUploadedFile(name, contents)}
        return self.send("maker", f"/licensing/applications/{draft}/documents/", given)

    def decide(self, act: str, by: str, where: str = "decide", **fields: Any) -> str:
        """Propose an act about the exchange; the address of the decision."""
        given = {"order": str(uuid4()), "grounds": "As the file says.", **fields}
        answer = self.send(by, f"/licensing/firms/{EXCHANGE.number}/{where}/{act}/", given)
        assert answer.redirect_chain, answer.content.decode()
        return str(answer.redirect_chain[-1][0])

    def confirm(self, decision: str, by: str = "head") -> str:
        return str(self.send(by, decision + "confirm/").content.decode())

    def post_money(self, purpose: Purpose, amount: int = 1_00) -> Receipt:
        """The firm sends from its settlement account to its clients'."""
        return self._send(EXCHANGE, "margalla-settlement", "margalla-clients", purpose, amount)

    def bring_money(self) -> None:
        """The central bank issues to the firm."""
        self._send(CENTRAL_BANK, "issuance-PKR", "margalla-settlement", Purpose.SETTLEMENT, 1_000_00)

    def _send(self, member: Member, debit: str, credit: str, purpose: Purpose, amount: int) -> Receipt:
        transfers = new_transfers(1)
        transfers["uetr"] = np.frombuffer(uuid4().bytes, np.uint8)
        transfers["evidence"] = np.frombuffer(uuid4().bytes + uuid4().bytes, np.uint8)
        transfers["debit"], transfers["credit"] = groups()[debit].first, groups()[credit].first
        transfers["amount"], transfers["asset"], transfers["purpose"] = amount, 1, int(purpose)
        with self.nation.gateway(member) as gateway:
            answer = gateway.send(Draft(Kind.TRANSFERS, bytes(transfers.tobytes()), 1, (SYSTEM,)))
        return decode(answer.receipt)


def rows(given: list[dict[str, str]]) -> dict[str, str]:
    """A formset's data."""
    found = {"form-TOTAL_FORMS": str(len(given)), "form-INITIAL_FORMS": "0"}
    for number, row in enumerate(given):
        found |= {f"form-{number}-{name}": value for name, value in row.items()}
    return found


def take_office(nation: Nation, cast: dict[str, Person | None], folder: Path, patch: "pytest.MonkeyPatch") -> Office:
    """The cast gets its numbers on the record, and the portal the nation's gateways."""
    hosted = Hosted(nation, folder)
    patch.setattr(settings, "HOSTING", hosted)
    patch.setattr(settings, "NETWORK", hosted)
    _number("licensing_officer", 1, AUTHORITY, cast)
    _number("head", 2, AUTHORITY, cast)
    _number("supervisor", 3, AUTHORITY, cast)
    _number("maker", None, EXCHANGE, cast)
    return Office(nation, cast)


def _number(name: str, person: int | None, member: Member, cast: dict[str, Person | None]) -> None:
    found = Membership.objects.get(person=cast[name])
    Membership.objects.filter(id=found.id).update(number=person)
    Institution.objects.filter(id=found.institution_id).update(number=member.number, name=member.name)
