"""What sign-in tells the security trail."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth
from django.contrib.auth import user_logged_in

from sanad.people import trail
from sanad.people.models import Person, normal
from sanad.people.trail import Happening


def connect() -> None:
    """Listen; called once, when the app is ready."""
    user_logged_in.connect(_signed_in)
    auth.user_login_failed.connect(_failed)
    auth.user_logged_out.connect(_signed_out)
    account.password_changed.connect(_password_changed)
    account.password_reset.connect(_password_reset)
    mfa.authenticator_added.connect(_added)
    mfa.authenticator_removed.connect(_removed)
    mfa.authenticator_reset.connect(_reset)


def _signed_in(user: Person, **_: Any) -> None:
    trail.append(Happening.SIGNED_IN, user.pk)


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    """The address is not told; the account is, if there is one."""
    email = normal(str(credentials.get("email") or credentials.get("username") or ""))
    known = Person.objects.filter(email=email).values_list("pk", flat=True).first()
    trail.append(Happening.SIGN_IN_FAILED, known or "")


def _signed_out(user: Person | None, **_: Any) -> None:
    if user is not None:
        trail.append(Happening.SIGNED_OUT, user.pk)


def _password_changed(user: Person, **_: Any) -> None:
    trail.append(Happening.PASSWORD_CHANGED, user.pk)


def _password_reset(user: Person, **_: Any) -> None:
    trail.append(Happening.PASSWORD_RESET, user.pk)


def _added(user: Person, authenticator: Authenticator, **_: Any) -> None:
    kind = Authenticator.Type(authenticator.type)
    what = Happening.RECOVERY_CODES_MADE if kind == Authenticator.Type.RECOVERY_CODES else Happening.SECOND_FACTOR_ADDED
    trail.append(what, user.pk, type=str(kind))


def _removed(user: Person, authenticator: Authenticator, **_: Any) -> None:
    trail.append(Happening.SECOND_FACTOR_REMOVED, user.pk, type=str(authenticator.type))


def _reset(user: Person, **_: Any) -> None:
    trail.append(Happening.RECOVERY_CODES_MADE, user.pk)
