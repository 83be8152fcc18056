"""Every sentence of a page exists in Urdu, and what is compiled is what stands in the catalogue."""

import pytest

from tests.tidy import translations
from tests.tidy.sources import ROOT

HOMES = translations.homes()
ADVICE = "run: make translations, and fill in the Urdu"


@pytest.mark.parametrize("folder", HOMES)
def test_every_sentence_has_its_urdu(folder: str) -> None:
    wanted = translations.sentences(HOMES[folder])
    if not wanted:
        return
    known = translations.entries(translations.read(folder))
    assert sorted(wanted - set(known)) == [], ADVICE
    assert [each.text for each, entry in known.items() if not translations.is_translated(entry)] == [], ADVICE


@pytest.mark.parametrize("folder", HOMES)
def test_nothing_is_translated_that_nobody_says(folder: str) -> None:
    if not translations.sentences(HOMES[folder]):
        return
    known = translations.entries(translations.read(folder))
    ours = {sentence for sentence, entry in known.items() if not translations.is_of_a_package(entry)}
    assert sorted(ours - translations.sentences(HOMES[folder])) == [], "run: make translations"


@pytest.mark.parametrize("folder", HOMES)
def test_the_compiled_catalogue_is_current(folder: str) -> None:
    for path in (ROOT / folder).rglob("django.po"):
        assert path.with_suffix(".mo").read_bytes() == translations.compiled(translations.read(folder)), ADVICE


def test_templates_are_read_whole() -> None:
    plural = "{% blocktranslate count n=1 %}{{ n }} key{% plural %}{{ n }} keys{% endblocktranslate %}"
    source = "{% load i18n %}<p>{% translate 'One' %}</p>\n  <i>\n " + plural
    found = translations.of_template(source, "a template")
    assert {each.text for each in found} == {"One", "%(n)s key"}
