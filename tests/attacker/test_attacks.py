"""The attacker must fail on a network as it is, and the same code must succeed where the blinding is switched off.

What it has is in `knowledge`, what it tries in `attacks`, what happens in `network`. `docs/threats.md` says what
remains known all the same, and why.
"""

from functools import cache
from pathlib import Path

import pytest

from tests.attacker.attacks import attack_balance, attack_kinds, attack_message_count, attack_siblings
from tests.attacker.knowledge import Knowledge
from tests.attacker.network import Blinding, Truth, live

BLINDED = Blinding()
Lives = dict[Blinding, tuple[Knowledge, Truth]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> "Story":
    return Story(tmp_path_factory.mktemp("networks"))


class Story:
    """The same things happen on each network, once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.with_blinding = cache(self._live)

    def _live(self, blinding: Blinding) -> tuple[Knowledge, Truth]:
        return live(self._folder / str(hash(blinding)), blinding)


# --- as it is: nothing is found -------------------------------------------------------------------------------------


def test_a_payment_of_one_minor_unit_does_not_tell_the_payees_balance(lived: Story) -> None:
    knowledge, _ = lived.with_blinding(BLINDED)
    assert attack_balance(knowledge) is None


def test_the_proof_of_a_payment_does_not_tell_its_sibling_legs(lived: Story) -> None:
    knowledge, _ = lived.with_blinding(BLINDED)
    assert attack_siblings(knowledge) is None


def test_a_freeze_looks_like_a_payment(lived: Story) -> None:
    knowledge, _ = lived.with_blinding(BLINDED)
    assert attack_kinds(knowledge) is None


def test_a_receipt_does_not_tell_how_many_messages_its_block_held(lived: Story) -> None:
    knowledge, _ = lived.with_blinding(BLINDED)
    assert attack_message_count(knowledge) is None


# --- blinding switched off: all is found, by the same code ----------------------------------------------------------


def test_without_the_record_secret_the_balance_is_found(lived: Story) -> None:
    knowledge, truth = lived.with_blinding(Blinding(secret=False))
    assert attack_balance(knowledge) == truth.balance


def test_with_constant_evidence_the_sibling_leg_is_found(lived: Story) -> None:
    knowledge, truth = lived.with_blinding(Blinding(evidence=False))
    sibling = attack_siblings(knowledge)
    assert sibling is not None
    assert (sibling.credit, sibling.amount) == truth.sibling


def test_without_secret_and_evidence_freeze_and_payment_are_told_apart(lived: Story) -> None:
    knowledge, truth = lived.with_blinding(Blinding(secret=False, evidence=False))
    assert attack_kinds(knowledge) == truth.kinds


def test_in_a_dense_tree_the_messages_of_the_block_are_counted(lived: Story) -> None:
    knowledge, truth = lived.with_blinding(Blinding(places=False))
    count = attack_message_count(knowledge)
    assert count is not None
    assert (count.at_least, count.at_most) == (truth.messages, truth.messages)


def test_without_the_record_secret_empty_places_are_seen(lived: Story) -> None:
    knowledge, truth = lived.with_blinding(Blinding(secret=False))
    count = attack_message_count(knowledge)
    assert count is not None
    assert count.at_least <= truth.messages <= count.at_most < 100


# --- each blinding stands alone: one that is off gives away only what it hid -----------------------------------------


def test_constant_evidence_alone_gives_no_balance_kind_or_count(lived: Story) -> None:
    knowledge, _ = lived.with_blinding(Blinding(evidence=False))
    assert (attack_balance(knowledge), attack_kinds(knowledge), attack_message_count(knowledge)) == (None, None, None)


def test_a_known_secret_alone_gives_no_sibling_and_no_kind(lived: Story) -> None:
    knowledge, _ = lived.with_blinding(Blinding(secret=False))
    assert (attack_siblings(knowledge), attack_kinds(knowledge)) == (None, None)
