"""Clocks to the day, look-through of owners, the classifier, completeness: without tables."""

from datetime import date, timedelta

import pytest

from sanad.programmes.licensing.queries.classifier import CarveOut, classify
from sanad.programmes.licensing.queries.clocks import Stop, calendar_clock, working_clock
from sanad.programmes.licensing.queries.completeness import Section, is_complete, missing, percent
from sanad.programmes.licensing.queries.ownership import FIRM, Share, controllers, look_through
from sanad.rulebook.edition1.words import SERVICES_ALL, Service

MONDAY = date(2026, 3, 2)
PAKISTAN_DAY = date(2026, 3, 23)
FIFTH = 200_000


def days(number: int) -> timedelta:
    return timedelta(days=number)


# --- clocks ---------------------------------------------------------------------------------------------------------


def test_calendar_days_are_all_days() -> None:
    clock = calendar_clock(MONDAY, MONDAY + days(10), 60, (), ())
    assert (clock.used_days, clock.left_days, clock.due) == (10, 50, date(2026, 5, 1))


def test_what_is_due_on_no_working_day_is_due_on_the_next() -> None:
    assert calendar_clock(MONDAY, MONDAY, 60, (), {date(2026, 5, 1)}).due == date(2026, 5, 4)
    assert calendar_clock(MONDAY, MONDAY, 5, (), ()).due == date(2026, 3, 9)
    assert calendar_clock(MONDAY, MONDAY, 4, (), ()).due == date(2026, 3, 6)


def test_working_days_pass_by_weekends_and_holidays() -> None:
    assert working_clock(MONDAY, MONDAY, 5, (), ()).due == date(2026, 3, 9)
    assert working_clock(date(2026, 3, 20), MONDAY, 1, (), {PAKISTAN_DAY}).due == date(2026, 3, 24)
    assert working_clock(date(2026, 3, 20), date(2026, 3, 25), 9, (), {PAKISTAN_DAY}).used_days == 2
    assert working_clock(MONDAY, MONDAY, 60, (), {PAKISTAN_DAY}).due == date(2026, 5, 26)


def test_a_clock_stands_while_information_is_asked_for() -> None:
    asked = MONDAY + days(5)
    standing = calendar_clock(MONDAY, MONDAY + days(20), 60, [Stop(asked, None)], ())
    assert (standing.used_days, standing.is_standing, standing.due) == (5, True, None)
    answered = calendar_clock(MONDAY, MONDAY + days(20), 60, [Stop(asked, asked + days(10))], ())
    assert (answered.used_days, answered.due) == (10, date(2026, 5, 11))


def test_an_answer_on_the_same_day_stops_nothing() -> None:
    assert calendar_clock(MONDAY, MONDAY + days(9), 60, [Stop(MONDAY, MONDAY)], ()).used_days == 9


def test_two_stops_add_up_and_overlapping_ones_do_not() -> None:
    first, second = Stop(MONDAY, MONDAY + days(3)), Stop(MONDAY + days(2), MONDAY + days(5))
    assert calendar_clock(MONDAY, MONDAY + days(10), 60, [first, second], ()).used_days == 5


def test_the_day_after_the_last_is_overdue() -> None:
    assert not calendar_clock(MONDAY, MONDAY + days(60), 60, (), ()).is_overdue
    assert calendar_clock(MONDAY, MONDAY + days(61), 60, (), ()).is_overdue


# --- owners ---------------------------------------------------------------------------------------------------------


def test_shares_are_looked_through_to_persons() -> None:
    looked = look_through([
        Share("A", True, FIRM, 300_000), Share("H", False, FIRM, 700_000),
        Share("A", True, "H", 100_000), Share("B", True, "H", 900_000),
    ])  # fmt: skip
    assert looked.persons == {"A": 370_000, "B": 630_000}
    assert controllers(looked, FIFTH) == [("B", 630_000), ("A", 370_000)]
    assert looked.sums == {FIRM: 1_000_000, "H": 1_000_000}


@pytest.mark.parametrize("ppm", [FIFTH, FIFTH - 1])
def test_a_fifth_is_control_and_less_is_not(ppm: int) -> None:
    looked = look_through([Share("A", True, FIRM, ppm)])
    assert bool(controllers(looked, FIFTH)) == (ppm == FIFTH)


def test_circles_are_named_and_end() -> None:
    looked = look_through([
        Share("H", False, FIRM, 1_000_000), Share("G", False, "H", 1_000_000), Share("H", False, "G", 1_000_000),
    ])  # fmt: skip
    assert looked.circles == ("H",)


def owner(name: str, ppm: int, kind: str = "person", holds_of: str = "") -> dict[str, object]:
    return {"name": name, "kind": kind, "holds_of": holds_of, "ppm": ppm, "identity": "1", "nationality": "Pakistan"}


def test_what_is_wrong_with_owners_is_said() -> None:
    found = missing({"owners": [owner("A", 500_000), owner("H", 400_000, "company")]}, set(), FIFTH)[Section.OWNERS]
    assert len(found) == 2
    assert "90" in found[0]
    assert "“H”" in found[1]
    stranger = missing({"owners": [owner("A", 1_000_000), owner("B", 1_000_000, holds_of="X")]}, set(), FIFTH)
    assert ["“X”" in each for each in stranger[Section.OWNERS]] == [True]
    nameless = {**owner("A", 1_000_000), "identity": ""}
    assert len(missing({"owners": [nameless]}, set(), FIFTH)[Section.OWNERS]) == 1
    assert missing({"owners": [owner("A", 1_000_000)]}, set(), FIFTH)[Section.OWNERS] == []


def test_an_empty_draft_lacks_everything() -> None:
    found = missing({}, set(), FIFTH)
    assert all(found.values())
    assert not is_complete(found)


def test_shares_are_said_plainly() -> None:
    assert [percent(each) for each in (1_000_000, 333_300, 1, 0)] == ["100", "33.33", "0.0001", "0"]


# --- classifier -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", list(Service))
def test_each_service_needs_a_licence(service: Service) -> None:
    assert classify(service, frozenset()).services == service


@pytest.mark.parametrize(
    ("carve_out", "service"),
    [
        (CarveOut.OWN_BOOK, Service.BROKER_DEALER),
        (CarveOut.EXCLUSIVE_KEYS, Service.CUSTODY),
        (CarveOut.PURE_MINING, Service.MINING_RELATED),
    ],
)
def test_a_carve_out_takes_its_service_away_and_says_so(carve_out: CarveOut, service: Service) -> None:
    result = classify(service, frozenset({carve_out}))
    assert not result.needs_licence
    assert result.carve_outs == (carve_out,)


def test_no_carve_out_excuses_an_exchange() -> None:
    result = classify(Service(SERVICES_ALL), frozenset(CarveOut))
    assert Service.EXCHANGE in result.services
    assert Service.ISSUANCE in result.services
