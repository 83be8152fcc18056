"""Sessions end by themselves: some hours after signing in, and earlier when nobody is there."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from sanad.people import trail
from sanad.people.models import Person
from sanad.people.trail import Happening
from sanad.tables.names import WORKING

_SEEN = "seen"
_WRITE_SECONDS = 60


class IdleSessions:
    """Middleware: who has not been seen for `SESSION_IDLE_SECONDS` is signed out. Noted at most once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """One request."""
        if request.user.is_authenticated:
            now = int(time.time())
            seen = request.session.get(_SEEN, now)
            if now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif _SEEN not in request.session or now - seen > _WRITE_SECONDS:
                request.session[_SEEN] = now
        return self._get_response(request)


def end_all(person: Person) -> int:
    """Sign a person out everywhere, by whoever runs the portal; how many sessions that were."""
    ended = 0
    with transaction.atomic(WORKING):
        for session in Session.objects.iterator(chunk_size=500):
            if session.get_decoded().get(SESSION_KEY) == str(person.pk):
                session.delete()
                ended += 1
        trail.append(Happening.SESSION_ENDED, person.pk, which="all", by="operator")
    return ended
