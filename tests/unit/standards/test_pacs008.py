"""What a right file says, by whichever way it is read."""

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from sanad.standards.findings import FileWithFindings
from sanad.standards.iso20022 import pacs008, schema
from sanad.standards.iso20022.payment import Payment
from sanad.standards.iso20022.source import Limits, Source
from sanad.standards.iso20022.split import NotSplittable, split
from tests.unit.standards.payment_files import PAYMENT, file_of, numbered, refused, told


def read_all(content: bytes) -> list[Payment]:
    return list(pacs008.payments(io.BytesIO(content)))


def ways(content: bytes) -> str:
    """Say which way a file goes."""
    try:
        list(split(Source(io.BytesIO(content)), None))
    except NotSplittable:
        return "pull"
    return "split"


def test_what_is_written_is_what_is_read() -> None:
    sent = [numbered(1), numbered(2, uetr=None, remittance="a\nb", settlement_date=date(2026, 2, 1), purpose_code=None)]
    expected = [msgspec.structs.replace(payment, line=3 + index) for index, payment in enumerate(sent)]
    assert read_all(file_of(*sent)) == expected


def test_the_summary_says_what_the_header_says_and_the_sums() -> None:
    content = file_of(numbered(1), numbered(2, amount_minor=1))
    summary = pacs008.check(io.BytesIO(content))
    assert summary.message_id == "MSG-1"
    assert summary.message == "pacs.008.001.08"
    assert summary.payment_count == 2
    assert summary.totals_minor == {"PKR": 100_051}
    assert summary.settlement_date == date(2026, 1, 15)
    assert summary.file_bytes == len(content)


def test_payments_can_be_asked_for_twice() -> None:
    with pacs008.read(io.BytesIO(file_of(numbered(1), numbered(2)))) as file:
        assert list(file.payments()) == list(file.payments())


@pytest.mark.parametrize("name", ["محمد علی جناح", "فاطمہ بنتِ اسد", "नमस्ते", "Zoë O’Neil & Søn <AG>", "名前"])
def test_names_of_any_script_are_kept_as_they_are(name: str) -> None:
    assert read_all(file_of(numbered(1, debtor_name=name)))[0].debtor_name == name


def test_a_zero_width_non_joiner_is_part_of_a_name() -> None:
    name = "علی\u200cرضا"
    assert read_all(file_of(numbered(1, creditor_name=name)))[0].creditor_name == name


def test_an_account_without_iban_is_read() -> None:
    payment = read_all(file_of(numbered(1, debtor_iban=None, debtor_account_other="0011-22")))[0]
    assert (payment.debtor_iban, payment.debtor_account_other) == (None, "0011-22")


@pytest.mark.parametrize("version", schema.ACCEPTED_VERSIONS)
def test_every_accepted_version_is_read(version: str) -> None:
    content = file_of(numbered(1)).replace(b"pacs.008.001.08", f"pacs.008.001.{version}".encode())
    with pacs008.read(io.BytesIO(content)) as file:
        assert file.summary.message == f"pacs.008.001.{version}"
        assert [payment.end_to_end_id for payment in file.payments()] == ["E2E-1"]


def envelope(content: bytes) -> bytes:
    declaration, _, document = content.partition(b"\n")
    return declaration + b'\n<Message>\n<AppHdr xmlns="urn:head"/>\n' + document + b"</Message>\n"


def prefixed(content: bytes) -> bytes:
    content = content.replace(b"</", b"\0").replace(b"<", b"<p:").replace(b"\0", b"</p:")
    return content.replace(b"<p:?", b"<?").replace(b" xmlns=", b" xmlns:p=")


def located(content: bytes) -> bytes:
    where = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x x.xsd" '
    return content.replace(b"<Document ", b"<Document " + where)


def commented(content: bytes) -> bytes:
    return content.replace(b"</EndToEndId>", b"<!-- x --></EndToEndId>").replace(b"<Nm>A ", b"<Nm><![CDATA[A ]]>")


SHAPES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "plain": (lambda content: content, "split"),
    "byte order mark": (lambda content: b"\xef\xbb\xbf" + content, "split"),
    "envelope": (envelope, "split"),
    "carriage returns": (lambda content: content.replace(b"\n", b"\r\n"), "split"),
    "schema location": (located, "split"),
    "leading comment": (lambda content: content.replace(b"<Document", b"<!-- <Document -->\n<Document", 1), "pull"),
    "comments and CDATA inside": (commented, "pull"),
    "prefix": (prefixed, "pull"),
    "prefix in an envelope": (lambda content: envelope(prefixed(content)), "pull"),
    "blank in a start tag": (lambda content: content.replace(b"<CdtTrfTxInf>", b"<CdtTrfTxInf >"), "pull"),
    "processing instruction": (lambda content: content.replace(b"</GrpHdr>", b"</GrpHdr><?x y?>"), "pull"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_payments_are_read_from_every_shape_of_a_file(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Small batches, so that both ways cut.
    monkeypatch.setattr("sanad.standards.iso20022.split.PIECE_BYTES", 2_000)
    monkeypatch.setattr("sanad.standards.iso20022.pull.BATCH_PAYMENTS_MAX", 7)
    monkeypatch.setattr("sanad.standards.iso20022.source.BLOCK_BYTES", 1_500)
    reshape, way = SHAPES[shape]
    plain = file_of(*(numbered(number) for number in range(50)))
    content = reshape(plain)
    assert ways(content) == way
    found = read_all(content)
    assert [msgspec.structs.replace(payment, line=0) for payment in found] == [numbered(n) for n in range(50)]
    lines = [number for number, line in enumerate(content.split(b"\n"), 1) if b"CdtTrfTxInf" in line and b"</" in line]
    assert [payment.line for payment in found] == lines


@pytest.mark.parametrize("shape", SHAPES)
def test_findings_have_the_same_lines_in_every_shape(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sanad.standards.iso20022.split.PIECE_BYTES", 2_000)
    monkeypatch.setattr("sanad.standards.iso20022.pull.BATCH_PAYMENTS_MAX", 7)
    monkeypatch.setattr("sanad.standards.iso20022.source.BLOCK_BYTES", 1_500)
    changes = {9: {"debtor_iban": "PK37SCBL0000001123456702"}, 23: {"creditor_agent_bic": "HABBQQKA"}}
    content = file_of(*(numbered(number, **changes.get(number, {})) for number in range(50)))
    content = content.replace(b"<EndToEndId>E2E-31</EndToEndId>", b"<EndToEndId></EndToEndId>")
    reshaped = SHAPES[shape][0](content)
    shift = reshaped[: reshaped.index(b"CdtTrfTxInf")].count(b"\n") - 2
    assert told(reshaped) == [
        (12 + shift, "iban.invalid", "IBAN PK37…6702"),
        (26 + shift, "bic.invalid", "BICFI HABBQQKA"),
        (34 + shift, "schema.length", "EndToEndId"),
    ]


def test_memory_stays_bounded_where_a_payment_has_no_end() -> None:
    content = file_of(numbered(1)).replace(b"A Debtor", b"A" * 10_000_000)
    assert told(content)[0][1] == "payment.size"
    assert told(content.replace(b"<CdtTrfTxInf>", b"<CdtTrfTxInf >"))[0][1] == "payment.size"


def test_a_stream_that_cannot_be_read_twice_is_read() -> None:
    content = file_of(numbered(1))
    receiver, sender = os.pipe()
    os.write(sender, content)
    os.close(sender)
    with os.fdopen(receiver, "rb") as pipe:
        assert pacs008.check(pipe).payment_count == 1


def test_an_endless_stream_is_refused() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return b" " * size

    with pytest.raises(FileWithFindings) as caught:
        pacs008.check(Endless(), limits=Limits(file_bytes_max=1_000_000))  # type: ignore[arg-type]
    assert caught.value.findings[0].code == "file.size"


def test_a_file_of_two_gigabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(FileWithFindings) as caught:
        pacs008.check(path)
    assert caught.value.findings[0].code == "file.size"


def test_what_was_checked_is_what_is_read_even_if_the_path_changes(tmp_path: Path) -> None:
    path = tmp_path / "bulk.xml"
    path.write_bytes(file_of(numbered(1)))
    with pacs008.read(path) as file:
        path.write_bytes(file_of(numbered(2)))
        assert [payment.end_to_end_id for payment in file.payments()] == ["E2E-1"]


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pacs008.check(io.BytesIO(file_of(PAYMENT)))
    refused(b"<a/>")
    assert not list(tmp_path.iterdir())


def test_two_thousand_payments_go_through_the_threads() -> None:
    def many() -> Iterator[Payment]:
        return (numbered(number) for number in range(4_000))

    content = file_of(*many())
    assert len(content) > 2 << 20
    assert [payment.end_to_end_id for payment in read_all(content)] == [payment.end_to_end_id for payment in many()]
