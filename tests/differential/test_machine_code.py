"""What the compiled functions are made of."""

import re
from typing import Any

import pytest
from numba import njit

from sanad.kernel import hashing, posting

FLOATING = re.compile(r"\b(double|float|half|fcmp|sitofp|uitofp|fptosi|fptoui)\b")


def code_of(compiled: Any) -> str:
    """The function itself as LLVM has it, without its door from Python; compiled anew, since a kept one has no text."""
    function = njit(compiled.signatures[0], nogil=True)(compiled.py_func)
    parts = re.findall(r"^define.*?^}", function.inspect_llvm(function.signatures[0]), re.MULTILINE | re.DOTALL)
    code = "\n".join(part for part in parts if "cpython" not in part[:200])
    assert "icmp" in code
    return code


@pytest.mark.parametrize("compiled", [posting._post, hashing._compiled_leaves, hashing._compiled_levels])
def test_compiled_code_has_no_floating_point(compiled: Any) -> None:
    """Numba makes a float of an unsigned with a signed number; 2⁶³ and 2⁶³ − 1 would be the same then."""
    assert FLOATING.findall(code_of(compiled)) == []


@pytest.mark.parametrize("compiled", [posting._post, hashing._compiled_leaves, hashing._compiled_levels])
def test_compiled_code_runs_without_pythons_lock(compiled: Any) -> None:
    assert compiled.targetoptions["nogil"] is True


def test_the_pattern_finds_floating_point() -> None:
    @njit("boolean(uint64, int64)")  # type: ignore[untyped-decorator]
    def larger(one: Any, other: Any) -> Any:
        return one > other

    assert FLOATING.search(code_of(larger))
