"""A peer that is not ours: a plain HTTPS server and client of the standard library, speaking by the protocol's text."""

import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.journeys.travel_rule_peers import LEI_B, Files


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Foreign:
    """One foreign institution. `says` overrides what it answers on a path: (status, document)."""

    files: Files
    trust: Path
    host: str
    lei: str = LEI_B
    version: str = "3.1.0"
    x509: str = ""
    says: dict[str, tuple[int, Any]] = field(default_factory=dict)
    heard: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    port: int = 0
    delay_seconds: float = 0.0

    @property
    def address(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def place(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @contextmanager
    def served(self) -> Iterator["Foreign"]:
        server = ThreadingHTTPServer((self.host, self.port), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.files.certificate, self.files.key)
        context.load_verify_locations(self.trust)
        context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        self.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        foreign = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                told: dict[str, Any] = {
                    "/identity": {"name": "Foreign Exchange", "lei": foreign.lei, "x509": foreign.x509},
                    "/version": {"version": foreign.version, "vendor": "somebody else"},
                }
                self._answer(*foreign.says.get(self.path, (200, told.get(self.path))))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path = self.path.partition("?")[0]
                foreign.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
                time.sleep(foreign.delay_seconds)
                default = (200, {"version": foreign.version}) if path.startswith("/transfers") else (204, None)
                self._answer(*foreign.says.get(path, default))

            def _answer(self, status: int, document: Any) -> None:
                body = b"" if document is None else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("api-version", foreign.version)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler

    def inquiry(self, document: dict[str, Any], **change: Any) -> dict[str, Any]:
        return {
            "asset": {"dti": "4H95J0R2X"}, "amount": 0.000021, "callback": f"{self.address}/answers/{uuid4()}",
            "IVMS101": document,
        } | change  # fmt: skip

    def call(
        self,
        url: str,
        document: Any = None,
        *,
        method: str = "",
        identifier: str | None = None,
        raw: bytes | None = None,
        files: Files | None = None,
        **headers: str | None,
    ) -> Answer:
        """One request to our peer. Headers by keyword, `_` for `-`; None leaves one out."""
        files = files or self.files
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.trust)
        context.load_cert_chain(files.certificate, files.key)
        place, _, path = url.removeprefix("https://").partition("/")
        body = raw if raw is not None else None if document is None else json.dumps(document).encode()
        method = method or ("GET" if body is None else "POST")
        sent: dict[str, str | None] = {"api-version": self.version}
        if method == "POST":
            sent |= {"request-identifier": identifier or str(uuid4()), "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPSConnection(place, context=context, timeout=60)
        try:
            connection.request(method, f"/{path}", body, {k: v for k, v in sent.items() if v is not None})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()
