"""How often somebody tried: a cache in a table, shared by all processes and kept over a restart.

Only what throttles is in it, so no page waits for it: sign-in and its kin, and refusals for the trail. Values are
JSON: what lies in a database is never run, as a pickle would be.
"""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import IntegrityError, transaction
from django.utils import timezone

from sanad.tables.names import WORKING

_SWEEP_ONE_IN = 64
_LONGEST = timedelta(days=7)


class Throttles(BaseCache):
    """A cache backend of Django over the table `Throttle`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        del location
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value unless there is one; whether it was kept."""
        rows, name = _rows(), self.make_and_validate_key(key, version=version)
        with transaction.atomic(WORKING):
            rows.filter(key=name, expires_at__lte=timezone.now()).delete()
            try:
                with transaction.atomic(WORKING):
                    rows.create(key=name, value=json.dumps(value), expires_at=self._expiry(timeout))
            except IntegrityError:
                return False
        _sweep_now_and_then()
        return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """What is kept and has not expired."""
        name = self.make_and_validate_key(key, version=version)
        found = _rows().filter(key=name, expires_at__gt=timezone.now()).values_list("value", flat=True).first()
        return default if found is None else json.loads(found)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value, whatever there was."""
        name = self.make_and_validate_key(key, version=version)
        kept = {"value": json.dumps(value), "expires_at": self._expiry(timeout)}
        _rows().update_or_create(key=name, defaults=kept)
        _sweep_now_and_then()

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value; whether there was one."""
        return bool(_rows().filter(key=self.make_and_validate_key(key, version=version)).delete()[0])

    def clear(self) -> None:
        """Forget everything."""
        _rows().all().delete()

    def _expiry(self, timeout: Any) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return timezone.now() + (_LONGEST if seconds is None else min(timedelta(seconds=seconds), _LONGEST))


def _rows() -> Any:
    from sanad.people.models import Throttle  # noqa: PLC0415 - caches are made before the tables are known

    return Throttle.objects


def _sweep_now_and_then() -> None:
    if secrets.randbelow(_SWEEP_ONE_IN) == 0:
        _rows().filter(expires_at__lte=timezone.now()).delete()
