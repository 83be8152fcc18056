"""Base, rulebook and kernel give the same result on every machine, for ever: what could break that is not there."""

import ast
from pathlib import PurePosixPath

import pytest

from tests.tidy import sources
from tests.tidy.purity import findings


def test_pure_rooms_hold_only_what_repeats_exactly() -> None:
    wrong = []
    for name in sources.pure_files():
        path = PurePosixPath(name)
        room = path.parts[2]
        wrong += [f"{name}, {finding}" for finding in findings(sources.tree(name), room, path.stem)]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import time", "import of time"),
        ("from datetime import datetime", "import of datetime"),
        ("import os.path", "import of os.path"),
        ("import numba", "import of numba"),
        ("import nacl.signing", "import of nacl.signing"),
        ("rate = 0.5", "floating-point literal"),
        ("half = whole / 2", "true division"),
        ("whole /= 2", "true division"),
        ("assert whole", "bare `assert`"),
        ("key = hash(name)", "call of `hash`"),
        ("print(name)", "call of `print`"),
        ("column = np.zeros(3, np.float64)", "floating point: `.float64`"),
        ("column = np.zeros(3, float)", "floating point: `float`"),
        ("for one in {1, 2}: pass", "iteration over a set"),
        ("for one in set(many): pass", "iteration over a set"),
        ("[one for one in frozenset(many)]", "iteration over a set"),
        ("many = set()\nfor one in many: pass", "iteration over a set"),
        ("def all_of(many: set[int]):\n    return list(many)", "iteration over a set"),
        ("text = b''.join({b'a', b'b'})", "iteration over a set"),
    ],
)
def test_a_planted_construct_is_named(source: str, named: str) -> None:
    assert [finding for finding in findings(ast.parse(source), "rulebook", "posting") if named in finding]


@pytest.mark.parametrize(
    ("source", "room", "module"),
    [
        ("import numba", "kernel", "posting"),
        ("import ctypes", "kernel", "hashing"),
        ("from nacl.bindings import crypto_sign_open", "rulebook", "signatures"),
        ("half = whole // 2", "rulebook", "posting"),
        ("for one in sorted({2, 1}): pass", "rulebook", "posting"),
        ("known = 3 in {1, 2, 3}", "rulebook", "posting"),
    ],
)
def test_what_is_allowed_is_not_named(source: str, room: str, module: str) -> None:
    assert findings(ast.parse(source), room, module) == []
