"""The golden vectors against docs/reference/formats.md, by `struct` and `hashlib` alone: the code is not used."""

import json
import struct
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

V: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))


def h(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def test_network_is_the_digest_of_the_public_half() -> None:
    assert hexed(V["network"]["network"]) == h(hexed(V["network"]["public half"]))[:16]


def test_header() -> None:
    v = V["header"]
    body = hexed(v["body"])
    made = struct.pack(
        "<4sHH16sIHHQQIIIHH16s32s", b"snd1", 1, v["kind"], hexed(v["network"]), v["institution"], v["lane"], 1,
        v["sequence"], v["expiry_ms"], v["items"], len(body), v["screened"], 0, 0, hexed(v["nonce"]), h(body),
    )  # fmt: skip
    assert len(made) == 112
    assert made == hexed(v["bytes"])
    assert h(b"sanad/message/v1\n", made) == hexed(v["message digest"])


def test_signatures() -> None:
    made = struct.pack("<H", len(V["signatures"]["signatures"]))
    for one in V["signatures"]["signatures"]:
        value = hexed(one["value"])
        made += struct.pack("<H16sH", one["suite"], hexed(one["key id"]), len(value)) + value
    assert made == hexed(V["signatures"]["bytes"])


def test_key_id_and_possession() -> None:
    v = V["keys"]
    key_id = h(struct.pack("<H", v["suite"]), hexed(v["public key"]))[:16]
    assert key_id == hexed(v["key id"])
    who = struct.pack("<16sII16s", hexed(V["network"]["network"]), v["institution"], v["person"], key_id)
    assert h(b"sanad/possession/v1\n", who) == hexed(v["possession"])


def test_a_passkeys_signature() -> None:
    """P-256 in a few lines of Python: on the curve, and u₁G + u₂Q has r as its x."""
    v = V["passkey"]
    public, authenticator, client = hexed(v["public key"]), hexed(v["authenticator data"]), v["client data"].encode()
    assert h(struct.pack("<H", 2), public)[:16] == hexed(v["key id"])
    challenge = urlsafe_b64encode(hexed(v["signed"])).rstrip(b"=").decode()
    start = f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{v["origin"]}","crossOrigin":false,'
    assert v["client data"].startswith(start)
    assert authenticator[:32] == h(v["relying party"].encode())
    assert authenticator[32:] == bytes([5, 0, 0, 0, 0])
    value = hexed(v["value"])
    assert value[:-64] == struct.pack("<HH", len(authenticator), len(client)) + authenticator + client
    r, s = (int.from_bytes(each, "big") for each in (value[-64:-32], value[-32:]))
    assert 0 < s <= ORDER // 2
    z, w = int.from_bytes(h(authenticator, h(client)), "big"), pow(s, -1, ORDER)
    found = add(times(z * w % ORDER, GENERATOR), times(r * w % ORDER, decompressed(public)))
    assert found is not None
    assert found[0] % ORDER == r


PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def decompressed(public: bytes) -> Point:
    x = int.from_bytes(public[1:], "big")
    square = (x**3 - 3 * x + CURVE_B) % PRIME
    y = pow(square, (PRIME + 1) // 4, PRIME)
    assert len(public) == 33
    assert y * y % PRIME == square
    return x, y if y % 2 == public[0] - 2 else PRIME - y


def add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % PRIME == 0:
        return None
    if a == b:
        slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, PRIME)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, PRIME)
    x = (slope**2 - a[0] - b[0]) % PRIME
    return x, (slope * (a[0] - x) - a[1]) % PRIME


def times(number: int, point: Point) -> Point:
    total: Point = None
    while number:
        if number & 1:
            total = add(total, point)
        number, point = number >> 1, add(point, point)
    return total


@pytest.mark.parametrize("v", V["transfers"])
def test_transfer_position_and_leaf(v: dict[str, Any]) -> None:
    f = v["fields"]
    made = struct.pack(
        "<16sQQQQ32s16sIIIHHHH", hexed(f["uetr"]), f["debit"], f["credit"], f["amount"], f["pending"],
        hexed(f["evidence"]), hexed(f["reference"]), f["asset"], f["releaser"], f["timeout_seconds"], f["purpose"],
        f["flags"], f["leg"], f["reserved"],
    )  # fmt: skip
    assert len(made) == 116
    assert made == hexed(v["bytes"])
    assert v["position"] == v["entry"] * 8_192 + v["index"]
    assert h(b"\0", made, struct.pack("<H", v["outcome"])) == hexed(v["leaf"])
    assert len(hexed(v["effect"])) == 40


def test_effects_are_balances_and_previous_positions() -> None:
    first, second = (struct.unpack("<qqqQQ", hexed(v["effect"])) for v in V["transfers"])
    assert first[:3] == (98_950, 0, 1_050)
    assert second[:3] == (98_950, 500, 1_050)
    assert second[3:] == (V["transfers"][0]["position"],) * 2


def test_act_is_canonical_msgpack_and_its_root_is_blinded() -> None:
    v = V["act"]
    assert v["fields"] == [2, 1, 2, 1, 0, 1]
    body = bytes([0x90 + 10, v["schema"], 0x91, 1, 0x90, 0x90, *v["fields"]])
    assert body == hexed(v["body"])
    assert h(b"\0", hexed(v["salt"]), h(body), struct.pack("<H", v["outcome"])) == hexed(v["body root"])
    # kind 2, outcome 0, schema 40, first account 5, one opened
    assert bytes([0x95, 2, 0, 40, 5, 1]) == hexed(v["control record"])


def test_secret_chain_salts_system_nonce_and_blinds() -> None:
    v = V["secrets"]
    nonce = h(b"sanad/system/v1\n", hexed(v["secret before"]))[:16]
    secret = h(b"sanad/secret/v1\n", hexed(v["secret before"]), nonce)
    assert nonce == hexed(v["system nonce"])
    assert secret == hexed(v["secret"])
    assert h(b"sanad/salt/v1\n", secret) == hexed(v["salt"])
    assert h(b"sanad/blind/v1\n", secret, struct.pack("<Q", 0)) == hexed(v["blind 0"])


def test_roots_and_digests_of_an_entry() -> None:
    v = V["leaves"]
    root = h(b"\1", *(hexed(row["leaf"]) for row in V["transfers"]))
    assert root == hexed(v["body root"])
    outcomes = hexed(v["outcomes"])
    assert outcomes == struct.pack("<HH", *(row["outcome"] for row in V["transfers"]))
    assert hexed(v["effects"]) == b"".join(hexed(row["effect"]) for row in V["transfers"])
    effects_digest = h(outcomes, hexed(v["effects"]), hexed(v["control record"]))
    assert effects_digest == hexed(v["effects digest"])
    chain = h(hexed(v["previous chain digest"]), hexed(v["secret"]), root, effects_digest)
    assert chain == hexed(v["chain digest"])
    assert h(b"sanad/salt/v1\n", hexed(v["secret"])) == hexed(v["salt"])
    sealed = h(hexed(v["salt"]), hexed(V["header"]["bytes"]), h(hexed(V["signatures"]["bytes"])), h(outcomes))
    assert sealed == hexed(v["sealed digest"])


def test_entry_and_block_leaf() -> None:
    v = V["leaves"]
    entry = struct.pack("<8sH6xQ32s32s", b"sanadent", 1, v["entry"], hexed(v["body root"]), hexed(v["sealed digest"]))
    assert len(entry) == 88
    assert entry == hexed(v["entry leaf"])
    assert h(b"\0", entry) == hexed(v["entry leaf hash"])
    block = struct.pack(
        "<8sH6xQQ32s32s32s", b"sanadblk", 1, v["height"], v["time_ms"], h(b"\0", entry), hexed(v["chain digest"]),
        hexed(v["register root"]),
    )  # fmt: skip
    assert len(block) == 128
    assert block == hexed(v["block leaf"])
    assert h(b"\0", block) == hexed(v["block leaf hash"])


def test_register_root_is_the_empty_maps() -> None:
    running = h(b"sanad/map/empty/v1\n")
    for _ in range(256):
        running = h(b"\1", running, running)
    assert running == hexed(V["leaves"]["register root"])


def siphash(key: bytes, data: bytes) -> int:
    k0, k1 = struct.unpack("<QQ", key)
    mask = 2**64 - 1
    v0, v1, v2, v3 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    data += bytes(7 - len(data) % 8) + bytes([len(data) & 255])

    def rotated(word: int, bits: int) -> int:
        return (word << bits | word >> (64 - bits)) & mask

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v2 = (v0 + v1) & mask, (v2 + v3) & mask
            v1, v3 = rotated(v1, 13) ^ v0, rotated(v3, 16) ^ v2
            v0 = rotated(v0, 32)
            v2, v0 = (v2 + v1) & mask, (v0 + v3) & mask
            v1, v3 = rotated(v1, 17) ^ v2, rotated(v3, 21) ^ v0
            v2 = rotated(v2, 32)

    word: int
    for (word,) in struct.iter_unpack("<Q", data):
        v3 ^= word
        rounds(2)
        v0 ^= word
    v2 ^= 255
    rounds(4)
    return int(v0 ^ v1 ^ v2 ^ v3)


def test_siphash_gives_the_references_vectors() -> None:
    key = bytes(range(16))
    # The first eight of vectors_sip64, and the one that the paper works out (appendix A).
    official = [
        "310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785",
        "b7877127e09427cf", "8da699cd64557618", "cee3fe586e46c9cb", "37d1018bf50002ab",
    ]  # fmt: skip
    assert V["siphash"][:8] == official
    assert int.from_bytes(hexed(V["siphash"][15]), "little") == 0xA129CA6149BE45E5
    for size, kept in enumerate(V["siphash"]):
        assert siphash(key, bytes(range(size))).to_bytes(8, "little").hex() == kept


def test_window_key_and_fingerprint() -> None:
    v = V["duplicates"]
    key = h(b"sanad/window/v1\n", hexed(v["secret"]), struct.pack("<Q", v["window"]))[:16]
    assert key == hexed(v["key"])
    assert siphash(key, hexed(v["uetr"]) + struct.pack("<IHH", v["institution"], v["leg"], 0)) == v["fingerprint"]


def test_state_digest_is_over_names_and_digests_of_its_parts() -> None:
    v = V["state"]
    joined = b"".join(name.encode().ljust(32, b"\0") + hexed(piece) for name, piece in v["parts"])
    assert h(joined) == hexed(v["state digest"])
    names = [name for name, _ in v["parts"]]
    assert names == [
        "small", "accounts", "pendings", "institutions", "assets", "limits", "purposes", "permissions", "counters",
        "window current", "window previous",
    ]  # fmt: skip
    accounts = hexed(v["accounts"])
    assert h(accounts) == hexed(dict(v["parts"])["accounts"])
    rows = [struct.unpack_from("<qqqQQQIIIBBBB", accounts, at) for at in range(0, len(accounts), v["account size"])]
    assert v["account size"] == 64
    assert sum(row[0] for row in rows) == 0
    assert [row[0] for row in rows if row[0] > 0] == [98_950, 1_050]
