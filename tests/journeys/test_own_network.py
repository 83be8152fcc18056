"""A network of one's own, founded as docs/guide/operator.md says, with a bank that follows its own guide."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.running import Running, running, sanad
from tests.tidy.sources import ROOT

pytestmark = pytest.mark.timeout(600)
PASSPHRASE = "several words in a row"


def as_bank(home: Path, *arguments: object) -> dict[str, object]:
    options = ("--data", home / "var", "--as", "first-bank", "--json")
    ended = sanad(*arguments, *options, SANAD_PASSPHRASE=PASSPHRASE)
    assert ended.returncode == 0, ended.stderr
    document: dict[str, object] = json.loads(ended.stdout)
    return document


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    guide = (ROOT / "docs" / "guide" / "operator.md").read_text("utf-8")
    settings = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert settings is not None
    (folder / "network.toml").write_text(settings[1])
    founded = sanad("init", folder / "network.toml", "--data", folder / "var", "--json", SANAD_PASSPHRASE=PASSPHRASE)
    assert founded.returncode == 0, founded.stderr
    assert json.loads(founded.stdout)["demonstration"] is False
    return folder


@pytest.fixture(scope="module")
def node(home: Path) -> Iterator[Running]:
    with running(home / "node.txt", "node", "--data", home / "var", "--port", 0) as started:
        started.wait_for("is served at")
        yield started
        started.process.terminate()
        assert started.process.wait(60) == 0


def test_a_bank_begins(home: Path, node: Running) -> None:
    met = as_bank(home, "gateway", "open", "--number", 3)
    assert met["institution"] == 3
    options = ("--data", home / "var", "--as", "first-bank")
    assert sanad("gateway", "assets", "set", "PKR", 1, *options, SANAD_PASSPHRASE=PASSPHRASE).returncode == 0
    opened = as_bank(home, "account", "open", "PKR", "--iban", "PK36SCBL0000001123456702")
    assert opened["accounts"] == [3]
    assert as_bank(home, "account", "show", "PK36SCBL0000001123456702")["balance_minor"] == 0
    (home / "customers.csv").write_text("number,account,institution\nPK36SCBL0000001123456702,3,3\n")
    assert as_bank(home, "gateway", "addresses", "import", home / "customers.csv")["addresses"] == 1


def test_another_number_or_passphrase_is_refused(home: Path, node: Running) -> None:
    options = ("--data", home / "var", "--as", "first-bank")
    assert sanad("gateway", "open", "--number", 2, *options, SANAD_PASSPHRASE=PASSPHRASE).returncode == 3
    assert sanad("gateway", "open", *options, SANAD_PASSPHRASE="other words in a row").returncode == 3
    assert sanad("gateway", "open", *options).returncode == 3


def test_it_is_no_demonstration_and_is_left_alone(home: Path, node: Running) -> None:
    refused = sanad("demo", "--data", home / "var")
    assert refused.returncode == 3
    assert "which is no demonstration" in " ".join(refused.stderr.split())


def test_it_audits_against_the_key_that_was_published(home: Path, node: Running) -> None:
    key = sanad("log", "key", "--data", home / "var").stdout.strip()
    sound = json.loads(sanad("audit", home / "var", "--log-key", key, "--json").stdout)
    assert (sound["sound"], sound["network"]) == (True, "Pilot")
