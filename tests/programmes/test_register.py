"""The public register: its tables against the rulebook's own records, its pages, its answers and their proofs."""

import base64
import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from sanad.interfaces.command_line.program import run
from sanad.interfaces.demonstration_nation import AUTHORITY, CHENAB, DEOSAI, EXCHANGE, REMITTER
from sanad.log import register_proof
from sanad.log.policy import Policy
from sanad.node.client import NodeClient
from sanad.programmes.licensing.models import Certificate, Firm, Licence, PublicAct, PublicWarning, RuleValue
from sanad.programmes.licensing.queries import register as queries
from sanad.programmes.licensing.queries.register import Reason, Standing
from sanad.rulebook.edition1.words import RegisterType, Service
from sanad.tables.kinds import view_tables
from sanad.wiring import projector
from tests.programmes.licensed import LicensedNation, licensed_nation
from tests.programmes.register_story import FORMULA, tell_story

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LicensedNation]:
    projector.make_views()
    with licensed_nation(tmp_path_factory.mktemp("nation")) as made:
        yield made


@pytest.fixture(scope="module")
def story(nation: LicensedNation) -> dict[str, int]:
    nation.catch_up()
    told = tell_story(nation)
    nation.catch_up()
    return told


@pytest.fixture
def reader(story: dict[str, int], tables: None) -> Client:
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


def published(nation: LicensedNation, record_type: RegisterType) -> dict[int, list[object]]:
    """What the rulebook itself has published."""
    with NodeClient(nation.address) as client:
        return {int(record[1]): record[2:] for record in client.register_records(int(record_type), 0, 500)}


def check_tables(nation: LicensedNation) -> None:
    """Every row says what the rulebook's record says."""
    firms = {each.number: [each.name, each.bic, each.lei, each.kind, each.status, each.status_entry, each.status_ms]
             for each in Firm.objects.all()}  # fmt: skip
    assert firms == published(nation, RegisterType.INSTITUTION)
    licences = {each.firm_id: [each.number, each.kind, each.services, each.state, each.valid_until_ms,
                               each.frozen_until_ms, each.frozen_entry] for each in Licence.objects.all()}  # fmt: skip
    assert licences == {number: rest[:-1] for number, rest in published(nation, RegisterType.LICENCE).items()}
    certificates = {each.firm_id: [each.state, each.valid_until_ms] for each in Certificate.objects.all()}
    assert certificates == {number: rest[:2] for number, rest in published(nation, RegisterType.CERTIFICATE).items()}
    warnings = {each.number: [each.name, each.website, each.ground, each.entry, each.time_ms, each.ended_ms]
                for each in PublicWarning.objects.all()}  # fmt: skip
    assert warnings == published(nation, RegisterType.WARNING)
    rules = {each.rule: [[[each.valid_from_ms, each.value, each.entry]]] for each in RuleValue.objects.all()}
    assert rules == published(nation, RegisterType.RULE)


def test_tables_say_what_the_rulebook_published_also_after_time_came(
    nation: LicensedNation, story: dict[str, int]
) -> None:
    check_tables(nation)
    assert queries.standing(Licence.objects.get(firm=REMITTER.number)) is Standing.FROZEN
    time.sleep(max(0, story["frozen_until_ms"] / 1_000 - time.time()) + 0.1)
    nation.decide("set_status", DEOSAI.number, 1, digests=[])  # the next block brings what is due
    nation.catch_up()
    check_tables(nation)
    ended = PublicAct.objects.get(what="emergency_ended")
    assert (ended.ordered_entry, ended.signer_institution, ended.institution) == (story["frozen"], 0, REMITTER.number)
    assert queries.standing(Licence.objects.get(firm=REMITTER.number)) is Standing.IN_FORCE


def test_a_rebuild_gives_the_same_rows(nation: LicensedNation, story: dict[str, int]) -> None:
    def rows() -> dict[str, list[dict[str, object]]]:
        return {table.__name__: list(table._default_manager.order_by("pk").values())
                for table in view_tables("licensing")}  # fmt: skip

    live = rows()
    assert all(live.values())
    nation.rebuild()
    assert rows() == live


def test_an_act_names_both_signers_and_a_proposal_is_not_shown(reader: Client, story: dict[str, int]) -> None:
    act = PublicAct.objects.get(entry=story["suspended"])
    assert (act.proposer_institution, act.signer_institution) == (AUTHORITY.number, AUTHORITY.number)
    assert 0 < act.proposer_person != act.signer_person > 0
    page = reader.get(f"/licensing/register/entries/{story['suspended']}/").content.decode()
    proposed = f"Digital Assets Authority</bdi>, person {act.proposer_person}, in entry {act.proposed_entry}"
    for text in ("Licence suspended", "A condition of the licence was breached", proposed, "Confirmed", act.signer_key):
        assert text in page
    assert reader.get(f"/licensing/register/entries/{act.proposed_entry}/").status_code == 404
    assert "by its system" in reader.get(f"/licensing/register/entries/{story['applied']}/").content.decode()


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("", ["Margalla Exchange", "Chenab Bank", "Hunza Remit", "Deosai Bank"], ["Central Bank"]),
        ("q=margalla", ["Margalla Exchange"], ["Chenab Bank"]),
        ("q=VASP-2026", ["Margalla Exchange"], ["Chenab Bank"]),
        ("service=advisory", ["Chenab Bank"], ["Margalla Exchange"]),
        ("status=none", ["Deosai Bank"], ["Chenab Bank", "Margalla"]),
        ("status=in_force&service=custody", ["Chenab Bank", "Margalla Exchange"], ["Deosai Bank"]),
        ("q=nobody+is+called+so", ["is not licensed"], ["Chenab Bank"]),
    ],
)
def test_the_list_can_be_searched(reader: Client, query: str, there: list[str], not_there: list[str]) -> None:
    page = reader.get(f"/licensing/register/?{query}").content.decode()
    assert [text for text in there if text not in page] == []
    assert [text for text in not_there if text in page] == []


@pytest.mark.parametrize("query", ["service=banking", "status=fine", "cursor=x", "cursor=WzFd"])
def test_a_wrong_question_is_told_so(reader: Client, query: str) -> None:
    assert reader.get(f"/licensing/register/?{query}").status_code == 422


def test_numbers_beyond_all_tables_are_unknown(reader: Client) -> None:
    for address in (f"{10**30}/", f"entries/{10**30}/", f"{10**30}/check/?service=custody&date=2026-01-01"):
        assert reader.get(f"/licensing/register/{address}").status_code == 404


def test_exports_have_stable_codes_and_no_formula(reader: Client) -> None:
    text = reader.get("/licensing/register/export.csv?q=chenab").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["services"], row["status"], row["class"]) == ("advisory custody", "in_force", "bank")
    assert row["status_since"].endswith("+00:00")
    (firm,) = reader.get("/licensing/register/export.json?q=chenab").json()["firms"]
    assert (firm["services"], firm["licence_kind"]) == (["advisory", "custody"], "limited")
    warnings = reader.get("/licensing/register/warnings.csv").getvalue().decode("utf-8-sig")
    assert [each["name"] for each in csv.DictReader(io.StringIO(warnings))] == ["Moonrise Pay", f"'{FORMULA}"]


def test_a_firms_page_tells_its_whole_history(reader: Client) -> None:
    page = reader.get(f"/licensing/register/{EXCHANGE.number}/").content.decode()
    page = page[page.index('class="timeline"') :]
    told = ["Licence in force again", "Licence suspended", "Licence granted", "Licence applied for",
            "Registered with goAML", "No-objection certificate issued", "Entered in the register"]  # fmt: skip
    places = [page.index(each) for each in told]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("when", "service", "reason"),
    [
        ("granted_ms", Service.EXCHANGE, Reason.LICENSED),
        ("granted_ms", Service.LENDING, Reason.OTHER_SERVICES),
        ("suspended_ms", Service.EXCHANGE, Reason.STATE),
        ("reinstated_ms", Service.EXCHANGE, Reason.LICENSED),
    ],
)
def test_a_past_time_is_answered_and_proved(
    nation: LicensedNation, story: dict[str, int], when: str, service: Service, reason: Reason
) -> None:
    answer = queries.was_licensed(EXCHANGE.number, service, story[when])
    assert answer is not None
    assert answer.reason is reason
    policy = Policy.decode(f"log {nation.node.genesis.log_key}\nquorum none\n".encode())
    verified = register_proof.verify(answer.file, policy, int(time.time()))
    assert (verified.asked_ms, verified.height) == (story[when], answer.block_height)


def test_who_never_had_a_licence_and_times_before_the_record(nation: LicensedNation, story: dict[str, int]) -> None:
    never = queries.was_licensed(DEOSAI.number, Service.CUSTODY, story["granted_ms"])
    assert never is not None
    assert (never.reason, never.is_licensed) == (Reason.NEVER, False)
    assert queries.was_licensed(EXCHANGE.number, Service.CUSTODY, 1_000) is None


def test_the_question_of_a_day_as_a_reader_asks_it(reader: Client) -> None:
    today = datetime.now(ZoneInfo("Asia/Karachi")).date()
    address = f"/licensing/register/{CHENAB.number}/check/"
    page = reader.get(address, {"service": "custody", "date": today.isoformat()})
    assert page.status_code == 200
    text = page.content.decode()
    assert "was licensed for this service (Custody)" in text
    assert "sanad verify" in text
    file = reader.get(page.context["file_url"])
    assert (file.content, file["Content-Type"]) == (page.context["answer"].file, "application/octet-stream")
    before = reader.get(address, {"service": "custody", "date": "2020-02-29"})
    assert "The record began later" in before.content.decode()
    tomorrow = (today + timedelta(days=1)).isoformat()
    for wrong in ({"service": "x", "date": "2026-01-01"}, {"service": "custody", "date": "soon"},
                  {"service": "custody", "date": tomorrow}, {}):  # fmt: skip
        assert reader.get(address, wrong).status_code == 422
    assert reader.get(f"/licensing/register/{CHENAB.number}/answer?at=x").status_code == 422
    assert reader.get(f"/licensing/register/{CHENAB.number}/answer?at=5").status_code == 404


def test_programs_ask_the_same_by_the_api(reader: Client, nation: LicensedNation) -> None:
    api = "/api/v1/licensing"
    first = reader.get(f"{api}/register", {"limit": 2}).json()
    rest = reader.get(f"{api}/register", {"cursor": first["next_cursor"]}).json()
    names = [each["name"] for each in (*first["firms"], *rest["firms"])]
    assert names == sorted(names)
    assert (len(first["firms"]), rest["next_cursor"], "Chenab Bank" in names) == (2, "", True)
    firm = reader.get(f"{api}/register/{EXCHANGE.number}").json()
    assert (firm["services"], firm["status"]) == (["custody", "exchange"], "in_force")
    suspended = next(each for each in firm["history"] if each["ground"] == "condition_breached")
    assert suspended["proposer_person"] != suspended["signer_person"]
    assert len(suspended["proposer_key"]) == len(suspended["signer_key"]) == 32
    assert suspended["proposer_key"] != suspended["signer_key"]
    today = datetime.now(ZoneInfo("Asia/Karachi")).date().isoformat()
    at = reader.get(f"{api}/register/{EXCHANGE.number}/at", {"service": "custody", "date": today}).json()
    assert (at["licensed"], at["licence_number"]) == (True, "VASP-2026-001")
    policy = Policy.decode(f"log {nation.node.genesis.log_key}\nquorum none\n".encode())
    file = base64.b64decode(at["answer_file"])
    assert register_proof.verify(file, policy, int(time.time())).asked_ms == at["at_ms"]
    assert [each["name"] for each in reader.get(f"{api}/warnings").json()["warnings"]] == [FORMULA, "Moonrise Pay"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("register?service=banking", 422),
        ("register?limit=0", 422),
        ("register?cursor=x", 422),
        ("register/999", 404),
        (f"register/{10**30}", 404),
        ("register/5/at", 422),
        ("register/5/at?service=custody&date=2020-01-01", 404),
        ("register/5/at?service=custody&date=tomorrow", 422),
    ],
)
def test_the_api_answers_wrong_questions_as_problems(reader: Client, address: str, status: int) -> None:
    answer = reader.get(f"/api/v1/licensing/{address}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


def test_the_command_line_checks_answers_offline_and_shows_the_register(
    nation: LicensedNation, story: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sanad(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        return code, " ".join(capsys.readouterr().out.split())

    key = ("--log-key", nation.node.genesis.log_key)
    file, none, changed = tmp_path / "a.sanad-register", tmp_path / "b.sanad-register", tmp_path / "c.sanad-register"
    file.write_bytes(queries.answer_file(EXCHANGE.number, story["suspended_ms"]) or b"")
    none.write_bytes(queries.answer_file(DEOSAI.number, story["suspended_ms"]) or b"")
    changed.write_bytes(file.read_bytes().replace(b"VASP-2026-001", b"VASP-2026-002"))
    code, told = sanad("verify", file, *key)
    assert code == 0
    for text in ("so stood licence 5", "VASP-2026-001", "custody, exchange", "suspended, condition breached"):
        assert text in told
    assert (sanad("verify", none, *key)[1].count("had no licence 4"), sanad("verify", changed, *key)[0]) == (1, 5)
    document = json.loads(sanad("verify", file, *key, "--json")[1])
    assert (document["valid"], document["record_type"], document["newest"]) == (True, "licence", False)
    node = ("--node", nation.address)
    code, told = sanad("register", "show", CHENAB.number, *node, "--out", tmp_path / "now.sanad-register")
    assert (code, "Chenab Bank" in told, "advisory, custody" in told) == (0, True, True)
    assert sanad("verify", tmp_path / "now.sanad-register", *key)[0] == 0
    assert "Margalla Exchange" in sanad("register", "search", "margalla", *node)[1]
    assert "not licensed" in sanad("register", "search", "nobody", *node)[1]
    assert sanad("register", "show", 999, *node)[0] != 0


def test_rules_and_warnings(reader: Client) -> None:
    rules = reader.get("/licensing/register/rules/").content.decode()
    assert "Time to appeal, days" in rules
    assert "45" in rules
    assert "As the law says" in rules
    warnings = reader.get("/licensing/register/warnings/").content.decode()
    assert "Moonrise Pay" in warnings
    assert "Warning stands" in warnings


def test_every_page_speaks_urdu(reader: Client, story: dict[str, int]) -> None:
    reader.cookies["language"] = "ur"
    for address, words in (("", "عوامی رجسٹر"), (f"{EXCHANGE.number}/", "لائسنس معطل"), ("warnings/", "انتباہ")):
        page = reader.get(f"/licensing/register/{address}").content.decode()
        assert 'dir="rtl"' in page
        assert words in page, address
