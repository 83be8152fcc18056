"""Every sentence of a page exists in Urdu, and what is compiled is what stands in the catalogue."""

import polib
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


def test_one_sentence_has_one_urdu() -> None:
    catalogues = {folder: translations.read(folder) for folder in HOMES if translations.sentences(HOMES[folder])}
    advice = "choose one for all, or tell the two meanings apart by a context (pgettext)"
    assert translations.clashes(catalogues) == {}, advice


def test_a_clash_is_found_and_a_context_tells_two_meanings_apart() -> None:
    def catalogue(urdu: str, context: str | None = None) -> polib.POFile:
        made = polib.POFile()
        made.append(polib.POEntry(msgid="Position", msgstr=urdu, msgctxt=context))
        return made

    place, post = catalogue("مقام"), catalogue("عہدہ")
    found = translations.clashes({"screening": place, "licensing": post})
    assert found == {translations.Sentence("Position"): {"screening": "مقام", "licensing": "عہدہ"}}
    assert translations.clashes({"screening": catalogue("مقام", "on the record"), "licensing": post}) == {}
    assert translations.clashes({"screening": place, "licensing": place}) == {}


def test_templates_are_read_whole() -> None:
    plural = "{% blocktranslate count n=1 %}{{ n }} key{% plural %}{{ n }} keys{% endblocktranslate %}"
    source = "{% load i18n %}<p>{% translate 'One' %}</p>\n  <i>\n " + plural
    found = translations.of_template(source, "a template")
    assert {each.text for each in found} == {"One", "%(n)s key"}
