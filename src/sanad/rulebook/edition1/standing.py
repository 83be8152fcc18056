"""Which order stands behind a rejection that follows from a firm's status or licence, so that an answer can name it."""

from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.state import State
from sanad.rulebook.edition1.words import InstitutionStatus, LicenceState

OF_THE_PAYER = (Outcome.DEBIT_NOT_PERMITTED, Outcome.DEBIT_NOT_LICENSED)
OF_THE_PAYEE = (Outcome.CREDIT_NOT_PERMITTED, Outcome.CREDIT_NOT_LICENSED)
ORDERED = (*OF_THE_PAYER, *OF_THE_PAYEE)
"""The outcomes that may follow from an order."""


def order_behind(state: State, outcome: Outcome, institution: int, entry: int) -> int:
    """The entry of the order for which the message at `entry` got this outcome, by the institution it speaks of.

    0 where no order is behind it, or which one it was can no longer be said: a firm without a licence keeps only the
    entry of its newest status. `entry` may be long past; a licence keeps its history.
    """
    if outcome in (Outcome.DEBIT_NOT_LICENSED, Outcome.CREDIT_NOT_LICENSED):
        return _newest(state, institution, entry, range(1, len(LicenceState) + 1))
    if outcome not in ORDERED:
        return 0
    row = state.institution_table[institution]
    if row.status_entry < entry:
        is_stopped = int(state.institutions[institution]["status"]) != InstitutionStatus.ACTIVE
        return row.status_entry if is_stopped else 0
    return _newest(state, institution, entry, (*range(LicenceState.IN_FORCE + 1, len(LicenceState) + 1),))


def _newest(state: State, institution: int, entry: int, states: range | tuple[int, ...]) -> int:
    """The last act on the licence before an entry, if it left the licence in one of these states."""
    licence = state.licences.get(institution)
    before = [row for row in licence.history if row[0] < entry] if licence is not None else []
    return int(before[-1][0]) if before and before[-1][2] in states else 0
