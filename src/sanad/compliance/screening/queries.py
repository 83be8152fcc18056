"""What the pages of screening show. Reads tables and the folder of lists; opens nothing that is sealed."""

from dataclasses import dataclass
from datetime import datetime

from sanad.compliance.screening.desk.lists import ListFolder, Version
from sanad.compliance.screening.models import (
    Customer,
    CustomerState,
    Decision,
    DecisionState,
    Match,
    MatchState,
    NameFile,
    Sweep,
    SweepState,
    SweptPayments,
)
from sanad.people.models import Institution
from sanad.tables.lists import ROWS_DEFAULT, Page, page_of

SWEEPS_SHOWN = 20


def page_of_matches(institution: Institution, state: str, cursor: str = "", limit: int = ROWS_DEFAULT) -> Page[Match]:
    """The matches of an institution in a state, nearest first; any word that is no state gives all."""
    rows = Match.objects.filter(institution=institution)
    if state in MatchState.values:
        rows = rows.filter(state=state)
    return page_of(rows, ("-score", "id"), cursor, limit)


def page_of_customers(
    institution: Institution, state: str, cursor: str = "", limit: int = ROWS_DEFAULT
) -> Page[Customer]:
    """The customers of an institution in a state, in the order of their numbers."""
    rows = Customer.objects.filter(institution=institution)
    if state in CustomerState.values:
        rows = rows.filter(state=state)
    return page_of(rows, ("reference",), cursor, limit)


def page_of_files(institution: Institution, cursor: str = "", limit: int = ROWS_DEFAULT) -> Page[NameFile]:
    """The files of names of an institution, newest first."""
    rows = NameFile.objects.select_related("added_by").filter(institution=institution)
    return page_of(rows, ("-added_ms", "id"), cursor, limit)


def sweeps(institution: Institution) -> list[tuple[Sweep, SweptPayments | None]]:
    """The newest re-screenings, each with what came of the institution's own open payments."""
    found = list(Sweep.objects.order_by("-started_at")[:SWEEPS_SHOWN])
    own = {each.sweep_id: each for each in SweptPayments.objects.filter(sweep__in=found, institution=institution)}
    return [(each, own.get(each.id)) for each in found]


@dataclass(frozen=True, slots=True)
class ListHealth:
    """A list and how it is."""

    version: Version
    imported_at: datetime
    checked_at: datetime
    fresh_until: datetime
    is_stale: bool

    @property
    def is_on_record(self) -> bool:
        """Whether this very version is."""
        return self.version.record_number > 0


@dataclass(frozen=True, slots=True)
class Health:
    """How screening is as a whole."""

    lists: list[ListHealth]
    waiting: int
    """Matches of one institution that are to be decided; 0 for who has none."""
    running: list[Sweep]
    unresolved: int
    """Customers of the institution whose answer is unresolved."""

    @property
    def is_good(self) -> bool:
        """Whether answers can be given: there are lists, and none is stale."""
        return bool(self.lists) and not any(each.is_stale for each in self.lists)


def list_health(version: Version, now: datetime) -> ListHealth:
    """How a version is now."""
    zone = now.tzinfo

    def moment(ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1_000, zone)

    return ListHealth(
        version, moment(version.imported_at_ms), moment(version.checked_at_ms or version.imported_at_ms),
        moment(version.fresh_until_ms), version.is_stale(int(now.timestamp() * 1_000)),
    )  # fmt: skip


def health(folder: ListFolder, institution: Institution, now: datetime) -> Health:
    """How the lists are, what runs, and what waits for an institution."""
    return Health(
        [list_health(each, now) for each in folder.current()],
        Match.objects.filter(institution=institution).exclude(state=MatchState.DECIDED).count(),
        list(Sweep.objects.filter(state=SweepState.RUNNING)),
        Customer.objects.filter(institution=institution, state=CustomerState.UNRESOLVED).count(),
    )


def in_force(institution: Institution) -> int:
    """How many decisions are in force."""
    return Decision.objects.filter(match__institution=institution, state=DecisionState.IN_FORCE).count()


@dataclass(frozen=True, slots=True)
class MatchesOf:
    """The matches of one institution, found by whom they name."""

    institution: Institution

    def find(self, source: str, reference: str, entry_digest: bytes) -> Match | None:
        """The newest about a listed one as it then was; None where nobody has looked yet."""
        rows = Match.objects.filter(
            institution=self.institution, source=source, reference=reference, entry_digest=entry_digest
        )  # fmt: skip
        return rows.order_by("-found_at").first()
