"""Older payments by UETR: each duplicate window that closed, as a sorted run (DESIGN §4 "Identity and duplicates").

The rulebook keeps two windows. When one closes, the replayer writes its (fingerprint, position) pairs in order of
fingerprint, off the hot path; a look-up is then one binary search a run.

    derived/runs/<window number, 8 digits>   key 16 ‖ rows of fingerprint u64 ‖ position u64
"""

from pathlib import Path

import numpy as np

from sanad.node.folder import DERIVED, write_file
from sanad.rulebook.edition1.posting import fingerprint
from sanad.rulebook.edition1.state import SLOT, Window

_FOLDER = "runs"
_KEY_SIZE = 16


def write_run(folder: Path, number: int, window: Window) -> None:
    """Keep a closed window. Empty ones are left out."""
    taken = window.slots[window.slots["position"] > 0]
    if len(taken) == 0:
        return
    place = folder / DERIVED / _FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    ordered = np.sort(taken, order="fingerprint")
    write_file(place / f"{number:08d}", window.key.tobytes() + ordered.tobytes())


def find_in_runs(folder: Path, before: int, institution: int, uetr: bytes, leg: int) -> int:
    """Position of a payment in the closed windows numbered below `before`, newest first; 0 if it is in none."""
    place = folder / DERIVED / _FOLDER
    for path in sorted(place.glob("[0-9]*"), reverse=True) if place.is_dir() else ():
        if not path.name.isdigit() or int(path.name) >= before:
            continue
        rows = np.memmap(path, dtype=SLOT, mode="r", offset=_KEY_SIZE)
        key = np.fromfile(path, dtype="<u8", count=2)
        mark = np.uint64(fingerprint(key, institution, uetr, leg))
        at = int(np.searchsorted(rows["fingerprint"], mark))
        if at < len(rows) and rows["fingerprint"][at] == mark:
            return int(rows["position"][at])
    return 0
