"""Sessions end by themselves: some hours after signing in, and earlier when nobody is there."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase

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
