"""`sanad reserved` and `sanad held rescreen` on a real record: reserved, found when a list changes, given back."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from sanad.compliance.screening.desk.lists import FOLDER, ListFolder
from sanad.interfaces import checking
from sanad.interfaces.command_line import screen
from sanad.interfaces.demonstration_nation import CHENAB, DEOSAI, PASSPHRASE, groups, iban
from sanad.node.client import NodeClient
from tests.programmes.licensed import licensed_nation
from tests.programmes.screening_scene import LISTED_URDU, NATIONAL
from tests.unit.evidence.another_process import holding
from tests.unit.gateway.fakes import payment, write_file
from tests.unit.interfaces.running import CommandLine

pytestmark = pytest.mark.timeout(600)  # the first search compiles what compares names


def test_from_the_reservation_to_its_end(
    tmp_path: Path, tables: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANAD_PASSPHRASE", PASSPHRASE)
    sanad = CommandLine(capsys)
    payer, payee = groups()["chenab-people"].first, groups()["deosai-people"].first
    names = (LISTED_URDU, "Wilhelmina Oosterhuis", "Bartholomew Quill")
    payments = [
        payment(iban(CHENAB, payer + at), iban(DEOSAI, payee + at), creditor_name=name, debtor_name="Imani Oduya")
        for at, name in enumerate(names)
    ]
    file = write_file(tmp_path / "settlement.xml", payments)
    national = ListFolder(tmp_path / FOLDER)
    lines = NATIONAL.read_text("utf-8").splitlines()
    before = tmp_path / "before.csv"
    before.write_text("\n".join([lines[0], *lines[2:]]) + "\n", "utf-8")
    national.import_file("national", [before])
    checking.make_ready(checking.screening(tmp_path))
    with licensed_nation(tmp_path) as nation:
        nation.furnish()
        where = ("--data", tmp_path, "--node", nation.address, "--as", CHENAB.folder)
        with nation.gateway(CHENAB) as gateway:
            gateway.require_checks(["screening"])
        made = sanad("reserved", "make", file, *where, "--json")
        assert made.code == 0, made.err
        positions = [each["position"] for each in json.loads(made.out)["reserved"]]
        assert len(positions) == 3
        ends = payment(iban(CHENAB, payer), iban(DEOSAI, payee), creditor_name=names[2], debtor_name="Imani Oduya")
        made = sanad("reserved", "make", write_file(tmp_path / "s.xml", [ends]), *where, "--seconds", 1, "--json")
        assert made.code == 0, made.err
        (brief,) = [each["position"] for each in json.loads(made.out)["reserved"]]
        assert json.loads(sanad("reserved", "show", brief, *where, "--json").out)["state"] == "open"
        national.import_file("national", [NATIONAL])
        again = sanad("held", "rescreen", "national", *where, "--json")
        assert (again.code, json.loads(again.out)) == (
            1, {"list": "national", "version": 2, "payments": 4, "found": 1, "unresolved": 0, "sent": 0},
        )  # fmt: skip
        (found,) = json.loads(sanad("reserved", "list", "--found", *where, "--json").out)["reserved"]
        assert (found["position"], found["findings"]) == (positions[0], ["screening:candidates"])
        assert LISTED_URDU in sanad("reserved", "show", positions[0], *where).out
        why = ("--who", "staff-1", "--why", "Listed since today.")
        time.sleep(1.1)  # until the short one is over: the next block says so
        assert "free again" in sanad("reserved", "give-back", positions[0], *why, *where).out
        assert json.loads(sanad("reserved", "show", positions[0], *where, "--json").out)["state"] == "given_back"
        assert json.loads(sanad("reserved", "show", brief, *where, "--json").out)["state"] == "expired"
        with nation.gateway(CHENAB) as gateway:
            client = gateway.node
            assert isinstance(client, NodeClient)
            view = client.account(payer)
            assert view is not None
            assert view.reserved == 0, "the record itself says that the money is free"
        assert sanad("reserved", "give-back", positions[0], *why, *where).code == 3
        with holding(tmp_path / "institutions" / CHENAB.folder / "gateway.sqlite", 60) as number:  # as the portal does
            told: list[str] = []

            def heard(text: str) -> None:
                told.append(text)
                os.kill(number, signal.SIGKILL)

            monkeypatch.setattr(screen, "tell", heard)
            assert sanad("reserved", "list", *where).code == 0, "it waited until the other had let go"
        assert told == [f"another process (number {number}) works with gateway.sqlite; waiting up to 10 seconds …"]
        assert "Nobody comes near" in sanad("reserved", "list", "--found", *where).out
        assert "2 payments" not in sanad("reserved", "list", *where).out
        assert sanad("held", "rescreen", "national", *where).code == 0
