import asyncio
import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from sanad.base.errors import Fault, Malformed, Refused, Unavailable
from sanad.node import receipts
from sanad.node.http_limits import Limits
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.message import MESSAGE_SIZE_MAX
from tests.unit.node_http.fake import BLOCK, BULK_RECEIPT, RAW, RECEIPT, FakeService, Interface, pieces, run

JSON = {"accept": "application/json"}


def test_a_message_is_answered_with_its_receipt() -> None:
    interface = Interface()
    answer = interface.submit(headers={"content-type": "application/octet-stream"})
    assert (answer.status_code, answer.content) == (200, RECEIPT)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(RECEIPT))
    assert answer.headers["cache-control"] == "no-store"
    assert interface.service.taken == [RAW]


def test_a_message_in_pieces_is_the_same_message() -> None:
    interface = Interface()
    assert interface.submit(pieces(RAW[:1], RAW[1:100], b"", RAW[100:])).status_code == 200
    assert interface.service.taken == [RAW]


@pytest.mark.parametrize(
    ("languages", "sentence"),
    [
        ("", "Admitted."),
        ("en", "Admitted."),
        ("ur", "منظور۔"),
        ("ur-PK,ur;q=0.9,en;q=0.8", "منظور۔"),
        ("de, *", "Admitted."),
    ],
)
def test_a_single_payment_as_json_says_its_outcome(languages: str, sentence: str) -> None:
    document = Interface().submit(headers={**JSON, "accept-language": languages}).json()
    assert document["outcome"] == {"code": 0, "name": "ADMITTED", "sentence": sentence}
    assert (document["entry"], document["height"], document["outcomes"]) == (43, 5, [0])


def test_a_rejection_for_an_order_names_its_entry() -> None:
    code = int(Outcome.DEBIT_NOT_PERMITTED)
    answer = receipts.encode(replace(BLOCK.receipt(2), outcomes=code.to_bytes(2, "little")))
    (outcome,) = Interface(FakeService(answer=answer, orders={code: 17})).submit(headers=JSON).json()["meanings"]
    assert outcome["order_entry"] == 17
    assert outcome["sentence"].endswith("in its class and status. The order is in entry 17.")
    assert "order_entry" not in Interface(FakeService(answer=answer)).submit(headers=JSON).json()["outcome"]


def test_a_bulk_message_as_json_explains_each_outcome_once() -> None:
    """A rejection is an answer, not an error."""
    answer = Interface(FakeService(answer=BULK_RECEIPT)).submit(headers=JSON)
    document = answer.json()
    assert answer.status_code == 200
    assert (document["admitted"], document["rejected"]) == (4, 1)
    assert document["outcomes"] == [0, 80, 0, 0, 0]
    assert [one["name"] for one in document["meanings"]] == ["ADMITTED", "INSUFFICIENT_BALANCE"]
    assert "outcome" not in document


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Malformed("body", "truncated", "send all"), 422, {"code": "truncated", "field": "body", "detail": "send all"}),
        (Refused("key", "use another"), 403, {"right": "key", "detail": "use another"}),
        (Refused("sequence", "it is taken", 409), 409, {"right": "sequence"}),
        (Refused("quota", "wait a day", 429), 429, {"right": "quota"}),
        (Unavailable("the queue is full", 7), 503, {"retry_after_seconds": 7}),
        (Fault("books balance at account 17"), 500, {"code": "fault"}),
        (KeyError("secret 17"), 500, {"code": "fault"}),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_errors_of_the_core_keep_their_family(
    error: Exception, status: int, said: dict[str, Any], at_once: bool
) -> None:
    class AtOnce(FakeService):
        def submit(self, raw: bytes) -> Future[bytes]:
            raise error

    interface = Interface(AtOnce() if at_once else FakeService(error=error))
    answer = interface.submit()
    document = answer.json()
    assert answer.status_code == document["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail", "code"} <= set(document)
    assert said.items() <= document.items()
    assert "17" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)
    assert ("connection" in answer.headers) == (status == 500), "the body was read: the connection can go on"


def test_a_fault_is_told_to_the_operator_without_a_byte_of_the_request() -> None:
    with capture_logs() as told:
        Interface(FakeService(error=Fault("books balance"))).submit()
        Interface(FakeService(error=KeyError("secret 17"))).submit()
    assert [line["invariant"] for line in told] == ["books balance", "KeyError"]
    assert "17" not in str([line["invariant"] for line in told])


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([(b"content-length", b"%d" % (MESSAGE_SIZE_MAX + 1))], 413, b"message_size"),
        ([(b"content-length", b"9" * 18)], 413, b"message_size"),
        ([(b"content-length", b"9" * 400)], 422, b"out_of_range"),
        ([(b"content-length", b"-1")], 422, b"out_of_range"),
        ([(b"content-length", "٣".encode())], 422, b"out_of_range"),
        ([(b"content-length", b"")], 422, b"out_of_range"),
        ([(b"content-type", b"text/html")], 422, b"content_type"),
        ([(b"content-encoding", b"gzip")], 422, b"content_encoding"),
    ],
)
def test_a_wrong_head_is_answered_before_the_body_is_read(
    headers: list[tuple[bytes, bytes]], status: int, code: bytes
) -> None:
    async def never() -> dict[str, Any]:
        raise AssertionError("the body was asked for")

    interface = Interface()
    got, answered, body = interface.ask_raw("POST", b"/messages", headers, never)
    assert got == status
    assert b'"code":"%b"' % code in body
    assert answered[b"connection"] == b"close"
    assert interface.service.taken == []


def test_the_largest_message_is_taken_and_one_byte_more_is_not() -> None:
    interface = Interface()
    assert interface.submit(bytes(MESSAGE_SIZE_MAX)).status_code == 200
    assert interface.submit(pieces(bytes(MESSAGE_SIZE_MAX), b"x")).status_code == 413
    assert len(interface.service.taken) == 1


def test_a_body_without_end_is_refused_while_it_streams() -> None:
    given = 0

    async def endless() -> dict[str, Any]:
        nonlocal given
        given += 1 << 16
        return {"type": "http.request", "body": bytes(1 << 16), "more_body": True}

    interface = Interface()
    status, headers, _ = interface.ask_raw("POST", b"/messages", [(b"transfer-encoding", b"chunked")], endless)
    assert (status, headers[b"connection"]) == (413, b"close")
    assert given <= MESSAGE_SIZE_MAX + (1 << 16)
    assert b"in_flight 0\n" in interface.application.figures()


def test_a_body_that_breaks_off_changes_nothing() -> None:
    events: list[dict[str, Any]] = [
        {"type": "http.request", "body": RAW[:50], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def broken() -> dict[str, Any]:
        return events.pop(0)

    interface = Interface()
    assert interface.ask_raw("POST", b"/messages", [(b"content-length", b"314")], broken)[0] == 0
    assert interface.service.taken == []
    assert b"in_flight 0\n" in interface.application.figures()


def test_a_slow_body_is_ended() -> None:
    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    interface = Interface(limits=Limits(body_seconds=0.1))
    status, headers, body = interface.ask_raw("POST", b"/messages", receive=drip)
    assert (status, headers[b"connection"]) == (408, b"close")
    assert b"0.1 s" in body
    assert b"in_flight 0\n" in interface.application.figures()


def test_memory_for_messages_is_bounded() -> None:
    held: list[Future[bytes]] = []
    both_are_here = asyncio.Event()

    class Holding(FakeService):
        def submit(self, raw: bytes) -> Future[bytes]:
            held.append(Future())
            if len(held) == 2:
                both_are_here.set()
            return held[-1]

    interface = Interface(Holding(), Limits(bytes_in_flight_max=2 * len(RAW)))

    async def three() -> list[int]:
        first = [asyncio.create_task(interface.ask_async("POST", "/messages", content=RAW)) for _ in range(2)]
        await both_are_here.wait()
        third = await interface.ask_async("POST", "/messages", content=RAW)
        fourth = await interface.ask_async("POST", "/messages", content=pieces(RAW))
        for future in held:
            future.set_result(RECEIPT)
        return [(await one).status_code for one in first] + [third.status_code, fourth.status_code]

    assert run(three()) == [200, 200, 503, 503]
    assert b"in_flight 0\n" in interface.application.figures()


def test_one_sender_may_not_send_too_fast_and_harms_nobody_else() -> None:
    limits = Limits(messages_per_second=1, messages_at_once=3)
    interface = Interface(limits=limits)
    answers = [interface.submit() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["retry-after"] == "1"
    assert answers[3].json()["right"] == "messages per second"
    assert len(interface.service.taken) == 3
    other = bytearray(RAW)
    other[24:28] = (4).to_bytes(4, "little")
    assert interface.submit(bytes(other)).status_code == 200, "another institution"
    interface._address = "10.0.0.2"
    assert interface.submit().status_code == 200, "a stranger who claims a bank's number uses his own share"


def test_invented_institutions_share_one_rate() -> None:
    interface = Interface(limits=Limits(messages_per_second=1, messages_at_once=1))
    statuses = []
    for number in (900, 901, 902):
        raw = bytearray(RAW)
        raw[24:28] = number.to_bytes(4, "little")
        statuses.append(interface.submit(bytes(raw)).status_code)
    assert statuses == [200, 429, 429]


def test_receipts_come_from_the_writer_thread() -> None:
    class Threaded(FakeService):
        def submit(self, raw: bytes) -> Future[bytes]:
            future: Future[bytes] = Future()
            self.taken.append(raw)
            threading.Timer(0.002, self.settle, [future]).start()
            return future

    interface = Interface(Threaded())

    async def many() -> list[int]:
        asks = [interface.ask_async("POST", "/messages", content=RAW) for _ in range(50)]
        return [answer.status_code for answer in await asyncio.gather(*asks)]

    assert run(many()) == [200] * 50


def test_no_answer_in_time_and_a_stopping_node_are_unavailable() -> None:
    class Silent(FakeService):
        cancels = False

        def submit(self, raw: bytes) -> Future[bytes]:
            future: Future[bytes] = Future()
            if self.cancels:
                threading.Timer(0.002, future.cancel).start()
            return future

    service = Silent()
    answer = Interface(service, Limits(answer_seconds=0.02)).submit()
    assert answer.status_code == 503
    assert "same message is safe" in answer.json()["detail"]
    service.cancels = True
    assert "stopping" in Interface(service).submit().json()["detail"]


def test_other_methods() -> None:
    interface = Interface()
    assert interface.ask("OPTIONS", "/messages").headers["allow"] == "POST, OPTIONS"
    for method in ("GET", "HEAD", "PUT", "DELETE", "TRACE"):
        answer = interface.ask(method, "/messages")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert interface.service.taken == []


def test_an_access_log_names_routes_and_never_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    from sanad.node.http_application import Application
    from tests.unit.node_http.fake import NOW_MS

    interface = Interface()
    interface.application = Application(interface.service, access_log=True, clock_ms=lambda: NOW_MS)
    interface.submit()
    interface.ask("GET", "/accounts/1234567/statement?before=7654321", by="bank")
    log = capsys.readouterr().err
    assert '"route": "/messages"' in log
    assert '"route": "statement"' in log
    assert '"status": 404' in log
    assert "1234567" not in log
    assert "7654321" not in log
