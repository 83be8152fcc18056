import ctypes
import platform
from types import SimpleNamespace

import pytest

from sanad.node.process import keep_memory


def test_memory_is_kept_where_the_c_library_can() -> None:
    assert keep_memory() == (platform.libc_ver()[0] == "glibc")


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    assert not keep_memory()
