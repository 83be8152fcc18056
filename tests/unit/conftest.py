"""Unit tests open no socket: what they test is near, quick and the same everywhere."""

import socket
from typing import Any

import pytest

LOCAL = getattr(socket, "AF_UNIX", None)  # event loops wake themselves through a local pair


@pytest.fixture(autouse=True)
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = socket.socket.__init__

    def guarded(self: socket.socket, family: int = -1, *args: Any, **named: Any) -> None:
        given = named.get("fileno") is not None or len(args) > 2
        if family != LOCAL and not given:
            raise RuntimeError("a unit test opened a socket; a test that needs one is no unit test")
        plain(self, family, *args, **named)

    monkeypatch.setattr(socket.socket, "__init__", guarded)
