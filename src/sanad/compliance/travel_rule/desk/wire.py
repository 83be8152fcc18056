"""Calls another peer over mutual TLS: one request, bounded in time and size, its certificate looked at before a byte
of ours is sent. Redirections are not followed, and no address of a private network is called that was not named.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit
from uuid import UUID

from sanad.base.errors import Malformed
from sanad.standards.trp import versions
from sanad.standards.trp.messages import BODY_OCTETS_MAX

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
ADDRESSES_MAX = 2
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_CHUNK = 65_536
VENDOR = "Sanad"


class Unreached(Exception):
    """The other side did not answer, or may not be talked to. `code` is of `queries.wording.PROBLEMS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Told:
    """What a peer answered."""

    status: int
    body: bytes
    certificate: bytes
    """Its own, DER."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in small letters."""
    clock_difference_seconds: int | None = None


class Wire:
    """Our side of calls. Any thread."""

    def __init__(self, certificate: Path, key: Path, trust: Path, networks: Sequence[Network] = ()) -> None:
        """Files as PEM; private networks that may be called. Raises `Malformed` when a file cannot be used."""
        self._context = client_context(certificate, key, trust)
        self._networks = tuple(networks)

    def call(
        self,
        method: str,
        url: str,
        *,
        version: str,
        identifier: UUID | None = None,
        body: bytes | None = None,
        extensions: tuple[str, ...] = (),
        is_known: Callable[[bytes], bool] = lambda _: True,
    ) -> Told:
        """One request. `is_known` sees the certificate before anything is sent. Raises `Unreached`."""
        parts = urlsplit(url)
        headers = {versions.HEADER: version, "user-agent": VENDOR, "connection": "close", "accept": "*/*"}
        if identifier is not None:
            headers[versions.IDENTIFIER_HEADER] = str(identifier)
        if extensions:
            headers[versions.EXTENSIONS_HEADER] = ",".join(extensions)
        if body is not None:
            headers["content-type"] = "application/json; charset=utf-8"
        connection = _Connection(parts.hostname or "", parts.port or 443, self._context, self._networks)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with connection.within(CONNECT_SECONDS):
                connection.connect()
            certificate = _certificate_of(connection.sock)
            if not is_known(certificate):
                raise Unreached("certificate_changed")
            connection.sock.settimeout(ANSWER_SECONDS)
            with connection.within(ANSWER_SECONDS):
                connection.request(method, target, body, headers)
                return _told(connection.getresponse(), certificate)
        except (http.client.HTTPException, ValueError, OSError) as error:
            raise Unreached("silent" if connection.is_late else _code_of(error)) from None
        finally:
            connection.close()


def _code_of(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate_untrusted"
    if isinstance(error, ssl.SSLError):
        return "tls_refused"
    return "silent" if isinstance(error, OSError) else "unreadable"


class _Connection(http.client.HTTPSConnection):
    """Over an address that may be called, and broken off when its time is over, however little comes how often."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, networks: tuple[Network, ...]) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS, context=context)
        self._tls, self._networks = context, networks
        self.is_late = False

    def connect(self) -> None:
        """Look the host up once, connect to what was looked at, shake hands. Raises `Unreached`."""
        raw = _reached(self.host, self.port, self._networks)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Break the connection off unless all is done by then."""
        timer = Timer(seconds, self._break_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if self.is_late:  # what was broken off can look like an answer that is whole
            raise Unreached("silent")

    def _break_off(self) -> None:
        self.is_late = True
        if isinstance(self.sock, socket.socket):
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # beneath TLS: whoever reads is let go


def _reached(host: str, port: int, networks: tuple[Network, ...]) -> socket.socket:
    """Connected to the first of a host's addresses that may be called and answers."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    permitted = [address for address in dict.fromkeys(found) if may_call(address, networks)]
    if not permitted:
        raise Unreached("private_address")
    problem = OSError()
    for address in permitted[:ADDRESSES_MAX]:
        try:
            return socket.create_connection((address, port), CONNECT_SECONDS / ADDRESSES_MAX)
        except OSError as error:
            problem = error
    raise problem


def may_call(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is of the open internet, or of a private network that was named."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _TRANSLATED else inner
        found = inner or found
    is_open = found.is_global and not found.is_multicast
    return is_open or any(found in each for each in networks if each.version == found.version)


def client_context(certificate: Path, key: Path, trust: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer, our certificate shown, theirs verified against `trust` alone. Raises `Malformed`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _furnished(context, certificate, key, trust)


def server_context(certificate: Path, key: Path, trust: Path) -> ssl.SSLContext:
    """As `client_context`, for our server: whoever calls must show a certificate that `trust` vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return _furnished(context, certificate, key, trust)


def _furnished(context: ssl.SSLContext, certificate: Path, key: Path, trust: Path) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A single certificate of a peer may stand among those trusted, not its authority alone.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    for path in (certificate, key, trust):
        if not path.is_file():
            raise Malformed(
                path.name, "tls.file", "there is no such file; name certificate, key and trusted authorities"
            )
    try:
        context.load_verify_locations(trust)
        context.load_cert_chain(certificate, key)
    except ssl.SSLError:
        advice = "give PEM files: our certificate chain, its key without a passphrase, and what we trust"
        raise Malformed(certificate.name, "tls.form", advice) from None
    return context


def _certificate_of(sock: socket.socket) -> bytes:
    found = sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None
    if not found:
        raise Unreached("certificate_untrusted")
    return found


def _told(answer: http.client.HTTPResponse, certificate: bytes) -> Told:
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > BODY_OCTETS_MAX:
            raise Unreached("too_large")
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Told(answer.status, bytes(body), certificate, headers, _difference(headers.get("date", "")))


def _difference(text: str) -> int | None:
    try:
        theirs = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    found = int((theirs - datetime.now(UTC)).total_seconds())
    return max(-(2**31), min(found, 2**31 - 1))
