"""Who and what the small nation starts with. The stories' readers find the same in `scenarios/README.md`."""

from dataclasses import dataclass
from typing import Any

from nacl.signing import SigningKey

from sanad.base.canonical import Value, encode
from sanad.base.digests import digest
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.words import (
    AMOUNT_MAX,
    RIGHTS_OF_SYSTEMS,
    AccountFlag,
    AccountKind,
    HolderClass,
    InstitutionClass,
    InstitutionStatus,
    Purpose,
    Right,
)
from sanad.rulebook.message import Suite, key_id
from sanad.rulebook.signatures import possession_bytes
from tests.authenticator import Browser, Passkey, create

FOUNDED_MS = 1_767_589_200_000  # Monday 5 January 2026, 10:00 in the nation's zone (UTC+5)
FIRST_SECRET = digest(b"a small nation's first secret")
WINDOW_CAPACITY = 1_024
SIGNING_HOST, SIGNING_ORIGIN = "sign.nation.example", "https://sign.nation.example"
SIGN_IN_HOST, SIGN_IN_ORIGIN = "portal.nation.example", "https://portal.nation.example"
NO_NETWORK = bytes(16)  # founding keys prove possession before the network has its name, which depends on them

CLASS_OF = {
    "Authority": InstitutionClass.AUTHORITY,
    "StateBank": InstitutionClass.CENTRAL_BANK,
    "Indus": InstitutionClass.BANK,
    "Ravi": InstitutionClass.BANK,
    "Chenab": InstitutionClass.EXCHANGE,
    "Safar": InstitutionClass.REMITTER,
    "Clearing": InstitutionClass.SETTLEMENT_AGENT,
    "Treasury": InstitutionClass.TREASURY,
    "Guardians": InstitutionClass.OBSERVER,
}
INSTITUTIONS = {name: number for number, name in enumerate(CLASS_OF, start=1)}

WORKS_FOR = {
    "Amina": "Authority", "Bilal": "Authority", "Chanda": "Authority",
    "Ghazala": "Guardians", "Hamid": "Guardians",
    "Imran": "Indus", "Iqra": "Indus",
    "Rabia": "Ravi", "Rashid": "Ravi",
}  # fmt: skip
PERSONS = {name: number for number, name in enumerate(WORKS_FOR, start=1)}
RECOVERY_SET = ("Ghazala", "Hamid")

EVERYONE = sum(1 << holder for holder in HolderClass)
NO_NATURAL_PERSONS = EVERYONE & ~(1 << HolderClass.NATURAL_PERSON) & ~(1 << HolderClass.NON_RESIDENT_PERSON)
ASSET_TERMS = (  # name, identifier, issuer, exponent, bound from (minor units), holder classes
    ("PKR", "PKR", "StateBank", 2, 1_000_000_00, EVERYONE),
    ("USD", "USD", "StateBank", 2, 10_000_00, EVERYONE),
    ("BTC", "4H95J0R2X", "Chenab", 9, 10**9, EVERYONE),
    ("TBILL", "PK12M0101269", "Treasury", 0, 1_000, NO_NATURAL_PERSONS),
)
ASSETS = {terms[0]: number for number, terms in enumerate(ASSET_TERMS, start=1)}
EXPONENTS = {terms[0]: terms[3] for terms in ASSET_TERMS}
ACCOUNTS = {f"{terms[0]}-issuance": number for number, terms in enumerate(ASSET_TERMS, start=1)}
MINTS = {number: (f"{terms[0]}-issuance", terms[2]) for number, terms in enumerate(ASSET_TERMS, start=1)}

LIMITS = ((1, 50_000_00, 100_000_00), (2, 500_000_00, 1_000_000_00))  # tier, most a transfer, most a day, in PKR
RIGHTS_OF_STAFF = Right.PROPOSE | Right.CONFIRM | Right.KEY | Right.STATEMENT | Right.READ | Right.SIGN_BULK
DAY_SECONDS = 86_400
QUOTA_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and where it signs. `person` 0 is a system's. A passkey signs as its browser does."""

    key: SigningKey | Passkey
    institution: int
    person: int
    lane: int

    @property
    def public(self) -> bytes:
        return self.key.public if isinstance(self.key, Passkey) else bytes(self.key.verify_key)

    @property
    def suite(self) -> Suite:
        return Suite.WEBAUTHN_ES256 if isinstance(self.key, Passkey) else Suite.ED25519

    @property
    def key_id(self) -> bytes:
        return key_id(self.suite, self.public)

    def sign(self, signed: bytes) -> bytes:
        return self.key.sign(signed) if isinstance(self.key, Passkey) else self.key.sign(signed).signature


def signing_key(name: str) -> SigningKey:
    """The key that this name always has."""
    return SigningKey(digest(b"a small nation's key: ", name.encode()))


def passkey(name: str) -> Passkey:
    """The passkey that this name always has, made for the signing page; a name's letters choose the browser."""
    return create(name, SIGNING_HOST, SIGNING_ORIGIN, list(Browser)[len(name) % len(Browser)])


def signers() -> dict[str, Signer]:
    """Everyone's first key: an institution's system signs on lane 1, person n on lane 100 + n."""
    made = {name: Signer(signing_key(name), number, 0, 1) for name, number in INSTITUTIONS.items()}
    for name, person in PERSONS.items():
        made[name] = Signer(signing_key(name), INSTITUTIONS[WORKS_FOR[name]], person, 100 + person)
    return made


NUMBER_OF_SCHEMA = {schema.name: number for number, schema in SCHEMAS.items()}


def act_body(schema: int | str, *fields: Value, **lists: list[Any]) -> bytes:
    """A control act's canonical bytes. `lists`: recipients, refers, digests."""
    number = NUMBER_OF_SCHEMA[schema] if isinstance(schema, str) else schema
    return encode([number, lists.get("recipients", []), lists.get("refers", []), lists.get("digests", []), *fields])


def founding_acts() -> list[bytes]:
    """The acts of genesis, in order."""
    return [*_institutions(), *_persons_and_keys(), *_terms(), *_accounts()]


def _institutions() -> list[bytes]:
    return [
        act_body("register_institution", number_class, InstitutionStatus.ACTIVE, name, "", "", QUOTA_BYTES)
        for name, number_class in CLASS_OF.items()
    ]


def _persons_and_keys() -> list[bytes]:
    acts = [
        act_body("register_person", INSTITUTIONS[institution], int(name in RECOVERY_SET))
        for name, institution in WORKS_FOR.items()
    ]
    for name, signer in signers().items():
        rights, lanes = int(RIGHTS_OF_SYSTEMS), (1, 9)
        if signer.person:
            rights = int(Right.RECOVER if name in RECOVERY_SET else RIGHTS_OF_STAFF)
            lanes = (signer.lane, signer.lane)
        signed = possession_bytes(NO_NETWORK, signer.institution, signer.person, Suite.ED25519, signer.public)
        possession = signer.sign(signed)
        whose: list[Value] = [signer.institution, signer.person, int(Suite.ED25519), signer.public, possession]
        acts.append(act_body("register_key", *whose, rights, *lanes, AMOUNT_MAX))
    return acts


def _terms() -> list[bytes]:
    acts = [
        act_body("register_asset", identifier, INSTITUTIONS[issuer], exponent, bound_from, holders)
        for _, identifier, issuer, exponent, bound_from, holders in ASSET_TERMS
    ]
    acts += [
        act_body("set_purpose", int(purpose), 1, DAY_SECONDS, 30 * DAY_SECONDS, int(purpose is Purpose.SETTLEMENT))
        for purpose in Purpose
    ]
    acts.append(act_body("set_permissions", permission_rows()))
    acts += [act_body("set_limit", ASSETS["PKR"], *limit) for limit in LIMITS]
    acts.append(act_body("set_parameter", 3, WINDOW_CAPACITY))
    return acts


def permission_rows() -> list[Value]:
    """Active institutions may do all but issue; a suspended firm's customers may still withdraw and be paid back."""
    rows: list[Value] = []
    issuers = (InstitutionClass.CENTRAL_BANK, InstitutionClass.TREASURY, InstitutionClass.EXCHANGE)
    for number_class in InstitutionClass:
        for purpose in Purpose:
            both = 2 if purpose is Purpose.ISSUANCE and number_class not in issuers else 3
            rows.append([int(number_class), int(InstitutionStatus.ACTIVE), int(purpose), both])
        for status in (InstitutionStatus.SUSPENDED, InstitutionStatus.WINDING_DOWN):
            rows += [[int(number_class), int(status), int(each), 3] for each in (Purpose.WITHDRAWAL, Purpose.RETURN)]
    return rows


def _accounts() -> list[bytes]:
    kind, holder, flags = int(AccountKind.ISSUANCE), int(HolderClass.INSTITUTION), int(AccountFlag.MAY_OVERDRAW)
    return [
        act_body("open_accounts", kind, number, holder, 0, flags, 1, recipients=[INSTITUTIONS[terms[2]]])
        for number, terms in enumerate(ASSET_TERMS, start=1)
    ]
