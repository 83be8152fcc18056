"""A list changes while payments are open: held at the gateway, or reserved on the record. Real matching and gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from sanad.base.errors import Refused, Unavailable
from sanad.compliance.screening.desk import customers, matches, open_payments, sweeping
from sanad.compliance.screening.desk.check import ScreeningCheck
from sanad.compliance.screening.models import (
    Match,
    Origin,
    PaymentsState,
    Scope,
    Sweep,
    SweepState,
    SweptPayments,
    VerdictWord,
)
from sanad.gateway.checks import Answers
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import HoldState
from sanad.gateway.reservations import OpenedReservation
from sanad.interfaces import checking
from sanad.people.models import Institution
from sanad.wiring import holding
from tests.programmes.screening_scene import LISTED, NATIONAL, Scene
from tests.unit.gateway.fakes import PASSPHRASE, QUICK, Customers, FakeNode, ibans, open_gateway, payment, write_file

if TYPE_CHECKING:
    from sanad.people.models import Person

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names
BANK = 3
NEW = "Gulzar Invented Person"
"""Whom tomorrow's list names."""
CLEAN = "Wilhelmina Oosterhuis"
FIRST = 8_192


class Hosted:
    """Where the portal's hosting stands: a bank on a tiny node, and sealed evidence in a folder of the test."""

    def __init__(self, folder: Path, node: FakeNode) -> None:
        self.folder, self.node = folder, node
        self.is_busy = False
        self.tried = 0

    @contextmanager
    def gateway(self, number: int) -> Iterator[Gateway]:
        if number != BANK:
            raise Refused("gateway", "not hosted here", 409)
        self.tried += 1
        if self.is_busy:
            raise Unavailable("another process holds it", 1)
        with open_gateway(self.folder / "bank", self.node) as gateway:
            gateway.attach([matches.check_of(Institution.objects.get(number=BANK))])
            yield gateway

    def evidence(self) -> object:
        from sanad.evidence.store import EvidenceStore

        return EvidenceStore(self.folder / "items", self.folder / "keys", bytes(32))


@pytest.fixture
def scene(tmp_path: Path, tables: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene(tmp_path / "lists")
    made.take(NATIONAL)
    for module in (matches, customers):
        monkeypatch.setattr(module, "folder", lambda: made.folder)
        monkeypatch.setattr(module, "lists", lambda: made.lists)
    return made


@pytest.fixture
def officer(cast: dict[str, "Person | None"]) -> "Person":
    """Of a firm whose number on the record is the bank's."""
    found = cast["compliance_officer"]
    assert found is not None
    assert found.membership is not None
    institution = found.membership.institution
    institution.number = BANK
    institution.save()
    return found


@pytest.fixture
def second(cast: dict[str, "Person | None"]) -> "Person":
    found = cast["checker"]
    assert found is not None
    return found


@pytest.fixture
def hosted(scene: Scene, officer: "Person", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hosted:
    """A bank with two payments that are held, one of them to whom nobody lists tomorrow, and three reservations."""
    made = Hosted(tmp_path, FakeNode())
    monkeypatch.setattr(settings, "HOSTING", made)
    Gateway.init(tmp_path / "bank", PASSPHRASE, limits=QUICK)
    people = Customers(ibans("SCBL", 6), ibans("HABB", 6))
    with open_gateway(tmp_path / "bank", made.node) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        people.note(gateway)
        gateway.require_checks(["screening"])
    checking.make_ready(matches.check_of(Institution.objects.get(number=BANK)))
    sweeping_to_the_end()
    with made.gateway(BANK) as gateway:
        reserved = [
            payment(people.own[at], people.theirs[at], at + 1, creditor_name=name, debtor_name=CLEAN)
            for at, name in enumerate((CLEAN, NEW, "Bartholomew Quill"))
        ]
        gateway.reservations.reserve(reserved, "settlement 1")
        held = payment(people.own[4], people.theirs[4], 5, creditor_name=LISTED, debtor_name=CLEAN)
        file = write_file(tmp_path / "in.xml", [held])
        gateway.attach([ScreeningCheck(scene.lists)])  # files are posted in threads, which see no table of the test
        assert gateway.payments.post_file(file, tmp_path / "out.xml", wait_seconds=0).held == 1
    return made


def sweeping_to_the_end() -> Sweep:
    for _ in range(5):
        customers.work()
    return Sweep.objects.order_by("-version")[0]


def tomorrow(scene: Scene) -> None:
    """The list names one more."""
    scene.take(scene.rows(lambda lines: [*lines, f"PX-009,{NEW},,,,,,,,Person,,"]))


def test_only_who_comes_near_the_change_is_found_and_opens_a_match(
    scene: Scene, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_whole: list[int] = []
    asked = open_payments.Again._asked_in_whole

    def counted(again: open_payments.Again, opened: OpenedReservation) -> Answers:
        in_whole.append(opened.reservation.position)
        return asked(again, opened)

    monkeypatch.setattr(open_payments.Again, "_asked_in_whole", counted)
    tomorrow(scene)
    sweep = sweeping_to_the_end()
    assert (sweep.state, sweep.payments) == (SweepState.DONE, 4)
    swept = SweptPayments.objects.get(sweep=sweep)
    assert (swept.state, swept.done, swept.total, swept.found, swept.unresolved) == (PaymentsState.DONE, 4, 4, 1, 0)
    assert in_whole == [FIRST + 1], "the others are held against the difference alone"
    match = Match.objects.get(reference="PX-009")
    assert match.origin == Origin.OPEN_PAYMENT
    with hosted.gateway(BANK) as gateway:
        (found,) = gateway.reservations.page(only_found=True)
        assert (found.position, found.findings) == (FIRST + 1, "screening:candidates")
        assert gateway.holds.count() == 1
    assert len(hosted.node.messages) == 1, "nothing was sent, and nothing given back, by itself"


def test_a_false_positive_clears_the_reservation_and_a_true_match_stays_shown(
    scene: Scene, hosted: Hosted, officer: "Person", second: "Person"
) -> None:
    tomorrow(scene)
    sweeping_to_the_end()
    match = Match.objects.get(reference="PX-009")
    matches.decide(officer, match.id, VerdictWord.TRUE_MATCH, Scope.SAME_NAME, "It is him.")
    matches.confirm(second, match.id)
    holding.work()
    with hosted.gateway(BANK) as gateway:
        (found,) = gateway.reservations.page(only_found=True)
        assert "is listed, as was decided" in found.summary
        assert gateway.reservations.count() == 3, "a person gives it back, nobody else"
    matches.decide(officer, match.id, VerdictWord.FALSE_POSITIVE, Scope.SAME_NAME, "It was his brother.")
    matches.confirm(second, match.id)
    holding.work()
    with hosted.gateway(BANK) as gateway:
        assert gateway.reservations.count(only_found=True) == 0


def test_a_held_payment_whose_listed_one_is_gone_goes(scene: Scene, hosted: Hosted) -> None:
    scene.take(scene.rows(lambda lines: [lines[0], *lines[2:]]))
    sweep = sweeping_to_the_end()
    assert sweep.state == SweepState.DONE
    with hosted.gateway(BANK) as gateway:
        assert [each.state for each in gateway.holds.page(tuple(HoldState))] == [HoldState.SENT]
    assert len(hosted.node.messages) == 2


def test_a_busy_gateway_is_gone_on_with_later(scene: Scene, hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(scene)
    hosted.is_busy = True
    opened = hosted.tried
    assert sweeping_to_the_end().state == SweepState.RUNNING
    assert hosted.tried == opened + 1, "not every few seconds"
    hosted.is_busy = False
    monkeypatch.setattr(customers, "_again_at", {})
    assert sweeping_to_the_end().state == SweepState.DONE


def test_a_killed_sweep_goes_on_after_the_last_step(
    scene: Scene, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_payments, "AT_ONCE", 1)
    tomorrow(scene)
    step, steps = sweeping._is_done_after_step, []

    def killed(*given: object) -> bool:
        steps.append(given)
        if len(steps) == 4:
            raise KeyboardInterrupt
        return step(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeping, "_is_done_after_step", killed)
    with pytest.raises(KeyboardInterrupt):
        customers.work()
    assert SweptPayments.objects.get(sweep__version=2).done == 2
    assert sweeping_to_the_end().payments == 4


def test_who_is_not_known_is_unresolved_and_never_clear(scene: Scene, hosted: Hosted) -> None:
    with hosted.gateway(BANK) as gateway:
        number = gateway.reservations.open(FIRST).payment.debtor_iban
        gateway.evidence.erase(gateway.addresses.remove(str(number)))
    tomorrow(scene)
    sweeping_to_the_end()
    assert SweptPayments.objects.get(sweep__version=2).unresolved == 1
    with hosted.gateway(BANK) as gateway:
        nameless = gateway.reservations.find(FIRST)
        assert nameless.findings == "names:unresolved"
        gateway.reservations.give_back(FIRST, who="decision 1", why="Nobody knows for whom it is.")
        assert gateway.reservations.count() == 2


def test_a_stale_list_leaves_it_unresolved_and_it_is_asked_about_again(
    scene: Scene, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow(scene)
    monkeypatch.setattr("sanad.compliance.screening.desk.lists.Version.is_stale", lambda *_: True)
    sweeping_to_the_end()
    swept = SweptPayments.objects.get(sweep__version=2)
    assert swept.unresolved >= 1
    with hosted.gateway(BANK) as gateway:
        assert {each.findings for each in gateway.reservations.page(only_found=True)} == {"screening:unresolved"}


def test_a_bank_with_a_program_of_its_own_is_told_so(scene: Scene, hosted: Hosted, officer: "Person") -> None:
    Institution.objects.filter(number=BANK).update(number=77)
    tomorrow(scene)
    assert sweeping_to_the_end().state == SweepState.DONE
    assert SweptPayments.objects.get(sweep__version=2).state == PaymentsState.ELSEWHERE
