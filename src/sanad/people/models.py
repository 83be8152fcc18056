"""People, institutions, who belongs where; invitations; the security trail. All working tables."""

import uuid
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from sanad.people.rights import Kind, Right, Role, rights_of
from sanad.tables.kinds import WorkingTable


class PersonStore(BaseUserManager["Person"]):
    """How persons are made and found."""

    def create_user(self, email: str, password: str | None = None) -> "Person":
        """A new person. Without a password, sign-in is by passkey only."""
        person = self.model(email=normal(email))
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        """By e-mail, whatever its case."""
        return self.get(email=normal(username or ""))


def normal(email: str) -> str:
    """An e-mail as it is kept and compared."""
    return email.strip().lower()


class Person(AbstractBaseUser, WorkingTable):
    """Someone who can sign in. No name is needed: an e-mail to sign in with, and an identifier that tells nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True, max_length=254)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, blank=True)
    """Of what is sent to the person: the one last chosen on a page; "" = English."""
    wants_mail = models.BooleanField(default=True)
    """Whether notifications also go by e-mail."""
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[PersonStore] = PersonStore()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return str(self.id)

    @cached_property
    def membership(self) -> "Membership | None":
        """Whom the person acts for; read once a request."""
        return Membership.objects.select_related("institution").filter(person=self, ended_at=None).first()

    @property
    def rights(self) -> frozenset[Right]:
        """What the person may do."""
        return self.membership.rights if self.membership and self.is_active else frozenset()


class Institution(WorkingTable):
    """An institution whose people use the portal; on the record it may not be yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200)
    number = models.PositiveBigIntegerField(null=True, unique=True)
    """Its number on the record; none before it is registered there."""
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Membership(WorkingTable):
    """A person in an institution: one at a time. Roles are codes of `Role`."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="memberships")
    roles = models.JSONField()
    number = models.PositiveBigIntegerField(null=True)
    """The person's number on the record; none before a signing key is registered there."""
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One membership in force for each person."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person"], condition=models.Q(ended_at=None), name="one_membership"),
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(ended_at=None), name="one_person_on_the_record"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.institution_id}"

    @property
    def kind(self) -> Kind:
        """Of the institution."""
        return Kind(self.institution.kind)

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles as such."""
        return frozenset(Role(role) for role in self.roles)

    @property
    def rights(self) -> frozenset[Right]:
        """What they give."""
        return rights_of(self.kind, self.role_set)


class Invitation(WorkingTable):
    """A way in for one person, once. The link's secret part is kept only as a digest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret_digest = models.BinaryField(max_length=32)
    email = models.EmailField(max_length=254)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="invitations")
    roles = models.JSONField()
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="invited")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and self.withdrawn_at is None and now < self.expires_at


class TrailRow(WorkingTable):
    """One row of the security trail (`trail`): written once, never changed."""

    number = models.BigIntegerField(primary_key=True)
    time_ms = models.BigIntegerField()
    event = models.CharField(max_length=40)
    person = models.CharField(max_length=36, blank=True)
    """Who did it, by identifier; "" when nobody is known."""
    facts = models.JSONField(default=dict)
    """Short words and numbers; never personal data."""
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.number} {self.event}"

    def save(self, *args: Any, **named: Any) -> None:
        """Insert only."""
        named["force_insert"] = True
        super().save(*args, **named)

    def delete(self, *_: Any, **__: Any) -> tuple[int, dict[str, int]]:
        """Never."""
        raise TypeError("the security trail is never shortened")


class TrailHead(WorkingTable):
    """The one row that says where the trail ends; locked by whoever adds to it."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    rows = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)


class Notification(WorkingTable):
    """Something for one person to look at (`notifications`): what kind of thing, and on which page it is."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    event = models.CharField(max_length=40)
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=120, blank=True)
    """The same key does not notify the same person twice; "" = no such bound."""
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        """A person's list, and what is unread in it."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-id"], name="notifications_of_person"),
            models.Index(fields=["person"], condition=models.Q(read_at=None), name="notifications_unread"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "key"], condition=~models.Q(key=""), name="one_notification_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class OutgoingMail(WorkingTable):
    """A notification that still has to leave by e-mail, or has left (`mail`)."""

    notification = models.OneToOneField(Notification, on_delete=models.CASCADE, primary_key=True, related_name="mail")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    """When to try. Set ahead before each attempt, so that one that was killed is repeated, and no two run at once."""
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"mail {self.pk}"


class TrailAnchor(WorkingTable):
    """The head of the trail as it was put on the record on one day (`anchoring`), with what proves it."""

    day = models.DateField(primary_key=True)
    rows = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    """Of the last of these rows."""
    random = models.BinaryField(max_length=32)
    """Blinds the statement's digest on the record."""
    entry = models.BigIntegerField(null=True)
    """Where the record has it; none before it was admitted."""
    time_ms = models.BigIntegerField(default=0)
    """Of the block."""
    message = models.BinaryField(max_length=4_096, default=bytes)
    receipt = models.BinaryField(max_length=1 << 15, default=bytes)
    """The signed message, and the node's signed receipt of it: together they prove the digest, offline."""

    def __str__(self) -> str:
        return f"{self.day} {self.rows}"


class Throttle(WorkingTable):
    """How often something was tried lately (`throttles`). Keys are digests and identifiers, values JSON."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
