r"""Credentials of reads that are not public: a signature by a registered key over the request itself.

    Authorization: Sanad <key id, 32 hex digits>.<unix ms>.<signature, base64url without padding>

The signature (Ed25519, RFC 8032) is over "sanad/read/v1\n" ‖ network 16 ‖ method ‖ "\n" ‖ path[?query] ‖ "\n" ‖ unix ms
in decimal, with path and query as they travel. Nothing is kept between requests: no session, no token to steal. Whoever
sees a credential can ask the same question again for a minute, so nodes are reached over TLS or on the same machine.

Who reads what: an institution its own; an institution of class AUTHORITY everything. See `http_reads`.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from sanad.base.errors import Refused
from sanad.node.service import NodeService
from sanad.rulebook.edition1.words import InstitutionClass, Right
from sanad.rulebook.message import Suite, key_id

SCHEME = "Sanad"
CLOCK_DIFFERENCE_MS_MAX = 60_000
"""How far a credential's time may be from the node's clock, either way."""

_PREFIX = b"sanad/read/v1\n"
_CREDENTIAL = re.compile(r"Sanad ([0-9a-f]{32})\.([1-9][0-9]{0,15})\.([A-Za-z0-9_-]{86})", re.ASCII)
_HOW = "sign the request with a key of your institution, as `sanad.node.credentials` says"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: an institution, by a key of its own that may read."""

    institution: int
    is_authority: bool

    def may_read(self, institution: int) -> bool:
        """Whether what belongs to `institution` may be shown."""
        return self.is_authority or self.institution == institution

    def is_among(self, institutions: frozenset[int]) -> bool:
        """Whether one of `institutions` asks, or an authority."""
        return self.is_authority or self.institution in institutions


def signed_bytes(network: bytes, method: str, target: bytes, time_ms: int) -> bytes:
    """What a credential signs; `target` is path[?query] as it travels."""
    return b"%b%b%b\n%b\n%d" % (_PREFIX, network, method.encode(), target, time_ms)


def make(key: SigningKey, network: bytes, method: str, target: bytes, time_ms: int) -> str:
    """The value of the header `Authorization`."""
    identifier = key_id(Suite.ED25519, bytes(key.verify_key)).hex()
    signature = key.sign(signed_bytes(network, method, target, time_ms)).signature
    return f"{SCHEME} {identifier}.{time_ms}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def check(service: NodeService, header: str | None, method: str, target: bytes, clock_ms: Callable[[], int]) -> Reader:
    """Who made the request. Raises `Refused`: 401 when that is not shown, 403 when the key may not read."""
    if header is None:
        raise _unknown("credential_missing", f"this is not public: {_HOW}")
    match = _CREDENTIAL.fullmatch(header)
    if match is None:
        raise _unknown("credential_form", f"the header Authorization has another form; {_HOW}")
    identifier, time_ms, encoded = bytes.fromhex(match[1]), int(match[2]), match[3]
    if abs(clock_ms() - time_ms) > CLOCK_DIFFERENCE_MS_MAX:
        raise _unknown("credential_time", "it was signed more than 60 s ago or ahead; set your clock and sign anew")
    key = service.key(identifier)
    message = signed_bytes(service.network, method, target, time_ms)
    if key is None or not _is_signature(key.public, message, _signature(encoded)):
        # One answer for both, so that nobody can ask which keys are registered.
        raise _unknown("credential_signature", "no registered key of this network made it for this request; sign anew")
    if key.revoked:
        raise _unknown("credential_revoked", "the key is revoked; use another key of your institution")
    if not key.rights & Right.READ:
        raise Refused("READ", "the key has no right to read; use a key whose scope holds READ")
    return Reader(key.institution, service.institution_class(key.institution) == InstitutionClass.AUTHORITY)


def _signature(encoded: str) -> bytes:
    """64 bytes; spare bits are checked, so that a signature has one spelling."""
    data = urlsafe_b64decode(encoded + "==")
    return data if urlsafe_b64encode(data).rstrip(b"=").decode() == encoded else b""


def _is_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError):  # ValueError: not 64 bytes, or no point of the curve
        return False
    return True


def _unknown(right: str, advice: str) -> Refused:
    return Refused(right, advice, 401)
