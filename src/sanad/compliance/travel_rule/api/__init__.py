"""Interfaces for programs: the peers of other institutions (`peer`), and our own institution's systems."""

from sanad.compliance.travel_rule.api.own import router

__all__ = ["router"]
