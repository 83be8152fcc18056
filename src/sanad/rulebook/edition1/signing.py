"""Where persons sign: the signing page's relying party, origins and digest, changed by two persons' message.

A signing credential is made for one relying party and signs there alone; sign-in has another. So a new relying party
ends every key of suite 2, and one that would leave nobody to decide is not admitted.
"""

from itertools import chain
from string import ascii_lowercase, digits

from sanad.base.canonical import Value
from sanad.rulebook.edition1.acting import Act, Acting, by_authority, class_of, unless
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.institutions import deciding_persons, recovering_persons
from sanad.rulebook.edition1.register import publish
from sanad.rulebook.edition1.state import State
from sanad.rulebook.edition1.words import InstitutionClass, RegisterType
from sanad.rulebook.message import Suite
from sanad.rulebook.signature_webauthn import SigningOrigins

ORIGINS_MAX = 8
ORIGIN_SIZE_MAX = 255
HOST_SIZE_MAX = 253
SIGNING_PAGE_NUMBER = 1
"""The one record of its type in the public register."""
_HOST = frozenset(ascii_lowercase + digits + "-.")


def check_set_signing_origin(state: State, by: Acting, act: Act) -> Outcome:
    """Fields: relying party id (a host), origins (1 to 8, each at that host or below it). First digest: the page's.

    An origin is `https://host` or `https://host:port`, as browsers write it; `http` only at localhost. Signatures of
    suite 2 are refused until this is set. Another relying party revokes every key of suite 2.
    """
    rp_id, origins = act.fields
    fits = (
        _is_host(rp_id)
        and 0 < len(origins) <= ORIGINS_MAX
        and all(isinstance(origin, str) and _is_origin_of(rp_id, origin) for origin in origins)
        and all(origin not in origins[:at] for at, origin in enumerate(origins))
    )
    return (
        by_authority(state, by)
        or unless(fits, Outcome.NUMBER_OUT_OF_RANGE)
        or unless(len(act.digests) > 0, Outcome.ACT_FIELDS_WRONG)
        or unless(rp_id == state.signing.rp_id or _enough_left(state), Outcome.LAST_KEY_OF_AUTHORITY)
    )


def _is_host(text: str) -> bool:
    return 0 < len(text) <= HOST_SIZE_MAX and all(letter in _HOST for letter in text) and text[0] not in ".-"


def _is_origin_of(rp_id: str, origin: str) -> bool:
    """Neither quotation mark nor backslash fits in, so that client data shows an origin as it is written here."""
    scheme, _, rest = origin.partition("://")
    host, colon, port = rest.partition(":")
    is_port = colon == "" or (0 < len(port) <= 5 and all(digit in digits for digit in port) and port[0] != "0")
    return (
        len(origin) <= ORIGIN_SIZE_MAX
        and _is_host(host)
        and is_port
        and (host == rp_id or host.endswith("." + rp_id))
        and (scheme == "https" or (scheme == "http" and _is_own_machine(rp_id)))
    )


def _is_own_machine(rp_id: str) -> bool:
    """`localhost`, or a name below it (RFC 6761): the page has its own there, beside the portal's sign-in."""
    return rp_id == "localhost" or rp_id.endswith(".localhost")


def _passkeys(state: State) -> frozenset[bytes]:
    """Keys of suite 2 in force."""
    return frozenset(
        key.identifier for key in state.key_table.values() if key.suite == Suite.WEBAUTHN_ES256 and key.revoked == 0
    )


def _enough_left(state: State) -> bool:
    """Without keys of suite 2, each authority and the recovery set have two persons who can act, or all they had."""
    passkeys = _passkeys(state)
    groups = [
        (deciding_persons(state, number), deciding_persons(state, number, passkeys))
        for number in state.institution_table
        if class_of(state, number) == InstitutionClass.AUTHORITY
    ]
    recovery = [(recovering_persons(state), recovering_persons(state, passkeys))]
    return all(len(left) >= 2 or left == before for before, left in chain(groups, recovery))


def write_set_signing_origin(state: State, by: Acting, act: Act) -> list[Value]:
    """Answers relying party, origins and how many keys ended. The page and its digest are in the public register."""
    rp_id, origins = act.fields
    ended = _passkeys(state) if rp_id != state.signing.rp_id else frozenset()
    for identifier in sorted(ended):
        state.key_table[identifier].revoked = by.entry
    state.signing = SigningOrigins(rp_id, tuple(origins), act.digests[0])
    publish(
        state, RegisterType.SIGNING_PAGE, SIGNING_PAGE_NUMBER, [rp_id, origins, act.digests[0], by.entry, by.time_ms]
    )
    return [rp_id, origins, len(ended)]
