"""Who the other institutions are: met on the wire, verified, their certificates pinned; blocked or looked at by hand.

A name on the wire proves nothing: the host of a callback is asked who it is, over TLS that verifies the host, and what
it shows there is pinned. A caller's own certificate counts once it is what that host shows of itself.
"""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base.digests import digest
from sanad.base.errors import Malformed, Refused
from sanad.compliance.travel_rule.desk.wire import Told, Unreached, Wire
from sanad.compliance.travel_rule.models import Counterparty, CounterpartyState, Member, Peer, PinnedCertificate
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.rulebook.edition1.words import InstitutionStatus
from sanad.standards.identifiers import is_lei
from sanad.standards.trp import messages, versions
from sanad.standards.trp.versions import USUAL, Version, negotiated
from sanad.tables.names import WORKING

COUNTERPARTIES_MAX = 10_000
PINS_MAX = 8
UNVERIFIED_A_CERTIFICATE_MAX = 20
"""How many hosts a certificate may bring us that are not verified: each is asked who it is, and may answer slowly."""
_VERIFY_AGAIN = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
_ASK_AGAIN_AFTER_MISMATCH = timedelta(seconds=60)
_LOOK_AGAIN = timedelta(minutes=15)
_UNLICENSED = frozenset({InstitutionStatus.SUSPENDED, InstitutionStatus.REVOKED, InstitutionStatus.APPLICANT})


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever called us: the certificate that TLS verified, DER."""

    certificate: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of it."""
        return digest(self.certificate)


def host_of(url: str) -> str:
    """Host and port of an https address, as a counterparty is known by."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port or 443}"


def met(institution: UUID, host: str, caller: Caller | None = None) -> Counterparty:
    """The counterparty at a host, remembered from now on. A caller must show a certificate that is known for it.

    Raises `Refused`: blocked, another certificate than the one it was verified with (403), too many new ones (429).
    """
    with transaction.atomic(WORKING):
        found = Counterparty.objects.filter(institution_id=institution, host=host).first()
        if found is None:
            if Counterparty.objects.filter(institution_id=institution).count() >= COUNTERPARTIES_MAX:
                raise Refused("counterparties", "no more new institutions are taken; write to us", 429)
            if caller is not None:
                _ensure_few_are_new(institution, caller)
            found = Counterparty.objects.create(institution_id=institution, host=host)
        if caller is not None:
            _recognise(found, caller)
    if caller is not None and not is_known_caller(found, caller):
        raise Refused("certificate", "we know you by another certificate; write to us before you change it", 403)
    return found


def _ensure_few_are_new(institution: UUID, caller: Caller) -> None:
    brought = PinnedCertificate.objects.filter(digest=caller.digest, is_server=False)
    new = brought.filter(counterparty__institution_id=institution, counterparty__state=CounterpartyState.NEW)
    if new.count() >= UNVERIFIED_A_CERTIFICATE_MAX:
        raise Refused("counterparties", "too many hosts that you named are not verified; name one that is", 429)


def _recognise(found: Counterparty, caller: Caller) -> None:
    """Take note of the certificate while nothing is verified; else ask soon who is there when it is another."""
    now = timezone.now()
    Counterparty.objects.filter(id=found.id).update(heard_at=now)
    if is_known_caller(found, caller):
        return
    if found.state == CounterpartyState.NEW and found.certificates.count() < PINS_MAX:
        _pin(found, caller.certificate, is_server=False)
    elif found.state == CounterpartyState.VERIFIED:
        soon = Counterparty.objects.filter(id=found.id, verify_at__gt=now + _ASK_AGAIN_AFTER_MISMATCH)
        soon.update(verify_at=now + _ASK_AGAIN_AFTER_MISMATCH)


def is_known_caller(found: Counterparty, caller: Caller) -> bool:
    """Whether the certificate is one of those pinned for it. Raises `Refused` for one that is blocked."""
    if found.state == CounterpartyState.BLOCKED:
        raise Refused("counterparty", "we take no messages from you; write to us", 403)
    return found.certificates.filter(digest=caller.digest, is_server=False).exists()


def is_verified_caller(found: Counterparty, certificate_digest: bytes) -> bool:
    """Whether a message that came with a certificate came from the institution that was verified."""
    return (
        found.state == CounterpartyState.VERIFIED
        and found.certificates.filter(digest=certificate_digest, is_server=False).exists()
    )


def is_known_server(found: Counterparty, certificate: bytes) -> bool:
    """Whether a certificate may be talked to: pinned, or none is pinned yet."""
    pins = found.certificates.filter(is_server=True)
    return not pins.exists() or pins.filter(digest=digest(certificate)).exists()


# --- verification -----------------------------------------------------------------------------------------------------


def verify(found: Counterparty, wire: Wire) -> None:
    """Ask a counterparty who it is, and pin its certificates when all fits; else note why not and ask again later."""
    try:
        version, vendor = _version_of(found, wire)
        told = wire.call("GET", f"https://{found.host}/identity", version=version)
        identity = _identity_in(told)
    except Malformed:
        return _not_verified(found, "unreadable")
    except Unreached as error:
        return _not_verified(found, error.code)
    lei = identity.lei.strip().upper()[:20]
    found.version, found.vendor = version, vendor
    found.clock_difference_seconds = told.clock_difference_seconds
    if found.state == CounterpartyState.VERIFIED:
        if is_known_server(found, told.certificate) and lei == found.lei:
            return _still_verified(found)
        changed = "lei_changed" if lei != found.lei else "certificate_changed"
        found.state, found.problem, found.verify_at = CounterpartyState.CHANGED, changed, None
        found.save()
        return None
    found.name, found.lei = identity.name.strip()[:200], lei
    problem = _problem_of(found, identity)
    if problem:
        return _not_verified(found, problem)
    with transaction.atomic(WORKING):
        _pin_shown(found, identity, told.certificate)
        found.state, found.verified_at = CounterpartyState.VERIFIED, timezone.now()
        _still_verified(found)
    return None


def _identity_in(told: Told) -> messages.PeerIdentity:
    if told.status != 200:
        raise Unreached(f"http_{told.status}")
    return messages.read_identity(told.body)


def _pin_shown(found: Counterparty, identity: messages.PeerIdentity, server: bytes) -> None:
    """Pin what the host shows: its server's certificate and the one it says it calls with.

    Where it says none, it may call with its server's, or with one that names its host.
    """
    caller = _of_pem(identity.x509)
    kept = found.certificates.filter(is_server=False, names_host=True) if caller is None else None
    digests = [bytes(each.digest) for each in kept] if kept is not None else []
    found.certificates.exclude(is_server=False, digest__in=digests).delete()
    _pin(found, server, is_server=True)
    _pin(found, caller or server, is_server=False)


def _still_verified(found: Counterparty) -> None:
    """Ask again in a while whether it is still there, and still the same."""
    now = timezone.now()
    found.problem, found.failures, found.silent_since = "", 0, None
    found.heard_at, found.verify_at = now, now + _LOOK_AGAIN
    found.save()


def _not_verified(found: Counterparty, problem: str) -> None:
    """Ask again later; whoever does not answer at all is silent from the first time on."""
    now = timezone.now()
    found.failures += 1
    found.problem = problem
    found.verify_at = now + _VERIFY_AGAIN[min(found.failures, len(_VERIFY_AGAIN)) - 1]
    if problem == "silent":
        found.silent_since = found.silent_since or now
    found.save()


def _version_of(found: Counterparty, wire: Wire) -> tuple[str, str]:
    """The version to speak, and who made its software. Where it tells none, the usual one is spoken.

    `/version` is an extension, and some tell there which version their software has: what is none of the protocol's
    says nothing. Raises `Unreached` when the header of its answer names a version that has nothing in common with ours.
    """
    told = wire.call("GET", f"https://{found.host}/version", version=str(USUAL))
    theirs = messages.PeerVersion()
    if told.status == 200:
        with suppress(Malformed):
            theirs = messages.read_version(told.body)
    vendor, spoken = theirs.vendor[:80], Version.parse(told.headers.get(versions.HEADER, ""))
    for each in (Version.parse(theirs.version), spoken):
        if (common := negotiated(each)) is not None:
            return str(common), vendor
    if spoken is not None:
        raise Unreached("no_common_version")
    return str(USUAL), vendor


def _problem_of(found: Counterparty, identity: messages.PeerIdentity) -> str:
    """Why it cannot be verified without an officer; "" when it can."""
    if not found.lei:
        return "lei_missing"
    if not is_lei(found.lei):
        return "lei_wrong"
    others = Counterparty.objects.filter(institution_id=found.institution_id, lei=found.lei, verified_at__isnull=False)
    if others.exclude(id=found.id).exists():
        return "lei_of_another"
    if Member.objects.filter(lei=found.lei, status__in=[int(each) for each in _UNLICENSED]).exists():
        return "not_licensed"
    return "certificate_unreadable" if identity.x509 and _of_pem(identity.x509) is None else ""


def _of_pem(text: str) -> bytes | None:
    """The first certificate, as DER: where a chain is shown it is the leaf. None when it cannot be read."""
    try:
        return x509.load_pem_x509_certificates(text.encode())[0].public_bytes(Encoding.DER) if text.strip() else None
    except ValueError:
        return None


def _pin(found: Counterparty, certificate: bytes, *, is_server: bool) -> None:
    try:
        read = x509.load_der_x509_certificate(certificate)
        until = read.not_valid_after_utc
    except ValueError:
        raise Refused("certificate", "this certificate cannot be read; use one of version 3", 403) from None
    PinnedCertificate.objects.get_or_create(
        counterparty=found, digest=digest(certificate), is_server=is_server,
        defaults={"valid_until": until, "names_host": _names(read, found.host)},
    )  # fmt: skip


def _names(certificate: x509.Certificate, host: str) -> bool:
    """Whether a certificate was issued to the host, by the names that it bears."""
    bare = host.rpartition(":")[0].strip("[]")
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    addresses = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    return bare in addresses or bare in {each.lower() for each in names.get_values_for_type(x509.DNSName)}


# --- by hand ----------------------------------------------------------------------------------------------------------


def own(person: Person, identifier: UUID, right: Right = Right.OWN_TRAVEL_RULE_ANSWER) -> Counterparty:
    """A counterparty of the person's institution. Raises `Refused` (404)."""
    membership = require(person, right)
    found = Counterparty.objects.filter(id=identifier, institution=membership.institution).first()
    if found is None:
        raise Refused("counterparty", _("your institution knows no such counterparty"), 404)
    return found


def ask_again(person: Person, identifier: UUID) -> Counterparty:
    """Forget what was pinned and verify anew, after an officer has asked by another way whether all is well."""
    found = own(person, identifier)
    with transaction.atomic(WORKING):
        found.certificates.all().delete()
        found.state, found.problem, found.failures = CounterpartyState.NEW, "", 0
        found.verified_at, found.verify_at = None, timezone.now()
        found.save()
    return found


def block(person: Person, identifier: UUID) -> Counterparty:
    """Take and send nothing any more."""
    found = own(person, identifier)
    found.state, found.verify_at = CounterpartyState.BLOCKED, None
    found.save(update_fields=["state", "verify_at"])
    return found


def accept(institution: UUID, host: str, wire: Wire) -> Counterparty:
    """Verify a counterparty that has no LEI or another problem, on an officer's word: pin what it shows now.

    Raises `Refused` when it is not known or does not answer.
    """
    found = Counterparty.objects.filter(institution_id=institution, host=host).first()
    if found is None:
        raise Refused("counterparty", "no such counterparty is known; send to it first, or wait until it calls", 404)
    try:
        told = wire.call("GET", f"https://{found.host}/identity", version=found.version)
        identity = messages.read_identity(told.body) if told.status == 200 else messages.PeerIdentity()
    except (Unreached, Malformed) as error:
        raise Refused("counterparty", f"it did not answer as it should ({error}); try again later", 409) from None
    with transaction.atomic(WORKING):
        _pin_shown(found, identity, told.certificate)
        found.name, found.lei = identity.name.strip()[:200], identity.lei.strip().upper()[:20]
        found.state, found.verified_at = CounterpartyState.VERIFIED, timezone.now()
        _still_verified(found)
    return found


def wire_of(peer: Peer) -> Wire:
    """How we call others."""
    networks = [ipaddress.ip_network(each) for each in peer.networks.split()]
    return Wire(Path(peer.certificate), Path(peer.key), Path(peer.trust), networks)
