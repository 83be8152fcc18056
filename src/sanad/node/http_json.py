"""Rows of the node as JSON. A rendering, never signed.

Amounts are strings of minor units: many readers of JSON hold numbers in 53 bits, and a nation's balances are longer.
Byte strings are hexadecimal, a UETR is written as a UUID, times are ms since 1970 UTC.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from sanad.node.receipts import Receipt
from sanad.node.service import AccountView, Health, PaymentView, StatementLine, StatementPage
from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.rulebook.edition1.standing import ORDERED
from sanad.rulebook.message import POSITIONS_PER_ENTRY

Document = dict[str, object]

ENGLISH, URDU = "en", "ur"
_ADMITTED = {ENGLISH: "Admitted.", URDU: "منظور۔"}
_UNKNOWN = {
    ENGLISH: "This release does not know the code; read docs/reference/rejections.md of a newer one.",
    URDU: "یہ نسخہ اس کوڈ کو نہیں جانتا؛ نئے نسخے کی فہرست دیکھیں۔",
}
_ORDER = {ENGLISH: "The order is in entry %d.", URDU: "یہ حکم اندراج %d میں ہے۔"}
_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{1,32})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")
_LANGUAGES_MAX = 16


def encode(document: Document) -> bytes:
    """The document's bytes."""
    return msgspec.json.encode(document)


def language(accept_language: str) -> str:
    """`ur` when the reader asks for Urdu before English (RFC 9110 §12.5.4), else `en`; never an error."""
    wishes = {ENGLISH: 0.0, URDU: 0.0}
    for part in accept_language.split(",", _LANGUAGES_MAX)[:_LANGUAGES_MAX]:
        match = _LANGUAGE.fullmatch(part)
        if match is not None and match[1].lower() in wishes:
            tag = match[1].lower()
            wishes[tag] = max(wishes[tag], float(match[2] or 1))
    return URDU if wishes[URDU] > wishes[ENGLISH] else ENGLISH


def outcome(code: int, tongue: str, order: int = 0) -> Document:
    """What an outcome is called and what its sender is told. `order`: entry of the order from which it follows."""
    try:
        known = Outcome(code)
    except ValueError:
        return {"code": code, "name": "UNKNOWN", "sentence": _UNKNOWN[tongue]}
    if known is Outcome.ADMITTED:
        return {"code": code, "name": known.name, "sentence": _ADMITTED[tongue]}
    sentence = SENTENCES[known]
    told = sentence.urdu if tongue == URDU else sentence.english
    if not order:
        return {"code": code, "name": known.name, "sentence": told}
    return {"code": code, "name": known.name, "sentence": f"{told} {_ORDER[tongue] % order}", "order_entry": order}


def asks_for_orders(parsed: Receipt) -> bool:
    """Whether an order may stand behind one of a receipt's outcomes."""
    return not set(ORDERED).isdisjoint(parsed.codes)


def receipt(parsed: Receipt, data: bytes, tongue: str, orders: Mapping[int, int] | None = None) -> Document:
    """A receipt: each distinct outcome is explained once; `receipt` holds the bytes that are evidence.

    `orders`: entries of the orders behind outcomes, of which the meaning then tells.
    """
    codes, orders = parsed.codes, orders or {}
    document: Document = {
        "entry": parsed.entry,
        "first_position": parsed.entry * POSITIONS_PER_ENTRY,
        "height": parsed.height,
        "time_ms": parsed.time_ms,
        "message_digest": parsed.message_digest.hex(),
        "admitted": codes.count(0),
        "rejected": len(codes) - codes.count(0),
        "outcomes": codes,
        "meanings": [outcome(code, tongue, orders.get(code, 0)) for code in sorted(set(codes))],
        "receipt": b64encode(data).decode(),
    }
    if len(codes) == 1:
        document["outcome"] = outcome(codes[0], tongue, orders.get(codes[0], 0))
    return document


def account(view: AccountView) -> Document:
    """An account."""
    return {
        "account": view.number,
        "institution": view.institution,
        "asset": view.asset,
        "currency": view.currency,
        "exponent": view.exponent,
        "kind": view.kind,
        "holder_class": view.holder_class,
        "tier": view.tier,
        "flags": view.flags,
        "balance": str(view.balance),
        "reserved": str(view.reserved),
        "available": str(view.available),
        "opened_entry": view.opened_entry,
        "last_position": view.last_position,
        "height": view.height,
        "time_ms": view.time_ms,
    }


def statement(view: AccountView, page: StatementPage) -> Document:
    """A page of a statement, newest line first."""
    return {
        "account": view.number,
        "currency": view.currency,
        "exponent": view.exponent,
        "lines": [_line(line) for line in page.lines],
        "next_before": page.next_before,
    }


def _line(line: StatementLine) -> Document:
    return {
        "position": line.position,
        "height": line.height,
        "time_ms": line.time_ms,
        "uetr": _uuid_text(line.uetr),
        "side": "debit" if line.is_debit else "credit",
        "counter_account": line.counter_account,
        "amount": str(line.amount),
        "balance": str(line.balance),
        "reserved": None if line.reserved is None else str(line.reserved),
        "purpose": line.purpose,
        "flags": line.flags,
        "leg": line.leg,
        "pending": line.pending,
        "reference": line.reference.hex(),
    }


def _uuid_text(data: bytes) -> str:
    """16 bytes as a UUID is written; fifty of them make a page, and `UUID` takes five times as long."""
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def payments(uetr: bytes, views: Sequence[PaymentView]) -> Document:
    """What an institution sent under one UETR."""
    return {"uetr": str(UUID(bytes=uetr)), "payments": [_payment(view) for view in views]}


def _payment(view: PaymentView) -> Document:
    return {
        "position": view.position,
        "height": view.height,
        "time_ms": view.time_ms,
        "leg": view.leg,
        "debit": view.debit,
        "credit": view.credit,
        "amount": str(view.amount),
        "asset": view.asset,
        "currency": view.currency,
        "exponent": view.exponent,
        "purpose": view.purpose,
        "flags": view.flags,
    }


def health(network: bytes, state: Health) -> Document:
    """How a node is; public."""
    return {
        "ready": state.ready,
        "reason": state.reason,
        "network": network.hex(),
        "name": state.name,
        "demonstration": state.demonstration,
        "version": state.version,
        "edition": 1,
        "node_public_key": state.node_public_key.hex(),
        "height": state.height,
        "time_ms": state.time_ms,
    }
