"""The log as static files: fetched, checked, and never seen half written."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sanad.base.errors import Malformed, Unavailable
from sanad.log import checkpoint as log_checkpoint
from sanad.log import tree
from sanad.log.note import VerifierKey
from sanad.log.tiles import TilePath, TileReader, bundle_paths, decode_bundle, split_tile, tile_paths
from sanad.node.client import NodeClient
from sanad.node.folder import held, write_file

CHECKPOINT = "checkpoint"
_NOTE_LENGTH_MAX = 1 << 16


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What is in the folder now."""

    size: int
    root: bytes
    written: int


def export_log(client: NodeClient, log_key: bytes, target: Path, advance: Callable[[int, int], None]) -> ExportReport:
    """Bring the files in `target` up to the node's newest checkpoint.

    Raises `Malformed` when what the node serves does not lead to what it signed, or is no continuation of what is
    there: then the old checkpoint stays.
    """
    key = VerifierKey.decode(log_key)
    target.mkdir(mode=0o755, parents=True, exist_ok=True)
    with held(target, ".lock"):
        before = _checkpoint_in(target, key)
        note = client.checkpoint()
        newest = log_checkpoint.verify(note, key)
        old_size = before.size if before else 0
        if newest.size < old_size:
            raise _not_a_continuation()
        paths = list(chain(bundle_paths(newest.size, old_size), tile_paths(newest.size, old_size)))
        written = 0
        for done, path in enumerate(paths, 1):
            written += _fetch(client, path, target)
            advance(done, len(paths))
        _check(target, newest, before)
        write_file(target / CHECKPOINT, note, 0o644)
        return ExportReport(newest.size, newest.root, written)


def _checkpoint_in(target: Path, key: VerifierKey) -> log_checkpoint.Checkpoint | None:
    path = target / CHECKPOINT
    if not path.exists():
        return None
    with path.open("rb") as file:
        return log_checkpoint.verify(file.read(_NOTE_LENGTH_MAX), key)


def _fetch(client: NodeClient, path: TilePath, target: Path) -> bool:
    """Write one tile or bundle, unless a whole one is there; whether it was written. They never change."""
    file = target / path.encode()
    if file.exists() and _is_whole(path, file.read_bytes()):
        return False
    data = client.tile(path.encode())
    if data is None or not _is_whole(path, data):
        raise Unavailable(f"the node does not serve {path.encode()} as its checkpoint promises")
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_file(file, data, 0o644)
    return True


def _is_whole(path: TilePath, data: bytes) -> bool:
    try:
        (decode_bundle if path.level is None else split_tile)(data, path.width)
    except Malformed:
        return False
    return True


def _check(target: Path, newest: log_checkpoint.Checkpoint, before: log_checkpoint.Checkpoint | None) -> None:
    """The files lead to the root that was signed, the bundles are the tiles' leaves, the old tree is the beginning."""

    def read(path: str) -> bytes | None:
        file = target / path
        return file.read_bytes() if file.is_file() else None

    reader = TileReader(newest.size, read)
    if tree.root_from_nodes(newest.size, reader) != newest.root:
        raise Malformed("tiles", "root_differs", "the tiles do not lead to the signed root; remove them and try again")
    if before is not None and before.size and tree.root_from_nodes(before.size, reader) != before.root:
        raise _not_a_continuation()
    old_size = before.size if before else 0
    for path in bundle_paths(newest.size, old_size):
        data, hashes = read(path.encode()), read(TilePath(0, path.index, path.width).encode())
        if data is None or hashes is None:
            raise Malformed(path.encode(), "tile_missing", "it vanished while this ran; run it again")
        leaves = [tree.leaf_hash(entry) for entry in decode_bundle(data, path.width)]
        if leaves != split_tile(hashes, path.width):
            raise Malformed(path.encode(), "bundle_differs", "entries are not the tile's leaves; remove it, try again")


def _not_a_continuation() -> Malformed:
    advice = (
        "the node's log is no continuation of what is here: keep both checkpoints, they are evidence; ask the observers"
    )
    return Malformed("checkpoint", "not_consistent", advice)
