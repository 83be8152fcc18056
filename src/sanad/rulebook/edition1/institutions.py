"""Institutions, persons and keys: who they are, how they come, go and recover.

Every act has a check, which reads, and a write, which cannot fail and answers what it wrote.
"""

from sanad.base.canonical import Value
from sanad.rulebook.edition1.acting import Act, Acting, by_authority, class_of, is_institution, unless
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.register import publish_institution
from sanad.rulebook.edition1.state import INSTITUTIONS_MAX, Institution, Key, Person, State, count, grown
from sanad.rulebook.edition1.words import (
    ALL_PURPOSES,
    AMOUNT_MAX,
    RIGHTS_OF_PERSONS,
    RIGHTS_OF_RECOVERY_SET,
    RIGHTS_OF_SYSTEMS,
    InstitutionClass,
    InstitutionStatus,
    Right,
)
from sanad.rulebook.message import Suite, key_id
from sanad.rulebook.signatures import PUBLIC_SIZES, is_at_signing_page, is_signature, possession_bytes

NAME_BYTES_MAX = 200
QUOTA_MAX = 2**50
QUOTA_LEAST = 2**24
PERSONS_MAX = 1 << 20
# Control characters and those that turn the direction of what is read: a name shows all that it is.
_UNSEEN = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0x200B, 0x2010), *range(0x2028, 0x202F),
                              *range(0x2060, 0x2070), 0x61C, 0xFEFF)))  # fmt: skip

# --- institutions ---------------------------------------------------------------------------------------------------


def check_register_institution(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: class, status, name, bic, lei, quota bytes a day."""
    number_class, status, name, bic, lei, quota = act.fields
    fits = (
        number_class in InstitutionClass.__members__.values()
        and status in InstitutionStatus.__members__.values()
        and 0 < len(name.encode()) <= NAME_BYTES_MAX
        and not any(letter in _UNSEEN for letter in name)
        and (bic == "" or (len(bic) in (8, 11) and bic.isascii() and bic.isalnum()))
        and (lei == "" or (len(lei) == 20 and lei.isascii() and lei.isalnum()))
        and _is_quota(number_class, quota)
        and count(state, "institutions") + 1 < INSTITUTIONS_MAX
    )
    return by_authority(state, by) or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)


def write_register_institution(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the new institution's number."""
    number_class, status, name, bic, lei, quota = act.fields
    number = count(state, "institutions") + 1
    state.institutions = grown(state.institutions, number + 1)
    row = state.institutions[number]
    row["class"], row["status"], row["purposes"] = number_class, status, ALL_PURPOSES
    state.institution_table[number] = Institution(
        number, name, bic, lei, quota, status_entry=by.entry, status_ms=by.time_ms
    )
    state.counters["institutions"] = number
    publish_institution(state, number)
    return [number]


def check_set_status(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, status."""
    institution, status = act.fields
    return (
        by_authority(state, by)
        or unless(is_institution(state, institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(status in InstitutionStatus.__members__.values(), Outcome.NUMBER_OUT_OF_RANGE)
        # A licensed firm's status follows from its licence alone.
        or unless(institution not in state.licences, Outcome.LICENCE_STATE)
    )


def write_set_status(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution, status."""
    institution, status = act.fields
    state.institutions["status"][institution] = status
    row = state.institution_table[institution]
    row.status_entry, row.status_ms = by.entry, by.time_ms
    publish_institution(state, institution)
    return [institution, status]


def check_set_quota(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, bytes a day."""
    institution, quota = act.fields
    return (
        by_authority(state, by)
        or unless(is_institution(state, institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(_is_quota(class_of(state, institution), quota), Outcome.NUMBER_OUT_OF_RANGE)
    )


def _is_quota(number_class: int, quota: int) -> bool:
    """An authority always keeps enough bytes a day to act: it could not give itself more with none."""
    return (QUOTA_LEAST if number_class == InstitutionClass.AUTHORITY else 0) <= quota <= QUOTA_MAX


def write_set_quota(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers institution, quota."""
    institution, quota = act.fields
    state.institution_table[institution].quota = quota
    return [institution, quota]


# --- persons --------------------------------------------------------------------------------------------------------


def _for_institution(state: State, by: Acting, institution: int) -> Outcome:
    """An authority may for any institution, an institution's persons for their own."""
    own = by.institution == institution
    return (Outcome.ADMITTED if own else by_authority(state, by)) or unless(
        is_institution(state, institution), Outcome.INSTITUTION_UNKNOWN
    )


def check_register_person(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, recovery (1 = member of the recovery set; only at genesis and by the authority)."""
    institution, recovery = act.fields
    return (
        (by_authority(state, by) if recovery else Outcome.ADMITTED)
        or _for_institution(state, by, institution)
        or unless(recovery in (0, 1) and len(state.person_table) < PERSONS_MAX, Outcome.NUMBER_OUT_OF_RANGE)
    )


def write_register_person(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the new person's number."""
    institution, recovery = act.fields
    number = len(state.person_table) + 1
    state.person_table[number] = Person(number, institution, True, bool(recovery))
    return [number]


def check_deactivate_person(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: person."""
    (number,) = act.fields
    person = state.person_table.get(number)
    if person is None or not person.active:
        return Outcome.PERSON_UNKNOWN
    keys = frozenset(key.identifier for key in state.key_table.values() if key.person == number)
    return _for_institution(state, by, person.institution) or _enough_left(state, person, keys)


def write_deactivate_person(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the person; all the person's keys are revoked from this entry on."""
    (number,) = act.fields
    state.person_table[number].active = False
    for key in state.key_table.values():
        if key.person == number and key.revoked == 0:
            key.revoked = by.entry
    return [number]


def deciding_persons(state: State, institution: int, without: frozenset[bytes] = frozenset()) -> frozenset[int]:
    """Persons of an institution with a key in force that may confirm, leaving the keys `without` aside."""
    return frozenset(
        key.person for key in _in_force(state, Right.CONFIRM, without) if key.institution == institution and key.person
    )


def recovering_persons(state: State, without: frozenset[bytes] = frozenset()) -> frozenset[int]:
    """Members of the recovery set with a key in force, leaving the keys `without` aside."""
    return frozenset(key.person for key in _in_force(state, Right.RECOVER, without))


def _in_force(state: State, right: Right, without: frozenset[bytes]) -> list[Key]:
    return [
        key
        for key in state.key_table.values()
        if key.revoked == 0 and key.rights & right and key.identifier not in without
    ]


def _enough_left(state: State, person: Person, keys: frozenset[bytes]) -> Outcome:
    """Without these keys of a person, authority and recovery set still have two persons each who can act."""
    if person.recovery:
        left, before = recovering_persons(state, keys), recovering_persons(state)
    elif class_of(state, person.institution) == InstitutionClass.AUTHORITY:
        left, before = deciding_persons(state, person.institution, keys), deciding_persons(state, person.institution)
    else:
        return Outcome.ADMITTED
    return unless(len(left) >= 2 or left == before, Outcome.LAST_KEY_OF_AUTHORITY)


# --- keys -----------------------------------------------------------------------------------------------------------


def check_register_key(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: institution, person (0 = a system's), suite, public key, possession, rights, lanes, ceiling."""
    institution, person, suite, public, possession, rights, lane_first, lane_last, ceiling = act.fields
    return (
        _for_institution(state, by, institution)
        or unless(person == 0 or _is_person_of(state, person, institution), Outcome.PERSON_UNKNOWN)
        or unless(
            _is_suite(suite, of_person=person > 0) and lane_first <= lane_last < 2**16 and ceiling <= AMOUNT_MAX,
            Outcome.NUMBER_OUT_OF_RANGE,
        )
        or check_new_key(state, institution, person, suite, public, possession, of_person=person > 0)
        or unless(rights & ~_rights_allowed(state, person) == 0 and rights != 0, Outcome.SCOPE_NOT_ALLOWED)
    )


def _rights_allowed(state: State, person: int) -> int:
    """Systems, persons and the recovery set have rights of their own: who recovers decides nothing else."""
    if person == 0:
        return int(RIGHTS_OF_SYSTEMS)
    return int(RIGHTS_OF_RECOVERY_SET if state.person_table[person].recovery else RIGHTS_OF_PERSONS & ~Right.RECOVER)


def _is_person_of(state: State, number: int, institution: int) -> bool:
    person = state.person_table.get(number)
    return person is not None and person.active and person.institution == institution


def _is_suite(suite: int, *, of_person: bool) -> bool:
    """Systems sign with suite 1, persons with either."""
    return suite == Suite.ED25519 or (of_person and suite == Suite.WEBAUTHN_ES256)


def check_new_key(
    state: State,
    institution: int,
    person: int,
    suite: int,
    public: bytes,
    possession: bytes,
    *,
    of_person: bool = False,
) -> Outcome:
    """A key is registered once, for ever, by who can sign with it. `person` is what the possession names."""
    if not _is_suite(suite, of_person=of_person) or len(public) != PUBLIC_SIZES[suite]:
        return Outcome.NUMBER_OUT_OF_RANGE
    if key_id(Suite(suite), public) in state.key_table:
        return Outcome.KEY_ALREADY_REGISTERED
    signed = possession_bytes(state.network, institution, person, suite, public)
    proved = is_at_signing_page(suite, possession, state.signing) and is_signature(suite, public, signed, possession)
    return unless(proved, Outcome.POSSESSION_NOT_PROVED)


def write_register_key(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the key id."""
    institution, person, suite, public, _, rights, lane_first, lane_last, ceiling = act.fields
    identifier = key_id(Suite(suite), public)
    state.key_table[identifier] = Key(
        identifier, suite, public, institution, person, rights, lane_first, lane_last, ceiling, by.entry
    )
    return [identifier]


def check_revoke_key(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: key id. One person suffices: stopping a stolen key must be fast."""
    (identifier,) = act.fields
    key = state.key_table.get(identifier)
    if key is None:
        return Outcome.KEY_UNKNOWN
    person = state.person_table.get(key.person)
    return (
        _for_institution(state, by, key.institution)
        or unless(key.revoked == 0, Outcome.KEY_ALREADY_REVOKED)
        or (Outcome.ADMITTED if person is None else _enough_left(state, person, frozenset({identifier})))
    )


def write_revoke_key(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the key id; acts from this entry on."""
    (identifier,) = act.fields
    state.key_table[identifier].revoked = by.entry
    return [identifier]


def check_rotate_key(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: suite, public key, possession. Signed by the key that goes; the new one has the same scope."""
    suite, public, possession = act.fields
    return unless(by.key in state.key_table, Outcome.KEY_UNKNOWN) or check_new_key(
        state, by.institution, by.person, suite, public, possession, of_person=by.person > 0
    )


def write_rotate_key(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers old and new key id."""
    suite, public, _ = act.fields
    old = state.key_table[by.key]
    old.revoked = by.entry
    identifier = key_id(Suite(suite), public)
    state.key_table[identifier] = Key(
        identifier, suite, public, old.institution, old.person, old.rights, old.lane_first, old.lane_last,
        old.ceiling, by.entry,
    )  # fmt: skip
    return [old.identifier, identifier]


# --- recovery -------------------------------------------------------------------------------------------------------


def check_recover(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: authority, suite, public key, possession (person 0), first and last lane.

    Proposed and confirmed by members of the recovery set; takes effect after the delay, unless a person of the
    authority withdraws it. It gives the authority one new person with full rights.
    """
    institution, suite, public, possession, lane_first, lane_last = act.fields
    return (
        unless(is_institution(state, institution), Outcome.INSTITUTION_UNKNOWN)
        or unless(lane_first <= lane_last < 2**16, Outcome.NUMBER_OUT_OF_RANGE)
        or check_new_key(state, institution, 0, suite, public, possession, of_person=True)
        or unless(
            (by.founding or by.recovering) and class_of(state, institution) == InstitutionClass.AUTHORITY,
            Outcome.PERSON_NOT_ENTITLED,
        )
    )


def write_recover(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers the new person and key id."""
    institution, suite, public, _, lane_first, lane_last = act.fields
    number = len(state.person_table) + 1
    state.person_table[number] = Person(number, institution)
    identifier = key_id(Suite(suite), public)
    state.key_table[identifier] = Key(
        identifier, suite, public, institution, number, int(RIGHTS_OF_PERSONS & ~Right.RECOVER), lane_first, lane_last,
        AMOUNT_MAX, by.entry,
    )  # fmt: skip
    return [number, identifier]
