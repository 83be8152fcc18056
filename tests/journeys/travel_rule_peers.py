"""Two institutions' peers as processes of their own, with certificates made for the day."""

import ipaddress
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sanad.standards.trp import addresses
from tests.journeys.running import Running, running, sanad

LEI_A, LEI_B = "506700T7Z685VUOZL877", "TVYD005I7Q5IJK0EMI53"
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Files:
    """Certificate and key as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority of our own."""

    def __init__(self, folder: Path, name: str = "Test Authority") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = _builder(
            self.name, self.name, self.key.public_key(), now - timedelta(days=1), now + timedelta(days=2)
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.path = folder / f"{name.replace(' ', '-')}.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, host: str = "127.0.0.1", *, days: float = 1, begun_days_ago: float = 0.5) -> Files:
        """A certificate for server and client, for a host by its address."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(
            subject, self.name, key.public_key(), now - timedelta(days=begun_days_ago), now + timedelta(days=days)
        )
        address = x509.IPAddress(ipaddress.ip_address(host))
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        files = Files(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return files


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)


class Peer:
    """One institution: its folder, its address, its commands."""

    def __init__(
        self,
        home: Path,
        name: str,
        lei: str,
        number: int,
        files: Files,
        trust: Path,
        address: str,
        networks: Sequence[str] = (),
    ) -> None:
        self.home, self.name, self.files, self.trust, self.address = home, name, files, trust, address
        self.host = address.removeprefix("https://")
        named = [word for each in networks for word in ("--network", each)]
        done = sanad(
            "travel-rule", "set-up", name, "--number", number, "--lei", lei, "--address", address, "--certificate",
            files.certificate, "--key", files.key, "--trust", trust, *named, "--data", home,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: object) -> str:
        done = sanad("travel-rule", *arguments, "--data", self.home)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *arguments: object) -> str:
        done = sanad("travel-rule", *arguments, "--data", self.home)
        assert done.returncode not in (0, 70), done.stdout + done.stderr
        return done.stderr

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def send(self, other: "Peer", document: Path, amount: str = "0.25") -> dict[str, Any]:
        found: dict[str, Any] = self.json(
            "send", "--to", self.travel_address(other), "--asset", "BTC", "--amount", amount, "--identity", document
        )
        return found

    def travel_address(self, other: "Peer") -> str:
        return addresses.encode(f"{other.address}/transfers/a/7f3c")

    def show(self, identifier: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("show", identifier))
        return found

    def wait_for(self, direction: str, state: str) -> dict[str, Any]:
        """The newest exchange of a list, once it is in a state."""
        columns = "state, id, request_identifier, payload_digest, amount, amount_minor"
        query = f"SELECT {columns} FROM travel_rule_transfer WHERE direction = ? ORDER BY serial DESC LIMIT 1"
        kept = {"inbox": "received", "outbox": "sent"}[direction]
        ends = time.monotonic() + WAIT_SECONDS
        while not (row := self.ask(query, kept)) or row[0] != state:
            assert time.monotonic() < ends, (direction, state, row, self.ask("SELECT * FROM travel_rule_delivery"))
            time.sleep(0.1)
        return {
            "id": str(UUID(row[1])), "request_identifier": str(UUID(row[2])), "payload_digest": row[3].hex(),
            "amount": row[4], "amount_minor": row[5],
        }  # fmt: skip

    def ask(self, query: str, *values: str) -> Any:
        """The first row that a query of the peer's tables gives: a command each time would take seconds."""
        with closing(sqlite3.connect(f"file:{self.home}/portal/working.sqlite?mode=ro", uri=True)) as tables:
            return tables.execute(query, values).fetchone()

    def knows(self, host: str) -> tuple[str, str, str]:
        """State, problem and version of a counterparty; empty before it is met."""
        query = "SELECT state, problem, version FROM travel_rule_counterparty WHERE host = ?"
        return self.ask(query, host) or ("", "", "")

    def wait_until_known(self, host: str, state: str = "verified") -> None:
        ends = time.monotonic() + WAIT_SECONDS
        while (found := self.knows(host))[0] != state:
            assert time.monotonic() < ends, found
            time.sleep(0.1)

    @contextmanager
    def served(self) -> Iterator[Running]:
        """Its process, killed at the end if it still runs."""
        log = self.home.parent / f"{self.name}-{time.monotonic_ns()}.log"
        host, _, port = self.host.rpartition(":")
        with running(log, "travel-rule", "serve", "--host", host, "--port", port, "--data", self.home) as process:
            process.wait_for("is served at")
            yield process
