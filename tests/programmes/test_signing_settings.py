"""Where persons sign: a host of its own, never the portal's nor one above it."""

import pytest

from sanad.base.errors import Malformed
from sanad.wiring import portal

PORTAL = portal.origin("https://portal.authority.example")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://signing.authority.example", "signing.authority.example"),
        ("https://signing.authority.example:8443/", "signing.authority.example"),
        ("https://sign.portal.authority.example", "sign.portal.authority.example"),
        ("http://signing.localhost:8481", "signing.localhost"),
    ],
)
def test_addresses_that_are_taken(text: str, host: str) -> None:
    assert portal.signing_origin(text, PORTAL).host == host


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://portal.authority.example", "origin_shared"), ("https://authority.example", "origin_shared"),
        ("https://portal.authority.example:8443", "origin_shared"), ("http://signing.example", "origin_insecure"),
        ("http://localhost:8481", "origin_insecure"), ("http://notlocalhost", "origin_insecure"),
        ("https://signing.example/path", "origin_bad"), ("https://user@signing.example", "origin_bad"),
        ("signing.example", "origin_bad"), ("", "origin_bad"),
    ],
)  # fmt: skip
def test_addresses_that_are_not(text: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        portal.signing_origin(text, PORTAL)
    assert caught.value.code == code


def test_on_ones_own_machine_it_stands_beside_the_portal() -> None:
    beside = portal.origin("http://localhost:8480")
    assert portal.signing_origin(portal.SIGNING_DEFAULT, beside).text == portal.SIGNING_DEFAULT
