"""Flipped bits, torn ends, cut and deleted files of a whole node's folder, one by one.

Whatever it is: no wrong answer is ever given, nothing acknowledged is lost, what can be made anew is, with a word, and
what cannot is named with its file.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sanad.base.errors import SanadError
from sanad.node import rows
from sanad.node.auditing import audit
from sanad.node.core import Node
from sanad.rulebook.edition1.apply import Post
from tests.faults import damaging
from tests.faults.damaging import SIZE, History, cut, delete, everything, flip, flip_in_block, newest_snapshot

Damage = Callable[[Path], object]
ROWS = {"blocks": 256, "entries": 128, "outcomes": 2, "effects": 40, "secrets": 32, "tree-0": 32}


@pytest.fixture(scope="module", autouse=True)
def _small_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_STEP", damaging.ROWS_STEP)
        yield


@pytest.fixture(scope="module")
def post() -> Post:
    return damaging.compiled_post()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, _small_steps: None) -> History:
    return damaging.make_history(tmp_path_factory.mktemp("history") / "record")


def open_and_read(folder: Path, history: History, post: Post) -> tuple[list[str], list[str]]:
    """What the node says at its start, and the errors that it answers with. No answer may be a wrong one."""
    said: list[str] = []
    node = Node(folder, post, said.append, SIZE)
    node.start()
    try:
        errors: list[str] = []
        for name, answer in everything(node, history):
            if isinstance(answer, SanadError):
                errors.append(f"{name}: {answer}")
            else:
                assert answer == history.answers[name], f"a wrong answer to {name}"
    finally:
        node.close()
    return said[1:] if said and said[0].startswith("record ends") else said, errors


# --- made anew ------------------------------------------------------------------------------------------------------

NO_WORD = "^$"
AGAIN = "must be derived again"
ROW_FILES = ("blocks", "entries", "outcomes", "effects")
DIGEST_FILES = ("secrets", "tree-0")
CHECKPOINT_AGAIN = "checkpoint was not as it was written"


def at(name: str, damage: Callable[..., None], *more: int) -> Damage:
    """The damage to one file of the folder."""
    return lambda folder: damage(folder / name, *more)


MADE_ANEW: dict[str, tuple[Damage, str]] = {
    **{f"derived/{name} deleted": (at(f"derived/{name}", delete), AGAIN) for name in ROW_FILES},
    **{f"derived/{name} cut": (at(f"derived/{name}", cut, 3 * ROWS[name] + 1), AGAIN) for name in ROW_FILES},
    **{f"derived/{name} emptied": (at(f"derived/{name}", cut, 0), AGAIN) for name in ROW_FILES},
    **{f"derived/{name} deleted": (at(f"derived/{name}", delete), NO_WORD) for name in DIGEST_FILES},
    **{f"derived/{name} cut": (at(f"derived/{name}", cut, 33), NO_WORD) for name in DIGEST_FILES},
    "derived/tree-0, one bit": (at("derived/tree-0", flip, 100), NO_WORD),
    "the folder derived deleted": (at("derived", delete), AGAIN),
    "snapshot, one bit": (lambda folder: flip(newest_snapshot(folder), 5_000), r"snapshots/\d+\.snapshot"),
    "snapshot cut": (lambda folder: cut(newest_snapshot(folder), 5_000), r"snapshots/\d+\.snapshot"),
    "snapshot deleted": (lambda folder: delete(newest_snapshot(folder)), NO_WORD),
    "the folder snapshots deleted": (at("snapshots", delete), NO_WORD),
    "half a snapshot": (lambda folder: (folder / "snapshots/9.snapshot.writing").write_bytes(b"half"), NO_WORD),
    "small.sqlite, its first bytes": (at("small.sqlite", flip, 3), "small.sqlite.* set aside"),
    "small.sqlite, one bit of a row": (at("small.sqlite", flip, -30), "small.sqlite.* set aside"),
    "small.sqlite cut": (at("small.sqlite", cut, 4_196), "small.sqlite.* set aside"),
    "small.sqlite emptied": (at("small.sqlite", cut, 0), "taken from the file checkpoint"),
    "small.sqlite deleted": (at("small.sqlite", delete), "taken from the file checkpoint"),
    "checkpoint, one bit of its form": (at("checkpoint", flip, 5), CHECKPOINT_AGAIN),
    "checkpoint, a larger size": (at("checkpoint", flip, 21, 4), CHECKPOINT_AGAIN),
    "checkpoint, one bit of its root": (at("checkpoint", flip, 35, 1), CHECKPOINT_AGAIN),
    "checkpoint, one bit of its signature": (at("checkpoint", flip, -10, 1), CHECKPOINT_AGAIN),
    "checkpoint cut": (at("checkpoint", cut, 10), CHECKPOINT_AGAIN),
    "checkpoint deleted": (at("checkpoint", delete), CHECKPOINT_AGAIN),
    "genesis, one bit": (at("genesis", flip, 20), "genesis was not what entry 1 says"),
    "genesis cut": (at("genesis", cut, 3), "genesis was not what entry 1 says"),
    "genesis deleted": (at("genesis", delete), "genesis was not what entry 1 says"),
    "lock deleted": (lambda folder: (folder / "lock").unlink(missing_ok=True), NO_WORD),
    "next segment deleted": (lambda folder: delete(max((folder / "segments").iterdir())), NO_WORD),
    "a torn end": (damaging.tear_end, "cut off 300 bytes"),
    "one bit behind the end": (damaging.soil_end, "cut off 1 bytes"),
}


@pytest.mark.parametrize("name", MADE_ANEW)
def test_what_can_be_made_anew_is(name: str, tmp_path: Path, history: History, post: Post) -> None:
    damage, word = MADE_ANEW[name]
    folder = damaging.copy_of(history, tmp_path / "record")
    damage(folder)
    said, errors = open_and_read(folder, history, post)
    assert errors == []
    assert re.search(word, " ".join(said)), said
    assert audit(folder, post, segment_size=SIZE).torn_end == ""
    assert open_and_read(folder, history, post) == ([], []), "it was mended, once and for all"


# --- named, and never served ----------------------------------------------------------------------------------------

BYTES_OF_A_ROW = {
    "blocks": (0, 8, 16, 24, 33, 130, 192, 200, 208, 216, 230),
    "entries": (0, 8, 12, 16, 24, 32, 40, 44, 46, 48, 56, 64, 100),
}
BYTES_OF_A_BLOCK = (2, 8, 17, 40, 70, 100, 120, 190, 300)


def in_block(height: int, byte: int) -> Damage:
    """One bit of a block in its segment."""
    return lambda folder: flip_in_block(folder, height, byte)


NAMED: dict[str, tuple[Damage, str]] = {
    **{
        f"derived/{name}, byte {byte}": (at(f"derived/{name}", flip, 5 * ROWS[name] + byte, 1), "derived, height 6")
        for name, places in BYTES_OF_A_ROW.items()
        for byte in places
    },
    "derived/outcomes": (at("derived/outcomes", flip, 2 * 2_000), "derived, height 5"),
    **{
        f"derived/effects, byte {byte}": (at("derived/effects", flip, 40 * 2_000 + byte), "derived, height 5")
        for byte in (0, 8, 16, 24, 32)
    },
    **{
        f"segment, byte {byte} of an old block": (in_block(5, byte), r"00000000.segment offset \d+, height 5")
        for byte in BYTES_OF_A_BLOCK
    },
}


@pytest.mark.parametrize("name", NAMED)
def test_old_damage_is_never_served_and_an_audit_names_it(
    name: str, tmp_path: Path, history: History, post: Post
) -> None:
    damage, place = NAMED[name]
    folder = damaging.copy_of(history, tmp_path / "record")
    damage(folder)
    with pytest.raises(SanadError, match=place):
        audit(folder, post, segment_size=SIZE)
    _, errors = open_and_read(folder, history, post)
    assert all("damage in" in error for error in errors), errors
    if "segment" not in name:
        delete(folder / "derived")  # what every one of these sentences advises
        assert open_and_read(folder, history, post)[1] == []
        audit(folder, post, segment_size=SIZE)


@pytest.mark.parametrize("row", [3, 5])
def test_a_damaged_secret_is_never_served(row: int, tmp_path: Path, history: History, post: Post) -> None:
    folder = damaging.copy_of(history, tmp_path / "record")
    flip(folder / "derived/secrets", 32 * row)
    _, errors = open_and_read(folder, history, post)
    assert errors
    assert all("damage in derived/secrets" in error for error in errors)
    delete(folder / "derived")
    assert open_and_read(folder, history, post)[1] == []


# --- refused at the start -------------------------------------------------------------------------------------------

KEY_UNREADABLE = "node.key cannot be read; restore it"


def delete_last_segments(folder: Path) -> None:
    for number in (2, 3):
        delete(folder / f"segments/{number:08d}.segment")


REFUSED: dict[str, tuple[Damage, str]] = {
    **{f"byte {byte} of genesis": (in_block(1, byte), "00000000.segment offset") for byte in BYTES_OF_A_BLOCK},
    **{
        f"byte {byte} of the last block": (in_block(0, byte), r"segments/\d+.segment offset \d+, height 33")
        for byte in BYTES_OF_A_BLOCK
    },
    "the end of the last block": (damaging.zero_last_half, r"segments/\d+.segment offset \d+, height 33"),
    "first segment deleted": (at("segments/00000000.segment", delete), "00000000.segment: the file is missing"),
    "segment deleted": (at("segments/00000001.segment", delete), "00000001.segment: the file is missing"),
    "last segments deleted": (delete_last_segments, "00000001.segment"),
    "segment cut": (at("segments/00000001.segment", cut, 1_000), "00000001.segment: the file has 1000 bytes"),
    "next segment cut": (lambda folder: cut(max((folder / "segments").iterdir()), 1_000), "has 1000 bytes"),
    "the folder segments deleted": (at("segments", delete), "holds no record"),
    "node.key, block key": (at("node.key", flip, 20), "damage in node.key"),
    "node.key, log key": (at("node.key", flip, 50), "damage in node.key"),
    "node.key, form": (at("node.key", flip, 0), KEY_UNREADABLE),
    "node.key cut": (at("node.key", cut, 20), KEY_UNREADABLE),
    "node.key deleted": (at("node.key", delete), KEY_UNREADABLE),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_anew_is_refused_with_its_name(
    name: str, tmp_path: Path, history: History, post: Post
) -> None:
    damage, place = REFUSED[name]
    folder = damaging.copy_of(history, tmp_path / "record")
    damage(folder)
    before = {path.name: path.read_bytes() for path in sorted((folder / "segments").glob("*"))}
    for _ in range(2):  # the second time too: a start that was refused has changed nothing
        with pytest.raises(SanadError, match=place):
            Node(folder, post, segment_size=SIZE)
    assert {path.name: path.read_bytes() for path in sorted((folder / "segments").glob("*"))} == before
