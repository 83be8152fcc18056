"""Where decisions about matches reach the payments that wait for them: asked again, then sent, refused, or still held.

A person decides on a page of screening. What was decided to be somebody else is clear when it is asked about again;
what was decided to be the listed one is refused. What the Travel Rule asked for and somebody filled in is asked about
again as well. Decisions about a payment itself are carried out elsewhere (`compliance/screening/desk/held.py`). No time
lets a payment go.
"""

import math
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max

from sanad.base import canonical
from sanad.base.errors import Refused
from sanad.compliance.screening.desk import open_payments
from sanad.compliance.screening.desk.answers import Verdict
from sanad.compliance.screening.desk.matches import check_of
from sanad.compliance.screening.models import Decision, DecisionState
from sanad.compliance.travel_rule.models import PartyData
from sanad.gateway.checks import Check, Finding
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import HoldState
from sanad.interfaces import checking
from sanad.people.models import Institution

_PAGE = 50
_PAGES_MAX = 20
_REASON = "RR04"
_UNRESOLVED_SECONDS = 60.0
_Mark = tuple[int, datetime | None, datetime | None]
_seen: dict[int, _Mark] = {}
"""By institution, when its payments were last gone through: how many decisions were in force, the newest of them, and
when somebody last filled in what payments lacked."""
_again_at: dict[int, float] = {}
"""By institution: when what a check could not resolve is asked about again."""


def work() -> int:
    """Go through the held payments of institutions in which somebody decided or filled in; how many were settled.

    The first time in a process all hosted institutions are gone through; what a check could not resolve, each minute.
    """
    settled = 0
    for institution in Institution.objects.exclude(number=None):
        number, mark = int(institution.number or 0), _mark(institution)
        if _seen.get(number) == mark and time.monotonic() < _again_at.get(number, math.inf):
            continue
        _again_at.pop(number, None)
        try:
            if _is_waiting(number):
                # Asked before its gateway is held: code may have to be compiled, and commands use the same folder.
                if checking.does_answer(check := check_of(institution)):
                    settled += _settle(number, check)
                else:
                    _again_at[number] = time.monotonic() + _UNRESOLVED_SECONDS
        except Refused as refusal:
            if refusal.right != "gateway":  # else it is not hosted here: its own program decides
                _seen[number], _again_at[number] = mark, time.monotonic() + _UNRESOLVED_SECONDS
                raise
        _seen[number] = mark
    return settled


def _is_waiting(number: int) -> bool:
    with settings.HOSTING.gateway(number) as gateway:
        if gateway.reservations.count(only_found=True):
            return True
        waiting = gateway.holds.page((HoldState.HELD, HoldState.RELEASED), limit=1)
        return bool(waiting) and not set(checking.KNOWN).isdisjoint(gateway.required_checks)


def _settle(number: int, check: Check) -> int:
    with settings.HOSTING.gateway(number) as gateway:
        settled = open_payments.ask_found_again(gateway, check) + go_through(gateway)
        found = [each.findings for each in gateway.holds.page(limit=_PAGE)]
        found += [each.findings for each in gateway.reservations.page(limit=_PAGE, only_found=True)]
        if any(Finding.UNRESOLVED in each for each in found):
            _again_at[number] = time.monotonic() + _UNRESOLVED_SECONDS
    return settled


def _mark(institution: Institution) -> _Mark:
    decisions = Decision.objects.filter(match__institution=institution, state=DecisionState.IN_FORCE)
    newest = decisions.order_by("-decided_at").values_list("decided_at", flat=True).first()
    filled = PartyData.objects.filter(institution=institution).aggregate(newest=Max("changed_at"))["newest"]
    return decisions.count(), newest, filled


def go_through(gateway: Gateway) -> int:
    """Ask again about what is held, refuse what is decided to be the listed one, send what is released."""
    gateway.holds.ask_all_again()
    refused, after = 0, 0
    for _ in range(_PAGES_MAX):
        holds = gateway.holds.page((HoldState.HELD,), after=after, limit=_PAGE)
        for hold in holds:
            after = hold.number
            decision = _true_match(gateway, hold.number)
            if decision:
                why = f"Decided to be the listed person or body: decision {decision}."
                gateway.holds.refuse(hold.number, who=f"decision {decision}"[:64], why=why, reason=_REASON)
                refused += 1
        if not holds:
            break
    return refused + gateway.holds.send_all()


def _true_match(gateway: Gateway, number: int) -> str:
    """The decision by which somebody in a held payment is the listed one; "" where there is none."""
    for answer in gateway.holds.open(number).answers:
        if answer.check == checking.SCREENING:
            for verdict, decision in _rulings(canonical.decode(answer.contents, "answer")):
                if verdict == Verdict.TRUE_MATCH:
                    return decision
    return ""


def _rulings(contents: Any) -> list[tuple[str, str]]:
    """Verdict and decision of every hit in an answer of the check; none where the check could not answer."""
    parties = contents[2] if len(contents) > 2 and isinstance(contents[2], list) else []
    return [(hit[5][1], hit[5][0]) for _, answer, _ in parties for hit in answer[7] if hit[5]]
