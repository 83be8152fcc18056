"""Every URL as every role. A page joins by being in the urlconf: what is said beside its URL is what is tried."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.programmes.running import CAST
from tests.programmes.urls import OF_THE_API, Operation, Url, operations, pages

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

PAGES, OPERATIONS = pages(), operations()
Cast = "dict[str, Person | None]"


def test_there_are_pages_and_operations() -> None:
    assert {"home", "account", "account_login", "staff"} <= {each.name for each in PAGES}
    assert OPERATIONS


def test_something_is_said_beside_every_url() -> None:
    assert [each.name for each in PAGES if each.access is None] == []
    assert [each.address for each in OPERATIONS if each.access is None] == []


def test_names_are_unique() -> None:
    names = [each.name for each in PAGES]
    assert sorted(names) == sorted(set(names))


def admits(url: Url | Operation, person: "Person | None") -> bool:
    assert url.access is not None
    return url.access.admits(person.rights if person else frozenset(), signed_in=person is not None)


@pytest.mark.parametrize("url", PAGES, ids=lambda url: url.name)
def test_a_page_opens_to_whom_it_is_for_and_nobody_else(
    url: Url, cast: "dict[str, Person | None]", browse: "Callable[..., Client]"
) -> None:
    address = url.address(cast)
    for name in CAST:
        for method in ("get", "post"):
            answer = getattr(browse(name), method)(address)
            is_sent_to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/account/login/?next=")
            is_denied = answer.status_code in (401, 403) or is_sent_to_sign_in
            assert is_denied != admits(url, cast[name]), f"{method} as {name}: {answer.status_code}"
            assert answer.status_code < 500 or answer.status_code == 503, f"{method} as {name}"
            assert is_sent_to_sign_in == (is_denied and name == "outsider")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.address}")
def test_an_operation_answers_whom_it_is_for_and_nobody_else(
    operation: Operation, cast: "dict[str, Person | None]", browse: "Callable[..., Client]"
) -> None:
    for name in CAST:
        answer = browse(name).generic(operation.method.upper(), operation.address, b"{}", "application/json")
        assert (answer.status_code in (401, 403)) != admits(operation, cast[name]), name
        assert answer.status_code < 500 or answer.status_code == 503, name
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"


def test_the_api_describes_itself_to_everybody(browse: "Callable[..., Client]") -> None:
    assert OF_THE_API
    assert browse().get("/api/v1/openapi.json").json()["info"]["title"] == "Sanad"


def test_rights_need_a_second_factor(cast: "dict[str, Person | None]", browse: "Callable[..., Client]") -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=cast["head"]).delete()
    answer = browse("head").get("/trail/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert b"without a second factor" in browse("head").get("/account/").content


def test_who_left_has_no_rights(cast: "dict[str, Person | None]", browse: "Callable[..., Client]") -> None:
    from django.utils import timezone

    from sanad.people.models import Membership

    Membership.objects.filter(person=cast["head"]).update(ended_at=timezone.now())
    assert browse("head").get("/trail/").status_code == 403
