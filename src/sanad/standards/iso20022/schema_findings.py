"""Turns what libxml2 says about a broken schema rule into findings.

Its messages quote the offending value, which may be a name. So only what comes from the schema is taken over from them:
the kind of rule, the limit, the elements that were expected.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from sanad.base.errors import Finding
from sanad.standards.findings import excerpt

_ADVICE = {
    "SCHEMAV_ELEMENT_CONTENT": ("schema.order", "an element is missing, unknown or in the wrong place"),
    "SCHEMAV_CVC_PATTERN_VALID": ("schema.pattern", "the value does not have the form of this element"),
    "SCHEMAV_CVC_ENUMERATION_VALID": ("schema.code", "the value is not one of the codes of this element"),
    "SCHEMAV_CVC_MAXLENGTH_VALID": ("schema.length", "the text is too long"),
    "SCHEMAV_CVC_MINLENGTH_VALID": ("schema.length", "the text is too short or empty"),
    "SCHEMAV_CVC_LENGTH_VALID": ("schema.length", "the text has the wrong length"),
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": ("schema.number", "the number has too many decimals"),
    "SCHEMAV_CVC_TOTALDIGITS_VALID": ("schema.number", "the number has too many digits"),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": ("schema.number", "the number is too small; it must not be negative"),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ("schema.value", "the value is no valid number, date or code for this element"),
    "SCHEMAV_CVC_TYPE_3_1_1": ("schema.attribute", "the element has an attribute that it must not have"),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": ("schema.attribute", "the element has an attribute that it must not have"),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": ("schema.attribute", "the element has an attribute that it must not have"),
    "SCHEMAV_CVC_COMPLEX_TYPE_4": ("schema.attribute", "a required attribute is missing"),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ("schema.order", "text stands where only elements may stand"),
    "SCHEMAV_CVC_ELT_1": ("schema.root", "the element is not known here"),
}

_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^()]*) \)\.\s*$")
_LIMIT = re.compile(r"(?:maximum|minimum) length of '(\d{1,6})'\.\s*$")
_NAMESPACE = re.compile(r"\{[^{}]*\}")


def of(log: Any, document: Any, line_of: Callable[[Any], int], tells: Callable[[Any], bool]) -> Iterator[Finding]:
    """Yield a finding for every element that breaks the schema, with its line.

    `log` is libxml2's list of errors about `document`; `tells` says which elements to speak about.
    """
    before = None
    for entry in log:
        if entry.path == before:
            continue  # libxml2 tells a broken facet and then, again, that the value is not valid
        before = entry.path
        element = _element(document, entry.path, entry.line)
        if not tells(element):
            continue
        code, advice = _ADVICE.get(entry.type_name, ("schema.invalid", f"breaks the schema ({entry.type_name})"))
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "?"
        yield Finding(line_of(element), code, excerpt(name, element.text or ""), advice + _detail(entry.message))


def _element(document: Any, path: str | None, line: int) -> Any:
    """Give the element that an error is about; libxml2 names it by its path, or by that of its attribute."""
    root = document.getroot()
    if path:
        prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
        try:
            found = document.xpath(path.partition("/@")[0], namespaces=prefixes)
        except etree.XPathError:  # a prefix that only an inner element declares
            found = []
        if found and isinstance(getattr(found[0], "tag", None), str):
            return found[0]
    return next((element for element in root.iter("*") if element.sourceline == line), root)


def _detail(message: str) -> str:
    """Take from a message what is from the schema: the expected elements, the limit."""
    expected = _EXPECTED.search(message)
    if expected:
        return f"; expected here: {_NAMESPACE.sub('', expected[1])[:200]}"
    limit = _LIMIT.search(message)
    return f"; the limit is {limit[1]} characters" if limit else ""
