"""Licensing: no-objection certificate, licence, emergency freeze, wind-down; and what each does to posting.

An act is proposed by one person of the authority and confirmed by another. The effect on money goes through two
columns of the institution: its status in the permission table (a suspended or winding-down firm's customers can
withdraw and be repaid, nothing else), and the purposes that its licence covers. The register keeps each licence with
its whole history.

Source: Virtual Assets Act 2026 (Pakistan) s.21 (register), s.22-24 (licence, revocation, customers' assets), s.60
(emergency powers), NOC Regulations 2025.
"""

from sanad.base.canonical import Value
from sanad.rulebook.edition1.acting import Act, Acting, by_authority, class_of, is_institution, unless
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.institutions import check_new_key
from sanad.rulebook.edition1.register import publish, publish_institution
from sanad.rulebook.edition1.state import Certificate, Key, Licence, PublicWarning, Scheduled, State
from sanad.rulebook.edition1.terms import rule_value
from sanad.rulebook.edition1.words import (
    AMOUNT_MAX,
    RIGHTS_OF_SYSTEMS,
    SERVICES_ALL,
    CertificateState,
    Ground,
    InstitutionClass,
    InstitutionStatus,
    LicenceKind,
    LicenceState,
    RegisterType,
    Rule,
    purposes_of,
)
from sanad.rulebook.message import Suite, key_id

DAY_MS = 86_400_000
TEXT_BYTES_MAX = 200
HISTORY_MAX = 256
SCHEDULED_MAX = 4_096
_NOT_LICENSED = (
    InstitutionClass.AUTHORITY,
    InstitutionClass.CENTRAL_BANK,
    InstitutionClass.TREASURY,
    InstitutionClass.OBSERVER,
)
_SCOPED = (InstitutionClass.EXCHANGE,)
"""Whom the services of Schedule I bind. Others are licensed under their own laws: their class says what they may."""
_ENDED = (LicenceState.REVOKED, LicenceState.SURRENDERED, LicenceState.LAPSED)

# What each state may become by an order. Ended licences stay ended: a firm applies anew.
_NEXT: dict[int, tuple[int, ...]] = {
    LicenceState.IN_FORCE: (
        LicenceState.SUSPENDED,
        LicenceState.REVOKED,
        LicenceState.SURRENDERED,
        LicenceState.LAPSED,
        LicenceState.WINDING_DOWN,
    ),
    LicenceState.SUSPENDED: (
        LicenceState.IN_FORCE,
        LicenceState.REVOKED,
        LicenceState.SURRENDERED,
        LicenceState.LAPSED,
        LicenceState.WINDING_DOWN,
    ),
    LicenceState.WINDING_DOWN: (LicenceState.REVOKED, LicenceState.SURRENDERED, LicenceState.LAPSED),
}
STATUS_OF: dict[int, InstitutionStatus] = {
    LicenceState.SUSPENDED: InstitutionStatus.SUSPENDED,
    LicenceState.WINDING_DOWN: InstitutionStatus.WINDING_DOWN,
    LicenceState.REVOKED: InstitutionStatus.REVOKED,
    LicenceState.SURRENDERED: InstitutionStatus.REVOKED,
    LicenceState.LAPSED: InstitutionStatus.REVOKED,
}


# --- no-objection certificate ---------------------------------------------------------------------------------------


def check_certificate_applied(state: State, by: Acting, act: Act) -> Outcome:
    """No fields; the first digest is the application's. By the applicant itself."""
    certificate = state.certificates.get(by.institution)
    open_one = certificate is not None and certificate.state not in (CertificateState.REVOKED, CertificateState.LAPSED)
    return (
        unless(is_institution(state, by.institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(class_of(state, by.institution) not in _NOT_LICENSED, Outcome.NOT_IN_FORCE_HERE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(not open_one, Outcome.CERTIFICATE_STATE)
    )


def write_certificate_applied(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the institution and the state."""
    state.certificates[by.institution] = Certificate(by.institution, int(CertificateState.APPLIED), 0, [])
    return _certificate_becomes(state, by, by.institution, CertificateState.APPLIED, Ground.NONE)


def check_certificate_issued(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, valid until ms. The first digest is that of decision and conditions."""
    institution, valid_until_ms = act.fields
    return (
        by_authority(state, by)
        or _certificate_in(state, institution, CertificateState.APPLIED)
        or unless(valid_until_ms > by.time_ms, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(len(state.scheduled) < SCHEDULED_MAX, Outcome.TOO_MANY_PROPOSALS)
    )


def write_certificate_issued(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and state; lapses by itself unless a licence is filed in time."""
    institution, valid_until_ms = act.fields
    state.certificates[institution].valid_until_ms = valid_until_ms
    _schedule(state, valid_until_ms, "certificate_lapsed", institution, by.entry)
    return _certificate_becomes(state, by, institution, CertificateState.ISSUED, Ground.NONE)


def check_certificate_progress(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, state (goAML registered, incorporated, licence filed: each after the one before)."""
    institution, reached = act.fields
    steps = (CertificateState.GOAML_REGISTERED, CertificateState.INCORPORATED, CertificateState.LICENCE_FILED)
    return (
        by_authority(state, by)
        or unless(reached in steps, Outcome.NUMBER_OUT_OF_RANGE)
        or _certificate_in(state, institution, CertificateState(reached - 1))
    )


def write_certificate_progress(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and state."""
    institution, reached = act.fields
    return _certificate_becomes(state, by, institution, CertificateState(reached), Ground.NONE)


def check_certificate_revoked(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, ground. The first digest is the decision's."""
    institution, ground = act.fields
    certificate = state.certificates.get(institution)
    alive = certificate is not None and certificate.state not in (CertificateState.REVOKED, CertificateState.LAPSED)
    return (
        by_authority(state, by)
        or unless(alive, Outcome.CERTIFICATE_STATE)
        or unless(ground in Ground.__members__.values() and ground != Ground.NONE, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
    )


def write_certificate_revoked(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and state."""
    institution, ground = act.fields
    return _certificate_becomes(state, by, institution, CertificateState.REVOKED, Ground(ground))


def _certificate_in(state: State, institution: int, wanted: CertificateState) -> Outcome:
    certificate = state.certificates.get(institution)
    return unless(certificate is not None and certificate.state == wanted, Outcome.CERTIFICATE_STATE)


def _certificate_becomes(
    state: State, by: Acting, institution: int, reached: CertificateState, ground: Ground
) -> list[Value]:
    certificate = state.certificates[institution]
    certificate.state = int(reached)
    certificate.history = [*certificate.history, [by.entry, by.time_ms, int(reached), int(ground)]][-HISTORY_MAX:]
    publish(
        state, RegisterType.CERTIFICATE, institution,
        [certificate.state, certificate.valid_until_ms, certificate.history],
    )  # fmt: skip
    return [institution, int(reached)]


# --- licence --------------------------------------------------------------------------------------------------------


def check_licence_granted(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, licence number, kind, services, valid until ms (0 = open). First digest: the decision's.

    An exchange needs a certificate whose licence is filed; other classes are licensed under their own laws.
    """
    institution, number, kind, services, valid_until_ms = act.fields
    licence = state.licences.get(institution)
    fits = (
        0 < len(number.encode()) <= TEXT_BYTES_MAX
        and number.isprintable()
        and kind in LicenceKind.__members__.values()
        and 0 < services <= SERVICES_ALL
        and (valid_until_ms == 0 or valid_until_ms > by.time_ms)
    )
    return (
        by_authority(state, by)
        or unless(is_institution(state, institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(class_of(state, institution) not in _NOT_LICENSED, Outcome.NOT_IN_FORCE_HERE)
        or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(licence is None or licence.state in _ENDED, Outcome.LICENCE_STATE)
        or unless(not _number_taken(state, institution, number), Outcome.LICENCE_NUMBER_TAKEN)
        or _certificate_filed(state, institution)
    )


def _number_taken(state: State, institution: int, number: str) -> bool:
    return any(row.number == number for row in state.licences.values() if row.institution != institution)


def _certificate_filed(state: State, institution: int) -> Outcome:
    if class_of(state, institution) != InstitutionClass.EXCHANGE:
        return Outcome.ADMITTED
    return _certificate_in(state, institution, CertificateState.LICENCE_FILED)


def write_licence_granted(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and state."""
    institution, number, kind, services, valid_until_ms = act.fields
    before = state.licences.get(institution)
    history = before.history if before else []
    state.licences[institution] = Licence(institution, number, kind, services, 0, valid_until_ms, history)
    if valid_until_ms:
        _schedule(state, valid_until_ms, "licence_lapsed", institution, by.entry)
    return _licence_becomes(state, by, institution, LicenceState.IN_FORCE, Ground.NONE)


def check_licence_varied(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, kind, services. The first digest is the decision's."""
    institution, kind, services = act.fields
    licence = state.licences.get(institution)
    return (
        by_authority(state, by)
        or unless(licence is not None and licence.state not in _ENDED, Outcome.LICENCE_STATE)
        or unless(
            kind in LicenceKind.__members__.values() and 0 < services <= SERVICES_ALL, Outcome.NUMBER_OUT_OF_RANGE
        )
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
    )


def write_licence_varied(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and state, which stays."""
    institution, kind, services = act.fields
    licence = state.licences[institution]
    licence.kind, licence.services = kind, services
    return _licence_becomes(state, by, institution, LicenceState(licence.state), Ground.NONE)


def check_licence_status(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, state, ground, effective ms (0 = now). The first digest is the order's."""
    institution, reached, ground, effective_ms = act.fields
    licence = state.licences.get(institution)
    return (
        by_authority(state, by)
        or unless(licence is not None, Outcome.LICENCE_STATE)
        or unless(ground in Ground.__members__.values(), Outcome.NUMBER_OUT_OF_RANGE)
        or unless(effective_ms == 0 or effective_ms > by.time_ms, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(licence is not None and reached in _NEXT.get(licence.state, ()), Outcome.LICENCE_STATE)
        or unless(reached == LicenceState.IN_FORCE or ground != Ground.NONE, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(state.scheduled) < SCHEDULED_MAX, Outcome.TOO_MANY_PROPOSALS)
    )


def write_licence_status(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and state, or when it will take effect."""
    institution, reached, ground, effective_ms = act.fields
    if effective_ms:
        _schedule(state, effective_ms, "licence_status", institution, by.entry, reached, ground)
        return [institution, reached, effective_ms]
    return _licence_becomes(state, by, institution, LicenceState(reached), Ground(ground))


def _licence_becomes(
    state: State, by: Acting, institution: int, reached: LicenceState, ground: Ground, order: int = 0
) -> list[Value]:
    """State, history, register and, through the institution's status, what its accounts may do. `order` = its entry."""
    licence = state.licences[institution]
    licence.state = int(reached)
    entry = order or by.entry
    row: list[Value] = [entry, by.time_ms, int(reached), int(ground), licence.kind, licence.services]
    licence.history = [*licence.history, row][-HISTORY_MAX:]
    publish_licence(state, licence)
    set_status(state, institution, entry, by.time_ms)
    return [institution, int(reached)]


def publish_licence(state: State, licence: Licence) -> None:
    """The licence with its whole history, and a running emergency freeze."""
    publish(
        state, RegisterType.LICENCE, licence.institution,
        [
            licence.number, licence.kind, licence.services, licence.state, licence.valid_until_ms,
            licence.frozen_until_ms, licence.frozen_entry, licence.history,
        ],
    )  # fmt: skip


def set_status(state: State, institution: int, entry: int, time_ms: int) -> None:
    """What the licence means for posting. `entry` is the order that a rejection will name."""
    licence = state.licences[institution]
    status = STATUS_OF.get(licence.state)
    if status is None:
        provisional = licence.kind == LicenceKind.PROVISIONAL
        status = InstitutionStatus.PROVISIONAL if provisional else InstitutionStatus.ACTIVE
        if licence.frozen_until_ms:
            status, entry = InstitutionStatus.SUSPENDED, licence.frozen_entry
    row = state.institution_table[institution]
    if int(state.institutions[institution]["status"]) != status:
        state.institutions["status"][institution] = int(status)
        row.status_entry, row.status_ms = entry, time_ms
    if class_of(state, institution) in _SCOPED:
        state.institutions["purposes"][institution] = purposes_of(licence.services)
    publish_institution(state, institution)


# --- emergency freeze -----------------------------------------------------------------------------------------------


def check_emergency_freeze(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, until ms, ground. At most 30 days (rule pack), no hearing first, ends by itself (s.60)."""
    institution, until_ms, ground = act.fields
    licence = state.licences.get(institution)
    longest_ms = rule_value(state, Rule.EMERGENCY_DAYS_MAX, by.time_ms) * DAY_MS
    return (
        by_authority(state, by)
        or unless(licence is not None and licence.state == LicenceState.IN_FORCE, Outcome.LICENCE_STATE)
        or unless(licence is not None and licence.frozen_until_ms == 0, Outcome.LICENCE_STATE)
        or unless(by.time_ms < until_ms <= by.time_ms + longest_ms, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(ground in Ground.__members__.values() and ground != Ground.NONE, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(len(state.scheduled) < SCHEDULED_MAX, Outcome.TOO_MANY_PROPOSALS)
    )


def write_emergency_freeze(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and until when."""
    institution, until_ms, _ = act.fields
    licence = state.licences[institution]
    licence.frozen_until_ms, licence.frozen_entry = until_ms, by.entry
    _schedule(state, until_ms, "emergency_ended", institution, by.entry)
    publish_licence(state, licence)
    set_status(state, institution, by.entry, by.time_ms)
    return [institution, until_ms]


def check_emergency_lifted(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution."""
    (institution,) = act.fields
    licence = state.licences.get(institution)
    return by_authority(state, by) or unless(licence is not None and licence.frozen_until_ms > 0, Outcome.LICENCE_STATE)


def write_emergency_lifted(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution."""
    (institution,) = act.fields
    return _thaw(state, institution, by.entry, by.time_ms)


def _thaw(state: State, institution: int, entry: int, time_ms: int) -> list[Value]:
    licence = state.licences[institution]
    frozen_entry, licence.frozen_until_ms, licence.frozen_entry = licence.frozen_entry, 0, 0
    state.scheduled.pop(frozen_entry, None)
    publish_licence(state, licence)
    set_status(state, institution, entry, time_ms)
    return [institution]


# --- wind-down, appeal, warnings ------------------------------------------------------------------------------------


def check_appoint_administrator(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, suite, public key, possession, first and last lane. The firm's own keys go.

    For a firm that winds down: from then on only the administrator's key pays its customers out.
    """
    institution, suite, public, possession, lane_first, lane_last = act.fields
    licence = state.licences.get(institution)
    return (
        by_authority(state, by)
        or unless(licence is not None and licence.state == LicenceState.WINDING_DOWN, Outcome.LICENCE_STATE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(lane_first <= lane_last < 2**16, Outcome.NUMBER_OUT_OF_RANGE)
        or check_new_key(state, institution, 0, suite, public, possession)
    )


def write_appoint_administrator(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and key id."""
    institution, suite, public, _, lane_first, lane_last = act.fields
    for key in state.key_table.values():
        if key.institution == institution and key.revoked == 0:
            key.revoked = by.entry
    identifier = key_id(Suite(suite), public)
    state.key_table[identifier] = Key(
        identifier, suite, public, institution, 0, int(RIGHTS_OF_SYSTEMS), lane_first, lane_last, AMOUNT_MAX, by.entry
    )
    return [institution, identifier]


def check_appeal_noted(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution. Refers to the entry appealed against; the first digest is the appeal's."""
    (institution,) = act.fields
    return (
        by_authority(state, by)
        or unless(institution in state.licences or institution in state.certificates, Outcome.LICENCE_STATE)
        or unless(len(act.refers) == 1 and len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
    )


def write_appeal_noted(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution and the entry appealed against."""
    return [act.fields[0], act.refers[0]]


def check_warning_published(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: name, website, ground. A provider without a licence."""
    name, website, ground = act.fields
    fits = (
        0 < len(name.encode()) <= TEXT_BYTES_MAX
        and len(website.encode()) <= TEXT_BYTES_MAX
        and name.isprintable()
        and (website == "" or website.isprintable())
        and ground in Ground.__members__.values()
    )
    return by_authority(state, by) or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)


def write_warning_published(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the warning's number."""
    name, website, ground = act.fields
    number = len(state.warnings) + 1
    state.warnings[number] = PublicWarning(number, name, website, ground, by.entry, by.time_ms, 0)
    _publish_warning(state, number)
    return [number]


def check_warning_removed(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: warning. It stays in the register, as ended."""
    (number,) = act.fields
    warning = state.warnings.get(number)
    return by_authority(state, by) or unless(warning is not None and warning.ended_ms == 0, Outcome.NUMBER_OUT_OF_RANGE)


def write_warning_removed(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the warning's number."""
    (number,) = act.fields
    state.warnings[number].ended_ms = by.time_ms
    _publish_warning(state, number)
    return [number]


def _publish_warning(state: State, number: int) -> None:
    row = state.warnings[number]
    publish(
        state, RegisterType.WARNING, number, [row.name, row.website, row.ground, row.entry, row.time_ms, row.ended_ms]
    )


# --- what time brings -----------------------------------------------------------------------------------------------


def _schedule(
    state: State, due_ms: int, what: str, institution: int, entry: int, reached: int = 0, ground: int = 0
) -> None:
    state.scheduled[entry] = Scheduled(entry, due_ms, what, institution, reached, ground)


def check_time_came(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: entry that scheduled it. Only in a system entry."""
    return unless(act.fields[0] in state.scheduled, Outcome.ENTRY_UNKNOWN)


def write_time_came(state: State, by: Acting, act: Act) -> list[Value]:
    """Carries out what an earlier entry scheduled, if it still applies. Answers that entry and what it did."""
    (entry,) = act.fields
    row = state.scheduled.pop(entry)
    licence = state.licences.get(row.institution)
    certificate = state.certificates.get(row.institution)
    if row.what == "emergency_ended" and licence is not None and licence.frozen_entry == entry:
        return [entry, *_thaw(state, row.institution, by.entry, by.time_ms)]
    if row.what == "licence_lapsed" and licence is not None and licence.state not in _ENDED:
        return [entry, *_licence_becomes(state, by, row.institution, LicenceState.LAPSED, Ground.NONE, entry)]
    if row.what == "licence_status" and licence is not None and row.reached in _NEXT.get(licence.state, ()):
        reached, ground = LicenceState(row.reached), Ground(row.ground)
        return [entry, *_licence_becomes(state, by, row.institution, reached, ground, entry)]
    if row.what == "certificate_lapsed" and certificate is not None and _is_waiting(certificate):
        return [entry, *_certificate_becomes(state, by, row.institution, CertificateState.LAPSED, Ground.NONE)]
    return [entry]


def _is_waiting(certificate: Certificate) -> bool:
    return certificate.state in (
        CertificateState.ISSUED,
        CertificateState.GOAML_REGISTERED,
        CertificateState.INCORPORATED,
    )
