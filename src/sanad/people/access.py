"""Who may open what: said once beside each URL, asked in each desk.

    urlpatterns = [
        route("", pages.register, open_to=PUBLIC, name="register", menu=_("Register")),
        route("applications/", pages.mine, open_to=Right.OWN_APPLICATION_READ, name="mine", menu=_("Applications")),
    ]

`route` guards the page at its edge, puts it into the navigation of those who may open it, and is what the generated
test "every URL as every role" reads. It does not replace `require` in the desk, which every way to a use case passes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from ninja.decorators import decorate_view

from sanad.base.errors import Refused
from sanad.people.models import Membership, Person
from sanad.people.rights import Right

Parameters = ParamSpec("Parameters")
Page: TypeAlias = Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]
Words: TypeAlias = str | Promise
"""A sentence, perhaps one that is translated when it is shown."""
API_PREFIX = "/api/"


class Audience(Enum):
    """Who needs no right."""

    PUBLIC = "public"
    """Everybody."""
    SIGNED_IN = "signed in"
    """Whoever has signed in, with or without a second factor."""
    GUEST = "guest"
    """Who has not signed in; others are led away."""


PUBLIC, SIGNED_IN, GUEST = Audience.PUBLIC, Audience.SIGNED_IN, Audience.GUEST


@dataclass(frozen=True, slots=True)
class Access:
    """What is said beside a URL. With several rights, any one of them opens it."""

    open_to: Audience | frozenset[Right]
    menu: Words = ""

    def admits(self, rights: frozenset[Right], *, signed_in: bool) -> bool:
        """Whether someone with these rights may open it."""
        if isinstance(self.open_to, Audience):
            return self.open_to is not Audience.SIGNED_IN or signed_in
        return signed_in and bool(self.open_to & rights)


def require(person: Person | AnonymousUser, right: Right) -> Membership:
    """The membership that gives the person the right. Raises `Refused`: 401 not signed in, 403 without it."""
    if not isinstance(person, Person) or not person.is_active:
        raise Refused(right, _("sign in first"), 401)
    membership = person.membership
    if membership is None or right not in membership.rights:
        raise Refused(right, _("your role does not have this right; ask the administrator of your institution"))
    return membership


def person_of(request: HttpRequest) -> Person | None:
    """Who has signed in."""
    return request.user if isinstance(request.user, Person) and request.user.is_active else None


def has_second_factor(person: Person) -> bool:
    """Whether the person has a passkey or an authenticator. In a demonstration nobody needs one."""
    return settings.NETWORK.is_demonstration or is_mfa_enabled(person)


def _access(open_to: Audience | Right | frozenset[Right], menu: Words = "") -> Access:
    return Access(frozenset({open_to}) if isinstance(open_to, Right) else open_to, menu)


def guarded(page: Page[Parameters], open_to: Audience | Right | frozenset[Right], menu: Words = "") -> Page[Parameters]:
    """The page, opened only to whom it is for; rights need a second factor."""
    access = _access(open_to, menu)

    @wraps(page)
    def guard(request: HttpRequest, /, *args: Parameters.args, **named: Parameters.kwargs) -> HttpResponseBase:
        return _stopped(request, access) or page(request, *args, **named)

    guard.access = access  # type: ignore[attr-defined]
    return guard


def _stopped(request: HttpRequest, access: Access) -> HttpResponseBase | None:
    """What someone gets who may not open it, or not yet."""
    if access.open_to in (PUBLIC, GUEST):
        return None
    person = person_of(request)
    is_api = request.path.startswith(API_PREFIX)
    if is_api and person is not None:
        _ensure_own_page(request)
    if person is None:
        if is_api:
            raise Refused("sign in", _("sign in first"), 401)
        return redirect_to_login(request.get_full_path())
    if isinstance(access.open_to, Audience):
        return None
    if not access.open_to & person.rights:
        wanted = min(access.open_to)
        raise Refused(wanted, _("your role does not have this right; ask the administrator of your institution"))
    if not has_second_factor(person):
        if is_api:
            raise Refused("second factor", _("add a passkey or an authenticator to your account first"))
        return HttpResponseRedirect(reverse("account"))
    return None


def _ensure_own_page(request: HttpRequest) -> None:
    """For the API, whose framework takes its operations out of the check that every form passes: who is known by the
    cookie of a browser sends the token of a page of ours with whatever changes something.
    """
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    if check.process_view(request, _checked, (), {}) is not None:
        raise Refused("form token", _("send the token of one of our pages in the header X-CSRFToken"))


def _checked(_request: HttpRequest) -> HttpResponse:
    """Stands for an operation where the check asks for one."""
    return HttpResponse()


def route(
    pattern: str,
    page: Callable[..., HttpResponseBase],
    *,
    open_to: Audience | Right | frozenset[Right],
    name: str,
    menu: Words = "",
) -> URLPattern:
    """One URL: where, what, for whom, its name, and its words in the navigation if it has a place there."""
    return path(pattern, guarded(page, open_to, menu), name=name)


def api_access(open_to: Audience | Right | frozenset[Right]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For an operation of the API: `@router.get(...)` above, `@api_access(...)` below it.

    It is asked before anything that was sent is read: who may not ask is not told what was wrong with the question.
    """

    def decorate(operation: Callable[..., Any]) -> Callable[..., Any]:
        operation.access = _access(open_to)  # type: ignore[attr-defined]
        return decorate_view(partial(guarded, open_to=open_to))(operation)

    return decorate


def access_of(view: object) -> Access | None:
    """What was said beside a URL; None when nothing was, which a test does not let through."""
    found = getattr(view, "access", None)
    return found if isinstance(found, Access) else None
