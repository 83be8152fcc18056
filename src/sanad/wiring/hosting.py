"""What the portal hosts: gateways of institutions, and the sealed evidence of applications.

Each is opened for one use case and closed again, so that commands can use the same folders; within the portal one
thread at a time holds each.
"""

import os
import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock

from django.utils.translation import gettext as _

from sanad.base.errors import Refused
from sanad.evidence.database import SHORT_WAITING
from sanad.evidence.store import EvidenceStore
from sanad.gateway.gateway import Gateway
from sanad.interfaces import checking, demonstration_checks
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.opening import Opened, opened
from sanad.node.folder import write_file
from sanad.standards.ivms101.model import Person

MASTER_KEY = "evidence-master.key"


class Hosting:
    """Gateways by the institution's number, and the portal's own evidence. Any thread."""

    def __init__(self, data: DataFolder, portal: Path, node: str, folders: dict[int, str]) -> None:
        self._data, self._portal, self._node, self._folders = data, portal, node, folders
        self._locks: defaultdict[int, Lock] = defaultdict(Lock)

    @contextmanager
    def gateway(self, number: int) -> Iterator[Gateway]:
        """The gateway of the institution of this number on the record. Raises `Refused` when it is not hosted."""
        folder = (self._folders or self._data.demonstration_institutions()).get(number)
        if folder is None:
            advice = _("the gateway of this institution is not hosted here; its own program sends what it decides")
            raise Refused("gateway", advice, 409)
        with self._locks[number], opened(self._data, folder, self._node, number, SHORT_WAITING) as found:
            if found.gateway.required_checks:
                self._attach_checks(number, found)
            yield found.gateway

    def _attach_checks(self, number: int, found: Opened) -> None:
        """What the institution requires, with what its people decided here, and what they wrote of account holders."""
        from sanad.compliance.screening.desk.matches import check_of  # tables: only once the portal is set up
        from sanad.compliance.travel_rule.desk import parties
        from sanad.people.models import Institution

        institution = Institution.objects.filter(number=number).first()
        own = check_of(institution) if institution is not None else None
        genesis = self._data.genesis()
        made_up = demonstration_checks.holder_of if genesis and genesis.demonstration else checking.nobody
        if institution is None:
            checking.attach(found.gateway, self._data.path, found.client, made_up, own)
            return
        identifier = institution.id

        def holder_of(account: str) -> Person | None:
            return parties.party_of(identifier, account) or made_up(account)

        note = partial(parties.note_missing, identifier)
        checking.attach(found.gateway, self._data.path, found.client, holder_of, own, note)

    @contextmanager
    def evidence(self) -> Iterator[EvidenceStore]:
        """Sealed documents and applications; the keys lie in a file of their own, to be backed up apart."""
        items, keys = self._portal / "evidence.sqlite", self._portal / "evidence-keys.sqlite"
        with self._locks[0], EvidenceStore(items, keys, _master_key(self._portal)) as store:
            yield store


def folders_of(setting: str) -> dict[int, str]:
    """`1=authority,7=my-firm`: number on the record and name of the folder of each hosted institution."""
    pairs = (pair.partition("=") for pair in setting.split(",") if pair.strip())
    return {int(number): folder.strip() for number, _, folder in pairs}


def _master_key(folder: Path) -> bytes:
    path = folder / MASTER_KEY
    if not path.exists():
        mine = folder / f"{MASTER_KEY}.{os.getpid()}"
        write_file(mine, secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process may begin in the same moment: the first key stays
            path.hardlink_to(mine)
        mine.unlink()
    return path.read_bytes()
