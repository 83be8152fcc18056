"""Documents of an application: bounded, pictures written anew, sealed under the application's own key."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.evidence import intake
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.programmes.licensing.desk.applications import locked, own
from sanad.programmes.licensing.models.working import Application, ApplicationState, Document, DocumentKind
from sanad.programmes.licensing.permissions import is_own, may_see_as_authority
from sanad.tables.names import WORKING

DOCUMENTS_MAX = 40
_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def add(person: Person, identifier: UUID, kind: DocumentKind, name: str, pieces: Iterable[bytes]) -> Document:
    """Take a document into a draft, or into an open request for information. Raises `Malformed`, `Refused`."""
    require(person, Right.OWN_DOCUMENT_UPLOAD)
    own(person, identifier)
    taken = intake.take(pieces)
    with transaction.atomic(WORKING):
        application = locked(person, identifier)
        _ensure_open(application)
        if application.documents.count() >= DOCUMENTS_MAX:
            raise Refused("documents", _("an application holds at most 40 documents; join some"), 409)
        with settings.HOSTING.evidence() as evidence:
            sealed = evidence.seal(bytes(application.subject), taken.contents)
        application.filed_digest = None if application.is_draft else application.filed_digest
        application.save(update_fields=["filed_digest"])
        return Document.objects.create(
            application=application, kind=kind, name=_file_name(name, taken.media_type), media_type=taken.media_type,
            octets=len(taken.contents), digest=sealed.digest, original_digest=taken.original_digest, added_by=person,
        )  # fmt: skip


def remove(person: Person, identifier: UUID) -> Application:
    """Take a document out of a draft. Its sealed bytes go with the application's key."""
    require(person, Right.OWN_DOCUMENT_UPLOAD)
    with transaction.atomic(WORKING):
        document = _found(identifier)
        application = locked(person, document.application_id)
        if not application.is_draft:
            raise Refused("documents", _("what was filed stays; add a newer document instead"), 409)
        document.delete()
        application.filed_digest = None
        application.save(update_fields=["filed_digest"])
    return application


def read(person: Person, identifier: UUID) -> tuple[Document, bytes]:
    """A document's bytes, for its own firm, the authority and the auditor."""
    document = _found(identifier)
    membership = person.membership
    rights = person.rights
    if membership is not None and is_own(membership, document.application):
        require(person, Right.OWN_APPLICATION_READ)
    elif not rights & {Right.AUTHORITY_APPLICATION_READ, Right.AUDIT_APPLICATION_READ} or not may_see_as_authority(
        document.application
    ):
        raise _unknown()
    with settings.HOSTING.evidence() as evidence:
        return document, evidence.open(bytes(document.digest))[1]


def _found(identifier: UUID) -> Document:
    found = Document.objects.select_related("application").filter(id=identifier).first()
    if found is None:
        raise _unknown()
    return found


def _ensure_open(application: Application) -> None:
    if application.state not in (ApplicationState.DRAFT, ApplicationState.INFORMATION_REQUESTED):
        raise Refused("documents", _("documents are added to a draft, or when the authority has asked for them"), 409)


def _file_name(name: str, media_type: str) -> str:
    """The last part of the name given, without what a file system or a header could misread."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = "".join(character for character in last if character.isalnum() or character in " -_")
    return (kept.strip()[:100] or "document") + _ENDINGS[media_type]


def _unknown() -> Refused:
    return Refused("document", _("no document of yours is here"), 404)
