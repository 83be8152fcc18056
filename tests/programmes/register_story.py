"""What an authority and its firms do for the tests of the register: through their gateways, at any node."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nacl.signing import SigningKey

from sanad.base.canonical import Value
from sanad.base.digests import digest
from sanad.gateway.gateway import Gateway, act_body
from sanad.interfaces.demonstration_nation import AUTHORITY, CHENAB, DEOSAI, EXCHANGE, PASSPHRASE, REMITTER, Member
from sanad.node.client import NodeClient
from sanad.node.receipts import decode
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.words import CertificateState, Ground, LicenceKind, LicenceState, Rule, Service

NUMBER_OF = {schema.name: number for number, schema in SCHEMAS.items()}
DAY_MS = 86_400_000
DECISION = [digest(b"decision and conditions")]
FORMULA = '=HYPERLINK("http://evil.example")'


class Deciding:
    """Four eyes of the authority, and what firms send themselves."""

    def __init__(self, institutions: Path, address: str) -> None:
        self.institutions = institutions
        self.address = address

    @contextmanager
    def gateway(self, member: Member) -> Iterator[Gateway]:
        folder = self.institutions / member.folder
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

    def time_ms(self) -> int:
        """Of the newest block."""
        with NodeClient(self.address) as client:
            return client.health().time_ms


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def tell_story(nation: Deciding) -> dict[str, int]:
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
    told["granted_ms"] = nation.time_ms()
    breach = int(Ground.CONDITION_BREACHED)
    told["suspended"] = nation.decide("licence_status", number, int(LicenceState.SUSPENDED), breach, 0)
    told["suspended_ms"] = nation.time_ms()
    told["reinstated"] = nation.decide("licence_status", number, int(LicenceState.IN_FORCE), 0, 0)
    told["reinstated_ms"] = nation.time_ms()
    nation.decide("licence_granted", CHENAB.number, "B-77", full, custody, now_ms() + 365 * DAY_MS)
    limited = int(LicenceKind.LIMITED)
    told["varied"] = nation.decide("licence_varied", CHENAB.number, limited, custody | int(Service.ADVISORY))
    nation.decide("licence_granted", REMITTER.number, "R-5", full, int(Service.TRANSFER_AND_SETTLEMENT), 0)
    told["frozen_until_ms"] = now_ms() + 8_000  # long enough for what follows on a busy machine
    ground = int(Ground.PUBLIC_INTEREST)
    told["frozen"] = nation.decide("emergency_freeze", REMITTER.number, told["frozen_until_ms"], ground)
    nation.decide("set_status", DEOSAI.number, 2, digests=[])
    nation.decide("warning_published", "Moonrise Pay", "moonrise.example", int(Ground.NONE))
    nation.decide("warning_published", FORMULA, "", int(Ground.FALSE_INFORMATION))
    told["warning_ended"] = nation.decide("warning_removed", 2)
    told["rule"] = nation.decide("set_rule", int(Rule.APPEAL_DAYS), 45, now_ms() + DAY_MS, digests=[])
    return told
