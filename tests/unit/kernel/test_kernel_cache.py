import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sanad
from sanad.node import kernel_cache

RUN = """
from sanad.node import kernel_cache
from sanad.kernel import compiled, planted
words = []
folder = kernel_cache.prepare(words.append)
answer = planted.over_limit(150)
hits = sum(planted.over_limit._machine.stats.cache_hits.values())
print(folder.name if folder else None, len(words), answer, hits)
if folder:
    (folder / "complete").touch()
"""
PLANTED = """
from numba import types
from sanad.kernel.compiled import compiled
from sanad.rulebook.limits import LIMIT

@compiled(types.boolean(types.int64))
def over_limit(amount):
    return amount > LIMIT
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of the same shape: the real base and rules, one planted rule, one planted compiled function."""
    source, target = Path(sanad.__file__).parent, tmp_path / "source" / "sanad"
    for folder in ("base", "rulebook", "kernel"):
        shutil.copytree(source / folder, target / folder)
    (target / "node").mkdir()
    for name in ("__init__.py", "node/__init__.py"):
        (target / name).touch()
    shutil.copy(source / "node/kernel_cache.py", target / "node")
    (target / "kernel/planted.py").write_text(PLANTED)
    (target / "rulebook/limits.py").write_text("LIMIT = 100\n")
    return target


def run_python(code: str, package: Path, cache_home: Path) -> list[str]:
    """The words that a process of its own prints."""
    environment = {"PYTHONPATH": str(package.parent), "XDG_CACHE_HOME": str(cache_home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def run(package: Path, cache_home: Path) -> tuple[str, int, bool, int]:
    """Folder, number of words said, answer, hits of the cache."""
    folder, words, answer, hits = run_python(RUN, package, cache_home)
    return folder, int(words), answer == "True", int(hits)


def test_a_changed_rule_is_never_met_by_old_code(package: Path, tmp_path: Path) -> None:
    home = tmp_path / "cache"
    cold = run(package, home)
    assert cold == (cold[0], 1, True, 0)
    assert run(package, home) == (cold[0], 0, True, 1)
    (package / "rulebook/limits.py").write_text("LIMIT = 200\n")
    raised = run(package, home)
    assert raised == (raised[0], 1, False, 0)
    assert raised[0] != cold[0]


def test_without_a_place_the_kernel_still_works(package: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert run(package, tmp_path / "cache") == ("None", 1, True, 0)


def test_code_that_was_compiled_too_early_is_not_taken_for_kept(package: Path, tmp_path: Path) -> None:
    early = """
from sanad.node import kernel_cache
from sanad.kernel import compiled, planted
planted.over_limit(1)
kernel_cache.prepare(print)
print(compiled.all_kept(), type(planted.over_limit._machine._cache).__name__)
"""
    assert run_python(early, package, tmp_path / "cache")[-2:] == ["False", "NullCache"]


def test_the_digest_sees_every_source_and_every_touch(package: Path) -> None:
    seen = {kernel_cache.source_digest(package)}
    for name in ("rulebook/limits.py", "kernel/planted.py", "base/__init__.py", "rulebook/new.py"):
        with (package / name).open("a") as file:
            file.write("# more\n")
        seen.add(kernel_cache.source_digest(package))
    (package / "rulebook/new.py").rename(package / "rulebook/renamed.py")
    seen.add(kernel_cache.source_digest(package))
    assert len(seen) == 6


def test_old_folders_are_dropped(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "cache/sanad"
    for number in range(9):
        (home / f"kernel-{number:016}").mkdir(parents=True)
    (home / "something-else").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("sanad.kernel.compiled.keep_in", lambda folder: None)
    words: list[str] = []
    folder = kernel_cache.prepare(words.append, package)
    assert folder is not None
    assert folder.parent == home
    assert len(words) == 1
    assert (home / "something-else").is_dir()
    assert len(list(home.glob("kernel-*"))) == kernel_cache.FOLDERS_KEPT_MAX
    assert folder.is_dir()
