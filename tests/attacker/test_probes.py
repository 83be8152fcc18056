"""Questions that a curious bank puts to a running node, and answers that must not tell it anything of others."""

from collections.abc import Generator

import pytest

from sanad.base.errors import Refused
from sanad.node.receipts import decode as decode_receipt
from sanad.rulebook.edition1.acts import encode_act, encode_decision
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.words import AMOUNT_MAX, AccountFlag, AccountKind, HolderClass, Purpose, TransferFlag
from sanad.rulebook.message import (
    POSITIONS_PER_ENTRY,
    TRANSFER,
    Kind,
    Message,
    Signature,
    Suite,
    key_id,
    new_transfers,
    with_signatures,
)
from tests.attacker.network import Leg, Life, Sender, key_of, living, new_uetr

FUNDS = 1_000
CURIOUS_PERSON = 6


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Generator[Life, None, None]:
    """A running nation whose accounts have money."""
    with living(tmp_path_factory.mktemp("probed") / "record") as life:
        nation = life.nation
        life.node.start()
        issued = [Leg(nation.issuance, number, FUNDS, Purpose.ISSUANCE) for number in nation.customers]
        life.decide(life.transfers(nation.central_bank, issued))
        yield life


def signed_by_alpha(life: Life, message: Message) -> Message:
    key = life.system(life.nation.alpha).key
    identifier = key_id(Suite.ED25519, bytes(key.verify_key))
    return with_signatures(message, (Signature(Suite.ED25519, identifier, key.sign(message.digest).signature),))


def codes_of(life: Life, message: Message) -> tuple[int, ...]:
    return decode_receipt(life.node.submit(message.raw).result(10)).codes


@pytest.mark.parametrize("sequence", [1, 2, 3, 1_000], ids=["used", "next", "soon", "far ahead"])
def test_in_the_name_of_another_bank_every_sequence_is_refused_alike(life: Life, sequence: int) -> None:
    """Else the answers would count the central bank's messages, and Alpha's would take the places kept for them."""
    pretended = Sender(life.genesis, life.nation.central_bank, key_of("any"), sequence=sequence - 1)
    message = signed_by_alpha(life, pretended.message(Kind.TRANSFERS, bytes(116)))
    with pytest.raises(Refused, match="the key belongs to another institution"):
        life.node.submit(message.raw).result(1)


def test_a_proposal_of_others_answers_like_an_entry_that_is_none(life: Life) -> None:
    """Else every entry could be asked whether it was a freeze that waits for its second person."""
    freeze = encode_act("freeze", life.nation.betas, int(AccountFlag.FROZEN_DEBIT), digests=[life.evidence()])
    proposed = life.decide(life.person(1, life.nation.authority).message(Kind.PROPOSE, freeze))
    curious = life.person(CURIOUS_PERSON, life.nation.alpha, "curious person")
    for entry, guess in ((proposed.entry, bytes(1)), (proposed.entry, freeze), (1, freeze)):
        decision = curious.message(Kind.CONFIRM, encode_decision(entry, guess))
        assert codes_of(life, decision) == (Outcome.PROPOSAL_UNKNOWN,)


def test_a_reservation_of_others_answers_like_a_position_that_holds_none(life: Life) -> None:
    nation = life.nation
    reserving = life.transfers(nation.beta, [Leg(nation.betas, nation.betas + 1, 5)])
    reserved = life.decide(changed(life, nation.beta, reserving, flags=int(TransferFlag.PENDING)))
    for position in (reserved.entry * POSITIONS_PER_ENTRY, reserved.entry * POSITIONS_PER_ENTRY + 1):
        posting = life.transfers(nation.alpha, [Leg(nation.betas, nation.betas + 1, 5)])
        message = changed(life, nation.alpha, posting, flags=int(TransferFlag.POST), pending=position)
        assert codes_of(life, message) == (Outcome.PENDING_NOT_FOUND,)


def test_the_uetr_of_another_banks_payment_is_no_duplicate(life: Life) -> None:
    """The rule is one institution's own: it can't be asked whether another has paid under a UETR."""
    nation, uetr = life.nation, new_uetr()
    life.decide(life.transfers(nation.beta, [Leg(nation.betas, nation.betas + 1, 5)], uetr))
    life.decide(life.transfers(nation.alpha, [Leg(nation.alphas, nation.alphas + 1, 5)], uetr))


def test_a_rejected_payment_is_its_senders_affair(life: Life) -> None:
    """Else the bank of the payee would read from the outcome that the payer has too little, or is frozen."""
    nation = life.nation
    message = life.transfers(nation.beta, [Leg(nation.betas, nation.alphas, 50 * FUNDS)])
    receipt = decode_receipt(life.node.submit(message.raw).result(10))
    assert receipt.codes == (Outcome.INSUFFICIENT_BALANCE,)
    assert life.node.transfer_parties(receipt.entry * POSITIONS_PER_ENTRY) == {nation.beta}


def test_an_admitted_payments_proof_is_for_both_banks(life: Life) -> None:
    nation = life.nation
    receipt = life.decide(life.transfers(nation.beta, [Leg(nation.betas, nation.alphas, 5)]))
    assert life.node.transfer_parties(receipt.entry * POSITIONS_PER_ENTRY) == {nation.alpha, nation.beta}
    assert life.node.transfer_parties(receipt.entry * POSITIONS_PER_ENTRY + 1) == set()


def test_a_bank_without_the_money_gets_no_answer_from_anothers_balance(life: Life) -> None:
    """What the payee has could only be felt at the end of 63 bits, and the payer must have that much first."""
    nation = life.nation
    message = life.transfers(nation.alpha, [Leg(nation.alphas, nation.betas, AMOUNT_MAX - FUNDS + 1)])
    assert codes_of(life, message) == (Outcome.INSUFFICIENT_BALANCE,)


def test_an_issuer_cannot_feel_balances_in_its_own_asset(life: Life) -> None:
    """With a second issuance account, a chain that must break would tell by its outcome, and move nothing."""
    nation = life.nation
    fields = (int(AccountKind.ISSUANCE), nation.rupee, int(HolderClass.INSTITUTION), 0, int(AccountFlag.MAY_OVERDRAW))
    opening = encode_act("open_accounts", *fields, 1, recipients=[nation.central_bank])
    answer = codes_of(life, life.system(nation.central_bank).message(Kind.ACT, opening))
    assert answer == (Outcome.ACCOUNT_KIND_NOT_ALLOWED,)


def changed(life: Life, institution: int, message: Message, **fields: int) -> Message:
    """The same message with other fields in its transfers, signed again in the same place of the lane."""
    rows = new_transfers(message.header.items)
    rows[:] = message.transfers()
    for name, value in fields.items():
        assert name in (TRANSFER.names or ())
        rows[name] = value
    sender = life.system(institution)
    sender.sequence -= 1
    return sender.message(Kind.TRANSFERS, rows.tobytes(), message.header.items)
