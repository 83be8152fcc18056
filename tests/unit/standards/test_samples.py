"""The samples of the test data: messages of other people's systems, each answered for what it is."""

import io
from pathlib import Path

import pytest

from sanad.standards.findings import FileWithFindings
from sanad.standards.iso20022 import pacs008, schema
from sanad.standards.iso20022.schemes import PROFILES

pytestmark = pytest.mark.needs_test_data

REFUSED_PACS008 = {
    "pacs.008.001.07_prefixed-enveloped.xml": (24, "message.not_accepted"),
    # Its thousand payments all carry one UETR.
    "pacs.008.001.08_made-here-1000tx.xml": (2, "uetr.duplicate"),
}


def refusal_of(path: Path, profile: str | None = None) -> FileWithFindings | None:
    try:
        pacs008.check(path, profile=PROFILES[profile] if profile else None)
    except FileWithFindings as refusal:
        return refusal
    return None


def test_samples_of_accepted_versions_are_read_and_others_named(test_data: Path) -> None:
    read = 0
    for path in sorted((test_data / "iso20022" / "samples").glob("*.xml")):
        message = path.name[:15]
        refusal = refusal_of(path)
        if path.name in REFUSED_PACS008:
            assert refusal, path.name
            assert (refusal.findings[0].line, refusal.findings[0].code) == REFUSED_PACS008[path.name]
        elif message.startswith("pacs.008"):
            assert refusal is None, (path.name, refusal)
            with pacs008.read(path) as file:
                assert file.summary.message == message
                assert len(list(file.payments())) == file.summary.payment_count == 1
            read += 1
        else:
            assert refusal, path.name
            assert refusal.findings[0].code == "message.not_accepted"
            assert schema.say_message(message) in refusal.findings[0].advice
            # A start tag over several lines has the line where it ends.
            upto = "\n".join(path.read_text("utf-8-sig").split("\n")[: refusal.findings[0].line])
            assert "Document" in upto[-400:], path.name
    assert read >= 8


INVALID = {
    "camt.056.001.08_timeout-unwrapped.xml": (2, "message.not_accepted"),
    "camt.056.001.11_missing-underlying.xml": (2, "message.not_accepted"),
    "pacs.002.001.08_unknown-element.xml": (44, "message.not_accepted"),
    "pacs.002.001.10_empty-envelope.xml": (2, "message.not_accepted"),
    "pacs.008.001.13_bad-bic-and-order.xml": (18, "schema.order"),
}


def test_invalid_samples_are_refused_at_the_right_line(test_data: Path) -> None:
    for path in sorted((test_data / "iso20022" / "samples-invalid").glob("*.xml")):
        refusal = refusal_of(path)
        assert refusal, path.name
        assert (refusal.findings[0].line, refusal.findings[0].code) == INVALID[path.name]


def test_a_bad_bic_in_the_right_place_is_told_at_its_line(test_data: Path) -> None:
    text = (test_data / "iso20022/samples-invalid/pacs.008.001.13_bad-bic-and-order.xml").read_text("utf-8")
    mended = text.replace("<Dbtr>", "<ChrgBr>SLEV</ChrgBr>\n      <Dbtr>")
    with pytest.raises(FileWithFindings) as caught:
        pacs008.check(io.BytesIO(mended.encode()))
    lines = [number for number, line in enumerate(mended.split("\n"), 1) if "BICFI" in line]
    assert [finding.line for finding in caught.value.findings] == lines
    assert {finding.code for finding in caught.value.findings} == {"schema.pattern"}


BREACHES = {
    "pacs.008.001.13_xsd-valid-but-cbpr-missing-uetr.xml": ("cbpr", 24, "cbpr.uetr"),
    "pacs.008.001.13_xsd-valid-but-sepa-usd.xml": ("sepa", 18, "sepa.currency"),
    "pacs.008.001.13_xsd-valid-but-over-limit.xml": ("fednow", 18, "fednow.amount_limit"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_what_no_schema_can_see_is_caught_by_its_profile(name: str, test_data: Path) -> None:
    profile, line, code = BREACHES[name]
    path = test_data / "iso20022" / "samples" / name
    assert refusal_of(path) is None
    refusal = refusal_of(path, profile)
    assert refusal
    assert [(finding.line, finding.code) for finding in refusal.findings] == [(line, code)]


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("pacs.008.001.13_cbpr.xml", "cbpr"),
        ("pacs.008.001.13_sepa.xml", "sepa"),
        ("pacs.008.001.08_enveloped.xml", "fednow"),
    ],
)
def test_a_right_sample_passes_its_profile(name: str, profile: str, test_data: Path) -> None:
    assert refusal_of(test_data / "iso20022" / "samples" / name, profile) is None


def test_the_shipped_schemas_are_those_of_the_test_data(test_data: Path) -> None:
    for version in schema.ACCEPTED_VERSIONS:
        _same(f"pacs.008.001.{version}", test_data)
    _same(schema.PACS002, test_data)


def _same(message: str, test_data: Path) -> None:
    shipped = Path(schema.__file__).parent / "schemas" / f"{message}.xsd"
    assert shipped.read_bytes() == (test_data / "iso20022" / "xsd" / f"{message}.xsd").read_bytes()
