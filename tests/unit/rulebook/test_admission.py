"""Ordered refusals: each, their order, and that they leave no trace."""

from dataclasses import replace
from typing import Any

import pytest

from sanad.base.errors import Malformed
from sanad.rulebook.edition1.admission import Admission, Refusal, admit
from sanad.rulebook.edition1.state import copy, state_digest
from sanad.rulebook.edition1.words import Right
from sanad.rulebook.message import Kind, Message, assemble, with_signatures
from tests.scenarios.founding import Signer, act_body, signing_key
from tests.scenarios.nation import DAY, Nation

STRANGER = Signer(signing_key("a stranger"), 3, 0, 1)


@pytest.fixture
def opened(nation: Nation) -> Nation:
    nation.open_block()
    return nation


def message(nation: Nation, *who: str, kind: Kind = Kind.TRANSFERS, body: bytes = bytes(116), **header: Any) -> Message:
    signers = [nation.signers[name] for name in who or ("Indus",)]
    return nation.message(kind, body, signers, **header)


def answer(nation: Nation, sent: Message) -> str:
    admitted = admit(nation.state, sent, nation.state.time_ms)
    return admitted.right if isinstance(admitted, Refusal) else "admitted"


def test_a_right_message_is_admitted(opened: Nation) -> None:
    admitted = admit(opened.state, message(opened), opened.state.time_ms)
    assert isinstance(admitted, Admission)
    assert (admitted.person, admitted.key, admitted.act) == (0, opened.signers["Indus"].key_id, None)


def test_each_refusal_names_the_right_and_says_what_to_do(opened: Nation) -> None:
    now = opened.state.time_ms
    cases = {
        "network": message(opened, network=bytes(16)),
        "institution": message(opened, institution=999),
        "signature": with_signatures(message(opened), ()),
        "key": opened.message(Kind.TRANSFERS, bytes(116), [STRANGER]),
        "key scope": message(opened, "Imran"),
        "lane": message(opened, lane=10),
        "sequence": message(opened, ahead=1),
        "expiry": message(opened, expiry_ms=now),
        "quota": message(opened, body=bytes(8_190 * 116)),
    }
    opened.state.institution_table[3].quota = 10_000
    for right, sent in cases.items():
        refused = admit(opened.state, sent, now)
        assert isinstance(refused, Refusal)
        assert refused.right == right
        assert refused.advice
        assert refused.status in (401, 403, 409, 429)


def test_the_first_that_applies_is_named(opened: Nation) -> None:
    """Network, institution, key, scope, lane, sequence, expiry, quota: mended one after the other."""
    opened.state.institution_table[3].quota = 10
    wrong: dict[str, Any] = {"network": bytes(16), "institution": 999, "lane": 50, "ahead": 1, "expiry_ms": 1}
    assert answer(opened, message(opened, "Ravi", **wrong)) == "network"
    del wrong["network"]
    assert answer(opened, message(opened, "Ravi", **wrong)) == "institution"
    wrong["institution"] = 3
    assert answer(opened, message(opened, "Ravi", **wrong)) == "key"
    assert answer(opened, message(opened, "Imran", **wrong)) == "key scope"
    assert answer(opened, message(opened, "Indus", **wrong)) == "lane"
    wrong["lane"] = 1
    assert answer(opened, message(opened, "Indus", **wrong)) == "sequence"
    del wrong["ahead"]
    assert answer(opened, message(opened, "Indus", **wrong)) == "expiry"
    del wrong["expiry_ms"]
    assert answer(opened, message(opened, "Indus", **wrong)) == "quota"


@pytest.mark.parametrize("kind", [Kind.GENESIS, Kind.SYSTEM_ACT, Kind.SYSTEM_TRANSFERS])
def test_system_kinds_never_come_from_outside(opened: Nation, kind: Kind) -> None:
    body = bytes(116) if kind is Kind.SYSTEM_TRANSFERS else act_body("state_digest", 1, bytes(32))
    with pytest.raises(Malformed, match="system_kind"):
        admit(opened.state, message(opened, kind=kind, body=body), opened.state.time_ms)


def test_an_act_that_is_none_is_malformed(opened: Nation) -> None:
    with pytest.raises(Malformed, match="not_an_act"):
        admit(opened.state, message(opened, "Imran", kind=Kind.PROPOSE, body=b"\x90"), opened.state.time_ms)


def test_a_refusal_leaves_no_trace(opened: Nation) -> None:
    before = state_digest(copy(opened.state))
    for sent in (
        message(opened, ahead=1), message(opened, lane=77), message(opened, expiry_ms=1), message(opened, "Imran"),
        message(opened, "Amina", kind=Kind.ACT, body=act_body("state_digest", 1, bytes(32))),
    ):  # fmt: skip
        assert answer(opened, sent) != "admitted"
    assert state_digest(copy(opened.state)) == before


@pytest.mark.parametrize(
    ("who", "kind", "schema", "right"),
    [
        ("Indus", Kind.ACT, "open_accounts", Right.ACCOUNT),
        ("Indus", Kind.ACT, "set_account", Right.ACCOUNT),
        ("Indus", Kind.ACT, "statement", Right.STATEMENT),
        ("Imran", Kind.ACT, "revoke_key", Right.KEY),
        ("Imran", Kind.PROPOSE, "freeze", Right.PROPOSE),
        ("Ghazala", Kind.PROPOSE, "recover", Right.RECOVER),
        ("Imran", Kind.ACT, "freeze", Right.PROPOSE),
    ],
)
def test_each_act_wants_its_right(opened: Nation, who: str, kind: Kind, schema: str, right: Right) -> None:
    sent = message(opened, who, kind=kind, body=act_body(schema))
    assert answer(opened, sent) == "admitted"
    key = opened.state.key_table[opened.signers[who].key_id]
    key.rights &= ~int(right)
    assert answer(opened, sent) == "key scope"


@pytest.mark.parametrize("kind", [Kind.CONFIRM, Kind.WITHDRAW])
def test_a_decision_wants_a_right_to_decide(opened: Nation, kind: Kind) -> None:
    body = act_body(0, refers=[1], digests=[bytes(32)])
    assert answer(opened, message(opened, "Imran", kind=kind, body=body)) == "admitted"
    assert answer(opened, message(opened, "Ghazala", kind=kind, body=body)) == "admitted"
    assert answer(opened, message(opened, "Indus", kind=kind, body=body)) == "key scope"


def test_a_key_replaces_itself_whatever_its_rights(opened: Nation) -> None:
    opened.state.key_table[opened.signers["Indus"].key_id].rights = int(Right.READ)
    assert answer(opened, message(opened, kind=Kind.ACT, body=act_body("rotate_key"))) == "admitted"


def test_two_signatures_only_on_a_bulk_file_of_two_persons(opened: Nation) -> None:
    for name in ("Imran", "Iqra"):
        opened.state.key_table[opened.signers[name].key_id].lane_first = 0
    assert answer(opened, message(opened, "Imran", "Iqra", lane=50)) == "admitted"
    for who in (("Imran", "Indus"), ("Amina", "Imran")):
        assert answer(opened, message(opened, *who, lane=50)) in ("key scope", "key")
    act = act_body("statement", 1, 0, 0, digests=[bytes(32)])
    assert answer(opened, message(opened, "Imran", "Iqra", lane=50, kind=Kind.ACT, body=act)) == "key scope"
    opened.state.key_table[opened.signers["Iqra"].key_id].rights &= ~int(Right.SIGN_BULK)
    assert answer(opened, message(opened, "Imran", "Iqra", lane=50)) == "key scope"


def test_the_ceiling_of_a_bulk_file_is_the_lower_one(opened: Nation) -> None:
    for name, ceiling in (("Imran", 500), ("Iqra", 700)):
        key = opened.state.key_table[opened.signers[name].key_id]
        key.lane_first, key.ceiling = 0, ceiling
    admitted = admit(opened.state, message(opened, "Imran", "Iqra", lane=50), opened.state.time_ms)
    assert isinstance(admitted, Admission)
    assert admitted.ceiling == 500


def test_the_quota_counts_whole_messages_and_is_filled_to_the_byte(opened: Nation) -> None:
    sent = message(opened)
    opened.state.institution_table[3].quota = sent.size
    assert answer(opened, sent) == "admitted"
    opened.state.institution_table[3].quota = sent.size - 1
    assert answer(opened, sent) == "quota"


def test_a_message_is_good_until_its_expiry(opened: Nation) -> None:
    sent = message(opened, expiry_ms=opened.state.time_ms + DAY)
    for after, expected in ((DAY - 1, "admitted"), (DAY, "expiry")):
        admitted = admit(opened.state, sent, opened.state.time_ms + after)
        assert (admitted.right if isinstance(admitted, Refusal) else "admitted") == expected


def test_a_lane_starts_at_one_and_has_no_gaps(opened: Nation) -> None:
    header = message(opened).header
    for sequence, expected in ((1, "admitted"), (2, "sequence"), (2**63 - 1, "sequence")):
        sent = assemble(replace(header, sequence=sequence), bytes(116), ())
        signer = opened.signers["Indus"]
        sent = with_signatures(sent, message(opened).signatures)
        assert signer.lane == header.lane
        assert answer(opened, sent) == expected
