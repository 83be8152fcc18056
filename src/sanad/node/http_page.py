"""The page at `/`: says in English and Urdu what this is and what to try. Plain HTML, nothing from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from sanad.node.service import Health

_STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#eee;padding:.1em .3em}section{margin-bottom:2.5rem}"
)
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Sanad node: {name}</title><style>{style}</style></head><body>
<section><h1>Sanad node: {name}</h1>
{demonstration}
<p>Licensed institutions send signed messages here; a rulebook admits or rejects each one, and every outcome is sealed
into one append-only record. Anyone can check that the record was never rewritten.</p>
<p>Newest block: {height}. {state}</p>
<h2>Open to everyone</h2><ul>
<li><a href="/health"><code>/health</code></a> how the node is</li>
<li><a href="/checkpoint"><code>/checkpoint</code></a> the record's size and root, signed</li>
<li><a href="/log/key"><code>/log/key</code></a> the key that signs it</li>
<li><code>/tile/&hellip;</code> the record's Merkle tree, as files</li></ul>
<h2>For institutions</h2>
<p><code>POST /messages</code> takes a message and answers with its receipt. With a credential you read
<code>/accounts/{{number}}</code>, <code>/accounts/{{number}}/statement</code>,
<code>/receipts/{{institution}}/{{lane}}/{{sequence}}</code>, <code>/lanes/{{institution}}/{{lane}}</code>,
<code>/payments/{{institution}}/{{uetr}}</code>, <code>/proofs/{{position}}</code> and
<code>/messages/{{entry}}</code>.</p>
<p>On the command line: <code>sanad --help</code>.</p></section>
<section lang="ur" dir="rtl"><h1>سند نوڈ: {name}</h1>
{demonstration_urdu}
<p>لائسنس یافتہ ادارے یہاں دستخط شدہ پیغامات بھیجتے ہیں؛ ایک ضابطہ ہر پیغام کو منظور یا مسترد کرتا ہے، اور ہر نتیجہ
ایک ایسے ریکارڈ میں مہر بند ہوتا ہے جس میں صرف اضافہ ہو سکتا ہے۔ ہر شخص جانچ سکتا ہے کہ ریکارڈ کبھی بدلا نہیں گیا۔</p>
<p>سب کے لیے: <a href="/health"><code>/health</code></a>، <a href="/checkpoint"><code>/checkpoint</code></a>،
<a href="/log/key"><code>/log/key</code></a>۔
اداروں کے لیے: <code dir="ltr">POST /messages</code>، اور اپنی اسناد کے ساتھ
اپنے کھاتے، رسیدیں اور ثبوت۔</p></section>
</body></html>
"""
_DEMONSTRATION = "<p><strong>This is a demonstration: nothing here is money.</strong></p>"
_DEMONSTRATION_URDU = "<p><strong>یہ صرف مظاہرہ ہے: یہاں کچھ بھی اصل رقم نہیں۔</strong></p>"


def front_page(state: Health) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page."""
    page = _PAGE.format(
        name=escape(state.name),
        style=_STYLE,
        demonstration=_DEMONSTRATION if state.demonstration else "",
        demonstration_urdu=_DEMONSTRATION_URDU if state.demonstration else "",
        height=state.height,
        state="It takes messages." if state.ready else "It takes no messages now.",
    )
    return page.encode(), _HEADERS
