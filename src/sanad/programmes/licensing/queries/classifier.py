"""Which services a business needs to be licensed for: guided questions, and what the answers mean. Pure.

Source: Virtual Assets Act 2026, Schedule I (ten services) and its three carve-outs.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from sanad.people.access import Words
from sanad.rulebook.edition1.words import Service


class CarveOut(StrEnum):
    """What the Act leaves out."""

    OWN_BOOK = "own_book"
    EXCLUSIVE_KEYS = "exclusive_keys"
    PURE_MINING = "pure_mining"


@dataclass(frozen=True, slots=True)
class Result:
    """What the answers mean. No services: no licence is needed, and `carve_outs` says why."""

    services: Service
    carve_outs: tuple[CarveOut, ...]

    @property
    def needs_licence(self) -> bool:
        """Whether an application is to be made."""
        return self.services != Service(0)


SERVICE_WORDS: dict[Service, Words] = {
    Service.ADVISORY: _("Advisory"),
    Service.BROKER_DEALER: _("Broker-dealer"),
    Service.CUSTODY: _("Custody"),
    Service.EXCHANGE: _("Exchange"),
    Service.LENDING: _("Lending and borrowing"),
    Service.DERIVATIVES: _("Derivatives"),
    Service.MANAGEMENT_AND_INVESTMENT: _("Management and investment"),
    Service.TRANSFER_AND_SETTLEMENT: _("Transfer and settlement"),
    Service.ISSUANCE: _("Issuance"),
    Service.MINING_RELATED: _("Mining-related services"),
}

QUESTIONS: dict[Service, Words] = {
    Service.ADVISORY: _("You give customers advice on buying or holding virtual assets"),
    Service.BROKER_DEALER: _("You buy or sell virtual assets for customers, or arrange such deals"),
    Service.CUSTODY: _("You keep customers' virtual assets, or hold keys that can move them"),
    Service.EXCHANGE: _("You run a place where buyers and sellers of virtual assets meet"),
    Service.LENDING: _("You lend or borrow virtual assets, or arrange it"),
    Service.DERIVATIVES: _("You offer contracts whose value follows a virtual asset"),
    Service.MANAGEMENT_AND_INVESTMENT: _("You manage virtual assets for others"),
    Service.TRANSFER_AND_SETTLEMENT: _("You send virtual assets from one person to another"),
    Service.ISSUANCE: _("You issue a virtual asset, or help others to issue one"),
    Service.MINING_RELATED: _("You sell mining or staking to others: hosting, pools, shares in machines"),
}

CARVE_OUT_QUESTIONS: dict[CarveOut, Words] = {
    CarveOut.OWN_BOOK: _("We deal only with our own money and for ourselves; we have no customers"),
    CarveOut.EXCLUSIVE_KEYS: _("We only give out software; its users alone hold the keys, and we can move nothing"),
    CarveOut.PURE_MINING: _("We only mine or validate for ourselves; nobody else has a share in it"),
}

REASONS: dict[CarveOut, Words] = {
    CarveOut.OWN_BOOK: _(
        "Whoever deals on their own book, without customers, provides no service to others and needs no licence."
    ),
    CarveOut.EXCLUSIVE_KEYS: _(
        "Software whose users alone hold the keys is no custody and no transfer: who wrote it can move nothing."
    ),
    CarveOut.PURE_MINING: _(
        "Mining or validating on one's own account is no service; selling it to others would be one."
    ),
}

_EXCUSED: dict[CarveOut, Service] = {
    CarveOut.OWN_BOOK: Service.BROKER_DEALER | Service.LENDING | Service.MANAGEMENT_AND_INVESTMENT,
    CarveOut.EXCLUSIVE_KEYS: Service.CUSTODY | Service.TRANSFER_AND_SETTLEMENT,
    CarveOut.PURE_MINING: Service.MINING_RELATED,
}
"""Which services each carve-out takes away. No other: whoever runs an exchange or issues has customers."""


def classify(services: Service, carve_outs: frozenset[CarveOut]) -> Result:
    """What is left of the services after the carve-outs that hold, and which of these took something away."""
    excused = Service(0)
    for each in carve_outs:
        excused |= _EXCUSED[each]
    left = services & ~excused
    telling = {each for each in carve_outs if services & _EXCUSED[each] or not services}
    return Result(Service(left), tuple(sorted(telling)))


def services_of(number: int) -> list[Service]:
    """The services in a number, in the order of the Schedule."""
    return [service for service in Service if service & number]
