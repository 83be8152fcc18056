"""How we call others: an end to every wait, and no private address that was not named."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from sanad.compliance.travel_rule.desk import wire
from sanad.compliance.travel_rule.desk.wire import Unreached, Wire, may_call
from tests.journeys.travel_rule_peers import Authority, Files

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
Say = Callable[[ssl.SSLSocket], None]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def files(authority: Authority) -> Files:
    return authority.issue("both", "127.0.0.1")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """With little patience, so that a test need not wait as long as an institution does."""
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 1.0)


@contextmanager
def server(files: Files, say: Say | None) -> Iterator[str]:
    """One connection: what `say` does with it after the request; None: not even a handshake. Its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                raw, _ = listening.accept()
                with raw:
                    if say is None:
                        stopped.wait(30)
                        return
                    with context.wrap_socket(raw, server_side=True) as connection:
                        connection.recv(65_536)
                        say(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stopped.set()
    thread.join(10)


def trickle(before: bytes, piece: bytes) -> Say:
    """A little every now and then, without end."""

    def say(connection: ssl.SSLSocket) -> None:
        connection.sendall(before)
        for _ in range(200):
            connection.sendall(piece)
            time.sleep(0.1)

    return say


def much(connection: ssl.SSLSocket) -> None:
    connection.sendall(HEAD + b"content-length: 52428800\r\n\r\n")
    for _ in range(50):
        connection.sendall(b" " * (1 << 20))


def good(connection: ssl.SSLSocket) -> None:
    connection.sendall(HEAD + b"content-length: 2\r\n\r\n{}")


def calling(authority: Authority, files: Files, url: str) -> str:
    """What comes of a call: the code of a failure, else the body."""
    ours = Wire(files.certificate, files.key, authority.path, LOOPBACK)
    try:
        return ours.call("GET", f"{url}/identity", version="3.1.0").body.decode()
    except Unreached as error:
        return error.code


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (None, "silent"),
        (trickle(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"), "silent"),
        (trickle(HEAD + b"content-length: 1000\r\n\r\n", b" "), "silent"),
        (trickle(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"), "silent"),
        (much, "too_large"),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n"), "unreadable"),
        (lambda connection: connection.sendall(HEAD + b"content-length: 9\r\n\r\n{}"), "unreadable"),
        (good, "{}"),
    ],
    ids=["no handshake", "head", "body", "chunks", "50 MB", "no HTTP", "cut off", "a good one"],
)
def test_a_peer_that_answers_slowly_or_without_end_holds_nobody(
    authority: Authority, files: Files, say: Say | None, code: str, hurried: None
) -> None:
    began = time.monotonic()
    with server(files, say) as url:
        assert calling(authority, files, url) == code
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("kind", ["expired", "of another host", "of another authority", "not yet valid"])
def test_a_server_with_a_wrong_certificate_is_not_talked_to(authority: Authority, files: Files, kind: str) -> None:
    shown = {
        "expired": lambda: authority.issue("expired", "127.0.0.1", days=-0.1, begun_days_ago=0.9),
        "of another host": lambda: authority.issue("elsewhere", "127.0.0.2"),
        "of another authority": lambda: Authority(authority.folder, "Strange Authority").issue("strange", "127.0.0.1"),
        "not yet valid": lambda: authority.issue("early", "127.0.0.1", begun_days_ago=-0.5),
    }[kind]()
    heard: list[bytes] = []
    with server(shown, lambda connection: heard.append(connection.recv(1))) as url:
        assert calling(authority, files, url) == "certificate_untrusted"
    assert heard == []


def test_a_private_address_is_not_even_connected_to(authority: Authority, files: Files) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        ours = Wire(files.certificate, files.key, authority.path)
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(Unreached) as error:
                ours.call("GET", f"https://{host}:{listening.getsockname()[1]}/identity", version="3.1.0")
            assert error.value.code == "private_address"
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("fe80::1%eth0", False),
        ("fd00::1", False), ("::ffff:10.1.2.3", False), ("64:ff9b::a01:203", False), ("2002:a01:203::1", False),
    ],
)  # fmt: skip
def test_which_addresses_may_be_called(address: str, is_open: bool) -> None:
    assert may_call(address, ()) is is_open
    named = [ipaddress.ip_network("10.0.0.0/8")]
    assert may_call(address, named) is (is_open or "10.1.2.3" in address or "a01:203" in address)
