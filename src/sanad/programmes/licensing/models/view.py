"""View tables: the public register as the record tells it. Times are milliseconds since 1970 UTC, 0 = none.

Numbers of states, kinds and grounds are those of `rulebook/edition1/words.py`; services are its bit mask.
"""

from django.db import models

from sanad.tables.kinds import ViewTable


class Firm(ViewTable):
    """An institution of the register."""

    number = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    sought = models.CharField(max_length=900)
    """Name, LEI and licence number in small letters: what a search looks through."""
    lei = models.CharField(max_length=20)
    bic = models.CharField(max_length=11)
    kind = models.PositiveSmallIntegerField()
    """`InstitutionClass`."""
    status = models.PositiveSmallIntegerField(db_index=True)
    status_entry = models.BigIntegerField()
    status_ms = models.BigIntegerField()


class Certificate(ViewTable):
    """A firm's no-objection certificate."""

    firm = models.OneToOneField(Firm, models.CASCADE, primary_key=True)
    state = models.PositiveSmallIntegerField()
    valid_until_ms = models.BigIntegerField()


class Licence(ViewTable):
    """A firm's licence, the newest if it had several."""

    firm = models.OneToOneField(Firm, models.CASCADE, primary_key=True)
    number = models.CharField(max_length=200, db_index=True)
    kind = models.PositiveSmallIntegerField()
    services = models.PositiveIntegerField()
    state = models.PositiveSmallIntegerField(db_index=True)
    valid_until_ms = models.BigIntegerField()
    frozen_until_ms = models.BigIntegerField()
    """End of a running emergency order."""
    frozen_entry = models.BigIntegerField()
    standing_entry = models.BigIntegerField()
    """Where it came to stand as it does: granted, suspended, stopped, in force again, ended."""
    standing_ms = models.BigIntegerField()


class PublicWarning(ViewTable):
    """A provider without a licence that the authority warns of."""

    number = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    website = models.CharField(max_length=200)
    ground = models.PositiveSmallIntegerField()
    entry = models.BigIntegerField()
    time_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField()


class RuleValue(ViewTable):
    """A number that the regulator has fixed, from a day on."""

    id = models.BigAutoField(primary_key=True)
    rule = models.PositiveSmallIntegerField()
    value = models.BigIntegerField()
    valid_from_ms = models.BigIntegerField()
    entry = models.BigIntegerField()


class PublicAct(ViewTable):
    """An act that changed the register, and whose keys signed it. Facts that an act does not have are 0 or ""."""

    id = models.BigAutoField(primary_key=True)
    entry = models.BigIntegerField()
    index = models.PositiveIntegerField()
    """0, but in the founding the number of the act."""
    height = models.BigIntegerField()
    time_ms = models.BigIntegerField()
    what = models.CharField(max_length=40)
    """Name of the act in `rulebook/edition1/acts.py`."""
    institution = models.BigIntegerField(db_index=True)
    """The firm that it is about, 0 for a warning or a rule."""
    state = models.PositiveSmallIntegerField()
    """Of certificate or licence, or `InstitutionStatus` in `set_status`."""
    ground = models.PositiveSmallIntegerField()
    kind = models.PositiveSmallIntegerField()
    services = models.PositiveIntegerField()
    until_ms = models.BigIntegerField()
    """End of validity or of an emergency order; when an order takes effect that is not yet in force."""
    subject = models.CharField(max_length=200)
    """Licence number, name warned of, or value of a rule."""
    number = models.BigIntegerField(db_index=True)
    """Of the warning; in the acts of a warning alone."""
    ordered_entry = models.BigIntegerField()
    """What time brought: the entry that had ordered it."""
    proposed_entry = models.BigIntegerField()
    proposer_institution = models.BigIntegerField()
    proposer_person = models.BigIntegerField()
    proposer_key = models.CharField(max_length=32)
    """Identifier of the key, in hexadecimal digits."""
    signer_institution = models.BigIntegerField()
    """Who confirmed, or signed alone; 0 in the founding and for what time brings."""
    signer_person = models.BigIntegerField()
    signer_key = models.CharField(max_length=32)

    class Meta:
        """One row an act of the record."""

        unique_together = (("entry", "index"),)


class Proposal(ViewTable):
    """Who proposed what may be confirmed later. Not shown before: a proposal is nobody's business yet."""

    entry = models.BigIntegerField(primary_key=True)
    institution = models.BigIntegerField()
    person = models.BigIntegerField()
    key = models.CharField(max_length=32)
    height = models.BigIntegerField()
    time_ms = models.BigIntegerField()
