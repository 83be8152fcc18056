"""The generated pages of the rulebook are those that the tables give today, and they leave nothing out."""

import re
from pathlib import Path

import pytest

from sanad.interfaces.reference import acts, family, pages, rejections
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import SENTENCES, Outcome

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "reference"
URDU = re.compile(r"[\u0600-\u06ff]")


@pytest.mark.parametrize("name", list(pages()))
def test_the_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run: make docs"


def test_every_code_has_its_row_and_its_story() -> None:
    page = rejections()
    linked = dict(re.findall(r"^\| \d+ \| \[`(\w+)`\]\((\S+)\)", page, re.MULTILINE))
    assert set(linked) == {outcome.name.lower() for outcome in Outcome} - {"admitted"}
    assert [path for path in linked.values() if not (FOLDER / path).is_file()] == []


def test_every_code_has_a_sentence_in_both_languages_and_a_source() -> None:
    assert set(SENTENCES) == set(Outcome) - {Outcome.ADMITTED}
    for sentence in SENTENCES.values():
        assert sentence.english.endswith(".")
        assert sentence.english.isascii()
        assert URDU.search(sentence.urdu)
        assert sentence.urdu.endswith("۔")
        assert sentence.source


def test_sentences_stand_in_the_order_of_precedence() -> None:
    assert list(SENTENCES) == sorted(SENTENCES)
    assert len({family(outcome) for outcome in SENTENCES}) == 14


def test_every_act_has_its_row_and_its_section() -> None:
    page = acts()
    for schema in SCHEMAS.values():
        assert f"| {schema.number} | `{schema.name}` |" in page
        assert f"\n## {schema.name}\n" in page
