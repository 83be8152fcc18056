"""Screening for programs: `/api/v1/screening/…`. Codes and names of fields are for ever; scores run from 0 to 1."""

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from sanad.base.errors import Refused
from sanad.compliance.screening import queries
from sanad.compliance.screening.desk import batches, held, matches
from sanad.compliance.screening.desk.asking import query_of
from sanad.compliance.screening.models import OpenKind
from sanad.people.access import api_access, person_of, require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.tables.lists import CURSOR_LENGTH_MAX, ROWS_DEFAULT, ROWS_MAX

router = Router(tags=["screening"])
_Cursor = Annotated[str, Field(max_length=CURSOR_LENGTH_MAX)]
_Limit = Annotated[int, Field(ge=1, le=ROWS_MAX)]
_After = Annotated[int, Field(ge=0, lt=2**63)]
_Text = Annotated[str, Field(max_length=10_000)]
_READERS = frozenset({Right.OWN_SCREENING_READ, Right.AUTHORITY_LIST_PUBLISH, Right.AUDIT_SCREENING_READ})


class QueryAsked(Schema):
    """Whom to look for. What is not known is left out: absence lowers no score."""

    names: Annotated[list[_Text], Field(max_length=20)] = Field(default_factory=list)
    schema_word: Annotated[str, Field(alias="schema", max_length=40)] = "any"
    """person, company, organization, vessel, wallet; any other word: not known."""
    father_name: _Text = ""
    birth_date: Annotated[str, Field(max_length=40)] = ""
    country: Annotated[str, Field(max_length=200)] = ""
    identifiers: Annotated[list[_Text], Field(max_length=20)] = Field(default_factory=list)
    """A number, or `passport:AB123`."""
    wallets: Annotated[list[_Text], Field(max_length=20)] = Field(default_factory=list)


class VersionAnswer(Schema):
    """A version of a list."""

    list: str
    version: int
    published: str
    contents_digest: str
    file_digest: str
    entries: int
    imported_ms: int
    fresh_until_ms: int
    is_stale: bool
    record_number: int | None


class MatchAnswer(Schema):
    """A match, without what is sealed of it."""

    id: str
    state: str
    origin: str
    list: str
    reference: str
    entry_digest: str
    score: float
    found_ms: int
    is_reopened: bool


class MatchesAnswer(Schema):
    """Matches, nearest first."""

    matches: list[MatchAnswer]
    next_cursor: str


class OpenPaymentAnswer(Schema):
    """A payment that is held, or reserved on the record; without names."""

    number: int
    """Of the held payment; of a reservation its position on the record."""
    state: str
    """held, released, sent, rejected, refused; reserved, posted, given_back, expired, ended (how is not known)."""
    amount: str
    findings: list[str]
    """`check:finding` of all that is not clear."""
    summary: str
    reason: str
    """ISO reason of a refusal."""
    since_ms: int
    changed_ms: int
    entry: int | None
    outcome: int | None
    """What the rulebook said, once it was sent; 0 admitted."""


class OpenPaymentsAnswer(Schema):
    """Those that wait oldest first, a history newest first. `next_after`: give it as `after` to read on.

    `is_hosted`: false where the institution's gateway is on another machine.
    """

    payments: list[OpenPaymentAnswer]
    next_after: int | None
    is_hosted: bool


def _person(request: HttpRequest) -> Person:
    person = person_of(request)
    if person is None:
        raise Refused("sign in", _("sign in first"), 401)
    return person


@router.post("/search")
@api_access(Right.OWN_SCREENING_SEARCH)
def search(request: HttpRequest, asked: QueryAsked) -> HttpResponse:
    """Screen one query. `result` is clear, candidates or unresolved; unresolved is never clear."""
    query = query_of(
        asked.names, schema=asked.schema_word, father_name=asked.father_name, birth_date=asked.birth_date,
        country=asked.country, identifiers=asked.identifiers, wallets=asked.wallets,
    )  # fmt: skip
    answer = matches.search(_person(request), query)
    told: dict[str, Any] = {**batches.document(answer), "threshold": batches.score_number(answer.threshold)}
    told["lists"] = batches.lists_document(answer.versions)
    return HttpResponse(msgspec.json.encode(told), content_type="application/json")


@router.get("/lists", response=list[VersionAnswer])
@api_access(_READERS)
def lists(request: HttpRequest) -> list[VersionAnswer]:
    """The newest version of each list."""
    del request
    now_ms = int(timezone.now().timestamp() * 1_000)
    current = matches.folder().current()
    return [
        VersionAnswer.model_validate({**row, "is_stale": each.is_stale(now_ms)})
        for each, row in zip(current, batches.lists_document(current), strict=True)
    ]


@router.get("/matches", response=MatchesAnswer)
@api_access(Right.OWN_SCREENING_READ)
def own_matches(
    request: HttpRequest, state: str = "open", cursor: _Cursor = "", limit: _Limit = ROWS_DEFAULT
) -> MatchesAnswer:  # fmt: skip
    """The matches of one's own institution in a state: open, proposed, decided, or all."""
    membership = require(_person(request), Right.OWN_SCREENING_READ)
    page = queries.page_of_matches(membership.institution, state, cursor, limit)
    rows = [
        MatchAnswer(
            id=str(each.id), state=each.state, origin=each.origin, list=each.source, reference=each.reference,
            entry_digest=bytes(each.entry_digest).hex(), score=each.score / 1_000, found_ms=each.found_ms,
            is_reopened=each.is_reopened,
        )
        for each in page.rows
    ]  # fmt: skip
    return MatchesAnswer(matches=rows, next_cursor=page.next_cursor)


@router.get("/held", response=OpenPaymentsAnswer)
@api_access(Right.OWN_HELD_READ)
def held_payments(
    request: HttpRequest, state: str = "held", after: _After = 0, limit: _Limit = ROWS_DEFAULT
) -> OpenPaymentsAnswer:
    """What the gateway holds or held: held or released, oldest first; sent, refused or all, newest first."""
    return _open_payments(request, OpenKind.HELD, state, after, limit)


@router.get("/reserved", response=OpenPaymentsAnswer)
@api_access(Right.OWN_HELD_READ)
def reserved_payments(
    request: HttpRequest, state: str = "found", after: _After = 0, limit: _Limit = ROWS_DEFAULT
) -> OpenPaymentsAnswer:
    """Money reserved on the record: found (somebody comes near) or open, oldest first; ended or all, newest first."""
    return _open_payments(request, OpenKind.RESERVED, state, after, limit)


def _open_payments(request: HttpRequest, kind: OpenKind, state: str, after: int, limit: int) -> OpenPaymentsAnswer:
    page = held.page(_person(request), kind, state, after, limit)
    rows = [
        OpenPaymentAnswer(
            number=each.number, state=each.state, amount=each.amount,
            findings=[":".join(pair) for pair in each.findings], summary=each.summary, reason=each.reason,
            since_ms=each.since_ms, changed_ms=each.changed_ms, entry=each.entry or None,
            outcome=each.outcome if each.entry else None,
        )
        for each in page.rows
    ]  # fmt: skip
    return OpenPaymentsAnswer(payments=rows, next_after=page.next_after or None, is_hosted=page.is_hosted)
