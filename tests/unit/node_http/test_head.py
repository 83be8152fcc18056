"""The strict reader of plain heads: whatever it takes, the HTTP parser reads in the same way."""

from dataclasses import dataclass, field

import httptools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from sanad.node.http_head import PLAIN_BYTES_MAX, REQUEST_LINE, Head, plain_head

LENGTH = b"content-length: 314\r\n"
NEXT = b"GET /health HTTP/1.1\r\nhost: node\r\n\r\n"


@dataclass
class Parsed:
    """What httptools reads."""

    parser: "httptools.HttpRequestParser | None" = None
    requests: list[tuple[bytes, bytes, str]] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    ended: int = 0
    keeps_alive: bool = False
    upgrades: bool = False
    url: bytes = b""

    def on_message_begin(self) -> None:
        self.url = b""
        self.bodies.append(b"")

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.bodies) == 1:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        if not self.requests:
            self.keeps_alive, self.upgrades = self.parser.should_keep_alive(), self.parser.should_upgrade()
        self.requests.append((self.parser.get_method(), self.url, self.parser.get_http_version()))

    def on_body(self, body: bytes) -> None:
        self.bodies[-1] += body

    def on_message_complete(self) -> None:
        self.ended += 1


def parsed(data: bytes) -> Parsed:
    """As uvicorn uses it."""
    result = Parsed()
    result.parser = httptools.HttpRequestParser(result)
    result.parser.set_dangerous_leniencies(lenient_data_after_close=True)
    result.parser.feed_data(data)
    return result


def same_as_parser(data: bytes) -> bool:
    """Whether `data` begins with a plain head; if so it must mean the same to both readers, to the last byte."""
    head = plain_head(data)
    if head is None:
        return False
    body = bytes(head.length)
    read = parsed(data[: head.size] + body + NEXT)
    assert read.requests == [(b"POST", b"/messages", "1.1"), (b"GET", b"/health", "1.1")]
    assert read.bodies == [body, b""]
    assert read.ended == 2
    assert read.keeps_alive
    assert not read.upgrades
    assert len(read.headers) == head.headers
    names = [name for name, _ in read.headers]
    assert sorted(set(names)) == sorted(names)
    assert dict(read.headers)[b"content-length"] == b"%d" % head.length
    assert not {b"transfer-encoding", b"expect", b"upgrade", b"content-encoding"} & set(names)
    return True


def test_the_heads_of_our_own_clients_are_plain() -> None:
    load_client = REQUEST_LINE + b"host: 127.0.0.1:1\r\ncontent-type: application/octet-stream\r\n" + LENGTH + b"\r\n"
    assert plain_head(load_client + b"body") == Head(len(load_client), 3, 314)
    httpx = (
        REQUEST_LINE + b"Host: node:8470\r\nAccept: application/octet-stream\r\nAccept-Encoding: gzip, deflate\r\n"
        b"Connection: keep-alive\r\nUser-Agent: python-httpx/0.28\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Length: 314\r\n\r\n"
    )
    assert plain_head(httpx) == Head(len(httpx), 7, 314)
    assert same_as_parser(load_client)
    assert same_as_parser(httpx)


@pytest.mark.parametrize(
    "headers",
    [
        b"",
        b"host: node\r\n",
        LENGTH + LENGTH,
        LENGTH + b"Content-Length: 314\r\n",
        b"content-length: 314, 314\r\n",
        b"content-length: 0\r\n",
        b"content-length: 0314\r\n",
        b"content-length: +314\r\n",
        b"content-length: -314\r\n",
        b"content-length: 3_14\r\n",
        b"content-length: 0x13a\r\n",
        b"content-length: 314 \r\n",
        b"content-length:  314\r\n",
        b"content-length:314\r\n",
        b"content-length:\t314\r\n",
        b"content-length : 314\r\n",
        b" content-length: 314\r\n",
        "content-length: ٣\r\n".encode(),
        b"content-length: 9999999999\r\n",
        LENGTH + b" folded: line\r\n",
        b"a b: c\r\n" + LENGTH,
        b": c\r\n" + LENGTH,
        b"host\r\n" + LENGTH,
        b"host: \r\n" + LENGTH,
        b"host: a\x00b\r\n" + LENGTH,
        b"host: a\nb: c\r\n" + LENGTH,
        b"host: a\rb: c\r\n" + LENGTH,
        b"host: a\n" + LENGTH,
        b"host: \xff\r\n" + LENGTH,
        LENGTH + b"transfer-encoding: chunked\r\n",
        LENGTH + b"expect: 100-continue\r\n",
        LENGTH + b"upgrade: websocket\r\n",
        LENGTH + b"connection: close\r\n",
        LENGTH + b"connection: keep-alive, close\r\n",
        LENGTH + b"connection: upgrade\r\n",
        LENGTH + b"accept: application/json\r\n",
        LENGTH + b"content-type: text/html\r\n",
        LENGTH + b"content-encoding: gzip\r\n",
        LENGTH + b"x-anything: 1\r\n",
        LENGTH + b"host: " + b"a" * PLAIN_BYTES_MAX + b"\r\n",
    ],
)
def test_whatever_is_unusual_is_left_to_the_parser(headers: bytes) -> None:
    assert plain_head(REQUEST_LINE + headers + b"\r\n") is None


@pytest.mark.parametrize(
    "line",
    [
        b"GET /messages HTTP/1.1\r\n",
        b"POST /messages HTTP/1.0\r\n",
        b"POST /messages?a HTTP/1.1\r\n",
        b"POST //messages HTTP/1.1\r\n",
        b"POST http://node/messages HTTP/1.1\r\n",
        b"POST  /messages HTTP/1.1\r\n",
        b"post /messages HTTP/1.1\r\n",
        b"POST /messages HTTP/1.1\n",
        b"\r\nPOST /messages HTTP/1.1\r\n",
    ],
)
def test_another_request_line_is_left_to_the_parser(line: bytes) -> None:
    assert plain_head(line + LENGTH + b"\r\n") is None


def test_a_head_that_is_not_whole_is_left_to_the_parser() -> None:
    whole = REQUEST_LINE + LENGTH + b"\r\n"
    assert [plain_head(whole[:size]) for size in range(len(whole))] == [None] * len(whole)
    assert plain_head(whole) is not None


NAMES = some.sampled_from(
    [b"host", b"Host", b"user-agent", b"accept", b"accept-encoding", b"connection", b"content-type", b"content-length",
     b"Content-Length", b"transfer-encoding", b"expect", b"upgrade", b"x", b"content-length ", b"", b"content_length"]
)  # fmt: skip
VALUES = some.one_of(
    some.sampled_from(
        [b"314", b"1", b"0", b"007", b"application/octet-stream", b"keep-alive", b"Keep-Alive", b"close", b"chunked",
         b"100-continue", b"websocket", b"upgrade", b"node:8470", b"*/*", b"gzip, deflate"]
    ),
    some.binary(max_size=8),
)  # fmt: skip
COLONS = some.sampled_from([b": "] * 8 + [b":", b" : ", b":\t", b":  ", b""])
ENDS = some.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b" \r\n", b"\t\r\n", b"\r\n "])
HEADS = some.lists(some.tuples(NAMES, COLONS, VALUES, ENDS).map(b"".join), max_size=6).map(b"".join)
LINES = some.sampled_from([REQUEST_LINE] * 12 + [b"POST /messages HTTP/1.1\n", b"POST /messages HTTP/1.1\r\n "])


@settings(max_examples=1_000, deadline=None)
@given(LINES, HEADS, some.booleans())
@example(REQUEST_LINE, b"connection: Keep-Alive\r\n", True)
def test_what_is_taken_means_the_same_to_the_parser(line: bytes, headers: bytes, has_length: bool) -> None:
    same_as_parser(line + (LENGTH if has_length else b"") + headers + b"\r\n")


@settings(max_examples=1_000, deadline=None)
@given(some.integers(0, 200), some.binary(min_size=1, max_size=3), some.integers(0, 3))
def test_a_plain_head_with_a_few_bytes_changed(at: int, inserted: bytes, removed: int) -> None:
    head = REQUEST_LINE + b"host: node:8470\r\naccept: */*\r\nconnection: keep-alive\r\n" + LENGTH + b"\r\n"
    same_as_parser(head[:at] + inserted + head[at + removed :])


@pytest.mark.parametrize("between", [b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r", b"\r\n\r\n"])
def test_line_ends_between_two_requests_are_nothing_to_the_parser(between: bytes) -> None:
    """So the short way may begin after them: the parser had no request begun."""
    read = parsed(NEXT + between)
    assert (len(read.requests), read.ended, len(read.bodies)) == (1, 1, 1)
    read.parser.feed_data(REQUEST_LINE + b"content-length: 1\r\n\r\nx")  # type: ignore[union-attr]
    assert (len(read.requests), read.ended, read.bodies) == (2, 2, [b"", b"x"])
