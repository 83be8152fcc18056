"""The public explorer against a real node: checkpoint, blocks, and a payment by its proof file."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sanad.log import checkpoint, note
from sanad.log.proof import Proof
from sanad.node.client import NodeClient
from sanad.rulebook.edition1.words import RegisterType
from tests.programmes.licensed import LicensedNation, licensed_nation

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LicensedNation]:
    with licensed_nation(tmp_path_factory.mktemp("explored")) as made:
        made.furnish()
        made.node.sign_checkpoint()
        yield made


@pytest.fixture
def reader(nation: LicensedNation, tables: None) -> Client:
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


def test_the_newest_checkpoint_and_its_blocks(reader: Client, nation: LicensedNation) -> None:
    height = nation.node.health().height
    page = reader.get("/explorer/").content.decode()
    assert nation.node.genesis.log_key in page
    assert f'href="/explorer/blocks/{height}/"' in page
    older = reader.get("/explorer/", {"before": height}).content.decode()
    assert f'href="/explorer/blocks/{height}/"' not in older
    assert f'href="/explorer/blocks/{height - 1}/"' in older
    assert reader.get("/explorer/", {"before": "x"}).status_code == 422
    assert reader.get("/explorer/", {"before": 1}).status_code == 200
    assert reader.get("/explorer/", {"height": 2})["Location"] == "/explorer/blocks/2/"
    for wrong in ("x", "0", "9" * 40):
        assert reader.get("/explorer/", {"height": wrong}).status_code == 422


def test_a_block_tells_its_time_and_leaf_hash(reader: Client, nation: LicensedNation) -> None:
    page = reader.get("/explorer/blocks/2/")
    text, leaf = page.content.decode(), page.context["leaf"]
    assert "<h1>Block 2</h1>" in text
    assert datetime.fromtimestamp(leaf.time_ms // 1_000, UTC).isoformat() in text
    for value in (page.context["leaf_hash"], leaf.entries_root, leaf.chain_digest, leaf.register_root):
        assert value.hex() in text
    assert 'href="/explorer/blocks/1/"' in text
    with NodeClient(nation.address) as client:
        tile = client.tile(f"tile/0/000.p/{nation.node.health().height}")
    assert tile is not None
    assert tile[32:64] == page.context["leaf_hash"]
    for beyond in (0, nation.node.health().height + 1, 10**30):
        assert reader.get(f"/explorer/blocks/{beyond}/").status_code == 404


def test_a_payment_is_found_by_its_proof_and_a_changed_file_is_not(reader: Client, nation: LicensedNation) -> None:
    proof = nation.proof_of_a_payment()

    def hand_in(data: bytes) -> tuple[int, str]:
        answer = reader.post("/explorer/payment/", {"proof": SimpleUploadedFile("a.tlog-proof", data)})
        return answer.status_code, answer.content.decode()

    status, page = hand_in(proof)
    assert (status, "Yes: this payment is on the record" in page) == (200, True)
    changed = proof[:-40] + bytes([proof[-40] ^ 1]) + proof[-39:]
    decoded = Proof.decode(proof)
    signed = checkpoint.Checkpoint.decode(note.decode(decoded.checkpoint).text)
    impostor = note.NoteSigner(signed.origin, bytes(range(32)))
    elsewhere = replace(decoded, checkpoint=checkpoint.sign(signed, impostor)).encode()
    with NodeClient(nation.address) as client:
        answer = client.register_answer(int(RegisterType.LICENCE), 4, int(time.time() * 1_000))
    for data, words in (
        (changed, "it is damaged, was changed, or was made up"),
        (elsewhere, "a proof of another record"),
        (answer, "an answer of the public register"),
        (b"%PDF-1.7", "no proof file at all"),
        (b"\xff\xfe", "no proof file at all"),
    ):
        status, page = hand_in(data)
        assert (status, "does not prove a payment" in page, words in page) == (422, True, True), words
    for wrong in (b"", b"x" * ((1 << 20) + 1), b"\xff\xfe"):
        assert hand_in(wrong)[0] == 422
    assert reader.post("/explorer/payment/").status_code == 422
