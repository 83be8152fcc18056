"""Tables of the work before the record: applications with all that belongs to them, decisions, holidays."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sanad.evidence.store import new_subject
from sanad.people.models import Institution, Person
from sanad.tables.kinds import WorkingTable


class ApplicationState(models.TextChoices):
    """Where an application for a certificate is."""

    DRAFT = "draft", _("Draft")
    FILED = "filed", _("Filed")
    INFORMATION_REQUESTED = "information_requested", _("Information requested")
    COMPLETE = "complete", _("Complete, being assessed")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class DocumentKind(models.TextChoices):
    """What a document is about (NOC Regulations 2025)."""

    INCORPORATION = "incorporation", _("Incorporation, or draft memorandum and articles")
    BUSINESS_PLAN = "business_plan", _("Business plan for three years")
    CAPITAL = "capital", _("Proof of capital and its origin")
    CONTROLS = "controls", _("Controls against money laundering")
    TECHNOLOGY = "technology", _("Technology and custody")
    IDENTITY = "identity", _("Identity papers of owners and key persons")
    ANSWER = "answer", _("Answer to a request for information")


class DecisionState(models.TextChoices):
    """Where a decision is between two persons."""

    PROPOSED = "proposed", _("Waits for a second person")
    CONFIRMED = "confirmed", _("On the record")
    WITHDRAWN = "withdrawn", _("Withdrawn")


def new_sections() -> dict[str, Any]:
    """Of a draft that was just begun."""
    return {}


class Application(WorkingTable):
    """An application for a no-objection certificate, from the first saved draft to the decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=24, choices=ApplicationState.choices, default=ApplicationState.DRAFT)
    sections = models.JSONField(default=new_sections)
    """What was typed, by section. Personal data: it leaves this row only sealed."""
    subject = models.BinaryField(max_length=16, default=new_subject)
    """Whose key seals the documents and the application as filed; destroying it erases them all."""
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    filed_at = models.DateTimeField(null=True)
    filed_digest = models.BinaryField(max_length=32, null=True)
    """H(32 random ‖ canonical contents): the only thing of it on the record."""
    filed_entry = models.BigIntegerField(null=True)
    complete_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_draft(self) -> bool:
        """Whether the applicant can still change it."""
        return self.state == ApplicationState.DRAFT

    @property
    def is_open(self) -> bool:
        """Whether the authority has it and has not decided."""
        return self.state in OPEN_STATES


OPEN_STATES = (ApplicationState.FILED, ApplicationState.INFORMATION_REQUESTED, ApplicationState.COMPLETE)


class Document(WorkingTable):
    """A document of an application; its bytes are sealed in evidence under `digest`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=24, choices=DocumentKind.choices)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    octets = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    original_digest = models.BinaryField(max_length=32, null=True)
    """SHA-256 of the file as it was sent: a picture is kept written anew. None after an erasure."""
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)


class InformationRequest(WorkingTable):
    """What the authority asked. The clock stands still until it is answered."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="requests")
    question = models.TextField(max_length=4_000)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=8_000, blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"request {self.pk}"


class Note(WorkingTable):
    """An officer's note; the applicant does not see it."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="notes")
    words = models.TextField(max_length=4_000)
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"note {self.pk}"


class Decision(WorkingTable):
    """What the authority does on the record: proposed by one person, confirmed by another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.CharField(max_length=32)
    """Name of the act in the rulebook."""
    institution = models.PositiveBigIntegerField(null=True)
    """Number on the record of whom it concerns; none in a warning."""
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="decisions")
    fields = models.JSONField()
    conditions = models.TextField(max_length=4_000, blank=True)
    grounds = models.TextField(max_length=8_000, blank=True)
    digest = models.BinaryField(max_length=32, null=True)
    """Of grounds and conditions, sealed; it goes on the record."""
    body = models.BinaryField(max_length=1 << 20)
    """The proposed act, byte for byte: what the second person signs the digest of."""
    state = models.CharField(max_length=16, choices=DecisionState.choices, default=DecisionState.PROPOSED)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_entry = models.BigIntegerField()
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_entry = models.BigIntegerField(null=True)

    class Meta:
        """One row for one proposal."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["proposed_entry"], name="one_decision_a_proposal"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.id}"

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a second person."""
        return self.state == DecisionState.PROPOSED


class Holiday(WorkingTable):
    """A day that is no working day, as dated data: a calendar is told from when it was known."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=80)
    known_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
