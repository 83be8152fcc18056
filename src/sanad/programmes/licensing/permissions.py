"""Who may do what with one application or decision."""

from sanad.people.models import Membership
from sanad.people.rights import Right
from sanad.programmes.licensing.models.working import Application, ApplicationState, Decision, DecisionState

_DECISION = (Right.AUTHORITY_DECISION_PROPOSE, Right.AUTHORITY_DECISION_CONFIRM)
_ORDER = (Right.AUTHORITY_ORDER_PROPOSE, Right.AUTHORITY_ORDER_CONFIRM)
_WARNING = (Right.AUTHORITY_WARNING_PROPOSE, Right.AUTHORITY_WARNING_CONFIRM)
_RIGHTS = {
    "certificate_issued": _DECISION,
    "certificate_progress": _DECISION,
    "certificate_revoked": _DECISION,
    "licence_granted": _DECISION,
    "licence_varied": _DECISION,
    "licence_status": _ORDER,
    "emergency_freeze": _ORDER,
    "emergency_lifted": _ORDER,
    "appoint_administrator": _ORDER,
    "appeal_noted": _DECISION,
    "warning_published": _WARNING,
    "warning_removed": _WARNING,
}
ACTS = tuple(_RIGHTS)
"""Acts of the rulebook that are decided here."""


def right_to_propose(act: str) -> Right:
    """The right that proposing an act takes."""
    return _RIGHTS[act][0]


def right_to_confirm(act: str) -> Right:
    """The right that confirming it takes."""
    return _RIGHTS[act][1]


def is_own(membership: Membership, application: Application) -> bool:
    """Whether it is of the person's own institution: to all other applicants it is not there."""
    return application.institution_id == membership.institution_id


def may_see_as_authority(application: Application) -> bool:
    """Drafts are nobody's business but the applicant's; so is one withdrawn before it was filed."""
    return application.state != ApplicationState.DRAFT and application.filed_at is not None


def is_told(membership: Membership, decision: Decision) -> bool:
    """Whether the person's institution was told of it: it is about them, and confirmed. A proposal is not there yet."""
    is_about = decision.institution is not None and decision.institution == membership.institution.number
    return is_about and decision.state == DecisionState.CONFIRMED


def may_confirm(membership: Membership, decision: Decision) -> bool:
    """Whether to offer confirming. That proposer and confirmer differ is the record's rule, and it is asked there."""
    return decision.is_waiting and right_to_confirm(decision.act) in membership.rights


def may_withdraw(membership: Membership, decision: Decision) -> bool:
    """Whether to offer withdrawing: to whoever could have proposed."""
    return decision.is_waiting and right_to_propose(decision.act) in membership.rights
