"""Tables of screening. Names are in none of them: they are sealed in evidence, and rows hold digests under a key."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sanad.evidence.store import new_subject
from sanad.people.models import Institution, Person
from sanad.tables.kinds import SecretTable, WorkingTable


class Origin(models.TextChoices):
    """Where a match came from."""

    SEARCH = "search", _("A search")
    PAYMENT = "payment", _("A payment")
    CUSTOMER = "customer", _("A customer")
    OPEN_PAYMENT = "open", _("An open payment, when a list changed")


class MatchState(models.TextChoices):
    """Where a match is."""

    OPEN = "open", _("To be decided")
    PROPOSED = "proposed", _("Waits for a second person")
    DECIDED = "decided", _("Decided")


class VerdictWord(models.TextChoices):
    """What a person says of a match."""

    FALSE_POSITIVE = "false_positive", _("Somebody else (false positive)")
    TRUE_MATCH = "true_match", _("The listed one (true match)")


class Scope(models.TextChoices):
    """What a decision holds for."""

    SAME_DATA = "same_data", _("Only when all data are the same")
    SAME_NAME = "same_name", _("Whenever the name is the same")


class DecisionState(models.TextChoices):
    """Where a decision is between two persons and its end."""

    PROPOSED = "proposed", _("Waits for a second person")
    IN_FORCE = "in_force", _("In force")
    DECLINED = "declined", _("Declined by the second person")
    ENDED = "ended", _("Ended")


class CustomerState(models.TextChoices):
    """The answer about a customer."""

    CLEAR = "clear", _("Clear")
    CANDIDATES = "candidates", _("Candidates")
    UNRESOLVED = "unresolved", _("Unresolved")


class DigestKey(SecretTable):
    """The key of the digests of names: without it nobody can test a guess of a name against a row."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    key = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"key {self.number}"


class Terms(WorkingTable):
    """How an institution screens; without a row the defaults hold."""

    institution = models.OneToOneField(Institution, on_delete=models.PROTECT, primary_key=True, related_name="+")
    needs_two = models.BooleanField(default=True)
    """Whether a second person confirms each decision."""
    days = models.PositiveSmallIntegerField(default=365)
    """How long a false positive is remembered at most."""
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"terms of {self.pk}"


class Customer(WorkingTable):
    """Somebody whom an institution told about: screened again whenever a list changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40)
    """The institution's own number of the customer; no name."""
    subject = models.BinaryField(max_length=16, default=new_subject)
    evidence_digest = models.BinaryField(max_length=32)
    """Under which the query is sealed."""
    state = models.CharField(max_length=10, choices=CustomerState.choices, default=CustomerState.UNRESOLVED)
    code = models.CharField(max_length=40, blank=True)
    """Why it is unresolved."""
    answer_digest = models.BinaryField(max_length=32, default=bytes)
    screened_at = models.DateTimeField(default=timezone.now)
    number = models.BigIntegerField(db_index=True)
    """Its place in the order in which customers came: how far a sweep is."""
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One row a customer."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["institution", "reference"], name="one_screened_customer"),
        ]

    def __str__(self) -> str:
        return f"customer {self.pk}"


class Match(WorkingTable):
    """A query of one institution and a listed one that it may mean, as both were when it was found."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    state = models.CharField(max_length=10, choices=MatchState.choices, default=MatchState.OPEN, db_index=True)
    data_key = models.BinaryField(max_length=32)
    """Keyed digest of the whole query."""
    name_key = models.BinaryField(max_length=32)
    """Keyed digest of its names alone."""
    source = models.CharField(max_length=31)
    reference = models.CharField(max_length=200)
    entry_digest = models.BinaryField(max_length=32)
    score = models.PositiveSmallIntegerField()
    """Thousandths."""
    subject = models.BinaryField(max_length=16, default=new_subject)
    evidence_digest = models.BinaryField(max_length=32)
    """Under which query, listed one and reasons are sealed."""
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="matches")
    found_at = models.DateTimeField(default=timezone.now)
    is_reopened = models.BooleanField(default=False)
    """Whether an earlier decision about the two no longer holds, since one of them changed or the decision ended."""

    class Meta:
        """One row a pair of contents."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["institution", "data_key", "source", "reference", "entry_digest"], name="one_match_a_pair"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["institution", "state", "-score"], name="screening_matches"),
            models.Index(fields=["institution", "source", "reference"], name="screening_listed"),
        ]

    def __str__(self) -> str:
        return f"match {self.pk}"

    @property
    def score_text(self) -> str:
        """From 0 to 1."""
        return f"{self.score // 1000}.{self.score % 1000:03d}"

    @property
    def found_ms(self) -> int:
        """For lists."""
        return int(self.found_at.timestamp() * 1_000)


class Decision(WorkingTable):
    """What a person decided about a match. Written once; what changes is where it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=16, choices=VerdictWord.choices)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    state = models.CharField(max_length=10, choices=DecisionState.choices, db_index=True)
    reason_digest = models.BinaryField(max_length=32)
    """Under which the reason is sealed."""
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    second = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.verdict} {self.state}"


class SweepState(models.TextChoices):
    """Where a re-screening is."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


class Sweep(WorkingTable):
    """After a list changed: all customers, and all payments that are not final, held against what changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=31)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=SweepState.choices, default=SweepState.RUNNING, db_index=True)
    changed_entries = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    """Number of the last customer that is done."""
    found = models.PositiveIntegerField(default=0)
    payments = models.PositiveIntegerField(default=0)
    """Open payments that were gone through, of all institutions."""
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One a version."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "version"], name="one_sweep_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.version}: {self.done} of {self.total}"


class PaymentsState(models.TextChoices):
    """Where the screening of one institution's open payments is."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    ELSEWHERE = "elsewhere", _("By your own program: sanad held rescreen")


class SweptPayments(WorkingTable):
    """Of a sweep: how far it is with the payments of one institution that are held, or reserved on the record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="institutions")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=PaymentsState.choices, default=PaymentsState.RUNNING)
    held_after = models.BigIntegerField(default=0)
    """Number of the last held payment that is done."""
    is_held_done = models.BooleanField(default=False)
    reserved_after = models.BigIntegerField(default=0)
    """Position of the last reservation that is done."""
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    """Payments that are not clear."""
    unresolved = models.PositiveIntegerField(default=0)
    """Payments that could not be asked about: never clear."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One an institution."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sweep", "institution"], name="one_sweep_of_payments"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.done} of {self.total}"


class OpenKind(models.TextChoices):
    """Which open payment a person decides about."""

    HELD = "held", _("Held by the gateway")
    RESERVED = "reserved", _("Reserved on the record")


class PaymentVerdict(models.TextChoices):
    """What a person decides about an open payment."""

    RELEASE = "release", _("Release it: it is sent")
    REFUSE = "refuse", _("Refuse it: whoever ordered it is told so")
    GIVE_BACK = "give_back", _("Give the money back: it can be posted no more")


class PaymentDecisionState(models.TextChoices):
    """Where such a decision is between two persons, and between the portal and the gateway."""

    PROPOSED = "proposed", _("Waits for a second person")
    IN_FORCE = "in_force", _("Waits for the gateway")
    DONE = "done", _("Carried out")
    DECLINED = "declined", _("Declined by the second person")
    OVERTAKEN = "overtaken", _("Overtaken: something else was found or done since")
    STOPPED = "stopped", _("Decided, but it could not be carried out")


class PaymentDecision(WorkingTable):
    """What a person decided about an open payment as it then was; the gateway carries it out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=OpenKind.choices)
    number = models.BigIntegerField()
    """Of the held payment; of a reservation its position."""
    seen = models.BinaryField(max_length=32)
    """Digest of what was found and shown when it was decided: what is found later needs a decision of its own."""
    verdict = models.CharField(max_length=10, choices=PaymentVerdict.choices)
    iso_reason = models.CharField(max_length=4, blank=True)
    """Of a refusal, for whoever ordered the payment."""
    state = models.CharField(max_length=10, choices=PaymentDecisionState.choices, db_index=True)
    subject = models.BinaryField(max_length=16, default=new_subject)
    reason_digest = models.BinaryField(max_length=32)
    """Under which the reason is sealed."""
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    second = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    """Why it could not be carried out; without personal data."""

    class Meta:
        """One at a time about a payment."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["institution", "kind", "number"], condition=models.Q(state__in=["proposed", "in_force"]),
                name="one_open_payment_decision",
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["institution", "kind", "number"], name="screening_payment_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.state}"


class NameFileState(models.TextChoices):
    """Where a file of names is."""

    WAITING = "waiting", _("Waits for its turn")
    RUNNING = "running", _("Being screened")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused: it cannot be read")
    REMOVED = "removed", _("Removed")


class NameFile(WorkingTable):
    """A file of names that was given to the portal: screened in the background, and removed after a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    added_ms = models.BigIntegerField(default=0)
    """The same, for the order of a list."""
    state = models.CharField(
        max_length=10, choices=NameFileState.choices, default=NameFileState.WAITING, db_index=True
    )  # fmt: skip
    octets = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    """How many names it has; 0 until it was read."""
    done = models.PositiveIntegerField(default=0)
    clear = models.PositiveIntegerField(default=0)
    candidates = models.PositiveIntegerField(default=0)
    unresolved = models.PositiveIntegerField(default=0)
    index_digest = models.BinaryField(max_length=32, default=bytes)
    """Of the lists that all its rows are answered against."""
    versions = models.JSONField(default=list)
    """Names and numbers of these lists."""
    findings = models.JSONField(default=list)
    """The first rows that cannot be asked about: line, column, code. Nothing of what stands there."""
    findings_count = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=40, blank=True)
    """Why it does not go on, for now."""
    ended_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"file {self.pk}: {self.done} of {self.rows}"


class NameFileKey(SecretTable):
    """The key that a file of names and its answers are sealed under; without it nothing of them can be read."""

    name_file = models.UUIDField(primary_key=True)
    key = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"key of {self.pk}"
