"""Back-ups of the portal on SQLite: work and keys apart, so that what was erased stays erased.

    work    working.sqlite, evidence.sqlite (sealed items)                       may be kept for years
    keys    secret.sqlite, evidence-keys.sqlite, evidence-master.key, portal.key kept apart, and not for long

Views are in neither: the projector makes them anew from the record. Restoring the work alone brings no erased document
back, for its key is gone; the words that were typed are erased again at once, by the list that lies with the keys.
On PostgreSQL the tables are backed up with its own tools; `sanad portal finish-erasures` after a restore does the rest.
"""

from contextlib import closing
from pathlib import Path
from shutil import copyfile

import apsw
from django.conf import settings
from django.db import connections

from sanad.base.errors import Malformed, Refused
from sanad.evidence.store import EvidenceStore
from sanad.node.folder import held
from sanad.programmes.licensing.desk import keeping
from sanad.tables.names import SECRET, WORKING
from sanad.wiring.portal import KEY_FILE

LOCK = "portal.lock"
"""Held by the portal while it serves: nothing is restored under it."""
ITEMS, KEYS, MASTER = "evidence.sqlite", "evidence-keys.sqlite", "evidence-master.key"


def back_up(target: Path, *, keys: bool) -> list[Path]:
    """Write the work, or the keys, into the new folder `target`, while the portal serves; the files."""
    if target.exists():
        raise Refused("back-up", f"{target} exists already; name a new folder", 409)
    target.mkdir(mode=0o700, parents=True)
    alias = SECRET if keys else WORKING
    written = [_table_copy(alias, target)]
    with settings.HOSTING.evidence() as evidence:
        written.append(_evidence_copy(evidence, target, keys=keys))
    if keys:
        for name in (MASTER, KEY_FILE):
            copyfile(settings.PORTAL / name, target / name)
            (target / name).chmod(0o600)
            written.append(target / name)
    return written


def restore(source: Path) -> int:
    """Put the files of a back-up in place and erase again what was erased since; how many applications that were.

    Raises `Refused` while the portal serves, `Malformed` when a file is no sound database.
    """
    known = [_file_of(WORKING).name, _file_of(SECRET).name, ITEMS, KEYS, MASTER, KEY_FILE]
    found = [source / name for name in known if (source / name).is_file()]
    if not found:
        raise Malformed("back-up", "nothing_found", f"{source} holds no back-up of a portal; name its folder")
    with held(settings.PORTAL, LOCK):
        for path in found:
            if path.suffix == ".sqlite":
                _ensure_sound(path)
        connections.close_all()
        for path in found:
            _put(path, settings.PORTAL / path.name)
        return keeping.finish_erasures()


def _table_copy(alias: str, target: Path) -> Path:
    path = target / _file_of(alias).name
    path.touch(mode=0o600)
    with connections[alias].cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return path


def _evidence_copy(evidence: EvidenceStore, target: Path, *, keys: bool) -> Path:
    path = target / (KEYS if keys else ITEMS)
    if keys:
        evidence.back_up_keys(path)
    else:
        evidence.back_up_items(path)
    return path


def _file_of(alias: str) -> Path:
    if connections[alias].vendor != "sqlite":
        raise Refused("back-up", "these tables are on PostgreSQL; back them up with pg_dump, schema by schema", 409)
    return Path(str(connections[alias].settings_dict["NAME"]))


def _ensure_sound(path: Path) -> None:
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            if connection.execute("PRAGMA quick_check").get != "ok":
                raise _unsound(path)
    except apsw.Error:
        raise _unsound(path) from None


def _unsound(path: Path) -> Malformed:
    return Malformed("back-up", "database_damaged", f"{path.name} is no sound database; take another back-up")


def _put(path: Path, place: Path) -> None:
    """The file in its place, in one step; a log that belongs to the file before it is taken away first."""
    new = place.with_name(place.name + ".new")
    copyfile(path, new)
    new.chmod(0o600)
    for ending in ("-wal", "-shm"):
        place.with_name(place.name + ending).unlink(missing_ok=True)
    new.replace(place)
