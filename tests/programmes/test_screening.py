"""Screening without tables: versions of lists, the three answers, the check of payments, files of names."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sanad.base import canonical
from sanad.base.errors import Malformed, MalformedFile, Refused, Unavailable
from sanad.compliance.screening.desk import batches
from sanad.compliance.screening.desk.answers import Lists, Result, Ruling, Verdict, ask, query_digest
from sanad.compliance.screening.desk.asking import query_of, schema_of
from sanad.compliance.screening.desk.check import ScreeningCheck
from sanad.compliance.screening.desk.lists import ListFolder, entry_digest
from sanad.gateway.checks import Finding
from sanad.matching.words import Identifier, Query, Schema
from tests.programmes.screening_scene import LISTED, LISTED_URDU, NATIONAL, NOBODY, SAMPLES, Scene, payment

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names

HOUR_MS = 3_600_000


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "lists")
    made.take(NATIONAL)
    return made


# --- versions ---------------------------------------------------------------------------------------------------------


def test_each_import_is_a_version_with_digests_counts_and_difference(scene: Scene) -> None:
    def change(lines: list[str]) -> list[str]:
        return [
            *lines[:3],
            lines[3].replace("Gul Rahim", "Gul Karim"),
            *lines[4:-1],
            lines[-1].replace("PX-006", "PX-007"),
        ]

    imported = scene.take(scene.rows(change))
    assert imported.is_new
    version = imported.version
    assert (version.number, version.entries, version.added, version.removed, version.changed) == (2, 6, 1, 1, 1)
    assert version.counts == {"Organization": 1, "Person": 5}
    changes = scene.folder.difference(version)
    assert [each.reference for each in changes.added] == ["PX-007"]
    assert [each.reference for each in changes.removed] == ["PX-006"]
    assert [(before.father_names, after.father_names) for before, after in changes.changed] == [
        (("Gul Rahim",), ("Gul Karim",))
    ]
    assert [each.number for each in scene.folder.versions("national")] == [2, 1]


def test_the_same_contents_in_another_order_are_no_new_version(scene: Scene) -> None:
    before = scene.folder.version("national")
    again = scene.take(
        scene.rows(lambda lines: [lines[0], *reversed(lines[1:])]), at_ms=before.imported_at_ms + HOUR_MS
    )
    assert not again.is_new
    assert again.version.number == 1
    assert again.version.checked_at_ms == before.imported_at_ms + HOUR_MS, "somebody looked: it is fresh for longer"


def test_a_much_smaller_file_changes_nothing_until_a_person_says_that_it_is_right(scene: Scene) -> None:
    smaller = scene.rows(lambda lines: lines[:3])
    with pytest.raises(Refused, match="2 entries, the version in use 6"):
        scene.take(smaller)
    assert scene.folder.version("national").number == 1
    assert scene.take(smaller, accepts_smaller=True).version.number == 2


def test_a_file_that_is_not_the_one_told_is_refused(scene: Scene) -> None:
    with pytest.raises(Malformed, match="SHA-256"):
        scene.take(scene.rows(lambda lines: [*lines, lines[1].replace("PX-001", "PX-009")]), expected_digest="00" * 32)
    assert scene.folder.version("national").number == 1


@pytest.mark.parametrize("damage", [lambda lines: [*lines[:-1], lines[-1][:30]], lambda lines: lines[1:]])
def test_a_bad_file_changes_nothing_and_says_where_it_is_bad(
    scene: Scene, damage: Callable[[list[str]], list[str]]
) -> None:
    with pytest.raises(MalformedFile) as caught:
        scene.take(scene.rows(damage))
    assert caught.value.findings[0].line >= 1
    assert [each.number for each in scene.folder.versions("national")] == [1]
    assert scene.ask(LISTED).result is Result.CANDIDATES


@pytest.mark.parametrize("name", ["", "UN", "../un", "index", "x" * 32, "a b"])
def test_names_of_lists_are_plain(scene: Scene, name: str) -> None:
    with pytest.raises(Malformed):
        scene.take(NATIONAL, source=name)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [LISTED, LISTED_URDU, "BANGASH, Zarak Sultan", "Zarrak Sultaan Bangesh"])
def test_somebody_listed_is_found_in_either_script_and_other_spellings(scene: Scene, name: str) -> None:
    answer = scene.ask(name)
    assert answer.result is Result.CANDIDATES
    best = answer.hits[0].candidate
    assert (best.source, best.listed.reference) == ("national", "PX-001")


def test_nobody_listed_is_clear_and_the_answer_says_against_what_and_until_when(scene: Scene) -> None:
    answer = scene.ask(NOBODY)
    version = scene.folder.version("national")
    assert answer.result is Result.CLEAR
    assert answer.versions == (version,)
    assert answer.asked_ms < answer.expires_ms <= version.fresh_until_ms
    told = canonical.decode(canonical.encode(answer.contents()), "answer")
    assert told == answer.contents()
    assert bytes.fromhex(version.contents_digest) in answer.contents()[4][0]  # type: ignore[index, operator]


def test_an_answer_holds_no_name(scene: Scene) -> None:
    octets = canonical.encode(scene.ask(LISTED_URDU).contents())
    assert "زرک".encode() not in octets
    assert b"Zarak" not in octets


def test_a_stale_list_resolves_nothing(scene: Scene) -> None:
    version = scene.folder.version("national")
    for name in (NOBODY, LISTED):
        answer = ask(scene.lists, query_of([name]), at_ms=version.fresh_until_ms)
        assert (answer.result, answer.code) == (Result.UNRESOLVED, "list_stale")
    assert ask(scene.lists, query_of([NOBODY]), at_ms=version.fresh_until_ms - 1).result is Result.CLEAR


def test_no_list_at_all_resolves_nothing(tmp_path: Path) -> None:
    answer = ask(Lists(ListFolder(tmp_path / "none")), query_of([NOBODY]))
    assert (answer.result, answer.code) == (Result.UNRESOLVED, "list_unavailable")
    assert answer.expires_ms == answer.asked_ms


def test_a_list_that_was_changed_on_the_disk_resolves_nothing(scene: Scene) -> None:
    path = next((scene.path / "national").glob("*.entries"))
    path.write_bytes(path.read_bytes().replace(b"Zarak", b"Zorro"))
    answer = scene.ask(LISTED)
    assert (answer.result, answer.code) == (Result.UNRESOLVED, "list_unavailable")
    with pytest.raises(Unavailable, match="changed or lost"):
        scene.folder.entries(scene.folder.version("national"))


def test_a_search_that_fails_resolves_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    used = scene.lists.in_use()
    monkeypatch.setattr(used.index, "search", lambda *_, **__: 1 / 0)
    answer = scene.ask(NOBODY)
    assert (answer.result, answer.code) == (Result.UNRESOLVED, "search_failed")


@pytest.mark.parametrize(
    ("name", "known", "code"),
    [
        ("", {}, "name_empty"),
        ("   ...  ", {}, "name_empty"),
        ("\u202e\u200f", {}, "name_empty"),
        ("x" * 10_000, {}, "name_too_long"),
        (NOBODY, {"birth_date": "2999-01-01"}, "birth_in_future"),
    ],
)
def test_what_cannot_be_asked_is_unresolved_and_says_why(
    scene: Scene, name: str, known: dict[str, str], code: str
) -> None:
    answer = scene.ask(name, **known)
    assert (answer.result, answer.code) == (Result.UNRESOLVED, code)
    assert answer.advice
    assert name.strip() == "" or name not in answer.advice


def test_hidden_characters_and_letters_that_only_look_right_do_not_hide_anybody(scene: Scene) -> None:
    turned = scene.ask("Zarak \u202eSultan\u202c Ban\u200bgash")
    assert turned.result is Result.CANDIDATES
    assert "hidden_characters" in turned.notes
    cyrillic = scene.ask("Zаrаk Sultаn Bаngаsh")
    assert cyrillic.result is Result.CANDIDATES
    assert "mixed_scripts" in cyrillic.notes


def test_a_word_of_mixed_scripts_clears_nobody(scene: Scene) -> None:
    answer = scene.ask("Wilhelminа Oosterhuis")
    assert (answer.result, answer.code) == (Result.UNRESOLVED, "mixed_scripts")


def test_a_wallet_and_a_number_are_found_without_a_name(scene: Scene) -> None:
    scene.take(SAMPLES / "wallets.yaml", source="wallets")
    by_wallet = ask(scene.lists, Query(Schema.WALLET, (), wallets=("3MadeUpMixerAddress1111111111111111",)))
    assert [each.candidate.source for each in by_wallet.hits] == ["wallets"]
    by_number = ask(scene.lists, Query(Schema.PERSON, (), identifiers=(Identifier("cnic", "61101-0000001-1"),)))
    assert [each.candidate.listed.reference for each in by_number.hits] == ["PX-001"]


def test_words_for_what_somebody_is_may_be_any() -> None:
    words = ["Person", "individual", "COMPANY", "Organisation", "vessel", "robot", ""]
    assert [schema_of(each).value for each in words] == [
        "Person", "Person", "Company", "Organization", "Vessel", "LegalEntity", "LegalEntity",
    ]  # fmt: skip


def test_new_versions_are_used_at_once(scene: Scene) -> None:
    assert scene.ask("Gulzar Invented Person").result is Result.CLEAR
    scene.take(
        scene.rows(
            lambda lines: [*lines, lines[1].replace("PX-001", "PX-009").replace(LISTED, "Gulzar Invented Person")]
        )
    )
    assert scene.ask("Gulzar Invented Person").result is Result.CANDIDATES


# --- decisions in the answer ------------------------------------------------------------------------------------------


def test_a_decision_clears_only_the_very_contents_it_was_about(scene: Scene) -> None:
    asked = query_of([LISTED])
    listed = next(each for each in scene.folder.entries(scene.folder.version("national")) if each.reference == "PX-001")
    ruling = Ruling("decision-1", Verdict.FALSE_POSITIVE, 10**15)
    decided = {("national", "PX-001", entry_digest(listed)): ruling}

    def rulings(query: Query, _: object) -> dict[tuple[str, str, bytes], Ruling]:
        return decided if query_digest(query) == query_digest(asked) else {}

    answer = ask(scene.lists, asked, rulings=rulings)
    assert answer.result is Result.CLEAR
    assert answer.hits[0].ruling == ruling, "the answer names the decision that it rests on"
    scene.take(scene.rows(lambda lines: [each.replace("1971-03-09", "1971-03-10") for each in lines]))
    assert ask(scene.lists, asked, rulings=rulings).result is Result.CANDIDATES, "the listed one changed"


# --- payments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("debtor", "creditor", "finding"),
    [
        (NOBODY, "Ayodele Brightwater", Finding.CLEAR),
        (LISTED_URDU, NOBODY, Finding.CANDIDATES),
        (NOBODY, LISTED, Finding.CANDIDATES),
        (None, NOBODY, Finding.UNRESOLVED),
        (NOBODY, "   ", Finding.UNRESOLVED),
        (LISTED, None, Finding.UNRESOLVED),
    ],
)
def test_both_parties_of_a_payment_are_screened(
    scene: Scene, debtor: str | None, creditor: str | None, finding: Finding
) -> None:
    (checked,) = ScreeningCheck(scene.lists).check([payment(debtor, creditor)])
    assert checked.finding is finding
    assert bool(checked.summary) == (finding is not Finding.CLEAR)
    assert LISTED not in checked.summary, "a summary names nobody"
    canonical.encode(checked.contents)


def test_an_account_that_is_a_listed_wallet_holds_the_payment(scene: Scene) -> None:
    scene.take(SAMPLES / "wallets.yaml", source="wallets")
    (checked,) = ScreeningCheck(scene.lists).check([payment(NOBODY, NOBODY, "3MadeUpMixerAddress1111111111111111")])
    assert checked.finding is Finding.CANDIDATES
    assert checked.candidates == ("creditor:wallets:3MadeUpMixerAddress1111111111111111",)


def test_the_number_on_the_record_is_that_of_the_versions_in_use(scene: Scene, tmp_path: Path) -> None:
    check = ScreeningCheck(scene.lists)
    assert check.screened() == 0
    scene.folder.put_on_record(scene.folder.version("national"), 7, 1_234, bytes(32))
    scene.lists.forget()
    assert check.screened() == 7
    scene.take(scene.rows(lambda lines: [*lines, lines[1].replace("PX-001", "PX-009")]))
    assert check.screened() == 0, "the version in use is not on the record yet"
    assert ScreeningCheck.of_folder(tmp_path / "nothing").screened() == 0


def test_a_check_that_takes_too_long_resolves_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(0.6)
        return []

    monkeypatch.setattr(scene.lists.in_use().index, "search", slow)
    (checked,) = ScreeningCheck(scene.lists, seconds=0.05).check([payment(NOBODY, NOBODY)])
    assert checked.finding is Finding.UNRESOLVED


def test_a_check_without_lists_resolves_nothing(tmp_path: Path) -> None:
    found = ScreeningCheck.of_folder(tmp_path).check([payment(NOBODY, NOBODY), payment(LISTED, NOBODY)])
    assert [each.finding for each in found] == [Finding.UNRESOLVED, Finding.UNRESOLVED]


# --- files of names ---------------------------------------------------------------------------------------------------


def names_file(folder: Path, names: list[str]) -> Path:
    path = folder / "names.csv"
    path.write_text(
        "Name,Customer No\n" + "".join(f'"{name}",{at}\n' for at, name in enumerate(names)), encoding="utf-8"
    )
    return path


def test_a_file_of_names_is_answered_row_by_row(scene: Scene, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = batches.screen_file(scene.lists, names_file(tmp_path, [NOBODY, LISTED_URDU, ""]), out)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [each["result"] for each in rows] == ["clear", "candidates", "unresolved"]
    assert [each["Customer No"] for each in rows] == ["0", "1", "2"]
    assert done.counts == {"candidates": 1, "clear": 1, "unresolved": 1}
    assert not (tmp_path / "out.jsonl.progress").exists()
    with pytest.raises(Refused, match="there already"):
        batches.screen_file(scene.lists, tmp_path / "names.csv", out)


def test_a_file_that_broke_off_goes_on_and_gives_the_same_answers(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = names_file(tmp_path, [f"{NOBODY} {at}" for at in range(30)] + [LISTED])
    whole = tmp_path / "whole.jsonl"
    batches.screen_file(scene.lists, source, whole)
    monkeypatch.setattr(batches, "_KEEP_EVERY_ROWS", 10)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    broken = tmp_path / "broken.jsonl"
    with pytest.raises(KeyboardInterrupt):
        batches.screen_file(scene.lists, source, broken, progress=stop)
    with broken.open("ab") as out:
        out.write(b'{"half a li')
    done = batches.screen_file(scene.lists, source, broken)
    assert (done.rows, done.resumed_at) == (31, 10)

    def told(path: Path) -> list[tuple[str, str]]:
        return [(each["name"], each["result"]) for each in map(json.loads, path.read_text("utf-8").splitlines())]

    assert told(broken) == told(whole)


def test_scores_have_three_decimals() -> None:
    assert (
        msgspec.json.encode([batches.score_number(each) for each in (0, 7, 870, 1_000)]) == b"[0.000,0.007,0.870,1.000]"
    )
