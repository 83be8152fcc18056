"""What is said of a file that was posted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sanad.gateway import reasons
from sanad.gateway.payments import FileResult
from sanad.interfaces.command_line import payments
from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.standards.iso20022 import pacs002
from sanad.standards.iso20022.pacs002 import StatusHeader, TransactionStatus

MOMENT = datetime(2026, 1, 15, 10, tzinfo=UTC)
HEADER = StatusHeader("STS-1", MOMENT, "MSG-1", "pacs.008.001.08", "PART", 5)


def status(end_to_end: str, told: reasons.Status) -> TransactionStatus:
    return TransactionStatus(
        told.status,
        original_end_to_end_id=end_to_end,
        reason=told.reason or None,
        additional_text=told.text or None,
    )


@pytest.fixture
def result(tmp_path: Path) -> FileResult:
    answer = tmp_path / "a.pacs.002.xml"
    few, long = reasons.status_of(Outcome.INSUFFICIENT_BALANCE), reasons.status_of(Outcome.ASSET_DIFFERS)
    unknown = reasons.not_sent(reasons.CREDITOR_ACCOUNT_NOT_KNOWN)
    told = [reasons.status_of(0), few, long, few, unknown]
    pacs002.write(answer, HEADER, [status(f"E2E-{number}", each) for number, each in enumerate(told)])
    rejected = {Outcome.ASSET_DIFFERS: 1, Outcome.INSUFFICIENT_BALANCE: 2}
    return FileResult("MSG-1", 5, 1, rejected, {unknown.reason: 1}, 0, False, [], answer)


def test_reasons_are_counted_with_their_whole_sentence_and_an_example(result: FileResult) -> None:
    rows = payments.rejections(result)
    assert [(row["count"], row["code"], row["reason"], row["example"]) for row in rows] == [
        (2, 80, "AM04", "E2E-1"),
        (1, None, "AC03", "E2E-4"),
        (1, 23, "CURR", "E2E-2"),
    ]
    assert rows[2]["sentence"] == SENTENCES[Outcome.ASSET_DIFFERS].english
    assert rows[2]["name"] == "asset_differs"
    ordered = payments.rejections(result, {Outcome.ASSET_DIFFERS: 17})
    assert ordered[2]["sentence"] == f"{SENTENCES[Outcome.ASSET_DIFFERS].english} The order is in entry 17."
    assert [row["order_entry"] for row in ordered] == [None, None, 17]


def test_the_result_is_shown_and_its_document_adds_up(result: FileResult, capsys: pytest.CaptureFixture[str]) -> None:
    payments.show_result(result)
    out = " ".join(capsys.readouterr().out.split())
    assert "5 payments: 1 admitted, 4 rejected." in out
    assert "E2E-4" in out
    document = payments.document(result)
    assert (document["admitted"], document["rejected"], document["not_sent"]) == (1, 3, 1)


def test_the_answer_lies_beside_the_file() -> None:
    assert payments.answer_path(Path("a/b.xml")) == Path("a/b.pacs.002.xml")
    assert payments.answer_path(Path("a/b")) == Path("a/b.pacs.002.xml")
