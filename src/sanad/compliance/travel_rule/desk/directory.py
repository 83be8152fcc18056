"""Reads the licence register from the node: who is licensed, and the dated values of the Travel Rule."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sanad.base.errors import SanadError
from sanad.compliance.travel_rule.models import Member, Reading, RuleRow
from sanad.compliance.travel_rule.queries.requirements import values_of
from sanad.rulebook.edition1.words import RegisterType
from sanad.tables.names import WORKING

_PAGE = 500
_PAGES_MAX = 40


def read_directory() -> bool:
    """Bring directory and rule values up to date; whether the node answered. What is known stays when it does not."""
    try:
        with settings.NETWORK.client() as client:
            members: list[list[Any]] = []
            after = 0
            for _ in range(_PAGES_MAX):
                page = client.register_records(RegisterType.INSTITUTION, after, _PAGE)
                members += page
                if len(page) < _PAGE:
                    break
                after = int(page[-1][1])
            rules = values_of(client.register_records(RegisterType.RULE, 0, _PAGE))
    except SanadError:
        return False
    rows = [_member(each) for each in members]
    with transaction.atomic(WORKING):
        Member.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["number"],
            update_fields=["name", "lei", "bic", "kind", "status"],
        )  # fmt: skip
        RuleRow.objects.all().delete()
        RuleRow.objects.bulk_create(
            RuleRow(rule=each.rule, value=each.value, valid_from_ms=each.valid_from_ms, entry=each.entry)
            for each in rules
        )
        Reading.objects.update_or_create(number=1, defaults={"read_at": timezone.now()})
    return True


def _member(record: list[Any]) -> Member:
    """`[type, number, name, BIC, LEI, class, status, entry, since]`."""
    _, number, name, bic, lei, kind, status, *_rest = record
    return Member(number=number, name=name, bic=bic, lei=lei, kind=kind, status=status)
