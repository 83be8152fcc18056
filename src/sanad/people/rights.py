"""What a person may do. Every right is here, once, as `scope:resource:action`; which role has which is the table below.

The scope says whose things: `own` those of the person's own institution, `authority` those that the authority decides
on, `audit` everything, to be read. A right is asked for in the desk (`access.require`); the record asks again, by keys.
"""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    """All rights of the portal."""

    OWN_STAFF_READ = "own:staff:read"
    OWN_STAFF_INVITE = "own:staff:invite"
    OWN_APPLICATION_READ = "own:application:read"
    OWN_APPLICATION_DRAFT = "own:application:draft"
    OWN_APPLICATION_FILE = "own:application:file"
    OWN_DOCUMENT_UPLOAD = "own:document:upload"
    OWN_PAYMENT_MAKE = "own:payment:make"
    OWN_PAYMENT_RELEASE = "own:payment:release"
    OWN_KEY_MAKE = "own:key:make"
    OWN_SCREENING_READ = "own:screening:read"
    OWN_SCREENING_SEARCH = "own:screening:search"
    OWN_SCREENING_DECIDE = "own:screening:decide"
    OWN_SCREENING_CONFIRM = "own:screening:confirm"
    OWN_HELD_READ = "own:held:read"
    OWN_HELD_DECIDE = "own:held:decide"
    OWN_HELD_CONFIRM = "own:held:confirm"
    OWN_TRAVEL_RULE_READ = "own:travel_rule:read"
    OWN_TRAVEL_RULE_ANSWER = "own:travel_rule:answer"

    AUTHORITY_APPLICATION_READ = "authority:application:read"
    AUTHORITY_APPLICATION_ASSESS = "authority:application:assess"
    AUTHORITY_INFORMATION_REQUEST = "authority:information:request"
    AUTHORITY_DECISION_PROPOSE = "authority:decision:propose"
    AUTHORITY_DECISION_CONFIRM = "authority:decision:confirm"
    AUTHORITY_ORDER_PROPOSE = "authority:order:propose"
    AUTHORITY_ORDER_CONFIRM = "authority:order:confirm"
    AUTHORITY_WARNING_PROPOSE = "authority:warning:propose"
    AUTHORITY_WARNING_CONFIRM = "authority:warning:confirm"
    AUTHORITY_HOLD_SET = "authority:hold:set"
    AUTHORITY_ERASURE_PROPOSE = "authority:erasure:propose"
    AUTHORITY_ERASURE_CONFIRM = "authority:erasure:confirm"
    AUTHORITY_HOLIDAY_SET = "authority:holiday:set"
    AUTHORITY_KEY_REGISTER = "authority:key:register"
    AUTHORITY_INSTITUTION_INVITE = "authority:institution:invite"
    AUTHORITY_LIST_PUBLISH = "authority:list:publish"

    AUDIT_APPLICATION_READ = "audit:application:read"
    AUDIT_SCREENING_READ = "audit:screening:read"
    AUDIT_TRAIL_READ = "audit:trail:read"


class Kind(TextChoices):
    """What an institution is to the portal."""

    AUTHORITY = "authority", _("Authority")
    FIRM = "firm", _("Firm")
    AUDITOR = "auditor", _("Auditor")


class Role(TextChoices):
    """What a person does in an institution."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MAKER = "maker", _("Maker")
    CHECKER = "checker", _("Checker")
    COMPLIANCE_OFFICER = "compliance_officer", _("Compliance officer")
    LICENSING_OFFICER = "licensing_officer", _("Licensing officer")
    HEAD = "head", _("Head of licensing")
    SUPERVISOR = "supervisor", _("Supervisor")
    AUDITOR = "auditor", _("Auditor")


ROLES_OF: dict[Kind, frozenset[Role]] = {
    Kind.FIRM: frozenset({Role.ADMINISTRATOR, Role.MAKER, Role.CHECKER, Role.COMPLIANCE_OFFICER}),
    Kind.AUTHORITY: frozenset({Role.LICENSING_OFFICER, Role.HEAD, Role.SUPERVISOR}),
    Kind.AUDITOR: frozenset({Role.AUDITOR}),
}
"""Which roles an institution's people can have; all others give nothing there."""

_SCREENING = {
    Right.OWN_SCREENING_READ,
    Right.OWN_SCREENING_SEARCH,
    Right.OWN_SCREENING_DECIDE,
    Right.OWN_SCREENING_CONFIRM,
}
_HELD = {Right.OWN_HELD_READ, Right.OWN_HELD_DECIDE, Right.OWN_HELD_CONFIRM}
_OWN_READ = {Right.OWN_APPLICATION_READ, Right.OWN_STAFF_READ}

RIGHTS_OF: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset({*_OWN_READ, Right.OWN_STAFF_INVITE, Right.OWN_APPLICATION_DRAFT,
                                   Right.OWN_DOCUMENT_UPLOAD, Right.OWN_APPLICATION_FILE}),
    Role.MAKER: frozenset({*_OWN_READ, Right.OWN_APPLICATION_DRAFT, Right.OWN_DOCUMENT_UPLOAD,
                           Right.OWN_PAYMENT_MAKE}),
    Role.CHECKER: frozenset({*_OWN_READ, Right.OWN_APPLICATION_FILE, Right.OWN_PAYMENT_RELEASE,
                             Right.OWN_SCREENING_READ, Right.OWN_SCREENING_CONFIRM, Right.OWN_HELD_READ,
                             Right.OWN_HELD_CONFIRM}),
    Role.COMPLIANCE_OFFICER: frozenset({*_OWN_READ, *_SCREENING, *_HELD, Right.OWN_TRAVEL_RULE_READ,
                                        Right.OWN_TRAVEL_RULE_ANSWER,
                                        Right.OWN_APPLICATION_DRAFT, Right.OWN_DOCUMENT_UPLOAD}),
    Role.LICENSING_OFFICER: frozenset({
        Right.OWN_STAFF_READ, Right.AUTHORITY_APPLICATION_READ, Right.AUTHORITY_APPLICATION_ASSESS,
        Right.AUTHORITY_INFORMATION_REQUEST, Right.AUTHORITY_DECISION_PROPOSE, Right.AUTHORITY_INSTITUTION_INVITE,
        Right.AUTHORITY_HOLD_SET, Right.AUTHORITY_ERASURE_PROPOSE, Right.AUTHORITY_HOLIDAY_SET, Right.OWN_KEY_MAKE,
    }),
    Role.HEAD: frozenset({
        Right.OWN_STAFF_READ, Right.OWN_STAFF_INVITE, Right.AUTHORITY_APPLICATION_READ,
        Right.AUTHORITY_DECISION_CONFIRM, Right.AUTHORITY_ORDER_CONFIRM, Right.AUTHORITY_WARNING_CONFIRM,
        Right.AUTHORITY_HOLD_SET, Right.AUTHORITY_ERASURE_CONFIRM, Right.AUDIT_TRAIL_READ, Right.OWN_KEY_MAKE,
        Right.AUTHORITY_KEY_REGISTER,
    }),
    Role.SUPERVISOR: frozenset({
        Right.OWN_STAFF_READ, Right.AUTHORITY_APPLICATION_READ, Right.AUTHORITY_ORDER_PROPOSE,
        Right.AUTHORITY_WARNING_PROPOSE, Right.AUTHORITY_HOLD_SET, Right.OWN_KEY_MAKE, Right.AUTHORITY_KEY_REGISTER,
        Right.AUTHORITY_LIST_PUBLISH,
    }),
    Role.AUDITOR: frozenset({Right.AUDIT_APPLICATION_READ, Right.AUDIT_SCREENING_READ, Right.AUDIT_TRAIL_READ}),
}  # fmt: skip


def rights_of(kind: Kind, roles: frozenset[Role]) -> frozenset[Right]:
    """What roles give in an institution of a kind."""
    return frozenset[Right]().union(*(RIGHTS_OF[role] for role in roles & ROLES_OF[kind]))
