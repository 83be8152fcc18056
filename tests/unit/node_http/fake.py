"""A node's core that is not one, and ways to ask the interface in front of it without a socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx
from nacl.signing import SigningKey

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Refused, Unavailable
from sanad.node import credentials, receipts
from sanad.node.http_application import Application
from sanad.node.http_limits import Limits
from sanad.node.service import (
    AccountView,
    Health,
    MessageView,
    PaymentView,
    StatementLine,
    StatementPage,
)
from sanad.rulebook.edition1.state import Key
from sanad.rulebook.edition1.words import InstitutionClass, Right
from sanad.rulebook.message import Suite, key_id
from tests.unit.node_http.record import LOG_SIGNER, NETWORK, SALT, block_of_three

Result = TypeVar("Result")

AUTHORITY, BANK, OTHER_BANK = 1, 3, 4
NOW_MS = 1_790_000_000_000
UETR = bytes.fromhex("11111111222243338444555555555555")
BLOCK = block_of_three()
RECEIPT = receipts.encode(BLOCK.receipt(2))
BULK_RECEIPT = receipts.encode(BLOCK.receipt(0))
RAW = BLOCK.messages[2].raw
ACT = BLOCK.messages[1].raw
BIG = 2**63 - 1
NOT_COVERED = 43 * 8_192
"""Position of a transfer in a block that no checkpoint covers yet."""

KEYS = {
    name: SigningKey(digest(name.encode()))
    for name in ("authority", "bank", "other bank", "revoked", "cannot read", "unknown")
}


def registered(name: str, institution: int, rights: int, revoked: int = 0) -> Key:
    public = bytes(KEYS[name].verify_key)
    return Key(key_id(Suite.ED25519, public), 1, public, institution, 0, rights, 0, 0, 0, 1, revoked)


def account(number: int, institution: int) -> AccountView:
    return AccountView(
        number, institution, 1, "PKR", 2, 2, 2, 0, 0, BIG, 500, 7, 41 * 8_192, height=5, time_ms=NOW_MS - 1_000
    )


LINE = StatementLine(41 * 8_192, 5, NOW_MS, UETR, True, 2, 1_000, -7, 500, 1, 0, 0, 0, bytes(16))
PAYMENT = PaymentView(41 * 8_192, 5, NOW_MS, 0, 1, 2, 1_000, 1, "PKR", 2, 1, 0)


@dataclass
class FakeService:
    network: bytes = NETWORK
    taken: list[bytes] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    error: Exception | None = None
    answer: bytes = RECEIPT
    orders: dict[int, int] = field(default_factory=dict)
    state: Health = field(
        default_factory=lambda: Health(True, "", "Nation <&>", True, "0.1", bytes(32), 5, NOW_MS - 1_000)
    )

    def submit(self, raw: bytes) -> Future[bytes]:
        self.taken.append(raw)
        future: Future[bytes] = Future()
        self.settle(future)
        return future

    def settle(self, future: "Future[bytes]") -> None:
        if self.error is None:
            future.set_result(self.answer)
        else:
            future.set_exception(self.error)

    def _maybe_fail(self) -> None:
        if self.error is not None:
            raise self.error

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        self._maybe_fail()
        return RECEIPT if (institution, lane, sequence) == (BANK, 1, 3) else None

    def next_sequence(self, institution: int, lane: int) -> int:
        return 4 if (institution, lane) == (BANK, 1) else 1

    def key(self, identifier: bytes) -> Key | None:
        read = int(Right.READ)
        keys = [
            registered("authority", AUTHORITY, read),
            registered("bank", BANK, read | Right.TRANSFER),
            registered("other bank", OTHER_BANK, read),
            registered("revoked", BANK, read, revoked=12),
            registered("cannot read", BANK, int(Right.TRANSFER)),
        ]
        return {key.identifier: key for key in keys}.get(identifier)

    def orders_behind(self, entry: int) -> dict[int, int]:
        return self.orders

    def institution_class(self, institution: int) -> int | None:
        classes = {
            AUTHORITY: InstitutionClass.AUTHORITY,
            BANK: InstitutionClass.BANK,
            OTHER_BANK: InstitutionClass.BANK,
        }
        return classes.get(institution)

    def account(self, number: int) -> AccountView | None:
        self._maybe_fail()
        return account(number, BANK if number == 1 else OTHER_BANK) if number in (1, 2) else None

    def statement(self, number: int, before: int, limit: int) -> StatementPage:
        self.asked.append((number, before, limit))
        return StatementPage([LINE, replace(LINE, is_debit=False, reserved=None)][:limit], 41 * 8_192)

    def find_payment(self, institution: int, uetr: bytes) -> list[PaymentView]:
        return [PAYMENT] if (institution, uetr) == (BANK, UETR) else []

    def transfer_parties(self, position: int) -> frozenset[int]:
        return frozenset({BANK}) if position in (41 * 8_192, NOT_COVERED) else frozenset()

    def transfer_proof(self, position: int) -> bytes | None:
        if position == NOT_COVERED:
            raise Unavailable("no checkpoint covers this block yet")
        return BLOCK.proof(0, 0) if position == 41 * 8_192 else None

    def message_readers(self, entry: int) -> frozenset[int]:
        return {41: frozenset({BANK}), 42: frozenset({AUTHORITY, BANK})}.get(entry, frozenset())

    def message(self, entry: int) -> MessageView | None:
        self.asked.append((entry,))
        views = {
            41: MessageView(BLOCK.messages[0].raw, BANK, frozenset(), bytes(10), SALT),
            42: MessageView(ACT, AUTHORITY, frozenset({BANK}), b"\0\0", SALT, opened_account=17),
        }
        return views.get(entry)

    def checkpoint(self) -> bytes:
        self._maybe_fail()
        return BLOCK.proof(0, 0).split(b"\n\n", 1)[1]

    def tile(self, path: str) -> bytes:
        self.asked.append((path,))
        return {"tile/0/000.p/7": bytes(7 * 32), "tile/entries/000.p/7": bytes(7 * 130)}[path]

    def register_answer(self, record_type: int, number: int, asked_ms: int) -> bytes:
        self.asked.append((record_type, number, asked_ms))
        if asked_ms < 1_000:
            raise Refused("time", "the record begins later; ask about a time after its first block", 404)
        return b"answer"

    def register_records(self, record_type: int, after: int, limit: int) -> list[bytes]:
        self.asked.append((record_type, after, limit))
        return [canonical.encode([record_type, number, "Bank"]) for number in range(after + 1, after + 3)][:limit]

    def log_key(self) -> bytes:
        return LOG_SIGNER.verifier_key.encode()

    def health(self) -> Health:
        return self.state

    def metrics(self) -> bytes:
        return b"sanad_entries_total 43\n"


def credential(name: str, target: str, method: str = "GET", time_ms: int = NOW_MS, network: bytes = NETWORK) -> str:
    return credentials.make(KEYS[name], network, method, target.encode(), time_ms)


class Interface:
    """The interface before a fake core; `ask` goes through httpx, `ask_raw` hands over bytes that no client would."""

    def __init__(
        self, service: FakeService | None = None, limits: Limits | None = None, address: str = "10.0.0.1"
    ) -> None:
        self.service = service or FakeService()
        self.application = Application(self.service, limits or Limits(), clock_ms=lambda: NOW_MS)
        self._address = address

    def ask(self, method: str, target: str, by: str | None = None, **named: Any) -> httpx.Response:
        headers = dict(named.pop("headers", {}))
        if by is not None:
            headers["authorization"] = credential(by, target, method)
        return run(self.ask_async(method, target, headers=headers, **named))

    async def ask_async(self, method: str, target: str, **named: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.application, client=(self._address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://node.example") as client:
            return await client.request(method, target, **named)

    def submit(self, content: Any = RAW, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("POST", "/messages", content=content, headers=headers or {})

    def ask_raw(
        self,
        method: str,
        raw_path: bytes,
        headers: list[tuple[bytes, bytes]] | None = None,
        receive: Callable[[], Coroutine[Any, Any, Any]] | None = None,
        query: bytes = b"",
        path: str | None = None,
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        sent: list[dict[str, Any]] = []

        async def nothing() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(event: dict[str, Any]) -> None:
            sent.append(event)

        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": path or raw_path.decode("latin-1"),
            "raw_path": raw_path, "query_string": query, "headers": headers or [], "scheme": "http", "root_path": "",
            "client": (self._address, 1), "server": ("node.example", 80),
        }  # fmt: skip
        run(self.application(scope, receive or nothing, send))  # type: ignore[arg-type]
        if not sent:
            return 0, {}, b""
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(event.get("body", b"") for event in sent[1:])


def run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class InProcess(httpx.BaseTransport):
    """Lets the synchronous client ask the application in this process."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._interface.application)
            response = await transport.handle_async_request(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            )
            return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())

        return streamed(run(ask()))


def streamed(response: httpx.Response) -> httpx.Response:
    """The response as it comes from a socket: not read yet."""
    return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(response.content))
