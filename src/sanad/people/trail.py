"""The security trail: who signed in, failed to, was invited, changed a second factor, was refused.

A chain of rows, each H(previous ‖ canonical row), in the working database. Its head is put on the record daily
(`anchoring`), so that from then on no earlier row can be changed in silence; the database refuses changes and deletions
as well.
"""

import time
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import ensure
from sanad.people.models import TrailHead, TrailRow
from sanad.tables.names import WORKING

_NAME = b"sanad/trail/v1\n"
_START = bytes(32)
_FACT_LENGTH_MAX = 80


class Happening(TextChoices):
    """What the trail tells of, and its words on a page."""

    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Signing in failed")
    SIGNED_OUT = "signed_out", _("Signed out")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password set anew by e-mail")
    SECOND_FACTOR_ADDED = "second_factor_added", _("Second factor added")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("Second factor removed")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Recovery codes made")
    SESSION_ENDED = "session_ended", _("Signed out elsewhere")
    INVITED = "invited", _("Invitation sent")
    INVITATION_USED = "invitation_used", _("Invitation used")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("Invitation withdrawn")
    MEMBERSHIP_CHANGED = "membership_changed", _("Membership changed")
    SIGNING_KEY_MADE = "signing_key_made", _("Signing key made")
    HOLD_PLACED = "hold_placed", _("Hold placed")
    HOLD_LIFTED = "hold_lifted", _("Hold lifted")
    ERASURE_PROPOSED = "erasure_proposed", _("Erasure proposed")
    ERASURE_WITHDRAWN = "erasure_withdrawn", _("Erasure withdrawn")
    ERASED = "erased", _("Erased for ever")
    ERASED_AGAIN = "erased_again", _("Erased again after a back-up was restored")
    RIGHT_REFUSED = "right_refused", _("Right refused")


REFUSAL_AGAIN_SECONDS = 600
"""The same right refused to the same person is told once in so long; a script that tries all day fills nothing."""
REFUSALS_AN_HOUR_MAX = 20
"""Of one person, whatever the rights."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the trail ends: how many rows, and the digest of the last."""

    rows: int
    digest: bytes


def append(happening: Happening, person: object = "", **facts: str | int) -> None:
    """Add a row. `person`: identifier of who did it. Facts are short words and numbers, never personal data."""
    for fact in facts.values():
        ensure(len(str(fact)) <= _FACT_LENGTH_MAX, "facts of the trail are short")
    with transaction.atomic(WORKING):
        # The lock that orders writers: a row lock on PostgreSQL; on SQLite the transaction is exclusive already.
        head, _ = TrailHead.objects.select_for_update().get_or_create(number=1, defaults={"rows": 0, "digest": _START})
        row = TrailRow(
            number=head.rows + 1, time_ms=time.time_ns() // 1_000_000, event=str(happening), person=str(person or ""),
            facts=dict(facts), previous=bytes(head.digest),
        )  # fmt: skip
        row.digest = _digest_of(row)
        row.save()
        head.rows, head.digest = row.number, row.digest
        head.save()


def note_refusal(person: object, right: str, where: str) -> bool:
    """Tell that a right was refused to a person who has signed in, within bounds; whether a row was added.

    Called at the edge of a request, outside its transactions: what is refused is rolled back, the row is not.
    """
    if not cache.add(f"refused/{person}/{right}", 1, REFUSAL_AGAIN_SECONDS):
        return False
    window = f"refusals/{person}/{time.time_ns() // 1_000_000_000 // 3_600}"
    seen = cache.get(window, 0)
    cache.set(window, seen + 1, 3_600)
    if seen >= REFUSALS_AN_HOUR_MAX:
        return False
    append(Happening.RIGHT_REFUSED, person, right=right[:_FACT_LENGTH_MAX], page=where[:_FACT_LENGTH_MAX])
    return True


def head() -> Head:
    """Where the trail ends now: what is put on the record daily."""
    found = TrailHead.objects.filter(number=1).first()
    return Head(found.rows, bytes(found.digest)) if found else Head(0, _START)


def first_fault() -> int | None:
    """Check the whole chain: the number of the first row that does not fit, None when all do."""
    previous, number = _START, 0
    for row in TrailRow.objects.order_by("number").iterator(chunk_size=1_000):
        number += 1
        if row.number != number or bytes(row.previous) != previous or bytes(row.digest) != _digest_of(row):
            return number
        previous = bytes(row.digest)
    return None if head() == Head(number, previous) else number + 1


def digest_at(rows: int) -> bytes | None:
    """The head as it was after so many rows: to be compared with what was put on the record. None: too few rows."""
    row = TrailRow.objects.filter(number=rows).first()
    return bytes(row.digest) if row else None


def _digest_of(row: TrailRow) -> bytes:
    facts: list[canonical.Value] = [[name, row.facts[name]] for name in sorted(row.facts)]
    told = canonical.encode([row.number, row.time_ms, row.event, row.person, facts])
    return digest(_NAME, bytes(row.previous), told)
