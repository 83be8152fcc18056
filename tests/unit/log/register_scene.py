"""A small register with a history, in a log of seven blocks; and the golden vectors made of it.

python -m tests.unit.log.register_scene     prints data/register_vectors.json (it changes only with the format)
"""

import json
from dataclasses import replace

from sanad.base import canonical
from sanad.log import checkpoint, note, tree
from sanad.log.checkpoint import Checkpoint
from sanad.log.cosignature import Ed25519Cosigner
from sanad.log.leaves import BlockLeaf
from sanad.log.note import NoteSigner
from sanad.log.policy import Log, Policy, Witness
from sanad.log.register_map import RegisterMap, register_key
from sanad.log.register_proof import RegisterAnswer

NOW = 1_800_000_000
START_MS = 1_790_000_000_000
DAY_MS = 86_400_000
LOG = NoteSigner("example.org/log", bytes([9] * 32))
OTHER_LOG = NoteSigner("example.org/log", bytes([8] * 32))
WITNESS = Ed25519Cosigner("example.net/witness", bytes([1] * 32))
POLICY = Policy(
    (Log(LOG.verifier_key),), (Witness(b"example.net/witness", WITNESS.verifier_key),), (), b"example.net/witness"
)

FIRM, STRANGER = register_key(2, b"firm 1"), register_key(2, b"firm 404")
FULL, SUSPENDED = (canonical.encode(["licence", 1, status]) for status in ("full", "suspended"))


def _blocks() -> tuple[list[BlockLeaf], list[RegisterMap]]:
    """Blocks a day apart: empty register, then others' records, the firm licensed in block 3, suspended in 6."""
    register = RegisterMap()
    blocks, registers = [], []
    for height in range(1, 8):
        if height > 1:
            register.set(register_key(1, bytes([height])), canonical.encode(["institution", height]))
        if height in {3, 6}:
            register.set(FIRM, FULL if height == 3 else SUSPENDED)
        time_ms = START_MS + height * DAY_MS
        blocks.append(BlockLeaf(height, time_ms, bytes([height]) * 32, bytes([64 + height]) * 32, register.root))
        registers.append(register.copy())
    return blocks, registers


BLOCKS, REGISTERS = _blocks()
LEAVES = [block.leaf_hash() for block in BLOCKS]


def day(number: int) -> int:
    """Noon after block `number`."""
    return START_MS + number * DAY_MS + DAY_MS // 2


def signed(size: int, log: NoteSigner = LOG, time: int = NOW, cosigned: bool = True) -> bytes:
    """The checkpoint of the first `size` blocks."""
    seen = Checkpoint("example.org/log", size, tree.root(LEAVES[:size]))
    lines = [WITNESS.line(seen, time)] if cosigned else []
    return note.decode(checkpoint.sign(seen, log)).with_lines(lines).encode()


def path(height: int, size: int) -> tuple[bytes, ...]:
    """The inclusion path of a block."""
    return tuple(tree.inclusion_path(LEAVES[:size], height - 1))


def answer(key: bytes, asked_ms: int, size: int = 7) -> RegisterAnswer:
    """The true answer of a node whose checkpoint has `size` blocks."""
    height = max(block.height for block in BLOCKS[:size] if block.time_ms <= asked_ms)
    register = REGISTERS[height - 1]
    following = BLOCKS[height] if height < size else None
    return RegisterAnswer(
        asked_ms, key, register.get(key), register.prove(key), BLOCKS[height - 1], path(height, size), following,
        path(height + 1, size) if following else (), signed(size),
    )  # fmt: skip


def answers() -> dict[str, RegisterAnswer]:
    """What both verifiers accept."""
    return {
        "nothing was registered yet": answer(FIRM, day(1)),
        "others were, the firm was not": answer(FIRM, day(2)),
        "licensed, at the very time of the block": answer(FIRM, BLOCKS[2].time_ms),
        "licensed, in the last millisecond": answer(FIRM, BLOCKS[5].time_ms - 1),
        "suspended": answer(FIRM, day(6)),
        "suspended, in the newest block": answer(FIRM, day(7)),
        "licensed, in what was then the newest block": answer(FIRM, day(4), 4),
        "a log of one block": answer(FIRM, day(1), 1),
        "a firm that never was": answer(STRANGER, day(5)),
    }


def refused() -> dict[str, tuple[RegisterAnswer, str]]:
    """What both verifiers refuse, and the code."""
    good, newest, old = answer(FIRM, day(4)), answer(FIRM, day(7)), answer(FIRM, day(2))
    stranger = answer(STRANGER, day(4))
    return {
        "another value": (replace(good, value=SUSPENDED), "map_proof_bad"),
        "no value": (replace(good, value=None), "map_proof_bad"),
        "a value where there is none": (replace(stranger, value=FULL), "map_proof_bad"),
        "another key": (replace(good, key=STRANGER), "map_proof_bad"),
        "proof of an older register": (replace(good, value=None, map_proof=old.map_proof), "map_proof_bad"),
        "register of another block": (
            replace(good, block=replace(good.block, register_root=BLOCKS[5].register_root)), "inclusion_proof_bad"
        ),
        "another next block": (
            replace(good, next_block=replace(BLOCKS[4], time_ms=BLOCKS[4].time_ms + 1)), "inclusion_proof_bad"
        ),
        "before the block": (replace(good, asked_ms=BLOCKS[3].time_ms - 1), "time_outside"),
        "at the time of the next block": (replace(good, asked_ms=BLOCKS[4].time_ms), "time_outside"),
        "a block left out": (replace(good, next_block=BLOCKS[5], next_path=path(6, 7)), "not_neighbours"),
        "the same block twice": (replace(good, next_block=BLOCKS[3], next_path=path(4, 7)), "not_neighbours"),
        "the next block kept back": (replace(good, next_block=None, next_path=()), "next_block_missing"),
        "a path without block": (replace(newest, next_path=path(7, 7)), "path_without_leaf"),
        "a path cut short": (replace(good, path=good.path[:-1]), "inclusion_proof_bad"),
        "a path too long": (replace(good, path=(*good.path, bytes(32))), "inclusion_proof_bad"),
        "another log's signature": (replace(good, checkpoint=signed(7, OTHER_LOG)), "log_signature_missing"),
        "no witness": (replace(good, checkpoint=signed(7, cosigned=False)), "quorum_not_met"),
        "a witness from the future": (replace(good, checkpoint=signed(7, time=NOW + 301)), "time_in_future"),
        "a time to come": (replace(newest, asked_ms=(NOW + 301) * 1000), "time_in_future"),
        "a signature of another checkpoint": (
            replace(good, checkpoint=signed(7).replace(b"\n7\n", b"\n8\n")), "signature_bad"
        ),
    }  # fmt: skip


def vectors() -> dict[str, object]:
    """The golden vectors: bytes as hexadecimal digits, times asked in ms, those of witnesses in seconds."""
    register = REGISTERS[-1]
    asked = [*(key for key, _ in register), STRANGER, bytes(32), b"\xff" * 32]
    return {
        "about": "Register map and answers of the public register; formats in sanad.log.register_map, register_proof.",
        "now": NOW,
        "policy": POLICY.encode().decode(),
        "log_key": LOG.verifier_key.encode().decode(),
        "witness_keys": [WITNESS.verifier_key.encode().decode()],
        "keys": [{"type": 2, "id": b"firm 1".hex(), "key": FIRM.hex()}],
        "map": {
            "root": register.root.hex(),
            "records": {key.hex(): value.hex() for key, value in register},
            "proofs": [
                {"key": key.hex(), "value": value.hex() if value else None, "proof": register.prove(key).encode().hex()}
                for key, value in ((key, register.get(key)) for key in asked)
            ],
        },
        "answers": [
            {
                "name": name,
                "file": one.encode().hex(),
                "asked_ms": one.asked_ms,
                "key": one.key.hex(),
                "value": one.value.hex() if one.value else None,
                "height": one.block.height,
                "time_ms": one.block.time_ms,
                "next_time_ms": one.next_block.time_ms if one.next_block else None,
                "origin": "example.org/log",
                "size": Checkpoint.decode(note.decode(one.checkpoint).text).size,
                "witnesses": [["example.net/witness", NOW]],
            }
            for name, one in answers().items()
        ],
        "refused": [
            {"name": name, "code": code, "file": one.encode().hex()} for name, (one, code) in refused().items()
        ],
    }


if __name__ == "__main__":
    print(json.dumps(vectors(), indent=1))
