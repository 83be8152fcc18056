"""What the compiled functions are made of."""

import re
from typing import Any

import pytest
from numba import njit

from sanad.kernel import hashing, posting
from sanad.kernel.compiled import Compiled, compiled

FLOATING = re.compile(r"\b(double|float|half|fcmp|sitofp|uitofp|fptosi|fptoui)\b")


def code_of(entry: Compiled) -> str:
    """The function itself as LLVM has it, without its door from Python; compiled anew, since a kept one has no text."""
    function = njit(entry.signature, nogil=True)(entry.function)
    parts = re.findall(r"^define.*?^}", function.inspect_llvm(function.signatures[0]), re.MULTILINE | re.DOTALL)
    code = "\n".join(part for part in parts if "cpython" not in part[:200])
    assert "icmp" in code
    return code


@pytest.mark.parametrize("entry", [posting._post, hashing._compiled_leaves, hashing._compiled_levels])
def test_compiled_code_has_no_floating_point(entry: Compiled) -> None:
    """Numba makes a float of an unsigned with a signed number; 2⁶³ and 2⁶³ − 1 would be the same then."""
    assert FLOATING.findall(code_of(entry)) == []


@pytest.mark.parametrize("entry", [posting._post, hashing._compiled_leaves, hashing._compiled_levels])
def test_compiled_code_runs_without_pythons_lock(entry: Compiled) -> None:
    assert entry._compile().targetoptions["nogil"] is True


def test_the_pattern_finds_floating_point() -> None:
    @compiled("boolean(uint64, int64)")
    def larger(one: Any, other: Any) -> Any:
        return one > other

    assert FLOATING.search(code_of(larger))
