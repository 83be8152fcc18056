"""Holds, and erasing: one person proposes with a reason, another confirms; what is held is never erased.

Erasing destroys the key that sealed the documents and the application as filed, and empties what was typed. On the
record stays a digest that leads nowhere. It can be repeated at any point: who is killed in between finishes at the
next start (`finish_erasures`), and so is what a restored back-up has brought back.
"""

from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.people import trail
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.notifications import Event, notify, people_with
from sanad.people.rights import Right
from sanad.people.trail import Happening
from sanad.programmes.licensing.models.keeping import Erasure, ErasureGround, ErasureState, Hold
from sanad.programmes.licensing.models.working import Application, Document, InformationRequest, Note
from sanad.programmes.licensing.queries import keeping as queries
from sanad.programmes.licensing.queries.applications import for_authority
from sanad.programmes.licensing.queries.keeping import Keeping
from sanad.tables.names import WORKING

HOLDS_MAX = 20
ERASED_NAME = "–"


def place_hold(person: Person, identifier: UUID, reason: str) -> Hold:
    """Keep an application from being erased. Raises `Refused`."""
    require(person, Right.AUTHORITY_HOLD_SET)
    with transaction.atomic(WORKING):
        application = _locked(identifier)
        erasure = queries.erasure_of(application)
        if erasure is not None and erasure.state != ErasureState.PROPOSED:
            raise Refused("hold", _("it is erased already"), 409)
        if application.holds.count() >= HOLDS_MAX:
            raise Refused("hold", _("it was held 20 times; lift what no longer counts"), 409)
        hold = Hold.objects.create(application=application, reason=reason, placed_by=person)
        trail.append(Happening.HOLD_PLACED, person.id, application=str(application.id))
    return hold


def lift_hold(person: Person, identifier: UUID) -> Hold:
    """End a hold. Raises `Refused`."""
    require(person, Right.AUTHORITY_HOLD_SET)
    with transaction.atomic(WORKING):
        hold = Hold.objects.select_for_update().filter(id=identifier).first()
        if hold is None or hold.lifted_at is not None:
            raise Refused("hold", _("no hold stands here"), 404)
        hold.lifted_by, hold.lifted_at = person, timezone.now()
        hold.save()
        trail.append(Happening.HOLD_LIFTED, person.id, application=str(hold.application_id))
    return hold


def propose_erasure(person: Person, identifier: UUID, ground: ErasureGround, reason: str) -> Erasure:
    """Propose to erase. Raises `Refused`: it is open or held, or the time to keep it has not ended."""
    require(person, Right.AUTHORITY_ERASURE_PROPOSE)
    with transaction.atomic(WORKING):
        application = _locked(identifier)
        _ensure_may_be_erased(application, ground)
        if queries.erasure_of(application) is not None:
            raise Refused("erasure", _("an erasure is proposed already"), 409)
        made = Erasure.objects.create(application=application, ground=ground, reason=reason, proposed_by=person)
        trail.append(Happening.ERASURE_PROPOSED, person.id, application=str(application.id), ground=str(ground))
        confirmers = people_with(Right.AUTHORITY_ERASURE_CONFIRM)
        notify(Event.ERASURE_WAITING, confirmers, f"/licensing/keeping/{application.id}/", key=f"erasure/{made.id}")
    return made


def confirm_erasure(person: Person, identifier: UUID) -> Erasure:
    """Confirm what another proposed, and carry it out. Raises `Refused`."""
    require(person, Right.AUTHORITY_ERASURE_CONFIRM)
    with transaction.atomic(WORKING):
        erasure = _proposed(identifier)
        if erasure.proposed_by_id == person.id:
            raise Refused("erasure", _("another person confirms what you proposed"), 409)
        _ensure_may_be_erased(_locked(erasure.application_id), ErasureGround(erasure.ground))
        erasure.state, erasure.ended_by, erasure.ended_at = ErasureState.CONFIRMED, person, timezone.now()
        erasure.save()
        trail.append(Happening.ERASED, person.id, application=str(erasure.application_id), ground=erasure.ground)
    _carry_out(erasure)
    return erasure


def withdraw_erasure(person: Person, identifier: UUID) -> Erasure:
    """Take a proposal back, by whoever may propose or confirm one."""
    if not person.rights & {Right.AUTHORITY_ERASURE_PROPOSE, Right.AUTHORITY_ERASURE_CONFIRM}:
        require(person, Right.AUTHORITY_ERASURE_PROPOSE)
    with transaction.atomic(WORKING):
        erasure = _proposed(identifier)
        erasure.state, erasure.ended_by, erasure.ended_at = ErasureState.WITHDRAWN, person, timezone.now()
        erasure.save()
        trail.append(Happening.ERASURE_WITHDRAWN, person.id, application=str(erasure.application_id))
    return erasure


def finish_erasures() -> int:
    """Carry out what was confirmed, and erase again what a restored back-up brought back; how many applications.

    Called when the portal starts, and after every restore. The list of what was erased is with the keys, which have
    back-ups of their own: a back-up of the tables from before an erasure cannot bring its words back.
    """
    finished = 0
    for erasure in Erasure.objects.filter(state=ErasureState.CONFIRMED):
        _carry_out(erasure)
        finished += 1
    with settings.HOSTING.evidence() as evidence:
        erased = sorted(evidence.erased())
    for first in range(0, len(erased), 500):
        for application in Application.objects.filter(subject__in=erased[first : first + 500]):
            if _has_words(application):
                _empty(application)
                trail.append(Happening.ERASED_AGAIN, "", application=str(application.id))
                finished += 1
    if finished:
        _forget_old_pages()
    return finished


def tell_what_is_due() -> int:
    """Tell those who may propose an erasure what falls due; how many applications. Nothing is erased by itself."""
    due = queries.due_on(timezone.localdate())
    officers = people_with(Right.AUTHORITY_ERASURE_PROPOSE)
    for clock in due:
        path = f"/licensing/keeping/{clock.application.id}/"
        notify(Event.RETENTION_ENDED, officers, path, key=f"retention/{clock.application.id}")
    return len(due)


def _carry_out(erasure: Erasure) -> None:
    """First the key, then the words: whoever comes in between finds what leads nowhere."""
    application = Application.objects.get(id=erasure.application_id)
    with settings.HOSTING.evidence() as evidence:
        evidence.erase(bytes(application.subject))
    with transaction.atomic(WORKING):
        _empty(application)
        Erasure.objects.filter(id=erasure.id).update(state=ErasureState.DONE)
    _forget_old_pages()
    erasure.refresh_from_db()


def _empty(application: Application) -> None:
    """What people typed or named. That there was an application, when, and how it ended, stays."""
    with transaction.atomic(WORKING):
        Application.objects.filter(id=application.id).update(sections={})
        Document.objects.filter(application=application).update(name=ERASED_NAME, original_digest=None)
        InformationRequest.objects.filter(application=application).update(question=ERASED_NAME, answer=ERASED_NAME)
        Note.objects.filter(application=application).update(words=ERASED_NAME)


def _forget_old_pages() -> None:
    """On SQLite: what was overwritten leaves the write-ahead log as well, as soon as no reader needs it."""
    connection = connections[WORKING]
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _has_words(application: Application) -> bool:
    return (
        bool(application.sections)
        or Document.objects.filter(application=application).exclude(name=ERASED_NAME).exists()
        or Note.objects.filter(application=application).exclude(words=ERASED_NAME).exists()
        or InformationRequest.objects.filter(application=application).exclude(question=ERASED_NAME).exists()
    )


def _ensure_may_be_erased(application: Application, ground: ErasureGround) -> None:
    clock = queries.clock_of(application)
    if clock.state is Keeping.HELD:
        raise Refused("erasure", _("it is under a hold; nothing of it is erased before that is lifted"), 409)
    if clock.state is Keeping.OPEN:
        raise Refused("erasure", _("it is not decided, or what it led to is in force: it is needed"), 409)
    if ground == ErasureGround.RETENTION_ENDED and (clock.until is None or timezone.localdate() < clock.until):
        raise Refused("erasure", _("the time to keep it has not ended"), 409)


def _locked(identifier: UUID) -> Application:
    for_authority(identifier)
    return Application.objects.select_for_update().get(id=identifier)


def _proposed(identifier: UUID) -> Erasure:
    found = Erasure.objects.select_for_update().filter(id=identifier, state=ErasureState.PROPOSED).first()
    if found is None:
        raise Refused("erasure", _("no proposal waits here"), 404)
    return found
