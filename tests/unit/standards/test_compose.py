"""What is composed is right, or is not composed."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Malformed
from sanad.standards.iso20022 import pacs008
from sanad.standards.iso20022.compose import GroupHeader, write_pacs008
from tests.unit.standards.payment_files import file_of, numbered

HEADER = GroupHeader("MSG-1", datetime(2026, 1, 15, tzinfo=UTC), 1, 100_050, "PKR", date(2026, 1, 15))


def test_a_file_goes_to_a_path_too(tmp_path: Path) -> None:
    write_pacs008(tmp_path / "bulk.xml", HEADER, [numbered(1)])
    assert pacs008.check(tmp_path / "bulk.xml").payment_count == 1


def test_agents_of_the_group_are_written() -> None:
    header = GroupHeader("M", HEADER.created_at, 1, 100_050, "PKR", date(2026, 1, 15), "SCBLPKKX", "HABBPKKA")
    file = io.BytesIO()
    write_pacs008(file, header, [numbered(1)])
    summary = pacs008.check(io.BytesIO(file.getvalue()))
    assert (summary.instructing_agent_bic, summary.instructed_agent_bic) == ("SCBLPKKX", "HABBPKKA")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "USD"}, "total.currency"),
        ({"amount_minor": 1}, "total.amount"),
        ({"debtor_name": "x" * 141}, "text.length"),
        ({"debtor_name": "\x00"}, "text.character"),
        ({"debtor_agent_bic": "NOTABIC"}, "bic.form"),
    ],
)
def test_what_does_not_fit_is_not_composed(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as caught:
        write_pacs008(io.BytesIO(), HEADER, [numbered(1, **changes)])
    assert caught.value.code == code


def test_a_count_that_is_not_kept_is_told() -> None:
    with pytest.raises(Malformed) as caught:
        write_pacs008(io.BytesIO(), HEADER, [numbered(1, amount_minor=100_049), numbered(2, amount_minor=1)])
    assert caught.value.code == "total.count"


WRITTEN = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn", "Cf"]) | st.sampled_from(
    "\t\n\r&<>'\"]"
)


@given(st.text(WRITTEN, min_size=1, max_size=140))
def test_any_name_is_read_back_as_it_was_written(name: str) -> None:
    read = list(pacs008.payments(io.BytesIO(file_of(numbered(1, debtor_name=name)))))
    assert read[0].debtor_name == name
