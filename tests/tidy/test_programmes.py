"""A programme is a folder of one shape (src/sanad/programmes/README.md)."""

import ast
from pathlib import PurePosixPath

from tests.tidy import sources

ROOMS = ("src/sanad/programmes/", "src/sanad/compliance/")
STANDARD = frozenset(
    ["__init__", "permissions", "models", "projection", "queries", "desk", "forms", "pages", "api", "urls"]
)  # fmt: skip
FOLDERS = frozenset(["templates", "static", "locale", "migrations"])
"""Beside these, a standard file that grew too long is a folder of the same name."""
ONLY_THE_DESK = ("sanad.gateway",)
NEVER = {
    "projection": ("django.http", "sanad.gateway", "sanad.people"),
    "queries": ("django.http", "sanad.gateway"),
    "desk": ("django.http", "django.shortcuts"),
    "permissions": ("django.http", "django.db"),
}


def programmes() -> dict[str, list[str]]:
    """Folder of each programme, and its files relative to it."""
    found: dict[str, list[str]] = {}
    for name in sources.files():
        for room in ROOMS:
            inner = name.removeprefix(room)
            if name.startswith(room) and "/" in inner:
                programme, _, rest = inner.partition("/")
                found.setdefault(f"{room}{programme}", []).append(rest)
    return found


def strangers(files: list[str]) -> list[str]:
    """Files that no programme has."""
    wrong = []
    for name in files:
        first = PurePosixPath(name).parts[0]
        is_standard = name == "README.md" or first in FOLDERS or first.removesuffix(".py") in STANDARD
        if not is_standard:
            wrong.append(name)
    return wrong


def test_a_programme_has_the_standard_files_and_no_others() -> None:
    for programme, files in programmes().items():
        assert strangers(files) == [], programme
        assert {"README.md", "__init__.py"} <= set(files), programme


def test_templates_and_static_files_bear_their_programmes_name() -> None:
    for programme, files in programmes().items():
        for name in files:
            parts = PurePosixPath(name).parts
            if parts[0] in ("templates", "static"):
                assert parts[1] == PurePosixPath(programme).name, name


def test_the_test_sees_a_stranger() -> None:
    assert strangers(["desk.py", "helpers.py", "templates/x/a.html", "admin.py", "desk/orders.py", "README.md"]) == [
        "helpers.py",
        "admin.py",
    ]


def test_each_file_keeps_to_its_part() -> None:
    for programme, files in programmes().items():
        for name in files:
            if not name.endswith(".py"):
                continue
            part = PurePosixPath(name).parts[0].removesuffix(".py")
            forbidden = NEVER.get(part, ())
            if part not in ("desk", "migrations"):
                forbidden += ONLY_THE_DESK
            wrong = [each for each in imports(f"{programme}/{name}") if each.startswith(forbidden)]
            assert wrong == [], f"{programme}/{name}"


def imports(name: str) -> list[str]:
    """What a file imports, by full name."""
    found: list[str] = []
    for node in ast.walk(sources.tree(name)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module]
    return found


def test_every_url_is_made_by_route() -> None:
    for programme, files in programmes().items():
        if "urls.py" in files:
            called = {
                node.func.id
                for node in ast.walk(sources.tree(f"{programme}/urls.py"))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert not called & {"path", "re_path", "include"}, programme


def test_templates_hold_no_script_and_no_style() -> None:
    for name in sources.files():
        if "/templates/" in name and name.endswith(".html"):
            text = sources.text(name) or ""
            assert "<style" not in text, name
            assert " style=" not in text, name
            assert "|safe" not in text.replace("field.help_text|safe", ""), f"{name}: nothing is safe by itself"
            assert all("src=" in tag or "application/json" in tag for tag in scripts(text)), name


def scripts(text: str) -> list[str]:
    """The opening tags of scripts."""
    return [piece.split(">")[0] for piece in text.split("<script")[1:]]
