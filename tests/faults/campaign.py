"""Kills without end: `python -m tests.faults.campaign --kills 10000 --seed 1`.

Networks of fifty kills each, one after the other, each with a seed of its own, which is printed: a failure is repeated
with `--kills 50 --seed <that seed>`. What a campaign found is written into docs/campaigns.md by hand.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults import kills
from tests.faults.kills import Tally
from tests.faults.running import Launcher

KILLS_OF_A_NETWORK = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10_000, help="how many in all")
    parser.add_argument("--seed", type=int, default=1, help="of the first network; the next ones count on")
    parser.add_argument("--folder", type=Path, help="where the records are made; a temporary one if left out")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kills-", dir=given.folder))
    tally, done, started = Tally(), 0, time.monotonic()
    while done < given.kills:
        seed = given.seed + done // KILLS_OF_A_NETWORK
        count = min(KILLS_OF_A_NETWORK, given.kills - done)
        print(f"seed {seed}", flush=True)
        with Launcher(folder / f"processes {seed}") as launcher:
            report = kills.run(launcher, folder / f"network {seed}", seed, count, tally)
        done += count
        print(f"  height {report.height}, {report.items} items; {time.monotonic() - started:.0f} s", flush=True)
        print(f"  so far: {tally.line()}", flush=True)
        shutil.rmtree(folder / f"network {seed}")  # of one that failed, the folder stays
    shutil.rmtree(folder)
    sys.stdout.write("nothing acknowledged was lost\n")


if __name__ == "__main__":
    main()
