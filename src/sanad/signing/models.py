"""Working tables: persons' signing keys, and messages that wait for a signature."""

import uuid
from datetime import UTC, datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sanad.people.models import Person
from sanad.rulebook.message import Kind, Message, Suite, key_id, message_digest, parse_header
from sanad.tables.kinds import WorkingTable


class KeyState(models.TextChoices):
    """Where a signing key is on its way to the record."""

    MADE = "made", _("Made; not on the record yet")
    PROPOSED = "proposed", _("Waits for a second person")
    REGISTERED = "registered", _("On the record")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class SigningKey(WorkingTable):
    """A person's passkey for signing on the record. Only its public half is ours to know."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    institution = models.PositiveBigIntegerField()
    """Number on the record of whom the person signs for."""
    number = models.PositiveBigIntegerField()
    """The person's number on the record."""
    relying_party = models.CharField(max_length=253)
    """Host of the signing page it was made at; it signs there alone."""
    public = models.BinaryField(max_length=33, unique=True)
    credential = models.BinaryField(max_length=1_023)
    """By what name the device knows it."""
    possession = models.BinaryField(max_length=1_024)
    """Proof that the person holds it, made by the key itself."""
    state = models.CharField(max_length=16, choices=KeyState.choices, default=KeyState.MADE)
    made_at = models.DateTimeField(default=timezone.now)
    body = models.BinaryField(max_length=1 << 14, default=b"")
    """The proposed act, byte for byte."""
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_entry = models.BigIntegerField(null=True)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_entry = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return str(self.id)

    @property
    def identifier(self) -> bytes:
        """The 16 bytes that name it on the record."""
        return key_id(Suite.WEBAUTHN_ES256, bytes(self.public))


class Ticket(WorkingTable):
    """A message assembled for a person, to be shown and signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+")
    header = models.BinaryField(max_length=112)
    body = models.BinaryField(max_length=1 << 14)
    proposal = models.BinaryField(max_length=1 << 14, default=b"")
    """Body of what is decided on; empty where nothing is."""
    order = models.CharField(max_length=255)
    """The idempotency key: the same order comes on the record once, however often it is signed."""
    goes_on = models.CharField(max_length=60)
    """Name of the URL that takes the signature."""
    about = models.JSONField()
    """What whoever goes on needs to know."""
    names = models.JSONField()
    """Names of the institutions in it, by number as text, as the portal knows them."""
    made_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)

    @property
    def message(self) -> Message:
        """The message, unsigned."""
        head = bytes(self.header)
        return Message(parse_header(head), head, (), b"", bytes(self.body), message_digest(head))

    @property
    def kind(self) -> Kind:
        """Whether it proposes, confirms or withdraws."""
        return self.message.header.kind

    @property
    def expires_at(self) -> datetime:
        """Until when it can become an entry."""
        return datetime.fromtimestamp(self.message.header.expiry_ms / 1_000, UTC)
