"""Lists: exchanges, counterparties, gaps, proofs of wallets."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.compliance.travel_rule.models import (
    Counterparty,
    CounterpartyState,
    Direction,
    MissingData,
    Peer,
    Transfer,
    TransferState,
    WalletProof,
)
from sanad.people.access import require
from sanad.people.models import Institution, Person
from sanad.people.rights import Right
from sanad.standards.trp import assets
from sanad.standards.trp.messages import Asset
from sanad.tables.lists import Page, page_of

SEEN_WITHIN = timedelta(minutes=5)
"""How lately the process of our own side must have been seen."""
SILENT_AFTER = timedelta(hours=1)
"""How long a peer may be silent before it is told as such."""
CLOCK_OFF_SECONDS = 5
"""From which difference on a clock is told: what a peer says of its time is whole seconds, and took its way."""


def transfers(person: Person | None, direction: str, state: str = "", cursor: str = "") -> Page[Transfer]:
    """Exchanges of the person's institution. Raises `Refused`, `Malformed`."""
    institution = _institution(person)
    if direction not in Direction.values or (state and state not in TransferState.values):
        raise Refused("state", _("there is no such list"), 404)
    found = Transfer.objects.filter(institution=institution, direction=direction).select_related("counterparty")
    found = found.filter(state=state) if state else found
    return page_of(found.order_by(), ["-serial"], cursor)


def counts(person: Person | None, direction: str) -> dict[str, int]:
    """How many exchanges are in each state."""
    institution = _institution(person)
    found = Transfer.objects.filter(institution=institution, direction=direction)
    return {state: number for state in TransferState.values if (number := found.filter(state=state).count())}


def counterparties(person: Person | None, cursor: str = "") -> Page[Counterparty]:
    """Those that the person's institution has met, by host. Raises as `transfers`."""
    found = Counterparty.objects.filter(institution=_institution(person))
    return page_of(found, ["host", "serial"], cursor)


def has_peer(person: Person | None) -> bool:
    """Whether our own side of the wire is set up."""
    return Peer.objects.filter(institution=_institution(person)).exists()


def is_peer_down(person: Person | None) -> bool:
    """Whether our own side is set up, and its process has not been seen for some minutes."""
    found = Peer.objects.filter(institution=_institution(person)).first()
    return found is not None and (found.seen_at is None or found.seen_at < timezone.now() - SEEN_WITHIN)


def silent(person: Person | None) -> int:
    """How many verified counterparties have not answered for an hour."""
    found = Counterparty.objects.filter(institution=_institution(person), state=CounterpartyState.VERIFIED)
    return found.filter(silent_since__lt=timezone.now() - SILENT_AFTER).count()


def gaps(person: Person | None, cursor: str = "") -> Page[MissingData]:
    """Accounts whose payments lack data. Raises as `transfers`."""
    found = MissingData.objects.filter(institution=_institution(person), filled_at=None)
    return page_of(found, ["-serial"], cursor)


def proofs(person: Person | None, cursor: str = "") -> Page[WalletProof]:
    """Proofs of wallets. Raises as `transfers`."""
    return page_of(WalletProof.objects.filter(institution=_institution(person)), ["-serial"], cursor)


def asset_of(transfer: Transfer) -> Asset:
    """What is sent."""
    slip = transfer.slip0044
    return Asset(transfer.dti, int(slip) if slip.isdecimal() else slip or None)


def asset_words(transfer: Transfer) -> str:
    """As people say it."""
    return assets.display(asset_of(transfer))


def _institution(person: Person | None) -> Institution:
    if person is None:
        raise Refused(Right.OWN_TRAVEL_RULE_READ, _("sign in first"), 401)
    return require(person, Right.OWN_TRAVEL_RULE_READ).institution
