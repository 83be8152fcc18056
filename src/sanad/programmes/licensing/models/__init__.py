"""Tables of licensing: those made from the record, and those of the work before it."""

from sanad.programmes.licensing.models.keeping import Erasure, Hold
from sanad.programmes.licensing.models.view import (
    Certificate,
    Firm,
    Licence,
    Proposal,
    PublicAct,
    PublicWarning,
    RuleValue,
)
from sanad.programmes.licensing.models.working import (
    Application,
    Decision,
    Document,
    Holiday,
    InformationRequest,
    Note,
)

__all__ = [
    "Application",
    "Certificate",
    "Decision",
    "Document",
    "Erasure",
    "Firm",
    "Hold",
    "Holiday",
    "InformationRequest",
    "Licence",
    "Note",
    "Proposal",
    "PublicAct",
    "PublicWarning",
    "RuleValue",
]
