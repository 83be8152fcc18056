"""The frame of the house: what a newcomer types works as the README says, and the pins are whole."""

import os
import re
import subprocess
import tomllib

from tests.tidy.sources import ROOT, python_files, text


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text("Makefile") or "", re.MULTILINE))


def test_every_target_of_the_makefile_explains_itself() -> None:
    explained = set(re.findall(r"^([a-z]+):.*## \S", text("Makefile") or "", re.MULTILINE))
    assert makefile_targets() == explained


def test_make_alone_prints_the_targets() -> None:
    printed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert [target for target in makefile_targets() if f"make {target} " not in printed] == []


def test_the_readme_leads_with_the_two_commands() -> None:
    readme = text("README.md") or ""
    commands = re.findall(r"^make (\w+)", readme, re.MULTILINE)
    assert commands[:2] == ["run", "test"]
    assert set(re.findall(r"`make (\w+)`", readme)) | set(commands) <= makefile_targets()


def test_ci_runs_the_readmes_test_command() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert re.search(r"^make test\b", text(".ci/run") or "", re.MULTILINE)


def test_every_pin_has_a_hash_and_no_address() -> None:
    for name in ("requirements/run.txt", "requirements/develop.txt"):
        pins = text(name) or ""
        blocks = re.findall(r"^[a-z0-9][^\n]*==[^\n]*\n(?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n)+", pins, re.MULTILINE)
        assert len(blocks) == len(re.findall(r"^\S*==", pins, re.MULTILINE)) > 0
        assert "://" not in pins
        assert not re.search(r"^-", pins, re.MULTILINE)


def test_what_is_asked_for_is_pinned_and_develop_agrees_with_run() -> None:
    run = set(re.findall(r"^(\S+==\S+)", text("requirements/run.txt") or "", re.MULTILINE))
    develop = set(re.findall(r"^(\S+==\S+)", text("requirements/develop.txt") or "", re.MULTILINE))
    asked = re.findall(r"^([a-z][\w-]*)", text("requirements/run.in") or "", re.MULTILINE)
    assert run <= develop
    assert set(asked) <= {pin.split("==")[0] for pin in run}


def test_the_distribution_and_its_command_have_their_names() -> None:
    project = tomllib.loads(text("pyproject.toml") or "")["project"]
    assert project["name"] == "sanad-rail"
    assert project["scripts"] == {"sanad": "sanad.wiring.command_line:main"}
    assert project["license"] == "Apache-2.0"


def test_the_architecture_page_knows_every_room() -> None:
    page = text("docs/ARCHITECTURE.md") or ""
    built = {name.split("/")[2] for name in python_files("src/sanad") if name.count("/") > 2}
    described = set(re.findall(r"^\| `(\w+)` \|.*\| now \|$", page, re.MULTILINE))
    assert built <= described
