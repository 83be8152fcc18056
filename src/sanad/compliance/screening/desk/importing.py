"""Lists in the portal: imported by the authority, and put on the record by its gateway."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.compliance.screening.desk.lists import Imported, Version
from sanad.compliance.screening.desk.matches import folder, lists
from sanad.compliance.screening.desk.publishing import put_on_record
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.standards.sanctions.formats import FILES_MAX, Format

UPLOAD_BYTES_MAX = 256 << 20
Upload = tuple[str, Iterable[bytes]]
"""A file's name, and its pieces."""


def import_upload(
    person: Person,
    source: str,
    uploads: Iterable[Upload],
    *,
    file_format: Format | None = None,
    accepts_smaller: bool = False,
    expected_digest: str = "",
    fresh_hours: int | None = None,
) -> Imported:
    """Take files as the newest version of a list. Raises `Refused`, `MalformedFile`; then nothing changed."""
    require(person, Right.AUTHORITY_LIST_PUBLISH)
    with tempfile.TemporaryDirectory(prefix="sanad-list-") as temporary:
        paths = [_written(Path(temporary), name, pieces) for name, pieces in uploads]
        if not 0 < len(paths) <= FILES_MAX:
            raise Refused("files", _("give one file; of OFAC's up to three"), 413)
        imported = folder().import_file(
            source, paths, file_format=file_format, accepts_smaller=accepts_smaller, expected_digest=expected_digest,
            fresh_hours=fresh_hours, author=str(person.id),
        )  # fmt: skip
    lists().forget()
    return imported


def publish(person: Person, source: str) -> Version:
    """Put the newest version of a list on the record. Raises `Refused`, `Unavailable`; repeated it does no harm."""
    membership = require(person, Right.AUTHORITY_LIST_PUBLISH)
    number = membership.institution.number
    if number is None:
        raise Refused("authority", _("your institution is not on the record yet"), 409)
    version = folder().version(source)
    with settings.HOSTING.gateway(number) as gateway:
        published = put_on_record(gateway, folder(), version)
    lists().forget()
    return published


def _written(temporary: Path, name: str, pieces: Iterable[bytes]) -> Path:
    """Under its own name, made harmless, since messages and formats speak of it."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    harmless = "".join(each for each in last if each.isalnum() or each in "._-")[:80].lstrip(".") or "file"
    path = temporary / harmless
    left = UPLOAD_BYTES_MAX
    with path.open("xb") as file:
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise Refused("file", _("a file holds at most 256 MiB here; use the command: sanad lists import"), 413)
            file.write(piece)
    return path
