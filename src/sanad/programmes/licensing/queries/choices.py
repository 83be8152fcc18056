"""What an officer chooses from: decisions to appeal against, warnings that stand, how long an order may last."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sanad.programmes.licensing.models.view import PublicAct, PublicWarning
from sanad.programmes.licensing.models.words import ACTS, LICENCE_ACTS
from sanad.programmes.licensing.queries.register import rules_in_force
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.words import Rule

CHOICES_MAX = 200
_BY_TWO = frozenset(schema.name for schema in SCHEMAS.values() if schema.needs_two)
NO_DECISION = frozenset({"register_institution", "set_status", "certificate_progress"})
"""Acts against which nobody appeals: they note a fact."""


def appealable(institution: int) -> list[tuple[str, str]]:
    """The authority's decisions about a firm, newest first: entry, and words with the day."""
    acts = PublicAct.objects.filter(institution=institution, ordered_entry=0).order_by("-entry")[:CHOICES_MAX]
    return [
        (str(each.entry), _("%(what)s, %(day)s, entry %(entry)s") % _facts(each))
        for each in acts
        if (each.what in _BY_TWO or each.what == "licence_status_ordered") and each.what not in NO_DECISION
    ]


def _facts(act: PublicAct) -> dict[str, object]:
    what = LICENCE_ACTS[act.state] if act.what.startswith("licence_status") else ACTS[act.what]
    day = datetime.fromtimestamp(act.time_ms / 1_000, ZoneInfo(settings.TIME_ZONE))
    return {"what": what, "day": date_format(day, "j F Y"), "entry": act.entry}


def standing_warnings() -> list[tuple[str, str]]:
    """Warnings that have not ended, newest first."""
    found = PublicWarning.objects.filter(ended_ms=0).order_by("-number")[:CHOICES_MAX]
    return [(str(each.number), f"{each.name} ({each.website})" if each.website else each.name) for each in found]


def emergency_days_max() -> int:
    """How many days an emergency order may last, by the rule in force."""
    now_ms = time.time_ns() // 1_000_000
    return next(each.value for each in rules_in_force(now_ms) if each.rule is Rule.EMERGENCY_DAYS_MAX)
