"""The messages: identity, inquiry, resolution (approved, rejected, or neither yet), confirmation (sent or canceled).

What is no JSON, or has a value of another type, is `Unreadable` (HTTP 400); what can be read and may not be so is
`Malformed` (HTTP 422). Amounts are JSON numbers on the wire and decimal text here, digit for digit: never a float.
Members that are not known are passed over, `null` counts as not sent; a member that is there twice is refused, since
two readers could take two values.
"""

import json
import re
from typing import Any, Never, TypeVar
from urllib.parse import urlsplit

import msgspec

from sanad.base.errors import Malformed

BODY_OCTETS_MAX = 1 << 20
TEXT_CHARACTERS_MAX = 1_000
URL_CHARACTERS_MAX = 1_000
IDENTITY = "IVMS101"

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,29})(?:\.([0-9]{1,30}))?(?:[eE]([+-]?[0-9]{1,2}))?")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,37})(\.[0-9]{0,29}[1-9])?")
_DTI = re.compile(r"[1-9B-DF-HJ-NP-TV-XZ][0-9B-DF-HJ-NP-TV-XZ]{7}[0-9B-DF-HJ-NP-TV-XZ]")
_Message = TypeVar("_Message", bound=msgspec.Struct)


class Unreadable(Malformed):
    """The bytes are no such message."""


class Asset(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sent: a digital token identifier (ISO 24165), or a coin type of SLIP-0044 by number or symbol."""

    dti: str = ""
    slip0044: int | str | None = None


class Inquiry(msgspec.Struct, frozen=True):
    """May we send this?"""

    asset: Asset
    amount: str
    """Decimal text without needless zeros, more than 0."""
    callback: str
    """Where to send the resolution."""
    identity: bytes
    """The member IVMS101, byte for byte as sent."""
    extensions: dict[str, Any] = {}


class Approval(msgspec.Struct, frozen=True):
    """Where to pay, and where to say that it was done."""

    address: str
    callback: str


class Resolution(msgspec.Struct, frozen=True, omit_defaults=True):
    """Exactly one of: approved; rejected with a reason; a version alone: received, an answer will come."""

    version: str = ""
    approved: Approval | None = None
    rejected: str | None = None


class Confirmation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Exactly one of: the transaction, or why there is none ("" where no reason was told)."""

    txid: str | None = None
    canceled: str | None = None


class PeerIdentity(msgspec.Struct, frozen=True):
    """Who a peer says it is; `x509` is its certificate as PEM."""

    name: str = ""
    lei: str = ""
    x509: str = ""


class PeerVersion(msgspec.Struct, frozen=True):
    """What a peer speaks, and who made it."""

    version: str = ""
    vendor: str = ""


class PeerExtensions(msgspec.Struct, frozen=True):
    """What a peer demands and understands."""

    required: list[str] = []
    supported: list[str] = []


class _Asset(msgspec.Struct, frozen=True):
    dti: str | None = None
    slip0044: int | str | None = None


class _Inquiry(msgspec.Struct, frozen=True):
    asset: _Asset | None = None
    amount: msgspec.Raw = msgspec.Raw(b"")
    callback: str | None = None
    identity: msgspec.Raw = msgspec.field(name=IDENTITY, default=msgspec.Raw(b""))
    extensions: dict[str, Any] | None = None


class _Resolution(msgspec.Struct, frozen=True):
    version: str | None = None
    approved: Approval | None = None
    rejected: str | None = None


class _Confirmation(msgspec.Struct, frozen=True):
    txid: str | None = None
    canceled: str | msgspec.UnsetType | None = msgspec.UNSET


class _Identity(msgspec.Struct, frozen=True):
    name: str | None = None
    lei: str | None = None
    x509: str | None = None


class _Version(msgspec.Struct, frozen=True):
    version: str | None = None
    vendor: str | None = None


class _Extensions(msgspec.Struct, frozen=True):
    required: list[str] | None = None
    supported: list[str] | None = None


def read_inquiry(body: bytes) -> Inquiry:
    """An inquiry. Raises `Unreadable` and `Malformed`."""
    found = _decoded(body, _Inquiry)
    amount = _amount(bytes(found.amount))
    asset = Asset(found.asset.dti or "", found.asset.slip0044) if found.asset is not None else Asset()
    _check_asset(asset)
    if not amount:
        raise Malformed("amount", "trp.amount", "name an asset and an amount that is more than 0")
    if not found.callback:
        raise Malformed("callback", "trp.callback", "say where to send the answer")
    identity = bytes(found.identity).strip()
    if identity in (b"", b"null", b"{}"):
        raise Malformed(IDENTITY, "trp.identity", "send the data of originator and beneficiary")
    return Inquiry(asset, amount, checked_url(found.callback, "callback"), identity, found.extensions or {})


def write_inquiry(inquiry: Inquiry) -> bytes:
    """The bytes of an inquiry; the identity stands in it byte for byte."""
    document: dict[str, Any] = {
        "asset": inquiry.asset,
        "amount": msgspec.Raw(inquiry.amount.encode()),
        "callback": inquiry.callback,
        IDENTITY: msgspec.Raw(inquiry.identity),
    }
    return msgspec.json.encode(document | ({"extensions": inquiry.extensions} if inquiry.extensions else {}))


def read_resolution(body: bytes) -> Resolution:
    """A resolution. Raises `Unreadable` and `Malformed`."""
    sent = _decoded(body, _Resolution)
    found = Resolution(sent.version or "", sent.approved, sent.rejected)
    given = [each for each in (found.version, found.approved, found.rejected) if each not in ("", None)]
    if len(given) != 1:
        raise Malformed("resolution", "trp.resolution", "send exactly one of approved, rejected and version")
    if found.approved is not None:
        if not found.approved.address or len(found.approved.address) > TEXT_CHARACTERS_MAX:
            raise Malformed("approved.address", "trp.address", "name the address to pay to")
        checked_url(found.approved.callback, "approved.callback")
    _bounded(found.rejected, "rejected")
    return found


def read_confirmation(body: bytes) -> Confirmation:
    """A confirmation. Raises `Unreadable` and `Malformed`."""
    sent = _decoded(body, _Confirmation)
    is_canceled = bool(sent.canceled) if sent.txid else sent.canceled is not msgspec.UNSET
    if bool(sent.txid) == is_canceled:
        raise Malformed("confirmation", "trp.confirmation", "send exactly one of txid and canceled")
    # The comment of a cancellation may be null; whatever stands there, nothing was paid.
    found = Confirmation(canceled=str(sent.canceled or "")) if is_canceled else Confirmation(txid=sent.txid)
    _bounded(found.txid, "txid")
    _bounded(found.canceled, "canceled")
    return found


def read_identity(body: bytes) -> PeerIdentity:
    """What a peer says of itself. Raises `Unreadable`."""
    found = _decoded(body, _Identity)
    return PeerIdentity(found.name or "", found.lei or "", found.x509 or "")


def read_version(body: bytes) -> PeerVersion:
    """Which version a peer offers. Raises `Unreadable`."""
    found = _decoded(body, _Version)
    return PeerVersion(found.version or "", found.vendor or "")


def read_extensions(body: bytes) -> PeerExtensions:
    """Which extensions a peer has. Raises `Unreadable`."""
    found = _decoded(body, _Extensions)
    return PeerExtensions(found.required or [], found.supported or [])


def write(message: msgspec.Struct) -> bytes:
    """The bytes of any of the other messages."""
    return msgspec.json.encode(message)


def checked_url(text: str, field: str) -> str:
    """An https address that may be posted to. Raises `Malformed`."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme == "https" and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        fits = False
    if not fits or len(text) > URL_CHARACTERS_MAX or not text.isascii() or any(each.isspace() for each in text):
        raise Malformed(field, "trp.url", f"give an https address of at most {URL_CHARACTERS_MAX} characters")
    return text


def minor_units(amount: str, exponent: int) -> int | None:
    """The amount in the asset's smallest units; None when it is finer than those, or more than 63 bits hold."""
    whole, _, fraction = amount.partition(".")
    if len(fraction) > exponent:
        return None
    minor = int(whole + fraction.ljust(exponent, "0"))
    return minor if minor < 2**63 else None


def amount_of(minor: int, exponent: int) -> str:
    """The decimal text of so many smallest units."""
    digits = str(minor).rjust(exponent + 1, "0")
    whole, fraction = (digits[:-exponent], digits[-exponent:].rstrip("0")) if exponent else (digits, "")
    return f"{whole}.{fraction}" if fraction else whole


def plain_amount(text: str) -> str:
    """What a person typed, as decimal text without needless zeros. Raises `Malformed`."""
    amount = _amount(text.strip().encode())
    if not amount:
        raise Malformed("amount", "trp.amount", "give an amount that is more than 0")
    return amount


def _amount(raw: bytes) -> str:
    """Decimal text of a JSON number, or of a text that holds one; "" for 0 or nothing."""
    text = raw.strip().strip(b'"').decode("ascii", "replace")
    if text in ("", "null"):
        return ""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Unreadable("amount", "trp.amount", "send a number that is not below 0, with at most 30 decimals")
    whole, fraction, power = found.group(1), found.group(2) or "", int(found.group(3) or 0)
    digits, point = whole + fraction, len(whole) + power
    digits, point = ("0" * -point + digits, 0) if point < 0 else (digits.ljust(point, "0"), point)
    before, after = digits[:point].lstrip("0") or "0", digits[point:].rstrip("0")
    amount = f"{before}.{after}" if after else before
    if not _AMOUNT.fullmatch(amount):
        raise Unreadable("amount", "trp.amount", "send a number with at most 30 decimals")
    return "" if amount == "0" else amount


def _check_asset(asset: Asset) -> None:
    if not asset.dti and asset.slip0044 is None:
        raise Malformed("asset", "trp.asset", "name the asset by its dti or its slip0044")
    if asset.dti and not _DTI.fullmatch(asset.dti):
        raise Malformed("asset.dti", "trp.asset", "a digital token identifier has nine characters (ISO 24165)")
    slip = asset.slip0044
    if isinstance(slip, int) and not 0 <= slip < 2**31:
        raise Malformed("asset.slip0044", "trp.asset", "a coin type is a number below 2^31")
    if isinstance(slip, str) and not (0 < len(slip) <= 20 and slip.isascii() and slip.isprintable()):
        raise Malformed("asset.slip0044", "trp.asset", "a coin's symbol has at most 20 characters")


def _bounded(text: str | None, field: str) -> None:
    if text is not None and len(text) > TEXT_CHARACTERS_MAX:
        raise Malformed(field, "trp.text", f"shorten it to {TEXT_CHARACTERS_MAX} characters")


def _decoded(body: bytes, kind: type[_Message]) -> _Message:
    if len(body) > BODY_OCTETS_MAX:
        raise Unreadable("body", "trp.size", f"send at most {BODY_OCTETS_MAX:,} bytes")
    try:
        found = msgspec.json.decode(body, type=kind)
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_number)
        return found
    except (msgspec.DecodeError, ValueError, RecursionError):  # its text may hold a value: it is not passed on
        raise Unreadable("body", "trp.json", "send one JSON object of this message, in UTF-8") from None


def _once(members: list[tuple[str, object]]) -> None:
    if len({name for name, _ in members}) != len(members):
        raise Unreadable("body", "trp.twice", "send each member of an object once")


def _no_number(_: str) -> Never:
    raise Unreadable("body", "trp.json", "send numbers as JSON has them")
