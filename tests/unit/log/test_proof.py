"""Proof files: one block of the record, proved offline against a policy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed
from sanad.log import checkpoint, note, tree
from sanad.log.checkpoint import Checkpoint
from sanad.log.cosignature import Ed25519Cosigner
from sanad.log.leaves import EMPTY_MAP_ROOT, BlockLeaf
from sanad.log.note import NoteSigner
from sanad.log.policy import Log, Policy, Witness
from sanad.log.proof import Proof

NOW = 1_800_000_000
LOG = NoteSigner("example.org/log", bytes([9] * 32))
WITNESS = Ed25519Cosigner("example.net/witness", bytes([1] * 32))
POLICY = Policy((Log(LOG.verifier_key),), (Witness(b"w", WITNESS.verifier_key),), (), b"w")

BLOCKS = [BlockLeaf(height, height * 10, bytes(32), bytes([height]) * 32, EMPTY_MAP_ROOT) for height in range(1, 14)]
LEAVES = [block.leaf_hash() for block in BLOCKS]
SEEN = Checkpoint("example.org/log", len(LEAVES), tree.root(LEAVES))
SIGNED = note.decode(checkpoint.sign(SEEN, LOG)).with_lines([WITNESS.line(SEEN, NOW)]).encode()


def proof_of(block: BlockLeaf, extra: bytes = b"") -> Proof:
    return Proof(block.log_index, tuple(tree.inclusion_path(LEAVES, block.log_index)), SIGNED, extra)


class TestFile:
    def test_how_it_looks(self) -> None:
        proof = Proof(0, (bytes(32),), SIGNED, b"\x01\x02")
        head = b"c2sp.org/tlog-proof@v1\nextra AQI=\nindex 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
        assert proof.encode() == head + SIGNED

    @given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=64), st.binary())
    def test_reading_undoes_writing(self, index: int, path: list[bytes], extra: bytes) -> None:
        proof = Proof(index, tuple(path), SIGNED, extra)
        assert Proof.decode(proof.encode()) == proof
        assert Proof.decode(proof.encode()).encode() == proof.encode()

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"proof@v1", b"proof@v2"),
            (b"c2sp", b" c2sp"),
            (b"\nindex 4\n", b"\n"),
            (b"index 4", b"index 04"),
            (b"index 4", b"index +4"),
            (b"index 4", b"index  4"),
            (b"index 4", b"index 4\nindex 4"),
            (b"index 4", b"index 9223372036854775808"),
            (b"index 4", b"extra \nindex 4"),
            (b"index 4", b"extra AQ\nindex 4"),
            (b"index 4", b"extra AQ==\nextra AQ==\nindex 4"),
            (b"index 4\n", b"index 4\nAQ==\n"),
            (b"index 4\n", b"index 4\n\n"),
            (b"index 4", b"index 4\r"),
            (b"=\n\nexample", b"=\nexample"),
            (b"\n\nexample", b"\n\n\nexample"),
            (b"example.org/log\n13", b"example.org/log\n013"),
            (b"index 4\n", b"index 4\n" + 62 * (b"A" * 43 + b"=\n")),
        ],
    )
    def test_what_is_refused(self, old: bytes, new: bytes) -> None:
        good = proof_of(BLOCKS[4]).encode()
        assert good.count(b"A" * 43) == 0
        assert old in good
        with pytest.raises(Malformed):
            Proof.decode(good.replace(old, new, 1))

    def test_limits(self) -> None:
        with pytest.raises(Malformed) as caught:
            Proof.decode(Proof(0, (), SIGNED, bytes(2**20)).encode())
        assert caught.value.code == "proof_too_long"
        with pytest.raises(Fault):
            Proof(0, (bytes(32),) * 65, SIGNED).encode()


class TestVerifying:
    @pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.height))
    def test_each_block_of_the_log(self, block: BlockLeaf) -> None:
        proof = Proof.decode(proof_of(block).encode())
        evaluation = proof.verify(block.leaf_hash(), POLICY, NOW)
        assert evaluation.checkpoint == SEEN
        assert [witness.name for witness, _ in evaluation.witnesses] == [b"w"]

    def test_another_block_is_not_proved(self) -> None:
        with pytest.raises(Malformed) as caught:
            proof_of(BLOCKS[4]).verify(BLOCKS[5].leaf_hash(), POLICY, NOW)
        assert caught.value.code == "inclusion_proof_bad"

    def test_the_quorum_counts(self) -> None:
        lonely = Proof(4, proof_of(BLOCKS[4]).path, checkpoint.sign(SEEN, LOG))
        with pytest.raises(Malformed) as caught:
            lonely.verify(LEAVES[4], POLICY, NOW)
        assert caught.value.code == "quorum_not_met"

    def test_extra_is_opaque_and_nobody_vouches_for_it(self) -> None:
        assert proof_of(BLOCKS[4], b"anything").verify(LEAVES[4], POLICY, NOW).quorum_met

    @settings(max_examples=60)
    @given(st.data())
    def test_no_changed_byte_goes_unseen(self, data: st.DataObject) -> None:
        good = proof_of(BLOCKS[4]).encode()
        at = data.draw(st.integers(0, len(good) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda value: value != good[at]))
        bad = good[:at] + bytes([other]) + good[at + 1 :]
        with pytest.raises(Malformed):
            Proof.decode(bad).verify(LEAVES[4], POLICY, NOW)

    def test_a_log_of_one_leaf_needs_no_hashes(self) -> None:
        seen = Checkpoint("example.org/log", 1, LEAVES[0])
        signed = note.decode(checkpoint.sign(seen, LOG)).with_lines([WITNESS.line(seen, NOW)]).encode()
        proof = Proof.decode(Proof(0, (), signed).encode())
        assert proof.verify(LEAVES[0], POLICY, NOW).checkpoint.size == 1
