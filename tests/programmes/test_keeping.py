"""Keeping: seven years, holds, erasing by two persons; what is erased stays erased when a back-up is restored."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone

from sanad.base.errors import Malformed, Refused
from sanad.people.models import Institution, Notification, Person, TrailRow
from sanad.people.rights import Kind
from sanad.programmes.licensing.desk import holidays, keeping
from sanad.programmes.licensing.models import Application, Document, Erasure, Hold, Holiday, Licence
from sanad.programmes.licensing.models.keeping import ErasureGround
from sanad.programmes.licensing.models.view import Firm, RuleValue
from sanad.programmes.licensing.queries.keeping import Keeping, clock_of, due_on, years_after
from sanad.rulebook.edition1.words import LicenceState, Rule
from tests.programmes.erasing import PDF
from tests.programmes.licensing_nation import Hosted
from tests.programmes.rows import made_for

if TYPE_CHECKING:
    from django.test import Client

Cast = dict[str, Person | None]
Browse = Callable[..., "Client"]
TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def hosting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence in a folder of the test's own; no gateway."""
    monkeypatch.setattr(settings, "HOSTING", Hosted(None, tmp_path))  # type: ignore[arg-type]


def someone(cast: Cast, name: str) -> Person:
    person = cast[name]
    assert person is not None
    return Person.objects.get(id=person.id)


def application_that_ended(cast: Cast, years: float, state: str = "decided") -> Application:
    maker = someone(cast, "maker")
    ended = timezone.now() - timedelta(days=int(years * 365.25))
    made = Application.objects.create(
        institution=maker.memberships.get().institution, started_by=maker, state=state,
        sections={"firm": {"address": "1 Example Road"}}, filed_at=ended, filed_entry=int(years * 100), ended_at=ended,
    )  # fmt: skip
    with settings.HOSTING.evidence() as evidence:
        sealed = evidence.seal(bytes(made.subject), PDF)
    Document.objects.create(
        application=made, kind="identity", name="a.pdf", media_type="application/pdf", octets=len(PDF),
        digest=sealed.digest, added_by=maker,
    )  # fmt: skip
    return made


# --- the clock ------------------------------------------------------------------------------------------------------


def test_seven_years_to_the_day_and_no_day_less() -> None:
    assert years_after(date(2019, 11, 25), 7) == date(2026, 11, 25)
    assert years_after(date(2024, 2, 29), 7) == date(2031, 3, 1)


def test_what_ended_seven_years_ago_falls_due(cast: Cast) -> None:
    old, young = application_that_ended(cast, 7.1), application_that_ended(cast, 6.9)
    assert clock_of(old).state is Keeping.DUE
    assert clock_of(young).state is Keeping.RUNNING
    assert [each.application.id for each in due_on(timezone.localdate())] == [old.id]


def test_the_regulator_changes_the_years_from_a_day_on(cast: Cast) -> None:
    old = application_that_ended(cast, 7.1)
    tomorrow = int((timezone.now() + timedelta(days=1)).timestamp() * 1_000)
    RuleValue.objects.create(rule=int(Rule.RETENTION_YEARS), value=10, valid_from_ms=tomorrow, entry=1)
    assert clock_of(old).state is Keeping.DUE
    RuleValue.objects.update(valid_from_ms=1)
    assert clock_of(old).state is Keeping.RUNNING
    RuleValue.objects.all().delete()


def test_while_a_licence_lives_its_application_is_kept(cast: Cast) -> None:
    old = application_that_ended(cast, 9)
    Institution.objects.filter(kind=Kind.FIRM).update(number=4_711)
    old.institution.refresh_from_db()
    maker = someone(cast, "maker")
    firm = made_for(Firm, maker, number=4_711)
    licence = made_for(Licence, maker, firm=firm, state=int(LicenceState.SUSPENDED))
    try:
        assert clock_of(old).state is Keeping.OPEN
        Licence.objects.update(state=int(LicenceState.REVOKED))
        assert clock_of(old).state is Keeping.DUE
    finally:
        licence.delete()
        firm.delete()


def test_what_falls_due_is_told_once_and_nothing_is_erased_by_itself(cast: Cast) -> None:
    old = application_that_ended(cast, 8)
    assert keeping.tell_what_is_due() == keeping.tell_what_is_due() == 1
    told = Notification.objects.filter(event="retention_ended")
    assert {each.person.email for each in told} == {"licensing_officer@test.example"}
    assert told.count() == 1
    old.refresh_from_db()
    assert old.sections


# --- two persons, and holds -----------------------------------------------------------------------------------------


def propose(cast: Cast, application: Application, ground: ErasureGround = ErasureGround.RETENTION_ENDED) -> Erasure:
    return keeping.propose_erasure(someone(cast, "licensing_officer"), application.id, ground, "File 7")


def test_two_persons_erase_for_ever(cast: Cast) -> None:
    old = application_that_ended(cast, 8)
    done = keeping.confirm_erasure(someone(cast, "head"), propose(cast, old).id)
    assert done.state == "done"
    old.refresh_from_db()
    document = Document.objects.get()
    assert (old.sections, document.name, document.original_digest) == ({}, keeping.ERASED_NAME, None)
    with settings.HOSTING.evidence() as evidence, pytest.raises(Refused, match="erased for ever"):
        evidence.open(bytes(document.digest))
    told = list(TrailRow.objects.order_by("number").values_list("event", flat=True))
    assert told[-2:] == ["erasure_proposed", "erased"]
    assert clock_of(old).state is Keeping.ERASED


def test_one_person_alone_erases_nothing(cast: Cast) -> None:
    old = application_that_ended(cast, 8)
    proposed = propose(cast, old)
    with pytest.raises(Refused, match="right"):
        keeping.confirm_erasure(someone(cast, "licensing_officer"), proposed.id)
    officer = someone(cast, "licensing_officer").memberships.get()
    officer.roles = ["licensing_officer", "head"]
    officer.save()
    with pytest.raises(Refused, match="another person"):
        keeping.confirm_erasure(someone(cast, "licensing_officer"), proposed.id)


def test_before_its_time_only_the_law_erases(cast: Cast) -> None:
    young = application_that_ended(cast, 1)
    with pytest.raises(Refused, match="has not ended"):
        propose(cast, young)
    assert propose(cast, young, ErasureGround.LAW).state == "proposed"


def test_what_is_held_is_not_erased_even_when_it_was_proposed_before(cast: Cast) -> None:
    old = application_that_ended(cast, 8)
    proposed = propose(cast, old)
    hold = keeping.place_hold(someone(cast, "supervisor"), old.id, "An appeal")
    assert due_on(timezone.localdate()) == []
    with pytest.raises(Refused, match="under a hold"):
        keeping.confirm_erasure(someone(cast, "head"), proposed.id)
    keeping.lift_hold(someone(cast, "supervisor"), hold.id)
    assert keeping.confirm_erasure(someone(cast, "head"), proposed.id).state == "done"


def test_who_is_killed_between_the_steps_finishes_at_the_next_start(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = application_that_ended(cast, 8)
    proposed = propose(cast, old)

    def killed(_: Application) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "_empty", killed)
        with pytest.raises(SystemExit):
            keeping.confirm_erasure(someone(cast, "head"), proposed.id)
    old.refresh_from_db()
    assert old.sections, "the words are still there, the key is not"
    assert keeping.finish_erasures() == 1
    old.refresh_from_db()
    assert (old.sections, Erasure.objects.get().state) == ({}, "done")
    assert keeping.finish_erasures() == 0


def test_on_the_pages(cast: Cast, browse: Browse) -> None:
    old = application_that_ended(cast, 8)
    base = f"/licensing/keeping/{old.id}/"
    assert "Due" in browse("head").get("/licensing/keeping/").content.decode()
    assert browse("supervisor").post(base + "hold/", {"hold-reason": "An appeal"})["Location"] == base
    assert browse("supervisor").post(base + "hold/", {}).status_code == 200, "told on the page that a reason is missing"
    hold = Hold.objects.get()
    assert "An appeal" in browse("auditor").get(base).content.decode()
    browse("supervisor").post(f"/licensing/keeping/holds/{hold.id}/lift/")
    given = {"erasure-ground": "retention_ended", "erasure-reason": "File 7"}
    browse("licensing_officer").post(base + "erase/", given)
    erasure = Erasure.objects.get()
    assert browse("head").post(f"/licensing/keeping/erasures/{erasure.id}/confirm/")["Location"] == base
    assert "Erased" in browse("head").get(base).content.decode()
    document = Document.objects.get()
    assert browse("head").get(f"/licensing/documents/{document.id}/").status_code == 404


# --- a back-up that is really restored ------------------------------------------------------------------------------


def step(home: Path, *command: str) -> str:
    """One process of its own; what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANAD_")}
    environment |= {"SANAD_HOME": str(home), "SANAD_TEST_HOME": str(home)}
    ended = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, env=environment, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def sanad(home: Path, *arguments: str) -> str:
    return step(home, "sanad.wiring.command_line", *arguments, "--data", str(home))


def look(home: Path) -> str:
    return step(home, "tests.programmes.erasing", "look")


def test_a_restored_back_up_brings_nothing_back(tmp_path: Path) -> None:
    home, before, keys = tmp_path / "home", tmp_path / "before", tmp_path / "keys"
    home.mkdir()
    step(home, "tests.programmes.erasing", "make")
    sanad(home, "portal", "back-up", str(before))
    sanad(home, "portal", "back-up", str(keys), "--keys")
    assert {each.name for each in before.iterdir()} == {"working.sqlite", "evidence.sqlite"}
    assert {each.name for each in keys.iterdir()} == {
        "secret.sqlite", "evidence-keys.sqlite", "evidence-master.key", "portal.key",
    }  # fmt: skip
    assert look(home).startswith("readable 5 ")

    step(home, "tests.programmes.erasing", "erase")
    assert look(home) == "erased 0 0"
    assert "1 applications were erased again" in sanad(home, "portal", "restore", str(before))
    assert look(home) == "erased 0 0"


def test_without_an_erasure_a_back_up_brings_all_back(tmp_path: Path) -> None:
    """So that the test above cannot pass because restoring does nothing."""
    home, before = tmp_path / "home", tmp_path / "before"
    home.mkdir()
    step(home, "tests.programmes.erasing", "make")
    sanad(home, "portal", "back-up", str(before))
    for name in ("working.sqlite", "evidence.sqlite"):
        (home / "portal" / name).write_bytes(b"lost")
        for ending in ("-wal", "-shm"):
            (home / "portal" / (name + ending)).unlink(missing_ok=True)
        (home / "portal" / name).unlink()
    sanad(home, "portal", "restore", str(before))
    assert look(home).startswith("readable 5 ")


# --- holidays -------------------------------------------------------------------------------------------------------


def test_a_holiday_is_announced_before_it_comes_and_taken_back_only_then(cast: Cast, browse: Browse) -> None:
    day = timezone.localdate() + timedelta(days=30)
    Holiday.objects.filter(date=day).delete()
    page = browse("licensing_officer").post("/licensing/holidays/add/", {"date": day.isoformat(), "name": "Eid"})
    assert page.status_code == 302
    assert "Eid" in browse("auditor").get("/licensing/holidays/").content.decode()
    officer = someone(cast, "licensing_officer")
    with pytest.raises(Refused, match="already"):
        holidays.add(officer, day, "Eid")
    for wrong in (timezone.localdate() - timedelta(days=1), day + timedelta(days=4 * 366)):
        with pytest.raises(Malformed, match="date"):
            holidays.add(officer, wrong, "x")
    past = Holiday.objects.create(date=timezone.localdate() - timedelta(days=1), name="past")
    with pytest.raises(Refused, match="passed"):
        holidays.remove(officer, past.id)
    number = Holiday.objects.get(date=day).id
    browse("licensing_officer").post("/licensing/holidays/remove/", {"holiday": str(number)})
    assert not Holiday.objects.filter(date=day).exists()
