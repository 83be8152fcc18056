"""A report is valid by its schema and says what it was given."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from sanad.base.errors import Malformed, MalformedFile
from sanad.standards.iso20022 import pacs002
from sanad.standards.iso20022.pacs002 import StatusHeader, TransactionStatus

MOMENT = datetime(2026, 1, 15, 10, tzinfo=UTC)
HEADER = StatusHeader("STS-1", MOMENT, "MSG-1", "pacs.008.001.08", "PART", 2, "SANDPKKA", "SCBLPKKX")
UETR = UUID("8a562c67-ca16-48ba-b074-65581be6f001").bytes
STATUSES = [
    TransactionStatus("ACSC", "I-1", "E2E-1", "TX-1", UETR, accepted_at=MOMENT),
    TransactionStatus("RJCT", original_end_to_end_id="E2E-2", reason="AM04", additional_text="کم بیلنس <&>'\" ]]>"),
]


def written(header: StatusHeader, *statuses: TransactionStatus) -> bytes:
    file = io.BytesIO()
    pacs002.write(file, header, statuses)
    return file.getvalue()


def test_what_is_written_is_valid_and_read_back() -> None:
    assert pacs002.read(io.BytesIO(written(HEADER, *STATUSES))) == (HEADER, STATUSES)


def test_a_report_goes_to_a_path_too(tmp_path: Path) -> None:
    pacs002.write(tmp_path / "status.xml", HEADER, STATUSES)
    assert pacs002.read(tmp_path / "status.xml") == (HEADER, STATUSES)


def test_a_file_without_payments_is_answered() -> None:
    header = StatusHeader("STS-1", MOMENT, "MSG-1", "pacs.008.001.08", "RJCT")
    assert pacs002.read(io.BytesIO(written(header))) == (header, [])


@pytest.mark.parametrize("kind", ["status", "reason"])
def test_every_code_can_be_written(kind: str) -> None:
    for code in pacs002.codes(kind):
        status = TransactionStatus(code) if kind == "status" else TransactionStatus("RJCT", reason=code)
        assert pacs002.read(io.BytesIO(written(HEADER, status)))[1] == [status]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (TransactionStatus("DONE"), "code.unknown"),
        (TransactionStatus("RJCT", reason="XX99"), "code.unknown"),
        (TransactionStatus("RJCT", original_end_to_end_id="x" * 36), "text.length"),
        (TransactionStatus("RJCT", additional_text="x" * 106), "text.length"),
        (TransactionStatus("RJCT", additional_text="\x00"), "text.character"),
        (TransactionStatus("RJCT", additional_text="\ud800"), "text.character"),
        (TransactionStatus("ACSC", accepted_at=datetime(2026, 1, 15)), "time.offset"),  # noqa: DTZ001 - the fault
    ],
)
def test_what_the_schema_would_refuse_is_not_written(status: TransactionStatus, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        written(HEADER, status)
    assert caught.value.code == code


def test_a_hundred_thousand_statuses_are_streamed(tmp_path: Path) -> None:
    taken = 0

    def many() -> Iterator[TransactionStatus]:
        nonlocal taken
        for number in range(20_000):
            taken += 1
            yield TransactionStatus("ACSC", original_end_to_end_id=f"E2E-{number}")

    class Target(io.BytesIO):
        taken_at_first_write = 0

        def write(self, content: object) -> int:
            self.taken_at_first_write = self.taken_at_first_write or taken
            return len(content)  # type: ignore[arg-type]

    target = Target()
    pacs002.write(target, HEADER, many())
    assert 0 < target.taken_at_first_write < 5_000


@pytest.mark.parametrize("content", [b"", b"<a/>", b"<a", written(HEADER, *STATUSES).replace(b"STS-1", b"")])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedFile):
        pacs002.read(io.BytesIO(content))


@pytest.mark.needs_test_data
def test_reports_of_others_are_read(test_data: Path) -> None:
    for name in ("pacs.002.001.10_actc-unwrapped.xml", "pacs.002.001.10_rjct-unwrapped.xml"):
        header, statuses = pacs002.read(test_data / "iso20022" / "samples" / name)
        assert header.original_message_id
        assert header.group_status == ""
        assert len(statuses) == 1


def test_statuses_are_read_one_after_the_other(tmp_path: Path) -> None:
    report = tmp_path / "status.xml"
    pacs002.write(report, HEADER, STATUSES * 3)
    assert list(pacs002.statuses(report)) == STATUSES * 3
    report.write_bytes(report.read_bytes()[:-40])
    with pytest.raises(MalformedFile):
        list(pacs002.statuses(report))
