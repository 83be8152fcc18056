"""Payments older than both duplicate windows are still found by their UETR."""

import os
from pathlib import Path

from sanad.node.runs import find_in_runs, write_run
from sanad.rulebook.edition1.posting import find_fingerprint, fingerprint
from sanad.rulebook.edition1.state import Window, empty_window


def test_a_closed_window_answers_by_institution_uetr_and_leg(tmp_path: Path) -> None:
    (tmp_path / "derived").mkdir()
    kept: dict[tuple[int, bytes], int] = {}
    for number in (7, 8):
        window = empty_window(257, os.urandom(16))
        for position in range(1, 101):
            uetr = os.urandom(16)
            add(window, 3, uetr, number * 1_000 + position)
            kept[number, uetr] = number * 1_000 + position
        write_run(tmp_path, number, window)
    for (number, uetr), position in kept.items():
        assert find_in_runs(tmp_path, 9, 3, uetr, 0) == position
        assert find_in_runs(tmp_path, 9, 4, uetr, 0) == 0
        assert find_in_runs(tmp_path, 9, 3, uetr, 1) == 0
        assert find_in_runs(tmp_path, 8, 3, uetr, 0) == (position if number == 7 else 0)


def test_without_runs_nothing_is_found(tmp_path: Path) -> None:
    write_run(tmp_path, 1, empty_window(16, bytes(16)))
    assert find_in_runs(tmp_path, 9, 3, os.urandom(16), 0) == 0


def add(window: Window, institution: int, uetr: bytes, position: int) -> None:
    mark = fingerprint(window.key, institution, uetr, 0)
    _, slot = find_fingerprint(window.slots, mark)
    window.slots[slot] = (mark, position)
