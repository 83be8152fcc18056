"""The demonstration's past: played with a told clock, kept by the rules, answered and proved like anything else."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from sanad.base.errors import Unavailable
from sanad.interfaces import demonstration_past as past
from sanad.interfaces.demonstration_playing import ToldClock, beginning, found_with_past
from sanad.log import register_proof
from sanad.log.policy import Policy
from sanad.node.auditing import audit
from sanad.node.client import NodeClient
from sanad.node.clock import Clock
from sanad.programmes.licensing.models import Licence, PublicAct
from sanad.programmes.licensing.queries import register as queries
from sanad.programmes.licensing.queries.register import Reason, Standing
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.edition1.words import Service
from sanad.wiring import projector
from tests.programmes.licensed import LicensedNation, licensed_nation
from tests.programmes.test_register import check_tables

pytestmark = pytest.mark.timeout(120)
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LicensedNation]:
    projector.make_views()
    with licensed_nation(tmp_path_factory.mktemp("two-years"), with_past=True) as made:
        made.catch_up()
        yield made


@pytest.fixture
def reader(nation: LicensedNation, tables: None) -> Client:
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


def day_ms(nation: LicensedNation, day: int) -> int:
    """The evening of a day after the founding."""
    return nation.node.genesis.created_ms + day * DAY_MS + 12 * 3_600_000


def test_the_record_spans_two_years_and_is_sound(nation: LicensedNation) -> None:
    acts = list(PublicAct.objects.filter(entry__gt=1).order_by("entry"))
    times = [each.time_ms for each in acts]
    assert times == sorted(times)
    assert times[-1] - nation.node.genesis.created_ms > 715 * DAY_MS
    assert times[-1] < time.time() * 1_000
    assert audit(nation.record, post).height == nation.node.health().height
    check_tables(nation)


def test_it_was_signed_in_office_hours_and_time_brought_the_rest_when_it_was_due(nation: LicensedNation) -> None:
    for act in PublicAct.objects.filter(entry__gt=1):
        local = datetime.fromtimestamp(act.time_ms / 1_000, UTC) + timedelta(hours=5)
        if act.ordered_entry:
            ordered = PublicAct.objects.get(entry=act.ordered_entry)
            assert 0 <= act.time_ms - ordered.until_ms <= 2_000, act.what
        else:
            assert local.weekday() < 5, (act.what, local)
            assert 10 <= local.hour < 17, (act.what, local)
            assert act.signer_institution, act.what
    brought = set(PublicAct.objects.exclude(ordered_entry=0).values_list("what", flat=True))
    assert brought == {"certificate_lapsed", "licence_lapsed", "licence_status", "emergency_ended"}


def test_the_register_shows_firms_in_every_standing(nation: LicensedNation) -> None:
    standings = {queries.standing(each) for each in Licence.objects.all()}
    wanted = set(Standing) - {Standing.NONE, Standing.WINDING_DOWN}
    assert standings == wanted


@pytest.mark.parametrize(
    ("firm", "what"),
    [
        (past.BANK, "licence_granted"),  # varied since, which is no new standing
        (past.HUNZA, "emergency_ended"),
        (past.SUTLEJ, "emergency_freeze"),
        (past.SHALIMAR, "licence_status"),  # when it took effect, not when it was ordered
        (past.KIRTHAR, "register_institution"),
    ],
)
def test_since_when_a_firm_stands_where_it_does(nation: LicensedNation, firm: past.Firm, what: str) -> None:
    since_ms, entry = queries.since(queries.firm(firm.number))
    act = PublicAct.objects.filter(institution=firm.number, what=what).order_by("-entry")[0]
    assert (since_ms, entry) == (act.time_ms, act.entry)


@pytest.mark.parametrize(
    ("firm", "day", "service", "reason"),
    [
        (past.MARGALLA, 100, Service.EXCHANGE, Reason.NEVER),
        (past.MARGALLA, 170, Service.EXCHANGE, Reason.LICENSED),
        (past.MARGALLA, 170, Service.BROKER_DEALER, Reason.OTHER_SERVICES),
        (past.MARGALLA, 340, Service.BROKER_DEALER, Reason.LICENSED),
        (past.MARGALLA, 460, Service.EXCHANGE, Reason.STATE),
        (past.MARGALLA, 500, Service.EXCHANGE, Reason.LICENSED),
        (past.HUNZA, 385, Service.TRANSFER_AND_SETTLEMENT, Reason.FROZEN),
        (past.HUNZA, 396, Service.TRANSFER_AND_SETTLEMENT, Reason.LICENSED),
        (past.BOLAN, 564, Service.CUSTODY, Reason.LICENSED),
        (past.BOLAN, 566, Service.CUSTODY, Reason.STATE),
        (past.SHALIMAR, 695, Service.EXCHANGE, Reason.LICENSED),
        (past.SHALIMAR, 701, Service.EXCHANGE, Reason.STATE),
        (past.LYARI, 480, Service.CUSTODY, Reason.STATE),
        (past.KIRTHAR, 650, Service.CUSTODY, Reason.NEVER),
    ],
    ids=lambda value: getattr(value, "folder", None) or getattr(value, "name", None) or str(value),
)
def test_any_past_day_is_answered_and_proved(
    nation: LicensedNation, firm: past.Firm, day: int, service: Service, reason: Reason
) -> None:
    answer = queries.was_licensed(firm.number, service, day_ms(nation, day))
    assert answer is not None
    assert answer.reason is reason
    policy = Policy.decode(f"log {nation.node.genesis.log_key}\nquorum none\n".encode())
    verified = register_proof.verify(answer.file, policy, int(time.time()))
    assert (verified.asked_ms, verified.height) == (day_ms(nation, day), answer.block_height)
    assert not answer.is_newest


def test_pages_tell_it(reader: Client) -> None:
    for firm in (*past.FIRMS, past.MARGALLA, past.HUNZA, past.BANK):
        assert reader.get(f"/licensing/register/{firm.number}/").status_code == 200
    rules = reader.get("/licensing/register/rules/").content.decode()
    assert "120" in rules
    warnings = reader.get("/licensing/register/warnings/").content.decode()
    assert ("Rupee Doubler" in warnings, "Ended" in warnings) == (True, True)


def test_the_node_goes_on_with_the_clock_on_the_wall(nation: LicensedNation) -> None:
    before = nation.node.health().time_ms
    assert type(nation.node.clock) is Clock
    nation.decide("warning_published", "Wall Clock Pay", "", 0)
    assert abs(nation.node.health().time_ms - time.time() * 1_000) < 60_000
    assert nation.node.health().time_ms - before > DAY_MS
    with NodeClient(nation.address) as client:
        assert client.health().ready


def test_a_founding_that_broke_off_leaves_nothing_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and gateways of the broken founding belong to no record: the next one makes its own."""
    asked = 0

    def breaks(clock: ToldClock) -> int:
        nonlocal asked
        asked += 1
        if asked > 200:
            raise Unavailable("the power is gone")
        return int(clock.now.timestamp() * 1_000)

    with monkeypatch.context() as patched:
        patched.setattr(ToldClock, "now_ms", breaks)
        with pytest.raises(Unavailable):
            found_with_past(tmp_path / "first", tmp_path / "institutions", post)
    genesis = found_with_past(tmp_path / "second", tmp_path / "institutions", post)
    assert genesis.created_ms == int(beginning().timestamp()) * 1_000


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"firm/{past.LYARI.number}", ["Administrator appointed", "Licence granted", "Entered in the register"]),
        (f"licence/{past.HUNZA.number}", ["Stopped by an emergency order", "Nobody: its time had come."]),
        (f"certificate/{past.KIRTHAR.number}", ["certificate lapsed", "by its system", "False information was given"]),
        ("warning/1", ["Moonrise Pay", "Warning ended"]),
        ("rule/6", ["Time to appeal, days", "Digital Assets Authority</bdi>, person 1, in entry"]),
    ],
)
def test_every_public_object_tells_what_happened_and_whose_keys_signed(
    reader: Client, nation: LicensedNation, address: str, told: list[str]
) -> None:
    page = reader.get(f"/licensing/register/acts/{address}/")
    text = page.content.decode()
    assert [each for each in told if each not in text] == []
    registered = {key.hex() for key in nation.node.ordering.state.key_table}
    for act in [row.told.act for row in page.context["rows"]]:
        signers = [(act.proposer_key, act.proposer_institution), (act.signer_key, act.signer_institution)]
        for key, institution in signers:
            assert (key in registered) == bool(institution)
            assert key in text


def test_its_proof_files_hold_what_the_register_said_right_after_each_act(
    reader: Client, nation: LicensedNation
) -> None:
    policy = Policy.decode(f"log {nation.node.genesis.log_key}\nquorum none\n".encode())
    for kind, number in (("licence", past.SUTLEJ.number), ("certificate", past.KIRTHAR.number), ("warning", 1)):
        page = reader.get(f"/licensing/register/acts/{kind}/{number}/")
        for row in page.context["rows"]:
            file = reader.get(row.proof)
            verified = register_proof.verify(file.content, policy, int(time.time()))
            assert verified.height == row.told.act.height
            assert verified.value is not None


def test_nothing_is_told_of_what_is_not_there(reader: Client) -> None:
    for address in ("firm/999", "warning/99", "rule/99", "licence/1", "nonsense/1", f"firm/{10**30}"):
        assert reader.get(f"/licensing/register/acts/{address}/").status_code == 404
    assert reader.get("/licensing/register/proofs/nonsense/1?at=5").status_code == 404
    assert reader.get("/licensing/register/proofs/licence/1?at=x").status_code == 422
