"""Writes values into XML: escaped, and only what the schema takes."""

import html
import re
from datetime import datetime

from sanad.base.errors import Malformed

# What XML 1.0 can't hold, section 2.2; written as a surrogate or a control character it would end the message.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")


def element(name: str, text: str | None, length_max: int) -> str:
    """Write one element, or nothing where `text` is None or empty. `name` is ours, `text` is anyone's.

    Raises `Malformed`: `text.length` beyond `length_max` characters, `text.character` for what XML can't hold.
    """
    if not text:
        return ""
    if len(text) > length_max:
        raise Malformed(name, "text.length", f"at most {length_max} characters")
    if _NOT_XML.search(text):
        raise Malformed(name, "text.character", "the text holds a character that XML does not allow")
    # A carriage return as such would be read back as a line feed (XML 1.0, section 2.11).
    return f"<{name}>{html.escape(text, quote=False).replace(chr(13), '&#13;')}</{name}>"


def date_time(name: str, moment: datetime) -> str:
    """Write a moment. Raises `Malformed` (`time.offset`) where it does not say its offset from UTC."""
    if moment.tzinfo is None:
        raise Malformed(name, "time.offset", "a moment needs its offset from UTC")
    return f"<{name}>{moment.isoformat(timespec='milliseconds')}</{name}>"


def agent(name: str, bic: str | None, lei: str | None = None) -> str:
    """Write an institution by its BIC and LEI; with neither, one that is not named. Raises `Malformed` (`bic.form`)."""
    if bic and not _BIC.fullmatch(bic):
        raise Malformed(name, "bic.form", "a BIC has 8 or 11 capitals and digits")
    content = element("BICFI", bic, 11) + element("LEI", lei, 20)
    return f"<{name}><FinInstnId>{content}</FinInstnId></{name}>"
