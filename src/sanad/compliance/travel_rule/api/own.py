"""For our own institution's systems: exchanges as rows, without personal data."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from sanad.compliance.travel_rule.models import Transfer
from sanad.compliance.travel_rule.queries import lists
from sanad.people.access import api_access, person_of
from sanad.people.rights import Right

router = Router(tags=["travel rule"])


class TransferRow(Schema):
    """One exchange."""

    id: UUID
    direction: str
    state: str
    counterparty: str
    amount: str
    asset: str
    payload_digest: str
    created_at: datetime
    answer_by: datetime


class Transfers(Schema):
    """A page of them."""

    rows: list[TransferRow]
    next_cursor: str


@router.get("/transfers", response=Transfers)
@api_access(Right.OWN_TRAVEL_RULE_READ)
def transfers(request: HttpRequest, direction: str = "received", state: str = "", cursor: str = "") -> Transfers:
    """Exchanges of one's own institution, the newest first."""
    page = lists.transfers(person_of(request), direction, state, cursor)
    return Transfers(rows=[_row(each) for each in page.rows], next_cursor=page.next_cursor)


def _row(each: Transfer) -> TransferRow:
    return TransferRow(
        id=each.id, direction=each.direction, state=each.state, counterparty=each.counterparty.host,
        amount=each.amount, asset=lists.asset_words(each), payload_digest=bytes(each.payload_digest).hex(),
        created_at=each.created_at, answer_by=each.answer_by,
    )  # fmt: skip
