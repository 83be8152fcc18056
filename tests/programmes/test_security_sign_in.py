"""Signing in, from the attacker's side: sessions that are planted, accounts that are guessed at, codes used twice."""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import hashers
from django.core import mail
from django.core.cache import cache, caches
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sanad.people.adapters import wait_for_mail
from sanad.people.models import Person, Throttle, TrailRow
from sanad.people.sessions import end_all
from sanad.people.throttles import Throttles
from tests.programmes.running import PASSWORD

if TYPE_CHECKING:
    from django.test import Client

Cast = dict[str, Person | None]
Browse = Callable[..., "Client"]
LOGIN, RESET = "/account/login/", "/account/password/reset/"
UNKNOWN = "nobody.at.all@test.example"


def someone(cast: Cast, name: str) -> Person:
    person = cast[name]
    assert person is not None
    return Person.objects.get(id=person.id)


def with_totp(person: Person) -> None:
    """A real authenticator, in place of the stock cast's."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth

    Authenticator.objects.filter(user=person).delete()
    auth.TOTP.activate(person, "JBSWY3DPEHPK3PXP")


def code_of(person: Person) -> str:
    """What the authenticator shows now."""
    from allauth.mfa.totp.internal import auth

    del person
    counter = next(iter(auth.yield_hotp_counters_from_time()))
    return str(auth.format_hotp_value(auth.hotp_value("JBSWY3DPEHPK3PXP", counter)))


def password_right(client: "Client", person: Person) -> Any:
    return client.post(LOGIN, {"login": person.email, "password": PASSWORD})


def signed_in_again(client: "Client", at: float) -> None:
    """As after the page that asks for the password once more."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": at, "reauthenticated": True}]
    session.save()


def session_of(client: "Client") -> str:
    cookie = client.cookies.get("session")
    return cookie.value if cookie else ""


# --- sessions -------------------------------------------------------------------------------------------------------


def test_the_session_changes_after_the_password_and_after_the_second_factor(cast: Cast, browse: Browse) -> None:
    head = someone(cast, "head")
    with_totp(head)
    client = browse()
    client.get(LOGIN)
    planted = client.session
    planted["planted"] = "by somebody else"
    planted.save()
    client.cookies["session"] = planted.session_key or ""
    password_right(client, head)
    between = session_of(client)
    assert client.get("/account/").status_code == 302, "half signed in is not signed in"
    answer = client.post("/account/factors/authenticate/", {"code": code_of(head)})
    assert answer.status_code == 302
    after = session_of(client)
    assert len({planted.session_key, between, after} - {""}) >= 2
    assert after not in (planted.session_key, between) or not between
    assert client.get("/account/").status_code == 200
    stranger = browse()
    stranger.cookies["session"] = planted.session_key or ""
    assert stranger.get("/account/").status_code == 302, "who planted it has nothing of it"
    if between and between != after:
        stranger.cookies["session"] = between
        assert stranger.get("/account/").status_code == 302


def test_signing_out_ends_the_session_on_the_server(cast: Cast, browse: Browse) -> None:
    client = browse("head")
    stolen = session_of(client)
    assert "cache" in client.post("/account/logout/")["Clear-Site-Data"]
    assert "Clear-Site-Data" not in client.get("/")
    thief = browse()
    thief.cookies["session"] = stolen
    assert thief.get("/account/").status_code == 302


def test_a_new_password_ends_all_other_sessions(cast: Cast, browse: Browse) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=cast["maker"]).delete()
    here, there = browse(), browse("maker")
    password_right(here, someone(cast, "maker"))
    given = {"oldpassword": PASSWORD, "password1": "another long password", "password2": "another long password"}
    assert here.post("/account/password/change/", given).status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_who_is_made_inactive_is_out_at_once(cast: Cast, browse: Browse) -> None:
    client = browse("head")
    assert client.get("/trail/").status_code == 200
    Person.objects.filter(id=someone(cast, "head").id).update(is_active=False)
    assert client.get("/trail/").status_code == 302


def test_an_operator_ends_a_persons_sessions(cast: Cast, browse: Browse) -> None:
    clients = [browse("head"), browse("head")]
    others = browse("maker")
    assert end_all(someone(cast, "head")) == 2
    assert [client.get("/account/").status_code for client in clients] == [302, 302]
    assert others.get("/account/").status_code == 200


# --- second factors -------------------------------------------------------------------------------------------------


def test_a_code_opens_once(cast: Cast, browse: Browse) -> None:
    head = someone(cast, "head")
    with_totp(head)
    code = code_of(head)
    for expected in (302, 200):
        client = browse()
        password_right(client, head)
        answer = client.post("/account/factors/authenticate/", {"code": code})
        assert answer.status_code == expected


def test_recovery_codes_open_once_each_and_new_ones_end_the_old(cast: Cast, browse: Browse) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    head = someone(cast, "head")
    with_totp(head)
    codes = RecoveryCodes.activate(head).generate_codes()
    assert len(set(codes)) == len(codes) >= 8
    for expected in (302, 200):
        client = browse()
        password_right(client, head)
        assert client.post("/account/factors/authenticate/", {"code": codes[0]}).status_code == expected
    kept = str(Authenticator.objects.get(user=head, type="recovery_codes").data)
    assert not any(code in kept for code in codes), "they are kept sealed"
    signed_in = browse()
    password_right(signed_in, head)
    signed_in.post("/account/factors/authenticate/", {"code": codes[1]})
    signed_in_again(signed_in, time.time())
    assert signed_in.post(reverse("mfa_generate_recovery_codes"))["Location"] == reverse("mfa_view_recovery_codes")
    client = browse()
    password_right(client, head)
    assert client.post("/account/factors/authenticate/", {"code": codes[2]}).status_code == 200


@pytest.mark.parametrize(
    "name", ["mfa_remove_webauthn", "mfa_add_webauthn", "mfa_deactivate_totp", "mfa_generate_recovery_codes"]
)
def test_factors_change_only_after_signing_in_again(name: str, cast: Cast, browse: Browse) -> None:
    """A session that was left open, or stolen, does not change how its owner signs in."""
    from allauth.mfa.models import Authenticator

    head = someone(cast, "head")
    data = {"name": "phone", "credential": {}}
    passkey = Authenticator.objects.create(user=head, type=Authenticator.Type.WEBAUTHN, data=data)
    client = browse("head")
    signed_in_again(client, time.time() - 3_600)
    address = reverse(name, kwargs={"pk": passkey.id} if name == "mfa_remove_webauthn" else {})
    answer = client.post(address)
    assert answer.status_code == 302, answer.content
    assert "/reauthenticate/" in answer["Location"]
    assert Authenticator.objects.filter(user=head).count() == 2


def test_a_passkey_of_another_is_not_there(cast: Cast, browse: Browse) -> None:
    from allauth.mfa.models import Authenticator

    others = Authenticator.objects.create(user=cast["maker"], type=Authenticator.Type.WEBAUTHN, data={"name": "x"})
    client = browse()
    Authenticator.objects.filter(user=cast["head"]).delete()
    password_right(client, someone(cast, "head"))
    signed_in_again(client, time.time())
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert client.post(reverse(name, kwargs={"pk": others.id})).status_code == 404
    assert Authenticator.objects.filter(id=others.id).exists()


def test_a_reset_leaves_the_second_factor(cast: Cast, browse: Browse) -> None:
    head = someone(cast, "head")
    with_totp(head)
    browse().post(RESET, {"email": head.email})
    wait_for_mail()
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    client = browse()
    form = client.get(link[1], follow=True)
    given = {"password1": "another long password", "password2": "another long password"}
    client.post(form.redirect_chain[-1][0], given)
    assert someone(cast, "head").check_password("another long password")
    assert client.get("/account/").status_code == 302
    client.post(LOGIN, {"login": head.email, "password": "another long password"})
    assert client.get("/account/").status_code == 302, "the authenticator is still asked for"
    assert client.post("/account/factors/authenticate/", {"code": code_of(head)})["Location"] == "/account/"


# --- who has an account ---------------------------------------------------------------------------------------------


def test_signing_in_costs_the_same_work_for_an_unknown_address(
    cast: Cast, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: the slow part is the hash of the password, and it is made once either way."""
    made: list[str] = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode

    def counted(*given: Any, **named: Any) -> Any:
        made.append("")
        return encode(*given, **named)

    monkeypatch.setattr(type(hasher), "encode", counted)
    counts = []
    for address in ("head@test.example", UNKNOWN):
        made.clear()
        answer = browse().post(LOGIN, {"login": address, "password": "wrong and long enough"})
        counts.append((answer.status_code, len(made)))
    assert counts[0] == counts[1] == (200, 1)


def test_a_reset_answers_the_same_for_an_unknown_address(cast: Cast, browse: Browse) -> None:
    known, unknown = (browse().post(RESET, {"email": each}) for each in ("head@test.example", UNKNOWN))
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    wait_for_mail()
    assert [message.to for message in mail.outbox] == [["head@test.example"]]


@pytest.mark.parametrize("fault", ["slow", "away"])
def test_a_reset_does_not_wait_for_the_mail_server(
    fault: str, cast: Cast, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time, or an error, would tell who has an account."""
    from django.core.mail import EmailMessage

    def send(_: EmailMessage, fail_silently: bool = False) -> int:
        del fail_silently
        if fault == "away":
            raise OSError("connection refused")
        time.sleep(3)
        return 1

    monkeypatch.setattr(EmailMessage, "send", send)
    began = time.monotonic()
    assert browse().post(RESET, {"email": "head@test.example"}).status_code == 302
    assert time.monotonic() - began < 2.5
    wait_for_mail()


def test_a_reset_link_names_our_own_origin_whatever_the_request_says(cast: Cast, browse: Browse) -> None:
    headers = {"x-forwarded-host": "evil.example", "x-host": "evil.example", "forwarded": "host=evil.example"}
    browse().post(RESET, {"email": "head@test.example"}, headers=headers)
    wait_for_mail()
    assert "evil.example" not in str(mail.outbox[0].body)
    assert "http://localhost" in str(mail.outbox[0].body)


def test_an_invitation_tells_nothing_about_other_accounts(cast: Cast, browse: Browse) -> None:
    """Inviting an address that has an account answers like any other; links that are none all look the same."""
    answers = [
        browse("administrator").post("/account/staff/invite/", {"email": each, "roles": ["maker"]})
        for each in ("head@test.example", UNKNOWN)
    ]
    assert [(each.status_code, each["Location"]) for each in answers] == [(302, "/account/staff/")] * 2
    pages = [browse().get(f"/invitation/{token}/") for token in ("x", "a:b:c", "1" * 40)]
    assert {each.status_code for each in pages} == {404}
    assert len({each.content.partition(b"<main")[2].partition(b"</main>")[0] for each in pages}) == 1


# --- throttling -----------------------------------------------------------------------------------------------------


def test_throttling_survives_a_restart_and_is_shared(cast: Cast, browse: Browse) -> None:
    for _ in range(5):
        browse().post(LOGIN, {"login": "head@test.example", "password": "wrong"})
    assert Throttle.objects.exists()
    caches.close_all()
    del caches["default"]  # another process begins with nothing in memory
    answer = browse().post(LOGIN, {"login": "head@test.example", "password": PASSWORD})
    assert b"Too many failed login attempts" in answer.content


def test_what_throttles_is_never_run(tables: None) -> None:
    """Values are JSON: a row written by an attacker is data, not a program."""
    caches["default"].set("a", {"b": [1]}, 60)
    assert isinstance(caches["default"], Throttles)
    assert Throttle.objects.get().value == '{"b": [1]}'


def test_no_page_waits_for_the_throttle(cast: Cast, browse: Browse) -> None:
    client = browse("head")
    client.get("/account/")
    with CaptureQueriesContext(connections["default"]) as queries:
        assert client.get("/account/staff/").status_code == 200
    assert [each["sql"] for each in queries if "people_throttle" in each["sql"]] == []


def test_the_cache_keeps_forgets_and_expires(tables: None) -> None:
    assert cache.add("a", [1, 2], 60)
    assert not cache.add("a", [3], 60)
    assert cache.get("a") == [1, 2]
    cache.set("a", "x", -1)
    assert cache.get("a", "gone") == "gone"
    assert cache.add("a", 7, 60)
    assert cache.delete("a")
    assert not cache.delete("a")


# --- refusals in the trail ------------------------------------------------------------------------------------------


def test_a_right_that_was_refused_is_in_the_trail(cast: Cast, browse: Browse) -> None:
    maker = someone(cast, "maker")
    browse("maker").get("/trail/?secret=value")
    row = TrailRow.objects.order_by("-number").first()
    assert row is not None
    assert (row.event, row.person) == ("right_refused", str(maker.id))
    assert row.facts == {"page": "trail", "right": "audit:trail:read"}


def test_refusals_are_written_within_bounds(cast: Cast, browse: Browse) -> None:
    client = browse("maker")
    for _ in range(30):
        client.get("/trail/")
    assert TrailRow.objects.filter(event="right_refused").count() == 1, "the same right, once in ten minutes"
    from sanad.people import trail

    maker = str(someone(cast, "maker").id)
    for number in range(40):
        trail.note_refusal(maker, f"own:x:{number}", "page")
    assert TrailRow.objects.filter(event="right_refused").count() == trail.REFUSALS_AN_HOUR_MAX


def test_strangers_and_what_is_not_there_write_nothing(cast: Cast, browse: Browse) -> None:
    browse().get("/trail/")
    browse("maker").get("/licensing/applications/00000000-0000-4000-8000-000000000000/")
    assert not TrailRow.objects.filter(event="right_refused").exists()
