"""The schemas that are shipped, and the names of the messages that are met.

The schemas are read from the package, never from a network (`schemas/README.md` names their origin).
"""

from functools import cache
from importlib import resources
from typing import Any

from lxml import etree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"

ACCEPTED_VERSIONS = ("08", "10", "12", "13", "14")
"""The versions of pacs.008.001 that are read."""

PACS002 = "pacs.002.001.10"
"""The one version of the status report that is written."""

_MESSAGES = {
    "acmt.023": "identification verification request",
    "acmt.024": "identification verification report",
    "camt.029": "resolution of investigation",
    "camt.052": "account report",
    "camt.053": "account statement",
    "camt.054": "debit or credit notification",
    "camt.056": "payment cancellation request",
    "camt.060": "account reporting request",
    "head.001": "business application header",
    "pacs.002": "payment status report",
    "pacs.003": "customer direct debit",
    "pacs.004": "payment return",
    "pacs.008": "customer credit transfer",
    "pacs.009": "institution credit transfer",
    "pacs.028": "payment status request",
    "pain.001": "payment initiation",
    "pain.002": "payment initiation status report",
}

_PARSER_SETTINGS = {
    # An entity is never looked up, never expanded, never fetched; `huge_tree` keeps libxml2's own bounds in force.
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    # No element is looked up by an xml:id.
    "collect_ids": False,
    # Whatever the file claims: it is read as UTF-8 or not at all.
    "encoding": "utf-8",
}


def strict_parser() -> Any:
    """Make a parser that expands no entity, opens no address and keeps libxml2's bounds on depth and size."""
    return etree.XMLParser(**_PARSER_SETTINGS)


def strict_pull_parser(events: tuple[str, ...], tags: tuple[str, ...]) -> Any:
    """Make the same parser for a file that is fed in blocks."""
    return etree.XMLPullParser(events=events, tag=tags, **_PARSER_SETTINGS)


@cache
def _schema_text(message: str) -> bytes:
    return resources.files("sanad.standards.iso20022").joinpath("schemas", f"{message}.xsd").read_bytes()


def load_schema(message: str) -> Any:
    """Compile the shipped schema of a message such as `pacs.008.001.08`, 3 ms.

    Not cached here, since a compiled schema keeps its findings in itself: every thread needs one of its own.
    """
    return etree.XMLSchema(etree.fromstring(_schema_text(message), strict_parser()))


def message_of(tag: str) -> str:
    """Give the message that a `Document` element's tag belongs to, such as `pacs.008.001.08`, or an empty text."""
    namespace, closed, local = tag.removeprefix("{").partition("}")
    if not closed or local != "Document" or not namespace.startswith(NAMESPACE):
        return ""
    return namespace.removeprefix(NAMESPACE)


def accepted_version(message: str) -> str | None:
    """Give the version of an accepted pacs.008.001, or None for any other message."""
    start, _, version = message.rpartition(".")
    return version if start == "pacs.008.001" and version in ACCEPTED_VERSIONS else None


def say_message(message: str) -> str:
    """Say in words what a message is: `camt.053.001.02 (account statement)`."""
    meaning = _MESSAGES.get(message[:8])
    shown = message[:40] if message.replace(".", "").isalnum() else "of no known kind"
    return f"{shown} ({meaning})" if meaning else shown


def say_accepted() -> str:
    """Say in words what is accepted."""
    return "send a customer credit transfer pacs.008.001 in version " + ", ".join(ACCEPTED_VERSIONS)
