"""Where the demonstration's institutions exchange Travel Rule data, and with which keys: made once, at its founding.

Each listens on this machine alone, with a certificate of an authority that exists for the demonstration: its key is
forgotten as soon as it has signed them. A port is drawn once and kept, since others know an institution by it.
"""

import ipaddress
import json
import secrets
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sanad.base.errors import Refused, Unavailable
from sanad.interfaces.demonstration_nation import CHENAB, EXCHANGE, Member
from sanad.node.folder import write_file

HOST = "127.0.0.1"
FOLDER, PORTS_FILE = "travel-rule", "ports.json"
ABROAD_FOLDER, ABROAD_NAME, ABROAD_LEI = "al-noor", "Al Noor Digital", "DEMO00ALNOORDXB00018"
"""An institution of another country, with another program: it is in nobody's register here."""
SERVED: tuple[Member, ...] = (CHENAB, EXCHANGE)
"""Whose peers are served by `sanad travel-rule serve`."""
_PORTS = range(20_000, 30_000)
"""Below those that systems give away by themselves, so that a port is likely free again in the next run."""
_ATTEMPTS_MAX = 200
_VALID = timedelta(days=3_650)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one institution listens, and its files."""

    folder: Path
    name: str
    port: int

    @property
    def address(self) -> str:
        """As others call it."""
        return f"https://{HOST}:{self.port}"

    @property
    def certificate(self) -> Path:
        """PEM."""
        return self.folder / f"{self.name}.pem"

    @property
    def key(self) -> Path:
        """PEM, readable by its owner alone."""
        return self.folder / f"{self.name}.key"

    @property
    def trust(self) -> Path:
        """The authority that vouches for all of them."""
        return self.folder / "trusted.pem"


def make(demonstration: Path) -> None:
    """Ports, keys and certificates, unless they are there. The ports come last: until then nobody uses the others."""
    folder = demonstration / FOLDER
    if (folder / PORTS_FILE).exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [*(each.folder for each in SERVED), ABROAD_FOLDER]
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    signer = ec.generate_private_key(ec.SECP256R1())
    issuer = _named("Demonstration authority")
    own = _builder(issuer, issuer, signer.public_key())
    own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    trusted = own.sign(signer, hashes.SHA256())
    write_file(folder / "trusted.pem", trusted.public_bytes(serialization.Encoding.PEM), 0o644)
    for name, port in ports.items():
        _issue(Place(folder, name, port), issuer, signer)
    write_file(folder / PORTS_FILE, json.dumps(ports, indent=2).encode() + b"\n", 0o644)


def places(demonstration: Path) -> dict[str, Place]:
    """By the name of the institution's folder. Raises `Refused` where there is no demonstration with peers."""
    folder = demonstration / FOLDER
    try:
        ports = json.loads((folder / PORTS_FILE).read_bytes())
    except FileNotFoundError:
        advice = f"{demonstration} holds no peers of a demonstration; `sanad demo --stay` makes them"
        raise Refused("demonstration", advice, 404) from None
    return {name: Place(folder, name, int(port)) for name, port in ports.items()}


def _issue(place: Place, issuer: x509.Name, signer: ec.EllipticCurvePrivateKey) -> None:
    """For server and client, for the address of this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    address = x509.IPAddress(ipaddress.ip_address(HOST))
    builder = _builder(_named(place.name), issuer, key.public_key())
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    certificate = builder.sign(signer, hashes.SHA256())
    form, no_passphrase = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write_file(place.key, key.private_bytes(serialization.Encoding.PEM, form, no_passphrase))
    write_file(place.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _VALID)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _free_ports(count: int) -> list[int]:
    """Drawn by chance, so that two demonstrations on one machine hardly want the same. Raises `Unavailable`."""
    found: list[int] = []
    with ExitStack() as stack:  # all are held until the last is found
        for _ in range(_ATTEMPTS_MAX):
            if len(found) == count:
                break
            port = secrets.choice(_PORTS)
            try:
                stack.enter_context(socket.create_server((HOST, port)))
            except OSError:
                continue
            found.append(port)
    if len(found) < count:
        raise Unavailable("no free ports were found for the peers of the demonstration; end what uses them", 5)
    return found
