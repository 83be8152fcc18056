from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.node.client import ANSWER_SIZE_MAX, NodeClient, Patience
from tests.unit.node_http.fake import (
    BANK,
    KEYS,
    LINE,
    NOW_MS,
    PAYMENT,
    RAW,
    RECEIPT,
    UETR,
    FakeService,
    InProcess,
    Interface,
    account,
    streamed,
)
from tests.unit.node_http.record import NETWORK

POSITION = 41 * 8_192


def client(
    service: FakeService | None = None, key: str | None = "bank", slept: list[float] | None = None
) -> NodeClient:
    return against(InProcess(Interface(service)), key, slept)


def against(transport: httpx.BaseTransport, key: str | None = "bank", slept: list[float] | None = None) -> NodeClient:
    return NodeClient(
        "http://node.example", KEYS[key] if key else None, transport=transport, clock_ms=lambda: NOW_MS,
        sleep=(slept if slept is not None else []).append,
    )  # fmt: skip


def mocked(answer: Callable[[httpx.Request], httpx.Response], slept: list[float] | None = None) -> NodeClient:
    return against(httpx.MockTransport(lambda request: streamed(answer(request))), None, slept)


def test_the_whole_way() -> None:
    with client() as node:
        assert node.network == NETWORK
        assert node.health().name == "Nation <&>"
        assert node.submit(RAW) == RECEIPT
        assert node.receipt(BANK, 1, 3) == RECEIPT
        assert node.receipt(BANK, 1, 4) is None
        assert node.next_sequence(BANK, 1) == 4
        assert node.account(1) == account(1, BANK)
        assert node.account(2) is None
        page = node.statement(1, before=POSITION + 5, limit=1)
        assert (list(page.lines), page.next_before) == ([LINE], POSITION)
        assert node.find_payment(BANK, UUID(bytes=UETR)) == [PAYMENT]
        assert node.find_payment(BANK, UUID(int=1)) == []
        proof = node.proof(POSITION)
        assert proof is not None
        assert node.checkpoint() in proof
        assert node.proof(POSITION + 1) is None
        message = node.message(42)
        assert message is not None
        assert (message.is_whole, message.sender) == (False, 1)
        assert node.message(99) is None
        assert node.tile("tile/0/000.p/7") == bytes(7 * 32)
        assert node.tile("tile/0/001") is None
        assert node.log_key().startswith(b"log.example/tests+")


def test_without_a_key_only_public_things_are_read() -> None:
    with client(key=None) as node:
        assert node.checkpoint()
        with pytest.raises(Refused, match="not public") as refused:
            node.account(1)
    assert refused.value.status == 401


@pytest.mark.parametrize("error", [Malformed("body", "truncated", "send all"), Refused("sequence", "it is taken", 409)])
def test_errors_come_back_as_they_were(error: Malformed | Refused) -> None:
    slept: list[float] = []
    with client(FakeService(error=error), slept=slept) as node, pytest.raises(type(error)) as raised:
        node.submit(RAW)
    assert str(raised.value) == str(error)
    assert vars(raised.value) == vars(error)
    assert slept == []


def test_unavailable_is_tried_again_as_the_node_asks_and_not_for_ever() -> None:
    slept: list[float] = []
    service = FakeService(error=Unavailable("the queue is full", 3))
    with (
        client(service, slept=slept) as node,
        pytest.raises(Unavailable, match="the queue is full; try again after 3 s"),
    ):
        node.submit(RAW)
    assert slept == [3, 3, 3, 3]
    assert service.taken == [RAW] * 5


def test_it_works_after_a_while() -> None:
    service = FakeService(error=Unavailable("the queue is full", 1))

    def sleep(_: float) -> None:
        service.error = None

    transport = InProcess(Interface(service))
    with NodeClient("http://node.example", transport=transport, sleep=sleep) as node:
        assert node.submit(RAW) == RECEIPT


def test_a_node_that_is_away_is_unavailable() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    slept: list[float] = []
    with mocked(away, slept) as node, pytest.raises(Unavailable, match="see that it runs"):
        node.submit(RAW)
    assert len(slept) == 4


@pytest.mark.parametrize("wait", ["1000000", "-5"])
def test_a_wait_that_is_asked_for_is_bounded(wait: str) -> None:
    document = {"type": "urn:sanad:problem:unavailable", "detail": "x", "retry_after_seconds": int(wait)}
    slept: list[float] = []
    with mocked(lambda _: httpx.Response(503, json=document), slept) as node, pytest.raises(Unavailable):
        node.submit(RAW)
    assert slept == [Patience().wait_seconds_max] * 4


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="<html>proxy</html>"),
        httpx.Response(404, text="not a node"),
        httpx.Response(422, json={"type": 7}),
        httpx.Response(422, json=[1]),
        httpx.Response(302, headers={"location": "http://elsewhere.example/"}),
    ],
)
def test_what_is_no_node_is_unavailable(answer: httpx.Response) -> None:
    with mocked(lambda _: answer) as node, pytest.raises(Unavailable, match="check the address"):
        node.checkpoint()


@pytest.mark.parametrize("document", [{}, [], {"account": "x"}, {"network": "00"}, None, {"next_sequence": {}}])
def test_an_answer_of_another_shape_is_unavailable(document: Any) -> None:
    with mocked(lambda _: httpx.Response(200, json=document)) as node:
        for ask in (lambda: node.account(1), lambda: node.next_sequence(3, 1), node.health, lambda: node.statement(1)):
            with pytest.raises(Unavailable, match="check the address"):
                ask()


def test_an_endless_answer_is_cut() -> None:
    with mocked(lambda _: httpx.Response(200, content=bytes(ANSWER_SIZE_MAX + 1))) as node, pytest.raises(Unavailable):
        node.checkpoint()


@pytest.mark.parametrize("address", ["ftp://node.example", "node.example", "http://\n"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(Malformed, match="address"), NodeClient(address) as node:
        node.checkpoint()
