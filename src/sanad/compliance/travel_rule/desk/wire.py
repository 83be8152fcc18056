"""Calls another peer over mutual TLS: one request, bounded in time and size, its certificate looked at before a byte
of ours is sent. Redirections are not followed.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from sanad.base.errors import Malformed
from sanad.standards.trp import versions
from sanad.standards.trp.messages import BODY_OCTETS_MAX

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
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

    def __init__(self, certificate: Path, key: Path, trust: Path) -> None:
        """Files as PEM. Raises `Malformed` when one cannot be used."""
        self._context = client_context(certificate, key, trust)

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
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port or 443, timeout=CONNECT_SECONDS, context=self._context
        )
        try:
            connection.connect()
            certificate = _certificate_of(connection.sock)
            if not is_known(certificate):
                raise Unreached("certificate_changed")
            connection.sock.settimeout(ANSWER_SECONDS)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, headers)
            return _told(connection.getresponse(), certificate)
        except ssl.SSLCertVerificationError:
            raise Unreached("certificate_untrusted") from None
        except ssl.SSLError:
            raise Unreached("tls_refused") from None
        except (http.client.HTTPException, ValueError):
            raise Unreached("unreadable") from None
        except OSError:
            raise Unreached("silent") from None
        finally:
            connection.close()


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
    ends, body = time.monotonic() + ANSWER_SECONDS, bytearray()
    while chunk := answer.read(_CHUNK):
        body += chunk
        if len(body) > BODY_OCTETS_MAX:
            raise Unreached("too_large")
        if time.monotonic() > ends:
            raise Unreached("silent")
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
