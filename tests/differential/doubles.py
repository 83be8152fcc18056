"""Drive both postings through the same history on two copies of the state, and compare everything after each step."""

import dataclasses
from typing import Any

import numpy as np

from sanad.kernel import posting as fast
from sanad.rulebook.edition1 import posting as readable
from sanad.rulebook.edition1 import state as st
from sanad.rulebook.edition1.posting import Batch, Posted
from tests.differential.histories import History

STEPS = 60
COLUMNS = ("accounts", "pendings", "institutions", "assets", "purposes", "permissions", "limits", "counters")


class Differs(AssertionError):
    """The two postings disagree; the sentence says where first."""


def compare(slow_state: st.State, fast_state: st.State, batch: Batch) -> Posted:
    """Post `batch` on both. Raises `Differs`."""
    before = batch.transfers.tobytes()
    ours = fast.post(fast_state, batch)
    if batch.transfers.tobytes() != before:
        raise Differs("the message itself was changed")
    theirs = readable.post(slow_state, batch)
    _same("outcomes", theirs.outcomes, ours.outcomes, batch)
    _same("effects", theirs.effects, ours.effects, batch)
    for name in COLUMNS:
        _same(name, getattr(slow_state, name), getattr(fast_state, name))
    _same("current window", slow_state.current.slots, fast_state.current.slots)
    _same("previous window", slow_state.previous.slots, fast_state.previous.slots)
    return theirs


def _same(name: str, theirs: Any, ours: Any, batch: Batch | None = None) -> None:
    if theirs.dtype != ours.dtype or theirs.shape != ours.shape:
        raise Differs(f"{name}: {theirs.dtype} {theirs.shape} is not {ours.dtype} {ours.shape}")
    if theirs.tobytes() == ours.tobytes():
        return
    row = int(np.flatnonzero(theirs.reshape(-1) != ours.reshape(-1))[0])
    said = f"{name}[{row}]: readable {theirs.reshape(-1)[row]}, kernel {ours.reshape(-1)[row]}"
    if batch is not None:
        said += f"\ntransfer: {batch.transfers[row]}\n{dataclasses.replace(batch, transfers=batch.transfers[:0])}"
    raise Differs(said)


def play(seed: int, steps: int = STEPS) -> np.ndarray[Any, Any]:
    """One history from its seed: how often each outcome came. Raises `Differs` naming seed and step."""
    history = History(seed)
    fast_state = st.copy(history.state)
    fast_state.accounts = history.state.accounts.copy()  # `copy` keeps only rows in use
    for name in COLUMNS:
        setattr(fast_state, name, getattr(history.state, name).copy())
    seen = np.zeros(256, dtype=np.int64)
    for step in range(steps):
        history.between((history.state, fast_state))
        batch = history.next_batch()
        try:
            posted = compare(history.state, fast_state, batch)
        except Exception as error:
            raise Differs(f"seed {seed}, step {step}: {error}") from error
        seen += np.bincount(posted.outcomes, minlength=256)
    return seen
