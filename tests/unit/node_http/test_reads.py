import threading
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from sanad.base.errors import Fault, Unavailable
from sanad.node import proofs
from sanad.node.http_limits import Limits
from sanad.node.http_reads import NOT_READY
from sanad.node.service import StatementPage
from tests.unit.node_http.fake import ACT, AUTHORITY, BANK, BIG, NOT_COVERED, RECEIPT, UETR, FakeService, Interface, run
from tests.unit.node_http.record import POLICY

POSITION = 41 * 8_192
PAYMENT = f"/payments/{BANK}/{UUID(bytes=UETR)}"
PRIVATE = [
    f"/receipts/{BANK}/1/3", f"/lanes/{BANK}/1", "/accounts/1", "/accounts/1/statement", PAYMENT, f"/proofs/{POSITION}",
    "/messages/41",
]  # fmt: skip


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("reader", ["bank", "authority"])
def test_an_institution_reads_its_own_and_an_authority_reads_all(path: str, reader: str) -> None:
    answer = Interface().ask("GET", path, by=reader)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PRIVATE)
def test_without_a_credential_nothing_private_is_shown(path: str) -> None:
    answer = Interface().ask("GET", path)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Sanad")


@pytest.mark.parametrize(
    ("own", "none"),
    [
        ("/accounts/1", "/accounts/99"),
        ("/accounts/1/statement", "/accounts/99/statement"),
        (f"/proofs/{POSITION}", f"/proofs/{POSITION + 1}"),
        ("/messages/41", "/messages/99"),
        ("/messages/42", "/messages/99"),
    ],
)
def test_what_is_anothers_and_what_is_not_there_look_the_same(own: str, none: str) -> None:
    interface = Interface()
    theirs, nothing = interface.ask("GET", own, by="other bank"), interface.ask("GET", none, by="other bank")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content == nothing.content
    assert theirs.headers == nothing.headers


@pytest.mark.parametrize(
    "path", [f"/receipts/{BANK}/1/3", f"/receipts/{BANK}/1/4", f"/lanes/{BANK}/1", PAYMENT, "/lanes/77/1"]
)
def test_paths_of_another_institution_are_forbidden_whatever_is_there(path: str) -> None:
    answer = Interface().ask("GET", path, by="other bank")
    assert (answer.status_code, answer.json()["right"]) == (403, "READ")


def test_an_account_in_json() -> None:
    document = Interface().ask("GET", "/accounts/1", by="bank").json()
    assert (document["balance"], document["reserved"], document["available"]) == (str(BIG), "500", str(BIG - 500))
    assert (document["currency"], document["exponent"], document["institution"]) == ("PKR", 2, BANK)


def test_a_statement_with_a_cursor() -> None:
    interface = Interface()
    document = interface.ask("GET", f"/accounts/1/statement?before={POSITION}&limit=2", by="bank").json()
    assert interface.service.asked == [(1, POSITION, 2)]
    assert [line["side"] for line in document["lines"]] == ["debit", "credit"]
    assert document["lines"][0]["balance"] == "-7"
    assert document["lines"][1]["reserved"] is None
    assert document["next_before"] == POSITION
    interface.ask("GET", "/accounts/1/statement", by="bank")
    assert interface.service.asked[-1] == (1, 0, 50)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=99999999999999999999", "limit=-1", "before=-1", "before=9223372036854775808",
        "before=", "before", "before=01", "before=+1", "before=1&before=2", "limit=1;before=2", "x=1", "&", "limit=1e2",
        "before=%31", "limit=" + "1" * 300, "before=1&", "Limit=1",
    ],
)  # fmt: skip
def test_a_wrong_query_is_malformed(query: str) -> None:
    interface = Interface()
    answer = interface.ask("GET", f"/accounts/1/statement?{query}", by="bank")
    assert answer.status_code == 422
    assert interface.service.asked == []


def test_digits_of_other_scripts_are_no_digits() -> None:
    from tests.unit.node_http.fake import NOW_MS, credential

    query = "before=٣".encode()
    signed = credential("bank", "/accounts/1/statement?before=٣", "GET", NOW_MS)
    status, _, _ = Interface().ask_raw(
        "GET", b"/accounts/1/statement", [(b"authorization", signed.encode())], query=query
    )
    assert status == 422


def test_receipts() -> None:
    interface = Interface()
    assert interface.ask("GET", f"/receipts/{BANK}/1/3", by="bank").content == RECEIPT
    unknown = interface.ask("GET", f"/receipts/{BANK}/1/4", by="bank")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "receipt_unknown")
    wish = {"accept": "application/json", "accept-language": "ur"}
    document = interface.ask("GET", f"/receipts/{BANK}/1/3", by="bank", headers=wish).json()
    assert document["outcome"]["sentence"] == "منظور۔"


def test_the_next_sequence_of_a_lane() -> None:
    interface = Interface()
    assert interface.ask("GET", f"/lanes/{BANK}/1", by="bank").json()["next_sequence"] == 4
    assert interface.ask("GET", f"/lanes/{BANK}/65535", by="bank").json()["next_sequence"] == 1
    assert interface.ask("GET", f"/lanes/{BANK}/65536", by="bank").status_code == 404


def test_a_payment_by_its_uetr() -> None:
    interface = Interface()
    document = interface.ask("GET", PAYMENT, by="bank").json()
    assert document["payments"][0]["position"] == POSITION
    assert document["payments"][0]["amount"] == "1000"
    other = f"/payments/{BANK}/{UUID(int=7)}"
    assert interface.ask("GET", other, by="bank").json()["payments"] == []
    for wrong in ("x", "1" * 36, UETR.hex(), "g" * 8 + "-0000-0000-0000-000000000000"):
        assert interface.ask("GET", f"/payments/{BANK}/{wrong}", by="bank").status_code == 422


def test_only_a_party_learns_that_a_transfer_waits_for_its_checkpoint() -> None:
    """Else anyone could ask of each entry, while it is fresh, whether it was a payment, and of how many transfers."""
    interface = Interface()
    assert interface.ask("GET", f"/proofs/{NOT_COVERED}", by="bank").status_code == 503
    answers = [interface.ask("GET", f"/proofs/{at}", by="other bank") for at in (NOT_COVERED, NOT_COVERED + 8_192)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_proof_is_a_file_that_verifies() -> None:
    answer = Interface().ask("GET", f"/proofs/{POSITION}", by="bank")
    assert answer.headers["content-disposition"] == f'attachment; filename="payment-{POSITION}.tlog-proof"'
    assert proofs.verify(answer.content, POLICY, 1_790_000_100).position == POSITION


def test_a_message_is_not_even_read_for_a_stranger() -> None:
    """Else the time of the refusal would tell how large it is."""
    interface = Interface()
    assert interface.ask("GET", "/messages/41", by="other bank").status_code == 404
    assert interface.service.asked == []


def test_a_recipient_gets_the_act_and_not_the_secret_nonce() -> None:
    interface = Interface()
    whole = interface.ask("GET", "/messages/42", by="authority")
    part = interface.ask("GET", "/messages/42", by="bank")
    assert (whole.content, whole.headers["sanad-part"]) == (ACT, "message")
    assert (part.content, part.headers["sanad-part"]) == (b"\x94\x01\x90\x90\x90", "body")
    assert part.headers["sanad-outcome"] == "0"
    assert part.headers["sanad-sender"] == str(AUTHORITY)
    assert len(bytes.fromhex(part.headers["sanad-salt"])) == 32
    assert whole.headers["sanad-opened-account"] == "17"
    assert "sanad-opened-account" not in part.headers


def test_the_orders_behind_rejections_are_named_to_the_sender_alone() -> None:
    interface = Interface(FakeService(orders={50: 17, 55: 12}))
    assert interface.ask("GET", "/messages/42", by="authority").headers["sanad-orders"] == "50=17,55=12"
    assert "sanad-orders" not in interface.ask("GET", "/messages/42", by="bank").headers


@pytest.mark.parametrize(
    ("path", "kind", "keeping"),
    [
        ("/checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("/log/key", "text/plain; charset=utf-8", "no-cache"),
        ("/tile/0/000.p/7", "application/octet-stream", "max-age=31536000, immutable"),
        ("/tile/entries/000.p/7", "application/octet-stream", "max-age=31536000, immutable"),
        ("/health", "application/json", "no-store"),
    ],
)
def test_what_is_public(path: str, kind: str, keeping: str) -> None:
    answer = Interface().ask("GET", path)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (200, kind, keeping)
    assert Interface().ask("HEAD", path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/tile", "/tile/", "/tile/0", "/tile/0/000", "/tile/0/0", "/tile/0/000.p/0", "/tile/0/000.p/256",
        "/tile/0/000.p/07", "/tile/00/000.p/7", "/tile/64/000", "/tile/-1/000", "/tile/0/x000/001", "/tile/data/000",
        "/tile/0/000.p/7/", "/tile/0/000.p/7/x", "/tile/0/" + "x001/" * 30 + "000", "/tile/0/000.p", "/tile/0/001.p/7",
    ],
)  # fmt: skip
def test_another_spelling_of_a_tile_is_not_there(path: str) -> None:
    answer = Interface().ask("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_health_is_public_and_tells_no_count() -> None:
    interface = Interface()
    document = interface.ask("GET", "/health").json()
    assert set(document) == {
        "ready", "reason", "network", "name", "demonstration", "version", "edition", "node_public_key", "height",
        "time_ms",
    }  # fmt: skip
    interface.service.state = replace(interface.service.state, ready=False, reason="the disk is full; make room")
    answer = interface.ask("GET", "/health")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["reason"] == NOT_READY


@pytest.mark.parametrize(
    ("address", "reader", "is_told"),
    [
        ("127.0.0.1", None, True),
        ("10.0.0.1", None, False),
        ("10.0.0.1", "bank", False),
        ("10.0.0.1", "authority", True),
    ],
)
def test_why_a_node_is_not_ready_is_for_the_operator(address: str, reader: str | None, is_told: bool) -> None:
    interface = Interface(address=address)
    interface.service.state = replace(interface.service.state, ready=False, reason="the disk is full; make room")
    answer = interface.ask("GET", "/health", by=reader, headers={"host": "localhost"})
    assert answer.status_code == 503
    assert answer.json()["reason"] == ("the disk is full; make room" if is_told else NOT_READY)


@pytest.mark.parametrize(
    ("address", "headers", "reader", "status"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:8470"}, None, 200),
        ("::1", {"host": "[::1]:8470"}, None, 200),
        ("127.0.0.1", {"host": "localhost"}, None, 200),
        ("127.0.0.1", {"host": "attacker.example"}, None, 401),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "10.9.9.9"}, None, 401),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=10.9.9.9"}, None, 401),
        ("10.0.0.1", {"host": "localhost"}, None, 401),
        ("10.0.0.1", {}, "bank", 403),
        ("10.0.0.1", {}, "authority", 200),
    ],
)
def test_figures_are_for_the_operator(address: str, headers: dict[str, str], reader: str | None, status: int) -> None:
    answer = Interface(address=address).ask("GET", "/metrics", by=reader, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert "sanad_entries_total 43" in answer.text
        assert "sanad_http_message_bytes_in_flight 0" in answer.text


def test_the_front_page_escapes_and_fetches_nothing() -> None:
    answer = Interface().ask("GET", "/")
    assert "Nation &lt;&amp;&gt;" in answer.text
    assert 'dir="rtl"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "://" not in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("no checkpoint yet"), 503), (Fault("x 17"), 500), (OSError("17"), 500)]
)
def test_errors_while_reading(error: Exception, status: int) -> None:
    answer = Interface(FakeService(error=error)).ask("GET", "/checkpoint")
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert "17" not in answer.text


def test_reads_that_wait_are_bounded_in_number_and_time() -> None:
    free = threading.Event()

    class Slow(FakeService):
        def statement(self, number: int, before: int, limit: int) -> StatementPage:
            free.wait(5)
            return super().statement(number, before, limit)

    import asyncio

    from tests.unit.node_http.fake import credential

    interface = Interface(Slow(), Limits(read_threads=1, reads_waiting_max=1, answer_seconds=0.1))
    headers = {"authorization": credential("bank", "/accounts/1/statement")}

    async def three() -> list[Any]:
        asks = [interface.ask_async("GET", "/accounts/1/statement", headers=headers) for _ in range(3)]
        return [answer.json()["detail"] for answer in await asyncio.gather(*asks)]

    details = run(three())
    free.set()
    interface.application.close()
    assert sum("too many reads" in detail for detail in details) == 1
    assert sum("takes too long" in detail for detail in details) == 2


def test_the_public_register_needs_no_credential() -> None:
    interface = Interface()
    answer = interface.ask("GET", "/register/3/7?at=5000")
    assert (answer.status_code, answer.content) == (200, b"answer")
    assert interface.ask("GET", "/register/3/7?at=1").status_code == 404
    records = interface.ask("GET", "/register/1?after=4&limit=2").json()["records"]
    assert [record[1] for record in records] == [5, 6]
    assert interface.ask("GET", "/register/1?limit=501").status_code == 422
    assert interface.ask("GET", "/register/0/1").status_code == 404
