"""The complete way through any file: feed one parser, and move finished payments out of its tree in batches."""

import copy
from collections.abc import Generator
from typing import Any

from lxml import etree

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.iso20022 import schema
from sanad.standards.iso20022.batch import Batch, Place, may_hold_forbidden_characters
from sanad.standards.iso20022.schemes import Profile
from sanad.standards.iso20022.source import Source
from sanad.standards.iso20022.split import PIECE_BYTES, check_of, too_large

BATCH_PAYMENTS_MAX = 1_000


_NOT_CHARACTERS = ("ERR_INVALID_ENCODING", "ERR_INVALID_CHAR")


def pull(source: Source, profile: Profile | None) -> Generator[tuple[str, Batch], None, None]:
    """Yield the batches of a file in order, each with the message it belongs to; the last carries the header.

    XML that is not well-formed ends in a batch with that finding. Raises `MalformedFile` where the file is no message
    that is read here, or where reading it would take too much memory.
    """
    reader = _Pull(source, profile)
    for block in source.blocks():
        wrong = reader.feed(block)
        if wrong:
            yield reader.message, Batch(findings=[wrong], findings_total=1)
            return
        batch = reader.batch_if_full()
        if batch:
            yield reader.message, batch
    yield reader.message, reader.finish()


class _Pull:
    """The tree under construction, and what of it is finished."""

    def __init__(self, source: Source, profile: Profile | None) -> None:
        self.message = ""
        self._source = source
        self._profile = profile
        self._parser = schema.strict_pull_parser(("start", "end"), ("{*}Document", "{*}CdtTrfTxInf"))
        self._document: Any = None
        self._document_ended = False
        self._opening: list[Any] = []
        self._finished: list[Any] = []
        self._bytes_since_payment = 0
        self._bytes_since_batch = 0
        self._line = 1
        self._last_byte = b""
        self._look_through = False

    def feed(self, block: bytes) -> Finding | None:
        """Take a block; give a finding if the XML is not well-formed."""
        wrong = None
        self._bytes_since_payment += len(block)
        self._bytes_since_batch += len(block)
        try:
            self._parser.feed(block)
        except etree.XMLSyntaxError as error:
            wrong = self._not_well_formed(error)
        try:
            for event, element in self._parser.read_events():
                self._take(event, element)
        except etree.XMLSyntaxError as error:
            wrong = wrong or self._not_well_formed(error)
        if self._bytes_since_payment > PIECE_BYTES + self._source.limits.payment_bytes_max:
            raise too_large(self._source, self._line)
        self._look_through |= may_hold_forbidden_characters(self._last_byte + block)
        self._last_byte = block[-1:]
        self._line += block.count(b"\n")
        return wrong

    def _take(self, event: str, element: Any) -> None:
        if event == "start":
            if element.tag.endswith("}Document") and schema.message_of(element.tag):
                self._take_document(element)
        elif element is self._document:
            self._document_ended = True
        elif self._document is not None and _grandparent(element) is self._document:
            self._finished.append(element)
            self._bytes_since_payment = 0

    def _take_document(self, element: Any) -> None:
        if self._document is not None:
            if self._document_ended:
                advice = "one file carries one message; send the others in files of their own"
                self._refuse("file.documents", element.sourceline, "Document", advice)
            return  # inside supplementary data: the schema's matter
        self._document = element
        self.message = schema.message_of(element.tag)
        if schema.accepted_version(self.message) is None:
            advice = f"this is a {schema.say_message(self.message)}; {schema.say_accepted()}"
            self._refuse("message.not_accepted", element.sourceline, "Document", advice)

    def _refuse(self, code: str, line: int, excerpt: str, advice: str) -> None:
        raise refusal(self._source.name, Finding(line, code, excerpt, advice))

    def batch_if_full(self) -> Batch | None:
        """Check what is finished, if it is much, and take it out of the tree."""
        if len(self._finished) < 2:
            return None
        if len(self._finished) <= BATCH_PAYMENTS_MAX and self._bytes_since_batch < PIECE_BYTES:
            return None
        # The newest stays: the parser may still be writing the text that follows it.
        finished, self._finished = self._finished[:-1], self._finished[-1:]
        transfer = finished[0].getparent()
        if not self._opening:
            before = transfer[: transfer.index(finished[0])]
            self._opening = [copy.deepcopy(child) for child in before]
        root = etree.Element(self._document.tag, dict(self._document.attrib), nsmap=self._document.nsmap)
        body = etree.SubElement(root, transfer.tag)
        body.extend(copy.deepcopy(self._opening))
        body.extend(finished)
        self._bytes_since_batch = 0
        return self._check(root, last=False)

    def finish(self) -> Batch:
        """Check what is left in the tree, and with it all that is not a payment."""
        try:
            root = self._parser.close()
        except etree.XMLSyntaxError as error:
            return Batch(findings=[self._not_well_formed(error, at_end=True)], findings_total=1)
        if self._document is None:
            name = root.tag.rpartition("}")[2]
            self._refuse("file.no_message", 1, name[:40], f"no ISO 20022 Document in here; {schema.say_accepted()}")
        return self._check(self._document, last=True)

    def _check(self, root: Any, *, last: bool) -> Batch:
        check = check_of(self.message, self._profile)
        place = Place(check.payment_tag, last)
        return check.check(etree.ElementTree(root), place, look_through=self._look_through)

    def _not_well_formed(self, error: Any, *, at_end: bool = False) -> Finding:
        """Tell where the XML breaks. The parser's sentence is left out, since it may quote the file."""
        log = self._parser.feed_error_log
        kind, line = (log[0].type_name, log[0].line) if len(log) else ("ERR_UNKNOWN", error.lineno)
        line = max(int(line or 1), 1)
        # An undeclared prefix or entity is told at the end only, but stands where it stands.
        if at_end and not kind.startswith(("NS_ERR", "ERR_UNDECLARED", "WAR_UNDECLARED")):
            advice = "the file ends before its message does; send it again in whole"
            return Finding(line, "xml.truncated", kind, advice)
        if kind in _NOT_CHARACTERS:
            return Finding(line, "xml.encoding", kind, "a character is not UTF-8, or none that XML allows")
        return Finding(line, "xml.malformed", kind, "this is no well-formed XML from here on; write the file anew")


def _grandparent(element: Any) -> Any:
    parent = element.getparent()
    return None if parent is None else parent.getparent()
