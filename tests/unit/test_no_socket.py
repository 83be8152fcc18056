"""The guard of tests/unit/conftest.py does what it says."""

import asyncio
import socket

import pytest


def test_a_unit_test_cannot_open_a_socket() -> None:
    with pytest.raises(RuntimeError, match="no unit test"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    with pytest.raises(RuntimeError, match="no unit test"):
        socket.socket()


def test_an_event_loop_still_runs() -> None:
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"
