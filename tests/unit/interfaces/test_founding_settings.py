from pathlib import Path

import pytest
from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.interfaces import founding_settings
from sanad.node.founding import Genesis
from sanad.rulebook.edition1.posting import post
from sanad.rulebook.message import Suite
from sanad.rulebook.signatures import possession_bytes


def key(name: str, institution: int, person: int = 0) -> str:
    made = SigningKey(digest(name.encode()))
    public = bytes(made.verify_key)
    claim = possession_bytes(bytes(16), institution, person, Suite.ED25519, public)
    return f'{{ public_key = "{public.hex()}", possession = "{made.sign(claim).signature.hex()}" }}'


def settings(persons: int = 3) -> str:
    people = [
        f"{{ recovery = {str(number > persons).lower()}, key = {key(f'p{number}', 1, number)} }}"
        for number in range(1, persons + 3)
    ]
    return f"""
name = "Pilot"
origin = "log.example/pilot"
utc_offset_minutes = 300

[[institution]]
name = "Authority"
folder = "authority"
kind = "authority"
system_key = {key("authority", 1)}
persons = [{", ".join(people)}]

[[institution]]
name = "Central Bank"
folder = "central-bank"
kind = "central-bank"
system_key = {key("central", 2)}

[[asset]]
identifier = "PKR"
issuer = "central-bank"

[[limit]]
asset = "PKR"
tier = 1
transfer_max_minor = 100
daily_max_minor = 200

[[account]]
institution = "central-bank"
kind = "issuance"
asset = "PKR"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "network.toml"
    path.write_text(text)
    return path


def found(tmp_path: Path, text: str) -> Genesis:
    read = founding_settings.read_settings(written(tmp_path, text))
    record, institutions = tmp_path / "record", tmp_path / "institutions"

    def nobody(what: str) -> str:
        raise AssertionError(f"asked for the passphrase of {what}")

    return founding_settings.found(read, record, institutions, nobody, post)


def test_a_network_is_founded_from_settings_with_keys_from_elsewhere(tmp_path: Path) -> None:
    genesis = found(tmp_path, settings())
    assert (genesis.name, genesis.demonstration, genesis.zone_offset_seconds) == ("Pilot", False, 18_000)
    assert (tmp_path / "record" / "segments").is_dir()
    assert not (tmp_path / "institutions").exists()
    with pytest.raises(Refused, match="is there already"):
        found(tmp_path, settings())


def test_settings_that_cannot_stand_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="three persons"):
        found(tmp_path, settings(persons=2))
    assert not (tmp_path / "record").exists()
    found(tmp_path, settings())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Pilot"', 'name = "Pilot"\ndemonstration = true', "unknown field `demonstration`"),
        ('kind = "issuance"', 'kind = "piggy-bank"', "use one of: settlement, customer"),
        ('issuer = "central-bank"', 'issuer = "nobody"', "there are: authority, central-bank"),
        ('folder = "central-bank"', 'folder = "authority"', "two institutions are called authority"),
        ("utc_offset_minutes = 300", "utc_offset_minutes = 1000", "0 to 840"),
        ("utc_offset_minutes = 300", "utc_offset_minutes = ", "docs/guide/operator.md shows a whole file"),
        ('public_key = "', 'public_key = "zz', "hexadecimal"),
        ('possession = "', 'possession = "00', "it cannot stand"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        found(tmp_path, settings().replace(old, new, 1))
    assert not (tmp_path / "record").exists()
