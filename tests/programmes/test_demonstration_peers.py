"""Keys and places of the demonstration's Travel Rule peers: made once, each for its institution, and kept."""

import json
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from sanad.base.errors import Refused
from sanad.compliance.travel_rule.desk.wire import client_context, server_context
from sanad.interfaces import demonstration_peers
from sanad.interfaces.demonstration_abroad import inquiry
from sanad.interfaces.demonstration_nation import CHENAB, EXCHANGE
from sanad.interfaces.demonstration_peers import ABROAD_FOLDER, ABROAD_LEI, FOLDER, PORTS_FILE
from sanad.standards.identifiers import is_lei
from sanad.standards.ivms101 import reading
from sanad.standards.trp import messages


@pytest.fixture
def made(tmp_path: Path) -> Path:
    demonstration_peers.make(tmp_path)
    return tmp_path


def test_each_institution_has_a_place_of_its_own(made: Path) -> None:
    places = demonstration_peers.places(made)
    assert set(places) == {CHENAB.folder, EXCHANGE.folder, ABROAD_FOLDER}
    assert len({each.port for each in places.values()}) == len(places)
    for each in places.values():
        assert each.address == f"https://127.0.0.1:{each.port}"
        assert each.key.stat().st_mode & 0o077 == 0, "a key is its owner's alone"
        for context in (client_context, server_context):
            assert context(each.certificate, each.key, each.trust).verify_mode == ssl.CERT_REQUIRED
        certificate = x509.load_pem_x509_certificate(each.certificate.read_bytes())
        assert (certificate.not_valid_after_utc - datetime.now(UTC)).days > 3_000
    keys = {each.key.read_bytes() for each in places.values()}
    assert len(keys) == len(places)


def test_the_authority_s_key_is_forgotten(made: Path) -> None:
    assert sorted(each.name for each in (made / FOLDER).iterdir() if each.suffix == ".key") == sorted(
        f"{name}.key" for name in demonstration_peers.places(made)
    )


def test_a_second_time_changes_nothing(made: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in (made / FOLDER).iterdir()}

    before = contents()
    demonstration_peers.make(made)
    assert contents() == before


def test_what_was_broken_off_is_made_anew(made: Path) -> None:
    (made / FOLDER / PORTS_FILE).unlink()
    demonstration_peers.make(made)
    place = demonstration_peers.places(made)[CHENAB.folder]
    client_context(place.certificate, place.key, place.trust)


def test_where_there_is_no_demonstration_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="sanad demo"):
        demonstration_peers.places(tmp_path)


def test_identifiers_have_right_check_digits_and_an_issuer_that_there_is_not() -> None:
    for each in (CHENAB.lei, EXCHANGE.lei, ABROAD_LEI):
        assert is_lei(each)
        assert each.startswith("DEMO")


def test_the_inquiry_from_abroad_can_be_read_and_is_the_same_each_time(made: Path) -> None:
    place = demonstration_peers.places(made)[ABROAD_FOLDER]
    body = json.dumps(inquiry(place)).encode()
    assert body == json.dumps(inquiry(place)).encode()
    read = messages.read_inquiry(body)
    identity = reading.read(read.identity)
    assert read.amount == "1.85"
    assert identity.originator is not None
    assert identity.originator.accounts == ()
    assert identity.beneficiary_institution is None
