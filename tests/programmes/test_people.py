"""Rights, invitations, sessions, and the security trail."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from sanad.base.errors import Malformed, Refused
from sanad.people import invitations, trail
from sanad.people.access import require
from sanad.people.models import Invitation, Person, TrailRow
from sanad.people.rights import RIGHTS_OF, ROLES_OF, Kind, Right, Role, rights_of
from sanad.people.trail import Happening
from tests.programmes.running import PASSWORD

if TYPE_CHECKING:
    from django.test import Client

Cast = dict[str, Person | None]
Browse = Callable[..., "Client"]


def someone(cast: Cast, name: str) -> Person:
    person = cast[name]
    assert person is not None
    return person


# --- rights ---------------------------------------------------------------------------------------------------------


def test_every_right_is_well_named_and_somebody_has_it() -> None:
    assert all(re.fullmatch(r"(own|authority|audit):[a-z_]+:[a-z]+", right) for right in Right)
    assert frozenset().union(*RIGHTS_OF.values()) == frozenset(Right)


def test_every_role_has_a_home_and_rights() -> None:
    assert set(RIGHTS_OF) == set(Role)
    assert frozenset().union(*ROLES_OF.values()) == frozenset(Role)


def test_nobody_proposes_and_confirms() -> None:
    for rights in RIGHTS_OF.values():
        for what in ("decision", "order", "warning", "erasure"):
            assert not {Right(f"authority:{what}:propose"), Right(f"authority:{what}:confirm")} <= rights


def test_a_role_gives_nothing_in_another_kind_of_house() -> None:
    assert rights_of(Kind.FIRM, frozenset({Role.HEAD})) == frozenset()
    assert not any(right.startswith("authority:") for right in rights_of(Kind.FIRM, frozenset(Role)))


def test_a_desk_asks(cast: Cast) -> None:
    assert require(someone(cast, "head"), Right.AUTHORITY_DECISION_CONFIRM).institution.kind == Kind.AUTHORITY
    for name in ("maker", "nobody"):
        with pytest.raises(Refused, match="right"):
            require(someone(cast, name), Right.AUTHORITY_DECISION_CONFIRM)


# --- invitations ----------------------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_once(cast: Cast, browse: Browse) -> None:
    answer = browse("administrator").post("/account/staff/invite/", {"email": "New@test.example", "roles": ["maker"]})
    assert answer.status_code == 302
    link = re.search(r"http://localhost:8480(/\S+)", str(mail.outbox[0].body))
    assert link
    page = browse().get(link[1])
    assert b"new@test.example" in page.content
    assert browse().post(link[1], {"password": "short"}).status_code == 200
    assert browse().post(link[1], {"password": "a long enough password"})["Location"] == "/account/login/"
    person = Person.objects.get(email="new@test.example")
    assert person.membership is not None
    assert person.membership.role_set == {Role.MAKER}
    assert browse().post(link[1], {"password": "a long enough password"}).status_code == 404


def test_only_roles_of_the_house_can_be_given(cast: Cast) -> None:
    administrator = someone(cast, "administrator")
    for roles in (frozenset({Role.HEAD}), frozenset[Role]()):
        with pytest.raises(Malformed, match="roles"):
            invitations.invite(administrator, "x@test.example", roles)
    with pytest.raises(Refused):
        invitations.invite(someone(cast, "maker"), "x@test.example", frozenset({Role.MAKER}))


def test_what_is_forged_old_or_withdrawn_is_not_open(cast: Cast) -> None:
    administrator = someone(cast, "administrator")
    issued = invitations.invite(administrator, "x@test.example", frozenset({Role.MAKER}))
    other = invitations.invite(administrator, "y@test.example", frozenset({Role.MAKER}))
    for token in ("", "x", issued.token[:-1], issued.token + "x", "a:b:c"):
        with pytest.raises(Refused):
            invitations.open_invitation(token)
    Invitation.objects.filter(id=issued.invitation.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    invitations.withdraw(administrator, other.invitation.id)
    for token in (issued.token, other.token):
        with pytest.raises(Refused):
            invitations.open_invitation(token)


def test_an_invitation_of_another_house_cannot_be_withdrawn(cast: Cast, browse: Browse) -> None:
    issued = invitations.invite(someone(cast, "administrator"), "x@test.example", frozenset({Role.MAKER}))
    answer = browse("head").post("/account/staff/withdraw/", {"invitation": str(issued.invitation.id)})
    assert answer.status_code == 404
    assert browse("head").post("/account/staff/withdraw/", {"invitation": "x"}).status_code == 422


def test_an_address_that_has_an_account_gets_no_second(cast: Cast) -> None:
    issued = invitations.invite(someone(cast, "administrator"), "head@test.example", frozenset({Role.MAKER}))
    with pytest.raises(Refused, match="account for this address"):
        invitations.accept(issued.token, PASSWORD)
    assert invitations.open_invitation(issued.token).used_at is None


# --- sessions -------------------------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended(cast: Cast, browse: Browse) -> None:
    from allauth.usersessions.models import UserSession

    here, there = browse("head"), browse("head")
    for client in (here, there):
        client.get("/account/", headers={"user-agent": "a browser"})
        UserSession.objects.get_or_create(
            session_key=client.session.session_key or "",
            defaults={"user": cast["head"], "ip": "192.0.2.1", "user_agent": "a browser"},
        )
    assert here.get("/account/").content.count(b"192.0.2.1") == 2
    assert here.post("/account/sessions/end/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_who_is_not_there_is_signed_out(browse: Browse) -> None:
    client = browse("head")
    client.get("/account/")
    session = client.session
    session["seen"] -= 31 * 60
    session.save()
    assert client.get("/account/").status_code == 302


def test_secrets_of_authenticators_are_sealed(cast: Cast) -> None:
    from allauth.mfa.adapter import get_adapter

    sealed = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert get_adapter().decrypt(sealed) == "JBSWY3DPEHPK3PXP"


# --- the trail ------------------------------------------------------------------------------------------------------


def test_the_trail_tells_of_signing_in_and_failing(cast: Cast, browse: Browse) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.all().delete()
    before = trail.head().rows
    for password in ("wrong", PASSWORD):
        browse().post("/account/login/", {"login": "head@test.example", "password": password})
    browse().post("/account/login/", {"login": "stranger@test.example", "password": "wrong"})
    told = list(TrailRow.objects.filter(number__gt=before).order_by("number").values_list("event", "person"))
    head = str(someone(cast, "head").id)
    assert told == [("sign_in_failed", head), ("signed_in", head), ("sign_in_failed", "")]
    assert trail.first_fault() is None


def test_the_chain_shows_what_was_changed(tables: None) -> None:
    for number in range(5):
        trail.append(Happening.INVITED, "someone", number=number)
    assert trail.first_fault() is None
    head = trail.head()
    assert trail.digest_at(head.rows) == head.digest
    connection = connections["default"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER people_trailrow_UPDATE")
            cursor.execute("DROP TRIGGER people_trailrow_DELETE")
        else:
            cursor.execute("DROP TRIGGER people_trailrow_rows ON people_trailrow")
        cursor.execute("UPDATE people_trailrow SET person = 'another' WHERE number = %s", [head.rows - 2])
    assert trail.first_fault() == head.rows - 2
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_trailrow SET person = 'someone' WHERE number = %s", [head.rows - 2])
        assert trail.first_fault() is None
        cursor.execute("DELETE FROM people_trailrow WHERE number = %s", [head.rows])
    assert trail.first_fault() == head.rows


def test_the_database_refuses_changes(tables: None) -> None:
    trail.append(Happening.INVITED, "someone")
    for change in (
        lambda: TrailRow.objects.update(person="another"),
        lambda: connections["default"].cursor().execute("DELETE FROM people_trailrow"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(TypeError):
        TrailRow.objects.get(number=trail.head().rows).delete()
