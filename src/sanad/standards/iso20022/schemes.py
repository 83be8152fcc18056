"""Rules of payment schemes that no schema can see, as data.

A profile is chosen by whoever reads the file; without one only the standard itself is asked. These are the few rules
that a national rail meets at its borders, not the schemes' whole rulebooks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sanad.standards.iso20022.currencies import format_amount
from sanad.standards.iso20022.payment import Payment


@dataclass(frozen=True, slots=True)
class AmountLimit:
    """The largest amount of one payment in `currency`, in minor units, for settlement from a day on."""

    currency: str
    amount_minor_max: int
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one scheme; what is left empty is not asked."""

    name: str
    uetr_required: bool = False
    currencies: frozenset[str] = frozenset()
    amount_limits: tuple[AmountLimit, ...] = ()
    """Oldest first; a day before the oldest, and a payment without a day, are under the oldest."""


CBPR = Profile(
    # SWIFT, CBPR+ usage guidelines for pacs.008: UETR is mandatory.
    name="cbpr",
    uetr_required=True,
)

SEPA = Profile(
    # European Payments Council, SEPA credit transfer rulebook (EPC125-05): the scheme is in euro.
    name="sepa",
    currencies=frozenset({"EUR"}),
)

FEDNOW = Profile(
    name="fednow",
    currencies=frozenset({"USD"}),
    amount_limits=(
        AmountLimit("USD", 500_000_00, date(2023, 7, 20), "limit at the start of the service"),
        AmountLimit("USD", 1_000_000_00, date(2025, 6, 24), "Federal Reserve Financial Services, 24 June 2025"),
        # Announced in September 2025 for "November" without a day: valid here once that month is over.
        AmountLimit("USD", 10_000_000_00, date(2025, 12, 1), "Federal Reserve Financial Services, September 2025"),
    ),
)

PROFILES = {profile.name: profile for profile in (CBPR, SEPA, FEDNOW)}


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that one payment breaks: a stable code, the element it is about, what to do."""

    code: str
    element: str
    advice: str


def breaches(payment: Payment, profile: Profile) -> Iterator[Breach]:
    """Yield what `payment` breaks of the rules of `profile`."""
    if profile.uetr_required and payment.uetr is None:
        advice = f"{profile.name} wants a UETR in every payment; give it a version-4 UUID"
        yield Breach(f"{profile.name}.uetr", "PmtId", advice)
    if profile.currencies and payment.currency not in profile.currencies:
        wanted = " or ".join(sorted(profile.currencies))
        advice = f"{profile.name} takes only {wanted}; send {payment.currency} another way"
        yield Breach(f"{profile.name}.currency", "IntrBkSttlmAmt", advice)
    limit = _limit_of(payment, profile.amount_limits)
    if limit and payment.amount_minor > limit.amount_minor_max:
        most = format_amount(limit.amount_minor_max, limit.currency)
        advice = f"{profile.name} takes at most {limit.currency} {most} a payment; split it or send it another way"
        yield Breach(f"{profile.name}.amount_limit", "IntrBkSttlmAmt", advice)


def _limit_of(payment: Payment, limits: tuple[AmountLimit, ...]) -> AmountLimit | None:
    """Give the limit in force on the day of settlement."""
    found = None
    for limit in limits:
        if limit.currency != payment.currency:
            continue
        if found is None or (payment.settlement_date and limit.valid_from <= payment.settlement_date):
            found = limit
    return found
