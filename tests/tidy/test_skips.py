"""A skip that was not expected fails the run: the rule in tests/conftest.py, tried on small runs of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT


def run(folder: Path, source: str, **environment: str) -> tuple[int, str]:
    """Run one test file under the project's conftest; exit code and last line."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs_test_data: as in the project\n", encoding="utf-8")
    (folder / "test_one.py").write_text(source, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SANAD_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "source",
    [
        "import pytest\ndef test_one(): pytest.skip('no time')",
        "import pytest\n@pytest.mark.skip(reason='no time')\ndef test_one(): pass",
        "import pytest\n@pytest.mark.skipif(True, reason='no time')\ndef test_one(): pass",
        "import pytest\npytest.skip('no time', allow_module_level=True)",
        "import pytest\npytest.importorskip('a_module_that_is_not_there')",
        "import unittest\nclass One(unittest.TestCase):\n    def test_one(self): self.skipTest('no time')",
    ],
)
def test_an_unexpected_skip_fails(tmp_path: Path, source: str) -> None:
    code, output = run(tmp_path, source)
    assert code != 0
    assert "A skip that was not expected fails" in output


@pytest.mark.parametrize(
    "source",
    [
        "def test_one(test_data): assert test_data.is_dir()",
        "import pytest\n@pytest.mark.needs_test_data\ndef test_one(): pass",
    ],
)
def test_missing_test_data_is_the_one_reason(tmp_path: Path, source: str) -> None:
    code, output = run(tmp_path, source)
    assert (code, "1 skipped" in output) == (0, True)
    code, output = run(tmp_path, source, SANAD_TEST_DATA=str(tmp_path))
    assert (code, "1 passed" in output) == (0, True)


def test_a_test_data_folder_that_is_not_there_fails(tmp_path: Path) -> None:
    code, output = run(tmp_path, "def test_one(test_data): pass", SANAD_TEST_DATA=str(tmp_path / "gone"))
    assert code != 0
    assert "names a folder that does not exist" in output


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    code, _ = run(tmp_path, "import pytest\n@pytest.mark.xfail\ndef test_one(): raise ValueError")
    assert code == 0
