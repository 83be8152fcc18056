"""A list version onto the record: the authority states its digest under the next number. Knows no tables."""

import base64
import secrets

from sanad.base.digests import digest
from sanad.base.errors import Refused
from sanad.compliance.screening.desk.lists import ListFolder, Version
from sanad.gateway.gateway import Gateway
from sanad.node.client import NodeClient
from sanad.rulebook.edition1.acts import SCHEMAS
from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.rulebook.edition1.words import RegisterType, StatementType

_STATEMENT = next(number for number, schema in SCHEMAS.items() if schema.name == "statement")
_PAGE = 50
_ATTEMPTS = 5


def put_on_record(gateway: Gateway, folder: ListFolder, version: Version, *, again: bool = False) -> Version:
    """State a version's digest by the authority's gateway; the version as it is then noted. Once, however often called.

    With `again` a version that is there already is stated anew, under the next number: where a rule bounds the age of
    what payments name, a list that did not change grows old too. Should we be killed before the answer is noted, the
    earlier statement stays the one that is known here.

    Raises `Refused` when the record rejects it, `Unavailable` when the node is silent: the same call again is safe.
    """
    if version.record_number and not again:
        return version
    # The random bytes are kept before anything is sent: a statement whose opening was lost proves nothing.
    if not version.record_random:
        version = folder.put_on_record(version, 0, 0, secrets.token_bytes(32))
    random = secrets.token_bytes(32) if version.record_number else bytes.fromhex(version.record_random)
    told = digest(random, version.statement_text)
    for _ in range(_ATTEMPTS):
        known = _stated(gateway)
        for number, (stated, entry) in known.items():
            if stated == told:  # an earlier call was killed before it could note the answer
                return folder.put_on_record(version, number, entry, random)
        number = max(known, default=0) + 1
        answer = gateway.send_act(
            _STATEMENT, [int(StatementType.LIST_VERSION), 0, number], digests=[told],
            idempotency_key=f"list/{version.source}/{version.number}/{told.hex()[:16]}/{number}",
        )  # fmt: skip
        receipt = answer.decoded()
        outcome = Outcome(next((code for code in receipt.codes if code), 0))
        if outcome is Outcome.ADMITTED:
            return folder.put_on_record(version, number, receipt.entry, random)
        if outcome is not Outcome.LIST_VERSION_NOT_NEXT:
            raise Refused("list version", f"the record rejected it: {SENTENCES[outcome].english}", 409)
    raise Refused("list version", "others state list versions at the same moment; try again", 409)


def _stated(gateway: Gateway) -> dict[int, tuple[bytes, int]]:
    """What the register holds: number to digest and entry."""
    if not isinstance(gateway.node, NodeClient):
        raise Refused("node", "the node's register cannot be read through this gateway", 409)
    found: dict[int, tuple[bytes, int]] = {}
    after = 0
    while rows := gateway.node.register_records(RegisterType.LIST_VERSION, after, _PAGE):
        for row in rows:
            found[int(row[1])] = (base64.b64decode(row[2]), int(row[3]))  # JSON has no bytes
        after = int(rows[-1][1])
    return found
