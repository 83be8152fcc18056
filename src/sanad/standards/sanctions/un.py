"""The consolidated list of the United Nations Security Council, in its XML.

Read by expat, one entry at a time. A document type ends the reading before anything of it is believed, so there are no
entities: none that grow, none that read other files.
"""

import re
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.sanctions import countries, dates
from sanad.standards.sanctions.reading import (
    REMARKS_CHARACTERS_MAX,
    BirthDate,
    Collected,
    Identifier,
    Listed,
    ListedName,
    ListRead,
    NameKind,
    Schema,
    clean,
    distinct,
    octets,
)

ROOT = "CONSOLIDATED_LIST"
_PERSON, _ENTITY = "INDIVIDUAL", "ENTITY"
_DEPTH_MAX = 12
_ENTRY_CHARACTERS_MAX = 1 << 20
_QUALITY = {"good": NameKind.GOOD, "a.k.a.": NameKind.GOOD, "low": NameKind.LOW, "f.k.a.": NameKind.FORMER}
_FATHER = re.compile(r"[Ff]ather[\u2019']s\s+name\s*(?:\([^)]*\)\s*)?(?:is|:)\s*([^.;,(]{2,80})")
_KINDS = {"passport": "passport", "numéro de passeport": "passport", "número de pasaporte": "passport"}

Node = dict[str, list[Any]]
"""An element: its children by name; text is kept under "" of it."""


def read(path: Path) -> ListRead:
    """All individuals and entities. Raises `MalformedFile`."""
    return _Reader(path.name).read(octets(path))


class _Reader:
    """What expat tells, gathered to entries."""

    def __init__(self, name: str) -> None:
        self._collected = Collected(name)
        self._name = name
        self._published = ""
        self._path: list[str] = []
        self._nodes: list[Node] = []
        self._text: list[str] = []
        self._characters = 0
        self._line = 1
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters_come
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, data: bytes) -> ListRead:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            told = expat.errors.messages[error.code]
            excerpt = f"{told}, inside {self._path[-1]}" if self._path else told
            advice = "the XML breaks off or was changed here; get the file again, whole"
            raise refusal(self._name, Finding(error.lineno, "xml.broken", excerpt[:80], advice)) from None
        return self._collected.done(self._published)

    def _doctype(self, *_: object) -> NoReturn:
        advice = "this list has no document type and no entities; somebody added them: do not use the file"
        raise self._refusal("xml.doctype", "<!DOCTYPE", advice)

    def _refusal(self, code: str, excerpt: str, advice: str) -> Exception:
        return refusal(self._name, Finding(self._parser.CurrentLineNumber, code, excerpt, advice))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path:
            if name != ROOT:
                raise self._refusal("un.root", name[:40], f"the file is none of this list: it begins with <{ROOT}>")
            self._published = attributes.get("dateGenerated", "")[:40]
        self._path.append(name)
        if len(self._path) > _DEPTH_MAX:
            raise self._refusal("xml.depth", name[:40], f"elements are at most {_DEPTH_MAX} deep")
        if len(self._path) == 3:
            self._nodes, self._line, self._characters = [], self._parser.CurrentLineNumber, 0
        if len(self._path) >= 3:
            self._nodes.append({})
        self._text = []

    def _characters_come(self, text: str) -> None:
        if self._nodes:
            self._characters += len(text)
            if self._characters > _ENTRY_CHARACTERS_MAX:
                raise self._refusal("entry.bounds", "an entry of more than a million characters", "get the file again")
            self._text.append(text)

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if depth < 3:
            return
        node = self._nodes.pop()
        node[""] = [clean("".join(self._text))] if not node else [""]
        self._text = []
        if self._nodes:
            self._nodes[-1].setdefault(name, []).append(node)
        else:
            self._take(name, node)

    def _take(self, name: str, node: Node) -> None:
        if name not in (_PERSON, _ENTITY):
            self._collected.passed_over[name[:40]] += 1
            return
        self._collected.add(self._line, _listed(name, node))


def _listed(kind: str, node: Node) -> Listed:
    comments = " ".join(_texts(node, "COMMENTS1"))
    documents = [_document(each) for each in node.get(f"{kind}_DOCUMENT", ())]
    addresses = node.get(f"{kind}_ADDRESS", ())
    places = [*_values(node, "NATIONALITY"), *(text for each in addresses for text in _texts(each, "COUNTRY"))]
    births = [_birth(each) for each in node.get("INDIVIDUAL_DATE_OF_BIRTH", ())]
    titles = [*_values(node, "TITLE"), *_values(node, "DESIGNATION")]
    return Listed(
        Schema.PERSON if kind == _PERSON else Schema.ORGANIZATION,
        _text(node, "REFERENCE_NUMBER"),
        _names(kind, node),
        father_names=distinct(clean(found) for found in _FATHER.findall(comments)),
        birth_dates=tuple(dict.fromkeys(each for each in births if each)),
        countries=countries.codes(*places),
        identifiers=tuple(dict.fromkeys(each for each in documents if each)),
        programme=_text(node, "UN_LIST_TYPE"),
        remarks="; ".join(distinct([*titles, comments]))[:REMARKS_CHARACTERS_MAX],
    )


def _names(kind: str, node: Node) -> tuple[ListedName, ...]:
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    found = [ListedName(clean(" ".join(_text(node, part) for part in parts)))]
    found += [ListedName(text, NameKind.ORIGINAL) for text in _texts(node, "NAME_ORIGINAL_SCRIPT")]
    for alias in node.get(f"{kind}_ALIAS", ()):
        quality = _QUALITY.get(_text(alias, "QUALITY").casefold(), NameKind.GOOD)
        # One element often holds several spellings.
        found += [ListedName(clean(text), quality) for text in _text(alias, "ALIAS_NAME").split(";")]
    return tuple(found)


def _document(node: Node) -> Identifier | None:
    kind = " ".join(_text(node, "TYPE_OF_DOCUMENT").casefold().split())
    number = _text(node, "NUMBER")
    if not number:
        return None
    return Identifier(
        _KINDS.get(kind, "national_id" if "national identification" in kind else kind or "document"), number
    )


def _birth(node: Node) -> BirthDate | None:
    exact = _text(node, "DATE")
    year, first, last = (_number(_text(node, part)) for part in ("YEAR", "FROM_YEAR", "TO_YEAR"))
    about = _text(node, "TYPE_OF_DATE").casefold() == "approximately"
    if exact and not about:
        return dates.iso(exact)
    if exact:
        return dates.around(_number(exact[:4]))
    if first and last:
        return dates.between(first, last)
    return (dates.around(year) if about else dates.span(year)) if year else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0


def _text(node: Node, name: str) -> str:
    return next(iter(_texts(node, name)), "")


def _texts(node: Node, name: str) -> list[str]:
    return [child[""][0] for child in node.get(name, ()) if child[""][0]]


def _values(node: Node, name: str) -> list[str]:
    return [text for child in node.get(name, ()) for text in _texts(child, "VALUE")]
