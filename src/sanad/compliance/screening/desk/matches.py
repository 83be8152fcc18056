"""Searching, and deciding about those who may be meant: by one person, confirmed by another where two are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Malformed, Refused
from sanad.compliance.screening.desk.answers import Answer, Hit, Lists, Named, Ruling, Rulings, Verdict, ask
from sanad.compliance.screening.desk.check import Screened, ScreeningCheck
from sanad.compliance.screening.desk.lists import FOLDER, ListFolder
from sanad.compliance.screening.desk.sealing import (
    Snapshot,
    data_key,
    name_key,
    opened_snapshot,
    opened_words,
    seal,
    seal_many,
)
from sanad.compliance.screening.models import (
    Customer,
    Decision,
    DecisionState,
    Match,
    MatchState,
    Origin,
    Scope,
    Terms,
    VerdictWord,
)
from sanad.evidence.store import new_subject
from sanad.matching.words import Query, Schema
from sanad.people.access import require
from sanad.people.models import Institution, Person
from sanad.people.notifications import Event, notify, people_with
from sanad.people.rights import Right
from sanad.standards.iso20022.payment import Payment
from sanad.tables.names import WORKING

REASON_CHARACTERS_MAX = 2_000
DAYS_MAX = 3_650


@cache
def lists() -> Lists:
    """The lists of this portal, in memory."""
    return Lists(folder())


def folder() -> ListFolder:
    """Where the lists of this portal lie: the same folder that `sanad lists` uses."""
    return ListFolder(settings.DATA.path / FOLDER)


def make_ready() -> None:
    """Ask about nobody, so that code is compiled and lists are loaded before a gateway is held. Raises nothing."""
    ask(lists(), Query(Schema.LEGAL_ENTITY, ("Nobody Nowhere",)))


# --- asking -----------------------------------------------------------------------------------------------------------


def search(person: Person, query: Query) -> Answer:
    """Screen one query. Nothing of it is kept."""
    membership = require(person, Right.OWN_SCREENING_SEARCH)
    return ask(lists(), query, rulings=rulings_of(membership.institution))


def take_up(person: Person, query: Query, named: Named) -> Match:
    """Make a match of a candidate that a search found, so that it can be decided. Raises `Refused` (404)."""
    membership = require(person, Right.OWN_SCREENING_DECIDE)
    answer = ask(lists(), query, rulings=rulings_of(membership.institution))
    hit = next((each for each in answer.hits if each.named == named), None)
    if hit is None:
        raise Refused("candidate", _("this candidate is not found any more; search again"), 404)
    return note(membership.institution, Origin.SEARCH, query, answer, [hit])[0]


def rulings_of(institution: Institution) -> Rulings:
    """What an institution decided and what is in force now."""

    def rulings(query: Query, named: Sequence[Named]) -> Mapping[Named, Ruling]:
        of_data = Q(scope=Scope.SAME_DATA, match__data_key=data_key(query))
        of_name = Q(scope=Scope.SAME_NAME, match__name_key=name_key(query))
        rows = (
            Decision.objects.select_related("match")
            .filter(of_data | of_name, match__institution=institution, state=DecisionState.IN_FORCE)
            .filter(expires_at__gt=timezone.now(), match__reference__in=[reference for _, reference, _ in named])
            .order_by("decided_at")
        )
        wanted = set(named)
        found: dict[Named, Ruling] = {}
        for row in rows:
            key = (row.match.source, row.match.reference, bytes(row.match.entry_digest))
            if key in wanted:
                found[key] = Ruling(str(row.id), Verdict(row.verdict), int(row.expires_at.timestamp() * 1_000))
        return found

    return rulings


def check_of(institution: Institution, origin: Origin = Origin.PAYMENT) -> ScreeningCheck:
    """The check of payments with what this institution decided; what it finds is there to be decided."""

    def told(payment: Payment, screened: Sequence[Screened]) -> None:
        del payment
        for each in screened:
            note(institution, origin, each.query, each.answer)

    return ScreeningCheck(lists(), rulings_of(institution), told)


def note(
    institution: Institution, origin: Origin, query: Query, answer: Answer, hits: Sequence[Hit] | None = None,
    customer: Customer | None = None,
) -> list[Match]:  # fmt: skip
    """Keep what nobody has decided about, once for the same contents; the matches, in the order of the hits."""
    hits = [each for each in answer.hits if each.ruling is None] if hits is None else hits
    versions = {each.source: each.number for each in answer.versions}
    keys = data_key(query), name_key(query)
    made: list[Match] = []
    subjects = [new_subject() for _ in hits]
    sealed = _seal_missing(institution, keys[0], hits, subjects, query, versions)
    with transaction.atomic(WORKING):
        for hit, subject, evidence_digest in zip(hits, subjects, sealed, strict=True):
            source, reference, entry_digest = hit.named
            match, is_new = Match.objects.select_for_update().get_or_create(
                institution=institution, data_key=keys[0], source=source, reference=reference,
                entry_digest=entry_digest,
                defaults={
                    "origin": origin, "name_key": keys[1], "score": hit.candidate.score, "subject": subject,
                    "evidence_digest": evidence_digest, "customer": customer,
                    "is_reopened": _was_decided(institution, keys[1], source, reference),
                },
            )  # fmt: skip
            if not is_new and match.state == MatchState.DECIDED and hit.ruling is None:
                match.state, match.is_reopened = MatchState.OPEN, True
                match.save(update_fields=["state", "is_reopened"])
            if customer is not None and match.customer_id is None:
                match.customer = customer
                match.save(update_fields=["customer"])
            made.append(match)
    return made


def _seal_missing(
    institution: Institution, key: bytes, hits: Sequence[Hit], subjects: Sequence[bytes], query: Query,
    versions: Mapping[str, int],
) -> list[bytes]:  # fmt: skip
    """Evidence of those that have no row yet; those that have one keep theirs."""
    known = {
        (row.source, row.reference, bytes(row.entry_digest)): bytes(row.evidence_digest)
        for row in Match.objects.filter(institution=institution, data_key=key)
    }
    fresh = [
        (subject, Snapshot(query, hit.candidate, versions.get(hit.candidate.source, 0)))
        for hit, subject in zip(hits, subjects, strict=True)
        if hit.named not in known
    ]
    sealed = iter(seal_many(fresh))
    return [known[hit.named] if hit.named in known else next(sealed) for hit in hits]


def _was_decided(institution: Institution, key: bytes, source: str, reference: str) -> bool:
    return Decision.objects.filter(
        match__institution=institution, match__name_key=key, match__source=source, match__reference=reference,
        state__in=[DecisionState.IN_FORCE, DecisionState.ENDED],
    ).exists()  # fmt: skip


# --- deciding ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenedMatch:
    """A match with what is sealed of it. Personal data."""

    match: Match
    snapshot: Snapshot
    decisions: list[tuple[Decision, str]]
    """Newest first, each with its reason."""


def opened(person: Person, identifier: UUID) -> OpenedMatch:
    """A match of one's own institution, opened. Raises `Refused`: 404 for others'."""
    match = _own(person, identifier, Right.OWN_SCREENING_READ)
    decisions = [
        (each, opened_words(bytes(each.reason_digest))) for each in match.decisions.order_by("-decided_at")[:50]
    ]
    return OpenedMatch(match, opened_snapshot(bytes(match.evidence_digest)), decisions)


def decide(
    person: Person, identifier: UUID, verdict: VerdictWord, scope: Scope, reason: str, days: int | None = None
) -> Decision:  # fmt: skip
    """Decide about a match, or propose to where two are needed. Raises `Malformed`, `Refused`."""
    match = _own(person, identifier, Right.OWN_SCREENING_DECIDE)
    terms = terms_of(match.institution)
    days = terms.days if days is None else days
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise Malformed("reason", "reason_missing", _("say why, in at most 2,000 characters"))
    if not 1 <= days <= min(terms.days, DAYS_MAX):
        raise Malformed("days", "days_bad", _("a decision holds at least a day, and no longer than your terms allow"))
    sealed = seal(bytes(match.subject), reason)
    with transaction.atomic(WORKING):
        match = Match.objects.select_for_update().get(id=match.id)
        if match.state == MatchState.PROPOSED:
            raise Refused("match", _("a decision about it waits for a second person already"), 409)
        decision = Decision.objects.create(
            match=match, verdict=verdict, scope=scope, reason_digest=sealed, author=person,
            state=DecisionState.PROPOSED if terms.needs_two else DecisionState.IN_FORCE,
            expires_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        if terms.needs_two:
            match.state = MatchState.PROPOSED
            match.save(update_fields=["state"])
            others = [
                each for each in people_with(Right.OWN_SCREENING_CONFIRM, match.institution) if each.id != person.id
            ]
            notify(Event.DECISION_WAITING, others, f"/screening/matches/{match.id}/", key=f"screening/{decision.id}")
        else:
            _put_in_force(decision)
    return decision


def confirm(person: Person, identifier: UUID) -> Decision:
    """Confirm what another proposed. Raises `Refused`."""
    return _end(person, identifier, DecisionState.IN_FORCE)


def decline(person: Person, identifier: UUID) -> Decision:
    """Decline what another proposed: the match is open again. One's own proposal can be taken back so, too."""
    return _end(person, identifier, DecisionState.DECLINED)


def _end(person: Person, identifier: UUID, state: DecisionState) -> Decision:
    match = _own(person, identifier, Right.OWN_SCREENING_CONFIRM)
    with transaction.atomic(WORKING):
        match = Match.objects.select_for_update().get(id=match.id)
        decision = match.decisions.filter(state=DecisionState.PROPOSED).first()
        if decision is None:
            raise Refused("decision", _("no proposal waits here"), 404)
        if state == DecisionState.IN_FORCE and decision.author_id == person.id:
            raise Refused("decision", _("another person confirms what you proposed"), 409)
        decision.state, decision.second, decision.second_at = state, person, timezone.now()
        decision.save()
        if state == DecisionState.IN_FORCE:
            _put_in_force(decision)
        else:
            match.state = MatchState.OPEN
            match.save(update_fields=["state"])
    return decision


def reopen(person: Person, identifier: UUID) -> Match:
    """End a decision before its time; the match is to be decided again. Raises `Refused`."""
    match = _own(person, identifier, Right.OWN_SCREENING_DECIDE)
    with transaction.atomic(WORKING):
        match = Match.objects.select_for_update().get(id=match.id)
        if not match.decisions.filter(state=DecisionState.IN_FORCE).update(state=DecisionState.ENDED):
            raise Refused("decision", _("no decision is in force here"), 409)
        match.state, match.is_reopened = MatchState.OPEN, True
        match.save(update_fields=["state", "is_reopened"])
    return match


def _put_in_force(decision: Decision) -> None:
    """The newest decision about a match is the one that counts."""
    decision.match.decisions.filter(state=DecisionState.IN_FORCE).exclude(id=decision.id).update(
        state=DecisionState.ENDED
    )
    Match.objects.filter(id=decision.match_id).update(state=MatchState.DECIDED)


def end_what_expired() -> int:
    """Open again what was decided about until now; how many matches. A chore."""
    ended = 0
    for decision in Decision.objects.filter(state=DecisionState.IN_FORCE, expires_at__lte=timezone.now())[:1_000]:
        with transaction.atomic(WORKING):
            Decision.objects.filter(id=decision.id).update(state=DecisionState.ENDED)
            Match.objects.filter(id=decision.match_id, state=MatchState.DECIDED).update(
                state=MatchState.OPEN, is_reopened=True
            )
        ended += 1
    return ended


# --- terms ------------------------------------------------------------------------------------------------------------


def terms_of(institution: Institution) -> Terms:
    """How it screens; the defaults until it says otherwise."""
    return Terms.objects.filter(institution=institution).first() or Terms(institution=institution)


def set_terms(person: Person, *, needs_two: bool, days: int) -> Terms:
    """Say how one's institution screens. Raises `Malformed`, `Refused`."""
    institution = require(person, Right.OWN_SCREENING_CONFIRM).institution
    if not 1 <= days <= DAYS_MAX:
        raise Malformed("days", "days_bad", _("a decision holds at least a day, and at most ten years"))
    return Terms.objects.update_or_create(
        institution=institution,
        defaults={"needs_two": needs_two, "days": days, "changed_by": person, "changed_at": timezone.now()},
    )[0]


def moment_of(ms: int) -> datetime:
    """A time of an answer, for pages."""
    return datetime.fromtimestamp(ms / 1_000, UTC)


def _own(person: Person, identifier: UUID, right: Right) -> Match:
    membership = require(person, right)
    found = Match.objects.select_related("institution").filter(
        id=identifier, institution=membership.institution
    ).first()  # fmt: skip
    if found is None:
        raise Refused("match", _("no match of yours is here"), 404)
    return found
