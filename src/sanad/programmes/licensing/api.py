"""The public register for programs: `/api/v1/licensing/…`. Codes and names of fields are for ever."""

import base64
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from sanad.base.errors import Refused
from sanad.people.access import PUBLIC, api_access
from sanad.programmes.licensing.models.view import Firm, PublicAct
from sanad.programmes.licensing.models.words import code, services_in
from sanad.programmes.licensing.queries import register as queries
from sanad.rulebook.edition1.words import Ground
from sanad.tables.lists import CURSOR_LENGTH_MAX, ROWS_DEFAULT, ROWS_MAX

router = Router(tags=["register"])
_Cursor = Annotated[str, Field(max_length=CURSOR_LENGTH_MAX)]
_Limit = Annotated[int, Field(ge=1, le=ROWS_MAX)]


class FirmAnswer(Schema):
    """A firm of the register. Times are ISO 8601 in UTC, "" for none."""

    institution: int
    name: str
    lei: str
    bic: str
    institution_class: str
    licence_number: str
    licence_kind: str
    services: list[str]
    status: str
    status_since: str
    status_entry: int
    licence_valid_until: str
    emergency_until: str


class FirmsAnswer(Schema):
    """Firms in the order of their names; give `next_cursor` as `cursor` to read on, "" = there are no more."""

    firms: list[FirmAnswer]
    next_cursor: str


class ActAnswer(Schema):
    """A public act: what changed the register, where it stands on the record, whose keys signed it."""

    entry: int
    height: int
    time: str
    what: str
    ground: str
    services: list[str]
    until: str
    ordered_entry: int
    proposed_entry: int
    proposer_institution: int
    proposer_person: int
    proposer_key: str
    """Identifier of the key, 32 hexadecimal digits."""
    signer_institution: int
    signer_person: int
    signer_key: str


class FirmWithHistory(FirmAnswer):
    """A firm with everything that the record says of it, newest first."""

    history: list[ActAnswer]


class AtAnswer(Schema):
    """Whether a firm was licensed for a service at the end of a day, and the file that proves it."""

    institution: int
    service: str
    at_ms: int
    licensed: bool
    reason: str
    licence_number: str
    entry: int
    block_height: int
    newest_block: bool
    answer_file: str
    """Base64; `sanad verify` checks it."""


class WarningAnswer(Schema):
    """A provider without a licence; `ended` "" = the warning stands."""

    number: int
    name: str
    website: str
    ground: str
    since: str
    ended: str
    entry: int


class WarningsAnswer(Schema):
    """The warning list, newest first."""

    warnings: list[WarningAnswer]
    next_cursor: str


def _firm(firm: Firm) -> dict[str, Any]:
    named = dict(zip(queries.EXPORT_HEAD, queries.export_row(firm), strict=True))
    named["institution_class"] = named.pop("class")
    return {**named, "services": str(named["services"]).split()}


def _act(act: PublicAct) -> ActAnswer:
    return ActAnswer(
        entry=act.entry, height=act.height, time=queries.iso(act.time_ms), what=act.what,
        ground=code(Ground(act.ground)), services=[code(each) for each in services_in(act.services)],
        until=queries.iso(act.until_ms), ordered_entry=act.ordered_entry, proposed_entry=act.proposed_entry,
        proposer_institution=act.proposer_institution, proposer_person=act.proposer_person,
        signer_institution=act.signer_institution, signer_person=act.signer_person, proposer_key=act.proposer_key,
        signer_key=act.signer_key,
    )  # fmt: skip


@router.get("/register", response=FirmsAnswer)
@api_access(PUBLIC)
def register(
    request: HttpRequest,
    q: str = "",
    service: str = "",
    status: str = "",
    cursor: _Cursor = "",
    limit: _Limit = ROWS_DEFAULT,
) -> FirmsAnswer:
    """Search the register: words of name, LEI or licence number; a service; a status."""
    del request
    page = queries.page_of_firms(queries.firms(q, service, status), cursor, limit)
    return FirmsAnswer(firms=[FirmAnswer(**_firm(each)) for each in page.rows], next_cursor=page.next_cursor)


@router.get("/register/{number}", response=FirmWithHistory)
@api_access(PUBLIC)
def firm(request: HttpRequest, number: int) -> FirmWithHistory:
    """One institution with its history."""
    del request
    return FirmWithHistory(**_firm(queries.firm(number)), history=[_act(each) for each in queries.history(number)])


@router.get("/register/{number}/at", response=AtAnswer)
@api_access(PUBLIC)
def at(request: HttpRequest, number: int, service: str, date: str) -> AtAnswer:
    """Was this institution licensed for a service at the end of a day (`YYYY-MM-DD`, in the country's zone)?"""
    del request
    queries.firm(number)
    asked = queries.service_of(service)
    answer = queries.was_licensed(number, asked, queries.end_of(queries.day_of(date)))
    if answer is None:
        raise Refused("existence", "the record began later", 404)
    return AtAnswer(
        institution=number, service=service, at_ms=answer.at_ms, licensed=answer.is_licensed,
        reason=answer.reason.value, licence_number=answer.number, entry=answer.entry, block_height=answer.block_height,
        newest_block=answer.is_newest, answer_file=base64.b64encode(answer.file).decode(),
    )  # fmt: skip


@router.get("/warnings", response=WarningsAnswer)
@api_access(PUBLIC)
def warnings(
    request: HttpRequest,
    cursor: _Cursor = "",
    limit: _Limit = ROWS_DEFAULT,
) -> WarningsAnswer:
    """The warning list."""
    del request
    page = queries.page_of_warnings(cursor, limit)
    rows = [dict(zip(queries.WARNING_HEAD, queries.warning_row(each), strict=True)) for each in page.rows]
    return WarningsAnswer(warnings=[WarningAnswer.model_validate(each) for each in rows], next_cursor=page.next_cursor)
