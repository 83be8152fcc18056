"""What goes over the wire: headers, cookies, forged forms, redirects, languages, errors."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.programmes.running import PASSWORD
from tests.programmes.urls import Url, pages

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

Cast = dict[str, "Person | None"]
Browse = Callable[..., "Client"]


@pytest.mark.parametrize("url", pages(), ids=lambda url: url.name)
def test_every_page_carries_the_headers_and_obeys_them(url: Url, cast: Cast, browse: Browse) -> None:
    for name in ("outsider", "head", "administrator"):
        answer = browse(name).get(url.address(cast))
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert "Server" not in answer
        if name != "outsider":
            assert "no-store" in answer["Cache-Control"]
        text = answer.getvalue().decode()  # of a download, too
        scripts = re.findall(r"<script\b([^>]*)>", text)
        assert [each for each in scripts if "src=" not in each and "application/json" not in each] == []
        assert re.findall(r"<style\b|\sstyle=|\son\w+=\"", text) == []
        assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []


def test_a_form_from_elsewhere_is_not_accepted(browse: Browse) -> None:
    answer = browse("head", checks_csrf=True).post("/account/sessions/end/")
    assert answer.status_code == 403
    assert b"The form was not accepted" in answer.content
    assert browse(checks_csrf=True).post("/account/login/", {"login": "a@test.example"}).status_code == 403


def sign_in(client: "Client", person: "Person | None", password: str = PASSWORD, **more: str) -> "Client":
    assert person is not None
    client.post("/account/login/", {"login": person.email, "password": password, **more})
    return client


def without_factor(person: "Person | None") -> "Person":
    from allauth.mfa.models import Authenticator

    assert person is not None
    Authenticator.objects.filter(user=person).delete()
    return person


def test_signing_in_changes_the_session(cast: Cast, browse: Browse) -> None:
    client = browse()
    client.get("/account/login/")
    client.session["seed"] = 1
    session = client.session
    session["seed"] = 1
    session.save()
    client.cookies["session"] = session.session_key or ""
    before = client.session.session_key
    sign_in(client, without_factor(cast["head"]))
    assert client.session.session_key != before
    assert client.get("/account/").status_code == 200


def test_a_second_factor_is_asked_for(cast: Cast, browse: Browse) -> None:
    client = sign_in(browse(), cast["head"])
    answer = client.get("/account/")
    assert answer.status_code == 302
    assert b"authenticator code" in client.get("/account/factors/authenticate/").content


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_led_elsewhere(target: str, cast: Cast, browse: Browse) -> None:
    person = without_factor(cast["head"])
    answer = browse().post("/account/login/", {"login": person.email, "password": PASSWORD, "next": target})
    assert answer["Location"].startswith("/account/")
    answer = browse().post("/language/", {"language": "ur", "next": target})
    assert answer["Location"] == "/"


def test_attempts_are_throttled(cast: Cast, browse: Browse) -> None:
    client = browse()
    for _ in range(5):
        sign_in(client, cast["head"], "wrong")
    answer = client.post("/account/login/", {"login": "head@test.example", "password": PASSWORD})
    assert b"Too many failed login attempts" in answer.content


def test_who_has_an_account_is_not_told(browse: Browse) -> None:
    known = browse().post("/account/login/", {"login": "head@test.example", "password": "wrong"}).content
    other = browse().post("/account/login/", {"login": "none@test.example", "password": "wrong"}).content

    def told(page: bytes) -> list[bytes]:
        return re.findall(rb"<li>(.*?)</li>", page.partition(b"error-summary")[2].partition(b"</ul>")[0])

    assert told(known) == told(other) != []


def test_the_language_switch_keeps_the_page(browse: Browse) -> None:
    client = browse()
    assert b'lang="en" dir="ltr"' in client.get("/explorer/").content
    answer = client.post("/language/", {"language": "ur", "next": "/explorer/?cursor=x"})
    assert answer["Location"] == "/explorer/?cursor=x"
    page = client.get("/explorer/").content.decode()
    assert 'lang="ur" dir="rtl"' in page
    assert "bootstrap.rtl" in page
    assert "ریکارڈ بین" in page
    assert '<input type="hidden" name="next" value="/explorer/">' in page


def test_the_browsers_language_is_a_wish(browse: Browse) -> None:
    assert b'lang="ur"' in browse().get("/", headers={"accept-language": "ur-PK,ur;q=0.9"}).content


def test_errors_are_sentences(browse: Browse) -> None:
    page = browse("maker").get("/trail/")
    assert page.status_code == 403
    assert b"Your role does not have this right" in page.content
    assert browse().get("/no/such/page/").status_code == 404
    urdu = browse("maker").get("/trail/", headers={"accept-language": "ur"}).content.decode()
    assert "اختیار شامل نہیں" in urdu
    problem = browse().get("/api/v1/network").json()
    assert (problem["type"], problem["status"]) == ("urn:sanad:problem:unavailable", 503)


def test_a_fault_tells_nothing(
    browse: Browse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sanad.people import trail

    who = "someone@test.example"

    def broken() -> None:
        raise ValueError(who)

    monkeypatch.setattr(trail, "head", broken)
    answer = browse("head").get("/trail/")
    assert answer.status_code == 500
    assert b"someone@" not in answer.content
    assert "someone@" not in caplog.text
    assert "ValueError at trail" in caplog.text


def test_an_unknown_cursor_is_malformed(browse: Browse) -> None:
    assert browse("head").get("/trail/?cursor=x").status_code == 422
    assert browse("head").get("/trail/?cursor=" + "A" * 500).status_code == 422


def test_another_host_is_not_served(browse: Browse) -> None:
    assert browse().get("/", headers={"host": "evil.example"}).status_code == 400
