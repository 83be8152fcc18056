"""The kernel's posting does what the readable one does, byte for byte, whatever it is sent.

SANAD_CAMPAIGN_OPERATIONS says how many transfers, SANAD_CAMPAIGN_SEED where to begin: 200,000 from seed 1 without
them, the same in every run; a campaign (`make campaign`) plays 20 million from a seed that nobody has seen.
A seed that failed is printed. Add it to `failing_seeds.txt` with the sentence that says what it found.
"""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from sanad.rulebook.edition1.codes import Outcome
from tests.conftest import CAMPAIGN
from tests.differential.doubles import play

OPERATIONS = int(os.environ.get("SANAD_CAMPAIGN_OPERATIONS", "20000000" if CAMPAIGN else "200000"))
FIRST_SEED = int(os.environ.get("SANAD_CAMPAIGN_SEED", int(time.time()) if CAMPAIGN else 1))
FAILING_SEEDS = Path(__file__).parent / "failing_seeds.txt"
POSTING_OUTCOMES = [outcome for outcome in Outcome if outcome < Outcome.ACT_UNKNOWN]


def failing_seeds() -> list[int]:
    lines = FAILING_SEEDS.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


def test_seeds_that_failed_once() -> None:
    for seed in failing_seeds():
        play(seed)


@pytest.mark.timeout(0 if OPERATIONS > 200_000 else 240)
def test_hostile_histories() -> None:
    seen = np.zeros(256, dtype=np.int64)
    seed = FIRST_SEED
    while seen.sum() < OPERATIONS:
        seen += play(seed)
        seed += 1
    counts = {outcome.name: int(seen[outcome]) for outcome in POSTING_OUTCOMES}
    print(f"seeds {FIRST_SEED} to {seed - 1}: {seen.sum()} transfers\n{counts}")
    assert [name for name, count in counts.items() if count == 0] == [], "who tries everything meets every rule"
    assert counts["ADMITTED"] > seen.sum() // 10, "and is admitted often enough to change something"
