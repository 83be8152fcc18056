"""The story of `make run`: twice, stopped, killed, with its port taken, and what its user tries next."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from sanad.interfaces.demonstration_people import SIGN_INS
from tests.journeys.running import Running, running, sanad, wait_until_gone

pytestmark = pytest.mark.timeout(600)
SERVES = "until you press Ctrl-C"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the story was played once."""
    folder = tmp_path_factory.mktemp("demonstration")
    first = sanad("demo", "--data", folder / "var", "--port", 0)
    assert first.returncode == 0, first.stdout + first.stderr
    (folder / "first.txt").write_text(first.stdout + first.stderr)
    return folder


@pytest.fixture(scope="module")
def staying(home: Path) -> Iterator[Running]:
    """The second run, which stays."""
    with running(home / "second.txt", "demo", "--data", home / "var", "--port", 0, "--stay") as second:
        second.wait_for(SERVES)
        yield second


def node_of(home: Path) -> int:
    return int(json.loads((home / "var" / "node.json").read_text())["process"])


def entry_of_file(home: Path) -> int:
    """The first run's file on the record."""
    told = " ".join((home / "first.txt").read_text().split())
    found = re.search(r"1,217 payments: 1,203 admitted in entry (\d+) of the record, 11 rejected\. 3 held\.", told)
    assert found, told
    return int(found[1])


def test_the_first_run_tells_the_whole_story(home: Path) -> None:
    told = (home / "first.txt").read_text()
    assert "Traceback" not in told
    flat = " ".join(told.split())
    for sentence in (
        "an authority of three persons with a recovery set, a central bank, two banks, an exchange and a remitter",
        "nothing here is money",
        "one person proposed the order, another confirmed it",
        "travel_rule:missing the Travel Rule asks for: originator identity",
        ": screening found candidates.",
        "typing error",
        "1,204 admitted, 2 still held.",
        "The proof holds: this transfer was paid.",
        "The record itself is untouched.",
        "The node has ended.",
    ):
        assert sentence in flat
    entry = entry_of_file(home)
    assert f"Found: entry {entry} of block {entry} is not what was written" in flat
    for code in (23, 42, 43, 44, 61, 62, 80):
        assert re.search(rf"^ +\d+ +{code} +[A-Z]{{2}}", told, re.MULTILINE), code
    assert "AC03" in told
    assert "Khan" not in told
    assert not re.search(r"[\u0600-\u06ff]", told), "names stay with the bank"
    assert max(len(line) for line in told.splitlines() if "sanad" not in line and "/" not in line) <= 80
    assert not (home / "var" / "node.json").exists()
    assert not (home / "var" / "demonstration" / "damaged-copy").exists()


def test_the_second_run_goes_on(home: Path, staying: Running) -> None:
    told = " ".join(staying.output.split())
    assert (
        f"Already posted: all 1,217 payments are answered with their original receipts (entry {entry_of_file(home)} of "
        in told
    )
    assert "The answer is the same, byte for byte." in told
    assert "1,218 payments: 1,203 admitted" in told
    assert re.search(r"^ +1 +90 +AM05 ", staying.output, re.MULTILINE), "a UETR of the first file came again"
    for number in (1, 2):
        assert (home / "var" / "demonstration" / f"payments-{number:04d}.pacs.002.xml").is_file()


def test_its_portal_offers_a_sign_in_for_each_role_and_shows_who_is_licensed(staying: Running) -> None:
    found = re.search(r"http://localhost:\d+", staying.output)
    assert found
    origin = found[0]
    page = httpx.get(origin + "/account/login/").text
    for each in SIGN_INS:
        assert each.email in page
    register = httpx.get(origin + "/licensing/register/").text
    for firm in ("Margalla Exchange", "Khunjerab Exchange", "Thar Digital"):
        assert firm in register
    assert "Quick Coins Example" in httpx.get(origin + "/licensing/register/warnings/").text


def test_its_institutions_ask_one_another_who_pays_whom(home: Path, staying: Running) -> None:
    told = " ".join(staying.output.split())
    for sentence in (
        "Peers of the Travel Rule Protocol run, each a process of its own: Chenab Bank, Margalla Exchange, Al Noor",
        "Margalla Exchange asked Chenab Bank: approved, and the transaction was told.",
        "Chenab Bank asked Margalla Exchange: once it was rejected, once approved, and once",
        "Al Noor Digital, an institution abroad with another program, asked with data missing.",
        "Inquiries that wait for an answer of Chenab Bank: 2.",
    ):
        assert sentence in told
    found = re.search(r"(http://localhost:\d+)(/travel_rule/link/\S+)", staying.output)
    assert found
    asked = httpx.get(found[1] + found[2])
    assert (asked.status_code, "0.75 ETH" in asked.text) == (200, True), "the bank without a peer reads its inquiry"
    inbox = json.loads(sanad("travel-rule", "inbox", "--number", 3, "--data", home / "var", "--json").stdout)
    assert sorted((each["amount"], each["state"]) for each in inbox["transfers"]) == [
        ("0.125", "confirmed"), ("0.401", "received"), ("1.85", "received"),
    ]  # fmt: skip
    outbox = json.loads(sanad("travel-rule", "outbox", "--number", 3, "--data", home / "var", "--json").stdout)
    assert sorted((each["amount"], each["state"]) for each in outbox["transfers"]) == [
        ("0.06", "approved"), ("0.31", "asked"), ("0.75", "asked"), ("2.5", "rejected"),
    ]  # fmt: skip
    other = json.loads(sanad("travel-rule", "inbox", "--number", 5, "--data", home / "var", "--json").stdout)
    shared = {each["payload_digest"] for each in other["transfers"]} & {
        each["payload_digest"] for each in outbox["transfers"]
    }
    assert len(shared) == 3, "both sides can show the same digest"
    keys = list((home / "var" / "demonstration" / "travel-rule").glob("*.key"))
    assert len(keys) == 3
    assert all(each.stat().st_mode & 0o077 == 0 for each in keys)


def test_what_is_suggested_works(home: Path, staying: Running) -> None:
    suggested = re.findall(r"^    (?:\.venv/bin/)?sanad (.*)", staying.output, re.MULTILINE)
    assert len(suggested) >= 6
    for line in suggested:
        ended = sanad(*line.split(), cwd=home)
        assert ended.returncode == (1 if line.startswith("post") else 0), line + ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_bank_reads_its_statement_in_three_forms(home: Path, staying: Running) -> None:
    bank = ("--data", home / "var", "--as", "chenab-bank")
    shown = json.loads(sanad("account", "show", 11, *bank, "--json").stdout)
    statement = json.loads(sanad("statement", 11, *bank, "--json").stdout)
    lines = statement["lines"]
    assert shown["currency"] == "PKR"
    assert shown["balance_minor"] == lines[0]["balance_minor"]
    assert lines[-1]["balance_minor"] == lines[-1]["amount_minor"] == 2_000_000_00
    first = json.loads(sanad("statement", 11, *bank, "--json", "--lines", 2).stdout)
    rest = json.loads(sanad("statement", 11, *bank, "--json", "--before", first["next_before"]).stdout)
    assert first["lines"] + rest["lines"] == lines
    table = sanad("statement", 11, *bank, COLUMNS="60").stdout
    assert max(map(len, table.splitlines())) <= 60
    assert len(sanad("statement", 11, *bank, "--csv").stdout.splitlines()) == len(lines) + 1


def test_others_see_nothing_of_it(home: Path, staying: Running, tmp_path: Path) -> None:
    for arguments in (("account", "show", 11), ("statement", 11), ("proof", entry_of_file(home) * 8192)):
        ended = sanad(*arguments, "--data", home / "var", "--as", "margalla-exchange", cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (3, "")
    assert list(tmp_path.iterdir()) == []
    assert sanad("account", "show", 11, "--data", home / "var", "--as", "authority").returncode == 0


def test_a_proof_is_fetched_by_uetr_and_verified_without_a_node(home: Path, staying: Running, tmp_path: Path) -> None:
    bank = ("--data", home / "var", "--as", "chenab-bank")
    lines = json.loads(sanad("statement", 11, *bank, "--json").stdout)["lines"]
    sent = next(line for line in lines if line["side"] == "debit")
    fetched = sanad("proof", sent["uetr"], *bank, "--out", tmp_path / "p")
    assert fetched.returncode == 0, fetched.stderr
    key = sanad("log", "key", "--data", home / "var").stdout
    (tmp_path / "log.key").write_text(key)
    document = json.loads(sanad("verify", "p", "--log-key", "log.key", "--json", cwd=tmp_path).stdout)
    assert (document["uetr"], document["amount_minor"]) == (sent["uetr"], sent["amount_minor"])
    assert sanad("proof", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", *bank).returncode == 3
    assert sanad("proof", "nonsense", *bank).returncode == 2


def test_an_auditor_is_told_what_was_checked(home: Path, staying: Running, tmp_path: Path) -> None:
    bank = ("--data", home / "var", "--as", "chenab-bank")
    position = entry_of_file(home) * 8192
    told = sanad("checked", position, *bank, "--out", tmp_path / "evidence", "--json")
    document = json.loads(told.stdout)
    assert (document["bound"], document["list_version"], document["decision"]) == (True, 1, None)
    assert [(each["check"], each["finding"]) for each in document["checks"]] == [
        ("screening", "clear"), ("travel_rule", "clear"),
    ]  # fmt: skip
    sanad("proof", position, *bank, "--out", tmp_path / "proof")
    sanad("proof", position + 1, *bank, "--out", tmp_path / "other")
    right = sanad("verify", tmp_path / "proof", "--evidence", tmp_path / "evidence", *bank[:2])
    assert (right.returncode, "list version 1" in right.stdout) == (0, True)
    reused = sanad("verify", tmp_path / "other", "--evidence", tmp_path / "evidence", *bank[:2])
    assert reused.returncode == 5
    assert "of another transfer" in " ".join(reused.stderr.split())


def test_what_was_held_is_listed_decided_and_answered(home: Path, staying: Running) -> None:
    bank = ("--data", home / "var", "--as", "chenab-bank")
    held = {each["findings"][0]: each for each in json.loads(sanad("held", "list", *bank, "--json").stdout)["held"]}
    missing, listed = held["travel_rule:missing"]["number"], held["screening:candidates"]["number"]
    opened = json.loads(sanad("held", "show", listed, *bank, "--json").stdout)
    assert (opened["creditor"], opened["state"]) == ("غلام سرور خلجی", "held")
    refused = sanad("held", "refuse", listed, "--who", "officer-4", "--why", "the person listed", *bank)
    assert f"Payment {listed} is refused (RR04)." in refused.stdout
    assert sanad("held", "refuse", listed, "--who", "officer-4", "--why", "again", *bank).returncode == 3
    retried = sanad("held", "retry", *bank)
    assert "0 payments cleared, 0 sent" in retried.stdout, retried.stderr
    released = sanad("held", "release", missing, "--who", "officer-4", "--why", "identity seen on paper", *bank)
    assert f"Payment {missing} was sent and admitted" in released.stdout, released.stderr
    assert sanad("gateway", "checks", *bank).stdout == "Required of every payment: screening, travel_rule.\n"


def test_accounts_are_opened_and_their_numbers_said(home: Path, staying: Running) -> None:
    bank = ("--data", home / "var", "--as", "chenab-bank")
    opened = json.loads(sanad("account", "open", "PKR", *bank, "--count", 3, "--json").stdout)
    assert len(opened["accounts"]) == 3
    again = json.loads(sanad("account", "open", "USD", *bank, "--iban", "PK36SCBL0000001123456702", "--json").stdout)
    assert again["accounts"] == [opened["accounts"][-1] + 1]
    shown = json.loads(sanad("account", "show", "PK36 SCBL 0000 0011 2345 6702", *bank, "--json").stdout)
    assert (shown["account"], shown["currency"], shown["balance_minor"]) == (again["accounts"][0], "USD", 0)
    rejected = sanad("account", "open", "PKR", *bank, "--kind", "issuance")
    assert (rejected.returncode, rejected.stdout) == (1, "")
    assert "rejected (241)" in rejected.stderr


def test_the_log_is_exported_and_the_export_goes_on(home: Path, staying: Running, tmp_path: Path) -> None:
    first = json.loads(sanad("log", "export", tmp_path / "log", "--data", home / "var", "--json").stdout)
    assert first["files_written"] >= 2
    sanad("account", "open", "PKR", "--data", home / "var", "--as", "chenab-bank")
    second = first
    while second["size"] == first["size"]:  # until the next checkpoint is signed
        second = json.loads(sanad("log", "export", tmp_path / "log", "--data", home / "var", "--json").stdout)
    bundle = next((tmp_path / "log" / "tile" / "entries").rglob(f"{second['size']}"))
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    sanad("account", "open", "PKR", "--data", home / "var", "--as", "chenab-bank")
    assert sanad("log", "export", tmp_path / "log", "--data", home / "var").returncode == 0


def test_a_back_up_of_the_running_record_is_restored(home: Path, staying: Running, tmp_path: Path) -> None:
    def sealed(*arguments: object, passphrase: str = "a passphrase of several words") -> tuple[int, str]:
        ended = sanad(*arguments, SANAD_PASSPHRASE=passphrase)
        assert "Traceback" not in ended.stderr
        return ended.returncode, ended.stderr

    vault, new = tmp_path / "vault", tmp_path / "new"
    assert sealed("backup", vault, "--data", home / "var")[0] == 0
    assert sealed("restore", vault, new, passphrase="another one, as long")[0] == 3
    restored, told = sealed("restore", vault, new)
    assert restored == 0, told
    assert sanad("audit", new).returncode == 0
    assert sealed("restore", vault, new)[0] == 3
    assert sanad("audit", vault).returncode == 3


def test_two_nodes_on_one_folder_and_one_port(home: Path, staying: Running, tmp_path: Path) -> None:
    second = sanad("node", "--data", home / "var", "--port", 0)
    assert second.returncode == 3
    assert "held by process" in " ".join(second.stderr.split())
    again = sanad("demo", "--data", home / "var", "--port", 0)
    assert (again.returncode, "Traceback" in again.stderr) == (3, False)
    assert staying.process.poll() is None
    assert json.loads(sanad("gateway", "open", "--data", home / "var", "--as", "authority", "--json").stdout)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = sanad("node", "--data", home / "var", "--port", port)
    assert ended.returncode == 3
    assert f"port {port} of 127.0.0.1 is in use" in " ".join(ended.stderr.split())


def test_a_damaged_file_and_a_damaged_record_are_named(home: Path, staying: Running, tmp_path: Path) -> None:
    good = (home / "var" / "demonstration" / "payments-0001.xml").read_text()
    bad = tmp_path / "bad.xml"
    bad.write_text(good.replace("<IBAN>PK", "<IBAN>PK0", 2))
    ended = sanad("post", bad, "--data", home / "var", "--as", "chenab-bank")
    assert (ended.returncode, ended.stdout) == (5, "")
    assert "nothing of it was posted" in ended.stderr
    assert "iban" in ended.stderr.lower()
    assert not (tmp_path / "bad.pacs.002.xml").exists()
    document = json.loads(sanad("post", bad, "--data", home / "var", "--as", "chenab-bank", "--json").stderr)
    assert len(document["findings"]) == document["findings_total"] == 2
    for given in (home, tmp_path / "nothing.xml"):
        assert sanad("post", given, "--data", home / "var", "--as", "chenab-bank").returncode == 2


# Last: what ends the node.


def peers_of(home: Path) -> list[int]:
    """Processes of the Travel Rule peers of a folder that run now."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = each.read_bytes().split(b"\0")
            if b"travel-rule" in words and str(home / "var").encode() in words:
                found.append(int(each.parent.name))
    return found


def test_ctrl_c_is_the_wished_end(home: Path, staying: Running) -> None:
    node, peers = node_of(home), peers_of(home)
    assert len(peers) == 3
    assert staying.interrupt() == 0
    assert "Traceback" not in staying.output
    assert "The node has ended." in staying.output
    for process in (node, *peers):
        wait_until_gone(process)
    assert not (home / "var" / "node.json").exists()
    silent = sanad("statement", 11, "--data", home / "var", "--as", "chenab-bank")
    assert silent.returncode == 4
    assert "does not answer" in " ".join(silent.stderr.split())


def test_a_killed_story_leaves_no_node_behind_and_goes_on(home: Path) -> None:
    with running(home / "third.txt", "demo", "--data", home / "var", "--port", 0, "--stay") as third:
        third.wait_for("A bank posts a file")
        node = node_of(home)
        third.process.send_signal(signal.SIGKILL)
        third.process.wait()
    wait_until_gone(node)
    with socket.create_server(("127.0.0.1", 0)) as taken:  # and its port is taken: it finds another
        port = taken.getsockname()[1]
        fourth = sanad("demo", "--data", home / "var", "--port", port)
    assert fourth.returncode == 0, fourth.stdout + fourth.stderr
    assert "The proof holds: this transfer was paid." in fourth.stdout


def test_a_peer_whose_port_is_taken_is_told_and_hinders_nothing(home: Path) -> None:
    ports = json.loads((home / "var" / "demonstration" / "travel-rule" / "ports.json").read_text())
    with (
        socket.create_server(("127.0.0.1", ports["margalla-exchange"])),
        running(home / "fifth.txt", "demo", "--data", home / "var", "--port", 0, "--stay") as fifth,
    ):
        fifth.wait_for(SERVES)
        told = " ".join(fifth.output.split())
        port = ports["margalla-exchange"]
        assert f"the peer of Margalla Exchange did not start: port: port {port} of 127.0.0.1 cannot be used" in told
        assert "Everything else goes on; the next run tries again." in told
        peers = peers_of(home)
        fifth.process.send_signal(signal.SIGKILL)
        fifth.process.wait()
    for process in peers:
        wait_until_gone(process)


def test_another_run_goes_on_with_the_same_exchanges(home: Path) -> None:
    """The waiting inquiry was answered meanwhile, so another one waits."""
    waiting = json.loads(sanad("travel-rule", "inbox", "--number", 3, "--data", home / "var", "--json").stdout)
    fresh = next(each for each in waiting["transfers"] if each["amount"] == "0.401")
    rejected = sanad("travel-rule", "reject", fresh["id"], "Not ours.", "--number", 3, "--data", home / "var")
    assert rejected.returncode == 0, rejected.stderr
    with running(home / "sixth.txt", "demo", "--data", home / "var", "--port", 0, "--stay") as sixth:
        sixth.wait_for(SERVES)
        assert "Inquiries that wait for an answer of Chenab Bank: 2." in " ".join(sixth.output.split())
        assert "asked Chenab Bank: approved" not in sixth.output, "that was told in the run that did it"
        inbox = json.loads(sanad("travel-rule", "inbox", "--number", 3, "--data", home / "var", "--json").stdout)
        assert [each["amount"] for each in inbox["transfers"] if each["state"] == "received"] == ["0.402", "1.85"]
        assert sixth.interrupt() == 0


def test_a_node_of_its_own_ends_with_sigterm_and_hears_sigusr1(home: Path) -> None:
    with running(home / "node.txt", "node", "--data", home / "var", "--port", 0) as node:
        node.wait_for("is served at")
        node.process.send_signal(signal.SIGUSR1)
        assert sanad("log", "export", home / "log", "--data", home / "var").returncode == 0
        node.process.terminate()
        assert node.process.wait(60) == 0
    assert "Traceback" not in node.output


def test_a_network_that_is_no_demonstration_is_left_alone(home: Path, tmp_path: Path) -> None:
    again = sanad("init", "--demonstration", "--data", home / "var")
    assert again.returncode == 3
    (tmp_path / "record").mkdir()
    assert sanad("init", "--demonstration", "--data", tmp_path).returncode == 3
