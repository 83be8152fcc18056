"""A passkey of a real Chromium, on its virtual authenticator, signs what the rulebook takes: no byte of it is ours."""

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from selenium.webdriver.common.virtual_authenticator import Protocol, Transport, VirtualAuthenticatorOptions

from sanad.rulebook.message import Suite
from sanad.rulebook.signature_webauthn import SigningOrigins
from sanad.rulebook.signatures import is_at_signing_page, is_signature
from tests import authenticator
from tests.journeys.browser import Browser, browser

ASSERTIONS = 40
"""Chromium adds its remark to one in five: that none of 40 has it is 1 in 7,500."""
SCRIPT = """
const [challenges, done] = arguments;
const bytes = text => Uint8Array.from(atob(text), each => each.charCodeAt(0));
const text = data => btoa(String.fromCharCode(...new Uint8Array(data)));
(async () => {
  const made = await navigator.credentials.create({publicKey: {
    rp: {id: "localhost", name: "signing"}, user: {id: new Uint8Array(16), name: "x", displayName: "x"},
    challenge: new Uint8Array(32), pubKeyCredParams: [{type: "public-key", alg: -7}],
    authenticatorSelection: {residentKey: "required", userVerification: "required"}}});
  const answers = [];
  for (const challenge of challenges) {
    const {response} = await navigator.credentials.get({publicKey: {
      rpId: "localhost", challenge: bytes(challenge), userVerification: "required"}});
    answers.push([response.authenticatorData, response.clientDataJSON, response.signature].map(text));
  }
  done(JSON.stringify([text(made.response.getPublicKey()), answers]));
})().catch(error => done(JSON.stringify([String(error), []])));
"""


class Page(BaseHTTPRequestHandler):
    """An empty page: origin and browser are all that counts."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>signing</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def signing() -> Iterator[Browser]:
    """Chromium at a page on localhost, with a device that verifies its user."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with browser(f"http://localhost:{server.server_port}") as opened:
        options = VirtualAuthenticatorOptions(
            protocol=Protocol.CTAP2, transport=Transport.INTERNAL, has_resident_key=True, has_user_verification=True,
            is_user_verified=True, is_user_consenting=True,
        )  # fmt: skip
        opened.driver.add_virtual_authenticator(options)
        opened.open("/")
        yield opened
    server.shutdown()
    server.server_close()


def test_every_assertion_of_chromium_is_a_signature(signing: Browser) -> None:
    challenges = [sha256(bytes([number])).digest() for number in range(ASSERTIONS)]
    signing.driver.set_script_timeout(60)
    encoded = [b64encode(challenge).decode() for challenge in challenges]
    public, answers = json.loads(signing.driver.execute_async_script(SCRIPT, encoded))
    assert len(answers) == ASSERTIONS, public
    point = load_der_public_key(b64decode(public)).public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    page = SigningOrigins("localhost", (signing.origin,), bytes(32))
    ends = set()
    for challenge, answer in zip(challenges, answers, strict=True):
        parts = authenticator.Answer(*map(b64decode, answer))
        value = authenticator.signature_value(parts)
        assert is_signature(Suite.WEBAUTHN_ES256, point, challenge, value), parts.client_data
        assert is_at_signing_page(Suite.WEBAUTHN_ES256, value, page), parts.client_data
        start = authenticator.client_data(challenge, signing.origin.encode(), b"")
        assert parts.client_data.startswith(start)
        ends.add(parts.client_data[len(start) :])
    # Both shapes that the software browser has: without the remark, as Firefox's, and with it.
    assert ends == {authenticator.Browser.FIREFOX.value, authenticator.Browser.CHROMIUM.value}
