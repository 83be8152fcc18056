from base64 import b64decode, b64encode
from dataclasses import replace

import pytest

from sanad.base import canonical
from sanad.base.errors import Malformed
from sanad.log.note import NoteSigner
from sanad.log.policy import Log, Policy
from sanad.node import proofs
from sanad.rulebook.edition1.words import TransferFlag
from tests.unit.node_http.record import POLICY, block_of_three, seal, signed, transfers

NOW = 1_790_000_100
PLACES = [(0, 0), (0, 1), (0, 4), (2, 0)]


@pytest.mark.parametrize(("entry", "index"), PLACES)
def test_a_proof_says_what_happened(entry: int, index: int) -> None:
    block = block_of_three()
    payment = proofs.verify(block.proof(entry, index), POLICY, NOW)
    assert payment.transfer.amount == 1000 + index
    assert payment.transfer.uetr.version == 4
    assert payment.transfer.movement == "paid"
    assert (payment.transfer.debit, payment.transfer.credit) == (1, 2)
    assert payment.outcome == block.codes[entry][index]
    assert payment.is_admitted is (payment.outcome == 0)
    assert (payment.entry, payment.height, payment.size) == (41 + entry, 5, 7)
    assert payment.position == (41 + entry) * 8_192 + index
    assert payment.origin == "log.example/tests"
    assert payment.time_ms == 1_790_000_000_000
    assert payment.witnesses == ()


@pytest.mark.parametrize(("entry", "index"), [(0, 1), (2, 0)])
def test_no_bit_of_the_inner_proof_can_change(entry: int, index: int) -> None:
    """But for the places within the entry and within the block, which paths do not fix: nothing else may differ."""
    data = block_of_three().proof(entry, index)
    whole = proofs.verify(data, POLICY, NOW)
    first, extra, rest = data.split(b"\n", 2)
    inner = b64decode(extra.removeprefix(b"extra "))
    for at in range(len(inner)):
        for bit in range(8):
            broken = bytearray(inner)
            broken[at] ^= 1 << bit
            try:
                payment = proofs.verify(b"\n".join([first, b"extra " + b64encode(broken), rest]), POLICY, NOW)
            except Malformed:
                continue
            assert replace(payment, index=whole.index) == whole, (at, bit)


def test_no_bit_of_the_file_around_it_can_change() -> None:
    data = block_of_three().proof(0, 1)
    start = data.index(b"\nindex ")
    for at in [*range(30), *range(start, len(data))]:
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            with pytest.raises(Malformed):
                proofs.verify(bytes(broken), POLICY, NOW)


def test_no_byte_can_be_missing_or_more() -> None:
    data = block_of_three().proof(0, 1)
    for length in range(len(data)):
        with pytest.raises(Malformed):
            proofs.verify(data[:length], POLICY, NOW)
    for more in (b"\n", b"\0", b"x"):
        with pytest.raises(Malformed):
            proofs.verify(data + more, POLICY, NOW)


def test_a_proof_of_another_block_does_not_hold_at_this_place() -> None:
    ours = block_of_three()
    other = seal([signed(9, transfers(2))], [[0, 0]], height=4)
    mixed = ours.proof(0, 0).split(b"\n", 2)
    inner = other.proof(0, 0).split(b"\n", 2)[1]
    with pytest.raises(Malformed, match="height less one"):
        proofs.verify(b"\n".join([mixed[0], inner, mixed[2]]), POLICY, NOW)


def test_another_log_does_not_do() -> None:
    stranger = NoteSigner("log.example/tests", bytes(32)).verifier_key
    with pytest.raises(Malformed, match="has not signed"):
        proofs.verify(block_of_three().proof(0, 0), Policy((Log(stranger),), (), (), None), NOW)


def test_a_missing_quorum_does_not_do() -> None:
    from sanad.log.cosignature import Ed25519Cosigner
    from sanad.log.policy import Witness

    witness = Witness(b"observer", Ed25519Cosigner("observer.example", bytes(32)).verifier_key)
    with pytest.raises(Malformed, match="too few"):
        proofs.verify(block_of_three().proof(0, 0), replace(POLICY, witnesses=(witness,), quorum=b"observer"), NOW)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, "sanad/proof/v2"), (1, bytes(115)), (2, 2**16), (2, -1), (3, 5), (4, 0), (4, 8_191), (5, None),
        (5, [bytes(32)] * 65), (6, bytes(88)), (7, 3), (8, 2**63), (9, [b""]), (10, bytes(127)),
    ],
)  # fmt: skip
def test_a_part_of_the_wrong_shape_is_malformed(place: int, value: canonical.Value) -> None:
    first, extra, rest = block_of_three().proof(0, 0).split(b"\n", 2)
    parts = canonical.decode(b64decode(extra.removeprefix(b"extra ")), "extra")
    assert isinstance(parts, list)
    parts[place] = value
    with pytest.raises(Malformed):
        proofs.verify(b"\n".join([first, b"extra " + b64encode(canonical.encode(parts)), rest]), POLICY, NOW)


def test_a_reservation_is_not_called_a_payment() -> None:
    transfer = proofs.Transfer.decode(transfers(1))
    assert replace(transfer, flags=TransferFlag.PENDING).movement == "reserved"
    assert replace(transfer, flags=TransferFlag.VOID).movement == "released"
    assert replace(transfer, flags=TransferFlag.POST | TransferFlag.KEEP).movement == "paid"
