"""A portal in a folder of its own, step by step in processes of their own: a document is sealed, erased, looked for.

python -m tests.programmes.erasing make|erase|look      with SANAD_HOME
"""

import sys
from datetime import timedelta

from tests.programmes import running

WORDS = "Amina of the second house on Example Road"
PDF = b"%PDF-1.7\n" + WORDS.encode()


def make() -> None:
    """A filed application that ended yesterday, with a document, words that were typed, and a note."""
    from django.conf import settings
    from django.utils import timezone

    from sanad.programmes.licensing.models import Application, Document, InformationRequest, Note

    cast = running.make_cast()
    maker, officer = cast["maker"], cast["licensing_officer"]
    assert maker is not None
    assert officer is not None
    yesterday = timezone.now() - timedelta(days=1)
    application = Application.objects.create(
        institution=maker.memberships.get().institution, started_by=maker, state="withdrawn",
        sections={"firm": {"address": WORDS}}, filed_at=yesterday, filed_entry=7, ended_at=yesterday,
    )  # fmt: skip
    with settings.HOSTING.evidence() as evidence:
        sealed = evidence.seal(bytes(application.subject), PDF)
    Document.objects.create(
        application=application, kind="identity", name=f"{WORDS}.pdf", media_type="application/pdf", octets=len(PDF),
        digest=sealed.digest, added_by=maker,
    )  # fmt: skip
    Note.objects.create(application=application, words=WORDS, written_by=officer)
    InformationRequest.objects.create(application=application, question=WORDS, answer=WORDS, asked_by=officer)


def erase() -> None:
    """By two persons, as a court demands."""
    from sanad.people.models import Person
    from sanad.programmes.licensing.desk import keeping
    from sanad.programmes.licensing.models import Application
    from sanad.programmes.licensing.models.keeping import ErasureGround

    officer = Person.objects.get(email="licensing_officer@test.example")
    head = Person.objects.get(email="head@test.example")
    proposed = keeping.propose_erasure(officer, Application.objects.get().id, ErasureGround.LAW, "Order 7 of 2026")
    keeping.confirm_erasure(head, proposed.id)


def look() -> None:
    """Print "readable" or "erased", in how many places words are left in the tables, and in how many files."""
    from django.conf import settings

    from sanad.base.errors import Refused
    from sanad.programmes.licensing.models import Application, Document, InformationRequest, Note

    document = Document.objects.get()
    with settings.HOSTING.evidence() as evidence:
        try:
            found = evidence.open(bytes(document.digest))[1]
            state = "readable" if found == PDF else "changed"
        except Refused as error:
            state = "erased" if "erased for ever" in error.advice else str(error)
    tables = [
        str(Application.objects.get().sections), document.name, Note.objects.get().words,
        InformationRequest.objects.get().question, InformationRequest.objects.get().answer,
    ]  # fmt: skip
    left = sum(WORDS in each for each in tables)
    files = [path for path in settings.PORTAL.iterdir() if path.is_file() and WORDS.encode() in path.read_bytes()]
    sys.stdout.write(f"{state} {left} {len(files)}\n")


if __name__ == "__main__":
    running.start()
    {"make": make, "erase": erase, "look": look}[sys.argv[1]]()
