"""The portal's server from the attacker's side, over real connections: bodies, slowness, paths, hosts, settings."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from sanad.interfaces.command_line import portal
from tests.programmes import running

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

Cast = dict[str, "Person | None"]
Browse = Callable[..., "Client"]
SECONDS = 20


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The portal behind its real server, on a port of its own."""
    running.start()
    server = portal.serve("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    server.close()
    thread.join(5)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


def ask(port: int, request: bytes) -> bytes:
    """The whole answer to raw bytes."""
    with connected(port) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
        return answer


def get(port: int, target: str, host: str = "localhost", more: str = "") -> bytes:
    return ask(port, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n".encode())


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# --- bodies ---------------------------------------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(port: int) -> None:
    length = portal.BODY_BYTES_MAX + 1
    head = f"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    assert status(ask(port, head.encode())) == 413


def test_a_body_in_pieces_is_cut_off_at_the_bound(port: int) -> None:
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with connected(port) as connection:
        connection.sendall(b"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            for _ in range(2 * portal.BODY_BYTES_MAX // 65_536):
                connection.sendall(piece)
                sent += 65_536
            answer = connection.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            answer = b"HTTP/1.1 413 "
    assert status(answer) == 413
    assert sent <= 2 * portal.BODY_BYTES_MAX


def test_a_head_without_end_is_refused(port: int) -> None:
    endless = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Fill: " + b"x" * (1 << 19)
    with connected(port) as connection:
        try:
            connection.sendall(endless)
            answer = connection.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            answer = b"HTTP/1.1 431 "
    assert status(answer) in (400, 431)


def test_two_lengths_are_no_request(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n"
    both = head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /trail/ HTTP/1.1\r\n\r\n"
    answer = ask(port, both)
    assert answer.count(b"HTTP/1.1 ") <= 1 or status(answer) == 400, "no second request is smuggled in"
    twice = head + b"Content-Length: 6\r\n\r\n12345"
    assert status(ask(port, twice)) in (400, 403, 405)


def test_too_many_fields_are_no_form(browse: Browse) -> None:
    many = {f"field{number}": "x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert browse().post("/account/login/", many).status_code == 400
    long = {"login": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    assert browse().post("/account/login/", long).status_code == 400


def test_too_many_files_are_no_form(browse: Browse) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    count = settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1
    many = {f"file{number}": SimpleUploadedFile("a", b"x") for number in range(count)}
    assert browse().post("/account/login/", many).status_code == 400


# --- slowness -------------------------------------------------------------------------------------------------------


def test_slow_senders_keep_nobody_waiting(port: int) -> None:
    """Many more of them than threads, each in the middle of a form: pages are served all the same."""
    slow = [connected(port) for _ in range(5 * portal.THREADS)]
    try:
        for each in slow:
            each.sendall(b"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin=")
        began = time.monotonic()
        assert status(get(port, "/")) == 200
        assert time.monotonic() - began < 10
    finally:
        for each in slow:
            each.close()


def test_a_connection_that_does_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a second in place of the minute."""
    assert portal.SILENT_SECONDS_MAX <= 60
    monkeypatch.setattr(portal, "SILENT_SECONDS_MAX", 1)
    server = portal.serve("127.0.0.1", 0)
    server.adj.cleanup_interval = 1
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        with connected(int(server.effective_port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: loc")
            assert connection.recv(100) == b""
    finally:
        server.close()
        thread.join(5)


# --- paths, hosts, methods ------------------------------------------------------------------------------------------

CLIMBING = [
    "/static/../portal.key", "/static/..%2fportal.key", "/static/%2e%2e/portal.key", "/static/..%5cportal.key",
    "/static/....//portal.key", "/static//etc/passwd", "/static/frame/../../portal.key", "/../portal.key",
    "//etc/passwd", "/static/%00/../portal.key", "/static/..%252fportal.key", "/static/..%c0%afportal.key",
    "/.git/config", "/portal.key", "/static/frame/", "/static/", "/licensing/documents/..%2f..%2fportal.key/",
    "/trail/anchors/..%2f..%2fx/receipt/", "/licensing/register/..%2f1/answer",
]  # fmt: skip


@pytest.mark.parametrize("target", CLIMBING)
def test_no_path_climbs_out_of_its_folder(target: str, port: int) -> None:
    key = (settings.PORTAL / "portal.key").read_bytes()
    answer = get(port, target)
    assert status(answer) in (302, 400, 404), answer[:200]
    assert key not in answer
    assert b"root:" not in answer
    assert b"[core]" not in answer


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "", "[::1", "127.1"]
)
def test_another_host_is_refused(host: str, port: int) -> None:
    answer = get(port, "/", host)
    assert status(answer) == 400
    assert b"evil.example" not in answer


def test_what_a_proxy_would_say_is_not_believed_without_one(port: int) -> None:
    answer = get(port, "/account/", more="X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n")
    assert status(answer) == 302
    assert b"evil.example" not in answer
    assert b"\r\nLocation: /account/login/" in answer or b"\r\nlocation: /account/login/" in answer.lower()


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "FOO"])
def test_other_methods_do_nothing(method: str, port: int) -> None:
    head = f"{method} /account/ HTTP/1.1\r\nHost: localhost\r\nX-Mark: secret\r\nConnection: close\r\n\r\n"
    answer = ask(port, head.encode())
    assert status(answer) in (302, 400, 403, 404, 405, 501)
    assert b"X-Mark" not in answer


def test_answers_do_not_say_what_serves_them(port: int) -> None:
    for target in ("/", "/no/such/page/", "/static/none.css", "/api/v1/none"):
        head = get(port, target).partition(b"\r\n\r\n")[0].lower()
        for told in (b"waitress", b"python", b"django", b"x-powered-by", b"\r\nserver:"):
            assert told not in head, target


def test_a_fault_of_the_server_itself_tells_nothing(port: int) -> None:
    noise, version, short = b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n"
    for broken in (noise, version, short, b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n"):
        answer = ask(port, broken)
        for told in (b"Traceback", b"waitress", b"/src/", b"site-packages"):
            assert told not in answer


# --- settings with TLS ----------------------------------------------------------------------------------------------


def test_with_tls_cookies_are_bound_to_the_host_and_the_browser_stays_with_it(tmp_path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from sanad.wiring import portal
portal.prepare(Path(os.environ["SANAD_HOME"]) / "portal")
from sanad.wiring import settings as s
for prefix in ("SESSION", "CSRF", "LANGUAGE"):
    print(prefix, *(getattr(s, f"{prefix}_COOKIE_{x}") for x in ("NAME", "SECURE", "HTTPONLY", "SAMESITE")))
print(s.SECURE_HSTS_SECONDS, s.DEBUG, s.ALLOWED_HOSTS, s.SECURE_SSL_REDIRECT, s.CSRF_TRUSTED_ORIGINS)
"""
    environment = {
        **os.environ, "SANAD_HOME": str(tmp_path), "SANAD_ORIGIN": "https://portal.example", "SANAD_PROXIES": "1",
        "SANAD_SIGNING_ORIGIN": "https://sign.example",
    }  # fmt: skip
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        "SESSION __Host-session True True Lax",
        "CSRF __Host-csrf True True Strict",
        "LANGUAGE __Host-language True True Lax",
        "63072000 False ['portal.example'] True ['https://portal.example']",
    ]


def test_what_lies_on_the_disk_is_for_its_owner_alone() -> None:
    for name in ("portal.key",):
        assert (settings.PORTAL / name).stat().st_mode & 0o077 == 0
    assert settings.PORTAL.stat().st_mode & 0o077 == 0
