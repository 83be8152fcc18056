"""Directory and rule values, from a real node: who is licensed, what is asked for from when, what silence does."""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.programmes import running

running.start()

if TYPE_CHECKING:
    from sanad.people.models import Person

from django.conf import settings
from django.utils import timezone

from sanad.base.errors import Unavailable
from sanad.compliance.travel_rule.desk import directory as desk
from sanad.compliance.travel_rule.desk import parties
from sanad.compliance.travel_rule.desk.check import TravelRuleCheck
from sanad.compliance.travel_rule.models import Counterparty, Member, MissingData, Reading
from sanad.compliance.travel_rule.queries import directory
from sanad.evidence.store import Contents, Sealed
from sanad.gateway.checks import Finding
from sanad.interfaces.demonstration_nation import CHENAB
from sanad.node.network import Network
from sanad.rulebook.edition1.words import InstitutionStatus, Rule
from sanad.standards.ivms101.model import Address, AddressType, NaturalName, NaturalPerson
from tests.programmes.licensed import LicensedNation, licensed_nation
from tests.programmes.test_travel_rule_check import payment

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LicensedNation]:
    with licensed_nation(tmp_path_factory.mktemp("nation")) as made:
        yield made


def wait_until(moment_ms: int) -> None:
    while time.time_ns() // 1_000_000 <= moment_ms:
        time.sleep(0.02)


def test_the_register_is_the_directory(nation: LicensedNation, tables: None) -> None:
    assert directory.is_stale()
    assert desk.read_directory()
    assert not directory.is_stale()
    member = Member.objects.get(number=CHENAB.number)
    assert (member.name, member.status) == (CHENAB.name, InstitutionStatus.ACTIVE)
    nation.decide("set_status", CHENAB.number, int(InstitutionStatus.SUSPENDED), digests=[])
    desk.read_directory()
    member.refresh_from_db()
    assert member.status == InstitutionStatus.SUSPENDED
    nation.decide("set_status", CHENAB.number, int(InstitutionStatus.ACTIVE), digests=[])
    assert directory.member_of(Counterparty(lei=member.lei, host="trp.example:443", name="Whoever")) == member
    assert directory.member_of(Counterparty(name=CHENAB.name)) == member, "our own officer named it"
    assert directory.member_of(Counterparty(name=CHENAB.name, host="trp.example:443")) is None, "a name proves nothing"


def test_a_threshold_is_a_dated_value_of_the_record(nation: LicensedNation, tables: None) -> None:
    desk.read_directory()
    assert directory.requirements_fresh().threshold_minor("PKR") == 100_000_000
    soon_ms = time.time_ns() // 1_000_000 + 3_000
    nation.decide("set_rule", int(Rule.TRAVEL_RULE_FROM_PKR), 250_000, soon_ms, digests=[])
    nation.decide("set_rule", int(Rule.TRAVEL_RULE_ANSWER_HOURS), 24, soon_ms, digests=[])
    desk.read_directory()
    assert directory.requirements_now().threshold_minor("PKR") == 100_000_000, "not before its day"
    wait_until(soon_ms)
    found = directory.requirements_now()
    assert (found.threshold_minor("PKR"), found.answer_hours) == (25_000_000, 24)


def test_silence_keeps_what_is_known_and_is_told(tables: None) -> None:
    before = settings.NETWORK
    settings.NETWORK = Network(lambda: "http://localhost:9")
    try:
        Reading.objects.create(number=1, read_at=timezone.now() - timedelta(hours=directory.STALE_HOURS + 1))
        assert not desk.read_directory()
        with pytest.raises(Unavailable):
            directory.requirements_fresh()
    finally:
        settings.NETWORK = before


def test_a_payment_is_held_until_an_officer_fills_in(cast: "dict[str, Person | None]") -> None:
    """The check, the table of gaps, the form's use case, and the check again; all with the real evidence store."""
    officer = cast["compliance_officer"]
    assert officer is not None
    assert officer.membership is not None
    institution: UUID = officer.membership.institution_id
    Reading.objects.create(number=1, read_at=timezone.now())
    check = TravelRuleCheck(
        directory.requirements_fresh,
        _sealing,
        lambda account: parties.party_of(institution, account),
        lambda several: parties.note_missing(institution, several),
    )
    (held,) = check.check([payment()])
    assert held.finding is Finding.MISSING
    row = MissingData.objects.get(institution=institution)
    holder = NaturalPerson(
        (NaturalName("Khan", "Ayesha"),), addresses=(Address(AddressType.HOME, "PK", lines=("12 Canal Road",)),)
    )
    parties.fill_in(officer, row.id, holder)
    (cleared,) = check.check([payment()])
    assert cleared.finding is Finding.CLEAR


def _sealing(several: Iterable[Contents]) -> list[Sealed]:
    with settings.HOSTING.evidence() as store:
        return list(store.seal_many(several))
