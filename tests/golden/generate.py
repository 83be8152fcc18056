"""Makes `vectors.json` from the real code. Run `python -m tests.golden.generate` only when an ADR has changed a format.

`test_golden.py` checks the file with a few lines that know nothing of this code; `test_code.py` checks the code with
the file.
"""

import json
from pathlib import Path
from typing import Any

from sanad.base.canonical import encode
from sanad.base.digests import digest
from sanad.log import leaves
from sanad.rulebook.edition1.posting import fingerprint, post
from sanad.rulebook.edition1.siphash import siphash_2_4
from sanad.rulebook.edition1.state import ACCOUNT, as_bytes, copy, empty_window, parts, state_digest
from sanad.rulebook.message import POSITIONS_PER_ENTRY, Kind, Suite, key_id, message_digest
from sanad.rulebook.signatures import possession_bytes
from tests.authenticator import Browser, create
from tests.scenarios.founding import SIGNING_HOST, SIGNING_ORIGIN
from tests.scenarios.nation import Entry, Nation, found

FILE = Path(__file__).with_name("vectors.json")
SIPHASH_KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)


def vectors() -> dict[str, Any]:
    """All vectors, by what they show."""
    nation = a_small_history()
    return {
        "network": _network(nation),
        "header": _header(nation),
        "signatures": _signatures(nation),
        "keys": _keys(nation),
        "passkey": _passkey(nation),
        "transfers": _transfers(nation),
        "act": _act(nation),
        "secrets": _secrets(nation),
        "leaves": _leaves(nation),
        "siphash": _siphash(),
        "duplicates": _duplicates(nation),
        "state": _state(nation),
    }


def a_small_history() -> Nation:
    """Genesis, two accounts, an issue, a message of one payment and one reservation, and its expiry."""
    nation = found(post)
    for institution, name in (("Indus", "Ali"), ("Ravi", "Bina")):
        nation.act(institution, Kind.ACT, "open_accounts", 2, 1, 2, 1, 0, 1, recipients=[1])
        nation.accounts[name] = len(nation.accounts) + 1
    nation.fund("Ali", 100_000)
    ali, bina = nation.accounts["Ali"], nation.accounts["Bina"]
    nation.send(
        "Indus", nation.transfer(ali, bina, 1_050), nation.transfer(ali, bina, 500, flags=2, timeout_seconds=60)
    )
    nation.wait(61_000)
    nation.open_block()
    return nation


def _payment(nation: Nation) -> Entry:
    return next(entry for entry in nation.entries if entry.message.header.items == 2)


def _network(nation: Nation) -> dict[str, Any]:
    public = encode(["sanad/genesis/v1", "a small nation", 1_767_589_200_000, 18_000, True, bytes(32), "", bytes(32)])
    return {"public half": public.hex(), "network": nation.state.network.hex(), "genesis body digest": _hex(
        digest(nation.entries[0].message.body))}  # fmt: skip


def _header(nation: Nation) -> dict[str, Any]:
    message = _payment(nation).message
    header = message.header
    return {
        "bytes": message.header_bytes.hex(), "kind": int(header.kind), "network": header.network.hex(),
        "institution": header.institution, "lane": header.lane, "sequence": header.sequence,
        "expiry_ms": header.expiry_ms, "items": header.items, "body": message.body.hex(), "screened": header.screened,
        "nonce": header.nonce.hex(), "message digest": message_digest(message.header_bytes).hex(),
    }  # fmt: skip


def _signatures(nation: Nation) -> dict[str, Any]:
    message = _payment(nation).message
    each = [
        {"suite": int(one.suite), "key id": one.key_id.hex(), "value": one.value.hex()} for one in message.signatures
    ]
    return {"bytes": message.signatures_bytes.hex(), "signatures": each}


def _keys(nation: Nation) -> dict[str, Any]:
    signer = nation.signers["Amina"]
    signed = possession_bytes(nation.state.network, signer.institution, signer.person, Suite.ED25519, signer.public)
    return {
        "suite": 1, "public key": signer.public.hex(), "key id": key_id(Suite.ED25519, signer.public).hex(),
        "institution": signer.institution, "person": signer.person, "possession": signed.hex(),
    }  # fmt: skip


def _passkey(nation: Nation) -> dict[str, Any]:
    """A signature of suite 2 over the payment's digest, with its parts, from the browser that adds most."""
    key = create("a golden vector's", SIGNING_HOST, SIGNING_ORIGIN, Browser.CHROMIUM)
    signed = _payment(nation).message.digest
    answer = key.assertion(signed)
    return {
        "suite": 2, "public key": key.public.hex(), "key id": key_id(Suite.WEBAUTHN_ES256, key.public).hex(),
        "relying party": SIGNING_HOST, "origin": SIGNING_ORIGIN, "signed": signed.hex(),
        "authenticator data": answer.authenticator_data.hex(), "client data": answer.client_data.decode(),
        "der": answer.der.hex(), "value": key.sign(signed).hex(),
    }  # fmt: skip


def _transfers(nation: Nation) -> list[dict[str, Any]]:
    entry = _payment(nation)
    rows = []
    for index, row in enumerate(entry.message.transfers()):
        fields = {name: row[name].tobytes().hex() if row[name].ndim else int(row[name]) for name in row.dtype.names}
        outcome = int(entry.applied.outcomes[index])
        leaf = leaves.transfer_leaf(row.tobytes(), outcome)
        position = entry.number * POSITIONS_PER_ENTRY + index
        effect = entry.applied.effects[index].tobytes().hex()
        rows.append(
            {"bytes": row.tobytes().hex(), "fields": fields, "outcome": outcome, "leaf": leaf.hex(),
             "entry": entry.number, "index": index, "position": position, "effect": effect}
        )  # fmt: skip
    return rows


def _act(nation: Nation) -> dict[str, Any]:
    entry = nation.entries[1]
    return {
        "schema": 40, "recipients": [1], "fields": [2, 1, 2, 1, 0, 1], "body": entry.message.body.hex(),
        "outcome": int(entry.outcome), "salt": leaves.salt(entry.secret).hex(), "body root": entry.body_root.hex(),
        "control record": entry.applied.record.hex(),
    }  # fmt: skip


def _secrets(nation: Nation) -> dict[str, Any]:
    before, last = nation.entries[-2].secret, nation.entries[-1]
    return {
        "secret before": before.hex(), "system nonce": leaves.system_nonce(before).hex(), "secret": last.secret.hex(),
        "salt": leaves.salt(last.secret).hex(), "blind 0": last.message.transfers()[0]["evidence"].tobytes().hex(),
    }  # fmt: skip


def _leaves(nation: Nation) -> dict[str, Any]:
    entry, before = _payment(nation), nation.entries[_payment(nation).number - 2]
    message, applied = entry.message, entry.applied
    salt = leaves.salt(entry.secret)
    sealed = leaves.sealed_digest(
        salt, message.header_bytes, digest(message.signatures_bytes), digest(applied.outcomes.tobytes())
    )
    leaf = leaves.EntryLeaf(entry.number, entry.body_root, sealed)
    block = leaves.BlockLeaf(7, 1_767_589_200_007, leaf.leaf_hash(), entry.chain_digest, leaves.EMPTY_MAP_ROOT)
    return {
        "salt": salt.hex(), "secret": entry.secret.hex(), "outcomes": applied.outcomes.tobytes().hex(),
        "effects": applied.effects.tobytes().hex(), "control record": applied.record.hex(),
        "effects digest": applied.effects_digest.hex(), "body root": entry.body_root.hex(),
        "previous chain digest": before.chain_digest.hex(), "chain digest": entry.chain_digest.hex(),
        "sealed digest": sealed.hex(), "entry": entry.number, "entry leaf": leaf.encode().hex(),
        "entry leaf hash": leaf.leaf_hash().hex(), "height": 7, "time_ms": block.time_ms,
        "register root": leaves.EMPTY_MAP_ROOT.hex(), "block leaf": block.encode().hex(),
        "block leaf hash": block.leaf_hash().hex(),
    }  # fmt: skip


def _siphash() -> list[str]:
    """The reference's vectors: key 00…0f, input of the n first bytes 00 01 02 …"""
    return [siphash_2_4(SIPHASH_KEY, bytes(range(size))).to_bytes(8, "little").hex() for size in range(64)]


def _duplicates(nation: Nation) -> dict[str, Any]:
    secret, number = nation.entries[0].secret, 1_461
    key = digest(b"sanad/window/v1\n", secret, number.to_bytes(8, "little"))[:16]
    uetr = _payment(nation).message.transfers()[0]["uetr"].tobytes()
    mark = fingerprint(empty_window(1, key).key, 3, uetr, 2)
    return {
        "secret": secret.hex(), "window": number, "key": key.hex(), "uetr": uetr.hex(), "institution": 3, "leg": 2,
        "fingerprint": mark,
    }  # fmt: skip


def _state(nation: Nation) -> dict[str, Any]:
    state = copy(nation.state)
    pieces = [[name, digest(bytes(as_bytes(piece))).hex()] for name, piece in parts(state)]
    accounts = state.accounts[: len(nation.accounts) + 1]
    return {
        "parts": pieces, "accounts": accounts.tobytes().hex(), "account size": ACCOUNT.itemsize,
        "state digest": state_digest(state).hex(),
    }  # fmt: skip


def _hex(data: bytes) -> str:
    return data.hex()


def main() -> None:
    FILE.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
