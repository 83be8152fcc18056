"""Commands as a user types them, as far as no node is needed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import sanad as package
from sanad.interfaces.command_line import data_folder
from sanad.interfaces.command_line.program import build
from sanad.interfaces.command_line.reference_pages import pages
from sanad.log.policy import Policy
from tests.tidy.sources import ROOT
from tests.unit.interfaces.running import CommandLine
from tests.unit.node_http.record import LOG_SIGNER, block_of_three

BLOCK = block_of_three()
LOG_KEY = LOG_SIGNER.verifier_key.encode().decode()


def commands(path: str = "sanad", command: Any = None) -> Iterator[tuple[str, Any]]:
    command = command or typer.main.get_command(build())
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from commands(f"{path} {name}", each)


ALL = dict(commands())


def test_the_commands_of_the_specification_are_there() -> None:
    wanted = (
        "init, node, post, statement, proof, verify, audit, backup, restore, bench, docs, demo, account open, account "
        "show, log export, log key, gateway init, gateway open, gateway keys, gateway addresses import"
    )
    assert {f"sanad {each.strip()}" for each in wanted.split(",")} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_data_and_says_how_it_is_used(name: str) -> None:
    options = {option: each for each in ALL[name].params for option in each.opts}
    assert options["--data"].envvar == "SANAD_HOME"
    assert ALL[name].help
    assert f"Example: {name}" in ALL[name].help or name == "sanad docs"


@pytest.mark.parametrize("name", ALL)
def test_help_of_every_command(name: str, sanad: CommandLine) -> None:
    ended = sanad(*name.split()[1:], "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "Usage: sanad" in ended.out


def test_references_are_up_to_date() -> None:
    stale = [name for name, text in pages().items() if (ROOT / "docs/reference" / name).read_text("utf-8") != text]
    assert stale == [], "run: make docs"


def test_docs_writes_and_checks(sanad: CommandLine, tmp_path: Path) -> None:
    assert sanad("docs", "--out", tmp_path, "--check").code == 1
    assert list(tmp_path.iterdir()) == []
    assert sanad("docs", "--out", tmp_path).code == 0
    assert sanad("docs", "--out", tmp_path, "--check").code == 0


def test_the_release_is_said(sanad: CommandLine) -> None:
    assert sanad("--version").out == f"sanad {package.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["post"],
        ["post", "a.xml", "--no-such-option"],
        ["statement", "1", "--csv", "--json"],
        ["statement", "1", "--lines", "0"],
        ["account", "open", "PKR", "--count", "many"],
        ["account", "open", "PKR", "--iban", "PK36SCBL0000001123456702", "--count", "2"],
        ["account", "open", "PKR", "--kind", "piggy-bank"],
        ["init"],
        ["init", "a.toml", "--demonstration"],
        ["verify", "a", "--log-key", "k", "--policy", "p"],
        ["gateway", "keys", "--network", "xyz", "--as", "my-bank"],
    ],
)
def test_what_is_written_wrongly_ends_with_2(arguments: list[str], sanad: CommandLine, tmp_path: Path) -> None:
    keys = tmp_path / "institutions" / "my-bank"
    keys.mkdir(parents=True)
    ended = sanad(*arguments, "--data", tmp_path) if "no-such-command" not in arguments else sanad(*arguments)
    if arguments[:2] == ["gateway", "keys"]:
        assert ended.code == 3  # there is no key file: that is told first
        return
    assert ended.code == 2
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["verify", "nothing.tlog-proof", "--log-key", LOG_KEY], 2, "does not exist"),
        (["verify", ".", "--log-key", LOG_KEY], 2, "is a folder"),
        (["audit", "."], 3, "holds no record"),
        (["backup", "target"], 3, "holds no record"),
        (["post", "a.xml"], 3, "make one with: sanad gateway init"),
        (["gateway", "keys", "--as", "../elsewhere"], 3, "small letters, digits and hyphens"),
        (["init", "nothing.toml"], 2, "does not exist"),
        (["gateway", "init", "my-bank"], 3, "set SANAD_PASSPHRASE"),
    ],
)
def test_what_a_user_can_cause_is_one_sentence(
    arguments: list[str], code: int, said: str, sanad: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = sanad(*arguments)
    assert (ended.code, ended.out) == (code, "")
    assert said in " ".join(ended.err.split())
    assert "Traceback" not in ended.err


def test_a_file_is_not_posted_where_its_answer_has_no_place(sanad: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "payments.xml"
    file.write_text("<Document/>")
    for out, code, said in (
        (tmp_path / "nowhere" / "a.xml", 2, "nowhere does not exist"),
        (tmp_path, 2, "is a folder"),
        (file, 2, "would take the place of the file"),
        (tmp_path / "a.xml", 3, "make one with: sanad gateway init"),
    ):
        ended = sanad("post", file, "--data", tmp_path, "--out", out)
        assert ended.code == code
        assert said in " ".join(ended.err.split())
    assert file.read_text() == "<Document/>"


def test_a_node_without_a_record_says_so(sanad: CommandLine, tmp_path: Path) -> None:
    ended = sanad("node", "--data", tmp_path)
    assert (ended.code, "create one with: sanad init" in " ".join(ended.err.split())) == (3, True)


def test_debug_may_stand_anywhere(sanad: CommandLine) -> None:
    ended = sanad("verify", "nothing", "--log-key", LOG_KEY, "--debug")
    assert ended.code == 2
    assert "Traceback" in ended.err


def test_an_error_for_a_program_is_json(sanad: CommandLine) -> None:
    ended = sanad("verify", "nothing", "--log-key", LOG_KEY, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert json.loads(ended.err)["error"] == "usage"


# --- verify, which needs nothing but files ---------------------------------------------------------------------------


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    path = tmp_path / "payment.tlog-proof"
    path.write_bytes(BLOCK.proof(0, 0))
    return path


def test_a_proof_is_verified_by_key_by_file_and_by_policy(sanad: CommandLine, proof: Path, tmp_path: Path) -> None:
    key, policy = tmp_path / "log.key", tmp_path / "policy"
    key.write_text(LOG_KEY + "\n")
    policy.write_bytes(Policy.decode(f"log {LOG_KEY}\nquorum none\n".encode()).encode())
    for trusted in (["--log-key", LOG_KEY], ["--log-key", key], ["--policy", policy]):
        ended = sanad("verify", proof, *trusted)
        assert (ended.code, ended.err) == (0, "")
        assert "The proof holds: this transfer was paid." in ended.out
    document = json.loads(sanad("verify", proof, "--log-key", LOG_KEY, "--json").out)
    assert (document["valid"], document["admitted"], document["amount_minor"]) == (True, True, 1000)


def test_a_proof_of_a_rejection_ends_with_1(sanad: CommandLine, tmp_path: Path) -> None:
    entry, index = next(
        (entry, index) for entry, codes in enumerate(BLOCK.codes) for index, code in enumerate(codes) if code
    )
    path = tmp_path / "rejected.tlog-proof"
    path.write_bytes(BLOCK.proof(entry, index))
    ended = sanad("verify", path, "--log-key", LOG_KEY)
    assert ended.code == 1
    assert "this transfer was rejected" in ended.out


def test_what_is_no_proof_ends_with_5(sanad: CommandLine, proof: Path, tmp_path: Path) -> None:
    sound = proof.read_bytes()
    at = sound.index(b"extra ") + 40
    wrong = [b"", b"hello\n", bytes(100), sound[:-20], sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :]]
    for data in [*wrong, bytes((1 << 20) + 1)]:
        proof.write_bytes(data)
        ended = sanad("verify", proof, "--log-key", LOG_KEY)
        assert (ended.code, ended.out) == (5, ""), data[:40]
        assert "Traceback" not in ended.err


def test_another_logs_key_verifies_nothing(sanad: CommandLine, proof: Path) -> None:
    other = "log.example/tests+00000000+" + LOG_KEY.rpartition("+")[2]
    assert sanad("verify", proof, "--log-key", other).code == 5


# --- passphrase and folders ------------------------------------------------------------------------------------------


def test_a_demonstration_tells_its_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_folder.DataFolder(tmp_path)
    monkeypatch.setenv("SANAD_PASSPHRASE", "another one")
    assert folder.passphrase("keys") == "another one"
    folder.demonstration_note.write_text('{"passphrase": "known to all"}')
    assert folder.passphrase("keys") == "known to all"
    folder.demonstration_note.write_text("broken {")
    assert folder.passphrase("keys") == "another one"


def test_the_nodes_address_is_the_given_the_noted_or_the_usual_one(tmp_path: Path) -> None:
    folder = data_folder.DataFolder(tmp_path)
    assert folder.node_address("") == "http://127.0.0.1:8470"
    folder.announce_node("http://127.0.0.1:9999")
    assert folder.node_address("") == "http://127.0.0.1:9999"
    assert folder.node_address("http://node.example") == "http://node.example"
    folder.forget_node()
    folder.forget_node()
    assert folder.node_address("") == "http://127.0.0.1:8470"
