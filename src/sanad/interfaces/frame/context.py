"""What every page knows: where it is, who asks, what is open to them."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_bidi

import sanad
from sanad.interfaces.frame.navigation import navigation
from sanad.people.access import person_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    person = person_of(request) if hasattr(request, "user") else None
    rights = person.rights if person else frozenset()
    return {
        "is_rtl": get_language_bidi(),
        "navigation": navigation(rights, request.path, signed_in=person is not None),
        "network": settings.NETWORK.health(),
        "person": person,
        "version": sanad.__version__,
        "zone": settings.TIME_ZONE,
    }
