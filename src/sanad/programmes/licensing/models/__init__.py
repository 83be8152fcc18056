"""Tables of licensing: those made from the record, and those of the work before it."""

from sanad.programmes.licensing.models.view import (
    Certificate,
    Firm,
    Licence,
    Proposal,
    PublicAct,
    PublicWarning,
    RuleValue,
)

__all__ = ["Certificate", "Firm", "Licence", "Proposal", "PublicAct", "PublicWarning", "RuleValue"]
