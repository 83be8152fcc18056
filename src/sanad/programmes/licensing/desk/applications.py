"""The applicant's side: a draft saved section by section, filed, answered, withdrawn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.errors import Refused
from sanad.people.access import require
from sanad.people.models import Institution, Person
from sanad.people.rights import Kind, Right
from sanad.programmes.licensing.desk import telling
from sanad.programmes.licensing.models.working import Application, ApplicationState, InformationRequest
from sanad.programmes.licensing.permissions import is_own
from sanad.programmes.licensing.queries import completeness
from sanad.programmes.licensing.queries.applications import owner_threshold_ppm
from sanad.programmes.licensing.queries.completeness import Section
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.words import SERVICES_ALL
from sanad.signing.desk.wishes import Sent, sent
from sanad.tables.names import WORKING

DRAFTS_MAX = 20
_APPLICATION = "sanad/application/v1"
_APPLIED = next(number for number, schema in SCHEMAS.items() if schema.name == "certificate_applied")


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed application, and what the record answered."""

    application: Application
    answer: Sent


def start(person: Person, services: int = 0) -> Application:
    """Begin a draft, with the services that the classifier found. Raises `Refused`."""
    membership = require(person, Right.OWN_APPLICATION_DRAFT)
    drafts = Application.objects.filter(institution=membership.institution, state=ApplicationState.DRAFT)
    if drafts.count() >= DRAFTS_MAX:
        raise Refused("drafts", _("your institution has 20 drafts; go on with one of them, or withdraw one"), 409)
    sections = {"services": services & SERVICES_ALL} if services & SERVICES_ALL else {}
    return Application.objects.create(institution=membership.institution, started_by=person, sections=sections)


def save_section(person: Person, identifier: UUID, section: Section, contents: Any) -> Application:
    """Keep what was typed, complete or not. Raises `Refused` when it is filed already, or not one's own."""
    require(person, Right.OWN_APPLICATION_DRAFT)
    with transaction.atomic(WORKING):
        application = locked(person, identifier)
        _ensure_draft(application)
        application.sections = {**application.sections, str(section): contents}
        if section is not Section.DECLARATION:
            application.sections.pop(str(Section.DECLARATION), None)  # what was declared was declared of other words
        application.filed_digest = None
        application.changed_at = timezone.now()
        application.save()
    return application


def file(person: Person, identifier: UUID) -> Filed:
    """File a complete draft: seal it, and put its blinded digest on the record through the firm's own gateway.

    Raises `Refused` when something is missing or the firm is not on the record. When the record rejects it, the draft
    stays a draft and the answer says why. It can be repeated: what was sent once is not sent again.
    """
    membership = require(person, Right.OWN_APPLICATION_FILE)
    with transaction.atomic(WORKING):
        application = locked(person, identifier)
        _ensure_draft(application)
        lacks = missing(application)
        if not completeness.is_complete(lacks):
            raise Refused("application", _("something is missing yet; the page of the application lists it"), 409)
        firm = _number_of(membership.institution)
        if application.filed_digest is None:
            with settings.HOSTING.evidence() as evidence:
                application.filed_digest = evidence.seal(bytes(application.subject), contents(application)).digest
            application.save(update_fields=["filed_digest"])
    digest = bytes(application.filed_digest or b"")
    with settings.HOSTING.gateway(firm) as gateway:
        answer = sent(
            gateway.send_act(
                _APPLIED, [], recipients=[_authority()], digests=[digest],
                idempotency_key=f"{application.id}/file/{digest.hex()[:16]}",
            )
        )  # fmt: skip
    if answer.is_admitted:
        now = timezone.now()
        Application.objects.filter(id=application.id, state=ApplicationState.DRAFT).update(
            state=ApplicationState.FILED, filed_at=now, filed_entry=answer.entry, changed_at=now
        )
        application.refresh_from_db()
        telling.filed(application)
    else:
        Application.objects.filter(id=application.id).update(filed_digest=None)
    return Filed(application, answer)


def answer_request(person: Person, identifier: UUID, words: str) -> Application:
    """Answer the open request for information: the clock runs again from the next day."""
    require(person, Right.OWN_APPLICATION_FILE)
    with transaction.atomic(WORKING):
        application = locked(person, identifier)
        open_one = InformationRequest.objects.filter(application=application, answered_at=None).first()
        if application.state != ApplicationState.INFORMATION_REQUESTED or open_one is None:
            raise Refused("request", _("nothing is asked at the moment"), 409)
        open_one.answer, open_one.answered_by, open_one.answered_at = words, person, timezone.now()
        open_one.save()
        application.state = ApplicationState.COMPLETE if application.complete_at else ApplicationState.FILED
        application.changed_at = timezone.now()
        application.save()
        telling.answered(application, open_one)
    return application


def withdraw(person: Person, identifier: UUID) -> Application:
    """Withdraw a draft or a filed application that is not decided. A draft is erased with all its documents."""
    require(person, Right.OWN_APPLICATION_FILE)
    with transaction.atomic(WORKING):
        application = locked(person, identifier)
        if not (application.is_draft or application.is_open):
            raise Refused("application", _("it is decided or withdrawn already"), 409)
        was_draft = application.is_draft
        if was_draft:
            application.documents.all().delete()
            application.sections = {}
        application.state = ApplicationState.WITHDRAWN
        application.ended_at = application.changed_at = timezone.now()
        application.save()
    if was_draft:
        with settings.HOSTING.evidence() as evidence:
            evidence.erase(bytes(application.subject))
    return application


# --- what the functions above share ---------------------------------------------------------------------------------


def own(person: Person, identifier: UUID) -> Application:
    """An application of one's own institution. To all others it is not there: 404."""
    membership = person.membership
    found = Application.objects.select_related("institution").filter(id=identifier).first()
    if membership is None or found is None or not is_own(membership, found):
        raise Refused("application", _("no application of your institution is here"), 404)
    return found


def locked(person: Person, identifier: UUID) -> Application:
    """As `own`, and nobody else changes it meanwhile; in a transaction."""
    application = own(person, identifier)
    return Application.objects.select_for_update().get(id=application.id)


def missing(application: Application) -> Mapping[Section, list[str]]:
    """What the application still lacks."""
    kinds = set(application.documents.values_list("kind", flat=True))
    return completeness.missing(application.sections, kinds, owner_threshold_ppm())


def contents(application: Application) -> bytes:
    """The canonical contents that the digest on the record binds."""
    documents: list[canonical.Value] = [
        [document.kind, bytes(document.digest)] for document in application.documents.order_by("digest")
    ]
    typed = json.dumps(application.sections, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return canonical.encode([_APPLICATION, application.id.bytes, typed, documents])


def _ensure_draft(application: Application) -> None:
    if not application.is_draft:
        raise Refused("application", _("it was filed and can no longer be changed"), 409)


def _number_of(institution: Institution) -> int:
    if institution.number is None:
        advice = _("your institution is not on the record yet; ask the authority to register it, then file again")
        raise Refused("institution", advice, 409)
    return institution.number


def _authority() -> int:
    found = Institution.objects.filter(kind=Kind.AUTHORITY).exclude(number=None).order_by("number").first()
    if found is None or found.number is None:
        raise Refused("authority", _("no authority is on the record yet"), 409)
    return found.number
