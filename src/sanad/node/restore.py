"""A record from its back-up: unseal into an empty folder, check every block, then let the caller check the root."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from sanad.base.errors import Refused
from sanad.node.backup import KEY_DERIVATION, Kept, Manifest, Progress, read_manifest
from sanad.node.folder import (
    CHECKPOINT,
    DERIVED,
    LOCK,
    RESTORE_MARK,
    SEGMENTS,
    SNAPSHOTS,
    Damage,
    allocated,
    held,
    is_no_space,
    no_space,
    segment_name,
    sync_folder,
    write_all,
    write_file,
)
from sanad.node.frames import START, Place, Unsound, padded
from sanad.node.sealed import key_of, unseal
from sanad.node.segments import Segments, first_not_zero
from sanad.node.small import checkpoint_file

VerifyCheckpoint = Callable[[Path, bytes | None], None]
"""Given the restored folder and the checkpoint's note (None if the node had signed none): derives the log's root from
the segments and compares, with the observers' newest checkpoint too. Raises if they differ."""

_ADVICE = "Use another back-up; the folder stays marked as unfinished"


def restore(
    target: Path,
    folder: Path,
    passphrase: str,
    verify_checkpoint: VerifyCheckpoint,
    *,
    progress: Progress | None = None,
    accept_incomplete: bool = False,
) -> Place:
    """Write the record of the back-up `target` into `folder`, which must be empty; the place of its last block.

    Until the last check has passed the folder is marked as unfinished and no node opens it. Raises `Refused` for a
    folder that is not empty, a wrong passphrase, or a back-up whose first run never ended (unless accepted);
    `Damage` naming what does not fit; `Unavailable` if there is no space.
    """
    if not (target / KEY_DERIVATION).is_file():
        raise Refused("restore", f"{target} holds no back-up; name the folder that a back-up was written to", 404)
    if folder.exists() and any(folder.iterdir()):
        raise Refused("restore", f"{folder} is not empty; a record is restored into an empty folder only", 409)
    # A back-up that runs meanwhile would delete what this reads.
    with held(target):
        key = key_of(target / KEY_DERIVATION, passphrase)
        manifest = read_manifest(target, key)
        if manifest is None or not (manifest.complete or accept_incomplete):
            what = f"the back-up in {target} is not complete, its first run never ended; run the back-up again"
            raise Refused("restore", what, 409)
        if not manifest.segments:
            raise Refused("restore", f"the back-up in {target} holds no block; run it again", 409)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(folder / RESTORE_MARK, b"A restore into this folder has not finished.\n")
        _write_all(target, folder, key, manifest, progress or (lambda *_: None))
    _check_blocks(folder, manifest)
    checkpoint = checkpoint_file(folder)
    if checkpoint is not None and checkpoint.size > manifest.end.height:
        what = f"it covers {checkpoint.size} blocks, the back-up holds {manifest.end.height}"
        raise Damage(CHECKPOINT, what, _ADVICE)
    verify_checkpoint(folder, checkpoint.note if checkpoint else None)
    (folder / RESTORE_MARK).unlink()
    sync_folder(folder)
    return manifest.end


def _write_all(target: Path, folder: Path, key: bytes, manifest: Manifest, progress: Progress) -> None:
    for name in (SEGMENTS, DERIVED, SNAPSHOTS):
        (folder / name).mkdir(mode=0o700)
    total = sum(each.kept.length for each in manifest.segments)
    done = 0
    for expected, segment in enumerate(manifest.segments):
        if segment.number != expected or segment.kept.length > manifest.segment_size:
            raise Damage("manifest", f"segment {expected} is missing or too long", _ADVICE)
        path = folder / SEGMENTS / segment_name(segment.number)
        allocated(path, manifest.segment_size)
        _write(target, segment.kept, key, path)
        done += segment.kept.length
        progress("segments", done, total)
    for file in manifest.files:
        if Path(file.name).name != file.name or file.name in {LOCK, RESTORE_MARK, SEGMENTS, DERIVED, SNAPSHOTS}:
            raise Damage("manifest", f"it names a file {file.name!r} that no back-up holds", _ADVICE)
        path = folder / file.name
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _write(target, file.kept, key, path)
        path.chmod(file.mode)
    sync_folder(folder / SEGMENTS)
    sync_folder(folder)


def _write(target: Path, kept: Kept, key: bytes, path: Path) -> None:
    """Unseal one file over the beginning of `path`, on the disk when this returns."""
    running = sha256()
    at = 0
    handle = os.open(path, os.O_WRONLY)
    try:
        for chunk in unseal(target / kept.file, key, kept.purpose):
            if at + len(chunk) > kept.length:
                break
            running.update(chunk)
            write_all(handle, chunk, at)
            at += len(chunk)
        os.fsync(handle)
    except OSError as error:
        if is_no_space(error):
            raise no_space("the restored record") from error
        raise
    finally:
        os.close(handle)
    if at != kept.length or running.digest() != kept.digest:
        raise Damage(f"back-up file {kept.file}", "it does not hold what the manifest says", _ADVICE)


def _check_blocks(folder: Path, manifest: Manifest) -> None:
    """Every block of the restored record, and that nothing stands after the last one."""
    segments = Segments(folder, manifest.segment_size)
    place, end = START, 0
    try:
        for block in segments.blocks(START, 0):
            place, end = block.after, block.offset + padded(block.length)
    except Unsound as fault:
        raise segments.damage(fault, place.height + 1) from fault
    number, at = divmod(end, manifest.segment_size)
    rest_is_zero = number == len(manifest.segments) or first_not_zero(segments.view(number)[at:]) is None
    if place != manifest.end or not rest_is_zero:
        what = f"the restored record ends at block {place.height}, the manifest says {manifest.end.height}"
        raise Damage(segments.place_name(end), what, _ADVICE, place.height)
