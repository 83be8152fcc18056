"""Screening with tables: searching, deciding by two, remembering, opening again, customers, lists, pages."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk import customers, matches
from sanad.compliance.screening.desk.answers import Result
from sanad.compliance.screening.desk.asking import query_of
from sanad.compliance.screening.desk.publishing import put_on_record
from sanad.compliance.screening.models import (
    Customer,
    CustomerState,
    Decision,
    DecisionState,
    Match,
    MatchState,
    Scope,
    Sweep,
    SweepState,
    VerdictWord,
)
from sanad.gateway.checks import Finding
from sanad.interfaces.demonstration_nation import AUTHORITY, PASSPHRASE
from sanad.rulebook.edition1.words import RegisterType
from tests.programmes.licensed import licensed_nation
from tests.programmes.screening_scene import LISTED, LISTED_URDU, NATIONAL, NOBODY, Scene, payment
from tests.unit.interfaces.running import CommandLine

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names
Cast = dict[str, "Person | None"]
WHY = "Another birth date and another father; seen on the identity card."


class Hosted:
    """Where the portal's hosting stands: sealed evidence in the test's own folder, and no gateway."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def evidence(self) -> object:
        from sanad.evidence.store import EvidenceStore

        return EvidenceStore(self._folder / "items", self._folder / "keys", bytes(32))

    def gateway(self, number: int) -> object:
        raise Refused("gateway", "not hosted here", 409)


@pytest.fixture
def scene(tmp_path: Path, tables: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The national list in the portal's folder of lists."""
    made = Scene(tmp_path / "lists")
    made.take(NATIONAL)
    monkeypatch.setattr(settings, "HOSTING", Hosted(tmp_path))
    monkeypatch.setattr(matches, "folder", lambda: made.folder)
    monkeypatch.setattr(matches, "lists", lambda: made.lists)
    monkeypatch.setattr(customers, "folder", lambda: made.folder)
    monkeypatch.setattr(customers, "lists", lambda: made.lists)
    monkeypatch.setattr("sanad.compliance.screening.pages.lists.folder", lambda: made.folder)
    monkeypatch.setattr("sanad.compliance.screening.desk.importing.folder", lambda: made.folder)
    monkeypatch.setattr("sanad.compliance.screening.desk.importing.lists", lambda: made.lists)
    return made


@pytest.fixture
def officer(cast: Cast) -> "Person":
    found = cast["compliance_officer"]
    assert found is not None
    return found


@pytest.fixture
def second(cast: Cast) -> "Person":
    """Who confirms: the checker of the same firm."""
    found = cast["checker"]
    assert found is not None
    return found


def found(officer: "Person", name: str = LISTED) -> Match:
    query = query_of([name])
    answer = matches.search(officer, query)
    return matches.take_up(officer, query, answer.hits[0].named)


def decided(officer: "Person", second: "Person", name: str = LISTED, scope: Scope = Scope.SAME_DATA) -> Match:
    match = found(officer, name)
    matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, scope, WHY)
    matches.confirm(second, match.id)
    match.refresh_from_db()
    return match


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_one_decides_another_confirms_and_it_is_remembered(scene: Scene, officer: "Person", second: "Person") -> None:
    match = found(officer)
    decision = matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_DATA, WHY, 30)
    assert decision.state == DecisionState.PROPOSED
    assert matches.search(officer, query_of([LISTED])).result is Result.CANDIDATES, "a proposal clears nobody"
    with pytest.raises(Refused, match="another person"):
        matches.confirm(officer, match.id)
    matches.confirm(second, match.id)
    answer = matches.search(officer, query_of([LISTED]))
    assert answer.result is Result.CLEAR
    assert answer.hits[0].ruling is not None
    assert answer.hits[0].ruling.reference == str(decision.id)
    assert answer.expires_ms <= decision.expires_at.timestamp() * 1_000 + 1
    opened = matches.opened(officer, match.id)
    assert [why for _decision, why in opened.decisions] == [WHY]
    assert opened.snapshot.query.names == (LISTED,)


def test_tables_hold_no_names(scene: Scene, officer: "Person", second: "Person") -> None:
    decided(officer, second)
    customers.add(officer, "C-1", query_of([LISTED_URDU], father_name="میر سلطان"))
    for model in (Match, Decision, Customer):
        for row in model.objects.values():
            told = repr(row)
            assert not any(word in told for word in ("Zarak", "Bangash", "زرک", "سلطان", WHY)), model


def test_a_decision_holds_for_its_scope(scene: Scene, officer: "Person", second: "Person") -> None:
    decided(officer, second)
    other = query_of([LISTED], birth_date="1999")
    assert matches.search(officer, other).result is Result.CANDIDATES, "other data, not decided about"
    matches.reopen(officer, Match.objects.get().id)
    decided(officer, second, scope=Scope.SAME_NAME)
    assert matches.search(officer, other).result is Result.CLEAR


def test_a_true_match_never_clears(scene: Scene, officer: "Person", second: "Person") -> None:
    match = found(officer)
    matches.decide(officer, match.id, VerdictWord.TRUE_MATCH, Scope.SAME_NAME, "It is him.")
    matches.confirm(second, match.id)
    answer = matches.search(officer, query_of([LISTED]))
    assert answer.result is Result.CANDIDATES
    (checked,) = matches.check_of(officer.membership.institution).check([payment(NOBODY, LISTED)])  # type: ignore[union-attr]
    assert checked.finding is Finding.CANDIDATES
    assert "is listed, as was decided" in checked.summary


def test_a_decision_ends_when_the_listed_one_changes(scene: Scene, officer: "Person", second: "Person") -> None:
    decided(officer, second)
    scene.take(scene.rows(lambda lines: [each.replace("1971-03-09", "1971-03-10") for each in lines]))
    assert matches.search(officer, query_of([LISTED])).result is Result.CANDIDATES
    again = found(officer)
    assert again.is_reopened
    assert again.state == MatchState.OPEN


def test_a_decision_ends_with_its_time_and_the_match_is_open_again(
    scene: Scene, officer: "Person", second: "Person"
) -> None:
    match = decided(officer, second)
    Decision.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert matches.search(officer, query_of([LISTED])).result is Result.CANDIDATES
    assert matches.end_what_expired() == 1
    match.refresh_from_db()
    assert (match.state, match.is_reopened) == (MatchState.OPEN, True)


def test_what_is_declined_is_open_again(scene: Scene, officer: "Person", second: "Person") -> None:
    match = found(officer)
    matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_DATA, WHY)
    with pytest.raises(Refused, match="second person already"):
        matches.decide(officer, match.id, VerdictWord.TRUE_MATCH, Scope.SAME_DATA, WHY)
    matches.decline(second, match.id)
    match.refresh_from_db()
    assert match.state == MatchState.OPEN


def test_where_one_is_enough_a_decision_is_in_force_at_once(scene: Scene, officer: "Person") -> None:
    matches.set_terms(officer, needs_two=False, days=10)
    match = found(officer)
    with pytest.raises(Malformed, match="no longer than your terms"):
        matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_DATA, WHY, 11)
    assert matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_DATA, WHY).state == "in_force"


def test_who_may_not_does_not(scene: Scene, cast: Cast, officer: "Person") -> None:
    match = found(officer)
    for name in ("maker", "administrator", "supervisor", "auditor", "head", "nobody"):
        person = cast[name]
        assert person is not None
        with pytest.raises(Refused):
            matches.search(person, query_of([NOBODY]))
        with pytest.raises(Refused):
            matches.opened(person, match.id)
    with pytest.raises(Refused):
        matches.decide(cast["checker"], match.id, VerdictWord.TRUE_MATCH, Scope.SAME_DATA, WHY)  # type: ignore[arg-type]


# --- payments ---------------------------------------------------------------------------------------------------------


def test_a_payment_that_is_held_leaves_a_match_and_goes_after_the_decision(
    scene: Scene, officer: "Person", second: "Person"
) -> None:
    check = matches.check_of(officer.membership.institution)  # type: ignore[union-attr]
    (held,) = check.check([payment(LISTED_URDU, NOBODY)])
    assert held.finding is Finding.CANDIDATES
    match = Match.objects.get()
    assert (match.origin, match.state) == ("payment", MatchState.OPEN)
    check.check([payment(LISTED_URDU, NOBODY)])
    assert Match.objects.count() == 1, "the same two are one match"
    matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_NAME, WHY)
    matches.confirm(second, match.id)
    (clear,) = check.check([payment(LISTED_URDU, NOBODY)])
    assert clear.finding is Finding.CLEAR


# --- customers --------------------------------------------------------------------------------------------------------


def test_customers_are_screened_again_against_what_changed(scene: Scene, officer: "Person") -> None:
    customers.add(officer, "C-1", query_of(["Gulzar Invented Person"]))
    customers.add(officer, "C-2", query_of([NOBODY]))
    assert set(Customer.objects.values_list("state", flat=True)) == {CustomerState.CLEAR}
    customers.work()
    first = NATIONAL.read_text("utf-8").splitlines()[1]
    added = first.replace("PX-001", "PX-009").replace(LISTED, "Gulzar Invented Person").replace(LISTED_URDU, "")
    scene.take(scene.rows(lambda lines: [*lines, added]))
    assert customers.work() == 2
    states = dict(Customer.objects.values_list("reference", "state"))
    assert states == {"C-1": CustomerState.CANDIDATES, "C-2": CustomerState.CLEAR}
    sweep = Sweep.objects.get(version=2)
    assert (sweep.state, sweep.changed_entries, sweep.done, sweep.total, sweep.found) == (SweepState.DONE, 1, 2, 2, 1)
    assert customers.work() == 0, "once a version"


def test_a_sweep_that_was_killed_goes_on(scene: Scene, officer: "Person", monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        customers.add(officer, f"C-{number}", query_of([f"{NOBODY} {number}"]))
    monkeypatch.setattr(customers, "AT_ONCE", 2)
    step, steps = customers._step, []

    def killed(*given: object) -> int:
        steps.append(given)
        if len(steps) == 2:
            raise KeyboardInterrupt
        return step(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(customers, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        customers.work()
    assert Sweep.objects.get().done == 2
    assert customers.work() == 3
    assert Sweep.objects.get().done == 5


def test_a_customer_whose_listed_one_is_gone_is_asked_about_in_whole(scene: Scene, officer: "Person") -> None:
    customers.add(officer, "C-1", query_of([LISTED]))
    customers.work()
    scene.take(scene.rows(lambda lines: [lines[0], *lines[2:]]))
    customers.work()
    assert Customer.objects.get().state == CustomerState.CLEAR


def test_a_customer_that_is_removed_is_erased(scene: Scene, officer: "Person") -> None:
    customer = customers.add(officer, "C-1", query_of([NOBODY]))
    customers.remove(officer, "C-1")
    assert not Customer.objects.exists()
    with settings.HOSTING.evidence() as evidence, pytest.raises(Refused, match="erased"):
        evidence.open(bytes(customer.evidence_digest))


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_way_through_the_pages(scene: Scene, browse: "Callable[..., Client]") -> None:
    officer, second = browse("compliance_officer"), browse("checker")
    page = officer.post("/screening/search/", {"name": LISTED_URDU, "schema": "person"})
    assert page.status_code == 200
    hit, _sides = page.context["hits"][0]
    taken = officer.post(
        "/screening/search/take-up/",
        {"name": LISTED_URDU, "schema": "person", "source": "national", "reference": "PX-001",
         "entry_digest": hit.entry_digest.hex()},
    )  # fmt: skip
    address = taken["Location"]
    shown = officer.get(address).content.decode()
    assert LISTED in shown
    assert LISTED_URDU in shown
    given = {"verdict": "false_positive", "scope": "same_data", "reason": WHY, "days": "30"}
    assert officer.post(f"{address}decide/", {**given, "reason": ""}).status_code == 200, "what is missing is told"
    assert officer.post(f"{address}decide/", given).status_code == 302
    assert "Another person confirms" in officer.get(address).content.decode()
    assert second.post(f"{address}confirm/").status_code == 302
    assert "In force" in second.get(address).content.decode()
    assert "PX-001" in officer.get("/screening/matches/?state=decided").content.decode()
    clear = officer.post("/screening/search/", {"name": LISTED_URDU, "schema": "person"}).content.decode()
    assert "decided to be somebody else" in clear


@pytest.mark.parametrize("name", ["", "x" * 9_999, "\u202e"])
def test_a_search_that_cannot_be_answered_says_so_on_the_page(
    scene: Scene, browse: "Callable[..., Client]", name: str
) -> None:
    page = browse("compliance_officer").post("/screening/search/", {"name": name}).content.decode()
    assert "unresolved" in page
    assert "badge-good" not in page


def test_the_authority_imports_a_list_and_a_bad_one_is_told_line_by_line(
    scene: Scene, browse: "Callable[..., Client]"
) -> None:
    supervisor = browse("supervisor")
    text = NATIONAL.read_bytes() + b"PX-020,New Invented Person,,,,,,,,Person,,\n"
    given = {"source": "national", "documents": SimpleUploadedFile("national.csv", text)}
    assert supervisor.post("/screening/lists/import/", given)["Location"] == "/screening/lists/national/2/"
    assert "PX-020" in supervisor.get("/screening/lists/national/2/").content.decode()
    bad = SimpleUploadedFile("national.csv", text + b"PX-021,too,few\n")
    page = supervisor.post("/screening/lists/import/", {"source": "national", "documents": bad}).content.decode()
    assert "csv.columns" in page
    smaller = SimpleUploadedFile("national.csv", b"\n".join(text.splitlines()[:3]))
    page = supervisor.post("/screening/lists/import/", {"source": "national", "documents": smaller}).content.decode()
    assert "far fewer entries" in page
    assert [each.number for each in scene.folder.versions("national")] == [2, 1]


@pytest.mark.parametrize("path", ["lists/", "lists/national/", "lists/national/1/", "health/", "customers/", "matches/",
                                  "terms/", "search/"])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_page_is_shown_in_both_languages(
    scene: Scene, browse: "Callable[..., Client]", path: str, language: str
) -> None:
    client = browse("compliance_officer")
    client.cookies["language"] = language
    page = client.get(f"/screening/{path}")
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()


def test_the_api_answers_like_the_page(scene: Scene, browse: "Callable[..., Client]") -> None:
    client = browse("compliance_officer")
    asked = {"names": [LISTED_URDU], "schema": "person", "birth_date": "1971"}
    told = client.post("/api/v1/screening/search", asked, "application/json").json()
    assert told["result"] == "candidates"
    assert told["candidates"][0]["reference"] == "PX-001"
    assert told["lists"][0]["list"] == "national"
    found(client_person(client))
    listed = client.get("/api/v1/screening/matches").json()["matches"]
    assert [each["reference"] for each in listed] == ["PX-001"]
    wrong = client.post("/api/v1/screening/search", {"names": ["A"], "birth_date": "soon"}, "application/json")
    assert (wrong.status_code, wrong["Content-Type"]) == (422, "application/problem+json")


def client_person(client: "Client") -> "Person":
    from sanad.people.models import Person

    return Person.objects.get(email="compliance_officer@test.example")


# --- the record -------------------------------------------------------------------------------------------------------


def test_a_version_goes_on_the_record_once(tmp_path: Path, tables: None) -> None:
    scene = Scene(tmp_path / "lists")
    version = scene.take(NATIONAL).version
    with licensed_nation(tmp_path / "nation") as nation, nation.gateway(AUTHORITY) as gateway:
        published = put_on_record(gateway, scene.folder, version)
        assert published.record_number == 1
        assert put_on_record(gateway, scene.folder, published) == published
        # As if we had been killed before the answer was noted: the record has it, and it is found there.
        forgotten = scene.folder.put_on_record(published, 0, 0, bytes.fromhex(published.record_random))
        assert put_on_record(gateway, scene.folder, forgotten).record_entry == published.record_entry
        next_one = scene.take(scene.rows(lambda lines: [each.replace("1965", "1966") for each in lines])).version
        assert put_on_record(gateway, scene.folder, next_one).record_number == 2
        assert [row[1] for row in gateway.node.register_records(RegisterType.LIST_VERSION)] == [1, 2]  # type: ignore[attr-defined]
        assert scene.lists.in_use().record_number == 2
        stated = scene.folder.version("national")
        assert put_on_record(gateway, scene.folder, stated, again=True).record_number == 3, "its age counts from now"


def test_a_page_of_a_version_does_not_show_what_opens_its_statement(
    scene: Scene, browse: "Callable[..., Client]"
) -> None:
    kept = scene.folder.put_on_record(scene.folder.version("national"), 1, 5, b"\xab" * 32)
    page = browse("auditor").get("/screening/lists/national/1/").content.decode()
    assert kept.file_digest in page
    assert kept.record_random not in page


def test_a_version_goes_on_the_record_by_command(
    tmp_path: Path, tables: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANAD_PASSPHRASE", PASSPHRASE)
    sanad = CommandLine(capsys)
    with licensed_nation(tmp_path) as nation:
        with nation.gateway(AUTHORITY):
            pass  # the first opening settles which number the institution has
        sanad("lists", "import", "national", NATIONAL, "--data", tmp_path)
        where = ("--data", tmp_path, "--node", nation.address, "--as", AUTHORITY.folder, "--json")
        first, again = (sanad("lists", "publish", "national", *where) for _ in range(2))
    assert first.code == 0, first.err
    assert json.loads(first.out)["record_number"] == 1
    assert json.loads(again.out) == json.loads(first.out)
