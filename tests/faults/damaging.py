"""A record with a history, ways to damage a copy of it, and a look at everything that a node serves."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from sanad.base.errors import SanadError
from sanad.log.proof import Proof
from sanad.node import kernel_cache, receipts
from sanad.node.core import Node
from sanad.node.frames import START
from sanad.node.segments import Segments
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER, Kind, Message
from tests.faults.town import FIRST_OF_ALPHA, FIRST_OF_BETA, LAST_OF_BETA, Move, create_town, transfers_of
from tests.unit.node.conftest import ALPHA, CENTRAL_BANK, ISSUANCE, Bank, key_of

SIZE = 1 << 19
ROWS_STEP = 1 << 14
SINGLES = 6
BULKS = 10
BULK_ITEMS = 600
ACCOUNTS_READ = (ISSUANCE, FIRST_OF_ALPHA, FIRST_OF_BETA)


@dataclass
class History:
    """What was sent and what the whole record answers."""

    folder: Path
    messages: list[Message] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)


def make_history(folder: Path) -> History:
    """Several segments full of bulk messages, blocks of single ones, two snapshots, checkpoints."""
    post = compiled_post()
    genesis = create_town(folder, SIZE)
    history = History(folder)
    central = Bank(genesis.network, CENTRAL_BANK, key_of(f"system {CENTRAL_BANK}"))
    alpha = Bank(genesis.network, ALPHA, key_of(f"system {ALPHA}"))
    for session in range(2):
        node = Node(folder, post, segment_size=SIZE)
        node.start()
        for number in range(BULKS):
            payees = [FIRST_OF_ALPHA + at % (LAST_OF_BETA - 1) for at in range(BULK_ITEMS)]
            _send(node, history, central, [Move(ISSUANCE, each, 1 + number) for each in payees])
        for number in range(SINGLES):
            _send(node, history, alpha, [Move(FIRST_OF_ALPHA, FIRST_OF_BETA, 10 + number + session)])
        node.sign_checkpoint()
        if session:
            history.answers = dict(everything(node, history))
        node.close()
    return history


def compiled_post() -> Post:
    """The compiled posting, loaded once a process."""
    kernel_cache.warm(kernel_cache.prepare(lambda _: None))
    from sanad.kernel.posting import post

    return post


def _send(node: Node, history: History, bank: Bank, moves: list[Move]) -> None:
    made = transfers_of(moves)
    message = bank.message(made.tobytes(), Kind.TRANSFERS, len(made))
    history.messages.append(message)
    history.receipts.append(node.submit(message.raw).result(20))


def everything(node: Node, history: History) -> Iterator[tuple[str, object]]:
    """Every kind of read, of old things and new; an answer is what is said, or the error instead of it."""
    for number, message in enumerate(history.messages):
        header, raw = message.header, message.raw
        identity = (header.institution, header.lane, header.sequence)
        entry = receipts.decode(history.receipts[number]).entry
        position = entry * POSITIONS_PER_ENTRY + header.items - 1
        uetr = np.frombuffer(message.body, dtype=TRANSFER)[-1]["uetr"].tobytes()
        yield f"receipt {number}", _answer(partial(node.receipt, *identity))
        yield f"again {number}", _answer(partial(_again, node, raw))
        yield f"message {number}", _answer(partial(node.message, entry))
        yield f"parties {number}", _answer(partial(node.transfer_parties, position))
        yield f"payment {number}", _answer(partial(node.find_payment, header.institution, uetr))
        yield f"proof {number}", _answer(partial(_inside_of_proof, node, position))
    for path in ("tile/0/000.p/20", "tile/entries/000.p/20"):
        yield path, _answer(partial(node.tile, path))
    for account in ACCOUNTS_READ:
        yield f"account {account}", _answer(partial(node.account, account))
        yield f"statement {account}", _answer(partial(node.statement, account, 0, 200))


def _again(node: Node, raw: bytes) -> bytes:
    return node.submit(raw).result(20)


def _inside_of_proof(node: Node, position: int) -> bytes | None:
    """Of a proof what does not change with the checkpoint."""
    proof = node.transfer_proof(position)
    return None if proof is None else Proof.decode(proof).extra


def _answer(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except SanadError as error:
        return error


# --- ways to damage --------------------------------------------------------------------------------------------------


def flip(path: Path, offset: int, mask: int = 0x10) -> None:
    """One bit; a negative offset counts from the end."""
    at = offset if offset >= 0 else path.stat().st_size + offset
    handle = os.open(path, os.O_RDWR)
    try:
        byte = os.pread(handle, 1, at)
        os.pwrite(handle, bytes([byte[0] ^ mask]), at)
    finally:
        os.close(handle)


def cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def delete(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def newest_snapshot(folder: Path) -> Path:
    return max((folder / "snapshots").glob("*.snapshot"))


def frame_offsets(folder: Path) -> list[int]:
    """Where each block's frame begins over all segments, and at last where the next one will."""
    segments = Segments(folder, SIZE)
    found = [(block.offset, block.length) for block in segments.blocks(START)]
    return [offset for offset, _ in found] + [found[-1][0] + -(-found[-1][1] // 8) * 8]


def segment_at(folder: Path, offset: int) -> tuple[Path, int]:
    number, at = divmod(offset, SIZE)
    return folder / "segments" / f"{number:08d}.segment", at


def flip_in_block(folder: Path, height: int, at: int) -> None:
    """One bit, `at` bytes behind the beginning of a block's frame; blocks are counted from 1, 0 is the last."""
    path, begin = segment_at(folder, frame_offsets(folder)[:-1][height - 1])
    flip(path, begin + at)


def soil_end(folder: Path) -> None:
    """One bit a little behind the last block, where nothing was ever written."""
    path, end = segment_at(folder, frame_offsets(folder)[-1])
    flip(path, end + 1_000)


def tear_end(folder: Path) -> None:
    """Half of a block behind the last one, as a kill in the middle of a write leaves it."""
    offsets = frame_offsets(folder)
    source, at = segment_at(folder, offsets[-2])
    path, end = segment_at(folder, offsets[-1])
    piece = bytearray(source.read_bytes()[at : at + 300])
    piece[16:24] = (len(offsets)).to_bytes(8, "little")
    with path.open("r+b") as file:
        file.seek(end)
        file.write(piece)


def zero_last_half(folder: Path) -> None:
    """The end of the last block, which was acknowledged, is gone."""
    offsets = frame_offsets(folder)
    path, end = segment_at(folder, offsets[-1])
    with path.open("r+b") as file:
        file.seek(end - 64)
        file.write(bytes(64))


def copy_of(history: History, folder: Path) -> Path:
    shutil.copytree(history.folder, folder)
    with suppress(FileNotFoundError):
        (folder / "lock").unlink()
    return folder
