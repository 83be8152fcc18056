"""Signatures that show control of a wallet, against published ones (BIP-322, and the manuals of two signers)."""

import base64
import hashlib

import pytest
from coincurve import PrivateKey
from Crypto.Hash import RIPEMD160

from sanad.base.errors import Malformed
from sanad.compliance.travel_rule.queries.wallets import check_address, is_signed

EXAMPLE = "This is an example of a signed message."
P2PKH = "1F3sAm6ZtwLAUnj7d38pGFxtP3RVEvtsbV"
BIP137 = "H9L5yLFjti0QTHhPyFrZCT1V/MMnBtXKmoiKDZ78NDBjERki6ZTQZdSMCtkgoNmp17By9ItJr8o7ChX0XxY91nk="
SEGWIT = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"
BIP322_EMPTY = (
    "AkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z46TSDtS40ASECx/EgAxlkQpQ9hYjg"
    "Gu6EBCPMVPwVIVJqO4XCsMvViHI="
)
BIP322_HELLO = (
    "AkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9a/sASECx/EgAxlkQpQ9hYjg"
    "Gu6EBCPMVPwVIVJqO4XCsMvViHI="
)
ETHEREUM = "0x5ce9454909639D2D17A3F753ce7d93fa0b9aB12E"
EIP191 = (
    "0xe6ca9bba58c88611fad66a6ce8f996908195593807c4b38bd528d2cff09d4eb33e5bfbbf4d3e39b1a2fd816a7680c19ebebaf3a141b239934ad4"
    "3cb33fcec8ce1c"
)


@pytest.mark.parametrize(
    ("kind", "address", "message", "signature"),
    [
        ("bip137", P2PKH, EXAMPLE, BIP137),
        ("bip322", SEGWIT, "", BIP322_EMPTY),
        ("bip322", SEGWIT, "Hello World", BIP322_HELLO),
        ("eip191", ETHEREUM, "I♥SF", EIP191),
    ],
)
def test_published_signatures(kind: str, address: str, message: str, signature: str) -> None:
    assert is_signed(kind, address, message, signature)
    assert not is_signed(kind, address, message + ".", signature)


def test_a_signature_of_another_address_shows_nothing() -> None:
    assert not is_signed("bip137", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", EXAMPLE, BIP137)
    assert not is_signed("bip322", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "Hello World", BIP322_HELLO)
    assert not is_signed("eip191", "0x" + "1" * 40, "I♥SF", EIP191)


def bitcoin_signature(key: PrivateKey, message: str, header: int) -> str:
    told = b"\x18Bitcoin Signed Message:\n" + bytes([len(message)]) + message.encode()
    digest = hashlib.sha256(hashlib.sha256(told).digest()).digest()
    raw = key.sign_recoverable(digest, hasher=None)
    return base64.b64encode(bytes([header + raw[64]]) + raw[:64]).decode()


def hash160(data: bytes) -> bytes:
    return bytes(RIPEMD160.new(hashlib.sha256(data).digest()).digest())


def base58check(raw: bytes) -> str:
    raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    alphabet, number, text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def test_the_kinds_of_addresses_that_one_key_has() -> None:
    key = PrivateKey(b"\x07" * 32)
    short, long = key.public_key.format(compressed=True), key.public_key.format(compressed=False)
    plain, old = base58check(b"\x00" + hash160(short)), base58check(b"\x00" + hash160(long))
    script = base58check(b"\x05" + hash160(b"\x00\x14" + hash160(short)))
    for address, header in ((plain, 31), (old, 27), (script, 35), (script, 31)):
        assert is_signed("bip137", address, "mine", bitcoin_signature(key, "mine", header)), (address, header)
    assert not is_signed("bip137", old, "mine", bitcoin_signature(key, "mine", 31)), "header says compressed"


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("bip137", P2PKH[:-1] + "W"), ("bip137", "nonsense"), ("bip137", ""), ("bip322", P2PKH),
        ("bip322", "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"), ("bip322", SEGWIT[:-1] + "q"),
        ("bip322", SEGWIT.replace("b", "B", 1)), ("eip191", ETHEREUM.replace("aB12E", "ab12E")), ("eip191", "0x12"),
        ("eip191", "5ce9454909639D2D17A3F753ce7d93fa0b9aB12E"), ("satoshi", "x" * 10), ("satoshi", "<script>" * 4),
    ],
)  # fmt: skip
def test_addresses_with_a_wrong_character_are_refused(kind: str, address: str) -> None:
    with pytest.raises(Malformed):
        check_address(kind, address)


@pytest.mark.parametrize(
    ("kind", "address", "signature"),
    [
        ("bip137", P2PKH, "no base64!"), ("bip137", P2PKH, base64.b64encode(b"x" * 64).decode()),
        ("bip137", P2PKH, base64.b64encode(b"\xff" * 65).decode()), ("bip322", SEGWIT, "no base64!"),
        ("eip191", ETHEREUM, "0x12"), ("eip191", ETHEREUM, "zz"), ("eip191", ETHEREUM, "0x" + "ff" * 65),
        ("bip137", P2PKH, "A" * 3_000),
    ],
)  # fmt: skip
def test_what_is_no_signature_is_refused(kind: str, address: str, signature: str) -> None:
    with pytest.raises(Malformed):
        is_signed(kind, address, "m", signature)


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\x00\x00", b"\x03" + bytes(20), b"\x02\x09" + bytes(9) + b"\x00"])
def test_a_broken_witness_shows_nothing(raw: bytes) -> None:
    assert not is_signed("bip322", SEGWIT, "m", base64.b64encode(raw).decode())


def test_a_signature_with_impossible_numbers_shows_nothing() -> None:
    assert not is_signed("bip137", P2PKH, "m", base64.b64encode(b"\x1f" + bytes(64)).decode())
    assert not is_signed("eip191", ETHEREUM, "m", "0x" + "00" * 64 + "1b")
