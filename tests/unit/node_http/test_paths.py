"""One spelling for each path: whatever could be read in two ways is not there."""

import pytest

from tests.unit.node_http.fake import Interface, credential

WRONG = [
    b"//health", b"/health/", b"/health//", b"/./health", b"/x/../health", b"/..", b"/.", b"/%68ealth", b"/health%00",
    b"/health%2e", b"/%2e%2e/health", b"/accounts/1%2fstatement", b"/accounts//1", b"/accounts/1/", b"/accounts/-1",
    b"/accounts/0", b"/accounts/01", b"/accounts/1.0", b"/accounts/" + b"9" * 19, b"/accounts/" + b"9" * 300,
    b"/accounts/\xd9\xa3", b"/accounts/1;x", b"/accounts/1\\statement", b"/accounts/1/.statement", b"/ACCOUNTS/1",
    b"/messages/", b"//messages", b"/messages/0", b"/messages/x", b"/messages/41/x", b"/%6dessages", b"/proofs/1",
    b"/proofs/0", b"/receipts/3/1", b"/receipts/3/1/0", b"/receipts/3/65536/1", b"/receipts/4294967296/1/1",
    b"/lanes/3", b"/lanes/0/1", b"/nothing", b"*", b"", b"health", b"http://node.example/health", b"/health\r\nx: y",
    b"/tile/0/../0/000.p/7", b"/log/key/", b"/log",
]  # fmt: skip


@pytest.mark.parametrize("path", WRONG)
def test_a_path_that_is_none_is_not_found(path: bytes) -> None:
    target = path.decode("latin-1")
    headers = [(b"authorization", credential("authority", target).encode())]
    # Signed as the interface reads it, so that it is the path that fails and not the credential.
    interface = Interface()
    status, answered, body = interface.ask_raw("GET", path, headers if path.isascii() else [])
    assert status == 404
    assert answered[b"content-type"] == b"application/problem+json"
    assert b"urn:sanad:problem:refused" in body
    assert interface.service.taken == []


@pytest.mark.parametrize("decoded", ["/messages", "/health"])
def test_what_the_server_decoded_counts_for_nothing(decoded: str) -> None:
    assert Interface().ask_raw("GET", b"/%2f", path=decoded)[0] == 404


@pytest.mark.parametrize("path", ["/health", "/accounts/1", "/tile/0/000", "/"])
def test_reads_are_only_read(path: str) -> None:
    interface = Interface()
    assert interface.ask("OPTIONS", path).headers["allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        answer = interface.ask(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    with_body = interface.ask("GET", path, content=b"x")
    assert (with_body.status_code, with_body.headers["connection"]) == (422, "close")


def test_no_header_of_a_request_comes_back() -> None:
    interface = Interface()
    evil = "x\r\nset-cookie: a=b"
    for target in ("/health", "/accounts/1", "/nothing"):
        _, answered, body = interface.ask_raw(
            "GET", target.encode(), [(b"host", evil.encode()), (b"authorization", evil.encode()), (b"origin", b"evil")]
        )
        assert b"set-cookie" not in body
        assert not any(b"\n" in value or b"evil" in value for value in answered.values())
