"""Tables for the tests of the portal: each test sees them empty but for the stock cast, and leaves nothing behind."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.programmes import running

running.start()

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.utils import translation

from sanad.tables.kinds import MIGRATED


@pytest.fixture
def tables() -> Iterator[None]:
    """Working and secret tables, put back as they were at the end."""
    cache.clear()
    mail.outbox = []
    with ExitStack() as stack:
        for alias in MIGRATED:
            stack.enter_context(transaction.atomic(alias))
        yield
        for alias in MIGRATED:
            transaction.set_rollback(True, alias)
    translation.deactivate()


@pytest.fixture
def cast(tables: None) -> "dict[str, Person | None]":
    """The stock cast."""
    return running.make_cast()


@pytest.fixture
def browse(cast: "dict[str, Person | None]") -> "Callable[..., Client]":
    """`browse("head")`: a browser in which that member of the cast has signed in."""
    from django.test import Client

    def browse(name: str = "outsider", *, checks_csrf: bool = False) -> Client:
        client = Client(SERVER_NAME="localhost", enforce_csrf_checks=checks_csrf, raise_request_exception=False)
        person = cast[name]
        if person is not None:
            client.force_login(person)
        return client

    return browse
