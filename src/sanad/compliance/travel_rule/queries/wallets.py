"""Whether a signature shows control of a wallet: Bitcoin's two forms of signed messages, and Ethereum's. No tables.

BIP-137   a recoverable signature, base64; P2PKH, P2SH-P2WPKH and P2WPKH addresses
BIP-322   the simple form, base64 of a witness; P2WPKH addresses
EIP-191   a recoverable signature of a personal message, hexadecimal
"""

import base64
import hashlib
from collections.abc import Callable

from coincurve import PublicKey
from Crypto.Hash import RIPEMD160, keccak

from sanad.base.errors import Malformed

SIGNATURE_CHARACTERS_MAX = 2_000
MESSAGE_CHARACTERS_MAX = 1_000
_BITCOIN = b"\x18Bitcoin Signed Message:\n"
_ETHEREUM = b"\x19Ethereum Signed Message:\n"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_P2PKH, _P2SH = frozenset({0, 111}), frozenset({5, 196})
_SIGHASH_ALL = 1


def is_signed(kind: str, address: str, message: str, signature: str) -> bool:
    """Whether `signature` is of `message`, by whoever controls `address`. Raises `Malformed` for what is none."""
    if len(signature) > SIGNATURE_CHARACTERS_MAX or len(message) > MESSAGE_CHARACTERS_MAX:
        raise Malformed("signature", "wallet.signature", "paste the signature as the wallet shows it, and nothing else")
    checks: dict[str, Callable[[str, bytes, str], bool]] = {
        "bip137": _is_bip137, "bip322": _is_bip322, "eip191": _is_eip191,
    }  # fmt: skip
    return checks[kind](address.strip(), message.encode(), signature.strip())


def check_address(kind: str, address: str) -> None:
    """Raises `Malformed` unless proofs of this kind can be for the address."""
    address = address.strip()
    if kind == "eip191":
        _ethereum_address(address)
    elif kind == "bip322":
        _witness_program(address)
    elif kind == "bip137":
        _bitcoin_hash(address)
    elif not 20 <= len(address) <= 120 or not address.isascii() or not address.isalnum():
        raise _bad_address()


# --- Bitcoin ----------------------------------------------------------------------------------------------------------


def _is_bip137(address: str, message: bytes, signature: str) -> bool:
    raw = _base64(signature)
    if len(raw) != 65 or not 27 <= raw[0] <= 42:
        raise Malformed("signature", "wallet.signature", "a signature of BIP-137 is 65 bytes in base64")
    key = _recovered(raw[1:] + bytes([(raw[0] - 27) & 3]), _double_sha256(_BITCOIN + _sized(message)))
    if key is None:
        return False
    is_script, wanted = _bitcoin_hash(address)
    compressed = _hash160(key.format(compressed=True))
    if is_script:
        return wanted == _hash160(b"\x00\x14" + compressed)
    # Wallets differ in the header that they write for SegWit addresses: the key decides, not the header.
    return wanted == compressed or (raw[0] < 31 and wanted == _hash160(key.format(compressed=False)))


def _is_bip322(address: str, message: bytes, signature: str) -> bool:
    program = _witness_program(address)
    items = _witness(_base64(signature))
    if len(items) != 2 or len(items[0]) < 9 or items[0][-1] != _SIGHASH_ALL or _hash160(items[1]) != program:
        return False
    try:
        return PublicKey(items[1]).verify(items[0][:-1], _to_sign(program, message), hasher=None)
    except ValueError:
        return False


def _to_sign(program: bytes, message: bytes) -> bytes:
    """The digest that is signed: of a transaction that spends one which commits to the message (BIP-322, BIP-143)."""
    tag = hashlib.sha256(b"BIP0322-signed-message").digest()
    commitment = hashlib.sha256(tag + tag + message).digest()
    script = b"\x00\x14" + program
    nothing, zero = bytes(4), bytes(8)
    to_spend = (
        nothing + b"\x01" + bytes(32) + b"\xff" * 4 + b"\x22\x00\x20" + commitment + nothing
        + b"\x01" + zero + bytes([len(script)]) + script + nothing
    )  # fmt: skip
    outpoint = _double_sha256(to_spend) + nothing
    code = b"\x19\x76\xa9\x14" + program + b"\x88\xac"
    output = zero + b"\x01\x6a"
    return _double_sha256(
        nothing + _double_sha256(outpoint) + _double_sha256(nothing) + outpoint + code + zero + nothing
        + _double_sha256(output) + nothing + _SIGHASH_ALL.to_bytes(4, "little")
    )  # fmt: skip


def _witness(raw: bytes) -> list[bytes]:
    """The items of a short witness; empty when it is none."""
    items, at = [], 1
    if not raw or raw[0] > 2:
        return []
    for _ in range(raw[0]):
        size = raw[at] if at < len(raw) else 0
        items.append(raw[at + 1 : at + 1 + size])
        at += 1 + size
    return items if at == len(raw) else []


def _bitcoin_hash(address: str) -> tuple[bool, bytes]:
    """Whether it is of a script, and the 20 bytes in it. Raises `Malformed`."""
    if address.lower().startswith(("bc1", "tb1")):
        return False, _witness_program(address)
    raw = _unbase58check(address)
    if len(raw) != 21 or raw[0] not in _P2PKH | _P2SH:
        raise _bad_address()
    return raw[0] in _P2SH, raw[1:]


def _unbase58check(text: str) -> bytes:
    number = 0
    if not 26 <= len(text) <= 35 or any(each not in _BASE58 for each in text):
        raise _bad_address()
    for each in text:
        number = number * 58 + _BASE58.index(each)
    raw = number.to_bytes(25) if number < 1 << 200 else bytes(25)
    if _double_sha256(raw[:-4])[:4] != raw[-4:]:
        raise _bad_address()
    return raw[:-4]


def _witness_program(address: str) -> bytes:
    """The 20 bytes of a P2WPKH address (BIP-173). Raises `Malformed`."""
    prefix, separator, data = address.lower().rpartition("1")
    is_sound = address in (address.lower(), address.upper()) and prefix in ("bc", "tb") and separator
    if not is_sound or len(data) != 39 or any(each not in _BECH32 for each in data):
        raise _bad_address("give an address of Bitcoin's native SegWit that begins with bc1q")
    words = [_BECH32.index(each) for each in data]
    expanded = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    if _polymod([*expanded, *words]) != 1 or words[0] != 0:
        raise _bad_address()
    number = 0
    for word in words[1:-6]:
        number = number << 5 | word
    return number.to_bytes(20)


def _polymod(words: list[int]) -> int:
    found = 1
    for word in words:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ word
        for at, generator in enumerate(_GENERATORS):
            found ^= generator if (top >> at) & 1 else 0
    return found


# --- Ethereum ---------------------------------------------------------------------------------------------------------


def _is_eip191(address: str, message: bytes, signature: str) -> bool:
    wanted = _ethereum_address(address)
    try:
        raw = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 65 or raw[64] not in (0, 1, 27, 28):
        raise Malformed("signature", "wallet.signature", "a signature of EIP-191 is 0x and 130 hexadecimal digits")
    told = _keccak(_ETHEREUM + str(len(message)).encode() + message)
    key = _recovered(raw[:64] + bytes([raw[64] % 27]), told)
    return key is not None and _keccak(key.format(compressed=False)[1:])[12:] == wanted


def _ethereum_address(address: str) -> bytes:
    """The 20 bytes; mixed capitals must be right (EIP-55). Raises `Malformed`."""
    digits = address.removeprefix("0x")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if len(raw) != 20 or not address.startswith("0x") or len(digits) != 40:
        raise _bad_address()
    if digits not in (digits.lower(), digits.upper()):
        told = _keccak(digits.lower().encode()).hex()
        rightly = "".join(
            each.upper() if int(nibble, 16) > 7 else each for each, nibble in zip(digits.lower(), told, strict=False)
        )
        if digits != rightly:
            raise _bad_address()
    return raw


# --- parts ------------------------------------------------------------------------------------------------------------


def _recovered(signature: bytes, told: bytes) -> PublicKey | None:
    try:
        return PublicKey.from_signature_and_message(signature, told, hasher=None)
    except ValueError:  # no point of the curve belongs to it
        return None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        advice = "paste the signature as the wallet shows it, in base64"
        raise Malformed("signature", "wallet.signature", advice) from None


def _sized(message: bytes) -> bytes:
    size = len(message)
    return (bytes([size]) if size < 253 else b"\xfd" + size.to_bytes(2, "little")) + message


def _double_sha256(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _hash160(data: bytes) -> bytes:
    return bytes(RIPEMD160.new(hashlib.sha256(data).digest()).digest())


def _keccak(data: bytes) -> bytes:
    return bytes(keccak.new(digest_bits=256, data=data).digest())


def _bad_address(advice: str = "a character is wrong, or proofs of this kind are not for such an address") -> Malformed:
    return Malformed("address", "wallet.address", advice)
