import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.digests import digest
from sanad.base.errors import Fault, Refused
from sanad.evidence.store import Contents, EvidenceStore, new_subject
from tests.unit.evidence.conftest import AS_BUILT

MASTER = bytes(range(32))
URDU = "محمد علی جناح روڈ، کراچی".encode()


def opened(folder: Path, master: bytes = MASTER) -> EvidenceStore:
    return EvidenceStore(folder / "items", folder / "keys", master)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    with opened(tmp_path) as store:
        yield store


def test_what_is_sealed_opens_again(store: EvidenceStore) -> None:
    subject = new_subject()
    bound = store.seal(subject, URDU)
    loose = store.seal(subject, URDU, bound=False)
    assert bound.digest == digest(bound.random, URDU)
    assert loose.digest == loose.random
    assert store.open(bound.digest) == (bound.random, URDU)
    assert store.open(loose.digest) == (loose.random, URDU)


def test_equal_contents_have_unequal_digests(store: EvidenceStore) -> None:
    subject = new_subject()
    sealed = store.seal_many([Contents(subject, URDU)] * 50 + [Contents(subject, URDU, bound=False)] * 50)
    assert len({each.digest for each in sealed}) == 100


def test_nothing_readable_is_in_the_files(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        sealed = store.seal(new_subject(), URDU)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert sealed.digest in kept
    assert URDU not in kept
    assert sealed.random not in kept
    assert all(path.stat().st_mode & 0o77 == 0 for path in tmp_path.iterdir())


def test_an_unknown_digest_is_refused(store: EvidenceStore) -> None:
    with pytest.raises(Refused, match="nothing is kept") as caught:
        store.open(bytes(32))
    assert caught.value.status == 404


def test_erasing_reaches_all_of_one_subject_and_nobody_else(store: EvidenceStore) -> None:
    ali, sana = new_subject(), new_subject()
    of_ali = store.seal_many([Contents(ali, bytes([n])) for n in range(5)])
    of_sana = store.seal(sana, URDU)
    assert store.erase(ali)
    assert store.is_erased(ali)
    assert not store.erase(ali)
    for sealed in of_ali:
        with pytest.raises(Refused, match="erased for ever"):
            store.open(sealed.digest)
    assert store.open(of_sana.digest)[1] == URDU
    with pytest.raises(Refused, match="give the person a new one"):
        store.seal(ali, URDU)


def test_a_refused_batch_leaves_nothing(store: EvidenceStore) -> None:
    erased, other = new_subject(), new_subject()
    store.seal(erased, b"1")
    store.erase(erased)
    with pytest.raises(Refused):
        store.seal_many([Contents(other, b"2"), Contents(erased, b"3")])
    assert store._items.execute("SELECT count(*) FROM item").get == 1
    assert store._keys.execute("SELECT count(*) FROM subject_key").get == 0


def test_the_key_leaves_the_files_with_the_erasure(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        subject = new_subject()
        store.seal(subject, URDU)
        kept = store._keys.execute("SELECT sealed FROM subject_key").get
        store.erase(subject)
        for path in tmp_path.iterdir():
            assert kept[24:] not in path.read_bytes()


def test_a_restored_back_up_of_the_items_stays_erased(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        subject = new_subject()
        sealed = store.seal(subject, URDU)
        store.back_up_items(tmp_path / "back-up")
        store.erase(subject)
    shutil.move(tmp_path / "back-up", tmp_path / "items")
    with opened(tmp_path) as store:
        with pytest.raises(Refused, match="erased for ever"):
            store.open(sealed.digest)
        # The tombstone came back from the keys' side.
        assert store._items.execute("SELECT count(*) FROM erased").get == 1


def test_a_restored_back_up_of_the_keys_loses_the_erased_key_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        subject, other = new_subject(), new_subject()
        sealed, kept = store.seal(subject, URDU), store.seal(other, URDU)
        store.back_up_keys(tmp_path / "back-up")
        store.erase(subject)
    shutil.move(tmp_path / "back-up", tmp_path / "keys")
    with opened(tmp_path) as store:
        with pytest.raises(Refused, match="erased for ever"):
            store.open(sealed.digest)
        assert store.open(kept.digest)[1] == URDU


def test_a_back_up_never_overwrites(store: EvidenceStore, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(Refused, match="name a new file"):
        store.back_up_items(tmp_path / "there")


def test_a_wrong_master_key_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(Refused, match="another master key"):
        opened(tmp_path, bytes(32))
    opened(tmp_path).close()


@pytest.mark.parametrize("change", ["sealed = zeroblob(100)", "sealed = x'01'", "bound = 0", "subject = zeroblob(16)"])
def test_a_changed_row_is_noticed(tmp_path: Path, change: str) -> None:
    with opened(tmp_path) as store:
        store.seal(bytes(16), b"of another")
        sealed = store.seal(new_subject(), URDU)
        store._items.execute(f"UPDATE item SET {change} WHERE digest = ?", (sealed.digest,))
        with pytest.raises(Fault, match="was changed"):
            store.open(sealed.digest)


def test_two_rows_exchanged_are_noticed(store: EvidenceStore) -> None:
    subject = new_subject()
    one, two = store.seal(subject, b"one", bound=False), store.seal(subject, b"two", bound=False)
    box = store._items.execute("SELECT sealed FROM item WHERE digest = ?", (two.digest,)).get
    store._items.execute("UPDATE item SET sealed = ? WHERE digest = ?", (box, one.digest))
    with pytest.raises(Fault, match="was changed"):
        store.open(one.digest)


def test_a_second_process_is_told_to_wait(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(Refused, match="another process holds items"):
        opened(tmp_path)


def test_damage_and_a_later_version_are_told(tmp_path: Path) -> None:
    opened(tmp_path).close()
    connection = apsw.Connection(str(tmp_path / "keys"))
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(Refused, match="version 9"):
        opened(tmp_path)
    (tmp_path / "items").write_bytes(b"no database " * 1000)
    with pytest.raises(Fault, match="items is damaged"):
        opened(tmp_path)


@given(contents=st.binary(max_size=300), bound=st.booleans())
def test_any_contents_come_back(tmp_path_factory: pytest.TempPathFactory, contents: bytes, bound: bool) -> None:
    with opened(tmp_path_factory.mktemp("store")) as store:
        sealed = store.seal(new_subject(), contents, bound=bound)
        assert store.open(sealed.digest) == (sealed.random, contents)


def test_the_files_are_opened_as_they_must_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sanad.evidence.database._SETTINGS", AS_BUILT)
    store = opened(tmp_path)
    for connection in (store._items, store._keys):
        assert connection.execute("PRAGMA journal_mode").get == "wal"
        assert connection.execute("PRAGMA locking_mode").get == "exclusive"
        assert connection.execute("PRAGMA synchronous").get == 2
        assert connection.execute("PRAGMA secure_delete").get == 1
    store.close()
