"""An institution of another country in the demonstration: a peer that is not ours, on the standard library's server.

It tells who it is, and asks Chenab Bank once whether it may send. Its law asks for less than ours: the payer has a
name and nothing else. What is answered it takes. It keeps nothing: its inquiry has the same identifier and the same
bytes whenever it starts, so it is one inquiry for ever.
"""

import http.client
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import NAMESPACE_URL, UUID, uuid5

from sanad.base.errors import Refused
from sanad.interfaces.demonstration_nation import CHENAB
from sanad.interfaces.demonstration_peers import ABROAD_FOLDER, ABROAD_LEI, ABROAD_NAME, HOST, Place

VERSION = "3.1.0"
REQUEST: UUID = uuid5(NAMESPACE_URL, "sanad/demonstration/abroad/1")
AMOUNT = "1.85"
_SECONDS_MAX = 20
_BODY_OCTETS_MAX = 1 << 20
_AGAIN_SECONDS = 1.0
_AGAIN = frozenset({408, 425, 429})


class Abroad:
    """Its server and its one inquiry."""

    def __init__(self, places: dict[str, Place]) -> None:
        """Raises `Refused` when the port is taken."""
        self._own, self._bank = places[ABROAD_FOLDER], places[CHENAB.folder]
        try:
            self._server = ThreadingHTTPServer((HOST, self._own.port), _handler(self._own))
        except OSError:
            raise Refused("port", f"port {self._own.port} of {HOST} is in use; end what uses it", 409) from None
        self._server.daemon_threads = True
        self._server.socket = self._context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )

    def serve(self, announce: Callable[[], object], stopping: threading.Event) -> None:
        """Until somebody interrupts."""
        threading.Thread(target=self._ask, args=(stopping,), daemon=True).start()
        announce()
        try:
            self._server.serve_forever(0.2)
        finally:
            stopping.set()
            self._server.server_close()

    def stop(self) -> None:
        """From another thread: end serving."""
        self._server.shutdown()

    def _context(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self._own.certificate, self._own.key)
        context.load_verify_locations(self._own.trust)
        return context

    def _ask(self, stopping: threading.Event) -> None:
        """Until the bank has answered, whatever it says; it may not be there yet."""
        while not self._is_answered() and not stopping.wait(_AGAIN_SECONDS):
            pass

    def _is_answered(self) -> bool:
        context = self._context(ssl.PROTOCOL_TLS_CLIENT)
        connection = http.client.HTTPSConnection(HOST, self._bank.port, timeout=_SECONDS_MAX, context=context)
        headers = {
            "api-version": VERSION, "request-identifier": str(REQUEST), "content-type": "application/json",
        }  # fmt: skip
        try:
            connection.request("POST", "/transfers/a/5b1e0c?t=i", json.dumps(inquiry(self._own)).encode(), headers)
            status = connection.getresponse().status
            return status < 500 and status not in _AGAIN
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def inquiry(own: Place) -> dict[str, object]:
    """IVMS101 of 2020; of the payer the name alone, and nothing of who keeps the payee's account."""

    def person(primary: str, secondary: str) -> dict[str, object]:
        name = {"primaryIdentifier": primary, "secondaryIdentifier": secondary, "nameIdentifierType": "LEGL"}
        return {"naturalPerson": {"name": {"nameIdentifier": [name]}}}

    return {
        "asset": {"slip0044": "ETH"},
        "amount": float(AMOUNT),
        "callback": f"{own.address}/answers/{REQUEST}",
        "IVMS101": {
            "originator": {"originatorPersons": [person("Darwish", "Salim")]},
            "beneficiary": {
                "beneficiaryPersons": [person("Example", "Amina")],
                "accountNumber": ["0x52908400098527886E0F7030069857D2E4169EE7"],
            },
        },
    }


def _handler(own: Place) -> type[BaseHTTPRequestHandler]:
    told: dict[str, object] = {
        "/identity": {"name": ABROAD_NAME, "lei": ABROAD_LEI, "x509": own.certificate.read_text("ascii")},
        "/version": {"version": VERSION, "vendor": "a program of another country"},
        "/extensions": {"required": [], "supported": []},
        "/uptime": 1,
    }

    class Handler(BaseHTTPRequestHandler):
        """Answers of one institution."""

        protocol_version = "HTTP/1.1"
        timeout = _SECONDS_MAX

        def do_GET(self) -> None:
            """Who it is."""
            self._answer(200 if self.path in told else 404, told.get(self.path))

        def do_POST(self) -> None:
            """Whatever is answered is taken."""
            size = self.headers.get("content-length", "")
            if not size.isdecimal() or int(size) > _BODY_OCTETS_MAX:
                self.close_connection = True
                return self._answer(413, None)
            self.rfile.read(int(size))
            return self._answer(204 if self.path.startswith("/answers/") else 404, None)

        def _answer(self, status: int, document: object) -> None:
            body = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("api-version", VERSION)
            self.send_header("content-type", "application/json")
            if status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged: paths may name a transfer."""

    return Handler
