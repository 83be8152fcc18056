"""The portal of the demonstration: people, and applicants in several states, made by the use cases themselves.

It needs the node and the projector running. Every message has an idempotency key of its own, and a firm that has an
application is passed over, so a run that was stopped goes on.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from sanad.base import canonical
from sanad.base.digests import digest
from sanad.base.errors import Refused, ensure
from sanad.gateway.gateway import KEY_FILE, LANES, Gateway, act_body
from sanad.gateway.keys import SYSTEM, KeyFile, lane_of_person
from sanad.interfaces.demonstration_nation import (
    AUTHORITY,
    CHENAB,
    EXCHANGE,
    MEMBERS,
    PASSPHRASE,
    PERSONS,
    QUICK,
    RECOVERY_PERSONS,
)
from sanad.interfaces.demonstration_past import FIRMS
from sanad.interfaces.demonstration_people import AUDIT_HOUSE, AUTHORITY_HOUSE, FIRM_HOUSE, PASSWORD, SIGN_INS
from sanad.interfaces.signing_page import page_digest
from sanad.interfaces.signing_page.record import page_on_record
from sanad.node.folder import write_file
from sanad.node.receipts import decode
from sanad.people.models import Institution, Membership, Person
from sanad.people.rights import Kind, Role
from sanad.programmes.licensing.desk import applications, assessing, decisions, documents
from sanad.programmes.licensing.desk.decisions import Order
from sanad.programmes.licensing.models.working import Application, Decision, DocumentKind
from sanad.programmes.licensing.queries.completeness import REQUIRED_DOCUMENTS, Position, Section
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.words import (
    AMOUNT_MAX,
    RIGHTS_OF_PERSONS,
    RIGHTS_OF_SYSTEMS,
    CertificateState,
    Ground,
    InstitutionClass,
    InstitutionStatus,
    LicenceKind,
    Right,
    Service,
)
from sanad.rulebook.message import Suite
from sanad.tables.projection import wait_for

_SCHEMA = {schema.name: number for number, schema in SCHEMAS.items()}
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
_QUOTA = 1 << 24
_SERVICES = Service.EXCHANGE | Service.CUSTODY


@dataclass(frozen=True, slots=True)
class Applicant:
    """A firm that the authority has entered in the register as an applicant."""

    number: int
    folder: str
    name: str


_FIRST = len(MEMBERS) + len(FIRMS) + 1
THAR = Applicant(_FIRST, "thar-digital", FIRM_HOUSE)
KHUNJERAB = Applicant(_FIRST + 1, "khunjerab-exchange", "Khunjerab Exchange")
RAVI = Applicant(_FIRST + 2, "ravi-custody", "Ravi Custody")
INDUS = Applicant(_FIRST + 3, "indus-tokens", "Indus Tokens")
MAKRAN = Applicant(_FIRST + 4, "makran-markets", "Makran Markets")
SWAT = Applicant(_FIRST + 5, "swat-digital", "Swat Digital")
PISHIN = Applicant(_FIRST + 6, "pishin-wallet", "Pishin Wallet")
APPLICANTS = (THAR, KHUNJERAB, RAVI, INDUS, MAKRAN, SWAT, PISHIN)


def furnish() -> Iterator[str]:
    """Everything, step by step; a sentence for each. Raises `Refused` where the network is no demonstration."""
    if not settings.NETWORK.is_demonstration:
        raise Refused("demonstration", "people and applications are made up only in a demonstration", 409)
    _ensure_past()
    _register_applicants()
    yield f"The authority entered {len(APPLICANTS)} applicants in the register, and a second officer's key."
    staff = _people()
    yield f"{len(SIGN_INS)} people can sign in to the portal, one for each role."
    for firm, story in _STORIES:
        if not Application.objects.filter(institution__number=firm.number).exists():
            story(firm, staff)
    if not Decision.objects.filter(act="warning_published").exists():
        fields: list[int | str] = ["Quick Coins Example", "https://quick-coins.example", int(Ground.PUBLIC_INTEREST)]
        _decide("warning_published", None, fields, staff, "supervisor")
    yield "Applications wait in every state; one firm is licensed today, one provider is warned of."


def _ensure_past() -> None:
    """Numbers follow those of the past's firms: a demonstration of an earlier edition has none."""
    note = json.loads(settings.DATA.demonstration_note.read_bytes())
    if any(each.folder not in note["institutions"] for each in FIRMS):
        advice = "it was founded by an earlier edition, whose register has no past; begin anew with another --data DIR"
        raise Refused("demonstration", advice, 409)


# --- on the record --------------------------------------------------------------------------------------------------


def _register_applicants() -> None:
    """New institutions and their keys, and the key of the second licensing officer: by two persons each."""
    note = json.loads(settings.DATA.demonstration_note.read_bytes())
    with settings.HOSTING.gateway(AUTHORITY.number) as authority:
        for firm in APPLICANTS:
            kind, status = int(InstitutionClass.EXCHANGE), int(InstitutionStatus.APPLICANT)
            _by_two(authority, "register_institution", [kind, status, firm.name, "", "", _QUOTA], firm.folder)
            folder = settings.DATA.institution(firm.folder, is_new=True)
            if not (folder / KEY_FILE).exists():
                Gateway.init(folder, PASSPHRASE, lanes=LANES, limits=QUICK)
            keys = KeyFile.open_file(folder / KEY_FILE, PASSPHRASE)
            _register_key(authority, keys, SYSTEM, firm.number, RIGHTS_OF_SYSTEMS, f"{firm.folder}/key")
            note["institutions"][firm.folder] = firm.number
        _second_officer(authority)
        _signing_page(authority)
    write_file(settings.DATA.demonstration_note, json.dumps(note, indent=2).encode() + b"\n", 0o644)


def _second_officer(authority: Gateway) -> None:
    number = len(PERSONS) + len(RECOVERY_PERSONS) + 1
    name = f"person-{number}"
    if all(each.name != name for each in authority.keys.all()):
        lane = lane_of_person(number)
        authority.keys.add(name, range(lane, lane + 1), number)
    _by_two(authority, "register_person", [AUTHORITY.number, 0], name)
    _register_key(authority, authority.keys, name, AUTHORITY.number, RIGHTS_OF_PERSONS & ~Right.RECOVER, f"{name}/key")


def _signing_page(authority: Gateway) -> None:
    """Where persons sign with passkeys; set anew when the page, or its address, is another than the record says."""
    origin = settings.SIGNING_ORIGIN
    with settings.NETWORK.client() as client:
        found = page_on_record(client)
    if found is None or (found.digest, found.origins) != (page_digest(), (origin.text,)):
        fields: list[canonical.Value] = [origin.host, [origin.text]]
        what = digest(canonical.encode(fields), page_digest()).hex()[:16]
        _by_two(authority, "set_signing_origin", fields, f"page/{found.entry if found else 0}/{what}", [page_digest()])


def _register_key(authority: Gateway, keys: KeyFile, name: str, owner: int, rights: Right, key: str) -> None:
    made = keys.key(name)
    proof = keys.prove_possession(name, authority.network, owner)
    lanes = [made.lane_first, made.lane_last]
    fields: list[canonical.Value] = [
        owner,
        made.person,
        int(Suite.ED25519),
        made.public,
        proof,
        int(rights),
        *lanes,
        AMOUNT_MAX,
    ]
    _by_two(authority, "register_key", fields, key)


def _by_two(
    authority: Gateway, act: str, fields: list[canonical.Value], key: str, digests: Sequence[bytes] = ()
) -> None:
    """Proposed by one person and confirmed by another, once for ever under `key`."""
    schema = _SCHEMA[act]
    proposed = authority.propose(
        schema, fields, person=PERSONS[0], digests=digests, idempotency_key=f"portal/{key}/propose"
    )
    entry = decode(proposed.receipt).entry
    confirmed = authority.confirm(
        entry, act_body(schema, fields, digests=digests), person=PERSONS[1], idempotency_key=f"portal/{key}/confirm"
    )
    ensure(not any(decode(confirmed.receipt).codes), f"the record admits {act} of the demonstration")


# --- people ---------------------------------------------------------------------------------------------------------


def _people() -> dict[str, Person]:
    """Houses and people; those who decide, by role."""
    houses = {AUTHORITY_HOUSE: (Kind.AUTHORITY, AUTHORITY.number), AUDIT_HOUSE: (Kind.AUDITOR, None)}
    houses |= {each.name: (Kind.FIRM, each.number) for each in (*APPLICANTS, EXCHANGE, CHENAB)}
    for name, (kind, number) in houses.items():
        Institution.objects.get_or_create(name=name, defaults={"kind": kind, "number": number})
    found: dict[str, Person] = {}
    for each in SIGN_INS:
        person = _person(each.email, each.house, each.role, each.person, PASSWORD)
        found.setdefault(str(each.role), person)
    return found


def _person(email: str, house: str, role: Role, number: int = 0, password: str | None = None) -> Person:
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = Person.objects.create_user(email, password)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        Membership.objects.create(
            person=person, institution=Institution.objects.get(name=house), roles=[str(role)], number=number or None
        )
    return person


# --- what happened to each firm ---------------------------------------------------------------------------------------


Staff = dict[str, Person]


def _draft(firm: Applicant, *, is_whole: bool = True) -> tuple[Person, UUID]:
    """A draft, whole or without its last sections, by a person of the firm who cannot sign in."""
    person = _person(f"office@{firm.folder}.example", firm.name, Role.ADMINISTRATOR)
    draft = applications.start(person, int(_SERVICES))
    contents = {
        Section.FIRM: {
            "legal_name": firm.name, "registration_number": "", "lei": "", "address": "1 Example Road, Islamabad",
            "website": f"https://{firm.folder}.example", "email": person.email, "capital": 500_000_000,
            "business": "An exchange of virtual assets for residents, with custody of what they hold.",
        },
        Section.OWNERS: [
            _owner("Karakoram Holding", "company", 600_000), _owner("Amina Example", "person", 400_000),
            _owner("Bilal Example", "person", 1_000_000, "Karakoram Holding"),
        ],
        Section.PERSONS: [
            {"position": str(each), "name": f"Person {number}", "nationality": "Pakistan", "identity": f"{number}",
             "is_resident": True}
            for number, each in enumerate(Position, 1)
        ],
    }  # fmt: skip
    for section, typed in contents.items():
        applications.save_section(person, draft.id, section, typed)
    for kind in REQUIRED_DOCUMENTS if is_whole else REQUIRED_DOCUMENTS[:3]:
        documents.add(person, draft.id, DocumentKind(kind), f"{kind}.pdf", [_PDF])
    if is_whole:
        declared = {"declarant": "Person 1", "is_true": True, "will_report": True, "understands": True}
        applications.save_section(person, draft.id, Section.DECLARATION, declared)
    return person, draft.id


def _owner(name: str, kind: str, ppm: int, holds_of: str = "") -> dict[str, object]:
    identity = {"nationality": "Pakistan", "identity": "made up"} if kind == "person" else {}
    return {"name": name, "kind": kind, "holds_of": holds_of, "ppm": ppm, "nationality": "", "identity": "", **identity}


def _file(firm: Applicant) -> tuple[Person, UUID]:
    person, draft = _draft(firm)
    filed = applications.file(person, draft)
    ensure(filed.answer.is_admitted, "the record admits an application of the demonstration")
    wait_for(filed.answer.entry)
    return person, draft


def _decide(
    act: str, firm: int | None, fields: list[int | str], staff: Staff, proposer: str, *, confirmed: bool = True
) -> None:
    """A decision by the proposer's role, confirmed by the head."""
    name = uuid5(NAMESPACE_URL, f"sanad/demonstration/{act}/{firm}/{fields}")
    whole = fields if firm is None else [firm, *fields]
    order = Order(name, act, firm, whole, "Made up for the demonstration.", "Report monthly.")
    proposed = decisions.propose(staff[proposer], order)
    if proposed.decision is None:
        raise Refused("demonstration", f"{act} was rejected: {proposed.answer.outcome.name}", 409)
    if confirmed and proposed.decision.is_waiting:
        wait_for(decisions.confirm(staff["head"], proposed.decision.id).answer.entry)


def _issue(firm: Applicant, staff: Staff, *, confirmed: bool = True) -> None:
    until = int((timezone.now() + timedelta(days=180)).timestamp() * 1_000)
    _decide("certificate_issued", firm.number, [until], staff, "licensing_officer", confirmed=confirmed)


def _license(firm: Applicant, staff: Staff) -> None:
    _file(firm)
    _issue(firm, staff)
    for step in (CertificateState.GOAML_REGISTERED, CertificateState.INCORPORATED, CertificateState.LICENCE_FILED):
        _decide("certificate_progress", firm.number, [int(step)], staff, "licensing_officer")
    fields: list[int | str] = [f"DAA-{firm.number:04d}", int(LicenceKind.FULL), int(_SERVICES), 0]
    _decide("licence_granted", firm.number, fields, staff, "licensing_officer")


def _progress(firm: Applicant, staff: Staff) -> None:
    _file(firm)
    _issue(firm, staff)
    _decide("certificate_progress", firm.number, [int(CertificateState.GOAML_REGISTERED)], staff, "licensing_officer")


def _ask(firm: Applicant, staff: Staff) -> None:
    _, application = _file(firm)
    assessing.write_note(staff["licensing_officer"], application, "The origin of the capital is not shown.")
    assessing.ask(staff["licensing_officer"], application, "Show where the paid-up capital comes from.")


def _wait_for_the_second(firm: Applicant, staff: Staff) -> None:
    _, application = _file(firm)
    assessing.mark_complete(staff["licensing_officer"], application)
    _issue(firm, staff, confirmed=False)


def _wait_for_the_first(firm: Applicant, staff: Staff) -> None:
    del staff
    _file(firm)


def _withdraw(firm: Applicant, staff: Staff) -> None:
    del staff
    person, application = _file(firm)
    applications.withdraw(person, application)


def _half(firm: Applicant, staff: Staff) -> None:
    del staff
    _draft(firm, is_whole=False)


_STORIES: tuple[tuple[Applicant, Callable[[Applicant, Staff], None]], ...] = (
    (KHUNJERAB, _license),
    (RAVI, _progress),
    (INDUS, _ask),
    (MAKRAN, _wait_for_the_second),
    (SWAT, _wait_for_the_first),
    (PISHIN, _withdraw),
    (THAR, _half),
)
