"""The kernel's posting does what the readable one does, byte for byte, whatever it is sent.

SANAD_CAMPAIGN_OPERATIONS says how many transfers (200,000 without it), SANAD_CAMPAIGN_SEED where to begin.
A seed that failed is printed; add it to `failing_seeds.txt` with the sentence that says what it found.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from sanad.rulebook.edition1.codes import Outcome
from tests.differential.doubles import play

OPERATIONS = int(os.environ.get("SANAD_CAMPAIGN_OPERATIONS", "200000"))
FIRST_SEED = int(os.environ.get("SANAD_CAMPAIGN_SEED", "1"))
FAILED_ONCE = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "failing_seeds.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
POSTING_OUTCOMES = [outcome for outcome in Outcome if outcome < Outcome.ACT_UNKNOWN]


def test_seeds_that_failed_once() -> None:
    for seed in FAILED_ONCE:
        play(seed)


@pytest.mark.timeout(0 if OPERATIONS > 200_000 else 120)
def test_hostile_histories() -> None:
    seen = np.zeros(256, dtype=np.int64)
    seed = FIRST_SEED
    while seen.sum() < OPERATIONS:
        seen += play(seed)
        seed += 1
    print(f"seeds {FIRST_SEED} to {seed - 1}: {seen.sum()} transfers")
    counts = {outcome.name: int(seen[outcome]) for outcome in POSTING_OUTCOMES}
    print(counts)
    assert [name for name, count in counts.items() if count == 0] == [], (
        "a history that tries everything meets every rule"
    )
    assert counts["ADMITTED"] > seen.sum() // 10, "and is admitted often enough to change something"
