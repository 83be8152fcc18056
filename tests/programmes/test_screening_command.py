"""`sanad screen` and `sanad lists`, as somebody at a terminal meets them; no node is there."""

import json
from pathlib import Path

import pytest

from sanad.interfaces.command_line.failures import Exit
from tests.programmes.screening_scene import LISTED, NATIONAL, NOBODY, SAMPLES
from tests.unit.interfaces.running import CommandLine

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names


@pytest.fixture
def sanad(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.setenv("SANAD_HOME", str(tmp_path / "home"))
    return CommandLine(capsys)


def pairs(sanad: CommandLine, path: Path) -> list[dict[str, object]]:
    ended = sanad("screen", "--pairs", path, "--json")
    assert ended.code == Exit.OK, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_before_any_import_every_answer_is_unresolved(sanad: CommandLine) -> None:
    ended = sanad("screen", NOBODY)
    assert ended.code == Exit.UNAVAILABLE
    assert "not clear" in ended.out
    assert "sanad lists import" in sanad("lists", "show").out


def test_lists_are_imported_shown_and_compared(sanad: CommandLine, tmp_path: Path) -> None:
    first = sanad("lists", "import", "national", NATIONAL)
    assert first.code == Exit.OK
    assert "NOT on the record" in first.out
    changed = tmp_path / "changed.csv"
    changed.write_text(NATIONAL.read_text("utf-8").replace("1965", "1966"), encoding="utf-8")
    assert json.loads(sanad("lists", "import", "national", changed, "--json").out)["number"] == 2
    assert "1 changed" in sanad("lists", "diff", "national").out
    told = json.loads(sanad("lists", "diff", "national", "--json").out)
    assert [(each["change"], each["reference"]) for each in told["changes"]] == [("changed", "PX-002")]
    assert [each["number"] for each in json.loads(sanad("lists", "show", "national", "--json").out)] == [2, 1]


def test_ofacs_three_files_are_one_list(sanad: CommandLine) -> None:
    files = [SAMPLES / name for name in ("ofac_alt.csv", "ofac_sdn.csv", "ofac_add.csv")]
    assert json.loads(sanad("lists", "import", "ofac", *files, "--json").out)["counts"] == {
        "Organization": 1, "Person": 1, "Vessel": 1,
    }  # fmt: skip


def test_exit_codes_tell_the_three_answers_apart(sanad: CommandLine) -> None:
    sanad("lists", "import", "national", NATIONAL)
    assert sanad("screen", NOBODY).code == Exit.OK
    assert sanad("screen", LISTED).code == Exit.REJECTED
    assert sanad("screen", "...").code == Exit.UNAVAILABLE
    told = json.loads(sanad("screen", LISTED, "--json").out)
    assert told["result"] == "candidates"
    assert told["candidates"][0]["reference"] == "PX-001"
    assert told["lists"][0]["record_number"] is None


def test_pairs_are_compared_line_by_line(sanad: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    rows = [
        "\ufeffSchema,Name1,Name2,is_match,score",
        'Person,"Bangash, Zarak",Zarak Bangash,true,mine',
        f"Person,{NOBODY},Zarak Bangash,false,",
        "Starship,Enterprise,Enterprise,,",
        "Person,,Somebody,,",
        'Person,"a ""quoted"" name","a quoted name",,',
        "Person,only one",
    ]
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8")
    told = pairs(sanad, path)
    assert [each["verdict"] for each in told] == ["match", "no_match", "match", "unresolved", "match", "unresolved"]
    assert [each["match"] for each in told] == [True, False, True, None, True, None]
    assert all(0 <= each["score"] <= 1 for each in told)  # type: ignore[operator]
    assert (told[0]["is_match"], told[0]["given_score"]) == ("true", "mine"), "further columns pass through"
    assert told[3]["code"] == "name_empty"


def test_files_of_older_spreadsheets_are_read_too(sanad: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes("schema;name1;name2\r\nPerson;José Müller;José Müller\r\n".encode("cp1252"))
    assert [(each["name1"], each["score"]) for each in pairs(sanad, path)] == [("José Müller", 1)]
    path.write_bytes("schema,name1,name2\nPerson,زرک,زرک\n".encode("utf-16"))
    assert [each["name1"] for each in pairs(sanad, path)] == ["زرک"]


def test_pairs_without_names_say_which_columns_are_needed(sanad: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("left name,something\n1,2\n", encoding="utf-8")
    ended = sanad("screen", "--pairs", path, "--json")
    assert ended.code == Exit.MALFORMED
    assert "schema, name1, name2" in json.loads(ended.err)["findings"][0]["advice"]


def test_a_file_of_names_is_screened(sanad: CommandLine, tmp_path: Path) -> None:
    sanad("lists", "import", "national", NATIONAL)
    names = tmp_path / "names.csv"
    names.write_text(f"name,birth_date\n{LISTED},1971\n{NOBODY},soon\n", encoding="utf-8")
    ended = sanad("screen", "--file", names, "--out", tmp_path / "out.jsonl", "--json")
    assert json.loads(ended.out)["counts"] == {"candidates": 1, "unresolved": 1}


def test_what_is_written_wrongly_is_told(sanad: CommandLine, tmp_path: Path) -> None:
    assert sanad("screen").code == Exit.MALFORMED
    assert sanad("screen", "--file", NATIONAL).code == Exit.MALFORMED
    assert sanad("screen", LISTED, "--birth", "soon").code == Exit.MALFORMED
    assert sanad("lists", "import", "un", tmp_path / "nothing.xml").code == Exit.USAGE
    assert sanad("lists", "show", "nothing").code == Exit.REFUSED
