"""The navigation: which pages somebody may go to, in groups, and where he is now.

A page has a place when its route has words for the menu. Public pages are one group; the other pages of a programme
are a group under the programme's own words, `menu_words` in its `urls.py`. What has no such words is about the account.
"""

from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.translation import gettext_lazy as _

from sanad.people.access import PUBLIC, Access, Words, access_of
from sanad.people.rights import Right

PUBLIC_PAGES, ACCOUNT = "public", ""
"""Keys of the groups that belong to no programme."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page with a place in the navigation."""

    address: str
    words: Words
    access: Access
    group: str


@dataclass(frozen=True, slots=True)
class Item:
    """A page as the menu shows it. `current` is what `aria-current` says: "page", "true" for a page below it, or ""."""

    address: str
    words: Words
    current: str


@dataclass(frozen=True, slots=True)
class Group:
    """Pages under common words; shown side by side when there is room for them, else to be opened."""

    words: Words
    items: tuple[Item, ...]
    is_flat: bool = False

    @property
    def is_here(self) -> bool:
        """Whether the reader is in it."""
        return any(item.current for item in self.items)


@dataclass(frozen=True, slots=True)
class Navigation:
    """All groups: first the reader's own work, then what is public; and the pages about the account."""

    groups: tuple[Group, ...]
    account: tuple[Item, ...]


@cache
def places() -> tuple[Place, ...]:
    """All pages that have a place, in the order of the URLs."""
    return tuple(_places(get_resolver(), ACCOUNT))


def _places(resolver: URLResolver, namespace: str) -> list[Place]:
    found: list[Place] = []
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found += _places(each, each.namespace or namespace)
        elif (access := access_of(each.callback)) is not None and access.menu:
            group = namespace if namespace in group_words() else ACCOUNT
            if access.open_to is PUBLIC:
                group = PUBLIC_PAGES
            try:
                address = reverse(f"{namespace}:{each.name}" if namespace else str(each.name))
            except NoReverseMatch:  # it needs an object: it cannot be in the navigation
                continue
            found.append(Place(address, access.menu, access, group))
    return found


@cache
def group_words() -> dict[str, Words]:
    """The words of each group but the account's."""
    found: dict[str, Words] = {PUBLIC_PAGES: _("Public pages")}
    for each in get_resolver().url_patterns:
        if isinstance(each, URLResolver) and (words := getattr(each.urlconf_module, "menu_words", "")):
            found[str(each.namespace)] = words
    return found


def navigation(rights: frozenset[Right], path: str, *, signed_in: bool) -> Navigation:
    """What somebody with these rights sees who reads the page at `path`."""
    admitted = [each for each in places() if each.access.admits(rights, signed_in=signed_in)]
    here = _nearest([each.address for each in admitted], path)
    gathered: dict[str, list[Item]] = {}
    for each in admitted:
        current = "" if each.address != here else "page" if each.address == path else "true"
        gathered.setdefault(each.group, []).append(Item(each.address, each.words, current))
    account = tuple(gathered.pop(ACCOUNT, ()))
    public = gathered.pop(PUBLIC_PAGES, [])
    is_all = not gathered
    groups = [Group(group_words()[key], tuple(items), len(items) == 1) for key, items in gathered.items()]
    if public:
        groups.append(Group(group_words()[PUBLIC_PAGES], tuple(public), is_all))
    return Navigation(tuple(groups), account)


def _nearest(addresses: list[str], path: str) -> str:
    """The address of the page itself, or of the one that it lies below; "" for none."""
    above = [each for each in addresses if path == each or (each != "/" and path.startswith(each))]
    return max(above, key=len, default="")
