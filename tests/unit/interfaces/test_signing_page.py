"""The signing page: one page without outside parts, and its reading of messages held against the rulebook's bytes.

`signing_page.mjs` runs the page's own text on messages that are made here; the real browser is in `tests/journeys`.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.interfaces.signing_page import HEADERS, page, page_digest
from sanad.interfaces.signing_page.serving import application
from sanad.rulebook.edition1.acts import SCHEMAS, SYSTEM_ONLY, encode_act, encode_decision
from sanad.rulebook.edition1.words import (
    CertificateState,
    Ground,
    InstitutionClass,
    InstitutionStatus,
    LicenceKind,
    LicenceState,
    Purpose,
    Right,
    Service,
)
from sanad.rulebook.message import Header, Kind, Suite, assemble
from sanad.rulebook.signatures import possession_bytes
from tests import authenticator
from tests.tidy.sources import ROOT

PARTS = ROOT / "src" / "sanad" / "interfaces" / "signing_page" / "static"
WORDS = json.loads((PARTS / "words.json").read_text("utf-8"))
RENAMED = {
    "kind": {"account_kind", "licence_kind"},
    "state": {"certificate_state", "licence_state"},
    "number": {"licence_number", "number"},
    "institution": {"firm", "institution"},
}
"""Fields of the rulebook that the page calls by more than one name, as what they mean differs from act to act."""


def header(kind: Kind = Kind.PROPOSE) -> Header:
    return Header(kind, bytes(range(16)), 1, 1_025, 7, 1_790_000_000_000, 1, 0, 0, b"n" * 16, b"")


def message(body: bytes, kind: Kind = Kind.PROPOSE) -> bytes:
    made = assemble(header(kind), body, ())
    return made.header_bytes + made.body


ISSUED = encode_act("certificate_issued", 7, 1_800_000_000_000, recipients=[7], digests=[b"g" * 32])


# --- the page ---------------------------------------------------------------------------------------------------------


def served(method: str = "GET", path: str = "/") -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    answer = application(
        {"REQUEST_METHOD": method, "PATH_INFO": path}, lambda status, headers: told.extend((status, headers))
    )
    return told[0], dict(told[1]), b"".join(answer)


def test_what_is_served_is_what_the_record_names() -> None:
    status, headers, contents = served()
    assert (status, digest(contents)) == ("200 OK", page_digest())
    assert dict(HEADERS).items() <= headers.items()
    assert served("HEAD")[2] == b""
    assert served("POST")[0].startswith("405")
    assert served(path="/favicon.ico")[0].startswith("404")


def test_the_page_has_no_outside_parts_and_may_load_none() -> None:
    text = page().decode()
    policy = dict(part.split(" ", 1) for part in re.findall(r'Policy" content="([^"]*)"', text)[0].split("; "))
    assert policy.pop("default-src") == "'none'"
    assert "connect-src" not in policy
    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        fingerprint = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert policy[f"{tag}-src"] == f"'sha256-{fingerprint}'"
    markup = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL)
    assert re.findall(r'(?:src|href|action)="(?!data:,)[^"]*"', markup) == []
    assert "{{" not in text
    assert "innerHTML" not in text


def test_every_act_of_persons_is_known_to_the_page_field_by_field() -> None:
    known = {number: (name, fields.split()) for number, (name, _, _, fields) in WORDS["acts"].items()}
    for number, schema in SCHEMAS.items():
        if number in SYSTEM_ONLY:
            assert str(number) not in known, schema.name
            continue
        name, fields = known.pop(str(number))
        assert name == schema.name
        assert len(fields) == len(schema.fields), name
        for field, (real, _kind) in zip(fields, schema.fields, strict=True):
            assert field in RENAMED.get(real, {real}), (name, field)
    assert known == {}


def test_every_word_is_there_in_both_languages() -> None:
    pairs = [
        *WORDS["page"].values(), *(each[1:3] for each in WORDS["acts"].values()),
        *(each[:2] for each in WORDS["fields"].values()),
        *(pair for table in ("values", "bits") for each in WORDS[table].values() for pair in each.values()),
    ]  # fmt: skip
    for pair in pairs:
        assert len(pair) == 2, pair
        assert all(pair), pair
    used = {name for _, _, _, fields in WORDS["acts"].values() for name in fields.split()}
    assert used == set(WORDS["fields"])


@pytest.mark.parametrize(
    ("table", "name", "words"),
    [
        ("values", "certificate_state", CertificateState), ("values", "licence_state", LicenceState),
        ("values", "licence_kind", LicenceKind), ("values", "ground", Ground), ("values", "suite", Suite),
        ("values", "institution_class", InstitutionClass), ("values", "institution_status", InstitutionStatus),
        ("values", "purpose", Purpose), ("bits", "services", Service), ("bits", "rights", Right),
    ],
)  # fmt: skip
def test_every_number_of_the_rulebook_has_its_words(table: str, name: str, words: Any) -> None:
    assert set(WORDS[table][name]) == {str(int(each)) for each in words}


# --- reading ----------------------------------------------------------------------------------------------------------


def good() -> list[dict[str, Any]]:
    """Messages, and what the page must read in them."""
    made = []
    for name, fields, lines in (
        ("certificate_issued", [7, 1_800_000_000_000], [["institution", "7"], ["moment", "1800000000000"]]),
        ("licence_granted", [7, "L-1", 1, 12, 0],
         [["institution", "7"], ["text", "L-1"], ["either", "Full"], ["several", "Custody|Exchange"],
          ["word", "without_end"]]),
        ("licence_status", [7, 2, 1, 0],
         [["institution", "7"], ["either", "Suspend"], ["either", "A condition was breached"], ["word", "at_once"]]),
        ("warning_published", ["Bad\u202e co", "", 6],
         [["text", "Bad\\u{202e} co"], ["word", "none"], ["either", "Public interest"]]),
        ("register_institution", [4, 6, "فرم", "", "", 2**50],
         [["either", "Virtual-asset service provider"], ["either", "Applicant"], ["text", "فرم"], ["word", "none"],
          ["word", "none"], ["text", str(2**50)]]),
        ("set_permissions", [[[1, 2, 3, 3], [1, 2, 4, 1]]], [["bytes", "[1, 2, 3, 3]\n[1, 2, 4, 1]"]]),
    ):  # fmt: skip
        body = encode_act(name, *fields, digests=[b"g" * 32])
        found = assemble(header(), body, ())
        made.append(
            {"name": name, "message": message(body).hex(), "proposal": "", "digest": found.digest.hex(), "lines": lines}
        )
    decision = assemble(header(Kind.CONFIRM), encode_decision(41, ISSUED), ())
    made.append(
        {
            "name": "confirm", "message": (decision.header_bytes + decision.body).hex(), "proposal": ISSUED.hex(),
            "digest": decision.digest.hex(), "lines": [["institution", "7"], ["moment", "1800000000000"]],
        }
    )  # fmt: skip
    return made


def bad() -> list[dict[str, str]]:
    """What must not be shown as if it were understood."""
    whole = message(ISSUED)
    another = assemble(header(), ISSUED, ())
    other_digest = replace(another.header, body_digest=bytes(32)).encode() + ISSUED
    unknown = canonical.encode([999, [], [], [], 7])
    missing = canonical.encode([72, [], [], [], 7])
    unknown_ground = encode_act("certificate_revoked", 7, 99)
    long_form = canonical.encode([74, [], [], [], 7, 6])[:-1] + b"\xcc\x06"
    cases = {
        "another body": whole[:-1] + bytes([whole[-1] ^ 1]), "body cut": whole[:-1], "body longer": whole + b"\0",
        "other digest": other_digest, "other magic": b"x" + whole[1:], "header cut": whole[:100], "nothing": b"",
        "transfers": message(bytes(116), Kind.TRANSFERS), "unknown act": message(unknown),
        "fields missing": message(missing), "unknown ground": message(unknown_ground),
        "not the shortest form": message(long_form), "a map": message(b"\x80"), "a float": message(b"\xcb" + bytes(8)),
        "not UTF-8": message(canonical.encode([82, [], [], []])[:-1] + b"\x90\xa1\xff"),
        "too deep": message(b"\x91" * 9 + b"\x01"), "trailing": message(ISSUED + b"\x01"),
    }  # fmt: skip
    made = [{"name": name, "message": each.hex(), "proposal": ""} for name, each in cases.items()]
    decision = message(encode_decision(41, ISSUED), Kind.CONFIRM).hex()
    made.append({"name": "another proposal", "message": decision, "proposal": unknown_ground.hex()})
    made.append({"name": "no proposal", "message": decision, "proposal": ""})
    return made


def assertions() -> list[dict[str, str]]:
    """Of software devices: low and high s, all three browsers."""
    made = []
    for number in range(12):
        browser = list(authenticator.Browser)[number % 3]
        key = authenticator.create(str(number), "signing.localhost", "http://signing.localhost", browser)
        answer = key.assertion(digest(bytes([number])))
        made.append(
            {
                "authenticatorData": answer.authenticator_data.hex(), "clientData": answer.client_data.hex(),
                "der": answer.der.hex(), "packed": authenticator.signature_value(answer).hex(),
            }
        )  # fmt: skip
    return made


def possessions() -> list[dict[str, Any]]:
    key = authenticator.create("a", "signing.localhost", "http://signing.localhost")
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    info = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    network = bytes(range(16))
    claim = possession_bytes(network, 2**32 - 1, 70_000, Suite.WEBAUTHN_ES256, key.public)
    return [
        {
            "info": info.hex(), "public": key.public.hex(), "network": network.hex(), "institution": 2**32 - 1,
            "person": 70_000, "claim": claim.hex(),
        }
    ]  # fmt: skip


def test_the_page_reads_what_the_rulebook_means(tmp_path: Path) -> None:
    """Needs Node 20 or later: the machine of the gate has it; a desk without it leaves this one out."""
    node = shutil.which("node")
    if node is None:
        assert "CI" not in os.environ, "install Node 20 or later: the signing page is tested with it"
        return
    cases = {"good": good(), "bad": bad(), "assertions": assertions(), "possessions": possessions()}
    (tmp_path / "cases.json").write_text(json.dumps(cases), "utf-8")
    done = subprocess.run(
        [node, "--no-warnings", "--test", "--test-reporter=tap", str(Path(__file__).with_name("signing_page.mjs"))],
        env={**os.environ, "SIGNING_PAGE_PARTS": str(PARTS), "SIGNING_PAGE_CASES": str(tmp_path / "cases.json")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
