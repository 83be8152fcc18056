"""The project's files as the tidy tests see them: what git tracks or would track, never what is ignored."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PURE = ("base", "rulebook", "kernel")


@cache
def files() -> tuple[str, ...]:
    """All files of the project, relative to its root, in order."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(sorted(name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()))


def python_files(*folders: str) -> list[str]:
    """The Python files below these folders."""
    prefixes = tuple(f"{folder}/" for folder in folders)
    return [name for name in files() if name.endswith(".py") and name.startswith(prefixes)]


def pure_files() -> list[str]:
    """The Python files that decide outcomes, and so must give the same result on every machine for ever."""
    return python_files(*(f"src/sanad/{room}" for room in PURE))


@cache
def text(name: str) -> str | None:
    """A file's text, or None when it is no text."""
    content = (ROOT / name).read_bytes()
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


@cache
def tree(name: str) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)
