"""A nation whose authority licenses: its record on disk, its node in this process, served on a real port."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from nacl.signing import SigningKey

from sanad.base.canonical import Value
from sanad.base.digests import digest
from sanad.gateway.gateway import Gateway, act_body
from sanad.gateway.keys import SYSTEM
from sanad.interfaces import demonstration_nation
from sanad.interfaces.demonstration_nation import AUTHORITY, CHENAB, DEOSAI, EXCHANGE, PASSPHRASE, REMITTER, Member
from sanad.node.client import NodeClient
from sanad.node.core import Node
from sanad.node.events import Events
from sanad.node.http import HttpServer
from sanad.node.network import Network
from sanad.node.receipts import decode
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import CertificateState, Ground, LicenceKind, LicenceState, Rule, Service
from sanad.wiring import projector
from sanad.wiring.projector import Projector

NUMBER_OF = {schema.name: number for number, schema in SCHEMAS.items()}
DAY_MS = 86_400_000
DECISION = [digest(b"decision and conditions")]
FORMULA = '=HYPERLINK("http://evil.example")'


class LicensedNation:
    """Node, HTTP and projector; `decide` is four eyes of the authority."""

    def __init__(self, folder: Path) -> None:
        self.record = folder / "record"
        self._institutions = folder / "institutions"
        demonstration_nation.found(self.record, self._institutions, post)
        self.node = Node(self.record, post, lambda _: None)
        self.node.start(with_replayer=False)
        started = threading.Event()
        self._server = HttpServer(self.node, port=0, started=started.set)
        self._serving = threading.Thread(target=self._server.run)
        self._serving.start()
        assert started.wait(30)
        self.address = self._server.address
        self.projector: Projector | None = None

    def close(self) -> None:
        if self.projector is not None:
            self.projector.close()
        self._server.stop()
        self._serving.join()
        self.node.close()

    @contextmanager
    def gateway(self, member: Member) -> Iterator[Gateway]:
        folder = self._institutions / member.folder
        with ExitStack() as stack:

            def connect(key: SigningKey) -> NodeClient:
                return stack.enter_context(NodeClient(self.address, key))

            yield stack.enter_context(Gateway.open(folder, PASSPHRASE, connect, institution=member.number))

    def decide(self, name: str, *fields: Value, digests: list[bytes] = DECISION) -> int:
        """Proposed by one person and confirmed by another; the entry of the confirmation."""
        with self.gateway(AUTHORITY) as gateway:
            body = act_body(NUMBER_OF[name], fields, digests=digests)
            proposed = decode(gateway.propose(NUMBER_OF[name], fields, person="person-1", digests=digests).receipt)
            assert set(proposed.codes) == {0}, proposed.codes
            confirmed = decode(gateway.confirm(proposed.entry, body, person="person-2").receipt)
            assert set(confirmed.codes) == {0}, confirmed.codes
            return confirmed.entry

    def apply_for_certificate(self, member: Member) -> int:
        with self.gateway(member) as gateway:
            sent = gateway.send_act(NUMBER_OF["certificate_applied"], [], digests=[digest(b"application")])
            return decode(sent.receipt).entry

    def furnish(self) -> None:
        """Money and customers."""
        with ExitStack() as stack:

            def gateway_of(member: Member) -> Gateway:
                return stack.enter_context(self.gateway(member))

            list(demonstration_nation.furnish(gateway_of))

    def proof_of_a_payment(self) -> bytes:
        """Of the first opening deposit at a bank, as the bank gets it."""
        with self.gateway(CHENAB) as gateway:
            account = demonstration_nation.groups()["chenab-people"].first
            with NodeClient(self.address, gateway.keys.signing_key(SYSTEM)) as client:
                proof = client.proof(client.statement(account).lines[-1].position)
        assert proof is not None
        return proof

    def catch_up(self) -> int:
        if self.projector is None:
            self.projector = Projector(lambda height: Events(self.record, post, height), projector.projections())
        self.node.sign_checkpoint()
        return self.projector.catch_up()

    def rebuild(self) -> None:
        projector.forget_views()
        if self.projector is not None:
            self.projector.close()
        self.projector = None
        self.catch_up()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def tell_story(nation: LicensedNation) -> dict[str, int]:
    """A bank licensed and varied; an exchange from certificate to suspension and back, then wound down; a remitter
    stopped by an emergency order that ends by itself; warnings; a rule. Entries by what they did."""
    custody, exchange = int(Service.CUSTODY), int(Service.EXCHANGE)
    full = int(LicenceKind.FULL)
    told = {"applied": nation.apply_for_certificate(EXCHANGE)}
    number = EXCHANGE.number
    nation.decide("certificate_issued", number, now_ms() + 90 * DAY_MS)
    for step in (CertificateState.GOAML_REGISTERED, CertificateState.INCORPORATED, CertificateState.LICENCE_FILED):
        nation.decide("certificate_progress", number, int(step))
    told["granted"] = nation.decide("licence_granted", number, "VASP-2026-001", full, custody | exchange, 0)
    told["granted_ms"] = nation.node.health().time_ms
    breach = int(Ground.CONDITION_BREACHED)
    told["suspended"] = nation.decide("licence_status", number, int(LicenceState.SUSPENDED), breach, 0)
    told["suspended_ms"] = nation.node.health().time_ms
    told["reinstated"] = nation.decide("licence_status", number, int(LicenceState.IN_FORCE), 0, 0)
    told["reinstated_ms"] = nation.node.health().time_ms
    nation.decide("licence_granted", CHENAB.number, "B-77", full, custody, now_ms() + 365 * DAY_MS)
    limited = int(LicenceKind.LIMITED)
    told["varied"] = nation.decide("licence_varied", CHENAB.number, limited, custody | int(Service.ADVISORY))
    nation.decide("licence_granted", REMITTER.number, "R-5", full, int(Service.TRANSFER_AND_SETTLEMENT), 0)
    told["frozen"] = nation.decide("emergency_freeze", REMITTER.number, now_ms() + 3_000, int(Ground.PUBLIC_INTEREST))
    nation.decide("set_status", DEOSAI.number, 2, digests=[])
    nation.decide("warning_published", "Moonrise Pay", "moonrise.example", int(Ground.NONE))
    nation.decide("warning_published", FORMULA, "", int(Ground.FALSE_INFORMATION))
    told["warning_ended"] = nation.decide("warning_removed", 2)
    told["rule"] = nation.decide("set_rule", int(Rule.APPEAL_DAYS), 45, now_ms() + DAY_MS, digests=[])
    return told


@contextmanager
def licensed_nation(folder: Path) -> Iterator[LicensedNation]:
    """Founded, told and projected; the portal's node is this one until the end."""
    before = settings.NETWORK
    nation = LicensedNation(folder)
    settings.NETWORK = Network(lambda: nation.address)
    try:
        yield nation
    finally:
        settings.NETWORK = before
        nation.close()
        projector.make_views()
