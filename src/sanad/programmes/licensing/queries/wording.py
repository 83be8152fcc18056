"""What a decision says, in words: shown to whoever signs it, beside the digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.people.access import Words
from sanad.programmes.licensing.models.view import PublicWarning
from sanad.programmes.licensing.models.working import Decision
from sanad.programmes.licensing.queries.applications import institution_name
from sanad.programmes.licensing.queries.classifier import SERVICE_WORDS, services_of
from sanad.rulebook.edition1.acts import parse_act
from sanad.rulebook.edition1.words import CertificateState, Ground, LicenceKind, LicenceState
from sanad.rulebook.message import Suite, key_id

ACT_WORDS: dict[str, Words] = {
    "certificate_issued": gettext_lazy("Issue the no-objection certificate"),
    "certificate_progress": gettext_lazy("Record progress of the certificate"),
    "certificate_revoked": gettext_lazy("Refuse or revoke the certificate"),
    "licence_granted": gettext_lazy("Grant the licence"),
    "licence_varied": gettext_lazy("Vary the licence"),
    "licence_status": gettext_lazy("Change the licence's status"),
    "emergency_freeze": gettext_lazy("Emergency freeze"),
    "emergency_lifted": gettext_lazy("Lift the emergency freeze"),
    "appoint_administrator": gettext_lazy("Appoint an administrator"),
    "appeal_noted": gettext_lazy("Note an appeal"),
    "warning_published": gettext_lazy("Publish a warning"),
    "warning_removed": gettext_lazy("End a warning"),
}
GROUND_WORDS: dict[Ground, Words] = {
    Ground.NONE: gettext_lazy("No ground needed"),
    Ground.CONDITION_BREACHED: gettext_lazy("A condition was breached"),
    Ground.FALSE_INFORMATION: gettext_lazy("False information"),
    Ground.NOT_PROGRESSING: gettext_lazy("Not progressing"),
    Ground.INSOLVENCY: gettext_lazy("Insolvency"),
    Ground.MONEY_LAUNDERING_CONTROLS: gettext_lazy("Controls against money laundering"),
    Ground.PUBLIC_INTEREST: gettext_lazy("Public interest"),
    Ground.OWN_REQUEST: gettext_lazy("At its own request"),
    Ground.CEASED_BUSINESS: gettext_lazy("It ceased business"),
    Ground.CAPITAL_BELOW_MINIMUM: gettext_lazy("Capital below the minimum"),
    Ground.COURT_ORDER: gettext_lazy("Court order"),
}
STEP_WORDS: dict[CertificateState, Words] = {
    CertificateState.GOAML_REGISTERED: gettext_lazy("Registered with goAML"),
    CertificateState.INCORPORATED: gettext_lazy("Incorporated"),
    CertificateState.LICENCE_FILED: gettext_lazy("Licence application filed"),
}
KIND_WORDS: dict[LicenceKind, Words] = {
    LicenceKind.FULL: gettext_lazy("Full"),
    LicenceKind.PROVISIONAL: gettext_lazy("Provisional"),
    LicenceKind.LIMITED: gettext_lazy("Limited in scope"),
}
STATUS_WORDS: dict[LicenceState, Words] = {
    LicenceState.IN_FORCE: gettext_lazy("Restore: in force again"),
    LicenceState.SUSPENDED: gettext_lazy("Suspend"),
    LicenceState.WINDING_DOWN: gettext_lazy("Wind down"),
    LicenceState.REVOKED: gettext_lazy("Revoke"),
    LicenceState.SURRENDERED: gettext_lazy("Surrendered by the firm"),
    LicenceState.LAPSED: gettext_lazy("Lapsed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A label and what stands beside it: words, or a moment."""

    label: str
    words: str = ""
    moment: datetime | None = None


def title_of(decision: Decision) -> Words:
    """What kind of decision it is."""
    return ACT_WORDS.get(decision.act, decision.act)


def lines_of(decision: Decision) -> list[Line]:
    """Everything that the act says, line by line, read from the fields that are signed."""
    fields = list(decision.fields)
    if decision.act == "warning_published":
        name, website, ground = fields
        return [Line(_("Name"), name), Line(_("Website"), website or "–"), _ground(ground)]
    if decision.act == "warning_removed":
        warning = PublicWarning.objects.filter(number=fields[0]).first()
        return [Line(_("Name"), warning.name if warning else ""), Line(_("Number of the warning"), str(fields[0]))]
    firm = institution_name(decision.institution) or _("Institution %(number)s") % {"number": decision.institution}
    if decision.act == "appeal_noted":
        against = ", ".join(str(entry) for entry in parse_act(bytes(decision.body)).refers)
        return [Line(_("Firm"), firm), Line(_("Against the decision in entry"), against)]
    return [Line(_("Firm"), firm), *_of_act(decision.act, fields[1:])]


def _of_act(act: str, fields: Sequence[int | str]) -> list[Line]:
    if act == "certificate_issued":
        return [_moment(_("Valid until"), fields[0])]
    if act == "certificate_progress":
        return [Line(_("Reached"), str(STEP_WORDS[CertificateState(int(fields[0]))]))]
    if act == "certificate_revoked":
        return [_ground(fields[0])]
    if act == "licence_granted":
        number, kind, services, until = fields
        found = [Line(_("Licence number"), str(number)), _kind(kind), _services(services)]
        return [*found, _moment(_("Valid until"), until) if until else Line(_("Valid until"), _("without end"))]
    if act == "licence_varied":
        return [_kind(fields[0]), _services(fields[1])]
    if act == "licence_status":
        state, ground, effective = fields
        effect = _moment(_("Takes effect"), effective) if effective else Line(_("Takes effect"), _("at once"))
        return [Line(_("Status"), str(STATUS_WORDS[LicenceState(int(state))])), _ground(ground), effect]
    if act == "emergency_freeze":
        return [_moment(_("Until"), fields[0]), _ground(fields[1])]
    if act == "appoint_administrator":
        suite, public, _possession, first, last = fields
        key = key_id(Suite(int(suite)), bytes.fromhex(str(public))).hex()
        return [Line(_("Administrator's key"), key), Line(_("Lanes"), f"{first}–{last}")]
    return []


def _ground(number: int | str) -> Line:
    return Line(_("Ground"), str(GROUND_WORDS[Ground(int(number))]))


def _kind(number: int | str) -> Line:
    return Line(_("Kind"), str(KIND_WORDS[LicenceKind(int(number))]))


def _services(number: int | str) -> Line:
    return Line(_("Services"), " · ".join(str(SERVICE_WORDS[each]) for each in services_of(int(number))))


def _moment(label: str, time_ms: int | str) -> Line:
    return Line(label, moment=datetime.fromtimestamp(int(time_ms) / 1_000, UTC))
