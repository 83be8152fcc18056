"""How far the views are."""

from django.db import models

from sanad.tables.kinds import ViewTable


class Cursor(ViewTable):
    """The one row of the projector: written in the same transaction as the views themselves."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    network = models.BinaryField(max_length=16)
    shape = models.BinaryField(max_length=32)
    """Digest of the view tables' definitions and of the projections' versions: another shape means a rebuild."""
    entry = models.BigIntegerField()
    """The newest entry that the views hold."""
    height = models.BigIntegerField()
    time_ms = models.BigIntegerField()
