"""Real nodes over HTTP, killed with SIGKILL at any moment under load: 60 kills on three networks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import kills
from tests.faults.kills import Tally
from tests.faults.running import Launcher

KILLS = 20


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with Launcher(tmp_path / "processes") as started:
        yield started


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_node_loses_nothing_that_it_acknowledged(tmp_path: Path, launcher: Launcher, seed: int) -> None:
    tally = Tally()
    report = kills.run(launcher, tmp_path / "network", seed, KILLS, tally)
    print(tally.line())
    assert sum(tally.kills.values()) == KILLS
    assert tally.unknown > KILLS
    assert report.height > KILLS
