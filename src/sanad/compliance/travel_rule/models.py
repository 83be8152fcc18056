"""Working tables of the Travel Rule. Personal data is in none of them: it is sealed in evidence, named by digest."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sanad.evidence.store import new_subject
from sanad.people.models import Institution, Person
from sanad.tables.kinds import WorkingTable


class Direction(models.TextChoices):
    """Who asks whom."""

    SENT = "sent", _("Sent by us")
    RECEIVED = "received", _("Received by us")


class TransferState(models.TextChoices):
    """Where an exchange is."""

    QUEUED = "queued", _("Waits to be sent")
    ASKED = "asked", _("Asked, no answer yet")
    RECEIVED = "received", _("Waits for our answer")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    CONFIRMED = "confirmed", _("Carried out")
    CANCELED = "canceled", _("Cancelled")
    EXPIRED = "expired", _("No answer in time")
    FAILED = "failed", _("Could not be delivered")


class CounterpartyState(models.TextChoices):
    """What we know of another institution."""

    NEW = "new", _("Not verified yet")
    VERIFIED = "verified", _("Verified")
    CHANGED = "changed", _("Its certificate changed")
    BLOCKED = "blocked", _("Blocked by us")


class DeliveryKind(models.TextChoices):
    """What is sent to the other side."""

    INQUIRY = "inquiry", _("Inquiry")
    RESOLUTION = "resolution", _("Answer")
    CONFIRMATION = "confirmation", _("Confirmation")


class DeliveryState(models.TextChoices):
    """Where a message of ours is."""

    WAITING = "waiting", _("Waits to be sent")
    DONE = "done", _("Delivered")
    FAILED = "failed", _("Given up")


class StepKind(models.TextChoices):
    """What happened in an exchange."""

    CREATED = "created", _("Made by us")
    INQUIRY_RECEIVED = "inquiry_received", _("Inquiry received")
    INQUIRY_DELIVERED = "inquiry_delivered", _("Inquiry delivered")
    ACKNOWLEDGED = "acknowledged", _("The other side will answer")
    APPROVED_BY_THEM = "approved_by_them", _("Approved by the other side")
    REJECTED_BY_THEM = "rejected_by_them", _("Rejected by the other side")
    APPROVED_BY_US = "approved_by_us", _("Approved by us")
    REJECTED_BY_US = "rejected_by_us", _("Rejected by us")
    ANSWER_DELIVERED = "answer_delivered", _("Our answer delivered")
    CARRIED_OUT = "carried_out", _("Transaction told by us")
    CARRIED_OUT_BY_THEM = "carried_out_by_them", _("Transaction told by the other side")
    CANCELED_BY_US = "canceled_by_us", _("Cancelled by us")
    CANCELED_BY_THEM = "canceled_by_them", _("Cancelled by the other side")
    CONFIRMATION_DELIVERED = "confirmation_delivered", _("Confirmation delivered")
    EXPIRED = "expired", _("Time to answer is over")
    REFUSED_BY_THEM = "refused_by_them", _("Not taken by the other side")
    REFUSED_BY_US = "refused_by_us", _("Not taken by us")
    LINK_MADE = "link_made", _("Secure link made")
    LINK_USED = "link_used", _("Answered through the secure link")
    GIVEN_UP = "given_up", _("Delivery given up")


class Peer(WorkingTable):
    """Our own side of the wire, one an institution: what we say of ourselves, and where the keys lie."""

    institution = models.OneToOneField(Institution, on_delete=models.PROTECT, primary_key=True, related_name="+")
    name = models.CharField(max_length=100)
    lei = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=300)
    """Where others reach us, https://host:port without a path."""
    certificate = models.CharField(max_length=500)
    key = models.CharField(max_length=500)
    trust = models.CharField(max_length=500)
    """Files: our certificate chain, its key, the authorities (or single certificates) that we trust."""
    networks = models.CharField(max_length=500, blank=True, default="")
    """Private networks that counterparties may be called in, between blanks; none but the open internet without."""
    running_since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"peer {self.pk}"


class Member(WorkingTable):
    """An institution of the licence register, as the node last told: the directory."""

    number = models.PositiveBigIntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    lei = models.CharField(max_length=20, db_index=True)
    bic = models.CharField(max_length=11)
    kind = models.PositiveSmallIntegerField()
    status = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"member {self.pk}"


class RuleRow(WorkingTable):
    """A dated value of a rule of the Travel Rule, as the node last told."""

    id = models.BigAutoField(primary_key=True)
    rule = models.PositiveSmallIntegerField()
    value = models.BigIntegerField()
    valid_from_ms = models.BigIntegerField()
    entry = models.BigIntegerField()

    def __str__(self) -> str:
        return f"rule {self.rule} from {self.valid_from_ms}"


class Reading(WorkingTable):
    """When directory and rule values were last read from the node."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.read_at)


class Counterparty(WorkingTable):
    """Another institution as we met it on the wire."""

    serial = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    """Whose counterparty it is."""
    host = models.CharField(max_length=260, blank=True)
    """Host and port that it is reached at; "" for one that has nothing yet."""
    name = models.CharField(max_length=200, blank=True)
    lei = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=CounterpartyState.choices, default=CounterpartyState.NEW)
    problem = models.CharField(max_length=40, blank=True)
    """Why it is not verified: a code of `queries.wording.PROBLEMS`."""
    version = models.CharField(max_length=12, default="3.1.0")
    vendor = models.CharField(max_length=80, blank=True)
    issue = models.CharField(max_length=10, blank=True, default="")
    """The issue of IVMS101 in which it last wrote to us; "" before it did."""
    first_met_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(null=True)
    verify_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    """When to ask for its identity (again); none once it is verified or blocked."""
    heard_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)
    """Since when it does not answer us."""
    failures = models.PositiveIntegerField(default=0)
    clock_difference_seconds = models.IntegerField(null=True)
    """Its clock less ours, as its last answer told."""

    class Meta:
        """One row a host."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["institution", "host"], condition=~models.Q(host=""), name="one_counterparty_a_host"
            ),
        ]

    def __str__(self) -> str:
        return f"counterparty {self.pk}"


class PinnedCertificate(WorkingTable):
    """A certificate that a counterparty was verified with; any other is refused until an officer looks."""

    counterparty = models.ForeignKey(Counterparty, on_delete=models.CASCADE, related_name="certificates")
    digest = models.BinaryField(max_length=32)
    """SHA-256 of its DER form."""
    is_server = models.BooleanField()
    """Shown when we called them; else when they called us."""
    names_host = models.BooleanField(default=False)
    """Whether it was issued to the counterparty's host."""
    valid_until = models.DateTimeField()
    pinned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Once a role."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["counterparty", "digest", "is_server"], name="one_pin_a_certificate"),
        ]

    def __str__(self) -> str:
        return bytes(self.digest).hex()


class Transfer(WorkingTable):
    """One exchange about one transfer of assets, on our side of it."""

    serial = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    counterparty = models.ForeignKey(Counterparty, on_delete=models.PROTECT, related_name="transfers")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    request_identifier = models.UUIDField()
    """Names the exchange on the wire, for both sides."""
    body_digest = models.BinaryField(max_length=32, null=True)
    """Received: of the inquiry as it came, to know it again."""
    caller_digest = models.BinaryField(max_length=32, null=True)
    """Received: of the certificate that it came with."""
    state = models.CharField(max_length=10, choices=TransferState.choices, db_index=True)
    dti = models.CharField(max_length=9, blank=True)
    slip0044 = models.CharField(max_length=20, blank=True)
    amount = models.CharField(max_length=80)
    """Decimal text."""
    amount_minor = models.BigIntegerField(null=True)
    """In units of the asset that the record keeps; none where its unit is not known."""
    travel_address = models.CharField(max_length=1_000, blank=True)
    """Sent: the https address that the inquiry goes to."""
    account_token = models.CharField(max_length=64, blank=True)
    """Received: which of our travel addresses was asked."""
    their_callback = models.CharField(max_length=1_000, blank=True)
    payload_digest = models.BinaryField(max_length=32)
    """H(32 random ‖ payload): the same on both sides when the random was sent along."""
    evidence_digest = models.BinaryField(max_length=32)
    """Under which random and payload are sealed here."""
    answer_evidence = models.BinaryField(max_length=32, null=True)
    """Under which payment address or reason, and transaction, are sealed."""
    subject = models.BinaryField(max_length=16, default=new_subject)
    is_shared_digest = models.BooleanField(default=False)
    findings = models.JSONField(default=list)
    """Constraints that the payload breaks: [number, place]."""
    missing_fields = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    answer_by = models.DateTimeField()

    class Meta:
        """One row an exchange and side."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["institution", "direction", "counterparty", "request_identifier"],
                name="one_transfer_an_inquiry",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["institution", "direction", "-serial"], name="travel_rule_lists"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Step(WorkingTable):
    """What happened, when, by whom. Written once."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=24, choices=StepKind.choices)
    at = models.DateTimeField(default=timezone.now)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    detail = models.CharField(max_length=80, blank=True)
    """A code or an HTTP status; no personal data."""

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class Delivery(WorkingTable):
    """A message that must reach the other side: tried until it does, is refused, or its time is over."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=12, choices=DeliveryKind.choices)
    url = models.CharField(max_length=1_000)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    until = models.DateTimeField()
    problem = models.CharField(max_length=80, blank=True)
    """Of the last attempt: a code or an HTTP status."""

    class Meta:
        """One of a kind an exchange."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["transfer", "kind"], name="one_delivery_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Heard(WorkingTable):
    """A message that was answered: the same again gets the same answer, another under its name is refused."""

    counterparty = models.ForeignKey(Counterparty, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=60)
    """What it was for: `inquiry`, or a callback with the transfer's identifier."""
    request_identifier = models.UUIDField()
    body_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    answer = models.BinaryField(max_length=2_000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One answer a message."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["counterparty", "target", "request_identifier", "body_digest"], name="one_answer_a_message"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.status}"


class SecureLink(WorkingTable):
    """A page for a counterparty that has nothing yet: opened by whoever holds the link, answered once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="links")
    secret_digest = models.BinaryField(max_length=32)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    opened = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class ProofKind(models.TextChoices):
    """How control of a wallet is shown."""

    BIP137 = "bip137", _("Bitcoin: signed message (BIP-137)")
    BIP322 = "bip322", _("Bitcoin: signed message (BIP-322, native SegWit)")
    EIP191 = "eip191", _("Ethereum: signed message (EIP-191)")
    SATOSHI = "satoshi", _("A small payment of a given amount")


class ProofState(models.TextChoices):
    """Where a proof is."""

    WAITING = "waiting", _("Waits for the proof")
    PROVED = "proved", _("Proved")
    FAILED = "failed", _("Not proved")
    EXPIRED = "expired", _("Time is over")


class WalletProof(WorkingTable):
    """A question to whoever says that an unhosted wallet is theirs. Address and proof are sealed."""

    serial = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=ProofKind.choices)
    symbol = models.CharField(max_length=10)
    subject = models.BinaryField(max_length=16, default=new_subject)
    evidence_digest = models.BinaryField(max_length=32)
    """Of address and message."""
    proof_digest = models.BinaryField(max_length=32, null=True)
    """Of the signature or transaction."""
    amount_minor = models.BigIntegerField(default=0)
    """Of a small payment, to the last unit."""
    state = models.CharField(max_length=8, choices=ProofState.choices, default=ProofState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class PartyData(WorkingTable):
    """What our institution knows of an account's holder, sealed; found by a keyed digest of the account number."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    account_digest = models.BinaryField(max_length=32)
    subject = models.BinaryField(max_length=16, default=new_subject)
    evidence_digest = models.BinaryField(max_length=32)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One row an account."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["institution", "account_digest"], name="one_party_an_account"),
        ]

    def __str__(self) -> str:
        return f"party {self.pk}"


class MissingData(WorkingTable):
    """An account whose payments lack what must travel with them: to be filled in by an officer."""

    serial = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    account_digest = models.BinaryField(max_length=32)
    subject = models.BinaryField(max_length=16, default=new_subject)
    evidence_digest = models.BinaryField(max_length=32)
    """Of the account number, so that the officer sees whom to ask."""
    fields = models.PositiveSmallIntegerField()
    payments = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    filled_at = models.DateTimeField(null=True)

    class Meta:
        """One open row an account."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["institution", "account_digest"], condition=models.Q(filled_at=None), name="one_open_gap"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
