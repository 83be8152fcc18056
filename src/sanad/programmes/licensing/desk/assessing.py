"""The officer's side before a decision: notes, requests for information, completeness."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.programmes.licensing.desk import telling
from sanad.programmes.licensing.models.working import Application, ApplicationState, InformationRequest, Note
from sanad.programmes.licensing.queries.applications import for_authority
from sanad.tables.names import WORKING

REQUESTS_MAX = 20


def write_note(person: Person, identifier: UUID, words: str) -> Note:
    """Keep an assessment note; applicants do not see it."""
    require(person, Right.AUTHORITY_APPLICATION_ASSESS)
    return Note.objects.create(application=for_authority(identifier), words=words, written_by=person)


def mark_complete(person: Person, identifier: UUID) -> Application:
    """Say that the file is complete and is being assessed."""
    require(person, Right.AUTHORITY_APPLICATION_ASSESS)
    with transaction.atomic(WORKING):
        application = _locked(identifier)
        if application.state != ApplicationState.FILED:
            raise Refused("application", _("only what was filed and waits for nothing can be found complete"), 409)
        application.state = ApplicationState.COMPLETE
        application.complete_at = application.changed_at = timezone.now()
        application.save()
        telling.found_complete(application)
    return application


def ask(person: Person, identifier: UUID, question: str) -> Application:
    """Ask the applicant for information. The clock stands still until the answer."""
    require(person, Right.AUTHORITY_INFORMATION_REQUEST)
    with transaction.atomic(WORKING):
        application = _locked(identifier)
        if application.state not in (ApplicationState.FILED, ApplicationState.COMPLETE):
            raise Refused("application", _("information is asked for once at a time, and before the decision"), 409)
        if application.requests.count() >= REQUESTS_MAX:
            raise Refused("application", _("information was asked for 20 times; decide on what is there"), 409)
        asked = InformationRequest.objects.create(application=application, question=question, asked_by=person)
        application.state = ApplicationState.INFORMATION_REQUESTED
        application.changed_at = timezone.now()
        application.save()
        telling.asked(application, asked)
    return application


def _locked(identifier: UUID) -> Application:
    for_authority(identifier)
    return Application.objects.select_for_update().get(id=identifier)
