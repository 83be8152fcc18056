"""Pages of the frame: front page, account and security, colleagues, invitations, the trail."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as sessions_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sanad.base.errors import Malformed, Refused
from sanad.interfaces.frame.account_forms import InviteForm, PasswordForm
from sanad.people import invitations, trail
from sanad.people.access import has_second_factor, person_of, require
from sanad.people.models import Invitation, Membership, Person
from sanad.people.rights import ROLES_OF, Right, Role
from sanad.people.trail import Happening
from sanad.tables.lists import page_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and three doors."""
    return render(request, "frame/home.html", {"register_url": _register_address()})


def _register_address() -> str:
    """Where the public register is; "" as long as no programme has one."""
    try:
        return reverse("licensing:register")
    except NoReverseMatch:
        return ""


def signed_in(request: HttpRequest) -> Person:
    """Who has signed in; the URL has seen to it that somebody has. Raises `Refused` otherwise."""
    person = person_of(request)
    if person is None:
        raise Refused("sign in", _("sign in first"), 401)
    return person


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, how I sign in, and where I am signed in."""
    person = signed_in(request)
    factors = Authenticator.objects.filter(user=person)
    kinds = [factor.type for factor in factors]
    sessions = sorted(UserSession.objects.purge_and_list(person), key=lambda each: each.created_at, reverse=True)
    told = {
        "membership": person.membership,
        "roles": [Role(role).label for role in person.membership.roles] if person.membership else [],
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "has_totp": Authenticator.Type.TOTP in kinds,
        "has_recovery_codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "needs_factor": not has_second_factor(person),
        "sessions": sessions,
        "current_session": request.session.session_key,
    }
    return render(request, "frame/account.html", told)


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    person = signed_in(request)
    others = UserSession.objects.filter(user=person).exclude(session_key=request.session.session_key or "")
    sessions_adapter().end_sessions(list(others))
    trail.append(Happening.SESSION_ENDED, person.id, which="others")
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account")


@require_GET
def staff(request: HttpRequest) -> HttpResponse:
    """Colleagues and open invitations of one's own institution."""
    membership = require(signed_in(request), Right.OWN_STAFF_READ)
    colleagues = Membership.objects.select_related("person").filter(institution=membership.institution, ended_at=None)
    page = page_of(colleagues, ["id"], request.GET.get("cursor", ""))
    waiting = Invitation.objects.filter(institution=membership.institution, used_at=None, withdrawn_at=None)
    told = {
        "membership": membership,
        "colleagues": [(each, [Role(role).label for role in each.roles]) for each in page.rows],
        "next_cursor": page.next_cursor,
        "waiting": list(waiting.order_by("-expires_at")[:50]),
        "may_invite": Right.OWN_STAFF_INVITE in membership.rights,
    }
    return render(request, "frame/staff.html", told)


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a colleague."""
    person = signed_in(request)
    membership = require(person, Right.OWN_STAFF_INVITE)
    form = InviteForm(request.POST or None, roles=ROLES_OF[membership.kind])
    if request.method == "POST" and form.is_valid():
        roles = frozenset(Role(role) for role in form.cleaned_data["roles"])
        issued = invitations.invite(person, form.cleaned_data["email"], roles)
        send_invitation(issued)
        messages.success(request, _("The invitation is on its way. It is good for one week."))
        return redirect("staff")
    return render(request, "frame/invite.html", {"form": form, "membership": membership})


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take an open invitation back."""
    try:
        identifier = UUID(request.POST.get("invitation", ""))
    except ValueError:
        raise Malformed("invitation", "not_a_uuid", _("open the page of colleagues again and choose there")) from None
    invitations.withdraw(signed_in(request), identifier)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("staff")


def send_invitation(issued: invitations.Issued) -> None:
    """Send the link to the one invited."""
    link = settings.ORIGIN.text + reverse("invitation", kwargs={"token": issued.token})
    body = render_to_string("frame/invitation.txt", {"link": link, "invitation": issued.invitation})
    send_mail(_("Your invitation to Sanad"), body, None, [issued.invitation.email])


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Make the account that one was invited to."""
    if person_of(request) is not None:
        raise Refused("invitation", _("sign out first: this invitation is for another account"), 409)
    found = invitations.open_invitation(token)
    form = PasswordForm(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        invitations.accept(token, form.cleaned_data["password"])
        messages.success(request, _("Your account is made. Sign in, then add a passkey or an authenticator."))
        return redirect("account_login")
    roles = [Role(role).label for role in found.roles]
    return render(request, "frame/invitation.html", {"form": form, "invitation": found, "roles": roles})
