"""Every kind of bad file is refused, with the right line, and without personal data in the answer."""

import io
import re
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.standards.findings import FINDINGS_MAX, FileWithFindings, excerpt
from sanad.standards.iso20022 import pacs008
from sanad.standards.iso20022.payment import Payment
from sanad.standards.iso20022.schemes import CBPR, FEDNOW, SEPA
from sanad.standards.iso20022.source import Limits
from sanad.standards.iso20022.split import NotSplittable
from tests.unit.standards.payment_files import PAYMENT, file_of, numbered, refused, told

RIGHT = file_of(numbered(1), numbered(2), numbered(3))
BOMB = (
    b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]>\n<Document>&lol9;</Document>"
)


def with_entity(content: bytes) -> bytes:
    outside = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    return content.replace(b'<?xml version="1.0" encoding="UTF-8"?>', outside).replace(b"A Debtor", b"&f;")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (1, "file.empty")),
        (b" \n\n ", (1, "file.empty")),
        (b"{}", (1, "file.not_xml")),
        (b"\x1f\x8b\x08\x00", (1, "file.not_xml")),
        (RIGHT.decode().encode("utf-16"), (1, "file.encoding")),
        (RIGHT.decode().encode("utf-16-be"), (1, "file.encoding")),
        (RIGHT.replace(b"UTF-8", b"ISO-8859-1"), (1, "file.encoding")),
        (RIGHT.replace(b"A Debtor", b"Zo\xeb"), (3, "xml.encoding")),
        (RIGHT.replace(b"E2E-2", b"E2E\x002"), (4, "file.nul")),
        (RIGHT.replace(b"E2E-2", b"E2E\x012"), (4, "xml.encoding")),
        (RIGHT.replace(b"E2E-2", b"E2E&#x1;2"), (4, "xml.encoding")),
        (RIGHT[: RIGHT.index(b"E2E-3")], (5, "xml.truncated")),
        (RIGHT[: RIGHT.index(b"</FIToFICstmrCdtTrf>")], (6, "xml.truncated")),
        (RIGHT.replace(b"</PmtId>", b"</PmtTd>"), (3, "xml.malformed")),
        (RIGHT.replace(b"E2E-2", b"&unknown;"), (4, "xml.malformed")),
        (RIGHT + b"<more/>", (7, "xml.malformed")),
        (RIGHT[:100], (2, "xml.truncated")),
        (RIGHT[:20], (1, "xml.truncated")),
        (b"<a>" + RIGHT.split(b"\n", 1)[1], (6, "xml.truncated")),
        (RIGHT.replace(b"<Nm>", b"<x:Nm>").replace(b"</Nm>", b"</x:Nm>"), (3, "xml.malformed")),
        (BOMB, (2, "xml.doctype")),
        (with_entity(RIGHT), (2, "xml.doctype")),
        (b"<html><body>x</body></html>", (1, "file.no_message")),
        (b"<Document><a/></Document>", (1, "file.no_message")),
        (RIGHT.replace(b"pacs.008.001.08", b"pacs.008.001.07"), (2, "message.not_accepted")),
        (RIGHT.replace(b"pacs.008.001.08", b"pacs.009.001.08"), (2, "message.not_accepted")),
        (b"<a>" + RIGHT.split(b"\n", 1)[1] * 2 + b"</a>", (6, "file.documents")),
    ],
)
def test_what_is_no_right_file_is_refused_at_its_line(content: bytes, expected: tuple[int, str]) -> None:
    finding = refused(content).findings[-1]
    assert (finding.line, finding.code) == expected
    assert finding.advice


def test_a_document_type_is_refused_wherever_a_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sanad.standards.iso20022.source.BLOCK_BYTES", 7)
    for blanks in range(9):
        assert told(b" " * blanks + BOMB.replace(b'<?xml version="1.0"?>', b""))[0][:2] == (2, "xml.doctype")


def test_an_old_version_is_named_with_what_is_accepted() -> None:
    advice = refused(RIGHT.replace(b"pacs.008.001.08", b"pacs.008.001.07")).findings[0].advice
    assert "pacs.008.001.07 (customer credit transfer)" in advice
    assert "08, 10, 12, 13, 14" in advice


CHANGES: dict[str, tuple[dict[str, Any], tuple[int, str, str]]] = {
    "iban": ({"debtor_iban": "PK37SCBL0000001123456702"}, (4, "iban.invalid", "IBAN PK37…6702")),
    "bic": ({"debtor_agent_bic": "SCBLXQKX"}, (4, "bic.invalid", "BICFI SCBLXQKX")),
    "lei": ({"debtor_agent_lei": "5493001KJTIIGC8Y1R13"}, (4, "lei.invalid", "LEI 5493001KJTIIGC8Y1R13")),
    "duplicate": ({"uetr": numbered(1).uetr}, (4, "uetr.duplicate", "UETR 00000000-0000-4000-8000-000000000002")),
    "override": ({"creditor_name": "Ali\u202etxt"}, (4, "text.forbidden_character", "Nm")),
    "mark": ({"creditor_name": "علی\u200f"}, (4, "text.forbidden_character", "Nm")),
    "isolate": ({"remittance": "\u2066x"}, (4, "text.forbidden_character", "Ustrd")),
    "private": ({"creditor_name": "A\ue000B\ue001"}, (4, "text.forbidden_character", "Nm")),
    "private plane": ({"creditor_name": "A\U00100000"}, (4, "text.forbidden_character", "Nm")),
    "nothing": ({"amount_minor": 0}, (4, "amount.zero", "IntrBkSttlmAmt 0.00 PKR")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_payment_that_cannot_be_right_is_a_finding(change: str) -> None:
    values, expected = CHANGES[change]
    assert told(file_of(numbered(1), numbered(2, **values), numbered(3))) == [expected]


REPLACED = {
    "decimals": (b">1000.50<", b">1000.505<", (4, "amount.decimals", "IntrBkSttlmAmt 1000.505 PKR")),
    "currency": (b'"PKR">1000.50<', b'"XQX">1000.50<', (4, "currency.unknown", "IntrBkSttlmAmt 1000.50 XQX")),
    "metal": (b'"PKR">1000.50<', b'"XAU">1000.50<', (4, "currency.unknown", "IntrBkSttlmAmt 1000.50 XAU")),
    "yen": (b'"PKR">1000.50<', b'"JPY">1000.50<', (4, "amount.decimals", "IntrBkSttlmAmt 1000.50 JPY")),
    "digits": (b">1000.50<", b">92233720368547758.08<", (4, "schema.number", "IntrBkSttlmAmt 92233720368547758.08")),
    "negative": (b">1000.50<", b">-1000.50<", (4, "schema.number", "IntrBkSttlmAmt")),
    "bearer": (b">SLEV<", b">NONE<", (4, "schema.code", "ChrgBr NONE")),
    "uetr": (b"-4000-8000-", b"-1000-8000-", (4, "schema.pattern", "UETR 00000000-0000-1000-8000-000000000003")),
    "name": (b"A Debtor", b"A" * 141, (4, "schema.length", "Nm")),
    "reference": (b"A Debtor", b"Ali&#x202e;", (4, "text.forbidden_character", "Nm")),
    "separator": (b"A Debtor", b"Ali&#xe000;x", (4, "text.forbidden_character", "Nm")),
    "order": (b"<ChrgBr>SLEV</ChrgBr>", b"", (4, "schema.order", "Dbtr")),
    "text": (b"<ChrgBr>", b"x<ChrgBr>", (4, "schema.order", "CdtTrfTxInf")),
    "attribute": (b"<ChrgBr>", b'<ChrgBr x="1">', (4, "schema.attribute", "ChrgBr SLEV")),
    "no currency": (b'Ccy="PKR">1000.50<', b">1000.50<", (4, "schema.attribute", "IntrBkSttlmAmt 1000.50")),
    "year": (
        b"<ChrgBr>",
        b"<IntrBkSttlmDt>12026-01-01</IntrBkSttlmDt><ChrgBr>",
        (4, "date.range", "IntrBkSttlmDt 12026-01-01"),
    ),
}


@pytest.mark.parametrize("change", REPLACED)
def test_a_value_that_breaks_schema_or_amount_is_a_finding(change: str) -> None:
    old, new, expected = REPLACED[change]
    lines = RIGHT.split(b"\n")
    assert old in lines[3]
    lines[3] = lines[3].replace(old, new, 1)
    assert told(b"\n".join(lines)) == [expected]


def test_an_amount_beyond_the_record_is_a_finding() -> None:
    dinars = RIGHT.replace(b"PKR", b"KWD").replace(b"1000.50<", b"999999999999999999<")
    assert {code for _, code, _ in told(dinars)} == {"amount.range"}


def test_the_largest_amount_that_can_be_written_is_read() -> None:
    content = file_of(numbered(1, amount_minor=10**18 - 1))
    assert pacs008.check(io.BytesIO(content)).totals_minor == {"PKR": 10**18 - 1}


HEADER = {
    "count": (b"<NbOfTxs>3<", b"<NbOfTxs>4<", (2, "total.count", "NbOfTxs 4")),
    "total": (b">3001.50<", b">3001.51<", (2, "total.amount", "TtlIntrBkSttlmAmt 3001.51")),
    "total's currency": (b'"PKR">3001.50<', b'"USD">3001.50<', (2, "total.amount", "TtlIntrBkSttlmAmt 3001.50")),
    "control sum": (
        b"</NbOfTxs>",
        b"</NbOfTxs><CtrlSum>3001.5000001</CtrlSum>",
        (2, "total.control_sum", "CtrlSum 3001.5000001"),
    ),
    "day": (b">2026-01-15<", b">-0044-03-15<", (2, "date.range", "IntrBkSttlmDt")),
    "method": (b">CLRG<", b">CASH<", (2, "schema.code", "SttlmMtd CASH")),
    "agent": (
        b"</SttlmInf>",
        b"</SttlmInf><InstgAgt><FinInstnId><BICFI>ABCDQQ2L</BICFI></FinInstnId></InstgAgt>",
        (2, "bic.invalid", "BICFI ABCDQQ2L"),
    ),
}


@pytest.mark.parametrize("change", HEADER)
def test_a_header_that_is_wrong_is_told_once(change: str) -> None:
    old, new, expected = HEADER[change]
    assert old in RIGHT
    assert expected in (found := told(RIGHT.replace(old, new, 1)))
    assert found.count(expected) == 1


@pytest.mark.parametrize("text", ["3001.5", "3001.50", "+03001.500000", " 3001.50 "])
def test_a_control_sum_may_be_written_in_any_way(text: str) -> None:
    content = RIGHT.replace(b"</NbOfTxs>", f"</NbOfTxs><CtrlSum>{text}</CtrlSum>".encode())
    assert pacs008.check(io.BytesIO(content)).payment_count == 3


def test_a_payment_without_uetr_is_right() -> None:
    assert pacs008.check(io.BytesIO(file_of(numbered(1, uetr=None), numbered(2, uetr=None)))).payment_count == 2


def test_findings_are_a_hundred_and_all_are_counted() -> None:
    wrong = refused(file_of(*(numbered(number, debtor_iban="PK37SCBL0000001123456702") for number in range(250))))
    assert len(wrong.findings) == FINDINGS_MAX
    assert wrong.total == 250


def test_a_duplicate_names_the_line_of_the_first() -> None:
    finding = refused(file_of(numbered(1), numbered(2), numbered(1))).findings[0]
    assert finding.line == 5
    assert "line 3" in finding.advice


def test_no_name_and_no_whole_account_is_in_an_answer() -> None:
    names = {"debtor_name": "Secret\u202ePerson", "creditor_name": "B" * 141, "debtor_account_other": None}
    content = file_of(numbered(1, debtor_iban="PK37SCBL0000001123456702")).replace(b"SLEV", b"Secret Person")
    answers = [refused(content), refused(file_of(numbered(1, debtor_name=names["debtor_name"])))]
    answers.append(refused(file_of(numbered(1)).replace(b"A Debtor", b"Secret" * 30)))
    for answer in answers:
        said = repr(answer.findings) + str(answer)
        assert "Secret" not in said
        assert "SCBL0000001123456702" not in said


@pytest.mark.parametrize(
    ("element", "value", "shown"),
    [
        ("IBAN", "PK36SCBL0000001123456702", "IBAN PK36…6702"),
        ("IBAN", "PK36", "IBAN …"),
        ("BICFI", "NOTABIC", "BICFI NOTABIC"),
        ("BICFI", "Ali Khan", "BICFI"),
        ("Nm", "Ali", "Nm"),
    ],
)
def test_an_excerpt_shows_codes_and_masks_accounts(element: str, value: str, shown: str) -> None:
    assert excerpt(element, value) == shown


@pytest.mark.parametrize(
    ("profile", "changes", "code"),
    [
        (CBPR, {"uetr": None}, "cbpr.uetr"),
        (SEPA, {}, "sepa.currency"),
        (FEDNOW, {"currency": "USD", "amount_minor": 10_000_000_01}, "fednow.amount_limit"),
    ],
)
def test_a_rule_of_a_scheme_is_a_finding_of_that_scheme_alone(
    profile: object, changes: dict[str, object], code: str
) -> None:
    content = file_of(numbered(1, **changes))
    assert pacs008.check(io.BytesIO(content)).payment_count == 1
    assert [found for _, found, _ in told(content, profile=profile)] == [code]


@pytest.mark.parametrize(
    ("day", "amount", "right"),
    [
        ("2024-01-01", "500000.00", True),
        ("2024-01-01", "500000.01", False),
        ("2025-06-24", "1000000.00", True),
        ("2025-06-24", "1000000.01", False),
        ("2026-01-15", "10000000.00", True),
        ("2026-01-15", "10000000.01", False),
    ],
)
def test_the_limit_of_a_scheme_is_that_of_the_day(day: str, amount: str, right: bool) -> None:
    content = file_of(numbered(1)).replace(b"PKR", b"USD").replace(b"1000.50", amount.encode())
    content = content.replace(b"2026-01-15<", f"{day}<".encode())
    if right:
        assert pacs008.check(io.BytesIO(content), profile=FEDNOW).payment_count == 1
    else:
        assert told(content, profile=FEDNOW)[0][1] == "fednow.amount_limit"


def test_too_many_payments_are_refused() -> None:
    assert told(RIGHT, limits=Limits(payments_max=2)) == [(5, "file.payments", "more than 2 payments")]


FLOODS = {
    "nesting": lambda: RIGHT.replace(b"A Debtor", b"<a>" * 100_000 + b"</a>" * 100_000, 1),
    "nesting without end": lambda: RIGHT[: RIGHT.index(b"A Debtor")] + b"<a>" * 1_000_000,
    "attributes": lambda: RIGHT.replace(b"<Dbtr>", b"<Dbtr %s>" % b" ".join(b'a%d=""' % n for n in range(80_000)), 1),
    "elements": lambda: RIGHT.replace(b"<Dbtr>", b"<x/>" * 200_000 + b"<Dbtr>", 1),
    "comments": lambda: b"<!--x-->" * 300_000 + RIGHT,
    "header": lambda: RIGHT.replace(b"<GrpHdr>", b"<GrpHdr>" + b"<x/>" * 1_000_000, 1),
    "tail": lambda: RIGHT + b"\n" * 5_000_000 + b"<x/>",
    "references without end": lambda: RIGHT.replace(b"A Debtor", b"&#65;" * 150_000, 1),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_floods_are_refused_in_bounded_time(flood: str) -> None:
    content = FLOODS[flood]()
    start = time.process_time()
    answer = refused(content)
    assert len(answer.findings) <= FINDINGS_MAX
    assert time.process_time() - start < 5


def test_a_flood_of_namespaces_is_read_in_bounded_time() -> None:
    names = b" ".join(b'xmlns:a%d="u%d"' % (number, number) for number in range(30_000))
    start = time.process_time()
    assert pacs008.check(io.BytesIO(RIGHT.replace(b"<Dbtr>", b"<Dbtr %s>" % names, 1))).payment_count == 3
    assert time.process_time() - start < 5


MUTABLE = file_of(numbered(1), numbered(2, debtor_name="علی", uetr=None))


def changed(data: st.DataObject) -> bytes:
    """Give a right file after a few random changes to its tags and texts."""
    pieces = re.findall(rb"<[^>]*>|[^<]+", MUTABLE)
    odd = st.sampled_from(
        [b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&#xe001;", b"<Document>", b"</CdtTrfTxInf>", b"<?x?>"]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["bytes", "insert", "drop", "repeat", "swap", "cut"]))
        at = data.draw(st.integers(0, len(pieces) - 1))
        if kind == "bytes":
            pieces[at] = data.draw(st.binary(max_size=6))
        elif kind == "insert":
            pieces.insert(at, data.draw(odd | st.sampled_from(pieces)))
        elif kind == "drop":
            pieces[at] = b""
        elif kind == "repeat":
            pieces[at] *= 2
        elif kind == "swap":
            other = data.draw(st.integers(0, len(pieces) - 1))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        else:
            del pieces[at + 1 :]
    return b"".join(pieces)


def outcome(content: bytes) -> list[Payment] | None:
    """Give the payments of a file, or None if it is refused, as it must be, with findings."""
    try:
        with pacs008.read(io.BytesIO(content)) as file:
            payments = list(file.payments())
    except FileWithFindings as wrong:
        refusal = wrong
    else:
        assert len(payments) == file.summary.payment_count
        return payments
    assert refusal.findings
    assert all(finding.line >= 1 and finding.advice for finding in refusal.findings)
    return None


@given(data=st.data())
def test_whatever_is_done_to_a_file_both_ways_read_it_or_both_refuse_it(data: st.DataObject) -> None:
    content = changed(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sanad.standards.iso20022.split.PIECE_BYTES", 500)
        by_split = outcome(content)
        patch.setattr("sanad.standards.iso20022.pacs008.split", _not_splittable)
        assert outcome(content) == by_split


def _not_splittable(*_: object) -> NoReturn:
    raise NotSplittable


def test_the_payment_of_these_tests_is_right() -> None:
    assert pacs008.check(io.BytesIO(file_of(PAYMENT))).payment_count == 1


def test_an_opened_file_is_refused_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "salaries.xml").write_bytes(b"")
    with (tmp_path / "salaries.xml").open("rb") as source, pytest.raises(FileWithFindings) as raised:
        pacs008.read(source)
    assert raised.value.field == "salaries.xml"
