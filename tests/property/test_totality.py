"""`apply` answers every well-formed message with an outcome; a refusal changes nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.base.canonical import encode
from sanad.base.errors import Malformed
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.admission import Refusal
from sanad.rulebook.edition1.state import as_bytes, parts
from sanad.rulebook.message import Kind
from tests.property.conftest import check_books, opened
from tests.scenarios.founding import INSTITUTIONS, PERSONS

SIGNERS = st.sampled_from([*INSTITUTIONS, *PERSONS])
NUMBERS = st.one_of(st.integers(0, 12), st.sampled_from((64, 96, 255, 256, 2**16, 2**32 - 1, 2**32, 2**63 - 1)))
VALUES: dict[type, st.SearchStrategy[Any]] = {
    int: NUMBERS,
    bytes: st.sampled_from((b"", bytes(32), bytes(64), b"\xff" * 32)),
    str: st.text(max_size=20),
    list: st.lists(
        st.one_of(st.lists(NUMBERS, min_size=3, max_size=5), st.binary(min_size=116, max_size=116), st.none()),
        max_size=3,
    ),
}


@st.composite
def acts(draw: st.DrawFn) -> bytes:
    """An act of the table with fields of the right types and any values."""
    schema = draw(st.sampled_from(list(SCHEMAS.values())))
    rising = st.lists(st.integers(1, 12), max_size=3, unique=True).map(sorted)
    fields = [draw(VALUES[kind]) for _, kind in schema.fields]
    digests = draw(st.sampled_from(([], [bytes(32)], [bytes(32)] * 2)))
    lists: Any = [draw(rising), draw(rising), digests]
    return encode([schema.number, *lists, *fields])


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.binary(max_size=40), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)
DECISIONS = st.builds(
    lambda entry, body: encode([0, [], [entry], [body]]), st.integers(0, 40), st.binary(min_size=32, max_size=32)
)
BODIES = st.one_of(acts(), DECISIONS, st.builds(encode, st.lists(JUNK, min_size=1, max_size=8)))
CONTROL = st.sampled_from((Kind.ACT, Kind.PROPOSE, Kind.CONFIRM, Kind.WITHDRAW))


@given(st.lists(st.tuples(SIGNERS, CONTROL, BODIES, st.sampled_from((0, 1_000, 86_400_000))), min_size=1, max_size=8))
@settings(max_examples=200)
def test_every_act_has_an_answer(sent: list[tuple[str, Kind, bytes, int]]) -> None:
    nation = opened()
    for signer, kind, body, pause in sent:
        nation.wait(pause)
        message = nation.message(kind, body, [nation.signers[signer]])
        nation.open_block()
        before = [bytes(as_bytes(piece)) for _, piece in parts(nation.state)]
        try:
            answer: Any = nation.take(message)
        except Malformed:
            answer = Refusal("form", "", 422)
        if isinstance(answer, Refusal):
            assert [bytes(as_bytes(piece)) for _, piece in parts(nation.state)] == before
        check_books(nation.state)


@given(st.lists(acts(), min_size=1, max_size=6))
@settings(max_examples=150)
def test_every_decided_act_has_an_answer(bodies: list[bytes]) -> None:
    """Proposed and confirmed by the authority's persons, then what they ordered is executed."""
    nation = opened()
    for body in bodies:
        answers = nation.block(nation.message(Kind.PROPOSE, body, [nation.signers["Amina"]]))
        proposed = answers[0]
        if not isinstance(proposed, Refusal) and "Bilal" in nation.signers:
            nation.decision("Bilal", Kind.CONFIRM, proposed)
        nation.wait(86_400_000)
        nation.open_block()
        check_books(nation.state)


@given(st.lists(st.binary(min_size=116, max_size=116), min_size=1, max_size=5), SIGNERS)
def test_transfers_of_any_bytes_have_an_answer(rows: list[bytes], signer: str) -> None:
    nation = opened()
    nation.block(nation.message(Kind.TRANSFERS, b"".join(rows), [nation.signers[signer]]))
    check_books(nation.state)
