"""The navigation: in groups, for each role what it may open, and where the reader is now."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from sanad.interfaces.frame.navigation import ACCOUNT, PUBLIC_PAGES, group_words, navigation, places
from sanad.people.rights import Kind, Right, Role, rights_of

GROUPS_MAX = 7
"""So many fit beside each other on a desktop."""


def test_a_stranger_sees_public_pages_side_by_side() -> None:
    seen = navigation(frozenset(), "/", signed_in=False)
    (group,) = seen.groups
    assert group.is_flat
    assert {each.address for each in group.items} >= {"/licensing/register/", "/explorer/"}
    assert seen.account == ()


@pytest.mark.parametrize(("kind", "role"), [(Kind.AUTHORITY, role) for role in (Role.LICENSING_OFFICER, Role.HEAD)])
def test_an_officer_sees_his_work_first_and_all_of_it(kind: Kind, role: Role) -> None:
    rights = rights_of(kind, frozenset({role}))
    seen = navigation(rights, "/licensing/inbox/", signed_in=True)
    assert next(str(each.words) for each in seen.groups) == "Licensing"
    assert str(seen.groups[-1].words) == "Public pages"
    assert len(seen.groups) <= GROUPS_MAX
    shown = [item.address for group in seen.groups for item in group.items] + [item.address for item in seen.account]
    assert sorted(shown) == sorted(each.address for each in places() if each.access.admits(rights, signed_in=True))


@pytest.mark.parametrize(
    ("path", "address", "current"),
    [
        ("/licensing/register/", "/licensing/register/", "page"),
        ("/licensing/register/5/", "/licensing/register/", "true"),
        ("/licensing/register/warnings/", "/licensing/register/warnings/", "page"),
        ("/explorer/blocks/3/", "/explorer/", "true"),
        ("/", "", ""),
    ],
)
def test_the_page_or_the_one_above_it_is_marked_and_no_other(path: str, address: str, current: str) -> None:
    seen = navigation(frozenset(Right), path, signed_in=True)
    marked = [(item.address, item.current) for group in seen.groups for item in group.items if item.current]
    assert marked == ([(address, current)] if address else [])
    assert [group.is_here for group in seen.groups].count(True) == len(marked)


def test_groups_have_words_in_both_languages() -> None:
    assert group_words()[PUBLIC_PAGES] == "Public pages"
    assert {each.group for each in places()} - {ACCOUNT} <= set(group_words())
    with translation.override("ur"):
        assert not [key for key, words in group_words().items() if str(words).isascii()]


def test_pages_carry_it(browse: Callable[..., Client]) -> None:
    page = browse("head").get("/licensing/register/").content.decode()
    assert page.count('aria-current="page"') == 2, "once for wide windows, once for phones"
    assert '<summary class="here">Public pages</summary>' in page
    assert page.count("/account/logout/") == 2
    assert "/account/logout/" not in browse().get("/licensing/register/").content.decode()
