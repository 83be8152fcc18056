"""What an application still lacks, as sentences, section by section. Pure: of sections and documents alone."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.people.access import Words
from sanad.programmes.licensing.models.working import DocumentKind
from sanad.programmes.licensing.queries.ownership import FIRM, WHOLE, Looked, Share, controllers, look_through


class Section(StrEnum):
    """The parts of an application, in order."""

    SERVICES = "services"
    FIRM = "firm"
    OWNERS = "owners"
    PERSONS = "persons"
    DOCUMENTS = "documents"
    DECLARATION = "declaration"


SECTION_WORDS: dict[Section, Words] = {
    Section.SERVICES: gettext_lazy("Services"),
    Section.FIRM: gettext_lazy("The firm"),
    Section.OWNERS: gettext_lazy("Owners"),
    Section.PERSONS: gettext_lazy("Key persons"),
    Section.DOCUMENTS: gettext_lazy("Documents"),
    Section.DECLARATION: gettext_lazy("Declaration"),
}


class Position(TextChoices):
    """Key positions (NOC Regulations 2025)."""

    CHIEF_EXECUTIVE = "chief_executive", gettext_lazy("Chief executive")
    CHIEF_FINANCE = "chief_finance", gettext_lazy("Chief financial officer")
    CHIEF_OPERATIONS = "chief_operations", gettext_lazy("Chief operating officer")
    CHIEF_TECHNOLOGY = "chief_technology", gettext_lazy("Chief technology officer")
    COMPLIANCE = "compliance", gettext_lazy("Compliance officer")
    REPORTING = "reporting", gettext_lazy("Money laundering reporting officer")
    INTERNAL_AUDIT = "internal_audit", gettext_lazy("Head of internal audit")
    SECRETARY = "secretary", gettext_lazy("Company secretary")


REQUIRED_DOCUMENTS = (
    DocumentKind.INCORPORATION, DocumentKind.BUSINESS_PLAN, DocumentKind.CAPITAL, DocumentKind.CONTROLS,
    DocumentKind.TECHNOLOGY, DocumentKind.IDENTITY,
)  # fmt: skip


def missing(sections: Mapping[str, Any], documents: Collection[str], threshold_ppm: int) -> dict[Section, list[str]]:
    """For each section what it lacks; an empty list means that it is complete."""
    return {
        Section.SERVICES: [] if sections.get("services") else [_("Choose at least one service.")],
        Section.FIRM: [] if sections.get("firm") else [_("Describe the firm.")],
        Section.OWNERS: _owners(sections.get("owners", []), threshold_ppm),
        Section.PERSONS: _persons(sections.get("persons", [])),
        Section.DOCUMENTS: [
            _("Add: %(document)s.") % {"document": kind.label} for kind in REQUIRED_DOCUMENTS if kind not in documents
        ],
        Section.DECLARATION: [] if sections.get("declaration") else [_("Sign the declaration.")],
    }


def is_complete(found: Mapping[Section, list[str]]) -> bool:
    """Whether nothing is missing."""
    return not any(found.values())


def looked_through(rows: Collection[Mapping[str, Any]]) -> Looked:
    """The owners as typed, looked through."""
    return look_through([
        Share(row["name"], row["kind"] == "person", row.get("holds_of", FIRM), row["ppm"]) for row in rows
    ])  # fmt: skip


def _owners(rows: Collection[Mapping[str, Any]], threshold_ppm: int) -> list[str]:
    if not rows:
        return [_("Say who owns the firm.")]
    looked, found = looked_through(rows), []
    for name, total in looked.sums.items():
        if total != WHOLE:
            whose = name or _("the firm")
            facts = {"whose": whose, "sum": percent(total)}
            found.append(_("The shares in %(whose)s sum to %(sum)s %%; they must sum to 100 %%.") % facts)
    known = {row["name"] for row in rows if row["kind"] == "company"} | {FIRM}
    found += [
        _("Shares of “%(name)s” are listed, but no owner has this name.") % {"name": name}
        for name in looked.sums
        if name not in known
    ]
    found += [
        _("“%(name)s” owns itself through others; look the shares up again.") % {"name": name}
        for name in looked.circles
    ]
    for name, ppm in looked.unknown.items():
        if ppm >= threshold_ppm:
            facts = {"name": name, "part": percent(ppm)}
            found.append(_("Say who owns “%(name)s”: it holds %(part)s %% of the firm.") % facts)
    identified = {row["name"] for row in rows if row.get("identity") and row.get("nationality")}
    for name, ppm in controllers(looked, threshold_ppm):
        if name not in identified:
            facts = {"name": name, "part": percent(ppm)}
            found.append(
                _("Give nationality and identity number of %(name)s, who holds %(part)s %% in the end.") % facts
            )
    return found


def _persons(rows: Collection[Mapping[str, Any]]) -> list[str]:
    held = {row["position"] for row in rows}
    found = [_("Name the %(position)s.") % {"position": each.label} for each in Position if each not in held]
    if rows and not any(row.get("is_resident") for row in rows):
        found.append(_("At least one key person must live in Pakistan."))
    return found


def percent(ppm: int) -> str:
    """Millionths as a percentage with at most four places: 333300 is 33.33."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
