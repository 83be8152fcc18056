import json
from pathlib import Path

import pytest

from sanad.base.errors import MalformedFile
from sanad.interfaces.command_line.gateways import read_addresses
from sanad.rulebook.message import Suite
from sanad.rulebook.signatures import is_signature, possession_bytes
from tests.unit.interfaces.running import CommandLine

IBAN = "PK36SCBL0000001123456702"


def written(folder: Path, text: str) -> Path:
    path = folder / "customers.csv"
    path.write_bytes(text.encode())
    return path


def test_addresses_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, f"\ufeffNumber,account,institution\r\n{IBAN},11,3\r\n\r\n0123 45,12,3\r\n")
    assert read_addresses(path) == [(IBAN, 11, 3), ("0123 45", 12, 3)]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "addresses.columns"),
        (f"{IBAN},11,3\n", 1, "addresses.columns"),
        ("number,account,institution\nPK36SCBL0000001123456703,11,3\n", 2, "iban.invalid"),
        (f"number,account,institution\n{IBAN},0,3\n", 2, "account.form"),
        (f"number,account,institution\n{IBAN},11,-3\n", 2, "institution.form"),
        (f"number,account,institution\n{IBAN},١١,3\n", 2, "account.form"),
        (f"number,account,institution\n{IBAN},99999999999999999999999,3\n", 2, "account.form"),
        (f"number,account,institution\n{IBAN},11\n", 2, "addresses.cells"),
    ],
)
def test_each_wrong_row_is_a_finding_and_shows_no_number(tmp_path: Path, text: str, line: int, code: str) -> None:
    with pytest.raises(MalformedFile) as raised:
        read_addresses(written(tmp_path, text))
    finding = raised.value.findings[0]
    assert (finding.line, finding.code) == (line, code)
    assert "SCBL" not in f"{finding.excerpt}{finding.advice}{raised.value}"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"number,account,institution\n\xff\xfe\n")
    with pytest.raises(MalformedFile, match="UTF-8"):
        read_addresses(path)


def test_a_folder_is_made_and_its_keys_can_be_registered(
    sanad: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANAD_PASSPHRASE", "correct horse battery")
    made = sanad("gateway", "init", "my-bank", "--person", 7, "--data", tmp_path, "--json")
    assert made.code == 0
    assert sanad("gateway", "init", "my-bank", "--data", tmp_path).code == 3
    listed = sanad("gateway", "keys", "--data", tmp_path, "--register", 3, "--json")
    keys = {each["name"]: each for each in json.loads(listed.out)["keys"]}
    assert set(keys) == {"system", "person-7"}
    for name, person in (("system", 0), ("person-7", 7)):
        public, possession = (bytes.fromhex(keys[name][part]) for part in ("public_key", "possession"))
        claim = possession_bytes(bytes(16), 3, person, Suite.ED25519, public)
        assert is_signature(Suite.ED25519, public, claim, possession)
    monkeypatch.setenv("SANAD_PASSPHRASE", "wrong horse battery")
    wrong = sanad("gateway", "keys", "--data", tmp_path)
    assert (wrong.code, "passphrase is wrong" in " ".join(wrong.err.split())) == (3, True)
