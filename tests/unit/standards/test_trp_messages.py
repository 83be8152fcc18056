"""Messages of the Travel Rule Protocol: read as they are sent, amounts digit for digit, everything bounded."""

import json
from pathlib import Path
from typing import Any

import pytest

from sanad.base.errors import Malformed
from sanad.standards.trp import assets, messages
from sanad.standards.trp.messages import (
    Approval,
    Asset,
    Confirmation,
    Inquiry,
    PeerExtensions,
    PeerIdentity,
    PeerVersion,
    Resolution,
    Unreadable,
)
from sanad.standards.trp.versions import Version, extensions_of, negotiated
from tests.unit.standards.travel_rule_samples import payload_2020

INQUIRY = {
    "asset": {"dti": "4H95J0R2X"}, "amount": 0.000021, "callback": "https://originator.example/answer/7",
    "IVMS101": payload_2020(),
}  # fmt: skip


def inquiry(**change: Any) -> bytes:
    return json.dumps({name: value for name, value in (INQUIRY | change).items() if value is not None}).encode()


def test_an_inquiry_is_read_and_written_again() -> None:
    found = messages.read_inquiry(inquiry())
    assert (found.asset, found.amount) == (Asset(dti="4H95J0R2X"), "0.000021")
    assert json.loads(found.identity) == payload_2020()
    assert messages.read_inquiry(messages.write_inquiry(found)) == found


def test_the_identity_keeps_its_bytes() -> None:
    """Both sides hash what was sent, so blanks and the order of members must survive."""
    identity = b'{ "originator" :{"x":1.50}, "a":[ ] }'
    sent = Inquiry(Asset(slip0044=60), "1", "https://a.example/x", identity)
    assert messages.read_inquiry(messages.write_inquiry(sent)).identity == identity


@pytest.mark.parametrize(
    ("wire", "amount"),
    [("0.000021", "0.000021"), ("1e-8", "0.00000001"), ("1.50", "1.5"), ("12E2", "1200"), ('"0.1"', "0.1"),
     ("0.100000000000000005551115123125", "0.100000000000000005551115123125"), ("21000000", "21000000")],
)  # fmt: skip
def test_amounts_are_never_floats(wire: str, amount: str) -> None:
    body = inquiry().replace(b"2.1e-05", wire.encode())
    assert messages.read_inquiry(body).amount == amount


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 0}, "amount"), ({"amount": None}, "amount"), ({"callback": None}, "callback"),
        ({"callback": "http://originator.example/x"}, "callback"), ({"callback": "https://"}, "callback"),
        ({"callback": "https://me:pw@originator.example/"}, "callback"), ({"callback": "https://h:99999/"}, "callback"),
        ({"IVMS101": None}, "IVMS101"), ({"IVMS101": {}}, "IVMS101"), ({"asset": None}, "asset"),
        ({"asset": {}}, "asset"), ({"asset": {"dti": "short"}}, "asset.dti"), ({"asset": {"slip0044": -1}},
                                                                             "asset.slip0044"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as error:
        messages.read_inquiry(inquiry(**change))
    assert error.value.field == field
    assert not isinstance(error.value, Unreadable)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff\xfe", inquiry(amount="a lot"), inquiry(amount=-1),
                                  inquiry(callback=7), b"[" * 200_000])  # fmt: skip
def test_what_is_no_message_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        messages.read_inquiry(body)


def test_unknown_members_are_passed_over() -> None:
    assert messages.read_inquiry(inquiry(future={"x": 1})) == messages.read_inquiry(inquiry())


def test_bitcoin_by_its_coin_type_is_not_missing() -> None:
    """0 is Bitcoin; others take it for nothing, so we send the DTI."""
    found = messages.read_inquiry(inquiry(asset={"slip0044": 0})).asset
    assert assets.known(found) == assets.known(Asset(dti="4H95J0R2X"))
    assert assets.by_symbol("btc") == Asset(dti="4H95J0R2X")


def test_null_counts_as_not_sent() -> None:
    """Many programs write members that they do not have as null."""
    bare = inquiry(asset={"slip0044": "ETH"})
    assert messages.read_inquiry(inquiry(asset={"slip0044": "ETH", "dti": None})) == messages.read_inquiry(bare)
    approval = {"address": "a", "callback": "https://b.example/c"}
    nulls = json.dumps({"version": None, "approved": approval, "rejected": None}).encode()
    assert messages.read_resolution(nulls) == Resolution(approved=Approval(**approval))
    assert messages.read_identity(b'{"name":"A","lei":null,"x509":null}') == PeerIdentity("A")
    assert messages.read_version(b'{"version":"3.1.0","vendor":null}') == PeerVersion("3.1.0")
    assert messages.read_extensions(b'{"required":null}') == PeerExtensions()


@pytest.mark.parametrize("change", [b'"amount": 7', b'"callback": "https://other.example/"', b'"IVMS101": {"a": 1}'])
def test_a_member_that_is_there_twice_is_unreadable(change: bytes) -> None:
    for body in (
        inquiry()[:-1] + b", " + change + b"}",
        inquiry(extensions={"x": 1}).replace(b'"x": 1', b'"x": 1, "x": 2'),
    ):
        with pytest.raises(Unreadable) as error:
            messages.read_inquiry(body)
        assert error.value.code == "trp.twice"


def test_members_that_are_twice_within_the_identity_are_unreadable_too() -> None:
    """Two readers of one payload must see one name."""
    body = inquiry().replace(
        b'"primaryIdentifier": "Khan"', b'"primaryIdentifier": "Khan", "primaryIdentifier": "Shah"'
    )
    with pytest.raises(Unreadable):
        messages.read_inquiry(body)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1" * 5_000])
def test_what_is_no_number_of_json_is_unreadable(number: str) -> None:
    with pytest.raises(Unreadable):
        messages.read_inquiry(inquiry().replace(b"2.1e-05", number.encode()))


def test_a_coin_type_may_be_a_number_in_text() -> None:
    assert assets.known(Asset(slip0044="60")) == assets.known(Asset(slip0044=60))


@pytest.mark.parametrize(
    ("version", "sent"),
    [
        ("3.1.0", {"dti": "X9J9K872S", "slip0044": "ETH"}),
        ("3.2.0", {"dti": "X9J9K872S"}),
        ("3.2.1", {"dti": "X9J9K872S"}),
    ],
)
def test_before_dtis_there_were_coin_types(version: str, sent: dict[str, str]) -> None:
    spoken = Version.parse(version)
    assert spoken is not None
    found = assets.spoken_as(assets.by_symbol("ETH"), spoken)
    assert json.loads(messages.write(found)) == sent
    assert assets.spoken_as(Asset(dti="PPPPPPPP1"), spoken) == Asset(dti="PPPPPPPP1"), "one that we do not know"


@pytest.mark.parametrize(
    "found",
    [
        Resolution(approved=Approval("addr", "https://b.example/c")),
        Resolution(rejected="no"),
        Resolution(version="3.1.0"),
    ],
)
def test_resolutions(found: Resolution) -> None:
    assert messages.read_resolution(messages.write(found)) == found


@pytest.mark.parametrize(
    "document",
    [{}, {"rejected": None}, {"rejected": "no", "version": "3.1.0"}, {"approved": {"address": "", "callback": "https://b"}},
     {"approved": {"address": "a", "callback": "ftp://b"}}, {"rejected": "x" * 1_001}],
)  # fmt: skip
def test_a_resolution_says_exactly_one_thing(document: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        messages.read_resolution(json.dumps(document).encode())


def test_confirmations() -> None:
    assert messages.read_confirmation(b'{"txid":"t"}') == Confirmation(txid="t")
    assert messages.read_confirmation(b'{"txid":null,"canceled":"no"}') == Confirmation(canceled="no")
    for silent in (b'{"canceled":null}', b'{"txid":null,"canceled":null}', b'{"canceled":""}'):
        assert messages.read_confirmation(silent) == Confirmation(canceled=""), "the comment may be null"
    for body in (b"{}", b'{"txid":"t","canceled":"c"}', b'{"txid":null}', b'{"txid":""}'):
        with pytest.raises(Malformed):
            messages.read_confirmation(body)


def test_minor_units_are_exact() -> None:
    assert messages.minor_units("0.000021", 8) == 2_100
    assert messages.minor_units("0.000000001", 8) is None, "finer than the unit"
    assert messages.minor_units("92233720368547758.07", 2) == 2**63 - 1
    assert messages.minor_units("92233720368547758.08", 2) is None, "more than 63 bits"
    assert messages.amount_of(2_100, 8) == "0.000021"
    assert messages.amount_of(12, 0) == "12"


@pytest.mark.parametrize(
    ("theirs", "spoken"),
    [("3.1.0", "3.1.0"), ("3.2.1", "3.2.1"), ("3.9.0", "3.2.1"), ("2.1.0", "2.1.0"), ("2.0.9", None), ("4.0.0", None),
     ("three", None), ("", None), ("3.1", None)],
)  # fmt: skip
def test_versions_are_negotiated(theirs: str, spoken: str | None) -> None:
    found = negotiated(Version.parse(theirs))
    assert (str(found) if found else None) == spoken


def test_extensions_are_names_between_commas() -> None:
    assert extensions_of("extended-ivms101, x ,,") == ("extended-ivms101", "x")


@pytest.mark.needs_test_data
def test_the_nine_messages_of_another_program(test_data: Path) -> None:
    def sample(name: str) -> bytes:
        return (test_data / "trp" / f"{name}.json").read_bytes()

    assert messages.read_inquiry(sample("inquiry")).amount == "0.000021"
    assert messages.read_resolution(sample("acknowledged")).version == "3.2.1"
    assert messages.read_resolution(sample("approved")).approved is not None
    assert messages.read_resolution(sample("rejected")).rejected == "human readable comment"
    assert messages.read_confirmation(sample("confirmation")).txid
    assert messages.read_confirmation(sample("canceled")).canceled
    assert messages.read_identity(sample("identity")).lei == "TVYD005I7Q5IJK0EMI53"
    assert messages.read_version(sample("version")).vendor == "21Analytics"
    assert messages.read_extensions(sample("extensions")).required == ["message-signing"]
