"""Each right of licensing, for someone who lacks it; and whose application it is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from sanad.base.errors import Refused
from sanad.people.models import Institution, Membership, Person
from sanad.people.rights import Kind, Right
from sanad.programmes.licensing.desk import applications, assessing, decisions, documents
from sanad.programmes.licensing.desk.decisions import Order
from sanad.programmes.licensing.models import Application
from sanad.programmes.licensing.models.working import DocumentKind
from sanad.programmes.licensing.permissions import ACTS, right_to_confirm, right_to_propose
from sanad.programmes.licensing.queries.completeness import Section

if TYPE_CHECKING:
    from django.test import Client

Cast = dict[str, Person | None]
NOBODY = UUID(int=0)
OF_APPLICANTS: list[tuple[Right, Callable[[Person], Any]]] = [
    (Right.OWN_APPLICATION_DRAFT, applications.start),
    (Right.OWN_APPLICATION_DRAFT, lambda person: applications.save_section(person, NOBODY, Section.FIRM, {})),
    (Right.OWN_APPLICATION_FILE, lambda person: applications.file(person, NOBODY)),
    (Right.OWN_APPLICATION_FILE, lambda person: applications.answer_request(person, NOBODY, "x")),
    (Right.OWN_APPLICATION_FILE, lambda person: applications.withdraw(person, NOBODY)),
    (Right.OWN_DOCUMENT_UPLOAD, lambda person: documents.add(person, NOBODY, DocumentKind.CAPITAL, "x", [b"%PDF-"])),
    (Right.OWN_DOCUMENT_UPLOAD, lambda person: documents.remove(person, NOBODY)),
    (Right.AUTHORITY_APPLICATION_ASSESS, lambda person: assessing.write_note(person, NOBODY, "x")),
    (Right.AUTHORITY_APPLICATION_ASSESS, lambda person: assessing.mark_complete(person, NOBODY)),
    (Right.AUTHORITY_INFORMATION_REQUEST, lambda person: assessing.ask(person, NOBODY, "x")),
]
SECTIONS = ("services", "firm", "owners", "persons", "declaration")


@pytest.mark.parametrize(("right", "do"), OF_APPLICANTS)
def test_each_desk_asks_for_its_right(right: Right, do: Callable[[Person], Any], cast: Cast) -> None:
    for person in cast.values():
        if person is not None and right not in person.rights:
            with pytest.raises(Refused) as refused:
                do(person)
            assert (refused.value.right, refused.value.status) == (right, 403)


@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_proposed_only_by_whom_it_is_for(act: str, cast: Cast) -> None:
    right = right_to_propose(act)
    for person in cast.values():
        if person is not None and right not in person.rights:
            with pytest.raises(Refused) as refused:
                decisions.propose(person, Order(uuid4(), act, 5, [], "x"))
            assert refused.value.right == right
    assert right != right_to_confirm(act)


def another_firm(cast: Cast) -> Application:
    house = Institution.objects.create(kind=Kind.FIRM, name="Another firm")
    person = cast["nobody"]
    assert person is not None
    Membership.objects.create(person=person, institution=house, roles=["administrator"])
    return Application.objects.create(institution=house, started_by=person)


def test_another_firms_draft_is_not_there(cast: Cast, browse: "Callable[..., Client]") -> None:
    draft = another_firm(cast)
    base = f"/licensing/applications/{draft.id}/"
    for name in ("administrator", "maker", "checker", "compliance_officer"):
        person = cast[name]
        assert person is not None
        assert browse(name).get(base).status_code == 404
        for action, right in (
            *((each, Right.OWN_APPLICATION_DRAFT) for each in SECTIONS),
            ("documents", Right.OWN_DOCUMENT_UPLOAD),
            ("file", Right.OWN_APPLICATION_FILE),
            ("answer", Right.OWN_APPLICATION_FILE),
            ("withdraw", Right.OWN_APPLICATION_FILE),
        ):
            answer = browse(name).post(f"{base}{action}/", {"words": "x"})
            assert answer.status_code == (404 if right in person.rights else 403), (name, action)


def test_a_draft_is_not_there_for_the_authority(cast: Cast, browse: "Callable[..., Client]") -> None:
    draft = another_firm(cast)
    for name in ("licensing_officer", "head", "supervisor", "auditor"):
        assert browse(name).get(f"/licensing/inbox/{draft.id}/").status_code == 404


def test_another_firms_document_is_not_there(cast: Cast, browse: "Callable[..., Client]") -> None:
    draft = another_firm(cast)
    paper = draft.documents.create(
        kind="capital", name="a.pdf", media_type="application/pdf", octets=1, digest=bytes(32),
        added_by=draft.started_by,
    )  # fmt: skip
    for name in ("maker", "administrator", "head", "auditor"):
        assert browse(name).get(f"/licensing/documents/{paper.id}/").status_code == 404
    assert browse("maker").post(f"/licensing/documents/{paper.id}/remove/").status_code == 404


def test_a_firms_own_applications_come_a_page_at_a_time(cast: Cast, browse: "Callable[..., Client]") -> None:
    maker = cast["maker"]
    assert maker is not None
    house = Membership.objects.get(person=maker).institution
    for _ in range(30):
        Application.objects.create(institution=house, started_by=maker, state="withdrawn")
    client, seen, page = browse("maker"), 0, "/licensing/applications/"
    while page:
        answer = client.get(page)
        assert len(answer.context["rows"]) <= 25
        seen += len(answer.context["rows"])
        cursor = answer.context["next_cursor"]
        page = f"/licensing/applications/?cursor={cursor}" if cursor else ""
    assert seen == Application.objects.filter(institution=house).count() >= 30
