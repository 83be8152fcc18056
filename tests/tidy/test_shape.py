"""House rules that can be read off the files: names, lengths, sentences, and what must not be published."""

import ast
import re
from pathlib import PurePosixPath

from tests.tidy import sources

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# What is longer than the rule, with the reason why it may be. Empty is the aim.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}  # "path::function": reason
WITHOUT_DOCSTRING: dict[str, str] = {}  # "path::name": reason

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
CODE = ("src", "tests", "bench")

# Written with [brackets], so that this file is clean itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E)\b")
MACHINE_PATH = r"(?<![\w.])/(w[o]rk|r[o]ot|home/\w+|U[s]ers/\w+|opt/w[h]eels)/"
REGISTRY = r"p[y]pi\.org|python[h]osted\.org|(extra-)?index[-]url +http|index_[u]rl *="
MACHINE_OR_REGISTRY = re.compile(f"{MACHINE_PATH}|{REGISTRY}")


def functions(name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(sources.tree(name))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_names_say_what_is_inside() -> None:
    wrong = [
        name
        for name in sources.files()
        if NAMES_THAT_SAY_NOTHING & set(PurePosixPath(name.lower()).with_suffix("").parts)
    ]
    assert wrong == []


def test_a_file_fits_a_sitting() -> None:
    long = {
        name: lines
        for name in sources.python_files(*CODE)
        if (lines := len((sources.text(name) or "").splitlines())) > FILE_LINES_MAX
    }
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "an exception that nobody needs any more"


def test_a_function_fits_a_screen() -> None:
    long = {}
    for name in sources.python_files(*CODE):
        for function in functions(name):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                long[f"{name}::{function.name}"] = lines
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "an exception that nobody needs any more"


def test_everything_public_says_what_it_is_for() -> None:
    silent = []
    for name in sources.python_files("src"):
        if "/migrations/" in name:  # written by the framework
            continue
        silent += [f"{name}::{node}" for node in _public_without_docstring(sources.tree(name))]
    assert [name for name in silent if name not in WITHOUT_DOCSTRING] == []
    assert set(WITHOUT_DOCSTRING) <= set(silent), "an exception that nobody needs any more"


def _public_without_docstring(node: ast.Module | ast.ClassDef, path: str = "") -> list[str]:
    silent = []
    if ast.get_docstring(node) is None:
        silent.append(path or "module")
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            inner = f"{path}.{child.name}" if path else child.name
            if isinstance(child, ast.ClassDef):
                silent += _public_without_docstring(child, inner)
            elif ast.get_docstring(child) is None and not _is_said_elsewhere(child):
                silent.append(inner)
    return silent


def _is_said_elsewhere(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """An overload, and the setter of a property, are described by the function they belong to."""
    decorators = [ast.unparse(one) for one in function.decorator_list]
    return any(one in ("overload", "override") or one.endswith((".setter", ".overload")) for one in decorators)


def test_only_the_command_line_prints() -> None:
    wrong = []
    for name in sources.python_files("src"):
        if "/command_line" in name:
            continue
        calls = [node for node in ast.walk(sources.tree(name)) if isinstance(node, ast.Call)]
        wrong += [f"{name}:{call.lineno}" for call in calls if getattr(call.func, "id", None) == "print"]
    assert wrong == []


def test_nothing_is_left_for_later_in_the_code() -> None:
    assert _lines_matching(UNFINISHED) == []


def test_no_machine_path_and_no_registry_address() -> None:
    assert _lines_matching(MACHINE_OR_REGISTRY) == []


def test_the_pattern_finds_what_it_is_for() -> None:
    for planted in (
        "/wo" + "rk/main/x",
        "see /ro" + "ot/.venv/",
        "https://pypi" + ".org/simple",
        "/home/" + "ali/sanad/",
    ):
        assert MACHINE_OR_REGISTRY.search(planted)
    for innocent in ("../shared/data", "src/work/", "/v1/accounts/", "a network/node"):
        assert not MACHINE_OR_REGISTRY.search(innocent)


def _lines_matching(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for name in sources.files():
        for number, line in enumerate((sources.text(name) or "").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    return found
