"""Django's SQLite back end, bound to `pysqlite3` instead of the system's library.

SQLite before 3.51.3 can corrupt a write-ahead log when two connections checkpoint at once, and a portal has many
connections. The library of the system may be older; the one that `pysqlite3` brings is not.
"""

import sys

import pysqlite3
from django.core.exceptions import ImproperlyConfigured

LEAST_VERSION = (3, 51, 3)

_system = sys.modules.get("sqlite3")
sys.modules["sqlite3"] = pysqlite3
try:
    from django.db.backends.sqlite3 import base
finally:
    if _system is None:
        del sys.modules["sqlite3"]
    else:
        sys.modules["sqlite3"] = _system

VERSION: tuple[int, ...] = vars(base)["Database"].sqlite_version_info
if VERSION < LEAST_VERSION:
    raise ImproperlyConfigured(
        f"SQLite {'.'.join(map(str, VERSION))} can corrupt a write-ahead log; pysqlite3 must bring "
        f"{'.'.join(map(str, LEAST_VERSION))} or later, and be imported before Django's own back end"
    )


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to one of the portal's files."""
