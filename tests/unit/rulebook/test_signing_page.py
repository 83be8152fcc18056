"""Where persons sign: what the act takes, who signs there, and what a new page ends."""

from typing import Any

import pytest

from sanad.base.canonical import Value, decode
from sanad.base.errors import Fault
from sanad.rulebook.edition1.admission import Refusal
from sanad.rulebook.edition1.apply import apply_genesis
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.register import record_key
from sanad.rulebook.edition1.state import copy, empty_state, state_digest
from sanad.rulebook.edition1.words import RegisterType, Right
from sanad.rulebook.message import Kind, Suite
from sanad.rulebook.signature_webauthn import SigningOrigins
from sanad.rulebook.signatures import possession_bytes
from tests.authenticator import create
from tests.scenarios.founding import (
    FOUNDED_MS,
    INSTITUTIONS,
    NO_NETWORK,
    PERSONS,
    RIGHTS_OF_STAFF,
    SIGNING_HOST,
    SIGNING_ORIGIN,
    Signer,
    act_body,
    founding_acts,
    passkey,
)
from tests.scenarios.nation import Entry, Nation

PAGE = bytes([7]) * 32


def outcome(answer: Any) -> Outcome:
    assert isinstance(answer, Entry), answer
    return answer.outcome


def set_page(
    nation: Nation, rp_id: Any = SIGNING_HOST, origins: Any = (SIGNING_ORIGIN,), who: str = "Amina"
) -> Outcome:
    confirmer = "Bilal" if who != "Bilal" else "Chanda"
    return outcome(nation.decide(who, confirmer, "set_signing_origin", rp_id, list(origins), digests=[PAGE]))


def rotate(nation: Nation, name: str, new: str) -> Outcome:
    """To the passkey of that name, under which the person then signs."""
    old = nation.signers[name]
    key = passkey(new)
    fields: list[Value] = [2, key.public, nation.possession(key, old.institution, old.person)]
    found = outcome(nation.act(name, Kind.ACT, "rotate_key", *fields))
    if found is Outcome.ADMITTED:
        nation.give_key(name, old.institution, old.person, old.lane, key)
    return found


@pytest.mark.parametrize(
    ("rp_id", "origins"),
    [
        ("sign.example", ["https://sign.example"]),
        ("sign.example", ["https://sign.example:8443", "https://a.sign.example", "https://sign.example"]),
        ("localhost", ["http://localhost:8480", "https://localhost", "http://localhost"]),
        ("signing.localhost", ["http://signing.localhost:8481"]),
        ("a.b", [f"https://{number}.a.b" for number in range(8)]),
    ],
)
def test_pages_that_can_be_set(nation: Nation, rp_id: str, origins: list[str]) -> None:
    assert set_page(nation, rp_id, origins) is Outcome.ADMITTED
    assert nation.state.signing == SigningOrigins(rp_id, tuple(origins), PAGE)
    assert copy(nation.state).signing == nation.state.signing


@pytest.mark.parametrize(
    ("rp_id", "origins"),
    [
        ("sign.example", []), ("a.b", [f"https://{number}.a.b" for number in range(9)]),
        ("sign.example", ["https://sign.example", "https://sign.example"]), ("", ["https://"]), ("", [""]),
        ("sign.example", ["http://sign.example"]), ("sign.example", ["https://sign.example/"]),
        ("sign.example", ["https://notsign.example"]), ("sign.example", ["https://example"]),
        ("sign.example", ["https://sign.example.evil"]), ("sign.example", ["https://sign.example:"]),
        ("sign.example", ["https://sign.example:0443"]), ("sign.example", ["https://sign.example:123456"]),
        ("sign.example", ["https://sign.example:44x"]), ("sign.example", ["sign.example"]),
        ("sign.example", ["https://SIGN.example"]), ("sign.example", ['https://".sign.example']),
        ("sign.example", ["https://\\.sign.example"]), ("sign.example", ["https://دستخط.sign.example"]),
        ("sign.example", ["https://" + "a" * 240 + ".sign.example"]), ("sign.example", ["https://u@sign.example"]),
        ("sign.example", [1]), ("sign.example", [b"https://sign.example"]), ("sign.example", [["x"]]),
        ("Sign.example", ["https://Sign.example"]), (".example", ["https://.example"]),
        ("x" * 254, ["https://" + "x" * 254]), ("localhost.example", ["http://localhost.example"]),
        ("notlocalhost", ["http://notlocalhost"]), ("signing.localhost", ["http://localhost:8481"]),
    ],
)  # fmt: skip
def test_pages_that_cannot_be_set(nation: Nation, rp_id: str, origins: list[Any]) -> None:
    assert set_page(nation, rp_id, origins) is Outcome.NUMBER_OUT_OF_RANGE
    assert nation.state.signing == SigningOrigins()


def test_the_page_is_in_the_public_register(nation: Nation) -> None:
    set_page(nation)
    record = decode(nation.state.register[record_key(RegisterType.SIGNING_PAGE, 1)], "record")
    assert record == [7, 1, SIGNING_HOST, [SIGNING_ORIGIN], PAGE, nation.state.entry, nation.state.time_ms]


def test_the_state_digest_covers_the_page(nation: Nation) -> None:
    before = copy(nation.state)
    before.signing = SigningOrigins(SIGNING_HOST, (SIGNING_ORIGIN,), PAGE)
    assert state_digest(before) != state_digest(nation.state)


def test_another_origin_of_the_same_page_keeps_the_keys_and_refuses_the_old_one(nation: Nation) -> None:
    set_page(nation)
    rotate(nation, "Amina", "AminaPhone")
    proposal = nation.message(Kind.PROPOSE, act_body("register_person", 1, 0), [nation.signers["Amina"]])
    assert set_page(nation, origins=[SIGNING_ORIGIN + ":8443"], who="Bilal") is Outcome.ADMITTED
    answer = nation.block(proposal)[0]
    assert isinstance(answer, Refusal)
    assert (answer.right, answer.status) == ("signing page", 401)
    assert set_page(nation, who="Bilal") is Outcome.ADMITTED
    assert isinstance(nation.block(proposal)[0], Entry)


def test_a_message_before_the_change_in_one_block_is_admitted_and_one_after_it_refused(nation: Nation) -> None:
    set_page(nation)
    rotate(nation, "Amina", "AminaPhone")
    amina, bilal, chanda = (nation.signers[name] for name in ("Amina", "Bilal", "Chanda"))
    change = nation.act(
        "Bilal", Kind.PROPOSE, "set_signing_origin", SIGNING_HOST, [SIGNING_ORIGIN + ":1"], digests=[PAGE]
    )
    assert isinstance(change, Entry)
    body = act_body("register_person", 1, 0)
    before, after = (nation.message(Kind.PROPOSE, body, [amina], ahead=number) for number in (0, 1))
    nation.open_block()
    assert isinstance(nation.take(before), Entry)
    nation.state, kept = copy(nation.state), nation.state
    assert isinstance(nation.take(after), Entry)
    nation.state = kept
    confirm = nation.message(
        Kind.CONFIRM, act_body(0, refers=[change.number], digests=[change.message.header.body_digest]), [chanda]
    )
    assert outcome(nation.take(confirm)) is Outcome.ADMITTED
    assert isinstance(nation.take(after), Refusal)
    assert bilal.person == PERSONS["Bilal"]


def test_a_new_relying_party_ends_every_passkey(nation: Nation) -> None:
    set_page(nation)
    rotate(nation, "Amina", "AminaPhone")
    rotate(nation, "Imran", "ImranPhone")
    assert set_page(nation, "other.example", ["https://other.example"], who="Bilal") is Outcome.ADMITTED
    for name in ("Amina", "Imran"):
        assert nation.state.key_table[nation.signers[name].key_id].revoked == nation.state.entry
    assert nation.state.key_table[nation.signers["Bilal"].key_id].revoked == 0


def test_the_recovery_set_keeps_two(nation: Nation) -> None:
    set_page(nation)
    rotate(nation, "Hamid", "HamidPhone")
    assert set_page(nation, "other.example", ["https://other.example"]) is Outcome.LAST_KEY_OF_AUTHORITY
    assert set_page(nation, SIGNING_HOST, [SIGNING_ORIGIN + ":8443"]) is Outcome.ADMITTED


def register(nation: Nation, person: int, public: bytes, possession: bytes, suite: int = 2) -> Outcome:
    scope = [int(Right.PROPOSE | Right.CONFIRM), 200, 200, 0]
    fields: list[Value] = [INSTITUTIONS["Authority"], person, suite, public, possession, *scope]
    return outcome(nation.act("Amina", Kind.PROPOSE, "register_key", *fields))


def test_a_passkey_proves_possession_at_the_signing_page(nation: Nation) -> None:
    chanda = PERSONS["Chanda"]
    key = passkey("ChandaPhone")
    proof = nation.possession(key, 1, chanda)
    assert register(nation, chanda, key.public, proof) is Outcome.POSSESSION_NOT_PROVED
    set_page(nation)
    assert register(nation, chanda, key.public, proof) is Outcome.ADMITTED
    assert register(nation, 0, key.public, nation.possession(key, 1, 0)) is Outcome.NUMBER_OUT_OF_RANGE
    assert register(nation, chanda, key.public, proof[:64]) is Outcome.POSSESSION_NOT_PROVED
    assert register(nation, chanda, key.public, nation.possession(key, 1, 2)) is Outcome.POSSESSION_NOT_PROVED
    assert register(nation, chanda, key.public[1:], proof) is Outcome.NUMBER_OUT_OF_RANGE
    assert register(nation, chanda, key.public[1:], proof, suite=1) is Outcome.POSSESSION_NOT_PROVED
    assert register(nation, chanda, key.public, proof, suite=1) is Outcome.NUMBER_OUT_OF_RANGE
    assert register(nation, chanda, key.public, proof, suite=3) is Outcome.NUMBER_OUT_OF_RANGE
    not_a_point = b"\2" + b"\xff" * 32
    assert register(nation, chanda, not_a_point, proof) is Outcome.POSSESSION_NOT_PROVED


def test_the_recovery_set_recovers_to_a_passkey(nation: Nation) -> None:
    set_page(nation)
    key = passkey("NewHead")
    proposed = nation.act("Ghazala", Kind.PROPOSE, "recover", 1, 2, key.public, nation.possession(key, 1, 0), 200, 200)
    assert outcome(proposed) is Outcome.ADMITTED
    assert isinstance(proposed, Entry)
    assert outcome(nation.decision("Hamid", Kind.CONFIRM, proposed)) is Outcome.ADMITTED
    nation.wait(7 * 86_400_000 + 1_000)
    nation.open_block()
    nation.give_key("NewHead", 1, nation.state.key_table[Signer(key, 1, 0, 0).key_id].person, 200, key)
    assert outcome(nation.act("NewHead", Kind.PROPOSE, "register_person", 1, 0)) is Outcome.ADMITTED


def test_two_persons_sign_a_bulk_file_with_two_suites(nation: Nation) -> None:
    set_page(nation)
    nation.act("Indus", Kind.ACT, "open_accounts", 2, 1, 2, 0, 0, 2)
    rotate(nation, "Imran", "ImranPhone")
    staff = [Signer(nation.signers[name].key, INSTITUTIONS["Indus"], PERSONS[name], 106) for name in ("Imran", "Iqra")]
    for name in ("Imran", "Iqra"):
        nation.state.key_table[nation.signers[name].key_id].lane_first = 0
        nation.state.key_table[nation.signers[name].key_id].lane_last = 200
    answer = nation.block(nation.message(Kind.TRANSFERS, nation.transfer(5, 6, 1).tobytes(), staff))[0]
    assert isinstance(answer, Entry)
    assert answer.outcomes == [Outcome.INSUFFICIENT_BALANCE]


def test_a_passkey_for_signing_in_signs_nothing(nation: Nation) -> None:
    set_page(nation)
    rotate(nation, "Amina", "AminaPhone")
    amina = nation.signers["Amina"]
    sign_in = create("AminaPhone", "portal.nation.example", "https://portal.nation.example")
    stranger = Signer(sign_in, amina.institution, amina.person, amina.lane)
    assert stranger.key_id == amina.key_id
    answer = nation.block(nation.message(Kind.PROPOSE, act_body("register_person", 1, 0), [stranger]))[0]
    assert isinstance(answer, Refusal)
    assert answer.right == "signing page"


def test_a_network_is_founded_with_a_page_and_passkeys() -> None:
    page = act_body("set_signing_origin", SIGNING_HOST, [SIGNING_ORIGIN], digests=[PAGE])
    institutions = len(INSTITUTIONS)
    acts = founding_acts()
    key = passkey("AminaPhone")
    claim = possession_bytes(NO_NETWORK, 1, 1, Suite.WEBAUTHN_ES256, key.public)
    scope: list[Value] = [int(RIGHTS_OF_STAFF), 300, 300, 0]
    own = act_body("register_key", 1, 1, 2, key.public, key.sign(claim), *scope)
    state = empty_state()
    apply_genesis(state, bytes(16), [*acts[:institutions], page, *acts[institutions:], own], FOUNDED_MS, bytes(32))
    assert state.signing == SigningOrigins(SIGNING_HOST, (SIGNING_ORIGIN,), PAGE)
    assert state.key_table[Signer(key, 1, 1, 300).key_id].person == 1
    with pytest.raises(Fault, match="POSSESSION_NOT_PROVED"):
        apply_genesis(empty_state(), bytes(16), [*acts, own, page], FOUNDED_MS, bytes(32))
