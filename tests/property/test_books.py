"""The books balance after any history, and chains are all or nothing."""

from hypothesis import given, settings

from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import Batch, post
from sanad.rulebook.edition1.state import EFFECT, as_bytes, copy, parts
from tests.property.conftest import check_books, opened
from tests.property.histories import HISTORIES, MESSAGES, Sent, play, transfers
from tests.scenarios.nation import Entry


@given(HISTORIES)
def test_the_books_balance_after_every_message(history: list[Sent]) -> None:
    nation = opened()
    for sent in history:
        play(nation, sent)
        check_books(nation.state)


@given(HISTORIES)
def test_only_admitted_transfers_leave_effects(history: list[Sent]) -> None:
    nation = opened()
    for sent in history:
        play(nation, sent)
    for entry in nation.entries:
        for outcome, effect in zip(entry.outcomes, entry.applied.effects, strict=True):
            if outcome is not Outcome.ADMITTED:
                assert effect.tobytes() == bytes(EFFECT.itemsize)


@given(HISTORIES)
def test_a_chain_is_all_or_nothing(history: list[Sent]) -> None:
    nation = opened()
    for sent in history:
        play(nation, sent)
    for entry in nation.entries:
        if entry.message.header.kind != 1:
            continue
        linked = [bool(int(row["flags"]) & 1) for row in entry.message.transfers()]
        for index, is_linked in enumerate(linked[:-1]):
            if is_linked:
                both = {entry.outcomes[index] is Outcome.ADMITTED, entry.outcomes[index + 1] is Outcome.ADMITTED}
                assert len(both) == 1
        if linked[-1]:
            assert entry.outcomes[-1] is Outcome.CHAIN_OPEN


@given(HISTORIES, MESSAGES)
def test_a_broken_chain_leaves_the_state_byte_for_byte(history: list[Sent], last: Sent) -> None:
    nation = opened()
    for sent in history[:4]:
        play(nation, sent)
    rows = transfers(nation, last)
    for row in rows:
        row["flags"] |= 1  # linked to the end, and the end is open
    body = b"".join(row.tobytes() for row in rows)
    before = copy(nation.state)
    message = nation.message(1, body, [nation.signers[last.sender]])  # type: ignore[arg-type]
    state = nation.state
    batch = Batch(message.transfers(), state.entry + 1, nation.institutions[last.sender], state.time_ms, 1)
    posted = post(state, batch)
    assert all(posted.outcomes)
    assert [bytes(as_bytes(piece)) for _, piece in parts(state)] == [
        bytes(as_bytes(piece)) for _, piece in parts(before)
    ]


@given(HISTORIES)
@settings(max_examples=40)
def test_money_is_conserved(history: list[Sent]) -> None:
    """What all but the issuers hold grows by nothing but admitted issues."""
    nation = opened()
    held = sum(nation.balance(name) for name in nation.accounts if "issuance" not in name)
    issued = 0
    for sent in history:
        before = len(nation.entries)
        play(nation, sent)
        for entry in nation.entries[before:]:
            issued += _issued(entry, nation.accounts["PKR-issuance"], nation.accounts["USD-issuance"])
    assert sum(nation.balance(name) for name in nation.accounts if "issuance" not in name) == held + issued


def _issued(entry: Entry, *mints: int) -> int:
    total = 0
    for row, outcome in zip(entry.message.transfers(), entry.outcomes, strict=True):
        if outcome is Outcome.ADMITTED and not int(row["flags"]) & 2:
            amount = int(row["amount"])
            total += amount * (int(row["debit"]) in mints) - amount * (int(row["credit"]) in mints)
    return total
