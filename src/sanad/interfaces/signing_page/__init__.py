"""The signing page: one static page at an origin of its own, whose digest is on the record (ADR 0008 and 0012).

A person's passkey signs a message digest there and nowhere else. The page reads from the very bytes what they say, in
English and Urdu, and asks no server for anything. `page()` is all of it; any static host may serve these bytes.
"""

import hashlib
import json
import re
from base64 import b64encode
from functools import cache
from pathlib import Path

from sanad.base.digests import digest

_HERE = Path(__file__).parent
_PARTS = _HERE / "static"
_FONT = _HERE.parent / "frame" / "static" / "frame" / "fonts" / "noto-naskh-arabic-urdu.woff2"
_PLACE = re.compile(r"\{\{(\w+)\}\}")


@cache
def page() -> bytes:
    """The page's bytes: style, script, words and the Urdu font are inside."""
    words = json.dumps(json.loads(_part("words.json")), ensure_ascii=False, separators=(",", ":"))
    style = _filled(_part("page.css"), font=b64encode(_FONT.read_bytes()).decode())
    script = _part("reading.js") + "\n" + _filled(_part("page.js"), words=words.replace("</", "<\\/"))
    policy = "; ".join(
        (
            "default-src 'none'", f"script-src '{_hash(script)}'", f"style-src '{_hash(style)}'", "font-src data:",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'",
        )
    )  # fmt: skip
    return _filled(_part("page.html"), policy=policy, style=style, script=script).encode()


def page_digest() -> bytes:
    """What the record holds of the page (act `set_signing_origin`)."""
    return digest(page())


HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    # The page carries its own policy, so that a plain static host suffices; this much a page cannot say of itself.
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self)"),
)
"""What whoever serves the page sends with it."""


def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


def _filled(text: str, **parts: str) -> str:
    return _PLACE.sub(lambda place: parts[place[1]], text)


def _hash(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
