"""Pages of the public register: for everybody, without signing in and without script."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sanad.people.access import PUBLIC, route


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Every firm of the register."""
    return render(request, "licensing/register_list.html", {})


register_routes = [
    route("register/", register, open_to=PUBLIC, name="register", menu=_("Public register")),
]
