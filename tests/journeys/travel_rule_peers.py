"""Two institutions' peers as processes of their own, with certificates made for the day."""

import ipaddress
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.journeys.running import Running, running, sanad

LEI_A, LEI_B = "506700T7Z685VUOZL877", "TVYD005I7Q5IJK0EMI53"
WAIT_SECONDS = 60


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

    def __init__(self, home: Path, name: str, lei: str, number: int, files: Files, trust: Path, address: str) -> None:
        self.home, self.name, self.files, self.trust, self.address = home, name, files, trust, address
        self.host = address.removeprefix("https://")
        done = sanad(
            "travel-rule", "set-up", name, "--number", number, "--lei", lei, "--address", address, "--certificate",
            files.certificate, "--key", files.key, "--trust", trust, "--data", home,
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
        return sanad("travel-rule", "address", "encode", f"{other.address}/transfers/a/7f3c").stdout.strip()

    def show(self, identifier: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("show", identifier))
        return found

    def wait_for(self, direction: str, state: str) -> dict[str, Any]:
        """The newest exchange of a list, once it is in a state."""
        ends = time.monotonic() + WAIT_SECONDS
        while (found := self._newest_state({"inbox": "received", "outbox": "sent"}[direction])) != state:
            assert time.monotonic() < ends, (direction, state, found, self.run("counterparties", "--json"))
            time.sleep(0.1)
        return dict(self.json(direction)["transfers"][0])

    def _newest_state(self, direction: str) -> str:
        """As the table has it: asking by a command each time would take seconds."""
        query = "SELECT state FROM travel_rule_transfer WHERE direction = ? ORDER BY serial DESC LIMIT 1"
        return str(self.ask(query, direction))

    def ask(self, query: str, *values: str) -> object:
        """The first value that a query of the peer's tables gives."""
        with closing(sqlite3.connect(f"file:{self.home}/portal/working.sqlite?mode=ro", uri=True)) as tables:
            row = tables.execute(query, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def served(self) -> Iterator[Running]:
        """Its process, killed at the end if it still runs."""
        log = self.home.parent / f"{self.name}-{time.monotonic_ns()}.log"
        host, _, port = self.host.rpartition(":")
        with running(log, "travel-rule", "serve", "--host", host, "--port", port, "--data", self.home) as process:
            process.wait_for("is served at")
            yield process
