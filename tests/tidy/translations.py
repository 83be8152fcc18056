"""The Urdu catalogues: which sentences the code has, and the compiled form of their translations.

`make translations` writes new sentences into each `locale/ur/LC_MESSAGES/django.po`, takes those away that are gone,
and compiles. The tests beside this file hold both. A sentence of a package (Django, django-allauth) that our pages show
and that has no Urdu there is kept by hand, under the comment `of a package`.
"""

import io
import re
from dataclasses import dataclass

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from tests.tidy.sources import ROOT, files

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
OF_A_PACKAGE = "of a package"
PROGRAMMES = ("src/sanad/programmes/", "src/sanad/compliance/")
FRAME = "src/sanad/interfaces/frame/"
SHARED = ("src/sanad/interfaces/", "src/sanad/people/", "src/sanad/signing/", "src/sanad/tables/", "src/sanad/wiring/")
_CATALOGUE = "locale/ur/LC_MESSAGES/django.po"


@dataclass(frozen=True, order=True)
class Sentence:
    """What is to be translated."""

    text: str
    plural: str = ""
    context: str = ""


def homes() -> dict[str, tuple[str, ...]]:
    """Folders that have a catalogue, and where its sentences are: the frame for all shared rooms, each programme."""
    found: dict[str, tuple[str, ...]] = {FRAME: SHARED}
    for name in files():
        for room in PROGRAMMES:
            if name.startswith(room) and name.count("/") > room.count("/"):
                folder = room + name.removeprefix(room).split("/")[0] + "/"
                found[folder] = (folder,)
    return found


def sentences(places: tuple[str, ...]) -> set[Sentence]:
    """All sentences of the code and templates below some folders."""
    found: set[Sentence] = set()
    for name in files():
        if not name.startswith(places) or "/migrations/" in name:
            continue
        if name.endswith(".py"):
            found |= _in((ROOT / name).read_bytes())
        elif "/templates/" in name and name.endswith((".html", ".txt")):
            found |= of_template((ROOT / name).read_text("utf-8"), name)
    return found


def of_template(source: str, name: str) -> set[Sentence]:
    """The sentences of one template; in brackets, for its indentation is not Python's."""
    return _in(f"({templatize(source, origin=name)}\n)".encode())


def _in(source: bytes) -> set[Sentence]:
    found = set()
    for _, message, _, context in extract(
        "python", io.BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"}
    ):
        first, plural = message if isinstance(message, tuple) else (message, "")
        found.add(Sentence(first, plural, context or ""))
    return found


def read(folder: str) -> polib.POFile:
    """A folder's catalogue."""
    return polib.pofile(str(ROOT / folder / _CATALOGUE))


def entries(catalogue: polib.POFile) -> dict[Sentence, polib.POEntry]:
    """What it holds."""
    return {Sentence(each.msgid, each.msgid_plural or "", each.msgctxt or ""): each for each in catalogue}


def is_of_a_package(entry: polib.POEntry) -> bool:
    """Whether a sentence is not ours."""
    return OF_A_PACKAGE in (entry.comment or "")


def is_translated(entry: polib.POEntry) -> bool:
    """Whether there is Urdu for it, with the same places for facts."""
    given = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return all(each and _places(each) <= _places(entry.msgid + entry.msgid_plural) for each in given)


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text))


def clashes(catalogues: dict[str, polib.POFile]) -> dict[Sentence, dict[str, str]]:
    """Sentences that have one Urdu in one catalogue and another in another: which, and where.

    Django puts all catalogues into one, so the one that is read last would speak for all.
    """
    said: dict[Sentence, dict[str, str]] = {}
    for folder, catalogue in catalogues.items():
        for each in catalogue:
            urdu = " / ".join(each.msgstr_plural.values()) if each.msgid_plural else each.msgstr
            said.setdefault(Sentence(each.msgid, context=each.msgctxt or ""), {})[folder] = urdu
    return {sentence: where for sentence, where in said.items() if len(set(where.values())) > 1}


def compiled(catalogue: polib.POFile) -> bytes:
    """The form that is read at run time."""
    return bytes(catalogue.to_binary())


def write(folder: str, places: tuple[str, ...]) -> list[str]:
    """Bring a folder's catalogue up to date and compile it; the sentences that still lack Urdu."""
    path = ROOT / folder / _CATALOGUE
    wanted = sentences(places)
    if not path.exists() and not wanted:
        return []
    known = entries(read(folder)) if path.exists() else {}
    new = polib.POFile(wrapwidth=120)
    new.metadata = {
        "Language": "ur",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    kept = {sentence for sentence, entry in known.items() if is_of_a_package(entry)} - wanted
    for sentence in [*sorted(wanted), *sorted(kept)]:
        new.append(known.get(sentence) or _entry(sentence))
    path.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(path))
    path.with_suffix(".mo").write_bytes(compiled(new))
    return [each.msgid for each in new if not is_translated(each)]


def _entry(sentence: Sentence) -> polib.POEntry:
    entry = polib.POEntry(msgid=sentence.text, msgctxt=sentence.context or None)
    if sentence.plural:
        entry.msgid_plural, entry.msgstr_plural = sentence.plural, {0: "", 1: ""}
    return entry


def main() -> None:
    """`python -m tests.tidy.translations`."""
    for folder, places in homes().items():
        for text in write(folder, places):
            print(f"{folder}: no Urdu yet for: {text}")


if __name__ == "__main__":
    main()
