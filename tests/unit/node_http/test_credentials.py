from base64 import urlsafe_b64encode

import pytest

from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.node import credentials
from tests.unit.node_http.fake import KEYS, NOW_MS, FakeService, Interface, credential
from tests.unit.node_http.record import NETWORK

PATH = "/accounts/1"


def ask(header: str, target: str = PATH, method: str = "GET") -> tuple[int, str]:
    answer = Interface().ask(method, target, headers={"authorization": header})
    return answer.status_code, "" if answer.status_code == 200 else answer.json()["code"]


def test_what_is_signed() -> None:
    assert credentials.signed_bytes(NETWORK, "GET", b"/a?b=1", 12) == b"sanad/read/v1\n" + NETWORK + b"GET\n/a?b=1\n12"


@pytest.mark.parametrize("difference", [0, 60_000, -60_000])
def test_a_credential_is_good_for_a_minute_either_way(difference: int) -> None:
    assert ask(credential("bank", PATH, time_ms=NOW_MS + difference)) == (200, "")


@pytest.mark.parametrize("difference", [60_001, -60_001, 10**12, 1 - NOW_MS])
def test_an_old_or_future_credential_is_refused(difference: int) -> None:
    assert ask(credential("bank", PATH, time_ms=NOW_MS + difference)) == (401, "credential_time")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (credential("unknown", PATH), "credential_signature"),
        (credential("bank", PATH, network=digest(b"another")[:16]), "credential_signature"),
        (credential("bank", "/accounts/2"), "credential_signature"),
        (credential("bank", PATH + "?limit=1"), "credential_signature"),
        (credential("bank", PATH, "HEAD"), "credential_signature"),
        (credential("revoked", PATH), "credential_revoked"),
    ],
)
def test_a_credential_of_something_else_is_refused(header: str, code: str) -> None:
    assert ask(header) == (401, code)


def test_an_unknown_key_and_a_wrong_signature_look_the_same() -> None:
    wrong = credential("bank", "/accounts/2")
    unknown = credential("unknown", PATH)
    interface = Interface()
    answers = [interface.ask("GET", PATH, headers={"authorization": one}) for one in (wrong, unknown)]
    assert answers[0].content == answers[1].content


def test_a_key_without_the_right_is_told_so() -> None:
    assert ask(credential("cannot read", PATH)) == (403, "read")


def test_another_form_is_refused() -> None:
    good = credential("bank", PATH)
    wrong = [
        "", "Sanad", "Bearer x", good.lower(), good + ".", good + "=", good + " ", "x" + good, good.replace(" ", "  "),
        good.replace(f".{NOW_MS}.", f".0{NOW_MS}."), good.replace(f".{NOW_MS}.", f".+{NOW_MS}."),
        good.replace(f".{NOW_MS}.", "..") , good.upper(), good[:-1], "Sanad " + "0" * 10_000, good + "," + good,
        "Sanad " + good,
    ]  # fmt: skip
    for header in wrong:
        assert ask(header) == (401, "credential_form"), header


def test_a_signature_has_one_spelling_and_no_changed_bit_passes() -> None:
    good = credential("bank", PATH)
    head, _, signature = good.rpartition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = alphabet[alphabet.index(signature[-1]) ^ 1]
    assert ask(f"{head}.{signature[:-1]}{spare}") == (401, "credential_signature")
    raw = KEYS["bank"].sign(b"x").signature
    for at in range(64):
        broken = bytearray(raw)
        broken[at] ^= 1
        encoded = urlsafe_b64encode(broken).rstrip(b"=").decode()
        assert ask(f"{head}.{encoded}")[0] == 401


def test_head_is_signed_as_head() -> None:
    assert ask(credential("bank", PATH, "HEAD"), method="HEAD")[0] == 200


def test_a_registered_key_that_is_no_point_is_no_crash() -> None:
    class Broken(FakeService):
        def key(self, identifier: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN202
            found = super().key(identifier)
            if found is not None:
                found.public = b"\xff" * 32
            return found

    with pytest.raises(Refused, match="no registered key"):
        credentials.check(Broken(), credential("bank", PATH), "GET", PATH.encode(), lambda: NOW_MS)
