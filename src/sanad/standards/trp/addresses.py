"""Travel addresses: where to send an inquiry, in a form that a customer can hand on; and LNURL, their predecessor.

A travel address is `ta` and base58 of: the address without its scheme, then the first four bytes of its double SHA-256.
It always means https, and always asks for a transfer inquiry (`t=i`).
"""

import hashlib
import ipaddress
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sanad.base.errors import Malformed

CHARACTERS_MAX = 2_000
_PREFIX, _LNURL = "ta", "lnurl"
_CHECKSUM_SIZE = 4
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


def encode(url: str) -> str:
    """The travel address of an https address; `t=i` is added where it is missing. Raises `Malformed`."""
    bare = url.split("://", 1)[1] if "://" in url else url
    parts = urlsplit(f"https://{bare}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"t": "i"}
    _check_host(parts.hostname, parts.netloc)
    text = urlunsplit(("", parts.netloc, parts.path, urlencode(sorted(query.items())), "")).removeprefix("//")
    plain = text.encode()
    return _PREFIX + _base58(plain + _checksum(plain))


def decode(address: str) -> str:
    """The https address behind a travel address or an LNURL. Raises `Malformed`."""
    address = address.strip()
    if len(address) > CHARACTERS_MAX:
        raise _wrong("travel_address.size", "it is too long; ask for another")
    if address.lower().startswith(_LNURL):
        return decode_lnurl(address)
    if not address.startswith(_PREFIX):
        raise _wrong("travel_address.prefix", "a travel address begins with ta; copy it whole")
    data = _unbase58(address[len(_PREFIX) :])
    plain, checksum = data[:-_CHECKSUM_SIZE], data[-_CHECKSUM_SIZE:]
    if not plain or checksum != _checksum(plain):
        raise _wrong("travel_address.checksum", "a character is wrong or missing; copy it again")
    try:
        text = plain.decode("ascii")
    except UnicodeDecodeError:
        raise _wrong("travel_address.form", "it names no address; ask for another") from None
    if "://" in text:
        raise _wrong("travel_address.scheme", "it names a scheme where https is meant; ask for another")
    parts = urlsplit(f"https://{text}")
    _check_host(parts.hostname, parts.netloc)
    if ("t", "i") not in parse_qsl(parts.query):
        raise _wrong("travel_address.query", "it is not for transfer inquiries (t=i); ask for another")
    return f"https://{text}"


def encode_lnurl(url: str) -> str:
    """The LNURL of an https address, in capitals. Raises `Malformed`."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise _wrong("lnurl.scheme", "an LNURL is made of an https address")
    _check_host(parts.hostname, parts.netloc)
    words = _regroup(url.encode(), 8, 5, pad=True)
    checksum = _polymod([*_expanded(_LNURL), *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [(checksum >> 5 * (5 - at)) & 31 for at in range(6)]
    return f"{_LNURL}1{''.join(_BECH32[each] for each in words)}".upper()


def decode_lnurl(text: str) -> str:
    """The https address behind an LNURL. Raises `Malformed`."""
    text = text.strip()
    if len(text) > CHARACTERS_MAX or text not in (text.lower(), text.upper()):
        raise _wrong("lnurl.form", "an LNURL is all small letters or all capitals; copy it again")
    prefix, separator, data = text.lower().rpartition("1")
    if prefix != _LNURL or not separator or len(data) < 6 or any(each not in _BECH32 for each in data):
        raise _wrong("lnurl.form", "this is no LNURL; copy it whole")
    words = [_BECH32.index(each) for each in data]
    if _polymod([*_expanded(prefix), *words]) != 1:
        raise _wrong("lnurl.checksum", "a character is wrong or missing; copy it again")
    try:
        url = bytes(_regroup(words[:-6], 5, 8, pad=False)).decode("ascii")
        parts = urlsplit(url)
    except ValueError:
        raise _wrong("lnurl.form", "it names no address; ask for another") from None
    if parts.scheme != "https":
        raise _wrong("lnurl.scheme", "it must name an https address; ask for another")
    _check_host(parts.hostname, parts.netloc)
    return url


def _check_host(host: str | None, place: str) -> None:
    if not host or "@" in place or "\\" in place:
        raise _wrong("travel_address.host", "it names no host; ask for another")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        is_name = _HOST.fullmatch(host) and ("." in host or host == "localhost")
        if not is_name or host.rpartition(".")[2].isdecimal():
            raise _wrong("travel_address.host", "it names no host that can be reached; ask for another") from None


def _checksum(plain: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(plain).digest()).digest()[:_CHECKSUM_SIZE]


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return _ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def _unbase58(text: str) -> bytes:
    number = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise _wrong("travel_address.form", "it holds a character that none has; copy it again")
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def _expanded(prefix: str) -> list[int]:
    return [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]


def _polymod(words: list[int]) -> int:
    found = 1
    for word in words:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ word
        for at, generator in enumerate(_GENERATORS):
            found ^= generator if (top >> at) & 1 else 0
    return found


def _regroup(data: bytes | list[int], width: int, new_width: int, *, pad: bool) -> list[int]:
    """The bits of `data`, `width` to a number, `new_width` to a number."""
    held = bits = 0
    found = []
    for each in data:
        held, bits = (held << width | each) & 0xFFFFFF, bits + width
        while bits >= new_width:
            bits -= new_width
            found.append(held >> bits & ((1 << new_width) - 1))
    if pad and bits:
        found.append(held << (new_width - bits) & ((1 << new_width) - 1))
    if not pad and (bits >= width or held & ((1 << bits) - 1)):
        raise ValueError("bits are left over")
    return found


def _wrong(code: str, advice: str) -> Malformed:
    return Malformed("travel address", code, advice)
