"""Persons sign with passkeys through a running node; the page moves between edge and order; the audit agrees."""

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest

from sanad.base.errors import Refused
from sanad.node.auditing import audit
from sanad.node.core import Node
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.message import Kind, Message, Signature, Suite, key_id, with_signatures
from sanad.rulebook.signatures import possession_bytes
from tests.authenticator import Passkey, create
from tests.unit.node.conftest import AUTHORITY, SEGMENT_SIZE, Bank, Town

HOST, ORIGIN, MOVED = "sign.example", "https://sign.example", "https://sign.example:8443"
SIGN_IN = "portal.example"
PHONE = create("person 0", HOST, ORIGIN)


@dataclass
class Holder(Bank):
    """A person of the authority who signs with a passkey."""

    passkey: Passkey = PHONE

    def signed(self, message: Message) -> Message:
        identifier = key_id(Suite.WEBAUTHN_ES256, self.passkey.public)
        return with_signatures(
            message, (Signature(Suite.WEBAUTHN_ES256, identifier, self.passkey.sign(message.digest)),)
        )


def outcome(town: Town, message: Message) -> int:
    return int.from_bytes(town.receipt(message).outcomes, "little")


def act(person: Bank, *fields: object, kind: Kind = Kind.PROPOSE, sequence: int = 0) -> Message:
    return person.message(encode_act(*fields, digests=[bytes(32)]), kind, 1, sequence)  # type: ignore[arg-type]


def decide(town: Town, proposer: Bank, confirmer: Bank, *fields: object) -> None:
    proposal = act(proposer, *fields)
    receipt = town.receipt(proposal)
    assert int.from_bytes(receipt.outcomes, "little") == 0
    assert outcome(town, confirmer.message(encode_decision(receipt.entry, proposal.body), Kind.CONFIRM, 1)) == 0


def with_phone(town: Town, first: Bank) -> Holder:
    """The first person, whose key is now the passkey; the page is set by the two others."""
    decide(town, town.person(1), town.person(2), "set_signing_origin", HOST, [ORIGIN])
    claim = possession_bytes(town.node.network, AUTHORITY, 1, Suite.WEBAUTHN_ES256, PHONE.public)
    assert outcome(town, act(first, "rotate_key", 2, PHONE.public, PHONE.sign(claim), kind=Kind.ACT)) == 0
    return Holder(first.network, AUTHORITY, first.key, first.lane, first.sequences)


def refusal(answer: "Future[bytes]") -> Refused:
    with pytest.raises(Refused) as raised:
        answer.result(10)
    return raised.value


def test_a_passkey_decides_and_the_audit_agrees(town: Town, folder: Path) -> None:
    holder = with_phone(town, town.person(0))
    assert outcome(town, act(holder, "register_person", AUTHORITY, 0)) == 0
    town.node.close()
    assert audit(folder, post, segment_size=SEGMENT_SIZE).entries == town.node.ordering.state.entry
    again = Node(folder, post, segment_size=SEGMENT_SIZE)
    assert again.ordering.state.signing.origins == (ORIGIN,)
    again.close(snapshot=False)


def test_the_edge_refuses_a_wrong_signature_and_order_a_wrong_page(town: Town) -> None:
    holder = with_phone(town, town.person(0))
    message = act(holder, "register_person", AUTHORITY, 0)
    (signature,) = message.signatures
    for wrong in (
        Signature(signature.suite, signature.key_id, signature.value[:-1] + bytes([signature.value[-1] ^ 1])),
        Signature(Suite.ED25519, signature.key_id, signature.value[:64]),
    ):
        with pytest.raises(Refused, match="signature"):
            town.send(with_signatures(message, (wrong,)))
    holder.passkey = PHONE.at(SIGN_IN, f"https://{SIGN_IN}")
    assert refusal(town.send(holder.signed(message))).right == "signing page"
    holder.passkey = PHONE
    assert outcome(town, holder.signed(message)) == 0


def test_what_waited_at_the_edge_while_the_page_moved_is_refused(town: Town, folder: Path) -> None:
    first = town.person(0)
    holder = with_phone(town, first)
    done = act(holder, "register_person", AUTHORITY, 0)
    receipt = town.receipt(done)
    early = town.send(act(holder, "register_person", AUTHORITY, 0, sequence=4))
    one, two = town.person(1), town.person(2)
    for person in (one, two):
        next(person.sequences)  # the first decided to set the page
    decide(town, one, two, "set_signing_origin", HOST, [MOVED])
    holder.passkey = PHONE.at(HOST, MOVED)
    assert outcome(town, act(holder, "register_person", AUTHORITY, 0, sequence=3)) == 0
    assert refusal(early).right == "signing page"
    # What is on the record is answered as before, though nobody could sign so now.
    assert town.receipt(done) == receipt
    assert outcome(town, act(holder, "register_person", AUTHORITY, 0, sequence=4)) == 0
    town.node.close()
    assert audit(folder, post, segment_size=SEGMENT_SIZE).entries == town.node.ordering.state.entry
