"""Tables of keeping: what must not be erased for the moment, and what is erased by two persons."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sanad.people.models import Person
from sanad.programmes.licensing.models.working import Application
from sanad.tables.kinds import WorkingTable

REASON_LENGTH_MAX = 2_000


class ErasureGround(models.TextChoices):
    """Why something is erased."""

    RETENTION_ENDED = "retention_ended", _("The time to keep it has ended")
    LAW = "law", _("A law or a court demands it earlier")


class ErasureState(models.TextChoices):
    """Where an erasure is."""

    PROPOSED = "proposed", _("Waits for a second person")
    CONFIRMED = "confirmed", _("Confirmed, being carried out")
    DONE = "done", _("Erased")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Hold(WorkingTable):
    """While it stands nothing of the application is erased: an investigation, a court, an appeal."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="holds")
    reason = models.TextField(max_length=REASON_LENGTH_MAX)
    placed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class Erasure(WorkingTable):
    """An erasure of all that is personal in an application: proposed by one person, confirmed by another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="erasures")
    ground = models.CharField(max_length=24, choices=ErasureGround.choices)
    reason = models.TextField(max_length=REASON_LENGTH_MAX)
    state = models.CharField(max_length=16, choices=ErasureState.choices, default=ErasureState.PROPOSED)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One that waits or is carried out for each application."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["application"], condition=~models.Q(state="withdrawn"), name="one_erasure_an_application"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
