"""Pages from the attacker's side: objects of others, forged forms, formulas in exports, what browsers may keep."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from sanad.base.errors import Refused
from sanad.people.access import PUBLIC, guarded
from sanad.people.models import Institution, Membership, Notification, Person
from sanad.people.rights import Kind, Right
from sanad.programmes.licensing.models import Application, Document, Firm
from sanad.programmes.licensing.models.view import PublicWarning
from sanad.signing.models import SigningKey, Ticket
from sanad.tables.export import csv_lines
from tests.programmes.rows import MARK, made_for
from tests.programmes.running import CAST
from tests.programmes.urls import Operation, Url, operations, pages

if TYPE_CHECKING:
    from django.test import Client

Cast = dict[str, Person | None]
Browse = Callable[..., "Client"]
FIRM_ROLES = ("administrator", "maker", "checker", "compliance_officer")
KNOWN = {"application", "document", "ticket", "number", "pk", "key"}
"""Names in URLs for which `Other` has something."""
WITH_OBJECT = [url for url in pages() if url.places]

# --- objects of another institution ---------------------------------------------------------------------------------

NOT_ANOTHERS: Mapping[str, str] = {
    "invitation": "the token is the right itself; test_people tries forged ones",
    "account_reset_password_from_key": "the token is the right itself",
    "trail_proof": "one trail for all who may read it",
    "licensing:firm_desk": "any firm of the public register, for the authority",
    "licensing:decide": "any firm of the public register, for the authority",
    "licensing:order": "any firm of the public register, for the authority",
    "licensing:decision": "the authority's own decisions",
    "licensing:decision_acts": "the authority's own decisions",
    "licensing:confirm": "the authority's own decisions",
    "licensing:withdraw_decision": "the authority's own decisions",
    "licensing:lift_hold": "the authority's own holds",
    "licensing:confirm_erasure": "the authority's own erasures",
    "licensing:withdraw_erasure": "the authority's own erasures",
    "screening:versions": "lists that all institutions share",
    "screening:publish": "lists that all institutions share",
    "screening:version": "lists that all institutions share",
}
"""URLs with something in them that no other institution has; why."""


class Other:
    """Another firm, its people and all that they have."""

    def __init__(self) -> None:
        from allauth.mfa.models import Authenticator

        firm = Institution.objects.create(kind=Kind.FIRM, name=MARK, number=99)
        self.person = Person.objects.create_user("other@test.example")
        Membership.objects.create(person=self.person, institution=firm, roles=["administrator"])
        now = timezone.now()
        common: dict[str, Any] = {"institution": firm, "started_by": self.person}
        common["sections"] = {"firm": {"address": MARK}}
        self.draft = Application.objects.create(**common)
        self.filed = Application.objects.create(**common, state="filed", filed_at=now, filed_entry=1)
        self.documents = {each.id: self._document(each) for each in (self.draft, self.filed)}
        self.notification = Notification.objects.create(person=self.person, event="decision_taken", path="/")
        self.passkey = Authenticator.objects.create(
            user=self.person, type=Authenticator.Type.WEBAUTHN, data={"name": MARK, "credential": {}}
        )
        self.key = SigningKey.objects.create(
            person=self.person, institution=99, number=99, relying_party="x", public=b"k" * 33, credential=b"c",
            possession=b"p",
        )  # fmt: skip
        self.ticket = Ticket.objects.create(
            person=self.person, key=self.key, header=bytes(112), body=MARK.encode(), order="o", goes_on="x", about={},
            names={"99": MARK},
        )  # fmt: skip

    def _document(self, application: Application) -> Document:
        return Document.objects.create(
            application=application, kind="identity", name=f"{MARK}.pdf", media_type="application/pdf", octets=1,
            digest=bytes(32), added_by=self.person,
        )  # fmt: skip

    def value(self, url: Url, place: str, sample: object, *, for_firm: bool) -> object:
        """What stands for a name in a URL: one of those below, or a row of the programme's table of that name."""
        known = self._values(for_firm=for_firm)
        if place in known:
            return known[place]
        table = table_of(url, place)
        return made_for(table, self.person).serializable_value("id") if table else sample

    def _values(self, *, for_firm: bool) -> dict[str, object]:
        """The authority may see what was filed, and no draft."""
        application = self.filed if for_firm else self.draft
        return {
            "application": application.id, "document": self.documents[application.id].id, "ticket": self.ticket.id,
            "number": self.notification.id, "pk": self.passkey.pk, "key": self.key.id,
        }  # fmt: skip


ASKED_FIRST = {"licensing:signed", "signing:key_signed", "mfa_remove_webauthn", "mfa_edit_webauthn"}
"""They ask for something else before they look: a signature, the password once more."""


TABLES = {"gap": "missingdata"}
"""Names in URLs that are not the name of their table."""


def table_of(url: Url, place: str) -> type[models.Model] | None:
    """`transfer` in `travel_rule:exchange` is a row of `Transfer`; `proof` one of `WalletProof`."""
    label, name = url.name.partition(":")[0], TABLES.get(place, place.replace("_", ""))
    tables = [each for each in apps.get_models() if each._meta.app_label == label]
    return next((each for each in tables if (each._meta.model_name or "").endswith(name)), None)


def is_tried(url: Url) -> bool:
    return url.access is not None and url.access.open_to is not PUBLIC and url.name not in NOT_ANOTHERS


def test_every_url_with_an_object_is_tried_or_says_why_not() -> None:
    """A new page joins by naming what stands in its URL as the others do, or by a reason in NOT_ANOTHERS."""
    unknown = [
        url.name
        for url in WITH_OBJECT
        if is_tried(url) and not any(place in KNOWN or table_of(url, place) for place, _ in url.places)
    ]
    assert unknown == []
    assert set(NOT_ANOTHERS) <= {url.name for url in WITH_OBJECT}, "a reason that nobody needs any more"


@pytest.mark.parametrize("url", [url for url in WITH_OBJECT if is_tried(url)], ids=lambda url: url.name)
def test_what_is_of_another_institution_is_not_there(url: Url, cast: Cast, browse: Browse) -> None:
    from django.urls import reverse

    other = Other()
    assert url.access is not None
    tried = 0
    for name in CAST:
        person = cast[name]
        if person is None or not url.access.admits(person.rights, signed_in=True):
            continue
        is_firm = name in FIRM_ROLES
        placed = {place: other.value(url, place, sample, for_firm=is_firm) for place, sample in url.places}
        if "section" in placed:
            placed["section"] = "firm"
        if url.name in ("signing:propose_key", "signing:confirm_key", "signing:withdraw_key"):
            placed["key"] = UUID(int=7)  # the authority registers keys of all: one that is none
        for method in ("get", "post"):
            answer = getattr(browse(name), method)(reverse(url.name, kwargs=placed))
            is_asked_again = answer.status_code == 302 and "/reauthenticate/" in answer["Location"]
            is_malformed = answer.status_code == 422 and method == "post"  # said before anything is looked for
            assert answer.status_code in (404, 405) or is_asked_again or is_malformed, f"{method} as {name}"
            assert MARK.encode() not in answer.content, f"{method} as {name}"
            tried += answer.status_code == 404
    assert tried or url.name in ASKED_FIRST
    other.filed.refresh_from_db()
    assert (other.filed.state, other.filed.sections) == ("filed", {"firm": {"address": MARK}})
    assert Notification.objects.get(id=other.notification.id).read_at is None


def test_lists_hold_nothing_of_another_institution(cast: Cast, browse: Browse) -> None:
    Other()
    for url in pages():
        if url.places or url.access is None or url.access.open_to is PUBLIC:
            continue
        for name in FIRM_ROLES:
            person = cast[name]
            if person is not None and url.access.admits(person.rights, signed_in=True):
                answer = browse(name).get(url.address(cast))
                assert MARK.encode() not in answer.getvalue(), f"{url.name} as {name}"


# --- forged forms ---------------------------------------------------------------------------------------------------


def admitted(url: Url, cast: Cast) -> str:
    """The first of the cast who has signed in and may open a page."""
    assert url.access is not None
    people = ((name, person) for name, person in cast.items() if person is not None)
    return next((name for name, person in people if url.access.admits(person.rights, signed_in=True)), "nobody")


@pytest.mark.parametrize("url", pages(), ids=lambda url: url.name)
def test_no_page_takes_a_form_that_is_not_ours(url: Url, cast: Cast, browse: Browse) -> None:
    for name in {admitted(url, cast), "outsider"}:
        client = browse(name, checks_csrf=True)
        client.cookies["csrf"] = "a" * 32
        given = {"csrfmiddlewaretoken": "b" * 32}
        answer = client.post(url.address(cast), given, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403, f"as {name}"
        assert b"The form was not accepted" in answer.content


@pytest.mark.parametrize("operation", operations(), ids=lambda each: f"{each.method} {each.address}")
def test_no_operation_that_changes_something_is_without_the_check(
    operation: Operation, cast: Cast, browse: Browse
) -> None:
    if operation.method == "get":
        return
    assert operation.access is not None
    for name, person in cast.items():
        if person is not None and operation.access.admits(person.rights, signed_in=True):
            answer = browse(name, checks_csrf=True).generic(operation.method.upper(), operation.address)
            assert (answer.status_code, answer.json()["right"]) == (403, "form token"), name


def test_the_api_asks_for_the_token_of_a_page(cast: Cast) -> None:
    """On an operation of the test's own, as long as there is none that changes something."""

    def operation(_: HttpRequest) -> HttpResponse:
        return HttpResponse("done")

    page = guarded(operation, Right.AUDIT_TRAIL_READ)
    for method, is_refused in (("get", False), ("post", True), ("put", True), ("delete", True)):
        request = getattr(RequestFactory(), method)("/api/v1/x")
        request.user = cast["head"]
        if is_refused:
            with pytest.raises(Refused, match="form token"):
                page(request)
        else:
            assert page(request).status_code == 200


# --- exports --------------------------------------------------------------------------------------------------------

FORMULAS = ('=HYPERLINK("https://evil.example")', "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "-x", "＋1")

FROM_A_GATEWAY = {"screening:held_csv", "screening:reserved_csv"}
"""Exports that are empty here, since no gateway is: numbers and codes alone are in them."""


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]


def test_a_cell_is_no_formula() -> None:
    for formula in FORMULAS:
        written = cells("".join(csv_lines(["name"], [[formula], [f"x,{formula}"]])))
        assert written[1] == f"'{formula}"
        assert written[2] == f"x,{formula}"
    assert cells("".join(csv_lines(["n"], [[-5]])))[1] == "-5", "a number stays one"


@pytest.mark.parametrize("formula", FORMULAS[:6])
def test_no_export_holds_a_formula(formula: str, cast: Cast, browse: Browse) -> None:
    person = cast["maker"]
    assert person is not None
    firm = made_for(Firm, person, number=4_712, name=formula, lei=formula, bic=formula, kind=3, status=2)
    warned = made_for(PublicWarning, person, number=4_712, name=formula, website=formula, ended_ms=0)
    found = 0
    try:
        for url in pages():
            if url.places or url.access is None:
                continue
            for name in CAST:
                person = cast[name]
                if not url.access.admits(person.rights if person else frozenset(), signed_in=person is not None):
                    continue
                answer = browse(name).get(url.address(cast))
                if answer["Content-Type"].startswith("text/csv"):
                    found += 1
                    written = cells(b"".join(answer.streaming_content).decode())  # type: ignore[attr-defined]
                    assert [cell for cell in written if cell.startswith(("=", "+", "@", "\t", "\r"))] == [], url.name
                    is_empty = not written or url.name in FROM_A_GATEWAY
                    assert is_empty or any(formula in cell for cell in written), url.name
                    assert answer["Content-Disposition"].startswith("attachment")
                break
    finally:
        firm.delete()
        warned.delete()
    assert found >= 2


HEADERS = ("Content-Security-Policy", "Cache-Control", "Content-Type")


# --- what browsers keep, guess and frame -----------------------------------------------------------------------------


@pytest.mark.parametrize("url", pages(), ids=lambda url: url.name)
def test_private_answers_are_kept_nowhere_and_framed_by_nobody(url: Url, cast: Cast, browse: Browse) -> None:
    """Also the refusals: every answer, whatever its status."""
    for name in {admitted(url, cast), "maker", "outsider"}:
        for method in ("get", "post"):
            answer = getattr(browse(name), method)(url.address(cast))
            policy, kept, kind = (answer.get(each, "") for each in HEADERS)
            assert answer["X-Frame-Options"] == "DENY"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in policy or policy.startswith("sandbox")
            assert "no-store" in kept or (name == "outsider" and "private" in kept)
            if not kind.startswith("text/html") and answer.status_code == 200 and method == "get":
                is_download = answer.get("Content-Disposition", "").startswith("attachment")
                assert is_download or kind.startswith("application/"), kind


def test_cookies_are_for_the_server_alone(cast: Cast, browse: Browse) -> None:
    client = browse("head")
    client.get("/account/")
    client.post("/language/", {"language": "ur", "next": "/"})
    assert {"session", "csrf", "language"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] in ("Lax", "Strict"), cookie.key
        assert not cookie["domain"], cookie.key
    assert settings.SESSION_COOKIE_AGE <= 12 * 3_600
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


WISHES = ("next", "redirect_to", "redirect", "url", "return")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_no_page_leads_elsewhere(target: str, cast: Cast, browse: Browse) -> None:
    """Every page, whatever it does with a wish to go on somewhere."""
    wishes = dict.fromkeys(WISHES, target)
    for url in pages():
        if url.places:
            continue
        for name in ("outsider", "head"):
            address = url.address(cast)
            for answer in (browse(name).get(address, wishes), browse(name).post(address, {**wishes, "language": "ur"})):
                if answer.status_code in (301, 302, 303, 307):
                    assert answer["Location"].startswith("/"), url.name
                    assert not answer["Location"].startswith(("//", "/\\")), url.name
