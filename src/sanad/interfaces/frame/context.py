"""What every page knows: where it is, who asks, what is open to them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.translation import get_language_bidi

import sanad
from sanad.people.access import Access, Words, access_of, person_of


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A page with a place in the navigation."""

    address: str
    words: Words
    access: Access


@cache
def menu() -> tuple[MenuItem, ...]:
    """All pages that have a place in the navigation, in the order of the URLs."""
    return tuple(_items(get_resolver(), ""))


def _items(resolver: URLResolver, namespace: str) -> list[MenuItem]:
    found: list[MenuItem] = []
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            found += _items(each, inner)
        elif (access := access_of(each.callback)) is not None and access.menu:
            try:
                found.append(MenuItem(reverse(f"{namespace}{each.name}"), access.menu, access))
            except NoReverseMatch:  # it needs an object: it cannot be in the navigation
                continue
    return found


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    person = person_of(request) if hasattr(request, "user") else None
    rights = person.rights if person else frozenset()
    items = [each for each in menu() if each.access.admits(rights, signed_in=person is not None)]
    return {
        "is_rtl": get_language_bidi(),
        "menu": items,
        "here": request.path,
        "network": settings.NETWORK.health(),
        "person": person,
        "version": sanad.__version__,
        "zone": settings.TIME_ZONE,
    }
