import json
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from sanad.base.errors import Fault, Refused
from sanad.gateway import keys as keys_module
from sanad.gateway.keys import SYSTEM, KeyFile, Limits
from sanad.rulebook.message import Suite, key_id
from sanad.rulebook.signatures import possession_bytes

QUICK = Limits(1, 8192)
PASSPHRASE = "چار چھوٹے الفاظ یہاں"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def keys(path: Path) -> KeyFile:
    return KeyFile.create(path, PASSPHRASE, QUICK)


def test_a_key_signs_as_itself_after_opening_again(path: Path, keys: KeyFile) -> None:
    made = keys.add(SYSTEM, range(1, 5))
    opened = KeyFile.open_file(path, PASSPHRASE)
    assert opened.all() == [made]
    assert opened.key(SYSTEM).lanes == range(1, 5)
    signature = opened.sign(SYSTEM, bytes(32))
    assert signature.key_id == key_id(Suite.ED25519, made.public) == made.identifier
    VerifyKey(made.public).verify(bytes(32), signature.value)
    VerifyKey(made.public).verify(b"read", opened.signing_key(SYSTEM).sign(b"read").signature)


def test_the_file_holds_nothing_readable_and_is_its_owners_alone(path: Path, keys: KeyFile) -> None:
    seed = bytes(range(32))
    keys.add("person-1", range(10, 11), person=1, seed=seed)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "person" not in path.read_text()
    assert seed not in path.read_bytes()


@pytest.mark.parametrize("passphrase", ["another passphrase", PASSPHRASE + " ", "short", ""])
def test_a_wrong_passphrase_is_refused(path: Path, keys: KeyFile, passphrase: str) -> None:
    with pytest.raises(Refused, match="passphrase") as caught:
        KeyFile.open_file(path, passphrase)
    assert caught.value.status == 401


def test_what_was_opened_once_opens_quickly_again_and_a_guess_is_as_dear_as_ever(
    path: Path, keys: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    stretched, asked = keys_module._stretched, []

    def counted(passphrase: str, salt: bytes, limits: Limits) -> bytes:
        asked.append(passphrase)
        return stretched(passphrase, salt, limits)

    monkeypatch.setattr(keys_module, "_stretched", counted)
    monkeypatch.setattr(keys_module, "_opened_with", {})
    for _ in range(3):
        assert KeyFile.open_file(path, PASSPHRASE).all() == keys.all()
    assert asked == [PASSPHRASE]
    for _ in range(2):
        with pytest.raises(Refused, match="passphrase"):
            KeyFile.open_file(path, "another passphrase")
    assert asked == [PASSPHRASE, "another passphrase", "another passphrase"]
    keys.change_passphrase("a new passphrase")
    with pytest.raises(Refused, match="passphrase"):
        KeyFile.open_file(path, PASSPHRASE)


def test_letters_that_look_the_same_are_the_same(path: Path) -> None:
    KeyFile.create(path, "caf\u00e9 ۱۲۳۴۵", QUICK)
    KeyFile.open_file(path, "cafe\u0301 ۱۲۳۴۵")


def test_a_short_passphrase_is_refused_before_anything_is_written(path: Path) -> None:
    with pytest.raises(Refused, match="8 characters or more"):
        KeyFile.create(path, "short", QUICK)
    assert not path.exists()


@pytest.mark.parametrize("name", ["keys.json", "bank/keys.json", "a/b/c/keys.json"])
def test_keys_never_lie_in_the_folder_of_a_record(tmp_path: Path, name: str) -> None:
    (tmp_path / "segments").mkdir()
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    with pytest.raises(Refused, match="never lie in the folder of a record"):
        KeyFile.create(tmp_path / name, PASSPHRASE, QUICK)
    with pytest.raises(Refused, match="never lie in the folder of a record"):
        KeyFile.open_file(tmp_path / name, PASSPHRASE)


def test_a_link_into_a_record_does_not_help(tmp_path: Path) -> None:
    (tmp_path / "record" / "segments").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "record")
    with pytest.raises(Refused, match="never lie"):
        KeyFile.create(tmp_path / "link" / "keys.json", PASSPHRASE, QUICK)


def test_a_file_is_never_overwritten_and_a_name_is_given_once(path: Path, keys: KeyFile) -> None:
    with pytest.raises(Refused, match="name a new file"):
        KeyFile.create(path, PASSPHRASE, QUICK)
    keys.add(SYSTEM, range(1, 5))
    with pytest.raises(Refused, match="not in use"):
        keys.add(SYSTEM, range(1, 5))
    with pytest.raises(Refused, match="holds no key person-9"):
        keys.sign("person-9", bytes(32))


def test_there_must_be_a_file(path: Path) -> None:
    with pytest.raises(Refused, match=r"there is no keys\.json"):
        KeyFile.open_file(path, PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"format": "other"}'])
def test_another_file_is_told_apart(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Fault, match="no key file, or is damaged"):
        KeyFile.open_file(path, PASSPHRASE)


def test_a_file_can_not_ask_for_all_memory(path: Path, keys: KeyFile) -> None:
    parts = json.loads(path.read_text())
    path.write_text(json.dumps(parts | {"memory_bytes": 1 << 40}))
    with pytest.raises(Fault, match="damaged"):
        KeyFile.open_file(path, PASSPHRASE)


def test_a_changed_box_does_not_open(path: Path, keys: KeyFile) -> None:
    parts = json.loads(path.read_text())
    box = parts["box"]
    path.write_text(json.dumps(parts | {"box": box[:50] + ("A" if box[50] != "A" else "B") + box[51:]}))
    with pytest.raises(Refused, match="or the file was changed"):
        KeyFile.open_file(path, PASSPHRASE)


def test_a_rotation_keeps_both_keys_until_it_is_finished(path: Path, keys: KeyFile) -> None:
    old = keys.add(SYSTEM, range(1, 5))
    with pytest.raises(Refused, match="prepare its rotation"):
        keys.finish_rotation(SYSTEM)
    new = keys.prepare_rotation(SYSTEM)
    assert new.public != old.public
    assert new.lanes == old.lanes
    opened = KeyFile.open_file(path, PASSPHRASE)
    assert opened.prepare_rotation(SYSTEM).public == new.public
    assert [key.public for key in opened.all()] == [old.public]
    assert opened.finish_rotation(SYSTEM).public == new.public
    assert [key.public for key in KeyFile.open_file(path, PASSPHRASE).all()] == [new.public]


def test_possession_is_proved_for_a_key_and_for_the_next_one(keys: KeyFile) -> None:
    made = keys.add("person-7", range(20, 21), person=7)
    prepared = keys.prepare_rotation("person-7")
    for public, is_prepared in ((made.public, False), (prepared.public, True)):
        proof = keys.prove_possession("person-7", bytes(16), 2, prepared=is_prepared)
        VerifyKey(public).verify(possession_bytes(bytes(16), 2, 7, Suite.ED25519, public), proof)


def test_secrets_differ_by_use_and_survive_a_new_passphrase(path: Path, keys: KeyFile) -> None:
    rows, evidence = keys.secret_for("rows"), keys.secret_for("evidence")
    assert rows != evidence
    keys.change_passphrase("a new passphrase")
    opened = KeyFile.open_file(path, "a new passphrase")
    assert (opened.secret_for("rows"), opened.secret_for("evidence")) == (rows, evidence)
    with pytest.raises(Refused):
        KeyFile.open_file(path, PASSPHRASE)
