"""The signing page as the record has it, held against the page that is served."""

from base64 import b64decode
from dataclasses import dataclass

from sanad.base.errors import SanadError
from sanad.interfaces.signing_page import page_digest
from sanad.node.client import NodeClient
from sanad.rulebook.edition1.words import RegisterType


@dataclass(frozen=True, slots=True)
class PageOnRecord:
    """What the public register says: relying party, origins, digest of the page, and the entry that set it."""

    relying_party: str
    origins: tuple[str, ...]
    digest: bytes
    entry: int


def page_on_record(client: NodeClient) -> PageOnRecord | None:
    """What the register says now; None before the first act. Raises as the client."""
    for record in client.register_records(int(RegisterType.SIGNING_PAGE)):
        match record:
            case [_, _, str(relying_party), list(origins), str(digest), int(entry), *_]:
                return PageOnRecord(relying_party, tuple(map(str, origins)), b64decode(digest), entry)
    return None


def comparison(client: NodeClient, origin: str) -> str:
    """One sentence: whether this edition's page is the one on the record, and what to do if not.

    `origin`: where it is served; "" = wherever that is.
    """
    try:
        found = page_on_record(client)
    except SanadError:
        return "The node does not answer, so the page was not held against the record."
    if found is None:
        return "The record names no signing page yet; two persons of the authority set it (act set_signing_origin)."
    if found.digest != page_digest():
        return f"It is NOT the page on the record (entry {found.entry}): serve that one, or have this one set there."
    if origin and origin not in found.origins:
        return f"The record names other addresses (entry {found.entry}): {', '.join(found.origins)}."
    return f"It is the page on the record (entry {found.entry})."
