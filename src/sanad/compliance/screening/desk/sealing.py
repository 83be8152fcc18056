"""What analysts must see, sealed; and digests of names under a key that lies with the secrets."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from django.conf import settings

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.compliance.screening.desk.answers import query_digest
from sanad.compliance.screening.models import DigestKey
from sanad.evidence.store import Contents
from sanad.matching.words import Candidate, Query


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A match as it was found."""

    query: Query
    candidate: Candidate
    list_version: int


def seal(subject: bytes, snapshot: object) -> bytes:
    """Seal it under the subject's key; the digest that names it."""
    with settings.HOSTING.evidence() as evidence:
        return bytes(evidence.seal(subject, msgspec.json.encode(snapshot)).digest)


def seal_many(snapshots: Iterable[tuple[bytes, object]]) -> list[bytes]:
    """Seal several, each under its own subject."""
    contents = [Contents(subject, msgspec.json.encode(each)) for subject, each in snapshots]
    if not contents:
        return []
    with settings.HOSTING.evidence() as evidence:
        return [each.digest for each in evidence.seal_many(contents)]


def opened_snapshot(evidence_digest: bytes) -> Snapshot:
    """A match, opened. Raises `Refused` when it was erased."""
    with settings.HOSTING.evidence() as evidence:
        return msgspec.json.decode(evidence.open(evidence_digest)[1], type=Snapshot)


def opened_queries(digests: Iterable[bytes]) -> list[Query]:
    """Queries of customers, opened. Raises `Refused` when one was erased."""
    with settings.HOSTING.evidence() as evidence:
        return [msgspec.json.decode(evidence.open(each)[1], type=Query) for each in digests]


def opened_words(evidence_digest: bytes) -> str:
    """A reason, opened. Raises `Refused` when it was erased."""
    with settings.HOSTING.evidence() as evidence:
        return str(msgspec.json.decode(evidence.open(evidence_digest)[1], type=str))


def data_key(query: Query) -> bytes:
    """The whole query under our key."""
    return _keyed(query_digest(query))


def name_key(query: Query) -> bytes:
    """Its names alone under our key: in lower case, blanks made single, in order of the alphabet."""
    names = sorted(" ".join(each.casefold().split()) for each in query.names)
    return _keyed(digest(canonical.encode(["sanad/query-names/v1", [*names]])))


def _keyed(value: bytes) -> bytes:
    return hmac.digest(_key(), value, "sha256")


def _key() -> bytes:
    row = DigestKey.objects.filter(number=1).first()
    if row is None:
        row, _ = DigestKey.objects.get_or_create(number=1, defaults={"key": secrets.token_bytes(32)})
    return bytes(row.key)
