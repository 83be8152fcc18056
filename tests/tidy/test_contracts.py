"""The import contracts hold, and each of them is seen to break when someone plants what it forbids."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

LAYERS = "Imports go down only"
STANDARDS = "Standards are wire formats"
PROGRAMMES = "Programmes never import one another"
PURITY = "Base, rulebook and kernel know no clock"
READABLE = "Base and rulebook are plain Python"
PORTAL = "Django serves the portal"

ROOMS = [
    "base", "rulebook", "log", "kernel", "node", "tables", "standards", "people", "evidence", "gateway",
    "matching", "signing", "compliance", "programmes", "interfaces", "wiring",
    "programmes/bonds", "programmes/remittance",
]  # fmt: skip


def lint_imports(folder: Path) -> str:
    """Check the contracts of a tree; the output, with `exit N` at its end, on one line."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return " ".join(f"{done.stdout} {done.stderr} exit {done.returncode}".split())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the tree in which every room exists, those too that have not been built yet."""
    shutil.copytree(ROOT / "src" / "sanad", tmp_path / "src" / "sanad", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        folder = tmp_path / "src" / "sanad" / room
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    return tmp_path


def test_the_contracts_hold() -> None:
    assert lint_imports(ROOT).endswith("0 broken. exit 0")


def test_they_hold_with_every_room_built(copied: Path) -> None:
    assert lint_imports(copied).endswith("0 broken. exit 0")


@pytest.mark.parametrize(
    ("room", "planted", "contract"),
    [
        ("base", "import sanad.rulebook", LAYERS),
        ("rulebook", "import sanad.kernel", LAYERS),
        ("rulebook", "import sanad.log", LAYERS),
        ("log", "import sanad.rulebook", LAYERS),
        ("kernel", "import sanad.node", LAYERS),
        ("node", "import sanad.gateway", LAYERS),
        ("node", "import sanad.standards", LAYERS),
        ("tables", "import sanad.people", LAYERS),
        ("people", "import sanad.evidence", LAYERS),
        ("evidence", "import sanad.standards", LAYERS),
        ("gateway", "import sanad.compliance", LAYERS),
        ("gateway", "import sanad.signing", LAYERS),
        ("signing", "import sanad.compliance", LAYERS),
        ("compliance", "import sanad.programmes", LAYERS),
        ("programmes", "import sanad.interfaces", LAYERS),
        ("interfaces", "import sanad.wiring", LAYERS),
        ("standards", "import sanad.rulebook", STANDARDS),
        ("standards", "import sanad.node", STANDARDS),
        ("programmes/bonds", "import sanad.programmes.remittance", PROGRAMMES),
        ("base", "import time", PURITY),
        ("base", "from datetime import datetime", PURITY),
        ("rulebook", "import sqlite3", PURITY),
        ("rulebook", "from os import path", PURITY),
        ("rulebook", "def late():\n    import random", PURITY),
        ("kernel", "import threading", PURITY),
        ("kernel", "import logging", PURITY),
        ("kernel", "import socket", PURITY),
        ("rulebook", "import numba", READABLE),
        ("base", "import ctypes", READABLE),
        ("node", "import django.db", PORTAL),
        ("gateway", "from django.conf import settings", PORTAL),
    ],
)
def test_a_planted_violation_is_named(copied: Path, room: str, planted: str, contract: str) -> None:
    (copied / "src" / "sanad" / room / "planted.py").write_text(planted + "\n", encoding="utf-8")
    output = lint_imports(copied)
    broken = f"sanad.{room.replace('/', '.')}.planted"
    assert output.endswith("exit 1")
    assert "BROKEN" in output.split(contract, 1)[1].split("KEPT", 1)[0]
    assert broken in output


def test_a_new_room_must_be_given_its_place(copied: Path) -> None:
    (copied / "src" / "sanad" / "annex").mkdir()
    (copied / "src" / "sanad" / "annex" / "__init__.py").touch()
    output = lint_imports(copied)
    assert output.endswith("exit 1")
    assert "annex" in output
