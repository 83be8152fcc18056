"""Held payments and reservations in the portal: looked at, decided by two, carried out by the gateway."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk import held, matches, open_payments
from sanad.compliance.screening.desk.check import ScreeningCheck
from sanad.compliance.screening.models import (
    Match,
    OpenKind,
    PaymentDecision,
    PaymentDecisionState,
    PaymentVerdict,
    Scope,
    VerdictWord,
)
from sanad.compliance.travel_rule.models import PartyData
from sanad.gateway.checks import Check, Checked, Finding
from sanad.gateway.gateway import Gateway
from sanad.interfaces import checking
from sanad.interfaces.frame.templatetags.frame import moment
from sanad.node.service import AccountView, StatementLine, StatementPage
from sanad.people.models import Institution
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import TransferFlag, TravelRuleField
from sanad.standards.iso20022.payment import Payment
from sanad.wiring import holding
from tests.programmes.rows import made_for
from tests.programmes.screening_scene import LISTED, LISTED_URDU, NATIONAL, Scene
from tests.unit.gateway.fakes import PASSPHRASE, QUICK, Customers, FakeNode, ibans, open_gateway, payment, write_file

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names
BANK, FIRST, POSTED_MS = 3, 8_192, 1_790_000_060_000
CLEAN, WHY = "Wilhelmina Oosterhuis", "Another birth date; seen on the identity card."
RELEASE, REFUSE, GIVE_BACK = PaymentVerdict.RELEASE, PaymentVerdict.REFUSE, PaymentVerdict.GIVE_BACK
DONE, OVERTAKEN, STOPPED = PaymentDecisionState.DONE, PaymentDecisionState.OVERTAKEN, PaymentDecisionState.STOPPED


class Hosted:
    """Where the portal's hosting stands: a bank on a tiny node, and sealed evidence in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.node = folder, FakeNode()

    @contextmanager
    def gateway(self, number: int) -> Iterator[Gateway]:
        if number != BANK:
            raise Refused("gateway", "not hosted here", 409)
        with open_gateway(self.folder / "bank", self.node) as gateway:
            gateway.attach([matches.check_of(Institution.objects.get(number=BANK)), *self.others(gateway)])
            yield gateway

    def others(self, gateway: Gateway) -> list[Check]:
        del gateway
        return []

    def evidence(self) -> object:
        from sanad.evidence.store import EvidenceStore

        return EvidenceStore(self.folder / "items", self.folder / "keys", bytes(32))


@pytest.fixture
def officer(cast: dict[str, "Person | None"]) -> "Person":
    found = cast["compliance_officer"]
    assert found is not None
    assert found.membership is not None
    institution = found.membership.institution
    institution.number = BANK
    institution.save()
    return found


@pytest.fixture
def second(cast: dict[str, "Person | None"], officer: "Person") -> "Person":
    found = cast["checker"]
    assert found is not None
    assert found.membership is not None
    found.membership.institution.refresh_from_db()
    return found


@pytest.fixture
def hosted(officer: "Person", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hosted:
    """Two payments of a file are held, one is reserved."""
    scene = Scene(tmp_path / "lists")
    scene.take(NATIONAL)
    monkeypatch.setattr(matches, "folder", lambda: scene.folder)
    monkeypatch.setattr(matches, "lists", lambda: scene.lists)
    made = Hosted(tmp_path)
    monkeypatch.setattr(settings, "HOSTING", made)
    Gateway.init(tmp_path / "bank", PASSPHRASE, limits=QUICK)
    people = Customers(ibans("SCBL", 3), ibans("HABB", 3))
    checking.make_ready(ScreeningCheck(scene.lists))
    with open_gateway(tmp_path / "bank", made.node) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        people.note(gateway)
        gateway.require_checks(["screening"])
        gateway.attach([ScreeningCheck(scene.lists)])
        gateway.reservations.reserve([payment(people.own[2], people.theirs[2], debtor_name=CLEAN)], "settlement 1")
        payments = [
            payment(people.own[at], people.theirs[at], at + 1, creditor_name=name, debtor_name=CLEAN)
            for at, name in enumerate((LISTED, LISTED_URDU))
        ]
        file = write_file(tmp_path / "in.xml", payments)
        assert gateway.payments.post_file(file, tmp_path / "out.xml", wait_seconds=0).held == 2
    return made


def state_of(decision: PaymentDecision) -> str:
    decision.refresh_from_db()
    return decision.state


def test_two_release_a_payment_and_the_gateway_sends_it(hosted: Hosted, officer: "Person", second: "Person") -> None:
    decision = held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    assert held.work() == 0, "a proposal moves nothing"
    with pytest.raises(Refused, match="another person"):
        held.confirm(officer, OpenKind.HELD, 1)
    with pytest.raises(Refused, match="under way already"):
        held.decide(officer, OpenKind.HELD, 1, REFUSE, WHY, "RR04")
    held.confirm(second, OpenKind.HELD, 1)
    assert len(hosted.node.messages) == 1, "the page sends nothing"
    assert held.work() == 1
    assert state_of(decision) == DONE
    found = held.opened(officer, OpenKind.HELD, 1)
    assert found.row.state == "sent"
    assert found.gateway_decision is not None
    assert (found.gateway_decision.why, held.decision_named(found.gateway_decision.who)) == (WHY, decision)
    assert [each.what.name for each in found.events] == ["HELD", "RELEASED", "SENT"]
    assert len(hosted.node.messages) == 2
    with pytest.raises(Refused, match="nothing is left"):
        held.decide(officer, OpenKind.HELD, 1, REFUSE, WHY, "RR04")


def test_a_refusal_tells_whoever_ordered_it_a_reason_of_isos(
    hosted: Hosted, officer: "Person", second: "Person", browse: "Callable[..., Client]"
) -> None:
    with pytest.raises(Malformed):
        held.decide(officer, OpenKind.HELD, 2, REFUSE, WHY)
    with pytest.raises(Malformed):
        held.decide(officer, OpenKind.HELD, 2, RELEASE, "   ")
    with pytest.raises(Malformed):
        held.decide(officer, OpenKind.HELD, 2, GIVE_BACK, WHY)
    held.decide(officer, OpenKind.HELD, 2, REFUSE, WHY, "FR01")
    held.decline(second, OpenKind.HELD, 2)
    decision = held.decide(officer, OpenKind.HELD, 2, REFUSE, WHY, "FR01")
    held.confirm(second, OpenKind.HELD, 2)
    held.work()
    assert state_of(decision) == DONE
    row = held.opened(officer, OpenKind.HELD, 2).row
    assert (row.state, row.reason) == ("refused", "FR01")
    assert (
        browse("compliance_officer").get("/screening/held/2/").content.decode().count("fraud is suspected (FR01)") == 3
    )
    assert len(hosted.node.messages) == 1


def test_what_the_record_rejects_is_shown_as_rejected(
    hosted: Hosted, officer: "Person", browse: "Callable[..., Client]"
) -> None:
    matches.set_terms(officer, needs_two=False, days=10)
    with hosted.gateway(BANK) as gateway:
        hosted.node.uetrs.add(gateway.holds.find(1).uetr + bytes(2))  # as if it had been paid before
    held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    held.work()
    row = held.opened(officer, OpenKind.HELD, 1).row
    assert (row.state, row.outcome, row.entry) == ("rejected", Outcome.DUPLICATE, 2)
    assert "already sent this UETR" in browse("compliance_officer").get("/screening/held/1/").content.decode()


def test_where_one_is_enough_one_decides(hosted: Hosted, officer: "Person") -> None:
    matches.set_terms(officer, needs_two=False, days=10)
    decision = held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    assert decision.state == PaymentDecisionState.IN_FORCE
    assert held.work() == 1
    assert state_of(decision) == DONE


def test_what_is_found_after_the_proposal_needs_a_decision_of_its_own(
    hosted: Hosted, officer: "Person", second: "Person"
) -> None:
    decision = held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    PaymentDecision.objects.update(seen=bytes(32))  # as if something else had been found since
    with pytest.raises(Refused, match="something else was found"):
        held.confirm(second, OpenKind.HELD, 1)
    PaymentDecision.objects.update(state=PaymentDecisionState.IN_FORCE)
    held.work()
    assert state_of(decision) == OVERTAKEN
    assert held.opened(officer, OpenKind.HELD, 1).row.state == "held"


def test_a_true_match_cannot_be_released(hosted: Hosted, officer: "Person", second: "Person") -> None:
    decision = held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    with hosted.gateway(BANK) as gateway:
        matches.check_of(officer.membership.institution).check([gateway.holds.open(1).payment])  # type: ignore[union-attr]
    match = Match.objects.get(reference="PX-001")
    matches.decide(officer, match.id, VerdictWord.TRUE_MATCH, Scope.SAME_NAME, "It is him.")
    matches.confirm(second, match.id)
    with hosted.gateway(BANK) as gateway:
        gateway.holds.ask_all_again()
    PaymentDecision.objects.update(state=PaymentDecisionState.IN_FORCE, seen=_evidence(hosted))
    held.work()
    assert state_of(decision) == OVERTAKEN
    with pytest.raises(Refused, match="the listed one"):
        held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    holding.work()
    assert held.opened(officer, OpenKind.HELD, 1).row.state == "refused"


def _evidence(hosted: Hosted) -> bytes:
    with hosted.gateway(BANK) as gateway:
        return gateway.holds.find(1).evidence


def test_killed_after_the_gateway_wrote_it_down_it_goes_on(
    hosted: Hosted, officer: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:
    matches.set_terms(officer, needs_two=False, days=10)
    decision = held.decide(officer, OpenKind.HELD, 1, RELEASE, WHY)
    settle = held._settle

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(held, "_settle", killed)
    with pytest.raises(KeyboardInterrupt):
        held.work()
    monkeypatch.setattr(held, "_settle", settle)
    held.work()
    assert state_of(decision) == DONE
    assert len(hosted.node.messages) == 2, "sent once"


def test_a_reservation_is_given_back_by_two(hosted: Hosted, officer: "Person", second: "Person") -> None:
    assert held.page(officer, OpenKind.RESERVED, "found").rows == []
    (row,) = held.page(officer, OpenKind.RESERVED, "all").rows
    assert (row.number, row.state) == (FIRST, "reserved")
    decision = held.decide(officer, OpenKind.RESERVED, FIRST, GIVE_BACK, WHY)
    held.confirm(second, OpenKind.RESERVED, FIRST)
    held.work()
    assert state_of(decision) == DONE
    assert held.opened(officer, OpenKind.RESERVED, FIRST).row.state == "given_back"
    assert len(hosted.node.messages) == 2


class Posted(FakeNode):
    """Stands for a node on which the releaser has posted what the bank reserved."""

    def account(self, number: int) -> AccountView | None:
        return AccountView(number, BANK, 1, "PKR", 2, 1, 1, 1, 0, 100, 1, 1, 1, 1, 1)

    def statement(self, account: int, before: int = 0, limit: int = 50) -> StatementPage:
        del account, before, limit
        flags = int(TransferFlag.POST)
        line = StatementLine(90_000, 7, POSTED_MS, bytes(range(16)), True, 2, 5, 5, 5, 1, flags, 0, FIRST, bytes(16))
        return StatementPage([line], 0)


@pytest.mark.parametrize(("language", "posted"), [("en", "Posted"), ("ur", "ادا شدہ")])
def test_what_the_releaser_posted_is_in_the_list_of_those_that_ended(
    hosted: Hosted, officer: "Person", browse: "Callable[..., Client]", monkeypatch: pytest.MonkeyPatch, language: str,
    posted: str,
) -> None:  # fmt: skip
    client = browse("compliance_officer")
    client.cookies["language"] = language
    assert held.page(officer, OpenKind.RESERVED, "ended").rows == []
    assert held.note_ended() == 0, "this node is none that tells"
    monkeypatch.setattr(open_payments, "statements_of", lambda gateway: gateway.node)
    hosted.node.__class__ = Posted
    assert held.note_ended() == 1
    assert held.note_ended() == 0
    assert held.page(officer, OpenKind.RESERVED, "open").rows == []
    with pytest.raises(Refused, match="nothing is left"):
        held.decide(officer, OpenKind.RESERVED, FIRST, GIVE_BACK, WHY)
    (row,) = held.page(officer, OpenKind.RESERVED, "ended").rows
    assert (row.number, row.state, row.changed_ms) == (FIRST, "posted", POSTED_MS)
    shown = client.get("/screening/reserved/?state=ended").content.decode()
    assert posted in shown
    assert moment(POSTED_MS) in shown, "when it ended"
    assert moment(POSTED_MS) in client.get(f"/screening/reserved/{FIRST}/").content.decode()


class Lacking:
    """Stands for the Travel Rule's check: the payer's data are missing until somebody fills them in."""

    name = "travel_rule"

    def screened(self) -> int:
        return 0

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        is_filled = PartyData.objects.exists()
        field = int(TravelRuleField.ORIGINATOR_IDENTITY)
        contents: list[object] = ["sanad/travel-rule/v1", True, field, 0 if is_filled else field, "2023", None]
        finding = Finding.CLEAR if is_filled else Finding.MISSING
        return [Checked(finding, contents, "" if is_filled else "data are missing")] * len(payments)  # type: ignore[arg-type]


def test_what_was_missing_and_is_filled_in_is_asked_about_again(
    hosted: Hosted, officer: "Person", second: "Person", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted, "others", lambda _gateway: [Lacking()])
    matches.set_terms(officer, needs_two=False, days=10)
    with hosted.gateway(BANK) as gateway:
        gateway.holds.ask_all_again()
    found = held.opened(officer, OpenKind.HELD, 1)
    assert [each.missing for each in found.found] == [0, int(TravelRuleField.ORIGINATOR_IDENTITY)]
    for match in Match.objects.all():
        matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_NAME, WHY)
    holding.work()
    row = held.opened(officer, OpenKind.HELD, 1).row
    assert (row.state, row.findings) == ("held", (("travel_rule", "missing"),))
    assert officer.membership is not None
    made_for(PartyData, officer, institution=officer.membership.institution)
    holding.work()
    assert held.opened(officer, OpenKind.HELD, 1).row.state == "sent"


def test_lists_come_a_page_at_a_time_and_as_a_file(hosted: Hosted, officer: "Person") -> None:
    first = held.page(officer, OpenKind.HELD, "held", limit=1)
    assert ([each.number for each in first.rows], first.next_after) == ([1], 1)
    last = held.page(officer, OpenKind.HELD, "held", first.next_after, limit=1)
    assert ([each.number for each in last.rows], last.next_after) == ([2], 0)
    assert first.rows[0].amount.endswith(" PKR")
    assert [each.number for each in held.all_rows(officer, OpenKind.HELD, "all")] == [2, 1]
    newest = held.page(officer, OpenKind.HELD, "all", limit=1)
    assert ([each.number for each in newest.rows], newest.next_after) == ([2], 2)
    older = held.page(officer, OpenKind.HELD, "all", newest.next_after, limit=1)
    assert ([each.number for each in older.rows], older.next_after) == ([1], 0)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_way_through_the_pages(hosted: Hosted, browse: "Callable[..., Client]", language: str) -> None:
    officer, second = browse("compliance_officer"), browse("checker")
    for client in (officer, second):
        client.cookies["language"] = language
    shown = officer.get("/screening/held/").content.decode()
    assert '"/screening/held/1/"' in shown
    assert LISTED not in shown, "a list holds no names"
    one = officer.get("/screening/held/1/").content.decode()
    assert LISTED in one
    assert "PX-001" in one
    assert officer.post("/screening/held/1/decide/", {"verdict": "release", "reason": ""}).status_code == 200
    assert officer.post("/screening/held/1/decide/", {"verdict": "release", "reason": WHY}).status_code == 302
    assert WHY in second.get("/screening/held/1/").content.decode()
    assert second.post("/screening/held/1/decide/", {"verdict": "release", "reason": WHY}).status_code == 403
    assert second.post("/screening/held/1/confirm/").status_code == 302
    held.work()
    told = officer.get("/screening/held/1/").content.decode()
    assert "compliance_officer@test.example" in told
    assert "checker@test.example" in told
    assert '"/screening/held/1/"' in officer.get("/screening/held/?state=sent").content.decode()
    assert officer.get("/screening/held/?cursor=x").status_code == 422
    for address in ("/screening/held/99/", "/screening/reserved/99/"):
        nowhere = officer.get(address)
        assert nowhere.status_code == 404
        assert ("o payment of yours has this number" in nowhere.content.decode()) == (language == "en")
    answer = officer.get("/screening/held/export.csv?state=all")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(each["number"], each["state"], each["found"]) for each in rows] == [
        ("2", "held", "screening:candidates"), ("1", "sent", "screening:candidates"),
    ]  # fmt: skip
    reserved = officer.get("/screening/reserved/?state=all").content.decode()
    assert f'"/screening/reserved/{FIRST}/"' in reserved
    assert CLEAN in officer.get(f"/screening/reserved/{FIRST}/").content.decode()
    assert officer.post(f"/screening/reserved/{FIRST}/decide/", {"reason": WHY}).status_code == 302


def test_the_api_answers_like_the_page(hosted: Hosted, browse: "Callable[..., Client]") -> None:
    client = browse("compliance_officer")
    told = client.get("/api/v1/screening/held?limit=1").json()
    assert [each["findings"] for each in told["payments"]] == [["screening:candidates"]]
    rest = client.get(f"/api/v1/screening/held?after={told['next_after']}").json()
    assert ([each["number"] for each in rest["payments"]], rest["next_after"]) == ([2], None)
    assert client.get("/api/v1/screening/reserved").json()["payments"] == []
    assert client.get("/api/v1/screening/reserved?state=all").json()["payments"][0]["number"] == FIRST
    assert client.get("/api/v1/screening/held?after=-1").status_code == 422


def test_while_a_command_works_with_the_gateway_the_page_says_so(
    hosted: Hosted, browse: "Callable[..., Client]", tmp_path: Path
) -> None:
    with open_gateway(tmp_path / "bank", hosted.node):
        answer = browse("compliance_officer").get("/screening/held/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_bank_with_a_program_of_its_own_is_told_which_command(
    hosted: Hosted, browse: "Callable[..., Client]"
) -> None:
    Institution.objects.filter(number=BANK).update(number=77)
    assert "sanad held list" in browse("compliance_officer").get("/screening/held/").content.decode()
