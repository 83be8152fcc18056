"""The acts of a genesis, gathered one after the other: for the demonstration, `sanad init`, tests and measuring.

The numbers of rules are examples of what an authority would set, not advice.
"""

from dataclasses import dataclass, field

from nacl.signing import SigningKey

from sanad.base.canonical import Value
from sanad.gateway.keys import lane_of_person
from sanad.rulebook.edition1.acts import encode_act
from sanad.rulebook.edition1.words import (
    ALL_ONES_32,
    AMOUNT_MAX,
    NO_TIMEOUT,
    RIGHTS_OF_PERSONS,
    RIGHTS_OF_SYSTEMS,
    AccountFlag,
    AccountKind,
    HolderClass,
    InstitutionClass,
    InstitutionStatus,
    Permission,
    Purpose,
    Right,
)
from sanad.rulebook.message import Suite
from sanad.rulebook.signatures import possession_bytes

LANES_OF_SYSTEMS = (0, 1_023)
QUOTA_BYTES = 1 << 40
BOTH = int(Permission.DEBIT | Permission.CREDIT)


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A key that was made elsewhere: its public half, and its proof of possession for the founding."""

    public: bytes
    possession: bytes


@dataclass(slots=True)
class Plan:
    """Acts of genesis, gathered one after the other; numbers are given in the order of registration."""

    network: bytes = bytes(16)
    acts: list[bytes] = field(default_factory=list)
    institutions: int = 0
    persons: int = 0
    assets: int = 0
    accounts: int = 0

    def institution(
        self, kind: InstitutionClass, name: str, bic: str = "", lei: str = "", quota: int = QUOTA_BYTES
    ) -> int:
        """Register an active institution; its number."""
        self.institutions += 1
        self.acts.append(
            encode_act("register_institution", int(kind), int(InstitutionStatus.ACTIVE), name, bic, lei, quota)
        )
        return self.institutions

    def system_key(self, institution: int, key: SigningKey | GivenKey, ceiling: int = AMOUNT_MAX) -> None:
        """Register a system's key for all lanes of systems."""
        self._key(institution, 0, key, int(RIGHTS_OF_SYSTEMS), *LANES_OF_SYSTEMS, ceiling)

    def person(self, institution: int, key: SigningKey | GivenKey, *, recovery: bool = False) -> int:
        """Register a person with a key and a lane of his own; the person's number."""
        self.persons += 1
        self.acts.append(encode_act("register_person", institution, int(recovery)))
        rights = Right.RECOVER if recovery else RIGHTS_OF_PERSONS & ~Right.RECOVER
        lane = lane_of_person(self.persons)
        self._key(institution, self.persons, key, int(rights), lane, lane, AMOUNT_MAX)
        return self.persons

    def _key(
        self, institution: int, person: int, key: SigningKey | GivenKey, rights: int, first: int, last: int,
        ceiling: int,
    ) -> None:  # fmt: skip
        given = key if isinstance(key, GivenKey) else self._prove(institution, person, key)
        body = encode_act(
            "register_key", institution, person, int(Suite.ED25519), given.public, given.possession, rights, first,
            last, ceiling,
        )  # fmt: skip
        self.acts.append(body)

    def _prove(self, institution: int, person: int, key: SigningKey) -> GivenKey:
        public = bytes(key.verify_key)
        signed = possession_bytes(self.network, institution, person, Suite.ED25519, public)
        return GivenKey(public, key.sign(signed).signature)

    def asset(self, identifier: str, issuer: int, exponent: int, bound_from: int = AMOUNT_MAX) -> int:
        """Register an asset that every holder class may hold; its number."""
        self.assets += 1
        self.acts.append(encode_act("register_asset", identifier, issuer, exponent, bound_from, ALL_ONES_32))
        return self.assets

    def open(
        self,
        institution: int,
        kind: AccountKind,
        asset: int,
        count: int = 1,
        holder: HolderClass = HolderClass.INSTITUTION,
        tier: int = 0,
    ) -> int:
        """Open equal accounts; the number of the first."""
        flags = int(AccountFlag.MAY_OVERDRAW) if kind == AccountKind.ISSUANCE else 0
        body = encode_act(
            "open_accounts", int(kind), asset, int(holder), tier, flags, count, recipients=[institution]
        )  # fmt: skip
        self.acts.append(body)
        first = self.accounts + 1
        self.accounts += count
        return first

    def rules(self) -> None:
        """Purposes and the permission table: who may send and receive what, by class and status."""
        hour, month = 3_600, 30 * 86_400
        for purpose in Purpose:
            self.acts.append(encode_act("set_purpose", int(purpose), 1, hour, month, 0))
        self.acts.append(encode_act("set_purpose", int(Purpose.SETTLEMENT), 1, NO_TIMEOUT, month, 1))
        rows: list[Value] = []
        for kind in InstitutionClass:
            for status in (InstitutionStatus.ACTIVE, InstitutionStatus.PROVISIONAL):
                rows += [[int(kind), int(status), int(purpose), BOTH] for purpose in Purpose]
            for status in (InstitutionStatus.SUSPENDED, InstitutionStatus.WINDING_DOWN):
                # Customers of a firm that is stopped can still take out and be repaid, nothing else.
                rows.append([int(kind), int(status), int(Purpose.WITHDRAWAL), BOTH])
                rows.append([int(kind), int(status), int(Purpose.RETURN), int(Permission.CREDIT)])
        self.acts.append(encode_act("set_permissions", rows))

    def limit(self, asset: int, tier: int, transfer: int, daily: int) -> None:
        """Limits of a tier, minor units."""
        self.acts.append(encode_act("set_limit", asset, tier, transfer, daily))

    def parameter(self, number: int, value: int) -> None:
        """A parameter of the rulebook (`terms.PARAMETER_RANGES`)."""
        self.acts.append(encode_act("set_parameter", number, value))
