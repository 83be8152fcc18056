"""Golden vectors of the register: an independent few lines, our verifier, and the browser's, on the same file."""

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sanad.base.errors import Malformed
from sanad.log.policy import Policy
from sanad.log.register_map import MapProof, RegisterMap, register_key
from sanad.log.register_map import verify as verify_map
from sanad.log.register_proof import verify
from tests.unit.log.register_scene import vectors

FILE = Path(__file__).parent / "data" / "register_vectors.json"
GOLDEN: dict[str, Any] = json.loads(FILE.read_bytes())
MAP = GOLDEN["map"]


def digest(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def octets(digits: str | None) -> bytes | None:
    return None if digits is None else bytes.fromhex(digits)


def root_of(key: str, value: str | None, proof: str) -> str:
    """The map's rule in a few lines that share nothing with `register_map`."""
    defaults = [digest(b"sanad/map/empty/v1\n")]
    for _ in range(255):
        defaults.append(digest(b"\1", defaults[-1], defaults[-1]))
    running = defaults[0]
    if value is not None:
        running = digest(b"\0sanad/map/leaf/v1\n", bytes.fromhex(key), digest(bytes.fromhex(value)))
    sides, given = (f"{int(digits, 16):0256b}" for digits in (key, proof[:64]))
    siblings = [bytes.fromhex(proof[at : at + 64]) for at in range(64, len(proof), 64)]
    for height in range(256):
        sibling = siblings.pop(0) if given[255 - height] == "1" else defaults[height]
        running = digest(b"\1", sibling, running) if sides[255 - height] == "1" else digest(b"\1", running, sibling)
    assert not siblings
    return running.hex()


def test_what_is_written_today_is_what_was_written() -> None:
    assert json.loads(json.dumps(vectors())) == GOLDEN


@pytest.mark.parametrize("one", MAP["proofs"], ids=lambda one: one["key"][:8])
def test_map_proofs(one: dict[str, Any]) -> None:
    assert root_of(**one) == MAP["root"]
    key, value, proof = bytes.fromhex(one["key"]), octets(one["value"]), MapProof.decode(bytes.fromhex(one["proof"]))
    verify_map(bytes.fromhex(MAP["root"]), key, value, proof)


def test_the_map() -> None:
    records = {bytes.fromhex(key): bytes.fromhex(value) for key, value in MAP["records"].items()}
    assert RegisterMap(records).root.hex() == MAP["root"]
    for one in GOLDEN["keys"]:
        assert register_key(one["type"], bytes.fromhex(one["id"])).hex() == one["key"]
        assert digest(one["type"].to_bytes(2, "little"), bytes.fromhex(one["id"])).hex() == one["key"]


@pytest.mark.parametrize("one", GOLDEN["answers"], ids=lambda one: one["name"])
def test_answers(one: dict[str, Any]) -> None:
    found = verify(bytes.fromhex(one["file"]), Policy.decode(GOLDEN["policy"].encode()), GOLDEN["now"])
    assert found.key.hex() == one["key"]
    assert found.value == octets(one["value"])
    assert [list(witness) for witness in found.witnesses] == one["witnesses"]
    for name in ("asked_ms", "height", "time_ms", "next_time_ms", "origin", "size"):
        assert getattr(found, name) == one[name]


@pytest.mark.parametrize("one", GOLDEN["refused"], ids=lambda one: one["name"])
def test_refusals(one: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        verify(bytes.fromhex(one["file"]), Policy.decode(GOLDEN["policy"].encode()), GOLDEN["now"])
    assert caught.value.code == one["code"]


def test_the_browsers_verifier() -> None:
    """Needs Node 20 or later: the machine of the gate has it; a desk without it leaves this one out."""
    node = shutil.which("node")
    if node is None:
        assert "CI" not in os.environ, "install Node 20 or later: the browser's verifier is tested with it"
        return
    script = Path(__file__).with_name("register_browser.mjs")
    done = subprocess.run(
        [node, "--no-warnings", "--test", "--test-reporter=tap", str(script)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
